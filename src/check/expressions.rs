//! Expressions in CEL that objects hold: an API server compiles them when they are applied, and so does this.

use super::fields::Fields;
use super::findings::Findings;
use crate::diag::{Diagnostic, Sink, code};
use crate::rules::Rule;
use crate::tree::Node;

/// What an expression must give.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Gives {
    /// A yes or no.
    Condition,
    /// Anything.
    Value,
}

/// Compiles the expression in a field, which must not be blank if it is there. `variables` are what it sees.
pub(super) fn expression<'a>(holder: &'a Node, field: &str, gives: Gives, variables: &[&str], findings: &mut Findings<'a>) -> Option<Rule> {
    let (text, at) = (holder.text(field)?, holder.place_of(field));
    if text.trim().is_empty() {
        let message = format!("`{field}` of {} must not be empty", findings.about);
        findings.error(code::MISSING_FIELD, at, message, "write an expression in CEL, such as `object.spec.replicas <= 5`");
        return None;
    }
    let problems = Sink::new();
    let rule = Rule::compile(text, at, variables, &problems);
    problems.take().diagnostics.into_iter().for_each(|problem| findings.push(problem));
    let rule = rule?;
    if gives == Gives::Condition
        && let Some(what) = rule.gives_no_boolean()
    {
        let message = format!("`{field}` gives {what}, and must give a yes or no");
        findings.push(Diagnostic::error(code::BAD_RULE, at, message).help("compare it with something, as in `… <= 5`"));
    }
    Some(rule)
}
