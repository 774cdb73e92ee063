//! A definition drafted from example objects: what varies from use to use becomes a parameter, the name of the example becomes the component's.
//!
//! Nothing is asked. What is taken for a parameter too much is easily taken out; what is missing is easily missed.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::catalog::DefinitionKind;
use crate::kubernetes::{Schemas, Version, pod_path};
use crate::shape::{Child, ShapeId, Shapes};
use crate::tree::{Key, Node, Value, emit};

/// Keys whose values say what an object is, rather than how it is used.
const FIXED: [&str; 9] = ["apiVersion", "kind", "name", "key", "protocol", "type", "operator", "verbs", "restartPolicy"];
/// Metadata that a cluster fills in.
const OF_CLUSTER: [&str; 8] =
    ["namespace", "uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink", "ownerReferences"];
/// Stands before a text that is no template, until it is written with the tag that says so.
const RAW: &str = "{{!raw}}";
/// Maps that tell objects from others.
const SELECTORS: [&str; 3] = ["matchLabels", "selector", "podSelector"];

/// A draft: the definition without tests, and how its example is used.
pub struct Drafted {
    /// The document.
    pub document: Json,
    /// The properties that make the example.
    pub properties: Map<String, Json>,
}

/// Drafts a definition; objects of a workload become the component's `output` or the trait's `patch`. The error says what is missing.
pub fn draft(kind: DefinitionKind, name: &str, objects: &[Node]) -> Result<Drafted, String> {
    let schemas = Schemas::bundled(Version::NEWEST);
    let text = |object: &Node, path: &[&str]| object.at(path).and_then(Node::as_str).unwrap_or_default().to_owned();
    if let Some(object) = objects.iter().find(|object| text(object, &["kind"]).is_empty() || text(object, &["apiVersion"]).is_empty()) {
        let what = text(object, &["metadata", "name"]);
        return Err(format!(
            "the example {} has no `apiVersion` or `kind`",
            if what.is_empty() { "object".to_owned() } else { format!("`{what}`") }
        ));
    }
    let group = |object: &Node| text(object, &["apiVersion"]).split_once('/').map_or(String::new(), |(group, _)| group.to_owned());
    let is_workload = |object: &Node| pod_path(&group(object), &text(object, &["kind"])).is_some();
    let main = objects.iter().position(is_workload).unwrap_or(0);
    let first = objects.get(main).ok_or("there is no example object")?;
    let mut drafting = Drafting {
        base: text(first, &["metadata", "name"]),
        in_scope: kind == DefinitionKind::Scope,
        selector: selector_of(first),
        parameters: BTreeMap::new(),
        order: Vec::new(),
        object: String::new(),
        shapes: None,
    };
    let mut schematic = Map::new();
    let (mut outputs, mut targets) = (Map::new(), Vec::new());
    let mut spec = Map::new();
    for (index, object) in objects.iter().enumerate() {
        let kind_name = text(object, &["kind"]);
        let schema = schemas.kind_of(object);
        drafting.object = kind_name.clone();
        drafting.shapes = schema.map(|schema| schema.shapes().clone());
        let patched = kind == DefinitionKind::Trait && is_workload(object);
        let template = drafting.object(object, patched);
        if kind == DefinitionKind::Component && index == main {
            spec.insert("workload".into(), json!({"definition": {"apiVersion": text(object, &["apiVersion"]), "kind": kind_name}}));
            schematic.insert("output".into(), template);
        } else if patched {
            if schematic.contains_key("patch") {
                return Err("a trait patches one workload, and the examples hold two".into());
            }
            schematic.insert("patch".into(), template);
            targets.extend(schema.map(|schema| {
                if schema.group.is_empty() { schema.plural.to_string() } else { format!("{}.{}", schema.plural, schema.group) }
            }));
        } else {
            let mut output = lower_camel(&kind_name);
            if outputs.contains_key(&output) {
                output = format!("{output}{}", outputs.len() + 1);
            }
            outputs.insert(output, template);
        }
    }
    if !outputs.is_empty() {
        schematic.insert("outputs".into(), Json::Object(outputs));
    }
    let (parameters, properties) = drafting.schema();
    let mut whole = Map::new();
    whole.insert("parameters".into(), parameters);
    whole.extend(schematic);
    if !targets.is_empty() {
        spec.insert("appliesToWorkloads".into(), json!(targets));
    }
    spec.insert("schematic".into(), json!({"minijinja": whole}));
    spec.insert("examples".into(), json!([{"title": "as it was drafted", "properties": properties}]));
    let kinds: Vec<String> = objects.iter().map(|object| text(object, &["kind"])).collect();
    let about = match kind {
        DefinitionKind::Trait if !targets.is_empty() && objects.len() == 1 => format!("changes the {}", kinds.join(", ")),
        DefinitionKind::Component => format!("makes: {}", kinds.join(", ")),
        _ => format!("adds: {}", kinds.join(", ")),
    };
    let document_kind = format!("{}{}Definition", kind.as_str()[..1].to_uppercase(), &kind.as_str()[1..]);
    let document = json!({
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": document_kind,
        "metadata": {"name": name, "annotations": {"definition.oam.dev/description": about}},
        "spec": spec,
    });
    Ok(Drafted { document, properties })
}

