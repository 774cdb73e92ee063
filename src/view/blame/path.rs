//! Paths of fields, and the short forms in which people ask for them.

use std::fmt;

use crate::tree::{Node, Value};

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// A key of a map.
    Key(String),
    /// An item of a list, with its name where it has one.
    Item(usize, Option<(&'static str, String)>),
}

/// Where a field stands in its object: `spec.template.spec.containers[name=web].image`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Path(pub Vec<Segment>);

/// The fields by which people know the items of lists, in order of preference.
const NAMES: [&str; 10] = ["name", "key", "mountPath", "containerPort", "port", "path", "host", "ip", "type", "kind"];

impl Segment {
    /// The segment of an item of a list.
    pub fn item(index: usize, item: &Node) -> Segment {
        let name = NAMES.iter().find_map(|field| scalar(item.field(field)?).map(|text| (*field, text)));
        Segment::Item(index, name)
    }
}

fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::Str(text) => Some(text.to_string()),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

impl Path {
    /// This path and one more step.
    pub fn join(&self, segment: Segment) -> Path {
        let mut segments = self.0.clone();
        segments.push(segment);
        Path(segments)
    }
}

impl Path {
    /// A path as logs write it, `spec.containers[0].command`; items get the names that they have in the object.
    pub fn parse(text: &str, object: &Node) -> Path {
        let mut path = Path::default();
        let mut here = Some(object);
        for step in text.split('.').filter(|step| !step.is_empty()) {
            let (key, items) = step.split_at(step.find('[').unwrap_or(step.len()));
            if !key.is_empty() {
                path.0.push(Segment::Key(key.to_owned()));
                here = here.and_then(|node| node.field(key));
            }
            for index in items.split('[').filter_map(|item| item.trim_end_matches(']').parse::<usize>().ok()) {
                here = here.and_then(|node| node.items().get(index));
                path.0.push(here.map_or(Segment::Item(index, None), |item| Segment::item(index, item)));
            }
        }
        path
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if key.contains(['.', '[']) => write!(f, "[{key}]")?,
                Segment::Key(key) if i == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Item(_, Some((field, name))) => write!(f, "[{field}={name}]")?,
                Segment::Item(index, None) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

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

    /// Whether what is asked for is the path, or would stand below it.
    pub fn reaches(&self, path: &Path) -> bool {
        (1..=self.0.len()).any(|steps| ends(&path.0, &self.0[..steps]))
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
