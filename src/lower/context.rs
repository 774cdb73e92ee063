//! What templates see of their surroundings: `context`.

use crate::kubernetes::Schemas;
use crate::model::{Delivery, Labels, Name};
use crate::resolve::{ResolvedComponent, Unit};
use crate::source::Pos;
use crate::tree::{Entry, Key, Node, Origin, Value};

/// An entry of a map that the engine makes.
pub(super) fn entry(key: &str, node: Node) -> Entry {
    Entry { key: Key::new(key), key_at: node.origin.at, node }
}

pub(super) fn name(name: &Name) -> Node {
    Node::str(name.value.clone(), Origin::written(name.at))
}

/// Text of the engine's own.
pub(super) fn text(text: &str, at: Pos) -> Node {
    Node::str(text, Origin::written(at))
}

pub(super) fn labels(labels: &Labels, at: Pos) -> Node {
    let entries = labels.iter().map(|(key, value)| Entry { key: Key::new(key), key_at: value.at, node: name(value) }).collect();
    Node::map(entries, Origin::written(at))
}

/// What all templates of a unit see.
pub(super) fn of_unit(unit: &Unit) -> Vec<Entry> {
    let environment = &unit.environment;
    let mut entries = vec![
        entry("appName", name(&unit.application)),
        entry("namespace", unit.namespace.clone()),
        entry("environment", name(&environment.meta.name)),
        entry("facts", unit.facts.clone()),
        entry("kubernetes", kubernetes(&unit.schemas)),
    ];
    entries.extend(unit.project.iter().map(|project| entry("project", name(project))));
    entries.extend(unit.cluster.iter().map(|cluster| entry("cluster", name(cluster))));
    entries.extend(unit.region.iter().map(|region| entry("region", name(region))));
    entries.extend(environment.delivery.as_ref().and_then(Delivery::chosen).map(|delivery| entry("delivery", name(delivery))));
    entries
}

fn kubernetes(schemas: &Schemas) -> Node {
    let minor = Node::new(Value::Int(schemas.version().minor().into()), Origin::default());
    Node::map(vec![entry("minor", minor)], Origin::default())
}

/// The number of a stage: of a component of an application that has few.
pub(super) fn stage_number(stage: usize, at: Pos) -> Node {
    Node::new(Value::Int(i64::try_from(stage).unwrap_or(i64::MAX)), Origin::written(at))
}

/// What the template of a component, and traits and scopes on it, see.
pub(super) fn of_component(unit: &Unit, component: &ResolvedComponent, index: usize) -> Node {
    let at = component.name.at;
    let mut entries = of_unit(unit);
    let secrets = component.secrets.iter().map(|secret| {
        let keys = Node::list(secret.keys.iter().map(name).collect(), Origin::written(secret.name.at));
        Node::map(vec![entry("name", name(&secret.name)), entry("keys", keys)], Origin::written(secret.name.at))
    });
    let config = component.config.iter().map(|file| {
        let origin = Origin::written(file.path.at);
        let format = Node::str(file.format.clone(), origin);
        Node::map(vec![entry("path", name(&file.path)), entry("format", format), entry("data", file.data.clone())], origin)
    });
    let connections = component.connections.iter().map(|connection| {
        let origin = Origin::written(connection.at);
        let ports = Node::list(connection.ports.iter().map(name).collect(), origin);
        let said = |text: &std::sync::Arc<str>| Node::str(text.clone(), origin);
        let entries =
            vec![entry("name", said(&connection.component)), entry("appName", said(&connection.application)), entry("ports", ports)];
        Node::map(entries, origin)
    });
    let scopes = unit.scopes.iter().chain(&unit.delivery).filter(|scope| scope.members.contains(&index)).map(|scope| Entry {
        key: Key::new(&scope.definition.name),
        key_at: scope.name.at,
        node: scope.properties.clone(),
    });
    let mut by_type: Vec<Entry> = Vec::new();
    for scope in scopes {
        if !by_type.iter().any(|known| known.key == scope.key) {
            by_type.push(scope);
        }
    }
    let list = |items: Vec<Node>| Node::list(items, Origin::written(at));
    entries.extend([
        entry("name", name(&component.object_name)),
        entry("componentName", name(&component.name)),
        entry("componentType", Node::str(component.definition.name.clone(), Origin::written(component.type_at))),
        entry("selector", component.selector.clone()),
        entry("labels", labels(&component.labels, at)),
        entry("annotations", labels(&component.annotations, at)),
        entry("secrets", list(secrets.collect())),
        entry("config", list(config.collect())),
        entry("connections", list(connections.collect())),
        entry("scopes", Node::map(by_type, Origin::written(at))),
        entry("stage", stage_number(component.stage, at)),
        entry(
            "awaits",
            list(
                component
                    .awaits
                    .iter()
                    .map(|other| Node::str(format!("{}/{}", other.application, other.component), Origin::written(other.at)))
                    .collect(),
            ),
        ),
    ]);
    Node::map(entries, Origin::written(at))
}
