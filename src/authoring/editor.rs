//! The JSON Schema of all documents with all known types, for editors: `type: webservice` selects the schema of `properties`.
//!
//! An editor sees one document at a time. What another document may add is not missed here (properties of a layer, of a trait that
//! several bindings set up), and what is only known later (a `{{ placeholder }}`, a `null` that takes away, a `$file`) is allowed anywhere.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use crate::catalog::{Catalog, DefinitionKind};
use crate::shape::Bundle;

/// The published schemas, by kind.
const KINDS: [(&str, &str); 12] = [
    ("Application", include_str!("../../schemas/Application.json")),
    ("Cluster", include_str!("../../schemas/Cluster.json")),
    ("Component", include_str!("../../schemas/Component.json")),
    ("ComponentDefinition", include_str!("../../schemas/ComponentDefinition.json")),
    ("DefinitionLibrary", include_str!("../../schemas/DefinitionLibrary.json")),
    ("Environment", include_str!("../../schemas/Environment.json")),
    ("Project", include_str!("../../schemas/Project.json")),
    ("Release", include_str!("../../schemas/Release.json")),
    ("Scope", include_str!("../../schemas/Scope.json")),
    ("ScopeDefinition", include_str!("../../schemas/ScopeDefinition.json")),
    ("TraitBinding", include_str!("../../schemas/TraitBinding.json")),
    ("TraitDefinition", include_str!("../../schemas/TraitDefinition.json")),
];

/// What any value may be until the documents are put together.
const LATER: &str = "later";
/// The suffix of schemas for a part of the properties.
const PART: &str = ".part";

/// The schema. It stands alone: every reference leads into it.
pub fn editor_schema(catalog: &Catalog) -> Json {
    let mut bundle = Bundle::new(catalog.references());
    for kind in DefinitionKind::ALL {
        for name in catalog.names(kind) {
            if let Some(definition) = catalog.definition(kind, name) {
                match definition.schema() {
                    Some(schema) => bundle.add(&definition_name(kind, name), schema),
                    None => bundle.add(&definition_name(kind, name), &closed()),
                }
            }
        }
    }
    let mut definitions = bundle.definitions();
    flatten(&mut definitions);
    definitions.values_mut().for_each(allow_later);
    let types: Vec<String> = definitions.keys().filter(|name| is_type(name)).cloned().collect();
    types.iter().filter(|name| !name.starts_with("scope.")).for_each(|name| add_part(&mut definitions, name));
    // Without a description: editors would show it in place of the property's.
    let file = json!({"type": "object", "required": ["$file"], "additionalProperties": false, "properties": {"$file": {"type": "string"}}});
    let later = json!({"anyOf": [{"type": ["string", "null"], "pattern": "\\{\\{"}, file]});
    definitions.insert(LATER.to_owned(), later);
    for (kind, text) in KINDS {
        let mut schema: Json = serde_json::from_str(text).expect("the schemas of the repository are JSON");
        rebase(&mut schema, &format!("#/$defs/{kind}/"));
        if let Json::Object(map) = &mut schema {
            map.remove("$schema");
        }
        know_types(kind, &mut schema, catalog);
        definitions.insert(kind.to_owned(), schema);
    }
    let chosen = KINDS.iter().map(|(kind, _)| choice("kind", kind, json!({"$ref": format!("#/$defs/{kind}")})));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "oam document",
        "description": "any document of the model; the kind says which schema holds",
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {"kind": {"enum": KINDS.map(|(kind, _)| kind)}},
        "allOf": chosen.collect::<Vec<_>>(),
        "$defs": sorted(definitions),
    })
}

/// `component.webservice`
fn definition_name(kind: DefinitionKind, name: &str) -> String {
    format!("{}.{name}", kind.as_str())
}

fn is_type(name: &str) -> bool {
    name.split_once('.').is_some_and(|(kind, _)| DefinitionKind::named(kind).is_some())
}

/// The schema of a type that takes no properties.
fn closed() -> crate::tree::Node {
    crate::tree::Node::from_json(&json!({"type": "object", "additionalProperties": false}), Default::default())
}

fn sorted(definitions: Map<String, Json>) -> Map<String, Json> {
    let mut entries: Vec<(String, Json)> = definitions.into_iter().collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries.into_iter().collect()
}

/// Where the key has the value, the schema holds.
fn choice(key: &str, value: &str, schema: Json) -> Json {
    json!({"if": {"required": [key], "properties": {key: {"const": value}}}, "then": schema})
}

