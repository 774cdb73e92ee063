//! The parser's events with the place of each value as a person sees it.
//!
//! The parser reports an empty value before its colon, a block scalar at its first line, and a list that is not indented under its key
//! behind its first dash. Here all of them stand where their notation begins.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, StructureStyle, Tag};

use super::tag::{Meaning, Tagged};

/// How deep the parser goes; the reader's own limit is lower and counts what aliases bring.
const NESTING: usize = 512;

/// An event that makes a tree.
#[derive(Debug)]
pub(super) enum Part<'t> {
    /// `---`, or the first thing of a document without it.
    DocumentStart,
    DocumentEnd,
    Scalar {
        text: Cow<'t, str>,
        style: ScalarStyle,
        tag: Option<Tagged>,
        anchor: usize,
    },
    ListStart {
        tag: Option<Tagged>,
        anchor: usize,
    },
    ListEnd,
    MapStart {
        tag: Option<Tagged>,
        anchor: usize,
    },
    MapEnd,
    /// `*name`
    Alias {
        anchor: usize,
    },
    /// `*name` without a `&name` before it.
    UnknownAlias {
        name: Cow<'t, str>,
    },
    /// The name of the anchor of the node that came last.
    Anchor {
        number: usize,
        name: Cow<'t, str>,
    },
}

/// A part and the bytes of its notation: of a scalar or alias all of it, of a collection the opening or closing bracket; collections
/// without brackets begin where their first dash or key does, and their ends are empty.
#[derive(Debug)]
pub(super) struct Placed<'t> {
    pub part: Part<'t>,
    pub start: usize,
    pub end: usize,
}

/// The parts of a text, in order.
pub(super) struct Events<'t> {
    text: &'t str,
    parser: Parser<'t, StrInput<'t>>,
    /// The bytes of the last token.
    last: Range<usize>,
    /// The brackets that are open, outermost first.
    brackets: Vec<usize>,
}

impl<'t> Events<'t> {
    pub fn new(text: &'t str) -> Events<'t> {
        let options = granit_parser::options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            emit_anchor_events: true,
            flow_nesting_limit: NESTING,
            block_nesting_limit: NESTING,
        };
        Events { text, parser: Parser::new_from_str_with_options(text, options), last: 0..0, brackets: Vec::new() }
    }

    /// The next part; `None` at the end of the text. After an error there are no more, until [`Events::recover`].
    pub fn next(&mut self) -> Result<Option<Placed<'t>>, ScanError> {
        while let Some(event) = self.parser.next_event() {
            let (event, span) = event?;
            if let Some(placed) = self.placed(event, span) {
                return Ok(Some(placed));
            }
        }
        Ok(None)
    }

    /// Goes on behind an error, at the next document; `false` if there is none.
    pub fn recover(&mut self) -> bool {
        self.brackets.clear();
        self.parser.proceed_next_document().unwrap_or(false)
    }

    /// The bytes of the last token.
    pub fn last(&self) -> Range<usize> {
        self.last.clone()
    }

    /// The innermost bracket that is open.
    pub fn bracket(&self) -> Option<usize> {
        self.brackets.last().copied()
    }

    fn placed(&mut self, event: Event<'t>, span: Span) -> Option<Placed<'t>> {
        let tag_at = span.tag_start().and_then(|mark| mark.byte_offset());
        let span = span.byte_range().unwrap_or(self.last.end..self.last.end);
        let tagged = |tag: Option<Cow<'t, Tag>>| tag.map(|tag| Tagged { meaning: Meaning::of(&tag), at: tag_at.unwrap_or(span.start) });
        let (mut start, end) = (span.start, span.end);
        let part = match event {
            Event::DocumentStart(..) => Part::DocumentStart,
            Event::DocumentEnd => Part::DocumentEnd,
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tagged(tag);
                if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
                    start = self.find(b"|>").unwrap_or(start);
                } else if span.is_empty() && style == ScalarStyle::Plain {
                    let place = self.behind_colon(start);
                    self.last.end = self.last.end.max(place);
                    // The parser gives `~` as the text of what is not there.
                    return Some(Placed { part: Part::Scalar { text: "".into(), style, tag, anchor }, start: place, end: place });
                }
                Part::Scalar { text, style, tag, anchor }
            }
            Event::SequenceStart(style, anchor, tag) => {
                if style == StructureStyle::Block && self.behind_colon(self.last.end) > self.last.end {
                    start = self.find(b"-").unwrap_or(start);
                    self.last = start..start + 1;
                    return Some(Placed { part: Part::ListStart { tag: tagged(tag), anchor }, start, end: start });
                } else if style == StructureStyle::Flow {
                    self.brackets.push(start);
                }
                Part::ListStart { tag: tagged(tag), anchor }
            }
            Event::SequenceEnd => {
                if end > start {
                    self.brackets.pop();
                }
                Part::ListEnd
            }
            Event::MappingStart(style, anchor, tag) => {
                // A pair in a list, as in `[a: 1]`, has no braces of its own.
                if style == StructureStyle::Flow && end > start {
                    self.brackets.push(start);
                }
                Part::MapStart { tag: tagged(tag), anchor }
            }
            Event::MappingEnd => {
                if end > start {
                    self.brackets.pop();
                }
                Part::MapEnd
            }
            Event::Alias(anchor) => Part::Alias { anchor },
            Event::UnresolvedAlias(name) => Part::UnknownAlias { name },
            // Its place lies before the node that it belongs to.
            Event::Anchor(number, name) => return Some(Placed { part: Part::Anchor { number, name }, start, end }),
            _ => return None,
        };
        if end > span.start {
            self.last = start..end;
        }
        Some(Placed { part, start, end: end.max(start) })
    }

    /// Behind the colon of a key without a value; where the place is otherwise.
    fn behind_colon(&self, place: usize) -> usize {
        let rest = &self.text[place..];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if rest.as_bytes().get(blanks) == Some(&b':') { place + blanks + 1 } else { place }
    }

    /// The first of these indicators behind the last token: what lies between are blanks, comments, tags, anchors and other indicators.
    fn find(&self, indicators: &[u8]) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut at = self.last.end;
        while let Some(byte) = bytes.get(at) {
            match byte {
                byte if indicators.contains(byte) => return Some(at),
                b'#' => at += memchr::memchr(b'\n', &bytes[at..])?,
                b'&' | b'!' => at += bytes[at..].iter().position(u8::is_ascii_whitespace)?,
                _ => at += 1,
            }
        }
        None
    }
}
