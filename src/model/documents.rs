//! One type per kind of document.

use std::sync::Arc;

use super::{FieldPath, MetadataChange, Name, Policy, Selector, Spanned, Workflow};
use crate::catalog::DefinitionKind;
use crate::source::{Pos, Role};
use crate::tree::Node;

/// Labels, in the order in which they are written.
pub type Labels = Vec<(Arc<str>, Spanned<Arc<str>>)>;

/// What every document has.
#[derive(Clone, Debug)]
pub struct Meta {
    /// `metadata.name`
    pub name: Name,
    /// `metadata.labels`
    pub labels: Labels,
    /// `metadata.annotations`
    pub annotations: Labels,
    /// Where the document starts.
    pub at: Pos,
    /// The folder to which the document applies: the parent of its `traits/`, `scopes/`, `components/` … folder; empty at the root.
    pub folder: Arc<str>,
    /// The import that it belongs to; `None` for the project's own.
    pub import: Option<Name>,
}

/// `kind: Project` (`oam.yaml`)
#[derive(Clone, Debug)]
pub struct Project {
    /// Name and place.
    pub meta: Meta,
    /// Globs of application folders.
    pub applications: Vec<Name>,
    /// `output.path`, relative to the project.
    pub output: Option<Name>,
    /// `output.configHash`: whether pods get a hash of the files that they use.
    pub config_hash: bool,
    /// Other projects whose definitions, scopes, environments and clusters are used.
    pub imports: Vec<Import>,
    /// `roles`
    pub roles: Vec<RoleSettings>,
    /// `teams`: who of a role owns which part of its files.
    pub teams: Vec<Team>,
    /// `facts.schema`: a JSON Schema.
    pub facts_schema: Option<Node>,
    /// Objects that exist outside.
    pub external: Vec<ExternalObject>,
    /// Components of other repositories that components here connect to.
    pub external_components: Vec<ExternalComponent>,
    /// `delivery`: what environments take where they say nothing else.
    pub delivery: Option<Delivery>,
}

/// An entry of `imports`.
#[derive(Clone, Debug)]
pub struct Import {
    /// How the import is called here.
    pub name: Name,
    /// A path relative to the project.
    pub path: Option<Name>,
    /// The repository that `oam vendor` brings it from.
    pub git: Option<GitSource>,
}

/// The repository of an import.
#[derive(Clone, Debug)]
pub struct GitSource {
    /// Its address, as git takes it.
    pub url: Name,
    /// A branch, a tag or a commit; the branch that the repository is on if absent.
    pub reference: Option<Name>,
    /// The folder of the project in it; the whole repository if absent.
    pub path: Option<Name>,
}

impl Import {
    /// The folder that it is read from, relative to the project: `path`, or the one that `oam vendor` writes.
    pub fn folder(&self) -> Name {
        self.path.clone().unwrap_or_else(|| Spanned::new(format!("{VENDOR}/{}", self.name).into(), self.name.at))
    }
}

/// The folder that imports are brought to.
pub const VENDOR: &str = "vendor";

/// What the project says of one role.
#[derive(Clone, Debug)]
pub struct RoleSettings {
    /// Which role.
    pub role: Spanned<Role>,
    /// Teams that own the role's files.
    pub owners: Vec<Name>,
    /// Paths of the role's files, where they differ from the folders of the model.
    pub paths: Vec<Name>,
    /// `mayRender.deniedKinds`
    pub denied_kinds: Vec<Name>,
    /// `mayRender.allowedKinds`
    pub allowed_kinds: Vec<Name>,
    /// `mayUse`: types beside those whose `usableBy` names the role.
    pub may_use: Vec<(DefinitionKind, Name)>,
}

/// A team: owns those files of its roles that lie below its paths.
#[derive(Clone, Debug)]
pub struct Team {
    /// How the host of the repository calls it, as `@shop/orders`.
    pub name: Name,
    /// Its roles.
    pub roles: Vec<Spanned<Role>>,
    /// Files and folders, globs allowed; all files of its roles if empty.
    pub paths: Vec<Name>,
    /// People in it, by whatever name a change has: an account, an address.
    pub members: Vec<Name>,
}

/// A component of another repository, which runs in the same clusters.
#[derive(Clone, Debug)]
pub struct ExternalComponent {
    /// Its application, as `connectsTo` names it.
    pub application: Name,
    /// Its name.
    pub component: Name,
    /// Its namespace: a template.
    pub namespace: Name,
    /// Its ports.
    pub ports: Vec<ExternalPort>,
    /// The labels of its pods; those of components that `oam` renders if empty.
    pub match_labels: Labels,
    /// Where the entry starts.
    pub at: Pos,
}

/// A port of a component of another repository.
#[derive(Clone, Debug)]
pub struct ExternalPort {
    /// Its name.
    pub name: Option<Name>,
    /// Its number.
    pub number: Node,
    /// `TCP` if absent.
    pub protocol: Option<Name>,
}

