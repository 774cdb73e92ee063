//! Documents that could apply to a unit and do not, and why.

use super::NotMatched;
use crate::model::{Candidate, Meta, Selector, Subject, Workspace};
use crate::resolve::Unit;
use crate::source::Sources;
use crate::view::blame::Spot;

/// The layers, bindings, scopes and releases for the unit's application that match nothing in the unit.
pub fn unmatched(unit: &Unit, workspace: &Workspace, sources: &Sources, prefix: &str) -> Vec<NotMatched> {
    let mut found = Vec::new();
    let Some(application) = workspace.application(&unit.application.value) else { return found };
    let mut add = |kind: &str, meta: &Meta, reason: String| {
        found.push(NotMatched { document: format!("{kind} {}", meta.name), reason, place: Spot::of(meta.name.at, sources, prefix) });
    };
    let here = application.revised_in(unit.environment.known_as(), unit.cluster.as_ref().map(|cluster| &*cluster.value));
    let state = here.map_or(application, |revised| &application.revised[revised].documents);
    for layer in &state.layers {
        if let Some(reason) = reason(&layer.selector, Some(&layer.meta.name.value), unit, workspace) {
            add("layer of", &layer.meta, reason);
        }
    }
    for binding in workspace.bindings_for(application) {
        if let Some(reason) = reason(&binding.selector, None, unit, workspace) {
            add("binding", &binding.meta, reason);
        }
    }
    for scope in workspace.scopes_for(application) {
        if let Some(reason) = reason(&scope.selector, None, unit, workspace) {
            add("scope", &scope.meta, reason);
        }
    }
    for release in &application.releases {
        let cluster = release.cluster.as_ref().filter(|cluster| unit.cluster.as_ref().is_none_or(|own| own.value != cluster.value));
        if ![&unit.environment.meta.name.value, &unit.environment.known_as().value].contains(&&release.environment.value) {
            add("release", &release.meta, format!("it is for `{}`", release.environment));
        } else if let Some(cluster) = cluster {
            add("release", &release.meta, format!("it is for the cluster `{cluster}`"));
        }
    }
    found
}

/// Why a selector matches no component of the unit (or not the one that it is for); `None` if it does.
fn reason(selector: &Selector, only: Option<&str>, unit: &Unit, workspace: &Workspace) -> Option<String> {
    let cluster = unit
        .cluster
        .as_ref()
        .map(|name| Candidate { name: &name.value, labels: workspace.cluster(&name.value).map_or(&[], |cluster| &cluster.meta.labels) });
    let unit_only = Subject {
        application: Candidate { name: &unit.application.value, labels: &unit.application_labels },
        component: None,
        component_type: None,
        environment: Candidate { name: &unit.environment.known_as().value, labels: &unit.environment.meta.labels },
        cluster,
    };
    if let Err(mismatch) = selector.judge(&unit_only) {
        return Some(mismatch.to_string());
    }
    let mut reasons = Vec::new();
    for component in unit.components.iter().filter(|component| only.is_none_or(|only| *component.name.value == *only)) {
        let subject = Subject {
            component: Some(Candidate { name: &component.name.value, labels: &component.labels }),
            component_type: Some(&component.definition.name),
            ..unit_only
        };
        match selector.judge(&subject) {
            Ok(_) => return None,
            Err(mismatch) => reasons.push(mismatch.to_string()),
        }
    }
    Some(match reasons.as_slice() {
        [] => "the component is not here".to_owned(),
        [one] => one.clone(),
        _ => format!("none of the {} components: {}", reasons.len(), reasons[0]),
    })
}
