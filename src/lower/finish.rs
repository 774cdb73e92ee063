//! Completes a unit: scopes act, then every object gets what the engine adds to it.

use super::context::text;
use super::pods::{self, field_mut};
use super::{Draft, Lowered, MadeBy, Object, Settings, Surroundings, asked_at, identify, in_unit, scopes, selects};
use crate::diag::{Diagnostic, Sink, code};
use crate::kubernetes::pod_path;
use crate::model::glob_matches;
use crate::resolve::{ResolvedComponent, Unit};
use crate::source::Pos;
use crate::template::Per;
use crate::tree::{Entry, Key, Node, Origin};

/// By which a template asks for a name that changes with its pods; taken away when it was heard.
const NAME_SUFFIX: &str = "oam.dev/name-suffix";
/// The hash of the ConfigMaps and Secrets of a pod; `"false"`, set by anybody on the pod template or the workload, leaves it out.
const CONFIG_HASH: &str = "oam.dev/config-hash";

/// Lets the scopes of a unit act and completes its objects.
pub fn finish(mut draft: Draft<'_>, surroundings: &Surroundings, settings: &Settings, sink: &Sink) -> Lowered {
    let unit = draft.unit;
    let mut log = std::mem::take(&mut draft.log);
    let objects = in_unit(unit, sink, |sink| {
        surroundings.judge_ports(unit, sink);
        let of_scopes = scopes::apply(&mut draft, surroundings, sink, &mut log);
        let mut objects = Vec::new();
        for part in &mut draft.parts {
            let component = &unit.components[part.index];
            let object = |draft: &super::apply::Draft, made_by: MadeBy, asked_at, output| Object {
                node: draft.node.clone(),
                id: draft.id.clone(),
                component: Some(component.name.value.clone()),
                made_by,
                asked_at,
                output,
                level: Per::Application,
            };
            let made_by = || MadeBy::Type(component.definition.clone());
            objects.extend(part.workload.iter().map(|workload| object(workload, made_by(), component.type_at, "".into())));
            let outputs = part.outputs.iter();
            objects.extend(outputs.map(|output| object(&output.object, output.made_by.clone(), output.asked_at, output.name.clone())));
        }
        objects.extend(of_scopes);
        for object in &mut objects {
            let component =
                object.component.as_ref().and_then(|name| unit.components.iter().find(|component| component.name.value == *name));
            label(object, unit, component);
            asked_at(object.asked_at, sink, |sink| {
                change_metadata(object, unit, sink);
                place(object, unit, Some(&unit.namespace), sink);
            });
        }
        if settings.config_hash {
            hash_config(&mut objects);
        }
        for object in &mut objects {
            suffix_name(object);
            asked_at(object.asked_at, sink, |sink| {
                if let Some(id) = identify(&object.node, sink) {
                    object.id = id;
                }
                judge_name(object, sink);
                selects::judge(object, sink);
            });
            order(&mut object.node, true);
        }
        scopes::judge(&draft, &objects, sink);
        objects
    });
    Lowered { objects, log, parts: draft.parts }
}

/// Completes an object that belongs to no application.
pub(super) fn complete_platform(object: &mut Object, unit: &Unit, namespace: Option<&Node>, sink: &Sink) {
    let at = object.node.origin.at;
    add_labels(&mut object.node, [("app.kubernetes.io/managed-by", text("oam", at))]);
    place(object, unit, namespace, sink);
    if let Some(id) = identify(&object.node, sink) {
        object.id = id;
    }
    judge_name(object, sink);
    order(&mut object.node, true);
}

/// Completes an object that brings others to the cluster: it is where its type says, whatever the environment allows to applications.
pub(super) fn complete_delivery(object: &mut Object, sink: &Sink) {
    let at = object.node.origin.at;
    add_labels(&mut object.node, [("app.kubernetes.io/managed-by", text("oam", at))]);
    judge_name(object, sink);
    order(&mut object.node, true);
}

fn label(object: &mut Object, unit: &Unit, component: Option<&ResolvedComponent>) {
    let at = object.node.origin.at;
    let own = |name: &crate::model::Name| Node::str(name.value.clone(), Origin::written(name.at));
    let managed = ("app.kubernetes.io/managed-by", text("oam", at));
    let application = [("app.kubernetes.io/part-of", own(&unit.application)), managed, ("app.oam.dev/name", own(&unit.application))];
    if let Some(component) = component {
        add_labels(&mut object.node, [("app.kubernetes.io/name", own(&component.name)), ("app.oam.dev/component", own(&component.name))]);
    }
    add_labels(&mut object.node, application);
}

