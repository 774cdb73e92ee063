//! Judges of finished objects: one file per rule or family.
//!
//! [`object`] judges one object by itself, for rendered objects and for files of any origin alike.
//!
//! Must never know: how the objects were made.

mod clash;
mod definitions;
mod structure;
mod validations;

pub use clash::{Placed, clashes};

use crate::diag::Sink;
use crate::kubernetes::Schemas;
use crate::tree::Node;

/// Judges an object by itself, each problem at the line of the person who wrote the value. Returns whether nothing was found.
pub fn object(object: &Node, schemas: &Schemas, sink: &Sink) -> bool {
    structure::structure(object, schemas, sink)
}
