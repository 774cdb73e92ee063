//! Environment variables, and fields of the pod that are handed into it.

use super::Pod;
use crate::check::fields::Fields;
use crate::check::findings::{Findings, Need, listed, meant};
use crate::diag::{Diagnostic, code};
use crate::rules::parse_quantity;
use crate::shape::Format;
use crate::tree::Node;

/// Fields of a pod that a variable may take.
const FOR_VARIABLES: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// Fields of a pod that a file may take.
const FOR_FILES: [&str; 5] = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
/// Amounts of a container that may be handed into it.
const AMOUNTS: [&str; 6] =
    ["limits.cpu", "limits.memory", "limits.ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage"];
const SOURCES: [&str; 5] = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

/// Judges the variables of a container.
pub(super) fn judge<'a>(pod: Pod<'a>, container: &'a Node, findings: &mut Findings<'a>) {
    let variables = container.list("env");
    for (index, variable) in variables.iter().enumerate() {
        if findings.required(variable, "name") {
            name(variable, "name", findings);
            repeated(variable, &variables[..index], findings);
            plain_secret(variable, findings);
        }
        if let Some(from) = variable.given("valueFrom") {
            if let Some(value) = variable.text("value") {
                let message = format!("variable `{}` has both `value` and `valueFrom`", variable.text("name").unwrap_or_default());
                let help = format!("keep `value: {value}` or `valueFrom`");
                let problem = Diagnostic::error(code::ONE_OF, variable.place_of("valueFrom"), message);
                findings.push(problem.label(variable.place_of("value"), "the other one").help(help));
            }
            source(pod, from, findings);
        }
    }
    for from in container.list("envFrom") {
        findings.one_of(from, &["configMapRef", "secretRef"], Need::Exactly);
        name(from, "prefix", findings);
        for reference in ["configMapRef", "secretRef"] {
            if let Some(reference) = from.given(reference)
                && findings.required(reference, "name")
            {
                findings.format(reference, "name", Format::DnsName);
            }
        }
    }
}

/// Since 1.32 any printable ASCII character but `=` may be in the name of a variable.
fn name<'a>(map: &'a Node, field: &str, findings: &mut Findings<'a>) {
    let Some(text) = map.text(field) else { return };
    let at = map.place_of(field);
    if !findings.since(32) && !Format::EnvName.takes_text(text) {
        findings.format(map, field, Format::EnvName);
    } else if let Some(wrong) = text.chars().find(|char| !(' '..='~').contains(char) || *char == '=') {
        let message = format!(
            "`{}`, `{field}` of a variable of {}, must not contain `{}`",
            text.escape_debug(),
            findings.about,
            wrong.escape_debug()
        );
        findings.error(code::BAD_NAME, at, message, "names of variables have letters, digits and `_`");
    } else if text.trim() != text || text.contains(' ') {
        let message = format!("`{text}`, `{field}` of a variable of {}, contains a space", findings.about);
        findings.warn(code::ODD_NAME, at, message, "no program asks for a variable of such a name: remove the space");
    }
}

fn repeated<'a>(variable: &'a Node, before: &'a [Node], findings: &mut Findings<'a>) {
    let Some(name) = variable.text("name") else { return };
    let Some(first) = before.iter().find(|other| other.text("name") == Some(name)) else { return };
    let message = format!("{} has the variable `{name}` twice, and the last one wins", findings.about);
    let problem = Diagnostic::warning(code::REPEATED_VARIABLE, variable.place_of("name"), message);
    findings.push(problem.label(first.place_of("name"), "this one has no effect").help("remove one of them"));
}

/// A secret that everybody can read who can read the manifest.
fn plain_secret<'a>(variable: &'a Node, findings: &mut Findings<'a>) {
    let (Some(name), Some(value)) = (variable.text("name"), variable.text("value")) else { return };
    const WORDS: [&str; 7] = ["PASSWORD", "PASSWD", "SECRET_KEY", "API_KEY", "ACCESS_KEY", "PRIVATE_KEY", "AUTH_TOKEN"];
    let upper = name.to_ascii_uppercase();
    let named = WORDS.iter().any(|word| upper.ends_with(word)) || upper.ends_with("_SECRET") || upper == "SECRET";
    // A reference to another variable, a path of a file and a flag are no secrets.
    let plain = !value.contains("$(") && !value.starts_with('/') && !matches!(value, "true" | "false" | "yes" | "no");
    if named && plain {
        let message = format!("variable `{name}` of {} holds a secret in plain text", findings.about);
        findings.warn(
            code::PLAIN_SECRET,
            variable.place_of("value"),
            message,
            "put it into a Secret and take it by `valueFrom.secretKeyRef`",
        );
    }
}

