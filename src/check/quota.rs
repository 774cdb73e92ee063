//! What limits others: disruption budgets, quotas, limit ranges, priorities, leases.

use super::fields::{Fields, key_place};
use super::findings::{About, Findings, Need, meant};
use super::workload::{Count, count};
use super::{pod, selector};
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::source::Pos;
use crate::tree::{Entry, Key, Node};

/// Judges the `spec` of a PodDisruptionBudget.
pub(super) fn budget<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    findings.one_of(spec, &["maxUnavailable", "minAvailable"], Need::AtMost);
    let most = count(spec, "maxUnavailable", true, findings);
    let least = count(spec, "minAvailable", true, findings);
    findings.allowed(spec, "unhealthyPodEvictionPolicy", &["AlwaysAllow", "IfHealthyBudget"]);
    match spec.given("selector") {
        Some(of) => selector::judge(of, findings),
        None => {
            let message = format!("{} has no `selector`, so it protects no pods", findings.about);
            findings.warn(code::NO_EFFECT, spec.place(), message, "select labels of the pods");
        }
    }
    let blocked = if most.is_some_and(Count::is_zero) {
        Some("maxUnavailable")
    } else {
        (least == Some(Count::Percent(100))).then_some("minAvailable")
    };
    if let Some(field) = blocked {
        let message = format!("`{field}` of {} lets no pod be moved, so that no node can be drained", findings.about);
        findings.warn(code::RISKY_DISRUPTION, spec.place_of(field), message, "allow one pod at least to be missing");
    }
}

/// Resources of Kubernetes itself of which a quota can speak.
const COUNTED: [&str; 19] = [
    "configmaps",
    "cpu",
    "ephemeral-storage",
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "memory",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
    "requests.storage",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
];
/// Those of which there are whole ones only.
const WHOLE: [&str; 9] = [
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
];
const SCOPES: [&str; 7] =
    ["BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating", "VolumeAttributesClass"];
const CONTRARY: [(&str, &str); 2] = [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")];

/// Judges the `spec` of a ResourceQuota.
pub(super) fn quota<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    let hard = spec.pairs("hard");
    for entry in hard {
        let name = entry.key.as_str();
        let huge = name.starts_with("hugepages-") || name.starts_with("requests.hugepages-");
        if !huge && !name.contains('/') && !COUNTED.contains(&name) {
            let message = format!("`{name}` is no resource of which a quota can speak");
            let help = meant(name, COUNTED, "for objects of other kinds write `count/` before the name, as in `count/jobs.batch`");
            findings.error(code::BAD_NAME, key_place(entry), message, help);
        } else if name.contains('/') {
            findings.format_text(key_place(entry), "a resource", name, Format::LabelKey);
        }
        let Some(amount) = pod::amount(&entry.node) else { continue };
        if amount < 0.0 {
            findings.range(spec.field("hard").unwrap_or(spec), name, 0..=i64::MAX);
            if entry.node.as_i64().is_none() {
                let message = format!("`{name}` of {} must not be negative", findings.about);
                findings.error(code::OUT_OF_RANGE, entry.node.place(), message, "write `0` to allow none");
            }
        } else if amount.fract() != 0.0 && (WHOLE.contains(&name) || name.starts_with("count/")) {
            let message = format!("`{name}` of {} must be a whole number", findings.about);
            findings.error(code::OUT_OF_RANGE, entry.node.place(), message, "there are no parts of objects");
        }
    }
    let scopes = spec.list("scopes").iter().filter_map(|scope| Some((scope.as_str()?, scope.place())));
    let rules = spec.field("scopeSelector").map(|of| of.list("matchExpressions")).unwrap_or_default();
    for rule in rules {
        scope_rule(rule, findings);
    }
    let selected = rules.iter().filter_map(|rule| Some((rule.text("scopeName")?, rule.place_of("scopeName"))));
    for set in [scopes.collect::<Vec<_>>(), selected.collect()] {
        judge_scopes(&set, hard, findings);
    }
}

