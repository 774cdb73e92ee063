//! Paths into properties and configuration: `env[name=LOG_LEVEL].value`, `ports[0].port`, `config[path=/etc/x.yaml].data."a.b"`.

use std::fmt;
use std::sync::Arc;

use crate::source::Pos;
use crate::tree::{Entry, Key, Node, Origin, Value};

/// One step of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// The value of a map's key.
    Field(Key),
    /// An item of a list, by its place, from 0.
    Index(usize),
    /// The item of a list whose fields have these values.
    Item(Vec<Condition>),
}

/// What tells an item of a list: one of its fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// The field.
    pub key: Key,
    /// Its value, as text.
    pub value: Arc<str>,
    /// Whether it was quoted, and so is text where it looks like a number.
    pub quoted: bool,
}

/// A parsed path; shown as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldPath {
    text: Arc<str>,
    steps: Vec<Step>,
}

/// What is wrong with the text of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadPath {
    /// Byte offset in the text.
    pub offset: usize,
    /// What is wrong there, as a phrase.
    pub problem: String,
}

/// What stands in the way of a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Obstacle {
    /// The path up to the value that is in the way.
    pub path: String,
    /// What is wrong with it, as a phrase.
    pub problem: String,
    /// Where that value comes from.
    pub origin: Origin,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.path, self.problem)
    }
}

