//! Services: ports, addresses, and what each type of them allows.

use super::addresses::{address, network, reachable};
use crate::check::fields::Fields;
use crate::check::findings::Findings;
use crate::check::selector;
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::tree::Node;

const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

/// Judges the `spec` of a Service.
pub(in crate::check) fn service<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    findings.allowed(spec, "type", &TYPES);
    let kind = spec.text("type").unwrap_or(TYPES[0]);
    let headless = spec.text("clusterIP") == Some("None");
    let ports = spec.list("ports");
    if ports.is_empty() && !headless && kind != "ExternalName" {
        findings.required(spec, "ports");
    }
    for port in ports {
        one(kind, port, findings);
    }
    if let Some(port) = ports.iter().find(|port| port.text("name").is_none()).filter(|_| ports.len() > 1) {
        let message = format!("a port of {} has no `name`, which each needs where there are several", findings.about);
        findings.error(code::MISSING_FIELD, port.place(), message, "give each port a name, such as `http`");
    }
    unique(ports, findings);
    selector::labels(spec.pairs("selector"), findings);
    of_type(kind, spec, headless, findings);
    affinity(spec, findings);
    addresses(spec, findings);
    findings.allowed(spec, "internalTrafficPolicy", &["Cluster", "Local"]);
    let near: &[&str] = if findings.since(35) { &["PreferClose", "PreferSameNode", "PreferSameZone"] } else { &["PreferClose"] };
    findings.allowed(spec, "trafficDistribution", near);
}

fn one<'a>(kind: &str, port: &'a Node, findings: &mut Findings<'a>) {
    if port.given("port").is_none() {
        findings.required(port, "port");
    }
    findings.range(port, "port", 1..=65535);
    findings.allowed(port, "protocol", &["SCTP", "TCP", "UDP"]);
    findings.format(port, "name", Format::DnsLabel);
    findings.format(port, "appProtocol", Format::LabelKey);
    target(port, findings);
    if let Some(number) = port.number("nodePort").filter(|number| *number != 0) {
        if kind == "ClusterIP" {
            let message = format!("`nodePort` of {} needs `type: NodePort` or `LoadBalancer`", findings.about);
            findings.error(code::FIELD_CONFLICT, port.place_of("nodePort"), message, "leave it out, or change the type");
        } else if !(30000..=32767).contains(&number) {
            let message = format!("`nodePort` {number} of {} is outside of the range that clusters use, 30000 to 32767", findings.about);
            findings.warn(code::NODE_PORT_RANGE, port.place_of("nodePort"), message, "choose one of the range, or leave it out");
        }
    }
}

fn target<'a>(port: &'a Node, findings: &mut Findings<'a>) {
    // Zero and nothing are the port itself.
    findings.range(port, "targetPort", 0..=65535);
    let Some(name) = port.text("targetPort") else { return };
    if let Ok(number) = name.parse::<i64>() {
        let message = format!("`targetPort` of {} is the text \"{name}\", which would be the name of a port", findings.about);
        findings.error(code::BAD_NAME, port.place_of("targetPort"), message, format!("write it without quotes: `{number}`"));
    } else {
        findings.format(port, "targetPort", Format::PortName);
    }
}

fn unique<'a>(ports: &'a [Node], findings: &mut Findings<'a>) {
    fn protocol(port: &Node) -> &str {
        port.text("protocol").unwrap_or("TCP")
    }
    // A port that is there twice has its name twice too, which is not the mistake.
    let again = |index: usize, port: &Node| {
        ports[..index].iter().any(|other| other.number("port") == port.number("port") && protocol(other) == protocol(port))
    };
    let named = ports.iter().enumerate().filter(|(index, port)| !again(*index, port));
    findings.unique("ports called", named.filter_map(|(_, port)| Some((port.text("name")?, port.place_of("name")))));
    for (index, port) in ports.iter().enumerate() {
        for field in ["port", "nodePort"] {
            let Some(number) = port.number(field).filter(|number| *number != 0) else { continue };
            let same = |other: &&Node| other.number(field) == Some(number) && protocol(other) == protocol(port);
            if let Some(first) = ports[..index].iter().find(same) {
                let message = format!("{} has `{field}` {number} of {} twice", findings.about, protocol(port));
                let problem = Diagnostic::error(code::DUPLICATE, port.place_of(field), message);
                findings.push(problem.label(first.place_of(field), "the first one").help("remove one of them, or give it another number"));
            }
        }
    }
}