/// An object that exists outside of the project.
#[derive(Clone, Debug)]
pub struct ExternalObject {
    /// Its kind.
    pub kind: Name,
    /// Its namespace; all namespaces if absent.
    pub namespace: Option<Name>,
    /// Its name.
    pub name: Name,
}

/// `kind: Component`: a component, or with selectors a layer of one.
#[derive(Clone, Debug)]
pub struct Component {
    /// Name and place.
    pub meta: Meta,
    /// Where the layer applies; all dimensions absent: the component itself.
    pub selector: Selector,
    /// `type`
    pub type_name: Option<Name>,
    /// `properties`
    pub properties: Option<Node>,
    /// Files in the container.
    pub config: Vec<ConfigFile>,
    /// What operators may set.
    pub parameters: Vec<Parameter>,
    /// Whom it talks to.
    pub connects_to: Vec<Connection>,
    /// What must be ready before it.
    pub depends_on: Vec<Name>,
    /// What of other applications must be ready before it.
    pub awaits: Vec<OtherComponent>,
    /// Secrets that it uses.
    pub secrets: Vec<SecretUse>,
    /// The developer's own traits.
    pub traits: Vec<TraitUse>,
    /// Object name and selector of what already runs.
    pub identity: Option<Identity>,
}

/// A file in the container, kept as data until it is written.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    /// Absolute path in the container.
    pub path: Name,
    /// `yaml`, `json`, `properties`, `toml`, `ini`, `env` or `text`; by the path's extension if absent.
    pub format: Option<Name>,
    /// The content: `data`, or what was read from `file`. A layer may leave it out.
    pub data: Option<Node>,
    /// The file that it was read from, as written.
    pub file: Option<Name>,
    /// Where the entry stands.
    pub at: Pos,
}

/// What operators may set, and where it goes.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: Name,
    /// What it is for.
    pub description: Option<Name>,
    /// JSON Schema of its value.
    pub schema: Option<Node>,
    /// Its default.
    pub default: Option<Node>,
    /// A template over `facts` and the like that gives its value.
    pub from: Option<Name>,
    /// Whether an operator must set it.
    pub required: bool,
    /// Where it goes: paths into `properties`, or `config[path=…].data…`.
    pub field_paths: Vec<Spanned<FieldPath>>,
}

/// An entry of `connectsTo`.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The other application; this one if absent.
    pub application: Option<Name>,
    /// The component.
    pub component: Name,
    /// Names or numbers of its ports; all if empty.
    pub ports: Vec<Name>,
    /// Where the entry stands.
    pub at: Pos,
}

/// An entry of `dependsOn` that names a component of another application.
#[derive(Clone, Debug)]
pub struct OtherComponent {
    /// The application.
    pub application: Name,
    /// Its component.
    pub component: Name,
    /// Where the entry stands.
    pub at: Pos,
}

/// An entry of `secrets`.
#[derive(Clone, Debug)]
pub struct SecretUse {
    /// The Secret.
    pub name: Name,
    /// Keys in it.
    pub keys: Vec<Name>,
}

/// A trait as somebody asks for it. Its identity is type and name.
#[derive(Clone, Debug)]
pub struct TraitUse {
    /// Its type.
    pub type_name: Name,
    /// Its name; the type if absent.
    pub name: Option<Name>,
    /// Its properties.
    pub properties: Option<Node>,
    /// `disable: true` removes it.
    pub disable: Option<Spanned<bool>>,
    /// Where the entry stands.
    pub at: Pos,
}

/// Object name and selector of what already runs.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Name of the objects; the component's if absent.
    pub name: Option<Name>,
    /// The selector labels.
    pub match_labels: Labels,
    /// Where it stands.
    pub at: Pos,
}

/// `kind: TraitBinding`
#[derive(Clone, Debug)]
pub struct TraitBinding {
    /// Name and place.
    pub meta: Meta,
    /// What it applies to.
    pub selector: Selector,
    /// Values for parameters of the components.
    pub parameter_values: Vec<(Name, Node)>,
    /// Traits for the components.
    pub traits: Vec<TraitUse>,
    /// Bindings that this one wins over where neither is more specific.
    pub overrides: Vec<Name>,
}

/// `kind: Application`
#[derive(Clone, Debug)]
pub struct Application {
    /// Name and place.
    pub meta: Meta,
    /// `metadata.namespace`: of a self-contained Application only; in a project the environment says where things run.
    pub namespace: Option<Name>,
    /// `spec.components`
    pub components: Vec<ApplicationComponent>,
    /// Components left out.
    pub exclude: Vec<Exclusion>,
    /// `spec.policies`: of a self-contained Application, those that decide what is rendered, too.
    pub policies: Vec<Policy>,
    /// `spec.workflow`
    pub workflow: Option<Workflow>,
    /// Labels that all objects of the application get, over their own.
    pub object_labels: MetadataChange,
    /// Annotations that all objects of the application get, over their own.
    pub object_annotations: MetadataChange,
}

/// An entry of an Application's `exclude`.
#[derive(Clone, Debug)]
pub struct Exclusion {
    /// The component.
    pub component: Name,
    /// Environments and clusters in which it is left out; all if absent.
    pub selector: Selector,
}

