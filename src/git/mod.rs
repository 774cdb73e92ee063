//! Git: the user's own `git` program, so that credentials, signing and hooks work as they were set up.
//!
//! Must never know: OAM, Kubernetes, the command line.

mod fetched;
mod repository;
mod revision;
mod work_tree;

pub use fetched::{Fetched, FetchedFile, FileKind};
pub use repository::{Apart, GitError, Repository};
pub use revision::Revision;
pub use work_tree::WorkTree;

#[cfg(test)]
mod tests;
