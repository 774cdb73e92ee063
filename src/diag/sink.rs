//! Collects problems from all threads, bounded: a million mistakes cost no more than a few thousand.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::{Diagnostic, Severity, Unread};
use crate::source::Pos;

/// How many problems a run keeps; further ones are counted.
pub const KEEP: usize = 10_000;

/// Takes problems from any thread. Problems that differ only in the unit in which they were seen are one.
#[derive(Debug, Default)]
pub struct Sink {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Sorted by place, then code and message; the value holds labels, help and units.
    kept: BTreeMap<Diagnostic, Vec<String>>,
    dropped: [usize; 3],
    errors: bool,
    /// Documents that are there and cannot be read.
    unread: Vec<Unread>,
}

/// What a run found, by place.
#[derive(Debug, Default)]
pub struct Report {
    /// The first problems, sorted by place.
    pub diagnostics: Vec<Diagnostic>,
    /// How many more were pushed: errors, warnings, notes. One that was seen in several units counts for each of them.
    pub dropped: [usize; 3],
    /// What was looked at, where that is told: by which authority, and how many things.
    pub judged: Vec<Judged>,
}

/// So many things were judged by one authority.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judged {
    /// Which, as a report can say it after "by"; `None`: nobody could judge them.
    pub by: Option<String>,
    /// How many.
    pub count: usize,
}

impl Report {
    /// How many problems of a severity there were, with those that were not kept.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|d| d.severity == severity).count() + self.dropped[severity as usize]
    }

    /// Whether the run fails.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }
}

impl Sink {
    /// An empty sink.
    pub fn new() -> Sink {
        Sink::default()
    }

    /// Takes a problem.
    pub fn push(&self, mut diagnostic: Diagnostic) {
        let units = std::mem::take(&mut diagnostic.units);
        let mut inner = self.lock();
        inner.errors |= diagnostic.severity == Severity::Error;
        let seen = inner.kept.entry(diagnostic).or_default();
        seen.extend(units);
        if inner.kept.len() > KEEP
            && let Some((last, _)) = inner.kept.pop_last()
        {
            inner.dropped[last.severity as usize] += 1;
        }
    }

    /// Notes a document that is there and that nobody could read, which was told: what it would settle is no problem of its own.
    pub fn unread(&self, kind: &'static str, name: Option<&str>) {
        self.lock().unread.push(Unread { kind, name: name.map(Box::from) });
    }

    /// Takes everything that another sink holds, as seen in a unit if one is named.
    pub fn absorb(&self, other: Sink, unit: Option<&str>) {
        self.absorb_as(other, |problem| match unit {
            Some(unit) => problem.in_unit(unit),
            None => problem,
        });
    }

    /// Takes everything that another sink holds, each problem as `change` makes it.
    pub fn absorb_as(&self, other: Sink, change: impl Fn(Diagnostic) -> Diagnostic) {
        let unread = std::mem::take(&mut other.lock().unread);
        self.lock().unread.extend(unread);
        let report = other.take();
        report.diagnostics.into_iter().for_each(|problem| self.push(change(problem)));
        let mut inner = self.lock();
        inner.dropped.iter_mut().zip(report.dropped).for_each(|(own, more)| *own += more);
    }

    /// Whether an error was pushed.
    pub fn has_errors(&self) -> bool {
        self.lock().errors
    }

