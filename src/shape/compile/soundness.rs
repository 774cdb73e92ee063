//! What can be said of a schema only when its whole table is there.

use super::Compiler;
use crate::diag::{Diagnostic, Sink, code};
use crate::shape::{Others, Shape, ShapeId, Shapes, Types};
use crate::source::Pos;
use crate::tree::{Key, Node};

impl Compiler<'_> {
    /// What an API server asks of each part of the schema of a custom resource.
    pub(super) fn check_structural(&mut self, node: &Node, shape: &Shape, preserves: bool) {
        if shape.types == Types::ANY && !preserves {
            let help = "write `type`, or `x-kubernetes-preserve-unknown-fields: true` for anything";
            self.report(Diagnostic::error(code::BAD_SCHEMA, node.origin.at, "a part of the schema has no `type`").help(help));
        }
        if shape.types.meets(Types::LIST) && shape.types != Types::ANY && shape.items.is_none() {
            let at = node.field("type").map_or(node.origin, |kind| kind.origin).at;
            self.report(
                Diagnostic::error(code::BAD_SCHEMA, at, "a list has no `items`")
                    .help("say what its items are, as in `items: {type: string}`"),
            );
        }
        for key in shape.checks.iter().filter(|_| shape.others == Others::Closed).flat_map(|checks| &checks.required) {
            let at = node.field("required").map_or(node.origin, |required| required.origin).at;
            let message = format!("`{key}` is required and not declared, so that no object can have it and none is valid");
            let known: Vec<&str> = shape.properties.iter().map(|property| property.key.as_str()).collect();
            self.sink.push(Diagnostic::warning(code::BAD_SCHEMA, at, message).suggest(key.as_str(), known));
        }
    }

    /// Every default of a custom resource's schema fits it.
    pub(super) fn check_server_defaults(&mut self, shapes: &Shapes) {
        for index in 0..self.written {
            let id = ShapeId(index as u32);
            let shape = shapes.shape(id);
            let Some(default) = shape.default.as_ref().filter(|_| shape.judged_by.is_none()) else { continue };
            if !self.is_endless(shapes, id) {
                let filled = shapes.fill_defaults_at(id, default.clone());
                self.check_default(shapes, id, default, &filled);
            }
        }
    }

    /// Every default fits its own schema, and nothing that must be given has one.
    pub(super) fn check_defaults(&mut self, shapes: &Shapes, required: &[(ShapeId, Key, Pos)]) {
        for &(id, key, at) in required {
            let property = shapes.shape(id).properties.iter().find(|property| property.key == key);
            if let Some(default) = property.and_then(|property| shapes.shape(property.shape).default.as_ref()) {
                let message = format!("`{key}` is required and has a default, so that its default never counts");
                let diagnostic = Diagnostic::error(code::BAD_SCHEMA, at, message).label(default.origin.at, "the default");
                self.report(diagnostic.help("remove it from `required`, or remove the default"));
            }
        }
        if shapes.beyond.is_some() {
            // The table alone cannot judge; the full validator judges the values with the defaults filled in.
            return;
        }
        for index in 0..self.written {
            let id = ShapeId(index as u32);
            let shape = shapes.shape(id);
            // A shape to walk has the default of its judge, which is looked at there.
            let Some(default) = shape.default.as_ref().filter(|_| shape.judged_by.is_none()) else { continue };
            if self.is_endless(shapes, id) {
                self.problem(default.origin.at, "the default holds itself without end, by the defaults inside it");
                return;
            }
            let filled = shapes.fill_defaults_at(id, default.clone());
            self.check_default(shapes, id, default, &filled);
        }
    }

    fn check_default(&mut self, shapes: &Shapes, id: ShapeId, default: &Node, filled: &Node) {
        let found = Sink::new();
        if shapes.validate_at(id, filled, "the default", &found) {
            return;
        }
        for problem in found.take().diagnostics {
            let message = format!("the default does not fit its own schema: {}", problem.message);
            let at = if problem.at.is_known() { problem.at } else { default.origin.at };
            let mut diagnostic = Diagnostic::error(code::BAD_SCHEMA, at, message).label(shapes.shape(id).at, "the schema");
            diagnostic.help = problem.help;
            diagnostic.replacement = problem.replacement;
            self.report(diagnostic);
        }
    }

    /// Whether filling the default of a shape leads to filling it again.
    fn is_endless(&self, shapes: &Shapes, start: ShapeId) -> bool {
        let mut open: Vec<(ShapeId, &Node)> = shapes.shape(start).default.iter().map(|default| (start, default)).collect();
        let mut seen: Vec<ShapeId> = vec![start];
        while let Some((id, node)) = open.pop() {
            // To walk, so that the properties of all branches count: one too many is refused rather than one too few.
            let view = shapes.table.iter().position(|shape| shape.judged_by == Some(id)).map_or(id, |index| ShapeId(index as u32));
            let shape = shapes.shape(view);
            for property in shape.properties.iter().filter(|_| node.is_map()) {
                let child = shapes.shape(property.shape).judged_by.unwrap_or(property.shape);
                match (node.get(property.key), &shapes.shape(property.shape).default) {
                    (Some(given), _) => open.push((property.shape, given)),
                    (None, Some(default)) if default.is_map() || default.is_list() => {
                        if child == start {
                            return true;
                        }
                        if !seen.contains(&child) {
                            seen.push(child);
                            open.push((property.shape, default));
                        }
                    }
                    _ => {}
                }
            }
            if let Some(items) = shape.items {
                open.extend(node.items().iter().map(|item| (items, item)));
            }
            if let Others::Each(each) = shape.others {
                let undeclared = node.entries().iter().filter(|entry| shapes.property(view, entry.key).is_none());
                open.extend(undeclared.map(|entry| (each, &entry.node)));
            }
        }
        false
    }
}
