//! From a schematic to a [`Template`]: every mistake that needs no values is told here.

mod map;
mod scalar;
mod sections;

use std::sync::Arc;

use super::api::{Parts, Template};
use super::checks::{Expected, Known, Names};
use super::names;
use super::program::{Form, Site};
use super::value::{CONTEXT, Session, Typed};
use crate::diag::{Code, Diagnostic, Sink};
use crate::kubernetes::narrows;
use crate::shape::ShapeId;
use crate::source::Pos;
use crate::tree::{Key, Node, Tags, Value};

/// How deep fragments may use fragments.
const FRAGMENTS: usize = 16;

/// Compiles a schematic whose scalars are tagged by `tags`. `None`: there were errors.
pub fn compile(schematic: &Node, tags: &Tags, parts: &Parts, sink: &Sink) -> Option<Template> {
    let wanted: &[&str] = if parts.context_names.is_empty() { names::CONTEXT } else { parts.context_names };
    let context_names: Arc<[Key]> = wanted.iter().map(|name| Key::new(name)).collect();
    let mut session = Session::new(vec![parts.parameters.clone()], vec!["parameter"], context_names.clone());
    if let Some(context) = parts.context {
        session.tables.push(context.clone());
        session.prefixes.push("context");
        session.context = Some(Typed { table: 1, shape: ShapeId::ROOT, lists: 0 });
    }
    let template = Template { parameters: parts.parameters.clone(), context: parts.context.cloned(), context_names, ..Template::default() };
    let mut compiler = Compiler {
        parts,
        sink,
        tags,
        session,
        names: Names::default(),
        path: Vec::new(),
        kind: None,
        fragments: Vec::new(),
        owned: Vec::new(),
        in_output: false,
        errors: false,
    };
    compiler.names.push(Key::new("parameter"), Known::Shape(Typed { table: 0, shape: ShapeId::ROOT, lists: 0 }));
    compiler.names.push(Key::new("context"), Known::Shape(Typed { table: CONTEXT, shape: ShapeId::ROOT, lists: 0 }));
    compiler.template(schematic, template)
}

pub(super) struct Compiler<'a> {
    parts: &'a Parts<'a>,
    pub(super) sink: &'a Sink,
    tags: &'a Tags,
    pub(super) session: Session,
    pub(super) names: Names,
    /// Keys and `[]` down to the node in its section.
    path: Vec<Key>,
    /// The kind of the object around the node, where it is a literal.
    kind: Option<Arc<str>>,
    /// Names of the fragments that are being compiled.
    fragments: Vec<String>,
    /// Where the template's own lines are.
    owned: Vec<(Pos, Pos)>,
    /// In `output` or `outputs`, where there is nothing to patch.
    in_output: bool,
    errors: bool,
}

impl Compiler<'_> {
    pub(super) fn error(&mut self, diagnostic: Diagnostic) {
        self.errors = true;
        self.sink.push(diagnostic);
    }

    /// Whether a fragment is being compiled, which sees no parameters.
    pub(super) fn in_fragment(&self) -> bool {
        !self.fragments.is_empty()
    }

    fn wrong(&mut self, code: Code, at: Pos, message: impl Into<String>) -> Form {
        self.error(Diagnostic::error(code, at, message));
        Form::Broken
    }

    fn site(&self, at: Pos, unset: &str) -> Site {
        let path: Vec<&str> = self.path.iter().map(|key| key.as_str()).collect();
        Site { at, guard: narrows(self.kind.as_deref(), &path), unset: unset.into() }
    }

    /// Any template node, and what is known of its value.
    fn form(&mut self, node: &Node, expected: &Expected) -> (Form, Known) {
        match &node.value {
            Value::Str(_) => self.scalar(node, expected),
            Value::List(items) => self.list(node, items, expected),
            Value::Map(_) => self.map(node, expected),
            _ => (Form::Fixed(node.clone()), Known::of(node)),
        }
    }
}
