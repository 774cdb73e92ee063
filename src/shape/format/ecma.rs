//! Regular expressions of ECMA-262, as JSON Schema has them.

use regex::Regex;

/// A pattern of ECMA-262 as the regex crate means it; `None` if it does not take it.
pub(crate) fn ecma(pattern: &str) -> Option<Regex> {
    let mut text = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    let mut in_class = false;
    while let Some(char) = chars.next() {
        match char {
            // ECMA's classes are of ASCII, its white space is not.
            '\\' => match chars.next()? {
                'd' => text.push_str(if in_class { "0-9" } else { "[0-9]" }),
                'D' => text.push_str("[^0-9]"),
                'w' => text.push_str(if in_class { "A-Za-z0-9_" } else { "[A-Za-z0-9_]" }),
                'W' => text.push_str("[^A-Za-z0-9_]"),
                's' => text.push_str("[\\t\\n\\x0B\\x0C\\r\\x20\\u{a0}\\u{feff}\\p{Zs}\\u{2028}\\u{2029}]"),
                'S' => text.push_str("[^\\t\\n\\x0B\\x0C\\r\\x20\\u{a0}\\u{feff}\\p{Zs}\\u{2028}\\u{2029}]"),
                'c' => {
                    let control = chars.next().filter(char::is_ascii_alphabetic)?;
                    text.push_str(&format!("\\x{:02X}", control.to_ascii_uppercase() as u8 - b'@'));
                }
                '0' => text.push_str("\\x00"),
                'b' if !in_class => text.push_str("(?-u:\\b)"),
                'B' if !in_class => return None,
                'u' => {
                    let rest = chars.as_str();
                    if rest.starts_with('{') {
                        text.push_str("\\u");
                    } else {
                        let digits = rest.get(..4)?;
                        text.push_str(&format!("\\u{{{digits}}}"));
                        chars = rest[4..].chars();
                    }
                }
                // Escapes that mean something else here, or nothing in ECMA.
                'a' | 'A' | 'z' | 'Z' | 'h' | 'H' | 'Q' | 'E' | 'U' | '<' | '>' => return None,
                escaped @ ('/' | '"' | '\'' | ':' | ';' | ',' | '=' | '!' | '@' | '%' | '`' | '_' | ' ') => {
                    text.push_str(&regex::escape(escaped.encode_utf8(&mut [0; 4])));
                }
                other => text.extend(['\\', other]),
            },
            // Within a class these mean nothing in ECMA.
            '[' if in_class => text.push_str("\\["),
            '&' | '~' if in_class => text.extend(['\\', char]),
            '[' => {
                in_class = true;
                text.push('[');
                // `[]` is empty and `[^]` is anything, where other dialects take the bracket as a member.
                let rest = chars.as_str();
                if rest.starts_with(']') || rest.starts_with("^]") {
                    return None;
                }
            }
            ']' if in_class => {
                in_class = false;
                text.push(']');
            }
            // A line ends at more than `\n`.
            '.' if !in_class => text.push_str("[^\\n\\r\\u{2028}\\u{2029}]"),
            '(' if !in_class && chars.as_str().starts_with("?P") => return None,
            other => text.push(other),
        }
    }
    Regex::new(&text).ok()
}
