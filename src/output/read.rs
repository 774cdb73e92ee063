//! Reading back what is in an output tree.

use std::collections::BTreeMap;

use super::inventory::{INVENTORY, Inventory};
use super::write::WriteError;
use super::written::{Kind, Written};

/// How deep units lie: `<environment>/<cluster>/_delivery/<way>/<project>`.
const DEEPEST: usize = 5;

/// The text of a file of the tree; `None` if it is not there.
///
/// # Errors
/// When it is there and cannot be read.
pub fn read_file(tree: &dyn Written, path: &str) -> Result<Option<String>, WriteError> {
    let text = tree.read(path)?;
    Ok(text.map(|bytes| String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())))
}

/// The files of a project in the tree, as `prod/eu-1/orders/deployment-orders.yaml`, sorted. Directories without an inventory of the project are
/// somebody else's.
///
/// # Errors
/// When a directory cannot be read.
pub fn files_of(tree: &dyn Written, project: &str) -> Result<Vec<String>, WriteError> {
    let mut found = Vec::new();
    for (directory, inventory) in units_of(tree, project, &|_| false)? {
        let entries = tree.list(&directory)?.unwrap_or_default();
        let names = inventory.files.keys().filter(|name| entries.get(*name) == Some(&Kind::File));
        found.extend(names.map(|name| format!("{directory}/{name}")));
    }
    found.sort();
    Ok(found)
}

/// The directories of a project in the tree, with their inventories, sorted. Those that `skip` knows are not looked at.
pub(super) fn units_of(tree: &dyn Written, project: &str, skip: &dyn Fn(&str) -> bool) -> Result<Vec<(String, Inventory)>, WriteError> {
    let mut found = Vec::new();
    if let Some(entries) = tree.list("")? {
        Walk { tree, project, skip, found: &mut found }.below("", entries, DEEPEST);
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

struct Walk<'a> {
    tree: &'a dyn Written,
    project: &'a str,
    skip: &'a dyn Fn(&str) -> bool,
    found: &'a mut Vec<(String, Inventory)>,
}

impl Walk<'_> {
    /// What lies below a directory with these entries. What cannot be read is somebody else's.
    fn below(&mut self, directory: &str, entries: BTreeMap<String, Kind>, depth: usize) {
        for (name, kind) in entries {
            let path = if directory.is_empty() { name.clone() } else { format!("{directory}/{name}") };
            if depth == 0 || kind != Kind::Directory || name.starts_with('.') || (self.skip)(&path) {
                continue;
            }
            let Ok(Some(entries)) = self.tree.list(&path) else { continue };
            match self.inventory(&path, &entries) {
                Some(inventory) if inventory.project == self.project => self.found.push((path, inventory)),
                Some(_) => {}
                None => self.below(&path, entries, depth - 1),
            }
        }
    }

    fn inventory(&self, directory: &str, entries: &BTreeMap<String, Kind>) -> Option<Inventory> {
        entries.get(INVENTORY).filter(|kind| **kind == Kind::File)?;
        let text = self.tree.read(&format!("{directory}/{INVENTORY}")).ok()??;
        Inventory::parse(std::str::from_utf8(&text).ok()?)
    }
}
