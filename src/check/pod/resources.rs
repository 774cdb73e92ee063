//! Requests and limits: names that exist, amounts that make sense, requests within limits.

use super::{Container, Place, Pod};
use crate::check::fields::{Fields, key_place};
use crate::check::findings::{About, Findings, listed, meant};
use crate::diag::{Diagnostic, code};
use crate::rules::parse_quantity;
use crate::shape::Format;
use crate::tree::{Entry, Node, Value};

/// Resources of Kubernetes itself that a container can ask for.
const OWN: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// The number that a quantity stands for; `None` if it is none.
pub(in crate::check) fn amount(node: &Node) -> Option<f64> {
    match &node.value {
        Value::Str(text) => parse_quantity(text),
        Value::Int(number) => Some(*number as f64),
        Value::UInt(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        // A server reads an amount that is left empty as none.
        Value::Null => Some(0.0),
        _ => None,
    }
}

/// The text of a quantity as it is written.
fn written(node: &Node) -> String {
    match &node.value {
        Value::Str(text) => text.to_string(),
        Value::Float(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        Value::Null => "nothing".to_owned(),
        _ => node.as_i64().unwrap_or_default().to_string(),
    }
}

/// Judges `resources` of a container.
pub(super) fn container<'a>(container: &'a Node, findings: &mut Findings<'a>) {
    let Some(resources) = container.given("resources") else { return };
    requirements(resources, findings);
}

/// Judges `resources` of a pod as a whole.
pub(super) fn judge<'a>(pod: Pod<'a>, findings: &mut Findings<'a>) {
    let Some(resources) = pod.spec.given("resources") else { return };
    findings.within(About::new("pod", ""), |findings| {
        requirements(resources, findings);
        findings.forbidden(resources, "claims", "for a whole pod");
        for entry in resources.pairs("limits").iter().chain(resources.pairs("requests")) {
            let name = entry.key.as_str();
            if name == "ephemeral-storage" || name.contains('/') {
                let message = format!("`{name}` is for containers, and cannot be asked for by a whole pod");
                findings.error(code::BAD_NAME, key_place(entry), message, "write it into `resources` of the container that uses it");
            }
        }
        for entry in resources.pairs("requests") {
            let of = |container: Container<'a>| container.node.at(&["resources", "requests", entry.key.as_str()]).and_then(amount);
            let staying = pod.containers().filter(|container| matches!(container.place, Place::Main | Place::Sidecar));
            let sum: f64 = staying.filter_map(of).sum();
            if amount(&entry.node).is_some_and(|own| sum > own * (1.0 + 1e-9)) {
                let message = format!("the pod requests {} of `{}`, and its containers together more", written(&entry.node), entry.key);
                findings.error(
                    code::REQUESTS_ABOVE_LIMITS,
                    entry.node.place(),
                    message,
                    "raise it to the sum of the containers' requests at least",
                );
            }
        }
        for entry in resources.pairs("limits") {
            for container in pod.containers().filter(|container| container.place == Place::Main) {
                let Some(limit) = container.node.at(&["resources", "limits", entry.key.as_str()]) else { continue };
                if amount(limit) > amount(&entry.node) {
                    let message = format!("container `{}` may use more `{}` than its pod: {}", container.name(), entry.key, written(limit));
                    let problem = Diagnostic::error(code::REQUESTS_ABOVE_LIMITS, limit.place(), message);
                    findings.push(problem.label(entry.node.place(), "the limit of the pod").help("lower the limit of the container"));
                }
            }
        }
    });
}

/// Judges what a pod takes beside its containers.
pub(in crate::check) fn overhead<'a>(amounts: &'a [Entry], findings: &mut Findings<'a>) {
    for entry in amounts {
        name(entry, findings);
        value(entry, findings);
    }
}

