//! What differs between what was and what is rendered now: the two sides, and the comparison.
//!
//! Now is always rendered, object by object, with its origins. What was ([`Before`]) is text: of the output directory, of another revision of the
//! project, of another environment. Equal texts are equal objects; only of those that differ fields are looked at.

mod before;
mod blame;
mod compare;
mod composition;
mod joined;
mod marks;
mod preview;
mod question;
mod streams;

pub use before::{Before, git_failure, other, revision};
pub use compare::{Change, Detail, compare, rendered};
pub use preview::{preview, shown, units};
pub use question::{Comparison, Question};
