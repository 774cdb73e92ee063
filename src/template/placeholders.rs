//! `{{ facts.domain }}` in documents: plain names, filled with what the environment and the cluster say. No expressions.
//!
//! A text that is one placeholder becomes the value itself, a number or a list too; any other text becomes text. The origin of what
//! was filled is the document's place, filled by that place and the fact's.

use std::borrow::Cow;

use crate::diag::{Diagnostic, Sink, code};
use crate::source::Pos;
use crate::tree::{Entry, Node, Origin, UnitLog, Value};

/// How a text is read.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Reading<'a> {
    /// Every `{{ … }}` is a placeholder.
    All,
    /// Only those are that name something below this root; others belong to somebody else (Prometheus, Argo) and stay.
    Only(&'a str),
}

/// Whether there is text with `{{` in it, in any depth.
pub fn has_placeholders(node: &Node) -> bool {
    match &node.value {
        Value::Str(text) => text.contains("{{"),
        Value::List(items) => items.iter().any(has_placeholders),
        Value::Map(entries) => entries.iter().any(|entry| has_placeholders(&entry.node)),
        _ => false,
    }
}

/// Fills placeholders with `values`, a map of what may be named.
pub struct Filler<'a> {
    /// What may be named.
    pub values: &'a Node,
    /// How texts are read.
    pub reading: Reading<'a>,
    /// Whether the text at a position is marked `!raw`.
    pub is_raw: &'a dyn Fn(Pos) -> bool,
    /// Names, as `facts.domain`, whose absence has been reported already.
    pub told: &'a [String],
    /// Takes unknown names and what cannot stand in text.
    pub sink: &'a Sink,
}

impl Filler<'_> {
    /// The value with all placeholders filled; `None` if there was nothing to fill. What cannot be filled is reported and stays.
    pub fn fill(&self, node: &Node, log: &mut UnitLog) -> Option<Node> {
        match &node.value {
            Value::Str(text) if text.contains("{{") && !(self.is_raw)(node.origin.at) => self.fill_text(text, node.origin, log),
            Value::List(items) => {
                let mut changed: Option<Vec<Node>> = None;
                for (index, item) in items.iter().enumerate() {
                    if let Some(filled) = self.fill(item, log) {
                        changed.get_or_insert_with(|| items.to_vec())[index] = filled;
                    }
                }
                changed.map(|items| Node::list(items, node.origin))
            }
            Value::Map(entries) => {
                let mut changed: Option<Vec<Entry>> = None;
                for (index, entry) in entries.iter().enumerate() {
                    if let Some(filled) = self.fill(&entry.node, log) {
                        changed.get_or_insert_with(|| entries.to_vec())[index].node = filled;
                    }
                }
                changed.map(|entries| Node::map(entries, node.origin))
            }
            _ => None,
        }
    }

    fn fill_text(&self, text: &str, origin: Origin, log: &mut UnitLog) -> Option<Node> {
        let mut out = String::new();
        let mut places = vec![origin.at];
        let mut changed = false;
        let mut rest = text;
        while let Some(start) = rest.find("{{") {
            let Some(length) = rest[start..].find("}}") else { break };
            let (before, inner, after) = (&rest[..start], rest[start + 2..start + length].trim(), &rest[start + length + 2..]);
            out.push_str(before);
            match self.look_up(inner, origin.at) {
                Found::Foreign | Found::Wrong => out.push_str(&rest[start..start + length + 2]),
                Found::Value(value) => {
                    changed = true;
                    places.push(value.origin.at);
                    if out.is_empty() && after.is_empty() && places.len() == 2 {
                        let by = log.fill(places);
                        return Some(Node { value: value.value.clone(), origin: Origin { at: origin.at, by } });
                    }
                    match scalar_text(&value.value) {
                        Some(text) => out.push_str(&text),
                        None => self.sink.push(
                            Diagnostic::error(
                                code::WRONG_TYPE,
                                origin.at,
                                format!("`{inner}` is a {} and cannot stand in text", value.value.type_name()),
                            )
                            .label(value.origin.at, "it is set here"),
                        ),
                    }
                }
            }
            rest = after;
        }
        out.push_str(rest);
        changed.then(|| Node::str(out, Origin { at: origin.at, by: log.fill(places) }))
    }

    fn look_up(&self, name: &str, at: Pos) -> Found<'_> {
        if let Reading::Only(root) = self.reading
            && !name.strip_prefix(root).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['))
        {
            return Found::Foreign;
        }
        let Some(path) = segments(name) else {
            self.sink.push(
                Diagnostic::error(code::UNKNOWN_NAME, at, format!("`{{{{ {name} }}}}` is more than a plain name"))
                    .help("documents take plain names such as `facts.domain`, no expressions; `!raw` leaves a text as it is"),
            );
            return Found::Wrong;
        };
        let mut value = self.values;
        for (index, segment) in path.iter().enumerate() {
            match value.field(segment) {
                Some(found) => value = found,
                None if self.told.contains(&path[..=index].join(".")) => return Found::Wrong,
                None => {
                    let before = path[..index].join(".");
                    let mut problem = Diagnostic::error(code::UNKNOWN_NAME, at, format!("nothing is called `{name}` here"));
                    let known: Vec<&str> = value.entries().iter().map(|entry| entry.key.as_str()).collect();
                    problem = problem.suggest(segment, known.iter().copied());
                    problem.replacement = None;
                    if problem.help.is_none() {
                        let place = if before.is_empty() { "known are".to_owned() } else { format!("`{before}` has") };
                        problem = match known.len() {
                            0 => problem.help(format!("{place} no names at all")),
                            1..=12 => problem.help(format!("{place} {}", quoted(&known))),
                            many => problem.help(format!("{place} {many} other names")),
                        };
                    }
                    self.sink.push(problem);
                    return Found::Wrong;
                }
            }
        }
        Found::Value(value)
    }
}

