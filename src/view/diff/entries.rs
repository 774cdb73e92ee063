//! What repeats is one entry: the same change of the same fields, wherever it happens.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::changed::{Changed, Field, Mark, Place};
use crate::diff::{Fate, gravity};
use crate::view::blame::Spot;

/// A change, and everywhere that it happens.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// `added`, `removed`, `changed` or `moved`.
    pub change: &'static str,
    /// The kind of the objects.
    pub kind: String,
    /// The fields; of those that only the engine derives, as hashes, the first object's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// What it puts at risk.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub risks: Vec<Mark>,
    /// Who asked for an object that is new, or had asked for one that is gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asked_by: Vec<Spot>,
    /// The objects.
    pub objects: Vec<Place>,
    /// Where among all changes they stand.
    #[serde(skip)]
    pub changes: Vec<usize>,
}

impl Entry {
    /// The environments and clusters that it is in.
    pub fn targets(&self) -> BTreeSet<&str> {
        self.objects.iter().map(|place| place.target.as_str()).collect()
    }
}

/// How much there is of what.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Objects that are new.
    pub added: usize,
    /// Objects that are gone.
    pub removed: usize,
    /// Objects that changed.
    pub changed: usize,
    /// Objects that belong to another application than before.
    pub moved: usize,
}

impl Totals {
    /// Counts.
    pub fn of(changes: &[Changed]) -> Totals {
        let mut totals = Totals::default();
        for change in changes {
            match word(change) {
                "added" => totals.added += 1,
                "removed" => totals.removed += 1,
                "moved" => totals.moved += 1,
                _ => totals.changed += 1,
            }
        }
        totals
    }
}

fn word(change: &Changed) -> &'static str {
    match change.fate {
        Fate::Added => "added",
        Fate::Removed => "removed",
        Fate::Changed if change.place.moved_from.is_some() => "moved",
        Fate::Changed => "changed",
    }
}

/// Whether both sides are hashes: digits that somebody computed, which differ for every object and say nothing more.
pub fn is_hash(field: &Field) -> bool {
    let hex = |value: &Option<serde_json::Value>| {
        value
            .as_ref()
            .and_then(serde_json::Value::as_str)
            .filter(|text| text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)))
            .map(str::len)
    };
    match (&field.old, &field.new) {
        (Some(_), Some(_)) => hex(&field.old).is_some() && hex(&field.old) == hex(&field.new),
        (Some(_), None) => hex(&field.old).is_some(),
        (None, _) => hex(&field.new).is_some(),
    }
}

/// What makes two changes one.
fn key(change: &Changed) -> String {
    let mut key = format!("{} {}", word(change), change.kind);
    if change.fate != Fate::Changed {
        key.push_str(&format!(" {}", change.place.object.rsplit('/').next().unwrap_or_default()));
        key.extend(change.place.renamed.iter().map(|name| format!(" {name}")));
        return key;
    }
    for field in &change.fields {
        if is_hash(field) {
            key.push_str(&format!("\n{} #", field.path));
        } else {
            let text = serde_json::to_string(field).expect("strings and numbers always serialise");
            key.push_str(&format!("\n{text}"));
        }
    }
    key
}

/// One entry for each change, in the order in which they are first met.
pub fn collapse(changes: &[Changed]) -> Vec<Entry> {
    let mut places: FxHashMap<String, usize> = FxHashMap::default();
    let mut entries: Vec<Entry> = Vec::new();
    for (place, change) in changes.iter().enumerate() {
        let index = *places.entry(key(change)).or_insert(entries.len());
        if index == entries.len() {
            entries.push(Entry {
                change: word(change),
                kind: change.kind.clone(),
                fields: change.fields.clone(),
                risks: change.marks.clone(),
                asked_by: change.spots.clone(),
                objects: Vec::new(),
                changes: Vec::new(),
            });
        }
        let entry = &mut entries[index];
        entry.changes.push(place);
        entry.objects.push(change.place.clone());
        // The same change may be in production here and not there.
        for mark in &change.marks {
            if entry.risks.iter().all(|known| known.name != mark.name) {
                entry.risks.push(mark.clone());
            }
        }
        for spot in &change.spots {
            if !entry.asked_by.contains(spot) {
                entry.asked_by.push(spot.clone());
            }
        }
    }
    entries.iter_mut().for_each(|entry| entry.risks.sort_by_key(|mark| gravity(mark.name)));
    entries
}
