//! The one value type of the whole pipeline: [`Node`], a YAML/JSON value in which everything knows its origin.
//!
//! Must never know: OAM documents, Kubernetes.

mod interim;
mod key;
mod log;
mod node;
mod path;

pub use interim::{Document, Tags, emit, read_yaml, token_range};
pub use key::Key;
pub use log::{Dropped, Lost, UnitLog};
pub use node::{Entry, Fill, Node, Origin, Value};
pub use path::{NAMES, Path, Segment};
