//! Whether an object has the structure of its kind.

use super::KindSchema;
use crate::diag::Sink;
use crate::tree::Node;

/// Reports everything in an object that its kind does not take: unknown fields, values of a wrong type or format, missing fields, values
/// that are none of those allowed; each at the line of the person who wrote it. Returns whether there was nothing.
pub fn check_structure(object: &Node, kind: &KindSchema, sink: &Sink) -> bool {
    kind.shapes().validate(object, &format!("`{}`", kind.kind), sink)
}
