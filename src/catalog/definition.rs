//! One type, compiled.

use std::sync::Arc;

use super::ScopeRule;
use crate::shape::Shapes;
use crate::source::{Pos, Role};
use crate::template::Template;
use crate::tree::{Node, Tags};

/// What a type is for.
#[derive(Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum DefinitionKind {
    /// What runs.
    Component,
    /// What changes or adds to what runs.
    Trait,
    /// What holds for all that it contains.
    Scope,
}

impl DefinitionKind {
    /// All of them.
    pub const ALL: [DefinitionKind; 3] = [DefinitionKind::Component, DefinitionKind::Trait, DefinitionKind::Scope];

    /// `component`, `trait`, `scope`
    pub const fn as_str(self) -> &'static str {
        match self {
            DefinitionKind::Component => "component",
            DefinitionKind::Trait => "trait",
            DefinitionKind::Scope => "scope",
        }
    }

    /// The kind of its documents.
    pub const fn document(self) -> &'static str {
        match self {
            DefinitionKind::Component => "ComponentDefinition",
            DefinitionKind::Trait => "TraitDefinition",
            DefinitionKind::Scope => "ScopeDefinition",
        }
    }

    /// The kind of this name, as [`DefinitionKind::as_str`] says it.
    pub fn named(name: &str) -> Option<DefinitionKind> {
        DefinitionKind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The kind of the built-in types of a folder.
    pub(super) fn of_folder(folder: &str) -> Option<DefinitionKind> {
        match folder {
            "components" => Some(DefinitionKind::Component),
            "traits" => Some(DefinitionKind::Trait),
            "scopes" => Some(DefinitionKind::Scope),
            _ => None,
        }
    }
}

/// Roles that may use a type.
pub type Usability = Vec<Role>;

/// An example of a definition: properties, with a word about them.
#[derive(Clone, Debug)]
pub struct Example {
    /// What it shows.
    pub title: String,
    /// The properties.
    pub properties: Node,
    /// Traits and scopes: the component that it is shown on, as written (`type`, `properties`, `traits`), if it says.
    pub on: Option<Node>,
    /// The environment that it is shown in, as tests write it, if it says.
    pub environment: Option<Node>,
}

/// A component, trait or scope type, compiled.
#[derive(Debug)]
pub struct Definition {
    /// Component, trait or scope.
    pub kind: DefinitionKind,
    /// `metadata.name`
    pub name: Arc<str>,
    /// Where the definition starts.
    pub at: Pos,
    /// What it is for, in a sentence.
    pub description: String,
    /// Parameter schema.
    pub parameters: Arc<Shapes>,
    /// The compiled template.
    pub template: Template,
    /// Components: apiVersion and kind of the workload, where the definition says so.
    pub workload: Option<(String, String)>,
    /// Who may use it.
    pub usable_by: Usability,
    /// Traits: resources as `deployments.apps`; `*`: any; empty: any.
    pub applies_to: Vec<String>,
    /// Traits that must not stand on the same component.
    pub conflicts_with: Vec<String>,
    /// Traits after which this one is applied; `*`: all others.
    pub after: Vec<String>,
    /// Traits whose values this one may change; `*`: whatever is there, of the component too.
    pub overrides: Vec<String>,
    /// Traits: whether a change of it replaces the pods.
    pub pod_disruptive: bool,
    /// Scopes: the rules for the finished objects of members.
    pub rules: Vec<ScopeRule>,
    /// Scopes: whether two scopes of this type may hold one component.
    pub allow_component_overlap: bool,
    /// Scopes: whether an environment's `delivery` chooses it, for all components; then no Scope document does.
    pub delivers: bool,
    /// Examples, for people and tests.
    pub examples: Vec<Example>,
    /// Tests of the definition, as written.
    pub tests: Vec<Node>,
    /// The definition's document.
    pub document: Node,
    /// Tagged scalars in it.
    pub tags: Tags,
}

impl Definition {
    /// The schema of its parameters, as written; `None` if it takes none.
    pub fn schema(&self) -> Option<&Node> {
        self.document.at(&["spec", "schematic", "minijinja", "parameters"])
    }

    /// Why a trait cannot be used on a workload, told by its resource as `deployments.apps`, or on a component type.
    pub fn misfit(&self, resource: &str, component_type: &str) -> Option<String> {
        let group = resource.split_once('.').map_or("", |(_, group)| group);
        let fits = |wanted: &String| {
            wanted == "*"
                || *wanted == resource
                || *wanted == component_type
                || wanted.strip_prefix("*.").is_some_and(|wanted| wanted == group)
        };
        if self.applies_to.is_empty() || self.applies_to.iter().any(fits) {
            return None;
        }
        let list = self.applies_to.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        Some(format!("it applies to {list}, not to `{resource}`"))
    }
}
