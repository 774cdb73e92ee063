//! Walking through shapes: by key, by item, by path.

use std::collections::VecDeque;
use std::fmt::Write;

use super::{Child, Kind, Others, Property, Shape, ShapeId, Shapes, Types};
use crate::tree::Key;

/// A path of which a segment leads nowhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoSuchPath {
    /// The part that was found, as `ports[]`; empty: not even the first segment.
    pub found: String,
    /// The segment that was not.
    pub missing: String,
    /// The keys that are known there.
    pub known: Vec<Key>,
}

impl Shapes {
    /// What is known of a key of a map.
    pub fn child(&self, id: ShapeId, key: Key) -> Child {
        let shape = self.shape(id);
        if let Some(property) = shape.properties.iter().find(|property| property.key == key) {
            return Child::Known(property.shape);
        }
        if let Some(checks) = &shape.checks
            && let Some((_, each)) = checks.patterns.iter().find(|(pattern, _)| pattern.is_match(key.as_str()))
        {
            return Child::Known(*each);
        }
        match shape.others {
            Others::Each(each) => Child::Known(each),
            Others::Open => Child::Open,
            Others::Closed => Child::Undeclared,
        }
    }

    /// A declared property of a map.
    pub fn property(&self, id: ShapeId, key: Key) -> Option<&Property> {
        self.shape(id).properties.iter().find(|property| property.key == key)
    }

    /// The shape of a list's items, if the schema says.
    pub fn item(&self, id: ShapeId) -> Option<ShapeId> {
        self.shape(id).items
    }

    /// What a value is to somebody who walks through it.
    pub fn kind(&self, id: ShapeId) -> Kind {
        let types = self.shape(id).types;
        let scalars = Types::BOOL.or(Types::NUMBER).or(Types::STRING);
        match (types.meets(Types::MAP), types.meets(Types::LIST), types.meets(scalars)) {
            (true, false, false) => Kind::Map,
            (false, true, false) => Kind::List,
            (false, false, _) => Kind::Scalar,
            // A schema that declares properties or items and no type speaks of maps or lists.
            _ => self.implied_kind(self.shape(id)),
        }
    }

    fn implied_kind(&self, shape: &Shape) -> Kind {
        let (map, list) = (!shape.properties.is_empty() || shape.others != Others::Open, shape.items.is_some());
        match (shape.types == Types::ANY, map, list) {
            (true, true, false) => Kind::Map,
            (true, false, true) => Kind::List,
            _ => Kind::Any,
        }
    }

    /// Where in the value the shape with this number stands, as messages write it: `ports[].port`; `labels.*` for the values of a map
    /// with any keys; empty for the whole. A recursive shape has its shortest path.
    pub fn path_of(&self, id: ShapeId) -> &str {
        let paths = self.paths.get_or_init(|| self.all_paths());
        paths.get(id.0 as usize).map_or("", |path| path)
    }

    fn all_paths(&self) -> Vec<Box<str>> {
        let mut paths: Vec<Option<String>> = vec![None; self.table.len()];
        let mut queue = VecDeque::new();
        let visit = |id: ShapeId, path: String, paths: &mut Vec<Option<String>>, queue: &mut VecDeque<ShapeId>| {
            if let Some(slot @ None) = paths.get_mut(id.0 as usize) {
                *slot = Some(path);
                queue.push_back(id);
            }
        };
        visit(ShapeId::ROOT, String::new(), &mut paths, &mut queue);
        while let Some(id) = queue.pop_front() {
            let path = paths[id.0 as usize].clone().unwrap_or_default();
            let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            let shape = self.shape(id);
            for property in &shape.properties {
                visit(property.shape, below(property.key.as_str()), &mut paths, &mut queue);
            }
            if let Some(items) = shape.items {
                visit(items, format!("{path}[]"), &mut paths, &mut queue);
            }
            if let Others::Each(each) = shape.others {
                visit(each, below("*"), &mut paths, &mut queue);
            }
            if let Some(judge) = shape.judged_by {
                visit(judge, path.clone(), &mut paths, &mut queue);
            }
            if let Some(checks) = &shape.checks {
                checks.patterns.iter().for_each(|(_, each)| visit(*each, below("*"), &mut paths, &mut queue));
                let arms = checks.unions.iter().flat_map(|union| union.arms.iter().map(|arm| arm.shape));
                let condition = checks.condition.iter().flat_map(|c| c.then.into_iter().chain(c.otherwise).chain([c.test]));
                for same in checks.all.iter().copied().chain(arms).chain(checks.not).chain(condition) {
                    visit(same, path.clone(), &mut paths, &mut queue);
                }
            }
        }
        paths.into_iter().map(|path| path.unwrap_or_default().into()).collect()
    }

    /// The shape at a path as people write it: `ports.port`, `ports[].port` and `ports[0].port` are the same.
    ///
    /// # Errors
    /// [`NoSuchPath`] with what was found, what was not, and what is known there.
    pub fn find(&self, path: &str) -> Result<ShapeId, NoSuchPath> {
        let mut id = ShapeId::ROOT;
        let mut found = String::new();
        for segment in path.split('.').filter(|segment| !segment.is_empty()) {
            let (name, _) = segment.split_once('[').unwrap_or((segment, ""));
            // Lists are looked through, so that nobody has to write `[]`.
            let element = self.element(id);
            if element != id {
                id = element;
                found.push_str("[]");
            }
            if !name.is_empty() {
                match self.child(id, Key::new(name)) {
                    Child::Known(child) => id = child,
                    Child::Open | Child::Undeclared => {
                        let known = self.shape(id).properties.iter().map(|property| property.key).collect();
                        return Err(NoSuchPath { found, missing: name.to_owned(), known });
                    }
                }
                let _ = write!(found, "{}{name}", if found.is_empty() { "" } else { "." });
            }
        }
        Ok(id)
    }
}
