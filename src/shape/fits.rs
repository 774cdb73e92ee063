//! The hot path: whether a value fits, without saying why not. Allocates nothing.

use super::format::Format;
use super::{Checks, Others, Property, Shape, ShapeId, Shapes, Types, Union, number};
use crate::tree::{Entry, Key, Node, Value};
use std::cmp::Ordering;

/// Up to so many items are compared each with each; more are sorted first.
const PAIRWISE: usize = 32;

impl Shapes {
    /// Whether a value fits the shape with this number. (A schema beyond the table is judged by [`Shapes::validate`] only.)
    pub fn fits(&self, id: ShapeId, node: &Node) -> bool {
        let shape = self.judge(id);
        if !shape.types.meets(Types::of(&node.value)) {
            return false;
        }
        if !shape.allowed.is_empty() && !shape.allowed.iter().any(|allowed| allowed.value == node.value) {
            return false;
        }
        if let Some(format) = &shape.format
            && Format::named(format).is_some_and(|format| !format.takes(&node.value))
        {
            return false;
        }
        let own = match &node.value {
            Value::Map(entries) => self.map_fits(shape, entries),
            Value::List(items) => {
                shape.items.is_none_or(|item| items.iter().all(|node| self.fits(item, node)))
                    && shape.checks.as_ref().is_none_or(|checks| self.list_fits(shape, checks, items))
            }
            scalar => shape.checks.as_ref().is_none_or(|checks| scalar_fits(checks, scalar)),
        };
        own && shape.checks.as_ref().is_none_or(|checks| self.joined_fit(shape, checks, node))
    }

    fn list_fits(&self, shape: &Shape, checks: &Checks, items: &[Node]) -> bool {
        checks.items.hold(items.len() as u64)
            && (!checks.unique || distinct(items))
            && (checks.keys.is_empty() || self.first_same(shape, &checks.keys, items).is_none())
    }

