//! The rules that the definition of a custom resource makes of its objects, in CEL (`x-kubernetes-validations`).
//!
//! They are judged as an API server does: over the object with its defaults, once its structure is sound. Rules of what may change
//! (`oldSelf`) speak of updates, and are not judged.

use std::sync::{Arc, OnceLock, RwLock};

use rustc_hash::FxHashMap;

use crate::diag::{Diagnostic, Sink, code};
use crate::kubernetes::KindSchema;
use crate::rules::Rule;
use crate::shape::{Child, ShapeId, Shapes, Validation};
use crate::source::Pos;
use crate::tree::{Key, Node};

/// A rule longer than this (in characters) is not repeated in reports.
const LONG: usize = 160;

/// Judges an object by the rules of its kind. Returns whether all hold.
pub(super) fn validations(object: &Node, kind: &KindSchema, sink: &Sink) -> bool {
    let shapes = kind.shapes();
    if !shapes.has_validations() {
        return true;
    }
    let mut judge = Judge { shapes, kind: &kind.kind, path: String::new(), sink, sound: true };
    judge.value(ShapeId::ROOT, &shapes.fill_defaults(object.clone()), object.origin.author());
    judge.sound
}

struct Judge<'a> {
    shapes: &'a Shapes,
    kind: &'a str,
    path: String,
    sink: &'a Sink,
    sound: bool,
}

impl Judge<'_> {
    /// A value and all below it. `at` is where its container stands.
    fn value(&mut self, id: ShapeId, node: &Node, at: Pos) {
        let at = if node.origin.author().is_known() { node.origin.author() } else { at };
        for validation in self.shapes.judge(id).checks.iter().flat_map(|checks| &checks.validations) {
            self.validation(validation, node, at);
        }
        let length = self.path.len();
        for entry in node.entries() {
            let Child::Known(child) = self.shapes.child(self.judged(id), entry.key) else { continue };
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(entry.key.as_str());
            self.value(child, &entry.node, if entry.key_at.is_known() { entry.key_at } else { at });
            self.path.truncate(length);
        }
        if let Some(item) = self.shapes.judge(id).items {
            for (index, node) in node.items().iter().enumerate() {
                self.path.push_str(&format!("[{index}]"));
                self.value(item, node, at);
                self.path.truncate(length);
            }
        }
    }

    fn judged(&self, id: ShapeId) -> ShapeId {
        self.shapes.shape(id).judged_by.unwrap_or(id)
    }

    fn validation(&mut self, validation: &Validation, node: &Node, at: Pos) {
        let Some(rule) = compiled(&validation.rule, validation.at, self.sink) else { return };
        let here = if self.path.is_empty() { format!("the `{}`", self.kind) } else { format!("`{}`", self.path) };
        let problem = match rule.holds(&[("self", node)]) {
            Ok(true) => return,
            Ok(false) => {
                let message = format!("{here} breaks a rule of its kind: {}", self.said(validation, node));
                let problem = Diagnostic::error(code::RULE_BROKEN, place(validation, node).unwrap_or(at), message);
                let rule = validation.rule.split_whitespace().collect::<Vec<_>>().join(" ");
                if rule.chars().count() <= LONG { problem.help(format!("the rule is `{rule}`")) } else { problem }
            }
            Err(reason) if reason.starts_with("no such key") => {
                let message = format!("{here} cannot be judged by a rule of its kind, and the API server refuses it: {reason}");
                Diagnostic::error(code::RULE_BROKEN, at, message).help(format!("the rule is `{}`", validation.rule))
            }
            Err(reason) => {
                let message = format!("a rule for {here} is not judged here: {reason}");
                Diagnostic::note(code::RULE_BROKEN, at, message).help(format!("the rule is `{}`", validation.rule))
            }
        };
        self.sound = false;
        self.sink.push(problem);
    }

    /// What the definition says of a broken rule.
    fn said(&self, validation: &Validation, node: &Node) -> String {
        let expression = validation.message_expression.as_ref().and_then(|text| compiled(text, validation.at, &Sink::new()));
        let computed = expression.and_then(|expression| expression.text_of(&[("self", node)]).ok()).filter(|text| !text.trim().is_empty());
        let fixed = || validation.message.as_ref().map(|message| message.trim().to_owned());
        computed.or_else(fixed).unwrap_or_else(|| "it does not say what is wrong".to_owned())
    }
}

/// Where the field stands that a rule blames.
fn place(validation: &Validation, node: &Node) -> Option<Pos> {
    let mut node = node;
    let mut at = None;
    for name in validation.field.as_ref()?.split('.').filter(|name| !name.is_empty()) {
        let Some(entry) = node.entry(Key::new(name)) else { break };
        at = [entry.node.origin.author(), entry.key_at].into_iter().find(|pos| pos.is_known());
        node = &entry.node;
    }
    at
}

/// A rule, compiled once per process. One that cannot be is told at its place, and one of what may change is none.
fn compiled(text: &str, at: Pos, sink: &Sink) -> Option<Arc<Rule>> {
    type Known = RwLock<FxHashMap<Box<str>, Option<Arc<Rule>>>>;
    static KNOWN: OnceLock<Known> = OnceLock::new();
    let known = KNOWN.get_or_init(Known::default);
    if let Some(rule) = known.read().unwrap_or_else(|poisoned| poisoned.into_inner()).get(text) {
        return rule.clone();
    }
    let found = Sink::new();
    let rule = Rule::compile(text, at, &["self", "oldSelf"], &found).map(Arc::new);
    if rule.is_none() {
        // Bundled rules have no place; a test holds that all of them compile.
        found.take().diagnostics.into_iter().for_each(|problem| sink.push(problem));
        return None;
    }
    let rule = rule.filter(|rule| !rule.uses("oldSelf"));
    known.write().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(text.into(), rule.clone());
    rule
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::{Schemas, Version};

    #[test]
    fn every_bundled_rule_compiles() {
        let sink = Sink::new();
        let mut count = 0;
        for kind in Schemas::bundled(Version::NEWEST).kinds().filter(|kind| kind.is_custom()) {
            for checks in kind.shapes().table.iter().filter_map(|shape| shape.checks.as_ref()) {
                for validation in &checks.validations {
                    count += 1;
                    let rule = Rule::compile(&validation.rule, Pos::NOWHERE, &["self", "oldSelf"], &sink);
                    assert!(rule.is_some(), "{}: {}: {:?}", kind.kind, validation.rule, sink.take().diagnostics);
                }
            }
        }
        assert!(count > 500, "{count} rules");
    }
}
