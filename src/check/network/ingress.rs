//! Ingresses: hosts, paths, and where they lead.

use crate::check::fields::Fields;
use crate::check::findings::{Findings, Need};
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::source::Pos;
use crate::tree::Node;

const CLASS: &str = "kubernetes.io/ingress.class";
/// What a path must not contain, for it would mean another one.
const SEQUENCES: [&str; 6] = ["//", "/./", "/../", "%2f", "%2F", "/.."];

/// Judges an Ingress.
pub(in crate::check) fn ingress<'a>(object: &'a Node, spec: &'a Node, findings: &mut Findings<'a>) {
    let rules = spec.list("rules");
    if rules.is_empty() && spec.given("defaultBackend").is_none() {
        let message = format!("{} has neither `rules` nor a `defaultBackend`, so it leads nowhere", findings.about);
        findings.error(code::MISSING_FIELD, spec.place(), message, "add a rule with a host and a path");
    }
    if let Some(default) = spec.given("defaultBackend") {
        backend(default, spec.place_of("defaultBackend"), findings);
    }
    for rule in rules {
        host(rule.place_of("host"), rule.text("host"), findings);
        let Some(http) = rule.given("http") else { continue };
        findings.required(http, "paths");
        http.list("paths").iter().for_each(|item| path(item, findings));
    }
    let old = object.at(&["metadata", "annotations", CLASS]);
    if let (Some(old), Some(name)) = (old.and_then(Node::as_str), spec.text("ingressClassName"))
        && old != name
    {
        let message = format!("the annotation `{CLASS}` says `{old}`, and `ingressClassName` says `{name}`");
        let problem = Diagnostic::error(code::FIELD_CONFLICT, spec.place_of("ingressClassName"), message);
        let at = object.at(&["metadata", "annotations"]).map_or(Pos::NOWHERE, |annotations| annotations.place_of(CLASS));
        findings.push(problem.label(at, "the annotation").help("remove the annotation, the old way to say it"));
    }
    tls(spec, findings);
    repeated(rules, findings);
}

fn host(at: Pos, host: Option<&str>, findings: &mut Findings<'_>) {
    let Some(host) = host else { return };
    if host.parse::<std::net::IpAddr>().is_ok() {
        findings.error(
            code::BAD_FORMAT,
            at,
            format!("`{host}` is an address, and a host must be a name"),
            "leave `host` out for all names",
        );
        return;
    }
    let name = if host.contains('*') { host.strip_prefix("*.").unwrap_or("") } else { host };
    if Format::DnsName.takes_text(name) {
        return;
    }
    let message = format!("`{host}` is not the name of a host");
    let help = if let Some((_, rest)) = host.split_once("://") {
        format!("write `{}`, without scheme and path", rest.split('/').next().unwrap_or(rest))
    } else if host == "*" {
        "leave `host` out for all names".to_owned()
    } else if host.contains('*') {
        "a `*` stands for the first part alone, as in `*.example.com`".to_owned()
    } else if let Some((name, _)) = host.split_once(':') {
        format!("write `{name}`, without the port")
    } else {
        "for example `shop.example.com`, in lower case".to_owned()
    };
    findings.error(code::BAD_FORMAT, at, message, help);
}

fn path<'a>(item: &'a Node, findings: &mut Findings<'a>) {
    match item.given("backend") {
        Some(leads) => backend(leads, item.place_of("backend"), findings),
        None => {
            findings.required(item, "backend");
        }
    }
    if !findings.required(item, "pathType") {
        return;
    }
    findings.allowed(item, "pathType", &["Exact", "ImplementationSpecific", "Prefix"]);
    let (kind, text, at) = (item.text("pathType").unwrap_or_default(), item.text("path"), item.place_of("path"));
    let plain = matches!(kind, "Exact" | "Prefix");
    let Some(text) = text else {
        if plain {
            findings.error(code::MISSING_FIELD, at, format!("a path of type `{kind}` has no `path`"), "write `path: /` for all paths");
        }
        return;
    };
    if !text.starts_with('/') {
        findings.error(code::BAD_FORMAT, at, format!("the path `{text}` must begin with `/`"), format!("write `/{text}`"));
        return;
    }
    if !plain {
        return;
    }
    let wrong = SEQUENCES.iter().find(|sequence| match **sequence {
        "/.." => text.ends_with("/..") || text.ends_with("/."),
        sequence => text.contains(sequence),
    });
    if let Some(wrong) = wrong {
        findings.error(
            code::BAD_FORMAT,
            at,
            format!("the path `{text}` must not contain `{wrong}`"),
            "write the path that programs ask for",
        );
    } else if text.contains(['*', '(', '^', '$']) {
        let message = format!("the path `{text}` is taken as it is written: a path of type `{kind}` has no patterns");
        let help = if kind == "Prefix" {
            "a prefix holds for everything below it: leave the pattern out"
        } else {
            "`ImplementationSpecific` leaves patterns to the controller"
        };
        findings.warn(code::LITERAL_PATTERN, at, message, help);
    }
}

