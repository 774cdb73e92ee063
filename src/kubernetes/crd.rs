//! The kinds that a CustomResourceDefinition defines.

use super::definition;
use super::{Deprecation, KindSchema, Version};
use crate::diag::{Diagnostic, Sink, code};
use crate::shape::{Others, Property, Shape, ShapeId, Shapes, Types, compile_structural};
use crate::tree::{Key, Node, Value};

/// The kinds of a definition, one for each version that it serves; none for documents of other kinds. Mistakes go to the sink.
pub(super) fn kinds(node: &Node, version: Version, sink: &Sink) -> Vec<KindSchema> {
    let text = |path: &[&str]| node.at(path).and_then(Node::as_str);
    if text(&["kind"]) != Some("CustomResourceDefinition") {
        return Vec::new();
    }
    let at = node.field("kind").map_or(node.origin, |kind| kind.origin).author();
    let missing = |what: &str| {
        sink.push(
            Diagnostic::error(code::BAD_SCHEMA, at, format!("the CustomResourceDefinition has no `{what}`"))
                .help("only definitions of `apiextensions.k8s.io/v1` can be read"),
        );
    };
    let (Some(group), Some(kind), Some(plural)) =
        (text(&["spec", "group"]), text(&["spec", "names", "kind"]), text(&["spec", "names", "plural"]))
    else {
        missing("spec.group`, `spec.names.kind` or `spec.names.plural");
        return Vec::new();
    };
    let versions = node.at(&["spec", "versions"]).map(Node::items).unwrap_or_default();
    if versions.is_empty() {
        missing("spec.versions");
    }
    let namespaced = text(&["spec", "scope"]) != Some("Cluster");
    let served = versions.iter().filter(|item| item.field("served").and_then(Node::as_bool) != Some(false));
    let compiled = served.filter_map(|item| {
        let Some(name) = item.field("name").and_then(Node::as_str) else {
            missing("spec.versions[].name");
            return None;
        };
        let shapes = match item.at(&["schema", "openAPIV3Schema"]) {
            Some(schema) => compile_structural(&without_nulls(schema), sink)?,
            None => Shapes::new(vec![Shape { types: Types::MAP, ..Shape::default() }]),
        };
        let deprecated = item.field("deprecated").and_then(Node::as_bool) == Some(true);
        let said = item.field("deprecationWarning").and_then(Node::as_str).map(Into::into);
        let shapes = with_metadata(shapes, version);
        let mut schema = KindSchema::custom(group, name, kind, plural, namespaced, shapes);
        schema.deprecated = deprecated.then_some(Deprecation { since: None, removed: None, instead: None, said });
        Some(schema)
    });
    compiled.collect()
}

/// A schema without what is `null` in it, which counts as absent; the values of `default`, `enum` and examples stay.
fn without_nulls(schema: &Node) -> Node {
    let mut schema = schema.clone();
    match &mut schema.value {
        Value::Map(entries) if entries.iter().any(|entry| entry.node.is_null() || entry.node.is_map() || entry.node.is_list()) => {
            let entries = std::sync::Arc::make_mut(entries);
            entries.retain(|entry| !entry.node.is_null());
            for entry in entries {
                if !matches!(entry.key.as_str(), "default" | "enum" | "example") {
                    entry.node = without_nulls(&entry.node);
                }
            }
        }
        Value::List(items) => std::sync::Arc::make_mut(items).iter_mut().for_each(|item| *item = without_nulls(item)),
        _ => {}
    }
    schema
}

/// Judges what a CustomResourceDefinition defines: its schemas, in every version that it serves.
pub fn check_definition(node: &Node, version: Version, sink: &Sink) {
    kinds(node, version, sink);
}

/// The shapes of a custom resource, with Kubernetes' own for `metadata`, which definitions do not describe.
pub(super) fn with_metadata(mut shapes: Shapes, version: Version) -> Shapes {
    let metadata = definition::decode("meta.v1.ObjectMeta", version);
    let offset = shapes.table.len() as u32;
    let moved = |id: ShapeId| ShapeId(id.0 + offset);
    shapes.table.extend(metadata.table.into_iter().map(|mut shape| {
        shape.properties.iter_mut().for_each(|property| property.shape = moved(property.shape));
        shape.items = shape.items.map(moved);
        if let Others::Each(each) = shape.others {
            shape.others = Others::Each(moved(each));
        }
        shape
    }));
    let key = Key::new("metadata");
    let roots = [Some(ShapeId::ROOT), shapes.shape(ShapeId::ROOT).judged_by];
    for root in roots.into_iter().flatten() {
        let properties = &mut shapes.table[root.0 as usize].properties;
        match properties.iter_mut().find(|property| property.key == key) {
            Some(property) => property.shape = ShapeId(offset),
            None => properties.push(Property { key, shape: ShapeId(offset), required: false }),
        }
    }
    shapes
}
