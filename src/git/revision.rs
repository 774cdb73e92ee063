//! The files of a commit as a source tree, read from git's own store: nothing is ever checked out.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Arc, Mutex};

use super::repository::{GitError, Repository, names};
use super::work_tree::state;
use crate::source::{Earlier, EntryKind, NoState, ReadError, SourceTree, TreeEntry};

/// What an entry of a commit is.
#[derive(Clone, Debug)]
enum Stored {
    /// A file: its object and size.
    File { object: String, size: u64 },
    /// A link, with the object that holds its target.
    Link { object: String },
    /// Another repository's commit: its files are not here.
    Submodule,
}

/// A folder as a commit has it. Files that the work tree has unchanged are read from there, which is much faster.
#[derive(Debug)]
pub struct Revision {
    commit: String,
    repository: Repository,
    entries: BTreeMap<String, Stored>,
    /// Paths that the work tree does not have as the commit does.
    changed: BTreeSet<String>,
    /// Whether it was asked for by the work tree, which then has the other paths as they are here.
    beside_work_tree: bool,
    /// Started when the first object is read.
    store: Mutex<Option<Store>>,
}

/// A running `git cat-file --batch`.
#[derive(Debug)]
pub(super) struct Store {
    child: Child,
    ask: Option<ChildStdin>,
    answer: BufReader<ChildStdout>,
}

impl Drop for Store {
    fn drop(&mut self) {
        // Without input it ends by itself.
        self.ask.take();
        let _ = self.child.wait();
    }
}

