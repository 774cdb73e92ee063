//! A tree as it once was.

use super::SourceTree;

/// A state of a tree that does not change any more.
pub trait Earlier: SourceTree + Send {
    /// What tells it from all other states: the full id of a commit.
    fn id(&self) -> &str;

    /// Whether a file may be another one here than in the tree that was asked for this state. That it may does not say that it is.
    fn may_differ(&self, path: &str) -> bool;
}

/// Why a tree has no earlier state of a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoState {
    /// What is wrong: one sentence in lower case.
    pub problem: String,
    /// The way out.
    pub help: Option<String>,
    /// The name that should be used, where the one that was is no lasting one.
    pub instead: Option<String>,
}