/// Where a path of a component's parameter leads.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Target<'a> {
    /// Into `properties`.
    Properties(&'a [Step]),
    /// Into the data of the config file at this path.
    Config(&'a str, &'a [Step]),
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FieldPath {
    /// Parses a path.
    ///
    /// # Errors
    /// [`BadPath`]: where in the text, and what.
    pub fn parse(text: &str) -> Result<FieldPath, BadPath> {
        let mut reader = Reader { text, at: 0 };
        let mut steps = vec![Step::Field(reader.key()?)];
        while let Some(next) = reader.peek() {
            match next {
                '.' => {
                    reader.at += 1;
                    steps.push(Step::Field(reader.key()?));
                }
                '[' => steps.push(reader.bracket()?),
                other => return Err(reader.bad(format!("expected `.` or `[`, found `{other}`"))),
            }
        }
        Ok(FieldPath { text: text.into(), steps })
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The steps, never none.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Where the path of a component's parameter leads: `config[path=…].data` into a config file, everything else into the properties.
    pub fn target(&self) -> Target<'_> {
        if let [Step::Field(first), Step::Item(conditions), Step::Field(data), rest @ ..] = self.steps.as_slice()
            && first.as_str() == "config"
            && data.as_str() == "data"
            && let [Condition { key, value, .. }] = conditions.as_slice()
            && key.as_str() == "path"
        {
            return Target::Config(value, rest);
        }
        Target::Properties(&self.steps)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn bad(&self, problem: impl Into<String>) -> BadPath {
        BadPath { offset: self.at, problem: problem.into() }
    }

    /// Text up to one of the ends, which stays.
    fn until(&mut self, ends: &[char]) -> &'a str {
        let rest = &self.text[self.at..];
        let length = rest.find(ends).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Text in double quotes; `\"` and `\\` are a quote and a backslash.
    fn quoted(&mut self) -> Result<String, BadPath> {
        let opening = self.bad("the quote is not closed");
        self.at += 1;
        let mut text = String::new();
        loop {
            let next = self.peek().ok_or_else(|| opening.clone())?;
            self.at += next.len_utf8();
            match next {
                '"' => return Ok(text),
                '\\' => {
                    let escaped =
                        self.peek().filter(|c| ['"', '\\'].contains(c)).ok_or_else(|| self.bad("`\\` quotes `\"` and `\\` only"))?;
                    self.at += 1;
                    text.push(escaped);
                }
                other => text.push(other),
            }
        }
    }

    fn key(&mut self) -> Result<Key, BadPath> {
        if self.peek() == Some('"') {
            return self.quoted().map(|text| Key::new(&text));
        }
        let start = self.at;
        let name = self.until(&['.', '[', ']', '"', '=', ' ']);
        if name.is_empty() {
            return Err(BadPath { offset: start, problem: "expected the name of a field".into() });
        }
        Ok(Key::new(name))
    }

    /// `[0]`, `["key"]`, `[name=x]`, `[containerPort=80,protocol=TCP]`.
    fn bracket(&mut self) -> Result<Step, BadPath> {
        let opening = self.bad("the bracket is not closed");
        self.at += 1;
        let mut conditions = Vec::new();
        loop {
            let start = self.at;
            if self.peek() == Some('"') && conditions.is_empty() {
                let key = Key::new(&self.quoted()?);
                self.close(&opening)?;
                return Ok(Step::Field(key));
            }
            let name = self.until(&['=', ']', ',', '[', '"']);
            if self.peek() != Some('=') {
                if name.is_empty() || !conditions.is_empty() || !name.bytes().all(|b| b.is_ascii_digit()) {
                    self.at = start;
                    return Err(self.bad("expected a number, a quoted key or `name=value`"));
                }
                let index = name.parse().map_err(|_| BadPath { offset: start, problem: format!("`{name}` is too large") })?;
                self.close(&opening)?;
                return Ok(Step::Index(index));
            }
            if name.is_empty() {
                return Err(self.bad("expected the name of a field before `=`"));
            }
            self.at += 1;
            let quoted = self.peek() == Some('"');
            let value = if quoted { self.quoted()? } else { self.until(&[']', ',']).to_owned() };
            if value.is_empty() && !quoted {
                return Err(self.bad("expected a value after `=`"));
            }
            conditions.push(Condition { key: Key::new(name), value: value.into(), quoted });
            if self.peek() == Some(',') {
                self.at += 1;
                continue;
            }
            self.close(&opening)?;
            return Ok(Step::Item(conditions));
        }
    }

    fn close(&mut self, opening: &BadPath) -> Result<(), BadPath> {
        match self.peek() {
            Some(']') => {
                self.at += 1;
                Ok(())
            }
            Some(other) => Err(self.bad(format!("expected `]`, found `{other}`"))),
            None => Err(opening.clone()),
        }
    }
}

impl Condition {
    fn holds(&self, item: &Node) -> bool {
        item.get(self.key).is_some_and(|found| match &found.value {
            Value::Str(text) => **text == *self.value,
            Value::Bool(value) => *self.value == *value.to_string(),
            Value::Int(value) => *self.value == *value.to_string(),
            Value::UInt(value) => *self.value == *value.to_string(),
            Value::Float(value) => *self.value == *value.to_string(),
            Value::Null | Value::List(_) | Value::Map(_) => false,
        })
    }

    /// The field of a new item: a number where it looks like one and is not quoted.
    fn entry(&self, at: Pos) -> Entry {
        let value = match self.value.parse::<i64>() {
            Ok(number) if !self.quoted && number.to_string() == *self.value => Value::Int(number),
            _ => Value::Str(self.value.clone()),
        };
        Entry { key: self.key, key_at: at, node: Node::new(value, Origin::written(at)) }
    }
}

/// The value at the steps, if there is one.
pub fn get<'a>(root: &'a Node, steps: &[Step]) -> Option<&'a Node> {
    steps.iter().try_fold(root, |node, step| match step {
        Step::Field(key) => node.get(*key),
        Step::Index(index) => node.items().get(*index),
        Step::Item(conditions) => node.items().iter().find(|item| conditions.iter().all(|condition| condition.holds(item))),
    })
}

/// Sets the value at the steps; what is missing on the way (maps, and items of lists that are told by their fields) is made, with `made_at`
/// as its origin. A `null` on the way counts as missing. The result is what was there before.
///
/// # Errors
/// [`Obstacle`] when something on the way is not a map or list, or an index is past the end; the root is unchanged then.
pub fn set(root: &mut Node, steps: &[Step], value: Node, made_at: Pos) -> Result<Option<Node>, Obstacle> {
    let mut copy = root.clone();
    let old = place(&mut copy, steps, 0, value, made_at)?;
    *root = copy;
    Ok(old)
}

