//! What is known of a value without evaluating anything.

use crate::shape::{Kind, Types};
use crate::template::value::{Session, Typed};
use crate::tree::{Key, Node, Value};

/// What is known of a value.
#[derive(Clone, Debug)]
pub enum Known {
    /// Nothing.
    Any,
    /// Its shape.
    Shape(Typed),
    /// A scalar of these types.
    Types(Types),
    /// A list of these.
    List(Box<Known>),
    /// A map that a template makes: its keys; the flag: there are no others.
    Map(Vec<(Key, Known)>, bool),
}

impl Known {
    /// Text.
    pub const TEXT: Known = Known::Types(Types::STRING);

    /// What is known of a literal.
    pub fn of(node: &Node) -> Known {
        match &node.value {
            Value::Null => Known::Any,
            Value::Bool(_) => Known::Types(Types::BOOL),
            Value::Int(_) | Value::UInt(_) => Known::Types(Types::INTEGER),
            Value::Float(_) => Known::Types(Types::NUMBER),
            Value::Str(_) => Known::TEXT,
            Value::List(items) => {
                let items = items.iter().map(Known::of).reduce(Known::join);
                Known::List(Box::new(items.unwrap_or(Known::Any)))
            }
            Value::Map(entries) => Known::Map(entries.iter().map(|entry| (entry.key, Known::of(&entry.node))).collect(), true),
        }
    }

    /// What is known of a value that is one of two.
    pub fn join(self, other: Known) -> Known {
        match (self, other) {
            (Known::Shape(a), Known::Shape(b)) if a == b => Known::Shape(a),
            (Known::Types(a), Known::Types(b)) => Known::Types(a.or(b)),
            (Known::List(a), Known::List(b)) => Known::List(Box::new(a.join(*b))),
            (Known::Map(mut a, closed_a), Known::Map(b, closed_b)) => {
                for (key, known) in b {
                    match a.iter_mut().find(|(other, _)| *other == key) {
                        Some((_, other)) => *other = std::mem::replace(other, Known::Any).join(known),
                        None => a.push((key, known)),
                    }
                }
                Known::Map(a, closed_a && closed_b)
            }
            _ => Known::Any,
        }
    }

    /// The types that it may have, if anything is known.
    pub fn types(&self, session: &Session) -> Option<Types> {
        match self {
            Known::Any => None,
            Known::Shape(typed) => session.types(*typed),
            Known::Types(types) => Some(*types),
            Known::List(_) => Some(Types::LIST),
            Known::Map(..) => Some(Types::MAP),
        }
    }

    /// Whether it can be no list and no map.
    pub fn is_scalar(&self, session: &Session) -> bool {
        match self {
            Known::Shape(typed) => session.kind(Some(*typed)) == Kind::Scalar,
            Known::Types(_) => true,
            _ => false,
        }
    }

    /// What the items of a list are.
    pub fn item(&self, session: &Session) -> Known {
        match self {
            Known::List(item) => (**item).clone(),
            Known::Shape(typed) => session.item(Some(*typed)).map_or(Known::Any, Known::Shape),
            _ => Known::Any,
        }
    }

    /// What a loop with so many names binds.
    pub fn rounds(&self, session: &Session, names: usize) -> (Known, Known) {
        let map = match self {
            Known::Map(..) => Some(Known::Any),
            Known::Shape(typed) if session.kind(Some(*typed)) == Kind::Map => Some(session.each(*typed).map_or(Known::Any, Known::Shape)),
            _ => None,
        };
        match (map, names) {
            (Some(each), _) => (Known::TEXT, each),
            (None, 1) => (self.item(session), Known::Any),
            (None, _) => (Known::Types(Types::INTEGER).or_text(self), self.item(session)),
        }
    }

    /// The first name of two is a number for a list, text for a map, unknown for what may be either.
    fn or_text(self, over: &Known) -> Known {
        if matches!(over, Known::Any) { Known::Any } else { self }
    }
}

/// The names in scope, inner ones last.
#[derive(Debug, Default)]
pub struct Names(Vec<(Key, Known)>);

impl Names {
    pub fn push(&mut self, key: Key, known: Known) {
        self.0.push((key, known));
    }

    pub fn depth(&self) -> usize {
        self.0.len()
    }

    pub fn truncate(&mut self, depth: usize) {
        self.0.truncate(depth);
    }

    pub fn find(&self, key: Key) -> Option<&Known> {
        self.0.iter().rev().find(|(name, _)| *name == key).map(|(_, known)| known)
    }

    pub fn all(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }

    /// Leaves `context` alone; the result is what was there.
    pub fn only_context(&mut self) -> Names {
        let context = self.0.iter().filter(|(key, _)| key.as_str() == "context").cloned().collect();
        std::mem::replace(self, Names(context))
    }
}
