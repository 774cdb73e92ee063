//! What `oam list` shows beside a unit: the documents that could have applied to it and did not, with the reason.

use super::application::ApplicationPlan;
use super::plan::Plan;
use super::selection::{dimension_text, dimensions};
use super::target::Target;
use super::{Unit, UnitKey};
use crate::diag::Sink;
use crate::model::{Candidate, Meta, Name, Selector, Subject};

/// A unit, and what does not apply to it.
#[derive(Debug)]
pub struct Listed {
    /// The unit.
    pub unit: Unit,
    /// Layers, bindings and scopes near enough to apply that match nothing in it.
    pub unmatched: Vec<Unmatched>,
}

/// A document that matches nothing in a unit.
#[derive(Clone, Debug)]
pub struct Unmatched {
    /// What it is: `layer`, `binding`, `scope`.
    pub noun: &'static str,
    /// Its name and place.
    pub name: Name,
    /// Why it does not match: "`environments` lists `prod`, not `dev`".
    pub reason: String,
}

impl Plan<'_> {
    /// One of [`Plan::units`] with what does not apply to it. `None` if so much is wrong that nothing of it can be made.
    pub fn list(&self, index: usize, sink: &Sink) -> Option<Listed> {
        let key = self.units().get(index)?;
        let unit = self.resolve_unit(key, sink)?;
        let unmatched = self.unmatched(key, &unit);
        Some(Listed { unit, unmatched })
    }

    fn unmatched(&self, key: &UnitKey, unit: &Unit) -> Vec<Unmatched> {
        let (application, target) = (&self.applications[key.application_index], &self.targets[key.target_index]);
        let documents = application.documents;
        let mut found = Vec::new();
        let mut add = |noun, meta: &Meta, reason: Option<String>| {
            if let Some(reason) = reason {
                found.push(Unmatched { noun, name: meta.name.clone(), reason });
            }
        };
        for layer in &documents.layers {
            let applied = unit.components.iter().any(|component| component.layers.contains(&layer.meta.at));
            let reason = (!applied).then(|| mismatch(&layer.selector, application, target, unit)).flatten();
            add("layer", &layer.meta, reason);
        }
        for binding in self.workspace.map(|workspace| workspace.bindings_for(documents)).unwrap_or_default() {
            add("binding", &binding.meta, mismatch(&binding.selector, application, target, unit));
        }
        for scope in self.workspace.map(|workspace| workspace.scopes_for(documents)).unwrap_or_default() {
            add("scope", &scope.meta, mismatch(&scope.selector, application, target, unit));
        }
        found
    }
}

/// Why a selector matches nothing in a unit; `None` if it matches.
fn mismatch(selector: &Selector, application: &ApplicationPlan<'_>, target: &Target, unit: &Unit) -> Option<String> {
    let of = |meta: &'_ Meta| -> (std::sync::Arc<str>, crate::model::Labels) { (meta.name.value.clone(), meta.labels.clone()) };
    let environment = of(&target.environment.meta);
    let cluster = target.cluster.as_ref().map(|cluster| of(&cluster.meta));
    let documents = application.documents;
    let whole = Subject {
        application: Candidate { name: &documents.name.value, labels: documents.labels() },
        component: None,
        component_type: None,
        environment: Candidate { name: &environment.0, labels: &environment.1 },
        cluster: cluster.as_ref().map(|(name, labels)| Candidate { name, labels }),
    };
    if let Err(mismatch) = selector.judge(&whole) {
        return Some(mismatch.to_string());
    }
    let fits = |component: &super::ResolvedComponent| {
        let candidate = Candidate { name: &component.name.value, labels: &component.labels };
        selector.matches(&Subject { component: Some(candidate), component_type: Some(&component.definition.name), ..whole })
    };
    if unit.components.iter().any(fits) {
        return None;
    }
    let wanted: Vec<String> = dimensions(selector)
        .iter()
        .filter(|(field, dimension)| field.starts_with("component") && !dimension.is_absent())
        .map(|(field, dimension)| format!("`{}`", dimension_text(field, dimension)))
        .collect();
    Some(if wanted.is_empty() {
        "there are no components here".to_owned()
    } else {
        format!("no component here has {}", wanted.join(" and "))
    })
}
