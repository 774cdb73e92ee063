//! [`Node`]: a value with its origin. Containers are shared and copied on write.

use std::sync::Arc;

use super::Key;
use crate::source::Pos;

/// What filled a template's value: nothing, one source position, or several (an index into the unit's table of unions).
#[derive(Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Fill(u32);

const UNION: u32 = 1 << 31;

impl Fill {
    /// Written as it is.
    pub const NOTHING: Fill = Fill(0);

    /// Filled by the value at one position.
    pub const fn one(pos: Pos) -> Fill {
        Fill(pos.number())
    }

    /// Filled by several values: entry `index` of `UnitLog::unions`.
    pub const fn union(index: u32) -> Fill {
        Fill(index | UNION)
    }

    /// The one position, if it is one.
    pub fn as_one(self) -> Option<Pos> {
        (self.0 != 0 && self.0 & UNION == 0).then(|| Pos::new(self.0))
    }

    /// The index of the union, if it is one.
    pub fn as_union(self) -> Option<u32> {
        (self.0 & UNION != 0).then_some(self.0 & !UNION)
    }
}

/// Where a value comes from: the place that made it (a template line, or the author's line when no template was involved) and
/// what filled it.
#[derive(Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Origin {
    /// The line that made the value.
    pub at: Pos,
    /// The inputs that filled it.
    pub by: Fill,
}

impl Origin {
    /// A value that stands in a file as it is.
    pub const fn written(at: Pos) -> Origin {
        Origin { at, by: Fill::NOTHING }
    }

    /// The one position that a person would have to edit to change the value: what filled it, else where it stands.
    pub fn author(self) -> Pos {
        self.by.as_one().unwrap_or(self.at)
    }

    /// This value, taken over by a template at `at`: the template made it, this origin's author filled it.
    pub fn through(self, at: Pos) -> Origin {
        let by = if self.by == Fill::NOTHING { Fill::one(self.at) } else { self.by };
        Origin { at, by }
    }
}

/// A value. Containers clone in O(1) and are copied on write.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer above `i64::MAX`.
    UInt(u64),
    /// Any other number.
    Float(f64),
    /// Text.
    Str(Arc<str>),
    /// A list.
    List(Arc<Vec<Node>>),
    /// A map, in order; keys are distinct.
    Map(Arc<Vec<Entry>>),
}

/// A value and where it comes from.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

/// One entry of a map.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// Where the key stands.
    pub key_at: Pos,
    /// The value.
    pub node: Node,
}

impl Value {
    /// What it is, as messages say it: `null`, `boolean`, `integer`, `number`, `string`, `list`, `map`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Int(_) | Value::UInt(_) => "integer",
            Value::Float(_) => "number",
            Value::Str(_) => "string",
            Value::List(_) => "list",
            Value::Map(_) => "map",
        }
    }
}

/// Equal values, as JSON sees them: numbers by value, maps in any order; origins do not count.
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::UInt(a), Value::UInt(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b,
            (Value::Int(a), Value::Float(b)) | (Value::Float(b), Value::Int(a)) => *a as f64 == *b,
            (Value::UInt(a), Value::Float(b)) | (Value::Float(b), Value::UInt(a)) => *a as f64 == *b,
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::List(a), Value::List(b)) => {
                Arc::ptr_eq(a, b) || (a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.value == b.value))
            }
            (Value::Map(a), Value::Map(b)) => {
                Arc::ptr_eq(a, b)
                    || (a.len() == b.len() && a.iter().all(|x| b.iter().any(|y| x.key == y.key && x.node.value == y.node.value)))
            }
            _ => false,
        }
    }
}

impl Node {
    /// A value with an origin.
    pub fn new(value: Value, origin: Origin) -> Node {
        Node { value, origin }
    }

    /// `null`.
    pub fn null(origin: Origin) -> Node {
        Node::new(Value::Null, origin)
    }

    /// Text.
    pub fn str(text: impl Into<Arc<str>>, origin: Origin) -> Node {
        Node::new(Value::Str(text.into()), origin)
    }

    /// A list.
    pub fn list(items: Vec<Node>, origin: Origin) -> Node {
        Node::new(Value::List(Arc::new(items)), origin)
    }

    /// A map; the keys must be distinct.
    pub fn map(entries: Vec<Entry>, origin: Origin) -> Node {
        Node::new(Value::Map(Arc::new(entries)), origin)
    }

