//! Operators, truth and text of values.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write;

use super::Evaluator;
use super::fault::{Fault, Try};
use crate::shape::Kind;
use crate::template::syntax::Operator;
use crate::template::value::Val;
use crate::tree::{Node, Value};

impl Evaluator<'_> {
    /// Whether a value counts as true.
    pub fn is_true(&self, value: &Val) -> bool {
        let plain = |value: &Value| match value {
            Value::Null => false,
            Value::Bool(value) => *value,
            Value::Int(number) => *number != 0,
            Value::UInt(number) => *number != 0,
            Value::Float(number) => *number != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Map(entries) => !entries.is_empty(),
        };
        match value {
            Val::Node(node, _) => plain(&node.value),
            Val::Computed(value) => plain(value),
            Val::Unset(_) => false,
            Val::Engine(value) => value.is_true(),
        }
    }

    /// An unset scalar is an error wherever its value is needed; an unset list or map is an empty one.
    pub fn must_be_set(&self, value: &Val, what: &str) -> Try<()> {
        match value {
            Val::Unset(unset) if !matches!(self.session.kind(unset.typed), Kind::Map | Kind::List) => {
                let name = self.session.name_of_unset(unset);
                let quoted = if unset.path.is_some() || unset.typed.is_some() { format!("`{name}`") } else { name };
                Err(Fault::new(format!("{quoted} is not set, and {what} needs a value"))
                    .help("give it a value with `default`, or guard it with `$if`"))
            }
            _ => Ok(()),
        }
    }

    /// The scalar in a value.
    pub fn scalar(&self, value: &Val, what: &str) -> Try<Value> {
        self.must_be_set(value, what)?;
        match value {
            Val::Node(node, _) if !node.is_list() && !node.is_map() => Ok(node.value.clone()),
            Val::Computed(value) => Ok(value.clone()),
            Val::Node(Node { value: Value::List(_), .. }, _) => Err(Fault::new(format!("{what} needs a single value, not a list"))),
            _ => Err(Fault::new(format!("{what} needs a single value, not a list or map"))),
        }
    }

    /// The text of a value, as YAML writes it.
    pub fn text_of(&self, value: &Val, what: &str) -> Try<String> {
        self.must_be_set(value, what)?;
        let scalar = match value {
            Val::Node(node, _) => Cow::Borrowed(&node.value),
            Val::Computed(value) => Cow::Borrowed(value),
            Val::Unset(_) => return Err(Fault::new(format!("an empty list or map has no text for {what}"))),
            Val::Engine(value) => {
                let kind = if value.kind() == minijinja::value::ValueKind::Map { "map" } else { "list" };
                return Err(no_text(kind));
            }
        };
        plain_text(&scalar).ok_or_else(|| no_text(scalar.type_name()))
    }

    /// Any operator but `~`.
    pub fn operate(&mut self, operator: Operator, left: Val, right: Val) -> Try<Val> {
        let what = format!("`{}`", operator.as_str());
        if matches!(operator, Operator::In | Operator::NotIn) {
            let holds = self.contains(&left, right)?;
            return Ok(Val::Computed(Value::Bool(holds == (operator == Operator::In))));
        }
        let (left, right) = (self.operand(left, &what)?, self.operand(right, &what)?);
        if matches!(operator, Operator::Equal | Operator::NotEqual) {
            return Ok(Val::Computed(Value::Bool((left == right) == (operator == Operator::Equal))));
        }
        let value = match operator {
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                let order = compare(&left, &right).ok_or_else(|| {
                    Fault::new(format!("{what} cannot compare a {} with a {}", left.type_name(), right.type_name()))
                        .help("turn text into a number with `| int` or `| quantity`")
                })?;
                Value::Bool(match operator {
                    Operator::Less => order == Ordering::Less,
                    Operator::LessOrEqual => order != Ordering::Greater,
                    Operator::Greater => order == Ordering::Greater,
                    _ => order != Ordering::Less,
                })
            }
            Operator::Add if matches!((&left, &right), (Value::Str(_), Value::Str(_))) => {
                let text = format!("{}{}", plain_text(&left).unwrap_or_default(), plain_text(&right).unwrap_or_default());
                if !self.budget.text(text.len()) {
                    return Err(self.passed());
                }
                Value::Str(text.into())
            }
            Operator::Add if matches!((&left, &right), (Value::List(_), Value::List(_))) => {
                let (Value::List(left), Value::List(right)) = (left, right) else { return Err(no_text("list")) };
                if !self.budget.steps(left.len() + right.len()) {
                    return Err(self.passed());
                }
                let items: Vec<Node> = left.iter().chain(right.iter()).cloned().collect();
                let origin = self.union();
                return Ok(Val::Node(Node::list(items, origin), None));
            }
            _ => arithmetic(operator, &left, &right)?,
        };
        Ok(Val::Computed(value))
    }

    fn operand(&mut self, value: Val, what: &str) -> Try<Value> {
        self.must_be_set(&value, what)?;
        Ok(match self.settle(value)? {
            Val::Node(node, _) => node.value,
            Val::Computed(value) => value,
            Val::Unset(unset) if self.session.kind(unset.typed) == Kind::List => Value::List(Default::default()),
            _ => Value::Map(Default::default()),
        })
    }

    fn contains(&mut self, left: &Val, right: Val) -> Try<bool> {
        let wanted = self.operand(left.clone(), "`in`")?;
        match self.settle(right)? {
            Val::Unset(unset) => match self.session.kind(unset.typed) {
                Kind::Scalar => self.must_be_set(&Val::Unset(unset), "`in`").map(|()| false),
                Kind::Map | Kind::List | Kind::Any => Ok(false),
            },
            Val::Node(Node { value, .. }, _) | Val::Computed(value) => match (&value, &wanted) {
                (Value::List(items), wanted) => {
                    if !self.budget.steps(items.len()) {
                        return Err(self.passed());
                    }
                    Ok(items.iter().any(|item| item.value == *wanted))
                }
                (Value::Map(entries), Value::Str(key)) => Ok(entries.iter().any(|entry| entry.key.as_str() == &**key)),
                (Value::Str(text), Value::Str(part)) => Ok(text.contains(&**part)),
                (Value::Null, _) => Ok(false),
                (value, wanted) => Err(Fault::new(format!("a {} cannot be `in` a {}", wanted.type_name(), value.type_name()))),
            },
            Val::Engine(_) => Ok(false),
        }
    }
}

