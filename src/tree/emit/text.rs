//! Text as a plain, quoted or block scalar.
//!
//! Readers of YAML differ in what they take for text: words that are booleans, digits that are dates, octal or sexagesimal numbers. So a
//! scalar is plain only where all of them agree. The rule survived hundreds of hostile texts, read back by `kubectl` in `tests/it/yaml.rs`.

use std::fmt::Write;

/// From this length on, in bytes of the notation, a key needs a `?`: readers look no farther for its colon.
const LONG_KEY: usize = 1000;

/// May stand in a plain scalar behind its first character; `:` and blanks have rules of their own.
const SAFE: [bool; 256] = safe_bytes();

const fn safe_bytes() -> [bool; 256] {
    let mut safe = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let c = byte as u8;
        safe[byte] = c.is_ascii_alphanumeric()
            || matches!(
                c,
                b'/' | b'_'
                    | b'-'
                    | b'.'
                    | b'='
                    | b','
                    | b'('
                    | b')'
                    | b'+'
                    | b'@'
                    | b'?'
                    | b'&'
                    | b';'
                    | b'<'
                    | b'>'
                    | b'~'
                    | b'^'
                    | b'%'
                    | b'*'
                    | b'!'
                    | b'$'
            );
        byte += 1;
    }
    safe
}

/// Writes text behind a key or dash; `true` if it was a block, which ends its line itself.
pub(super) fn write(text: &str, indent: usize, out: &mut String) -> bool {
    if is_plain(text) {
        out.push_str(text);
    } else if fits_block(text) {
        block(text, indent, out);
        return true;
    } else {
        quote(text, out);
    }
    false
}

/// Writes text in one line.
pub(super) fn write_flat(text: &str, out: &mut String) {
    if is_plain(text) { out.push_str(text) } else { quote(text, out) }
}

/// Writes a key; `true` if it is too long to have its colon on the same line.
pub(super) fn write_key(key: &str, out: &mut String) -> bool {
    if key.len() <= LONG_KEY / 6 {
        write_flat(key, out);
        return false;
    }
    let start = out.len();
    write_flat(key, out);
    let long = out.len() - start > LONG_KEY;
    if long {
        out.insert_str(start, "? ");
    }
    long
}

/// Many spaces.
pub(super) fn spaces(mut count: usize, out: &mut String) {
    const SPACES: &str = "                                                                ";
    while count > SPACES.len() {
        out.push_str(SPACES);
        count -= SPACES.len();
    }
    out.push_str(&SPACES[..count]);
}

/// Whether every reader takes the text, without quotes, for just this text.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(first) = bytes.first() else { return false };
    match first {
        b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'_' => is_safe(bytes) && !(bytes.len() <= 5 && is_word(text)),
        b'0'..=b'9' => is_quantity(bytes),
        _ => false,
    }
}

/// Whether all bytes are safe, no `: ` and no blank at the end among them.
fn is_safe(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    // Blanks and colons are rare: text is scanned in runs between them.
    loop {
        let run = rest.iter().position(|byte| !SAFE[*byte as usize]).unwrap_or(rest.len());
        match rest[run..] {
            [] => return true,
            // What follows must be safe, which `#` is not.
            [b' ', next, ..] if next == b' ' || SAFE[next as usize] => {}
            [b':', next, ..] if next == b':' || SAFE[next as usize] => {}
            _ => return false,
        }
        rest = &rest[run + 1..];
    }
}

/// Words that are booleans or null to some reader, in any case.
fn is_word(text: &str) -> bool {
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Digits with a unit, as `100m` and `128Mi`, or with two points, as `1.2.3`: what no reader takes for a number, date or time.
fn is_quantity(bytes: &[u8]) -> bool {
    if !bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'.') {
        return false;
    }
    // `0x1f`, `0b1`, `0o7`.
    if let [b'0', letter, ..] = bytes
        && matches!(letter.to_ascii_lowercase(), b'x' | b'b' | b'o')
    {
        return false;
    }
    let (mut points, mut letters, mut only_exponent) = (0, 0, true);
    for byte in bytes {
        points += usize::from(*byte == b'.');
        if byte.is_ascii_alphabetic() {
            letters += 1;
            only_exponent &= byte.eq_ignore_ascii_case(&b'e');
        }
    }
    let doubled = bytes.ends_with(b".") || bytes.windows(2).any(|pair| pair == b"..");
    if letters == 0 { points >= 2 && !doubled } else { !only_exponent && !doubled }
}