    /// The value of a key of a map.
    pub fn get(&self, key: Key) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// The value of a key of a map, by its text.
    pub fn field(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key.as_str() == key).map(|entry| &entry.node)
    }

    /// The entry of a key of a map.
    pub fn entry(&self, key: Key) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value at a path of map keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.field(key))
    }

    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::Str(text) = &self.value { Some(text) } else { None }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(value) = self.value { Some(value) } else { None }
    }

    /// The integer, if it is one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        if let Value::Int(value) = self.value { Some(value) } else { None }
    }

    /// The entries of a map; none for other values.
    pub fn entries(&self) -> &[Entry] {
        if let Value::Map(entries) = &self.value { entries } else { &[] }
    }

    /// The items of a list; none for other values.
    pub fn items(&self) -> &[Node] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Whether it is a map.
    pub fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    /// The entries of a map, to change; `None` for other values. Copies them if they are shared.
    pub fn entries_mut(&mut self) -> Option<&mut Vec<Entry>> {
        if let Value::Map(entries) = &mut self.value { Some(Arc::make_mut(entries)) } else { None }
    }

    /// The items of a list, to change; `None` for other values. Copies them if they are shared.
    pub fn items_mut(&mut self) -> Option<&mut Vec<Node>> {
        if let Value::List(items) = &mut self.value { Some(Arc::make_mut(items)) } else { None }
    }

    /// Sets a key of a map, in place or at the end. Has no effect on other values.
    pub fn set(&mut self, key: Key, key_at: Pos, node: Node) {
        if let Some(entries) = self.entries_mut() {
            match entries.iter_mut().find(|entry| entry.key == key) {
                Some(entry) => *entry = Entry { key, key_at, node },
                None => entries.push(Entry { key, key_at, node }),
            }
        }
    }

    /// Removes a key of a map.
    pub fn remove(&mut self, key: Key) -> Option<Entry> {
        let index = self.entries().iter().position(|entry| entry.key == key)?;
        self.entries_mut().map(|entries| entries.remove(index))
    }

    /// How many values it holds, itself included.
    pub fn count(&self) -> usize {
        match &self.value {
            Value::Map(entries) => 1 + entries.iter().map(|entry| entry.node.count()).sum::<usize>(),
            Value::List(items) => 1 + items.iter().map(Node::count).sum::<usize>(),
            _ => 1,
        }
    }

    /// The plain JSON value, for machine output and for libraries; floats that JSON lacks become `null`.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Int(value) => Json::from(*value),
            Value::UInt(value) => Json::from(*value),
            Value::Float(value) => Json::from(*value),
            Value::Str(text) => Json::String(text.to_string()),
            Value::List(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Value::Map(entries) => Json::Object(entries.iter().map(|e| (e.key.as_str().to_owned(), e.node.to_json())).collect()),
        }
    }

    /// A node of a plain JSON value; every value gets the one origin.
    pub fn from_json(json: &serde_json::Value, origin: Origin) -> Node {
        use serde_json::Value as Json;
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(value), _) => Value::Int(value),
                (None, Some(value)) => Value::UInt(value),
                _ => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Value::Str(text.as_str().into()),
            Json::Array(items) => Value::List(Arc::new(items.iter().map(|item| Node::from_json(item, origin)).collect())),
            Json::Object(map) => Value::Map(Arc::new(
                map.iter()
                    .map(|(key, value)| Entry { key: Key::new(key), key_at: origin.at, node: Node::from_json(value, origin) })
                    .collect(),
            )),
        };
        Node::new(value, origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_that_the_pipeline_was_measured_with() {
        assert_eq!((size_of::<Origin>(), size_of::<Node>(), size_of::<Entry>()), (8, 32, 40));
    }

    #[test]
    fn a_changed_copy_leaves_the_original_alone() {
        let original = Node::from_json(&serde_json::json!({"a": [1, 2], "b": {"c": null}}), Origin::default());
        let mut copy = original.clone();
        copy.set(Key::new("a"), Pos::NOWHERE, Node::null(Origin::default()));
        assert_eq!(original.to_json(), serde_json::json!({"a": [1, 2], "b": {"c": null}}));
        assert_ne!(copy.value, original.value);
        assert_eq!(original.count(), 6);
    }
}