impl Store {
    pub(super) fn start(repository: &Repository) -> io::Result<Store> {
        let mut command = repository.command(["cat-file", "--batch"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (ask, answer) = (child.stdin.take(), child.stdout.take());
        Ok(Store { child, ask, answer: BufReader::new(answer.ok_or(io::ErrorKind::BrokenPipe)?) })
    }

    pub(super) fn read(&mut self, object: &str) -> io::Result<Vec<u8>> {
        let ask = self.ask.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(ask, "{object}")?;
        ask.flush()?;
        read_object(&mut self.answer, object)
    }
}

/// The answer of `git cat-file --batch` to an object that was asked for.
pub(super) fn read_object(answer: &mut impl BufRead, object: &str) -> io::Result<Vec<u8>> {
    let mut head = String::new();
    answer.read_line(&mut head)?;
    let size: usize = head
        .trim_end()
        .rsplit(' ')
        .next()
        .and_then(|size| size.parse().ok())
        .ok_or_else(|| io::Error::other(format!("git has no object `{object}`: {}", head.trim_end())))?;
    let mut bytes = vec![0; size + 1];
    answer.read_exact(&mut bytes)?;
    bytes.pop();
    Ok(bytes)
}

/// How many links in a row are followed.
const LINKS: usize = 16;

impl Revision {
    /// The repository's folder as `commit`, a full id, has it.
    ///
    /// # Errors
    /// When git fails.
    pub fn open(repository: &Repository, commit: &str) -> Result<Revision, GitError> {
        let listing = repository.ask(["ls-tree", "-r", "-l", "-z", commit, "--", "."])?;
        let entries = names(&listing).into_iter().filter_map(|line| entry(&line)).collect();
        let changed = repository.changed_since(commit)?.into_iter().collect();
        let (commit, repository) = (commit.to_owned(), repository.clone());
        Ok(Revision { commit, repository, entries, changed, beside_work_tree: false, store: Mutex::new(None) })
    }

    /// The same, asked for by the work tree.
    pub(super) fn beside_work_tree(mut self) -> Revision {
        self.beside_work_tree = true;
        self
    }

    /// The commit's id.
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// The paths that the work tree does not have as the commit does.
    pub fn changed(&self) -> impl Iterator<Item = &str> {
        self.changed.iter().map(String::as_str)
    }

    /// Whether the commit has a file or folder there.
    pub fn has(&self, path: &str) -> bool {
        self.entries.contains_key(path) || self.is_folder(path)
    }

    fn object(&self, object: &str) -> io::Result<Vec<u8>> {
        let mut store = self.store.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let store = match &mut *store {
            Some(store) => store,
            none => none.insert(Store::start(&self.repository)?),
        };
        store.read(object)
    }

    fn is_folder(&self, path: &str) -> bool {
        let prefix = format!("{path}/");
        path.is_empty() || self.entries.range(prefix.clone()..).next().is_some_and(|(name, _)| name.starts_with(&prefix))
    }

    /// The path that a path stands for, links followed; `None` if one leaves the tree, dangles or goes round in circles.
    fn real(&self, path: &str) -> Option<String> {
        let mut todo: Vec<String> = path.split('/').rev().filter(|step| !step.is_empty()).map(str::to_owned).collect();
        let mut real = String::new();
        let mut links = 0;
        while let Some(step) = todo.pop() {
            match step.as_str() {
                "." => continue,
                ".." => {
                    if real.is_empty() {
                        return None;
                    }
                    real.truncate(real.rfind('/').unwrap_or(0));
                    continue;
                }
                _ => {}
            }
            let next = if real.is_empty() { step } else { format!("{real}/{step}") };
            if let Some(Stored::Link { object }) = self.entries.get(&next) {
                links += 1;
                let target = String::from_utf8(self.object(object).ok()?).ok()?;
                if links > LINKS || target.starts_with('/') {
                    return None;
                }
                todo.extend(target.split('/').rev().filter(|step| !step.is_empty()).map(str::to_owned));
                continue;
            }
            real = next;
        }
        self.has(&real).then_some(real)
    }
}

/// A line of `ls-tree -l`: mode, type, object, size, TAB, path.
fn entry(line: &str) -> Option<(String, Stored)> {
    let (facts, path) = line.split_once('\t')?;
    let mut words = facts.split_ascii_whitespace();
    let (mode, kind, object, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let object = object.to_owned();
    let stored = match (mode, kind) {
        ("120000", _) => Stored::Link { object },
        (_, "blob") => Stored::File { object, size: size.parse().ok()? },
        _ => Stored::Submodule,
    };
    Some((path.to_owned(), stored))
}

impl SourceTree for Revision {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        let real = self.real(path).ok_or(ReadError::Missing)?;
        let Some(Stored::File { object, size }) = self.entries.get(&real) else { return Err(ReadError::Missing) };
        if *size > limit {
            return Err(ReadError::TooLarge(*size));
        }
        // Of another size it is the same file with the line ends of another system.
        if !self.changed.contains(&real)
            && let Ok(bytes) = std::fs::read(self.repository.folder().join(&real))
            && bytes.len() as u64 == *size
        {
            return Ok(bytes);
        }
        self.object(object).map_err(ReadError::Io)
    }

    fn list(&self, path: &str) -> Result<Vec<TreeEntry>, ReadError> {
        let real = self.real(path).filter(|real| self.is_folder(real)).ok_or(ReadError::Missing)?;
        let prefix = if real.is_empty() { String::new() } else { format!("{real}/") };
        let mut found: BTreeMap<String, EntryKind> = BTreeMap::new();
        for (name, stored) in self.entries.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix)) {
            let rest = &name[prefix.len()..];
            if let Some((folder, _)) = rest.split_once('/') {
                found.insert(folder.to_owned(), EntryKind::Directory);
                continue;
            }
            let kind = match stored {
                Stored::File { .. } => EntryKind::File,
                Stored::Submodule => EntryKind::Directory,
                Stored::Link { .. } => match self.real(name) {
                    Some(target) if self.entries.contains_key(&target) => EntryKind::File,
                    // A link to one of its own parents would never end.
                    Some(target) if !name.starts_with(&format!("{target}/")) && !target.is_empty() => EntryKind::Directory,
                    _ => EntryKind::ForeignLink,
                },
            };
            found.insert(rest.to_owned(), kind);
        }
        Ok(found.into_iter().map(|(name, kind)| TreeEntry { name, kind }).collect())
    }

    fn earlier(&self, name: &str) -> Result<Arc<dyn Earlier>, NoState> {
        Ok(Arc::new(state(&self.repository, name)?))
    }
}

impl Earlier for Revision {
    fn id(&self) -> &str {
        &self.commit
    }

    fn may_differ(&self, path: &str) -> bool {
        !self.beside_work_tree || self.changed.contains(path)
    }
}
