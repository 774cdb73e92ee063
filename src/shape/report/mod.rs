//! Why a value does not fit: walks a second time, only when it does not, and says everything that is wrong at the author's line.

mod beyond;
mod unions;
mod words;

use std::fmt::Write;

use super::fits::{first_repeat, within};
use super::format::Format;
use super::{Checks, Limits, Others, Shape, ShapeId, Shapes, Types, Union, number};
use crate::diag::{Diagnostic, KEEP, Sink, code};
use crate::source::Pos;
use crate::tree::{Entry, Key, Node, Value};
pub(crate) use words::{a_type, bound_text, nearest};
use words::{a_type_of, listed, names, quoted, unquoted};

/// Up to so many known fields are listed where none is close to the unknown one.
const FEW: usize = 12;

impl Shapes {
    /// Whether a value fits. If it does not, all that is wrong is pushed, each at the line of whoever wrote it. `what` names the whole
    /// value, as "properties of `webservice`".
    pub fn validate(&self, value: &Node, what: &str, sink: &Sink) -> bool {
        match &self.beyond {
            Some(beyond) => self.validate_beyond(beyond, value, what, sink),
            None => self.validate_at(ShapeId::ROOT, value, what, sink),
        }
    }

    /// The same for a value of the shape with this number. (A schema beyond the table is not judged in parts: only what the table knows of it.)
    pub fn validate_at(&self, id: ShapeId, value: &Node, what: &str, sink: &Sink) -> bool {
        if self.fits(id, value) {
            return true;
        }
        let mut reporter = Reporter { shapes: self, what, path: Vec::new(), found: Vec::new(), chosen: None };
        reporter.explain(id, value, value.origin.author());
        reporter.found.into_iter().for_each(|problem| sink.push(problem));
        false
    }
}

/// A step into a value.
#[derive(Copy, Clone)]
enum Step {
    Key(Key),
    Index(usize),
}

/// The text of a path, as `ports[2].name`.
fn path_text(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        let _ = match step {
            Step::Key(key) if text.is_empty() => write!(text, "{key}"),
            Step::Key(key) => write!(text, ".{key}"),
            Step::Index(index) => write!(text, "[{index}]"),
        };
    }
    text
}

/// The branch of a union that is being explained, and at which depth.
#[derive(Copy, Clone)]
struct Chosen<'a> {
    union: &'a Union,
    arm: usize,
    depth: usize,
}

struct Reporter<'a> {
    shapes: &'a Shapes,
    what: &'a str,
    path: Vec<Step>,
    found: Vec<Diagnostic>,
    chosen: Option<Chosen<'a>>,
}

