//! Schemas as JSON, for other validators and for editors: what they refer to in libraries stands in the same document, once.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::References;
use super::compile::{Found, find};
use crate::tree::{Node, Value};

/// The library that a schema's own references are relative to.
type Base = Option<Arc<str>>;

/// Schemas that go into one JSON document.
pub struct Bundle<'a> {
    references: &'a dyn References,
    /// By name below `$defs`; `Null` until it is made.
    copied: BTreeMap<String, Json>,
    open: Vec<(String, Node, Base)>,
}

/// A schema on its way into the document.
struct Part<'a> {
    root: &'a Node,
    /// Where it stands in the document.
    here: &'a str,
    base: &'a Base,
}

/// The schema as a document of its own.
pub fn whole(schema: &Node, references: &dyn References) -> Json {
    let mut bundle = Bundle::new(references);
    let mut json = bundle.json(schema, &Part { root: schema, here: "", base: &None });
    let copied = bundle.finish(schema);
    if !copied.is_empty()
        && let Json::Object(map) = &mut json
        && let Json::Object(definitions) = map.entry("$defs").or_insert_with(|| json!({}))
    {
        definitions.extend(copied);
    }
    json
}

impl<'a> Bundle<'a> {
    /// Nothing yet.
    pub fn new(references: &'a dyn References) -> Bundle<'a> {
        Bundle { references, copied: BTreeMap::new(), open: Vec::new() }
    }

    /// Adds a schema under a name of `$defs`. The name consists of letters, digits, `.`, `-` and `_`.
    pub fn add(&mut self, name: &str, schema: &Node) {
        let here = format!("/$defs/{name}");
        let json = self.json(schema, &Part { root: schema, here: &here, base: &None });
        self.copied.insert(name.to_owned(), json);
        self.settle(schema);
    }

    /// All schemas by name, those of libraries too.
    pub fn definitions(self) -> Map<String, Json> {
        self.copied.into_iter().collect()
    }

    fn finish(mut self, root: &Node) -> Map<String, Json> {
        self.settle(root);
        self.definitions()
    }

    fn settle(&mut self, root: &Node) {
        while let Some((name, node, base)) = self.open.pop() {
            let here = format!("/$defs/{name}");
            let copy = self.json(&node, &Part { root, here: &here, base: &base });
            self.copied.insert(name, copy);
        }
    }

    /// The schema as JSON, with its references made local and our own keywords said in the standard's.
    fn json(&mut self, node: &Node, part: &Part<'_>) -> Json {
        let entries = match &node.value {
            Value::Map(entries) => entries,
            Value::List(items) => return Json::Array(items.iter().map(|item| self.json(item, part)).collect()),
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
                    Json::Object(schemas.map(|entry| (entry.key.as_str().to_owned(), self.json(&entry.node, part))).collect())
                }
                ("$ref", Some(text)) => Json::String(self.reference(text, part)),
                _ => self.json(&entry.node, part),
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

    fn reference(&mut self, text: &str, part: &Part<'_>) -> String {
        if part.base.is_none()
            && let Some(pointer) = text.strip_prefix('#')
        {
            return if pointer.is_empty() || pointer.starts_with('/') { format!("#{}{pointer}", part.here) } else { text.to_owned() };
        }
        let Found::Here(node, found) = find(part.root, self.references, text, part.base) else { return text.to_owned() };
        let full = match (&found, text.split_once('#')) {
            (Some(document), Some((_, pointer))) => format!("{document}#{pointer}"),
            _ => text.to_owned(),
        };
        // Editors read pointers without decoding them: `lib:pod#/probe` is called `lib.pod.probe`.
        let name: String = full
            .chars()
            .filter(|c| *c != '#')
            .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '.' })
            .collect();
        if !self.copied.contains_key(&name) {
            self.copied.insert(name.clone(), Json::Null);
            self.open.push((name.clone(), node, found));
        }
        format!("#/$defs/{name}")
    }
}
