//! Where applications run: an environment, or one of its clusters, with its facts, Kubernetes version and schemas.

use std::sync::{Arc, OnceLock};

use super::merge::Merger;
use super::scopes::Made;
use crate::diag::{Diagnostic, Sink, code};
use crate::kubernetes::{Schemas, Version};
use crate::model::{Cluster, Crds, Environment, Instance, Name, Workspace};
use crate::shape::{NoReferences, ShapeId, Shapes, compile};
use crate::template::placeholders::{Filler, Reading};
use crate::tree::{Entry, Key, Lost, Node, Origin, UnitLog, Value};

/// An environment, or one cluster of it.
#[derive(Debug)]
pub(super) struct Target {
    /// The environment.
    pub environment: Arc<Environment>,
    /// The cluster, if the environment has any.
    pub cluster: Option<Arc<Cluster>>,
    /// The environment's facts, under the cluster's.
    pub facts: Node,
    /// Facts that the project wants and that are not there, as `facts.domain`; that was reported.
    pub missing_facts: Vec<String>,
    /// Facts of the environment that the cluster replaced.
    pub lost: Vec<Lost>,
    version: Version,
    allows_unknown_kinds: bool,
    schemas: OnceLock<Arc<Schemas>>,
    /// The environment's delivery, where its properties are the same in all units.
    pub delivery: OnceLock<Option<Made>>,
}

/// All environments that are rendered, with their clusters, by name of the environment, in the order in which it lists its clusters.
pub(super) fn targets(workspace: &Workspace, sink: &Sink) -> Vec<Target> {
    let facts_schema = workspace.project.facts_schema.as_ref().and_then(|schema| compile(schema, &NoReferences, sink));
    let mut targets = Vec::new();
    for environment in workspace.environments.iter().filter(|environment| !environment.template) {
        targets.extend(targets_of(environment, workspace, facts_schema.as_ref(), sink));
    }
    targets
}

/// The targets of the one place where a self-contained application runs.
pub(super) fn place_targets(place: &Arc<Environment>, workspace: &Workspace, sink: &Sink) -> Vec<Target> {
    targets_of(place, workspace, None, sink)
}

fn targets_of(environment: &Arc<Environment>, workspace: &Workspace, schema: Option<&Shapes>, sink: &Sink) -> Vec<Target> {
    let target = |cluster: Option<&Arc<Cluster>>| {
        let mut target = target(environment, cluster, schema, sink);
        target.allows_unknown_kinds = workspace.allows_unknown_kinds;
        target
    };
    if environment.clusters.is_empty() {
        return vec![target(None)];
    }
    let mut targets = Vec::new();
    for name in &environment.clusters {
        match workspace.cluster(name) {
            Some(cluster) => targets.push(target(Some(cluster))),
            None => {
                let known = workspace.clusters.iter().map(|cluster| &*cluster.meta.name.value);
                let message = format!("environment `{}` lists the cluster `{name}`, and no Cluster has this name", environment.meta.name);
                let problem = Diagnostic::error(code::UNKNOWN_NAME, name.at, message).suggest(name, known);
                sink.push(problem.unless_unread("Cluster", &*name.value));
            }
        }
    }
    targets
}

fn target(environment: &Arc<Environment>, cluster: Option<&Arc<Cluster>>, schema: Option<&Shapes>, sink: &Sink) -> Target {
    let nothing = || Node::map(Vec::new(), Origin::written(environment.meta.name.at));
    let mut facts = environment.facts.clone().filter(|facts| !facts.is_null()).unwrap_or_else(nothing);
    let (mut merger, mut log) = (Merger::within("facts"), UnitLog::default());
    if let Some(instance) = &environment.instance {
        facts = of_instance(facts, &environment.meta.name, instance, sink);
    }
    if let Some(own) = cluster.and_then(|cluster| cluster.facts.as_ref()).filter(|own| own.is_map()) {
        merger.merge(&mut facts, own, &mut log);
        facts = merger.without_tombstones(facts);
    }
    let mut missing_facts = Vec::new();
    if let Some(schema) = schema {
        facts = schema.fill_defaults(facts);
        let what = match cluster {
            Some(cluster) => format!("facts of cluster `{}` in environment `{}`", cluster.meta.name, environment.meta.name),
            None => format!("facts of environment `{}`", environment.meta.name),
        };
        schema.validate(&facts, &what, sink);
        let wanted =
            schema.shape(ShapeId::ROOT).properties.iter().filter(|property| property.required && facts.get(property.key).is_none());
        missing_facts.extend(wanted.map(|property| format!("facts.{}", property.key)));
    }
    let said = cluster.and_then(|cluster| cluster.kubernetes_version.as_ref()).or(environment.kubernetes_version.as_ref());
    Target {
        environment: environment.clone(),
        cluster: cluster.cloned(),
        facts,
        missing_facts,
        lost: log.lost,
        version: said.map_or(Version::DEFAULT, |said| version(said, sink)),
        allows_unknown_kinds: false,
        schemas: OnceLock::new(),
        delivery: OnceLock::new(),
    }
}

/// Facts of an instance: what the template leaves open is its name.
fn of_instance(facts: Node, environment: &Name, instance: &Instance, sink: &Sink) -> Node {
    let text = |key: &str, name: &Name| {
        let node = Node::str(name.value.clone(), Origin::written(name.at));
        Entry { key: Key::new(key), key_at: name.at, node }
    };
    let values = Node::map(vec![text("environment", environment), text("instance", &instance.name)], Origin::default());
    let filler = Filler { values: &values, reading: Reading::All, is_raw: &|_| false, told: &[], sink };
    written(filler.fill(&facts, &mut UnitLog::default()).unwrap_or(facts))
}

/// A value whose texts are as good as written where they stand.
fn written(mut node: Node) -> Node {
    node.origin = Origin::written(node.origin.at);
    match &node.value {
        Value::Map(entries) => {
            let entries = entries.iter().map(|entry| Entry { node: written(entry.node.clone()), ..entry.clone() }).collect();
            Node::map(entries, node.origin)
        }
        Value::List(items) => Node::list(items.iter().map(|item| written(item.clone())).collect(), node.origin),
        _ => node,
    }
}

/// The version that is written, or the default one with an error.
fn version(said: &Name, sink: &Sink) -> Version {
    Version::parse(said).unwrap_or_else(|| {
        let message = format!("`{said}` is no Kubernetes version that is known here");
        let help = format!("versions from {} to {} are known", Version::OLDEST, Version::NEWEST);
        sink.push(Diagnostic::error(code::OUT_OF_RANGE, said.at, message).help(help));
        Version::DEFAULT
    })
}

impl Target {
    /// The schemas of its Kubernetes version with its CRDs: the cluster's where it has any, else the environment's.
    pub fn schemas(&self, sink: &Sink) -> Arc<Schemas> {
        let schemas = self.schemas.get_or_init(|| {
            let bundled = Schemas::bundled(self.version);
            let own = self.cluster.as_ref().map(|cluster| &cluster.crds).filter(|crds| !crds.is_empty());
            let crds: Vec<Node> =
                own.unwrap_or(&self.environment.crds).iter().flat_map(|Crds { documents, .. }| documents).cloned().collect();
            let schemas = if crds.is_empty() { bundled } else { Arc::new(bundled.with_crds(&crds, sink)) };
            if self.allows_unknown_kinds { Arc::new(schemas.allowing_unknown()) } else { schemas }
        });
        schemas.clone()
    }
}
