//! How rules read objects: fields that may be absent, empty or `null`, which all mean the same to Kubernetes.

use crate::source::Pos;
use crate::tree::{Entry, Node};

/// Reads fields of a map. What is absent, `null` or of another type than asked for is not there; the judge of structure tells the latter.
pub(super) trait Fields {
    /// The value of a field that is there and not `null`.
    fn given(&self, key: &str) -> Option<&Node>;
    /// The value at a path of fields.
    fn below(&self, path: &[&str]) -> Option<&Node>;
    /// Text that is not empty.
    fn text(&self, key: &str) -> Option<&str>;
    /// The items of a list.
    fn list(&self, key: &str) -> &[Node];
    /// The entries of a map.
    fn pairs(&self, key: &str) -> &[Entry];
    /// A whole number.
    fn number(&self, key: &str) -> Option<i64>;
    /// Whether a field is `true`.
    fn is_on(&self, key: &str) -> bool;
    /// Where a person would change the value.
    fn place(&self) -> Pos;
    /// Where a person would change a field: its value, or the map that lacks it.
    fn place_of(&self, key: &str) -> Pos;
}

impl Fields for Node {
    fn given(&self, key: &str) -> Option<&Node> {
        self.field(key).filter(|value| !value.is_null())
    }

    fn below(&self, path: &[&str]) -> Option<&Node> {
        Node::at(self, path).filter(|value| !value.is_null())
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.field(key).and_then(Node::as_str).filter(|text| !text.is_empty())
    }

    fn list(&self, key: &str) -> &[Node] {
        self.field(key).map(Node::items).unwrap_or_default()
    }

    fn pairs(&self, key: &str) -> &[Entry] {
        self.field(key).map(Node::entries).unwrap_or_default()
    }

    fn number(&self, key: &str) -> Option<i64> {
        self.field(key).and_then(Node::as_i64)
    }

    fn is_on(&self, key: &str) -> bool {
        self.field(key).and_then(Node::as_bool) == Some(true)
    }

    fn place(&self) -> Pos {
        self.origin.author()
    }

    fn place_of(&self, key: &str) -> Pos {
        let value = self.entries().iter().find(|entry| entry.key.as_str() == key);
        let place = value.map(|entry| [entry.node.place(), entry.key_at].into_iter().find(|at| at.is_known()).unwrap_or_default());
        place.unwrap_or_else(|| self.place())
    }
}

/// Where a key of a map stands.
pub(super) fn key_place(entry: &Entry) -> Pos {
    if entry.key_at.is_known() { entry.key_at } else { entry.node.place() }
}
