//! CustomResourceDefinitions: names that agree, one version that is stored, and what is said of each version. Their schemas are judged in `schema`.

mod schema;

use crate::check::fields::Fields;
use crate::check::findings::{About, Findings};
use crate::diag::{Diagnostic, Sink, code};
use crate::kubernetes::{Version, check_definition};
use crate::shape::Format;
use crate::tree::Node;

/// Groups of the Kubernetes project; its reviewers approve what is in them.
const PROTECTED: [&str; 2] = ["k8s.io", "kubernetes.io"];
const APPROVAL: &str = "api-approved.kubernetes.io";

/// Judges a CustomResourceDefinition.
pub(super) fn judge<'a>(object: &'a Node, spec: &'a Node, findings: &mut Findings<'a>) {
    findings.allowed(spec, "scope", &["Cluster", "Namespaced"]);
    names(object, spec, findings);
    let versions = spec.list("versions");
    findings.required(spec, "versions");
    let known = versions.iter().filter_map(|version| Some((version.text("name")?, version.place_of("name"))));
    findings.unique("versions called", known);
    let stored: Vec<&Node> = versions.iter().filter(|version| version.is_on("storage")).collect();
    if let (false, [] | [_, _, ..]) = (versions.is_empty(), stored.as_slice()) {
        let count = if stored.is_empty() { "none is".to_owned() } else { format!("{} are", stored.len()) };
        let at = stored.get(1).map_or(spec.place_of("versions"), |version| version.place_of("storage"));
        let message = format!("exactly one version of {} must be stored, and {count}", findings.about);
        findings.error(code::FIELD_CONFLICT, at, message, "write `storage: true` in one version, `false` in all others");
    }
    for version in versions {
        findings.within(About::new("version", version.text("name").unwrap_or_default()), |findings| judge_version(version, findings));
    }
    conversion(spec, findings);
    if spec.is_on("preserveUnknownFields") {
        let message = "`preserveUnknownFields: true` is no longer taken";
        let help = "write `x-kubernetes-preserve-unknown-fields: true` into the schema where it is needed";
        findings.error(code::VALUE_NOT_ALLOWED, spec.place_of("preserveUnknownFields"), message, help);
    }
    compile(object, findings.version, findings);
}

/// What remains to be said of schemas once each part of them is right by itself.
fn compile<'a>(object: &'a Node, version: Version, findings: &mut Findings<'a>) {
    if !findings.is_empty() {
        return;
    }
    let problems = Sink::new();
    check_definition(object, version, &problems);
    problems.take().diagnostics.into_iter().for_each(|problem| findings.push(problem));
}

/// How objects of one version become those of another.
fn conversion<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    let Some(conversion) = spec.given("conversion") else { return };
    match (conversion.text("strategy"), conversion.given("webhook")) {
        (Some("Webhook"), Some(webhook)) => {
            findings.required(webhook, "clientConfig");
            findings.required(webhook, "conversionReviewVersions");
        }
        (Some("Webhook"), None) => {
            let message = "`strategy: Webhook` needs `webhook`";
            findings.error(code::MISSING_FIELD, conversion.place_of("strategy"), message, "say in `webhook` who converts");
        }
        (_, Some(_)) => findings.forbidden(conversion, "webhook", "without `strategy: Webhook`"),
        _ => {}
    }
}

fn names<'a>(object: &'a Node, spec: &'a Node, findings: &mut Findings<'a>) {
    findings.required(spec, "group");
    let Some(names) = spec.given("names") else {
        findings.required(spec, "names");
        return;
    };
    findings.required(names, "kind");
    findings.required(names, "plural");
    for field in ["plural", "singular"] {
        findings.format(names, field, Format::DnsLabel);
        if names.text(field).is_some_and(|name| name.starts_with(|first: char| first.is_ascii_digit())) {
            let message = format!("`{field}` of {} must begin with a letter", findings.about);
            findings.error(code::BAD_NAME, names.place_of(field), message, "for example `widgets`");
        }
    }
    for name in names.list("shortNames") {
        if let Some(text) = name.as_str() {
            findings.format_text(name.place(), "a short name", text, Format::DnsLabel);
        }
    }
    let (Some(group), Some(plural)) = (spec.text("group"), names.text("plural")) else { return };
    let own = object.at(&["metadata", "name"]);
    if own.and_then(Node::as_str).is_some_and(|name| name != format!("{plural}.{group}")) {
        let message = format!("the name of {} must be `{plural}.{group}`: the plural and the group", findings.about);
        let problem = Diagnostic::error(code::BAD_NAME, own.map_or(object.place(), |own| own.place()), message);
        findings.push(problem.label(names.place_of("plural"), "the plural").help(format!("write `name: {plural}.{group}`")));
    }
    let protected = PROTECTED.iter().any(|of| group == *of || group.ends_with(&format!(".{of}")));
    if protected && object.at(&["metadata", "annotations", APPROVAL]).is_none() {
        let message = format!("the group `{group}` is Kubernetes' own, and needs the annotation `{APPROVAL}`");
        findings.error(code::BAD_NAME, spec.place_of("group"), message, "choose a group of your own domain");
    }
}

