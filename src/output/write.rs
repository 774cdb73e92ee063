//! Writing: compare first, change only what differs, and at every moment leave a tree that the next run can mend.
//!
//! A directory that is new is written beside its place and renamed into it. In one that exists, the inventory first names the
//! old and the new text of each file that will change, then the files change one by one by rename, then the inventory is final.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::inventory::{Entry, INVENTORY, Inventory, hash};
use super::{Unit, is_protected};
use crate::diag::{Diagnostic, Sink, code};
use crate::source::Pos;

/// Names of what is half-done begin with this; a run that finds such files removes them.
const TEMPORARY: &str = ".oam-tmp-";

/// Whether files change.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Mode {
    /// They do.
    Write,
    /// The summary says what would change.
    Check,
}

/// How to write.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// The project that owns what is written.
    pub project: &'a str,
    /// Where it says its name.
    pub project_at: Pos,
    /// Whether files change.
    pub mode: Mode,
    /// Overwrite and remove files that somebody edited.
    pub force: bool,
    /// Remove objects that hold data, and whole units.
    pub prune_protected: bool,
    /// Directories, relative to the output, all of whose units this run renders: other units of the project there are gone.
    pub complete: &'a [String],
}

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

/// What a unit's directory needs.
#[derive(Debug, Default)]
struct Change {
    directory: String,
    exists: bool,
    old: Inventory,
    new: Inventory,
    /// Indices of files to write.
    write: Vec<usize>,
    /// Names of files to remove.
    remove: Vec<String>,
    unchanged: usize,
    /// Left over by a run that was interrupted.
    leftovers: Vec<String>,
    inventory_differs: bool,
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
    let mut changes: Vec<Change> = units.par_iter().map(|unit| compare(root, unit, options, sink)).collect::<Result<Vec<_>, _>>()?;
    foreign(root, &changes, options, sink);
    let kept: BTreeMap<&str, ()> = units.iter().map(|unit| (unit.directory.as_str(), ())).collect();
    for parent in options.complete {
        changes.extend(gone(root, parent, &kept, options, sink)?);
    }
    if sink.has_errors() {
        return Ok(Summary::default());
    }
    if options.mode == Mode::Write {
        let none = Unit { name: String::new(), directory: String::new(), files: Vec::new() };
        changes.par_iter().enumerate().try_for_each(|(index, change)| apply(root, units.get(index).unwrap_or(&none), change))?;
    }
    let mut summary = Summary::default();
    for (index, change) in changes.iter().enumerate() {
        let path = |name: &str| format!("{}/{name}", change.directory);
        summary.written.extend(change.write.iter().map(|&file| path(&units[index].files[file].name)));
        summary.removed.extend(change.remove.iter().map(|name| path(name)));
        summary.unchanged += change.unchanged;
    }
    summary.written.sort();
    summary.removed.sort();
    Ok(summary)
}

/// Reports directories that other projects own, once for each of them.
fn foreign(root: &Path, changes: &[Change], options: &Options<'_>, sink: &Sink) {
    let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for change in changes.iter().filter(|change| !change.old.project.is_empty() && change.old.project != options.project) {
        owners.entry(&change.old.project).or_default().push(&change.directory);
    }
    for (owner, mut directories) in owners {
        directories.sort_unstable();
        let first = root.join(directories[0]);
        let message = match directories.len() - 1 {
            0 => format!("`{}` belongs to project `{owner}`", first.display()),
            1 => format!("`{}` and one more directory belong to project `{owner}`", first.display()),
            more => format!("`{}` and {more} more directories belong to project `{owner}`", first.display()),
        };
        sink.push(Diagnostic::error(code::FOREIGN_UNIT, options.project_at, message).help(format!(
            "two projects cannot write one directory: give this one another `output.path`, or rename what clashes; if this project was called `{owner}` before, remove the directories and render again"
        )));
    }
}

/// The entries of a directory by name; `None` if it is not there.
fn list(directory: &Path) -> Result<Option<BTreeMap<String, fs::FileType>>, WriteError> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(directory, "read")(error)),
    };
    let mut found = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(failed(directory, "read"))?;
        let kind = entry.file_type().map_err(failed(&entry.path(), "read"))?;
        found.insert(entry.file_name().to_string_lossy().into_owned(), kind);
    }
    Ok(Some(found))
}

/// The inventory of a directory that has one.
fn read_inventory(directory: &Path, sink: &Sink) -> Result<Option<Inventory>, WriteError> {
    let path = directory.join(INVENTORY);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&path, "read")(error)),
    };
    let inventory = std::str::from_utf8(&text).ok().and_then(Inventory::parse);
    if inventory.is_none() {
        let message = format!("`{}` is not an inventory of oam", path.display());
        sink.push(
            Diagnostic::error(code::OUTPUT_IN_THE_WAY, Pos::NOWHERE, message)
                .help("restore it from version control, or remove it together with the files beside it and render again"),
        );
    }
    Ok(inventory)
}