impl<'a> Reporter<'a> {
    /// The value that is looked at, as the subject of a message.
    fn here(&self) -> String {
        if self.path.is_empty() { self.what.to_owned() } else { format!("`{}`", path_text(&self.path)) }
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    fn below(&mut self, step: Step, id: ShapeId, node: &Node, at: Pos) {
        self.path.push(step);
        self.explain(id, node, at);
        self.path.pop();
    }

    /// Says what is wrong with a value; nothing if it fits. `at` is where its container stands.
    fn explain(&mut self, id: ShapeId, node: &Node, at: Pos) {
        // More than the sink keeps nobody will read.
        if self.found.len() > KEEP || self.shapes.fits(id, node) {
            return;
        }
        let at = if node.origin.author().is_known() { node.origin.author() } else { at };
        let start = self.found.len();
        let shape = self.shapes.judge(id);
        if shape.types == Types(0) && shape.allowed.is_empty() {
            self.push(Diagnostic::error(code::VALUE_NOT_ALLOWED, at, format!("{} is not allowed here", self.here())));
            return;
        }
        if !shape.allowed.is_empty() && !shape.allowed.iter().any(|allowed| allowed.value == node.value) {
            return self.not_allowed(&shape.allowed, node, at);
        }
        if !shape.types.meets(Types::of(&node.value)) {
            return self.wrong_type(id, shape.types, node, at);
        }
        match &node.value {
            Value::Map(entries) => self.map(shape, node, entries, at),
            Value::List(items) => self.list(shape, items, at),
            scalar => self.scalar(shape, scalar, at),
        }
        if let Some(checks) = &shape.checks {
            self.joined(id, shape, checks, node, at, start);
        }
        if self.found.len() == start {
            // What is not said above: a shape that only says no.
            self.push(Diagnostic::error(code::VALUE_NOT_ALLOWED, at, format!("{} does not fit its schema", self.here())));
        }
    }

    fn not_allowed(&mut self, allowed: &[Node], node: &Node, at: Pos) {
        // That empty text stands for the default is nothing to propose.
        let (allowed, empty): (Vec<Node>, Vec<Node>) = allowed.iter().cloned().partition(|value| value.as_str() != Some(""));
        let allowed: &[Node] = if allowed.is_empty() { &empty } else { &allowed };
        let wanted = match allowed {
            [one] => quoted(&one.value),
            _ => format!("one of {}", listed(allowed)),
        };
        let given = quoted(&node.value);
        // `1` and `"1"` look alike here.
        let alike = allowed.iter().any(|allowed| quoted(&allowed.value) == given);
        let given = if alike { format!("the {} {given}", node.value.type_name()) } else { given };
        let message = format!("{} must be {wanted}, not {given}", self.here());
        let mut diagnostic = Diagnostic::error(code::VALUE_NOT_ALLOWED, at, message);
        if let Some(text) = node.as_str() {
            diagnostic = diagnostic.suggest(text, allowed.iter().filter_map(Node::as_str));
            // Written in quotes, and allowed without.
            if let Some(same) = allowed.iter().find(|allowed| !allowed.is_map() && quoted(&allowed.value) == format!("`{text}`")) {
                diagnostic = diagnostic.help(format!("write it without quotes: `{text}`"));
                diagnostic.replacement = same.as_str().is_none().then(|| text.to_owned());
            }
        } else if let Some(same) = allowed.iter().filter_map(Node::as_str).find(|text| quoted(&node.value) == format!("`{text}`")) {
            diagnostic = diagnostic.help(format!("write it in quotes: `\"{same}\"`"));
            diagnostic.replacement = Some(format!("\"{same}\""));
        }
        self.push(diagnostic);
    }

    fn wrong_type(&mut self, id: ShapeId, types: Types, node: &Node, at: Pos) {
        let given = match &node.value {
            Value::Float(_) if types.meets(Types::INTEGER) => quoted(&node.value),
            other => a_type(other),
        };
        // A null is never what somebody means who leaves it out of the schema.
        let wanted = if types == Types::NULL { types } else { Types(types.0 & !Types::NULL.0) };
        let message = format!("{} must be {}, not {given}", self.here(), a_type_of(wanted));
        let mut diagnostic = Diagnostic::error(code::WRONG_TYPE, at, message);
        match &node.value {
            Value::Null => diagnostic = diagnostic.help("remove the key, or give it a value"),
            Value::Str(text) => {
                if let Some(bare) = unquoted(text, types) {
                    diagnostic = diagnostic.help(format!("write it without quotes: `{bare}`"));
                    diagnostic.replacement = Some(bare);
                }
            }
            // What was written is not known here, and may be `n` or `1.50`.
            Value::Bool(_) if types.meets(Types::STRING) => {
                diagnostic =
                    diagnostic.help("write it in quotes; without them YAML takes `y`, `n`, `yes`, `no`, `on` and `off` for booleans");
            }
            Value::Float(_) if types.meets(Types::INTEGER) => {
                let also = if types.meets(Types::STRING) { ", or in quotes what is no number" } else { "" };
                diagnostic = diagnostic.help(format!("write a whole number{also}"));
            }
            Value::List(_) | Value::Map(_) if types == Types::STRING => {
                diagnostic = diagnostic.help("write it as text: behind `|`, or in quotes");
            }
            Value::Float(_) if types.meets(Types::STRING) => diagnostic = diagnostic.help("write it in quotes, as it stands here"),
            scalar @ (Value::Int(_) | Value::UInt(_)) if types.meets(Types::STRING) => {
                let text = format!("\"{}\"", super::describe::plain(scalar));
                diagnostic = diagnostic.help(format!("write it in quotes: `{text}`"));
                diagnostic.replacement = Some(text);
            }
            _ => {}
        }
        if node.is_null() && matches!(self.path.last(), Some(Step::Index(_))) {
            diagnostic = diagnostic.help("remove the item, or give it a value");
        }
        if diagnostic.help.is_none() && types.meets(Types::LIST) && !node.is_list() {
            let item = self.shapes.judge(id).items;
            if item.is_some_and(|item| self.shapes.fits(item, node)) {
                diagnostic = diagnostic.help("a list of one item is written with `- ` before the item, or in brackets: `[…]`");
            }
        }
        if diagnostic.help.is_none() && !matches!((self.path.last(), wanted), (None, Types::MAP)) {
            diagnostic.help = self.says(id, self.name());
        }
        self.push(diagnostic);
    }

    /// What the schema says of a value: "`port` is an integer: port of the Service". `None` if that is no news.
    fn says(&self, id: ShapeId, name: Option<Key>) -> Option<String> {
        let text = words::of_type(&self.shapes.type_text(id));
        let doc = self.shapes.shape(id).doc.as_deref();
        let description = doc.and_then(|doc| doc.description.as_deref().or(doc.title.as_deref())).map(words::shortened);
        let name = name.map_or_else(|| "it".to_owned(), |name| format!("`{name}`"));
        match description {
            Some(description) => Some(format!("{name} is {text}: {description}")),
            // Without one, only what is inside says more than the message.
            None => text.contains(" of ").then(|| format!("{name} is {text}")),
        }
    }

    /// The key of the value that is looked at.
    fn name(&self) -> Option<Key> {
        match self.path.last() {
            Some(Step::Key(key)) => Some(*key),
            _ => None,
        }
    }

    fn map(&mut self, shape: &'a Shape, node: &Node, entries: &[Entry], at: Pos) {
        let mut meant = Vec::new();
        for entry in entries {
            let declared = shape.properties.iter().find(|property| property.key == entry.key);
            if self.shapes.is_pruned(shape, declared, &entry.node) {
                continue;
            }
            let value_at = if entry.key_at.is_known() { entry.key_at } else { at };
            let step = Step::Key(entry.key);
            if let Some(property) = declared {
                self.below(step, property.shape, &entry.node, value_at);
            }
            let mut known = declared.is_some();
            for (pattern, each) in shape.checks.iter().flat_map(|checks| &checks.patterns) {
                if pattern.is_match(entry.key.as_str()) {
                    known = true;
                    self.below(step, *each, &entry.node, value_at);
                }
            }
            match shape.others {
                Others::Each(each) if !known => self.below(step, each, &entry.node, value_at),
                Others::Closed if !known => meant.extend(self.unknown(entry, shape, shape, node, at)),
                _ => {}
            }
        }
        let checks = shape.checks.as_deref();
        let declared = shape.properties.iter().filter(|property| property.required).map(|property| property.key);
        let required: Vec<Key> = declared.chain(checks.iter().flat_map(|checks| checks.required.iter().copied())).collect();
        for key in required {
            // A misspelt key was reported with what it should be.
            let given = node.get(key).filter(|value| !(self.shapes.prunes_nulls && value.is_null()));
            if given.is_none() && !meant.contains(&key) {
                self.missing(shape, key, at);
            }
        }
        let Some(checks) = checks else { return };
        for (key, others) in &checks.dependent {
            for other in others {
                if node.get(*key).is_some() && node.get(*other).is_none() {
                    let message = format!("missing field `{other}` in {}, which `{key}` needs", self.here());
                    let mut problem =
                        Diagnostic::error(code::MISSING_FIELD, at, message).label(node.entry(*key).map_or(at, |e| e.key_at), "needs it");
                    let property = shape.properties.iter().find(|property| property.key == *other);
                    let says = property.and_then(|property| self.says(property.shape, Some(*other)));
                    problem.help = Some(says.unwrap_or_else(|| format!("add `{other}`, or leave `{key}` out")));
                    self.push(problem);
                }
            }
        }
        if checks.properties.max == Some(1) && entries.len() > 1 {
            let keys: Vec<String> = entries.iter().map(|entry| format!("`{}`", entry.key)).collect();
            let message = format!("{} are set together in {}, which takes one of them", keys.join(" and "), self.here());
            let second = Some(entries[1].key_at).filter(|key_at| key_at.is_known()).unwrap_or(at);
            let problem = Diagnostic::error(code::OUT_OF_RANGE, second, message).label(entries[0].key_at, "set here");
            self.push(problem.help(format!("keep {}", words::or(&keys))));
        } else {
            self.count(checks.properties, entries.len() as u64, ("key", "keys"), at);
        }
        if let Some(rule) = checks.names {
            for entry in entries.iter().filter(|entry| !self.shapes.name_fits(rule, entry)) {
                let key_at = if entry.key_at.is_known() { entry.key_at } else { at };
                let name = Node::str(entry.key.as_str(), crate::tree::Origin::written(key_at));
                let found = Sink::new();
                let what = format!("the key `{}` of {}", entry.key, self.here());
                self.shapes.validate_at(rule, &name, &what, &found);
                self.found.extend(found.take().diagnostics);
            }
        }
    }

    fn missing_message(&self, key: Key) -> String {
        format!("missing field `{key}` in {}", self.here())
    }

    fn missing(&mut self, shape: &Shape, key: Key, at: Pos) {
        let mut diagnostic = Diagnostic::error(code::MISSING_FIELD, at, self.missing_message(key));
        if let Some(property) = shape.properties.iter().find(|property| property.key == key) {
            let plain = || format!("`{key}` is {}", words::of_type(&self.shapes.type_text(property.shape)));
            diagnostic = diagnostic.help(self.says(property.shape, Some(key)).unwrap_or_else(plain));
        } else {
            diagnostic = diagnostic.help(format!("add `{key}: …`"));
        }
        self.push(diagnostic);
    }

    /// Reports a key that is not known; the result is the key that was probably meant. `known` declares what is.
    fn unknown(&mut self, entry: &Entry, shape: &'a Shape, known: &Shape, map: &Node, at: Pos) -> Option<Key> {
        let key_at = if entry.key_at.is_known() { entry.key_at } else { at };
        if self.of_another_branch(entry, shape, map, key_at) {
            return None;
        }
        // Also those that are there: a default may stand where the misspelt key was meant to.
        let names_known: Vec<&'static str> = known.properties.iter().map(|property| property.key.as_str()).collect();
        let message = format!("unknown field `{}` in {}", entry.key, self.here());
        let mut diagnostic =
            Diagnostic::error(code::UNKNOWN_FIELD, key_at, message).suggest(entry.key.as_str(), names_known.iter().copied());
        let meant = nearest(entry.key.as_str(), &names_known);
        if meant.is_none() {
            let all = &known.properties;
            if !all.is_empty() && all.len() <= FEW {
                let word = if all.len() == 1 { "the only known field is" } else { "known fields are" };
                diagnostic = diagnostic.help(format!("{word} {}", names(all.iter().map(|property| property.key.as_str()))));
            } else if all.is_empty() && shape.checks.is_none() {
                diagnostic = diagnostic.help("it takes no fields");
            }
        }
        self.push(diagnostic);
        meant.map(Key::new)
    }

    fn list(&mut self, shape: &Shape, items: &[Node], at: Pos) {
        if let Some(item) = shape.items {
            for (index, node) in items.iter().enumerate() {
                self.below(Step::Index(index), item, node, at);
            }
        }
        let Some(checks) = &shape.checks else { return };
        self.count(checks.items, items.len() as u64, ("item", "items"), at);
        let same = if checks.keys.is_empty() { None } else { self.shapes.first_same(shape, &checks.keys, items) };
        if let Some((later, earlier)) = same {
            let keys = checks.keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" and ");
            let message = format!("two items of {} have the same {keys}", self.here());
            let place = |index: usize| Some(items[index].origin.author()).filter(|pos| pos.is_known());
            let diagnostic = Diagnostic::error(code::DUPLICATE, place(later).unwrap_or(at), message);
            self.push(diagnostic.label(place(earlier).unwrap_or(Pos::NOWHERE), "the first of them"));
        }
        if checks.unique
            && let Some((later, earlier)) = first_repeat(items)
        {
            self.path.push(Step::Index(later));
            let repeat = self.here();
            self.path.pop();
            self.path.push(Step::Index(earlier));
            let message = format!("{repeat} repeats {}, and all items must differ", self.here());
            self.path.pop();
            let place = |index: usize| Some(items[index].origin.author()).filter(|pos| pos.is_known());
            let diagnostic = Diagnostic::error(code::VALUE_NOT_ALLOWED, place(later).unwrap_or(at), message);
            self.push(diagnostic.label(place(earlier).unwrap_or(Pos::NOWHERE), "the first of them"));
        }
    }

