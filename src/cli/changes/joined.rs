//! What is gone here and new there is one thing: an object that moved to another application, or that has another name.

use std::collections::BTreeMap;

use super::compare::{COMPONENT, Change, parsed};
use crate::diff::{Fate, RENAME, nameless};
use crate::kubernetes::ObjectId;
use crate::tree::Node;

/// An object that is gone from one application and new in another of the same target has moved.
pub(super) fn moved(changes: &mut Vec<Change>) {
    let gone = changes.iter().enumerate().filter(|(_, change)| change.told.fate == Fate::Removed);
    let place = |(index, change): (usize, &Change)| {
        let place = &change.told.place;
        ((place.target.clone(), change.id.clone()), (index, place.application.clone()))
    };
    let gone: BTreeMap<(String, ObjectId), (usize, String)> = gone.map(place).collect();
    let mut drop = Vec::new();
    for change in changes.iter_mut().filter(|change| change.told.fate == Fate::Added) {
        if let Some((index, application)) = gone.get(&(change.told.place.target.clone(), change.id.clone())) {
            change.told.fate = Fate::Changed;
            change.told.marks.clear();
            change.told.place.moved_from = Some(application.clone());
            drop.push(*index);
        }
    }
    let mut index = 0;
    changes.retain(|_| {
        index += 1;
        drop.binary_search(&(index - 1)).is_err()
    });
}

/// An object that is gone and one of the same kind that is new, in one target, are one if they differ in their names alone; where several are alike,
/// nobody can tell which became which.
pub(super) fn renamed(changes: &mut [Change]) {
    let mut alike: BTreeMap<(String, String, String), [Vec<usize>; 2]> = BTreeMap::new();
    let one_sided = changes.iter().enumerate().filter(|(_, change)| change.told.fate != Fate::Changed);
    for (index, change) in one_sided {
        let Some(text) = change.text.as_deref().and_then(|text| without_names(text, &change.id)) else { continue };
        let key = (change.told.place.target.clone(), change.told.kind.clone(), text);
        alike.entry(key).or_default()[usize::from(change.told.fate == Fate::Added)].push(index);
    }
    for pair in alike.values() {
        if let [[gone], [new]] = [pair[0].as_slice(), pair[1].as_slice()] {
            for (index, other) in [(*gone, *new), (*new, *gone)] {
                let name = changes[other].id.name.clone();
                changes[index].told.place.renamed = Some(name);
                changes[index].told.mark(RENAME);
            }
        }
    }
}

fn without_names(text: &str, id: &ObjectId) -> Option<String> {
    let node = parsed(text)?;
    let component = node.at(&["metadata", "labels", COMPONENT]).and_then(Node::as_str).unwrap_or_default();
    Some(nameless(text, &[&id.name, component]))
}
