//! Data of a config file as text, in the formats that programs read.

use std::fmt::Write;

use crate::diag::{Diagnostic, Sink, code};
use crate::tree::{Entry, Node, Value, emit_data};

/// The text of a config file; `None`, with a diagnostic, if the format cannot say it.
pub(super) fn serialise(format: &str, data: &Node, sink: &Sink) -> Option<String> {
    let mut out = String::new();
    let problem = match format {
        // Text that was read from a file, or written as a block, stays as it is in every format.
        _ if data.as_str().is_some() => {
            out.push_str(data.as_str().unwrap_or_default());
            None
        }
        "yaml" => {
            emit_data(data, &mut out);
            None
        }
        "json" => {
            out = format!("{:#}\n", data.to_json());
            None
        }
        "properties" => properties(data, "", &mut out).err(),
        "env" => pairs(data, &mut out).err(),
        "ini" => ini(data, &mut out).err(),
        "toml" => toml(data, "", &mut out).err(),
        "text" => Some((data, "text is a string".to_owned())),
        _ => Some((data, format!("there is no format `{format}`"))),
    };
    match problem {
        None => Some(out),
        Some((node, reason)) => {
            let message = format!("a {} cannot be written as `{format}`: {reason}", node.value.type_name());
            sink.push(Diagnostic::error(code::WRONG_TYPE, node.origin.author(), message));
            None
        }
    }
}

type Written<'a> = Result<(), (&'a Node, String)>;

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::UInt(value) => Some(value.to_string()),
        Value::Float(value) => Some(value.to_string()),
        Value::Str(text) => Some(text.to_string()),
        Value::List(_) | Value::Map(_) => None,
    }
}

/// `a.b=c`, as Java reads it; lists by index.
fn properties<'a>(node: &'a Node, path: &str, out: &mut String) -> Written<'a> {
    let escape = |text: &str, key: bool| -> String {
        let mut escaped = String::new();
        for (index, c) in text.chars().enumerate() {
            match c {
                '\\' => escaped.push_str("\\\\"),
                '\n' => escaped.push_str("\\n"),
                '\r' => escaped.push_str("\\r"),
                '\t' => escaped.push_str("\\t"),
                ' ' if key || index == 0 => escaped.push_str("\\ "),
                '=' | ':' if key => {
                    escaped.push('\\');
                    escaped.push(c);
                }
                '#' | '!' if index == 0 => {
                    escaped.push('\\');
                    escaped.push(c);
                }
                c if c.is_ascii() => escaped.push(c),
                c => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                    let _ = write!(escaped, "\\u{unit:04x}");
                }),
            }
        }
        escaped
    };
    let below = |key: &str| if path.is_empty() { escape(key, true) } else { format!("{path}.{}", escape(key, true)) };
    match &node.value {
        Value::Map(entries) => entries.iter().try_for_each(|entry| properties(&entry.node, &below(entry.key.as_str()), out)),
        Value::List(items) => items.iter().enumerate().try_for_each(|(index, item)| properties(item, &format!("{path}[{index}]"), out)),
        value if !path.is_empty() => {
            let _ = writeln!(out, "{path}={}", escape(&scalar(value).unwrap_or_default(), false));
            Ok(())
        }
        _ => Err((node, "it is a map".to_owned())),
    }
}

/// `KEY=value`, one a line.
fn pairs<'a>(node: &'a Node, out: &mut String) -> Written<'a> {
    if !node.is_map() {
        return Err((node, "it is a map of scalars".to_owned()));
    }
    node.entries().iter().try_for_each(|entry| {
        let text = scalar(&entry.node.value).ok_or((&entry.node, "its values are scalars".to_owned()))?;
        if text.contains(['\n', '\r']) {
            return Err((&entry.node, "its values are single lines".to_owned()));
        }
        let _ = writeln!(out, "{}={text}", entry.key);
        Ok(())
    })
}

/// Keys first, then a section for each map.
fn ini<'a>(node: &'a Node, out: &mut String) -> Written<'a> {
    if !node.is_map() {
        return Err((node, "it is a map".to_owned()));
    }
    let (sections, keys): (Vec<&Entry>, Vec<&Entry>) = node.entries().iter().partition(|entry| entry.node.is_map());
    let keys = Node::map(keys.into_iter().cloned().collect(), node.origin);
    // The copy is walked again as the original, so that the problem names the author's node.
    if pairs(&keys, out).is_err() {
        return Err((node, "outside of sections its values are scalars of one line".to_owned()));
    }
    for section in sections {
        let _ = writeln!(out, "{}[{}]", if out.is_empty() { "" } else { "\n" }, section.key);
        pairs(&section.node, out)?;
    }
    Ok(())
}

