//! An expectation made of what is rendered: of a component's objects what they say, of others only what a trait or scope changed.

use crate::tree::{Node, Origin, Value};

/// What `now` says beyond `before`: a part of `now`, as tests expect it; `None` if there is nothing.
fn difference(before: Option<&Node>, now: &Node) -> Option<Node> {
    let Some(before) = before else { return Some(now.clone()) };
    if before.value == now.value {
        return None;
    }
    match (&before.value, &now.value) {
        (Value::Map(_), Value::Map(entries)) => {
            let mut map = Node::map(Vec::new(), now.origin);
            for entry in entries.iter() {
                if let Some(node) = difference(before.get(entry.key), &entry.node) {
                    map.set(entry.key, entry.key_at, node);
                }
            }
            // Something was taken away, which a part cannot say.
            (!map.entries().is_empty()).then_some(map)
        }
        (Value::List(old), Value::List(items)) => {
            let mut list: Vec<Node> = Vec::new();
            for (index, item) in items.iter().enumerate() {
                // Items are told by their place: one that is as before is any map, or itself.
                let same = if item.is_map() { Node::map(Vec::new(), Origin::default()) } else { item.clone() };
                list.push(difference(old.get(index), item).unwrap_or(same));
            }
            while list.last().is_some_and(|last| last.is_map() && last.entries().is_empty()) {
                list.pop();
            }
            (!list.is_empty()).then(|| Node::list(list, now.origin))
        }
        _ => Some(now.clone()),
    }
}

/// What a test should expect: `made` are the objects with the type, `before` those without it.
pub fn expectation(made: &[&Node], before: &[&Node]) -> Vec<Node> {
    let identity = |object: &Node| ["kind", "apiVersion"].map(|key| object.field(key).map(|node| node.value.clone()));
    let name = |object: &Node| object.at(&["metadata", "name"]).map(|node| node.value.clone());
    let mut expected = Vec::new();
    for object in made {
        let old = before.iter().find(|other| identity(other) == identity(object) && name(other) == name(object));
        let Some(part) = difference(old.copied(), object) else { continue };
        let mut node = Node::map(Vec::new(), object.origin);
        for entry in object.entries() {
            let own = match entry.key.as_str() {
                "apiVersion" if old.is_some() => None,
                "apiVersion" | "kind" => Some(entry.node.clone()),
                // Labels are the engine's; only what a trait changed of them is told.
                "metadata" if old.is_none() => {
                    let mut metadata = Node::map(Vec::new(), entry.node.origin);
                    let of_name = entry.node.entries().iter().find(|entry| entry.key.as_str() == "name");
                    of_name.into_iter().for_each(|entry| metadata.set(entry.key, entry.key_at, entry.node.clone()));
                    Some(metadata)
                }
                key => part.field(key).cloned(),
            };
            if let Some(own) = own {
                node.set(entry.key, entry.key_at, own);
            }
        }
        expected.push(node);
    }
    expected
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_changed_is_expected_and_new_objects_without_the_engines_labels() {
        let node = |json| Node::from_json(&json, Origin::default());
        let before =
            node(json!({"apiVersion": "apps/v1", "kind": "D", "metadata": {"name": "x"}, "spec": {"c": [{"a": 1}, {"b": 2}], "n": 1}}));
        let now = node(
            json!({"apiVersion": "apps/v1", "kind": "D", "metadata": {"name": "x"}, "spec": {"c": [{"a": 1}, {"b": 3}, {"d": 1}], "n": 1}}),
        );
        let new = node(json!({"apiVersion": "v1", "kind": "S", "metadata": {"name": "x", "labels": {"l": "1"}}, "spec": {"p": 1}}));
        let expected: Vec<serde_json::Value> = expectation(&[&now, &new], &[&before]).iter().map(Node::to_json).collect();
        assert_eq!(
            expected,
            [
                json!({"kind": "D", "spec": {"c": [{}, {"b": 3}, {"d": 1}]}}),
                json!({"apiVersion": "v1", "kind": "S", "metadata": {"name": "x"}, "spec": {"p": 1}})
            ]
        );
    }
}