/// An entry of an Application's `components`: an inline component, or one that refers to a Component.
#[derive(Clone, Debug)]
pub struct ApplicationComponent {
    /// The instance's name.
    pub name: Name,
    /// With a type it is an inline component.
    pub type_name: Option<Name>,
    /// The Component it is an instance of; the one of its own name if absent.
    pub component: Option<Name>,
    /// Properties: of the inline component.
    pub properties: Option<Node>,
    /// Traits, in order.
    pub traits: Vec<TraitUse>,
    /// What must be ready before it.
    pub depends_on: Vec<Name>,
    /// Object name and selector of one of several copies.
    pub identity: Option<Identity>,
    /// Where the entry stands.
    pub at: Pos,
}

/// `kind: Environment`
#[derive(Clone, Debug)]
pub struct Environment {
    /// Name and place.
    pub meta: Meta,
    /// `from`: the environment whose fields it takes where it says nothing. Applied by `load`: the fields below are merged already.
    pub from: Option<Name>,
    /// `template: true`: a pattern for short-lived environments; not rendered by itself.
    pub template: bool,
    /// What it is an instance of, if it is a short-lived one.
    pub instance: Option<Instance>,
    /// A template of the namespace.
    pub namespace: Option<Name>,
    /// Whether the Namespace object is rendered.
    pub create_namespace: bool,
    /// Other namespaces that objects may be in.
    pub allowed_namespaces: Vec<Name>,
    /// Whether objects that name another namespace are moved into this one: where a topology of a self-contained Application says so.
    pub moves_objects: bool,
    /// Clusters; none: no cluster level.
    pub clusters: Vec<Name>,
    /// The environment that promotes into this one.
    pub promotes_from: Option<Name>,
    /// `delivery`: who brings the objects to the cluster; the project's where it says nothing.
    pub delivery: Option<Delivery>,
    /// Facts, for templates.
    pub facts: Option<Node>,
    /// `requires.pins`: `tag` or `digest`.
    pub requires_pins: Option<Name>,
    /// `kubernetesVersion`
    pub kubernetes_version: Option<Name>,
    /// Files and folders of CustomResourceDefinitions, and what was read from them.
    pub crds: Vec<Crds>,
}

/// `delivery` of an Environment, or of the Project for all of them.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The type: of a scope whose definition says `delivery: true`. Of an environment and a project together: absent only if neither says it.
    pub type_name: Option<Name>,
    /// Its properties.
    pub properties: Option<Node>,
    /// Where it stands.
    pub at: Pos,
}

impl Delivery {
    /// The type by which no objects are made.
    pub const NONE: &str = "none";

    /// The type, unless it is [`Delivery::NONE`].
    pub fn chosen(&self) -> Option<&Name> {
        self.type_name.as_ref().filter(|name| &*name.value != Delivery::NONE)
    }
}

/// What makes an environment one of several after a pattern.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The template.
    pub of: Name,
    /// The instance's own name, as `pr-123`.
    pub name: Name,
}

impl Environment {
    /// The name by which documents mean it: that of its template, if it is an instance.
    pub fn known_as(&self) -> &Name {
        self.instance.as_ref().map_or(&self.meta.name, |instance| &instance.of)
    }
}

/// `kind: Cluster`
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Name and place.
    pub meta: Meta,
    /// `region`
    pub region: Option<Name>,
    /// `zones`
    pub zones: Vec<Name>,
    /// `kubernetesVersion`
    pub kubernetes_version: Option<Name>,
    /// Files and folders of CustomResourceDefinitions, and what was read from them.
    pub crds: Vec<Crds>,
    /// Facts, for templates; they win over the environment's.
    pub facts: Option<Node>,
}

/// An entry of `crds`.
#[derive(Clone, Debug)]
pub struct Crds {
    /// The path as written.
    pub path: Name,
    /// The CustomResourceDefinitions that were read.
    pub documents: Vec<Node>,
}

/// `kind: Scope`
#[derive(Clone, Debug)]
pub struct Scope {
    /// Name and place.
    pub meta: Meta,
    /// What it applies to.
    pub selector: Selector,
    /// Its type.
    pub type_name: Name,
    /// Its properties.
    pub properties: Option<Node>,
}

/// `kind: Release`: what an environment, or one of its clusters, runs of an application.
#[derive(Clone, Debug)]
pub struct Release {
    /// Name and place.
    pub meta: Meta,
    /// `environment`
    pub environment: Name,
    /// One cluster only.
    pub cluster: Option<Name>,
    /// The commit at which the developers' documents are read.
    pub revision: Option<Name>,
    /// Image pins.
    pub images: Vec<ImagePin>,
}

/// A pin: which tag or digest of a repository runs.
#[derive(Clone, Debug)]
pub struct ImagePin {
    /// The repository, as `shop/orders`.
    pub repository: Name,
    /// Components it is for; all if empty.
    pub components: Vec<Name>,
    /// The tag.
    pub tag: Option<Name>,
    /// The digest, `sha256:…`.
    pub digest: Option<Name>,
    /// Where the pin stands.
    pub at: Pos,
}