enum Found<'a> {
    Value(&'a Node),
    /// Somebody else's placeholder.
    Foreign,
    /// It was reported.
    Wrong,
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn scalar_text(value: &Value) -> Option<Cow<'_, str>> {
    Some(match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string().into(),
        Value::Int(value) => value.to_string().into(),
        Value::UInt(value) => value.to_string().into(),
        Value::Float(value) => value.to_string().into(),
        Value::Str(text) => Cow::Borrowed(text),
        Value::List(_) | Value::Map(_) => return None,
    })
}

/// The segments of `a.b-c` or `a['x.y/z']`; `None` if it is anything else.
fn segments(name: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = name;
    loop {
        if let Some(inner) = rest.strip_prefix('[').filter(|_| !found.is_empty()) {
            let quote = inner.chars().next().filter(|c| *c == '\'' || *c == '"')?;
            let end = inner[1..].find(quote)? + 1;
            found.push(&inner[1..end]);
            rest = inner[end + 1..].strip_prefix(']')?;
        } else {
            let word = if found.is_empty() { rest } else { rest.strip_prefix('.')? };
            let end = word.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(word.len());
            if end == 0 || word.starts_with('-') {
                return None;
            }
            found.push(&word[..end]);
            rest = &word[end..];
        }
        if rest.is_empty() {
            return Some(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Key;

    fn map(entries: &[(&str, Node)]) -> Node {
        let entries = entries.iter().map(|(key, node)| Entry { key: Key::new(key), key_at: Pos::NOWHERE, node: node.clone() }).collect();
        Node::map(entries, Origin::default())
    }

    fn text(text: &str, at: u32) -> Node {
        Node::str(text, Origin::written(Pos::new(at)))
    }

    fn values() -> Node {
        let facts = map(&[
            ("domain", text("shop.example", 50)),
            ("replicas", Node::new(Value::Int(3), Origin::written(Pos::new(60)))),
            ("zones", Node::list(vec![text("a", 71)], Origin::written(Pos::new(70)))),
        ]);
        map(&[("facts", facts), ("app", map(&[("labels", map(&[("example.com/team", text("t", 80))]))]))])
    }

    fn filled(source: &str, reading: Reading<'_>) -> (Option<Node>, UnitLog, Vec<String>) {
        let (sink, mut log, values) = (Sink::new(), UnitLog::default(), values());
        let filler = Filler { values: &values, reading, is_raw: &|pos| pos == Pos::new(9), told: &[], sink: &sink };
        let node = filler.fill(&text(source, if source.starts_with("raw") { 9 } else { 7 }), &mut log);
        let problems = sink.take().diagnostics.into_iter().map(|d| format!("{} ({})", d.message, d.help.unwrap_or_default())).collect();
        (node, log, problems)
    }

    #[test]
    fn one_placeholder_is_the_value_and_text_is_text() {
        let (node, log, problems) = filled("https://x.{{ facts.domain }}/{{facts.replicas}}", Reading::All);
        let node = node.unwrap();
        assert_eq!(node.as_str(), Some("https://x.shop.example/3"));
        assert_eq!(node.origin.at, Pos::new(7));
        assert_eq!(log.positions(node.origin.by), [7, 50, 60].map(Pos::new), "the document's place and the facts'");
        assert!(problems.is_empty());
        assert_eq!(filled("{{ facts.replicas }}", Reading::All).0.unwrap().as_i64(), Some(3));
        assert_eq!(filled("{{ facts.zones }}", Reading::All).0.unwrap().items().len(), 1);
        assert_eq!(filled("{{ app.labels['example.com/team'] }}-x", Reading::All).0.unwrap().as_str(), Some("t-x"));
    }

    #[test]
    fn what_is_not_below_the_root_is_left_and_so_is_raw_text() {
        for source in
            ["{{ $labels.pod }}", "{{ .Values.x }} {{ app.labels.x }}", "{{ factsheet.x }}", "raw {{ facts.domain }}", "{{ facts.domain"]
        {
            let (node, _, problems) = filled(source, Reading::Only("facts"));
            assert!(node.is_none() && problems.is_empty(), "{source}: {problems:?}");
        }
        let (node, ..) = filled("{{ $value }} at {{ facts.domain }}", Reading::Only("facts"));
        assert_eq!(node.unwrap().as_str(), Some("{{ $value }} at shop.example"));
    }

    #[test]
    fn mistakes_are_told() {
        for (source, problem) in [
            ("{{ facts.domian }}", "nothing is called `facts.domian` here (did you mean `domain`?)"),
            ("{{ facts.colour }}", "nothing is called `facts.colour` here (`facts` has `domain`, `replicas`, `zones`)"),
            ("{{ facts.domain | upper }}", "`{{ facts.domain | upper }}` is more than a plain name"),
            ("x {{ facts.zones }}", "`facts.zones` is a list and cannot stand in text"),
        ] {
            let (_, _, problems) = filled(source, Reading::Only("facts"));
            assert!(problems.len() == 1 && problems[0].starts_with(problem), "{source}: {problems:?}");
        }
    }
}
