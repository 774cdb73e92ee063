//! Whether an object has the structure of its kind.

use super::metadata::check_metadata;
use super::{KindSchema, Version};
use crate::diag::Sink;
use crate::tree::Node;

/// Reports everything in an object that its kind does not take: unknown fields, values of a wrong type or format, missing fields, values
/// that are none of those allowed, names that are none; each at the line of the person who wrote it. Returns whether there was nothing.
pub fn check_structure(object: &Node, kind: &KindSchema, version: Version, sink: &Sink) -> bool {
    let fits = kind.shapes().validate(object, &format!("`{}`", kind.kind), sink);
    check_metadata(object, kind, version, sink) && fits
}