fn compare(root: &Path, unit: &Unit, options: &Options<'_>, sink: &Sink) -> Result<Change, WriteError> {
    let directory = root.join(&unit.directory);
    let mut change = Change { directory: unit.directory.clone(), ..Change::default() };
    change.new.project = options.project.to_owned();
    for file in &unit.files {
        let entry = Entry { hashes: vec![hash(file.text.as_bytes())], object: file.object.clone() };
        change.new.files.insert(file.name.clone(), entry);
    }
    match fs::symlink_metadata(&directory) {
        Ok(found) if !found.is_dir() => {
            let message = format!(
                "a {} stands where the directory `{}` goes",
                if found.is_symlink() { "symlink" } else { "file" },
                directory.display()
            );
            sink.push(Diagnostic::error(code::OUTPUT_IN_THE_WAY, Pos::NOWHERE, message).help("move it away"));
            return Ok(change);
        }
        _ => {}
    }
    let Some(entries) = list(&directory)? else {
        change.write = (0..unit.files.len()).collect();
        change.inventory_differs = true;
        return Ok(change);
    };
    change.exists = true;
    change.leftovers = entries.keys().filter(|name| name.starts_with(TEMPORARY)).cloned().collect();
    change.old = read_inventory(&directory, sink)?.unwrap_or_default();
    if !change.old.project.is_empty() && change.old.project != options.project {
        return Ok(change);
    }
    for (index, file) in unit.files.iter().enumerate() {
        let path = directory.join(&file.name);
        match entries.get(&file.name) {
            None => change.write.push(index),
            Some(kind) if !kind.is_file() => in_the_way(&path, "is not a file", "move it away", file.at, sink),
            Some(_) => {
                let there = fs::read(&path).map_err(failed(&path, "read"))?;
                if there == file.text.as_bytes() {
                    change.unchanged += 1;
                    continue;
                }
                if !options.force {
                    match change.old.files.get(&file.name) {
                        None => in_the_way(&path, "was not written by oam", "move it away, or overwrite it with `--force`", file.at, sink),
                        Some(entry) if !entry.hashes.contains(&hash(&there)) => edited(&path, file.at, options.mode, sink),
                        Some(_) => {}
                    }
                }
                change.write.push(index);
            }
        }
    }
    removals(&directory, &entries, &mut change, options, sink)?;
    change.inventory_differs = change.old != change.new;
    Ok(change)
}

/// Finds what the old inventory has and the new one has not.
fn removals(
    directory: &Path,
    entries: &BTreeMap<String, fs::FileType>,
    change: &mut Change,
    options: &Options<'_>,
    sink: &Sink,
) -> Result<(), WriteError> {
    for (name, entry) in &change.old.files {
        if change.new.files.contains_key(name) || !entries.get(name).is_some_and(fs::FileType::is_file) {
            continue;
        }
        let path = directory.join(name);
        if is_protected(&entry.object) && !options.prune_protected {
            let message = format!("`{}` is no longer rendered, and removing it loses data: `{}`", entry.object, path.display());
            sink.push(
                Diagnostic::error(code::PROTECTED_PRUNE, Pos::NOWHERE, message)
                    .help("render it again, or remove it with `--prune-protected` when nothing needs it any more"),
            );
            continue;
        }
        if !options.force {
            let there = fs::read(&path).map_err(failed(&path, "read"))?;
            if !entry.hashes.contains(&hash(&there)) {
                edited(&path, Pos::NOWHERE, options.mode, sink);
            }
        }
        change.remove.push(name.clone());
    }
    Ok(())
}

/// Units of this project below `parent` that this run does not render, though it renders all that are.
fn gone(root: &Path, parent: &str, kept: &BTreeMap<&str, ()>, options: &Options<'_>, sink: &Sink) -> Result<Vec<Change>, WriteError> {
    let mut changes = Vec::new();
    let path = root.join(parent);
    for (name, kind) in list(&path)?.unwrap_or_default() {
        let directory = format!("{parent}/{name}");
        if kind.is_dir() && name.starts_with(TEMPORARY) && options.mode == Mode::Write {
            fs::remove_dir_all(path.join(&name)).map_err(failed(&path.join(&name), "remove"))?;
            continue;
        }
        if !kind.is_dir() || kept.contains_key(directory.as_str()) {
            continue;
        }
        let full = root.join(&directory);
        // Anything without an inventory, or with one that cannot be read, is somebody else's.
        let Some(old) = fs::read_to_string(full.join(INVENTORY)).ok().and_then(|text| Inventory::parse(&text)) else { continue };
        if old.project != options.project {
            continue;
        }
        if !options.prune_protected {
            let message = format!("`{}` is no longer rendered, with all its {} objects", full.display(), old.files.len());
            sink.push(
                Diagnostic::error(code::PROTECTED_PRUNE, Pos::NOWHERE, message)
                    .help("remove a whole application with `--prune-protected`, or bring it back"),
            );
            continue;
        }
        let entries = list(&full)?.unwrap_or_default();
        let new = Inventory { project: old.project.clone(), files: BTreeMap::new() };
        let mut change = Change { directory, exists: true, old, new, inventory_differs: true, ..Change::default() };
        removals(&full, &entries, &mut change, options, sink)?;
        changes.push(change);
    }
    Ok(changes)
}

fn in_the_way(path: &Path, what: &str, help: &str, at: Pos, sink: &Sink) {
    sink.push(Diagnostic::error(code::OUTPUT_IN_THE_WAY, at, format!("`{}` is in the way: it {what}", path.display())).help(help));
}

fn edited(path: &Path, at: Pos, mode: Mode, sink: &Sink) {
    let message = format!("`{}` was edited since oam wrote it", path.display());
    let problem = match mode {
        Mode::Write => Diagnostic::error(code::EDITED_BY_HAND, at, message),
        // That it differs is the result of a check, and no failure of it.
        Mode::Check => Diagnostic::warning(code::EDITED_BY_HAND, at, message),
    };
    sink.push(problem.help("bring the change into the documents that it is rendered from; `--force` overwrites it"));
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
