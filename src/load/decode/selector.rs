//! The selectors of layers, bindings and scopes.

use std::sync::Arc;

use super::fields::Fields;
use crate::diag::{Diagnostic, code};
use crate::model::{Dimension, LabelRule, LabelSelector, Name, NameSelector, Operator, Selector, Spanned};

impl Fields<'_> {
    /// What a document applies to.
    pub fn selector(&mut self) -> Selector {
        Selector {
            applications: self.dimension("applications", Some("applicationSelector")),
            components: self.dimension("components", Some("componentSelector")),
            component_types: self.dimension("componentTypes", None),
            environments: self.dimension("environments", Some("environmentSelector")),
            clusters: self.dimension("clusters", Some("clusterSelector")),
        }
    }

    /// In which environments and clusters something holds.
    pub fn target_selector(&mut self) -> Selector {
        Selector {
            environments: self.dimension("environments", Some("environmentSelector")),
            clusters: self.dimension("clusters", Some("clusterSelector")),
            ..Selector::default()
        }
    }

    fn dimension(&mut self, names: &'static str, labels: Option<&'static str>) -> Dimension {
        let at = self.optional(names).map(|node| node.origin.at);
        let list = self.texts(names);
        let names = at.map(|at| {
            if list.is_empty() && self.node.field(names).is_some_and(|node| node.is_list() && node.items().is_empty()) {
                self.error(code::EMPTY_SELECTOR, at, format!("`{names}` is empty, and would match nothing; leave it out to match all"));
            }
            // A list of which nothing could be read stays: without it the document would apply to all.
            NameSelector { names: list, at }
        });
        Dimension { names, labels: labels.and_then(|key| self.label_selector(key)) }
    }

    fn label_selector(&mut self, key: &'static str) -> Option<LabelSelector> {
        let at = self.optional(key)?.origin.at;
        let mut selector = self.fields(key, "a label selector")?;
        let mut rules: Vec<LabelRule> = Vec::new();
        if let Some(map) = selector.map("matchLabels") {
            for entry in map.entries() {
                if let Some(value) = selector.name_of(&entry.node, &format!("`matchLabels.{}`", entry.key)) {
                    let key: Name = Spanned::new(Arc::from(entry.key.as_str()), entry.key_at);
                    rules.push(LabelRule { key, operator: Operator::In, values: vec![value] });
                }
            }
        }
        for node in selector.list("matchExpressions") {
            rules.extend(expression(node, selector.sink));
        }
        let labels = selector.node.entries().iter().filter(|entry| entry.node.as_str().is_some());
        if let Some(label) = labels.into_iter().find(|label| !["matchLabels", "matchExpressions"].contains(&label.key.as_str())) {
            let message = format!("a label selector has `matchLabels` or `matchExpressions`, and not `{}`", label.key);
            let way = format!("write `matchLabels: {{{}: {}}}`", label.key, label.node.as_str().unwrap_or_default());
            selector.sink.push(Diagnostic::error(code::UNKNOWN_FIELD, label.key_at, message).help(way));
            return Some(LabelSelector { rules, at });
        }
        let empty = selector.node.entries().iter().all(|entry| entry.node.entries().is_empty() && entry.node.items().is_empty());
        if empty {
            selector.error(code::EMPTY_SELECTOR, at, format!("`{key}` is empty; leave it out to match all"));
        }
        selector.finish();
        Some(LabelSelector { rules, at })
    }
}

fn expression(node: &crate::tree::Node, sink: &crate::diag::Sink) -> Option<LabelRule> {
    let mut fields = Fields::of(node, "an item of `matchExpressions`", sink)?;
    let key = fields.required_text("key");
    let operator =
        if fields.required("operator").is_some() { fields.one_of("operator", &["In", "NotIn", "Exists", "DoesNotExist"]) } else { None };
    let values = fields.texts("values");
    let (key, operator) = (key?, operator?);
    let operator = Spanned::new(
        match &*operator.value {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            _ => Operator::DoesNotExist,
        },
        operator.at,
    );
    let wants = matches!(operator.value, Operator::In | Operator::NotIn);
    if wants && values.is_empty() {
        fields.error(code::EMPTY_SELECTOR, operator.at, "this operator needs `values`");
    } else if !wants && !values.is_empty() {
        fields.error(code::VALUE_NOT_ALLOWED, values[0].at, "this operator takes no `values`");
    }
    fields.finish();
    Some(LabelRule { key, operator: operator.value, values })
}