    fn count(&mut self, limits: Limits, count: u64, (one, many): (&str, &str), at: Pos) {
        if limits.hold(count) {
            return;
        }
        let low = limits.min.is_some_and(|min| count < min);
        let limit = if low { limits.min } else { limits.max }.unwrap_or_default();
        let message = if low && limit == 1 && count == 0 {
            format!("{} must not be empty", self.here())
        } else {
            let word = if low { "at least" } else { "at most" };
            format!("{} must have {word} {limit} {}, and has {count}", self.here(), if limit == 1 { one } else { many })
        };
        self.push(Diagnostic::error(code::OUT_OF_RANGE, at, message));
    }

    fn scalar(&mut self, shape: &Shape, value: &Value, at: Pos) {
        let format = shape.format.as_deref().and_then(Format::named).filter(|format| !format.takes(value));
        if let Some(format) = format {
            let message = format!("{} must be {}, and {} is not", self.here(), format.wanted(), quoted(value));
            self.push(Diagnostic::error(code::BAD_FORMAT, at, message).help(format!("for example `{}`", format.example())));
        }
        let Some(checks) = &shape.checks else { return };
        match value {
            Value::Str(text) => {
                self.count(checks.length, text.chars().count() as u64, ("character", "characters"), at);
                if let Some(pattern) = checks.pattern.as_ref().filter(|pattern| !pattern.is_match(text)) {
                    let message = format!("{} must match `{}`, and {} does not", self.here(), pattern.text, quoted(value));
                    self.push(Diagnostic::error(code::BAD_FORMAT, at, message));
                }
            }
            Value::Int(_) | Value::UInt(_) | Value::Float(_) => {
                for bound in checks.bounds.iter().filter(|bound| !within(bound, value)) {
                    let limit = super::describe::plain(&bound.limit);
                    let message = format!("{} must be {} {limit}, not {}", self.here(), bound_text(bound), super::describe::plain(value));
                    self.push(Diagnostic::error(code::OUT_OF_RANGE, at, message));
                }
                if let Some(step) = checks.multiple_of.as_ref().filter(|step| !number::is_multiple(value, step)) {
                    let (step, value) = (super::describe::plain(step), super::describe::plain(value));
                    let message = format!("{} must be a multiple of {step}, not {value}", self.here());
                    self.push(Diagnostic::error(code::OUT_OF_RANGE, at, message));
                }
            }
            _ => {}
        }
    }

