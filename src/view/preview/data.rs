//! The changes as the page reads them: two documents, one with everything that can be listed and searched, one with the lines of the manifests.
//!
//! Whatever repeats is told once and called by its number, so that five thousand objects of a few templates are small. `page/data.js` reads it.

use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::summary::by_gravity;
use super::tables::Table;
use super::{Component, File, Line, Preview};
use crate::diff::{Fate, Gravity, gravity};
use crate::view::blame::Spot;
use crate::view::diff::{Changed, Entry, Field, collapse, is_hash};

/// What the page shows at once.
#[derive(Serialize)]
pub(super) struct Index<'a> {
    program: &'static str,
    against: &'a str,
    targets: Vec<&'a str>,
    applications: Vec<&'a str>,
    /// By application, the targets in which it is rendered.
    units: Vec<Vec<usize>>,
    kinds: Vec<&'a str>,
    marks: Vec<Mark>,
    files: Vec<&'a str>,
    owners: Vec<&'static str>,
    /// File, line, column, owner.
    spots: Vec<[usize; 4]>,
    changes: Vec<Change<'a>>,
    objects: Vec<Object<'a>>,
    graphs: Vec<&'a [Component]>,
    /// Target, application, graph.
    drawn: Vec<[usize; 3]>,
}

#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
struct Mark {
    name: &'static str,
    /// 0 is grave, 1 serious, 2 light.
    level: usize,
    reason: &'static str,
}

/// The same change of some objects.
#[derive(Serialize)]
struct Change<'a> {
    change: &'static str,
    kind: usize,
    marks: Vec<usize>,
    asked: Vec<usize>,
    fields: Vec<ShownField<'a>>,
}

#[derive(Serialize)]
struct ShownField<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<&'a serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<&'a serde_json::Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    by: Vec<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    was: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    /// It is a hash, another one in every object.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    hash: bool,
}

/// An object.
#[derive(Serialize)]
struct Object<'a> {
    change: usize,
    target: usize,
    application: usize,
    name: &'a str,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    renamed: Option<&'a str>,
    /// Of those of the change, the marks that this object has not: the same change may be in production here and not there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    without: Vec<usize>,
    /// Lines that came and lines that went.
    lines: [usize; 2],
}

/// What the page shows when somebody opens an object.
#[derive(Serialize)]
pub(super) struct Manifests<'a> {
    texts: Vec<&'a str>,
    paths: Vec<&'a str>,
    /// The spots that set a line, and the template's spot behind a -1.
    blames: Vec<Vec<isize>>,
    /// Text, path, blame of each different line, one after the other.
    cells: Vec<usize>,
    /// By object: three times the number of the cell, and 0 for a line that stays, 1 for one that came, 2 for one that went.
    rows: Vec<Vec<usize>>,
}

struct Encoder<'a> {
    kinds: Table<&'a str>,
    marks: Table<Mark>,
    files: Table<&'a str>,
    owners: Table<&'static str>,
    spots: Table<[usize; 4]>,
    texts: Table<&'a str>,
    paths: Table<&'a str>,
    blames: Table<Vec<isize>>,
    cells: Table<[usize; 3]>,
}

/// Both documents. The entries are those of [`entries`].
pub(super) fn encode<'a>(preview: &'a Preview, entries: &'a [Entry]) -> (Index<'a>, Manifests<'a>) {
    let mut encoder = Encoder {
        kinds: Table::new(),
        marks: Table::new(),
        files: Table::new(),
        owners: Table::new(),
        spots: Table::new(),
        texts: Table::new(),
        paths: Table::new(),
        blames: Table::new(),
        cells: Table::new(),
    };
    let (targets, applications) = (
        names(preview, |unit| &unit.target, |change| &change.place.target),
        names(preview, |unit| &unit.application, |change| &change.place.application),
    );
    let mut units = vec![Vec::new(); applications.len()];
    for unit in &preview.units {
        if let (Ok(application), Ok(target)) =
            (applications.binary_search(&unit.application.as_str()), targets.binary_search(&unit.target.as_str()))
        {
            units[application].push(target);
        }
    }
    let changes = entries.iter().map(|entry| encoder.change(entry)).collect();
    let number = |names: &[&str], name: &str| names.binary_search(&name).unwrap_or_default();
    let (mut objects, mut rows) = (Vec::new(), Vec::new());
    for (change, entry) in entries.iter().enumerate() {
        for index in &entry.changes {
            let (told, file) = (&preview.changes[*index], &preview.files[*index]);
            let (of_object, lines) = encoder.rows(told, file);
            rows.push(of_object);
            objects.push(Object {
                change,
                target: number(&targets, &told.place.target),
                application: number(&applications, &told.place.application),
                name: &told.place.object,
                file: file.path.rsplit('/').next().unwrap_or_default(),
                component: file.component.as_deref(),
                from: told.place.moved_from.as_deref(),
                renamed: told.place.renamed.as_deref(),
                without: entry
                    .risks
                    .iter()
                    .enumerate()
                    .filter(|(_, mark)| told.marks.iter().all(|own| own.name != mark.name))
                    .map(|(place, _)| place)
                    .collect(),
                lines,
            });
        }
    }
    let mut graphs = Table::new();
    let mut drawn = Vec::new();
    for composition in &preview.compositions {
        let at = [number(&targets, &composition.target), number(&applications, &composition.application)];
        drawn.push([at[0], at[1], graphs.number(&*composition.components)]);
    }
    let index = Index {
        program: env!("CARGO_PKG_VERSION"),
        against: &preview.against,
        targets,
        applications,
        units,
        kinds: encoder.kinds.into_items(),
        marks: encoder.marks.into_items(),
        files: encoder.files.into_items(),
        owners: encoder.owners.into_items(),
        spots: encoder.spots.into_items(),
        changes,
        objects,
        graphs: graphs.into_items(),
        drawn,
    };
    let manifests = Manifests {
        texts: encoder.texts.into_items(),
        paths: encoder.paths.into_items(),
        blames: encoder.blames.into_items(),
        cells: encoder.cells.into_items().concat(),
        rows,
    };
    (index, manifests)
}

