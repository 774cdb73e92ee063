//! What is in each unit and why: components with what made them, traits, scopes, what lost, what was left out.
//!
//! Must never know: how units are resolved.

mod text;
mod unmatched;

pub use text::text;
pub use unmatched::unmatched;

use serde::Serialize;

use super::blame::Spot;
use crate::resolve::{ResolvedComponent, Unit};
use crate::source::{Pos, Sources};
use crate::tree::Node;

/// One unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnitListing {
    /// The application.
    pub application: String,
    /// The environment.
    pub environment: String,
    /// The cluster, where the environment has clusters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The namespace.
    pub namespace: String,
    /// The commit at which the developers' documents were read, where a Release names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<RevisionListing>,
    /// The components.
    pub components: Vec<ComponentListing>,
    /// Facts of the environment that the cluster replaced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<LostListing>,
    /// Documents that do not apply here, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_matched: Vec<NotMatched>,
}

/// The commit that a unit runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RevisionListing {
    /// As the Release spells it.
    pub name: String,
    /// Where the Release says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Spot>,
    /// How it stands to the documents of now, where git can tell.
    #[serde(flatten)]
    pub distance: Option<Distance>,
}

/// How a commit stands to `HEAD`, counted in commits that changed developers' documents of one application.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Distance {
    /// The full id.
    pub commit: String,
    /// How many such commits `HEAD` has that it has not.
    pub behind: usize,
    /// How many it has that `HEAD` has not.
    pub ahead: usize,
}

/// A component of a unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ComponentListing {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The documents that made it, from general to specific.
    pub made_by: Vec<Spot>,
    /// Its parameters that have values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterListing>,
    /// Its traits, in the order in which they are applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub traits: Vec<TraitListing>,
    /// Traits that were asked for and are not applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<SkippedListing>,
    /// The scopes that hold it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<ScopeListing>,
    /// Whom it talks to, as `component` or `application/component`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub connects_to: Vec<String>,
    /// What must be ready before it, as `component` or `application/component`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// Values that a more specific document, an operator or a pin replaced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<LostListing>,
}

/// A parameter with its value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ParameterListing {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: serde_json::Value,
    /// `default`, `from` or `parameterValues`.
    pub given_by: &'static str,
    /// Where the value stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Spot>,
}

/// A trait.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TraitListing {
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its name; the type, if it has none.
    pub name: String,
    /// All places that ask for it, from general to specific.
    pub asked_for: Vec<Spot>,
}

/// A trait that is not applied.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SkippedListing {
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Where it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Spot>,
    /// What decided it, where that is another place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Spot>,
}

/// A scope.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScopeListing {
    /// The Scope document's name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Spot>,
}

/// A value that lost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LostListing {
    /// What it was the value of, as `env[name=LOG_LEVEL].value`; of a trait's properties, the trait's name comes first.
    pub path: String,
    /// The value.
    pub value: serde_json::Value,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Spot>,
    /// What won.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Spot>,
}

/// A document that does not apply.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NotMatched {
    /// `TraitBinding web-prod`
    pub document: String,
    /// Why: "its `environments` are \[prod\]".
    pub reason: String,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Spot>,
}

/// What a unit shows of itself.
pub fn listing(unit: &Unit, not_matched: Vec<NotMatched>, sources: &Sources, prefix: &str) -> UnitListing {
    let spot = |pos: Pos| Spot::of(pos, sources, prefix);
    let listed = |lost: &crate::tree::Lost| LostListing {
        path: lost.path.to_string(),
        value: Node::new(lost.value.clone(), lost.old).to_json(),
        place: spot(lost.old.author()),
        to: spot(lost.winner.author()),
    };
    // What the types' own defaults lost is of no interest to people.
    let lost = |owner: Option<&str>| {
        let own = unit.log.lost.iter().filter(|one| one.owner.as_deref() == owner && !built_in(one.old.author(), sources));
        own.map(listed).collect::<Vec<_>>()
    };
    UnitListing {
        application: unit.application.to_string(),
        environment: unit.environment.meta.name.to_string(),
        cluster: unit.cluster.as_ref().map(|cluster| cluster.to_string()),
        namespace: unit.namespace.as_str().unwrap_or_default().to_owned(),
        revision: unit.revision.as_ref().map(|name| RevisionListing { name: name.to_string(), place: spot(name.at), distance: None }),
        components: unit
            .components
            .iter()
            .enumerate()
            .map(|(index, component)| ComponentListing { lost: lost(Some(&component.name)), ..of(unit, index, component, &spot) })
            .collect(),
        lost: lost(None),
        not_matched,
    }
}

fn built_in(pos: Pos, sources: &Sources) -> bool {
    sources.role_of(pos).is_none_or(|role| role == crate::source::Role::BuiltIn)
}

fn of(unit: &Unit, index: usize, component: &ResolvedComponent, spot: &dyn Fn(Pos) -> Option<Spot>) -> ComponentListing {
    let mut skipped = Vec::new();
    for one in unit.skipped.iter().filter(|one| one.component == component.name.value) {
        skipped.push(SkippedListing {
            type_name: one.type_name.to_string(),
            name: one.name.to_string(),
            reason: one.reason.clone(),
            place: spot(one.at),
            decided_by: spot(one.by),
        });
    }
    let application = &unit.application.value;
    ComponentListing {
        name: component.name.to_string(),
        type_name: component.definition.name.to_string(),
        made_by: component.layers.iter().filter_map(|pos| spot(*pos)).collect(),
        parameters: component
            .parameters
            .iter()
            .map(|parameter| ParameterListing {
                name: parameter.name.to_string(),
                value: parameter.value.to_json(),
                given_by: parameter.given_by.as_str(),
                place: spot(parameter.value.origin.author()),
            })
            .collect(),
        traits: component
            .traits
            .iter()
            .map(|one| TraitListing {
                type_name: one.definition.name.to_string(),
                name: one.name.to_string(),
                asked_for: one.from.iter().filter_map(|pos| spot(*pos)).collect(),
            })
            .collect(),
        skipped,
        scopes: unit
            .scopes
            .iter()
            .filter(|scope| scope.members.contains(&index))
            .map(|scope| ScopeListing {
                name: scope.name.to_string(),
                type_name: scope.definition.name.to_string(),
                place: spot(scope.name.at),
            })
            .collect(),
        connects_to: component
            .connections
            .iter()
            .map(
                |to| if to.application == *application { to.component.to_string() } else { format!("{}/{}", to.application, to.component) },
            )
            .collect(),
        depends_on: component
            .depends_on
            .iter()
            .map(ToString::to_string)
            .chain(component.awaits.iter().map(|other| format!("{}/{}", other.application, other.component)))
            .collect(),
        lost: Vec::new(),
    }
}