    /// What judges the same value.
    fn joined(&mut self, id: ShapeId, shape: &'a Shape, checks: &'a Checks, node: &Node, at: Pos, start: usize) {
        for all in &checks.all {
            self.explain(*all, node, at);
        }
        for union in &checks.unions {
            self.union(union, node, at);
        }
        if let Some(not) = checks.not.filter(|not| self.shapes.fits(*not, node)) {
            self.forbidden(not, node, at);
        }
        if let Some(condition) = &checks.condition {
            let branch = if self.shapes.fits(condition.test, node) { condition.then } else { condition.otherwise };
            branch.into_iter().for_each(|branch| self.explain(branch, node, at));
        }
        if checks.unevaluated == Some(false) {
            let view = self.shapes.shape(id);
            // A branch that does not fit speaks of no key; what is wrong with it was said, so only keys that nothing declares remain.
            let broken = self.found.len() > start;
            // Of a branch that does not exist nobody knows the keys.
            if checks.unions.iter().any(|union| union.names_no_arm(node)) {
                return;
            }
            for entry in node.entries() {
                let declared = broken && view.properties.iter().any(|property| property.key == entry.key);
                if !declared && !self.shapes.speaks_of(shape, entry.key, node) {
                    let meant = self.unknown(entry, shape, view, node, at);
                    // A part of the schema missed what was misspelt; the misspelling says it all.
                    let missed = meant.map(|key| self.missing_message(key));
                    self.found.retain(|problem| problem.code != code::MISSING_FIELD || Some(&problem.message) != missed.as_ref());
                }
            }
        }
    }

