//! Lookups: paths, properties, items, slices.

use std::sync::Arc;

use minijinja::value::Value as Engine;

use super::fault::{Fault, Try};
use super::{Evaluator, Frame};
use crate::shape::Kind;
use crate::source::Pos;
use crate::template::syntax::{Expr, Path};
use crate::template::value::{Typed, Unset, Val};
use crate::tree::{Key, Node, Value};

/// What a plain path leads to, without a copy.
pub enum Found<'s> {
    Node(&'s Node, Option<Typed>),
    Computed(&'s Value),
    Unset(Unset),
}

impl Evaluator<'_> {
    /// Walks a plain path.
    pub fn walk<'s>(&self, path: &Path, scope: &'s Frame) -> Try<Found<'s>> {
        let (mut node, mut typed) = match scope.find(path.root) {
            Some(Val::Node(node, typed)) => (node, *typed),
            Some(Val::Computed(value)) => {
                return match (value, path.keys.first()) {
                    (value, None) => Ok(Found::Computed(value)),
                    (Value::Null, Some(_)) => self.walk_unset(path, 0, Unset { typed: None, path: None, near: Pos::NOWHERE }),
                    (value, Some(key)) => Err(no_property(path.root.as_str(), value, *key)),
                };
            }
            Some(Val::Unset(unset)) => return self.walk_unset(path, 0, unset.clone()),
            Some(Val::Engine(_)) | None => return Err(Fault::new(format!("there is no variable `{}`", path.root))),
        };
        for (index, key) in path.keys.iter().enumerate() {
            let below = match self.session.child(typed, *key) {
                Ok(below) => below,
                Err(()) => return Err(self.undeclared(typed, *key)),
            };
            let found = match &node.value {
                Value::Map(entries) => entries.iter().find(|entry| entry.key == *key),
                Value::Null => None,
                other => return Err(no_property(&prefix(path, index), other, *key)),
            };
            match found {
                Some(entry) => (node, typed) = (&entry.node, below),
                None => return self.walk_unset(path, index + 1, Unset { typed: below, path: None, near: node.origin.author() }),
            }
        }
        Ok(Found::Node(node, typed))
    }

    fn walk_unset<'s>(&self, path: &Path, from: usize, mut unset: Unset) -> Try<Found<'s>> {
        for (index, key) in path.keys.iter().enumerate().skip(from) {
            if self.session.kind(unset.typed) == Kind::Scalar {
                return Err(Fault::new(format!("`{}` has no properties, so no `{key}`", prefix(path, index))));
            }
            unset.typed = self.session.child(unset.typed, *key).map_err(|()| self.undeclared(unset.typed, *key))?;
        }
        unset.path = Some(path.text.clone());
        Ok(Found::Unset(unset))
    }

    fn undeclared(&self, typed: Option<Typed>, key: Key) -> Box<Fault> {
        let Some(typed) = typed else { return Fault::new(format!("there is no property `{key}`")) };
        let fault = Fault::new(format!("`{}` has no property `{key}`", self.session.name_of(typed)));
        match crate::diag::did_you_mean(key.as_str(), self.session.known(typed)) {
            Some(best) => fault.help(format!("did you mean `{best}`?")),
            None => fault,
        }
    }

    /// `value.key`
    pub fn attribute(&mut self, value: Val, key: Key) -> Try<Val> {
        match value {
            Val::Node(node, typed) => {
                let below = self.session.child(typed, key).map_err(|()| self.undeclared(typed, key))?;
                match &node.value {
                    Value::Map(_) | Value::Null => Ok(match node.get(key) {
                        Some(found) => {
                            self.session.read(found, None);
                            Val::Node(found.clone(), below)
                        }
                        None => {
                            let path = below.is_none().then(|| Arc::from(key.as_str()));
                            Val::Unset(Unset { typed: below, path, near: node.origin.author() })
                        }
                    }),
                    other => Err(no_property("the value", other, key)),
                }
            }
            Val::Computed(Value::Null) => Ok(Val::Unset(Unset { typed: None, path: Some(key.as_str().into()), near: Pos::NOWHERE })),
            Val::Computed(value) => Err(no_property("the value", &value, key)),
            Val::Unset(unset) => {
                if self.session.kind(unset.typed) == Kind::Scalar {
                    let name = self.session.name_of_unset(&unset);
                    return Err(Fault::new(format!("`{name}` has no properties, so no `{key}`")));
                }
                let typed = self.session.child(unset.typed, key).map_err(|()| self.undeclared(unset.typed, key))?;
                let path = unset.path.map(|path| Arc::from(format!("{path}.{key}")));
                Ok(Val::Unset(Unset { typed, path, near: unset.near }))
            }
            Val::Engine(value) => {
                let found = value.get_attr(key.as_str()).map_err(|error| self.engine_fault(&error, key.as_str()))?;
                self.take_back(found)
            }
        }
    }

    /// `value[index]`
    pub fn index(&mut self, value: Val, index: Val) -> Try<Val> {
        let index = self.scalar(&index, "an index")?;
        match (value, index) {
            (value, Value::Str(key)) => self.attribute(value, Key::new(&key)),
            (Val::Node(Node { value: Value::List(items), origin }, typed), Value::Int(index)) => {
                let below = self.session.item(typed);
                let position = if index < 0 { items.len().checked_sub(index.unsigned_abs() as usize) } else { Some(index as usize) };
                Ok(match position.and_then(|position| items.get(position)) {
                    Some(item) => {
                        self.session.read(item, None);
                        Val::Node(item.clone(), below)
                    }
                    None => Val::Unset(Unset { typed: below, path: None, near: origin.author() }),
                })
            }
            (Val::Unset(unset), Value::Int(_)) if self.session.kind(unset.typed) != Kind::Scalar => {
                Ok(Val::Unset(Unset { typed: self.session.item(unset.typed), path: None, near: unset.near }))
            }
            (Val::Engine(list), Value::Int(index)) => {
                let length = list.len().unwrap_or(0) as i64;
                let index = if index < 0 { index + length } else { index };
                let found = list.get_item(&Engine::from(index)).unwrap_or_default();
                self.take_back(found)
            }
            (_, index) => Err(Fault::new(format!("a {} is no index of this value", index.type_name()))),
        }
    }

    /// `value[from:to]`
    pub fn slice(&mut self, inner: &Expr, from: Option<&Expr>, to: Option<&Expr>, scope: &Frame) -> Try<Val> {
        let value = self.value(inner, scope)?;
        let mut bound = |expr: Option<&Expr>| -> Try<Option<i64>> {
            let Some(expr) = expr else { return Ok(None) };
            let value = self.value(expr, scope)?;
            match self.scalar(&value, "a slice")? {
                Value::Int(number) => Ok(Some(number)),
                other => Err(Fault::new(format!("a slice needs integers, not a {}", other.type_name()))),
            }
        };
        let (from, to) = (bound(from)?, bound(to)?);
        let range = |length: usize| {
            let place = |index: i64| (if index < 0 { index + length as i64 } else { index }).clamp(0, length as i64) as usize;
            let (start, end) = (from.map_or(0, place), to.map_or(length, place));
            start..end.max(start)
        };
        match self.settle(value)? {
            Val::Node(Node { value: Value::List(items), origin }, typed) => {
                let part = items[range(items.len())].to_vec();
                Ok(Val::Node(Node::list(part, origin), typed))
            }
            Val::Unset(unset) if self.session.kind(unset.typed) != Kind::Scalar => Ok(Val::Unset(unset)),
            other => {
                let text: Vec<char> = match self.scalar(&other, "a slice")? {
                    Value::Str(text) => text.chars().collect(),
                    other => return Err(Fault::new(format!("a {} cannot be sliced", other.type_name()))),
                };
                let part: String = text[range(text.len())].iter().collect();
                Ok(Val::Computed(Value::Str(part.into())))
            }
        }
    }

    /// `context.container(name)`: the container of the pod.
    pub fn container(&mut self, name: &str, scope: &Frame) -> Try<Val> {
        let Some(Val::Node(context, _)) = scope.find(Key::new("context")) else {
            return Err(Fault::new("there is no `context` here"));
        };
        let list = Key::new("containers");
        let item = self.session.item(self.session.child(self.session.pod, list).unwrap_or(None));
        let containers = context.field("pod").and_then(|pod| pod.get(list)).map_or(&[][..], Node::items);
        Ok(match containers.iter().find(|container| container.field("name").and_then(Node::as_str) == Some(name)) {
            Some(container) => {
                self.session.read(container, None);
                Val::Node(container.clone(), item)
            }
            None => {
                let path = Some(format!("context.container('{name}')").into());
                Val::Unset(Unset { typed: item, path, near: Pos::NOWHERE })
            }
        })
    }
}

fn prefix(path: &Path, keys: usize) -> String {
    std::iter::once(path.root).chain(path.keys.iter().take(keys).copied()).map(Key::as_str).collect::<Vec<_>>().join(".")
}

fn no_property(name: &str, value: &Value, key: Key) -> Box<Fault> {
    Fault::new(format!("`{name}` is a {}; it has no `{key}`", value.type_name()))
}
