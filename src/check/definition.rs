//! CustomResourceDefinitions: names that agree, one version that is stored, and schemas that are structural.

use super::fields::Fields;
use super::findings::{About, Findings, meant};
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::source::Pos;
use crate::tree::{Node, Value};

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
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
        Some(schema) => Schema { root: true, optional_type: false }.judge(schema, findings),
        None => {
            let message = format!("{} has no `schema.openAPIV3Schema`", findings.about);
            findings.error(code::MISSING_FIELD, version.place_of("schema"), message, "describe the objects; `type: object` at least");
        }
    }
    if let Some(scale) = version.below(&["subresources", "scale"]) {
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
    for column in version.list("additionalPrinterColumns") {
        for field in ["name", "type", "jsonPath"] {
            findings.required(column, field);
        }
        findings.allowed(column, "type", &["boolean", "date", "integer", "number", "string"]);
        if let Some(path) = column.text("jsonPath").filter(|path| !path.starts_with('.')) {
            let message = format!("`{path}`, the path of a column, must begin with `.`");
            findings.error(code::BAD_FORMAT, column.place_of("jsonPath"), message, format!("write `.{path}`"));
        }
    }
}

/// Where in a schema one is.
#[derive(Copy, Clone)]
struct Schema {
    /// The whole object.
    root: bool,
    /// Below `allOf` and the like, where types are said outside.
    optional_type: bool,
}

impl Schema {
    fn judge<'a>(self, schema: &'a Node, findings: &mut Findings<'a>) {
        let bad = |findings: &mut Findings<'a>, at: Pos, message: String, help: String| findings.error(code::BAD_SCHEMA, at, message, help);
        let kind = schema.text("type");
        let open = schema.is_on("x-kubernetes-int-or-string") || schema.is_on("x-kubernetes-preserve-unknown-fields");
        match kind {
            Some(kind) if !TYPES.contains(&kind) => {
                let help = if kind == "int" {
                    "write `integer`".to_owned()
                } else {
                    meant(kind, TYPES, "it may be `object`, `array`, `string`, `integer`, `number` or `boolean`")
                };
                bad(findings, schema.place_of("type"), format!("`{kind}` is no type of a schema"), help);
            }
            Some(kind) if self.root && kind != "object" => {
                bad(
                    findings,
                    schema.place_of("type"),
                    format!("the schema of an object has `type: object`, not `{kind}`"),
                    "write `object`".into(),
                );
            }
            None if !open && !self.optional_type => {
                bad(findings, schema.place(), "a schema has no `type`".into(), "every field of a custom resource has one".into());
            }
            _ => {}
        }
        for field in ["$ref", "definitions", "dependencies", "id", "patternProperties"] {
            if schema.given(field).is_some() {
                bad(
                    findings,
                    schema.place_of(field),
                    format!("`{field}` cannot be used in a CustomResourceDefinition"),
                    "write out what it stands for".into(),
                );
            }
        }
        if schema.is_on("uniqueItems") {
            let help = "write `x-kubernetes-list-type: set`".to_owned();
            bad(findings, schema.place_of("uniqueItems"), "`uniqueItems: true` is not allowed".into(), help);
        }
        if kind == Some("array") && schema.given("items").is_none() {
            bad(findings, schema.place_of("type"), "an array does not say in `items` what it holds".into(), "add `items`".into());
        }
        if schema.given("properties").is_some() && schema.given("additionalProperties").is_some() {
            let problem = Diagnostic::error(
                code::BAD_SCHEMA,
                schema.place_of("additionalProperties"),
                "`properties` and `additionalProperties` exclude each other",
            );
            findings.push(problem.label(schema.place_of("properties"), "the other one").help("keep one of them"));
        }
        if let Some(pattern) = schema.text("pattern")
            && let Err(error) = regex::Regex::new(pattern)
        {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            bad(
                findings,
                schema.place_of("pattern"),
                format!("`{pattern}` is not a regular expression: {reason}"),
                "correct the pattern".into(),
            );
        }
        if let Some(default) = schema.given("default") {
            default_fits(schema, default, kind, findings);
        }
        list_type(schema, kind, findings);
        self.below(schema, findings);
    }

    fn below<'a>(self, schema: &'a Node, findings: &mut Findings<'a>) {
        let inner = Schema { root: false, ..self };
        for entry in schema.pairs("properties") {
            // The server knows these itself.
            let own = self.root && matches!(entry.key.as_str(), "apiVersion" | "kind" | "metadata");
            if !own {
                inner.judge(&entry.node, findings);
            }
        }
        for field in ["additionalProperties", "items"] {
            if let Some(of) = schema.given(field).filter(|of| of.is_map()) {
                inner.judge(of, findings);
            }
        }
        let loose = Schema { root: false, optional_type: true };
        for field in ["allOf", "anyOf", "oneOf"] {
            schema.list(field).iter().for_each(|of| loose.judge(of, findings));
        }
        if let Some(of) = schema.given("not") {
            loose.judge(of, findings);
        }
    }
}

