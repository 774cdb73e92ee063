//! [`Node`] as a CEL value: borrowed, never converted as a whole.

use std::sync::OnceLock;

use cel::ExecutionError;
use cel::common::traits::{Container, Indexer, Iterable, Sizer};
use cel::common::types::{CelBool, CelDouble, CelInt, CelNull, CelString, CelUInt, LIST_TYPE, MAP_TYPE, Type};
use cel::common::value::{CowVal, Val};

use crate::tree::{Node, Value};

/// A node as a CEL value.
pub(super) fn borrow(node: &Node) -> Box<dyn Val + '_> {
    match &node.value {
        Value::Null => Box::new(CelNull),
        Value::Bool(value) => Box::new(CelBool::from(*value)),
        Value::Int(value) => Box::new(CelInt::from(*value)),
        Value::UInt(value) => Box::new(CelUInt::from(*value)),
        Value::Float(value) => Box::new(CelDouble::from(*value)),
        Value::Str(text) => Box::new(CelString::from(&**text)),
        Value::Map(_) => Box::new(Map { node, keys: OnceLock::new() }),
        Value::List(_) => Box::new(List { node, items: OnceLock::new() }),
    }
}

/// Values that are equal to CEL: ours by their nodes, others by walking them.
fn equal(node: &Node, other: &dyn Val) -> bool {
    let list = || other.as_indexer().zip(other.as_sizer());
    match &node.value {
        Value::Map(entries) => list().is_some_and(|(indexer, sizer)| {
            *sizer.size().inner() == entries.len() as i64
                && other.get_type() == &MAP_TYPE
                && entries
                    .iter()
                    .all(|entry| indexer.get(&CelString::from(entry.key.as_str())).is_ok_and(|value| borrow(&entry.node).equals(&*value)))
        }),
        Value::List(items) => list().is_some_and(|(indexer, sizer)| {
            *sizer.size().inner() == items.len() as i64
                && other.get_type() == &LIST_TYPE
                && items
                    .iter()
                    .enumerate()
                    .all(|(index, item)| indexer.get(&CelInt::from(index as i64)).is_ok_and(|value| borrow(item).equals(&*value)))
        }),
        _ => borrow(node).equals(other),
    }
}

/// A field by its name in an expression, where what is no identifier of CEL is escaped: `__namespace__`, `a__dash__b`.
fn field<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    node.field(name).or_else(|| if name.contains("__") { node.field(&unescape(name)) } else { None })
}

fn unescape(name: &str) -> String {
    let word = name.strip_prefix("__").and_then(|rest| rest.strip_suffix("__"));
    if let Some(word) = word.filter(|word| !word.is_empty() && !word.contains("__")) {
        return word.to_owned();
    }
    let escapes = [("__underscores__", "\u{0}"), ("__dot__", "."), ("__dash__", "-"), ("__slash__", "/"), ("\u{0}", "__")];
    escapes.iter().fold(name.to_owned(), |name, (escaped, text)| name.replace(escaped, text))
}

#[derive(Debug)]
struct Map<'v> {
    node: &'v Node,
    keys: OnceLock<Vec<Box<dyn Val + 'v>>>,
}

