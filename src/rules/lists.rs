//! Functions of lists in the Kubernetes CEL library, and sets.

use std::cmp::Ordering;

use cel::common::functions::Function;
use cel::common::types::{CelBool, CelDouble, CelInt, CelString, DYN_TYPE, LIST_TYPE};
use cel::common::value::{CowVal, Val};
use cel::{DeclarationError, Env, ExecutionError};

use super::functions::failed;

/// Adds the functions to an environment.
pub(super) fn add_to(env: &mut Env) -> Result<(), DeclarationError> {
    let of_list: [(&str, Function); 4] = [("sum", sum), ("min", min), ("max", max), ("isSorted", is_sorted)];
    for (name, function) in of_list {
        env.add_member_overload(name, &format!("list_{name}"), LIST_TYPE, vec![], function)?;
    }
    let of_item: [(&str, Function); 2] = [("indexOf", index_of), ("lastIndexOf", last_index_of)];
    for (name, function) in of_item {
        env.add_member_overload(name, &format!("list_{name}"), LIST_TYPE, vec![DYN_TYPE], function)?;
    }
    let of_sets: [(&str, Function); 3] = [("sets.contains", contains), ("sets.equivalent", equivalent), ("sets.intersects", intersects)];
    for (name, function) in of_sets {
        env.add_overload(name, &format!("{name}_list_list"), vec![LIST_TYPE, LIST_TYPE], function)?;
    }
    Ok(())
}

type Arguments<'b, 'v> = Vec<CowVal<'b, 'v>>;
type Answer<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

/// The items of a list among the arguments.
fn items<'a>(args: &'a [CowVal<'_, '_>], index: usize, function: &str) -> Result<Vec<Box<dyn Val + 'a>>, ExecutionError> {
    let wrong = || failed(function, "it takes a list".to_owned());
    let list = args.get(index).and_then(|list| list.as_iterable()).ok_or_else(wrong)?;
    let mut walk = list.iter();
    let mut items = Vec::new();
    while let Some(item) = walk.next() {
        items.push(item.clone_as_boxed());
    }
    Ok(items)
}

/// The order of two scalars of one type.
fn order(a: &dyn Val, b: &dyn Val) -> Option<Ordering> {
    fn number(value: &dyn Val) -> Option<f64> {
        let whole = value.downcast_ref::<CelInt>().map(|whole| *whole.inner() as f64);
        whole.or_else(|| value.downcast_ref::<CelDouble>().map(|number| *number.inner()))
    }
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return a.partial_cmp(&b);
    }
    match (a.downcast_ref::<CelString>(), b.downcast_ref::<CelString>()) {
        (Some(a), Some(b)) => Some(a.inner().cmp(b.inner())),
        _ => {
            let (a, b) = (a.downcast_ref::<CelBool>()?, b.downcast_ref::<CelBool>()?);
            Some(a.inner().cmp(b.inner()))
        }
    }
}

/// The sum of a list of integers or of a list of numbers.
fn sum<'b, 'v>(args: Arguments<'b, 'v>) -> Answer<'b, 'v> {
    let (mut whole, mut all_whole, mut fraction) = (0i64, true, 0f64);
    for item in items(&args, 0, "sum")? {
        if let Some(value) = item.downcast_ref::<CelInt>() {
            whole = whole.checked_add(*value.inner()).ok_or_else(|| failed("sum", "the sum is too large".to_owned()))?;
            fraction += *value.inner() as f64;
        } else if let Some(value) = item.downcast_ref::<CelDouble>() {
            all_whole = false;
            fraction += *value.inner();
        } else {
            return Err(failed("sum", "it takes a list of numbers".to_owned()));
        }
    }
    Ok(if all_whole { CowVal::owned(CelInt::from(whole)) } else { CowVal::owned(CelDouble::from(fraction)) })
}

