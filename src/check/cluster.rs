//! What belongs to a whole cluster or namespace: namespaces, nodes, runtimes, networks of Services, API services, flow control.

use super::fields::{Fields, key_place};
use super::findings::{About, Findings, meant};
use super::{pod, selector};
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::tree::Node;

/// What a namespace demands of its pods.
const SECURITY: &str = "pod-security.kubernetes.io/";
const LEVELS: [&str; 3] = ["baseline", "privileged", "restricted"];
const MODES: [&str; 3] = ["audit", "enforce", "warn"];

/// Judges a Namespace.
pub(super) fn namespace<'a>(object: &'a Node, findings: &mut Findings<'a>) {
    for entry in object.at(&["metadata", "labels"]).map(Node::entries).unwrap_or_default() {
        let Some(name) = entry.key.as_str().strip_prefix(SECURITY) else { continue };
        let value = entry.node.as_str().unwrap_or_default();
        if MODES.contains(&name) {
            findings.allowed_text(entry.node.place(), &format!("the label `{}`", entry.key), value, &LEVELS);
        } else if name.strip_suffix("-version").is_some_and(|mode| MODES.contains(&mode)) {
            let minor = value.strip_prefix("v1.").is_some_and(|minor| minor.parse::<u16>().is_ok());
            if value != "latest" && !minor {
                let message = format!("the label `{}` of {} must be a version, not `{value}`", entry.key, findings.about);
                findings.error(code::BAD_FORMAT, entry.node.place(), message, "write `latest`, or a version such as `v1.34`");
            }
        } else {
            let message = format!("`{}` is no label that Kubernetes knows, so it demands nothing", entry.key);
            findings.warn(code::NO_EFFECT, key_place(entry), message, meant(name, MODES, "it ends in `enforce`, `audit` or `warn`"));
        }
    }
    for finalizer in object.at(&["spec", "finalizers"]).map(Node::items).unwrap_or_default() {
        let text = finalizer.as_str().unwrap_or_default();
        if text != "kubernetes" && !(text.contains('/') && Format::LabelKey.takes_text(text)) {
            let message = format!("`{text}` is not a finalizer: its name must have a domain");
            findings.error(code::BAD_NAME, finalizer.place(), message, "for example `example.com/cleanup`");
        }
    }
}

/// Judges the `spec` of a Node.
pub(super) fn node<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    let taints = spec.list("taints");
    for (index, taint) in taints.iter().enumerate() {
        findings.required(taint, "effect");
        let same = |other: &&Node| ["key", "effect"].iter().all(|field| other.text(field) == taint.text(field));
        if let Some(first) = taints[..index].iter().find(same) {
            let message = format!("{} has the taint `{}` twice", findings.about, taint.text("key").unwrap_or_default());
            findings
                .push(Diagnostic::error(code::DUPLICATE, taint.place(), message).label(first.place(), "the first one").help("remove one"));
        }
    }
}

/// Judges a RuntimeClass.
pub(super) fn runtime_class<'a>(object: &'a Node, findings: &mut Findings<'a>) {
    if let Some(overhead) = object.below(&["overhead", "podFixed"]) {
        pod::overhead(overhead.entries(), findings);
    }
    let Some(scheduling) = object.given("scheduling") else { return };
    selector::labels(scheduling.pairs("nodeSelector"), findings);
    let tolerations = scheduling.list("tolerations");
    pod::tolerations(tolerations, findings);
    for (index, toleration) in tolerations.iter().enumerate() {
        if let Some(first) = tolerations[..index].iter().find(|other| other.to_json() == toleration.to_json()) {
            let message = format!("{} has the same toleration twice", findings.about);
            let problem = Diagnostic::error(code::DUPLICATE, toleration.place(), message).label(first.place(), "the first one");
            findings.push(problem.help("remove one of them"));
        }
    }
}

/// Judges a CSIStorageCapacity.
pub(super) fn capacity<'a>(object: &'a Node, findings: &mut Findings<'a>) {
    if object.given("capacity").and_then(pod::amount).is_some_and(|amount| amount < 0.0) {
        let message = format!("`capacity` of {} must not be negative", findings.about);
        findings.error(code::OUT_OF_RANGE, object.place_of("capacity"), message, "for example `100Gi`");
    }
    if let Some(of) = object.given("nodeTopology") {
        selector::judge(of, findings);
    }
}

/// Judges the `spec` of a ServiceCIDR.
pub(super) fn service_networks<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    if !findings.required(spec, "cidrs") {
        return;
    }
    let family = |node: &Node| node.as_str().map(|text| text.contains(':'));
    let networks = spec.list("cidrs");
    let repeated = networks.iter().enumerate().find(|(index, node)| networks[..*index].iter().any(|other| family(other) == family(node)));
    if let Some((_, second)) = repeated {
        let message = format!("{} has two networks of one family", findings.about);
        findings.error(code::DUPLICATE, second.place(), message, "name one for IPv4 and one for IPv6, at most");
    }
}

