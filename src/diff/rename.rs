//! Objects that are the same but for their names.

use std::fmt::Write;

/// A text with its own names taken out of it, and hashes with them: two objects that differ in nothing else have one text. The first name that
/// fits counts, also as the beginning of a longer one: `orders-config` is of `orders`.
pub fn nameless(text: &str, names: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        out.push_str(&rest[..start]);
        let word = &rest[start..];
        let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        let named = names.iter().enumerate().find_map(|(index, name)| {
            let more = word.strip_prefix(name).filter(|_| !name.is_empty())?;
            (more.is_empty() || more.starts_with('-')).then_some((index, more))
        });
        match named {
            Some((index, more)) => {
                let _ = write!(out, "\u{1}{index}{more}");
            }
            None if is_hash(word) => out.push('\u{2}'),
            None => out.push_str(word),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Digits that somebody computed.
fn is_hash(word: &str) -> bool {
    word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
