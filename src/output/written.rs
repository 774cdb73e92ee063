//! A tree as it was written before: a directory on disk, or whatever else holds files by path.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::write::WriteError;

/// What a name in a tree stands for.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A symlink.
    Link,
    /// Anything else: a pipe, a device, another repository.
    Other,
}

/// A tree as it was written before. Paths are relative to its root, with `/`; the root is the empty path.
pub trait Written: Sync {
    /// What a path is.
    ///
    /// # Errors
    /// When that cannot be told.
    fn kind(&self, path: &str) -> Result<Option<Kind>, WriteError>;

    /// What is in a directory, by name; `None` if it is not there.
    ///
    /// # Errors
    /// When it cannot be read.
    fn list(&self, directory: &str) -> Result<Option<BTreeMap<String, Kind>>, WriteError>;

    /// The bytes of a file; `None` if it is not there.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, WriteError>;

    /// Whether a file that is there holds exactly this text.
    ///
    /// # Errors
    /// When it cannot be read.
    fn holds(&self, path: &str, text: &str) -> Result<bool, WriteError> {
        Ok(self.read(path)?.as_deref() == Some(text.as_bytes()))
    }

    /// The path as people know it.
    fn shown(&self, path: &str) -> String;

    /// Whether the tree only ever changes as a whole. A file of an inventory that is missing was then removed by somebody, and not by a run that
    /// did not end.
    fn is_atomic(&self) -> bool {
        false
    }
}

/// A directory on disk.
#[derive(Clone, Debug)]
pub struct Directory {
    root: PathBuf,
}

impl Directory {
    /// The tree below a directory, which may not be there yet.
    pub fn new(root: impl Into<PathBuf>) -> Directory {
        Directory { root: root.into() }
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.root.clone() } else { self.root.join(path) }
    }
}

fn kind(found: fs::FileType) -> Kind {
    if found.is_file() {
        Kind::File
    } else if found.is_dir() {
        Kind::Directory
    } else if found.is_symlink() {
        Kind::Link
    } else {
        Kind::Other
    }
}

/// What is there, or nothing.
fn there<T>(result: io::Result<T>, path: &Path) -> Result<Option<T>, WriteError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(WriteError { path: path.to_owned(), doing: "read", source }),
    }
}

impl Written for Directory {
    fn kind(&self, path: &str) -> Result<Option<Kind>, WriteError> {
        // What cannot be looked at is told by whoever then reads or writes it.
        Ok(fs::symlink_metadata(self.path(path)).ok().map(|found| kind(found.file_type())))
    }

    fn list(&self, directory: &str) -> Result<Option<BTreeMap<String, Kind>>, WriteError> {
        let directory = self.path(directory);
        let Some(entries) = there(fs::read_dir(&directory), &directory)? else { return Ok(None) };
        let mut found = BTreeMap::new();
        for entry in entries {
            let failed = |source| WriteError { path: directory.clone(), doing: "read", source };
            let entry = entry.map_err(failed)?;
            found.insert(entry.file_name().to_string_lossy().into_owned(), kind(entry.file_type().map_err(failed)?));
        }
        Ok(Some(found))
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, WriteError> {
        let path = self.path(path);
        there(fs::read(&path), &path)
    }

    // Its size is not asked for: of thousands of small files each call of the system counts.
    fn holds(&self, path: &str, text: &str) -> Result<bool, WriteError> {
        let path = self.path(path);
        let mut there = Vec::with_capacity(text.len() + 1);
        let read = fs::File::open(&path).and_then(|file| file.take(text.len() as u64 + 1).read_to_end(&mut there));
        match read {
            Ok(_) => Ok(there == text.as_bytes()),
            Err(source) => Err(WriteError { path, doing: "read", source }),
        }
    }

    fn shown(&self, path: &str) -> String {
        self.path(path).display().to_string()
    }
}