/// Labels and annotations that the Application asks for on all its objects: they win over those that are there.
fn change_metadata(object: &mut Object, unit: &Unit, sink: &Sink) {
    for (field, changes) in [("labels", &unit.object_labels), ("annotations", &unit.object_annotations)] {
        for (name, value) in changes {
            let Some(metadata) = field_mut(&mut object.node, "metadata") else { return };
            let key = Key::new(name);
            let Some(value) = value else {
                if let Some(present) = field_mut(metadata, field) {
                    present.remove(key);
                }
                continue;
            };
            let at = value.at;
            if metadata.field(field).is_none_or(|present| !present.is_map()) {
                metadata.set(Key::new(field), at, Node::map(Vec::new(), Origin::written(at)));
            }
            let Some(present) = field_mut(metadata, field) else { return };
            let other = present.get(key).filter(|other| other.as_str() != Some(&*value.value));
            if let Some(other) = other.filter(|other| other.origin.author() != at) {
                let message = format!("`{name}` of the Application's {field} wins over the one of `{}`, and not in its pods", object.id);
                let problem = Diagnostic::warning(code::PATCH_CONFLICT, other.origin.author(), message);
                sink.push(problem.label(at, "of the Application").help("say it in one place"));
            }
            present.set(key, at, Node::str(value.value.clone(), Origin::written(at)));
        }
        let empty = |metadata: &Node| metadata.field(field).is_some_and(|present| present.is_map() && present.entries().is_empty());
        if let Some(metadata) = field_mut(&mut object.node, "metadata")
            && !changes.is_empty()
            && empty(metadata)
        {
            metadata.remove(Key::new(field));
        }
    }
}