fn judge_version<'a>(version: &'a Node, findings: &mut Findings<'a>) {
    if findings.required(version, "name") {
        findings.format(version, "name", Format::DnsLabel);
    }
    match version.below(&["schema", "openAPIV3Schema"]) {
        Some(schema) => schema::judge(schema, findings),
        None => {
            let message = format!("{} has no `schema.openAPIV3Schema`", findings.about);
            findings.error(code::MISSING_FIELD, version.place_of("schema"), message, "describe the objects; `type: object` at least");
        }
    }
    if let Some(scale) = version.below(&["subresources", "scale"]) {
        if let Some(path) = scale.text("labelSelectorPath").filter(|path| !is_simple_path(path)) {
            let message = format!("`{path}`, `labelSelectorPath`, must be a path of fields");
            findings.error(code::BAD_FORMAT, scale.place_of("labelSelectorPath"), message, "for example `.status.selector`");
        }
        for (field, under) in [("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.")] {
            if findings.required(scale, field) {
                let path = scale.text(field).unwrap_or_default();
                if !path.starts_with(under) {
                    let message = format!("`{path}`, `{field}`, must begin with `{under}`");
                    findings.error(code::BAD_FORMAT, scale.place_of(field), message, format!("for example `{under}replicas`"));
                }
            }
        }
    }
    if version.given("deprecationWarning").is_some() && !version.is_on("deprecated") {
        let message = format!("{} has a `deprecationWarning`, and is not deprecated", findings.about);
        findings.error(code::FIELD_CONFLICT, version.place_of("deprecationWarning"), message, "add `deprecated: true`");
    }
    selectable(version, findings);
    for column in version.list("additionalPrinterColumns") {
        for field in ["name", "type", "jsonPath"] {
            findings.required(column, field);
        }
        findings.allowed(column, "type", &["boolean", "date", "integer", "number", "string"]);
        findings.allowed(column, "format", &["byte", "date", "date-time", "double", "float", "int32", "int64", "password"]);
        if let Some(path) = column.text("jsonPath").filter(|path| !path.starts_with('.')) {
            let message = format!("`{path}`, the path of a column, must begin with `.`");
            findings.error(code::BAD_FORMAT, column.place_of("jsonPath"), message, format!("write `.{path}`"));
        }
    }
}

/// Whether text is a path of fields: `.spec.replicas`.
fn is_simple_path(path: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    path.strip_prefix('.').is_some_and(|path| path.split('.').all(part))
}

/// Fields by which objects can be selected.
fn selectable<'a>(version: &'a Node, findings: &mut Findings<'a>) {
    let fields = version.list("selectableFields");
    findings.unique("selectable fields", fields.iter().filter_map(|field| Some((field.text("jsonPath")?, field.place_of("jsonPath")))));
    let Some(root) = version.below(&["schema", "openAPIV3Schema"]) else { return };
    for field in fields {
        let Some(path) = field.text("jsonPath") else { continue };
        let (problem, help) = match schema::field(root, path).map(|of| of.text("type").unwrap_or_default()) {
            _ if !is_simple_path(path) => ("is no path of fields", "for example `.spec.color`"),
            None => ("leads to no field of the schema", "name a field of the schema"),
            Some("boolean" | "integer" | "string") => continue,
            Some(_) => ("leads to a field that is neither text, nor a whole number, nor a boolean", "name another field"),
        };
        findings.error(code::BAD_FORMAT, field.place_of("jsonPath"), format!("the selectable field `{path}` {problem}"), help);
    }
}