fn of_type<'a>(kind: &str, spec: &'a Node, headless: bool, findings: &mut Findings<'a>) {
    let balanced = kind == "LoadBalancer";
    if !balanced {
        let why = "unless `type` is `LoadBalancer`";
        for field in ["loadBalancerClass", "allocateLoadBalancerNodePorts"] {
            findings.forbidden(spec, field, why);
        }
        if !spec.list("loadBalancerSourceRanges").is_empty() {
            findings.forbidden(spec, "loadBalancerSourceRanges", why);
        }
    }
    if headless && matches!(kind, "LoadBalancer" | "NodePort") {
        let message = format!("`clusterIP: None` of {} excludes `type: {kind}`", findings.about);
        let problem = Diagnostic::error(code::FIELD_CONFLICT, spec.place_of("clusterIP"), message);
        findings.push(problem.label(spec.place_of("type"), "the type").help("leave one of them out"));
    }
    let outside = matches!(kind, "LoadBalancer" | "NodePort") || (kind == "ClusterIP" && !spec.list("externalIPs").is_empty());
    if outside {
        findings.allowed(spec, "externalTrafficPolicy", &["Cluster", "Local"]);
    } else {
        findings.forbidden(spec, "externalTrafficPolicy", "unless it is reached from outside: `type: NodePort` or `LoadBalancer`");
    }
    let asked = balanced && spec.text("externalTrafficPolicy") == Some("Local");
    if !asked && spec.number("healthCheckNodePort").is_some_and(|port| port != 0) {
        let why = "unless `type` is `LoadBalancer` and `externalTrafficPolicy` is `Local`";
        findings.forbidden(spec, "healthCheckNodePort", why);
    }
    findings.range(spec, "healthCheckNodePort", 0..=65535);
    if kind != "ExternalName" {
        return;
    }
    if findings.required(spec, "externalName") {
        let name = spec.text("externalName").unwrap_or_default();
        findings.format_text(spec.place_of("externalName"), "externalName", name.strip_suffix('.').unwrap_or(name), Format::DnsName);
        if name.parse::<std::net::IpAddr>().is_ok() {
            let message = format!("`{name}`, `externalName` of {}, is an address, and is asked for as a name", findings.about);
            findings.warn(
                code::NO_EFFECT,
                spec.place_of("externalName"),
                message,
                "write a name, or a Service without selector and an EndpointSlice",
            );
        }
    }
    for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        let empty = spec.given(field).is_some_and(|value| value.is_list() && value.items().is_empty() || value.as_str() == Some(""));
        if !empty {
            findings.forbidden(spec, field, "with `type: ExternalName`");
        }
    }
    if spec.given("selector").is_some() {
        let message = format!("{} has `type: ExternalName`, with which `selector` and `ports` have no effect", findings.about);
        findings.warn(code::NO_EFFECT, spec.place_of("selector"), message, "leave them out, or choose another type");
    }
}

fn affinity<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    findings.allowed(spec, "sessionAffinity", &["ClientIP", "None"]);
    let Some(config) = spec.given("sessionAffinityConfig") else { return };
    match spec.text("sessionAffinity") {
        Some("ClientIP") => {
            if let Some(client) = config.given("clientIP") {
                findings.range(client, "timeoutSeconds", 1..=86400);
            }
        }
        // The server drops the settings without a word.
        _ => {
            let message = format!("`sessionAffinityConfig` of {} has no effect without `sessionAffinity: ClientIP`", findings.about);
            findings.warn(code::NO_EFFECT, config.place(), message, "write `sessionAffinity: ClientIP`, or leave it out");
        }
    }
}

fn addresses<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    let first = spec.text("clusterIP").filter(|text| *text != "None").map(|text| (spec.place_of("clusterIP"), text));
    let all = spec.list("clusterIPs");
    let rest = all.iter().filter_map(|node| Some((node.place(), node.as_str().filter(|text| *text != "None")?)));
    for (at, text) in first.into_iter().chain(rest) {
        if text.eq_ignore_ascii_case("none") {
            let message = format!("`{text}`, an address of {}, is neither an address nor `None`", findings.about);
            findings.error(code::BAD_FORMAT, at, message, "write `None` for a headless Service");
        } else {
            address(at, "an address of the Service", text, findings);
        }
    }
    if let (Some(one), Some(other)) = (spec.text("clusterIP"), all.first().and_then(Node::as_str))
        && one != other
    {
        let message = format!("`clusterIP` of {} must be the first of `clusterIPs`", findings.about);
        let problem = Diagnostic::error(code::FIELD_CONFLICT, spec.place_of("clusterIP"), message);
        findings.push(problem.label(all[0].place(), "the first").help("leave out `clusterIPs`"));
    }
    if spec.text("clusterIP").is_none() && !all.is_empty() {
        let message = format!("`clusterIPs` of {} needs `clusterIP`, its first address, beside it", findings.about);
        findings.error(code::FIELD_CONFLICT, spec.place_of("clusterIPs"), message, "add `clusterIP`, or leave both to the cluster");
    }
    for node in spec.list("externalIPs") {
        reachable(node.place(), "an external address", node.as_str().unwrap_or_default(), findings);
    }
    for node in spec.list("loadBalancerSourceRanges") {
        network(node.place(), "a source of traffic", node.as_str().unwrap_or_default().trim(), findings);
    }
    findings.allowed(spec, "ipFamilyPolicy", &["PreferDualStack", "RequireDualStack", "SingleStack"]);
    let families = spec.list("ipFamilies");
    for family in families {
        if let Some(text) = family.as_str() {
            findings.allowed_text(family.place(), "`ipFamilies`", text, &["IPv4", "IPv6"]);
        }
    }
    findings.unique("families", families.iter().filter_map(|family| Some((family.as_str()?, family.place()))));
}
