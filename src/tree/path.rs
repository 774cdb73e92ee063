//! Paths of fields in a value, with list items told by their names.

use std::fmt;

use super::{Key, Node, Value};

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
pub const NAMES: [&str; 10] = ["name", "key", "mountPath", "containerPort", "port", "path", "host", "ip", "type", "kind"];

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

/// The path to where a walk is, as text that grows and shrinks with it.
#[derive(Clone, Debug, Default)]
pub struct Trail(String);

impl Trail {
    /// A trail that begins somewhere, as in `config[/etc/app.yaml]`.
    pub fn from(start: &str) -> Trail {
        Trail(start.to_owned())
    }

    /// Goes to the value of a key; what it returns leads back with [`Trail::back`].
    pub fn enter(&mut self, key: Key) -> usize {
        let mark = self.0.len();
        let key = key.as_str();
        if key.contains(['.', '[']) {
            self.0.extend(["[", key, "]"]);
        } else {
            self.0.extend([if mark == 0 { "" } else { "." }, key]);
        }
        mark
    }

    /// Goes to an item of a list.
    pub fn enter_item(&mut self, index: usize) -> usize {
        let mark = self.0.len();
        self.0.push_str(&format!("[{index}]"));
        mark
    }

    /// Goes back to where it was.
    pub fn back(&mut self, mark: usize) {
        self.0.truncate(mark);
    }

    /// The path as people write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Path {
    /// What stands at the path.
    pub fn find<'a>(&self, root: &'a Node) -> Option<&'a Node> {
        self.0.iter().try_fold(root, |node, segment| match segment {
            Segment::Key(key) => node.field(key),
            Segment::Item(index, _) => node.items().get(*index),
        })
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
