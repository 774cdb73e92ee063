//! Tags, as `!!str` and `!raw`: which there are, and where they stood.

use granit_parser::Tag;

use super::scalar::ScalarTag;
use crate::source::Pos;

/// The namespace of `!!`.
const CORE: &str = "tag:yaml.org,2002:";

/// The tags of the scalars of one document that later stages act on, and its merge keys.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    raw: Vec<Pos>,
    text: Vec<Pos>,
    /// Maps with a `<<`, by their places, with that of the `<<`.
    merges: Vec<(Pos, Pos)>,
}

impl Tags {
    /// Whether the scalar there is tagged `!raw`: its text is never a template.
    pub fn is_raw(&self, at: Pos) -> bool {
        self.raw.binary_search(&at).is_ok()
    }

    /// Whether the scalar there is tagged `!!str`.
    pub fn is_text(&self, at: Pos) -> bool {
        self.text.binary_search(&at).is_ok()
    }

    /// Where the `<<` of the map there stands, if it has one: a template has other means.
    pub fn merge_key(&self, map: Pos) -> Option<Pos> {
        self.merges.binary_search_by_key(&map, |(map, _)| *map).ok().map(|index| self.merges[index].1)
    }

    pub(super) fn note_raw(&mut self, at: Pos) {
        self.raw.push(at);
    }

    pub(super) fn note_text(&mut self, at: Pos) {
        self.text.push(at);
    }

    pub(super) fn note_merge(&mut self, map: Pos, key: Pos) {
        self.merges.push((map, key));
    }

    /// To be called once all are noted: scalars come in order, but a map is noted at its end.
    pub(super) fn settle(&mut self) {
        self.raw.sort_unstable();
        self.text.sort_unstable();
        self.merges.sort_unstable();
    }
}

/// A tag and where it stands.
#[derive(Debug)]
pub(super) struct Tagged {
    pub meaning: Meaning,
    pub at: usize,
}

/// What a tag says.
#[derive(Debug)]
pub(super) enum Meaning {
    /// `!`: a scalar is text, and a collection what it is.
    Text,
    /// What a scalar is.
    Scalar(ScalarTag),
    /// `!!map` or `!!seq`.
    Collection,
    /// `!raw`
    Raw,
    /// Any other, as it is written.
    Unknown(String),
}

impl Meaning {
    pub fn of(tag: &Tag) -> Meaning {
        if tag.suffix() == "!" && tag.handle().is_empty() {
            return Meaning::Text;
        }
        if tag.handle() == "!" && tag.suffix() == "raw" {
            return Meaning::Raw;
        }
        match tag.suffix_in_namespace(CORE).as_deref() {
            Some("map" | "seq") => Meaning::Collection,
            Some(name) => ScalarTag::named(name).map_or_else(|| Meaning::Unknown(tag.original()), Meaning::Scalar),
            None => Meaning::Unknown(tag.original()),
        }
    }
}
