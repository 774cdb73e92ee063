//! Whether an object has the structure of its kind.

use super::metadata::check_metadata;
use super::{KindSchema, Version};
use crate::diag::{Diagnostic, Sink, code};
use crate::tree::Node;

/// Reports everything in an object that its kind does not take: unknown fields, values of a wrong type or format, missing fields, values
/// that are none of those allowed, names that are none; each at the line of the person who wrote it. Returns whether there was nothing.
pub fn check_structure(object: &Node, kind: &KindSchema, version: Version, sink: &Sink) -> bool {
    let fits = kind.shapes().validate(object, &format!("`{}`", kind.kind), sink);
    if let Some(warning) = kind.deprecated.as_ref().map(|_| deprecated(object, kind)) {
        sink.push(warning);
    }
    check_metadata(object, kind, version, sink) && fits && kind.deprecated.is_none()
}

/// Says that a kind should no longer be used, and what should be.
fn deprecated(object: &Node, kind: &KindSchema) -> Diagnostic {
    let at = object.field("apiVersion").map_or(object.origin, |version| version.origin).author();
    let mut message = format!("`{}` of `{}` is deprecated", kind.kind, kind.api_version);
    let Some(known) = &kind.deprecated else { return Diagnostic::warning(code::DEPRECATED, at, message) };
    if let Some(since) = known.since {
        message.push_str(&format!(" since Kubernetes 1.{since}"));
    }
    if let Some(removed) = known.removed {
        message.push_str(&format!(", and removed in 1.{removed}"));
    }
    if let Some(said) = &known.said {
        message.push_str(&format!(": {said}"));
    }
    let warning = Diagnostic::warning(code::DEPRECATED, at, message);
    match &known.instead {
        Some((version, other)) if !other.is_empty() && *other != kind.kind => warning.help(format!("use `{other}` of `{version}`")),
        Some((version, _)) => warning.help(format!("write `apiVersion: {version}`")),
        None => warning,
    }
}
