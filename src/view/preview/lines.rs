//! The lines of a manifest, each with the field that it shows and who set it.

use crate::diff;
use crate::source::Role;
use crate::tree::{Key, Node, Path, Segment, Watch, emit_watched};
use crate::view::blame::{Lens, Spot};

/// What is known of one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The field: of a text of several lines each has the same.
    pub path: String,
    /// The inputs that decided it, or the template's own line if the value stands there.
    pub set_by: Vec<Spot>,
    /// The template's line that put it there, where inputs filled it.
    pub template: Option<Spot>,
}

/// Inputs of one line that are told.
const MOST: usize = 4;

/// An object as text, values of Secrets masked, and what is known of each of its lines. Without a lens nobody is named.
pub fn lines(object: &Node, lens: Option<Lens>) -> (String, Vec<Line>) {
    let object = diff::shown(object);
    let mut text = String::new();
    let mut walk = Walk { lens, path: Path::default(), fields: Vec::new() };
    emit_watched(&object, &mut text, &mut walk);
    let mut fields = walk.fields.into_iter().peekable();
    let mut lines = Vec::new();
    let mut current = Line::default();
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        // Of several that begin on one line, as an item and its first field, the innermost is shown.
        while let Some((_, field)) = fields.next_if(|(at, _)| *at < end) {
            current = field;
        }
        lines.push(current.clone());
    }
    (text, lines)
}

struct Walk<'a> {
    lens: Option<Lens<'a>>,
    path: Path,
    /// The fields, and where in the text they begin.
    fields: Vec<(usize, Line)>,
}

impl Walk<'_> {
    fn enter(&mut self, segment: Segment, value: &Node, at: usize) {
        self.path.0.push(segment);
        let mut line = Line { path: self.path.to_string(), ..Line::default() };
        if let Some(lens) = self.lens {
            let spot = |pos| Spot::of(pos, lens.sources, lens.prefix);
            let mut inputs = lens.log.positions(value.origin.by);
            // What a person wrote says more than the defaults that it met.
            let written = |pos: &crate::source::Pos| lens.sources.role_of(*pos).is_some_and(|role| role != Role::BuiltIn);
            if inputs.iter().any(written) {
                inputs.retain(written);
            }
            inputs.truncate(MOST);
            line.set_by = inputs.into_iter().filter_map(spot).collect();
            let made = spot(value.origin.at);
            if line.set_by.is_empty() {
                line.set_by.extend(made);
            } else {
                line.template = made;
            }
        }
        self.fields.push((at, line));
    }
}

impl Watch for Walk<'_> {
    fn key(&mut self, key: Key, value: &Node, at: usize) {
        self.enter(Segment::Key(key.as_str().to_owned()), value, at);
    }

    fn item(&mut self, index: usize, item: &Node, at: usize) {
        self.enter(Segment::item(index, item), item, at);
    }

    fn leave(&mut self) {
        self.path.0.pop();
    }
}
