//! Defaults: own properties, inside inserted defaults, items, additional properties, then the chosen branch of a union, then again.
//!
//! An inserted value's origin is the place of the default in the definition. What needs nothing stays shared with what was given.

use super::{Child, Others, Shape, ShapeId, Shapes, Types, Union, UnionForm};
use crate::tree::{Entry, Node, Value};

/// A default inserted by a branch may let another branch in; more rounds than this change nothing in any schema that people write.
const ROUNDS: usize = 8;

/// 2^53: below it, floats without a fraction are exactly the integers that they look like.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Shapes {
    /// The value with all defaults filled in. Before that, a `null` where the schema allows none says "as if it were not set": its key is
    /// removed; and `80.0` where the schema wants an integer is 80, as it is in JSON Schema, to kubectl and to KubeVela.
    pub fn fill_defaults(&self, value: Node) -> Node {
        self.fill_defaults_at(ShapeId::ROOT, value)
    }

    /// The same for a value inside, of the shape with this number.
    pub fn fill_defaults_at(&self, id: ShapeId, value: Node) -> Node {
        let value = self.as_meant(id, &value).unwrap_or(value);
        self.fill(id, &value).unwrap_or(value)
    }

    /// The value without nulls that the schema does not allow, and with integers where it wants them; `None` if it is so already.
    fn as_meant(&self, id: ShapeId, node: &Node) -> Option<Node> {
        match &node.value {
            Value::Map(entries) => {
                let mut changed = Copy::of(entries);
                let mut removed = 0;
                for (index, entry) in entries.iter().enumerate() {
                    let Child::Known(child) = self.child(id, entry.key) else { continue };
                    if entry.node.is_null() {
                        if !self.shape(child).types.meets(Types::NULL) {
                            changed.get().remove(index - removed);
                            removed += 1;
                        }
                    } else if let Some(node) = self.as_meant(child, &entry.node) {
                        changed.get()[index - removed].node = node;
                    }
                }
                changed.changed.map(|entries| Node::map(entries, node.origin))
            }
            Value::List(items) => {
                let item = self.shape(id).items?;
                let mut changed = Copy::of(items);
                for (index, node) in items.iter().enumerate() {
                    if let Some(node) = self.as_meant(item, node) {
                        changed.get()[index] = node;
                    }
                }
                changed.changed.map(|items| Node::list(items, node.origin))
            }
            Value::Float(number) => {
                let types = self.shape(id).types;
                let whole = types.meets(Types::INTEGER) && !types.has(Types::NUMBER) && number.fract() == 0.0 && number.abs() < EXACT;
                whole.then(|| Node::new(Value::Int(*number as i64), node.origin))
            }
            _ => None,
        }
    }

    /// The filled value; `None` if nothing was to fill.
    fn fill(&self, id: ShapeId, node: &Node) -> Option<Node> {
        let shape = self.judge(id);
        let mut filled = self.fill_once(shape, node)?;
        for _ in 1..ROUNDS {
            match self.fill_once(shape, &filled) {
                Some(more) => filled = more,
                None => break,
            }
        }
        Some(filled)
    }

    fn fill_once(&self, shape: &Shape, node: &Node) -> Option<Node> {
        let mut filled = match &node.value {
            Value::Map(entries) => self.fill_entries(shape, entries).map(|entries| Node::map(entries, node.origin)),
            Value::List(items) => self.fill_items(shape, items).map(|items| Node::list(items, node.origin)),
            _ => None,
        };
        let Some(checks) = &shape.checks else { return filled };
        let mut then = |fill: &dyn Fn(&Node) -> Option<Node>| {
            if let Some(more) = fill(filled.as_ref().unwrap_or(node)) {
                filled = Some(more);
            }
        };
        for all in &checks.all {
            then(&|node| self.fill(*all, node));
        }
        for union in &checks.unions {
            then(&|node| self.fill_union(union, node));
        }
        if let Some(condition) = &checks.condition {
            then(&|node| self.fill(if self.fits(condition.test, node) { condition.then } else { condition.otherwise }?, node));
        }
        filled
    }

    fn fill_entries(&self, shape: &Shape, entries: &[Entry]) -> Option<Vec<Entry>> {
        let mut changed = Copy::of(entries);
        for property in &shape.properties {
            match entries.iter().position(|entry| entry.key == property.key) {
                Some(index) => {
                    if let Some(node) = self.fill(property.shape, &entries[index].node) {
                        changed.get()[index].node = node;
                    }
                }
                None => {
                    if let Some(default) = &self.shape(property.shape).default {
                        let node = self.fill(property.shape, default).unwrap_or_else(|| default.clone());
                        changed.get().push(Entry { key: property.key, key_at: default.origin.at, node });
                    }
                }
            }
        }
        let patterns = shape.checks.as_ref().map(|checks| &checks.patterns[..]).unwrap_or_default();
        if patterns.is_empty() && !matches!(shape.others, Others::Each(_)) {
            return changed.changed;
        }
        for (index, entry) in entries.iter().enumerate() {
            let mut known = shape.properties.iter().any(|property| property.key == entry.key);
            let matching = patterns.iter().filter(|(pattern, _)| pattern.is_match(entry.key.as_str())).map(|(_, each)| *each);
            let mut each: Vec<ShapeId> = matching.collect();
            known |= !each.is_empty();
            if let (Others::Each(others), false) = (shape.others, known) {
                each.push(others);
            }
            for id in each {
                let now = changed.changed.as_ref().map_or(&entry.node, |entries| &entries[index].node);
                if let Some(node) = self.fill(id, now) {
                    changed.get()[index].node = node;
                }
            }
        }
        changed.changed
    }

    fn fill_items(&self, shape: &Shape, items: &[Node]) -> Option<Vec<Node>> {
        let item = shape.items?;
        let mut changed = Copy::of(items);
        for (index, node) in items.iter().enumerate() {
            if let Some(node) = self.fill(item, node) {
                changed.get()[index] = node;
            }
        }
        changed.changed
    }

    /// Fills the branch that the value means: the one that its discriminator names, else the first that it fits as it is or once
    /// filled, else the one that its keys tell, so that what is wrong with it is judged with its defaults.
    fn fill_union(&self, union: &Union, node: &Node) -> Option<Node> {
        if let UnionForm::Keys | UnionForm::Values = union.form {
            return None;
        }
        if let UnionForm::Tagged(_) = union.form {
            let tagged = union.tag_default(node).map(|(key, default)| {
                let mut tagged = node.clone();
                tagged.set(key, default.origin.at, default.clone());
                tagged
            });
            let arm = union.meant(self, tagged.as_ref().unwrap_or(node))?;
            return self.fill(arm.shape, tagged.as_ref().unwrap_or(node)).or(tagged);
        }
        let mut filled: Vec<Option<Node>> = union.arms.iter().map(|arm| self.fill(arm.shape, node)).collect();
        if filled.iter().all(Option::is_none) {
            return None;
        }
        let fits = |index: &usize| self.fits(union.arms[*index].shape, node);
        let fits_filled = |index: &usize| filled[*index].as_ref().is_some_and(|node| self.fits(union.arms[*index].shape, node));
        let arms = || 0..union.arms.len();
        let meant = || union.meant(self, node).and_then(|arm| union.arms.iter().position(|other| std::ptr::eq(arm, other)));
        let chosen = arms().find(fits).or_else(|| arms().find(fits_filled)).or_else(meant)?;
        filled.swap_remove(chosen)
    }
}

/// A slice that is copied when it is first changed.
struct Copy<'a, T> {
    given: &'a [T],
    changed: Option<Vec<T>>,
}

impl<'a, T: Clone> Copy<'a, T> {
    fn of(given: &'a [T]) -> Copy<'a, T> {
        Copy { given, changed: None }
    }

    fn get(&mut self) -> &mut Vec<T> {
        self.changed.get_or_insert_with(|| self.given.to_vec())
    }
}
