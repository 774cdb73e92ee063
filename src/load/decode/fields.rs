//! A map whose fields are taken one by one; what is left over at the end is unknown.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Sink, code, did_you_mean};
use crate::model::{Labels, MetadataChange, Name, Spanned};
use crate::source::Pos;
use crate::tree::{Entry, Node, Value};

/// The field of what a type takes.
const PROPERTIES: &str = "properties";

/// How a map is written, for those who wrote something else.
const AS_MAP: &str = "write it as a map: `key: value` on a line for each, or `{key: value, …}`";

/// The fields of a map of a document.
pub(super) struct Fields<'a> {
    pub node: &'a Node,
    what: &'a str,
    pub sink: &'a Sink,
    taken: Vec<&'static str>,
    /// Fields that must be there and are not; told at the end, unless one of another name is meant to be it.
    missing: Vec<(&'static str, Diagnostic)>,
}

impl<'a> Fields<'a> {
    /// The fields of a map; anything else is told. `what` is how messages call it.
    pub fn of(node: &'a Node, what: &'a str, sink: &'a Sink) -> Option<Fields<'a>> {
        if !node.is_map() {
            let message = format!("{what} must be a map, not {}", article(&node.value));
            sink.push(Diagnostic::error(code::WRONG_TYPE, node.origin.at, message).help(AS_MAP));
            return None;
        }
        Some(Fields { node, what, sink, taken: Vec::new(), missing: Vec::new() })
    }

    /// The place of the map.
    pub fn at(&self) -> Pos {
        self.node.origin.at
    }

    /// Pushes an error.
    pub fn error(&self, code: Code, at: Pos, message: impl Into<String>) {
        self.sink.push(Diagnostic::error(code, at, message));
    }

    /// The value of a field; `null` counts as absent.
    pub fn optional(&mut self, key: &'static str) -> Option<&'a Node> {
        self.taken.push(key);
        self.node.field(key).filter(|node| !node.is_null())
    }

    /// The value of a field that must be there.
    pub fn required(&mut self, key: &'static str) -> Option<&'a Node> {
        let value = self.optional(key);
        if value.is_none() {
            let message = format!("missing field `{key}` in {}", self.what);
            let help = format!("add `{key}: …`{}", if key == "name" { ": lower-case letters, digits and `-`" } else { "" });
            self.missing(key, Diagnostic::error(code::MISSING_FIELD, self.at(), message).help(help));
        }
        value
    }

    /// Tells that a field is missing, unless a field that is there turns out to be a slip for it.
    pub fn missing(&mut self, key: &'static str, problem: Diagnostic) {
        if !self.taken.contains(&key) {
            self.taken.push(key);
        }
        self.missing.push((key, problem));
    }

    /// A text.
    pub fn text(&mut self, key: &'static str) -> Option<Name> {
        let node = self.optional(key)?;
        self.name_of(node, &format!("`{key}`"))
    }

    /// A text that must be there.
    pub fn required_text(&mut self, key: &'static str) -> Option<Name> {
        let node = self.required(key)?;
        self.name_of(node, &format!("`{key}`"))
    }

    /// A text, or a number as it is written in documents (`kubernetesVersion: 1.34` is a number to YAML): told, with the way out.
    pub fn name_of(&self, node: &Node, what: &str) -> Option<Name> {
        if let Value::Str(text) = &node.value {
            if text.is_empty() {
                let problem = Diagnostic::error(code::VALUE_NOT_ALLOWED, node.origin.at, format!("{what} is empty"));
                self.sink.push(problem.help("give it a value, or leave it out"));
                return None;
            }
            return Some(Spanned::new(text.clone(), node.origin.at));
        }
        let message = format!("{what} must be a string, not {}", article(&node.value));
        let mut problem = Diagnostic::error(code::WRONG_TYPE, node.origin.at, message);
        match node.value {
            Value::Bool(true) => problem = problem.help("write it in quotes: YAML takes `y`, `yes` and `on` for `true`"),
            Value::Bool(false) => problem = problem.help("write it in quotes: YAML takes `n`, `no` and `off` for `false`"),
            Value::Int(_) | Value::UInt(_) | Value::Float(_) => problem = problem.help("write it in quotes"),
            Value::Null => {}
            _ => problem = problem.help("write one text, as `web`"),
        }
        self.sink.push(problem);
        None
    }

    /// A boolean.
    pub fn boolean(&mut self, key: &'static str) -> Option<Spanned<bool>> {
        let node = self.optional(key)?;
        match node.as_bool() {
            Some(value) => Some(Spanned::new(value, node.origin.at)),
            None => {
                let message = format!("`{key}` must be `true` or `false`, not {}", article(&node.value));
                self.error(code::WRONG_TYPE, node.origin.at, message);
                None
            }
        }
    }

    /// A text that is one of a few.
    pub fn one_of(&mut self, key: &'static str, allowed: &[&'static str]) -> Option<Name> {
        let text = self.text(key)?;
        if allowed.contains(&&*text.value) {
            return Some(text);
        }
        let list = allowed.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let message = format!("`{key}` must be one of {list}, not `{text}`");
        self.sink.push(Diagnostic::error(code::VALUE_NOT_ALLOWED, text.at, message).suggest(&text, allowed.iter().copied()));
        None
    }

    /// The items of a list; none if it is absent.
    pub fn list(&mut self, key: &'static str) -> &'a [Node] {
        let Some(node) = self.optional(key) else { return &[] };
        if !node.is_list() {
            let message = format!("`{key}` must be a list, not {}", article(&node.value));
            let problem = Diagnostic::error(code::WRONG_TYPE, node.origin.at, message);
            self.sink.push(problem.help(if node.is_map() { "write `- ` before each item" } else { "write it in brackets" }));
        }
        node.items()
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &'static str) -> Vec<Name> {
        let what = format!("an item of `{key}`");
        self.list(key).iter().filter_map(|item| self.name_of(item, &what)).collect()
    }

    /// A map, with everything in it free.
    pub fn map(&mut self, key: &'static str) -> Option<&'a Node> {
        let node = self.optional(key)?;
        if !node.is_map() {
            let message = format!("`{key}` must be a map, not {}", article(&node.value));
            self.sink.push(Diagnostic::error(code::WRONG_TYPE, node.origin.at, message).help(AS_MAP));
            return None;
        }
        Some(node)
    }

    /// `properties`, free in themselves. Of those that are misspelt or no map, nobody is told what they lack.
    pub fn properties(&mut self) -> Option<&'a Node> {
        let found = self.map(PROPERTIES);
        let meant = |entry: &Entry| entry.key.as_str() == PROPERTIES || did_you_mean(entry.key.as_str(), [PROPERTIES]).is_some();
        if found.is_none() && self.node.entries().iter().any(|entry| meant(entry) && !entry.node.is_null()) {
            self.sink.unread(PROPERTIES, Some(&self.at().number().to_string()));
        }
        found
    }

    /// A map whose own fields are known.
    pub fn fields(&mut self, key: &'static str, what: &'a str) -> Option<Fields<'a>> {
        let node = self.optional(key)?;
        Fields::of(node, what, self.sink)
    }

    /// Labels or annotations; `strict`: values have the syntax of label values.
    pub fn labels(&mut self, key: &'static str, strict: bool) -> Labels {
        let entries = self.map(key).map(Node::entries).unwrap_or_default();
        entries.iter().filter_map(|entry| Some((Arc::from(entry.key.as_str()), self.label(entry, key, strict)?))).collect()
    }

    /// Labels or annotations, of which `null` takes one away.
    pub fn changed_labels(&mut self, key: &'static str, strict: bool) -> MetadataChange {
        let entries = self.map(key).map(Node::entries).unwrap_or_default();
        let change = |entry: &Entry| {
            let value = if entry.node.is_null() { None } else { Some(self.label(entry, key, strict)?) };
            Some((Arc::from(entry.key.as_str()), value))
        };
        entries.iter().filter_map(change).collect()
    }

    fn label(&self, entry: &Entry, key: &str, strict: bool) -> Option<Name> {
        let Value::Str(text) = &entry.node.value else {
            let message = format!("`{key}.{}` must be a string, not {}", entry.key, article(&entry.node.value));
            let problem = Diagnostic::error(code::WRONG_TYPE, entry.node.origin.at, message);
            let scalar = !entry.node.is_map() && !entry.node.is_list();
            self.sink.push(if scalar { problem.help("write it in quotes") } else { problem });
            return None;
        };
        if strict && !is_label_value(text) {
            let message =
                format!("`{text}` is not a label value: at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends");
            self.error(code::BAD_NAME, entry.node.origin.at, message);
        }
        if !is_qualified_name(entry.key.as_str()) {
            let message = format!(
                "`{}` is not a label or annotation name: a DNS name and `/` may stand in front of at most 63 letters, digits, `-`, `_` and `.`",
                entry.key
            );
            self.error(code::BAD_NAME, entry.key_at, message);
        }
        Some(Spanned::new(text.clone(), entry.node.origin.at))
    }

    /// Tells every field that nobody took.
    pub fn finish(mut self) {
        for entry in self.node.entries() {
            if !self.taken.contains(&entry.key.as_str()) {
                let message = format!("unknown field `{}` in {}", entry.key, self.what);
                let mut problem =
                    Diagnostic::error(code::UNKNOWN_FIELD, entry.key_at, message).suggest(entry.key.as_str(), self.taken.iter().copied());
                // Who wrote `typ` did not forget `type`.
                if let Some(meant) = &problem.replacement {
                    self.missing.retain(|(key, _)| *key != meant.as_str());
                }
                if problem.help.is_none() && self.taken.len() <= 14 {
                    let known = self.taken.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
                    let are = if self.taken.len() == 1 { "the only known field is" } else { "known fields are" };
                    problem = problem.help(format!("{are} {known}"));
                }
                self.sink.push(problem);
            }
        }
    }
}

impl Drop for Fields<'_> {
    fn drop(&mut self) {
        self.missing.drain(..).for_each(|(_, problem)| self.sink.push(problem));
    }
}

/// `a string`, `an integer`.
pub(super) fn article(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        value => with_article(value.type_name()),
    }
}

