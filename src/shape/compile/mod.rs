//! From a schema to its table. The schema is judged on the way: every problem in it is reported at its line.
//!
//! Each schema object becomes one shape ([`keywords`]); an object that joins others (`$ref` with siblings, `allOf`, `oneOf`, `anyOf`,
//! `if`) becomes two: one to judge by and one to walk, in which everything is merged ([`views`]). What can only be said of the whole
//! (how branches are told, whether defaults fit) follows at the end ([`arms`], [`soundness`]).

mod arms;
mod keywords;
mod soundness;
mod values;
mod views;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::beyond::Beyond;
use super::{Shape, ShapeId, Shapes, Types};
use crate::diag::{Diagnostic, Sink, code};
use crate::source::Pos;
use crate::tree::{Key, Node, Value};

/// Finds what a `$ref` outside the schema points at.
pub trait References {
    /// The schema that a reference such as `lib:pod#/probe` names. A local reference `#/x` inside that schema is asked for as `lib:pod#/x`.
    fn resolve(&self, reference: &str) -> Option<Node>;
}

/// For schemas that stand alone.
#[derive(Copy, Clone, Debug)]
pub struct NoReferences;

impl References for NoReferences {
    fn resolve(&self, _: &str) -> Option<Node> {
        None
    }
}

/// How a schema is meant.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Dialect {
    /// JSON Schema 2020-12, written for us: a keyword that nobody knows is a mistake.
    Strict,
    /// The schema of a custom resource: maps with properties are closed, `exclusiveMinimum` is a boolean, unknown keywords are somebody else's.
    Structural,
    /// The same, known to be sound: what only looks for mistakes is left out.
    Published,
}

/// Schemas nest at most this deep; deeper ones come from a generator gone wrong and would exhaust the stack.
const DEPTH: usize = 128;

const ENDLESS: &str = "the schema refers to itself for the same value, so that no value can be judged by it";

/// A table has at most this many shapes.
const SHAPES: usize = 200_000;

/// The table of a JSON Schema (2020-12). Problems of the schema go to the sink, at its lines; `None` if there is one that leaves no table.
pub fn compile(schema: &Node, references: &dyn References, sink: &Sink) -> Option<Shapes> {
    Compiler::new(schema, references, sink, Dialect::Strict).run()
}

/// The table of a custom resource's `openAPIV3Schema`: its maps take no undeclared keys, except where it says
/// `x-kubernetes-preserve-unknown-fields`; `apiVersion`, `kind` and `metadata` are there without being declared.
pub fn compile_structural(schema: &Node, sink: &Sink) -> Option<Shapes> {
    Compiler::new(schema, &NoReferences, sink, Dialect::Structural).run()
}

/// The same for a schema that is known to be sound, in less time.
pub fn compile_published(schema: &Node) -> Option<Shapes> {
    Compiler::new(schema, &NoReferences, &Sink::new(), Dialect::Published).run()
}

/// An API server fills in defaults before it judges, so that what has a default need not be given, required or not. That defaults fit it has
/// checked itself when the definition was applied.
fn count_defaults(shapes: &mut Shapes) {
    let has_default: Vec<bool> = shapes.table.iter().map(|shape| shape.default.is_some()).collect();
    for property in shapes.table.iter_mut().flat_map(|shape| &mut shape.properties) {
        property.required &= !has_default[property.shape.0 as usize];
    }
}

/// The document that local references are relative to: `None` for the schema itself, else `lib:pod`.
type Base = Option<Arc<str>>;

struct Compiler<'a> {
    root: &'a Node,
    references: &'a dyn References,
    sink: &'a Sink,
    dialect: Dialect,
    table: Vec<Shape>,
    /// Shapes by the address of their schema's entries, which `held` keeps alive: a schema is compiled once, however it is reached.
    seen: FxHashMap<usize, ShapeId>,
    held: Vec<Node>,
    /// The bare references that lead here, by address: `a: {$ref: b}`, `b: {$ref: a}` leads nowhere.
    following: Vec<usize>,
    /// Where each required key is named.
    required: Vec<(ShapeId, Key, Pos)>,
    /// The first keyword beyond the table.
    beyond: Option<Pos>,
    depth: usize,
    /// How many shapes stand for a schema object; those after are merged ones.
    written: usize,
    /// Within `allOf`, `oneOf`, `anyOf` or `not`, where a structural schema closes nothing.
    in_junctor: usize,
    failed: bool,
}

