//! The output tree: where each object goes, what `oam` wrote before, and how files change safely.
//!
//! Must never know: how the objects were made.

mod inventory;
mod name;
mod plan;
mod read;
mod write;
mod written;

pub use inventory::INVENTORY;
pub use name::{FileName, delivery_unit, file_name, is_delivery, split_unit, unit_directory};
pub use plan::{Complete, Edit, Mode, Options, Plan, plan};
pub use read::{files_of, read_file};
pub use write::{Summary, WriteError, write};
pub use written::{Directory, Kind, Written};

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::diag::{Diagnostic, Sink, code};
use crate::source::Pos;

/// The files of one directory of the tree, all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// What it is called in messages, as `orders/prod/eu-1`.
    pub name: String,
    /// Relative to the output directory, as `prod/eu-1/orders`.
    pub directory: String,
    /// Its files.
    pub files: Vec<File>,
}

/// One file: one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name, as [`file_name`] gives it.
    pub name: String,
    /// Its text.
    pub text: String,
    /// What the object is, as `Deployment/orders`: for messages, and for the inventory.
    pub object: String,
    /// Where a person asked for the object.
    pub at: Pos,
}

/// Whether removing an object loses data that nobody can render again.
pub(crate) fn is_protected(object: &str) -> bool {
    ["PersistentVolumeClaim/", "Namespace/", "CustomResourceDefinition/"].iter().any(|kind| object.starts_with(kind))
}

/// Checks that every path of the tree is one file, also where names that differ in case only are one.
pub fn check_paths(units: &[Unit], sink: &Sink) {
    for unit in units {
        let mut names: Vec<(String, &File)> = unit.files.iter().map(|file| (file.name.to_lowercase(), file)).collect();
        names.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.name.cmp(&b.1.name)));
        for pair in names.windows(2) {
            let ((a, one), (b, other)) = (&pair[0], &pair[1]);
            if a == b {
                let why = if one.name == other.name { "go to the same file" } else { "go to files whose names differ in case only" };
                let message = format!("`{}` and `{}` {why}, `{}`", one.object, other.object, other.name);
                let problem = Diagnostic::error(code::NAME_CLASH, other.at, message).label(one.at, "the other one");
                sink.push(problem.in_unit(unit.name.as_str()));
            }
        }
    }
    let mut directories: Vec<(String, &Unit)> = units.iter().map(|unit| (unit.directory.to_lowercase(), unit)).collect();
    directories.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.directory.cmp(&b.1.directory)));
    for pair in directories.windows(2) {
        if pair[0].0 == pair[1].0 {
            let at = pair[1].1.files.first().map_or(Pos::NOWHERE, |file| file.at);
            let message = format!("two units go to one directory: `{}` and `{}`", pair[0].1.directory, pair[1].1.directory);
            sink.push(Diagnostic::error(code::NAME_CLASH, at, message));
        }
    }
}

/// Folders of documents: rendered manifests in them would be read as documents.
#[derive(Debug)]
pub struct DocumentFolders(BTreeMap<PathBuf, PathBuf>);

impl FromIterator<PathBuf> for DocumentFolders {
    fn from_iter<T: IntoIterator<Item = PathBuf>>(folders: T) -> DocumentFolders {
        DocumentFolders(folders.into_iter().map(|folder| (lexical(&folder), folder)).collect())
    }
}

impl DocumentFolders {
    /// The outermost of the folders in which a path lies, if it does.
    pub fn holding(&self, path: &Path) -> Option<&PathBuf> {
        let path = lexical(path);
        path.ancestors().filter_map(|above| self.0.get(above)).last()
    }
}

/// A path without `.` and `..`, without asking the file system: the output directory may not exist yet.
fn lexical(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if result.file_name().is_some() => {
                result.pop();
            }
            part => result.push(part),
        }
    }
    result
}

/// The objects of all units as one YAML stream, in order.
pub fn stream(units: &[Unit]) -> String {
    let size = units.iter().flat_map(|unit| &unit.files).map(|file| file.text.len() + 4).sum();
    let mut text = String::with_capacity(size);
    for file in units.iter().flat_map(|unit| &unit.files) {
        text.push_str("---\n");
        text.push_str(&file.text);
    }
    text
}

#[cfg(test)]
mod tests;