fn requirements<'a>(resources: &'a Node, findings: &mut Findings<'a>) {
    let (limits, requests) = (resources.pairs("limits"), resources.pairs("requests"));
    for entry in limits.iter().chain(requests) {
        name(entry, findings);
        value(entry, findings);
    }
    let find = |entries: &'a [Entry], name: &str| entries.iter().find(|entry| entry.key.as_str() == name);
    for request in requests {
        let limit = find(limits, request.key.as_str());
        let shareable = OWN.contains(&request.key.as_str());
        match limit {
            Some(limit) => {
                let (Some(wanted), Some(allowed)) = (amount(&request.node), amount(&limit.node)) else { continue };
                if wanted > allowed || (!shareable && wanted != allowed) {
                    let (wanted, allowed) = (written(&request.node), written(&limit.node));
                    let message = if shareable {
                        format!("{} requests {wanted} of `{}` and may use {allowed} at most", findings.about, request.key)
                    } else {
                        format!(
                            "{} requests {wanted} of `{}` and has a limit of {allowed}, which must be the same",
                            findings.about, request.key
                        )
                    };
                    let problem = Diagnostic::error(code::REQUESTS_ABOVE_LIMITS, request.node.place(), message);
                    findings.push(problem.label(limit.node.place(), "the limit").help("lower the request or raise the limit"));
                }
            }
            None if !shareable => {
                let message = format!("{} requests `{}` and has no limit of it, which must be the same", findings.about, request.key);
                findings.error(code::REQUESTS_ABOVE_LIMITS, request.node.place(), message, format!("add `{}` to `limits`", request.key));
            }
            None => {}
        }
    }
    let has = |names: &[&str]| names.iter().any(|name| find(limits, name).is_some() || find(requests, name).is_some());
    let huge = limits.iter().chain(requests).find(|entry| entry.key.as_str().starts_with("hugepages-"));
    if let Some(huge) = huge.filter(|_| !has(&["cpu", "memory"])) {
        let message = format!("{} asks for `{}` and for neither `cpu` nor `memory`", findings.about, huge.key);
        findings.error(code::FIELD_CONFLICT, key_place(huge), message, "huge pages need one of them beside");
    }
}

fn name<'a>(entry: &'a Entry, findings: &mut Findings<'a>) {
    let name = entry.key.as_str();
    if OWN.contains(&name) || name.starts_with("hugepages-") {
        return;
    }
    let at = key_place(entry);
    if !name.contains('/') {
        let help = meant(name, OWN, format!("it is one of {}, or the full name of a device, such as `example.com/gpu`", listed(&OWN)));
        findings.error(code::BAD_NAME, at, format!("`{name}` is no resource that {} can ask for", findings.about), help);
    } else if !Format::LabelKey.takes_text(name) || name.starts_with("requests.") {
        findings.format_text(at, "a resource", name, Format::LabelKey);
    }
}

fn value<'a>(entry: &'a Entry, findings: &mut Findings<'a>) {
    let Some(number) = amount(&entry.node) else { return };
    let (name, at) = (entry.key.as_str(), entry.node.place());
    let text = || written(&entry.node);
    if number < 0.0 {
        let message = format!("`{name}` of {} must not be negative, and is {}", findings.about, text());
        findings.error(code::OUT_OF_RANGE, at, message, "leave it out if nothing is asked for");
        return;
    }
    if !OWN.contains(&name) && number.fract() != 0.0 {
        let message = format!("`{name}` of {} must be a whole number, not {}", findings.about, text());
        findings.error(code::OUT_OF_RANGE, at, message, "such resources cannot be divided");
        return;
    }
    surprising(name, number, &text(), at, findings);
}

/// Amounts that are allowed, and by orders of magnitude not what anybody wants.
pub(in crate::check) fn surprising(name: &str, number: f64, text: &str, at: crate::source::Pos, findings: &mut Findings<'_>) {
    let (message, help) = match name {
        "memory" | "ephemeral-storage" | "storage" if number > 0.0 && number.fract() != 0.0 && text.ends_with('m') => {
            let digits = text.trim_end_matches('m');
            (format!("`{name}` of {} is {text}, thousandths of a byte", findings.about), format!("write `{digits}Mi`, or `{digits}M`"))
        }
        "memory" | "ephemeral-storage" | "storage" if number > 0.0 && number < 1024.0 * 1024.0 && name != "ephemeral-storage" => {
            let help = if text.bytes().all(|byte| byte.is_ascii_digit()) {
                format!("write `{text}Mi` if mebibytes are meant")
            } else {
                "write a unit such as `Mi` or `Gi`".to_owned()
            };
            (format!("`{name}` of {} is {text}, less than a mebibyte", findings.about), help)
        }
        "cpu" if number >= 100.0 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            (format!("`cpu` of {} is {text} whole cores", findings.about), format!("write `{text}m` if thousandths of a core are meant"))
        }
        _ => return,
    };
    findings.warn(code::SURPRISING_QUANTITY, at, message, help);
}
