//! The compiled form of a template: a tree of what each node does.

use std::sync::Arc;

use super::syntax::{Expr, Part, Path};
use crate::source::Pos;
use crate::tree::{Key, Node};

/// A template node.
#[derive(Debug)]
pub enum Form {
    /// No template in it: shared by all evaluations.
    Fixed(Node),
    /// A plain path alone.
    Path(Site, Path),
    /// An expression alone.
    Value(Site, Expr),
    /// Text with expressions in it.
    Text(Site, Vec<Part>),
    /// A list.
    List(Site, Vec<Item>),
    /// A map.
    Map(Box<MapForm>),
    /// Not understood; said at load.
    Broken,
}

/// A place of a template, with what evaluation needs to know of it.
#[derive(Clone, Debug)]
pub struct Site {
    /// Where it stands.
    pub at: Pos,
    /// Why it must not vanish: what would be widened.
    pub guard: Option<&'static str>,
    /// "`parameter.cmd` is not set", for plain paths.
    pub unset: Arc<str>,
}

/// An item of a list.
#[derive(Debug)]
pub struct Item {
    /// `$for`
    pub loops: Vec<Loop>,
    /// What is repeated.
    pub form: Form,
    /// Whether it may be absent: it has `$if`.
    pub optional: bool,
    /// Where it stands.
    pub at: Pos,
}

/// `x in expr`
#[derive(Debug)]
pub struct Loop {
    /// One or two names.
    pub names: Vec<Key>,
    /// What is walked.
    pub over: Expr,
    /// Where it stands.
    pub at: Pos,
}

/// A bare expression.
#[derive(Debug)]
pub struct Bare {
    /// The expression.
    pub expr: Expr,
    /// Where it stands.
    pub at: Pos,
    /// Why what it guards is not there: "`$if: parameter.a` is false".
    pub refused: Arc<str>,
}

/// `$let`, `let` and `with`.
pub type Lets = Vec<(Key, Form)>;

/// A map with all its control keys.
#[derive(Debug)]
pub struct MapForm {
    /// Where it stands.
    pub site: Site,
    /// `$let`
    pub lets: Lets,
    /// `$if`
    pub condition: Option<Bare>,
    /// `$else`
    pub otherwise: Option<Form>,
    /// What the map is.
    pub body: Body,
}

/// What a map is.
#[derive(Debug)]
pub enum Body {
    /// `$value`
    Value(Form),
    /// `$use`: values of `with`, and the fragment.
    Fragment(Lets, Form),
    /// `$merge` and own keys.
    Entries(Vec<Item>, Vec<EntryForm>),
}

/// An own key.
#[derive(Debug)]
pub struct EntryForm {
    /// The key.
    pub key: KeyForm,
    /// Where it stands.
    pub key_at: Pos,
    /// `$for`
    pub loops: Vec<Loop>,
    /// The value.
    pub form: Form,
}

/// A key.
#[derive(Debug)]
pub enum KeyForm {
    /// As it is.
    Fixed(Key),
    /// A template.
    Made(Form),
}

/// One of the author's own errors.
#[derive(Debug)]
pub struct Requirement {
    /// `$for`
    pub loops: Vec<Loop>,
    /// `$let`
    pub lets: Lets,
    /// `that`
    pub that: Bare,
    /// `message`
    pub message: Form,
    /// `at`
    pub blame: Option<Bare>,
    /// Where it stands.
    pub at: Pos,
}

impl Form {
    /// Where it stands.
    pub fn at(&self) -> Pos {
        match self {
            Form::Fixed(node) => node.origin.at,
            Form::Path(site, _) | Form::Value(site, _) | Form::Text(site, _) | Form::List(site, _) => site.at,
            Form::Map(map) => map.site.at,
            Form::Broken => Pos::NOWHERE,
        }
    }
}
