//! Maps: keys that become text, keys that stand twice, and `<<`.

use granit_parser::ScalarStyle;
use rustc_hash::FxHashMap;

use super::events::{Part, Placed};
use super::reader::Reader;
use super::scalar::{key_text, plain};
use crate::diag::{Diagnostic, code};
use crate::source::Pos;
use crate::tree::{Entry, Key, Node, Origin, Value};

/// From how many entries on keys are looked up, and not compared one by one.
const MANY: usize = 24;

/// What stands before a colon.
enum Name {
    Key(Key),
    /// `<<`
    Merge,
    /// Nothing that can be a key; it is told.
    Bad,
    /// The braces of a template without quotes; it is told, and its text stands for the whole map.
    Template(Node),
}

/// A `<<`, and the maps behind it, those that win first.
struct Merge {
    at: Pos,
    /// How many entries came before it.
    before: usize,
    maps: Vec<Node>,
}

impl<'t> Reader<'t, '_> {
    /// A map whose first part is behind us; it begins at the byte `start`.
    pub(super) fn map(&mut self, start: usize) -> Node {
        let at = self.pos(start);
        let first = self.entries.len();
        let mut places: FxHashMap<Key, usize> = FxHashMap::default();
        let mut merge: Option<Merge> = None;
        while let Some(placed) = self.next() {
            let key_at = self.pos(placed.start);
            if matches!(placed.part, Part::MapEnd) {
                break;
            }
            let name = match self.name(placed, start) {
                Name::Template(text) => {
                    self.entries.truncate(first);
                    return text;
                }
                name => name,
            };
            let Some(value) = self.next() else { break };
            let node = self.value(value);
            match name {
                Name::Key(key) => match earlier(&self.entries[first..], key, &mut places) {
                    Some(index) => self.mistakes.duplicate_key(key, self.entries[first + index].key_at, key_at),
                    None => self.entries.push(Entry { key, key_at, node }),
                },
                Name::Merge => match &merge {
                    Some(merge) => self.mistakes.duplicate_merge(merge.at, key_at),
                    None => merge = Some(Merge { at: key_at, before: self.entries.len() - first, maps: self.merged(node) }),
                },
                Name::Bad | Name::Template(_) => {}
            }
        }
        let mut entries: Vec<Entry> = self.entries.drain(first..).collect();
        if let Some(merge) = merge {
            self.tags.note_merge(at, merge.at);
            spread(&mut entries, merge);
        }
        Node::map(entries, Origin::written(at))
    }

    fn name(&mut self, placed: Placed<'t>, map: usize) -> Name {
        let Placed { part, start, .. } = placed;
        if start > 0 && self.file.text().as_bytes()[start - 1] == b'\t' && self.events.bracket().is_none() {
            self.mistakes.tab(start);
        }
        let at = self.pos(start);
        let node = match part {
            Part::Scalar { text, style: ScalarStyle::Plain, tag: None, anchor } => {
                if text == "<<" {
                    return Name::Merge;
                }
                let value = if text.is_empty() { Some(Value::Null) } else { plain(&text) };
                let Some(value) = value.filter(|value| !is_word(value, &text)) else {
                    if anchor != 0 {
                        self.anchors.set(anchor, Node::str(&*text, Origin::written(at)), 1, 0);
                    }
                    return Name::Key(Key::new(&text));
                };
                let node = Node::new(value, Origin::written(at));
                if anchor != 0 {
                    self.anchors.set(anchor, node.clone(), 1, 0);
                }
                return self.converted(&node, &text, at);
            }
            Part::Scalar { text, style, tag, anchor } => {
                let node = self.scalar(&text, style, tag, at);
                if anchor != 0 {
                    self.anchors.set(anchor, node.clone(), 1, 0);
                }
                return match &node.value {
                    Value::Str(text) => Name::Key(Key::new(text)),
                    _ => self.converted(&node, &text, at),
                };
            }
            Part::Alias { anchor } => self.alias(anchor, at),
            Part::MapStart { .. } if self.file.text()[map..].starts_with("{{") => {
                self.skip(1);
                let end = self.skip(1).max(map);
                self.mistakes.template(map, end);
                let text = &self.file.text()[map..end];
                return Name::Template(Node::str(text, Origin::written(self.pos(map))));
            }
            Part::ListStart { .. } | Part::MapStart { .. } => {
                let what = if matches!(part, Part::ListStart { .. }) { "list" } else { "map" };
                self.skip(1);
                self.mistakes.bad_key(&format!("a {what}"), at);
                return Name::Bad;
            }
            other => {
                self.value(Placed { part: other, start, end: start });
                return Name::Bad;
            }
        };
        match &node.value {
            Value::Str(text) => Name::Key(Key::new(text)),
            _ => self.converted(&node, &key_text(&node.value).unwrap_or_default(), at),
        }
    }

    /// A key that is no text, made text as Kubernetes does it.
    fn converted(&mut self, node: &Node, written: &str, at: Pos) -> Name {
        match key_text(&node.value) {
            Some(text) => {
                if text != written && !written.is_empty() {
                    self.mistakes.changed_key(node.value.type_name(), written, &text, at);
                }
                Name::Key(Key::new(&text))
            }
            None => {
                if !self.broken {
                    let what = if node.is_null() { "null".to_owned() } else { format!("the {} `{written}`", node.value.type_name()) };
                    self.mistakes.bad_key(&what, at);
                }
                Name::Bad
            }
        }
    }

    /// The maps that a `<<` brings.
    fn merged(&mut self, node: Node) -> Vec<Node> {
        let maps = match &node.value {
            Value::Map(_) => vec![node],
            Value::List(items) => items.to_vec(),
            // An alias that leads nowhere was told where it stands.
            Value::Null if self.broken => Vec::new(),
            _ => vec![node],
        };
        let (maps, others): (Vec<Node>, Vec<Node>) = maps.into_iter().partition(Node::is_map);
        for other in others.iter().filter(|other| !(other.is_null() && self.broken)) {
            let message = format!("`<<` takes maps, and this is {}", article(&other.value));
            let problem = Diagnostic::error(code::YAML_ALIAS, other.origin.at, message);
            self.mistakes.push(problem.help("write `<<: *name` with the anchor of a map, or a list of such aliases"));
        }
        maps
    }
}

