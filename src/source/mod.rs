//! Source text and positions: files behind one interface, and a 4-byte position for every byte of them.
//!
//! Must never know: YAML, OAM documents, Kubernetes.

mod earlier;
mod position;
mod text;
mod tree;

pub use earlier::{Earlier, NoState};
pub use position::{Place, Pos, Role, SourceFile, Sources, TooMuchSource};
pub use text::{BadText, decode};
pub use tree::{EntryKind, Folder, Memory, Overlay, ReadError, SourceTree, TreeEntry, reason};
