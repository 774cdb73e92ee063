//! Imports of other repositories, brought below `vendor/` and locked by commit and content.

mod lock;
mod tree;

pub use lock::{Lock, Locked};
pub use tree::{WriteFailure, digest, half_done, judge, swap, sweep, write};

use std::path::{Path, PathBuf};

use super::exit::Failure;
use crate::load::PROJECT_FILE;
use crate::model::{Import, VENDOR};

/// How an import stands to the lock and the files that are there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// The files are those of the lock, and the lock is for what the project asks for.
    Current,
    /// The lock knows nothing of it, or of other than the project asks for; why.
    Unlocked(String),
    /// The files are not those of the lock; why.
    Differs(String),
}

/// Whether a file of a repository is one that the projects which import it read.
pub fn is_of_project(path: &str) -> bool {
    path == PROJECT_FILE || ["environments/", "clusters/", "scopes/", "definitions/"].iter().any(|folder| path.starts_with(folder))
}

/// The folder of an import.
pub fn folder(root: &Path, name: &str) -> PathBuf {
    root.join(VENDOR).join(name)
}

/// How an import stands.
///
/// # Errors
/// When its files cannot be read.
pub fn state(root: &Path, import: &Import, lock: &Lock) -> Result<State, Failure> {
    let Some(locked) = lock.find(&import.name) else { return Ok(State::Unlocked("it is not in the lock file".to_owned())) };
    let asked = Locked::asked(import);
    for (what, asked, locked) in [
        ("url", &Some(asked.url), &Some(locked.url.clone())),
        ("ref", &asked.reference, &locked.reference),
        ("path", &asked.path, &locked.path),
    ] {
        if asked != locked {
            let shown = |text: &Option<String>| text.as_ref().map_or("none".to_owned(), |text| format!("`{text}`"));
            return Ok(State::Unlocked(format!("its {what} is {}, and {} in the lock file", shown(asked), shown(locked))));
        }
    }
    let folder = folder(root, &import.name);
    let there = digest(&folder).map_err(|error| Failure::world(format!("cannot read `{}`: {error}", folder.display())))?;
    Ok(match there {
        Some(there) if there == locked.digest => State::Current,
        Some(_) => State::Differs("its files are not those of the lock file".to_owned()),
        None => State::Differs("it has no files".to_owned()),
    })
}
