//! Settings of a whole pod: DNS, host names, hosts, deadlines, accounts.

use super::Pod;
use crate::check::fields::Fields;
use crate::check::findings::{Findings, meant};
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::tree::Node;

/// Annotations that name a container; the rest of the key is its name.
const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

/// Judges the settings of a pod.
pub(super) fn judge<'a>(pod: Pod<'a>, findings: &mut Findings<'a>) {
    let spec = pod.spec;
    findings.allowed(spec, "restartPolicy", &["Always", "Never", "OnFailure"]);
    findings.range(spec, "activeDeadlineSeconds", 1..=i64::from(i32::MAX));
    if spec.number("terminationGracePeriodSeconds").is_some_and(|seconds| seconds < 0) {
        let message = "`terminationGracePeriodSeconds` is negative, and becomes 1";
        let help = "write how long the program may take to end, in seconds";
        findings.warn(code::OUT_OF_RANGE, spec.place_of("terminationGracePeriodSeconds"), message, help);
    }
    if let Some(overhead) = spec.given("overhead") {
        super::overhead(overhead.entries(), findings);
        if pod.bare && spec.text("runtimeClassName").is_none() {
            let message = "`overhead` is taken from a RuntimeClass, and the pod names none";
            findings.error(code::FIELD_CONFLICT, spec.place_of("overhead"), message, "leave it out, or write `runtimeClassName`");
        }
    }
    for (field, format) in [
        ("hostname", Format::DnsLabel),
        ("subdomain", Format::DnsLabel),
        ("serviceAccountName", Format::DnsName),
        ("nodeName", Format::DnsName),
        ("priorityClassName", Format::DnsName),
    ] {
        findings.format(spec, field, format);
    }
    if let Some(name) = spec.text("schedulerName").filter(|name| !Format::DnsName.takes_text(name)) {
        let message = format!("no scheduler can be called `{name}`, so the pods wait for ever");
        findings.warn(code::BAD_NAME, spec.place_of("schedulerName"), message, "leave it out for the one of Kubernetes");
    }
    findings.allowed(spec, "preemptionPolicy", &["Never", "PreemptLowerPriority"]);
    dns(spec, findings);
    host(spec, findings);
    made_elsewhere(pod, findings);
    named_containers(pod, findings);
    for secret in spec.list("imagePullSecrets") {
        if secret.text("name").is_none() {
            findings.warn(
                code::NO_EFFECT,
                secret.place(),
                "an image pull secret without a `name` has no effect",
                "name the Secret, or remove the item",
            );
        }
    }
    if let (Some(old), Some(new)) = (spec.text("serviceAccount"), spec.text("serviceAccountName"))
        && old != new
    {
        let message = format!("`serviceAccount` says `{old}`, and `serviceAccountName` says `{new}`");
        let problem = Diagnostic::warning(code::FIELD_CONFLICT, spec.place_of("serviceAccount"), message);
        findings
            .push(problem.label(spec.place_of("serviceAccountName"), "the other name").help("leave out `serviceAccount`, its old name"));
    }
    if let Some(os) = spec.given("os") {
        findings.required(os, "name");
        findings.allowed(os, "name", &["linux", "windows"]);
    }
    for gate in spec.list("readinessGates") {
        if findings.required(gate, "conditionType") {
            findings.format(gate, "conditionType", Format::LabelKey);
        }
    }
    let gates = spec.list("schedulingGates");
    findings.unique("scheduling gates called", gates.iter().filter_map(|gate| Some((gate.text("name")?, gate.place_of("name")))));
    if pod.bare && !gates.is_empty() && spec.text("nodeName").is_some() {
        let message = "a pod with `schedulingGates` cannot have a `nodeName` yet";
        let problem = Diagnostic::error(code::FIELD_CONFLICT, spec.place_of("nodeName"), message);
        findings.push(problem.label(spec.place_of("schedulingGates"), "it waits for these").help("leave one of them out"));
    }
}

fn dns<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    findings.allowed(spec, "dnsPolicy", &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]);
    let config = spec.given("dnsConfig");
    let servers = config.map(|config| config.list("nameservers")).unwrap_or_default();
    if spec.text("dnsPolicy") == Some("None") && servers.is_empty() {
        let message = "`dnsPolicy: None` needs at least one of `dnsConfig.nameservers`";
        findings.error(code::FIELD_CONFLICT, spec.place_of("dnsPolicy"), message, "add `dnsConfig: {nameservers: [...]}`");
    }
    let Some(config) = config else { return };
    if servers.len() > 3 {
        let message = format!("`nameservers` has {} entries, 3 are allowed", servers.len());
        findings.error(code::OUT_OF_RANGE, config.place_of("nameservers"), message, "a resolver asks the first three only");
    }
    for server in servers {
        if let Some(text) = server.as_str() {
            findings.format_text(server.place(), "a name server", text, Format::Ip);
        }
    }
    let searches = config.list("searches");
    let length: usize = searches.iter().filter_map(Node::as_str).map(|name| name.len() + 1).sum();
    if searches.len() > 32 || length > 2049 {
        let message = "`searches` has at most 32 domains and 2048 characters";
        findings.error(code::OUT_OF_RANGE, config.place_of("searches"), message, "leave out what is not searched");
    }
    for search in searches {
        let Some(text) = search.as_str().filter(|text| *text != ".") else { continue };
        let plain = text.strip_suffix('.').unwrap_or(text).replace('_', "a");
        if !Format::DnsName.takes_text(&plain) {
            findings.format_text(search.place(), "a search domain", text, Format::DnsName);
        }
    }
    config.list("options").iter().for_each(|option| {
        findings.required(option, "name");
    });
}

