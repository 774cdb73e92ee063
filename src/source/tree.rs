//! Where files come from: a folder, memory, a commit. All behind [`SourceTree`].

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::{Earlier, NoState};

/// What an entry of a directory is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum EntryKind {
    /// A regular file (or a symlink to one that stays inside the tree).
    File,
    /// A directory (or a symlink to one that stays inside the tree).
    Directory,
    /// A symlink that leaves the tree, dangles, or points at one of its own parents; it is never followed.
    ForeignLink,
    /// A pipe, a socket or a device: reading it may never end.
    Special,
}

/// One entry of a directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TreeEntry {
    /// Its name, without the directory.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
}

/// A file or directory could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// It is not there.
    Missing,
    /// It is larger than the limit, in bytes, that the caller gave.
    TooLarge(u64),
    /// The world failed.
    Io(io::Error),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Missing => f.write_str("no such file or directory"),
            ReadError::TooLarge(size) => write!(f, "it has {size} bytes"),
            ReadError::Io(error) => f.write_str(&reason(error)),
        }
    }
}

/// Why the world failed, in words for people: without the number that the system has for it.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

impl std::error::Error for ReadError {}

/// A tree of files. Paths are relative to its root, with `/`, without `.` and `..`; the root is the empty path.
pub trait SourceTree: Sync {
    /// The bytes of a file of at most `limit` bytes.
    ///
    /// # Errors
    /// [`ReadError`]: it is not there, too large, or unreadable.
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError>;

    /// The entries of a directory, sorted by name (bytes).
    ///
    /// # Errors
    /// [`ReadError`]: it is not there, or unreadable.
    fn list(&self, path: &str) -> Result<Vec<TreeEntry>, ReadError>;

    /// The tree as it was in an earlier state, by the name that people give it.
    ///
    /// # Errors
    /// [`NoState`]: the tree keeps no history, or knows no such state.
    fn earlier(&self, name: &str) -> Result<Arc<dyn Earlier>, NoState> {
        let problem = format!("there is no `{name}`: these files have no history");
        Err(NoState { problem, help: None, instead: None })
    }
}

/// A folder on disk.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
    canonical: PathBuf,
}

impl Folder {
    /// The folder at `root`.
    ///
    /// # Errors
    /// When it does not exist or cannot be entered.
    pub fn open(root: impl Into<PathBuf>) -> io::Result<Folder> {
        let root = root.into();
        let canonical = root.canonicalize()?;
        Ok(Folder { root, canonical })
    }

    /// The folder's path as it was given.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn path(&self, path: &str) -> Result<PathBuf, ReadError> {
        if Path::new(path).components().any(|part| !matches!(part, Component::Normal(_))) {
            return Err(ReadError::Missing);
        }
        Ok(if path.is_empty() { self.root.clone() } else { self.root.join(path) })
    }
}

fn read_error(error: io::Error) -> ReadError {
    if error.kind() == io::ErrorKind::NotFound { ReadError::Missing } else { ReadError::Io(error) }
}

impl SourceTree for Folder {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        let path = self.path(path)?;
        let found = std::fs::metadata(&path).map_err(read_error)?;
        // Opening a pipe that nobody writes to would wait for ever.
        if !found.is_file() {
            let what = if found.is_dir() { "a folder" } else { "a pipe, a socket or a device" };
            return Err(ReadError::Io(io::Error::other(format!("it is {what}, not a file"))));
        }
        let size = found.len();
        if size > limit {
            return Err(ReadError::TooLarge(size));
        }
        let file = std::fs::File::open(path).map_err(read_error)?;
        let mut bytes = Vec::with_capacity(size as usize);
        // What the file said to have is read without asking for more: of thousands of small files each call counts. A file of the system says 0.
        if size > 0 {
            file.take(size).read_to_end(&mut bytes).map_err(read_error)?;
            return Ok(bytes);
        }
        // It may go on without end.
        file.take(limit + 1).read_to_end(&mut bytes).map_err(read_error)?;
        if bytes.len() as u64 > limit {
            return Err(ReadError::TooLarge(bytes.len() as u64));
        }
        Ok(bytes)
    }

    fn list(&self, path: &str) -> Result<Vec<TreeEntry>, ReadError> {
        let directory = self.path(path)?;
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(&directory).map_err(read_error)? {
            let entry = entry.map_err(read_error)?;
            // A name that is not UTF-8 cannot be written in a document; it is shown with replacement characters.
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().map_err(read_error)?;
            let kind = if kind.is_symlink() {
                match entry.path().canonicalize() {
                    // A link to one of its own parents would never end.
                    Ok(target)
                        if target.starts_with(&self.canonical) && !directory.canonicalize().is_ok_and(|d| d.starts_with(&target)) =>
                    {
                        if target.is_dir() {
                            EntryKind::Directory
                        } else {
                            EntryKind::File
                        }
                    }
                    _ => EntryKind::ForeignLink,
                }
            } else if kind.is_dir() {
                EntryKind::Directory
            } else if kind.is_file() {
                EntryKind::File
            } else {
                EntryKind::Special
            };
            entries.push(TreeEntry { name, kind });
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }
}