    /// A value that fits what it must not.
    fn forbidden(&mut self, not: ShapeId, node: &Node, at: Pos) {
        let shape = self.shapes.judge(not);
        let declared = shape.properties.iter().filter(|property| property.required).map(|property| property.key);
        let keys: Vec<Key> = declared.chain(shape.checks.iter().flat_map(|checks| checks.required.iter().copied())).collect();
        let only_keys = shape.properties.is_empty() && shape.judged_by.is_none() && node.is_map();
        let mut way_out = None;
        let message = match (&shape.allowed[..], &keys[..]) {
            ([_, ..], _) => format!("{} must not be {}", self.here(), quoted(&node.value)),
            (_, [one]) if only_keys => format!("`{one}` is not allowed in {}", self.here()),
            (_, [_, _, ..]) if only_keys => {
                let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
                way_out = Some(format!("keep {}", words::or(&keys)));
                format!("{} cannot be set together in {}", keys.join(" and "), self.here())
            }
            _ if shape.types != Types::ANY && shape.checks.is_none() => format!("{} must not be {}", self.here(), a_type(&node.value)),
            _ => format!("{} has a form that is not allowed", self.here()),
        };
        let at = keys.first().and_then(|key| node.entry(*key)).map_or(at, |entry| entry.key_at);
        let diagnostic = Diagnostic::error(code::VALUE_NOT_ALLOWED, at, message);
        self.push(match shape.doc.as_deref().and_then(|doc| doc.description.as_deref()) {
            Some(text) => diagnostic.help(format!("not allowed is: {}", words::shortened(text))),
            None => way_out.map_or(diagnostic.clone(), |way_out| diagnostic.help(way_out)),
        });
    }
}
