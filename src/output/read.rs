//! Reading back what is in an output tree.

use std::fs;
use std::io;
use std::path::Path;

use super::inventory::{INVENTORY, Inventory};
use super::write::WriteError;

/// How deep units lie: `<environment>/<cluster>/<unit>`.
const DEEPEST: usize = 3;

/// The text of a file of the tree; `None` if it is not there.
///
/// # Errors
/// When it is there and cannot be read.
pub fn read_file(root: &Path, path: &str) -> Result<Option<String>, WriteError> {
    let path = root.join(path);
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(WriteError { path, doing: "read", source }),
    }
}

/// The files of a project in the tree, as `prod/eu-1/orders/deployment-orders.yaml`, sorted. Directories without an inventory of the project are
/// somebody else's.
///
/// # Errors
/// When a directory cannot be read.
pub fn files_of(root: &Path, project: &str) -> Result<Vec<String>, WriteError> {
    let mut found = Vec::new();
    below(root, "", DEEPEST, project, &mut found)?;
    found.sort();
    Ok(found)
}

fn below(root: &Path, directory: &str, depth: usize, project: &str, found: &mut Vec<String>) -> Result<(), WriteError> {
    let path = root.join(directory);
    let failed = |source| WriteError { path: path.clone(), doing: "read", source };
    if let Some(inventory) = fs::read_to_string(path.join(INVENTORY)).ok().and_then(|text| Inventory::parse(&text)) {
        if inventory.project == project {
            found.extend(inventory.files.keys().filter(|name| path.join(name).is_file()).map(|name| format!("{directory}/{name}")));
        }
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().map_err(failed)?.is_dir() && !name.starts_with('.') {
            let inner = if directory.is_empty() { name } else { format!("{directory}/{name}") };
            below(root, &inner, depth - 1, project, found)?;
        }
    }
    Ok(())
}
