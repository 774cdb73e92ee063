//! Maps, lists and their control keys.

use std::sync::{Arc, LazyLock};

use super::fault::Fault;
use super::{Evaluator, Frame, Step};
use crate::shape::Kind;
use crate::source::Pos;
use crate::template::bounds;
use crate::template::program::{Bare, Body, EntryForm, Form, Item, KeyForm, Lets, Loop, MapForm, Site};
use crate::template::syntax::Expr;
use crate::template::value::{Unset, Val};
use crate::tree::{Entry, Fill, Key, Node, Origin, Value};

use super::lookup::Found;

static NOTHING: LazyLock<Arc<str>> = LazyLock::new(|| "`$for` over nothing".into());

/// A round of `$for`: the names it binds, and the author's line of the item.
pub struct Round {
    pub scope: Frame,
    pub item: Pos,
}

impl Evaluator<'_> {
    /// Binds names, each of which sees the earlier ones.
    pub fn lets(&mut self, lets: &Lets, scope: &Frame) -> Frame {
        let mut scope = scope.clone();
        for (key, form) in lets {
            let value = self.bind(form, &scope);
            scope = scope.with(*key, value);
        }
        scope
    }

    /// Whether a bare expression holds, and the input that decided; `None`: a problem was reported.
    pub fn holds(&mut self, bare: &Bare, scope: &Frame) -> Option<(bool, Pos)> {
        if let Expr::Path(path) = &bare.expr {
            // No reads are kept: the common case costs no lock.
            match self.walk(path, scope) {
                Ok(Found::Node(node, typed)) => {
                    let by = node.origin.author();
                    let value = Val::Node(node.clone(), typed);
                    return Some((self.is_true(&value), by));
                }
                Ok(Found::Unset(unset)) => return Some((false, unset.near)),
                _ => {}
            }
        }
        self.line(bare.at, |line| {
            let holds = line.truth(&bare.expr, scope)?;
            let by = line.session.record().reads.get(line.mark).map_or(Pos::NOWHERE, |read| read.origin.author());
            Ok((holds, by))
        })
    }

    /// The rounds of nested loops; `None`: a problem was reported.
    pub fn rounds(&mut self, loops: &[Loop], scope: &Frame) -> Option<Vec<Round>> {
        let mut rounds = vec![Round { scope: scope.clone(), item: Pos::NOWHERE }];
        for one in loops {
            let mut next = Vec::new();
            for round in &rounds {
                self.round(one, &round.scope, &mut next)?;
            }
            rounds = next;
        }
        Some(rounds)
    }

    fn round(&mut self, one: &Loop, scope: &Frame, out: &mut Vec<Round>) -> Option<()> {
        let over = self.line(one.at, |line| {
            let value = line.value(&one.over, scope)?;
            line.settle(value)
        })?;
        let (node, typed) = match over {
            Val::Node(node, typed) => (node, typed),
            Val::Computed(Value::Null) => return Some(()),
            Val::Unset(Unset { typed, .. }) if self.session.kind(typed) != Kind::Scalar => return Some(()),
            Val::Unset(_) => {
                self.fail(one.at, &Fault::new("`$for` walks lists and maps, not single values"));
                return None;
            }
            Val::Computed(value) => (Node::new(value, Origin::written(one.at)), None),
            Val::Engine(_) => return Some(()),
        };
        if !self.budget.steps(node.items().len() + node.entries().len()) {
            let fault = self.passed();
            self.fail(one.at, &fault);
            return None;
        }
        let item = self.session.item(typed);
        match (&node.value, one.names.as_slice()) {
            (Value::Null, _) => {}
            (Value::List(items), [name]) => out.extend(
                items.iter().map(|value| Round { scope: scope.with(*name, Val::Node(value.clone(), item)), item: value.origin.author() }),
            ),
            (Value::List(items), [index, name]) => out.extend(items.iter().enumerate().map(|(number, value)| Round {
                scope: scope.with(*index, Val::Computed(Value::Int(number as i64))).with(*name, Val::Node(value.clone(), item)),
                item: value.origin.author(),
            })),
            (Value::Map(entries), names) => {
                for entry in entries.iter() {
                    let key = Node::str(entry.key.as_str(), Origin { at: entry.key_at, by: Fill::NOTHING });
                    let mut inner = scope.with(names[0], Val::Node(key, None));
                    if let Some(name) = names.get(1) {
                        let below = self.session.child(typed, entry.key).unwrap_or(None);
                        inner = inner.with(*name, Val::Node(entry.node.clone(), below));
                    }
                    out.push(Round { scope: inner, item: entry.node.origin.author() });
                }
            }
            (value, _) => {
                let fault = Fault::new(format!("`$for` walks lists and maps, not a {}", value.type_name()));
                self.fail(one.at, &fault);
                return None;
            }
        }
        Some(())
    }

    /// A list: an item disappears by `$if` and `$for` only.
    pub fn list(&mut self, site: &Site, items: &[Item], scope: &Frame) -> Option<Node> {
        let before = self.failures;
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            if item.loops.is_empty() {
                self.item(item, scope, &mut out);
                continue;
            }
            for round in self.rounds(&item.loops, scope).unwrap_or_default() {
                if self.stopped() {
                    return None;
                }
                self.item(item, &round.scope, &mut out);
            }
        }
        if out.is_empty() && !items.is_empty() {
            if self.failures == before {
                self.emptied(site);
            }
            return None;
        }
        Some(Node::list(out, Origin::written(site.at)))
    }

    fn emptied(&mut self, site: &Site) {
        match site.guard {
            Some(what) if self.binding == 0 => {
                let fault = Fault::new(format!("the list is empty, and without it {what} would mean more than was asked for"))
                    .help("guard the field with `$if`");
                self.fail(site.at, &fault);
            }
            _ => self.dropped(site.at, &NOTHING, Pos::NOWHERE),
        }
    }

    fn item(&mut self, item: &Item, scope: &Frame, out: &mut Vec<Node>) {
        let before = self.failures;
        let drops = self.vanished;
        self.path.push(Step::Item(out.len()));
        let node = self.node(&item.form, scope);
        self.path.pop();
        match node {
            Some(node) => out.push(node),
            None if self.failures > before || self.stopped() => {}
            // `$if` said so.
            None if item.optional && self.vanished > drops => {}
            None => {
                let what = match &item.form {
                    Form::Path(_, path) => format!("the item is `{}`, which is not set", path.text),
                    Form::Map(_) => "nothing is left of the item: all of its values are unset".to_owned(),
                    _ => "the item is not set".to_owned(),
                };
                self.fail(item.at, &Fault::new(what).help("an item is left out by `$if` or `$for` only: `{$if: …, $value: …}`"));
            }
        }
        self.vanished = drops;
    }

    /// A map with its control keys.
    pub fn map(&mut self, map: &MapForm, scope: &Frame) -> Option<Node> {
        self.depth += 1;
        if self.depth > bounds::DEPTH {
            self.depth -= 1;
            self.fail(map.site.at, &Fault::bound("the template nests too deeply"));
            return None;
        }
        let result = self.map_inside(map, scope);
        self.depth -= 1;
        result
    }

    fn map_inside(&mut self, map: &MapForm, scope: &Frame) -> Option<Node> {
        let inner;
        let scope = if map.lets.is_empty() {
            scope
        } else {
            inner = self.lets(&map.lets, scope);
            &inner
        };
        if let Some(condition) = &map.condition {
            let (holds, by) = self.holds(condition, scope)?;
            if !holds {
                if let Some(otherwise) = &map.otherwise {
                    return self.node(otherwise, scope);
                }
                self.vanished += 1;
                self.dropped(map.site.at, &condition.refused, by);
                self.dropped_below(map, &condition.refused, by);
                return None;
            }
        }
        match &map.body {
            Body::Value(form) => self.node(form, scope),
            Body::Fragment(lets, form) => {
                // A fragment sees `context` and what is handed to it, nothing else.
                let mut inside = match scope.find(Key::new("context")) {
                    Some(context) => Frame::root(Key::new("context"), context.clone()),
                    None => Frame::root(Key::new(""), Val::Computed(Value::Null)),
                };
                for (key, form) in lets {
                    let value = self.bind(form, scope);
                    inside = inside.with(*key, value);
                }
                self.node(form, &inside)
            }
            Body::Entries(merge, entries) => self.entries(map, merge, entries, scope),
        }
    }

    /// Notes the fields of a map that is left out: somebody may ask for one of them, in a map that others fill.
    fn dropped_below(&mut self, map: &MapForm, reason: &Arc<str>, by: Pos) {
        let Body::Entries(_, entries) = &map.body else { return };
        if !self.log.keeps_dropped {
            return;
        }
        for entry in entries {
            let KeyForm::Fixed(key) = entry.key else { continue };
            self.path.push(Step::Key(key));
            self.dropped(entry.key_at, reason, by);
            if let Form::Map(inner) = &entry.form {
                self.dropped_below(inner, reason, by);
            }
            self.path.pop();
        }
    }

    fn entries(&mut self, map: &MapForm, merge: &[Item], entries: &[EntryForm], scope: &Frame) -> Option<Node> {
        let mut out: Vec<Entry> = Vec::with_capacity(entries.len());
        for item in merge {
            for round in self.rounds(&item.loops, scope).unwrap_or_default() {
                self.spread(item, &round.scope, &mut out);
            }
        }
        let spread = !merge.is_empty();
        for entry in entries {
            if entry.loops.is_empty() {
                self.entry(entry, scope, spread, &mut out);
                continue;
            }
            for round in self.rounds(&entry.loops, scope).unwrap_or_default() {
                if self.stopped() {
                    return None;
                }
                self.entry(entry, &round.scope, spread, &mut out);
            }
        }
        // A map that was written empty stays; one that unset values emptied goes.
        if out.is_empty() && (spread || !entries.is_empty()) {
            return None;
        }
        Some(Node::map(out, Origin::written(map.site.at)))
    }

    fn spread(&mut self, item: &Item, scope: &Frame, out: &mut Vec<Entry>) {
        if let Some(node) = self.node(&item.form, scope) {
            self.spread_node(&node, item, out);
        }
    }

    /// Spreads a map, or the maps of a list.
    fn spread_node(&mut self, node: &Node, item: &Item, out: &mut Vec<Entry>) {
        match &node.value {
            Value::Map(entries) => {
                for entry in entries.iter() {
                    put(out, entry.clone());
                }
            }
            Value::List(maps) => maps.iter().for_each(|map| self.spread_node(map, item, out)),
            Value::Null => {}
            other => {
                let fault = Fault::new(format!("`$merge` spreads maps, not a {}", other.type_name()));
                self.fail(item.at, &fault);
            }
        }
    }

    fn entry(&mut self, entry: &EntryForm, scope: &Frame, spread: bool, out: &mut Vec<Entry>) {
        let key = match &entry.key {
            KeyForm::Fixed(key) => *key,
            KeyForm::Made(form) => match self.key(form, entry.key_at, scope) {
                Some(key) => key,
                None => return,
            },
        };
        self.path.push(Step::Key(key));
        let node = self.node(&entry.form, scope);
        self.path.pop();
        let Some(node) = node else { return };
        let new = Entry { key, key_at: entry.key_at, node };
        if spread && matches!(entry.key, KeyForm::Fixed(_)) {
            put(out, new);
        } else if let Some(other) = out.iter().find(|other| other.key == key).filter(|_| matches!(entry.key, KeyForm::Made(_))) {
            if spread && entry.loops.is_empty() {
                put(out, new);
                return;
            }
            let (first, fault) = (other.node.origin.author(), Fault::new(format!("the key `{key}` is made twice")));
            self.fail_with(entry.key_at, &fault, first, "made here first");
        } else {
            out.push(new);
        }
    }

    /// A key that is a template: it must come out as text.
    pub fn key(&mut self, form: &Form, at: Pos, scope: &Frame) -> Option<Key> {
        let (before, drops) = (self.failures, self.log.dropped.len());
        let node = self.node(form, scope);
        self.log.dropped.truncate(drops);
        match node.as_ref().map(|node| &node.value) {
            Some(value) => match super::operators::plain_text(value) {
                Some(text) => Some(Key::new(&text)),
                None => {
                    self.fail(at, &Fault::new(format!("a key is text, not a {}", value.type_name())));
                    None
                }
            },
            None => {
                if self.failures == before {
                    self.fail(
                        at,
                        &Fault::new("the key is not set").help("guard the entry with `$if` inside of it, or give the key a `default`"),
                    );
                }
                None
            }
        }
    }
}

fn put(out: &mut Vec<Entry>, entry: Entry) {
    match out.iter_mut().find(|other| other.key == entry.key) {
        Some(other) => *other = entry,
        None => out.push(entry),
    }
}
