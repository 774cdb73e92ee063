//! The values of keywords: each reader reports what is of the wrong type and goes on.

use std::sync::Arc;

use super::{Compiler, Dialect};
use crate::diag::{Diagnostic, code};
use crate::shape::format::Format;
use crate::shape::report::a_type;
use crate::shape::{Pattern, Types};
use crate::source::Pos;
use crate::tree::{Entry, Key, Node, Value};

impl Compiler<'_> {
    pub(super) fn types(&mut self, entry: &Entry, given: Types) -> Types {
        let one = |this: &mut Self, node: &Node| match node.as_str() {
            Some("null") => Types::NULL,
            Some("boolean") => Types::BOOL,
            Some("integer") => Types::INTEGER,
            Some("number") => Types::NUMBER,
            Some("string") => Types::STRING,
            Some("array") => Types::LIST,
            Some("object") => Types::MAP,
            Some("") if this.dialect != Dialect::Strict => Types::ANY,
            Some(other) => {
                let aliases = [
                    ("map", "object"),
                    ("dict", "object"),
                    ("list", "array"),
                    ("int", "integer"),
                    ("float", "number"),
                    ("bool", "boolean"),
                    ("str", "string"),
                ];
                let known = ["null", "boolean", "integer", "number", "string", "array", "object"];
                let mut diagnostic = Diagnostic::error(code::BAD_SCHEMA, node.origin.at, format!("unknown type `{other}`"));
                diagnostic = match aliases.iter().find(|(alias, _)| *alias == other) {
                    Some((_, name)) => diagnostic.help(format!("did you mean `{name}`?")),
                    None => diagnostic.suggest(other, known),
                };
                if diagnostic.help.is_none() {
                    diagnostic = diagnostic.help(format!("types are {}", known.map(|name| format!("`{name}`")).join(", ")));
                }
                this.report(diagnostic);
                Types::ANY
            }
            None => {
                this.problem(node.origin.at, format!("a type must be a string, not {}", a_type(&node.value)));
                Types::ANY
            }
        };
        let types = match &entry.node.value {
            Value::List(items) if items.is_empty() => {
                self.problem(entry.node.origin.at, "`type` must name at least one type");
                Types::ANY
            }
            Value::List(items) => items.iter().fold(Types(0), |types, item| types.or(one(self, item))),
            _ => one(self, &entry.node),
        };
        // `nullable` and `x-kubernetes-int-or-string` may stand before it.
        if given == Types::ANY { types } else { Types(types.0 | given.0) }
    }

    /// A pattern, as the regex crate takes it; one that needs more (lookaround, back-references) makes the full validator judge.
    pub(super) fn pattern(&mut self, text: &str, at: Pos) -> Option<Pattern> {
        let regex = match self.dialect {
            Dialect::Published => return Some(Pattern::published(text)),
            Dialect::Structural => crate::shape::format::go(text),
            Dialect::Strict => crate::shape::format::ecma(text),
        };
        if let Some(regex) = regex {
            return Some(Pattern::new(text, regex));
        }
        if self.dialect == Dialect::Strict && crate::shape::beyond::takes_pattern(text) {
            self.beyond.get_or_insert(at);
        } else {
            let diagnostic = Diagnostic::error(code::BAD_SCHEMA, at, format!("`{text}` is not a regular expression"));
            self.report(diagnostic);
        }
        None
    }

    pub(super) fn format(&mut self, text: &str, at: Pos) {
        if Format::named(text).is_none() && self.dialect == Dialect::Strict {
            let diagnostic = Diagnostic::warning(code::BAD_SCHEMA, at, format!("format `{text}` is not known, so nothing checks it"));
            self.sink.push(diagnostic.suggest(text, Format::names()));
        }
    }

    pub(super) fn wrong(&mut self, entry: &Entry, wanted: &str) {
        self.problem(entry.node.origin.at, format!("`{}` must be {wanted}, not {}", entry.key, a_type(&entry.node.value)));
    }

    pub(super) fn map<'n>(&mut self, entry: &'n Entry) -> &'n [Entry] {
        if !entry.node.is_map() {
            self.wrong(entry, "a map");
        }
        entry.node.entries()
    }

    pub(super) fn list<'n>(&mut self, entry: &'n Entry) -> &'n [Node] {
        if !entry.node.is_list() {
            self.wrong(entry, "a list");
        }
        entry.node.items()
    }

    pub(super) fn keys(&mut self, entry: &Entry) -> Vec<(Key, Pos)> {
        let mut keys = Vec::new();
        for item in self.list(entry) {
            match item.as_str() {
                Some(text) => keys.push((Key::new(text), item.origin.at)),
                None => self.problem(item.origin.at, format!("an item of `{}` must be a string, not {}", entry.key, a_type(&item.value))),
            }
        }
        keys
    }

    pub(super) fn flag(&mut self, entry: &Entry) -> bool {
        entry.node.as_bool().unwrap_or_else(|| {
            self.wrong(entry, "a boolean");
            false
        })
    }

    pub(super) fn text(&mut self, entry: &Entry) -> Option<Arc<str>> {
        if let Value::Str(text) = &entry.node.value {
            return Some(text.clone());
        }
        self.wrong(entry, "a string");
        None
    }

    pub(super) fn number(&mut self, entry: &Entry) -> Option<Value> {
        match &entry.node.value {
            value @ (Value::Int(_) | Value::UInt(_) | Value::Float(_)) => Some(value.clone()),
            _ => {
                self.wrong(entry, "a number");
                None
            }
        }
    }

    pub(super) fn count(&mut self, entry: &Entry) -> Option<u64> {
        let count = match entry.node.value {
            Value::Int(count) => u64::try_from(count).ok(),
            Value::UInt(count) => Some(count),
            Value::Float(count) if count >= 0.0 && count.fract() == 0.0 => Some(count as u64),
            _ => None,
        };
        if count.is_none() {
            self.problem(entry.node.origin.at, format!("`{}` must be an integer of at least 0", entry.key));
        }
        count
    }
}
