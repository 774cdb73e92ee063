//! The comparison: every object of now with what it was.

use std::sync::Mutex;

use super::before::{Before, Key, known, seen_of};
use super::blame;
use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use crate::cli::pipeline::{self, View};
use crate::cli::settings::Settings;
use crate::diag::Sink;
use crate::diff::{Fate, Pair};
use crate::kubernetes::{KindSchema, ObjectId};
use crate::lower::Object;
use crate::output::{self, is_delivery, split_unit};
use crate::resolve::Filters;
use crate::source::{Pos, Role, Sources};
use crate::tree::{Entry, Key as Name, Node, emit, read_yaml};
use crate::view::blame::{Lens, Spot};
use crate::view::diff::{Changed, Place, changed};

/// An object that is not what it was, and its file.
#[derive(Debug)]
pub struct Change {
    /// What people are told.
    pub told: Changed,
    /// Who it is.
    pub id: ObjectId,
    /// The file, relative to the output directory.
    pub path: String,
}

/// How much is kept of what differs.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Detail {
    /// The fields.
    Fields,
    /// Also both objects as text.
    Texts,
}

/// What was cannot be rendered; its problems are in its sink.
#[derive(Debug)]
pub struct OldIsWrong;

/// Everything that differs, in the order of the output. Problems of the project are in its sink; where there are errors the result is of no use.
/// `whole`: all applications are rendered, also those that cannot have changed.
///
/// # Errors
/// When what was cannot be read.
pub fn compare(
    opened: &Opened,
    before: &mut Before,
    filters: &Filters,
    detail: Detail,
    whole: bool,
    settings: &Settings,
) -> Result<Result<Vec<Change>, OldIsWrong>, Failure> {
    if before.is_environment() {
        // Namespaces of both environments must be known before one object of the one is looked for in the other.
        let met = Mutex::new(&mut *before);
        pipeline::each(opened, filters, settings, false, |view| met.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).meet(&view));
        opened.sink.take();
    }
    let told_before = opened.sink.take().diagnostics;
    let mut again = false;
    loop {
        told_before.iter().for_each(|problem| opened.sink.push(problem.clone()));
        let narrow = match before.prepare(filters, again || whole, settings) {
            Ok(narrow) => narrow,
            Err(_) => return Ok(Err(OldIsWrong)),
        };
        let compared = once(opened, before, &narrow, detail, settings)?;
        if opened.sink.has_errors() || narrow.applications == filters.applications || before.is_enough(&compared.seen) {
            let mut changes = compared.changes;
            if !opened.sink.has_errors() {
                blame::explain(opened, before, &mut changes, filters, settings);
            }
            return Ok(Ok(changes));
        }
        opened.sink.take();
        again = true;
    }
}

/// What one comparison found.
struct Compared {
    changes: Vec<Change>,
    /// What others see of the components of now.
    seen: Vec<String>,
}

fn once(opened: &Opened, before: &Before, filters: &Filters, detail: Detail, settings: &Settings) -> Result<Compared, Failure> {
    let known = opened.loaded.workspace.as_ref().and_then(|workspace| known(filters, workspace));
    let (tree, compared) = match &known {
        Some(known) => pipeline::visited(opened, known, settings, false, |view, unit| {
            Ok::<_, Failure>((of_unit(view, unit, before, detail, opened)?, seen_of(view)))
        }),
        None => Default::default(),
    };
    let (mut visited, mut changes, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for unit in compared {
        let ((keys, found), members) = unit?;
        visited.extend(keys);
        changes.extend(found);
        seen.extend(members);
    }
    let units: Vec<String> = tree.units.iter().map(|unit| unit.directory.clone()).collect();
    let complete = tree.complete(opened, filters);
    for (directory, text) in before.gone(&visited, &units, complete)? {
        changes.extend(removed(&directory, text, detail));
    }
    join_moved(&mut changes);
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Compared { changes, seen })
}

type OfUnit = Result<(Vec<Key>, Vec<Change>), Failure>;

fn of_unit(view: &View<'_>, unit: &output::Unit, before: &Before, detail: Detail, opened: &Opened) -> OfUnit {
    let mut keys = Vec::with_capacity(unit.files.len());
    let mut changes = Vec::new();
    // What brings one environment to its clusters is not what brings another one.
    if before.is_environment() && is_delivery(&view.directory) {
        return Ok((keys, changes));
    }
    for object in &view.lowered.objects {
        let name = view.file_name(object);
        let key = before.key(view, object);
        let file = unit.files.iter().find(|file| file.name == name);
        if let Some(file) = file
            && !before.holds(&key, &file.text)?
        {
            let old = before.text(&key)?;
            changes.extend(of_object(view, object, file, old, before, detail, opened));
        }
        keys.push(key);
    }
    Ok((keys, changes))
}

