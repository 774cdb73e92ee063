//! JSON merge patch, RFC 7396.

use super::Change;
use super::path::{self, Step};
use crate::tree::{Entry, Node};

/// Merges a patch into a value: maps key by key, a `null` removes its key, everything else replaces. Where nothing was, nulls vanish too.
pub fn json_merge(base: Node, patch: &Node, changes: &mut Vec<Change>) -> Node {
    merge(&base, patch, &mut Vec::new(), changes).unwrap_or(base)
}

/// The merged value; `None` if it is the same.
fn merge(base: &Node, patch: &Node, path: &mut Vec<Step>, changes: &mut Vec<Change>) -> Option<Node> {
    if !patch.is_map() {
        if base.value == patch.value {
            return None;
        }
        changes.push(Change {
            path: path::text(path),
            before: base.clone(),
            after: Some(patch.clone()),
            by: patch.origin,
            declared: false,
        });
        return Some(patch.clone());
    }
    if !base.is_map() {
        let after = without_nulls(patch);
        if !base.is_null() {
            changes.push(Change {
                path: path::text(path),
                before: base.clone(),
                after: Some(after.clone()),
                by: patch.origin,
                declared: false,
            });
        }
        return Some(after);
    }
    let mut result: Option<Node> = None;
    for entry in patch.entries() {
        path.push(Step::Key(entry.key));
        match base.get(entry.key) {
            Some(before) if entry.node.is_null() => {
                changes.push(Change { path: path::text(path), before: before.clone(), after: None, by: entry.node.origin, declared: true });
                result.get_or_insert_with(|| base.clone()).remove(entry.key);
            }
            Some(before) => {
                if let Some(after) = merge(before, &entry.node, path, changes) {
                    // The key stays where it is written; only its value is the patch's.
                    let key_at = base.entry(entry.key).map_or(entry.key_at, |entry| entry.key_at);
                    result.get_or_insert_with(|| base.clone()).set(entry.key, key_at, after);
                }
            }
            None if entry.node.is_null() => {}
            None => result.get_or_insert_with(|| base.clone()).set(entry.key, entry.key_at, without_nulls(&entry.node)),
        }
        path.pop();
    }
    result
}

/// A patch applied to nothing. Nulls in lists are values and stay.
fn without_nulls(patch: &Node) -> Node {
    let clean = |node: &Node| -> bool { is_clean(node) };
    if clean(patch) {
        return patch.clone();
    }
    let kept = patch.entries().iter().filter(|entry| !entry.node.is_null());
    Node::map(kept.map(|entry| Entry { node: without_nulls(&entry.node), ..entry.clone() }).collect(), patch.origin)
}

fn is_clean(patch: &Node) -> bool {
    patch.entries().iter().all(|entry| !entry.node.is_null() && is_clean(&entry.node))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::source::Pos;
    use crate::tree::{Origin, Value};

    fn node(json: &Json, at: u32) -> Node {
        Node::from_json(json, Origin::written(Pos::new(at)))
    }

    #[test]
    fn the_examples_of_the_standard() {
        let cases: Vec<Json> = serde_json::from_str(include_str!("../../tests/patch/rfc7396.json")).unwrap();
        assert_eq!(cases.len(), 15);
        for case in cases {
            let result = json_merge(node(&case["original"], 1), &node(&case["patch"], 2), &mut Vec::new());
            assert_eq!(result.to_json(), case["result"], "{case}");
        }
    }

    #[test]
    fn values_keep_their_origins_and_changes_are_recorded() {
        let mut changes = Vec::new();
        let base = node(&json!({"a": {"b": 1, "c": [1], "d": 0}, "e": {"f": {}}}), 1);
        let result = json_merge(base.clone(), &node(&json!({"a": {"b": 2, "c": [1], "d": null, "g": 3}}), 2), &mut changes);
        let at = |path: &[&str]| result.at(path).unwrap().origin.at.number();
        assert_eq!((at(&["a", "b"]), at(&["a", "c"]), at(&["a", "g"]), at(&["a"])), (2, 1, 2, 1));
        let seen: Vec<_> = changes.iter().map(|change| (change.path.as_str(), change.declared, change.after.is_some())).collect();
        assert_eq!(seen, [("a.b", false, true), ("a.d", true, false)]);
        let (Value::Map(before), Value::Map(after)) = (&base.field("e").unwrap().value, &result.field("e").unwrap().value) else {
            panic!()
        };
        assert!(std::sync::Arc::ptr_eq(before, after), "what a patch does not touch stays shared");
    }
}
