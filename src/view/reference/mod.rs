//! The reference of types, as pages: for the terminal's head lines, for Markdown and for HTML.
//!
//! Must never know: where pages are written.

mod html;
mod markdown;

pub use html::html;
pub use markdown::{index, markdown};

use std::collections::BTreeMap;

use crate::catalog::{Definition, DefinitionKind};
use crate::shape::{Field, ShapeId, Shapes};
use crate::tree::{Node, emit};

/// A type, ready to be shown.
#[derive(Clone, Debug)]
pub struct Page {
    /// Component, trait or scope.
    pub kind: DefinitionKind,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// What else holds of it: a word, and what it says.
    pub facts: Vec<(&'static str, String)>,
    /// Its properties, those inside of others right after them.
    pub rows: Vec<Row>,
    /// Titles and documents.
    pub examples: Vec<(String, String)>,
}

/// A property.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its path, as `ports[].name`.
    pub path: String,
    /// How deep it is.
    pub depth: usize,
    /// Its type.
    pub types: String,
    /// Its default.
    pub default: Option<String>,
    /// Whether it must be given where the map that holds it is given.
    pub required: bool,
    /// Whether it should not be used any more.
    pub deprecated: bool,
    /// What it is for.
    pub about: String,
    /// The property with the same properties inside, shown before.
    pub same_as: Option<String>,
}

/// What holds of a type beside its properties.
pub fn facts(definition: &Definition) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some((api_version, kind)) = &definition.workload {
        facts.push(("workload", format!("{kind} ({api_version})")));
    }
    for (name, list) in [
        ("applies to", &definition.applies_to),
        ("not with", &definition.conflicts_with),
        ("applied after", &definition.after),
        ("overrides", &definition.overrides),
    ] {
        if !list.is_empty() {
            facts.push((name, list.join(", ")));
        }
    }
    if !definition.usable_by.is_empty() {
        facts.push(("for", definition.usable_by.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")));
    }
    facts
}

/// The page of a type.
pub fn page(definition: &Definition) -> Page {
    let shapes = &definition.parameters;
    let mut rows = Vec::new();
    let mut walk = Walk { shapes, shown: BTreeMap::new(), rows: &mut rows };
    walk.fields(ShapeId::ROOT, "", 0);
    let examples = definition.examples.iter().map(|example| (example.title.clone(), used(definition, &example.properties)));
    Page {
        kind: definition.kind,
        name: definition.name.to_string(),
        about: definition.description.clone(),
        facts: facts(definition),
        examples: examples.collect(),
        rows,
    }
}

/// The properties as they stand in a document.
fn used(definition: &Definition, properties: &Node) -> String {
    let mut text = String::new();
    emit(properties, &mut text);
    if properties.entries().is_empty() {
        return match definition.kind {
            DefinitionKind::Trait => format!("traits:\n  - type: {}\n", definition.name),
            _ => format!("type: {}\n", definition.name),
        };
    }
    let indented = |by: &str| text.lines().map(|line| format!("{by}{line}\n")).collect::<String>();
    match definition.kind {
        DefinitionKind::Trait => format!("traits:\n  - type: {}\n    properties:\n{}", definition.name, indented("      ")),
        _ => format!("type: {}\nproperties:\n{}", definition.name, indented("  ")),
    }
}

struct Walk<'a> {
    shapes: &'a Shapes,
    /// Where fields were shown.
    shown: BTreeMap<Vec<ShapeId>, String>,
    rows: &'a mut Vec<Row>,
}

