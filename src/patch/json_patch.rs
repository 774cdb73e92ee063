//! JSON patch, RFC 6902: a list of operations on paths.

use super::Change;
use super::path::{self, Step};
use crate::diag::{Diagnostic, Sink, code, did_you_mean};
use crate::source::Pos;
use crate::tree::{Key, Node};

/// The operations of the standard.
const OPERATIONS: [&str; 6] = ["add", "copy", "move", "remove", "replace", "test"];

/// Applies the operations in order. If one cannot be applied, none is: the value is returned as it was, and the sink has the reason, at the
/// operation's line.
pub fn json_patch(base: Node, operations: &Node, changes: &mut Vec<Change>, sink: &Sink) -> Node {
    if !operations.is_list() {
        let message = format!("a JSON patch must be a list of operations, not a {}", operations.value.type_name());
        sink.push(Diagnostic::error(code::BAD_PATCH, operations.origin.author(), message));
        return base;
    }
    let (mut result, mut made) = (base.clone(), Vec::new());
    for operation in operations.items() {
        match apply(&result, operation, &mut made) {
            Ok(next) => result = next,
            Err(diagnostic) => {
                sink.push(*diagnostic);
                return base;
            }
        }
    }
    changes.append(&mut made);
    result
}

type Outcome<T> = Result<T, Box<Diagnostic>>;

fn bad<T>(at: Pos, message: impl Into<String>) -> Outcome<T> {
    Err(Box::new(Diagnostic::error(code::BAD_PATCH, at, message)))
}

fn apply(base: &Node, operation: &Node, changes: &mut Vec<Change>) -> Outcome<Node> {
    let at = operation.origin.author();
    let Some(name) = operation.field("op") else { return bad(at, "an operation of a JSON patch has no `op`") };
    let Some(op) = name.as_str().filter(|op| OPERATIONS.contains(op)) else {
        let text = name.as_str().map_or_else(|| name.to_json().to_string(), str::to_owned);
        let message = format!("there is no operation `{text}` of JSON patch");
        return Err(Box::new(Diagnostic::error(code::BAD_PATCH, name.origin.author(), message).suggest(&text, OPERATIONS)));
    };
    let pointer = |field: &str| match operation.field(field) {
        Some(node) => Pointer::read(node),
        None => bad(at, format!("the operation `{op}` has no `{field}`")),
    };
    let value = || match operation.field("value") {
        Some(value) => Ok(value.clone()),
        None => bad(at, format!("the operation `{op}` has no `value`")),
    };
    let by = operation.origin;
    match op {
        "test" => {
            let (target, wanted) = (pointer("path")?, value()?);
            let found = target.find(base)?;
            if found.value == wanted.value {
                return Ok(base.clone());
            }
            let diagnostic =
                Diagnostic::error(code::BAD_PATCH, at, format!("the test of `{}` fails: the value there is another one", target.text));
            Err(Box::new(diagnostic.label(found.origin.author(), "the value that is there")))
        }
        "remove" => {
            let target = pointer("path")?;
            changes.push(change(&target, base, target.find(base)?.clone(), None, by, true));
            target.edit(base, Edit::Remove)
        }
        "replace" => {
            let (target, value) = (pointer("path")?, value()?);
            let before = target.find(base)?;
            if before.value != value.value {
                changes.push(change(&target, base, before.clone(), Some(value.clone()), value.origin, true));
            }
            target.edit(base, Edit::Replace(value))
        }
        "add" => {
            let (target, value) = (pointer("path")?, value()?);
            put(base, &target, value, by, changes)
        }
        "copy" => {
            let (source, target) = (pointer("from")?, pointer("path")?);
            let value = source.find(base)?.clone();
            put(base, &target, value, by, changes)
        }
        _ => {
            let (source, target) = (pointer("from")?, pointer("path")?);
            if target.tokens.len() > source.tokens.len() && target.tokens.starts_with(&source.tokens) {
                return bad(target.at, format!("`{}` cannot be moved into itself", source.text));
            }
            let value = source.find(base)?.clone();
            if source.tokens == target.tokens {
                return Ok(base.clone());
            }
            changes.push(change(&source, base, value.clone(), None, by, true));
            let without = source.edit(base, Edit::Remove)?;
            put(&without, &target, value, by, changes)
        }
    }
}

/// `add` as the standard has it: a member is set, an item is inserted.
fn put(base: &Node, target: &Pointer, value: Node, by: crate::tree::Origin, changes: &mut Vec<Change>) -> Outcome<Node> {
    let in_list = target.parent(base)?.is_some_and(Node::is_list);
    if !in_list
        && let Ok(before) = target.find(base)
        && before.value != value.value
    {
        changes.push(change(target, base, before.clone(), Some(value.clone()), by, false));
    }
    target.edit(base, Edit::Add(value))
}

fn change(target: &Pointer, base: &Node, before: Node, after: Option<Node>, by: crate::tree::Origin, declared: bool) -> Change {
    Change { path: path::text(&target.steps(base)), before, after, by, declared }
}

