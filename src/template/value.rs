//! Values in an evaluation: nodes that know their shape, and the same inside the engine's filters.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value as Engine};

use crate::shape::{Child, Kind, Others, Shape, ShapeId, Shapes, Types};
use crate::source::Pos;
use crate::tree::{Key, Node, Origin, Value};

/// A shape in one of the tables of a session; `lists` says how many lists are around it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Typed {
    /// Index into [`Session::tables`], or [`CONTEXT`].
    pub table: u32,
    /// The shape there.
    pub shape: ShapeId,
    /// Lists around it.
    pub lists: u8,
}

/// The table number of `context` itself, whose entries have shapes of several tables.
pub const CONTEXT: u32 = u32::MAX;

/// A value that is not there.
#[derive(Clone, Debug)]
pub struct Unset {
    /// What it would be.
    pub typed: Option<Typed>,
    /// Its path, where it is known as written.
    pub path: Option<Arc<str>>,
    /// The nearest value that is there: where one would write it.
    pub near: Pos,
}

/// A value.
#[derive(Clone, Debug)]
pub enum Val {
    /// A node, with its origin.
    Node(Node, Option<Typed>),
    /// A scalar that an expression made: its origin is what the expression read.
    Computed(Value),
    /// Not there.
    Unset(Unset),
    /// A container that a filter or literal made.
    Engine(Engine),
}

/// What an expression read.
#[derive(Clone, Debug)]
pub struct Read {
    /// The address of a string's bytes, to find it again after filters.
    pub address: usize,
    /// The node.
    pub origin: Origin,
    /// The string, to share it.
    pub text: Option<Arc<str>>,
    /// As the template names it.
    pub name: Option<Arc<str>>,
    /// Whether it is a list or map, of which single values may be read too.
    pub container: bool,
}

#[derive(Debug, Default)]
pub struct Record {
    pub reads: Vec<Read>,
    /// Messages of lookups that cannot be.
    pub misses: Vec<String>,
    /// Names of unset values that were looked up.
    pub unset: Vec<String>,
}

/// What the values of one evaluation share.
#[derive(Debug)]
pub struct Session {
    /// The parameter schema, then others.
    pub tables: Vec<Arc<Shapes>>,
    /// The names before the paths of each table: `parameter`, `context.output`.
    pub prefixes: Vec<&'static str>,
    /// What is known of entries of `context`.
    pub context: Option<Typed>,
    /// `context.output`
    pub output: Option<Typed>,
    /// `context.pod`
    pub pod: Option<Typed>,
    /// Names of `context`.
    pub names: Arc<[Key]>,
    record: Mutex<Record>,
}

impl Session {
    pub fn new(tables: Vec<Arc<Shapes>>, prefixes: Vec<&'static str>, names: Arc<[Key]>) -> Session {
        Session { tables, prefixes, context: None, output: None, pod: None, names, record: Mutex::default() }
    }

    /// What was read so far.
    pub fn record(&self) -> MutexGuard<'_, Record> {
        // The record is plain data: a panic elsewhere leaves it whole.
        self.record.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Notes that a node was read.
    pub fn read(&self, node: &Node, name: Option<&Arc<str>>) {
        let (address, text) = match &node.value {
            Value::Str(text) => (text.as_ptr() as usize, Some(text.clone())),
            _ => (0, None),
        };
        let container = node.is_list() || node.is_map();
        self.record().reads.push(Read { address, origin: node.origin, text, name: name.cloned(), container });
    }

    /// What a key of a map is; `Err`: the schema does not have it.
    pub fn child(&self, typed: Option<Typed>, key: Key) -> Result<Option<Typed>, ()> {
        let Some(typed) = typed else { return Ok(None) };
        if typed.table == CONTEXT {
            return match key.as_str() {
                "output" => Ok(self.output),
                "pod" => Ok(self.pod),
                _ if !self.names.contains(&key) => Err(()),
                _ => Ok(self.child(self.context, key).unwrap_or(None)),
            };
        }
        if typed.lists > 0 {
            return Ok(None);
        }
        match self.table(typed).child(typed.shape, key) {
            Child::Known(shape) => Ok(Some(Typed { shape, ..typed })),
            Child::Open => Ok(None),
            Child::Undeclared => Err(()),
        }
    }

    /// What the items of a list are.
    pub fn item(&self, typed: Option<Typed>) -> Option<Typed> {
        let typed = typed?;
        if typed.lists > 0 {
            return Some(Typed { lists: typed.lists - 1, ..typed });
        }
        self.shape_of(typed)?.items.map(|shape| Typed { shape, ..typed })
    }

