//! Values of Secrets: that they changed is told, what they are is not.

use sha2::{Digest, Sha256};

use super::FieldChange;
use crate::tree::{Entry, Node, Segment, Value};

/// Replaces values below `data` and `stringData` by a mark that tells equal values from different ones.
pub(super) fn mask(change: &mut FieldChange) {
    if matches!(change.path.0.first(), Some(Segment::Key(key)) if key == "data" || key == "stringData") {
        for side in [&mut change.old, &mut change.new] {
            *side = side.take().map(masked);
        }
    }
}

/// An object as it may be shown: of a Secret without its values.
pub fn shown(object: &Node) -> Node {
    let mut object = object.clone();
    if object.field("kind").and_then(Node::as_str) == Some("Secret")
        && let Some(entries) = object.entries_mut()
    {
        for entry in entries.iter_mut().filter(|entry| ["data", "stringData"].contains(&entry.key.as_str())) {
            entry.node = masked(entry.node.clone());
        }
    }
    object
}

fn masked(node: Node) -> Node {
    let value = match node.value {
        Value::Map(entries) => {
            let masked = entries.iter().map(|entry| Entry { node: masked(entry.node.clone()), ..entry.clone() });
            return Node::map(masked.collect(), node.origin);
        }
        Value::Str(text) => Value::Str(mark(&text).into()),
        _ => Value::Str("(secret)".into()),
    };
    Node::new(value, node.origin)
}

/// Sixteen bits: enough to see that two differ, too few to confirm a guess.
fn mark(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    format!("(secret {:02x}{:02x})", digest[0], digest[1])
}
