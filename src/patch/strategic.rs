//! Strategic merge: maps by key, lists by the keys that the schema publishes, other lists replaced.

use super::Change;
use super::directive::{self, Directive, NAMES, PATCH, is_directive, is_plain, stands_alone, strip_directives};
use super::path::{self, Step};
use crate::diag::{Diagnostic, Sink, code, did_you_mean};
use crate::shape::{Child, ListKind, ShapeId, Shapes};
use crate::source::Pos;
use crate::tree::{Entry, Key, Node, Origin};

/// Merges a patch into a value of the given shape; without a shape every list is replaced. A patch that deletes the whole leaves `null`.
/// Order of the value is kept and new keys and items follow; what the patch does not touch stays shared with the original. Mistakes in the patch
/// go to the sink, at its lines, and what they concern is left as it was.
pub fn strategic(base: Node, patch: &Node, shape: Option<(&Shapes, ShapeId)>, changes: &mut Vec<Change>, sink: &Sink) -> Node {
    let (shapes, id) = shape.unzip();
    let mut merge = Merge { shapes, changes, sink, path: Vec::new() };
    match merge.value(&base, patch, id, false) {
        Outcome::Same => base,
        Outcome::New(node) => node,
        Outcome::Gone => Node::null(patch.origin),
    }
}

/// What became of a value.
enum Outcome {
    Same,
    New(Node),
    Gone,
}

struct Merge<'a> {
    shapes: Option<&'a Shapes>,
    changes: &'a mut Vec<Change>,
    sink: &'a Sink,
    path: Vec<Step>,
}