    fn table(&self, typed: Typed) -> &Shapes {
        &self.tables[typed.table as usize]
    }

    fn shape_of(&self, typed: Typed) -> Option<&Shape> {
        (typed.table != CONTEXT).then(|| self.table(typed).shape(typed.shape))
    }

    /// What it is to somebody who walks through it.
    pub fn kind(&self, typed: Option<Typed>) -> Kind {
        match typed {
            None => Kind::Any,
            Some(typed) if typed.lists > 0 => Kind::List,
            Some(typed) if typed.table == CONTEXT => Kind::Map,
            Some(typed) => self.table(typed).kind(typed.shape),
        }
    }

    /// The same knowledge, with a record of its own.
    pub fn share(&self) -> Session {
        let (tables, prefixes, names) = (self.tables.clone(), self.prefixes.clone(), self.names.clone());
        Session { context: self.context, output: self.output, pod: self.pod, ..Session::new(tables, prefixes, names) }
    }

    /// The shape itself, where it is one of a table.
    pub fn shape(&self, typed: Typed) -> Option<&Shape> {
        if typed.lists > 0 { None } else { self.shape_of(typed) }
    }

    /// The types that a value may have.
    pub fn types(&self, typed: Typed) -> Option<Types> {
        if typed.lists > 0 { Some(Types::LIST) } else { self.shape_of(typed).map(|shape| shape.types) }
    }

    /// What the values of a map with any keys are.
    pub fn each(&self, typed: Typed) -> Option<Typed> {
        match self.shape(typed)?.others {
            Others::Each(shape) => Some(Typed { shape, ..typed }),
            _ => None,
        }
    }

    /// Whether the parameters have a property of this name.
    pub fn is_property(&self, key: Key) -> bool {
        self.tables[0].property(ShapeId::ROOT, key).is_some()
    }

    /// Whether a number may be 0.
    pub fn allows_zero(&self, typed: Typed) -> bool {
        let judge = (typed.table != CONTEXT).then(|| self.table(typed).judge(typed.shape));
        let bounds = judge.and_then(|shape| shape.checks.as_ref()).map_or(&[][..], |checks| &checks.bounds);
        let limit = |value: &Value| match value {
            Value::Int(number) => *number as f64,
            Value::UInt(number) => *number as f64,
            Value::Float(number) => *number,
            _ => 0.0,
        };
        bounds.iter().all(|bound| {
            let limit = limit(&bound.limit);
            !(if bound.upper { limit < 0.0 } else { limit > 0.0 } || (bound.exclusive && limit == 0.0))
        })
    }

    /// Whether a list may be empty.
    pub fn allows_empty(&self, typed: Typed) -> bool {
        let judge = (typed.table != CONTEXT && typed.lists == 0).then(|| self.table(typed).judge(typed.shape));
        judge.and_then(|shape| shape.checks.as_ref()).is_none_or(|checks| checks.items.hold(0))
    }

    /// The name of a value by its shape: `parameter.ports[].name`.
    pub fn name_of(&self, typed: Typed) -> String {
        if typed.table == CONTEXT {
            return "context".into();
        }
        let (prefix, path) = (self.prefixes[typed.table as usize], self.table(typed).path_of(typed.shape));
        if path.is_empty() { prefix.into() } else { format!("{prefix}.{path}") }
    }

    /// The name of an unset value.
    pub fn name_of_unset(&self, unset: &Unset) -> String {
        match (&unset.path, unset.typed) {
            (Some(path), _) => path.to_string(),
            (None, Some(typed)) => self.name_of(typed),
            (None, None) => "the value".into(),
        }
    }

    /// The keys that a map may have, for did-you-mean.
    pub fn known(&self, typed: Typed) -> Vec<&'static str> {
        match self.shape_of(typed) {
            Some(shape) => shape.properties.iter().map(|property| property.key.as_str()).collect(),
            None => self.names.iter().map(|name| name.as_str()).collect(),
        }
    }
}

/// A list or map of ours, or a value that is not set, inside the engine.
pub struct Input {
    pub session: Arc<Session>,
    pub node: Option<Node>,
    pub unset: Option<Unset>,
    pub typed: Option<Typed>,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
}

