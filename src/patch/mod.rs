//! Patches over nodes: strategic merge as Kubernetes means it, JSON merge (RFC 7396) and JSON patch (RFC 6902).
//!
//! Values keep their origins: what a patch sets has the patch's origin, what it leaves alone keeps its own, and stays shared with the
//! original. Every change of something that was there is recorded as a [`Change`]; whether it is a conflict is for the caller to judge.
//!
//! Must never know: OAM, or who wrote a patch and why.

mod directive;
mod json_merge;
mod json_patch;
mod path;
mod strategic;

pub use directive::strip_directives;
pub use json_merge::json_merge;
pub use json_patch::json_patch;
pub use strategic::strategic;

use crate::tree::{Node, Origin};

/// Something that was there and that a patch changed to a different value, or took away. Setting what was not there, and setting the value that
/// is there already, are no changes.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where, as `spec.template.spec.containers[name=main].image`.
    pub path: String,
    /// What was there.
    pub before: Node,
    /// What is there now; `None`: nothing.
    pub after: Option<Node>,
    /// The part of the patch that did it.
    pub by: Origin,
    /// Whether the patch says that it replaces or deletes: `$patch: override`, `replace` or `delete`, a `null`, or a JSON patch's operation.
    pub declared: bool,
}