fn place(node: &mut Node, steps: &[Step], depth: usize, value: Node, made_at: Pos) -> Result<Option<Node>, Obstacle> {
    let Some(step) = steps.get(depth) else { return Ok(Some(std::mem::replace(node, value))) };
    let obstacle = |node: &Node, problem: String| Obstacle { path: show(&steps[..depth]), problem, origin: node.origin };
    let made = Origin::written(made_at);
    let last = depth + 1 == steps.len();
    match step {
        Step::Field(key) => {
            if node.is_null() {
                *node = Node::map(Vec::new(), made);
            }
            let type_name = node.value.type_name();
            let origin = node.origin;
            let Some(entries) = node.entries_mut() else {
                return Err(Obstacle { path: show(&steps[..depth]), problem: format!("is {}, not a map", article(type_name)), origin });
            };
            if let Some(entry) = entries.iter_mut().find(|entry| entry.key == *key) {
                if last {
                    entry.key_at = value.origin.at;
                }
                return place(&mut entry.node, steps, depth + 1, value, made_at);
            }
            let mut child = Node::null(made);
            place(&mut child, steps, depth + 1, value, made_at)?;
            entries.push(Entry { key: *key, key_at: made_at, node: child });
            Ok(None)
        }
        Step::Index(index) => {
            let length = node.items().len();
            if !node.is_list() || *index >= length {
                let problem = if node.is_list() {
                    format!("has {length} items, so there is none at {index}")
                } else {
                    format!("is {}, not a list", article(node.value.type_name()))
                };
                return Err(obstacle(node, problem));
            }
            match node.items_mut().and_then(|items| items.get_mut(*index)) {
                Some(item) => place(item, steps, depth + 1, value, made_at),
                None => Ok(None),
            }
        }
        Step::Item(conditions) => {
            if node.is_null() {
                *node = Node::list(Vec::new(), made);
            }
            let type_name = node.value.type_name();
            let origin = node.origin;
            let Some(items) = node.items_mut() else {
                return Err(Obstacle { path: show(&steps[..depth]), problem: format!("is {}, not a list", article(type_name)), origin });
            };
            if let Some(item) = items.iter_mut().find(|item| conditions.iter().all(|condition| condition.holds(item))) {
                return place(item, steps, depth + 1, value, made_at);
            }
            let mut item = Node::map(conditions.iter().map(|condition| condition.entry(made_at)).collect(), made);
            place(&mut item, steps, depth + 1, value, made_at)?;
            items.push(item);
            Ok(None)
        }
    }
}

fn article(type_name: &str) -> String {
    match type_name {
        "null" => "null".to_owned(),
        "integer" => "an integer".to_owned(),
        other => format!("a {other}"),
    }
}

