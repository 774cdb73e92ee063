//! JSON Schema as a flat table: one engine for the parameters of types, our own documents, Kubernetes kinds and CRDs.
//!
//! [`compile`] reads a schema (and judges it), [`Shapes::fill_defaults`] and [`Shapes::validate`] apply it, and the rest of [`Shapes`]
//! is for those who walk through it: templates, patches, documentation.
//!
//! Must never know: what a schema describes.

mod beyond;
mod checks;
mod compile;
mod defaults;
mod describe;
mod fits;
mod format;
mod number;
mod report;
mod table;
#[cfg(test)]
mod tests;
mod union;
mod walk;
mod whole;

pub use checks::{Bound, Checks, Condition, Limits, Pattern, Validation};
pub use compile::{NoReferences, References, compile, compile_published, compile_structural};
pub use describe::{Branch, Description, Field};
pub use format::Format;
pub use table::{Child, Doc, Kind, ListKind, Others, Property, Shape, ShapeId, Shapes, Types};
pub use union::{Arm, Union, UnionForm};
pub use walk::NoSuchPath;
pub use whole::{Bundle, whole};
