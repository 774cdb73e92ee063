//! What has to change for a tree to be as it is rendered now, and whatever stands in the way of that: files edited by hand, files and directories
//! of somebody else, objects that hold data.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::inventory::{Entry, INVENTORY, Inventory, hash};
use super::name::split_unit;
use super::read::units_of;
use super::write::{Summary, TEMPORARY, WriteError};
use super::written::{Kind, Written};
use super::{Unit, is_protected};
use crate::diag::{Diagnostic, Sink, code};
use crate::source::Pos;

/// Whether files change.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Mode {
    /// They do.
    Write,
    /// The summary says what would change.
    Check,
}

/// How much of the project a run renders: its units there that are not rendered are gone.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Complete<'a> {
    /// Only the units themselves.
    Units,
    /// All units in these directories.
    Below(&'a [String]),
    /// All that there are; these are the directories that hold them now.
    Everything(&'a [String]),
}

impl<'a> Complete<'a> {
    /// The directories all of whose units are rendered.
    pub fn parents(self) -> &'a [String] {
        match self {
            Complete::Units => &[],
            Complete::Below(parents) | Complete::Everything(parents) => parents,
        }
    }
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
    /// How much of the project is rendered.
    pub complete: Complete<'a>,
}

/// What a unit's directory needs.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub directory: String,
    pub exists: bool,
    pub old: Inventory,
    pub new: Inventory,
    /// Indices of files to write.
    pub write: Vec<usize>,
    /// Names of files to remove.
    pub remove: Vec<String>,
    pub unchanged: usize,
    /// Left over by a run that was interrupted.
    pub leftovers: Vec<String>,
    pub inventory_differs: bool,
    /// Names of files that somebody edited or removed.
    pub edited: Vec<String>,
}

/// Everything that has to change.
#[derive(Debug, Default)]
pub struct Plan {
    /// Those of the units in their order, then those of units that are gone.
    pub(super) changes: Vec<Change>,
}

/// A file that is to be written, or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit<'a> {
    /// Its path in the tree.
    pub path: String,
    /// Its new text; `None` if it goes.
    pub text: Option<std::borrow::Cow<'a, str>>,
}

impl Plan {
    /// The objects' files that change.
    pub fn summary(&self, units: &[Unit]) -> Summary {
        let mut summary = Summary::default();
        for (index, change) in self.changes.iter().enumerate() {
            let path = |name: &str| format!("{}/{name}", change.directory);
            summary.written.extend(change.write.iter().map(|&file| path(&units[index].files[file].name)));
            summary.removed.extend(change.remove.iter().map(|name| path(name)));
            summary.unchanged += change.unchanged;
        }
        summary.written.sort();
        summary.removed.sort();
        summary
    }

    /// The files that somebody edited or removed since they were written, sorted.
    pub fn edited(&self) -> Vec<String> {
        let of = |change: &Change| change.edited.iter().map(|name| format!("{}/{name}", change.directory)).collect::<Vec<_>>();
        let mut found: Vec<String> = self.changes.iter().flat_map(of).collect();
        found.sort();
        found
    }

    /// All files that change, the inventories among them, for a tree that changes as a whole. `units` are those of the plan.
    pub fn edits<'a>(&self, units: &'a [Unit]) -> Vec<Edit<'a>> {
        let mut edits = Vec::new();
        for (index, change) in self.changes.iter().enumerate() {
            let path = |name: &str| format!("{}/{name}", change.directory);
            edits.extend(change.write.iter().map(|&file| {
                let file = &units[index].files[file];
                Edit { path: path(&file.name), text: Some(file.text.as_str().into()) }
            }));
            edits.extend(change.remove.iter().chain(&change.leftovers).map(|name| Edit { path: path(name), text: None }));
            if change.inventory_differs && (change.exists || !change.new.files.is_empty()) {
                let text = (!change.new.files.is_empty()).then(|| change.new.to_text().into());
                edits.push(Edit { path: path(INVENTORY), text });
            }
        }
        edits.sort_by(|a, b| a.path.cmp(&b.path));
        edits
    }
}

