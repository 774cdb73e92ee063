//! The files of a commit, wherever it is: no work tree is asked.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;

use super::object::Format;
use super::repository::{GitError, Repository, names};
use super::revision::Store;

/// What a commit has at a path.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum ItemKind {
    /// A file.
    File,
    /// A file that may be run.
    Program,
    /// A symlink.
    Link,
    /// The commit of another repository.
    Submodule,
}

/// An entry of a commit.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// The id of its text, or of the other repository's commit.
    pub object: String,
}

/// The files of a commit below a folder; none at all where there is no commit yet.
#[derive(Debug)]
pub struct Snapshot {
    items: BTreeMap<String, Item>,
    format: Format,
    repository: Repository,
    store: Mutex<Option<Store>>,
}

impl Snapshot {
    /// The files of a commit below `folder`, a path in the repository. Their paths are relative to it.
    ///
    /// # Errors
    /// When git fails.
    pub fn open(repository: &Repository, commit: Option<&str>, folder: &str) -> Result<Snapshot, GitError> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let mut items = BTreeMap::new();
        if let Some(commit) = commit {
            let mut asked = vec!["ls-tree", "-r", "-z", "--full-tree", commit];
            if !prefix.is_empty() {
                asked.extend(["--", &prefix]);
            }
            let listing = repository.ask_all(&asked)?;
            let listed = names(&listing).into_iter().filter_map(|line| item(&line));
            items.extend(listed.filter_map(|(path, item)| Some((path.strip_prefix(&prefix)?.to_owned(), item))));
        }
        Ok(Snapshot { items, format: repository.format()?, repository: repository.clone(), store: Mutex::new(None) })
    }

    /// What is at a path; `None` for a folder too.
    pub fn item(&self, path: &str) -> Option<&Item> {
        self.items.get(path)
    }

    /// All items below a folder, by their whole paths.
    pub fn below(&self, folder: &str) -> impl Iterator<Item = (&str, &Item)> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let items = self.items.range(prefix.clone()..);
        items.take_while(move |(path, _)| path.starts_with(&prefix)).map(|(path, item)| (path.as_str(), item))
    }

    /// Whether a file has this text.
    pub fn holds(&self, path: &str, text: &[u8]) -> bool {
        let item = self.items.get(path).filter(|item| matches!(item.kind, ItemKind::File | ItemKind::Program));
        item.is_some_and(|item| item.object == self.format.blob(text))
    }

    /// The text of a file; `None` if it is not there, or is no file.
    ///
    /// # Errors
    /// When git fails.
    pub fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(item) = self.items.get(path).filter(|item| matches!(item.kind, ItemKind::File | ItemKind::Program)) else {
            return Ok(None);
        };
        let mut store = self.store.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let store = match &mut *store {
            Some(store) => store,
            none => none.insert(Store::start(&self.repository)?),
        };
        store.read(&item.object).map(Some)
    }
}

/// A line of `ls-tree`: mode, type, object, TAB, path.
fn item(line: &str) -> Option<(String, Item)> {
    let (facts, path) = line.split_once('\t')?;
    let mut words = facts.split_ascii_whitespace();
    let (mode, kind, object) = (words.next()?, words.next()?, words.next()?);
    let kind = match (mode, kind) {
        ("120000", _) => ItemKind::Link,
        ("100755", _) => ItemKind::Program,
        (_, "blob") => ItemKind::File,
        _ => ItemKind::Submodule,
    };
    Some((path.to_owned(), Item { kind, object: object.to_owned() }))
}
