//! The filters and tests of templates: the engine's that depend on nothing but their input, and ours.

mod collections;
mod quantity;
mod text;

use std::sync::OnceLock;

use minijinja::value::{Kwargs, Rest, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};

use super::bounds;
use super::value::unset_scalar;

/// The longest `range`.
const RANGE: i64 = 100_000;

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

fn absent(value: &Value) -> bool {
    value.is_undefined() || value.downcast_object_ref::<super::value::Input>().is_some_and(|input| input.node.is_none())
}

fn default(value: Value, arguments: Rest<Value>) -> Value {
    // `default(x, true)` also replaces what is false, as in Jinja. An optional argument would take `default(none)` as none given.
    let replace_false = arguments.get(1).is_some_and(Value::is_true);
    if absent(&value) || (replace_false && !value.is_true()) {
        arguments.0.into_iter().next().unwrap_or_else(|| Value::from(""))
    } else {
        value
    }
}

fn coalesce(value: Value, others: Rest<Value>) -> Value {
    std::iter::once(value).chain(others.0).find(|value| !absent(value) && !value.is_none()).unwrap_or(Value::UNDEFINED)
}

/// The engine that filters and tests run in; made once.
pub fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        env.set_auto_escape_callback(|_| AutoEscape::None);
        env.set_fuel(Some(bounds::FUEL));
        // Nothing but `filters` and `tests` is reachable: what is named here is what there is.
        for name in ["debug", "namespace", "range", "dict"] {
            env.remove_global(name);
        }
        for name in ["pprint", "safe", "escape", "e", "format"] {
            env.remove_filter(name);
        }
        env.add_filter("default", default);
        env.add_filter("d", default);
        env.add_filter("coalesce", coalesce);
        collections::add(&mut env);
        text::add(&mut env);
        quantity::add(&mut env);
        tests(&mut env);
        env
    })
}

/// Comparisons that an unset value would pass through in silence.
fn tests(env: &mut Environment<'static>) {
    fn set(value: &Value) -> Result<&Value, Error> {
        match unset_scalar(value) {
            Some(unset) => Err(invalid(format!("`{}` is not set", unset.name()))),
            None => Ok(value),
        }
    }
    fn ordered<'v>(a: &'v Value, b: &'v Value) -> Result<(&'v Value, &'v Value), Error> {
        let (a, b) = (set(a)?, set(b)?);
        if a.kind() == b.kind() { Ok((a, b)) } else { Err(invalid(format!("a {} cannot be compared with a {}", a.kind(), b.kind()))) }
    }
    for name in ["eq", "equalto", "=="] {
        env.add_test(name, |a: &Value, b: &Value| Ok::<_, Error>(set(a)? == set(b)?));
    }
    for name in ["ne", "!="] {
        env.add_test(name, |a: &Value, b: &Value| Ok::<_, Error>(set(a)? != set(b)?));
    }
    for name in ["lt", "lessthan", "<"] {
        env.add_test(name, |a: &Value, b: &Value| ordered(a, b).map(|(a, b)| a < b));
    }
    for name in ["le", "<="] {
        env.add_test(name, |a: &Value, b: &Value| ordered(a, b).map(|(a, b)| a <= b));
    }
    for name in ["gt", "greaterthan", ">"] {
        env.add_test(name, |a: &Value, b: &Value| ordered(a, b).map(|(a, b)| a > b));
    }
    for name in ["ge", ">="] {
        env.add_test(name, |a: &Value, b: &Value| ordered(a, b).map(|(a, b)| a >= b));
    }
    env.add_test("in", |value: &Value, container: &Value| {
        let value = set(value)?;
        match (container.as_str(), value.as_str(), container.kind()) {
            (Some(text), Some(part), _) => Ok(text.contains(part)),
            (_, _, ValueKind::Seq | ValueKind::Iterable | ValueKind::Map) => Ok(container.try_iter()?.any(|item| item == *value)),
            _ => Err(invalid(format!("nothing is `in` a {}", container.kind()))),
        }
    });
    env.add_test("defined", |value: &Value| !absent(value));
    env.add_test("undefined", absent);
    env.add_test("matches", text::matches);
    env.add_test("since", text::since);
}

/// `range(end)`, `range(start, end)`, `range(start, end, step)`. `Err(None)`: too long.
pub fn range(arguments: &[Value]) -> Result<Vec<i64>, Option<String>> {
    let numbers: Option<Vec<i64>> = arguments.iter().map(|value| i64::try_from(value.clone()).ok()).collect();
    let (start, end, step) = match numbers.as_deref() {
        Some([end]) => (0, *end, 1),
        Some([start, end]) => (*start, *end, 1),
        Some([start, end, step]) if *step != 0 => (*start, *end, *step),
        _ => return Err(Some("`range` takes one to three integers".into())),
    };
    let length = (i128::from(end) - i128::from(start)) / i128::from(step);
    if length > i128::from(RANGE) {
        return Err(None);
    }
    let mut out = Vec::new();
    let mut next = start;
    while (step > 0 && next < end) || (step < 0 && next > end) {
        out.push(next);
        match next.checked_add(step) {
            Some(after) => next = after,
            None => break,
        }
    }
    Ok(out)
}

/// The names in `pick('a', 'b')` and `pick(['a', 'b'])`.
fn name_list(arguments: &[Value]) -> Result<Vec<String>, Error> {
    let mut out = Vec::new();
    for argument in arguments {
        match argument.as_str() {
            Some(text) => out.push(text.to_owned()),
            None if matches!(argument.kind(), ValueKind::Seq | ValueKind::Iterable) => {
                for item in argument.try_iter()? {
                    out.push(item.as_str().ok_or_else(|| invalid("names are text"))?.to_owned());
                }
            }
            None => return Err(invalid("names are text")),
        }
    }
    Ok(out)
}

/// Whether a keyword argument is true.
fn flag(kwargs: &Kwargs, name: &str) -> Result<bool, Error> {
    Ok(kwargs.get::<Option<bool>>(name)?.unwrap_or(false))
}
