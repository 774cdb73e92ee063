//! Evaluation: a compiled template and values to nodes with origins.

mod convert;
mod expression;
mod fault;
mod lookup;
mod map;
mod operators;
mod sections;
mod text;

use std::rc::Rc;
use std::sync::Arc;

use minijinja::State;

use super::bounds::Budget;
use super::filters;
use super::program::{Form, Site};
use super::value::{Session, Typed, Unset, Val};
use crate::diag::{Diagnostic, Sink, code};
use crate::source::Pos;
use crate::tree::{Dropped, Fill, Key, Node, Origin, UnitLog, Value};
use fault::{Fault, Try};
use lookup::Found;

pub use operators::plain_text;

/// Names and their values: a list that inner scopes share with outer ones.
#[derive(Clone, Debug)]
pub struct Frame(Rc<Binding>);

#[derive(Debug)]
struct Binding {
    key: Key,
    value: Val,
    up: Option<Frame>,
}

impl Frame {
    fn root(key: Key, value: Val) -> Frame {
        Frame(Rc::new(Binding { key, value, up: None }))
    }

    fn with(&self, key: Key, value: Val) -> Frame {
        Frame(Rc::new(Binding { key, value, up: Some(self.clone()) }))
    }

    fn find(&self, key: Key) -> Option<&Val> {
        let mut frame = self;
        loop {
            if frame.0.key == key {
                return Some(&frame.0.value);
            }
            frame = frame.0.up.as_ref()?;
        }
    }
}

#[derive(Copy, Clone)]
enum Step {
    Key(Key),
    Item(usize),
}

/// One evaluation.
pub struct Evaluator<'a> {
    session: Arc<Session>,
    owned: &'a [(Pos, Pos)],
    sink: &'a Sink,
    log: &'a mut UnitLog,
    budget: Budget,
    /// Made on first use: most templates need no filter.
    engine: Option<State<'static, 'static>>,
    /// Where the value that is being made stands in the output.
    path: Vec<Step>,
    /// Names are being bound: what is left out is not missing in any output.
    binding: usize,
    depth: usize,
    /// How many problems were reported.
    failures: usize,
    /// How many maps `$if` took away.
    vanished: usize,
    /// The line that is being evaluated.
    site: Pos,
    /// The union of the first so many reads.
    union: (usize, usize, Fill),
    /// Where the reads of the line begin.
    mark: usize,
}

impl<'a> Evaluator<'a> {
    fn engine(&mut self) -> &mut State<'static, 'static> {
        self.engine.get_or_insert_with(|| filters::environment().empty_state())
    }

    fn passed(&self) -> Box<Fault> {
        Fault::bound(self.budget.passed.unwrap_or("the template does too much"))
    }

    /// Whether a place is in the template itself, rather than in an input.
    fn owns(&self, at: Pos) -> bool {
        self.owned.iter().any(|(from, to)| *from <= at && at <= *to)
    }

    /// The origin of an input's value that a template line takes over.
    fn through(&self, origin: Origin, at: Pos) -> Origin {
        if origin.by == Fill::NOTHING && self.owns(origin.at) { origin } else { origin.through(at) }
    }

    fn positions(&self, origin: Origin) -> Vec<Pos> {
        if origin.by != Fill::NOTHING {
            self.log.positions(origin.by)
        } else if self.owns(origin.at) {
            Vec::new()
        } else {
            vec![origin.at]
        }
    }

    /// The origin of what the line computes: all that it read.
    fn union(&mut self) -> Origin {
        let (mark, count) = (self.mark, self.session.record().reads.len());
        if (self.union.0, self.union.1) != (mark, count) {
            let origins: Vec<(Origin, bool)> = {
                let record = self.session.record();
                record.reads[mark.min(count)..].iter().map(|read| (read.origin, read.container)).collect()
            };
            // Where single values of a list or map were read, the list itself says nothing more.
            let scalars = origins.iter().any(|(_, container)| !container);
            let mut positions = Vec::new();
            for (origin, container) in origins {
                if !container || !scalars {
                    positions.extend(self.positions(origin));
                }
            }
            self.union = (mark, count, self.log.fill(positions));
        }
        Origin { at: self.site, by: self.union.2 }
    }

    /// Runs what evaluates one line: reads are counted from here, and a fault is reported here.
    fn line<T>(&mut self, at: Pos, work: impl FnOnce(&mut Self) -> Try<T>) -> Option<T> {
        let before = (self.site, self.mark);
        self.site = at;
        self.mark = self.session.record().reads.len();
        self.union.1 = usize::MAX;
        let result = work(self);
        if let Err(fault) = &result {
            self.report(at, fault);
        }
        let mut record = self.session.record();
        record.reads.truncate(self.mark);
        record.misses.clear();
        record.unset.clear();
        drop(record);
        self.union.1 = usize::MAX;
        (self.site, self.mark) = before;
        result.ok()
    }

