//! EndpointSlices.

use super::addresses::reachable;
use crate::check::fields::Fields;
use crate::check::findings::Findings;
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::tree::Node;

/// The label that says which Service a slice belongs to.
pub(in crate::check) const OWNER: &str = "kubernetes.io/service-name";

/// Judges Endpoints.
pub(in crate::check) fn endpoints<'a>(object: &'a Node, findings: &mut Findings<'a>) {
    for subset in object.list("subsets") {
        if subset.list("addresses").is_empty() && subset.list("notReadyAddresses").is_empty() {
            let message = "a subset has no addresses";
            findings.error(code::MISSING_FIELD, subset.place(), message, "add `addresses` or `notReadyAddresses`");
        }
        subset.list("ports").iter().for_each(|port| findings.range(port, "port", 1..=65535));
    }
}

/// Judges an EndpointSlice.
pub(in crate::check) fn slice<'a>(object: &'a Node, findings: &mut Findings<'a>) {
    findings.required(object, "addressType");
    findings.allowed(object, "addressType", &["FQDN", "IPv4", "IPv6"]);
    let kind = object.text("addressType").unwrap_or_default();
    let endpoints = object.list("endpoints");
    if endpoints.len() > 1000 {
        let message = format!("a slice has at most 1000 endpoints, not {}", endpoints.len());
        findings.error(code::OUT_OF_RANGE, object.place_of("endpoints"), message, "make several slices of it");
    }
    for endpoint in endpoints {
        let zones = endpoint.field("hints").map(|hints| hints.list("forZones")).unwrap_or_default();
        findings.unique("hints for the zone", zones.iter().filter_map(|zone| Some((zone.text("name")?, zone.place_of("name")))));
        findings.required(endpoint, "addresses");
        for node in endpoint.list("addresses") {
            let Some(text) = node.as_str() else { continue };
            match kind {
                "FQDN" => findings.format_text(node.place(), "an address", text.trim_end_matches('.'), Format::DnsName),
                _ => {
                    reachable(node.place(), "an address of an endpoint", text, findings);
                    let other = text.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_ipv4() != (kind == "IPv4"));
                    if other && matches!(kind, "IPv4" | "IPv6") {
                        let message = format!("`{text}` is no {kind} address, and the slice is for those");
                        let problem = Diagnostic::error(code::FIELD_CONFLICT, node.place(), message);
                        findings.push(problem.label(object.place_of("addressType"), "the type").help("make another slice for it"));
                    }
                }
            }
        }
    }
    let ports = object.list("ports");
    let names = ports.iter().map(|port| (port.text("name").unwrap_or_default(), port.place_of("name")));
    findings.unique("ports called", names);
    for port in ports {
        findings.format(port, "name", Format::DnsLabel);
        if let Some(number) = port.number("port").filter(|number| !(1..=65535).contains(number)) {
            let message = format!("no connection has the port {number}");
            findings.warn(code::OUT_OF_RANGE, port.place_of("port"), message, "ports go from 1 to 65535");
        }
        findings.allowed(port, "protocol", &["SCTP", "TCP", "UDP"]);
    }
    let owned = object.at(&["metadata", "labels", OWNER]).and_then(Node::as_str).is_some_and(|name| !name.is_empty());
    if !owned {
        let message = format!("{} has no label `{OWNER}`, so it belongs to no Service", findings.about);
        findings.warn(code::NO_EFFECT, object.place_of("metadata"), message, "add the label, with the name of the Service");
    }
}
