//! The expression language of templates: what minijinja reads in `{{ … }}`, as a tree of our own.
//!
//! Filters and tests are minijinja's; operators, lookups and text are evaluated here, because the engine compares an unset value in
//! silence, prints booleans as Python does, and loses the origin of what passes through it.

mod lexer;
mod parser;
mod text;

use std::sync::Arc;

use crate::tree::{Key, Node};

pub use parser::parse;
pub use text::{Part, Scalar, parse_scalar};

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, as the message of a diagnostic.
    pub message: String,
    /// The way out, where one is known.
    pub help: Option<String>,
}

impl SyntaxError {
    fn new(message: impl Into<String>) -> SyntaxError {
        SyntaxError { message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> SyntaxError {
        self.help = Some(help.into());
        self
    }
}

/// A plain dotted path: `parameter.limit.cpu`.
#[derive(Clone, Debug)]
pub struct Path {
    /// The variable.
    pub root: Key,
    /// The keys below it.
    pub keys: Box<[Key]>,
    /// As written, for messages.
    pub text: Arc<str>,
}

/// An operator with two operands that are both evaluated.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `//`
    DivideWhole,
    /// `%`
    Remainder,
    /// `**`
    Power,
    /// `~`
    Concat,
}

impl Operator {
    /// As written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::In => "in",
            Operator::NotIn => "not in",
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::DivideWhole => "//",
            Operator::Remainder => "%",
            Operator::Power => "**",
            Operator::Concat => "~",
        }
    }
}

/// An argument of a filter, test or function.
#[derive(Clone, Debug)]
pub struct Argument {
    /// `name=`
    pub name: Option<Key>,
    /// The value.
    pub value: Expr,
}

/// An expression.
#[derive(Clone, Debug)]
pub enum Expr {
    /// A scalar that stands there.
    Literal(Node),
    /// A plain path.
    Path(Path),
    /// `x.key` of anything but a plain path.
    Attribute(Box<Expr>, Key),
    /// `x[i]`
    Index(Box<Expr>, Box<Expr>),
    /// `x[from:to]`
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{a: b}`
    Map(Vec<(Expr, Expr)>),
    /// `not x`
    Not(Box<Expr>),
    /// `-x`
    Negate(Box<Expr>),
    /// `a and b`
    And(Box<Expr>, Box<Expr>),
    /// `a or b`
    Or(Box<Expr>, Box<Expr>),
    /// Any other operator.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `a if c else b`
    If(Box<Expr>, Box<Expr>, Option<Box<Expr>>),
    /// `x | name(args)`
    Filter(Box<Expr>, Key, Vec<Argument>),
    /// `x is name(args)`; the flag: `is not`
    Test(Box<Expr>, Key, Vec<Argument>, bool),
    /// `f(args)`
    Call(Box<Expr>, Vec<Argument>),
}