/// The text of a drafted document.
pub fn draft_text(document: &Node) -> String {
    let mut text = String::new();
    emit(document, &mut text);
    text.replace(&format!("\"{RAW}"), "!raw \"")
}

/// The labels by which a workload tells its pods.
fn selector_of(object: &Node) -> Option<Node> {
    object.at(&["spec", "selector", "matchLabels"]).cloned()
}

struct Parameter {
    schema: Map<String, Json>,
    value: Json,
    required: bool,
}

struct Drafting {
    /// The name of the example.
    base: String,
    /// Scopes are no component: nothing in them has its name.
    in_scope: bool,
    selector: Option<Node>,
    parameters: BTreeMap<String, Parameter>,
    order: Vec<String>,
    object: String,
    shapes: Option<std::sync::Arc<Shapes>>,
}

impl Drafting {
    /// The template of an object; of a patch, without what says which object it is.
    fn object(&mut self, object: &Node, patched: bool) -> Json {
        let mut map = Map::new();
        if self.in_scope {
            map.insert("per".into(), json!("namespace"));
        }
        for entry in object.entries() {
            let key = entry.key.as_str();
            let value = match key {
                "status" => continue,
                "apiVersion" | "kind" if patched => continue,
                "metadata" => self.metadata(&entry.node, patched),
                _ => self.value(&entry.node, &[key], Some(ShapeId::ROOT)),
            };
            if value.as_object().is_none_or(|map| !map.is_empty()) {
                map.insert(key.to_owned(), value);
            }
        }
        Json::Object(map)
    }

    fn metadata(&mut self, metadata: &Node, patched: bool) -> Json {
        let mut map = Map::new();
        for entry in metadata.entries() {
            let value = match entry.key.as_str() {
                key if OF_CLUSTER.contains(&key) => continue,
                "name" if patched => continue,
                "name" if self.in_scope => entry.node.to_json(),
                // Two components with the trait must not meet in one object.
                "name" => match self.named(entry.node.as_str().unwrap_or_default()) {
                    Some(text) => Json::String(text),
                    None => Json::String(format!("{{{{ context.name }}}}-{}", entry.node.as_str().unwrap_or_default())),
                },
                _ => self.literal(&entry.node),
            };
            map.insert(entry.key.as_str().to_owned(), value);
        }
        Json::Object(map)
    }

    /// Text in which the name of the example is the component's; `None` if it is not in there.
    fn named(&self, text: &str) -> Option<String> {
        if self.base.is_empty() || self.in_scope || text.contains("{{") {
            return None;
        }
        let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let mut out = String::new();
        let (mut rest, mut found) = (text, false);
        let mut before = None;
        while let Some(at) = rest.find(&self.base) {
            let after = &rest[at + self.base.len()..];
            let previous = rest[..at].chars().next_back().or(before);
            out.push_str(&rest[..at]);
            if is_part(previous) || is_part(after.chars().next()) {
                out.push_str(&self.base);
            } else {
                out.push_str("{{ context.name }}");
                found = true;
            }
            before = self.base.chars().next_back();
            rest = after;
        }
        found.then(|| out + rest)
    }

    /// A value as it is, but for the name.
    fn literal(&self, node: &Node) -> Json {
        match &node.value {
            Value::Str(text) if text.contains("{{") => Json::String(format!("{RAW}{text}")),
            Value::Str(text) => Json::String(self.named(text).unwrap_or_else(|| text.to_string())),
            Value::List(items) => Json::Array(items.iter().map(|item| self.literal(item)).collect()),
            Value::Map(entries) => {
                Json::Object(entries.iter().map(|entry| (literal_key(entry.key.as_str()), self.literal(&entry.node))).collect())
            }
            _ => node.to_json(),
        }
    }

