//! A position, resolved as far as a report needs it: path, line, column and the end of the token that stands there.

use std::ops::Range;

use super::Style;
use crate::source::{Pos, Role, SourceFile, Sources};

/// Where something stands.
pub(super) struct Spot<'a> {
    pub file: &'a SourceFile,
    /// The path as it holds where the command runs, without control characters.
    pub path: String,
    pub role: Role,
    pub range: Range<usize>,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    /// 1-based, one past the last character.
    pub end_column: u32,
}

impl<'a> Spot<'a> {
    pub fn of(pos: Pos, sources: &'a Sources, style: &Style) -> Option<Spot<'a>> {
        let place = sources.locate(pos)?;
        let file = place.file;
        let range = token(file, place.offset);
        let (end_line, end_column) = file.line_column(range.end);
        let (line, column) = file.line_column(range.start);
        let prefix = if file.role() == Role::BuiltIn { "" } else { style.prefix.as_str() };
        let path = plain(&format!("{prefix}{}", file.path()));
        Some(Spot { file, path, role: file.role(), range, line, column, end_line, end_column })
    }
}

/// The token at a byte, on character boundaries and within the file.
fn token(file: &SourceFile, offset: usize) -> Range<usize> {
    let text = file.text();
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(offset);
    let range = crate::tree::token_range(file, file.pos(start));
    let start = boundary(range.start);
    start..boundary(range.end).max(start)
}

/// Text from files, made safe for a terminal: control characters and characters that reorder text are replaced by visible ones.
pub fn plain(text: &str) -> String {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte) || byte == b'\n') {
        return text.to_owned();
    }
    let lines: Vec<String> = text.split('\n').map(|line| annotate_snippets::normalize_untrusted_str(&without_c1(line))).collect();
    lines.join("\n")
}

/// Text without the second set of control characters, which some terminals obey. What replaces them is as long in UTF-8, so spans hold.
pub(super) fn without_c1(text: &str) -> String {
    text.replace(|c| ('\u{80}'..='\u{9f}').contains(&c), "\u{a4}")
}
