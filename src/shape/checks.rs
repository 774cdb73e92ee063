//! What a value must satisfy beyond its type, properties and items: most shapes have none of it.

use std::sync::OnceLock;

use regex::Regex;

use super::format::go;
use super::{ShapeId, Union};
use crate::source::Pos;
use crate::tree::{Key, Value};

/// A limit of a number.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The number.
    pub limit: Value,
    /// Whether it is the highest that is allowed, else the lowest.
    pub upper: bool,
    /// Whether the limit itself is not allowed.
    pub exclusive: bool,
}

/// How many there may be, both ends included.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Limits {
    /// At least so many.
    pub min: Option<u64>,
    /// At most so many.
    pub max: Option<u64>,
}

impl Limits {
    /// Whether `count` is within.
    pub fn hold(self, count: u64) -> bool {
        self.min.is_none_or(|min| count >= min) && self.max.is_none_or(|max| count <= max)
    }
}

/// A regular expression as the schema has it, and as it is matched.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As written.
    pub text: Box<str>,
    /// Compiled; `None` inside for one that cannot be, which every text matches.
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// A pattern that was compiled.
    pub(super) fn new(text: &str, regex: Regex) -> Pattern {
        Pattern { text: text.into(), regex: Some(regex).into() }
    }

    /// A pattern of Go that is known to be right: compiled when it is first matched. Compiling takes longer than all else in a schema.
    pub(super) fn published(text: &str) -> Pattern {
        Pattern { text: text.into(), regex: OnceLock::new() }
    }

    /// Whether a text matches.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.get_or_init(|| go(&self.text)).as_ref().is_none_or(|regex| regex.is_match(text))
    }
}

/// `if`, `then`, `else`.
#[derive(Clone, Debug)]
pub struct Condition {
    /// What decides.
    pub test: ShapeId,
    /// Holds where the test does.
    pub then: Option<ShapeId>,
    /// Holds where the test does not.
    pub otherwise: Option<ShapeId>,
}

/// A condition in a language of its own (`x-kubernetes-validations`), kept for those who can judge it.
#[derive(Clone, Debug, Default)]
pub struct Validation {
    /// The condition.
    pub rule: Box<str>,
    /// What it says where it does not hold.
    pub message: Option<Box<str>>,
    /// An expression of that text.
    pub message_expression: Option<Box<str>>,
    /// The field that is to blame, as `.spec.ports`.
    pub field: Option<Box<str>>,
    /// Where the condition stands.
    pub at: Pos,
}

/// What a value must satisfy beyond its type, properties and items.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// Conditions in a language of their own, which nothing here judges.
    pub validations: Vec<Validation>,
    /// `minimum`, `maximum` and their exclusive forms.
    pub bounds: Vec<Bound>,
    /// `multipleOf`
    pub multiple_of: Option<Value>,
    /// `minLength`, `maxLength`, in characters.
    pub length: Limits,
    /// `pattern`
    pub pattern: Option<Pattern>,
    /// `minItems`, `maxItems`
    pub items: Limits,
    /// `uniqueItems`, and lists of type `set`
    pub unique: bool,
    /// Keys in which the items of a list differ: lists of type `map`.
    pub keys: Vec<Key>,
    /// `minProperties`, `maxProperties`
    pub properties: Limits,
    /// `patternProperties`
    pub patterns: Vec<(Pattern, ShapeId)>,
    /// `propertyNames`
    pub names: Option<ShapeId>,
    /// Keys that must be there and are not declared properties.
    pub required: Vec<Key>,
    /// `dependentRequired`: where the key is there, so must the others be.
    pub dependent: Vec<(Key, Vec<Key>)>,
    /// `allOf`, and the target of a `$ref` that has siblings.
    pub all: Vec<ShapeId>,
    /// `oneOf`, `anyOf`
    pub unions: Vec<Union>,
    /// `not`
    pub not: Option<ShapeId>,
    /// `if`, `then`, `else`
    pub condition: Option<Condition>,
    /// `unevaluatedProperties`: whether a map may hold keys that no part of the schema speaks of.
    pub unevaluated: Option<bool>,
}
