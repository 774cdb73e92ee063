//! Merging layers: maps merge, lists replace, `null` removes; what lost is kept.

use crate::tree::{Key, Node, Origin, Trail, UnitLog, Value};

/// Merges layers into one value.
#[derive(Default)]
pub struct Merger {
    /// Nulls that removed something: they stay until defaults are filled (or the default would come back), then they go.
    tombstones: Vec<Origin>,
    trail: Trail,
}

impl Merger {
    /// A merger of values whose paths begin with a name.
    pub fn within(start: &str) -> Merger {
        Merger { trail: Trail::from(start), ..Merger::default() }
    }

    /// Merges what stands at another place.
    pub fn merge_at(&mut self, place: &str, base: &mut Node, over: &Node, log: &mut UnitLog) {
        let own = std::mem::replace(&mut self.trail, Trail::from(place));
        self.merge(base, over, log);
        self.trail = own;
    }

    /// Merges `over` into `base`.
    pub fn merge(&mut self, base: &mut Node, over: &Node, log: &mut UnitLog) {
        if !(base.is_map() && over.is_map()) {
            return self.replace(base, over, log);
        }
        let Some(entries) = base.entries_mut() else { return };
        for entry in over.entries() {
            match entries.iter_mut().find(|own| own.key == entry.key) {
                Some(own) => {
                    let mark = self.trail.enter(entry.key);
                    self.merge(&mut own.node, &entry.node, log);
                    self.trail.back(mark);
                }
                None => entries.push(entry.clone()),
            }
        }
    }

    fn replace(&mut self, base: &mut Node, over: &Node, log: &mut UnitLog) {
        if base.is_null() && over.is_null() {
            return;
        }
        if over.is_null() {
            self.tombstones.push(over.origin);
        }
        // A default that is filled in later is no tombstone, and neither is a null that wins over nothing.
        if !base.is_null() && base.value != over.value {
            log.lose(self.trail.as_str(), base, over.origin);
        }
        *base = over.clone();
    }

    /// The value without the nulls that removed something; for after defaults are filled.
    pub fn without_tombstones(&self, node: Node) -> Node {
        if self.tombstones.is_empty() { node } else { self.strip(node) }
    }

    fn strip(&self, mut node: Node) -> Node {
        if let Some(entries) = node.entries_mut() {
            entries.retain(|entry| !(entry.node.is_null() && self.tombstones.contains(&entry.node.origin)));
            for entry in entries {
                let inner = std::mem::replace(&mut entry.node, Node::null(Origin::default()));
                entry.node = self.strip(inner);
            }
        }
        node
    }
}

/// A path that two values both set, to different values.
#[derive(Debug)]
pub struct Conflict {
    /// The path, of map keys.
    pub path: Vec<Key>,
    /// Where the one sets it.
    pub one: Origin,
    /// Where the other does.
    pub other: Origin,
}

impl Conflict {
    /// The path as people write it; `.` between keys.
    pub fn path_text(&self) -> String {
        self.path.iter().map(|key| key.as_str()).collect::<Vec<_>>().join(".")
    }
}

/// All paths that both set, to different values.
pub fn conflicts(one: &Node, other: &Node) -> Vec<Conflict> {
    let mut found = Vec::new();
    collect(one, other, &mut Vec::new(), &mut found);
    found
}

fn collect(one: &Node, other: &Node, path: &mut Vec<Key>, found: &mut Vec<Conflict>) {
    if let (Value::Map(entries), Value::Map(_)) = (&one.value, &other.value) {
        for entry in entries.iter() {
            if let Some(others) = other.get(entry.key) {
                path.push(entry.key);
                collect(&entry.node, others, path, found);
                path.pop();
            }
        }
    } else if one.value != other.value {
        found.push(Conflict { path: path.clone(), one: one.origin, other: other.origin });
    }
}

/// Whether a value decides what stands at a path: it sets it, or replaces something above it.
pub fn decides(node: &Node, path: &[Key]) -> bool {
    match path.split_first() {
        None => true,
        Some((first, rest)) => match &node.value {
            Value::Map(_) => node.get(*first).is_some_and(|inner| decides(inner, rest)),
            _ => true,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Pos;
    use serde_json::json;

    fn node(json: serde_json::Value, at: u32) -> Node {
        Node::from_json(&json, Origin::written(Pos::new(at)))
    }

    #[test]
    fn maps_merge_lists_replace_and_null_removes() {
        let (mut merger, mut log) = (Merger::default(), UnitLog::default());
        let mut base = node(json!({"a": {"x": 1, "y": 2}, "l": [1, 2], "gone": "g"}), 1);
        merger.merge(&mut base, &node(json!({"a": {"y": 3}, "l": [3], "gone": null, "free": null}), 2), &mut log);
        assert_eq!(base.to_json(), json!({"a": {"x": 1, "y": 3}, "l": [3], "gone": null, "free": null}), "tombstones stay for now");
        let lost: Vec<_> = log.lost.iter().map(|lost| (&*lost.path, lost.old.at, lost.winner.at)).collect();
        assert_eq!(lost, ["a.y", "l", "gone"].map(|path| (path, Pos::new(1), Pos::new(2))));
    }

    #[test]
    fn a_null_that_removed_goes_and_one_over_nothing_stays() {
        let (mut merger, mut log) = (Merger::default(), UnitLog::default());
        let mut base = node(json!({"gone": "g"}), 1);
        merger.merge(&mut base, &node(json!({"gone": null}), 2), &mut log);
        merger.merge(&mut base, &node(json!({"free": null}), 3), &mut log);
        assert_eq!(merger.without_tombstones(base).to_json(), json!({"free": null}));
    }

    #[test]
    fn conflicts_are_paths_with_different_values() {
        let one = node(json!({"a": {"x": 1, "y": 2, "m": {"k": 1}}, "same": [1], "l": [1], "n": null}), 1);
        let other = node(json!({"a": {"x": 1, "y": 3, "m": null}, "same": [1], "l": [2], "n": "v", "new": 1}), 2);
        let paths: Vec<String> = conflicts(&one, &other).iter().map(Conflict::path_text).collect();
        assert_eq!(paths, ["a.y", "a.m", "l", "n"]);
        assert!(decides(&node(json!({"a": 1}), 1), &[Key::new("a"), Key::new("y")]), "it replaces the map above");
        assert!(!decides(&node(json!({"a": {"x": 1}}), 1), &[Key::new("a"), Key::new("y")]));
    }
}
