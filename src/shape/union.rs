//! Unions, and how the branch is told that a value means.

use super::{ShapeId, Shapes, Types};
use crate::tree::{Key, Node, Value};

/// One branch of a union.
#[derive(Clone, Debug)]
pub struct Arm {
    /// Its shape.
    pub shape: ShapeId,
    /// The keys that it requires.
    pub required: Vec<Key>,
    /// The keys that tell it from the other branches: nobody else declares them. Required ones first.
    pub telling: Vec<Key>,
    /// The values of the discriminator that mean it.
    pub tags: Vec<Node>,
    /// The discriminator's default in this branch.
    pub tag_default: Option<Node>,
}

/// How the branch is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum UnionForm {
    /// By the value of this key.
    Tagged(Key),
    /// Each branch only requires keys, of which exactly (`anyOf`: at least) one set must be there.
    Keys,
    /// Each branch is a fixed value, or one of some.
    Values,
    /// By the type of the value, by a key that only one branch has, or by trying.
    General,
}

/// `oneOf` or `anyOf`.
#[derive(Clone, Debug)]
pub struct Union {
    /// Whether it is `oneOf`: exactly one branch must fit; else at least one.
    pub exactly_one: bool,
    /// How the branch is told.
    pub form: UnionForm,
    /// The branches.
    pub arms: Vec<Arm>,
}

impl Union {
    /// The branch that a value means, without judging it in full: by discriminator, type, or a key that only one branch has.
    pub fn meant(&self, shapes: &Shapes, value: &Node) -> Option<&Arm> {
        if let UnionForm::Tagged(key) = self.form {
            return self.tagged(key, value);
        }
        let mut typed = self.arms.iter().filter(|arm| Types::of(&value.value).meets(shapes.shape(arm.shape).types));
        if let (Some(only), None) = (typed.next(), typed.next()) {
            return Some(only);
        }
        if value.entries().is_empty() {
            return None;
        }
        // Required keys tell more than optional ones.
        for required in [true, false] {
            let tells = |arm: &&Arm| {
                let mut keys = arm.telling.iter().filter(|key| !required || arm.required.contains(key));
                keys.any(|key| value.entry(*key).is_some_and(|entry| !entry.node.is_null()))
            };
            let mut told = self.arms.iter().filter(tells);
            match (told.next(), told.next()) {
                (Some(only), None) => return Some(only),
                (Some(_), Some(_)) => return None,
                _ => {}
            }
        }
        None
    }

    fn tagged(&self, key: Key, value: &Node) -> Option<&Arm> {
        match value.get(key) {
            Some(tag) => self.arms.iter().find(|arm| arm.tags.iter().any(|known| known.value == tag.value)),
            None if value.is_map() => self.arms.iter().find(|arm| arm.tag_default.is_some()),
            None => None,
        }
    }

    /// The discriminator's default for a value that does not set it.
    pub fn tag_default(&self, value: &Node) -> Option<(Key, &Node)> {
        let UnionForm::Tagged(key) = self.form else { return None };
        if !value.is_map() || value.get(key).is_some() {
            return None;
        }
        self.arms.iter().find_map(|arm| arm.tag_default.as_ref()).map(|default| (key, default))
    }
}

impl Types {
    /// The types that a value has: a whole number is an integer however it is written.
    pub fn of(value: &Value) -> Types {
        match value {
            Value::Null => Types::NULL,
            Value::Bool(_) => Types::BOOL,
            Value::Int(_) | Value::UInt(_) => Types::INTEGER,
            Value::Float(float) if float.fract() == 0.0 => Types::INTEGER,
            Value::Float(_) => Types(Types::NUMBER.0 & !Types::INTEGER.0),
            Value::Str(_) => Types::STRING,
            Value::List(_) => Types::LIST,
            Value::Map(_) => Types::MAP,
        }
    }
}
