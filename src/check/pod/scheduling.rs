//! Where pods run: affinity, spreading, tolerations.

use super::Pod;
use crate::check::fields::{Fields, key_place};
use crate::check::findings::{About, Findings, listed};
use crate::check::selector;
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::tree::Node;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
const NODE_OPERATORS: [&str; 6] = ["DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"];
/// Labels of nodes that were renamed, and their names since.
const RENAMED: [(&str, &str); 5] = [
    ("beta.kubernetes.io/arch", "kubernetes.io/arch"),
    ("beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type"),
    ("beta.kubernetes.io/os", "kubernetes.io/os"),
    ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"),
    ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"),
];

/// Judges where a pod may run.
pub(super) fn judge<'a>(pod: Pod<'a>, findings: &mut Findings<'a>) {
    let selector = pod.spec.pairs("nodeSelector");
    selector::labels(selector, findings);
    for entry in selector {
        renamed(entry.key.as_str(), key_place(entry), findings);
    }
    if let Some(affinity) = pod.spec.given("affinity") {
        if let Some(nodes) = affinity.given("nodeAffinity") {
            node_affinity(nodes, findings);
        }
        for kind in ["podAffinity", "podAntiAffinity"] {
            if let Some(pods) = affinity.given(kind) {
                pod_affinity(pod, kind, pods, findings);
            }
        }
    }
    tolerations(pod.spec.list("tolerations"), findings);
    spread(pod, findings);
}

/// Judges which taints pods put up with.
pub(in crate::check) fn tolerations<'a>(all: &'a [Node], findings: &mut Findings<'a>) {
    for toleration in all {
        findings.within(About::new("toleration", ""), |findings| judge_toleration(toleration, findings));
    }
}

fn renamed(name: &str, at: crate::source::Pos, findings: &mut Findings<'_>) {
    if let Some((_, since)) = RENAMED.iter().find(|(old, _)| *old == name) {
        let message = format!("the node label `{name}` is deprecated, and new nodes may not have it");
        findings.push(Diagnostic::warning(code::DEPRECATED_LABEL, at, message).help(format!("write `{since}`")));
    }
}

fn node_affinity<'a>(affinity: &'a Node, findings: &mut Findings<'a>) {
    if let Some(required) = affinity.given(REQUIRED) {
        node_terms(required, findings);
    }
    for term in affinity.list(PREFERRED) {
        weight(term, findings);
        if let Some(preference) = term.given("preference") {
            node_term(preference, findings);
        }
    }
}

/// Judges a node selector, which a PersistentVolume has too.
pub(in crate::check) fn node_terms<'a>(selector: &'a Node, findings: &mut Findings<'a>) {
    findings.required(selector, "nodeSelectorTerms");
    selector.list("nodeSelectorTerms").iter().for_each(|term| node_term(term, findings));
}

fn node_term<'a>(term: &'a Node, findings: &mut Findings<'a>) {
    let expressions = term.list("matchExpressions");
    selector::expressions(expressions, &NODE_OPERATORS, findings);
    for expression in expressions {
        renamed(expression.text("key").unwrap_or_default(), expression.place_of("key"), findings);
    }
    for field in term.list("matchFields") {
        if findings.required(field, "key") {
            findings.allowed(field, "key", &["metadata.name"]);
        }
        for value in field.list("values") {
            findings.format_text(value.place(), "a name of a node", value.as_str().unwrap_or_default(), Format::DnsName);
        }
        findings.allowed(field, "operator", &["In", "NotIn"]);
        if field.list("values").len() != 1 {
            let message = "a requirement of `matchFields` has exactly one value";
            findings.error(code::FIELD_CONFLICT, field.place_of("values"), message, "write one requirement for each node");
        }
    }
}

fn weight<'a>(term: &'a Node, findings: &mut Findings<'a>) {
    if term.given("weight").is_none() {
        findings.required(term, "weight");
    }
    findings.range(term, "weight", 1..=100);
}

