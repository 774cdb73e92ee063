//! Network policies: peers, ports and directions.

use super::addresses::{is_within, network};
use crate::check::fields::Fields;
use crate::check::findings::{Findings, Need};
use crate::check::selector;
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::tree::Node;

/// Judges the `spec` of a NetworkPolicy.
pub(in crate::check) fn policy<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    if let Some(of) = spec.given("podSelector") {
        selector::judge(of, findings);
    }
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.list(direction) {
            rule.list("ports").iter().for_each(|item| port(item, findings));
            rule.list(peers).iter().for_each(|item| peer(item, findings));
        }
    }
    let types = spec.list("policyTypes");
    for item in types {
        if let Some(text) = item.as_str() {
            findings.allowed_text(item.place(), "`policyTypes`", text, &["Egress", "Ingress"]);
        }
    }
    if types.len() > 2 {
        let message = "`policyTypes` has at most two entries, `Ingress` and `Egress`";
        findings.error(code::OUT_OF_RANGE, spec.place_of("policyTypes"), message, "leave out what is there twice");
    }
    for (direction, name) in [("ingress", "Ingress"), ("egress", "Egress")] {
        let rules = spec.list(direction);
        if !rules.is_empty() && !types.is_empty() && !types.iter().any(|item| item.as_str() == Some(name)) {
            let message = format!("the `{direction}` rules of {} have no effect: `policyTypes` does not name `{name}`", findings.about);
            let problem = Diagnostic::warning(code::NO_EFFECT, spec.place_of(direction), message);
            findings.push(problem.label(spec.place_of("policyTypes"), "the directions").help(format!("add `{name}` there")));
        }
    }
}

fn port<'a>(item: &'a Node, findings: &mut Findings<'a>) {
    findings.allowed(item, "protocol", &["SCTP", "TCP", "UDP"]);
    findings.range(item, "port", 1..=65535);
    findings.range(item, "endPort", 1..=65535);
    if let Some(name) = item.text("port") {
        match name.split_once('-').map(|(first, last)| (first.parse::<u16>(), last.parse::<u16>())) {
            Some((Ok(first), Ok(last))) => {
                let message = format!("`{name}` is no port: a range has its end in `endPort`");
                findings.error(code::BAD_NAME, item.place_of("port"), message, format!("write `port: {first}` and `endPort: {last}`"));
            }
            _ => match name.parse::<u16>() {
                Ok(number) => {
                    let message = format!("`port` is the text \"{name}\", which would be the name of a port");
                    findings.error(code::BAD_NAME, item.place_of("port"), message, format!("write it without quotes: `{number}`"));
                }
                Err(_) => findings.format(item, "port", Format::PortName),
            },
        }
    }
    let Some(end) = item.number("endPort") else { return };
    match item.number("port") {
        Some(start) if end < start => {
            let message = format!("`endPort` {end} is before `port` {start}");
            let problem = Diagnostic::error(code::FIELD_CONFLICT, item.place_of("endPort"), message);
            findings.push(problem.label(item.place_of("port"), "the range begins here").help("exchange them"));
        }
        Some(_) => {}
        None => {
            let message = "`endPort` needs a `port` that is a number";
            findings.error(code::FIELD_CONFLICT, item.place_of("endPort"), message, "say in `port` where the range begins");
        }
    }
}

fn peer<'a>(item: &'a Node, findings: &mut Findings<'a>) {
    let selects = ["namespaceSelector", "podSelector"].iter().any(|field| item.given(field).is_some());
    let Some(block) = item.given("ipBlock") else {
        if !selects {
            findings.one_of(item, &["ipBlock", "namespaceSelector", "podSelector"], Need::Exactly);
        }
        for field in ["namespaceSelector", "podSelector"] {
            if let Some(of) = item.given(field) {
                selector::judge(of, findings);
            }
        }
        return;
    };
    if selects {
        let message = "a peer is an `ipBlock`, or what selectors select, not both";
        findings.error(code::ONE_OF, item.place_of("ipBlock"), message, "make two peers of it");
    }
    if !findings.required(block, "cidr") {
        return;
    }
    let text = block.text("cidr").unwrap_or_default();
    let Some(outer) = network(block.place_of("cidr"), "`cidr` of a peer", text, findings) else { return };
    for node in block.list("except") {
        let Some(inner) = network(node.place(), "an exception of a peer", node.as_str().unwrap_or_default(), findings) else { continue };
        if !is_within(inner, outer) {
            let message = format!("the exception `{}` does not lie within `{text}`", node.as_str().unwrap_or_default());
            let problem = Diagnostic::error(code::FIELD_CONFLICT, node.place(), message);
            findings.push(problem.label(block.place_of("cidr"), "the network").help("leave it out, or widen the network"));
        }
    }
    let private = match outer.0 {
        std::net::IpAddr::V4(address) => address.is_private(),
        std::net::IpAddr::V6(address) => address.is_unique_local(),
    };
    if private && outer.1 == if outer.0.is_ipv4() { 32 } else { 128 } {
        let message = format!("the peer is the one private address `{}`; if it is a pod's, it changes with the pod", outer.0);
        findings.warn(code::POD_ADDRESS, block.place_of("cidr"), message, "select pods by `podSelector` and `namespaceSelector`");
    }
}