    fn value(&mut self, node: &Node, path: &[&str], above: Option<ShapeId>) -> Json {
        let key = *path.last().unwrap_or(&"");
        let shape = above.and_then(|above| match self.shapes.as_ref()?.child(above, Key::new(key)) {
            Child::Known(shape) => Some(shape),
            _ => None,
        });
        match &node.value {
            Value::Map(entries) => {
                if !self.in_scope && SELECTORS.contains(&key) && self.is_own(node) {
                    return json!("{{ context.selector }}");
                }
                if ["labels", "annotations", "matchLabels"].contains(&key)
                    || SELECTORS.contains(&key) && entries.iter().all(|e| e.node.as_str().is_some())
                {
                    return match self.is_own(node) && !self.in_scope && key == "labels" {
                        true => self.own_labels(node),
                        false => self.literal(node),
                    };
                }
                let map = entries.iter().map(|entry| {
                    let below: Vec<&str> = path.iter().copied().chain([entry.key.as_str()]).collect();
                    (literal_key(entry.key.as_str()), self.value(&entry.node, &below, shape))
                });
                Json::Object(map.collect())
            }
            Value::List(items) => {
                let scalars = items.iter().all(|item| !item.is_map() && !item.is_list());
                if FIXED.contains(&key) || items.is_empty() {
                    return self.literal(node);
                }
                if scalars {
                    return if items.iter().any(|item| item.as_str().is_some_and(|text| self.named(text).is_some())) {
                        self.literal(node)
                    } else {
                        self.parameter(path, node, shape)
                    };
                }
                if items.len() > 1 && is_table(items) && !self.holds_name(node) {
                    return self.parameter(path, node, shape);
                }
                let item = shape.and_then(|shape| self.shapes.as_ref()?.item(shape));
                let list = items.iter().map(|one| match &one.value {
                    Value::Map(entries) => {
                        let map = entries.iter().map(|entry| {
                            let below: Vec<&str> = path.iter().copied().chain([entry.key.as_str()]).collect();
                            (literal_key(entry.key.as_str()), self.value(&entry.node, &below, item))
                        });
                        Json::Object(map.collect())
                    }
                    _ => self.literal(one),
                });
                Json::Array(list.collect())
            }
            Value::Null => Json::Null,
            Value::Str(text) if text.contains("{{") || key == "image" => self.parameter(path, node, shape),
            Value::Str(text) => match self.named(text) {
                Some(named) => Json::String(named),
                None if FIXED.contains(&key) => node.to_json(),
                None => self.parameter(path, node, shape),
            },
            _ if FIXED.contains(&key) => node.to_json(),
            _ => self.parameter(path, node, shape),
        }
    }

    /// Whether labels tell the pods of the example.
    fn is_own(&self, labels: &Node) -> bool {
        let is_text = |node: &Node| node.as_str().is_some();
        let named = || labels.entries().iter().any(|entry| entry.node.as_str() == Some(&self.base) && !self.base.is_empty());
        let selected = |selector: &Node| {
            !selector.entries().is_empty()
                && selector.entries().iter().all(|entry| labels.get(entry.key).is_some_and(|own| own.value == entry.node.value))
        };
        labels.is_map()
            && labels.entries().iter().all(|entry| is_text(&entry.node))
            && (self.selector.as_ref().is_some_and(selected) || named())
    }

    /// The labels of pods: those that tell them, and the others as they are.
    fn own_labels(&self, labels: &Node) -> Json {
        let of_selector = |key: Key| match &self.selector {
            Some(selector) => selector.get(key).is_some(),
            None => labels.get(key).and_then(Node::as_str) == Some(&self.base),
        };
        let mut map = Map::new();
        map.insert("$merge".into(), json!("context.selector"));
        for entry in labels.entries().iter().filter(|entry| !of_selector(entry.key)) {
            map.insert(literal_key(entry.key.as_str()), self.literal(&entry.node));
        }
        if map.len() == 1 { json!("{{ context.selector }}") } else { Json::Object(map) }
    }

    fn holds_name(&self, node: &Node) -> bool {
        match &node.value {
            Value::Str(text) => self.named(text).is_some(),
            Value::List(items) => items.iter().any(|item| self.holds_name(item)),
            Value::Map(entries) => entries.iter().any(|entry| self.holds_name(&entry.node)),
            _ => false,
        }
    }