/// The index of an entry of the same key. `places` is filled once there are many.
pub(super) fn earlier(entries: &[Entry], key: Key, places: &mut FxHashMap<Key, usize>) -> Option<usize> {
    if entries.len() < MANY {
        return entries.iter().position(|entry| entry.key == key);
    }
    // All but those that came since the last look are there already.
    for (index, entry) in entries.iter().enumerate().skip(places.len()) {
        places.insert(entry.key, index);
    }
    places.get(&key).copied()
}

/// Puts what a `<<` brings where it stands: own keys win, then earlier maps.
fn spread(entries: &mut Vec<Entry>, merge: Merge) {
    let mut known: FxHashMap<Key, ()> = entries.iter().map(|entry| (entry.key, ())).collect();
    let brought: Vec<Entry> =
        merge.maps.iter().flat_map(|map| map.entries()).filter(|entry| known.insert(entry.key, ()).is_none()).cloned().collect();
    entries.splice(merge.before..merge.before, brought);
}

/// Whether a boolean is written as another word. Kubernetes makes `true` of the keys `on` and `y`, which nobody who writes them means.
pub(super) fn is_word(value: &Value, text: &str) -> bool {
    matches!(value, Value::Bool(_)) && !text.eq_ignore_ascii_case("true") && !text.eq_ignore_ascii_case("false")
}

fn article(value: &Value) -> String {
    match value.type_name() {
        "null" => "null".to_owned(),
        "integer" => "an integer".to_owned(),
        name => format!("a {name}"),
    }
}
