//! What is made once per namespace, environment or cluster: outputs of scopes that say so, and the Namespaces themselves.

use super::context::{entry, of_unit, text};
use super::finish::complete_platform;
use super::scopes::{context_with_members, outputs};
use super::{Draft, Lowered, MadeBy, Object, Surroundings, identify};
use crate::diag::Sink;
use crate::template::Per;
use crate::tree::{Entry, Node, Origin, UnitLog};

/// Makes the objects of `_platform` for the drafts of one environment and cluster. What is made once per cluster is made only if
/// `first_of_cluster`: of several environments on one cluster, one makes it.
pub fn platform(drafts: &[Draft<'_>], surroundings: &Surroundings, first_of_cluster: bool, sink: &Sink) -> Lowered {
    let mut log = UnitLog::default();
    let own = Sink::new();
    let mut objects = Vec::new();
    let mut namespaces: Vec<&Node> = Vec::new();
    for draft in drafts {
        if !namespaces.iter().any(|known| known.value == draft.unit.namespace.value) {
            namespaces.push(&draft.unit.namespace);
        }
    }
    namespaces.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    if let Some(first) = drafts.first().filter(|draft| draft.unit.environment.create_namespace) {
        let at = first.unit.environment.meta.at;
        objects.extend(namespaces.iter().filter_map(|namespace| namespace_object(namespace, at, &own)));
    }
    for (name, origin) in scope_names(drafts) {
        for per in [Per::Namespace, Per::Environment, Per::Cluster] {
            if per == Per::Cluster && !first_of_cluster {
                continue;
            }
            let groups: Vec<Option<&Node>> =
                if per == Per::Namespace { namespaces.iter().copied().map(Some).collect() } else { vec![None] };
            for namespace in groups {
                let here = |draft: &&Draft<'_>| namespace.is_none_or(|namespace| draft.unit.namespace.value == namespace.value);
                let holding: Vec<_> = drafts
                    .iter()
                    .filter(here)
                    .filter_map(|draft| draft.unit.scopes.iter().find(|scope| scope.name == name).map(|scope| (draft, scope)))
                    .collect();
                let Some((first, scope)) = holding.first() else { continue };
                let members = holding.iter().flat_map(|(draft, scope)| {
                    let members = draft.members();
                    let pairs = draft.parts.iter().zip(members).filter(|(part, _)| scope.members.contains(&part.index));
                    pairs.map(|(_, member)| surroundings.item(&member, &Sink::new())).collect::<Vec<_>>()
                });
                let members = members.collect();
                // These are of no application.
                let keep = |entry: &Entry| {
                    let key = entry.key.as_str();
                    key != "appName" && (key != "namespace" || per == Per::Namespace)
                };
                let entries = of_unit(first.unit).into_iter().filter(keep).collect();
                let context = context_with_members(entries, members, origin);
                let made = outputs(&scope.definition, &scope.properties, context, per, &own, &mut log);
                objects.extend(made.into_iter().map(|mut object| {
                    complete_platform(&mut object, first.unit, namespace, &own);
                    object
                }));
            }
        }
    }
    let unit =
        drafts.first().map(|draft| draft.unit.name().split_once('/').map_or_else(String::new, |(_, rest)| format!("_platform/{rest}")));
    sink.absorb(own, Some(&unit.unwrap_or_default()));
    Lowered { objects, log, members: Vec::new() }
}

/// The scopes of all drafts, by name.
fn scope_names(drafts: &[Draft<'_>]) -> Vec<(crate::model::Name, Origin)> {
    let mut names: Vec<_> = drafts.iter().flat_map(|draft| draft.unit.scopes.iter().map(|scope| scope.name.clone())).collect();
    names.sort();
    names.dedup();
    names.into_iter().map(|name| (name.clone(), Origin::written(name.at))).collect()
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
