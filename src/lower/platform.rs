//! What is made once per namespace, environment or cluster: outputs of scopes that say so, and the Namespaces themselves.

use super::context::{entry, of_unit, text};
use super::finish::complete_platform;
use super::scopes::{context_with_members, outputs};
use super::{Draft, Lowered, MadeBy, Object, Surroundings, identify};
use crate::diag::Sink;
use crate::model::Name;
use crate::resolve::ResolvedScope;
use crate::template::Per;
use crate::tree::{Entry, Node, Origin, UnitLog};

/// Makes the objects of `_platform` for the drafts of one environment and cluster. What is made once per cluster is made only if
/// `first_of_cluster`: of several environments on one cluster, one makes it.
pub fn platform(drafts: &[Draft<'_>], surroundings: &Surroundings, first_of_cluster: bool, sink: &Sink) -> Lowered {
    let mut log = UnitLog::default();
    let own = Sink::new();
    let mut objects = Vec::new();
    let mut namespaces: Vec<&Node> = drafts.iter().map(|draft| &draft.unit.namespace).collect();
    namespaces.sort_by_key(|namespace| namespace.as_str());
    namespaces.dedup_by_key(|namespace| namespace.as_str());
    if let Some(first) = drafts.first().filter(|draft| draft.unit.environment.create_namespace) {
        let at = first.unit.environment.meta.at;
        objects.extend(namespaces.iter().filter_map(|namespace| namespace_object(namespace, at, &own)));
    }
    for name in scope_names(drafts) {
        let of_draft = |draft| Some(Holder { draft, scope: draft.unit.scopes.iter().find(|scope| scope.name == name)? });
        let holders: Vec<Holder<'_, '_>> = drafts.iter().filter_map(of_draft).collect();
        for per in [Per::Namespace, Per::Environment, Per::Cluster] {
            let wanted = holders.first().is_some_and(|holder| holder.scope.definition.template.makes(per));
            if !wanted || (per == Per::Cluster && !first_of_cluster) {
                continue;
            }
            let mut make =
                |holders: &[Holder<'_, '_>], namespace| objects.extend(once(holders, per, namespace, surroundings, &own, &mut log));
            if per == Per::Namespace {
                let mut sorted = holders.clone();
                sorted.sort_by_key(|holder| holder.namespace().as_str());
                let groups = sorted.chunk_by(|a, b| a.namespace().as_str() == b.namespace().as_str());
                groups.for_each(|group| make(group, Some(group[0].namespace())));
            } else {
                make(&holders, None);
            }
        }
    }
    let unit =
        drafts.first().map(|draft| draft.unit.name().split_once('/').map_or_else(String::new, |(_, rest)| format!("_platform/{rest}")));
    sink.absorb(own, Some(&unit.unwrap_or_default()));
    Lowered { objects, log, parts: Vec::new() }
}

/// A draft with a scope that holds for some of its components.
#[derive(Clone, Copy)]
struct Holder<'d, 'u> {
    draft: &'d Draft<'u>,
    scope: &'d ResolvedScope,
}

impl<'d> Holder<'d, '_> {
    fn namespace(&self) -> &'d Node {
        &self.draft.unit.namespace
    }

    /// The components for which the scope holds, as templates see them.
    fn members(&self, surroundings: &Surroundings) -> impl Iterator<Item = Node> {
        let parts = self.draft.parts.iter().filter(|part| self.scope.members.contains(&part.index));
        let (application, components) = (&self.draft.unit.application, &self.draft.unit.components);
        parts.filter_map(move |part| {
            let member = surroundings.find(application, &components[part.index].name)?;
            Some(surroundings.item(member))
        })
    }
}

/// What a scope makes once for all that hold it, or for all in a namespace.
fn once(
    holders: &[Holder<'_, '_>],
    per: Per,
    namespace: Option<&Node>,
    surroundings: &Surroundings,
    sink: &Sink,
    log: &mut UnitLog,
) -> Vec<Object> {
    let Some(first) = holders.first() else { return Vec::new() };
    let members = holders.iter().flat_map(|holder| holder.members(surroundings)).collect();
    // These are of no application.
    let keep = |entry: &Entry| {
        let key = entry.key.as_str();
        key != "appName" && (key != "namespace" || per == Per::Namespace)
    };
    let entries = of_unit(first.draft.unit).into_iter().filter(keep).collect();
    let context = context_with_members(entries, members, Origin::written(first.scope.name.at));
    let mut made = outputs(&first.scope.definition, &first.scope.properties, context, per, sink, log);
    made.iter_mut().for_each(|object| complete_platform(object, first.draft.unit, namespace, sink));
    made
}

/// The scopes of all drafts, by name.
fn scope_names(drafts: &[Draft<'_>]) -> Vec<Name> {
    let mut names: Vec<_> = drafts.iter().flat_map(|draft| draft.unit.scopes.iter().map(|scope| scope.name.clone())).collect();
    names.sort();
    names.dedup();
    names
}

fn namespace_object(namespace: &Node, at: crate::source::Pos, sink: &Sink) -> Option<Object> {
    let origin = Origin::written(at);
    let labels = Node::map(vec![entry("app.kubernetes.io/managed-by", text("oam", at))], origin);
    let metadata = Node::map(vec![entry("name", namespace.clone()), entry("labels", labels)], origin);
    let node =
        Node::map(vec![entry("apiVersion", text("v1", at)), entry("kind", text("Namespace", at)), entry("metadata", metadata)], origin);
    let id = identify(&node, sink)?;
    Some(Object { node, id, component: None, made_by: MadeBy::Engine, asked_at: at, output: "namespace".into(), level: Per::Namespace })
}