/// What is done at the place that a pointer names.
enum Edit {
    Add(Node),
    Replace(Node),
    Remove,
}

/// A JSON pointer, RFC 6901.
struct Pointer {
    text: String,
    tokens: Vec<String>,
    at: Pos,
}

impl Pointer {
    fn read(node: &Node) -> Outcome<Pointer> {
        let at = node.origin.author();
        let Some(text) = node.as_str() else { return bad(at, format!("a path must be text, not a {}", node.value.type_name())) };
        if !text.is_empty() && !text.starts_with('/') {
            let diagnostic = Diagnostic::error(code::BAD_PATCH, at, format!("the path `{text}` does not begin with `/`"));
            return Err(Box::new(diagnostic.help("a path of a JSON patch is written `/spec/replicas`")));
        }
        let tokens = text.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")).collect();
        Ok(Pointer { text: text.to_owned(), tokens, at })
    }

    fn find<'a>(&self, base: &'a Node) -> Outcome<&'a Node> {
        self.tokens.iter().try_fold(base, |node, token| self.child(node, token))
    }

    /// What holds the place; `None` for the whole value, which nothing holds.
    fn parent<'a>(&self, base: &'a Node) -> Outcome<Option<&'a Node>> {
        let Some((_, above)) = self.tokens.split_last() else { return Ok(None) };
        above.iter().try_fold(base, |node, token| self.child(node, token)).map(Some)
    }

    fn child<'a>(&self, node: &'a Node, token: &str) -> Outcome<&'a Node> {
        let child = if node.is_list() { index(token).and_then(|index| node.items().get(index)) } else { node.field(token) };
        child.ok_or_else(|| Box::new(self.missing(node, token)))
    }

    fn missing(&self, node: &Node, token: &str) -> Diagnostic {
        let what = match (node.is_map(), node.is_list()) {
            (true, _) => format!("there is no `{token}` on the way"),
            (_, true) => format!("the list there has {} items and no item `{token}`", node.items().len()),
            _ => format!("there is a {} on the way, which has no `{token}`", node.value.type_name()),
        };
        let diagnostic = Diagnostic::error(code::BAD_PATCH, self.at, format!("the path `{}` leads nowhere: {what}", self.text));
        match did_you_mean(token, node.entries().iter().map(|entry| entry.key.as_str())) {
            // The suggestion is a part of the path, so that it cannot replace the path in an editor.
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None if node.is_map() => diagnostic
                .help(format!("to make it, an operation `add` whose path ends with `/{token}` comes first, with a map as its value")),
            None => diagnostic,
        }
    }

    fn steps(&self, base: &Node) -> Vec<Step> {
        let mut node = Some(base);
        let step = |token: &String| {
            let in_list = node.is_some_and(Node::is_list);
            node = node.and_then(|node| self.child(node, token).ok());
            match index(token).filter(|_| in_list) {
                Some(index) => Step::Index(index),
                None => Step::Key(Key::new(token)),
            }
        };
        self.tokens.iter().map(step).collect()
    }

    fn edit(&self, base: &Node, edit: Edit) -> Outcome<Node> {
        match (self.tokens.as_slice(), edit) {
            ([], Edit::Add(value) | Edit::Replace(value)) => Ok(value),
            ([], Edit::Remove) => Ok(Node::null(base.origin)),
            (tokens, edit) => {
                let mut result = base.clone();
                self.edit_below(&mut result, tokens, edit)?;
                Ok(result)
            }
        }
    }

    fn edit_below(&self, node: &mut Node, tokens: &[String], edit: Edit) -> Outcome<()> {
        let Some((token, rest)) = tokens.split_first() else { return Ok(()) };
        if !rest.is_empty() {
            self.child(node, token)?;
            let place = node.entries().iter().position(|entry| entry.key.as_str() == token);
            if let Some(items) = node.items_mut() {
                // `child` has found it.
                return index(token).and_then(|index| items.get_mut(index)).map_or(Ok(()), |child| self.edit_below(child, rest, edit));
            }
            let child = node.entries_mut().zip(place).and_then(|(entries, place)| entries.get_mut(place));
            return child.map_or(Ok(()), |entry| self.edit_below(&mut entry.node, rest, edit));
        }
        if node.is_list() {
            let length = node.items().len();
            let place = if token == "-" && matches!(edit, Edit::Add(_)) { Some(length) } else { index(token) };
            let limit = if matches!(edit, Edit::Add(_)) { length + 1 } else { length };
            let Some(place) = place.filter(|place| *place < limit) else { return Err(Box::new(self.missing(node, token))) };
            if let Some(items) = node.items_mut() {
                match edit {
                    Edit::Add(value) => items.insert(place, value),
                    Edit::Replace(value) => items[place] = value,
                    Edit::Remove => drop(items.remove(place)),
                }
            }
            return Ok(());
        }
        let key = Key::new(token);
        match edit {
            Edit::Add(value) if node.is_map() => {
                let key_at = node.entry(key).map_or(value.origin.at, |entry| entry.key_at);
                node.set(key, key_at, value);
            }
            Edit::Replace(value) if node.entry(key).is_some() => {
                let key_at = node.entry(key).map_or(value.origin.at, |entry| entry.key_at);
                node.set(key, key_at, value);
            }
            Edit::Remove if node.entry(key).is_some() => drop(node.remove(key)),
            _ => return Err(Box::new(self.missing(node, token))),
        }
        Ok(())
    }
}

