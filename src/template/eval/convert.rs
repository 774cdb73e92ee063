//! Values in and out of the engine.

use std::sync::Arc;

use minijinja::value::{Value as Engine, ValueKind};

use super::Evaluator;
use super::fault::{Fault, Try};
use crate::shape::Kind;
use crate::source::Pos;
use crate::template::bounds;
use crate::template::value::{Input, Read, Typed, Unset, Val, to_engine, unset_scalar, unset_to_engine};
use crate::tree::{Entry, Key, Node, Origin, Value};

impl Evaluator<'_> {
    /// A value for the engine.
    pub fn for_engine(&self, value: Val) -> Engine {
        match value {
            Val::Node(node, typed) => to_engine(&self.session, &node, typed),
            Val::Computed(Value::Str(text)) => Engine::from(text),
            Val::Computed(value) => to_engine(&self.session, &Node::new(value, Origin::default()), None),
            Val::Unset(unset) => unset_to_engine(&self.session, unset),
            Val::Engine(value) => value,
        }
    }

    /// A value of the engine, back.
    pub fn take_back(&mut self, value: Engine) -> Try<Val> {
        if let Some(input) = value.downcast_object_ref::<Input>() {
            return Ok(match (&input.node, &input.unset) {
                (Some(node), _) => Val::Node(node.clone(), input.typed),
                (None, Some(unset)) => Val::Unset(unset.clone()),
                (None, None) => Val::Unset(Unset { typed: input.typed, path: None, near: Pos::NOWHERE }),
            });
        }
        Ok(match value.kind() {
            ValueKind::Undefined => Val::Unset(Unset { typed: None, path: None, near: Pos::NOWHERE }),
            ValueKind::None => Val::Computed(Value::Null),
            ValueKind::Bool => Val::Computed(Value::Bool(value.is_true())),
            ValueKind::Number => Val::Computed(number(&value)?),
            ValueKind::String => {
                let text = value.as_str().unwrap_or_default();
                let address = text.as_ptr() as usize;
                // The address of an empty text says nothing; the length tells a part from the whole.
                let same = |read: &&Read| {
                    read.address == address && !text.is_empty() && read.text.as_ref().is_some_and(|whole| whole.len() == text.len())
                };
                let record = self.session.record();
                match record.reads.iter().rev().find(same) {
                    Some(Read { text: Some(text), origin, .. }) => Val::Node(Node::new(Value::Str(text.clone()), *origin), None),
                    _ => Val::Computed(Value::Str(text.into())),
                }
            }
            ValueKind::Iterable => {
                // Filters may be lazy: what they read must be recorded now.
                let mut items = Vec::new();
                for item in value.try_iter().map_err(|error| self.engine_fault(&error, "the list"))? {
                    if !self.budget.step() {
                        return Err(self.passed());
                    }
                    items.push(item);
                }
                Val::Engine(Engine::from(items))
            }
            ValueKind::Seq | ValueKind::Map => Val::Engine(value),
            _ => return Err(Fault::new("the expression gives nothing that YAML can hold")),
        })
    }

    /// A value whose containers are nodes.
    pub fn settle(&mut self, value: Val) -> Try<Val> {
        let Val::Engine(value) = value else { return Ok(value) };
        let (node, typed) = self.settle_engine(&value, 0)?;
        Ok(Val::Node(node, typed))
    }

    fn settle_engine(&mut self, value: &Engine, depth: usize) -> Try<(Node, Option<Typed>)> {
        if depth > bounds::DEPTH {
            return Err(Fault::bound("the value nests too deeply"));
        }
        if !self.budget.step() {
            return Err(self.passed());
        }
        if let Some(unset) = unset_scalar(value) {
            return Err(Fault::new(format!("an item of the list is not set: `{}`", unset.name()))
                .help("leave it out with `| select('defined')`, or give it a value with `default`"));
        }
        match self.take_back(value.clone())? {
            Val::Node(node, typed) => Ok((node, typed)),
            Val::Computed(value) => Ok((Node::new(value, self.union()), None)),
            Val::Unset(unset) => {
                let empty =
                    if self.session.kind(unset.typed) == Kind::List { Value::List(Arc::default()) } else { Value::Map(Arc::default()) };
                Ok((Node::new(empty, self.union()), unset.typed))
            }
            Val::Engine(value) if value.kind() == ValueKind::Map => {
                let mut entries = Vec::new();
                for key in value.try_iter().map_err(|error| self.engine_fault(&error, "the map"))? {
                    let below = value.get_item(&key).map_err(|error| self.engine_fault(&error, "the map"))?;
                    let key = self.take_back(key)?;
                    let key = Key::new(&self.text_of(&key, "the key of a map")?);
                    if below.is_undefined() || unset_scalar(&below).is_some() {
                        continue;
                    }
                    let (node, _) = self.settle_engine(&below, depth + 1)?;
                    entries.push(Entry { key, key_at: self.site, node });
                }
                Ok((Node::map(entries, self.union()), None))
            }
            Val::Engine(value) => {
                let (mut items, mut typed, mut first) = (Vec::new(), None, true);
                for item in value.try_iter().map_err(|error| self.engine_fault(&error, "the list"))? {
                    if item.is_undefined() {
                        return Err(Fault::new("an item of the list is not set"));
                    }
                    let (node, item) = self.settle_engine(&item, depth + 1)?;
                    typed = if first || typed == item { item } else { None };
                    first = false;
                    items.push(node);
                }
                let typed = typed.map(|item: Typed| Typed { lists: item.lists.saturating_add(1), ..item });
                Ok((Node::list(items, self.union()), typed))
            }
        }
    }
}

/// A number of the engine.
fn number(value: &Engine) -> Try<Value> {
    if value.is_integer() {
        if let Ok(number) = i64::try_from(value.clone()) {
            return Ok(Value::Int(number));
        }
        return match u64::try_from(value.clone()) {
            Ok(number) => Ok(Value::UInt(number)),
            Err(_) => Err(Fault::new("the number is too large")),
        };
    }
    match f64::try_from(value.clone()) {
        Ok(number) if number.is_finite() => Ok(Value::Float(number)),
        _ => Err(Fault::new("the result is not a finite number")),
    }
}
