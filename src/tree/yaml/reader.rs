//! Parts to nodes. A mistake is told and the document read on, as far as there is something to go by.

use granit_parser::ScalarStyle;

use super::anchors::{Anchors, Followed};
use super::events::{Events, Part, Placed};
use super::mistakes::Mistakes;
use super::scalar::plain;
use super::tag::{Meaning, Tagged, Tags};
use super::{Document, Documents};
use crate::diag::{Diagnostic, code};
use crate::source::{Pos, SourceFile};
use crate::tree::{Entry, Node, Origin, Value};

/// How deep values may lie in each other, aliases followed. Nothing that people write comes near; every later stage recurses.
pub(super) const LEVELS: usize = 200;

/// Reads one file.
pub(super) struct Reader<'t, 's> {
    pub(super) file: &'t SourceFile,
    pub(super) events: Events<'t>,
    pub(super) mistakes: Mistakes<'t, 's>,
    pub(super) anchors: Anchors<'t>,
    pub(super) tags: Tags,
    /// Children of the collections that are being read, innermost last: each takes its own from the end, in one piece.
    items: Vec<Node>,
    pub(super) entries: Vec<Entry>,
    /// How many collections are open.
    depth: usize,
    /// The deepest level since it was last looked at.
    deepest: usize,
    /// How many values there are, aliases followed.
    values: u64,
    /// The document is not all there: what was read of it says no more than its name.
    pub(super) broken: bool,
    /// The parser met an error, and goes on at the next document at best.
    stopped: bool,
}

impl<'t, 's> Reader<'t, 's> {
    pub fn new(file: &'t SourceFile, mistakes: Mistakes<'t, 's>) -> Reader<'t, 's> {
        Reader {
            file,
            events: Events::new(file.text()),
            mistakes,
            anchors: Anchors::default(),
            tags: Tags::default(),
            items: Vec::new(),
            entries: Vec::new(),
            depth: 0,
            deepest: 0,
            values: 0,
            broken: false,
            stopped: false,
        }
    }

    /// All documents of the file; those without a value are left out.
    pub fn documents(mut self) -> Documents {
        let mut documents = Documents::default();
        loop {
            let before = documents.broken.len();
            while let Some(placed) = self.next() {
                if !matches!(placed.part, Part::DocumentStart) {
                    continue;
                }
                let root = match self.next() {
                    Some(Placed { part: Part::DocumentEnd, .. }) | None => None,
                    Some(placed) => Some(self.value(placed)),
                };
                self.close(root, &mut documents);
            }
            if self.stopped && documents.broken.len() == before {
                self.close(None, &mut documents);
            }
            if !std::mem::take(&mut self.stopped) || !self.events.recover() {
                return documents;
            }
            self.mistakes.next_document();
        }
    }

    fn close(&mut self, root: Option<Node>, documents: &mut Documents) {
        let mut tags = std::mem::take(&mut self.tags);
        tags.settle();
        self.anchors = Anchors::default();
        self.mistakes.next_document();
        let broken = std::mem::take(&mut self.broken) | self.stopped;
        if broken {
            let root = root.unwrap_or_else(|| Node::null(Origin::default()));
            documents.broken.push(Document { root, tags });
        } else if let Some(root) = root.filter(|root| !root.is_null()) {
            documents.sound.push(Document { root, tags });
        }
    }

    pub(super) fn pos(&self, at: usize) -> Pos {
        self.file.pos(at)
    }

