//! Interim reader and emitter, until the real ones land (engineer yaml replaces this file).

use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle};
use rustc_hash::FxHashMap;

use super::{Entry, Fill, Key, Node, Origin, Value};
use crate::diag::{Diagnostic, Sink, code};
use crate::source::{Pos, SourceFile};

/// One YAML document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its value.
    pub root: Node,
    /// Tagged scalars.
    pub tags: Tags,
}

/// Scalars with a tag.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    raw: Vec<Pos>,
    text: Vec<Pos>,
}

impl Tags {
    /// Whether the scalar there is tagged `!raw`.
    pub fn is_raw(&self, at: Pos) -> bool {
        self.raw.binary_search(&at).is_ok()
    }

    /// Whether the scalar there is tagged `!!str`.
    pub fn is_text(&self, at: Pos) -> bool {
        self.text.binary_search(&at).is_ok()
    }
}

fn plain(s: &str) -> Option<Value> {
    match s {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => return Some(Value::Bool(true)),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => return Some(Value::Bool(false)),
        _ => {}
    }
    if !s.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return None;
    }
    if let Ok(i) = s.parse::<i64>() {
        return Some(Value::Int(i));
    }
    if s.bytes().all(|c| c.is_ascii_digit() || matches!(c, b'-' | b'+' | b'.' | b'e' | b'E')) {
        s.parse().ok().map(Value::Float)
    } else {
        None
    }
}

enum Frame {
    List(Vec<Node>, Pos, usize),
    Map(Vec<Entry>, Pos, usize, Option<(Key, Pos)>, Vec<Node>),
}

/// The documents of a file.
pub fn read_yaml(file: &SourceFile, sink: &Sink) -> Vec<Document> {
    let mut docs = vec![];
    let mut stack: Vec<Frame> = vec![];
    let mut anchors: FxHashMap<usize, Node> = Default::default();
    let mut tags = Tags::default();
    let mut root: Option<Node> = None;
    let fail = |at: usize, m: String| sink.push(Diagnostic::error(code::UNKNOWN_FIELD, file.pos(at), m));
    let options = granit_parser::options! { emit_comments: false, flow_nesting_limit: 200, block_nesting_limit: 200 };
    for event in Parser::new_from_str_with_options(file.text(), options) {
        let (event, span) = match event {
            Ok(x) => x,
            Err(x) => {
                fail(x.marker().byte_offset().unwrap_or(0), x.to_string());
                return docs;
            }
        };
        let at = span.start.byte_offset().unwrap_or(0);
        let pos = file.pos(at);
        let (node, anchor) = match event {
            Event::Scalar(s, style, anchor, tag) => {
                let text = tag.as_ref().is_some_and(|t| t.is_yaml_core_schema_tag("str"));
                if text {
                    tags.text.push(pos);
                }
                if tag.as_ref().is_some_and(|t| t.is_custom()) {
                    tags.raw.push(pos);
                }
                if let Some(Frame::Map(entries, _, _, key @ None, _)) = stack.last_mut() {
                    let k = Key::new(&s);
                    if entries.iter().any(|e| e.key == k) {
                        fail(at, format!("duplicate key `{s}`"));
                    }
                    *key = Some((k, pos));
                    continue;
                }
                let value = if style == ScalarStyle::Plain && !text { plain(&s) } else { None };
                (Node::new(value.unwrap_or_else(|| Value::Str(Arc::from(&*s))), Origin::written(pos)), anchor)
            }
            Event::SequenceStart(_, a, _) => {
                stack.push(Frame::List(vec![], pos, a));
                continue;
            }
            Event::MappingStart(_, a, _) => {
                if let Some(Frame::Map(_, _, _, None, _)) = stack.last() {
                    fail(at, "a map as a key; quote the template expression?".into());
                    return docs;
                }
                stack.push(Frame::Map(vec![], pos, a, None, vec![]));
                continue;
            }
            Event::SequenceEnd => match stack.pop() {
                Some(Frame::List(l, p, a)) => (Node::list(l, Origin { at: p, by: Fill::NOTHING }), a),
                _ => continue,
            },
            Event::MappingEnd => match stack.pop() {
                Some(Frame::Map(mut m, p, a, _, merges)) => {
                    for x in merges {
                        for y in x.entries() {
                            if !m.iter().any(|z| z.key == y.key) {
                                m.push(y.clone());
                            }
                        }
                    }
                    (Node::map(m, Origin::written(p)), a)
                }
                _ => continue,
            },
            Event::Alias(id) => (anchors.get(&id).cloned().unwrap_or_else(|| Node::null(Origin::written(pos))), 0),
            Event::DocumentEnd => {
                if let Some(root) = root.take().filter(|r| !r.is_null()) {
                    docs.push(Document { root, tags: std::mem::take(&mut tags) });
                }
                anchors.clear();
                continue;
            }
            _ => continue,
        };
        if anchor != 0 {
            anchors.insert(anchor, node.clone());
        }
        match stack.last_mut() {
            None => root = Some(node),
            Some(Frame::List(l, ..)) => l.push(node),
            Some(Frame::Map(m, _, _, key, merges)) => {
                if let Some((key, key_at)) = key.take() {
                    if key.as_str() == "<<" { merges.push(node) } else { m.push(Entry { key, key_at, node }) }
                }
            }
        }
    }
    docs
}

