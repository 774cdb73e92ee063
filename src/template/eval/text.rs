//! Text with expressions in it.

use super::fault::{Fault, Try};
use super::lookup::Found;
use super::operators::write_text;
use super::{Evaluator, Frame};
use crate::shape::Kind;
use crate::template::syntax::{Expr, Part};
use crate::template::value::Val;
use crate::tree::{Key, Node, Origin, Value};

impl Evaluator<'_> {
    /// The text that parts make.
    pub fn text(&mut self, parts: &[Part], scope: &Frame) -> Try<String> {
        let mut out = String::new();
        self.parts(parts, scope, &mut out)?;
        Ok(out)
    }

    fn parts(&mut self, parts: &[Part], scope: &Frame, out: &mut String) -> Try<()> {
        for part in parts {
            let before = out.len();
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Value(Expr::Path(path)) => match self.walk(path, scope)? {
                    Found::Node(node, _) if write_text(&node.value, out) => self.session.read(node, Some(&path.text)),
                    Found::Computed(value) if write_text(value, out) => {}
                    Found::Node(node, typed) => {
                        let value = Val::Node(node.clone(), typed);
                        self.text_of(&value, "text")?;
                    }
                    Found::Computed(_) => return Err(Fault::new("the value has no text")),
                    Found::Unset(unset) => {
                        self.text_of(&Val::Unset(unset), "text")?;
                    }
                },
                Part::Value(expr) => {
                    let value = self.value(expr, scope)?;
                    out.push_str(&self.text_of(&value, "text")?);
                }
                Part::If(branches, otherwise) => {
                    let mut chosen = otherwise;
                    for (condition, body) in branches {
                        if self.truth(condition, scope)? {
                            chosen = body;
                            break;
                        }
                    }
                    self.parts(chosen, scope, out)?;
                    continue;
                }
                Part::For(names, over, body, otherwise) => {
                    self.repeat(names, over, body, otherwise, scope, out)?;
                    continue;
                }
            }
            if !self.budget.text(out.len() - before) {
                return Err(self.passed());
            }
        }
        Ok(())
    }

    fn repeat(&mut self, names: &[Key], over: &Expr, body: &[Part], otherwise: &[Part], scope: &Frame, out: &mut String) -> Try<()> {
        let value = self.value(over, scope)?;
        let (node, typed) = match self.settle(value)? {
            Val::Node(node, typed) => (node, typed),
            Val::Unset(unset) if self.session.kind(unset.typed) != Kind::Scalar => return self.parts(otherwise, scope, out),
            _ => return Err(Fault::new("`{% for %}` walks lists and maps, not single values")),
        };
        let mut rounds = Vec::new();
        match &node.value {
            Value::List(items) => {
                let below = self.session.item(typed);
                for (index, item) in items.iter().enumerate() {
                    let value = Val::Node(item.clone(), below);
                    rounds.push(match names {
                        [index_name, name] => scope.with(*index_name, Val::Computed(Value::Int(index as i64))).with(*name, value),
                        names => scope.with(names[0], value),
                    });
                }
            }
            Value::Map(entries) => {
                for entry in entries.iter() {
                    let key = Val::Node(Node::str(entry.key.as_str(), Origin::written(entry.key_at)), None);
                    let mut inner = scope.with(names[0], key);
                    if let Some(name) = names.get(1) {
                        let below = self.session.child(typed, entry.key).unwrap_or(None);
                        inner = inner.with(*name, Val::Node(entry.node.clone(), below));
                    }
                    rounds.push(inner);
                }
            }
            Value::Null => {}
            other => return Err(Fault::new(format!("`{{% for %}}` walks lists and maps, not a {}", other.type_name()))),
        }
        if rounds.is_empty() {
            return self.parts(otherwise, scope, out);
        }
        for round in rounds {
            if !self.budget.step() {
                return Err(self.passed());
            }
            self.parts(body, &round, out)?;
        }
        Ok(())
    }
}