    /// The next part; `None` at the end and behind an error, which is told.
    pub(super) fn next(&mut self) -> Option<Placed<'t>> {
        loop {
            match self.events.next() {
                Ok(Some(Placed { part: Part::Anchor { number, name }, .. })) => self.anchors.name(number, name),
                Ok(placed) => return placed,
                Err(error) => {
                    self.stopped = true;
                    self.mistakes.syntax(&error, &self.events);
                    return None;
                }
            }
        }
    }

    /// The value that begins with a part.
    pub(super) fn value(&mut self, placed: Placed<'t>) -> Node {
        let Placed { part, start, .. } = placed;
        let at = self.pos(start);
        self.values += 1;
        match part {
            Part::Scalar { text, style, tag, anchor } => {
                let node = self.scalar(&text, style, tag, at);
                if anchor != 0 {
                    self.anchors.set(anchor, node.clone(), 1, 0);
                }
                node
            }
            Part::ListStart { tag, anchor } => self.collection(tag, anchor, at, |reader| reader.list(at)),
            Part::MapStart { tag, anchor } => self.collection(tag, anchor, at, |reader| reader.map(start)),
            Part::Alias { anchor } => self.alias(anchor, at),
            Part::UnknownAlias { name } => self.unknown_alias(&name, at),
            Part::DocumentStart | Part::DocumentEnd | Part::ListEnd | Part::MapEnd | Part::Anchor { .. } => Node::null(Origin::written(at)),
        }
    }

    pub(super) fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<Tagged>, at: Pos) -> Node {
        let value = match tag.as_ref().map(|tag| &tag.meaning) {
            Some(Meaning::Scalar(wanted)) => {
                if *wanted == super::scalar::ScalarTag::Text {
                    self.tags.note_text(at);
                }
                wanted.value(text).unwrap_or_else(|what| {
                    self.mistakes.misfit(text, what, at);
                    Value::Str(text.into())
                })
            }
            Some(Meaning::Raw) => {
                self.tags.note_raw(at);
                Value::Str(text.into())
            }
            Some(Meaning::Unknown(name)) => {
                self.mistakes.unknown_tag(name, tag.as_ref().map_or(at, |tag| self.file.pos(tag.at)));
                Value::Str(text.into())
            }
            Some(Meaning::Text | Meaning::Collection) => Value::Str(text.into()),
            None if style != ScalarStyle::Plain => Value::Str(text.into()),
            None if text.is_empty() => Value::Null,
            None => plain(text).unwrap_or_else(|| Value::Str(text.into())),
        };
        if matches!(value, Value::Float(number) if !number.is_finite()) {
            self.mistakes.not_finite(text, at);
        }
        Node::new(value, Origin::written(at))
    }

    /// A list or map, with what its tag and anchor ask for.
    fn collection(&mut self, tag: Option<Tagged>, anchor: usize, at: Pos, read: impl FnOnce(&mut Self) -> Node) -> Node {
        if let Some(tag) = tag {
            let tag_at = self.pos(tag.at);
            match tag.meaning {
                Meaning::Unknown(name) => self.mistakes.unknown_tag(&name, tag_at),
                Meaning::Raw => self.mistakes.raw_collection(tag_at),
                Meaning::Text | Meaning::Scalar(_) | Meaning::Collection => {}
            }
        }
        if self.depth == LEVELS {
            self.too_deep(at);
            self.skip(1);
            return Node::null(Origin::written(at));
        }
        let (values, deepest) = (self.values, std::mem::replace(&mut self.deepest, self.depth));
        self.depth += 1;
        self.deepest = self.depth;
        let node = read(self);
        self.depth -= 1;
        if anchor != 0 {
            self.anchors.set(anchor, node.clone(), self.values - values + 1, self.deepest - self.depth);
        }
        self.deepest = self.deepest.max(deepest);
        node
    }

    fn list(&mut self, at: Pos) -> Node {
        let first = self.items.len();
        while let Some(placed) = self.next() {
            if matches!(placed.part, Part::ListEnd) {
                break;
            }
            let item = self.value(placed);
            self.items.push(item);
        }
        let items = self.items.drain(first..).collect();
        Node::list(items, Origin::written(at))
    }

    pub(super) fn alias(&mut self, anchor: usize, at: Pos) -> Node {
        let nothing = Node::null(Origin::written(at));
        match self.anchors.follow(anchor) {
            Followed::Value(node, levels) if self.depth + levels <= LEVELS => {
                self.deepest = self.deepest.max(self.depth + levels);
                self.values += self.anchors.values(anchor) - 1;
                return node;
            }
            Followed::Value(..) => self.too_deep(at),
            Followed::TooMuch => {
                self.broken = true;
                let message = "the aliases of this document stand for more than 100,000 values";
                let problem = Diagnostic::error(code::YAML_BOUND, at, message).here("the limit is passed with this one");
                self.mistakes.once("aliases", problem.help("write out what is meant, or keep it in fewer places"));
            }
            Followed::Inside(name) => {
                self.broken = true;
                let message = format!("the alias `*{name}` stands inside of `&{name}`, and would never end");
                self.mistakes.push(Diagnostic::error(code::YAML_ALIAS, at, message).help("an alias repeats a value that ended before it"));
            }
        }
        nothing
    }

    fn unknown_alias(&mut self, name: &str, at: Pos) -> Node {
        self.broken = true;
        let mut problem = Diagnostic::error(code::YAML_ALIAS, at, format!("no value before this one has the anchor `&{name}`"));
        match self.anchors.similar(name) {
            Some(similar) => {
                problem.help = Some(format!("did you mean `*{similar}`?"));
                problem.replacement = Some(format!("*{similar}"));
            }
            None => problem.help = Some(format!("if text is meant, write it in quotes: `\"*{name}\"`")),
        }
        self.mistakes.push(problem);
        Node::null(Origin::written(at))
    }

    fn too_deep(&mut self, at: Pos) {
        self.broken = true;
        self.mistakes.too_deep(at, LEVELS);
    }

    /// Skips parts until `open` collections have ended.
    pub(super) fn skip(&mut self, mut open: usize) -> usize {
        while open > 0 {
            let Some(placed) = self.next() else { break };
            match placed.part {
                Part::ListStart { .. } | Part::MapStart { .. } => open += 1,
                Part::ListEnd | Part::MapEnd => open -= 1,
                _ => {}
            }
            if open == 0 {
                return placed.end;
            }
        }
        self.events.last().end
    }
}