fn pod_affinity<'a>(pod: Pod<'a>, kind: &str, affinity: &'a Node, findings: &mut Findings<'a>) {
    for term in affinity.list(PREFERRED) {
        weight(term, findings);
    }
    let preferred = affinity.list(PREFERRED).iter().filter_map(|term| term.given("podAffinityTerm"));
    for term in affinity.list(REQUIRED).iter().chain(preferred) {
        if findings.required(term, "topologyKey") {
            findings.format(term, "topologyKey", Format::LabelKey);
        }
        for field in ["labelSelector", "namespaceSelector"] {
            if let Some(of) = term.given(field) {
                selector::judge(of, findings);
            }
        }
        for namespace in term.list("namespaces") {
            if let Some(name) = namespace.as_str() {
                findings.format_text(namespace.place(), "a namespace", name, Format::DnsLabel);
            }
        }
        label_keys(pod, term, findings);
        keep_apart(pod, kind, term, findings);
    }
}

/// An anti-affinity that does not select its own pods keeps them apart from others, not from each other. One that selects by the label that
/// names the pods, with another value, is a mistake; one that names another program is meant.
fn keep_apart<'a>(pod: Pod<'a>, kind: &str, term: &'a Node, findings: &mut Findings<'a>) {
    let Some(selector) = term.given("labelSelector") else { return };
    let elsewhere = term.given("namespaceSelector").is_some() || !term.list("namespaces").is_empty();
    let Some(labels) = pod.labels() else { return };
    if kind != "podAntiAffinity" || elsewhere || selector::is_empty(selector) || selector::matches(selector, Some(labels)) {
        return;
    }
    let asked = selector.pairs("matchLabels").iter().map(|label| label.key.as_str());
    let asked = asked.chain(selector.list("matchExpressions").iter().filter_map(|expression| expression.text("key")));
    // Only labels that the pods do not have at all, or have with another value.
    let missing: Vec<&str> = asked.filter(|key| labels.field(key).is_none()).collect();
    // With another value it is about other pods, and meant.
    let Some(key) = missing.first() else { return };
    let message = format!("the anti-affinity selects by the label `{key}`, which these pods do not have, so it does not keep them apart");
    let problem = Diagnostic::warning(code::SCHEDULING_MISMATCH, selector.place(), message);
    findings
        .push(problem.label(labels.place(), "their labels").help("select labels of the pods themselves, unless they shall avoid others"));
}

/// Labels whose value on the pod itself counts.
fn label_keys<'a>(pod: Pod<'a>, term: &'a Node, findings: &mut Findings<'a>) {
    let selector = term.given("labelSelector");
    let (with, without) = (term.list("matchLabelKeys"), term.list("mismatchLabelKeys"));
    for key in with.iter().chain(without) {
        let Some(text) = key.as_str() else { continue };
        findings.format_text(key.place(), "a label", text, Format::LabelKey);
        if selector.is_none() {
            let message = format!("`{text}` is compared with the pod's own label, which needs a `labelSelector` beside");
            findings.error(code::FIELD_CONFLICT, key.place(), message, "add a `labelSelector`");
        }
    }
    for key in with {
        let Some(text) = key.as_str() else { continue };
        if let Some(other) = without.iter().find(|other| other.as_str() == Some(text)) {
            let message = format!("`{text}` is in `matchLabelKeys` and in `mismatchLabelKeys`");
            findings
                .push(Diagnostic::error(code::FIELD_CONFLICT, other.place(), message).label(key.place(), "the other one").help("keep one"));
        }
        let Some(selector) = selector else { continue };
        let by_label = selector.pairs("matchLabels").iter().find(|label| label.key.as_str() == text).map(key_place);
        let by_rule =
            || selector.list("matchExpressions").iter().find(|rule| rule.text("key") == Some(text)).map(|rule| rule.place_of("key"));
        let Some(there) = by_label.or_else(by_rule) else { continue };
        // In a template it is taken; the pods are refused when they are made.
        let message = format!("`{text}` is in `matchLabelKeys` and in the `labelSelector` beside it");
        let problem = if pod.bare {
            Diagnostic::error(code::FIELD_CONFLICT, key.place(), message)
        } else {
            Diagnostic::warning(code::PODS_REFUSED, key.place(), format!("{message}, for which the server will refuse the pods"))
        };
        findings.push(problem.label(there, "selected here").help(format!("remove `{text}` from one of them")));
    }
}