impl Merge<'_> {
    /// Merges into a value that is there. `declared`: a map above says `override`.
    fn value(&mut self, base: &Node, patch: &Node, shape: Option<ShapeId>, declared: bool) -> Outcome {
        if patch.is_null() {
            self.record(base, None, patch.origin, true);
            return Outcome::Gone;
        }
        if patch.is_map() {
            let Some(directive) = self.directive(patch) else { return Outcome::Same };
            return match directive {
                Directive::Delete => {
                    let origin = patch.field(PATCH).map_or(patch.origin, |node| node.origin);
                    self.record(base, None, origin, true);
                    Outcome::Gone
                }
                Directive::Replace => self.replace(base, strip_directives(patch.clone()), true),
                Directive::Override => self.map(base, patch, shape, true),
                Directive::Merge => self.map(base, patch, shape, declared),
                Directive::Add | Directive::Update | Directive::Append => {
                    let name = patch.field(PATCH).and_then(Node::as_str).unwrap_or_default();
                    self.bad(patch, format!("`$patch: {name}` is for items of lists")).push(self.sink);
                    Outcome::Same
                }
            };
        }
        if patch.is_list() && base.is_list() {
            return self.list(base, patch, shape, declared);
        }
        self.replace(base, strip_directives(patch.clone()), declared)
    }

    /// Puts another value in the place of one.
    fn replace(&mut self, base: &Node, after: Node, declared: bool) -> Outcome {
        if base.value == after.value {
            return Outcome::Same;
        }
        self.record(base, Some(&after), after.origin, declared);
        Outcome::New(after)
    }

    fn map(&mut self, base: &Node, patch: &Node, shape: Option<ShapeId>, declared: bool) -> Outcome {
        if !base.is_map() {
            let after = self.fresh(patch, shape);
            return self.replace(base, after, declared);
        }
        let mut result: Option<Node> = None;
        for entry in patch.entries() {
            if is_directive(entry.key) {
                self.refuse_foreign(entry);
                continue;
            }
            let child = self.child(shape, entry.key);
            self.path.push(Step::Key(entry.key));
            match base.entry(entry.key) {
                Some(before) => match self.value(&before.node, &entry.node, child, declared) {
                    Outcome::Same => {}
                    Outcome::New(node) => result.get_or_insert_with(|| base.clone()).set(entry.key, before.key_at, node),
                    Outcome::Gone => drop(result.get_or_insert_with(|| base.clone()).remove(entry.key)),
                },
                None => {
                    if !entry.node.is_null() && Directive::of(&entry.node) != Some(Directive::Delete) {
                        let node = self.fresh(&entry.node, child);
                        result.get_or_insert_with(|| base.clone()).set(entry.key, entry.key_at, node);
                    }
                }
            }
            self.path.pop();
        }
        if shape.zip(self.shapes).is_some_and(|(id, shapes)| shapes.shape(id).retain_keys) {
            self.retain(base, patch, &mut result, declared);
        }
        result.map_or(Outcome::Same, Outcome::New)
    }

    /// Drops what the patch does not name: of such a map only one form can hold at a time.
    fn retain(&mut self, base: &Node, patch: &Node, result: &mut Option<Node>, declared: bool) {
        if patch.entries().iter().all(|entry| is_directive(entry.key)) {
            return;
        }
        for entry in base.entries().iter().filter(|entry| patch.entry(entry.key).is_none()) {
            self.path.push(Step::Key(entry.key));
            self.record(&entry.node, None, patch.origin, declared);
            self.path.pop();
            result.get_or_insert_with(|| base.clone()).remove(entry.key);
        }
    }

    /// The value that a patch makes where nothing is.
    fn fresh(&mut self, patch: &Node, shape: Option<ShapeId>) -> Node {
        if is_plain(patch) {
            return patch.clone();
        }
        let empty = if patch.is_map() { Node::map(Vec::new(), patch.origin) } else { Node::list(Vec::new(), patch.origin) };
        // A map that replaces or overrides nothing is a map like any other.
        let merged = match patch.is_map() {
            true if self.directive(patch).is_none() => Outcome::Same,
            true => self.map(&empty, patch, shape, false),
            false => self.list(&empty, patch, shape, false),
        };
        match merged {
            Outcome::New(node) => node,
            Outcome::Same | Outcome::Gone => empty,
        }
    }

    fn list(&mut self, base: &Node, patch: &Node, shape: Option<ShapeId>, declared: bool) -> Outcome {
        let items = patch.items();
        let alone = items.iter().find(|item| stands_alone(item)).map(Directive::of);
        let whole = items.iter().any(|item| stands_alone(item) && Directive::of(item) == Some(Directive::Replace));
        if whole {
            let after = strip_directives(patch.clone());
            return self.replace(base, after, true);
        }
        let (kind, item) = match shape.zip(self.shapes) {
            Some((id, shapes)) => (shapes.shape(id).list.clone(), shapes.item(id)),
            None => (ListKind::Atomic, None),
        };
        let appends = alone == Some(Some(Directive::Append));
        match kind {
            ListKind::Map(keys) => self.keyed(base, items, &keys, item, declared),
            ListKind::Set => {
                let new = items.iter().filter(|item| !item.is_null() && !stands_alone(item));
                let new: Vec<&Node> = new.filter(|item| !base.items().iter().any(|known| known.value == item.value)).collect();
                self.extend(base, new)
            }
            ListKind::Atomic if appends => self.extend(base, items.iter().filter(|item| !item.is_null() && !stands_alone(item)).collect()),
            ListKind::Atomic => self.unkeyed(base, patch, declared),
        }
    }

    /// A list without keys: replaced, unless its items say `append`.
    fn unkeyed(&mut self, base: &Node, patch: &Node, declared: bool) -> Outcome {
        let items = patch.items();
        let mut appended = Vec::new();
        for item in items {
            match self.directive(item) {
                Some(Directive::Append) => appended.push(item),
                Some(Directive::Merge) => {}
                Some(_) => {
                    let name = item.field(PATCH).and_then(Node::as_str).unwrap_or_default();
                    let help = "`{$patch: replace}` as an item of its own replaces the list, `$patch: append` adds to it";
                    self.bad(item, format!("`$patch: {name}` needs a list with merge keys, which this is not")).help(help).push(self.sink);
                    return Outcome::Same;
                }
                None => return Outcome::Same,
            }
        }
        if appended.is_empty() {
            let after = strip_directives(patch.clone());
            return if base.items().is_empty() && !after.items().is_empty() {
                Outcome::New(after)
            } else {
                self.replace(base, after, declared)
            };
        }
        if appended.len() < items.len() {
            let other = items.iter().find(|item| Directive::of(item) == Some(Directive::Merge)).unwrap_or(patch);
            let message = "an item without `$patch: append` among items that are appended".to_owned();
            self.bad(other, message).help("all items of the list are appended, or the list is replaced").push(self.sink);
            return Outcome::Same;
        }
        self.extend(base, appended)
    }

    fn extend(&mut self, base: &Node, new: Vec<&Node>) -> Outcome {
        if new.is_empty() {
            return Outcome::Same;
        }
        let mut all = base.items().to_vec();
        all.extend(new.into_iter().map(|item| strip_directives(item.clone())));
        Outcome::New(Node::list(all, base.origin))
    }

    /// A list with keys: item by item.
    fn keyed(&mut self, base: &Node, items: &[Node], keys: &[Key], shape: Option<ShapeId>, declared: bool) -> Outcome {
        let mut result: Option<Vec<Node>> = None;
        for item in items.iter().filter(|item| !item.is_null()) {
            if stands_alone(item) {
                let name = item.field(PATCH).map(|node| node.as_str().unwrap_or("?").to_owned()).unwrap_or_default();
                self.bad(item, format!("`$patch: {name}` alone in an item says nothing of a list with merge keys")).push(self.sink);
                continue;
            }
            let Some(directive) = self.directive(item) else { continue };
            if !keys.iter().any(|key| key_value(item, *key).is_some()) {
                let names = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" and ");
                self.bad(item, format!("the item lacks {names}, by which this list is merged")).push(self.sink);
                continue;
            }
            self.path.push(Step::Item(path::item_text(keys, item)));
            self.item(base, &mut result, item, directive, keys, shape, declared);
            self.path.pop();
        }
        result.map_or(Outcome::Same, |items| Outcome::New(Node::list(items, base.origin)))
    }

    #[expect(clippy::too_many_arguments, reason = "one step of `keyed`, apart from it to be read")]
    fn item(
        &mut self,
        base: &Node,
        result: &mut Option<Vec<Node>>,
        item: &Node,
        directive: Directive,
        keys: &[Key],
        shape: Option<ShapeId>,
        declared: bool,
    ) {
        let current = result.as_deref().unwrap_or(base.items());
        let Some(place) = current.iter().position(|known| self.same(known, item, keys, shape)) else {
            match directive {
                Directive::Delete => {}
                Directive::Update => {
                    let wanted = path::item_text(keys, item);
                    let known: Vec<String> = current.iter().map(|known| path::item_text(keys, known)).collect();
                    let diagnostic = self.bad_at(keyed(item, keys), format!("there is no item `{wanted}` to update"));
                    match did_you_mean(&wanted, known.iter().map(String::as_str)) {
                        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).push(self.sink),
                        None => diagnostic.push(self.sink),
                    }
                }
                Directive::Append => self.bad(item, "`$patch: append` is for lists without merge keys").push(self.sink),
                _ => {
                    let new = self.fresh(item, shape);
                    result.get_or_insert_with(|| base.items().to_vec()).push(new);
                }
            }
            return;
        };
        let before = current[place].clone();
        let outcome = match directive {
            Directive::Add => {
                let text = path::item_text(keys, item);
                let diagnostic = self.bad_at(keyed(item, keys), format!("the item `{text}` that is to be added is there already"));
                let diagnostic = diagnostic.help("leave one of the two out");
                diagnostic.label(before.origin.author(), "it is made here").push(self.sink);
                return;
            }
            Directive::Append => return self.bad(item, "`$patch: append` is for lists without merge keys").push(self.sink),
            Directive::Delete | Directive::Replace => self.value(&before, item, shape, declared),
            Directive::Override => self.map(&before, item, shape, true),
            Directive::Merge | Directive::Update => self.map(&before, item, shape, declared),
        };
        match outcome {
            Outcome::Same => {}
            Outcome::New(node) => result.get_or_insert_with(|| base.items().to_vec())[place] = node,
            Outcome::Gone => drop(result.get_or_insert_with(|| base.items().to_vec()).remove(place)),
        }
    }

    /// Whether two items are one: their keys are equal, where an absent one counts as its default.
    fn same(&self, a: &Node, b: &Node, keys: &[Key], shape: Option<ShapeId>) -> bool {
        keys.iter().all(|key| {
            let default = self.child(shape, *key).zip(self.shapes).and_then(|(id, shapes)| shapes.shape(id).default.as_ref());
            match (key_value(a, *key).or(default), key_value(b, *key).or(default)) {
                (Some(a), Some(b)) => a.value == b.value,
                (None, None) => true,
                _ => false,
            }
        })
    }

    fn child(&self, shape: Option<ShapeId>, key: Key) -> Option<ShapeId> {
        match self.shapes?.child(shape?, key) {
            Child::Known(child) => Some(child),
            Child::Open | Child::Undeclared => None,
        }
    }

    /// What a map says of itself; `None` if that is no directive, which is reported.
    fn directive(&mut self, map: &Node) -> Option<Directive> {
        let directive = Directive::of(map);
        if directive.is_none()
            && let Some(node) = map.field(PATCH)
        {
            let name = node.as_str().map_or_else(|| node.to_json().to_string(), str::to_owned);
            let diagnostic = Diagnostic::error(code::BAD_PATCH, node.origin.author(), format!("there is no directive `$patch: {name}`"));
            let diagnostic = diagnostic.suggest(&name, NAMES);
            let known = || format!("there are {}", NAMES.map(|name| format!("`{name}`")).join(", "));
            self.sink.push(if diagnostic.help.is_some() { diagnostic } else { diagnostic.help(known()) });
        }
        directive
    }

    fn refuse_foreign(&mut self, entry: &Entry) {
        if directive::is_foreign(entry.key.as_str()) {
            let message = format!("there is no directive `{}`", entry.key);
            let help = "it is one that kubectl computes; what a field keeps and how a list is ordered follows from its schema here";
            self.sink.push(Diagnostic::error(code::BAD_PATCH, entry.key_at, message).help(help));
        }
    }

    fn bad(&self, node: &Node, message: impl Into<String>) -> Refusal {
        self.bad_at(node.field(PATCH).map_or(node.origin, |node| node.origin).author(), message)
    }

    fn bad_at(&self, at: Pos, message: impl Into<String>) -> Refusal {
        let place = path::text(&self.path);
        let message = message.into();
        Refusal(Diagnostic::error(code::BAD_PATCH, at, if place.is_empty() { message } else { format!("{message} (`{place}`)") }))
    }

    fn record(&mut self, before: &Node, after: Option<&Node>, by: Origin, declared: bool) {
        // Nothing is lost with an empty value.
        let empty = before.is_null() || (before.is_map() && before.entries().is_empty()) || (before.is_list() && before.items().is_empty());
        if !empty {
            self.changes.push(Change { path: path::text(&self.path), before: before.clone(), after: after.cloned(), by, declared });
        }
    }
}

/// The value of a key field of an item; a null is none.
/// Where the name of an item stands, which its author knows better than the patch.
fn keyed(item: &Node, keys: &[Key]) -> Pos {
    let named = keys.iter().find_map(|key| item.get(*key)).unwrap_or(item);
    named.origin.author()
}

fn key_value(item: &Node, key: Key) -> Option<&Node> {
    item.get(key).filter(|value| !value.is_null())
}

/// A problem on its way to the sink.
struct Refusal(Diagnostic);

impl Refusal {
    fn help(self, help: impl Into<String>) -> Refusal {
        Refusal(self.0.help(help))
    }

    fn label(self, at: crate::source::Pos, message: &str) -> Refusal {
        Refusal(self.0.label(at, message))
    }

    fn push(self, sink: &Sink) {
        sink.push(self.0);
    }
}

#[cfg(test)]
mod tests;