    fn report(&mut self, at: Pos, fault: &Fault) {
        self.failures += 1;
        if fault.code == code::TEMPLATE_BOUND {
            // One is enough: everything after it passes the bound too.
            if self.failures > 1 && self.budget.passed.is_some_and(|passed| passed.is_empty()) {
                return;
            }
            self.budget.passed = Some("");
        }
        let mut diagnostic = Diagnostic::error(fault.code, at, fault.message.clone());
        diagnostic.help.clone_from(&fault.help);
        let reads: Vec<(Origin, Option<Arc<str>>)> = {
            let record = self.session.record();
            record.reads[self.mark..].iter().take(4).map(|read| (read.origin, read.name.clone())).collect()
        };
        let mut seen = Vec::new();
        for (origin, name) in reads {
            for pos in self.positions(origin) {
                if !seen.contains(&pos) {
                    seen.push(pos);
                    let name = name.as_deref().map_or_else(|| "a value of it".to_owned(), |name| format!("`{name}`"));
                    diagnostic = diagnostic.label(pos, format!("{name} is given here"));
                }
            }
        }
        self.sink.push(diagnostic);
    }

    /// Reports a fault outside of an expression.
    fn fail(&mut self, at: Pos, fault: &Fault) {
        self.mark = self.session.record().reads.len();
        self.report(at, fault);
    }

    fn stopped(&self) -> bool {
        self.budget.passed.is_some()
    }

    /// Notes that a field is left out.
    fn dropped(&mut self, at: Pos, reason: &Arc<str>, by: Pos) {
        if self.binding > 0 || !self.log.keeps_dropped {
            return;
        }
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key.as_str());
                }
                Step::Item(index) => path.push_str(&format!("[{index}]")),
            }
        }
        self.log.dropped.push(Dropped { path: path.into(), at, reason: reason.clone(), by, owner: None });
    }

    /// A value that is not there, alone in its place: the place is left out, unless that would widen what the object means.
    fn absent(&mut self, site: &Site, unset: &Unset) -> Option<Node> {
        match site.guard {
            Some(what) => {
                let named = unset.path.is_some() || unset.typed.is_some();
                let name = if named { format!("`{}`", self.session.name_of_unset(unset)) } else { "the value".to_owned() };
                let fault = Fault::new(format!("{name} is not set, and without it {what} would mean more than was asked for"))
                    .help("guard the field with `$if`, or give it a value with `default`");
                self.fail(site.at, &fault);
            }
            None => self.dropped(site.at, &site.unset, unset.near),
        }
        None
    }

    /// The node of a form; `None`: left out, or a problem was reported.
    fn node(&mut self, form: &Form, scope: &Frame) -> Option<Node> {
        if self.stopped() {
            return None;
        }
        if !self.budget.step() {
            let fault = self.passed();
            self.fail(form.at(), &fault);
            return None;
        }
        match form {
            Form::Fixed(node) => Some(node.clone()),
            Form::Path(site, path) => {
                let found = match self.walk(path, scope) {
                    Ok(found) => found,
                    Err(fault) => {
                        self.fail(site.at, &fault);
                        return None;
                    }
                };
                match found {
                    Found::Node(node, _) => Some(Node { value: node.value.clone(), origin: self.through(node.origin, site.at) }),
                    Found::Computed(value) => Some(Node::new(value.clone(), Origin::written(site.at))),
                    Found::Unset(unset) => self.absent(site, &unset),
                }
            }
            Form::Value(site, expr) => {
                let result = self.line(site.at, |line| {
                    let value = line.value(expr, scope)?;
                    let value = line.settle(value)?;
                    Ok(match value {
                        Val::Computed(value) => Ok(Node::new(value, line.union())),
                        Val::Node(node, _) => Ok(Node { origin: line.through(node.origin, site.at), value: node.value }),
                        Val::Unset(unset) => Err(unset),
                        Val::Engine(_) => return Err(Fault::new("the value is neither a list nor a map")),
                    })
                })?;
                match result {
                    Ok(node) => Some(node),
                    Err(unset) => self.absent(site, &unset),
                }
            }
            Form::Text(site, parts) => self.line(site.at, |line| {
                let text = line.text(parts, scope)?;
                Ok(Node::new(Value::Str(text.into()), line.union()))
            }),
            Form::List(site, items) => self.list(site, items, scope),
            Form::Map(map) => self.map(map, scope),
            Form::Broken => {
                self.failures += 1;
                None
            }
        }
    }

    /// The value of a form that gets a name.
    fn bind(&mut self, form: &Form, scope: &Frame) -> Val {
        let nothing = |near: Pos, typed: Option<Typed>| Val::Unset(Unset { typed, path: None, near });
        match form {
            Form::Path(site, path) => match self.walk(path, scope) {
                Ok(Found::Node(node, typed)) => Val::Node(node.clone(), typed),
                Ok(Found::Computed(value)) => Val::Computed(value.clone()),
                Ok(Found::Unset(unset)) => Val::Unset(unset),
                Err(fault) => {
                    self.fail(site.at, &fault);
                    nothing(site.at, None)
                }
            },
            Form::Value(site, expr) => {
                let value = self.line(site.at, |line| {
                    let value = line.value(expr, scope)?;
                    Ok(match line.settle(value)? {
                        // Its origin is what this line read, not what reads the name.
                        Val::Computed(value) => Val::Node(Node::new(value, line.union()), None),
                        value => value,
                    })
                });
                value.unwrap_or_else(|| nothing(site.at, None))
            }
            _ => {
                self.binding += 1;
                let node = self.node(form, scope);
                self.binding -= 1;
                match (node, form) {
                    (Some(node), _) => Val::Node(node, None),
                    (None, Form::List(site, _)) => Val::Node(Node::list(Vec::new(), Origin::written(site.at)), None),
                    (None, Form::Map(map)) => Val::Node(Node::map(Vec::new(), Origin::written(map.site.at)), None),
                    (None, form) => nothing(form.at(), None),
                }
            }
        }
    }
}
