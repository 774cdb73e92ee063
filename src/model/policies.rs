//! What a self-contained Application says beside its components: where and how they are deployed.

use std::sync::Arc;

use super::{Name, Spanned, TraitUse};
use crate::source::Pos;
use crate::tree::Node;

/// An entry of `policies`, or a Policy document.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its name; one that has none is called by its type and number.
    pub name: Name,
    /// Its type.
    pub type_name: Name,
    /// What it says.
    pub kind: PolicyKind,
    /// Where it starts.
    pub at: Pos,
}

/// What a policy says.
#[derive(Clone, Debug)]
pub enum PolicyKind {
    /// Where components go.
    Topology(Topology),
    /// How components differ there.
    Override(Override),
    /// How often they are there.
    Replication(Replication),
    /// How whoever applies the objects treats them: nothing is rendered for it.
    AtApply,
    /// It is wrong, and that was told.
    Wrong,
}

/// Where components go.
#[derive(Clone, Debug)]
pub struct Topology {
    /// Names of clusters; none: the one where the Application is.
    pub clusters: Vec<Name>,
    /// Labels of clusters, which only the control plane knows: where they stand.
    pub cluster_labels: Option<Pos>,
    /// The namespace, in place of the Application's.
    pub namespace: Option<Name>,
}

/// How components differ in a place.
#[derive(Clone, Debug)]
pub struct Override {
    /// Changes, one after the other.
    pub components: Vec<ComponentOverride>,
    /// The components that are there at all; all of them if absent.
    pub selector: Option<Vec<Name>>,
}

/// An entry of an override's `components`.
#[derive(Clone, Debug)]
pub struct ComponentOverride {
    /// The component, or a glob; all of the type, or all, if absent.
    pub name: Option<Name>,
    /// Another type replaces the component.
    pub type_name: Option<Name>,
    /// Merged over those of the component.
    pub properties: Option<Node>,
    /// Merged with those of the component, by type.
    pub traits: Vec<TraitUse>,
    /// Where the entry starts.
    pub at: Pos,
}

/// How often components are in a place.
#[derive(Clone, Debug)]
pub struct Replication {
    /// One copy each.
    pub keys: Vec<Name>,
    /// The components.
    pub selector: Vec<Name>,
}

/// `workflow`, or a Workflow document.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// The name of a Workflow document.
    pub name: Option<Name>,
    /// `ref`: the Workflow document that it is.
    pub reference: Option<Name>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Where it starts.
    pub at: Pos,
}

/// A step of a workflow; groups are taken apart.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name; one that has none is called by its number.
    pub name: Name,
    /// Its type.
    pub type_name: Name,
    /// What it does.
    pub kind: StepKind,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// Deploys the components with these policies.
    Deploy(Vec<Name>),
    /// Deploys one component as it is.
    Component(Name),
    /// Something that happens in the cluster or beside it: it makes no objects.
    Happens,
    /// It is wrong, and that was told.
    Wrong,
}

/// Labels or annotations for all objects of an application; without a value they are taken away.
pub type MetadataChange = Vec<(Arc<str>, Option<Spanned<Arc<str>>>)>;