/// The token at a position.
pub fn token_range(file: &SourceFile, pos: Pos) -> std::ops::Range<usize> {
    let start = (pos.number().saturating_sub(file.base()) as usize).min(file.text().len());
    let rest = file.text().get(start..).unwrap_or_default();
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '}' | ']'))
        .unwrap_or(rest.len())
        .max(usize::from(!rest.is_empty()));
    start..start + end
}

fn scalar(s: &str, out: &mut String) {
    let simple = s.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '_')
        && s.chars().all(|c| c.is_ascii_alphanumeric() || "/_-. =,()+@".contains(c))
        && !s.ends_with(' ')
        && !["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&s.to_ascii_lowercase().as_str());
    if simple { out.push_str(s) } else { out.push_str(&serde_json::Value::from(s).to_string()) }
}

fn emit_at(node: &Node, depth: usize, inline: bool, out: &mut String) {
    match &node.value {
        Value::Str(s) => {
            scalar(s, out);
            out.push('\n');
        }
        Value::Map(entries) => {
            for (i, e) in entries.iter().enumerate() {
                if i > 0 || !inline {
                    out.push_str(&" ".repeat(depth));
                }
                scalar(e.key.as_str(), out);
                match &e.node.value {
                    Value::Map(m) if m.is_empty() => out.push_str(": {}\n"),
                    Value::List(l) if l.is_empty() => out.push_str(": []\n"),
                    Value::Map(_) => {
                        out.push_str(":\n");
                        emit_at(&e.node, depth + 2, false, out);
                    }
                    Value::List(_) => {
                        out.push_str(":\n");
                        emit_at(&e.node, depth, false, out);
                    }
                    _ => {
                        out.push_str(": ");
                        emit_at(&e.node, depth, false, out);
                    }
                }
            }
        }
        Value::List(items) => {
            for item in items.iter() {
                out.push_str(&" ".repeat(depth));
                out.push_str("- ");
                match &item.value {
                    Value::Map(m) if m.is_empty() => out.push_str("{}\n"),
                    Value::List(l) if l.is_empty() => out.push_str("[]\n"),
                    _ => emit_at(item, depth + 2, true, out),
                }
            }
        }
        _ => {
            out.push_str(&node.to_json().to_string());
            out.push('\n');
        }
    }
}

/// One document as block-style YAML.
pub fn emit(node: &Node, out: &mut String) {
    emit_at(node, 0, false, out);
}
