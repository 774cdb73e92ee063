//! What a test expects against what is there.

use std::fmt::Write;

use crate::tree::{Node, Value};

/// Where expectation and object part.
#[derive(Clone, Debug)]
pub struct Mismatch<'a> {
    /// The path in the object, as `spec.ports[0].name`; empty: the object itself.
    pub path: String,
    /// What is expected.
    pub expected: &'a Node,
    /// What is there.
    pub found: Option<&'a Node>,
}

/// Where `expected` is no part of `found`: maps hold all of its keys, lists its items one by one from their start. `null` expects that
/// nothing is there.
pub fn mismatch<'a>(expected: &'a Node, found: Option<&'a Node>) -> Option<Mismatch<'a>> {
    part(expected, found, &mut String::new())
}

fn part<'a>(expected: &'a Node, found: Option<&'a Node>, path: &mut String) -> Option<Mismatch<'a>> {
    let here = |path: &str| Some(Mismatch { path: path.to_owned(), expected, found });
    let Some(there) = found else { return if expected.is_null() { None } else { here(path) } };
    let length = path.len();
    match (&expected.value, &there.value) {
        (Value::Map(wanted), Value::Map(_)) => {
            for entry in wanted.iter() {
                let _ = write!(path, "{}{}", if path.is_empty() { "" } else { "." }, entry.key);
                if let Some(wrong) = part(&entry.node, there.get(entry.key), path) {
                    return Some(wrong);
                }
                path.truncate(length);
            }
            None
        }
        (Value::List(wanted), Value::List(items)) => {
            for (index, item) in wanted.iter().enumerate() {
                let _ = write!(path, "[{index}]");
                if let Some(wrong) = part(item, items.get(index), path) {
                    return Some(wrong);
                }
                path.truncate(length);
            }
            None
        }
        _ if expected.value == there.value => None,
        _ => here(path),
    }
}

/// Which object each expectation means: the first that fits and is not taken; else the nearest of the same kind (and name, where one is
/// given), which does not fit.
pub fn pairs<'a>(expected: &'a [Node], found: &[&'a Node]) -> Vec<(&'a Node, Option<&'a Node>)> {
    let mut left: Vec<&Node> = found.to_vec();
    let mut pairs: Vec<(&Node, Option<&Node>)> = expected.iter().map(|expected| (expected, None)).collect();
    let mut take = |pairs: &mut Vec<(&'a Node, Option<&'a Node>)>, fits: &dyn Fn(&Node, &Node) -> bool| {
        for (expected, pair) in pairs.iter_mut().filter(|(_, pair)| pair.is_none()) {
            if let Some(index) = left.iter().position(|object| fits(expected, object)) {
                *pair = Some(left.remove(index));
            }
        }
    };
    let same = |expected: &Node, object: &Node, path: &[&str]| {
        expected.at(path).is_none_or(|wanted| object.at(path).is_some_and(|there| there.value == wanted.value))
    };
    take(&mut pairs, &|expected, object| mismatch(expected, Some(object)).is_none());
    take(&mut pairs, &|expected, object| same(expected, object, &["kind"]) && same(expected, object, &["metadata", "name"]));
    take(&mut pairs, &|expected, object| same(expected, object, &["kind"]));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Origin;
    use serde_json::json;

    fn node(json: serde_json::Value) -> Node {
        Node::from_json(&json, Origin::default())
    }

    #[test]
    fn a_part_is_expected_and_null_is_nothing() {
        let found = node(json!({"kind": "A", "spec": {"list": [{"a": 1, "b": 2}, 3], "n": 2}}));
        let path = |expected: serde_json::Value| mismatch(&node(expected), Some(&found)).map(|wrong| wrong.path);
        assert_eq!(path(json!({"spec": {"list": [{"b": 2}], "x": null}})), None);
        assert_eq!(path(json!({"spec": {"list": [{"b": 3}]}})).as_deref(), Some("spec.list[0].b"));
        assert_eq!(path(json!({"spec": {"list": [{}, 3, 4]}})).as_deref(), Some("spec.list[2]"));
        assert_eq!(path(json!({"spec": {"n": null}})).as_deref(), Some("spec.n"));
        assert_eq!(path(json!({"spec": {"n": {}}})).as_deref(), Some("spec.n"));
    }

    #[test]
    fn an_expectation_means_the_object_that_fits_else_one_of_its_kind() {
        let objects = [json!({"kind": "A", "n": 1}), json!({"kind": "A", "n": 2}), json!({"kind": "B"})].map(node);
        let expected = [json!({"kind": "A", "n": 3}), json!({"kind": "A", "n": 1}), json!({"kind": "C"})].map(node);
        let found: Vec<&Node> = objects.iter().collect();
        let meant: Vec<Option<i64>> =
            pairs(&expected, &found).iter().map(|(_, object)| object.and_then(|object| object.field("n")?.as_i64())).collect();
        assert_eq!(meant, [Some(2), Some(1), None]);
    }
}
