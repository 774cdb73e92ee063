//! Workloads: selectors and templates that belong together, rollouts, and what each kind allows.

mod cron;
mod jobs;
mod rollout;
mod schedule;

use super::fields::Fields;
use super::findings::{About, Findings, listed};
use super::pod::Pod;
use super::{selector, storage};
use crate::diag::{Diagnostic, code};
use crate::tree::Node;

pub(super) use cron::cron_job;
pub(super) use jobs::job;
pub(super) use rollout::{Count, count};

/// Judges a Deployment, ReplicaSet, StatefulSet, DaemonSet or ReplicationController.
pub(super) fn judge<'a>(kind: &str, spec: &'a Node, pod: Option<Pod<'a>>, findings: &mut Findings<'a>) {
    for field in ["replicas", "revisionHistoryLimit", "minReadySeconds", "progressDeadlineSeconds"] {
        // That of a StatefulSet is taken, whatever it is.
        if kind != "StatefulSet" || field != "revisionHistoryLimit" {
            findings.not_negative(spec, field);
        }
    }
    if kind == "ReplicationController" {
        map_selector(spec, pod, findings);
    } else {
        own_selector(spec, findings);
    }
    match kind {
        "Deployment" => rollout::deployment(spec, findings),
        "DaemonSet" => rollout::daemon_set(spec, findings),
        "StatefulSet" => {
            rollout::stateful_set(spec, findings);
            claims(spec, pod, findings);
        }
        _ => {}
    }
    let Some(pod) = pod else { return };
    stays(kind, pod, findings);
}

/// Pods of these workloads are started again whenever they end.
fn stays<'a>(kind: &str, pod: Pod<'a>, findings: &mut Findings<'a>) {
    if let Some(policy) = pod.spec.text("restartPolicy").filter(|policy| *policy != "Always") {
        let message = format!("pods of a {kind} are always started again, so `restartPolicy` cannot be `{policy}`");
        findings.error(code::VALUE_NOT_ALLOWED, pod.spec.place_of("restartPolicy"), message, "leave it out; what shall end is a Job");
    }
    if pod.spec.given("activeDeadlineSeconds").is_some() {
        let message = format!("pods of a {kind} stay, so `activeDeadlineSeconds` cannot be set");
        findings.error(code::FIELD_CONFLICT, pod.spec.place_of("activeDeadlineSeconds"), message, "leave it out; what shall end is a Job");
    }
}

/// A selector that selects something, and the pods of the template among it.
fn own_selector<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    let Some(of) = spec.given("selector") else {
        findings.required(spec, "selector");
        return;
    };
    selector::judge(of, findings);
    if selector::is_empty(of) {
        let message = format!("`selector` of {} is empty, and would select every pod", findings.about);
        findings.error(code::SELECTOR_MISMATCH, of.place(), message, "select labels of the template");
        return;
    }
    // Where the template is missing, or its labels stand beside `metadata`, that is the mistake.
    let Some(template) = spec.given("template") else { return };
    if template.given("metadata").is_some() || template.given("labels").is_none() {
        mismatch(of, template.at(&["metadata", "labels"]), spec, findings);
    }
}

/// Says where the labels of the template are not those that the selector asks for.
pub(super) fn mismatch<'a>(of: &'a Node, labels: Option<&'a Node>, spec: &'a Node, findings: &mut Findings<'a>) {
    if selector::matches(of, labels) {
        return;
    }
    let value = |key: &str| labels.and_then(|labels| labels.field(key));
    let wrong = of.pairs("matchLabels").iter().find(|asked| value(asked.key.as_str()).and_then(Node::as_str) != asked.node.as_str());
    let template = spec.given("template").map_or(spec, |template| template.given("metadata").unwrap_or(template));
    let Some(wrong) = wrong else {
        let message = format!("`selector` of {} does not match the labels of its template", findings.about);
        let problem = Diagnostic::error(code::SELECTOR_MISMATCH, of.place_of("matchExpressions"), message);
        findings.push(
            problem.label(labels.unwrap_or(template).place(), "the labels").help("the template must have the labels that are selected"),
        );
        return;
    };
    let (key, asked) = (wrong.key.as_str(), wrong.node.as_str().unwrap_or_default());
    let (message, place, there) = match value(key) {
        Some(given) => {
            let text = given.as_str().unwrap_or_default();
            (
                format!("`selector` of {} asks for `{key}: {asked}`, and its template has `{key}: {text}`", findings.about),
                given.place(),
                "the label",
            )
        }
        None => {
            let place = labels.unwrap_or(template).place();
            (
                format!("`selector` of {} asks for `{key}: {asked}`, and its template has no label `{key}`", findings.about),
                place,
                "the template's labels",
            )
        }
    };
    let problem = Diagnostic::error(code::SELECTOR_MISMATCH, wrong.node.place(), message);
    findings.push(problem.label(place, there).help("the template must have the labels that are selected"));
}