fn backend<'a>(leads: &'a Node, at: Pos, findings: &mut Findings<'a>) {
    let at = if leads.place().is_known() { leads.place() } else { at };
    findings.one_of(leads, &["resource", "service"], Need::Exactly);
    if let Some(resource) = leads.given("resource") {
        findings.required(resource, "kind");
        findings.required(resource, "name");
    }
    let Some(service) = leads.given("service") else { return };
    if findings.required(service, "name") {
        findings.format(service, "name", Format::DnsLabel);
    }
    if service.given("port").is_some_and(|port| !port.is_map()) {
        return;
    }
    let Some(port) = service.given("port").filter(|port| port.text("name").is_some() || port.given("number").is_some()) else {
        let message = "a backend does not say to which port of its Service it leads";
        let at = if service.place().is_known() { service.place() } else { at };
        return findings.error(code::MISSING_FIELD, at, message, "add `port: {number: 80}`, or `port: {name: http}`");
    };
    findings.one_of(port, &["name", "number"], Need::AtMost);
    findings.range(port, "number", 1..=65535);
    if let Some(name) = port.text("name") {
        match name.parse::<i64>() {
            Ok(number) => {
                let message = format!("`{name}` is a number, and `name` is the name of a port");
                findings.error(code::BAD_NAME, port.place_of("name"), message, format!("write `number: {number}`"));
            }
            Err(_) => findings.format(port, "name", Format::PortName),
        }
    }
}

/// Hosts with a certificate that no rule has.
fn tls<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    let rules = spec.list("rules");
    for entry in spec.list("tls") {
        findings.format(entry, "secretName", Format::DnsName);
        for node in entry.list("hosts") {
            let Some(name) = node.as_str() else { continue };
            host(node.place(), Some(name), findings);
            let covers = |of: &str| {
                of == name || name.strip_prefix("*.").is_some_and(|base| of.split_once('.').is_some_and(|(_, rest)| rest == base))
            };
            let hosts = || rules.iter().filter_map(|rule| rule.text("host"));
            // A rule without a host is for all of them.
            let open = rules.iter().any(|rule| rule.text("host").is_none()) || rules.is_empty();
            if !open && !hosts().any(covers) {
                let message = format!("`{name}` has a certificate, and no rule is for it");
                let help = crate::check::findings::meant(name, hosts(), "add a rule for it, or remove it here");
                findings.warn(code::UNUSED_HOST, node.place(), message, help);
            }
        }
    }
}

/// The same host and path twice.
fn repeated<'a>(rules: &'a [Node], findings: &mut Findings<'a>) {
    let all = rules.iter().flat_map(|rule| {
        let paths = rule.field("http").map(|http| http.list("paths")).unwrap_or_default();
        paths.iter().map(move |item| (rule.text("host"), item.text("path").unwrap_or("/"), item.text("pathType"), item))
    });
    for (index, (host, path, kind, item)) in all.clone().enumerate() {
        let same = |other: &(Option<&str>, &str, Option<&str>, &Node)| (other.0, other.1, other.2) == (host, path, kind);
        if let Some((.., first)) = all.clone().take(index).find(same) {
            let message = format!("the path `{path}` of `{}` is there twice, and one of them is never used", host.unwrap_or("every host"));
            let problem = Diagnostic::warning(code::REPEATED_PATH, item.place_of("path"), message);
            findings.push(problem.label(first.place_of("path"), "the first one").help("remove one of them"));
        }
    }
}

/// Judges an IngressClass.
pub(in crate::check) fn class<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    if findings.required(spec, "controller") {
        let name = spec.text("controller").unwrap_or_default();
        let right = name.split_once('/').is_some_and(|(domain, path)| Format::DnsName.takes_text(domain) && !path.is_empty());
        if !right {
            let message = format!("`{name}` is not the name of a controller");
            findings.error(code::BAD_NAME, spec.place_of("controller"), message, "a domain and a path, such as `k8s.io/ingress-nginx`");
        }
    }
    let Some(parameters) = spec.given("parameters") else { return };
    findings.required(parameters, "kind");
    findings.required(parameters, "name");
    findings.allowed(parameters, "scope", &["Cluster", "Namespace"]);
    match parameters.text("scope") {
        Some("Namespace") => {
            findings.required(parameters, "namespace");
        }
        _ => findings.forbidden(parameters, "namespace", "unless `scope` is `Namespace`"),
    }
}