/// Files in memory, for tests and for callers without a disk.
#[derive(Debug, Default, Clone)]
pub struct Memory {
    files: BTreeMap<String, Vec<u8>>,
}

impl Memory {
    /// An empty tree.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl Into<String>, text: impl Into<Vec<u8>>) -> &mut Self {
        self.files.insert(path.into(), text.into());
        self
    }
}

impl SourceTree for Memory {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        let bytes = self.files.get(path).ok_or(ReadError::Missing)?;
        if bytes.len() as u64 > limit { Err(ReadError::TooLarge(bytes.len() as u64)) } else { Ok(bytes.clone()) }
    }

    fn list(&self, path: &str) -> Result<Vec<TreeEntry>, ReadError> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let mut entries: BTreeMap<&str, EntryKind> = BTreeMap::new();
        for file in self.files.keys() {
            if let Some(rest) = file.strip_prefix(&prefix) {
                match rest.split_once('/') {
                    Some((directory, _)) => entries.insert(directory, EntryKind::Directory),
                    None => entries.insert(rest, EntryKind::File),
                };
            }
        }
        if entries.is_empty() && !path.is_empty() {
            return Err(ReadError::Missing);
        }
        Ok(entries.into_iter().map(|(name, kind)| TreeEntry { name: name.to_owned(), kind }).collect())
    }
}

/// A tree with some files other than they are: the project as it would be.
pub struct Overlay<'a> {
    below: &'a dyn SourceTree,
    files: &'a BTreeMap<String, String>,
}

impl<'a> Overlay<'a> {
    /// `below` with these texts, by path, in place of its files or beside them.
    pub fn new(below: &'a dyn SourceTree, files: &'a BTreeMap<String, String>) -> Overlay<'a> {
        Overlay { below, files }
    }
}

impl SourceTree for Overlay<'_> {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        match self.files.get(path) {
            Some(text) if text.len() as u64 > limit => Err(ReadError::TooLarge(text.len() as u64)),
            Some(text) => Ok(text.clone().into_bytes()),
            None => self.below.read(path, limit),
        }
    }

    fn list(&self, path: &str) -> Result<Vec<TreeEntry>, ReadError> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let new = self.files.keys().filter_map(|file| file.strip_prefix(&prefix));
        let new: BTreeMap<&str, EntryKind> = new
            .map(|rest| match rest.split_once('/') {
                Some((directory, _)) => (directory, EntryKind::Directory),
                None => (rest, EntryKind::File),
            })
            .collect();
        let mut entries = match self.below.list(path) {
            Err(ReadError::Missing) if !new.is_empty() => Vec::new(),
            other => other?,
        };
        for (name, kind) in new {
            if !entries.iter().any(|entry| entry.name == name) {
                entries.push(TreeEntry { name: name.to_owned(), kind });
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn earlier(&self, name: &str) -> Result<Arc<dyn Earlier>, NoState> {
        self.below.earlier(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlay_is_the_tree_as_it_would_be() {
        let mut below = Memory::new();
        below.insert("a/x", "1").insert("b", "2");
        let files =
            BTreeMap::from([("a/y".to_owned(), "3".to_owned()), ("b".to_owned(), "4".to_owned()), ("c/d/z".to_owned(), "5".to_owned())]);
        let tree = Overlay::new(&below, &files);
        let names = |path: &str| tree.list(path).unwrap().into_iter().map(|entry| entry.name).collect::<Vec<_>>();
        assert_eq!(
            (names(""), names("a"), names("c"), names("c/d")),
            (vec!["a".into(), "b".into(), "c".into()], vec!["x".into(), "y".into()], vec!["d".into()], vec!["z".into()])
        );
        assert_eq!(
            (tree.read("b", 9).unwrap(), tree.read("a/x", 9).unwrap(), tree.read("c/d/z", 9).unwrap()),
            (b"4".to_vec(), b"1".to_vec(), b"5".to_vec())
        );
        assert!(matches!(tree.list("d"), Err(ReadError::Missing)) && matches!(tree.read("b", 0), Err(ReadError::TooLarge(1))));
    }

    #[test]
    fn a_folder_lists_in_order_and_does_not_leave_itself() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("b")).unwrap();
        std::fs::write(dir.path().join("a"), "1").unwrap();
        std::os::unix::fs::symlink("/etc", dir.path().join("c")).unwrap();
        std::os::unix::fs::symlink("..", dir.path().join("b/up")).unwrap();
        std::os::unix::fs::symlink("a", dir.path().join("d")).unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        let names: Vec<_> = folder.list("").unwrap().into_iter().map(|e| (e.name, e.kind)).collect();
        let expected = [("a", EntryKind::File), ("b", EntryKind::Directory), ("c", EntryKind::ForeignLink), ("d", EntryKind::File)];
        assert_eq!(names, expected.map(|(n, k)| (n.to_owned(), k)));
        assert_eq!(folder.list("b").unwrap()[0].kind, EntryKind::ForeignLink, "a link to a parent");
        assert!(matches!(folder.read("../a", 9), Err(ReadError::Missing)));
        assert!(matches!(folder.read("a", 0), Err(ReadError::TooLarge(1))));
    }
}
