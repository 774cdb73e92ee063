//! What is published: the project as a commit of its repository has it, and nothing that is only in the work tree.

use std::collections::BTreeSet;

use super::failed;
use super::provenance::{inputs, place};
use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use crate::cli::project::{self, Located};
use crate::cli::settings::Settings;
use crate::cli::standalone::Input;
use crate::git::{GitError, Repository, Revision};

/// Documents that are listed.
const LISTED: usize = 10;

/// The project as of a commit.
pub struct Source {
    /// The repository, seen from the project's folder.
    pub repository: Repository,
    /// The commit.
    pub commit: String,
    /// Whether somebody named it; else it is HEAD.
    pub is_named: bool,
    /// The project.
    pub opened: Opened,
    /// The digest of what was read.
    pub inputs: String,
}

impl Source {
    /// The project that the settings are about, as of a commit that somebody names, or of HEAD.
    ///
    /// # Errors
    /// When there is no such commit, or documents of the work tree are not committed.
    pub fn open(revision: Option<&str>, settings: &Settings) -> Result<Source, Failure> {
        let located = project::find(settings)?;
        let repository = Repository::around(located.folder.root()).map_err(|error| match error {
            GitError::NoRepository(_) => Failure::refused("the project is in no git repository, so there is no revision to publish")
                .help("`git init`, then commit the documents"),
            error => failed(error),
        })?;
        let commit = repository.commit(revision.unwrap_or("HEAD")).map_err(|error| match (error, revision) {
            (GitError::NoRevision(_), None) => {
                Failure::refused("the project's repository has no commit yet").help("commit the documents, then publish")
            }
            (error, _) => failed(error),
        })?;
        let source = Source::at(located, repository, commit, revision.is_some())?;
        if revision.is_none() {
            source.refuse_uncommitted(settings)?;
        }
        Ok(source)
    }

    /// The project as of a commit.
    ///
    /// # Errors
    /// When git fails.
    pub fn at(located: Located, repository: Repository, commit: String, is_named: bool) -> Result<Source, Failure> {
        let tree = Revision::open(&repository, &commit).map_err(failed)?;
        let opened = Opened::from_tree(located, &tree);
        let inputs = inputs(opened.sources());
        Ok(Source { repository, commit, is_named, opened, inputs })
    }

    /// The name of the project; empty where it could not be read.
    pub fn project(&self) -> String {
        self.opened.loaded.workspace.as_ref().map(|workspace| workspace.project.meta.name.value.to_string()).unwrap_or_default()
    }

    /// The commit as people write it.
    pub fn short(&self) -> &str {
        self.commit.get(..10).unwrap_or(&self.commit)
    }

    /// The address of the repository, as far as it has one, as it may be told.
    pub fn address(&self) -> String {
        let branch = self.repository.branch().unwrap_or_default();
        let address = self.repository.remote_of(&branch).and_then(|remote| self.repository.address(&remote));
        let own = || self.repository.top().ok().map(|top| top.display().to_string());
        address.or_else(own).map(|address| place(&address)).unwrap_or_default()
    }

    /// Whether a later commit holds the same documents.
    ///
    /// # Errors
    /// When git fails.
    pub fn is_same_at(&self, commit: &str) -> Result<bool, Failure> {
        let other = Source::at(self.opened.located.clone(), self.repository.clone(), commit.to_owned(), true)?;
        Ok(other.inputs == self.inputs)
    }

    /// Refuses what would be lost on the way: documents of the work tree that no commit has.
    fn refuse_uncommitted(&self, settings: &Settings) -> Result<(), Failure> {
        let read: BTreeSet<&str> = self.opened.sources().files().iter().map(|file| file.path()).collect();
        let changed = self.repository.changed_since(&self.commit).map_err(failed)?;
        let changed: Vec<&str> = changed.iter().map(String::as_str).filter(|path| read.contains(path)).collect();
        let new = self.new_documents(&read, settings)?;
        let ignored = self.repository.ignored(&new).map_err(failed)?;
        if let Some(first) = ignored.first() {
            let message = match ignored.len() {
                1 => format!("{} is a document that git ignores, so no revision has it", self.named(first)),
                more => format!("{} and {} more are documents that git ignores, so no revision has them", self.named(first), more - 1),
            };
            return Err(Failure::refused(message).help(format!(
                "`git check-ignore -v {first}` says which rule it is; change that and commit the document, or move it away"
            )));
        }
        let told: Vec<String> = changed
            .iter()
            .map(|path| (*path, "changed"))
            .chain(new.iter().map(|path| (path.as_str(), "new")))
            .map(|(path, what)| {
                let gone = !self.opened.located.root.join(path).exists();
                format!("{} ({})", self.named(path), if gone { "removed" } else { what })
            })
            .collect();
        if told.is_empty() {
            return Ok(());
        }
        let more = told.len().saturating_sub(LISTED);
        let mut list = told[..told.len().min(LISTED)].join(", ");
        if more > 0 {
            list.push_str(&format!(" and {more} more"));
        }
        let what = if told.len() == 1 { "a document is" } else { "documents are" };
        Err(Failure::refused(format!("{what} not committed: {list}"))
            .help("commit them, or publish what is committed with `--revision HEAD`"))
    }

    /// Documents of the work tree that the commit does not have.
    fn new_documents(&self, known: &BTreeSet<&str>, settings: &Settings) -> Result<Vec<String>, Failure> {
        let output = self.opened.output_directory();
        let output = output.strip_prefix(&self.opened.located.root).ok().map(|path| format!("{}/", path.display()));
        let is_rendered = |path: &str| output.as_ref().is_some_and(|output| path.starts_with(output));
        let untracked = self.repository.untracked().map_err(failed)?;
        let suspects: BTreeSet<&str> = untracked
            .iter()
            .map(String::as_str)
            .filter(|path| (path.ends_with(".yaml") || path.ends_with(".yml")) && !is_rendered(path) && !known.contains(path))
            .collect();
        if suspects.is_empty() {
            return Ok(Vec::new());
        }
        // Whether they are documents is known when they are read.
        let now = Opened::read(&Input::default(), settings)?;
        let files = now.sources().files().iter().map(|file| file.path());
        Ok(files.filter(|path| suspects.contains(path)).map(str::to_owned).collect())
    }

    fn named(&self, path: &str) -> String {
        format!("`{}{path}`", self.opened.located.prefix)
    }
}