/// The steps, as a person would write them.
pub fn show(steps: &[Step]) -> String {
    let plain = |text: &str| !text.is_empty() && !text.contains(['.', '[', ']', '"', '=', ' ', ',', '\\']);
    let quote = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Field(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                let key = key.as_str();
                text += &if plain(key) { key.to_owned() } else { quote(key) };
            }
            Step::Index(index) => text += &format!("[{index}]"),
            Step::Item(conditions) => {
                let conditions: Vec<String> = conditions
                    .iter()
                    .map(|condition| {
                        let bare = !condition.quoted && !condition.value.contains([']', ',', '"']) && !condition.value.is_empty();
                        format!("{}={}", condition.key, if bare { condition.value.to_string() } else { quote(&condition.value) })
                    })
                    .collect();
                text += &format!("[{}]", conditions.join(","));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn node(json: serde_json::Value) -> Node {
        Node::from_json(&json, Origin::default())
    }

    fn after(json: serde_json::Value, path: &str) -> Result<serde_json::Value, String> {
        let mut root = node(json);
        let path = FieldPath::parse(path).unwrap();
        set(&mut root, path.steps(), node(json!("new")), Pos::NOWHERE).map(|_| root.to_json()).map_err(|obstacle| obstacle.to_string())
    }

    #[test]
    fn paths_are_read_and_shown_alike() {
        for path in [
            "image",
            "env[name=LOG_LEVEL].value",
            "ports[0].port",
            "ports[containerPort=80,protocol=TCP].name",
            "config[path=/etc/x.yaml].data.baseUrl",
            "annotations.\"prometheus.io/scrape\"",
            "env[name=\"a]b\"].value",
            "a.\"say \\\"hi\\\"\"",
        ] {
            assert_eq!(show(FieldPath::parse(path).unwrap().steps()), path);
        }
        let quoted = FieldPath::parse("annotations[\"a.b/c\"]").unwrap();
        assert_eq!(quoted.steps()[1], Step::Field(Key::new("a.b/c")));
    }

    #[test]
    fn a_bad_path_says_where() {
        for (path, offset, problem) in [
            ("", 0, "expected the name of a field"),
            ("a..b", 2, "expected the name of a field"),
            ("a.", 2, "expected the name of a field"),
            ("a[", 2, "expected a number, a quoted key or `name=value`"),
            ("a[x]", 2, "expected a number, a quoted key or `name=value`"),
            ("a[-1]", 2, "expected a number, a quoted key or `name=value`"),
            ("a[0", 1, "the bracket is not closed"),
            ("a[name=", 7, "expected a value after `=`"),
            ("a[=x]", 2, "expected the name of a field before `=`"),
            ("a[0]b", 4, "expected `.` or `[`, found `b`"),
            ("a.\"b", 2, "the quote is not closed"),
            ("a[99999999999999999999999]", 2, "`99999999999999999999999` is too large"),
        ] {
            assert_eq!(FieldPath::parse(path), Err(BadPath { offset, problem: problem.into() }), "{path}");
        }
    }

    #[test]
    fn config_files_are_told_from_properties() {
        let path = FieldPath::parse("config[path=/etc/x.yaml].data.pool.size").unwrap();
        assert_eq!(path.target(), Target::Config("/etc/x.yaml", &path.steps()[3..]));
        let path = FieldPath::parse("config.x").unwrap();
        assert_eq!(path.target(), Target::Properties(path.steps()));
    }

    #[test]
    fn a_value_that_is_there_is_replaced_and_returned() {
        let mut root = node(json!({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}));
        let path = FieldPath::parse("env[name=B].value").unwrap();
        assert_eq!(get(&root, path.steps()).unwrap().as_str(), Some("2"));
        let old = set(&mut root, path.steps(), node(json!(3)), Pos::NOWHERE).unwrap();
        assert_eq!(old.unwrap().to_json(), json!("2"));
        assert_eq!(root.to_json(), json!({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": 3}]}));
    }

    #[test]
    fn what_is_missing_is_made() {
        assert_eq!(after(json!({}), "env[name=A].value"), Ok(json!({"env": [{"name": "A", "value": "new"}]})));
        assert_eq!(after(json!({"env": null}), "env[name=A].value"), Ok(json!({"env": [{"name": "A", "value": "new"}]})));
        assert_eq!(after(json!({"a": {"b": 1}}), "a.c.d"), Ok(json!({"a": {"b": 1, "c": {"d": "new"}}})));
        assert_eq!(after(json!({}), "ports[port=80].name"), Ok(json!({"ports": [{"port": 80, "name": "new"}]})));
        assert_eq!(after(json!({}), "ports[port=\"80\"].name"), Ok(json!({"ports": [{"port": "80", "name": "new"}]})));
        assert_eq!(after(json!({"ports": [{"port": 80}]}), "ports[port=80].name"), Ok(json!({"ports": [{"port": 80, "name": "new"}]})));
    }

    #[test]
    fn what_is_in_the_way_is_said_and_nothing_changes() {
        assert_eq!(after(json!({"env": "x"}), "env[name=A].value"), Err("`env` is a string, not a list".into()));
        assert_eq!(after(json!({"a": [1]}), "a.b"), Err("`a` is a list, not a map".into()));
        assert_eq!(after(json!({"a": [1]}), "a[1]"), Err("`a` has 1 items, so there is none at 1".into()));
        assert_eq!(after(json!({"a": [{"n": "x", "v": 1}]}), "a[n=x].v.w"), Err("`a[n=x].v` is an integer, not a map".into()));
        let mut root = node(json!({"a": 1}));
        assert!(set(&mut root, FieldPath::parse("b.c").unwrap().steps(), node(json!(1)), Pos::NOWHERE).is_ok());
        assert!(set(&mut root, FieldPath::parse("b.c.d").unwrap().steps(), node(json!(1)), Pos::NOWHERE).is_err());
        assert_eq!(root.to_json(), json!({"a": 1, "b": {"c": 1}}));
    }
}
