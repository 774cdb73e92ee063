//! Writing: compare first, change only what differs, and at every moment leave a tree that the next run can mend.
//!
//! A directory that is new is written beside its place and renamed into it. In one that exists, the inventory first names the
//! old and the new text of each file that will change, then the files change one by one by rename, then the inventory is final.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::Unit;
use super::inventory::INVENTORY;
use super::plan::{Change, Mode, Options, plan};
use super::written::{Directory, Kind, Written};
use crate::diag::{Diagnostic, Sink, code};
use crate::source::Pos;

/// Names of what is half-done begin with this; a run that finds such files removes them.
pub(super) const TEMPORARY: &str = ".oam-tmp-";

/// What changed, or would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files that were created or changed, relative to the output directory, sorted.
    pub written: Vec<String>,
    /// Files that were removed, sorted.
    pub removed: Vec<String>,
    /// How many files were as they should be.
    pub unchanged: usize,
}

impl Summary {
    /// Whether the tree was as it should be.
    pub fn is_unchanged(&self) -> bool {
        self.written.is_empty() && self.removed.is_empty()
    }
}

/// The file system failed.
#[derive(Debug)]
pub struct WriteError {
    /// The file or directory.
    pub path: PathBuf,
    /// What `oam` did with it: `read`, `write`, `remove`, `create`.
    pub doing: &'static str,
    /// What the system said.
    pub source: io::Error,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} `{}`: {}", self.doing, self.path.display(), self.source)
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

fn failed(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> WriteError {
    let path = path.to_owned();
    move |source| WriteError { path, doing, source }
}

/// Writes the units below `root`, which is created if it is not there. Nothing is written if anything stands in the way of it,
/// which is then in `sink`: files edited by hand, files and directories of somebody else, objects that hold data.
///
/// # Errors
/// [`WriteError`] when the file system fails. What was written until then is complete file by file, and the next run mends the rest.
pub fn write(root: &Path, units: &[Unit], options: &Options<'_>, sink: &Sink) -> Result<Summary, WriteError> {
    // The nearest of its parents that is there decides; the rest is created.
    if let Some(there) = root.ancestors().find(|path| path.exists())
        && !there.is_dir()
    {
        let message = match there == root {
            true => format!("the output path `{}` is a file", root.display()),
            false => format!("the output path `{}` leads through a file, `{}`", root.display(), there.display()),
        };
        sink.push(
            Diagnostic::error(code::OUTPUT_IN_THE_WAY, Pos::NOWHERE, message)
                .help("give a directory, with `output.path` in oam.yaml or with `-o`"),
        );
        return Ok(Summary::default());
    }
    let tree = Directory::new(root);
    let plan = plan(&tree, units, options, sink)?;
    if sink.has_errors() {
        return Ok(Summary::default());
    }
    if options.mode == Mode::Write {
        remove_leftovers(&tree, options)?;
        let none = Unit { name: String::new(), directory: String::new(), files: Vec::new() };
        let changes = plan.changes.par_iter().enumerate();
        changes.try_for_each(|(index, change)| apply(root, units.get(index).unwrap_or(&none), change))?;
    }
    Ok(plan.summary(units))
}

/// Removes whole directories that were begun and never got their name.
fn remove_leftovers(tree: &Directory, options: &Options<'_>) -> Result<(), WriteError> {
    for parent in options.complete.parents() {
        for (name, kind) in tree.list(parent)?.unwrap_or_default() {
            if kind == Kind::Directory && name.starts_with(TEMPORARY) {
                let path = tree.path(parent).join(name);
                fs::remove_dir_all(&path).map_err(failed(&path, "remove"))?;
            }
        }
    }
    Ok(())
}

fn apply(root: &Path, unit: &Unit, change: &Change) -> Result<(), WriteError> {
    let directory = root.join(&change.directory);
    for name in &change.leftovers {
        let path = directory.join(name);
        fs::remove_file(&path).map_err(failed(&path, "remove"))?;
    }
    if !change.exists {
        return if unit.files.is_empty() { Ok(()) } else { create(&directory, unit, change) };
    }
    if !change.inventory_differs && change.write.is_empty() {
        return Ok(());
    }
    // While files change, the inventory names what either run may have left.
    let during = change.old.with(&change.new).to_text();
    let after = change.new.to_text();
    let inventory = directory.join(INVENTORY);
    if change.old.to_text() != during {
        replace(&inventory, during.as_bytes())?;
    }
    for &index in &change.write {
        replace(&directory.join(&unit.files[index].name), unit.files[index].text.as_bytes())?;
    }
    for name in &change.remove {
        let path = directory.join(name);
        fs::remove_file(&path).map_err(failed(&path, "remove"))?;
    }
    if change.new.files.is_empty() {
        fs::remove_file(&inventory).or_else(absent).map_err(failed(&inventory, "remove"))?;
        // Files of somebody else keep the directory.
        let _ = fs::remove_dir(&directory);
        return Ok(());
    }
    if during != after { replace(&inventory, after.as_bytes()) } else { Ok(()) }
}

fn absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// Writes a directory that is not there yet: beside its place, then renamed.
fn create(directory: &Path, unit: &Unit, change: &Change) -> Result<(), WriteError> {
    let (Some(parent), Some(name)) = (directory.parent(), directory.file_name()) else { return Ok(()) };
    let temporary = parent.join(format!("{TEMPORARY}{}", name.to_string_lossy()));
    fs::create_dir_all(parent).map_err(failed(parent, "create"))?;
    if let Err(error) = fs::create_dir(&temporary) {
        if error.kind() != io::ErrorKind::AlreadyExists {
            return Err(failed(directory, "create")(error));
        }
        fs::remove_dir_all(&temporary).and_then(|()| fs::create_dir(&temporary)).map_err(failed(&temporary, "create"))?;
    }
    fill(&temporary, directory, unit, change).inspect_err(|_| {
        // A full disk is better off without it; the next run would remove it as well.
        let _ = fs::remove_dir_all(&temporary);
    })
}

/// Fills a directory beside the place that it then takes.
fn fill(temporary: &Path, directory: &Path, unit: &Unit, change: &Change) -> Result<(), WriteError> {
    for file in &unit.files {
        fs::write(temporary.join(&file.name), &file.text).map_err(failed(&directory.join(&file.name), "write"))?;
    }
    fs::write(temporary.join(INVENTORY), change.new.to_text()).map_err(failed(&directory.join(INVENTORY), "write"))?;
    fs::rename(temporary, directory).map_err(failed(directory, "create"))
}

/// Replaces a file as a whole, or creates it: nobody ever sees half of it.
fn replace(path: &Path, text: &[u8]) -> Result<(), WriteError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!("{TEMPORARY}{name}"));
    fs::write(&temporary, text).and_then(|()| fs::rename(&temporary, path)).map_err(|error| {
        let _ = fs::remove_file(&temporary);
        failed(path, "write")(error)
    })
}
