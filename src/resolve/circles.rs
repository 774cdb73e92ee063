//! Applications that wait for each other: a stage of one for a stage of another, which waits for the first.

use std::collections::BTreeMap;

use super::{ResolvedComponent, Unit};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::OtherComponent;

/// A stage of an application: what starts together, and waits together.
type Stage = (usize, usize);

/// Why a stage waits for another application's.
struct Wait<'u> {
    by: &'u ResolvedComponent,
    wanted: &'u OtherComponent,
}

/// Reports circles among all units of one environment and cluster. `dependsOn` inside an application is without circles by now.
pub fn circles(units: &[Unit], sink: &Sink) {
    let index: BTreeMap<&str, usize> = units.iter().enumerate().map(|(index, unit)| (&*unit.application.value, index)).collect();
    let mut waits: BTreeMap<Stage, Vec<(Stage, Wait<'_>)>> = BTreeMap::new();
    for (own, unit) in units.iter().enumerate() {
        for by in &unit.components {
            for wanted in &by.awaits {
                let Some(&other) = index.get(&*wanted.application.value) else { continue };
                let target = units[other].components.iter().find(|component| component.name.value == wanted.component.value);
                if let Some(target) = target {
                    waits.entry((own, by.stage)).or_default().push(((other, target.stage), Wait { by, wanted }));
                }
            }
        }
    }
    if waits.is_empty() {
        return;
    }
    let mut search = Search { units, waits: &waits, done: BTreeMap::new(), path: Vec::new(), sink };
    for stage in waits.keys() {
        search.visit(*stage);
    }
}

struct Search<'u> {
    units: &'u [Unit],
    waits: &'u BTreeMap<Stage, Vec<(Stage, Wait<'u>)>>,
    /// Whether all that a stage waits for was looked at; `false` while that is under way.
    done: BTreeMap<Stage, bool>,
    path: Vec<(Stage, Option<&'u Wait<'u>>)>,
    sink: &'u Sink,
}

impl<'u> Search<'u> {
    fn visit(&mut self, stage: Stage) {
        match self.done.get(&stage) {
            Some(true) => return,
            Some(false) => return self.report(stage),
            None => {}
        }
        self.done.insert(stage, false);
        let waits = self.waits;
        for (next, wait) in waits.get(&stage).into_iter().flatten() {
            self.path.push((stage, Some(wait)));
            self.visit(*next);
            self.path.pop();
        }
        // A stage waits for the one before it.
        if let Some(before) = stage.1.checked_sub(1) {
            self.path.push((stage, None));
            self.visit((stage.0, before));
            self.path.pop();
        }
        self.done.insert(stage, true);
    }

    fn report(&self, start: Stage) {
        let from = self.path.iter().position(|(stage, _)| *stage == start).unwrap_or(0);
        let waits: Vec<(&str, &Wait<'_>)> = self.path[from..]
            .iter()
            .filter_map(|(stage, wait)| Some((&*self.units[stage.0].application.value, wait.as_ref().copied()?)))
            .collect();
        let Some(((_, first), others)) = waits.split_first() else { return };
        let told: Vec<String> = waits
            .iter()
            .map(|(application, wait)| {
                format!("`{application}/{}` waits for `{}/{}`", wait.by.name, wait.wanted.application, wait.wanted.component)
            })
            .collect();
        let message = format!("applications wait for each other in a circle: {}", told.join(", "));
        let mut problem = Diagnostic::error(code::CYCLE, first.wanted.at, message)
            .help("what starts together waits together: give up one of these, or let the component that is waited for depend on nothing");
        for (application, wait) in others {
            problem = problem.label(wait.wanted.at, format!("`{application}/{}` waits here", wait.by.name));
        }
        self.sink.push(problem);
    }
}
