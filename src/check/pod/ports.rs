//! Ports of containers: numbers, names, and who may share what.

use super::{Place, Pod};
use crate::check::fields::Fields;
use crate::check::findings::{About, Findings};
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::tree::Node;

/// Judges the ports of all containers of a pod.
pub(super) fn judge<'a>(pod: Pod<'a>, findings: &mut Findings<'a>) {
    let host_network = pod.spec.is_on("hostNetwork");
    for container in pod.containers() {
        findings.within(About::new("container", container.name()), |findings| {
            let ports = container.node.list("ports");
            for port in ports {
                one(port, findings);
                if host_network {
                    same_on_host(port, findings);
                }
            }
            // A port that is there twice has its name twice too, which is not the mistake.
            let again = |index: usize, port: &Node| ports[..index].iter().any(|other| is_same(other, port));
            let named = ports.iter().enumerate().filter(|(index, port)| !again(*index, port));
            findings.unique("ports called", named.filter_map(|(_, port)| Some((port.text("name")?, port.place_of("name")))));
        });
    }
    shared(pod, findings);
}

fn protocol(port: &Node) -> &str {
    port.text("protocol").unwrap_or("TCP")
}

/// Whether two ports of a pod have one number.
fn is_same(one: &Node, other: &Node) -> bool {
    one.number("containerPort").is_some()
        && one.number("containerPort") == other.number("containerPort")
        && protocol(one) == protocol(other)
}

fn one<'a>(port: &'a Node, findings: &mut Findings<'a>) {
    if port.given("containerPort").is_none() {
        findings.required(port, "containerPort");
    }
    findings.range(port, "containerPort", 1..=65535);
    // Zero means that the port is not opened on the node.
    findings.range(port, "hostPort", 0..=65535);
    findings.format(port, "name", Format::PortName);
    findings.allowed(port, "protocol", &["SCTP", "TCP", "UDP"]);
}

fn same_on_host<'a>(port: &'a Node, findings: &mut Findings<'a>) {
    let (Some(own), Some(host)) = (port.number("containerPort"), port.number("hostPort")) else { return };
    if host != own && host != 0 {
        let message = format!("`hostPort` {host} must be the `containerPort` {own}: with `hostNetwork` they are one port");
        let problem = Diagnostic::error(code::FIELD_CONFLICT, port.place_of("hostPort"), message);
        findings.push(problem.label(port.place_of("containerPort"), "the port").help("leave out `hostPort`"));
    }
}

/// Two uses of one port: on the node that is refused, in the pod the second program cannot listen.
fn shared<'a>(pod: Pod<'a>, findings: &mut Findings<'a>) {
    let main = pod.containers().filter(|container| container.place == Place::Main);
    let ports = main.flat_map(|container| container.node.list("ports").iter().map(move |port| (container, port)));
    for (index, (container, port)) in ports.clone().enumerate() {
        if let Some(number) = port.number("hostPort").filter(|number| *number != 0) {
            let same = |other: &'a Node| {
                other.number("hostPort") == Some(number) && protocol(other) == protocol(port) && other.text("hostIP") == port.text("hostIP")
            };
            if let Some((_, first)) = ports.clone().take(index).find(|(_, other)| same(other)) {
                let message = format!("the port {number} of the node is taken twice");
                let problem = Diagnostic::error(code::DUPLICATE, port.place_of("hostPort"), message);
                findings.push(problem.label(first.place_of("hostPort"), "the first one").help("give one of them another `hostPort`"));
                continue;
            }
        }
        let Some(number) = port.number("containerPort") else { continue };
        if let Some((owner, first)) = ports.clone().take(index).find(|(_, other)| is_same(other, port)) {
            let message = if owner.name() == container.name() {
                format!("container `{}` declares the port {number} twice", owner.name())
            } else {
                format!("containers `{}` and `{}` both listen on port {number}, and share one network", owner.name(), container.name())
            };
            // With one name for both, the server refuses it.
            let is_refused = owner.name() == container.name() && port.text("name").is_some() && port.text("name") == first.text("name");
            let problem = if is_refused {
                Diagnostic::error(code::DUPLICATE, port.place_of("containerPort"), message)
            } else {
                Diagnostic::warning(code::REPEATED_PORT, port.place_of("containerPort"), message)
            };
            findings.push(
                problem.label(first.place_of("containerPort"), "the first one").help("only one program of a pod can listen on a port"),
            );
        }
    }
}
