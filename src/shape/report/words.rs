//! How messages say values, types and lists of them.

use crate::diag::did_you_mean;
use crate::shape::describe::plain;
use crate::shape::{Bound, Types};
use crate::tree::{Node, Value};

/// At most so many characters of a value are shown.
const SHOWN: usize = 60;

/// At most so many values or names are listed.
const LISTED: usize = 12;

/// A value's type with its article: "a string".
pub(crate) fn a_type(value: &Value) -> String {
    article(value.type_name())
}

fn article(noun: &str) -> String {
    match noun {
        "null" => noun.to_owned(),
        "integer" => format!("an {noun}"),
        _ => format!("a {noun}"),
    }
}

/// "an integer or a string"
pub(crate) fn a_type_of(types: Types) -> String {
    let names: Vec<String> = types.names().into_iter().map(article).collect();
    or(&names)
}

/// "`a`, `b` or `c`", without quotes of its own.
pub(crate) fn or(items: &[String]) -> String {
    match items {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// A scalar in backticks, shortened; a container as its type.
pub(crate) fn quoted(value: &Value) -> String {
    match value {
        Value::List(_) | Value::Map(_) => a_type(value),
        scalar => format!("`{}`", shortened(&plain(scalar))),
    }
}

/// One line of at most [`SHOWN`] characters.
pub(crate) fn shortened(text: &str) -> String {
    let line: String = text.chars().take_while(|char| !matches!(char, '\n' | '\r')).take(SHOWN).filter(|char| !char.is_control()).collect();
    if line.len() == text.len() { line } else { format!("{line}…") }
}

/// "`a`, `b`, `c`", shortened if there are too many.
pub(crate) fn listed(values: &[Node]) -> String {
    let mut texts: Vec<String> = values.iter().take(LISTED).map(|value| quoted(&value.value)).collect();
    if values.len() > LISTED {
        texts.push(format!("… ({} in all)", values.len()));
    }
    texts.join(", ")
}

/// "`a`, `b`, `c`" of names.
pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The known name that is meant.
pub(crate) fn nearest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    // The signature of `did_you_mean` ties the result to the names, which here live for ever.
    did_you_mean(name, known.iter().copied())
}

/// "at least", "more than", "at most", "less than".
pub(crate) fn bound_text(bound: &Bound) -> &'static str {
    match (bound.upper, bound.exclusive) {
        (false, false) => "at least",
        (false, true) => "more than",
        (true, false) => "at most",
        (true, true) => "less than",
    }
}

/// The scalar that somebody meant to write who gave a text where one of `types` is wanted: "8080" for an integer.
pub(crate) fn unquoted(text: &str, types: Types) -> Option<String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && !text.starts_with('+') && !text.ends_with('.'));
    let whole = text.parse::<i64>().is_ok();
    let fits = (types.meets(Types::INTEGER) && whole)
        || (types.has(Types::NUMBER) && number.is_some())
        || (types.has(Types::BOOL) && (text == "true" || text == "false"));
    fits.then(|| text.to_owned())
}

/// The text of a type as it follows "is": "an integer", "a list of maps", "one of A, B".
pub(crate) fn of_type(text: &str) -> String {
    match text.split(' ').next() {
        Some("one" | "always" | "anything" | "null") => text.to_owned(),
        Some("integer") => format!("an {text}"),
        _ => format!("a {text}"),
    }
}
