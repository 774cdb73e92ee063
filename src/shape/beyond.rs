//! The full validator, for schemas that use a keyword beyond the table: nothing in a schema is ever skipped.

use std::collections::BTreeMap;
use std::fmt;

use jsonschema::Validator;
use serde_json::{Map, Value as Json, json};

use super::References;
use super::compile::{Found, find};
use super::format::Format;
use crate::tree::{Node, Value};

/// A schema as the `jsonschema` crate judges it.
pub(crate) struct Beyond {
    pub(crate) validator: Validator,
}

impl fmt::Debug for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Beyond")
    }
}

impl Beyond {
    /// The whole schema. References to other documents are copied into it.
    pub(crate) fn new(schema: &Node, references: &dyn References) -> Result<Beyond, String> {
        let mut copies = Copies { root: schema, references, copied: BTreeMap::new(), open: Vec::new() };
        let mut json = copies.json(schema, &None);
        while let Some((name, node, base)) = copies.open.pop() {
            let copy = copies.json(&node, &base);
            copies.copied.insert(name, copy);
        }
        if !copies.copied.is_empty()
            && let Json::Object(map) = &mut json
            && let Json::Object(definitions) = map.entry("$defs").or_insert_with(|| json!({}))
        {
            definitions.extend(copies.copied);
        }
        let mut options = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(true);
        for name in Format::names() {
            if let Some(format) = Format::named(name) {
                options = options.with_format(name, move |text: &str| format.takes_text(text));
            }
        }
        let validator = options.build(&json).map_err(|error| error.to_string())?;
        Ok(Beyond { validator })
    }
}

/// Whether the full validator takes a pattern that the table does not.
pub(crate) fn takes_pattern(pattern: &str) -> bool {
    jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&json!({"pattern": pattern})).is_ok()
}

struct Copies<'a> {
    root: &'a Node,
    references: &'a dyn References,
    copied: BTreeMap<String, Json>,
    open: Vec<(String, Node, Option<std::sync::Arc<str>>)>,
}

impl Copies<'_> {
    /// The schema as JSON, with its references made local and our own keywords said in the standard's.
    fn json(&mut self, node: &Node, base: &Option<std::sync::Arc<str>>) -> Json {
        let entries = match &node.value {
            Value::Map(entries) => entries,
            Value::List(items) => return Json::Array(items.iter().map(|item| self.json(item, base)).collect()),
            _ => return node.to_json(),
        };
        let mut map = Map::new();
        for entry in entries.iter() {
            let value = match (entry.key.as_str(), entry.node.as_str()) {
                // What is data, not schema.
                ("enum" | "const" | "default" | "examples" | "example", _) => entry.node.to_json(),
                // Schemas by names that may look like keywords.
                ("properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas", _) => {
                    let schemas = entry.node.entries().iter();
                    Json::Object(schemas.map(|entry| (entry.key.as_str().to_owned(), self.json(&entry.node, base))).collect())
                }
                ("$ref", Some(text)) => Json::String(self.reference(text, base)),
                _ => self.json(&entry.node, base),
            };
            map.insert(entry.key.as_str().to_owned(), value);
        }
        if map.get("x-kubernetes-int-or-string") == Some(&json!(true)) {
            map.insert("type".to_owned(), json!(["integer", "string"]));
        }
        if map.get("nullable") == Some(&json!(true)) {
            match map.get_mut("type") {
                Some(Json::Array(types)) => types.push(json!("null")),
                Some(one) => *one = json!([one.take(), "null"]),
                None => {}
            }
        }
        Json::Object(map)
    }

    fn reference(&mut self, text: &str, base: &Option<std::sync::Arc<str>>) -> String {
        if base.is_none() && text.starts_with('#') {
            return text.to_owned();
        }
        let Found::Here(node, found) = find(self.root, self.references, text, base) else { return text.to_owned() };
        let name = match (&found, text.split_once('#')) {
            (Some(document), Some((_, pointer))) => format!("{document}#{pointer}"),
            _ => text.to_owned(),
        };
        let pointer = name.replace('~', "~0").replace('/', "~1").replace('%', "%25");
        if !self.copied.contains_key(&name) {
            self.copied.insert(name.clone(), Json::Null);
            self.open.push((name, node, found));
        }
        format!("#/$defs/{}", pointer.replace('#', "%23"))
    }
}