fn host<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    for alias in spec.list("hostAliases") {
        if findings.required(alias, "ip") {
            findings.format(alias, "ip", Format::Ip);
        }
        for name in alias.list("hostnames") {
            if let Some(text) = name.as_str() {
                findings.format_text(name.place(), "a host name", text, Format::DnsName);
            }
        }
    }
    if spec.is_on("shareProcessNamespace") && spec.is_on("hostPID") {
        let message = "`shareProcessNamespace` and `hostPID` exclude each other";
        let problem = Diagnostic::error(code::FIELD_CONFLICT, spec.place_of("shareProcessNamespace"), message);
        findings.push(problem.label(spec.place_of("hostPID"), "the other one").help("leave one of them out"));
    }
    if spec.field("hostUsers").and_then(Node::as_bool) == Some(false) {
        for field in ["hostNetwork", "hostPID", "hostIPC"] {
            if spec.is_on(field) {
                let message = format!("`{field}` cannot be set with `hostUsers: false`");
                let problem = Diagnostic::error(code::FIELD_CONFLICT, spec.place_of(field), message);
                findings
                    .push(problem.label(spec.place_of("hostUsers"), "the pod has users of its own").help(format!("leave out `{field}`")));
            }
        }
    }
    if spec.given("hostnameOverride").is_some() {
        for field in ["setHostnameAsFQDN", "hostNetwork"] {
            if spec.is_on(field) {
                let message = format!("`hostnameOverride` cannot be set with `{field}: true`");
                findings.error(code::FIELD_CONFLICT, spec.place_of("hostnameOverride"), message, "leave one of them out");
            }
        }
    }
}

/// Fields that the server fills in, and refuses where they say something else.
fn made_elsewhere<'a>(pod: Pod<'a>, findings: &mut Findings<'a>) {
    if pod.spec.text("preemptionPolicy") == Some("Never") && pod.spec.text("priorityClassName").is_none() {
        let at = pod.spec.place_of("preemptionPolicy");
        let message = "`preemptionPolicy` is set by hand; the server takes it from the priority class, and refuses another one";
        let help = "leave it out, and name a PriorityClass with `preemptionPolicy: Never` in `priorityClassName`";
        if pod.bare {
            findings.error(code::FIELD_CONFLICT, at, message, help);
        } else {
            findings.warn(code::PODS_REFUSED, at, message, help);
        }
    }
    if pod.spec.given("priority").is_none() {
        return;
    }
    let at = pod.spec.place_of("priority");
    let message = "`priority` is set by hand; the server takes it from the priority class, and refuses another number";
    let help = "leave it out, and name a PriorityClass in `priorityClassName`";
    if !pod.bare {
        findings.warn(code::PODS_REFUSED, at, message, help);
    } else if pod.spec.text("priorityClassName").is_none() && pod.spec.number("priority") != Some(0) {
        findings.error(code::FIELD_CONFLICT, at, message, help);
    }
}

/// Annotations that speak of one container.
fn named_containers<'a>(pod: Pod<'a>, findings: &mut Findings<'a>) {
    let Some(annotations) = pod.node.at(&["metadata", "annotations"]) else { return };
    for entry in annotations.entries() {
        let Some(name) = entry.key.as_str().strip_prefix(APP_ARMOR) else { continue };
        if !pod.containers().any(|container| container.name() == name) {
            let message = format!("an annotation speaks of the container `{name}`, which the pod does not have");
            let help = meant(name, pod.containers().map(|container| container.name()), "name a container of the pod");
            let at = crate::check::fields::key_place(entry);
            findings.error(code::BROKEN_REFERENCE, at, message, help);
        }
        let profile = entry.node.as_str().unwrap_or_default();
        if !matches!(profile, "" | "runtime/default" | "unconfined") && !profile.starts_with("localhost/") {
            let message = format!("`{profile}` is no AppArmor profile");
            let help = "write `runtime/default`, `unconfined`, or `localhost/` with the name of a profile of the node";
            findings.error(code::BAD_FORMAT, entry.node.place(), message, help);
        }
    }
}
