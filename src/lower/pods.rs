//! Pods of objects: where they are, what they use, and the hash of it.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::apply::Draft;
use crate::kubernetes::{ObjectId, pod_path};
use crate::tree::{Entry, Key, Node, Value};

/// The pod template (metadata and spec) of an object.
pub(super) fn template<'a>(id: &ObjectId, node: &'a Node) -> Option<&'a Node> {
    node.at(pod_path(&id.group, &id.kind)?)
}

/// The pod template of an object, to change.
pub(super) fn template_mut<'a>(id: &ObjectId, node: &'a mut Node) -> Option<&'a mut Node> {
    pod_path(&id.group, &id.kind)?.iter().try_fold(node, |node, key| field_mut(node, key))
}

/// The pod spec of an object, to change.
pub(super) fn spec_mut(object: &mut Draft) -> Option<&mut Node> {
    template_mut(&object.id, &mut object.node).and_then(|template| field_mut(template, "spec"))
}

/// A field of a map, to change.
pub(super) fn field_mut<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    let key = Key::new(key);
    node.entries_mut()?.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.node)
}

/// Kind and name of each ConfigMap and Secret that a pod uses: volumes, projected volumes, variables, registry credentials.
pub(super) fn uses(pod: &Node) -> Vec<(&'static str, String)> {
    fn list<'a>(node: &'a Node, key: &str) -> &'a [Node] {
        node.field(key).map(Node::items).unwrap_or_default()
    }
    fn named<'a>(node: &'a Node, path: &[&str]) -> Option<&'a str> {
        node.at(path).and_then(Node::as_str)
    }
    let mut found = Vec::new();
    let mut add = |kind: &'static str, name: Option<&'_ str>| {
        if let Some(name) = name {
            found.push((kind, name.to_owned()));
        }
    };
    for volume in list(pod, "volumes") {
        add("ConfigMap", named(volume, &["configMap", "name"]));
        add("Secret", named(volume, &["secret", "secretName"]));
        for source in volume.at(&["projected", "sources"]).map(Node::items).unwrap_or_default() {
            add("ConfigMap", named(source, &["configMap", "name"]));
            add("Secret", named(source, &["secret", "name"]));
        }
    }
    for container in ["initContainers", "containers"].into_iter().flat_map(|key| list(pod, key)) {
        for variable in list(container, "env") {
            add("ConfigMap", named(variable, &["valueFrom", "configMapKeyRef", "name"]));
            add("Secret", named(variable, &["valueFrom", "secretKeyRef", "name"]));
        }
        for source in list(container, "envFrom") {
            add("ConfigMap", named(source, &["configMapRef", "name"]));
            add("Secret", named(source, &["secretRef", "name"]));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// What a node says, whatever the order of its keys and however it would be written: names made of hashes must last.
fn digest(node: &Node, sha: &mut Sha256) {
    let mut scalar = |kind: &str, text: &str| sha.update(format!("{kind}{}:{text}", text.len()));
    match &node.value {
        Value::Null => scalar("n", ""),
        Value::Bool(value) => scalar("b", if *value { "1" } else { "0" }),
        Value::Int(value) => scalar("i", &value.to_string()),
        Value::UInt(value) => scalar("i", &value.to_string()),
        Value::Float(value) => scalar("f", &value.to_string()),
        Value::Str(text) => scalar("s", text),
        Value::List(items) => {
            scalar("l", &items.len().to_string());
            items.iter().for_each(|item| digest(item, sha));
        }
        Value::Map(entries) => {
            scalar("m", &entries.len().to_string());
            let mut sorted: Vec<&Entry> = entries.iter().collect();
            sorted.sort_by_key(|entry| entry.key.as_str());
            for entry in sorted {
                sha.update(format!("k{}:{}", entry.key.as_str().len(), entry.key));
                digest(&entry.node, sha);
            }
        }
    }
}

/// The first `digits` hexadecimal digits of the SHA-256 of what the nodes say.
pub(super) fn hash<'a>(nodes: impl IntoIterator<Item = &'a Node>, digits: usize) -> String {
    let mut sha = Sha256::new();
    nodes.into_iter().for_each(|node| digest(node, &mut sha));
    let mut hex = String::new();
    for byte in sha.finalize() {
        let _ = write!(hex, "{byte:02x}");
    }
    hex.truncate(digits);
    hex
}
