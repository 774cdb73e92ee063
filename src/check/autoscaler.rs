//! HorizontalPodAutoscalers: bounds, metrics and behaviour.

use super::fields::Fields;
use super::findings::{About, Findings, Need, listed, meant};
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::tree::Node;

/// Where each type of metric says what it measures.
const SOURCES: [(&str, &str); 5] = [
    ("ContainerResource", "containerResource"),
    ("External", "external"),
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
];
/// Resources of pods that are measured in every cluster.
const MEASURED: [&str; 2] = ["cpu", "memory"];
/// What a target may ask for.
const GOALS: [&str; 3] = ["averageUtilization", "averageValue", "value"];

/// Judges the `spec` of a HorizontalPodAutoscaler.
pub(super) fn judge<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    match spec.given("scaleTargetRef") {
        Some(target) => findings.within(About::field("scaleTargetRef"), |findings| reference(target, findings)),
        None => {
            findings.required(spec, "scaleTargetRef");
        }
    }
    bounds(spec, findings);
    for metric in spec.list("metrics") {
        findings.within(About::new("metric", ""), |findings| judge_metric(metric, findings));
    }
    let Some(behavior) = spec.given("behavior") else { return };
    for direction in ["scaleDown", "scaleUp"] {
        if let Some(rules) = behavior.given(direction) {
            findings.within(About::field(direction), |findings| scaling(rules, findings));
        }
    }
}

fn reference<'a>(target: &'a Node, findings: &mut Findings<'a>) {
    for field in ["kind", "name"] {
        if findings.required(target, field)
            && let Some(text) = target.text(field).filter(|text| text.contains(['/', '%']))
        {
            let message = format!("`{text}`, `{field}` of a reference, must not contain `/` or `%`");
            findings.error(code::BAD_NAME, target.place_of(field), message, "write the plain name");
        }
    }
    let api = target.text("apiVersion").unwrap_or_default();
    if !api.contains('/') && target.text("kind").is_some_and(|kind| kind != "ReplicationController" && kind != "Service" && kind != "Pod") {
        let kind = target.text("kind").unwrap_or_default();
        let message = format!("`apiVersion` of a reference to a {kind} must name its group");
        findings.error(code::MISSING_FIELD, target.place_of("apiVersion"), message, "for a Deployment, `apiVersion: apps/v1`");
    }
}

fn bounds<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    let (low, high) = (spec.number("minReplicas"), spec.number("maxReplicas"));
    if spec.given("maxReplicas").is_none() {
        findings.required(spec, "maxReplicas");
    }
    findings.range(spec, "maxReplicas", 1..=i64::MAX);
    findings.range(spec, "minReplicas", i64::from(!findings.since(37))..=i64::MAX);
    if let (Some(low), Some(high)) = (low, high)
        && low > high
        && high > 0
    {
        let message = format!("`maxReplicas` of {} is {high}, and `minReplicas` is {low}", findings.about);
        let problem = Diagnostic::error(code::FIELD_CONFLICT, spec.place_of("maxReplicas"), message);
        findings.push(problem.label(spec.place_of("minReplicas"), "the lower bound").help("raise `maxReplicas`, or lower `minReplicas`"));
    }
    let outside = spec.list("metrics").iter().any(|metric| matches!(metric.text("type"), Some("Object" | "External")));
    if low == Some(0) && findings.since(37) && !outside {
        let message = format!("{} may scale to zero, where its pods can be measured no more", findings.about);
        findings.error(
            code::FIELD_CONFLICT,
            spec.place_of("minReplicas"),
            message,
            "add a metric of type `Object` or `External`, or write `1`",
        );
    }
    findings.range(spec, "targetCPUUtilizationPercentage", 1..=i64::MAX);
}