/// The plain map of labels of a ReplicationController.
fn map_selector<'a>(spec: &'a Node, pod: Option<Pod<'a>>, findings: &mut Findings<'a>) {
    let asked = spec.pairs("selector");
    if asked.is_empty() && pod.and_then(Pod::labels).is_none() {
        findings.required(spec, "selector");
    }
    selector::labels(asked, findings);
    let labels = pod.and_then(Pod::labels);
    let has = |key: &str| labels.and_then(|labels| labels.field(key)).and_then(Node::as_str);
    for label in asked.iter().filter(|label| has(label.key.as_str()) != label.node.as_str()) {
        let message = format!("`selector` of {} asks for the label `{}`, which its template does not have so", findings.about, label.key);
        let problem = Diagnostic::error(code::SELECTOR_MISMATCH, label.node.place(), message);
        let place = labels.map_or(spec, |labels| labels).place();
        findings.push(problem.label(place, "the labels").help("the template must have the labels that are selected"));
    }
}

/// The volume claims of a StatefulSet.
fn claims<'a>(spec: &'a Node, pod: Option<Pod<'a>>, findings: &mut Findings<'a>) {
    let claims = spec.list("volumeClaimTemplates");
    let name = |claim: &'a Node| claim.at(&["metadata", "name"]).and_then(Node::as_str);
    let place = |claim: &'a Node| claim.at(&["metadata", "name"]).unwrap_or(claim).place();
    for (index, claim) in claims.iter().enumerate() {
        if let Some(first) = claims[..index].iter().find(|other| name(other).is_some() && name(other) == name(claim)) {
            let message = format!(
                "{} has two claim templates called `{}`, and one of them has no effect",
                findings.about,
                name(claim).unwrap_or_default()
            );
            let problem = Diagnostic::warning(code::NO_EFFECT, place(claim), message).label(place(first), "the first one");
            findings.push(problem.help("give one of them another name, or leave one out"));
        }
    }
    for claim in claims {
        findings.within(About::new("claim template", name(claim).unwrap_or_default()), |findings| {
            match claim.given("spec") {
                Some(spec) => storage::claim(spec, true, findings),
                None => {
                    findings.required(claim, "spec");
                }
            }
            let (Some(wanted), Some(pod)) = (name(claim), pod) else { return };
            let mounts = |mount: &Node| mount.text("name") == Some(wanted);
            let used = |container: super::pod::Container<'_>| {
                ["volumeMounts", "volumeDevices"].iter().any(|list| container.node.list(list).iter().any(mounts))
            };
            if !pod.containers().any(used) {
                let message = format!("no container mounts the claim `{wanted}`, so its disks are made and never used");
                findings.warn(code::UNUSED_VOLUME, place(claim), message, "mount it by `volumeMounts` of a container, or remove it");
            }
        });
    }
    if let Some(policy) = spec.given("persistentVolumeClaimRetentionPolicy") {
        for field in ["whenDeleted", "whenScaled"] {
            findings.allowed(policy, field, &["Delete", "Retain"]);
        }
    }
    findings.allowed(spec, "podManagementPolicy", &["OrderedReady", "Parallel"]);
    if let Some(ordinals) = spec.given("ordinals") {
        findings.not_negative(ordinals, "start");
    }
}

/// `restartPolicy` of pods that shall end.
pub(super) fn ends<'a>(pod: Pod<'a>, findings: &mut Findings<'a>) {
    const ALLOWED: [&str; 2] = ["OnFailure", "Never"];
    match pod.spec.text("restartPolicy") {
        Some(policy) if ALLOWED.contains(&policy) => {}
        Some("Always") => {
            let message = "pods of a Job end, so `restartPolicy` cannot be `Always`";
            findings.error(
                code::VALUE_NOT_ALLOWED,
                pod.spec.place_of("restartPolicy"),
                message,
                format!("write one of {}", listed(&ALLOWED)),
            );
        }
        Some(_) => {}
        None => {
            let message = "pods of a Job need a `restartPolicy`: the default, `Always`, is for what never ends";
            findings.error(code::MISSING_FIELD, pod.spec.place(), message, format!("add one of {}", listed(&ALLOWED)));
        }
    }
}
