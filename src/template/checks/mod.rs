//! What can be known of a template before it is evaluated.

mod expected;
mod hints;
mod infer;
mod known;

pub use expected::Expected;
pub use known::{Known, Names};