/// Joins what `allOf` gathers for a type, so that editors that do not know `unevaluatedProperties` tell unknown properties too.
fn flatten(definitions: &mut Map<String, Json>) {
    let names: Vec<String> = definitions.keys().filter(|name| is_type(name)).cloned().collect();
    for name in names {
        let Some(Json::Object(schema)) = definitions.get(&name) else { continue };
        let (Some(Json::Array(parts)), Some(Json::Bool(false))) = (schema.get("allOf"), schema.get("unevaluatedProperties")) else {
            continue;
        };
        let resolved: Option<Vec<&Map<String, Json>>> = parts
            .iter()
            .map(|part| {
                let target = part.get("$ref").and_then(Json::as_str).and_then(|text| text.strip_prefix("#/$defs/"));
                let part = if let Some(target) = target { definitions.get(target)? } else { part };
                let part = part.as_object()?;
                part.keys().all(|key| ["type", "properties", "required", "description"].contains(&key.as_str())).then_some(part)
            })
            .collect();
        let Some(resolved) = resolved else { continue };
        let mut flat = schema.clone();
        flat.remove("allOf");
        flat.remove("unevaluatedProperties");
        let mut properties = Map::new();
        let mut required = Vec::new();
        for part in resolved.into_iter().chain([schema]) {
            properties.extend(part.get("properties").and_then(Json::as_object).cloned().unwrap_or_default());
            required.extend(part.get("required").and_then(Json::as_array).cloned().unwrap_or_default());
        }
        required.dedup();
        flat.insert("properties".to_owned(), Json::Object(properties));
        if !required.is_empty() {
            flat.insert("required".to_owned(), Json::Array(required));
        }
        flat.insert("additionalProperties".to_owned(), Json::Bool(false));
        definitions.insert(name, Json::Object(flat));
    }
}

/// The schemas right below one, by the way that leads to them.
fn below(schema: &mut Map<String, Json>) -> impl Iterator<Item = (bool, &mut Json)> {
    schema.iter_mut().flat_map(|(key, value)| -> Vec<(bool, &mut Json)> {
        match (key.as_str(), value) {
            ("properties" | "patternProperties", Json::Object(map)) => map.values_mut().map(|schema| (true, schema)).collect(),
            ("items" | "additionalProperties", schema @ Json::Object(_)) => vec![(true, schema)],
            ("$defs", Json::Object(map)) => map.values_mut().map(|schema| (false, schema)).collect(),
            ("allOf" | "oneOf" | "anyOf", Json::Array(list)) => list.iter_mut().map(|schema| (false, schema)).collect(),
            _ => Vec::new(),
        }
    })
}

/// Lets every value below be one that is filled later.
fn allow_later(schema: &mut Json) {
    let Json::Object(map) = schema else { return };
    for (is_value, schema) in below(map) {
        allow_later(schema);
        let Json::Object(inner) = schema else { continue };
        if !is_value || inner.is_empty() || takes_all_text(inner) {
            continue;
        }
        // What tells a union's branch stays as it is.
        if inner.contains_key("const") {
            continue;
        }
        let mut outer = Map::new();
        for key in ["title", "description", "default", "deprecated", "examples"] {
            if let Some(value) = inner.remove(key) {
                outer.insert(key.to_owned(), value);
            }
        }
        let own = std::mem::take(inner);
        outer.insert("anyOf".to_owned(), json!([own, {"$ref": format!("#/$defs/{LATER}")}]));
        *schema = Json::Object(outer);
    }
}

/// Whether any text fits, and `null`, or nothing is said of text at all.
fn takes_all_text(schema: &Map<String, Json>) -> bool {
    let limits = ["enum", "const", "format", "pattern", "minLength", "maxLength", "$ref", "allOf", "anyOf", "oneOf", "not"];
    !limits.iter().any(|key| schema.contains_key(*key))
        && match schema.get("type") {
            None => true,
            Some(Json::Array(types)) => types.contains(&json!("string")) && types.contains(&json!("null")),
            Some(_) => false,
        }
}

/// Adds `NAME.part`: the same for a document that says only some of the properties. Items of lists are whole in any document.
fn add_part(definitions: &mut Map<String, Json>, name: &str) {
    let mut open = vec![name.to_owned()];
    let mut made = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !made.insert(name.clone()) || definitions.contains_key(&format!("{name}{PART}")) {
            continue;
        }
        let Some(mut schema) = definitions.get(&name).cloned() else { continue };
        let own = format!("#/$defs/{name}/");
        loosen(&mut schema, &own, &mut open);
        definitions.insert(format!("{name}{PART}"), schema);
    }
}