/// Adds labels; those that are there stay as they are.
fn add_labels(node: &mut Node, labels: impl IntoIterator<Item = (&'static str, Node)>) {
    let at = node.origin.at;
    let Some(metadata) = field_mut(node, "metadata") else { return };
    let key = Key::new("labels");
    if metadata.get(key).is_none_or(|labels| !labels.is_map()) {
        metadata.set(key, at, Node::map(Vec::new(), Origin::written(at)));
    }
    let Some(present) = field_mut(metadata, "labels") else { return };
    for (label, value) in labels {
        if present.field(label).is_none() {
            present.set(Key::new(label), value.origin.at, value);
        }
    }
}

/// Says the namespace on kinds that have one, and takes it off the others.
fn place(object: &mut Object, unit: &Unit, namespace: Option<&Node>, sink: &Sink) {
    let namespaced = unit.schemas.kind_of(&object.node).map(|kind| kind.namespaced);
    let Some(metadata) = field_mut(&mut object.node, "metadata") else { return };
    let key = Key::new("namespace");
    match (namespaced, metadata.get(key)) {
        (Some(false), _) => {
            metadata.remove(key);
        }
        (_, Some(_)) if unit.environment.moves_objects => {
            if let Some(namespace) = namespace {
                metadata.set(key, namespace.origin.at, namespace.clone());
            }
        }
        (_, Some(own)) => {
            let home = Some(&own.value) == namespace.map(|namespace| &namespace.value);
            // What a delivery reads is where the delivery is.
            let home = home
                || unit
                    .delivery
                    .as_ref()
                    .and_then(|delivery| delivery.properties.field("namespace"))
                    .is_some_and(|of| of.value == own.value);
            let allowed = &unit.environment.allowed_namespaces;
            if !home && !allowed.iter().any(|name| own.as_str().is_some_and(|own| glob_matches(name, own))) {
                let message =
                    format!("`{}` is in the namespace `{}`, which is not the unit's", object.id, own.as_str().unwrap_or_default());
                let mut problem = Diagnostic::error(code::FOREIGN_NAMESPACE, own.origin.author(), message)
                    .help(format!("leave it out, or list it in `allowedNamespaces` of the environment `{}`", unit.environment.meta.name));
                if let Some(namespace) = namespace {
                    problem = problem.label(namespace.origin.author(), "the unit's namespace");
                }
                sink.push(problem);
            }
        }
        // A kind that nobody knows is told by the judge of structure; a namespace does not make it worse.
        (_, None) => {
            if let Some(namespace) = namespace {
                metadata.set(key, namespace.origin.at, namespace.clone());
            }
        }
    }
}

/// Puts the hash of what pods read into their templates, so that a changed file makes new pods.
fn hash_config(objects: &mut [Object]) {
    let sources: Vec<(String, Option<String>, String, Node)> = objects
        .iter()
        .filter(|object| object.id.group.is_empty() && matches!(&*object.id.kind, "ConfigMap" | "Secret"))
        .map(|object| (object.id.kind.clone(), namespace_of(&object.node), object.id.name.clone(), content(&object.node)))
        .collect();
    for object in objects {
        let asks = |node: &Node| node.at(&["metadata", "annotations", CONFIG_HASH]).and_then(Node::as_str) == Some("false");
        let suffixed = object.node.at(&["metadata", "annotations", NAME_SUFFIX]).is_some();
        let Some(template) = pods::template(&object.id, &object.node) else { continue };
        // The pods of a Job cannot change, and a bare Pod's annotations have no effect: only a new name makes new ones.
        let replaced =
            pod_path(&object.id.group, &object.id.kind).is_some_and(|path| !path.is_empty()) && (object.id.kind != "Job" || suffixed);
        if !replaced || asks(&object.node) || asks(template) {
            continue;
        }
        let namespace = namespace_of(&object.node);
        let Some(spec) = template.field("spec") else { continue };
        let used = pods::uses(spec);
        let used = used
            .iter()
            .filter_map(|(kind, name)| sources.iter().find(|source| source.0 == *kind && source.1 == namespace && source.2 == *name));
        let used: Vec<&Node> = used.map(|source| &source.3).collect();
        if used.is_empty() {
            continue;
        }
        let hash = pods::hash(used, 16);
        let id = object.id.clone();
        let at = object.node.origin.at;
        if let Some(template) = pods::template_mut(&id, &mut object.node) {
            annotate(template, CONFIG_HASH, text(&hash, at));
        }
    }
}

fn namespace_of(node: &Node) -> Option<String> {
    node.at(&["metadata", "namespace"]).and_then(Node::as_str).map(str::to_owned)
}

/// What a ConfigMap or Secret holds, without its metadata.
fn content(node: &Node) -> Node {
    let entries = node.entries().iter().filter(|entry| matches!(entry.key.as_str(), "data" | "stringData" | "binaryData"));
    Node::map(entries.cloned().collect(), node.origin)
}

fn annotate(template: &mut Node, key: &str, value: Node) {
    let at = value.origin.at;
    let empty = || Node::map(Vec::new(), Origin::written(at));
    for (below, key) in [(false, "metadata"), (true, "annotations")] {
        let Some(holder) = (if below { field_mut(template, "metadata") } else { Some(&mut *template) }) else { return };
        if holder.field(key).is_none_or(|node| !node.is_map()) {
            holder.set(Key::new(key), at, empty());
        }
    }
    if let Some(annotations) = field_mut(template, "metadata").and_then(|metadata| field_mut(metadata, "annotations")) {
        annotations.set(Key::new(key), at, value);
    }
}

/// Hears [`NAME_SUFFIX`].
fn suffix_name(object: &mut Object) {
    let Some(asked) = object.node.at(&["metadata", "annotations", NAME_SUFFIX]).cloned() else { return };
    let hash = pods::template(&object.id, &object.node).map(|template| pods::hash([template], 8));
    let Some(metadata) = field_mut(&mut object.node, "metadata") else { return };
    if let Some(annotations) = field_mut(metadata, "annotations") {
        annotations.remove(Key::new(NAME_SUFFIX));
        if annotations.entries().is_empty() {
            metadata.remove(Key::new("annotations"));
        }
    }
    if let (Some("pod-hash"), Some(hash)) = (asked.as_str(), hash)
        && let Some(name) = field_mut(metadata, "name")
    {
        *name = Node::str(format!("{}-{hash}", name.as_str().unwrap_or_default()), name.origin);
    }
}

/// Names are never cut; one that is too long for its kind is an error.
fn judge_name(object: &Object, sink: &Sink) {
    // A CronJob's Jobs get 11 characters more; names of Services, Jobs and pods' owners become labels or host names.
    let limit = match (&*object.id.group, &*object.id.kind) {
        ("batch", "CronJob") => 52,
        ("apps", "StatefulSet") => 52,
        ("batch", "Job") | ("", "Service" | "Namespace") => 63,
        _ => 253,
    };
    let length = object.id.name.chars().count();
    if length > limit {
        let at = object.node.at(&["metadata", "name"]).map_or(Pos::NOWHERE, |name| name.origin.author());
        let message = format!("the name `{}` of a {} has {length} characters, {limit} are allowed", object.id.name, object.id.kind);
        sink.push(Diagnostic::error(code::OUT_OF_RANGE, at, message).help("names are never cut: choose a shorter one"));
    }
}

/// Puts keys in the order in which a person writes them: what tells a thing apart comes first.
fn order(node: &mut Node, root: bool) {
    const OBJECT: [&str; 4] = ["apiVersion", "kind", "metadata", "spec"];
    const METADATA: [&str; 4] = ["name", "namespace", "labels", "annotations"];
    if root {
        front(node, &OBJECT);
        if let Some(metadata) = field_mut(node, "metadata") {
            front(metadata, &METADATA);
        }
    }
    if !has_unordered(node, Key::new("name")) {
        return;
    }
    if let Some(items) = node.items_mut() {
        for item in items {
            front(item, &["name"]);
            order(item, false);
        }
    } else if let Some(entries) = node.entries_mut() {
        entries.iter_mut().for_each(|entry| order(&mut entry.node, false));
    }
}

/// Whether a list below has an item whose name does not come first; what is in order stays shared.
fn has_unordered(node: &Node, name: Key) -> bool {
    let wrong = |item: &Node| item.entries().iter().skip(1).any(|entry| entry.key == name);
    node.items().iter().any(|item| wrong(item) || has_unordered(item, name))
        || node.entries().iter().any(|entry| has_unordered(&entry.node, name))
}

/// Moves keys to the front, in this order.
fn front(node: &mut Node, keys: &[&str]) {
    let rank = |entry: &Entry| keys.iter().position(|key| *key == entry.key.as_str()).unwrap_or(keys.len());
    if node.entries().is_sorted_by_key(rank) {
        return;
    }
    if let Some(entries) = node.entries_mut() {
        entries.sort_by_key(rank);
    }
}
