//! The walk over two objects.

use super::lists::{Pairing, pair};
use super::{FieldChange, content, secret};
use crate::kubernetes::KindSchema;
use crate::shape::{Child, ListKind, ShapeId, Shapes};
use crate::tree::{Key, Node, Path, Segment, Value};

/// The fields that differ, in the order of the new object; those that are gone follow at their map's end. A map or list that only one side has is
/// one change. Without a schema, lists are told by the names of their items where all have one.
pub fn fields(old: &Node, new: &Node, schema: Option<&KindSchema>) -> Vec<FieldChange> {
    let shapes = schema.map(KindSchema::shapes);
    let root = shapes.map(|_| ShapeId::ROOT);
    let kind = new.field("kind").and_then(Node::as_str).unwrap_or_default();
    let mut walk = Walk { shapes: shapes.map(|shapes| &**shapes), found: Vec::new(), path: Path::default(), files: kind == "ConfigMap" };
    walk.node(old, new, root);
    let mut found = walk.found;
    if kind == "Secret" {
        found.iter_mut().for_each(secret::mask);
    }
    found
}

pub(super) struct Walk<'a> {
    shapes: Option<&'a Shapes>,
    found: Vec<FieldChange>,
    path: Path,
    /// Whether texts below `data` are files.
    files: bool,
}

impl Walk<'_> {
    fn node(&mut self, old: &Node, new: &Node, shape: Option<ShapeId>) {
        match (&old.value, &new.value) {
            (Value::Map(a), Value::Map(b)) if std::sync::Arc::ptr_eq(a, b) => {}
            (Value::Map(_), Value::Map(_)) => self.map(old, new, shape),
            (Value::List(_), Value::List(_)) => self.list(old, new, shape),
            (a, b) if a == b => {}
            (Value::Str(a), Value::Str(b)) if self.in_file() => match content::both(self.file_name(), a, b) {
                Some((a, b)) => {
                    let before = self.found.len();
                    self.files = false;
                    self.node(&a, &b, None);
                    self.files = true;
                    // Positions inside of the text mean nothing to anybody else: the whole text decides.
                    for change in &mut self.found[before..] {
                        change.holder = new.clone();
                        change.new = change.new.take().map(|node| Node::new(node.value, new.origin));
                    }
                    if self.found.len() == before {
                        self.record(Some(old), Some(new), new);
                    }
                }
                None => self.record(Some(old), Some(new), new),
            },
            _ => self.record(Some(old), Some(new), new),
        }
    }

    fn in_file(&self) -> bool {
        self.files && matches!(self.path.0.as_slice(), [Segment::Key(data), Segment::Key(_)] if data == "data")
    }

    fn file_name(&self) -> &str {
        if let Some(Segment::Key(name)) = self.path.0.last() { name } else { "" }
    }

    fn record(&mut self, old: Option<&Node>, new: Option<&Node>, holder: &Node) {
        self.found.push(FieldChange { path: self.path.clone(), old: old.cloned(), new: new.cloned(), holder: holder.clone() });
    }

    /// Does something one step further down.
    fn below(&mut self, segment: Segment, act: impl FnOnce(&mut Self)) {
        self.path.0.push(segment);
        act(self);
        self.path.0.pop();
    }

    fn map(&mut self, old: &Node, new: &Node, shape: Option<ShapeId>) {
        let segment = |key: Key| Segment::Key(key.as_str().to_owned());
        for entry in new.entries() {
            let child = self.child(shape, entry.key);
            self.below(segment(entry.key), |walk| match old.get(entry.key) {
                Some(before) => walk.node(before, &entry.node, child),
                None => walk.record(None, Some(&entry.node), new),
            });
        }
        for entry in old.entries().iter().filter(|entry| new.entry(entry.key).is_none()) {
            self.below(segment(entry.key), |walk| walk.record(Some(&entry.node), None, new));
        }
    }

    fn child(&self, shape: Option<ShapeId>, key: Key) -> Option<ShapeId> {
        match self.shapes?.child(shape?, key) {
            Child::Known(child) => Some(child),
            Child::Open | Child::Undeclared => None,
        }
    }

    fn list(&mut self, old: &Node, new: &Node, shape: Option<ShapeId>) {
        let known = shape.zip(self.shapes).map(|(id, shapes)| (&shapes.shape(id).list, shapes.item(id)));
        let (kind, item) = known.map_or((&ListKind::Atomic, None), |(kind, item)| (kind, item));
        let default = |key: Key| {
            let (id, shapes) = item.zip(self.shapes)?;
            let Child::Known(child) = shapes.child(id, key) else { return None };
            shapes.shape(child).default.clone()
        };
        match pair(old.items(), new.items(), kind, default) {
            Pairing::Whole => self.record(Some(old), Some(new), new),
            Pairing::Items(pairs) => {
                for (before, after) in pairs {
                    let at = |index: usize, items: &[Node]| Segment::item(index, &items[index]);
                    match (before, after) {
                        (Some(a), Some(b)) => {
                            self.below(at(b, new.items()), |walk| walk.node(&old.items()[a], &new.items()[b], item));
                        }
                        (Some(a), None) => self.below(at(a, old.items()), |walk| walk.record(Some(&old.items()[a]), None, new)),
                        (None, Some(b)) => self.below(at(b, new.items()), |walk| walk.record(None, Some(&new.items()[b]), new)),
                        (None, None) => {}
                    }
                }
            }
        }
    }
}
