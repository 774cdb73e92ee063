//! A folder on disk, with the commits of its repository behind it.

use std::sync::{Arc, OnceLock};

use super::repository::{GitError, Repository};
use super::revision::Revision;
use crate::source::{Earlier, Folder, NoState, ReadError, SourceTree, TreeEntry};

/// A folder that knows its history. Git is not asked before somebody wants an earlier state.
#[derive(Debug)]
pub struct WorkTree<'a> {
    folder: &'a Folder,
    repository: OnceLock<Result<Repository, NoState>>,
}

impl<'a> WorkTree<'a> {
    /// The folder, in whatever repository it is, if any.
    pub fn new(folder: &'a Folder) -> WorkTree<'a> {
        WorkTree { folder, repository: OnceLock::new() }
    }
}

impl SourceTree for WorkTree<'_> {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        self.folder.read(path, limit)
    }

    fn list(&self, path: &str) -> Result<Vec<TreeEntry>, ReadError> {
        self.folder.list(path)
    }

    fn earlier(&self, name: &str) -> Result<Arc<dyn Earlier>, NoState> {
        let repository = self.repository.get_or_init(|| Repository::around(self.folder.root()).map_err(|error| nothing(&error)));
        let repository = repository.as_ref().map_err(Clone::clone)?;
        Ok(Arc::new(state(repository, name)?.beside_work_tree()))
    }
}

/// The commit of a lasting name: of an id, or the beginning of one, or of a tag. A branch is another commit tomorrow.
pub(super) fn state(repository: &Repository, name: &str) -> Result<Revision, NoState> {
    let commit = match repository.commit(name) {
        Ok(commit) => commit,
        Err(GitError::NoRevision(_)) => return Err(unknown(repository, name)),
        Err(error) => return Err(nothing(&error)),
    };
    if !commit.starts_with(name) && !repository.has_tag(name) {
        let problem = format!("`{name}` is another commit tomorrow: only an id or a tag stays what it is");
        return Err(NoState { problem, help: Some(format!("it is `{commit}` now")), instead: Some(commit) });
    }
    Revision::open(repository, &commit).map_err(|error| nothing(&error))
}

/// Why a commit is not here, and how it comes here.
fn unknown(repository: &Repository, name: &str) -> NoState {
    let is_id = name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if repository.is_shallow() {
        let one = if is_id { format!("; `git fetch --depth 1 origin {name}` this commit alone") } else { String::new() };
        let help = format!("`git fetch --unshallow` brings the whole history{one}");
        return NoState { problem: format!("`{name}` is not in this clone, which is a shallow one"), help: Some(help), instead: None };
    }
    let what = if is_id { format!("git fetch origin {name}") } else { "git fetch --all --tags".to_owned() };
    let help = format!("`{what}` brings it, if it is elsewhere; `git log` shows what there is here");
    NoState { problem: format!("no commit of the repository is called `{name}`"), help: Some(help), instead: None }
}

/// Git has no answer at all.
fn nothing(error: &GitError) -> NoState {
    let help = matches!(error, GitError::NoGit(_)).then(|| "install git".to_owned());
    let problem = match error {
        GitError::NoRepository(_) => "the project is in no git repository, and so it has no earlier state".to_owned(),
        error => error.to_string(),
    };
    NoState { problem, help, instead: None }
}
