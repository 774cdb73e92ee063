//! Changes for people and machines: one entry per change, however often it repeats.
//!
//! Must never know: how the objects were made, files on disk.

mod changed;
mod entries;
mod text;
mod unified;

pub use changed::{Changed, Field, Mark, Place, changed, spots};
pub use entries::{Entry, Totals, collapse, is_hash};
pub use text::text;
pub use unified::unified;

#[cfg(test)]
mod tests;