impl<'a> Compiler<'a> {
    fn new(root: &'a Node, references: &'a dyn References, sink: &'a Sink, dialect: Dialect) -> Compiler<'a> {
        Compiler {
            root,
            references,
            sink,
            dialect,
            table: Vec::new(),
            seen: FxHashMap::default(),
            held: Vec::new(),
            following: Vec::new(),
            required: Vec::new(),
            beyond: None,
            depth: 0,
            written: 0,
            in_junctor: 0,
            failed: false,
        }
    }

    fn run(mut self) -> Option<Shapes> {
        self.schema(self.root, &None);
        if self.failed || !self.has_no_cycle() {
            return None;
        }
        self.written = self.table.len();
        self.merge_views();
        self.tell_arms();
        let beyond = match self.beyond {
            Some(_) => Some(Arc::new(self.judge_beyond()?)),
            None => None,
        };
        let required = std::mem::take(&mut self.required);
        let prunes_nulls = self.dialect != Dialect::Strict;
        let mut shapes = Shapes { table: std::mem::take(&mut self.table), beyond, prunes_nulls, ..Shapes::default() };
        match self.dialect {
            Dialect::Strict => self.check_defaults(&shapes, &required),
            Dialect::Structural => {
                count_defaults(&mut shapes);
                self.check_server_defaults(&shapes);
            }
            Dialect::Published => count_defaults(&mut shapes),
        }
        (!self.failed).then_some(shapes)
    }

    fn judge_beyond(&mut self) -> Option<Beyond> {
        match Beyond::new(self.root, self.references) {
            Ok(beyond) => Some(beyond),
            Err(problem) => {
                self.problem(self.beyond.unwrap_or_default(), format!("the schema cannot be used: {problem}"));
                None
            }
        }
    }

    fn problem(&mut self, at: Pos, message: impl Into<String>) {
        self.report(Diagnostic::error(code::BAD_SCHEMA, at, message));
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.failed = true;
        self.sink.push(diagnostic);
    }

    fn reserve(&mut self, at: Pos) -> ShapeId {
        self.table.push(Shape { at, ..Shape::default() });
        ShapeId(self.table.len() as u32 - 1)
    }

    fn put(&mut self, id: ShapeId, shape: Shape) {
        self.table[id.0 as usize] = shape;
    }

    /// The shape of a schema, compiled unless it is known.
    fn schema(&mut self, node: &Node, base: &Base) -> ShapeId {
        let at = node.origin.at;
        let entries = match &node.value {
            Value::Map(entries) => entries,
            Value::Bool(allowed) => {
                let id = self.reserve(at);
                if !allowed {
                    self.table[id.0 as usize].types = Types(0);
                }
                return id;
            }
            other => {
                self.problem(at, format!("a schema must be a map, `true` or `false`, not {}", super::report::a_type(other)));
                return self.reserve(at);
            }
        };
        if let Some(id) = self.seen.get(&(Arc::as_ptr(entries) as usize)) {
            return *id;
        }
        if self.depth >= DEPTH || self.table.len() >= SHAPES {
            self.problem(at, "the schema is too large or nests too deep");
            return self.reserve(at);
        }
        self.depth += 1;
        // A bare reference is its target; only the root must be a shape of its own, since it has number 0.
        let id = match &entries[..] {
            [only] if only.key.as_str() == "$ref" && !self.table.is_empty() => {
                let address = Arc::as_ptr(entries) as usize;
                if self.following.contains(&address) {
                    self.problem(at, ENDLESS);
                    self.reserve(at)
                } else {
                    self.following.push(address);
                    let target = self.reference(&only.node, base);
                    self.following.pop();
                    target
                }
            }
            _ => {
                self.held.push(node.clone());
                let following = std::mem::take(&mut self.following);
                let id = self.object(node, base, Arc::as_ptr(entries) as usize);
                self.following = following;
                id
            }
        };
        self.depth -= 1;
        id
    }

    /// The shape that a `$ref` names.
    fn reference(&mut self, reference: &Node, base: &Base) -> ShapeId {
        let at = reference.origin.at;
        let Some(text) = reference.as_str() else {
            self.problem(at, format!("`$ref` must be a string, not {}", super::report::a_type(&reference.value)));
            return self.reserve(at);
        };
        match find(self.root, self.references, text, base) {
            Found::Here(node, base) => self.schema(&node, &base),
            Found::Beyond => {
                self.beyond.get_or_insert(at);
                self.reserve(at)
            }
            Found::Nothing { last, known } => {
                let mut diagnostic = Diagnostic::error(code::BAD_SCHEMA, at, format!("`$ref: {text}` names no schema"));
                if let Some(name) = super::report::nearest(&last, &known) {
                    diagnostic = diagnostic.help(format!("did you mean `{name}`?"));
                    diagnostic.replacement = text.strip_suffix(last.as_str()).map(|start| format!("{start}{name}"));
                }
                let library = text.strip_prefix("lib:").and_then(|rest| rest.split('#').next());
                self.report(match library {
                    Some(library) => diagnostic.unless_unread("DefinitionLibrary", library),
                    None => diagnostic,
                });
                self.reserve(at)
            }
        }
    }
}

/// What a reference names.
pub(super) enum Found {
    /// A schema, and the document that its local references are relative to.
    Here(Node, Base),
    /// Something that only the full validator finds: an anchor, a meta-schema.
    Beyond,
    /// Nothing: the segment that is not there, and what is.
    Nothing { last: String, known: Vec<&'static str> },
}

/// Follows a reference.
pub(super) fn find(root: &Node, references: &dyn References, text: &str, base: &Base) -> Found {
    let nothing = || Found::Nothing { last: String::new(), known: Vec::new() };
    let (document, pointer) = text.split_once('#').unwrap_or((text, ""));
    if document.is_empty() && base.is_none() {
        if !pointer.is_empty() && !pointer.starts_with('/') {
            return Found::Beyond;
        }
        let mut node = root;
        for segment in pointer.split('/').skip(1) {
            let segment = unescape(segment);
            let next = match &node.value {
                Value::List(items) => segment.parse::<usize>().ok().and_then(|index| items.get(index)),
                _ => node.field(&segment),
            };
            match next {
                Some(next) => node = next,
                None if has_names(root) => return Found::Beyond,
                None => return Found::Nothing { last: segment, known: node.entries().iter().map(|entry| entry.key.as_str()).collect() },
            }
        }
        return Found::Here(node.clone(), None);
    }
    if document.starts_with("https://json-schema.org/") || document.starts_with("http://json-schema.org/") {
        return Found::Beyond;
    }
    let document: Arc<str> = if document.is_empty() { base.clone().unwrap_or_default() } else { document.into() };
    match references.resolve(&format!("{document}#{pointer}")) {
        Some(node) => Found::Here(node, Some(document)),
        // Relative to the name of the schema, or of a part of it.
        None if has_names(root) => Found::Beyond,
        None => nothing(),
    }
}

/// Whether a schema, or a part of it, has a name of its own that references are relative to.
fn has_names(node: &Node) -> bool {
    match &node.value {
        Value::Map(entries) => entries.iter().any(|entry| entry.key.as_str() == "$id" || has_names(&entry.node)),
        Value::List(items) => items.iter().any(has_names),
        _ => false,
    }
}

/// A segment of a JSON pointer in a URI fragment, as the key that it means.
fn unescape(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |byte: u8| (byte as char).to_digit(16);
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                bytes.push((hex(*high).unwrap_or(0) * 16 + hex(*low).unwrap_or(0)) as u8);
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).replace("~1", "/").replace("~0", "~")
}
