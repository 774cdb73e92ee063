//! Who had set what is gone or is no more what it was, and why it is gone.

use std::collections::BTreeMap;

use super::before::{Before, split};
use super::compare::Change;
use super::marks::Asking;
use crate::cli::opened::Opened;
use crate::cli::pipeline::{self, View};
use crate::cli::settings::Settings;
use crate::diff::Fate;
use crate::lower::Object;
use crate::output::split_unit;
use crate::resolve::Filters;
use crate::tree::{Node, Path, Segment};
use crate::view::blame::{self, Lens, Spot};
use crate::view::diff::spots;

/// Asks both sides again, now for the few units in which something is gone.
pub fn explain(opened: &Opened, before: &Before, changes: &mut [Change], filters: &Filters, settings: &Settings) {
    if let Some(old) = before.opened() {
        ask(old, changes, filters, false, settings, |change| change.told.fate != Fate::Added, then);
        for field in changes.iter_mut().flat_map(|change| &mut change.told.fields) {
            field.had_been_set_by = field.was_set_by.clone();
        }
    }
    ask(opened, changes, filters, true, settings, |change| change.told.fields.iter().any(|field| field.new.is_none()), why);
}

/// What is told of one object.
#[derive(Default)]
struct Answer {
    /// By the index of the field: who had set it, and why it is gone.
    fields: Vec<(usize, Vec<Spot>, Option<String>)>,
    /// Who had asked for the object.
    spots: Vec<Spot>,
    /// Marks that types ask for: something of theirs is gone, or they took something away.
    marks: Vec<String>,
}

fn ask(
    opened: &Opened,
    changes: &mut [Change],
    filters: &Filters,
    explains: bool,
    settings: &Settings,
    is_asked: impl Fn(&Change) -> bool,
    answer: fn(&Change, &View<'_>, &Object, Lens) -> Answer,
) {
    let mut wanted: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, change) in changes.iter().enumerate().filter(|(_, change)| is_asked(change)) {
        wanted.entry(split(&change.path).0).or_default().push(index);
    }
    let Some(filters) = narrowed(wanted.keys().copied(), filters, opened) else { return };
    let told_before = opened.sink.take().diagnostics;
    let asked = &*changes;
    let answers: Vec<Vec<(usize, Answer)>> = pipeline::each(opened, &filters, settings, explains, |view| {
        let indices = wanted.get(view.directory.as_str()).into_iter().flatten();
        let one = |index: &usize| {
            let object = view.lowered.objects.iter().find(|object| object.id == asked[*index].id)?;
            let owner = object.component.as_deref();
            let lens = Lens { log: &view.lowered.log, sources: opened.sources(), prefix: &opened.located.prefix, owner };
            Some((*index, answer(&asked[*index], &view, object, lens)))
        };
        indices.filter_map(one).collect()
    });
    opened.sink.take();
    told_before.into_iter().for_each(|problem| opened.sink.push(problem));
    for (index, answer) in answers.into_iter().flatten() {
        let told = &mut changes[index].told;
        told.spots.extend(answer.spots);
        answer.marks.iter().for_each(|mark| told.mark(mark));
        for (field, spots, reason) in answer.fields {
            let field = &mut told.fields[field];
            if !spots.is_empty() {
                field.was_set_by = spots;
            }
            if reason.is_some() {
                field.reason = reason;
            }
        }
    }
}

/// The applications of the directories, unless one of them belongs to all.
fn narrowed<'a>(directories: impl Iterator<Item = &'a str>, filters: &Filters, opened: &Opened) -> Option<Filters> {
    let workspace = opened.loaded.workspace.as_ref()?;
    let mut narrow = filters.clone();
    let (mut applications, mut environments) = (Vec::new(), Vec::new());
    let mut all = false;
    for directory in directories {
        let (target, application) = split_unit(directory);
        environments.push(target.split('/').next().unwrap_or_default().to_owned());
        if workspace.application(application).is_some() { applications.push(application.to_owned()) } else { all = true }
    }
    environments.sort();
    environments.dedup();
    environments.retain(|name| workspace.environment(name).is_some());
    applications.dedup();
    if environments.is_empty() || (applications.is_empty() && !all) {
        return None;
    }
    narrow.environments = environments;
    narrow.applications = if all { Vec::new() } else { applications };
    narrow.clusters.retain(|name| workspace.clusters.iter().any(|cluster| crate::model::glob_matches(name, &cluster.meta.name.value)));
    Some(narrow)
}

/// What was: who had set the fields, or had asked for the object.
fn then(change: &Change, view: &View<'_>, object: &Object, lens: Lens) -> Answer {
    if change.told.fate == Fate::Removed {
        let spots = Spot::of(view.asked_at(object), lens.sources, lens.prefix).into_iter().collect();
        return Answer { spots, ..Answer::default() };
    }
    let asking = Asking::of(view, object);
    let mut answer = Answer::default();
    for (index, field) in change.told.fields.iter().enumerate().filter(|(_, field)| field.old.is_some()) {
        let Some(node) = find(&object.node, &field.path) else { continue };
        answer.fields.push((index, spots(node, lens), None));
        answer.marks.extend(asking.marks(node, lens.log));
    }
    answer
}

/// What is: why fields are not there.
fn why(change: &Change, view: &View<'_>, object: &Object, lens: Lens) -> Answer {
    let absent = blame::absent(&object.node, view.dropped(object), None, lens);
    let of = |(index, field): (usize, &crate::view::diff::Field)| {
        if field.new.is_some() {
            return None;
        }
        let found = absent.iter().find(|one| one.path == field.path)?;
        Some((index, found.set_by.iter().cloned().collect(), Some(found.reason.clone())))
    };
    let gone = |path: &str| change.told.fields.iter().any(|field| field.new.is_none() && field.path == path);
    let asking = Asking::of(view, object);
    let taken = view.dropped(object).filter(|dropped| gone(&Path::parse(&dropped.path, &object.node).to_string()));
    Answer {
        fields: change.told.fields.iter().enumerate().filter_map(of).collect(),
        marks: taken.flat_map(|dropped| asking.at(dropped.by).into_iter().chain(asking.at(dropped.at))).collect(),
        ..Answer::default()
    }
}

/// The value at a path as it is shown.
pub(super) fn find<'n>(object: &'n Node, wanted: &str) -> Option<&'n Node> {
    fn below<'n>(node: &'n Node, path: &Path, wanted: &str) -> Option<&'n Node> {
        let shown = path.to_string();
        if shown == wanted {
            return Some(node);
        }
        if !wanted.starts_with(&shown) {
            return None;
        }
        let keys =
            node.entries().iter().find_map(|entry| below(&entry.node, &path.join(Segment::Key(entry.key.as_str().to_owned())), wanted));
        let mut items = node.items().iter().enumerate();
        keys.or_else(|| items.find_map(|(index, item)| below(item, &path.join(Segment::item(index, item)), wanted)))
            // Inside of a file, the whole text is who is asked.
            .or_else(|| node.as_str().map(|_| node))
    }
    below(object, &Path::default(), wanted)
}
