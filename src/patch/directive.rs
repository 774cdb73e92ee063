//! The directives of strategic merge: what `$patch` says, and how they vanish.

use crate::tree::{Entry, Key, Node};

/// The key that holds a directive.
pub(super) const PATCH: &str = "$patch";

/// What a map of a patch says of itself.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Directive {
    /// Nothing: merge.
    Merge,
    /// Its keys may replace different values.
    Override,
    /// It replaces instead of merging.
    Replace,
    /// What it names is removed.
    Delete,
    /// It must be new.
    Add,
    /// It must exist.
    Update,
    /// It is added to a list without keys.
    Append,
}

/// The names of all directives.
pub(super) const NAMES: [&str; 6] = ["add", "append", "delete", "override", "replace", "update"];

impl Directive {
    fn named(name: &str) -> Option<Directive> {
        Some(match name {
            "override" => Directive::Override,
            "replace" => Directive::Replace,
            "delete" => Directive::Delete,
            "add" => Directive::Add,
            "update" => Directive::Update,
            "append" => Directive::Append,
            "merge" => Directive::Merge,
            _ => return None,
        })
    }

    /// What a map says of itself; `None` if it is no directive that exists.
    pub(super) fn of(map: &Node) -> Option<Directive> {
        match map.field(PATCH) {
            None => Some(Directive::Merge),
            Some(node) => node.as_str().and_then(Directive::named),
        }
    }
}

/// Whether a key is one of strategic merge's directives. Other keys with a dollar are data, such as `$ref` in a schema.
pub(super) fn is_directive(key: Key) -> bool {
    let key = key.as_str();
    key == PATCH || is_foreign(key)
}

/// The directives that kubectl writes into patches that it computes, and that nobody should have to write by hand.
pub(super) fn is_foreign(key: &str) -> bool {
    key == "$retainKeys" || key.starts_with("$setElementOrder/") || key.starts_with("$deleteFromPrimitiveList/")
}

/// Whether a list item is nothing but a directive, which then speaks for the whole list.
pub(super) fn stands_alone(item: &Node) -> bool {
    matches!(item.entries(), [entry] if entry.key.as_str() == PATCH)
}

/// The value that a patch leaves where nothing was: without nulls, directives, and items that only delete. Values without any of them
/// stay shared.
pub fn strip_directives(node: Node) -> Node {
    if is_plain(&node) { node } else { stripped(&node) }
}

/// Whether there is nothing to strip.
pub(super) fn is_plain(node: &Node) -> bool {
    node.entries().iter().all(|entry| !entry.node.is_null() && !is_directive(entry.key) && is_plain(&entry.node))
        && node.items().iter().all(|item| !item.is_null() && is_plain(item))
}

fn stripped(node: &Node) -> Node {
    if node.is_map() {
        let kept = node.entries().iter().filter(|entry| !vanishes(entry));
        Node::map(kept.map(|entry| Entry { node: strip_directives(entry.node.clone()), ..entry.clone() }).collect(), node.origin)
    } else {
        let kept =
            node.items().iter().filter(|item| !item.is_null() && !stands_alone(item) && Directive::of(item) != Some(Directive::Delete));
        Node::list(kept.map(|item| strip_directives(item.clone())).collect(), node.origin)
    }
}

fn vanishes(entry: &Entry) -> bool {
    entry.node.is_null() || is_directive(entry.key) || (entry.node.is_map() && Directive::of(&entry.node) == Some(Directive::Delete))
}
