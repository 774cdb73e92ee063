//! What differs between what was and what is rendered now: the two sides, and the comparison.
//!
//! Now is always rendered, object by object, with its origins. What was ([`Before`]) is text: of the output directory, of another revision of the
//! project, of another environment. Equal texts are equal objects; only of those that differ fields are looked at.

mod before;
mod blame;
mod compare;
mod streams;

pub use before::{Before, environment, git_failure, other, output, revision};
pub use compare::{Change, OldIsWrong, compare};
pub use streams::streams;
