//! JSON Schema as a flat table: one engine for the parameters of types, our own documents, Kubernetes kinds and CRDs.
//!
//! Must never know: what a schema describes.

mod table;

pub use table::{Child, Doc, Kind, ListKind, Others, Property, Shape, ShapeId, Shapes, Types};