fn of_object(
    view: &View<'_>,
    object: &Object,
    file: &output::File,
    old: Option<String>,
    before: &Before,
    detail: Detail,
    opened: &Opened,
) -> Option<Change> {
    let lens =
        Lens { log: &view.lowered.log, sources: opened.sources(), prefix: &opened.located.prefix, owner: object.component.as_deref() };
    let mut old_node = old.as_deref().and_then(parsed);
    if let Some(old) = old_node.as_mut().filter(|_| before.is_environment()) {
        // That the namespaces of two environments have two names is no change.
        adopt_namespace(old, &object.node);
    }
    let (target, application) = split_unit(&view.directory);
    let place = Place { target: target.to_owned(), application: application.to_owned(), object: name_of(&object.id), moved_from: None };
    let schema = view.schemas().kind(&object.id.api_version(), &object.id.kind);
    let pair = Pair { id: &object.id, old: old_node.as_ref(), new: Some(&object.node) };
    let mut told = changed(&pair, schema, place, None, Some(lens))?;
    if told.fate == Fate::Added {
        told.spots = Spot::of(view.asked_at(object), lens.sources, lens.prefix).into_iter().collect();
    }
    if detail == Detail::Texts {
        told.texts = Some((old_node.as_ref().map(shown).unwrap_or_default(), shown(&object.node)));
    }
    Some(Change { told, id: object.id.clone(), path: format!("{}/{}", view.directory, file.name) })
}

/// An object of a text; `None` if it is none any more.
pub(super) fn parsed(text: &str) -> Option<Node> {
    let file = Sources::new().add("", text.to_owned(), Role::BuiltIn).ok()?;
    let sink = Sink::new();
    let root = read_yaml(&file, &sink).pop()?.root;
    (!sink.has_errors() && root.is_map()).then_some(root)
}

fn adopt_namespace(old: &mut Node, new: &Node) {
    let (metadata, namespace) = (Name::new("metadata"), Name::new("namespace"));
    let Some(own) = new.get(metadata).and_then(|node| node.entry(namespace)).cloned() else { return };
    let Some(entries) = old.entries_mut() else { return };
    if let Some(Entry { node, .. }) = entries.iter_mut().find(|entry| entry.key == metadata)
        && node.get(namespace).is_some()
    {
        node.set(namespace, Pos::NOWHERE, own.node);
    }
}

/// The text of an object as it may be shown.
pub(super) fn shown(node: &Node) -> String {
    let mut text = String::new();
    emit(&crate::diff::shown(node), &mut text);
    text
}

/// `shop/orders`
pub(super) fn name_of(id: &ObjectId) -> String {
    match &id.namespace {
        Some(namespace) => format!("{namespace}/{}", id.name),
        None => id.name.clone(),
    }
}

/// An object that is gone.
fn removed(directory: &str, text: String, detail: Detail) -> Option<Change> {
    let node = parsed(&text)?;
    let id = ObjectId::of(&node)?;
    let (target, application) = split_unit(directory);
    let place = Place { target: target.to_owned(), application: application.to_owned(), object: name_of(&id), moved_from: None };
    let mut told = changed(&Pair { id: &id, old: Some(&node), new: None }, None::<&KindSchema>, place, None, None)?;
    if detail == Detail::Texts {
        told.texts = Some((shown(&node), String::new()));
    }
    let path = format!("{directory}/{}-{}.yaml", id.kind.to_lowercase(), id.name);
    Some(Change { told, id, path })
}

/// An object that is gone from one application and new in another of the same target has moved.
fn join_moved(changes: &mut Vec<Change>) {
    let gone: Vec<(usize, String, ObjectId, String)> = changes
        .iter()
        .enumerate()
        .filter(|(_, change)| change.told.fate == Fate::Removed)
        .map(|(index, change)| (index, change.told.place.target.clone(), change.id.clone(), change.told.place.application.clone()))
        .collect();
    let mut drop = Vec::new();
    for change in changes.iter_mut().filter(|change| change.told.fate == Fate::Added) {
        let same = |(_, target, id, _): &&(usize, String, ObjectId, String)| *target == change.told.place.target && *id == change.id;
        if let Some((index, _, _, application)) = gone.iter().find(same) {
            change.told.fate = Fate::Changed;
            change.told.marks.clear();
            change.told.place.moved_from = Some(application.clone());
            drop.push(*index);
        }
    }
    let mut index = 0;
    changes.retain(|_| {
        index += 1;
        !drop.contains(&(index - 1))
    });
}