    /// A new parameter, and the expression that stands for it.
    fn parameter(&mut self, path: &[&str], node: &Node, shape: Option<ShapeId>) -> Json {
        let value = node.to_json();
        let mut schema = schema_of(&value);
        let key = *path.last().unwrap_or(&"value");
        let is_image = key == "image" && value.is_string();
        if is_image {
            schema.insert("format".into(), json!("oci-image"));
        } else if let (Some(shapes), Some(shape)) = (&self.shapes, shape) {
            let allowed = &shapes.shape(shape).allowed;
            if !allowed.is_empty() {
                schema.remove("type");
                schema.insert("enum".into(), Json::Array(allowed.iter().map(Node::to_json).collect()));
            }
        }
        schema.insert("description".into(), json!(format!("`{}` of the {}", path.join("."), self.object)));
        let name = self.free_name(path);
        if !is_image {
            schema.insert("default".into(), value.clone());
        }
        self.order.push(name.clone());
        self.parameters.insert(name.clone(), Parameter { schema, value, required: is_image });
        Json::String(format!("{{{{ parameter.{name} }}}}"))
    }

    /// The last key, with as many of those above as it takes.
    fn free_name(&self, path: &[&str]) -> String {
        let words: Vec<String> = path.iter().map(|key| lower_camel(key)).collect();
        for count in 1..=words.len() {
            let tail = &words[words.len() - count..];
            let name = lower_camel(&tail.join("-"));
            if !self.parameters.contains_key(&name) && name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                return name;
            }
        }
        let whole = lower_camel(&format!("p-{}", words.join("-")));
        (2..).map(|number| format!("{whole}{number}")).find(|name| !self.parameters.contains_key(name)).unwrap_or(whole)
    }

    fn schema(&self) -> (Json, Map<String, Json>) {
        let (mut properties, mut values, mut required) = (Map::new(), Map::new(), Vec::new());
        for name in &self.order {
            let parameter = &self.parameters[name];
            properties.insert(name.clone(), Json::Object(parameter.schema.clone()));
            values.insert(name.clone(), parameter.value.clone());
            if parameter.required {
                required.push(json!(name));
            }
        }
        let mut schema = json!({"type": "object", "additionalProperties": false, "properties": properties});
        if !required.is_empty() {
            schema["required"] = Json::Array(required);
        }
        (schema, values)
    }
}

/// Maps of scalars with one set of keys or nearly so: rows of a table rather than parts of an object.
fn is_table(items: &[Node]) -> bool {
    let scalars = |item: &Node| item.is_map() && item.entries().iter().all(|entry| !entry.node.is_map() && !entry.node.is_list());
    let first: Vec<Key> = items[0].entries().iter().map(|entry| entry.key).take(1).collect();
    items.iter().all(|item| scalars(item) && first.iter().all(|key| item.get(*key).is_some()))
}

/// A key of a template: one that begins with `$` is escaped.
fn literal_key(key: &str) -> String {
    if key.starts_with('$') { format!("${key}") } else { key.to_owned() }
}

/// The schema of a value.
fn schema_of(value: &Json) -> Map<String, Json> {
    let schema = match value {
        Json::Bool(_) => json!({"type": "boolean"}),
        Json::Number(number) if number.is_f64() => json!({"type": "number"}),
        Json::Number(_) => json!({"type": "integer"}),
        Json::Array(items) => match items.iter().map(schema_of).reduce(joined) {
            Some(items) => json!({"type": "array", "items": items}),
            None => json!({"type": "array"}),
        },
        Json::Object(map) => {
            let described = |(key, value): (&String, &Json)| {
                let mut schema = schema_of(value);
                schema.insert("description".into(), json!(format!("`{key}`")));
                (key.clone(), Json::Object(schema))
            };
            json!({"type": "object", "additionalProperties": false, "properties": map.iter().map(described).collect::<Map<_, _>>()})
        }
        _ => json!({"type": "string"}),
    };
    schema.as_object().cloned().unwrap_or_default()
}

/// One schema for the items of a list.
fn joined(mut a: Map<String, Json>, b: Map<String, Json>) -> Map<String, Json> {
    if a.get("type") != b.get("type") {
        return Map::new();
    }
    if let (Some(Json::Object(own)), Some(Json::Object(other))) = (a.get_mut("properties"), b.get("properties")) {
        for (key, schema) in other {
            own.entry(key.clone()).or_insert_with(|| schema.clone());
        }
    }
    a
}

/// `scrape_interval` and `ScrapeInterval` as `scrapeInterval`.
fn lower_camel(text: &str) -> String {
    let mut out = String::new();
    let mut upper = false;
    for c in text.chars() {
        match c {
            c if !c.is_ascii_alphanumeric() => upper = !out.is_empty(),
            c if out.is_empty() => out.push(c.to_ascii_lowercase()),
            c if upper => {
                out.push(c.to_ascii_uppercase());
                upper = false;
            }
            c => out.push(c),
        }
    }
    out
}