impl Walk<'_> {
    fn fields(&mut self, id: ShapeId, path: &str, depth: usize) {
        let fields = self.shapes.describe(id).fields;
        // Required ones first: they are what a reader must know.
        let (required, others): (Vec<Field>, Vec<Field>) = fields.into_iter().partition(|field| field.required);
        let (current, old): (Vec<Field>, Vec<Field>) = others.into_iter().partition(|field| !field.deprecated);
        for field in required.into_iter().chain(current).chain(old) {
            let below = if path.is_empty() { field.name.clone() } else { format!("{path}.{}", field.name) };
            // A schema with a description of its own is another shape with the same fields.
            let inside: Vec<ShapeId> = self.shapes.describe(field.shape).fields.iter().map(|field| field.shape).collect();
            let same_as = self.shown.get(&inside).filter(|_| !inside.is_empty()).cloned();
            self.rows.push(Row {
                path: below.clone(),
                depth,
                types: field.types,
                default: field.default.as_ref().map(value),
                required: field.required,
                deprecated: field.deprecated,
                about: field.description.unwrap_or_default(),
                same_as: same_as.clone(),
            });
            if !inside.is_empty() && same_as.is_none() {
                self.shown.insert(inside, below.clone());
                let lists = if self.shapes.item(field.shape).is_some() { "[]" } else { "" };
                self.fields(field.shape, &format!("{below}{lists}"), depth + 1);
            }
        }
    }
}

/// A value as people write it in a line.
fn value(node: &Node) -> String {
    match node.as_str() {
        Some(text) if !text.is_empty() => text.to_owned(),
        _ => node.to_json().to_string(),
    }
}

/// `component types`
fn heading(kind: DefinitionKind) -> String {
    let name = kind.as_str();
    format!("{}{} types", name[..1].to_uppercase(), &name[1..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::diag::Sink;
    use crate::source::Role;
    use crate::tree::read_yaml;

    const TEXT: &str = "apiVersion: core.oam.dev/v1beta1
kind: TraitDefinition
metadata: {name: probe, annotations: {definition.oam.dev/description: \"asks `GET /` | or <not>\"}}
spec:
  appliesToWorkloads: [deployments.apps]
  schematic:
    minijinja:
      parameters:
        type: object
        required: [port]
        properties:
          old: {type: string, deprecated: true, description: \"one\"}
          ready: {type: array, items: {$ref: \"#/$defs/probe\"}, description: \"when it is ready\"}
          live: {$ref: \"#/$defs/probe\", description: \"when it lives\"}
          port: {type: integer, description: \"a | b\"}
        $defs: {probe: {type: object, properties: {path: {type: string, default: /, description: \"the path\"}}}}
      patch: {spec: {replicas: \"{{ parameter.port }}\"}}
  examples: [{title: \"a <port>\", properties: {port: 80}}]
";

    fn one() -> Page {
        let mut sources = Catalog::builtin_sources();
        let file = sources.add("definitions/probe.yaml", TEXT, Role::InfraOperator).unwrap();
        let sink = Sink::new();
        let catalog = Catalog::new(read_yaml(&file, &sink), &sink);
        page(&catalog.trait_("probe").unwrap_or_else(|| panic!("{:?}", sink.take())))
    }

    #[test]
    fn properties_come_with_those_inside_and_equal_ones_once() {
        let rows: Vec<(String, usize, Option<String>)> = one().rows.into_iter().map(|row| (row.path, row.depth, row.same_as)).collect();
        let row = |path: &str, depth, same: Option<&str>| (path.to_owned(), depth, same.map(str::to_owned));
        let expected =
            [row("port", 0, None), row("ready", 0, None), row("ready[].path", 1, None), row("live", 0, Some("ready")), row("old", 0, None)];
        assert_eq!(rows, expected);
    }

    #[test]
    fn tables_and_tags_hold_what_looks_like_their_own_marks() {
        let page = one();
        let text = markdown(&page);
        assert!(text.contains("| `port` **required** | integer |  | a \\| b |\n"), "{text}");
        assert!(text.contains("traits:\n  - type: probe\n    properties:\n      port: 80\n"), "{text}");
        let text = html(&[page]);
        assert!(text.contains("asks <code>GET /</code> | or &lt;not&gt;") && !text.contains("<not>") && !text.contains("<port>"), "{text}");
        assert!(!text.contains("http://") && !text.contains("https://"), "it asks nobody for anything");
    }
}
