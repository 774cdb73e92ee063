//! Git: the user's own `git` program, so that credentials, signing and hooks work as they were set up.
//!
//! Must never know: OAM, Kubernetes, the command line.

mod repository;
mod revision;

pub use repository::{GitError, Repository};
pub use revision::Revision;

#[cfg(test)]
mod tests;
