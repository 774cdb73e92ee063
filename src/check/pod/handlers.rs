//! Probes and lifecycle hooks: what is called, where, and how often.

use super::{Container, Place, Pod};
use crate::check::fields::Fields;
use crate::check::findings::{About, Findings, Need, meant};
use crate::diag::code;
use crate::shape::Format;
use crate::tree::Node;

/// Judges probes and hooks of a container.
pub(super) fn judge<'a>(pod: Pod<'a>, container: Container<'a>, findings: &mut Findings<'a>) {
    if matches!(container.place, Place::Init | Place::Ephemeral) {
        return;
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.node.given(name) {
            findings.within(About::field(name), |findings| judge_probe(name, probe, container, findings));
        }
    }
    let Some(lifecycle) = container.node.given("lifecycle") else { return };
    for name in ["postStart", "preStop"] {
        if let Some(hook) = lifecycle.given(name) {
            findings.within(About::field(name), |findings| {
                findings.one_of(hook, &["exec", "httpGet", "sleep", "tcpSocket"], Need::Exactly);
                handler(hook, container, findings);
                if let Some(sleep) = hook.given("sleep") {
                    let grace = pod.spec.number("terminationGracePeriodSeconds").unwrap_or(30);
                    findings.range(sleep, "seconds", 0..=grace.max(0));
                }
            });
        }
    }
    if lifecycle.given("stopSignal").is_some() && pod.spec.given("os").is_none() {
        let message = format!("`stopSignal` of {} needs `os.name` of the pod, and has no effect without", findings.about);
        findings.warn(code::NO_EFFECT, lifecycle.place_of("stopSignal"), message, "add `os: {name: linux}` to the pod");
    }
}

fn judge_probe<'a>(name: &str, probe: &'a Node, container: Container<'a>, findings: &mut Findings<'a>) {
    findings.one_of(probe, &["exec", "grpc", "httpGet", "tcpSocket"], Need::Exactly);
    handler(probe, container, findings);
    for field in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold"] {
        findings.not_negative(probe, field);
    }
    // Zero means the default, which is 1.
    findings.range(probe, "successThreshold", if name == "readinessProbe" { 0..=i64::MAX } else { 0..=1 });
    if name == "readinessProbe" {
        findings.forbidden(probe, "terminationGracePeriodSeconds", "in a probe that stops nothing");
    } else {
        findings.range(probe, "terminationGracePeriodSeconds", 1..=i64::MAX);
    }
}

fn handler<'a>(handler: &'a Node, container: Container<'a>, findings: &mut Findings<'a>) {
    if let Some(exec) = handler.given("exec") {
        findings.required(exec, "command");
    }
    if let Some(get) = handler.given("httpGet") {
        port(get, container, findings);
        findings.allowed(get, "scheme", &["HTTP", "HTTPS"]);
        if let Some(host) = get.text("host").filter(|host| host.contains('/')) {
            let message = format!("`{host}` is no host name: a scheme goes to `scheme`, a path to `path`");
            findings.warn(code::ODD_NAME, get.place_of("host"), message, "leave `host` out: the pod itself is asked then");
        }
        for header in get.list("httpHeaders") {
            if !findings.required(header, "name") {
                continue;
            }
            let name = header.text("name").unwrap_or_default();
            if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
                let message = format!("`{name}` is not the name of an HTTP header");
                findings.error(code::BAD_NAME, header.place_of("name"), message, "headers have letters, digits and `-`; no colon");
            }
        }
    }
    if let Some(socket) = handler.given("tcpSocket") {
        port(socket, container, findings);
    }
    if let Some(grpc) = handler.given("grpc") {
        if grpc.given("port").is_none() {
            findings.required(grpc, "port");
        }
        findings.range(grpc, "port", 1..=65535);
    }
}

/// The port of a handler: a number, or the name of a port of the container.
fn port<'a>(action: &'a Node, container: Container<'a>, findings: &mut Findings<'a>) {
    if !findings.required(action, "port") {
        return;
    }
    findings.range(action, "port", 1..=65535);
    let Some(name) = action.text("port") else { return };
    let at = action.place_of("port");
    if let Ok(number) = name.parse::<u16>() {
        let message = format!("`port` of {} is the text \"{name}\", which would be the name of a port", findings.about);
        findings.error(code::BAD_NAME, at, message, format!("write it without quotes: `{number}`"));
        return;
    }
    if !Format::PortName.takes_text(name) {
        findings.format(action, "port", Format::PortName);
        return;
    }
    let ports = container.node.list("ports");
    if !ports.iter().any(|port| port.text("name") == Some(name)) {
        let message = format!("{} asks for the port `{name}`, which container `{}` does not declare", findings.about, container.name());
        let help =
            meant(name, ports.iter().filter_map(|port| port.text("name")), "give a port of the container this name, or write its number");
        findings.warn(code::UNKNOWN_PORT, at, message, help);
    }
}
