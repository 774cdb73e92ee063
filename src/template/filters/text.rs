//! Filters that make or read text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Environment, Error, State};
use regex::Regex;
use sha2::{Digest, Sha256};

use super::invalid;
use crate::template::value::Input;
use crate::tree::{Entry, Key, Node, Origin, Value as Plain, emit};

pub fn add(env: &mut Environment<'static>) {
    for name in ["to_json", "tojson"] {
        env.add_filter(name, |value: &Value, kwargs: Kwargs| {
            let indent: Option<usize> = kwargs.get("indent")?;
            kwargs.assert_all_used()?;
            let json = node(value, 0)?.to_json();
            // JSON values always serialise.
            let text = if indent.is_some() { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) };
            text.map_err(|error| invalid(error.to_string()))
        });
    }
    env.add_filter("to_yaml", |value: &Value| {
        let mut out = String::new();
        emit(&node(value, 0)?, &mut out);
        Ok::<_, Error>(out)
    });
    env.add_filter("string", |value: &Value| text(value));
    env.add_filter("join", |state: &State, list: &Value, separator: Option<&str>, kwargs: Kwargs| {
        let attribute: Option<&str> = kwargs.get("attribute")?;
        kwargs.assert_all_used()?;
        let (mut out, mut paid) = (String::new(), 0);
        for (index, item) in list.try_iter()?.enumerate() {
            if index > 0 {
                out.push_str(separator.unwrap_or(""));
            }
            let item = if let Some(name) = attribute { item.get_attr(name)? } else { item };
            out.push_str(&text(&item)?);
            state.consume_fuel(1 + (out.len() as u64).saturating_sub(paid) / 64)?;
            paid = out.len() as u64;
        }
        Ok::<_, Error>(out)
    });
    env.add_filter("b64encode", |value: &Value| Ok::<_, Error>(STANDARD.encode(text(value)?)));
    env.add_filter("b64decode", |value: &str| {
        let bytes = STANDARD.decode(value).map_err(|_| invalid("the text is not base64"))?;
        String::from_utf8(bytes).map_err(|_| invalid("the decoded bytes are not text"))
    });
    env.add_filter("sha256", |value: &Value| {
        Ok::<_, Error>(Sha256::digest(text(value)?).iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    });
    env.add_filter("regex_replace", |state: &State, value: &str, pattern: &str, with: &str| {
        let regex = regex(pattern)?;
        state.consume_fuel((value.len() * (with.len() + 1) / 64) as u64)?;
        Ok::<_, Error>(regex.replace_all(value, with).into_owned())
    });
    env.add_filter("matches", matches);
    env.add_filter("since", since);
    env.add_filter("semver", |value: &str| {
        let version = semver(value)?;
        Ok::<_, Error>(Value::from_pairs([
            ("major", Value::from(version.major)),
            ("minor", Value::from(version.minor)),
            ("patch", Value::from(version.patch)),
            ("prerelease", Value::from(version.pre.as_str())),
        ]))
    });
    env.add_filter("dns_name", |value: &str| dns_name(value));
}

/// Whether all of the text matches the pattern from its start to its end.
pub fn matches(value: &str, pattern: &str) -> Result<bool, Error> {
    Ok(regex(&format!("^(?:{pattern})$"))?.is_match(value))
}

fn regex(pattern: &str) -> Result<Regex, Error> {
    Regex::new(pattern).map_err(|_| invalid(format!("`{pattern}` is no regular expression")))
}

/// Whether a version (`1.34`, `v1.34.2`, or the minor number alone) is at least another.
pub fn since(value: &Value, other: &Value) -> Result<bool, Error> {
    Ok(version(value)? >= version(other)?)
}

fn version(value: &Value) -> Result<(u64, u64, u64), Error> {
    if let Ok(minor) = u64::try_from(value.clone()) {
        return Ok((1, minor, 0));
    }
    let version = semver(value.as_str().ok_or_else(|| invalid("a version is text, or the minor number"))?)?;
    Ok((version.major, version.minor, version.patch))
}

fn semver(text: &str) -> Result<semver::Version, Error> {
    let plain = text.strip_prefix('v').unwrap_or(text);
    let (core, rest) = plain.find(['-', '+']).map_or((plain, ""), |at| plain.split_at(at));
    let padded = match core.matches('.').count() {
        0 => format!("{core}.0.0{rest}"),
        1 => format!("{core}.0{rest}"),
        _ => plain.to_owned(),
    };
    semver::Version::parse(&padded).map_err(|_| invalid(format!("`{text}` is no version")))
}

/// Text as the name of an object: lower case, what is not allowed as `-`.
fn dns_name(value: &str) -> Result<String, Error> {
    let mut out = String::new();
    for c in value.to_lowercase().chars() {
        let c = if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' { c } else { '-' };
        if !(c == '-' && out.ends_with('-')) {
            out.push(c);
        }
    }
    let out = out.trim_matches(['-', '.']).to_owned();
    if out.is_empty() || out.len() > 253 {
        return Err(invalid(format!("`{value}` makes no name: it must leave 1 to 253 letters or digits")));
    }
    Ok(out)
}

/// The text of a scalar, as YAML writes it.
fn text(value: &Value) -> Result<String, Error> {
    let node = node(value, 0)?;
    crate::template::eval::plain_text(&node.value).ok_or_else(|| invalid(format!("a {} has no text", node.value.type_name())))
}

/// A value of the engine as plain data.
fn node(value: &Value, depth: usize) -> Result<Node, Error> {
    if depth > super::bounds::DEPTH {
        return Err(invalid("the value nests too deeply"));
    }
    if let Some(input) = value.downcast_object_ref::<Input>() {
        return match &input.node {
            Some(node) => Ok(node.clone()),
            None if super::unset_scalar(value).is_some() => Err(invalid(format!("`{}` is not set", input.name()))),
            None => Ok(Node::map(Vec::new(), Origin::default())),
        };
    }
    let plain = match value.kind() {
        ValueKind::None => Plain::Null,
        ValueKind::Bool => Plain::Bool(value.is_true()),
        ValueKind::Number => match (value.is_integer(), i64::try_from(value.clone()), u64::try_from(value.clone())) {
            (true, Ok(number), _) => Plain::Int(number),
            (true, _, Ok(number)) => Plain::UInt(number),
            _ => Plain::Float(f64::try_from(value.clone())?),
        },
        ValueKind::String => Plain::Str(value.as_str().unwrap_or_default().into()),
        ValueKind::Seq | ValueKind::Iterable => {
            let items: Result<Vec<Node>, Error> = value.try_iter()?.map(|item| node(&item, depth + 1)).collect();
            return Ok(Node::list(items?, Origin::default()));
        }
        ValueKind::Map => {
            let mut entries = Vec::new();
            for key in value.try_iter()? {
                let below = node(&value.get_item(&key)?, depth + 1)?;
                entries.push(Entry { key: Key::new(&text(&key)?), key_at: crate::source::Pos::NOWHERE, node: below });
            }
            return Ok(Node::map(entries, Origin::default()));
        }
        _ => return Err(invalid("the value is not set")),
    };
    Ok(Node::new(plain, Origin::default()))
}
