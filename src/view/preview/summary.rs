//! What is said first: how much differs, where, and what of it needs a closer look.

use std::collections::BTreeMap;

use super::Preview;
use crate::diff::{Fate, RISKS, gravity};
use crate::view::diff::{Changed, Entry, Totals};

/// What differs in one environment and cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row<'a> {
    /// The environment and cluster; empty where there are none.
    pub target: &'a str,
    /// Objects that changed or moved.
    pub changed: usize,
    /// Objects that are new.
    pub added: usize,
    /// Objects that are gone.
    pub removed: usize,
    /// The marks, the gravest first.
    pub marks: Vec<&'static str>,
}

/// A row per environment and cluster, in the order of the output; also for those in which nothing differs.
pub fn rows(preview: &Preview) -> Vec<Row<'_>> {
    let mut rows: BTreeMap<&str, Row<'_>> = BTreeMap::new();
    let targets = preview.units.iter().map(|unit| unit.target.as_str());
    for target in targets.chain(preview.changes.iter().map(|change| change.place.target.as_str())) {
        rows.entry(target).or_insert_with(|| Row { target, ..Row::default() });
    }
    for change in &preview.changes {
        let Some(row) = rows.get_mut(change.place.target.as_str()) else { continue };
        match change.fate {
            Fate::Added => row.added += 1,
            Fate::Removed => row.removed += 1,
            Fate::Changed => row.changed += 1,
        }
        for mark in &change.marks {
            if !row.marks.contains(&mark.name) {
                row.marks.push(mark.name);
            }
        }
    }
    let mut rows: Vec<Row<'_>> = rows.into_values().collect();
    rows.iter_mut().for_each(|row| row.marks.sort_by_key(|name| gravity(name)));
    rows
}

/// A mark with its reason, and how many objects have it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Legend {
    /// The mark.
    pub name: &'static str,
    /// Why it matters.
    pub reason: &'static str,
    /// The objects.
    pub objects: usize,
}

/// The marks of all changes, the gravest first.
pub fn legend(changes: &[Changed]) -> Vec<Legend> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for mark in changes.iter().flat_map(|change| &change.marks) {
        *counts.entry((mark.name, mark.reason)).or_default() += 1;
    }
    let rules = RISKS.iter().filter_map(|risk| {
        let objects = counts.remove(&(risk.name, risk.reason))?;
        Some(Legend { name: risk.name, reason: risk.reason, objects })
    });
    rules.collect()
}

/// `3 changed, 1 new`; nothing where nothing differs.
pub fn headline(totals: Totals) -> Option<String> {
    let Totals { added, removed, changed, moved } = totals;
    let parts = [(changed, "changed"), (added, "new"), (removed, "gone"), (moved, "moved")];
    let parts: Vec<String> = parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The gravest first; what is alike keeps its order.
pub(super) fn by_gravity(entries: &mut [Entry]) {
    let rank = |entry: &Entry| entry.risks.iter().map(|mark| gravity(mark.name)).min().map_or((1, None), |found| (0, Some(found)));
    entries.sort_by_key(rank);
}
