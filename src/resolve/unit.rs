//! The unit of work: one application in one environment and cluster, with every value decided.

use std::sync::Arc;

use crate::catalog::Definition;
use crate::kubernetes::Schemas;
use crate::model::{Environment, Labels, MetadataChange, Name, OtherComponent};
use crate::source::Pos;
use crate::tree::{Node, UnitLog};

/// One application in one environment and cluster.
#[derive(Debug)]
pub struct Unit {
    /// The project; a self-contained Application is in none.
    pub project: Option<Name>,
    /// The application's name and labels.
    pub application: Name,
    /// Its labels, for templates and selectors.
    pub application_labels: Labels,
    /// Its annotations.
    pub application_annotations: Labels,
    /// Labels for all its objects.
    pub object_labels: MetadataChange,
    /// Annotations for all its objects.
    pub object_annotations: MetadataChange,
    /// The environment.
    pub environment: Arc<Environment>,
    /// The commit at which the developers' documents were read, as a Release names it.
    pub revision: Option<Name>,
    /// The cluster's name, where the environment has clusters.
    pub cluster: Option<Name>,
    /// The cluster's region.
    pub region: Option<Name>,
    /// The cluster's zones.
    pub zones: Vec<Name>,
    /// The namespace, evaluated.
    pub namespace: Node,
    /// Environment's and cluster's facts, merged.
    pub facts: Node,
    /// The schemas of the Kubernetes version, with CRDs.
    pub schemas: Arc<Schemas>,
    /// The components, in order of dependencies, then name.
    pub components: Vec<ResolvedComponent>,
    /// Scopes that hold at least one component.
    pub scopes: Vec<ResolvedScope>,
    /// Components of other repositories that its components connect to.
    pub outside: Vec<ResolvedOutside>,
    /// The environment's delivery, of which all components are members.
    pub delivery: Option<ResolvedScope>,
    /// Traits that were asked for and are not applied.
    pub skipped: Vec<SkippedTrait>,
    /// Image pins that took effect, by where they stand.
    pub pins: Vec<Pos>,
    /// Whether everything in it was resolved without errors; components with errors are left out.
    pub complete: bool,
    /// What lost, and unions.
    pub log: UnitLog,
}

impl Unit {
    /// `app/env` or `app/env/cluster`, as diagnostics name it.
    pub fn name(&self) -> String {
        unit_name(&self.application, &self.environment.meta.name, self.cluster.as_ref().map(|cluster| &*cluster.value))
    }
}

/// `app/env` or `app/env/cluster`; `app` where a self-contained application runs in a place without a name.
pub(super) fn unit_name(application: &str, environment: &str, cluster: Option<&str>) -> String {
    let parts = [Some(application), Some(environment).filter(|name| !name.is_empty()), cluster];
    parts.into_iter().flatten().collect::<Vec<_>>().join("/")
}

/// A component with its layers, parameters and pins applied; defaults filled, validated.
#[derive(Debug)]
pub struct ResolvedComponent {
    /// The instance's name.
    pub name: Name,
    /// Its labels.
    pub labels: Labels,
    /// Its annotations.
    pub annotations: Labels,
    /// Its type.
    pub definition: Arc<Definition>,
    /// Where the type is said.
    pub type_at: Pos,
    /// Properties: layers, parameters and pins applied, defaults filled, validated.
    pub properties: Node,
    /// Files in the container.
    pub config: Vec<ResolvedConfig>,
    /// `secrets`
    pub secrets: Vec<crate::model::SecretUse>,
    /// Name of the objects: the identity's or the component's.
    pub object_name: Name,
    /// Selector labels: the identity's or `app.oam.dev/component`.
    pub selector: Node,
    /// Whom it talks to, found.
    pub connections: Vec<ResolvedConnection>,
    /// Names of components that must be ready before it.
    pub depends_on: Vec<Name>,
    /// What of other applications must be ready before it, found.
    pub awaits: Vec<OtherComponent>,
    /// When it starts: 0, or one later than the last that must be ready before it.
    pub stage: usize,
    /// Traits in the order in which they are applied.
    pub traits: Vec<ResolvedTrait>,
    /// The documents that made it, from general to specific: the Component (or the Application's entry), then its layers.
    pub layers: Vec<Pos>,
    /// Values of its parameters that were written: name, value, and whether an operator set it.
    pub parameters: Vec<ResolvedParameter>,
}

/// A parameter whose value was written to its field paths.
#[derive(Debug, Clone)]
pub struct ResolvedParameter {
    /// Its name and where it is declared.
    pub name: Name,
    /// The value.
    pub value: Node,
    /// What gave the value.
    pub given_by: GivenBy,
}

/// What gave a parameter its value.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum GivenBy {
    /// `default`
    Default,
    /// `from`
    From,
    /// `parameterValues` of a binding
    Operator,
}

impl GivenBy {
    /// The name of the field that gave it.
    pub const fn as_str(self) -> &'static str {
        match self {
            GivenBy::Default => "default",
            GivenBy::From => "from",
            GivenBy::Operator => "parameterValues",
        }
    }
}

/// A file in the container.
#[derive(Debug, Clone)]
pub struct ResolvedConfig {
    /// Absolute path in the container.
    pub path: Name,
    /// How it is serialised: `yaml`, `json`, `properties`, `toml`, `ini`, `env`, `text`.
    pub format: Arc<str>,
    /// The content, layers merged.
    pub data: Node,
}

/// An entry of `connectsTo` whose target was found.
#[derive(Debug, Clone)]
pub struct ResolvedConnection {
    /// The target's application.
    pub application: Arc<str>,
    /// The target component.
    pub component: Arc<str>,
    /// Names or numbers of ports; all if empty.
    pub ports: Vec<Name>,
    /// Where it is asked for.
    pub at: Pos,
}

/// A component of another repository, seen from a unit.
#[derive(Debug, Clone)]
pub struct ResolvedOutside {
    /// Its application.
    pub application: Name,
    /// Its name.
    pub component: Name,
    /// Its namespace, evaluated.
    pub namespace: Node,
    /// The labels of its pods.
    pub selector: Node,
    /// Its ports.
    pub ports: Vec<crate::model::ExternalPort>,
}

/// A trait of a component, merged from all that ask for it.
#[derive(Debug)]
pub struct ResolvedTrait {
    /// Its type.
    pub definition: Arc<Definition>,
    /// Its name (the type, if it has none).
    pub name: Arc<str>,
    /// Properties: merged, pins applied, defaults filled, validated.
    pub properties: Node,
    /// Where it is asked for: the most specific place.
    pub at: Pos,
    /// All places that ask for it, from general to specific.
    pub from: Vec<Pos>,
    /// Whether somebody asks for it on this very component: then it is an error if it cannot be applied; otherwise it is skipped.
    pub named: bool,
    /// Whether nobody gives it any property.
    pub bare: bool,
}

/// A trait that was asked for and is not applied.
#[derive(Debug, Clone)]
pub struct SkippedTrait {
    /// The component.
    pub component: Arc<str>,
    /// Its type.
    pub type_name: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Where it is asked for: the most specific place.
    pub at: Pos,
    /// Why it is not applied: "`disable: true`", "it does not apply to `jobs.batch`".
    pub reason: String,
    /// What decided it, where that is another place.
    pub by: Pos,
}

/// A scope and its members in this unit.
#[derive(Debug)]
pub struct ResolvedScope {
    /// The Scope document's name.
    pub name: Name,
    /// Its type.
    pub definition: Arc<Definition>,
    /// Properties: defaults filled, validated.
    pub properties: Node,
    /// Indices into [`Unit::components`].
    pub members: Vec<usize>,
}
