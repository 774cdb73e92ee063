//! One object by itself: it has a kind that exists, and its fields.

use super::validations::validations;
use crate::diag::{Diagnostic, Sink, code};
use crate::kubernetes::{Schemas, check_structure};
use crate::tree::Node;

/// Judges the structure of an object. Reports kinds that neither Kubernetes nor a CRD has, unknown and missing fields, and values of a
/// wrong type, each at the line of the person who wrote it. Returns whether it is sound.
pub(super) fn structure(object: &Node, schemas: &Schemas, sink: &Sink) -> bool {
    match schemas.kind_of(object) {
        // As an API server does: rules of a definition are judged once the rest is sound.
        Some(kind) => check_structure(object, kind, schemas.version(), sink) && validations(object, kind, sink),
        None => {
            sink.push(unknown(object, schemas));
            false
        }
    }
}

fn unknown(object: &Node, schemas: &Schemas) -> Diagnostic {
    for field in ["apiVersion", "kind"] {
        match object.field(field) {
            Some(value) if value.as_str().is_some_and(|text| !text.is_empty()) => {}
            Some(value) => {
                let message = format!("`{field}` of an object is a {}, not a name", value.value.type_name());
                return Diagnostic::error(code::WRONG_TYPE, value.origin.author(), message);
            }
            None => {
                let message = format!("an object has no `{field}`");
                return Diagnostic::error(code::MISSING_FIELD, object.origin.author(), message);
            }
        }
    }
    let text = |field: &str| object.field(field).and_then(Node::as_str).unwrap_or_default();
    let at = object.field("kind").map_or(object.origin, |kind| kind.origin).author();
    schemas.unknown_kind(text("apiVersion"), text("kind"), at)
}