fn no_text(kind: &str) -> Box<Fault> {
    Fault::new(format!("a {kind} has no text")).help("join a list with `| join(',')`; `| to_json` and `| to_yaml` write any value")
}

/// The text of a scalar, as YAML writes it.
pub fn plain_text(value: &Value) -> Option<String> {
    let mut out = String::new();
    write_text(value, &mut out).then_some(out)
}

/// Writes the text of a scalar; `false`: it is none.
pub fn write_text(value: &Value, out: &mut String) -> bool {
    // Writing to a string cannot fail.
    let _ = match value {
        Value::Null => out.write_str("null"),
        Value::Bool(value) => write!(out, "{value}"),
        Value::Int(number) => write!(out, "{number}"),
        Value::UInt(number) => write!(out, "{number}"),
        // As JSON: 2.0 keeps its fraction.
        Value::Float(number) => write!(out, "{}", serde_json::Value::from(*number)),
        Value::Str(text) => out.write_str(text),
        Value::List(_) | Value::Map(_) => return false,
    };
    true
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::UInt(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

fn whole(value: &Value) -> Option<i128> {
    match value {
        Value::Int(number) => Some(i128::from(*number)),
        Value::UInt(number) => Some(i128::from(*number)),
        _ => None,
    }
}

fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Str(left), Value::Str(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        _ => match (whole(left), whole(right)) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => float(left)?.partial_cmp(&float(right)?),
        },
    }
}

fn arithmetic(operator: Operator, left: &Value, right: &Value) -> Try<Value> {
    let sign = operator.as_str();
    let (Some(a), Some(b)) = (float(left), float(right)) else {
        let fault = Fault::new(format!("`{sign}` needs numbers, not a {} and a {}", left.type_name(), right.type_name()));
        return Err(match operator {
            Operator::Add => fault.help("`~` joins text; `| merge(other)` joins maps"),
            _ => fault.help("`| int`, `| float` and `| quantity` turn text into numbers"),
        });
    };
    if matches!(operator, Operator::Divide | Operator::DivideWhole | Operator::Remainder) && b == 0.0 {
        return Err(Fault::new(format!("`{sign}` by zero")));
    }
    if let (Some(a), Some(b)) = (whole(left), whole(right))
        && operator != Operator::Divide
    {
        // Operands have 64 bits: only powers can pass 128.
        let result = match operator {
            Operator::Add => Some(a + b),
            Operator::Subtract => Some(a - b),
            Operator::Multiply => a.checked_mul(b),
            Operator::DivideWhole => Some(a.div_euclid(b) - i128::from(b < 0 && a.rem_euclid(b) != 0)),
            Operator::Remainder => Some(((a % b) + b) % b),
            _ => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
        };
        return match result {
            Some(number) => match (i64::try_from(number), u64::try_from(number)) {
                (Ok(number), _) => Ok(Value::Int(number)),
                (_, Ok(number)) => Ok(Value::UInt(number)),
                _ => Err(Fault::new(format!("the result of `{sign}` is too large"))),
            },
            None if operator == Operator::Power && b < 0 => Ok(Value::Float((a as f64).powf(b as f64))),
            None => Err(Fault::new(format!("the result of `{sign}` is too large"))),
        };
    }
    let number = match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        Operator::DivideWhole => (a / b).floor(),
        Operator::Remainder => a - b * (a / b).floor(),
        _ => a.powf(b),
    };
    if number.is_finite() { Ok(Value::Float(number)) } else { Err(Fault::new(format!("the result of `{sign}` is too large"))) }
}
