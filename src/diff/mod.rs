//! What changed between two objects, and between two sets of them: by field, lists by the keys that Kubernetes publishes for them,
//! files inside of ConfigMaps by their own fields, values of Secrets never shown; and what a change puts at risk.
//!
//! Must never know: where the objects came from, or how a change is shown.

mod content;
mod fields;
mod lists;
mod rename;
mod risk;
mod secret;

pub use fields::fields;
pub use rename::nameless;
pub use risk::{Gravity, MARK_ANNOTATION, MARKS, PRODUCTION, RENAME, RISKS, Risk, gravity, risks, told};
pub use secret::shown;

use crate::kubernetes::ObjectId;
use crate::tree::{Node, Path};

/// What became of a field. At least one of the two sides is there.
#[derive(Clone, Debug)]
pub struct FieldChange {
    /// Where it stands: in the new object, or in the old one if it is gone. A field inside of a file that a ConfigMap holds has the path of the
    /// file and then its own.
    pub path: Path,
    /// What it was; `None` if it was not there.
    pub old: Option<Node>,
    /// What it is; `None` if it is gone.
    pub new: Option<Node>,
    /// The value that holds it in the new object: who set that one decided over a field that is gone.
    pub holder: Node,
}

/// What became of an object.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fate {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Fields of it are not what they were.
    Changed,
}

/// Both sides of one object.
#[derive(Clone, Debug)]
pub struct Pair<'a> {
    /// Who it is.
    pub id: &'a ObjectId,
    /// What it was.
    pub old: Option<&'a Node>,
    /// What it is.
    pub new: Option<&'a Node>,
}

impl Pair<'_> {
    /// What became of it. Both sides are there unless it was added or removed.
    pub fn fate(&self) -> Fate {
        match (self.old, self.new) {
            (None, _) => Fate::Added,
            (_, None) => Fate::Removed,
            _ => Fate::Changed,
        }
    }
}

#[cfg(test)]
mod tests;