fn judge_toleration<'a>(toleration: &'a Node, findings: &mut Findings<'a>) {
    findings.format(toleration, "key", Format::LabelKey);
    // Comparisons of numbers are behind a feature gate that is off.
    findings.allowed(toleration, "operator", &["Equal", "Exists"]);
    findings.allowed(toleration, "effect", &["NoExecute", "NoSchedule", "PreferNoSchedule"]);
    let (operator, value) = (toleration.text("operator").unwrap_or("Equal"), toleration.text("value"));
    if toleration.text("key").is_none() && operator != "Exists" {
        let message = "a toleration without a `key` tolerates every taint, and needs `operator: Exists`";
        findings.error(code::FIELD_CONFLICT, toleration.place_of("operator"), message, "add a `key`, or write `operator: Exists`");
    }
    match (operator, value) {
        ("Exists", Some(value)) => {
            let message = format!("a toleration with `operator: Exists` takes no `value`, and has `{value}`");
            let problem = Diagnostic::error(code::FIELD_CONFLICT, toleration.place_of("value"), message);
            findings
                .push(problem.label(toleration.place_of("operator"), "the operator").help("leave out `value`, or write `operator: Equal`"));
        }
        ("Equal", Some(_)) => findings.format(toleration, "value", Format::LabelValue),
        _ => {}
    }
    if toleration.given("tolerationSeconds").is_some() && toleration.text("effect") != Some("NoExecute") {
        let message = "`tolerationSeconds` holds for `effect: NoExecute` only";
        findings.error(
            code::FIELD_CONFLICT,
            toleration.place_of("tolerationSeconds"),
            message,
            "write `effect: NoExecute`, or leave it out",
        );
    }
}

const WHEN: [&str; 2] = ["DoNotSchedule", "ScheduleAnyway"];

fn spread<'a>(pod: Pod<'a>, findings: &mut Findings<'a>) {
    let constraints = pod.spec.list("topologySpreadConstraints");
    for (index, constraint) in constraints.iter().enumerate() {
        if constraint.given("maxSkew").is_none() {
            findings.required(constraint, "maxSkew");
        }
        findings.range(constraint, "maxSkew", 1..=i64::MAX);
        findings.required(constraint, "topologyKey");
        if findings.required(constraint, "whenUnsatisfiable") {
            findings.allowed(constraint, "whenUnsatisfiable", &WHEN);
        }
        for field in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            findings.allowed(constraint, field, &["Honor", "Ignore"]);
        }
        findings.range(constraint, "minDomains", 1..=i64::MAX);
        if constraint.given("minDomains").is_some() && constraint.text("whenUnsatisfiable") != Some(WHEN[0]) {
            let message = format!("`minDomains` needs `whenUnsatisfiable: {}`", WHEN[0]);
            findings.error(code::FIELD_CONFLICT, constraint.place_of("minDomains"), message, "change one of them");
        }
        let same = |other: &&Node| ["topologyKey", "whenUnsatisfiable"].iter().all(|field| other.text(field) == constraint.text(field));
        if let Some(first) = constraints[..index].iter().find(same) {
            let message = format!("two constraints spread over `{}` in the same way", constraint.text("topologyKey").unwrap_or_default());
            let problem = Diagnostic::error(code::DUPLICATE, constraint.place_of("topologyKey"), message);
            findings.push(problem.label(first.place_of("topologyKey"), "the first one").help("remove one of them"));
        }
        match constraint.given("labelSelector") {
            Some(of) => selector::judge(of, findings),
            None if constraint.list("matchLabelKeys").is_empty() => {
                let help = format!("add a `labelSelector` with labels of the pods: {}", own_labels(pod));
                findings.warn(code::SCHEDULING_MISMATCH, constraint.place(), "a constraint without a `labelSelector` counts no pods", help);
            }
            None => {}
        }
        label_keys(pod, constraint, findings);
    }
}

fn own_labels(pod: Pod<'_>) -> String {
    let labels: Vec<&str> = pod.labels().map(Node::entries).unwrap_or_default().iter().map(|label| label.key.as_str()).collect();
    if labels.is_empty() { "they have none yet".to_owned() } else { listed(&labels) }
}
