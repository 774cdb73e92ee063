//! Regular expressions of Go (RE2), as the schemas of custom resources have them.

use regex::Regex;

/// A pattern of RE2 as the regex crate means it; `None` if it does not take it.
pub(crate) fn go(pattern: &str) -> Option<Regex> {
    let mut text = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars();
    let mut in_class = false;
    while let Some(char) = chars.next() {
        match char {
            // Go's classes are of ASCII.
            '\\' => match chars.next()? {
                'd' => text.push_str(if in_class { "0-9" } else { "[0-9]" }),
                'D' => text.push_str("[^0-9]"),
                'w' => text.push_str(if in_class { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" }),
                'W' => text.push_str("[^0-9A-Za-z_]"),
                's' => text.push_str(if in_class { "\\t\\n\\f\\r " } else { "[\\t\\n\\f\\r ]" }),
                'S' => text.push_str("[^\\t\\n\\f\\r ]"),
                'b' => text.push_str("(?-u:\\b)"),
                'B' => text.push_str("(?-u:\\B)"),
                escaped if escaped.is_ascii_punctuation() => text.push_str(&regex::escape(escaped.encode_utf8(&mut [0; 4]))),
                'Q' => {
                    let rest = chars.as_str();
                    let (quoted, after) = rest.split_once("\\E").unwrap_or((rest, ""));
                    text.push_str(&regex::escape(quoted));
                    chars = after.chars();
                }
                other => text.extend(['\\', other]),
            },
            '[' if in_class => {
                // `[:alpha:]` is a class within a class; any other bracket is a member.
                let class = chars.as_str().strip_prefix(':').and_then(|rest| rest.split_once(":]"));
                match class {
                    Some((name, after)) if name.trim_start_matches('^').bytes().all(|byte| byte.is_ascii_lowercase()) => {
                        text.push_str(&format!("[:{name}:]"));
                        chars = after.chars();
                    }
                    _ => text.push_str("\\["),
                }
            }
            '&' | '~' if in_class => text.extend(['\\', char]),
            '[' => {
                in_class = true;
                text.push('[');
                if let Some(rest) = chars.as_str().strip_prefix('^') {
                    text.push('^');
                    chars = rest.chars();
                }
                // A bracket that comes first is a member.
                if let Some(rest) = chars.as_str().strip_prefix(']') {
                    text.push_str("\\]");
                    chars = rest.chars();
                }
            }
            ']' if in_class => {
                in_class = false;
                text.push(']');
            }
            other => text.push(other),
        }
    }
    Regex::new(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::go;

    #[test]
    fn patterns_mean_what_they_mean_in_go() {
        for (pattern, right, wrong) in [
            (r"^\d+$", "12", "१२"),
            (r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "a-1", "a-"),
            (r"^[^]]+$", "a[", "a]"),
            (r"^[[]$", "[", "]"),
            (r"^[[:upper:]]$", "A", "a"),
            (r"^\Qa.b\E$", "a.b", "axb"),
            (r"^[\w.&&x]+$", "a&", "é"),
            (r"^a\/b\-c$", "a/b-c", "a"),
            (r"(?i)^get$", "GET", "set"),
        ] {
            let regex = go(pattern).unwrap_or_else(|| panic!("{pattern}"));
            assert!(regex.is_match(right) && !regex.is_match(wrong), "{pattern}");
        }
        assert!(go("(").is_none() && go("(?=x)").is_none());
    }
}