/// An index as the standard has it: digits without leading zeros.
fn index(token: &str) -> Option<usize> {
    let digits = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (token == "0" || !token.starts_with('0'))).then(|| token.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::tree::Origin;

    fn node(json: &Json, at: u32) -> Node {
        Node::from_json(json, Origin::written(Pos::new(at)))
    }

    #[test]
    fn the_examples_of_the_standard() {
        let cases: Vec<Json> = serde_json::from_str(include_str!("../../tests/patch/rfc6902.json")).unwrap();
        assert_eq!(cases.len(), 16);
        for case in cases {
            let sink = Sink::new();
            let base = node(&case["doc"], 1);
            let result = json_patch(base.clone(), &node(&case["patch"], 2), &mut Vec::new(), &sink);
            let report = sink.take();
            match case.get("result") {
                Some(expected) => assert_eq!((&result.to_json(), report.diagnostics.len()), (expected, 0), "{case}"),
                None => {
                    assert_eq!(report.diagnostics.len(), 1, "{case}");
                    assert_eq!(result.value, base.value, "a patch that fails changes nothing: {case}");
                }
            }
        }
    }

    #[test]
    fn operations_record_what_they_change() {
        let base = node(&json!({"a": {"x/y": 1}, "list": [1, 2], "same": 1}), 1);
        let operations = json!([
            {"op": "replace", "path": "/a/x~1y", "value": 2},
            {"op": "remove", "path": "/list/1"},
            {"op": "add", "path": "/list/0", "value": 0},
            {"op": "replace", "path": "/same", "value": 1},
            {"op": "add", "path": "/same", "value": 3},
        ]);
        let mut changes = Vec::new();
        let result = json_patch(base, &node(&operations, 2), &mut changes, &Sink::new());
        assert_eq!(result.to_json(), json!({"a": {"x/y": 2}, "list": [0, 1], "same": 3}));
        let seen: Vec<_> = changes.iter().map(|change| (change.path.as_str(), change.declared)).collect();
        assert_eq!(seen, [("a.x/y", true), ("list[1]", true), ("same", false)]);
    }

    fn refused(operations: Json) -> String {
        let sink = Sink::new();
        json_patch(node(&json!({"spec": {"replicas": 1, "list": [1]}}), 1), &node(&operations, 2), &mut Vec::new(), &sink);
        let report = sink.take();
        assert_eq!(report.diagnostics.len(), 1);
        let diagnostic = &report.diagnostics[0];
        assert_eq!(diagnostic.at, Pos::new(2), "the patch is to blame");
        format!("{}; {}", diagnostic.message, diagnostic.help.clone().unwrap_or_default())
    }

    #[test]
    fn mistakes_are_told_at_the_operation() {
        for (operation, message) in [
            (json!({"op": "relpace", "path": "/a", "value": 1}), "there is no operation `relpace` of JSON patch; did you mean `replace`?"),
            (
                json!({"op": "replace", "path": "/spec/replica", "value": 1}),
                "the path `/spec/replica` leads nowhere: there is no `replica` on the way; did you mean `replicas`?",
            ),
            (
                json!({"op": "remove", "path": "/spec/list/1"}),
                "the path `/spec/list/1` leads nowhere: the list there has 1 items and no item `1`; ",
            ),
            (
                json!({"op": "add", "path": "/spec/list/01", "value": 1}),
                "the path `/spec/list/01` leads nowhere: the list there has 1 items and no item `01`; ",
            ),
            (
                json!({"op": "add", "path": "spec", "value": 1}),
                "the path `spec` does not begin with `/`; a path of a JSON patch is written `/spec/replicas`",
            ),
            (json!({"op": "add", "path": "/spec"}), "the operation `add` has no `value`; "),
            (
                json!({"op": "add", "path": "/spec/replicas/a", "value": 1}),
                "the path `/spec/replicas/a` leads nowhere: there is a integer on the way, which has no `a`; ",
            ),
            (json!({"op": "move", "from": "/spec", "path": "/spec/list/a"}), "`/spec` cannot be moved into itself; "),
            (json!({"path": "/spec"}), "an operation of a JSON patch has no `op`; "),
        ] {
            assert_eq!(refused(json!([operation])), message);
        }
        assert_eq!(refused(json!({"op": "remove"})), "a JSON patch must be a list of operations, not a map; ");
    }
}
