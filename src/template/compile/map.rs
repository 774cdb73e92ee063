//! Maps and lists with their control keys.

use super::{Compiler, FRAGMENTS};
use crate::diag::{Diagnostic, code};
use crate::source::Pos;
use crate::template::checks::{Expected, Known};
use crate::template::names;
use crate::template::program::{Body, EntryForm, Form, Item, KeyForm, Lets, Loop, MapForm};
use crate::template::syntax::{Scalar, parse_scalar};
use crate::tree::{Entry, Key, Node, Value};

/// Control keys of a map, found.
#[derive(Default)]
struct Control<'n> {
    lets: Option<&'n Node>,
    condition: Option<&'n Node>,
    otherwise: Option<&'n Node>,
    value: Option<&'n Node>,
    fragment: Option<&'n Node>,
    with: Option<&'n Node>,
    merge: Option<&'n Node>,
    own: Vec<&'n Entry>,
}

impl Compiler<'_> {
    /// A list: items may repeat and disappear.
    pub(super) fn list(&mut self, node: &Node, items: &[Node], expected: &Expected) -> (Form, Known) {
        let below = expected.item();
        let (mut out, mut all): (Vec<Item>, Option<Known>) = (Vec::new(), None);
        self.path.push(Key::new("[]"));
        for item in items {
            let (item, known) = self.item(item, &below);
            out.push(item);
            all = Some(match all {
                Some(all) => all.join(known),
                None => known,
            });
        }
        self.path.pop();
        let known = Known::List(Box::new(all.unwrap_or(Known::Any)));
        if out.iter().all(|item| item.loops.is_empty() && matches!(item.form, Form::Fixed(_))) {
            return (Form::Fixed(node.clone()), known);
        }
        (Form::List(self.site(node.origin.at, ""), out), known)
    }

    fn item(&mut self, node: &Node, expected: &Expected) -> (Item, Known) {
        let depth = self.names.depth();
        let loops = match node.field("$for") {
            Some(loops) => self.loops(loops, node),
            None => Some(Vec::new()),
        };
        let (form, known) = match loops {
            Some(_) => self.form(node, expected),
            None => (Form::Broken, Known::Any),
        };
        self.names.truncate(depth);
        let optional = optional(&form);
        (Item { loops: loops.unwrap_or_default(), form, optional, at: node.origin.at }, known)
    }

    fn control<'n>(&mut self, node: &'n Node) -> Control<'n> {
        let mut control = Control::default();
        let uses = node.field("$use").is_some();
        // The reader has spread what it brought; in a template that would hide where values come from.
        if let Some(at) = self.tags.merge_key(node.origin.at) {
            let diagnostic = Diagnostic::error(code::TEMPLATE_SYNTAX, at, "YAML merge keys have no place in templates");
            self.error(diagnostic.help("write `$merge`"));
        }
        for entry in node.entries() {
            let (key, value) = (entry.key.as_str(), Some(&entry.node));
            match key {
                // Read by who holds this map.
                "$for" => {}
                "$let" => control.lets = value,
                "$if" => control.condition = value,
                "$else" => control.otherwise = value,
                "$value" => control.value = value,
                "$merge" => control.merge = value,
                "$use" => control.fragment = value,
                "with" if uses => control.with = value,
                _ if key.starts_with('$') && !key.starts_with("$$") => {
                    if names::DIRECTIVES.contains(&key) && !self.in_output {
                        control.own.push(entry);
                    } else if names::DIRECTIVES.contains(&key) {
                        let diagnostic =
                            Diagnostic::error(code::TEMPLATE_SYNTAX, entry.key_at, format!("`{key}` has a meaning in patches only"));
                        self.error(diagnostic);
                    } else {
                        let diagnostic = Diagnostic::error(code::TEMPLATE_SYNTAX, entry.key_at, format!("`{key}` is no control key"))
                            .help(format!("a key that begins with `$` is written `${key}`"))
                            .suggest(key, names::CONTROL.iter().chain(names::DIRECTIVES).copied());
                        self.error(diagnostic);
                    }
                }
                _ => control.own.push(entry),
            }
        }
        let body = [("$value", control.value), ("$use", control.fragment), ("$merge", control.merge)];
        let present: Vec<_> = body.iter().filter_map(|(name, node)| node.map(|node| (*name, node.origin.at))).collect();
        if let [(first, _), (second, at), ..] = present.as_slice() {
            self.wrong(code::TEMPLATE_SYNTAX, *at, format!("`{first}` and `{second}` exclude each other"));
        } else if let (Some((name @ ("$value" | "$use"), at)), Some(own)) = (present.first(), control.own.first()) {
            let diagnostic = Diagnostic::error(
                code::TEMPLATE_SYNTAX,
                own.key_at,
                format!("the map is what `{name}` gives, so `{}` would be lost", own.key),
            );
            self.error(diagnostic.label(*at, "the whole value"));
        }
        if let (Some(otherwise), None) = (control.otherwise, control.condition) {
            self.wrong(code::TEMPLATE_SYNTAX, otherwise.origin.at, "`$else` has no `$if`");
        }
        control
    }

    /// Names and their values.
    pub(super) fn lets(&mut self, node: &Node, key: &str) -> Lets {
        let mut lets = Vec::new();
        if !node.is_map() {
            self.wrong(code::TEMPLATE_SYNTAX, node.origin.at, format!("`{key}` is a map of names to values"));
            return lets;
        }
        for entry in node.entries() {
            let name = entry.key.as_str();
            let valid = name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name.chars().all(|c| c.is_alphanumeric() || c == '_');
            if !valid || matches!(name, "parameter" | "context") {
                let message = if valid { format!("`{name}` is taken") } else { format!("`{name}` cannot be a name in expressions") };
                self.wrong(code::TEMPLATE_SYNTAX, entry.key_at, message);
                continue;
            }
            let (form, known) = self.unplaced(&entry.node);
            self.names.push(entry.key, known);
            lets.push((entry.key, form));
        }
        lets
    }

    /// A node that gets a name: where it will stand is not known.
    pub(super) fn unplaced(&mut self, node: &Node) -> (Form, Known) {
        let path = std::mem::take(&mut self.path);
        let (kind, in_output) = (self.kind.take(), std::mem::replace(&mut self.in_output, false));
        let result = self.form(node, &Expected::anything());
        (self.path, self.kind, self.in_output) = (path, kind, in_output);
        result
    }

    /// A map. `$for` of list items and of entries is read by who holds the map.
    pub(super) fn map(&mut self, node: &Node, expected: &Expected) -> (Form, Known) {
        let at = node.origin.at;
        let depth = self.names.depth();
        let control = self.control(node);
        let object = expected.of_object(node, self.parts.kubernetes, self.sink);
        let (before, expected) = (self.kind.clone(), object.as_ref().unwrap_or(expected));
        if object.is_some() || self.path.is_empty() {
            self.kind = node.field("kind").and_then(Node::as_str).map(Into::into).or(before.clone());
        }
        let result = self.map_inside(node, &control, expected, at);
        self.kind = before;
        self.names.truncate(depth);
        result
    }

    fn map_inside(&mut self, node: &Node, control: &Control, expected: &Expected, at: Pos) -> (Form, Known) {
        let lets = control.lets.map(|lets| self.lets(lets, "$let")).unwrap_or_default();
        let condition = match control.condition {
            Some(condition) => match self.bare(condition, "$if", node) {
                Some(condition) => Some(condition),
                None => return (Form::Broken, Known::Any),
            },
            None => None,
        };
        let otherwise = control.otherwise.map(|otherwise| self.form(otherwise, expected));
        let (body, mut known) = if let Some(value) = control.value {
            let (form, known) = self.form(value, expected);
            (Body::Value(form), known)
        } else if let Some(fragment) = control.fragment {
            let Some((lets, form, known)) = self.fragment(fragment, control.with, expected) else { return (Form::Broken, Known::Any) };
            (Body::Fragment(lets, form), known)
        } else {
            self.entries(node, control, expected)
        };
        let plain = lets.is_empty() && condition.is_none() && node.field("$for").is_none();
        if let (true, Body::Entries(merge, entries)) = (plain, &body) {
            let fixed =
                |entry: &EntryForm| entry.loops.is_empty() && matches!((&entry.key, &entry.form), (KeyForm::Fixed(_), Form::Fixed(_)));
            let escaped = control.own.iter().any(|entry| entry.key.as_str().starts_with("$$"));
            if merge.is_empty() && control.merge.is_none() && !escaped && entries.iter().all(fixed) {
                return (Form::Fixed(node.clone()), known);
            }
        }
        if let Some((_, other)) = &otherwise {
            known = known.join(other.clone());
        }
        let otherwise = otherwise.map(|(form, _)| form);
        (Form::Map(Box::new(MapForm { site: self.site(at, ""), lets, condition, otherwise, body })), known)
    }

    fn entries(&mut self, node: &Node, control: &Control, expected: &Expected) -> (Body, Known) {
        let mut merge = Vec::new();
        let (mut known, mut closed): (Vec<(Key, Known)>, bool) = (Vec::new(), true);
        if let Some(spread) = control.merge {
            let single = std::slice::from_ref(spread);
            for item in if spread.is_list() { spread.items() } else { single } {
                let (item, spread) = if let Value::Str(_) = item.value {
                    let (form, known) = self.merge_text(item, node);
                    (Item { loops: Vec::new(), form, optional: true, at: item.origin.at }, known)
                } else {
                    self.item(item, expected)
                };
                match spread {
                    Known::Map(entries, all) => {
                        known.extend(entries);
                        closed &= all;
                    }
                    _ => closed = false,
                }
                merge.push(item);
            }
        }
        let mut entries = Vec::new();
        for entry in &control.own {
            let depth = self.names.depth();
            let text = entry.key.as_str();
            let (key, below) = match parse_scalar(text, entry.key_at) {
                Ok(Scalar::Plain) => {
                    let key = Key::new(text.strip_prefix('$').filter(|rest| rest.starts_with('$')).unwrap_or(text));
                    (KeyForm::Fixed(key), expected.key(key, entry.key_at, self.sink, &mut self.errors))
                }
                _ => (KeyForm::Made(Form::Broken), expected.any_key()),
            };
            let loops = self.entry_loops(entry, matches!(key, KeyForm::Fixed(_)));
            let key = match key {
                KeyForm::Made(_) => {
                    closed = false;
                    // The key sees what `$for` binds.
                    let (form, _) = self.scalar(&Node::str(text, crate::tree::Origin::written(entry.key_at)), &Expected::anything());
                    KeyForm::Made(form)
                }
                fixed => fixed,
            };
            self.path.push(match &key {
                KeyForm::Fixed(key) => *key,
                KeyForm::Made(_) => Key::new("*"),
            });
            let (form, value) = self.form(&entry.node, &below);
            self.path.pop();
            self.names.truncate(depth);
            if let KeyForm::Fixed(key) = &key {
                known.retain(|(other, _)| other != key);
                known.push((*key, value));
            }
            entries.push(EntryForm { key, key_at: entry.key_at, loops, form });
        }
        (Body::Entries(merge, entries), Known::Map(known, closed))
    }

    pub(super) fn entry_loops(&mut self, entry: &Entry, fixed: bool) -> Vec<Loop> {
        let Some(node) = entry.node.field("$for") else { return Vec::new() };
        if fixed {
            let diagnostic = Diagnostic::error(
                code::TEMPLATE_SYNTAX,
                node.origin.at,
                format!("`$for` would make the key `{}` several times", entry.key),
            );
            self.error(diagnostic.help("the key must be a template: `\"name-{{ item.name }}\"`; or repeat items of a list"));
            return Vec::new();
        }
        self.loops(node, &entry.node).unwrap_or_default()
    }

    /// A fragment, compiled for the values that it gets here.
    fn fragment(&mut self, name: &Node, with: Option<&Node>, expected: &Expected) -> Option<(Lets, Form, Known)> {
        let at = name.origin.at;
        let Some(text) = name.as_str() else {
            self.wrong(code::TEMPLATE_SYNTAX, at, "`$use` takes the name of a fragment");
            return None;
        };
        let Some(source) = self.parts.fragments.fragment(text) else {
            let known = self.parts.fragments.names();
            let diagnostic = Diagnostic::error(code::UNKNOWN_NAME, at, format!("there is no fragment `{text}`"));
            let library = text.split_once('.').map(|(library, _)| library);
            self.error(diagnostic.suggest(text, known.iter().map(String::as_str)).unless_unread("DefinitionLibrary", library));
            return None;
        };
        if self.fragments.len() >= FRAGMENTS || self.fragments.iter().any(|open| open == text) {
            self.wrong(code::TEMPLATE_SYNTAX, at, format!("the fragment `{text}` uses itself"));
            return None;
        }
        let depth = self.names.depth();
        let mut lets = Vec::new();
        for entry in with.map_or(&[][..], Node::entries) {
            let (form, known) = self.unplaced(&entry.node);
            lets.push((entry.key, form, known));
        }
        self.names.truncate(depth);
        // A fragment sees `context` and what is handed to it.
        let outer = self.names.only_context();
        for (key, _, known) in &lets {
            self.names.push(*key, known.clone());
        }
        self.fragments.push(text.to_owned());
        self.own(&source.node);
        let tags = source.tags;
        let mut inner = Compiler {
            parts: self.parts,
            sink: self.sink,
            tags: &tags,
            session: self.session.share(),
            names: std::mem::take(&mut self.names),
            path: std::mem::take(&mut self.path),
            kind: self.kind.clone(),
            fragments: std::mem::take(&mut self.fragments),
            owned: std::mem::take(&mut self.owned),
            in_output: self.in_output,
            errors: self.errors,
        };
        let (form, known) = inner.form(&source.node, expected);
        self.errors |= inner.errors;
        (self.path, self.fragments, self.owned) = (inner.path, inner.fragments, inner.owned);
        self.names = outer;
        self.fragments.pop();
        let lets = lets.into_iter().map(|(key, form, _)| (key, form)).collect();
        Some((lets, form, known))
    }

    /// Notes that the lines of a node are the template's own.
    pub(super) fn own(&mut self, node: &Node) {
        fn span(node: &Node, range: &mut (Pos, Pos)) {
            if node.origin.at.is_known() {
                *range = (range.0.min(node.origin.at), range.1.max(node.origin.at));
            }
            node.items().iter().for_each(|item| span(item, range));
            for entry in node.entries() {
                range.1 = range.1.max(entry.key_at);
                span(&entry.node, range);
            }
        }
        let mut range = (Pos::new(u32::MAX), Pos::NOWHERE);
        span(node, &mut range);
        if range.1.is_known() && !self.owned.contains(&range) {
            self.owned.push(range);
        }
    }
}

/// Whether a form may disappear by an `$if` of its own.
fn optional(form: &Form) -> bool {
    match form {
        Form::Map(map) => {
            map.condition.is_some()
                || match &map.body {
                    Body::Value(form) | Body::Fragment(_, form) => optional(form),
                    Body::Entries(..) => false,
                }
        }
        _ => false,
    }
}
