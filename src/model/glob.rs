//! Globs in names and folders: `*` is any text, `?` one character, everything else is itself.

/// Whether a pattern is more than a plain name.
pub fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// Whether a whole name fits a pattern. Takes at most pattern × name steps.
pub fn glob_matches(pattern: &str, name: &str) -> bool {
    if !is_glob(pattern) {
        return pattern == name;
    }
    let (mut pattern, mut name) = (pattern.chars(), name.chars());
    // Where to go on when the text that the last `*` took has to grow.
    let mut retry: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let left = name.clone();
        match (pattern.next(), name.next()) {
            (Some('*'), _) => {
                retry = Some((pattern.clone(), left.clone()));
                name = left;
            }
            (None, None) => return true,
            (Some(wanted), Some(found)) if wanted == '?' || wanted == found => {}
            _ => {
                let Some((after_star, taken)) = &mut retry else { return false };
                if taken.next().is_none() {
                    return false;
                }
                (pattern, name) = (after_star.clone(), taken.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::glob_matches;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, name, fits) in [
            ("orders", "orders", true),
            ("orders", "orders-db", false),
            ("*", "", true),
            ("*", "anything", true),
            ("orders-*", "orders-db", true),
            ("orders-*", "orders", false),
            ("*-db", "orders-db-db", true),
            ("*-db", "orders-dbx", false),
            ("o?ders", "orders", true),
            ("o?ders", "oders", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("?", "é", true),
            ("", "a", false),
        ] {
            assert_eq!(glob_matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn a_hostile_pattern_ends() {
        assert!(!glob_matches(&format!("{}b", "a*".repeat(200)), &"a".repeat(10_000)));
    }
}
