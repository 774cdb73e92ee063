//! Judges of finished objects: one file per rule or family.
//!
//! Must never know: how the objects were made.

mod clash;
mod structure;

pub use clash::{Placed, clashes};
pub use structure::structure;
