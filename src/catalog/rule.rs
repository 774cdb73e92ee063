//! The rules of a scope type, compiled.

use std::sync::Arc;

use crate::diag::Sink;
use crate::rules::Rule;
use crate::source::Pos;
use crate::template::Template;

/// What the expressions of a rule see.
const VARIABLES: [&str; 3] = ["object", "parameter", "context"];

/// A rule for the finished objects of a scope's members.
#[derive(Debug)]
pub struct ScopeRule {
    /// The expression.
    pub rule: Rule,
    /// What is said when it does not hold; the rule's own text if absent.
    pub message: Option<Arc<str>>,
    /// The field of the object whose author is told, as `spec.replicas`.
    pub field: Option<Arc<str>>,
    /// Whether it only warns.
    pub warning: bool,
    /// Where the rule stands.
    pub at: Pos,
}

/// The rules of a template, compiled; `None` if one has a mistake.
pub(super) fn compile(template: &Template, sink: &Sink) -> Option<Vec<ScopeRule>> {
    let rules: Vec<Option<ScopeRule>> = template
        .rules()
        .iter()
        .map(|written| {
            let rule = Rule::compile(&written.rule.0, written.rule.1, &VARIABLES, sink);
            let message = written.message.as_ref().map(|(text, _)| text.clone());
            let field = written.field.as_ref().map(|(field, _)| field.clone());
            Some(ScopeRule { rule: rule?, message, field, warning: written.warning, at: written.at })
        })
        .collect();
    rules.into_iter().collect()
}
