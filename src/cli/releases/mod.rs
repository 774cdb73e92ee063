//! Changing what environments run: wanted pins → edits of the Releases' files → the project as it would be → what that changes → the files.

mod apply;
mod chosen;
mod distance;
mod edit;
mod gate;
mod pin;
mod usage;

pub use apply::{Effect, apply};
pub use chosen::Chosen;
pub use distance::measure;
pub use edit::texts;
pub use gate::Gate;
pub use pin::{Pin, Wanted, parse_pin, pins_of};
pub use usage::{Used, unused, used};
