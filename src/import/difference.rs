//! What a layer has to say to make one value of another.

use crate::model::TraitUse;
use crate::tree::{Entry, Node, Origin};

/// The JSON merge patch that makes `target` of `base`; `None` if they are equal.
pub(super) fn difference(base: &Node, target: &Node) -> Option<Node> {
    if base.value == target.value {
        return None;
    }
    if !(base.is_map() && target.is_map()) {
        return Some(target.clone());
    }
    let gone = base.entries().iter().filter(|entry| target.get(entry.key).is_none() && !entry.node.is_null());
    let gone = gone.map(|entry| Entry { node: Node::null(Origin::default()), ..entry.clone() });
    let changed = target.entries().iter().filter_map(|entry| {
        let node = match base.get(entry.key) {
            Some(own) => difference(own, &entry.node)?,
            None => entry.node.clone(),
        };
        Some(Entry { node, ..entry.clone() })
    });
    Some(Node::map(gone.chain(changed).collect(), target.origin))
}

/// Whether two requests are for the same trait.
fn same_trait(one: &TraitUse, other: &TraitUse) -> bool {
    let name = |used: &TraitUse| used.name.as_ref().unwrap_or(&used.type_name).value.clone();
    one.type_name.value == other.type_name.value && name(one) == name(other)
}

/// The requests that make the traits `target` of `base`.
pub(super) fn trait_difference(base: &[TraitUse], target: &[TraitUse]) -> Vec<TraitUse> {
    let nothing = Node::map(Vec::new(), Origin::default());
    let mut changes = Vec::new();
    for gone in base.iter().filter(|own| !target.iter().any(|other| same_trait(own, other))) {
        let disable = Some(crate::model::Spanned::new(true, gone.at));
        changes.push(TraitUse { properties: None, disable, ..gone.clone() });
    }
    for wanted in target {
        match base.iter().find(|own| same_trait(own, wanted)) {
            Some(own) => {
                let (one, other) = (own.properties.as_ref().unwrap_or(&nothing), wanted.properties.as_ref().unwrap_or(&nothing));
                if let Some(properties) = difference(one, other) {
                    changes.push(TraitUse { properties: Some(properties), ..wanted.clone() });
                }
            }
            None => changes.push(wanted.clone()),
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_difference_merged_over_the_base_is_the_target() {
        let node = |json: serde_json::Value| Node::from_json(&json, Origin::default());
        let base = node(json!({"a": {"x": 1, "y": 2}, "l": [1], "gone": 1, "same": {"k": [1]}}));
        let target = node(json!({"a": {"x": 1, "y": 3}, "l": [], "same": {"k": [1]}, "new": {}}));
        let patch = difference(&base, &target).unwrap();
        assert_eq!(patch.to_json(), json!({"gone": null, "a": {"y": 3}, "l": [], "new": {}}));
        assert!(difference(&base, &base).is_none());
    }
}
