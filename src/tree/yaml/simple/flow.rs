//! Lists and maps in brackets, in one line or in several.

use rustc_hash::FxHashMap;

use super::super::map::earlier;
use super::{LEVELS, Simple, Step};
use crate::tree::{Entry, Key, Node, Value};

/// Longer keys are left to the parser, which has a limit.
const LONGEST_KEY: usize = 1000;

impl<'t> Simple<'t> {
    /// A list or map whose bracket is at a byte, within a collection in a column, and where it ends.
    pub(super) fn bracket(&mut self, at: usize, column: usize) -> Option<(Node, usize)> {
        self.depth += 1;
        if self.depth > LEVELS {
            return None;
        }
        let read = if self.text[at] == b'[' { self.elements(at, column) } else { self.pairs(at, column) };
        self.depth -= 1;
        read
    }

    fn elements(&mut self, start: usize, column: usize) -> Option<(Node, usize)> {
        let first = self.items.len();
        let mut at = self.token(start + 1, column)?;
        while self.text[at] != b']' {
            let (item, end) = self.flow_value(at, column)?;
            self.items.push(item);
            at = self.separator(end, column, b']')?;
        }
        let items = self.items.drain(first..).collect();
        Some((Node::list(items, self.origin(start)), at + 1))
    }

    fn pairs(&mut self, start: usize, column: usize) -> Option<(Node, usize)> {
        let first = self.entries.len();
        let mut places = FxHashMap::default();
        let mut at = self.token(start + 1, column)?;
        while self.text[at] != b'}' {
            let (key, colon) = self.flow_key(at)?;
            if earlier(&self.entries[first..], key, &mut places).is_some() {
                return None;
            }
            let value = self.token(colon + 1, column)?;
            let (node, end) = self.flow_value(value, column)?;
            self.entries.push(Entry { key, key_at: self.file.pos(at), node });
            at = self.separator(end, column, b'}')?;
        }
        let entries = self.entries.drain(first..).collect();
        Some((Node::map(entries, self.origin(start)), at + 1))
    }

    /// The next token at or behind a byte; another line must be indented further than the column.
    fn token(&mut self, at: usize, column: usize) -> Option<usize> {
        let end = self.line.end;
        let blanks = self.text[at..end].iter().take_while(|byte| **byte == b' ').count();
        let is_comment = blanks > 0 && self.text.get(at + blanks) == Some(&b'#');
        if at + blanks < end && !is_comment {
            return Some(at + blanks);
        }
        (self.advance()? == Step::Content && self.line.indent > column).then_some(self.line.start)
    }

    /// What comes behind a value: the next one, behind a comma, or the closing bracket.
    fn separator(&mut self, at: usize, column: usize, close: u8) -> Option<usize> {
        let at = self.token(at, column)?;
        match self.text[at] {
            b',' => self.token(at + 1, column),
            byte if byte == close => Some(at),
            _ => None,
        }
    }

    /// A key and the colon behind it. Behind a quoted one the value may follow at once.
    fn flow_key(&self, at: usize) -> Option<(Key, usize)> {
        let (key, colon) = match self.text[at] {
            b'"' | b'\'' => {
                let (name, colon) = self.quoted(at)?;
                let is_key = self.text.get(colon) == Some(&b':') && colon < self.line.end;
                (is_key.then(|| Key::new(name))?, colon)
            }
            _ => {
                let colon = self.key(at)?;
                (self.plain_key(at, colon)?, colon)
            }
        };
        (colon - at <= LONGEST_KEY).then_some((key, colon))
    }

    fn flow_value(&mut self, at: usize, column: usize) -> Option<(Node, usize)> {
        let (value, end) = match self.text[at] {
            b'[' | b'{' => return self.bracket(at, column),
            b'"' | b'\'' => {
                let (text, end) = self.quoted(at)?;
                (Value::Str(text.into()), end)
            }
            first if Self::begins_plain(first) => {
                let is_end = |byte: &u8| matches!(byte, b',' | b'[' | b']' | b'{' | b'}');
                let line = &self.text[at..self.line.end];
                let text = &line[..line.iter().position(is_end).unwrap_or(line.len())];
                // A colon at the end is that of a key, a dash alone begins an item, and behind a comment nothing counts.
                if text.ends_with(b":") || text == b"-" || memchr::memmem::find(text, b" #").is_some() {
                    return None;
                }
                let end = at + text.len();
                (self.plain(at, end)?, end)
            }
            _ => return None,
        };
        Some((Node::new(value, self.origin(at)), end))
    }
}