fn default_fits<'a>(schema: &'a Node, default: &'a Node, kind: Option<&str>, findings: &mut Findings<'a>) {
    let fits = match (kind, &default.value) {
        (Some("integer"), Value::Float(number)) => number.fract() == 0.0,
        (Some("integer"), value) => matches!(value, Value::Int(_) | Value::UInt(_)),
        (Some("number"), value) => matches!(value, Value::Int(_) | Value::UInt(_) | Value::Float(_)),
        (Some("string"), value) => matches!(value, Value::Str(_)),
        (Some("boolean"), value) => matches!(value, Value::Bool(_)),
        (Some("array"), _) => default.is_list(),
        (Some("object"), _) => default.is_map(),
        _ => true,
    };
    let at = default.place();
    if !fits {
        let kind = kind.unwrap_or_default();
        let message = format!("the default is a {}, and the field has `type: {kind}`", default.value.type_name());
        let problem = Diagnostic::error(code::BAD_SCHEMA, at, message).label(schema.place_of("type"), "the type");
        findings.push(problem.help("change one of them"));
    }
    let allowed = schema.list("enum");
    if fits && !allowed.is_empty() && !allowed.iter().any(|value| value.value == default.value) {
        let problem = Diagnostic::error(code::BAD_SCHEMA, at, "the default is not one of the values of `enum`");
        findings.push(problem.label(schema.place_of("enum"), "the values").help("choose one of them"));
    }
    let Some(number) = super::pod::amount(default).filter(|_| matches!(kind, Some("integer" | "number"))) else { return };
    for (field, wrong) in [("minimum", -1.0), ("maximum", 1.0)] {
        if schema.given(field).and_then(super::pod::amount).is_some_and(|limit| (number - limit) * wrong > 0.0) {
            let problem = Diagnostic::error(code::BAD_SCHEMA, at, format!("the default is beyond the `{field}`"));
            findings.push(problem.label(schema.place_of(field), "the limit").help("change one of them"));
        }
    }
}

fn list_type<'a>(schema: &'a Node, kind: Option<&str>, findings: &mut Findings<'a>) {
    findings.allowed(schema, "x-kubernetes-list-type", &["atomic", "map", "set"]);
    let Some(list) = schema.text("x-kubernetes-list-type") else { return };
    let at = schema.place_of("x-kubernetes-list-type");
    if kind != Some("array") {
        findings.error(code::BAD_SCHEMA, at, "`x-kubernetes-list-type` is for arrays", "leave it out");
    }
    let keys = schema.list("x-kubernetes-list-map-keys");
    if list == "map" && keys.is_empty() {
        findings.error(
            code::BAD_SCHEMA,
            at,
            "a list of type `map` needs `x-kubernetes-list-map-keys`",
            "name the fields that tell items apart",
        );
    }
    let Some(item) = schema.given("items") else { return };
    for key in keys {
        let name = key.as_str().unwrap_or_default();
        if item.at(&["properties", name]).is_none() {
            let message = format!("items have no field `{name}`, by which they shall be told apart");
            findings.error(code::BAD_SCHEMA, key.place(), message, "declare it under `items.properties`, and make it required");
        }
    }
}
