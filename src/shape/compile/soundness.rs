//! What can be said of a schema only when its whole table is there.

use super::Compiler;
use crate::diag::{Diagnostic, Sink, code};
use crate::shape::{Others, ShapeId, Shapes};
use crate::source::Pos;
use crate::tree::{Key, Node};

impl Compiler<'_> {
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
            let found = Sink::new();
            if !shapes.validate_at(id, &filled, "the default", &found) {
                for problem in found.take().diagnostics {
                    let message = format!("the default does not fit its own schema: {}", problem.message);
                    let at = if problem.at.is_known() { problem.at } else { default.origin.at };
                    let mut diagnostic = Diagnostic::error(code::BAD_SCHEMA, at, message).label(shape.at, "the schema");
                    diagnostic.help = problem.help;
                    diagnostic.replacement = problem.replacement;
                    self.report(diagnostic);
                }
            }
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