fn judge_scopes<'a>(scopes: &[(&'a str, Pos)], hard: &'a [Entry], findings: &mut Findings<'a>) {
    for (scope, at) in scopes {
        findings.allowed_text(*at, "a scope", scope, &SCOPES);
        let fits = |name: &str| match *scope {
            "BestEffort" => name == "pods",
            "NotBestEffort" | "NotTerminating" | "Terminating" | "PriorityClass" | "CrossNamespacePodAffinity" => {
                !WHOLE.contains(&name) && name != "requests.storage" || name == "pods"
            }
            "VolumeAttributesClass" => matches!(name, "persistentvolumeclaims" | "requests.storage"),
            _ => true,
        };
        let own = |entry: &&Entry| COUNTED.contains(&entry.key.as_str());
        if let Some(entry) = hard.iter().filter(own).find(|entry| !fits(entry.key.as_str())) {
            let message = format!("the scope `{scope}` of {} does not go with a quota of `{}`", findings.about, entry.key);
            let problem = Diagnostic::error(code::FIELD_CONFLICT, *at, message).label(key_place(entry), "this one");
            findings.push(problem.help("make two quotas of it"));
        }
    }
    for (one, other) in CONTRARY {
        let find = |name: &str| scopes.iter().find(|(scope, _)| *scope == name);
        if let (Some((_, first)), Some((_, second))) = (find(one), find(other)) {
            let message = format!("the scopes `{one}` and `{other}` of {} exclude each other", findings.about);
            findings
                .push(Diagnostic::error(code::FIELD_CONFLICT, *second, message).label(*first, "the other one").help("keep one of them"));
        }
    }
}

fn scope_rule<'a>(rule: &'a Node, findings: &mut Findings<'a>) {
    findings.required(rule, "scopeName");
    if !findings.required(rule, "operator") {
        return;
    }
    findings.allowed(rule, "operator", &["DoesNotExist", "Exists", "In", "NotIn"]);
    let (operator, values) = (rule.text("operator").unwrap_or_default(), rule.list("values"));
    let classes = matches!(rule.text("scopeName"), Some("PriorityClass" | "VolumeAttributesClass"));
    let wrong = match operator {
        "In" | "NotIn" if values.is_empty() => "needs `values`",
        "Exists" | "DoesNotExist" if !values.is_empty() => "takes no `values`",
        "In" | "NotIn" | "DoesNotExist" if !classes => "is for classes only; write `Exists`",
        _ => return,
    };
    let message = format!("the operator `{operator}` of a scope {wrong}");
    findings.error(code::FIELD_CONFLICT, rule.place_of("operator"), message, "change the operator or the values");
}

/// Judges the `spec` of a LimitRange.
pub(super) fn limits<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    let limits = spec.list("limits");
    findings.unique("limits of type", limits.iter().filter_map(|limit| Some((limit.text("type")?, limit.place_of("type")))));
    for limit in limits {
        if !findings.required(limit, "type") {
            continue;
        }
        let kind = limit.text("type").unwrap_or_default();
        findings.within(About::new("limit of type", kind), |findings| judge_limit(kind, limit, findings));
    }
}

