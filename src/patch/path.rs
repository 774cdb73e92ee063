//! Where a patch is at work, as text that people can write in a field path.

use std::fmt::Write;

use crate::tree::{Key, Node};

/// A step into a value.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A key of a map.
    Key(Key),
    /// An item of a list by its place.
    Index(usize),
    /// An item of a keyed list: its keys and their values.
    Item(String),
}

/// The text of a path: `spec.containers[name=main].args[0]`; keys that hold dots or brackets are quoted: `annotations["a.b/c"]`.
pub(super) fn text(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        let _ = match step {
            Step::Key(key) if key.as_str().is_empty() || key.as_str().contains(['.', '[', ']', '"', '=']) => {
                write!(text, "[\"{}\"]", key.as_str().replace('\\', "\\\\").replace('"', "\\\""))
            }
            Step::Key(key) if text.is_empty() => write!(text, "{key}"),
            Step::Key(key) => write!(text, ".{key}"),
            Step::Index(index) => write!(text, "[{index}]"),
            Step::Item(item) => write!(text, "[{item}]"),
        };
    }
    text
}

/// The keys of an item and their values, as `name=main` or `port=80,protocol=TCP`; keys that it lacks are left out.
pub(super) fn item_text(keys: &[Key], item: &Node) -> String {
    let parts = keys.iter().filter_map(|key| item.get(*key).filter(|value| !value.is_null()).map(|value| (key, value)));
    let parts = parts.map(|(key, value)| match value.as_str() {
        Some(text) => format!("{key}={text}"),
        None => format!("{key}={}", value.to_json()),
    });
    parts.collect::<Vec<_>>().join(",")
}
