//! What only all units together show: equal selectors, pins that nobody uses, components that run nowhere.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::plan::Plan;
use super::{Unit, UnitKey};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::Name;
use crate::source::Pos;

/// What must be known of a unit when all are done; small, so that units need not be kept.
#[derive(Clone, Debug)]
pub struct UnitFacts {
    /// Environment, cluster, namespace.
    place: [String; 3],
    name: String,
    selectors: Vec<(String, Name, Pos)>,
    pins: Vec<Pos>,
    complete: bool,
    application: Name,
    /// Components that run elsewhere, each with the scope that does not place it here.
    pub(crate) away: Vec<(Name, Name)>,
}

impl Unit {
    /// What [`Plan::conclude`] needs to know of it.
    pub fn facts(&self) -> UnitFacts {
        let text = |name: Option<&Name>| name.map(|name| name.to_string()).unwrap_or_default();
        let selectors = self.components.iter().filter(|component| component.definition.workload.is_some()).map(|component| {
            let mut labels: Vec<String> = component
                .selector
                .entries()
                .iter()
                .map(|entry| format!("{}={}", entry.key, entry.node.as_str().unwrap_or_default()))
                .collect();
            labels.sort_unstable();
            (labels.join(","), component.name.clone(), component.selector.origin.at)
        });
        UnitFacts {
            place: [
                self.environment.meta.name.to_string(),
                text(self.cluster.as_ref()),
                self.namespace.as_str().unwrap_or_default().to_owned(),
            ],
            name: self.name(),
            selectors: selectors.collect(),
            pins: self.pins.clone(),
            complete: self.complete,
            application: self.application.clone(),
            away: Vec::new(),
        }
    }
}

impl Plan<'_> {
    /// Judges all units together: `resolved` are those of [`Plan::units`] that could be resolved, in any order.
    pub fn conclude(&self, resolved: &[UnitFacts], sink: &Sink) {
        equal_selectors(resolved, sink);
        self.unused_pins(resolved, sink);
        self.placed_nowhere(resolved, sink);
    }

    /// A component that its scopes place on no cluster of an environment.
    fn placed_nowhere(&self, resolved: &[UnitFacts], sink: &Sink) {
        if resolved.iter().all(|facts| facts.away.is_empty()) {
            return;
        }
        let mut by_environment: BTreeMap<(&str, &str), Vec<&UnitFacts>> = BTreeMap::new();
        for facts in resolved {
            by_environment.entry((&facts.place[0], &facts.application.value)).or_default().push(facts);
        }
        for ((environment, application), units) in by_environment {
            let targets = self.targets.iter().filter(|target| &*target.environment.meta.name.value == environment).count();
            // Of clusters that were not asked for nobody knows.
            if units.len() < targets {
                continue;
            }
            for (component, scope) in &units[0].away {
                let is_away = |facts: &&UnitFacts| facts.away.iter().any(|(name, _)| name.value == component.value);
                if !units.iter().all(is_away) {
                    continue;
                }
                let message =
                    format!("component `{component}` runs nowhere: its scopes place it on no cluster of environment `{environment}`");
                let help =
                    "correct the scope, take the component out of it, or leave it out of the environment by `exclude` of its Application";
                let problem = Diagnostic::warning(code::MATCHES_NOTHING, scope.at, message).label(component.at, "the component").help(help);
                sink.push(problem.unless_unread("Cluster", None).in_unit(format!("{application}/{environment}")));
            }
        }
    }

    /// A pin that no image of any unit of its environment uses.
    fn unused_pins(&self, resolved: &[UnitFacts], sink: &Sink) {
        let used: FxHashSet<Pos> = resolved.iter().flat_map(|facts| facts.pins.iter().copied()).collect();
        // Where a unit is not whole, or some clusters were not asked for, nothing is known of what it would have used.
        let whole: FxHashSet<&str> = resolved.iter().filter(|facts| facts.complete).map(|facts| &*facts.name).collect();
        for application in self.applications.iter().filter(|application| !application.is_revised) {
            for release in &application.documents.releases {
                let concerns = |target: &&super::target::Target| {
                    let cluster = target.cluster.as_ref().map(|cluster| &cluster.meta.name.value);
                    target.environment.meta.name.value == release.environment.value
                        && release.cluster.as_ref().is_none_or(|wanted| Some(&wanted.value) == cluster)
                };
                let mut units =
                    self.targets.iter().filter(concerns).map(|target| unit_name(&application.documents.name, target)).peekable();
                if units.peek().is_none() || !units.all(|unit| whole.contains(&*unit)) {
                    continue;
                }
                for pin in release.images.iter().filter(|pin| !used.contains(&pin.at)) {
                    let message = format!(
                        "no image of application `{}` in `{}` is `{}`",
                        application.documents.name, release.environment, pin.repository
                    );
                    let help = "the pin has no effect: correct the name of the image, or remove the pin";
                    let problem = Diagnostic::warning(code::UNUSED_PIN, pin.at, message).help(help);
                    sink.push(problem.unless_unread("Component", None).unless_unread("TraitBinding", None));
                }
            }
        }
    }
}

fn unit_name(application: &str, target: &super::target::Target) -> String {
    super::unit::unit_name(application, &target.environment.meta.name, target.cluster.as_ref().map(|cluster| &*cluster.meta.name.value))
}

/// Two components whose pods would be taken for each other's.
fn equal_selectors(resolved: &[UnitFacts], sink: &Sink) {
    let mut all: Vec<_> = resolved
        .iter()
        .flat_map(|facts| facts.selectors.iter().map(move |(labels, name, at)| (&facts.place, labels, &name.value, &facts.name, *at)))
        .collect();
    all.sort_unstable();
    for pair in all.windows(2) {
        let [(place, labels, first, first_unit, first_at), (other_place, other_labels, name, unit, at)] = pair else { continue };
        if place == other_place && labels == other_labels {
            let message = format!("components `{first}` and `{name}` have the same selector, `{labels}`, in namespace `{}`", place[2]);
            let help = "each would take the other's pods for its own: give one of them another `identity`, name or namespace";
            let problem = Diagnostic::error(code::EQUAL_SELECTORS, *at, message).label(*first_at, "the other selector is here").help(help);
            sink.push(problem.in_unit(first_unit.as_str()).in_unit(unit.as_str()));
        }
    }
}

impl UnitKey {
    /// `app/env` or `app/env/cluster`, as diagnostics name it.
    pub fn name(&self) -> String {
        match &self.cluster {
            Some(cluster) => format!("{}/{}/{cluster}", self.application, self.environment),
            None => format!("{}/{}", self.application, self.environment),
        }
    }
}
