//! The end of what begins at a position. Ends are not kept: the file with the problem is read again.

use std::ops::Range;

use super::events::{Events, Part};
use crate::source::{Pos, SourceFile};

/// How much of a document is read again; what lies farther behind its start is measured by its characters alone.
const WINDOW: usize = 256 << 10;

/// The bytes of the token at a position: a key or scalar with its quotes, an alias, brackets with all between them. A collection without
/// brackets is shown by its first key or dash, a block of text by its first line. Where nothing begins, it is one word, or nothing at the end of a line.
pub fn token_range(file: &SourceFile, pos: Pos) -> Range<usize> {
    let text = file.text();
    let mut start = (pos.number().saturating_sub(file.base()) as usize).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let end = parsed_end(text, start).unwrap_or_else(|| word_end(text, start));
    start..end
}

/// The end of the key or value that begins exactly at `start`.
fn parsed_end(text: &str, start: usize) -> Option<usize> {
    let document = document_start(text, start);
    if start - document > WINDOW {
        return None;
    }
    // A flow collection that is never closed, or a huge one, is not followed to the end of the file.
    let mut limit = text.len().min(start + WINDOW);
    while !text.is_char_boundary(limit) {
        limit -= 1;
    }
    let mut events = Events::new(&text[document..limit]);
    let start = start - document;
    while let Some(placed) = events.next().ok()? {
        if placed.start > start {
            return None;
        }
        if placed.start < start {
            continue;
        }
        match placed.part {
            Part::Scalar { .. } | Part::Alias { .. } | Part::UnknownAlias { .. } => {
                let token = &text[document + start..document + placed.end];
                let block = token.starts_with(['|', '>']);
                let shown = if block { token.lines().next().unwrap_or_default() } else { token };
                return Some(document + start + shown.trim_end().len());
            }
            Part::ListStart { .. } | Part::MapStart { .. } if placed.end > placed.start => {
                return flow_end(&mut events).map(|end| document + end);
            }
            // The first key or item of a block begins at the same place, but for the dash of a list.
            Part::ListStart { .. } if text[document + start..].starts_with('-') => return Some(document + start + 1),
            _ => {}
        }
    }
    None
}

/// The end of the flow collection whose start was read.
fn flow_end(events: &mut Events<'_>) -> Option<usize> {
    let mut open = 1;
    while let Some(placed) = events.next().ok()? {
        match placed.part {
            Part::ListStart { .. } | Part::MapStart { .. } => open += 1,
            Part::ListEnd | Part::MapEnd => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(placed.end);
        }
    }
    None
}

/// Where the document around a byte begins: at the last line before it that begins with `---`.
fn document_start(text: &str, start: usize) -> usize {
    text[..start].rfind("\n---").map_or(0, |at| at + 1)
}

/// The end of the word at a byte.
fn word_end(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    let length = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '}' | ']')).unwrap_or(rest.len());
    let first = rest.chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
    start + length.max(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Role, Sources};

    #[test]
    fn a_token_is_shown_whole() {
        let text = "a: \"x: \\\" y\" # c\n\"k e\": it's\nlist:\n- - é x\n- {b: [1, '}'], c: d}\n- *anchor\nblock: |-\n  text\n  more\nlong: over\n  two lines\nempty:\nend: z";
        let file = Sources::new().add("a.yaml", text, Role::Developer).unwrap();
        let at = |token: &str| {
            let start = text.find(token).unwrap();
            &text[token_range(&file, file.pos(start))]
        };
        for token in [
            "a",
            "\"x: \\\" y\"",
            "\"k e\"",
            "it's",
            "é x",
            "{b: [1, '}'], c: d}",
            "[1, '}']",
            "'}'",
            "*anchor",
            "|-",
            "over\n  two lines",
            "z",
        ] {
            assert_eq!(at(token), token);
        }
        let dash = text.find("- -").unwrap();
        assert_eq!((token_range(&file, file.pos(dash)), token_range(&file, file.pos(dash + 2))), (dash..dash + 1, dash + 2..dash + 3));
        let empty = text.find("empty:").unwrap() + 6;
        assert_eq!(token_range(&file, file.pos(empty)), empty..empty);
        assert_eq!(token_range(&file, file.pos(text.len())), text.len()..text.len());
    }

    #[test]
    fn what_cannot_be_read_is_shown_by_its_word() {
        let text = "ok: 1\n---\na: [1, @x y\n";
        let file = Sources::new().add("a.yaml", text, Role::Developer).unwrap();
        assert_eq!(&text[token_range(&file, file.pos(text.find('@').unwrap()))], "@x");
        assert_eq!(&text[token_range(&file, file.pos(text.find('[').unwrap()))], "[1");
    }
}
