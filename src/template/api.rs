//! What goes into a template and what comes out.

use std::sync::Arc;

use crate::kubernetes::Schemas;
use crate::shape::Shapes;
use crate::source::Pos;
use crate::tree::{Key, Node, Tags};

use super::program::{Bare, EntryForm, Form, Lets, Requirement};

/// A fragment of a library, as it is written there.
#[derive(Clone, Debug)]
pub struct FragmentSource {
    /// The template.
    pub node: Node,
    /// The tags of its document.
    pub tags: Arc<Tags>,
}

/// Where `$use` finds fragments.
pub trait Fragments {
    /// The fragment of a name such as `pod.volumes`.
    fn fragment(&self, name: &str) -> Option<FragmentSource>;

    /// All names, for did-you-mean.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// No libraries.
impl Fragments for () {
    fn fragment(&self, _: &str) -> Option<FragmentSource> {
        None
    }
}

/// What a template is compiled against.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    /// The schema of `parameter`.
    pub parameters: &'a Arc<Shapes>,
    /// What is known of values in `context`: a map of its names.
    pub context: Option<&'a Arc<Shapes>>,
    /// The names that `context` has here; empty: those of every template.
    pub context_names: &'a [&'a str],
    /// The libraries.
    pub fragments: &'a dyn Fragments,
    /// The kinds that its objects are checked against.
    pub kubernetes: &'a Schemas,
    /// apiVersion and kind of what a patch may meet; empty: anything.
    pub targets: &'a [(String, String)],
}

/// How often an output of a scope is made.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Per {
    /// Once per application.
    Application,
    /// Once per namespace.
    Namespace,
    /// Once per environment.
    Environment,
    /// Once per cluster.
    Cluster,
}

impl Per {
    /// All, by name.
    pub const ALL: [(&'static str, Per); 4] =
        [("application", Per::Application), ("namespace", Per::Namespace), ("environment", Per::Environment), ("cluster", Per::Cluster)];
}

/// Which sections an evaluation makes. `let` is always there for them.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Sections {
    /// `require`; where one fails, nothing else is made.
    pub require: bool,
    /// `output`
    pub output: bool,
    /// `outputs`
    pub outputs: bool,
    /// With `outputs`: only those that say so.
    pub per: Option<Per>,
    /// `patch`, `podPatch` and `patches`
    pub patches: bool,
    /// `place`
    pub place: bool,
}

impl Sections {
    /// All of them.
    pub const ALL: Sections = Sections { require: true, output: true, outputs: true, per: None, patches: true, place: true };
}

/// The values that a template sees.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// `parameter`: defaults filled, validated.
    pub parameter: Option<Node>,
    /// `context`: a map.
    pub context: Option<Node>,
    /// `context.output`: the workload before this template's patch, with the shapes of its kind.
    pub output: Option<(Node, Option<Arc<Shapes>>)>,
    /// `context.outputs`, by name.
    pub outputs: Vec<(Key, Node)>,
}

/// An entry of `outputs`.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: Key,
    /// Where the name stands.
    pub at: Pos,
    /// `per`
    pub per: Option<Per>,
    /// The object.
    pub node: Node,
}

/// How a patch applies.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum PatchType {
    /// As Kubernetes merges.
    #[default]
    Strategic,
    /// RFC 7396
    Merge,
    /// RFC 6902
    Json,
}

/// What a patch of `patches` is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PatchTarget {
    /// The workload.
    Workload,
    /// An output by name.
    Output(Arc<str>),
    /// The objects of a kind; of one name, if it is given.
    Kind {
        /// The kind.
        kind: Arc<str>,
        /// The object's name.
        name: Option<Arc<str>>,
    },
}

/// An entry of `patches`.
#[derive(Clone, Debug)]
pub struct TargetedPatch {
    /// What it is for.
    pub target: PatchTarget,
    /// Where the target is said.
    pub at: Pos,
    /// How it applies.
    pub kind: PatchType,
    /// The patch.
    pub patch: Node,
}

/// What a template made.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// `output`
    pub output: Option<Node>,
    /// `outputs`, in order.
    pub outputs: Vec<Output>,
    /// `patch`
    pub patch: Option<Node>,
    /// `podPatch`
    pub pod_patch: Option<Node>,
    /// `patches`
    pub patches: Vec<TargetedPatch>,
    /// `place`
    pub place: Option<bool>,
}

/// A rule for finished objects: data, judged by others.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The expression (CEL) and where it stands.
    pub rule: (Arc<str>, Pos),
    /// What is said when it does not hold, and where that stands.
    pub message: Option<(Arc<str>, Pos)>,
    /// The field whose author is told, and where that stands.
    pub field: Option<(Arc<str>, Pos)>,
    /// Whether it only warns.
    pub warning: bool,
    /// Where the rule stands.
    pub at: Pos,
}

/// A compiled template.
#[derive(Debug, Default)]
pub struct Template {
    pub(super) parameters: Arc<Shapes>,
    pub(super) context: Option<Arc<Shapes>>,
    pub(super) context_names: Arc<[Key]>,
    pub(super) owned: Vec<(Pos, Pos)>,
    pub(super) lets: Lets,
    pub(super) requires: Vec<Requirement>,
    pub(super) output: Option<Form>,
    pub(super) outputs: Vec<(Option<Per>, EntryForm)>,
    pub(super) patch: Option<Form>,
    pub(super) pod_patch: Option<Form>,
    pub(super) patches: Option<Form>,
    pub(super) place: Option<Bare>,
    pub(super) rules: Vec<Rule>,
}

impl Template {
    /// Whether a place is in the template, or in a fragment that it uses, and not in what it is evaluated with.
    pub fn owns(&self, at: Pos) -> bool {
        self.owned.iter().any(|(from, to)| *from <= at && at <= *to)
    }

    /// `rules`
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether it says where members go.
    pub fn has_place(&self) -> bool {
        self.place.is_some()
    }

    /// Whether it has an output that is made so often.
    pub fn makes(&self, per: Per) -> bool {
        self.outputs.iter().any(|(own, _)| *own == Some(per))
    }

    /// Whether it asks for anything.
    pub fn has_requirements(&self) -> bool {
        !self.requires.is_empty()
    }

    /// Whether it makes a workload.
    pub fn has_output(&self) -> bool {
        self.output.is_some()
    }

    /// Whether it patches anything.
    pub fn has_patches(&self) -> bool {
        self.patch.is_some() || self.pod_patch.is_some() || self.patches.is_some()
    }
}