/// A value for the engine.
pub fn to_engine(session: &Arc<Session>, node: &Node, typed: Option<Typed>) -> Engine {
    session.read(node, None);
    match &node.value {
        Value::Null => Engine::from(()),
        Value::Bool(value) => Engine::from(*value),
        Value::Int(value) => Engine::from(*value),
        Value::UInt(value) => Engine::from(*value),
        Value::Float(value) => Engine::from(*value),
        Value::Str(text) => Engine::from(text),
        Value::List(_) | Value::Map(_) => {
            Engine::from_object(Input { session: session.clone(), node: Some(node.clone()), unset: None, typed })
        }
    }
}

/// A value that is not set, for the engine.
pub fn unset_to_engine(session: &Arc<Session>, unset: Unset) -> Engine {
    let typed = unset.typed;
    Engine::from_object(Input { session: session.clone(), node: None, unset: Some(unset), typed })
}

/// The unset scalar in the engine's value, if it is one. Unset lists and maps are empty ones.
pub fn unset_scalar(value: &Engine) -> Option<&Input> {
    let input = value.downcast_object_ref::<Input>()?;
    (input.node.is_none() && !matches!(input.session.kind(input.typed), Kind::Map | Kind::List)).then_some(input)
}

impl Input {
    /// How messages name it.
    pub fn name(&self) -> String {
        self.unset.as_ref().map_or_else(|| "the value".into(), |unset| self.session.name_of_unset(unset))
    }

    fn look_up(&self, key: &str) -> Option<Engine> {
        let key = Key::new(key);
        let found = self.node.as_ref().and_then(|node| node.get(key));
        match self.session.child(self.typed, key) {
            Ok(typed) => Some(match found {
                Some(node) => to_engine(&self.session, node, typed),
                None => {
                    let parent = match (&self.unset, self.typed) {
                        (Some(unset), _) => unset.path.as_deref().map(str::to_owned),
                        _ => None,
                    };
                    let path = match (typed, parent) {
                        (Some(typed), None) => self.session.name_of(typed),
                        (_, Some(parent)) => format!("{parent}.{key}"),
                        (None, None) => key.as_str().to_owned(),
                    };
                    let near = match (&self.node, &self.unset) {
                        (Some(node), _) => node.origin.author(),
                        (None, Some(unset)) => unset.near,
                        (None, None) => Pos::NOWHERE,
                    };
                    self.session.record().unset.push(path.clone());
                    unset_to_engine(&self.session, Unset { typed, path: Some(path.into()), near })
                }
            }),
            Err(()) => {
                let name = self.typed.map_or_else(String::new, |typed| self.session.name_of(typed));
                self.session.record().misses.push(format!("`{name}` has no property `{key}`"));
                None
            }
        }
    }
}

impl Object for Input {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match self.node.as_ref().map(|node| &node.value) {
            Some(Value::List(_)) => ObjectRepr::Seq,
            Some(_) => ObjectRepr::Map,
            None => match self.session.kind(self.typed) {
                Kind::Map => ObjectRepr::Map,
                Kind::List => ObjectRepr::Seq,
                Kind::Scalar | Kind::Any => ObjectRepr::Plain,
            },
        }
    }

    fn get_value(self: &Arc<Self>, key: &Engine) -> Option<Engine> {
        if let Some(Node { value: Value::List(items), .. }) = &self.node {
            let item = items.get(key.as_usize()?)?;
            return Some(to_engine(&self.session, item, self.session.item(self.typed)));
        }
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Engine> {
        match (&self.node, self.session.kind(self.typed)) {
            (Some(node), _) if node.is_list() => None,
            (None, Kind::List | Kind::Scalar) => {
                let name = self.name();
                self.session.record().misses.push(format!("`{name}` has no properties, so no `{key}`"));
                None
            }
            _ => self.look_up(key),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match self.node.as_ref().map(|node| &node.value) {
            Some(Value::Map(entries)) => Enumerator::Values(entries.iter().map(|entry| Engine::from(entry.key.as_str())).collect()),
            Some(Value::List(items)) => Enumerator::Seq(items.len()),
            _ => Enumerator::Empty,
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(match self.node.as_ref().map(|node| &node.value) {
            Some(Value::Map(entries)) => entries.len(),
            Some(Value::List(items)) => items.len(),
            _ => 0,
        })
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.enumerator_len() != Some(0)
    }

    fn render(self: &Arc<Self>, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match &self.node {
            Some(node) => format!("a {} has no text", node.value.type_name()),
            None => format!("`{}` is not set", self.name()),
        };
        self.session.record().misses.push(what);
        Ok(())
    }
}
