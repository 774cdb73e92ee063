//! Label selectors: operators with their values, and whether labels match.

use super::fields::{Fields, key_place};
use super::findings::{About, Findings};
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::tree::{Entry, Node};

/// Judges a selector with `matchLabels` and `matchExpressions`.
pub(super) fn judge<'a>(selector: &'a Node, findings: &mut Findings<'a>) {
    findings.within(About::new("selector", ""), |findings| {
        labels(selector.pairs("matchLabels"), findings);
        expressions(selector.list("matchExpressions"), &["DoesNotExist", "Exists", "In", "NotIn"], findings);
    });
}

/// Judges keys and values of labels.
pub(super) fn labels<'a>(labels: &'a [Entry], findings: &mut Findings<'a>) {
    for label in labels {
        findings.format_text(key_place(label), "a label", label.key.as_str(), Format::LabelKey);
        if let Some(value) = label.node.as_str() {
            findings.format_text(label.node.place(), "a label", value, Format::LabelValue);
        }
    }
}

/// Judges requirements of the form key, operator, values.
pub(super) fn expressions<'a>(expressions: &'a [Node], operators: &[&str], findings: &mut Findings<'a>) {
    for expression in expressions {
        if findings.required(expression, "key") {
            findings.format(expression, "key", Format::LabelKey);
        }
        if !findings.required(expression, "operator") {
            continue;
        }
        findings.allowed(expression, "operator", operators);
        let (operator, values) = (expression.text("operator").unwrap_or_default(), expression.list("values"));
        let (key, at) = (expression.text("key").unwrap_or_default(), expression.place_of("values"));
        let wrong = match operator {
            "In" | "NotIn" if values.is_empty() => Some("needs `values`"),
            "Exists" | "DoesNotExist" if !values.is_empty() => Some("takes no `values`"),
            "Gt" | "Lt" if values.len() != 1 => Some("needs exactly one value"),
            _ => None,
        };
        if let Some(wrong) = wrong {
            let problem = Diagnostic::error(code::FIELD_CONFLICT, at, format!("the operator `{operator}` for `{key}` {wrong}"));
            let help = match operator {
                "In" | "NotIn" => "write `values: [...]`, or use `Exists`",
                "Gt" | "Lt" => "write one number in quotes under `values`",
                _ => "leave `values` out, or use `In` or `NotIn`",
            };
            findings.push(problem.label(expression.place_of("operator"), "the operator").help(help));
        }
        for value in values {
            if let Some(text) = value.as_str() {
                findings.format_text(value.place(), "a value", text, Format::LabelValue);
            }
        }
    }
}

/// Whether labels match a selector. What cannot be read matches, so that nothing is said of it.
pub(super) fn matches(selector: &Node, labels: Option<&Node>) -> bool {
    let of = |key: &str| labels.and_then(|labels| labels.field(key)).and_then(Node::as_str);
    let equal = |label: &Entry| of(label.key.as_str()) == label.node.as_str();
    let fits = |expression: &Node| {
        let value = of(expression.text("key").unwrap_or_default());
        let among = || expression.list("values").iter().any(|allowed| allowed.as_str() == value);
        match expression.text("operator") {
            Some("In") => value.is_some() && among(),
            Some("NotIn") => !among(),
            Some("Exists") => value.is_some(),
            Some("DoesNotExist") => value.is_none(),
            _ => true,
        }
    };
    selector.pairs("matchLabels").iter().all(equal) && selector.list("matchExpressions").iter().all(fits)
}

/// Whether it selects everything: nothing is asked for.
pub(super) fn is_empty(selector: &Node) -> bool {
    selector.pairs("matchLabels").is_empty() && selector.list("matchExpressions").is_empty()
}
