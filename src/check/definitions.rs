//! Objects that hold schemas and expressions: CustomResourceDefinitions and admission policies. An API server compiles them when they are applied,
//! and so does this.

use crate::diag::{Diagnostic, Sink, code};
use crate::kubernetes::{KindSchema, Version, check_definition};
use crate::rules::Rule;
use crate::source::Pos;
use crate::tree::{Node, Value};

/// What expressions of admission see.
const ADMISSION: [&str; 7] = ["object", "oldObject", "request", "params", "namespaceObject", "authorizer", "variables"];

/// Judges what an object defines, if it is of such a kind. Returns whether nothing was found.
pub(super) fn definitions(object: &Node, kind: &KindSchema, version: Version, sink: &Sink) -> bool {
    let found = Sink::new();
    match (&*kind.group, &*kind.kind) {
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            check_definition(object, version, &found);
            schema_rules(object, &found);
        }
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy") => policy(object, &found),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicy") => conditions(object.field("spec"), &found),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration") => {
            items(object, "webhooks").for_each(|webhook| conditions(Some(webhook), &found));
        }
        _ => return true,
    }
    let problems = found.take().diagnostics;
    let sound = problems.is_empty();
    problems.into_iter().for_each(|problem| sink.push(problem));
    sound
}

fn items<'n>(node: &'n Node, field: &str) -> impl Iterator<Item = &'n Node> {
    node.field(field).map(Node::items).unwrap_or_default().iter()
}

/// The rules in the schemas of a definition, wherever they stand.
fn schema_rules(node: &Node, sink: &Sink) {
    match &node.value {
        Value::Map(entries) => {
            for entry in entries.iter() {
                if entry.key.as_str() == "x-kubernetes-validations" {
                    for validation in entry.node.items() {
                        for field in ["rule", "messageExpression"] {
                            expression(validation, field, &["self", "oldSelf"], field == "rule", sink);
                        }
                    }
                } else {
                    schema_rules(&entry.node, sink);
                }
            }
        }
        Value::List(items) => items.iter().for_each(|item| schema_rules(item, sink)),
        _ => {}
    }
}

fn policy(object: &Node, sink: &Sink) {
    conditions(object.field("spec"), sink);
    let Some(spec) = object.field("spec") else { return };
    for variable in items(spec, "variables") {
        let name = variable.field("name").and_then(Node::as_str).unwrap_or_default();
        let is_identifier = name.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !name.is_empty() && !is_identifier {
            let message = format!("`{name}` cannot be the name of a variable: it is no identifier of CEL");
            let problem = Diagnostic::error(code::BAD_NAME, place(variable, "name"), message);
            sink.push(problem.help("letters, digits and `_`, with no digit at the start"));
        }
        expression(variable, "expression", &ADMISSION, false, sink);
    }
    for validation in items(spec, "validations") {
        expression(validation, "expression", &ADMISSION, true, sink);
        expression(validation, "messageExpression", &ADMISSION, false, sink);
    }
    for annotation in items(spec, "auditAnnotations") {
        expression(annotation, "valueExpression", &ADMISSION, false, sink);
    }
}

fn conditions(holder: Option<&Node>, sink: &Sink) {
    for condition in holder.into_iter().flat_map(|holder| items(holder, "matchConditions")) {
        expression(condition, "expression", &ADMISSION, true, sink);
    }
}

/// Compiles an expression, if it is there.
fn expression(holder: &Node, field: &str, variables: &[&str], is_condition: bool, sink: &Sink) {
    let Some(text) = holder.field(field).and_then(Node::as_str) else { return };
    let at = place(holder, field);
    if text.trim().is_empty() {
        sink.push(Diagnostic::error(code::MISSING_FIELD, at, format!("`{field}` must not be empty")));
        return;
    }
    let Some(rule) = Rule::compile(text, at, variables, sink) else { return };
    if is_condition && let Some(what) = rule.gives_no_boolean() {
        let message = format!("`{field}` gives {what}, and must give a yes or no");
        sink.push(Diagnostic::error(code::BAD_RULE, at, message).help("compare it with something, as in `… <= 5`"));
    }
}

fn place(holder: &Node, field: &str) -> Pos {
    holder.field(field).map_or(holder.origin, |value| value.origin).author()
}