/// A word with `a` or `an` in front.
pub(super) fn with_article(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']) { "an" } else { "a" };
    format!("{article} {word}")
}

/// Judges the name of a document: a DNS-1123 label up to 63 characters, a subdomain (with dots) up to 253.
pub(in crate::load) fn judge_name(name: &Name, longest: usize, what: &str, sink: &Sink) {
    let dots = longest > 63;
    let part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let sound = if dots { name.split('.').all(part) } else { part(name) };
    if !sound {
        let also = if dots { ", `-` and `.`" } else { " and `-`" };
        let message = format!("`{name}` is not a name: {what} has lower-case letters, digits{also}, with a letter or digit at both ends");
        let mut problem = Diagnostic::error(code::BAD_NAME, name.at, message);
        let better: String =
            name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() || (dots && c == '.') { c } else { '-' }).collect();
        let better = better.trim_matches(['-', '.']).to_owned();
        if !better.is_empty() && better.len() <= longest {
            problem.help = Some(format!("for example `{better}`"));
            problem.replacement = Some(better);
        }
        sink.push(problem);
    } else if name.len() > longest {
        let message = format!("`{name}` has {} characters, and {what} has at most {longest}", name.len());
        sink.push(Diagnostic::error(code::BAD_NAME, name.at, message));
    }
}

fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_label_part(text)
}

fn is_label_part(text: &str) -> bool {
    text.len() <= 63
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
}

fn is_qualified_name(text: &str) -> bool {
    match text.split_once('/') {
        None => is_label_part(text),
        Some((prefix, name)) => {
            is_label_part(name)
                && prefix.len() <= 253
                && !prefix.is_empty()
                && prefix.split('.').all(|part| is_label_part(part) && !part.bytes().any(|b| b.is_ascii_uppercase() || b == b'_'))
        }
    }
}
