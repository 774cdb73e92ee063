//! How pods are replaced: strategies, and how many may be missing or too many meanwhile.

use crate::check::fields::Fields;
use crate::check::findings::Findings;
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::tree::{Node, Value};

/// A count of pods, or a share of them.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(in crate::check) enum Count {
    /// So many.
    Pods(i64),
    /// So many of a hundred.
    Percent(i64),
}

impl Count {
    /// The count of a value; `None` if it is none.
    pub fn of(node: &Node) -> Option<Count> {
        match &node.value {
            Value::Int(number) => Some(Count::Pods(*number)),
            Value::Str(text) => Some(Count::Percent(text.strip_suffix('%')?.parse().ok()?)),
            _ => None,
        }
    }

    /// Whether it is none at all.
    pub fn is_zero(self) -> bool {
        matches!(self, Count::Pods(0) | Count::Percent(0))
    }
}

/// Judges a count of pods, if it is there; with `whole`, not more than all of them.
pub(in crate::check) fn count<'a>(map: &'a Node, field: &str, whole: bool, findings: &mut Findings<'a>) -> Option<Count> {
    let node = map.given(field)?;
    if let Some(text) = node.as_str()
        && !Format::IntOrPercent.takes_text(text)
    {
        let message = format!("`{field}` of {} must be a number of pods or a percentage, not the text \"{text}\"", findings.about);
        let help = match text.parse::<i64>() {
            Ok(number) => format!("write it without quotes: `{number}`"),
            Err(_) => "for example `1`, or `25%`".to_owned(),
        };
        findings.error(code::BAD_FORMAT, node.place(), message, help);
        return None;
    }
    findings.not_negative(map, field);
    let count = Count::of(node)?;
    if whole && matches!(count, Count::Percent(percent) if percent > 100) {
        let message = format!("`{field}` of {} must be at most 100%", findings.about);
        findings.error(code::OUT_OF_RANGE, node.place(), message, "100% are all pods");
    }
    Some(count)
}

/// Judges the strategy of a Deployment.
pub(super) fn deployment<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    if let (Some(deadline), ready) = (spec.number("progressDeadlineSeconds"), spec.number("minReadySeconds").unwrap_or(0))
        && deadline <= ready
        && deadline >= 0
    {
        let message = format!("`progressDeadlineSeconds` of {} must be more than `minReadySeconds`, which is {ready}", findings.about);
        let problem = Diagnostic::error(code::FIELD_CONFLICT, spec.place_of("progressDeadlineSeconds"), message);
        findings.push(problem.label(spec.place_of("minReadySeconds"), "it waits so long for each pod").help("raise the deadline"));
    }
    let Some(strategy) = spec.given("strategy") else { return };
    findings.allowed(strategy, "type", &["Recreate", "RollingUpdate"]);
    let Some(rolling) = strategy.given("rollingUpdate") else { return };
    if strategy.text("type") == Some("Recreate") {
        let message = format!("the strategy `Recreate` of {} has no `rollingUpdate`: all pods are replaced at once", findings.about);
        let problem = Diagnostic::error(code::FIELD_CONFLICT, strategy.place_of("rollingUpdate"), message);
        findings.push(
            problem.label(strategy.place_of("type"), "the strategy").help("leave out `rollingUpdate`, or write `type: RollingUpdate`"),
        );
        return;
    }
    let missing = count(rolling, "maxUnavailable", true, findings);
    let extra = count(rolling, "maxSurge", false, findings);
    if missing.is_some_and(Count::is_zero) && extra.is_some_and(Count::is_zero) {
        let message = format!("`maxUnavailable` and `maxSurge` of {} are both zero, so that no pod could be replaced", findings.about);
        let problem = Diagnostic::error(code::FIELD_CONFLICT, rolling.place_of("maxUnavailable"), message);
        findings.push(problem.label(rolling.place_of("maxSurge"), "the other one").help("allow one pod more or one less"));
    }
    all_at_once(rolling, missing, findings);
}

/// A rollout during which nothing runs.
fn all_at_once<'a>(rolling: &'a Node, missing: Option<Count>, findings: &mut Findings<'a>) {
    if missing == Some(Count::Percent(100)) {
        let message = format!("`maxUnavailable: 100%` of {} lets a rollout stop everything at once", findings.about);
        findings.warn(
            code::RISKY_DISRUPTION,
            rolling.place_of("maxUnavailable"),
            message,
            "write `25%`, or `type: Recreate` if that is meant",
        );
    }
}

/// Judges the update strategy of a DaemonSet.
pub(super) fn daemon_set<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    let Some(strategy) = spec.given("updateStrategy") else { return };
    findings.allowed(strategy, "type", &["OnDelete", "RollingUpdate"]);
    let Some(rolling) = strategy.given("rollingUpdate") else { return };
    if strategy.text("type") == Some("OnDelete") {
        return;
    }
    let missing = count(rolling, "maxUnavailable", true, findings);
    let extra = count(rolling, "maxSurge", true, findings);
    // Without a word, one pod may be missing.
    let some_missing = missing.is_none_or(|missing| !missing.is_zero());
    match extra.filter(|extra| !extra.is_zero()) {
        Some(_) if some_missing && (missing.is_some() || rolling.given("maxUnavailable").is_none()) => {
            let message = format!("`maxSurge` of {} needs `maxUnavailable: 0`", findings.about);
            let problem = Diagnostic::error(code::FIELD_CONFLICT, rolling.place_of("maxSurge"), message);
            let problem = if missing.is_some() { problem.label(rolling.place_of("maxUnavailable"), "the other one") } else { problem };
            findings.push(problem.help("a DaemonSet starts a pod before it stops the old one, or the other way round"));
        }
        None if missing.is_some_and(Count::is_zero) => {
            let message =
                format!("`maxUnavailable` of {} is zero, and `maxSurge` is too, so that no pod could be replaced", findings.about);
            findings.error(code::FIELD_CONFLICT, rolling.place_of("maxUnavailable"), message, "allow one pod more or one less");
        }
        _ => {}
    }
    all_at_once(rolling, missing, findings);
}

/// Judges the update strategy of a StatefulSet.
pub(super) fn stateful_set<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    let Some(strategy) = spec.given("updateStrategy") else { return };
    findings.allowed(strategy, "type", &["OnDelete", "RollingUpdate"]);
    let Some(rolling) = strategy.given("rollingUpdate") else { return };
    if strategy.text("type") == Some("OnDelete") {
        let message =
            format!("the strategy `OnDelete` of {} has no `rollingUpdate`: pods are replaced when somebody deletes them", findings.about);
        let problem = Diagnostic::error(code::FIELD_CONFLICT, strategy.place_of("rollingUpdate"), message);
        findings.push(
            problem.label(strategy.place_of("type"), "the strategy").help("leave out `rollingUpdate`, or write `type: RollingUpdate`"),
        );
        return;
    }
    findings.not_negative(rolling, "partition");
    let missing = count(rolling, "maxUnavailable", true, findings);
    if missing.is_some_and(Count::is_zero) {
        let message = format!("`maxUnavailable` of {} is zero, so that no pod could be replaced", findings.about);
        findings.error(code::FIELD_CONFLICT, rolling.place_of("maxUnavailable"), message, "allow one pod at least");
    }
}
