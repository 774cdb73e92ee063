//! The table: shapes by number, so that recursive schemas are plain data and a walk costs no reference counts.

use std::sync::{Arc, OnceLock};

use super::beyond::Beyond;
use super::checks::Checks;
use crate::source::Pos;
use crate::tree::{Key, Node};

/// The number of a shape in its [`Shapes`].
#[derive(Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ShapeId(pub u32);

impl ShapeId {
    /// The shape of the whole value.
    pub const ROOT: ShapeId = ShapeId(0);
}

/// A set of JSON types. `number` includes `integer`.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub struct Types(pub u8);

impl Types {
    /// `null`
    pub const NULL: Types = Types(1);
    /// `boolean`
    pub const BOOL: Types = Types(2);
    /// `integer`: also a number without a fraction, as in JSON Schema.
    pub const INTEGER: Types = Types(4);
    /// `number`
    pub const NUMBER: Types = Types(8 | 4);
    /// `string`
    pub const STRING: Types = Types(16);
    /// `array`
    pub const LIST: Types = Types(32);
    /// `object`
    pub const MAP: Types = Types(64);
    /// Any type: a schema without `type`.
    pub const ANY: Types = Types(127);

    /// Both sets together.
    pub const fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    /// Whether all of `other` is in it.
    pub const fn has(self, other: Types) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether it shares a type with `other`.
    pub const fn meets(self, other: Types) -> bool {
        self.0 & other.0 != 0
    }
}

/// What a value is to somebody who walks through it.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// The schema does not say, or allows several.
    Any,
    /// null, boolean, number or string.
    Scalar,
    /// A map.
    Map,
    /// A list.
    List,
}

/// What a map may hold beside its declared properties.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Others {
    /// Anything.
    Open,
    /// Nothing.
    Closed,
    /// Values of one shape.
    Each(ShapeId),
}

/// How two lists merge, by `x-kubernetes-list-type` and `x-kubernetes-list-map-keys`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum ListKind {
    /// As a whole.
    #[default]
    Atomic,
    /// As a set of scalars.
    Set,
    /// Item by item, told by these keys; an absent key field counts as its shape's default (`protocol`: TCP).
    Map(Vec<Key>),
}

/// A declared property of a map.
#[derive(Clone, Debug)]
pub struct Property {
    /// Its name.
    pub key: Key,
    /// Its shape.
    pub shape: ShapeId,
    /// Whether it must be there.
    pub required: bool,
}

/// What a schema says to people.
#[derive(Clone, Debug, Default)]
pub struct Doc {
    /// `title`
    pub title: Option<Box<str>>,
    /// `description`
    pub description: Option<Box<str>>,
    /// `deprecated`
    pub deprecated: bool,
    /// `examples`
    pub examples: Vec<Node>,
}

/// What one value may be. Built by [`Shapes`]' makers; read by anybody.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The JSON types that it may have.
    pub types: Types,
    /// The declared properties, in order of declaration, those of all union branches included.
    pub properties: Vec<Property>,
    /// What else a map may hold.
    pub others: Others,
    /// The shape of a list's items.
    pub items: Option<ShapeId>,
    /// How a list merges.
    pub list: ListKind,
    /// `x-kubernetes-patch-strategy: retainKeys`: a patch of this map keeps only the patch's keys.
    pub retain_keys: bool,
    /// `enum` or `const`: the values that it may have; empty: any.
    pub allowed: Vec<Node>,
    /// `format`, as written.
    pub format: Option<Box<str>>,
    /// `default`
    pub default: Option<Node>,
    /// What the schema says to people.
    pub doc: Option<Box<Doc>>,
    /// What else a value must satisfy.
    pub checks: Option<Box<Checks>>,
    /// A schema with unions has two shapes: this one, to walk, in which all branches are merged, and that one, to judge by.
    pub judged_by: Option<ShapeId>,
    /// Where the schema stands.
    pub at: Pos,
}

impl Default for Shape {
    fn default() -> Self {
        Shape {
            types: Types::ANY,
            properties: Vec::new(),
            others: Others::Open,
            items: None,
            list: ListKind::Atomic,
            retain_keys: false,
            allowed: Vec::new(),
            format: None,
            default: None,
            doc: None,
            checks: None,
            judged_by: None,
            at: Pos::NOWHERE,
        }
    }
}

/// What is known of a key of a map.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Child {
    /// A declared property, or one of a map whose values all have one shape.
    Known(ShapeId),
    /// The map takes any key.
    Open,
    /// The map does not take this key.
    Undeclared,
}

/// A compiled schema.
#[derive(Clone, Debug, Default)]
pub struct Shapes {
    pub(crate) table: Vec<Shape>,
    /// Judges in place of the table, for a schema with keywords beyond it.
    pub(crate) beyond: Option<Arc<Beyond>>,
    /// Whether a `null` that is not allowed counts as absent, as in custom resources.
    pub(crate) prunes_nulls: bool,
    pub(crate) paths: OnceLock<Vec<Box<str>>>,
    pub(crate) validated: OnceLock<bool>,
}

impl Shapes {
    /// A table of shapes, the first of which is the root.
    pub fn new(table: Vec<Shape>) -> Shapes {
        Shapes { table, ..Shapes::default() }
    }

    /// Whether a shape has conditions that nothing here judges.
    pub fn has_validations(&self) -> bool {
        let has = |shape: &Shape| shape.checks.as_ref().is_some_and(|checks| !checks.validations.is_empty());
        *self.validated.get_or_init(|| self.table.iter().any(has))
    }

    /// The shape of a number.
    pub fn shape(&self, id: ShapeId) -> &Shape {
        &self.table[id.0 as usize]
    }

    /// The shape that judges a value where `id` is the one to walk.
    pub fn judge(&self, id: ShapeId) -> &Shape {
        let shape = self.shape(id);
        match shape.judged_by {
            Some(judge) => self.shape(judge),
            None => shape,
        }
    }
}
