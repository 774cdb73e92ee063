//! Words of others inside of Markdown and HTML: shown as they are, whatever they hold.

use crate::view::diagnostics::plain;

/// Longer names and values are cut.
const WIDEST: usize = 160;

/// Text as code, wherever a line of Markdown may hold it: in a list, a table, between tags.
pub(super) fn code(text: &str) -> String {
    let text = line(text);
    // In a table a bar ends the cell even inside of code, and hosts look for mathematics between dollars.
    if text.trim() == text && !text.is_empty() && !text.contains(['`', '|', '$', '\\']) {
        return format!("`{text}`");
    }
    tagged(&text)
}

/// Text as code between tags, where Markdown is not read.
pub(super) fn tagged(text: &str) -> String {
    format!("<code>{}</code>", inert(&line(text)))
}

/// Words with names in backticks: the names become code, of the rest nothing is read as Markdown.
pub(super) fn prose(text: &str) -> String {
    let mut out = String::new();
    for (index, part) in line(text).split('`').enumerate() {
        if index % 2 == 0 {
            out.push_str(&inert(part));
        } else if !part.is_empty() {
            out.push_str(&code(part));
        }
    }
    out
}

/// Lines as a block of code, behind a fence that none of them can end.
pub(super) fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}\n")
}

/// One line without control characters, cut to what a line of a comment can hold.
fn line(text: &str) -> String {
    let text: String = if text.contains(['\n', '\r']) { text.replace(['\n', '\r'], " ") } else { text.to_owned() };
    let text = plain(&text);
    match text.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Everything that Markdown or HTML would read as more than a character.
fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '`' | '*' | '_' | '[' | ']' | '|' | '\\' | '~' | '$' | '@' | '#' | '!' => out.push_str(&format!("&#{};", u32::from(c))),
            _ => out.push(c),
        }
    }
    out
}
