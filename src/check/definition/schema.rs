//! Schemas in a CustomResourceDefinition: structural, with types, lists and defaults that fit, and rules that can be judged.

use crate::check::expressions::{Gives, expression};
use crate::check::fields::Fields;
use crate::check::findings::{Findings, meant};
use crate::check::pod;
use crate::diag::{Diagnostic, code};
use crate::source::Pos;
use crate::tree::{Node, Value};

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
/// What may not be said below `allOf`, `anyOf`, `oneOf` and `not`, which only tell values apart.
const OUTSIDE: [&str; 10] = [
    "additionalProperties",
    "default",
    "description",
    "nullable",
    "title",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-preserve-unknown-fields",
];

/// Where in a schema one is.
#[derive(Copy, Clone)]
struct Schema {
    /// The whole object.
    root: bool,
    /// Below `allOf` and the like, where types are said outside.
    optional_type: bool,
}

/// Judges the schema of an object.
pub(super) fn judge<'a>(schema: &'a Node, findings: &mut Findings<'a>) {
    Schema { root: true, optional_type: false }.judge(schema, findings);
}

/// The schema of the field that a path leads to, as `.spec.replicas`; fields that the server knows itself have none.
pub(super) fn field<'a>(schema: &'a Node, path: &str) -> Option<&'a Node> {
    path.trim_start_matches('.').split('.').try_fold(schema, |schema, name| {
        let name = name.trim_matches(|char| matches!(char, '[' | ']' | '\''));
        schema.given("properties")?.given(name)
    })
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
        let there =
            |field: &&str| schema.given(field).is_some_and(|of| of.as_str() != Some("") && !(of.is_map() && of.entries().is_empty()));
        for field in ["$ref", "definitions", "dependencies", "id", "patternProperties"] {
            if there(&field) || matches!(field, "$ref" | "dependencies") && schema.given(field).is_some() {
                bad(
                    findings,
                    schema.place_of(field),
                    format!("`{field}` cannot be used in a CustomResourceDefinition"),
                    "write out what it stands for".into(),
                );
            }
        }
        if self.optional_type {
            for field in OUTSIDE.into_iter().filter(there).filter(|field| schema.field(field).and_then(Node::as_bool) != Some(false)) {
                let message = format!("`{field}` cannot stand below `allOf`, `anyOf`, `oneOf` or `not`");
                bad(findings, schema.place_of(field), message, "say it in the schema outside, of the same field".into());
            }
        }
        if schema.is_on("uniqueItems") {
            let help = "write `x-kubernetes-list-type: set`".to_owned();
            bad(findings, schema.place_of("uniqueItems"), "`uniqueItems: true` is not allowed".into(), help);
        }
        if kind == Some("array") && schema.given("items").is_none() {
            bad(findings, schema.place_of("type"), "an array does not say in `items` what it holds".into(), "add `items`".into());
        }
        if !schema.pairs("properties").is_empty() && schema.given("additionalProperties").is_some() {
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
        map_type(schema, kind, findings);
        rules(schema, findings);
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
    let Some(number) = pod::amount(default).filter(|_| matches!(kind, Some("integer" | "number"))) else { return };
    for (field, wrong) in [("minimum", -1.0), ("maximum", 1.0)] {
        if schema.given(field).and_then(pod::amount).is_some_and(|limit| (number - limit) * wrong > 0.0) {
            let problem = Diagnostic::error(code::BAD_SCHEMA, at, format!("the default is beyond the `{field}`"));
            findings.push(problem.label(schema.place_of(field), "the limit").help("change one of them"));
        }
    }
}

fn list_type<'a>(schema: &'a Node, kind: Option<&str>, findings: &mut Findings<'a>) {
    findings.allowed(schema, "x-kubernetes-list-type", &["atomic", "map", "set"]);
    let Some(list) = schema.text("x-kubernetes-list-type") else {
        if !schema.list("x-kubernetes-list-map-keys").is_empty() {
            let message = "`x-kubernetes-list-map-keys` needs `x-kubernetes-list-type: map`";
            findings.error(code::BAD_SCHEMA, schema.place_of("x-kubernetes-list-map-keys"), message, "add it, or leave the keys out");
        }
        return;
    };
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
        } else if item.at(&["properties", name, "default"]).is_none()
            && !item.list("required").iter().any(|required| required.as_str() == Some(name))
        {
            let message = format!("`{name}` tells items apart, and may be left out");
            findings.error(code::BAD_SCHEMA, key.place(), message, "add it to `required` of the items, or give it a default");
        }
    }
}

fn map_type<'a>(schema: &'a Node, kind: Option<&str>, findings: &mut Findings<'a>) {
    const FIELD: &str = "x-kubernetes-map-type";
    if schema.text(FIELD).is_none() {
        return;
    }
    findings.allowed(schema, FIELD, &["atomic", "granular"]);
    if kind != Some("object") {
        findings.error(
            code::BAD_SCHEMA,
            schema.place_of(FIELD),
            "`x-kubernetes-map-type` is for maps",
            "leave it out, or write `type: object`",
        );
    }
}

/// The rules that objects must keep.
fn rules<'a>(schema: &'a Node, findings: &mut Findings<'a>) {
    for rule in schema.list("x-kubernetes-validations") {
        const SEEN: [&str; 2] = ["self", "oldSelf"];
        if findings.required(rule, "rule") {
            expression(rule, "rule", Gives::Condition, &SEEN, findings);
        }
        expression(rule, "messageExpression", Gives::Value, &SEEN, findings);
        let Some(path) = rule.text("fieldPath") else { continue };
        if !path.starts_with(['.', '[']) || field(schema, path).is_none() {
            let message = format!("`{path}`, the field that a rule blames, leads to no field of the schema");
            findings.error(code::BAD_SCHEMA, rule.place_of("fieldPath"), message, "for example `.replicas`, from where the rule stands");
        }
    }
}