/// Whether a block keeps the text as it is, and shows it: several lines of printable characters, no blank at the end of one, and none at
/// the start of the first, which would be taken for indentation.
fn fits_block(text: &str) -> bool {
    let body = text.trim_end_matches('\n');
    // Lines of white space only, and a text of them, end in a blank or begin with one.
    memchr::memchr(b'\n', text.as_bytes()).is_some()
        && !body.is_empty()
        && !body.starts_with([' ', '\t', '\n'])
        && text.split('\n').all(|line| !line.ends_with([' ', '\t']))
        && text.bytes().all(|byte| byte >= b' ' || matches!(byte, b'\n' | b'\t'))
        && (text.is_ascii() && !text.contains('\u{7f}') || text.chars().all(|c| matches!(c, '\n' | '\t') || is_shown(c)))
}

/// A block scalar whose lines are indented by `indent`.
fn block(text: &str, indent: usize, out: &mut String) {
    let body = text.trim_end_matches('\n');
    out.push_str(match text.len() - body.len() {
        0 => "|-\n",
        1 => "|\n",
        _ => "|+\n",
    });
    for line in body.split('\n') {
        if !line.is_empty() {
            spaces(indent, out);
            out.push_str(line);
        }
        out.push('\n');
    }
    out.extend(std::iter::repeat_n('\n', (text.len() - body.len()).saturating_sub(1)));
}

/// A double-quoted scalar.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some((at, c)) = rest.char_indices().find(|(_, c)| matches!(c, '"' | '\\') || !is_shown(*c)) {
        out.push_str(&rest[..at]);
        rest = &rest[at + c.len_utf8()..];
        // Writing to a string does not fail.
        let _ = match c {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '\n' => out.write_str("\\n"),
            '\t' => out.write_str("\\t"),
            '\r' => out.write_str("\\r"),
            c if (c as u32) < 0x100 => write!(out, "\\x{:02x}", c as u32),
            c if (c as u32) < 0x1_0000 => write!(out, "\\u{:04x}", c as u32),
            c => write!(out, "\\U{:08x}", c as u32),
        };
    }
    out.push_str(rest);
    out.push('"');
}

/// Whether a character can be seen, and changes nothing around it: no control, line break, byte order mark, invisible or reordering one.
fn is_shown(c: char) -> bool {
    match c {
        ' '..='~' => true,
        c if c.is_control() => false,
        '\u{a0}'
        | '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff0}'..='\u{ffff}'
        | '\u{e000}'..='\u{f8ff}'
        | '\u{e0000}'.. => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_plain_only_where_all_readers_agree() {
        for text in [
            "a",
            "nginx:1.2",
            "/bin/sh",
            "_x",
            "a b",
            "http://x/y?a=1&b=2",
            "100m",
            "128Mi",
            "1.2.3",
            "5m30s",
            "10.0.0.1",
            "yess",
            "a::b",
            "x(1,2)",
        ] {
            assert!(is_plain(text), "{text}");
        }
        for text in [
            "",
            "-a",
            "yes",
            "oN",
            "NULL",
            "1",
            "1.5",
            "1e3",
            "0x1f",
            "0b1",
            "12:30",
            "2001-01-01",
            "1_000",
            "1.",
            "1..2.3",
            "a:",
            "a: b",
            "a #b",
            "a ",
            " a",
            "é",
            "a\tb",
            "a\"b",
            "{a",
            "~",
            "=",
            "<<",
            "1.2.3.",
            "12e",
            ".5",
            "a'b",
            "a: ",
            "1 m",
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        let mut out = String::new();
        quote("a\"\\\n\t\u{1}\u{7f}\u{85}\u{2028}\u{202e}\u{feff}\u{e0001}é€😀", &mut out);
        assert_eq!(out, r#""a\"\\\n\t\x01\x7f\x85\u2028\u202e\ufeff\U000e0001é€😀""#);
    }

    #[test]
    fn blocks_are_used_where_they_are_safe() {
        let written = |text: &str| {
            let mut out = String::new();
            write(text, 2, &mut out);
            out
        };
        assert_eq!(written("a\n\n  b\n"), "|\n  a\n\n    b\n");
        assert_eq!(written("a\nb"), "|-\n  a\n  b\n");
        assert_eq!(written("a\n\n\n"), "|+\n  a\n\n\n");
        for text in ["\n", " a\nb", "\ta\nb", "a \nb", "a\n \nb", "\na\n", "a\r\nb", "a\u{2028}b\nc", "a\n\u{1}"] {
            assert!(!fits_block(text), "{text:?}");
        }
    }
}