    /// Everything so far, sorted by place; problems without a place come last. The sink is empty afterwards.
    pub fn take(&self) -> Report {
        let inner = std::mem::take(&mut *self.lock());
        let (mut nowhere, mut placed) = (Vec::new(), Vec::new());
        let decided: Vec<Pos> = inner.kept.keys().filter(|problem| problem.decisive).map(|problem| problem.at).collect();
        let is_decided = |at: &Pos| decided.binary_search(at).is_ok();
        let follows = |problem: &Diagnostic| {
            !problem.decisive && (is_decided(&problem.at) || problem.labels.iter().any(|label| is_decided(&label.at)))
        };
        let settled =
            |problem: &Diagnostic| problem.settled_by.iter().any(|wanted| inner.unread.iter().any(|unread| wanted.may_be(unread)));
        for (mut diagnostic, mut units) in inner.kept {
            if follows(&diagnostic) || settled(&diagnostic) {
                continue;
            }
            units.sort();
            units.dedup();
            diagnostic.units = units;
            let list: &mut Vec<Diagnostic> = if diagnostic.at.is_known() { &mut placed } else { &mut nowhere };
            match list.iter_mut().rev().take_while(|last| last.at == diagnostic.at).find(|last| last.says_the_same(&diagnostic)) {
                Some(known) => known.absorb(diagnostic),
                None => list.push(diagnostic),
            }
        }
        placed.append(&mut nowhere);
        Report { diagnostics: placed, dropped: inner.dropped, judged: Vec::new() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // A panic elsewhere must not hide the problems that were found.
        self.inner.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::code;

    #[test]
    fn what_follows_from_a_problem_at_the_same_place_is_left_out() {
        let sink = Sink::new();
        for at in [7, 9] {
            sink.push(Diagnostic::error(code::UNKNOWN_NAME, Pos::new(at), "follows"));
        }
        sink.push(Diagnostic::error(code::YAML_VALUE, Pos::new(7), "cause").decisive());
        let told: Vec<_> = sink.take().diagnostics.into_iter().map(|problem| (problem.at.number(), problem.message)).collect();
        assert_eq!(told, [(7, "cause".to_owned()), (9, "follows".to_owned())]);
    }

    #[test]
    fn what_a_document_that_cannot_be_read_would_settle_is_left_out() {
        let told = |unread: Option<&str>| {
            let sink = Sink::new();
            for name in ["a", "b"] {
                sink.push(Diagnostic::error(code::UNKNOWN_NAME, Pos::new(1), name).unless_unread("Cluster", name));
            }
            sink.push(Diagnostic::warning(code::MATCHES_NOTHING, Pos::new(2), "any").unless_unread("Cluster", None));
            sink.push(Diagnostic::error(code::UNKNOWN_NAME, Pos::new(3), "other").unless_unread("Scope", "a"));
            let outer = Sink::new();
            sink.unread("Cluster", unread);
            outer.absorb(sink, None);
            outer.take().diagnostics.into_iter().map(|problem| problem.message).collect::<Vec<_>>()
        };
        assert_eq!((told(Some("a")), told(None)), (vec!["b".to_owned(), "other".to_owned()], vec!["other".to_owned()]));
    }

    #[test]
    fn problems_that_differ_in_other_places_only_are_one_with_a_few_of_them() {
        let sink = Sink::new();
        for at in 1..9 {
            let problem = Diagnostic::error(code::UNKNOWN_PARAMETER, Pos::new(7), "x").label(Pos::new(20 + at), "here");
            sink.push(problem.in_unit(format!("unit {at}")));
        }
        sink.push(Diagnostic::error(code::UNKNOWN_PARAMETER, Pos::new(7), "y"));
        let told = sink.take().diagnostics;
        assert_eq!((told.len(), told[0].labels.len(), told[0].units.len()), (2, 3, 8));
    }

    #[test]
    fn equal_problems_are_one_and_the_first_by_place_are_kept() {
        let sink = Sink::new();
        for unit in ["b", "a", "a"] {
            sink.push(Diagnostic::error(code::UNKNOWN_FIELD, Pos::new(7), "x").in_unit(unit));
        }
        for i in (0..KEEP as u32 + 5).rev() {
            sink.push(Diagnostic::warning(code::UNKNOWN_FIELD, Pos::new(100 + i), "y"));
        }
        let report = sink.take();
        assert_eq!(report.diagnostics[0].units, ["a", "b"]);
        assert_eq!(report.diagnostics.len(), KEEP);
        assert_eq!(report.count(Severity::Warning), KEEP + 5);
        assert!(report.has_errors());
    }
}
