//! The one value type of the whole pipeline: [`Node`], a YAML/JSON value in which everything knows its origin; and YAML itself, read
//! and written.
//!
//! Must never know: OAM documents, Kubernetes objects.

mod edit;
mod emit;
mod key;
mod log;
mod node;
mod path;
mod yaml;

pub use edit::{Edits, flow};
pub use emit::{Watch, emit, emit_data, emit_watched};
pub use key::Key;
pub use log::{Dropped, Lost, Mark, UnitLog};
pub use node::{Entry, Fill, Node, Origin, Value};
pub use path::{NAMES, Path, Segment, Trail};
pub use yaml::{Document, Documents, Tags, read_documents, read_yaml, token_range};
