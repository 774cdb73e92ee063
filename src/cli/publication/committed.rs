//! The output as a commit of the config repository has it.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::git::{Item, ItemKind, Snapshot};
use crate::output::{Kind, WriteError, Written};

/// The files of a commit, seen as an output tree.
#[derive(Clone)]
pub struct Committed {
    snapshot: Arc<Snapshot>,
    /// Where it is in its repository.
    folder: String,
}

impl Committed {
    /// The files that are in a folder of the repository.
    pub fn new(snapshot: Snapshot, folder: &str) -> Committed {
        Committed { snapshot: Arc::new(snapshot), folder: folder.to_owned() }
    }

    /// The files.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }
}

fn kind(item: &Item) -> Kind {
    match item.kind {
        ItemKind::File | ItemKind::Program => Kind::File,
        ItemKind::Link => Kind::Link,
        ItemKind::Submodule => Kind::Other,
    }
}

impl Written for Committed {
    fn kind(&self, path: &str) -> Result<Option<Kind>, WriteError> {
        let folder = || self.snapshot.below(path).next().map(|_| Kind::Directory);
        Ok(self.snapshot.item(path).map(kind).or_else(folder))
    }

    fn list(&self, directory: &str) -> Result<Option<BTreeMap<String, Kind>>, WriteError> {
        let mut found = BTreeMap::new();
        let own = if directory.is_empty() { 0 } else { directory.len() + 1 };
        for (path, item) in self.snapshot.below(directory) {
            match path[own..].split_once('/') {
                Some((folder, _)) if found.contains_key(folder) => {}
                Some((folder, _)) => drop(found.insert(folder.to_owned(), Kind::Directory)),
                None => drop(found.insert(path[own..].to_owned(), kind(item))),
            }
        }
        Ok((!found.is_empty()).then_some(found))
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, WriteError> {
        let failed = |source: io::Error| WriteError { path: PathBuf::from(self.shown(path)), doing: "read", source };
        self.snapshot.read(path).map_err(failed)
    }

    fn holds(&self, path: &str, text: &str) -> Result<bool, WriteError> {
        Ok(self.snapshot.holds(path, text.as_bytes()))
    }

    fn shown(&self, path: &str) -> String {
        if self.folder.is_empty() { path.to_owned() } else { format!("{}/{path}", self.folder) }
    }

    fn is_atomic(&self) -> bool {
        true
    }
}
