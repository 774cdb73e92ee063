//! The sections of a schematic.

use std::sync::Arc;

use super::Compiler;
use crate::diag::{Diagnostic, code};
use crate::source::Pos;
use crate::template::api::{Per, Rule, Template};
use crate::template::checks::Expected;
use crate::template::names;
use crate::template::program::{EntryForm, KeyForm, Requirement};
use crate::template::syntax::{Scalar, parse_scalar};
use crate::tree::{Entry, Key, Node, Origin, Value};

impl Compiler<'_> {
    pub(super) fn template(mut self, schematic: &Node, mut template: Template) -> Option<Template> {
        if !schematic.is_map() {
            self.wrong(code::TEMPLATE_SYNTAX, schematic.origin.at, "the schematic is not a map");
            return None;
        }
        for entry in schematic.entries() {
            let key = entry.key.as_str();
            if !names::SECTIONS.contains(&key) {
                let diagnostic = Diagnostic::error(code::UNKNOWN_FIELD, entry.key_at, format!("a schematic has no `{key}`"));
                self.error(diagnostic.suggest(key, names::SECTIONS.iter().copied()));
            } else if key != "parameters" {
                self.own(&entry.node);
            }
        }
        if let Some(lets) = schematic.field("let") {
            template.lets = self.lets(lets, "let");
        }
        for requirement in self.items_of(schematic, "require") {
            template.requires.extend(self.requirement(requirement));
        }
        let kubernetes = self.parts.kubernetes;
        self.in_output = true;
        template.output = schematic.field("output").map(|node| self.form(node, &Expected::object()).0);
        if let Some(outputs) = schematic.field("outputs") {
            if !outputs.is_map() {
                self.wrong(code::TEMPLATE_SYNTAX, outputs.origin.at, "`outputs` is a map of names to objects");
            }
            for entry in outputs.entries() {
                template.outputs.extend(self.output(entry));
            }
        }
        self.in_output = false;
        template.patch = schematic.field("patch").map(|node| self.form(node, &Expected::workloads(kubernetes, self.parts.targets)).0);
        template.pod_patch = schematic.field("podPatch").map(|node| self.form(node, &Expected::pod(kubernetes)).0);
        if let Some(patches) = schematic.field("patches") {
            self.patches(patches);
            template.patches = Some(self.form(patches, &Expected::anything()).0);
        }
        template.place = schematic.field("place").and_then(|node| self.bare(node, "place", schematic));
        for rule in self.items_of(schematic, "rules") {
            template.rules.extend(self.rule(rule));
        }
        template.owned = std::mem::take(&mut self.owned);
        (!self.errors).then_some(template)
    }

    fn items_of<'n>(&mut self, schematic: &'n Node, key: &str) -> &'n [Node] {
        match schematic.field(key) {
            Some(node) if !node.is_list() => {
                self.wrong(code::TEMPLATE_SYNTAX, node.origin.at, format!("`{key}` is a list"));
                &[]
            }
            Some(node) => node.items(),
            None => &[],
        }
    }

    fn only(&mut self, node: &Node, what: &str, known: &[&str]) {
        for entry in node.entries() {
            let key = entry.key.as_str();
            if !known.contains(&key) {
                let diagnostic = Diagnostic::error(code::UNKNOWN_FIELD, entry.key_at, format!("{what} has no `{key}`"));
                self.error(diagnostic.suggest(key, known.iter().copied()));
            }
        }
    }

    fn missing(&mut self, node: &Node, what: &str, key: &str) {
        self.wrong(code::MISSING_FIELD, node.origin.at, format!("{what} has no `{key}`"));
    }

    fn requirement(&mut self, node: &Node) -> Option<Requirement> {
        let what = "an entry of `require`";
        self.only(node, what, &["$for", "$let", "at", "message", "that"]);
        let depth = self.names.depth();
        let loops = match node.field("$for") {
            Some(loops) => self.loops(loops, node),
            None => Some(Vec::new()),
        };
        let lets = node.field("$let").map(|lets| self.lets(lets, "$let")).unwrap_or_default();
        let that = match node.field("that") {
            Some(that) => self.bare(that, "that", node),
            None => {
                self.missing(node, what, "that");
                None
            }
        };
        let message = match node.field("message") {
            Some(message) => Some(self.unplaced(message).0),
            None => {
                self.missing(node, what, "message");
                None
            }
        };
        let blame = node.field("at").and_then(|at| self.bare(at, "at", node));
        self.names.truncate(depth);
        Some(Requirement { loops: loops?, lets, that: that?, message: message?, blame, at: node.origin.at })
    }

    /// An entry of `outputs`: `per` is the engine's, not the object's.
    fn output(&mut self, entry: &Entry) -> Option<(Option<Per>, EntryForm)> {
        let name = entry.key.as_str();
        if name.starts_with('$') {
            self.wrong(code::TEMPLATE_SYNTAX, entry.key_at, format!("`outputs` takes names, not `{name}`"));
            return None;
        }
        let mut node = entry.node.clone();
        let per = node.remove(Key::new("per")).and_then(|per| {
            let text = per.node.as_str().unwrap_or_default();
            let known = Per::ALL.iter().find(|(known, _)| *known == text).map(|(_, per)| *per);
            if known.is_none() {
                let diagnostic = Diagnostic::error(
                    code::VALUE_NOT_ALLOWED,
                    per.node.origin.at,
                    "`per` is a literal: `application`, `namespace`, `environment` or `cluster`",
                );
                self.error(diagnostic.suggest(text, Per::ALL.iter().map(|(known, _)| *known)));
            }
            known
        });
        let depth = self.names.depth();
        let fixed = matches!(parse_scalar(name, entry.key_at), Ok(Scalar::Plain));
        let loops = self.entry_loops(&Entry { node: node.clone(), ..entry.clone() }, fixed);
        let key = if fixed {
            KeyForm::Fixed(entry.key)
        } else {
            KeyForm::Made(self.scalar(&Node::str(name, Origin::written(entry.key_at)), &Expected::anything()).0)
        };
        let (form, _) = self.form(&node, &Expected::object());
        self.names.truncate(depth);
        Some((per, EntryForm { key, key_at: entry.key_at, loops, form }))
    }

    /// `patches`: the shape of its entries, where they are literal.
    fn patches(&mut self, node: &Node) {
        if !node.is_list() {
            self.wrong(code::TEMPLATE_SYNTAX, node.origin.at, "`patches` is a list");
        }
        for item in node.items() {
            for entry in item.entries() {
                let key = entry.key.as_str();
                if !key.starts_with('$') && !["patch", "target", "type"].contains(&key) {
                    let diagnostic = Diagnostic::error(code::UNKNOWN_FIELD, entry.key_at, format!("an entry of `patches` has no `{key}`"));
                    self.error(diagnostic.suggest(key, ["patch", "target", "type"]));
                }
            }
            let direct = item.field("$value").is_none() && item.field("$use").is_none();
            if direct && item.is_map() && item.field("patch").is_none() {
                self.missing(item, "an entry of `patches`", "patch");
            }
        }
    }

    fn rule(&mut self, node: &Node) -> Option<Rule> {
        let what = "an entry of `rules`";
        self.only(node, what, &["at", "message", "rule", "severity"]);
        let text = |this: &mut Self, key: &str| -> Option<(Arc<str>, Pos)> {
            let field = node.field(key)?;
            match &field.value {
                Value::Str(text) => Some((text.clone(), field.origin.at)),
                other => {
                    this.wrong(code::WRONG_TYPE, field.origin.at, format!("`{key}` is text, not a {}", other.type_name()));
                    None
                }
            }
        };
        let warning = match text(self, "severity") {
            None => false,
            Some((severity, at)) => {
                if !matches!(&*severity, "error" | "warning") {
                    self.wrong(code::VALUE_NOT_ALLOWED, at, "a rule's `severity` is `error` or `warning`");
                }
                &*severity == "warning"
            }
        };
        if node.field("rule").is_none() {
            self.missing(node, what, "rule");
        }
        let (message, field) = (text(self, "message"), text(self, "at"));
        Some(Rule { rule: text(self, "rule")?, message, field, warning, at: node.origin.at })
    }
}