/// TOML: keys first, then a table for each map, then arrays of tables.
fn toml<'a>(node: &'a Node, path: &str, out: &mut String) -> Written<'a> {
    if !node.is_map() {
        return Err((node, "it is a map".to_owned()));
    }
    let of_tables = |node: &Node| !node.items().is_empty() && node.items().iter().all(Node::is_map);
    for entry in node.entries().iter().filter(|entry| !entry.node.is_map() && !of_tables(&entry.node)) {
        let mut value = String::new();
        toml_value(&entry.node, &mut value)?;
        let _ = writeln!(out, "{} = {value}", toml_key(entry.key.as_str()));
    }
    for entry in node.entries() {
        let key = toml_key(entry.key.as_str());
        let path = if path.is_empty() { key } else { format!("{path}.{key}") };
        let gap = if out.is_empty() { "" } else { "\n" };
        if entry.node.is_map() {
            let _ = writeln!(out, "{gap}[{path}]");
            toml(&entry.node, &path, out)?;
        } else if of_tables(&entry.node) {
            for item in entry.node.items() {
                let gap = if out.is_empty() { "" } else { "\n" };
                let _ = writeln!(out, "{gap}[[{path}]]");
                toml(item, &path, out)?;
            }
        }
    }
    Ok(())
}

fn toml_key(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if bare { key.to_owned() } else { serde_json::Value::from(key).to_string() }
}

fn toml_value<'a>(node: &'a Node, out: &mut String) -> Written<'a> {
    match &node.value {
        Value::Null => return Err((node, "TOML has no null".to_owned())),
        Value::Str(text) => {
            // JSON's escapes are TOML's, but for DEL, which TOML wants escaped.
            out.push_str(&serde_json::Value::from(&**text).to_string().replace('\u{7f}', "\\u007f"));
        }
        Value::Float(value) => {
            let _ = write!(out, "{value:?}");
        }
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                toml_value(item, out)?;
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (index, entry) in entries.iter().enumerate() {
                let _ = write!(out, "{}{} = ", if index > 0 { ", " } else { " " }, toml_key(entry.key.as_str()));
                toml_value(&entry.node, out)?;
            }
            out.push_str(" }");
        }
        value => out.push_str(&scalar(value).unwrap_or_default()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Origin;
    use serde_json::json;

    fn written(format: &str, data: serde_json::Value) -> Result<String, String> {
        let sink = Sink::new();
        serialise(format, &Node::from_json(&data, Origin::default()), &sink).ok_or_else(|| sink.take().diagnostics[0].message.clone())
    }

    #[test]
    fn each_format_is_what_its_readers_expect() {
        let data = json!({"a": 1, "b c": "x = é\n", "t": {"u": true, "l": [1, "q\""]}, "s": [{"n": 1.0}, {"n": 2}]});
        assert_eq!(
            written("properties", data.clone()).unwrap(),
            "a=1\nb\\ c=x = \\u00e9\\n\nt.u=true\nt.l[0]=1\nt.l[1]=q\"\ns[0].n=1\ns[1].n=2\n"
        );
        assert_eq!(
            written("toml", data.clone()).unwrap(),
            "a = 1\n\"b c\" = \"x = é\\n\"\n\n[t]\nu = true\nl = [1, \"q\\\"\"]\n\n[[s]]\nn = 1.0\n\n[[s]]\nn = 2\n"
        );
        assert_eq!(written("ini", json!({"a": 1, "s": {"b": "x"}})).unwrap(), "a=1\n\n[s]\nb=x\n");
        assert_eq!(written("env", json!({"A": "1", "B": null})).unwrap(), "A=1\nB=\n");
        assert_eq!(written("json", json!({"a": [1]})).unwrap(), "{\n  \"a\": [\n    1\n  ]\n}\n");
        assert_eq!(written("toml", json!("as = 'it is'\n")).unwrap(), "as = 'it is'\n");
    }

    #[test]
    fn what_a_format_cannot_say_is_an_error() {
        assert_eq!(written("env", json!({"A": {"b": 1}})).unwrap_err(), "a map cannot be written as `env`: its values are scalars");
        assert_eq!(written("toml", json!({"a": null})).unwrap_err(), "a null cannot be written as `toml`: TOML has no null");
        assert_eq!(written("text", json!([])).unwrap_err(), "a list cannot be written as `text`: text is a string");
        assert!(written("ini", json!({"a": [1]})).is_err() && written("env", json!({"A": "x\ny"})).is_err());
    }
}