/// Compares what is rendered with a tree. Whatever stands in the way is in `sink`; then the plan is of no use.
///
/// # Errors
/// [`WriteError`] when the tree cannot be read.
pub fn plan(tree: &dyn Written, units: &[Unit], options: &Options<'_>, sink: &Sink) -> Result<Plan, WriteError> {
    let planner = Planner { tree, options, sink };
    let changes: Result<Vec<Change>, WriteError> = units.par_iter().map(|unit| planner.compare(unit)).collect();
    let mut plan = Plan { changes: changes? };
    planner.foreign(&plan.changes);
    let kept: BTreeSet<&str> = units.iter().map(|unit| unit.directory.as_str()).collect();
    planner.gone(&kept, &mut plan)?;
    Ok(plan)
}

struct Planner<'a> {
    tree: &'a dyn Written,
    options: &'a Options<'a>,
    sink: &'a Sink,
}

impl Planner<'_> {
    /// Reports directories that other projects own, once for each of them.
    fn foreign(&self, changes: &[Change]) {
        let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for change in changes.iter().filter(|change| !change.old.project.is_empty() && change.old.project != self.options.project) {
            owners.entry(&change.old.project).or_default().push(&change.directory);
        }
        for (owner, mut directories) in owners {
            directories.sort_unstable();
            let first = self.tree.shown(directories[0]);
            let message = match directories.len() - 1 {
                0 => format!("`{first}` belongs to project `{owner}`"),
                1 => format!("`{first}` and one more directory belong to project `{owner}`"),
                more => format!("`{first}` and {more} more directories belong to project `{owner}`"),
            };
            self.sink.push(Diagnostic::error(code::FOREIGN_UNIT, self.options.project_at, message).help(format!(
                "two projects cannot write one directory: give this one another `output.path`, or rename what clashes; if this project was called `{owner}` before, remove the directories and render again"
            )));
        }
    }

    /// The inventory of a directory that has one.
    fn inventory(&self, directory: &str) -> Result<Option<Inventory>, WriteError> {
        let path = format!("{directory}/{INVENTORY}");
        let Some(text) = self.tree.read(&path)? else { return Ok(None) };
        let inventory = std::str::from_utf8(&text).ok().and_then(Inventory::parse);
        if inventory.is_none() {
            let message = format!("`{}` is not an inventory of oam", self.tree.shown(&path));
            self.sink.push(
                Diagnostic::error(code::OUTPUT_IN_THE_WAY, Pos::NOWHERE, message)
                    .help("restore it from version control, or remove it together with the files beside it and render again"),
            );
        }
        Ok(inventory)
    }

    fn compare(&self, unit: &Unit) -> Result<Change, WriteError> {
        let mut change = Change { directory: unit.directory.clone(), ..Change::default() };
        change.new.project = self.options.project.to_owned();
        for file in &unit.files {
            let entry = Entry { hashes: vec![hash(file.text.as_bytes())], object: file.object.clone() };
            change.new.files.insert(file.name.clone(), entry);
        }
        if let Some(kind @ (Kind::File | Kind::Link | Kind::Other)) = self.tree.kind(&unit.directory)? {
            let what = if kind == Kind::Link { "symlink" } else { "file" };
            let message = format!("a {what} stands where the directory `{}` goes", self.tree.shown(&unit.directory));
            self.sink.push(Diagnostic::error(code::OUTPUT_IN_THE_WAY, Pos::NOWHERE, message).help("move it away"));
            return Ok(change);
        }
        let Some(entries) = self.tree.list(&unit.directory)? else {
            change.write = (0..unit.files.len()).collect();
            change.inventory_differs = true;
            return Ok(change);
        };
        change.exists = true;
        change.leftovers = entries.keys().filter(|name| name.starts_with(TEMPORARY)).cloned().collect();
        change.old = self.inventory(&unit.directory)?.unwrap_or_default();
        if !change.old.project.is_empty() && change.old.project != self.options.project {
            return Ok(change);
        }
        for (index, file) in unit.files.iter().enumerate() {
            let path = format!("{}/{}", unit.directory, file.name);
            let known = change.old.files.get(&file.name);
            match entries.get(&file.name) {
                None => {
                    if known.is_some() && self.missing(&path, file.at) {
                        change.edited.push(file.name.clone());
                    }
                    change.write.push(index);
                }
                Some(Kind::File) => {
                    if self.tree.holds(&path, &file.text)? {
                        change.unchanged += 1;
                        continue;
                    }
                    match known {
                        _ if self.options.force => {}
                        None => self.in_the_way(&path, "was not written by oam", "move it away, or overwrite it with `--force`"),
                        Some(entry) if self.edited(&path, entry, file.at)? => change.edited.push(file.name.clone()),
                        Some(_) => {}
                    }
                    change.write.push(index);
                }
                Some(_) => self.in_the_way(&path, "is not a file", "move it away"),
            }
        }
        self.removals(&entries, &mut change)?;
        change.inventory_differs = change.old != change.new;
        Ok(change)
    }

    /// Finds what the old inventory has and the new one has not.
    fn removals(&self, entries: &BTreeMap<String, Kind>, change: &mut Change) -> Result<(), WriteError> {
        for (name, entry) in &change.old.files {
            if change.new.files.contains_key(name) || entries.get(name) != Some(&Kind::File) {
                continue;
            }
            let path = format!("{}/{name}", change.directory);
            if is_protected(&entry.object) && !self.options.prune_protected {
                let message = format!("`{}` is no longer rendered, and removing it loses data: `{}`", entry.object, self.tree.shown(&path));
                self.sink.push(
                    Diagnostic::error(code::PROTECTED_PRUNE, Pos::NOWHERE, message)
                        .help("render it again, or remove it with `--prune-protected` when nothing needs it any more"),
                );
                continue;
            }
            if !self.options.force && self.edited(&path, entry, Pos::NOWHERE)? {
                change.edited.push(name.clone());
            }
            change.remove.push(name.clone());
        }
        Ok(())
    }

    /// Units of this project that are there and not rendered any more, where all that are there would be.
    fn gone(&self, kept: &BTreeSet<&str>, plan: &mut Plan) -> Result<(), WriteError> {
        let is_meant = |directory: &str| match self.options.complete {
            Complete::Everything(_) => true,
            some => some.parents().iter().any(|complete| complete == split_unit(directory).0),
        };
        if self.options.complete == Complete::Units {
            return Ok(());
        }
        for (directory, old) in units_of(self.tree, self.options.project, &|directory| kept.contains(directory))? {
            if !is_meant(&directory) {
                continue;
            }
            if !self.options.prune_protected {
                let objects = match old.files.len() {
                    1 => "its one object".to_owned(),
                    count => format!("all its {count} objects"),
                };
                let message = format!("`{}` is no longer rendered, with {objects}", self.tree.shown(&directory));
                self.sink.push(
                    Diagnostic::error(code::PROTECTED_PRUNE, Pos::NOWHERE, message)
                        .help("remove a whole application with `--prune-protected`, or bring it back"),
                );
                continue;
            }
            let entries = self.tree.list(&directory)?.unwrap_or_default();
            let new = Inventory { project: old.project.clone(), files: BTreeMap::new() };
            let mut change = Change { directory, exists: true, old, new, inventory_differs: true, ..Change::default() };
            self.removals(&entries, &mut change)?;
            plan.changes.push(change);
        }
        Ok(())
    }

    fn in_the_way(&self, path: &str, what: &str, help: &str) {
        let message = format!("`{}` is in the way: it {what}", self.tree.shown(path));
        self.sink.push(Diagnostic::error(code::OUTPUT_IN_THE_WAY, Pos::NOWHERE, message).help(help));
    }

    /// Tells of a file that is not as it was written, if it is not.
    fn edited(&self, path: &str, entry: &Entry, at: Pos) -> Result<bool, WriteError> {
        let is_edited = self.tree.read(path)?.is_some_and(|text| !entry.hashes.contains(&hash(&text)));
        if is_edited {
            self.by_hand(format!("`{}` was edited since oam wrote it", self.tree.shown(path)), at);
        }
        Ok(is_edited)
    }

    /// Tells of a file that should be there, where no run of ours can have left it half-done.
    fn missing(&self, path: &str, at: Pos) -> bool {
        let is_removed = self.tree.is_atomic() && !self.options.force;
        if is_removed {
            self.by_hand(format!("`{}` was removed since oam wrote it", self.tree.shown(path)), at);
        }
        is_removed
    }

    fn by_hand(&self, message: String, at: Pos) {
        let problem = match self.options.mode {
            Mode::Write => Diagnostic::error(code::EDITED_BY_HAND, at, message),
            // That it differs is the result of a check, and no failure of it.
            Mode::Check => Diagnostic::warning(code::EDITED_BY_HAND, at, message),
        };
        self.sink.push(problem.help("bring the change into the documents that it is rendered from; `--force` overwrites it"));
    }
}
