//! Expressions to values. Plain paths, conditions, operators and text need no engine; filters and tests are the engine's.

use minijinja::value::{Kwargs, Value as Engine};

use super::fault::{Fault, Try};
use super::lookup::Found;
use super::{Evaluator, Frame};
use crate::source::Pos;
use crate::template::filters;
use crate::template::syntax::{Argument, Expr, Operator};
use crate::template::value::{Unset, Val};
use crate::tree::{Key, Node, Value};

/// Filters that give a value for one that is not set.
const TAKES_UNSET: &[&str] = &["coalesce", "d", "default"];
/// Tests that ask what a value is, so that it may be unset.
const ASKS: &[&str] = &["boolean", "false", "float", "int", "integer", "iterable", "mapping", "number", "sequence", "string", "true"];

const ABSENT: Val = Val::Unset(Unset { typed: None, path: None, near: Pos::NOWHERE });

impl Evaluator<'_> {
    /// The value of an expression.
    pub fn value(&mut self, expr: &Expr, scope: &Frame) -> Try<Val> {
        if !self.budget.step() {
            return Err(self.passed());
        }
        match expr {
            Expr::Literal(node) => Ok(Val::Computed(node.value.clone())),
            Expr::Path(path) => Ok(match self.walk(path, scope)? {
                Found::Node(node, typed) => {
                    self.session.read(node, Some(&path.text));
                    Val::Node(node.clone(), typed)
                }
                Found::Computed(value) => Val::Computed(value.clone()),
                Found::Unset(unset) => Val::Unset(unset),
            }),
            Expr::Attribute(inner, key) => {
                let value = self.value(inner, scope)?;
                self.attribute(value, *key)
            }
            Expr::Index(inner, index) => {
                let (value, index) = (self.value(inner, scope)?, self.value(index, scope)?);
                self.index(value, index)
            }
            Expr::Slice(inner, from, to) => self.slice(inner, from.as_deref(), to.as_deref(), scope),
            Expr::List(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    let value = self.value(item, scope)?;
                    out.push(self.for_engine(value));
                }
                Ok(Val::Engine(Engine::from(out)))
            }
            Expr::Map(entries) => {
                let mut out = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    let key = self.value(key, scope)?;
                    let key = self.text_of(&key, "the key of a map")?;
                    let value = self.value(value, scope)?;
                    if !matches!(value, Val::Unset(_)) {
                        out.push((key, self.for_engine(value)));
                    }
                }
                Ok(Val::Engine(Engine::from_pairs(out)))
            }
            Expr::Not(inner) => Ok(Val::Computed(Value::Bool(!self.truth(inner, scope)?))),
            Expr::Negate(inner) => {
                let value = self.value(inner, scope)?;
                match self.scalar(&value, "`-`")? {
                    Value::Int(number) => Ok(Val::Computed(number.checked_neg().map_or(Value::Float(-(number as f64)), Value::Int))),
                    Value::Float(number) => Ok(Val::Computed(Value::Float(-number))),
                    other => Err(Fault::new(format!("`-` needs a number, not a {}", other.type_name()))),
                }
            }
            Expr::And(left, right) => {
                let left = self.value(left, scope)?;
                if self.is_true(&left) { self.value(right, scope) } else { Ok(left) }
            }
            Expr::Or(left, right) => {
                let left = self.value(left, scope)?;
                if self.is_true(&left) { Ok(left) } else { self.value(right, scope) }
            }
            Expr::If(condition, then, otherwise) => {
                if self.truth(condition, scope)? {
                    self.value(then, scope)
                } else {
                    otherwise.as_ref().map_or(Ok(ABSENT), |otherwise| self.value(otherwise, scope))
                }
            }
            Expr::Binary(Operator::Concat, left, right) => {
                let (left, right) = (self.value(left, scope)?, self.value(right, scope)?);
                let mut text = self.text_of(&left, "`~`")?;
                text.push_str(&self.text_of(&right, "`~`")?);
                if !self.budget.text(text.len()) {
                    return Err(self.passed());
                }
                Ok(Val::Computed(Value::Str(text.into())))
            }
            Expr::Binary(operator, left, right) => {
                let (left, right) = (self.value(left, scope)?, self.value(right, scope)?);
                self.operate(*operator, left, right)
            }
            Expr::Filter(inner, name, arguments) => self.filter(inner, *name, arguments, scope),
            Expr::Test(inner, name, arguments, negated) => {
                let holds = self.test(inner, *name, arguments, scope)?;
                Ok(Val::Computed(Value::Bool(holds != *negated)))
            }
            Expr::Call(callee, arguments) => self.call(callee, arguments, scope),
        }
    }

    /// Whether an expression holds.
    pub fn truth(&mut self, expr: &Expr, scope: &Frame) -> Try<bool> {
        let value = self.value(expr, scope)?;
        Ok(self.is_true(&value))
    }

    fn arguments(&mut self, arguments: &[Argument], lenient: bool, what: &str, scope: &Frame, out: &mut Vec<Engine>) -> Try<()> {
        let mut named = Vec::new();
        for argument in arguments {
            let value = self.value(&argument.value, scope)?;
            if !lenient {
                self.must_be_set(&value, what)?;
            }
            let value = self.for_engine(value);
            match argument.name {
                Some(name) => named.push((name.as_str(), value)),
                None => out.push(value),
            }
        }
        if !named.is_empty() {
            out.push(Kwargs::from_iter(named).into());
        }
        Ok(())
    }

    fn filter(&mut self, inner: &Expr, name: Key, arguments: &[Argument], scope: &Frame) -> Try<Val> {
        let lenient = TAKES_UNSET.contains(&name.as_str());
        let what = format!("`{name}`");
        let input = self.value(inner, scope)?;
        if !lenient {
            self.must_be_set(&input, &what)?;
        }
        let mut all = vec![self.for_engine(input)];
        self.arguments(arguments, lenient, &what, scope, &mut all)?;
        let result = self.engine().apply_filter(name.as_str(), &all);
        self.finish(result, &what)
    }

    fn finish(&mut self, result: Result<Engine, minijinja::Error>, what: &str) -> Try<Val> {
        let value = match result {
            Ok(value) if value.as_str().is_some_and(|text| !self.budget.text(text.len())) => Err(self.passed()),
            Ok(value) => self.take_back(value),
            Err(error) => Err(self.engine_fault(&error, what)),
        };
        let mut record = self.session.record();
        record.unset.clear();
        match record.misses.first().cloned() {
            // A lookup that the engine swallowed is the cause of whatever it made of it.
            Some(miss) => {
                record.misses.clear();
                Err(Fault::new(miss))
            }
            None => value,
        }
    }

    /// What the engine says, without the values of variables.
    pub fn engine_fault(&self, error: &minijinja::Error, what: &str) -> Box<Fault> {
        if error.kind() == minijinja::ErrorKind::OutOfFuel {
            return Fault::bound("the template's filters do too much");
        }
        if let Some(name) = self.session.record().unset.first() {
            let help = "give it a value with `default`, or guard it with `$if`";
            return Fault::new(format!("`{name}` is not set, and {what} needs a value")).help(help);
        }
        let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        Fault::new(format!("{what} does not work here: {detail}"))
    }

    fn test(&mut self, inner: &Expr, name: Key, arguments: &[Argument], scope: &Frame) -> Try<bool> {
        let input = self.value(inner, scope)?;
        match name.as_str() {
            "defined" => return Ok(!matches!(input, Val::Unset(_))),
            "undefined" => return Ok(matches!(input, Val::Unset(_))),
            "none" => return Ok(is_null(&input)),
            _ => {}
        }
        let what = format!("`is {name}`");
        if ASKS.contains(&name.as_str()) {
            if matches!(input, Val::Unset(_)) {
                return Ok(false);
            }
        } else {
            self.must_be_set(&input, &what)?;
        }
        let mut all = vec![self.for_engine(input)];
        self.arguments(arguments, false, &what, scope, &mut all)?;
        let result = self.engine().perform_test(name.as_str(), &all).map(Engine::from);
        let result = self.finish(result, &what)?;
        Ok(self.is_true(&result))
    }

    fn call(&mut self, callee: &Expr, arguments: &[Argument], scope: &Frame) -> Try<Val> {
        let Expr::Path(path) = callee else { return Err(Fault::new("only functions can be called")) };
        let mut all = Vec::new();
        match (path.root.as_str(), path.keys.as_ref()) {
            ("context", [key]) if key.as_str() == "container" => {
                self.arguments(arguments, false, "`container`", scope, &mut all)?;
                let name = all.first().and_then(|name| name.as_str());
                self.container(name.ok_or_else(|| Fault::new("`container` takes the name of a container"))?, scope)
            }
            ("coalesce", []) => {
                for argument in arguments {
                    let value = self.value(&argument.value, scope)?;
                    if !matches!(value, Val::Unset(_)) && !is_null(&value) {
                        return Ok(value);
                    }
                }
                Ok(ABSENT)
            }
            ("range", []) => {
                self.arguments(arguments, false, "`range`", scope, &mut all)?;
                let numbers = filters::range(&all).map_err(|problem| match problem {
                    Some(problem) => Fault::new(problem),
                    None => Fault::bound("the range is too long"),
                })?;
                if !self.budget.steps(numbers.len()) {
                    return Err(self.passed());
                }
                Ok(Val::Engine(Engine::from_iter(numbers)))
            }
            ("dict", []) => {
                let mut out = Vec::new();
                for argument in arguments {
                    let name = argument.name.ok_or_else(|| Fault::new("`dict` takes `name=value`"))?;
                    let value = self.value(&argument.value, scope)?;
                    if !matches!(value, Val::Unset(_)) {
                        out.push((name.as_str(), self.for_engine(value)));
                    }
                }
                Ok(Val::Engine(Engine::from_pairs(out)))
            }
            _ => Err(Fault::new(format!("there is no function `{}`", path.text))),
        }
    }
}

fn is_null(value: &Val) -> bool {
    matches!(value, Val::Computed(Value::Null) | Val::Node(Node { value: Value::Null, .. }, _))
}
