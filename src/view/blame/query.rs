//! The short forms in which people ask for fields.

use crate::tree::{NAMES, Path, Segment};

/// A field as somebody asks for it: the last steps of its path, list items by index or name, or left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query(Vec<String>);

impl Query {
    /// `env.LOG_LEVEL`, `containers[0].image`, `labels[app.oam.dev/name]`, `env[name=LOG_LEVEL]`.
    pub fn parse(text: &str) -> Query {
        let mut steps = Vec::new();
        let mut step = String::new();
        let mut bracket = false;
        for c in text.chars() {
            match c {
                '[' if !bracket => {
                    bracket = true;
                    steps.push(std::mem::take(&mut step));
                }
                ']' if bracket => {
                    bracket = false;
                    // `[name=X]` and `[X]` are the same to us.
                    let inner = std::mem::take(&mut step);
                    let inner = inner.trim_matches(['"', '\'']);
                    steps.push(match inner.split_once('=') {
                        Some((field, name)) if NAMES.contains(&field) => name.to_owned(),
                        _ => inner.to_owned(),
                    });
                }
                '.' if !bracket => steps.push(std::mem::take(&mut step)),
                c => step.push(c),
            }
        }
        steps.push(step);
        steps.retain(|step| !step.is_empty());
        Query(steps)
    }

    /// How many steps of what is asked for lead to the path, or to one of its fields; 0 if it is somewhere else.
    pub fn reach(&self, path: &Path) -> usize {
        (1..=self.0.len()).rev().find(|steps| ends(&path.0, &self.0[..*steps])).unwrap_or(0)
    }

    /// Whether the path ends in what is asked for.
    pub fn matches(&self, path: &Path) -> bool {
        !self.0.is_empty() && ends(&path.0, &self.0)
    }
}

/// Whether `path` ends in `wanted`, read from the end.
fn ends(path: &[Segment], wanted: &[String]) -> bool {
    if wanted.is_empty() {
        return true;
    }
    let Some((last, rest)) = path.split_last() else { return false };
    match last {
        // A key may hold dots itself, as `app.oam.dev/name` does.
        Segment::Key(key) => (0..wanted.len()).any(|from| wanted[from..].join(".") == *key && ends(rest, &wanted[..from])),
        Segment::Item(index, name) => {
            let named = |wanted: &str| *wanted == index.to_string() || name.as_ref().is_some_and(|(_, name)| name == wanted);
            (0..wanted.len()).any(|from| named(&wanted[from..].join(".")) && ends(rest, &wanted[..from]))
                // `containers.image`: of any item; but the last step must be said.
                || path_continues(path) && ends(rest, wanted)
        }
    }
}

/// An item may be left out where something below it is asked for. Reading from the end, that is so unless the item is the end; then the whole list
/// was matched already one step further up.
fn path_continues(path: &[Segment]) -> bool {
    path.len() > 1
}