/// What repeats is one entry, the gravest first.
pub(super) fn entries(preview: &Preview) -> Vec<Entry> {
    let mut entries = collapse(&preview.changes);
    by_gravity(&mut entries);
    entries
}

/// All names of a sort, once each, in order.
fn names(preview: &Preview, of_unit: fn(&super::Unit) -> &String, of_change: fn(&Changed) -> &String) -> Vec<&str> {
    let names = preview.units.iter().map(of_unit).chain(preview.changes.iter().map(of_change));
    let mut names: Vec<&str> = names.map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names
}

impl<'a> Encoder<'a> {
    fn change(&mut self, entry: &'a Entry) -> Change<'a> {
        let mark = |mark: &crate::view::diff::Mark| {
            let level = match gravity(mark.name).0 {
                Gravity::Grave => 0,
                Gravity::Serious => 1,
                Gravity::Light => 2,
            };
            Mark { name: mark.name, level, reason: mark.reason }
        };
        Change {
            change: entry.change,
            kind: self.kinds.number(&entry.kind),
            marks: entry.risks.iter().map(|risk| self.marks.number(mark(risk))).collect(),
            asked: self.spots(&entry.asked_by),
            fields: entry.fields.iter().map(|field| self.field(field, entry.objects.len())).collect(),
        }
    }

    fn field(&mut self, field: &'a Field, objects: usize) -> ShownField<'a> {
        ShownField {
            path: &field.path,
            old: field.old.as_ref(),
            new: field.new.as_ref(),
            by: self.spots(&field.set_by),
            was: self.spots(&field.was_set_by),
            why: field.reason.as_deref(),
            hash: objects > 1 && is_hash(field),
        }
    }

    fn spots(&mut self, spots: &'a [Spot]) -> Vec<usize> {
        spots.iter().map(|spot| self.spot(spot)).collect()
    }

    fn spot(&mut self, spot: &'a Spot) -> usize {
        let spot = [self.files.number(&spot.file), spot.line as usize, spot.column as usize, self.owners.number(spot.owner)];
        self.spots.number(spot)
    }

    /// The lines of both texts in one order, and how many came and went.
    fn rows(&mut self, told: &'a Changed, file: &'a File) -> (Vec<usize>, [usize; 2]) {
        let Some((old, new)) = &told.texts else { return (Vec::new(), [0, 0]) };
        let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
        let operations = match told.fate {
            Fate::Added => vec![DiffOp::Insert { old_index: 0, new_index: 0, new_len: new.len() }],
            Fate::Removed => vec![DiffOp::Delete { old_index: 0, old_len: old.len(), new_index: 0 }],
            Fate::Changed => capture_diff_slices(Algorithm::Myers, &old, &new),
        };
        let mut rows = Vec::with_capacity(new.len());
        let mut counts = [0, 0];
        for operation in operations {
            let (gone, come) = (operation.old_range(), operation.new_range());
            if let DiffOp::Equal { .. } = operation {
                rows.extend(come.map(|line| 3 * self.cell(new[line], file.new.get(line))));
                continue;
            }
            counts[0] += come.len();
            counts[1] += gone.len();
            rows.extend(gone.map(|line| 3 * self.cell(old[line], file.old.get(line)) + 2));
            rows.extend(come.map(|line| 3 * self.cell(new[line], file.new.get(line)) + 1));
        }
        (rows, counts)
    }

    fn cell(&mut self, text: &'a str, line: Option<&'a Line>) -> usize {
        let mut blame: Vec<isize> = Vec::new();
        let mut path = "";
        if let Some(line) = line {
            path = &line.path;
            blame.extend(line.set_by.iter().map(|spot| self.spot(spot) as isize));
            if let Some(template) = &line.template {
                blame.extend([-1, self.spot(template) as isize]);
            }
        }
        let cell = [self.texts.number(text), self.paths.number(path), self.blames.number(blame)];
        self.cells.number(cell)
    }
}