fn judge_limit<'a>(kind: &str, limit: &'a Node, findings: &mut Findings<'a>) {
    if !kind.contains('/') {
        findings.allowed(limit, "type", &["Container", "PersistentVolumeClaim", "Pod"]);
    }
    if kind == "Pod" {
        for field in ["default", "defaultRequest"] {
            if !limit.pairs(field).is_empty() {
                findings.forbidden(limit, field, "for pods, only for containers");
            }
        }
    }
    for field in ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
        for entry in limit.pairs(field) {
            let name = entry.key.as_str();
            let own = super::texts::OWN_RESOURCES.contains(&name) || name.starts_with("hugepages-");
            if !own && !name.contains('/') {
                let message = format!("`{name}` is no resource of which there can be a limit");
                let help = meant(name, super::texts::OWN_RESOURCES, "resources of devices have a domain, as in `example.com/gpu`");
                findings.error(code::BAD_NAME, key_place(entry), message, help);
            } else if !own {
                findings.format_text(key_place(entry), "a resource", name, Format::LabelKey);
            }
        }
    }
    let bound = |field: &str| limit.field(field).is_some_and(|of| of.field("storage").is_some());
    if kind == "PersistentVolumeClaim" && !bound("min") && !bound("max") {
        let message = format!("the {} needs `min.storage` or `max.storage`", findings.about);
        findings.error(code::MISSING_FIELD, limit.place(), message, "say how small or large a claim may be");
    }
    // Each must not be above the next; what is too large for one is so for others, and told once.
    let mut told: Vec<(&str, Key)> = Vec::new();
    for (low, high) in [
        ("min", "max"),
        ("min", "defaultRequest"),
        ("min", "default"),
        ("defaultRequest", "default"),
        ("defaultRequest", "max"),
        ("default", "max"),
    ] {
        for entry in limit.pairs(low) {
            if told.contains(&(low, entry.key)) {
                continue;
            }
            let Some(other) = limit.field(high).and_then(|of| of.get(entry.key)) else { continue };
            if pod::amount(&entry.node) > pod::amount(other) {
                let message = format!("`{low}` of `{}` is above its `{high}`", entry.key);
                let problem = Diagnostic::error(code::FIELD_CONFLICT, entry.node.place(), message);
                findings.push(problem.label(other.place(), format!("`{high}`")).help("exchange them, or change one"));
                told.push((low, entry.key));
            }
        }
    }
    for entry in limit.pairs("maxLimitRequestRatio") {
        let of = |field: &str| limit.field(field).and_then(|of| of.get(entry.key)).and_then(pod::amount);
        let Some(ratio) = pod::amount(&entry.node) else { continue };
        if ratio < 1.0 {
            let message = format!("`maxLimitRequestRatio` of `{}` must be at least 1", entry.key);
            findings.error(code::OUT_OF_RANGE, entry.node.place(), message, "a limit is never below the request");
        } else if let (Some(low), Some(high)) = (of("min"), of("max"))
            && ratio > high / low
        {
            let message = format!("`maxLimitRequestRatio` of `{}` is above what `max` and `min` allow", entry.key);
            findings.error(code::FIELD_CONFLICT, entry.node.place(), message, "lower it to `max` divided by `min`");
        }
    }
}

/// The most that a priority of one's own may be.
const HIGHEST: i64 = 1_000_000_000;

/// Judges a PriorityClass.
pub(super) fn priority<'a>(object: &'a Node, findings: &mut Findings<'a>) {
    findings.allowed(object, "preemptionPolicy", &["Never", "PreemptLowerPriority"]);
    let name = object.at(&["metadata", "name"]).and_then(Node::as_str).unwrap_or_default();
    // Those of Kubernetes itself are above.
    if !name.starts_with("system-") {
        findings.range(object, "value", i64::from(i32::MIN)..=HIGHEST);
    }
    if object.given("value").is_none() {
        let message = format!("{} has no `value`, which becomes 0: the priority of every other pod", findings.about);
        findings.warn(code::IMPLIED_DEFAULT, object.place(), message, "say how important it is, such as `value: 1000`");
    }
}

/// Judges the `spec` of a Lease.
pub(super) fn lease<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    findings.range(spec, "leaseDurationSeconds", 1..=i64::MAX);
    findings.not_negative(spec, "leaseTransitions");
    for field in ["acquireTime", "renewTime"] {
        let Some(text) = spec.text(field).filter(|text| Format::DateTime.takes_text(text)) else { continue };
        let fraction = text.split_once('.').map(|(_, rest)| rest.bytes().take_while(u8::is_ascii_digit).count());
        if fraction != Some(6) {
            let message = format!("`{text}`, `{field}` of {}, must have six digits of a second", findings.about);
            findings.error(code::BAD_FORMAT, spec.place_of(field), message, "for example `2026-11-24T04:00:00.000000Z`");
        }
    }
}