fn source<'a>(pod: Pod<'a>, from: &'a Node, findings: &mut Findings<'a>) {
    findings.one_of(from, &SOURCES, Need::Exactly);
    if let Some(reference) = from.given("fieldRef") {
        field(pod, reference, &FOR_VARIABLES, findings);
    }
    if let Some(reference) = from.given("resourceFieldRef") {
        resource(pod, reference, false, findings);
    }
    for kind in ["configMapKeyRef", "secretKeyRef"] {
        let Some(reference) = from.given(kind) else { continue };
        if findings.required(reference, "name") {
            findings.format(reference, "name", Format::DnsName);
        }
        if findings.required(reference, "key") {
            key(reference, "key", findings);
        }
    }
    if let Some(reference) = from.given("fileKeyRef") {
        findings.required(reference, "key");
        findings.required(reference, "path");
        if !findings.required(reference, "volumeName") {
            return;
        }
        let Some(wanted) = reference.text("volumeName") else { return };
        let volume = pod.spec.list("volumes").iter().find(|volume| volume.text("name") == Some(wanted));
        if volume.is_none_or(|volume| volume.given("emptyDir").is_none()) {
            let message = format!("`{wanted}` is not an `emptyDir` volume of the pod, from which a variable can be read");
            findings.error(
                code::MISSING_VOLUME,
                reference.place_of("volumeName"),
                message,
                "declare it under `volumes`, with `emptyDir: {}`",
            );
        }
    }
}

/// A key of a ConfigMap or Secret.
pub(super) fn key<'a>(map: &'a Node, field: &str, findings: &mut Findings<'a>) {
    let Some(text) = map.text(field) else { return };
    if !crate::check::config::is_key(text) {
        let message = format!("`{text}` cannot be a key of a ConfigMap or Secret");
        findings.error(code::BAD_NAME, map.place_of(field), message, "keys have at most 253 letters, digits, `-`, `_` and `.`");
    }
}

/// The label that a field path asks for, as in `metadata.labels['version']`.
pub(in crate::check) fn field_label(path: &str) -> Option<(&str, &str)> {
    let (field, rest) = path.split_once("['")?;
    Some((field, rest.strip_suffix("']")?))
}

/// A field of the pod. `files`: as a file of a volume, else as a variable.
pub(super) fn field<'a>(pod: Pod<'a>, reference: &'a Node, known: &[&str], findings: &mut Findings<'a>) {
    if !findings.required(reference, "fieldPath") {
        return;
    }
    if let Some(version) = reference.text("apiVersion").filter(|version| *version != "v1") {
        let message = format!("`apiVersion` of a field of the pod is `v1`, not `{version}`");
        findings.error(code::VALUE_NOT_ALLOWED, reference.place_of("apiVersion"), message, "leave it out");
    }
    let (path, at) = (reference.text("fieldPath").unwrap_or_default(), reference.place_of("fieldPath"));
    if let Some((field @ ("metadata.labels" | "metadata.annotations"), name)) = field_label(path) {
        if !Format::LabelKey.takes_text(name) {
            findings.error(
                code::BAD_NAME,
                at,
                format!("`{name}` cannot be the key of a label or annotation"),
                "look at the names in `metadata`",
            );
            return;
        }
        let own = pod.node.at(&["metadata", field.trim_start_matches("metadata.")]);
        if own.is_none_or(|own| own.field(name).is_none()) {
            let what = field.trim_start_matches("metadata.").trim_end_matches('s');
            let names = own.map(Node::entries).unwrap_or_default().iter().map(|entry| entry.key.as_str());
            let help = meant(name, names, format!("add the {what} to the pod's `metadata`"));
            findings.warn(code::BROKEN_REFERENCE, at, format!("the pod has no {what} `{name}`, so the value is empty"), help);
        }
    } else if !known.contains(&path) {
        let help = meant(path, known.iter().copied(), format!("it may be one of {}", listed(known)));
        findings.error(code::VALUE_NOT_ALLOWED, at, format!("`{path}` is not a field of a pod that can be handed in here"), help);
    }
}

/// Judges a file of a volume that takes fields of the pod.
pub(super) fn file_field<'a>(pod: Pod<'a>, reference: &'a Node, findings: &mut Findings<'a>) {
    field(pod, reference, &FOR_FILES, findings);
}

/// An amount of a container.
pub(super) fn resource<'a>(pod: Pod<'a>, reference: &'a Node, needs_container: bool, findings: &mut Findings<'a>) {
    let named = if needs_container { findings.required(reference, "containerName") } else { reference.text("containerName").is_some() };
    if let Some(name) = reference.text("containerName").filter(|_| named)
        && !pod.containers().any(|container| container.name() == name)
    {
        let help = meant(name, pod.containers().map(|container| container.name()), "name a container of the pod");
        findings.warn(code::BROKEN_REFERENCE, reference.place_of("containerName"), format!("the pod has no container `{name}`"), help);
    }
    if !findings.required(reference, "resource") {
        return;
    }
    let resource = reference.text("resource").unwrap_or_default();
    let huge = resource.starts_with("limits.hugepages-") || resource.starts_with("requests.hugepages-");
    if !huge && !AMOUNTS.contains(&resource) {
        findings.allowed(reference, "resource", &AMOUNTS);
        return;
    }
    let Some(divisor) = reference.given("divisor") else { return };
    let Some(value) = super::resources::amount(divisor) else { return };
    let allowed: &[&str] = match resource {
        "limits.cpu" | "requests.cpu" => &["1m", "1"],
        _ => &["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"],
    };
    if value != 0.0 && !allowed.iter().any(|allowed| parse_quantity(allowed) == Some(value)) {
        let message = format!("`divisor` of `{resource}` must be one of {}", listed(allowed));
        findings.error(code::VALUE_NOT_ALLOWED, divisor.place(), message, "write the unit in which the value is wanted");
    }
}
