//! Changes in the classic form, for tools and habits that know it.

use std::fmt::Write;

use similar::TextDiff;

use super::Changed;
use crate::view::diagnostics::plain;

/// One file as `diff -u` shows it. An object without texts has nothing to show.
pub fn unified(change: &Changed, path: &str, color: bool) -> String {
    let Some((old, new)) = &change.texts else { return String::new() };
    let (from, to) = match (old.is_empty(), new.is_empty()) {
        (true, _) => ("/dev/null".to_owned(), format!("b/{path}")),
        (_, true) => (format!("a/{path}"), "/dev/null".to_owned()),
        _ => (format!("a/{path}"), format!("b/{path}")),
    };
    let text = TextDiff::from_lines(old.as_str(), new.as_str()).unified_diff().context_radius(3).header(&from, &to).to_string();
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let code = match line.as_bytes().first() {
            Some(b'+') => "32",
            Some(b'-') => "31",
            Some(b'@') => "36",
            _ => "",
        };
        let line = plain(line);
        let _ = if color && !code.is_empty() { writeln!(out, "\x1b[{code}m{line}\x1b[0m") } else { writeln!(out, "{line}") };
    }
    out
}