/// The item of a list that is before all others, or after.
fn extreme<'b, 'v>(args: &Arguments<'b, 'v>, function: &str, wanted: Ordering) -> Answer<'b, 'v> {
    let items = items(args, 0, function)?;
    let mut best = items.first().ok_or_else(|| failed(function, "the list is empty".to_owned()))?;
    for item in &items[1..] {
        let order = order(&**item, &**best).ok_or_else(|| failed(function, "the items cannot be compared".to_owned()))?;
        best = if order == wanted { item } else { best };
    }
    let text = best.downcast_ref::<CelString>().map(|text| CowVal::owned(CelString::from(text.inner().to_owned())));
    let whole = || best.downcast_ref::<CelInt>().map(|whole| CowVal::owned(CelInt::from(*whole.inner())));
    let number = || best.downcast_ref::<CelDouble>().map(|number| CowVal::owned(CelDouble::from(*number.inner())));
    text.or_else(whole).or_else(number).ok_or_else(|| failed(function, "the items cannot be compared".to_owned()))
}

fn min<'b, 'v>(args: Arguments<'b, 'v>) -> Answer<'b, 'v> {
    extreme(&args, "min", Ordering::Less)
}

fn max<'b, 'v>(args: Arguments<'b, 'v>) -> Answer<'b, 'v> {
    extreme(&args, "max", Ordering::Greater)
}

fn is_sorted<'b, 'v>(args: Arguments<'b, 'v>) -> Answer<'b, 'v> {
    let items = items(&args, 0, "isSorted")?;
    let sorted = items.windows(2).all(|pair| order(&*pair[0], &*pair[1]).is_some_and(Ordering::is_le));
    drop(items);
    Ok(CowVal::owned(CelBool::from(sorted)))
}

/// The places of an item in a list.
fn places(args: &Arguments<'_, '_>) -> Result<Vec<usize>, ExecutionError> {
    let items = items(args, 0, "indexOf")?;
    let wanted = args.get(1).map(|wanted| wanted.clone_as_boxed());
    let same = |item: &dyn Val| wanted.as_ref().is_some_and(|wanted| item.equals(&**wanted));
    Ok(items.iter().enumerate().filter(|(_, item)| same(&***item)).map(|(index, _)| index).collect())
}

fn index_of<'b, 'v>(args: Arguments<'b, 'v>) -> Answer<'b, 'v> {
    let first = places(&args)?.first().map_or(-1, |index| *index as i64);
    Ok(CowVal::owned(CelInt::from(first)))
}

fn last_index_of<'b, 'v>(args: Arguments<'b, 'v>) -> Answer<'b, 'v> {
    let last = places(&args)?.last().map_or(-1, |index| *index as i64);
    Ok(CowVal::owned(CelInt::from(last)))
}

/// Whether each item of one list is in the other, and whether any is.
fn overlap(args: &Arguments<'_, '_>, of: usize, within: usize) -> Result<(bool, bool), ExecutionError> {
    let (of, within) = (items(args, of, "sets")?, items(args, within, "sets")?);
    let mut there = of.iter().map(|item| within.iter().any(|other| item.equals(&**other)));
    Ok((there.clone().all(|there| there), there.any(|there| there)))
}

fn contains<'b, 'v>(args: Arguments<'b, 'v>) -> Answer<'b, 'v> {
    let (all, _) = overlap(&args, 1, 0)?;
    Ok(CowVal::owned(CelBool::from(all)))
}

fn equivalent<'b, 'v>(args: Arguments<'b, 'v>) -> Answer<'b, 'v> {
    let ((one, _), (other, _)) = (overlap(&args, 1, 0)?, overlap(&args, 0, 1)?);
    Ok(CowVal::owned(CelBool::from(one && other)))
}

fn intersects<'b, 'v>(args: Arguments<'b, 'v>) -> Answer<'b, 'v> {
    let (_, any) = overlap(&args, 0, 1)?;
    Ok(CowVal::owned(CelBool::from(any)))
}
