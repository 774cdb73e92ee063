//! Functions of the Kubernetes CEL library that CEL itself lacks. A quantity is a number here, so that `<` works on it too.

use cel::common::functions::Function;
use cel::common::types::{CelBool, CelDouble, CelInt, CelString, DOUBLE_TYPE};
use cel::common::value::CowVal;
use cel::{DeclarationError, Env, ExecutionError};

use super::{lists, network, parse_quantity, text, time};

/// Adds the functions to an environment.
pub(super) fn add_to(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_extension(cel::extensions::strings)?;
    env.add_extension(cel::extensions::lists)?;
    env.add_extension(cel::extensions::math)?;
    network::add_to(env)?;
    time::add_to(env)?;
    lists::add_to(env)?;
    text::add_to(env)?;
    cel::add_overload!(env, fn quantity: (CelString) -> Result<CelDouble>)?;
    cel::add_overload!(env, fn quantity_of_int: (CelInt) -> CelDouble, name = "quantity")?;
    cel::add_overload!(env, fn quantity_of_double: (CelDouble) -> CelDouble, name = "quantity")?;
    cel::add_overload!(env, fn is_quantity: (CelString) -> CelBool, name = "isQuantity")?;
    let compare: [(&str, Function); 3] = [("isLessThan", is_less_than), ("isGreaterThan", is_greater_than), ("compareTo", compare_to)];
    for (name, function) in compare {
        env.add_member_overload(name, &format!("double_{name}"), DOUBLE_TYPE, vec![DOUBLE_TYPE], function)?;
    }
    cel::add_member_overload!(env, fn sign: (CelDouble) -> CelInt)?;
    cel::add_member_overload!(env, fn is_integer: (CelDouble) -> CelBool)?;
    cel::add_member_overload!(env, fn as_integer: (CelDouble) -> Result<CelInt>)?;
    cel::add_member_overload!(env, fn as_approximate_float: (CelDouble) -> CelDouble)?;
    cel::add_member_overload!(env, fn add: (CelDouble, CelDouble) -> CelDouble)?;
    cel::add_member_overload!(env, fn add_int: (CelDouble, CelInt) -> CelDouble, name = "add")?;
    cel::add_member_overload!(env, fn sub: (CelDouble, CelDouble) -> CelDouble)?;
    cel::add_member_overload!(env, fn sub_int: (CelDouble, CelInt) -> CelDouble, name = "sub")?;
    Ok(())
}

pub(super) fn failed(function: &str, message: String) -> ExecutionError {
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

fn sign(number: &CelDouble) -> CelInt {
    CelInt::from(i64::from(*number.inner() > 0.0) - i64::from(*number.inner() < 0.0))
}

fn is_integer(number: &CelDouble) -> CelBool {
    CelBool::from(number.inner().fract() == 0.0 && number.inner().abs() < i64::MAX as f64)
}

fn as_integer(number: &CelDouble) -> Result<CelInt, ExecutionError> {
    let whole = number.inner().fract() == 0.0 && number.inner().abs() < i64::MAX as f64;
    if whole { Ok(CelInt::from(*number.inner() as i64)) } else { Err(failed("asInteger", "the quantity is no whole number".to_owned())) }
}

fn as_approximate_float(number: &CelDouble) -> CelDouble {
    CelDouble::from(*number.inner())
}

fn add(a: &CelDouble, b: &CelDouble) -> CelDouble {
    CelDouble::from(a.inner() + b.inner())
}

fn add_int(a: &CelDouble, b: &CelInt) -> CelDouble {
    CelDouble::from(a.inner() + *b.inner() as f64)
}

fn sub(a: &CelDouble, b: &CelDouble) -> CelDouble {
    CelDouble::from(a.inner() - b.inner())
}

fn sub_int(a: &CelDouble, b: &CelInt) -> CelDouble {
    CelDouble::from(a.inner() - *b.inner() as f64)
}
