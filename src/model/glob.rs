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

/// Whether a path, or a folder that holds it, fits a pattern of paths: `*` and `?` stay within one step, `**` is any number of steps.
pub fn path_fits(pattern: &str, path: &str) -> bool {
    fn fits(pattern: &[&str], path: &[&str]) -> bool {
        match pattern.split_first() {
            // Everything below what fits belongs to it.
            None => true,
            Some((&"**", rest)) => (0..=path.len()).any(|skipped| fits(rest, &path[skipped..])),
            Some((step, rest)) => path.split_first().is_some_and(|(first, left)| glob_matches(step, first) && fits(rest, left)),
        }
    }
    fits(&steps(pattern), &steps(path))
}

/// The steps of a path; `.` and a `/` at either end say nothing.
fn steps(path: &str) -> Vec<&str> {
    path.split('/').filter(|step| !step.is_empty() && *step != ".").collect()
}

#[cfg(test)]
mod tests {
    use super::{glob_matches, path_fits};

    #[test]
    fn patterns_of_paths_hold_what_is_below_them() {
        for (pattern, path, fits) in [
            ("traits", "traits/a.yaml", true),
            ("/traits/", "traits/a.yaml", true),
            ("traits/a.yaml", "traits/a.yaml", true),
            ("traits", "traits-of-us/a.yaml", false),
            ("teams/*/apps", "teams/a/apps/b/c.yaml", true),
            ("teams/*/apps", "teams/a/b/apps/c.yaml", false),
            ("teams/**/apps", "teams/a/b/apps/c.yaml", true),
            ("**/components", "components/a.yaml", true),
            ("**/*.md", "a/b/c.md", true),
            ("**/*.md", "a/b/c.yaml", false),
            (".", "anything", true),
            ("a/b/c", "a/b", false),
        ] {
            assert_eq!(path_fits(pattern, path), fits, "{pattern} {path}");
        }
    }

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