    /// The first item of a list that has the keys of an earlier one, and that one. An absent key counts as its default.
    pub(super) fn first_same<'v>(&'v self, shape: &Shape, keys: &[Key], items: &'v [Node]) -> Option<(usize, usize)> {
        if items.len() < 2 {
            return None;
        }
        let default = |key: &Key| shape.items.and_then(|item| self.shape(self.property(item, *key)?.shape).default.as_ref());
        let value = |item: &'v Node, key: &Key| item.get(*key).or_else(|| default(key)).map(|node| &node.value);
        let identity = |item: &'v Node| keys.iter().map(|key| value(item, key)).collect::<Vec<Option<&Value>>>();
        let mut order: Vec<(Vec<Option<&Value>>, usize)> = items.iter().map(identity).zip(0..).collect();
        let part = |(a, b): (&Option<&Value>, &Option<&Value>)| match (a, b) {
            (Some(a), Some(b)) => total(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        let compare = |a: &[Option<&Value>], b: &[Option<&Value>]| a.iter().zip(b).map(part).find(|o| o.is_ne()).unwrap_or(Ordering::Equal);
        order.sort_by(|a, b| compare(&a.0, &b.0).then(a.1.cmp(&b.1)));
        let pairs = order.windows(2).filter(|pair| compare(&pair[0].0, &pair[1].0).is_eq());
        pairs.map(|pair| (pair[1].1, pair[0].1)).min()
    }

    fn map_fits(&self, shape: &Shape, entries: &[Entry]) -> bool {
        let mut required = 0;
        for entry in entries {
            let declared = shape.properties.iter().find(|property| property.key == entry.key);
            if self.is_pruned(shape, declared, &entry.node) {
                continue;
            }
            if let Some(property) = declared {
                required += usize::from(property.required);
                if !self.fits(property.shape, &entry.node) {
                    return false;
                }
            }
            let mut known = declared.is_some();
            if let Some(checks) = &shape.checks {
                for (pattern, each) in &checks.patterns {
                    if pattern.is_match(entry.key.as_str()) {
                        known = true;
                        if !self.fits(*each, &entry.node) {
                            return false;
                        }
                    }
                }
            }
            match shape.others {
                Others::Closed if !known => return false,
                Others::Each(each) if !known && !self.fits(each, &entry.node) => return false,
                _ => {}
            }
        }
        if required < shape.properties.iter().filter(|property| property.required).count() {
            return false;
        }
        let Some(checks) = &shape.checks else { return true };
        let has = |key: &Key| entries.iter().any(|entry| entry.key == *key && !(self.prunes_nulls && entry.node.is_null()));
        checks.properties.hold(entries.len() as u64)
            && checks.required.iter().all(has)
            && checks.dependent.iter().all(|(key, others)| !has(key) || others.iter().all(has))
            && checks.names.is_none_or(|names| entries.iter().all(|entry| self.name_fits(names, entry)))
    }

    /// Whether a value counts as absent: a `null` where none is allowed.
    pub(super) fn is_pruned(&self, shape: &Shape, declared: Option<&Property>, value: &Node) -> bool {
        self.prunes_nulls
            && value.is_null()
            && declared.map_or(shape.others != Others::Closed, |property| !self.judge(property.shape).types.meets(Types::NULL))
    }

    /// Whether the key of an entry fits a schema of names.
    pub(super) fn name_fits(&self, names: ShapeId, entry: &Entry) -> bool {
        let (shape, text) = (self.judge(names), entry.key.as_str());
        let joined =
            |checks: &Checks| !checks.all.is_empty() || !checks.unions.is_empty() || checks.not.is_some() || checks.condition.is_some();
        if shape.checks.as_ref().is_some_and(|checks| joined(checks)) {
            // Only such a schema needs a value of its own to look at.
            return self.fits(names, &Node::str(text, Default::default()));
        }
        shape.types.meets(Types::STRING)
            && (shape.allowed.is_empty() || shape.allowed.iter().any(|allowed| allowed.as_str() == Some(text)))
            && shape.format.as_deref().and_then(Format::named).is_none_or(|format| format.takes_text(text))
            && shape.checks.as_ref().is_none_or(|checks| text_fits(checks, text))
    }

    /// Whether what judges the same value fits too.
    fn joined_fit(&self, shape: &Shape, checks: &Checks, node: &Node) -> bool {
        checks.all.iter().all(|all| self.fits(*all, node))
            && checks.unions.iter().all(|union| self.union_fits(union, node))
            && checks.not.is_none_or(|not| !self.fits(not, node))
            && checks.condition.as_ref().is_none_or(|condition| {
                let branch = if self.fits(condition.test, node) { condition.then } else { condition.otherwise };
                branch.is_none_or(|branch| self.fits(branch, node))
            })
            && (checks.unevaluated != Some(false) || node.entries().iter().all(|entry| self.speaks_of(shape, entry.key, node)))
    }

    fn union_fits(&self, union: &Union, node: &Node) -> bool {
        let mut fitting = union.arms.iter().filter(|arm| self.fits(arm.shape, node));
        fitting.next().is_some() && (!union.exactly_one || fitting.next().is_none())
    }

    /// Whether a shape that a map fits says anything of one of its keys, in the sense of `unevaluatedProperties`.
    fn evaluates(&self, id: ShapeId, key: Key, map: &Node) -> bool {
        let shape = self.judge(id);
        shape.checks.as_ref().is_some_and(|checks| checks.unevaluated.is_some()) || self.speaks_of(shape, key, map)
    }

    /// The same, without the shape's own `unevaluatedProperties`.
    pub(super) fn speaks_of(&self, shape: &Shape, key: Key, map: &Node) -> bool {
        if shape.others != Others::Open || shape.properties.iter().any(|property| property.key == key) {
            return true;
        }
        let Some(checks) = &shape.checks else { return false };
        checks.patterns.iter().any(|(pattern, _)| pattern.is_match(key.as_str()))
            || checks.all.iter().any(|all| self.evaluates(*all, key, map))
            || checks
                .unions
                .iter()
                .flat_map(|union| &union.arms)
                .any(|arm| self.evaluates(arm.shape, key, map) && self.fits(arm.shape, map))
            || checks.condition.as_ref().is_some_and(|condition| {
                if self.fits(condition.test, map) {
                    self.evaluates(condition.test, key, map) || condition.then.is_some_and(|then| self.evaluates(then, key, map))
                } else {
                    condition.otherwise.is_some_and(|otherwise| self.evaluates(otherwise, key, map))
                }
            })
    }
}

fn text_fits(checks: &Checks, text: &str) -> bool {
    let counted = checks.length.min.is_some() || checks.length.max.is_some();
    (!counted || checks.length.hold(text.chars().count() as u64)) && checks.pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
}

fn scalar_fits(checks: &Checks, value: &Value) -> bool {
    match value {
        Value::Str(text) => text_fits(checks, text),
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => {
            checks.bounds.iter().all(|bound| within(bound, value))
                && checks.multiple_of.as_ref().is_none_or(|step| number::is_multiple(value, step))
        }
        _ => true,
    }
}

/// Whether a number keeps a limit.
pub(super) fn within(bound: &super::Bound, value: &Value) -> bool {
    match number::compare(value, &bound.limit) {
        Some(Ordering::Equal) => !bound.exclusive,
        Some(Ordering::Less) => bound.upper,
        Some(Ordering::Greater) => !bound.upper,
        None => false,
    }
}

/// Whether no two items are equal.
pub(super) fn distinct(items: &[Node]) -> bool {
    first_repeat(items).is_none()
}

/// The first item that equals an earlier one, and that one.
pub(super) fn first_repeat(items: &[Node]) -> Option<(usize, usize)> {
    if items.len() <= PAIRWISE {
        let mut places = (1..items.len()).flat_map(|later| (0..later).map(move |earlier| (later, earlier)));
        return places.find(|(later, earlier)| items[*later].value == items[*earlier].value);
    }
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by(|a, b| total(&items[*a].value, &items[*b].value).then(a.cmp(b)));
    let pairs = order.windows(2).filter(|pair| total(&items[pair[0]].value, &items[pair[1]].value) == Ordering::Equal);
    pairs.map(|pair| (pair[1], pair[0])).min()
}

/// An order in which equal values, and only those, are equal.
fn total(a: &Value, b: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => 2,
        Value::Str(_) => 3,
        Value::List(_) => 4,
        Value::Map(_) => 5,
    };
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Str(a), Value::Str(b)) => a.cmp(b),
        (Value::List(a), Value::List(b)) => {
            let unequal = a.iter().zip(b.iter()).map(|(a, b)| total(&a.value, &b.value)).find(|order| order.is_ne());
            unequal.unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        (Value::Map(a), Value::Map(b)) => {
            let sorted = |map: &[Entry]| {
                let mut entries: Vec<(&'static str, Node)> = map.iter().map(|entry| (entry.key.as_str(), entry.node.clone())).collect();
                entries.sort_by_key(|entry| entry.0);
                entries
            };
            let (a, b) = (sorted(a), sorted(b));
            let unequal =
                a.iter().zip(&b).map(|(a, b)| a.0.cmp(b.0).then_with(|| total(&a.1.value, &b.1.value))).find(|order| order.is_ne());
            unequal.unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        _ => number::compare(a, b).unwrap_or_else(|| rank(a).cmp(&rank(b))),
    }
}