/// Judges an APIService.
pub(super) fn api_service<'a>(object: &'a Node, spec: &'a Node, findings: &mut Findings<'a>) {
    findings.range(spec, "groupPriorityMinimum", 1..=20_000);
    findings.range(spec, "versionPriority", 1..=1000);
    if let (Some(version), Some(group)) = (spec.text("version"), spec.text("group")) {
        let own = object.at(&["metadata", "name"]);
        let wanted = format!("{version}.{group}");
        if own.and_then(Node::as_str).is_some_and(|name| name != wanted) {
            let message = format!("the name of {} must be `{wanted}`: the version and the group", findings.about);
            let at = own.map_or(object.place(), Node::place);
            findings.error(code::BAD_NAME, at, message, format!("write `name: {wanted}`"));
        }
    }
    let (blind, at) = (spec.is_on("insecureSkipTLSVerify"), spec.place_of("insecureSkipTLSVerify"));
    match spec.given("service") {
        Some(service) => findings.range(service, "port", 1..=65535),
        None if blind => {
            let message = "`insecureSkipTLSVerify` is for an API that a `service` serves, and there is none";
            findings.error(code::FIELD_CONFLICT, at, message, "leave it out, or add `service`");
        }
        None => {}
    }
    if blind && spec.text("caBundle").is_some() {
        let message = "`insecureSkipTLSVerify` and `caBundle` exclude each other";
        let problem = Diagnostic::error(code::FIELD_CONFLICT, at, message).label(spec.place_of("caBundle"), "the other one");
        findings.push(problem.help("keep `caBundle`"));
    }
}

/// The lowest precedence of a FlowSchema.
const PRECEDENCE: i64 = 10_000;
/// Who may be meant by a FlowSchema, and the field that names them.
const SUBJECTS: [(&str, &str); 3] = [("Group", "group"), ("ServiceAccount", "serviceAccount"), ("User", "user")];

/// Judges a FlowSchema.
pub(super) fn flow<'a>(object: &'a Node, spec: &'a Node, findings: &mut Findings<'a>) {
    findings.range(spec, "matchingPrecedence", 0..=PRECEDENCE);
    let name = object.at(&["metadata", "name"]).and_then(Node::as_str);
    if spec.number("matchingPrecedence") == Some(1) && name != Some("exempt") {
        let message = "a `matchingPrecedence` of 1 is that of the FlowSchema `exempt`";
        findings.error(code::OUT_OF_RANGE, spec.place_of("matchingPrecedence"), message, "write 2 or more");
    }
    for rule in spec.list("rules") {
        findings.required(rule, "subjects");
        for subject in rule.list("subjects") {
            let kind = subject.text("kind").unwrap_or_default();
            for (of, field) in SUBJECTS {
                match subject.given(field) {
                    Some(one) if of == kind => {
                        findings.required(one, "name");
                    }
                    Some(_) => findings.forbidden(subject, field, format!("for a subject of kind `{kind}`")),
                    None if of == kind => {
                        findings.required(subject, field);
                    }
                    None => {}
                }
            }
        }
        for (list, fields) in
            [("resourceRules", &["verbs", "apiGroups", "resources"][..]), ("nonResourceRules", &["verbs", "nonResourceURLs"])]
        {
            for request in rule.list(list) {
                fields.iter().for_each(|field| whole_or_some(request, field, findings));
                if list == "resourceRules" && !request.is_on("clusterScope") {
                    whole_or_some(request, "namespaces", findings);
                }
                for url in request.list("nonResourceURLs") {
                    if let Some(text) = url.as_str().filter(|text| *text != "*" && !text.starts_with('/')) {
                        let message = format!("the path `{text}` must begin with `/`");
                        findings.error(code::BAD_FORMAT, url.place(), message, format!("write `/{text}`"));
                    }
                }
            }
        }
    }
}

/// A list that is not empty, with `*` alone in it or not at all.
fn whole_or_some<'a>(map: &'a Node, field: &str, findings: &mut Findings<'a>) {
    if !findings.required(map, field) {
        return;
    }
    let items = map.list(field);
    if let Some(all) = items.iter().find(|item| item.as_str() == Some("*")).filter(|_| items.len() > 1) {
        let message = format!("`*` in `{field}` stands for all, and there are others beside it");
        findings.error(code::FIELD_CONFLICT, all.place(), message, "keep `*` alone, or leave it out");
    }
}

/// Judges the `spec` of a PriorityLevelConfiguration.
pub(super) fn level<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    match spec.text("type") {
        Some("Limited") => {
            findings.required(spec, "limited");
            findings.forbidden(spec, "exempt", "for a level of type `Limited`");
        }
        Some("Exempt") => findings.forbidden(spec, "limited", "for a level of type `Exempt`"),
        _ => {}
    }
    let Some(limited) = spec.given("limited") else { return };
    findings.within(About::field("limited"), |findings| {
        findings.not_negative(limited, "nominalConcurrencyShares");
        findings.range(limited, "lendablePercent", 0..=100);
        findings.not_negative(limited, "borrowingLimitPercent");
        let Some(response) = limited.given("limitResponse") else { return };
        match response.text("type") {
            Some("Queue") => {
                findings.required(response, "queuing");
            }
            Some("Reject") => findings.forbidden(response, "queuing", "where requests are rejected"),
            _ => {}
        }
        let Some(queuing) = response.given("queuing") else { return };
        for field in ["handSize", "queueLengthLimit", "queues"] {
            findings.not_negative(queuing, field);
        }
        if let (Some(hand), Some(queues)) = (queuing.number("handSize"), queuing.number("queues"))
            && hand > queues
            && queues > 0
        {
            let message = format!("`handSize` is {hand}, more than there are `queues`, {queues}");
            findings.error(code::FIELD_CONFLICT, queuing.place_of("handSize"), message, "lower it");
        }
    });
}