impl<'v> Val for Map<'v> {
    fn get_type(&self) -> &Type {
        &MAP_TYPE
    }

    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }

    fn as_indexer<'b, 'w>(&'b self) -> Option<&'b (dyn Indexer + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn as_iterable<'b, 'w>(&'b self) -> Option<&'b (dyn Iterable + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        Some(self)
    }

    fn equals(&self, other: &dyn Val) -> bool {
        equal(self.node, other)
    }

    fn clone_as_boxed<'w>(&self) -> Box<dyn Val + 'w>
    where
        Self: 'w,
    {
        borrow(self.node)
    }
}

impl<'v> Indexer for Map<'v> {
    fn get<'b, 'w>(&'b self, key: &dyn Val) -> Result<CowVal<'b, 'w>, ExecutionError>
    where
        Self: 'w,
    {
        let node: &'v Node = self.node;
        let name = key.downcast_ref::<CelString>().map(|text| text.inner()).unwrap_or_default();
        match field(node, name) {
            Some(value) => Ok(CowVal::Owned(borrow(value))),
            None => Err(ExecutionError::no_such_key(name)),
        }
    }

    fn steal<'w>(self: Box<Self>, key: &dyn Val) -> Result<Box<dyn Val + 'w>, ExecutionError>
    where
        Self: 'w,
    {
        self.get(key).map(CowVal::into_owned)
    }
}

impl Container for Map<'_> {
    fn contains(&self, key: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(key.downcast_ref::<CelString>().is_some_and(|name| field(self.node, name.inner()).is_some()))
    }
}

impl Sizer for Map<'_> {
    fn size(&self) -> CelInt {
        CelInt::from(self.node.entries().len() as i64)
    }
}

impl<'v> Iterable for Map<'v> {
    fn iter<'b, 'w>(&'b self) -> Box<dyn cel::common::traits::Iterator<'b, 'w> + 'b>
    where
        Self: 'w,
    {
        let node: &'v Node = self.node;
        let keys = self.keys.get_or_init(|| {
            node.entries().iter().map(|entry| Box::new(CelString::from(entry.key.as_str())) as Box<dyn Val + 'v>).collect()
        });
        Box::new(Walk(keys.iter()))
    }
}

#[derive(Debug)]
struct List<'v> {
    node: &'v Node,
    items: OnceLock<Vec<Box<dyn Val + 'v>>>,
}

impl<'v> Val for List<'v> {
    fn get_type(&self) -> &Type {
        &LIST_TYPE
    }

    fn cel_type() -> &'static Type {
        &LIST_TYPE
    }

    fn as_indexer<'b, 'w>(&'b self) -> Option<&'b (dyn Indexer + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn as_iterable<'b, 'w>(&'b self) -> Option<&'b (dyn Iterable + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        Some(self)
    }

    fn equals(&self, other: &dyn Val) -> bool {
        equal(self.node, other)
    }

    fn clone_as_boxed<'w>(&self) -> Box<dyn Val + 'w>
    where
        Self: 'w,
    {
        borrow(self.node)
    }
}

impl<'v> Indexer for List<'v> {
    fn get<'b, 'w>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'w>, ExecutionError>
    where
        Self: 'w,
    {
        let node: &'v Node = self.node;
        let item = index.downcast_ref::<CelInt>().and_then(|i| usize::try_from(*i.inner()).ok()).and_then(|i| node.items().get(i));
        item.map(|item| CowVal::Owned(borrow(item))).ok_or_else(|| ExecutionError::no_such_key("that index"))
    }

    fn steal<'w>(self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'w>, ExecutionError>
    where
        Self: 'w,
    {
        self.get(index).map(CowVal::into_owned)
    }
}

impl Container for List<'_> {
    fn contains(&self, value: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(self.node.items().iter().any(|item| borrow(item).equals(value)))
    }
}

impl Sizer for List<'_> {
    fn size(&self) -> CelInt {
        CelInt::from(self.node.items().len() as i64)
    }
}

impl<'v> Iterable for List<'v> {
    fn iter<'b, 'w>(&'b self) -> Box<dyn cel::common::traits::Iterator<'b, 'w> + 'b>
    where
        Self: 'w,
    {
        let node: &'v Node = self.node;
        Box::new(Walk(self.items.get_or_init(|| node.items().iter().map(borrow).collect()).iter()))
    }
}

struct Walk<'b, 'v>(std::slice::Iter<'b, Box<dyn Val + 'v>>);

impl<'b, 'v: 'w, 'w> cel::common::traits::Iterator<'b, 'w> for Walk<'b, 'v> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'w)> {
        self.0.next().map(|value| &**value as &'b (dyn Val + 'w))
    }
}
