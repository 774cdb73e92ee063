//! Functions of the Kubernetes CEL library that CEL itself lacks. A quantity is a number here, so that `<` works on it too.

use std::net::IpAddr;

use cel::common::functions::Function;
use cel::common::types::{CelBool, CelDouble, CelInt, CelString, DOUBLE_TYPE, LIST_TYPE};
use cel::common::value::CowVal;
use cel::{DeclarationError, Env, ExecutionError};

use super::parse_quantity;

/// Adds the functions to an environment.
pub(super) fn add_to(env: &mut Env) -> Result<(), DeclarationError> {
    cel::add_overload!(env, fn quantity: (CelString) -> Result<CelDouble>)?;
    cel::add_overload!(env, fn quantity_of_int: (CelInt) -> CelDouble, name = "quantity")?;
    cel::add_overload!(env, fn quantity_of_double: (CelDouble) -> CelDouble, name = "quantity")?;
    cel::add_overload!(env, fn is_quantity: (CelString) -> CelBool, name = "isQuantity")?;
    cel::add_overload!(env, fn is_ip: (CelString) -> CelBool, name = "isIP")?;
    cel::add_overload!(env, fn is_cidr: (CelString) -> CelBool, name = "isCIDR")?;
    cel::add_overload!(env, fn cidr_contains: (CelString, CelString) -> Result<CelBool>, name = "cidrContains")?;
    let compare: [(&str, Function); 3] = [("isLessThan", is_less_than), ("isGreaterThan", is_greater_than), ("compareTo", compare_to)];
    for (name, function) in compare {
        env.add_member_overload(name, &format!("double_{name}"), DOUBLE_TYPE, vec![DOUBLE_TYPE], function)?;
    }
    let lists: [(&str, Function); 1] = [("sum", sum)];
    for (name, function) in lists {
        env.add_member_overload(name, &format!("list_{name}"), LIST_TYPE, vec![], function)?;
    }
    Ok(())
}

fn failed(function: &str, message: String) -> ExecutionError {
    ExecutionError::FunctionError { function: function.to_owned(), message }
}

fn quantity(text: &CelString<'_>) -> Result<CelDouble, ExecutionError> {
    let number = parse_quantity(text.inner()).ok_or_else(|| failed("quantity", format!("`{}` is not a quantity", text.inner())))?;
    Ok(CelDouble::from(number))
}

fn quantity_of_int(number: &CelInt) -> CelDouble {
    CelDouble::from(*number.inner() as f64)
}

fn quantity_of_double(number: &CelDouble) -> CelDouble {
    CelDouble::from(*number.inner())
}

fn is_quantity(text: &CelString<'_>) -> CelBool {
    CelBool::from(parse_quantity(text.inner()).is_some())
}

fn is_ip(text: &CelString<'_>) -> CelBool {
    CelBool::from(text.inner().parse::<IpAddr>().is_ok())
}

/// Address and prefix length of a CIDR.
fn cidr(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = text.split_once('/')?;
    let (address, length) = (address.parse::<IpAddr>().ok()?, length.parse::<u32>().ok()?);
    (length <= if address.is_ipv4() { 32 } else { 128 }).then_some((address, length))
}

fn is_cidr(text: &CelString<'_>) -> CelBool {
    CelBool::from(cidr(text.inner()).is_some())
}

fn cidr_contains(network: &CelString<'_>, address: &CelString<'_>) -> Result<CelBool, ExecutionError> {
    let not = |text: &str, what: &str| failed("cidrContains", format!("`{text}` is not {what}"));
    let (network, length) = cidr(network.inner()).ok_or_else(|| not(network.inner(), "a CIDR"))?;
    let address: IpAddr = address.inner().parse().map_err(|_| not(address.inner(), "an address"))?;
    let bits = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => u128::from(u32::from(ip)) << 96,
        IpAddr::V6(ip) => u128::from(ip),
    };
    let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
    Ok(CelBool::from(network.is_ipv4() == address.is_ipv4() && bits(network) & mask == bits(address) & mask))
}

/// The arguments of a comparison of two numbers.
fn numbers(args: &[CowVal<'_, '_>]) -> Option<(f64, f64)> {
    let number = |index: usize| args.get(index)?.downcast_ref::<CelDouble>().map(|n| *n.inner());
    number(0).zip(number(1))
}

fn not_numbers() -> ExecutionError {
    failed("quantity", "both sides of a comparison are quantities".to_owned())
}

fn is_less_than<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let (a, b) = numbers(&args).ok_or_else(not_numbers)?;
    Ok(CowVal::owned(CelBool::from(a < b)))
}

fn is_greater_than<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let (a, b) = numbers(&args).ok_or_else(not_numbers)?;
    Ok(CowVal::owned(CelBool::from(a > b)))
}

fn compare_to<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let (a, b) = numbers(&args).ok_or_else(not_numbers)?;
    Ok(CowVal::owned(CelInt::from(a.total_cmp(&b) as i64)))
}

/// The sum of a list of integers or of a list of numbers.
fn sum<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let wrong = || failed("sum", "it takes a list of numbers".to_owned());
    let list = args.first().and_then(|list| list.as_iterable()).ok_or_else(wrong)?;
    let (mut whole, mut all_whole, mut fraction) = (0i64, true, 0f64);
    let mut items = list.iter();
    while let Some(item) = items.next() {
        if let Some(value) = item.downcast_ref::<CelInt>() {
            whole = whole.checked_add(*value.inner()).ok_or_else(|| failed("sum", "the sum is too large".to_owned()))?;
            fraction += *value.inner() as f64;
        } else if let Some(value) = item.downcast_ref::<CelDouble>() {
            all_whole = false;
            fraction += *value.inner();
        } else {
            return Err(wrong());
        }
    }
    Ok(if all_whole { CowVal::owned(CelInt::from(whole)) } else { CowVal::owned(CelDouble::from(fraction)) })
}
