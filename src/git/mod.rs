//! Git: the user's own `git` program, so that credentials, signing and hooks work as they were set up.
//!
//! Must never know: OAM, Kubernetes, the command line.

mod checkout;
mod facts;
mod fetched;
mod object;
mod repository;
mod revision;
mod snapshot;
mod work_tree;
mod workshop;

pub use checkout::Followed;
pub use facts::Logged;
pub use fetched::{Fetched, FetchedFile, FileKind};
pub use object::Format;
pub use repository::{Apart, GitError, Repository};
pub use revision::Revision;
pub use snapshot::{Item, ItemKind, Snapshot};
pub use work_tree::WorkTree;
pub use workshop::{Edit, Pushed, Workshop};

#[cfg(test)]
mod tests;