fn judge_metric<'a>(metric: &'a Node, findings: &mut Findings<'a>) {
    if !findings.required(metric, "type") {
        return;
    }
    let kind = metric.text("type").unwrap_or_default();
    let Some((_, field)) = SOURCES.iter().find(|(name, _)| *name == kind) else {
        return findings.allowed(metric, "type", &SOURCES.map(|(name, _)| name));
    };
    for (_, other) in SOURCES.iter().filter(|(_, other)| other != field) {
        if metric.given(other).is_some() {
            let message = format!("a metric of type `{kind}` cannot have `{other}`");
            let problem = Diagnostic::error(code::FIELD_CONFLICT, metric.place_of(other), message);
            findings.push(problem.label(metric.place_of("type"), "the type").help(format!("say it in `{field}`, or change the type")));
        }
    }
    let says_another = SOURCES.iter().any(|(_, other)| metric.given(other).is_some());
    let Some(source) = metric.given(field) else {
        if says_another {
            return;
        }
        let message = format!("a metric of type `{kind}` needs `{field}`");
        return findings.error(code::MISSING_FIELD, metric.place_of("type"), message, format!("say in `{field}` what is measured"));
    };
    match kind {
        "Resource" | "ContainerResource" => {
            if findings.required(source, "name")
                && kind == "Resource"
                && let Some(name) = source.text("name").filter(|name| !MEASURED.contains(name) && !name.contains('/'))
            {
                let message = format!("nobody measures `{name}` of pods, so nothing is scaled by it");
                findings.warn(code::UNKNOWN_VALUE, source.place_of("name"), message, meant(name, MEASURED, "write `cpu` or `memory`"));
            }
            if kind == "ContainerResource" && findings.required(source, "container") {
                findings.format(source, "container", Format::DnsLabel);
            }
        }
        _ => match source.given("metric") {
            Some(metric) => {
                findings.required(metric, "name");
            }
            None => {
                findings.required(source, "metric");
            }
        },
    }
    if kind == "Object"
        && let Some(object) = source.given("describedObject")
    {
        findings.required(object, "kind");
        findings.required(object, "name");
    }
    let goals: &[&str] = match kind {
        "Resource" | "ContainerResource" => &["averageUtilization", "averageValue"],
        "Pods" => &["averageValue"],
        _ => &["averageValue", "value"],
    };
    match source.given("target") {
        Some(target) => findings.within(About::new("target", ""), |findings| judge_target(kind, target, goals, findings)),
        None => {
            findings.required(source, "target");
        }
    }
}

fn judge_target<'a>(kind: &str, target: &'a Node, goals: &[&str], findings: &mut Findings<'a>) {
    if findings.required(target, "type") {
        findings.allowed(target, "type", &["AverageValue", "Utilization", "Value"]);
    }
    if !goals.iter().any(|goal| target.given(goal).is_some()) {
        let at = GOALS.iter().find(|goal| target.given(goal).is_some()).map_or(target.place(), |goal| target.place_of(goal));
        let message = format!("the target of a metric of type `{kind}` needs {}", listed(goals).replace(" and ", " or "));
        findings.error(code::MISSING_FIELD, at, message, format!("for example `{}: 70`", goals[0]));
    } else if kind != "Object" {
        findings.one_of(target, goals, Need::AtMost);
    }
    findings.range(target, "averageUtilization", 1..=i64::MAX);
    for field in ["averageValue", "value"] {
        if target.given(field).and_then(super::pod::amount).is_some_and(|amount| amount <= 0.0) {
            let message = format!("`{field}` of a target must be more than 0");
            findings.error(code::OUT_OF_RANGE, target.place_of(field), message, "say how much there shall be");
        }
    }
}

fn scaling<'a>(rules: &'a Node, findings: &mut Findings<'a>) {
    findings.range(rules, "stabilizationWindowSeconds", 0..=3600);
    findings.allowed(rules, "selectPolicy", &["Disabled", "Max", "Min"]);
    if rules.given("policies").is_some_and(|policies| policies.items().is_empty()) {
        findings.required(rules, "policies");
    }
    for policy in rules.list("policies") {
        if findings.required(policy, "type") {
            findings.allowed(policy, "type", &["Percent", "Pods"]);
        }
        for field in ["value", "periodSeconds"] {
            if policy.given(field).is_none() {
                findings.required(policy, field);
            }
        }
        findings.range(policy, "value", 1..=i64::MAX);
        findings.range(policy, "periodSeconds", 1..=1800);
    }
}
