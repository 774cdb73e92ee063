//! From a commit of the code repository to a commit of the config repository, and back to the proof that the one is what the other renders.

mod committed;
mod destination;
mod provenance;
mod publish;
mod source;
mod verify;

pub use destination::{Destination, Wanted, inside};
pub use publish::{Published, Request, publish};
pub use source::Source;
pub use verify::{Tree, verify};

use super::changes::git_failure;
use super::exit::Failure;
use crate::git::GitError;

/// A failure of git as one of the run.
pub fn failed(error: GitError) -> Failure {
    let failure = git_failure(&error);
    match error {
        GitError::Unreachable { .. } => {
            failure.help("nothing was published; try again when it can be reached, or see what `git ls-remote` says")
        }
        GitError::Refused { .. } => failure.help("nothing was published; what refused it says why"),
        _ => failure,
    }
}