/// Takes away what asks for properties to be there; references lead to parts, which are made later.
fn loosen(schema: &mut Json, own: &str, open: &mut Vec<String>) {
    let Json::Object(map) = schema else { return };
    for key in ["required", "minProperties", "dependentRequired"] {
        map.remove(key);
    }
    // A branch that only asks for properties asks for nothing now.
    for key in ["oneOf", "anyOf"] {
        let only_required = |branch: &Json| branch.as_object().is_some_and(|branch| branch.keys().all(|key| key == "required"));
        if map.get(key).and_then(Json::as_array).is_some_and(|branches| branches.iter().all(only_required)) {
            map.remove(key);
        }
    }
    if let Some(Json::String(reference)) = map.get_mut("$ref") {
        if let Some(inside) = reference.strip_prefix(own) {
            *reference = format!("{}{PART}/{inside}", own.trim_end_matches('/'));
        } else if let Some(name) = reference.strip_prefix("#/$defs/").filter(|name| *name != LATER && !name.contains('/')) {
            open.push(name.to_owned());
            reference.push_str(PART);
        }
    }
    for (key, value) in map.iter_mut() {
        match (key.as_str(), value) {
            ("properties" | "patternProperties" | "$defs", Json::Object(map)) => {
                map.values_mut().for_each(|schema| loosen(schema, own, open));
            }
            ("additionalProperties" | "then" | "else", schema @ Json::Object(_)) => loosen(schema, own, open),
            ("allOf" | "oneOf" | "anyOf", Json::Array(list)) => list.iter_mut().for_each(|schema| loosen(schema, own, open)),
            _ => {}
        }
    }
}

/// Lets local references lead to where the schema stands now.
fn rebase(schema: &mut Json, here: &str) {
    match schema {
        Json::Object(map) => {
            if let Some(Json::String(reference)) = map.get_mut("$ref")
                && let Some(rest) = reference.strip_prefix("#/")
            {
                *reference = format!("{here}{rest}");
            }
            map.values_mut().for_each(|value| rebase(value, here));
        }
        Json::Array(list) => list.iter_mut().for_each(|value| rebase(value, here)),
        _ => {}
    }
}

/// Puts the types into the schema of a kind of document.
fn know_types(kind: &str, schema: &mut Json, catalog: &Catalog) {
    let mut at = |pointer: &str, of: DefinitionKind, suffix: &str| {
        if let Some(place) = schema.pointer_mut(pointer) {
            choose_type(place, of, catalog, |name| json!({"properties": {"properties": {"$ref": format!("#/$defs/{name}{suffix}")}}}));
        }
    };
    at("/$defs/trait", DefinitionKind::Trait, PART);
    match kind {
        "Scope" => at("/properties/spec", DefinitionKind::Scope, ""),
        "Application" => at("/properties/spec/properties/components/items", DefinitionKind::Component, PART),
        "Component" => {
            let Some(spec) = schema.pointer_mut("/properties/spec") else { return };
            // A Component with a selector is a layer, and operators fill parameters.
            let selectors = spec.get("anyOf").and_then(Json::as_array).cloned().unwrap_or_default();
            let mut partial: Vec<Json> = selectors.into_iter().filter(|branch| branch["required"] != json!(["type"])).collect();
            partial.push(json!({"required": ["parameters"]}));
            let properties = |name: &str| json!({"properties": {"properties": {"$ref": format!("#/$defs/{name}")}}});
            choose_type(
                spec,
                DefinitionKind::Component,
                catalog,
                |name| json!({"if": {"anyOf": partial}, "then": properties(&format!("{name}{PART}")), "else": properties(name)}),
            );
        }
        _ => {}
    }
}

/// A map with `type` and `properties`.
fn choose_type(map: &mut Json, kind: DefinitionKind, catalog: &Catalog, then: impl Fn(&str) -> Json) {
    let names: Vec<&str> = catalog.names(kind).collect();
    let about = |name: &&str| catalog.definition(kind, name).map_or_else(String::new, |definition| definition.description.clone());
    let descriptions: Vec<String> = names.iter().map(about).collect();
    if let Some(Json::Object(of)) = map.pointer_mut("/properties/type") {
        let may_be_null = of.get("type").is_some_and(Json::is_array);
        let mut values: Vec<Json> = names.iter().map(|name| json!(name)).collect();
        if may_be_null {
            values.push(Json::Null);
        }
        of.insert("enum".to_owned(), Json::Array(values));
        of.insert("markdownEnumDescriptions".to_owned(), json!(descriptions));
    }
    let choices = names
        .iter()
        .filter(|name| catalog.definition(kind, name).is_some())
        .map(|name| choice("type", name, then(&definition_name(kind, name))));
    if let Json::Object(map) = map
        && let Json::Array(all) = map.entry("allOf").or_insert_with(|| json!([]))
    {
        all.extend(choices);
    }
}
