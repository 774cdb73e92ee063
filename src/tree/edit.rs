//! Changing a document's text in place: what is set or removed changes, and everything else, comments and order too, stays as a person wrote it.

use std::ops::Range;

use super::{Entry, Key, Node, Value, token_range};
use crate::source::SourceFile;

/// Changes of one file, made together by [`Edits::text`].
#[derive(Debug)]
pub struct Edits<'a> {
    file: &'a SourceFile,
    changes: Vec<(Range<usize>, String)>,
}

impl<'a> Edits<'a> {
    /// No changes yet.
    pub fn new(file: &'a SourceFile) -> Edits<'a> {
        Edits { file, changes: Vec::new() }
    }

    /// Whether nothing was set or removed.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The text with all changes. Changes of one place are made in the order in which they were asked for.
    pub fn text(mut self) -> String {
        self.changes.sort_by_key(|(range, _)| range.start);
        let old = self.file.text();
        let mut text = String::with_capacity(old.len() + 64);
        let mut from = 0;
        for (range, new) in &self.changes {
            text.push_str(&old[from..range.start.max(from)]);
            text.push_str(new);
            from = range.end.max(from);
        }
        text.push_str(&old[from..]);
        text
    }

    /// Sets a key of a map of the file: its value in place, or a new entry after the last one. The value is written on one line.
    pub fn set(&mut self, map: &Node, key: &str, value: &Node) {
        let text = self.file.text();
        if let Some(entry) = map.entry(Key::new(key)) {
            let colon = self.end_of_key(entry);
            let end = self.end(&entry.node, colon);
            let range =
                if self.is_block(&entry.node) || self.offset(&entry.node) < colon { colon..end } else { self.offset(&entry.node)..end };
            let space = if range.start == colon { " " } else { "" };
            self.changes.push((range, format!("{space}{}", flow(value))));
            return;
        }
        let entry = format!("{}: {}", flow_key(key), flow(value));
        if !self.is_block(map) {
            let range = token_range(self.file, map.origin.at);
            let inside = text[range.clone()].trim_end_matches('}').trim_end();
            let comma = if map.entries().is_empty() || inside.ends_with(',') { "" } else { "," };
            let space = if map.entries().is_empty() { "" } else { " " };
            let at = range.start + inside.len();
            self.changes.push((at..at, format!("{comma}{space}{entry}")));
            return;
        }
        let Some(last) = map.entries().iter().max_by_key(|entry| entry.key_at) else { return };
        let indent = self.column(last);
        let after = self.line_end(self.end(&last.node, self.end_of_key(last)));
        self.changes.push((after..after, format!("{}{}{entry}", self.newline(), " ".repeat(indent))));
    }

    /// Adds a key whose value is a map of its own, in the style of the map it is added to. The key must not be there.
    pub fn add_map(&mut self, map: &Node, key: &str, entries: &[(&str, Node)]) {
        if !self.is_block(map) || map.entries().is_empty() {
            let inner: Vec<String> = entries.iter().map(|(key, value)| format!("{}: {}", flow_key(key), flow(value))).collect();
            let at = token_range(self.file, map.origin.at);
            let inside = self.file.text()[at.clone()].trim_end_matches('}').trim_end();
            let comma = if map.entries().is_empty() { "" } else { ", " };
            let end = at.start + inside.len();
            self.changes.push((end..end, format!("{comma}{}: {{{}}}", flow_key(key), inner.join(", "))));
            return;
        }
        let Some(last) = map.entries().iter().max_by_key(|entry| entry.key_at) else { return };
        let (indent, newline) = (self.column(last), self.newline());
        let mut text = format!("{newline}{}{}:", " ".repeat(indent), flow_key(key));
        for (key, value) in entries {
            text.push_str(&format!("{newline}{}{}: {}", " ".repeat(indent + 2), flow_key(key), flow(value)));
        }
        let after = self.line_end(self.end(&last.node, self.end_of_key(last)));
        self.changes.push((after..after, text));
    }

    /// Removes keys of a map of the file, with their values and what stands behind them on their lines. The last entry of a block leaves the key above it without
    /// a value: remove that one instead.
    pub fn remove(&mut self, map: &Node, keys: &[&str]) {
        let is_gone = |entry: &Entry| keys.contains(&entry.key.as_str());
        let text = self.file.text();
        let block = self.is_block(map);
        for (index, entry) in map.entries().iter().enumerate().filter(|(_, entry)| is_gone(entry)) {
            let start = self.key_offset(entry);
            let end = self.end(&entry.node, self.end_of_key(entry));
            let range = if block {
                let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
                let next = (self.line_end(end) + self.newline().len()).min(text.len());
                if text[line..start].trim().is_empty() {
                    line..next
                } else {
                    // Behind a dash, the next key takes the place.
                    start..next + text[next..].find(|c: char| c != ' ').unwrap_or(0)
                }
            } else if map.entries()[..index].iter().any(|before| !is_gone(before)) {
                // With the comma before it, or if nothing stays before it, up to the next.
                let before = text[..start].trim_end();
                before.strip_suffix(',').map_or(start, str::len)..end
            } else {
                start..map.entries().get(index + 1).map_or(end, |next| self.key_offset(next))
            };
            self.changes.push((range, String::new()));
        }
    }

    fn offset(&self, node: &Node) -> usize {
        (node.origin.at.number().saturating_sub(self.file.base()) as usize).min(self.file.text().len())
    }

    fn key_offset(&self, entry: &Entry) -> usize {
        (entry.key_at.number().saturating_sub(self.file.base()) as usize).min(self.file.text().len())
    }

    /// Behind the colon of a key.
    fn end_of_key(&self, entry: &Entry) -> usize {
        let end = token_range(self.file, entry.key_at).end;
        self.file.text()[end..].find(':').map_or(end, |colon| end + colon + 1)
    }

    /// Whether a collection is written without brackets.
    fn is_block(&self, node: &Node) -> bool {
        let first = self.file.text()[self.offset(node)..].chars().next();
        (node.is_map() || node.is_list()) && !matches!(first, Some('{' | '['))
    }

    /// The end of a value; `least` if there is none.
    fn end(&self, node: &Node, least: usize) -> usize {
        let own = match &node.value {
            Value::Map(entries) if self.is_block(node) => {
                entries.iter().map(|entry| self.end(&entry.node, self.end_of_key(entry))).max().unwrap_or(least)
            }
            Value::List(items) if self.is_block(node) => items.iter().map(|item| self.end(item, least)).max().unwrap_or(least),
            Value::Null if self.offset(node) < least => least,
            _ => self.scalar_end(node),
        };
        own.max(least)
    }

    fn scalar_end(&self, node: &Node) -> usize {
        let text = self.file.text();
        let range = token_range(self.file, node.origin.at);
        if !text[range.start..].starts_with(['|', '>']) {
            return range.end;
        }
        // A block of text goes on as long as its lines are empty or indented deeper than the line that it begins on.
        let line = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let indent = text[line..].len() - text[line..].trim_start_matches([' ', '-']).len();
        let mut end = self.line_end(range.end);
        let mut last = end;
        while end < text.len() {
            let next = end + 1;
            let stop = text[next..].find('\n').map_or(text.len(), |at| next + at);
            let content = text[next..stop].trim_end();
            if !content.is_empty() && content.len() - content.trim_start_matches(' ').len() <= indent.saturating_sub(1) {
                break;
            }
            if !content.is_empty() {
                last = stop;
            }
            end = stop;
        }
        last
    }

    /// The end of the line that holds a byte, without its line break.
    fn line_end(&self, at: usize) -> usize {
        let text = self.file.text();
        let end = text[at..].find('\n').map_or(text.len(), |found| at + found);
        if text[..end].ends_with('\r') && end > at { end - 1 } else { end }
    }

    fn newline(&self) -> &'static str {
        if self.file.text().contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// How far a key is indented.
    fn column(&self, entry: &Entry) -> usize {
        let at = self.key_offset(entry);
        let line = self.file.text()[..at].rfind('\n').map_or(0, |at| at + 1);
        self.file.text()[line..at].chars().count()
    }
}

/// A value on one line.
pub fn flow(node: &Node) -> String {
    match &node.value {
        Value::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|entry| format!("{}: {}", flow_key(entry.key.as_str()), flow(&entry.node))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Str(text) => flow_key(text),
        _ => node.to_json().to_string(),
    }
}

/// Text on one line, quoted where it would be read as something else.
fn flow_key(text: &str) -> String {
    let mut written = String::new();
    super::emit(&Node::str(text, Default::default()), &mut written);
    let plain = written.trim_end_matches('\n');
    // Brackets and commas end a plain text inside of brackets; blocks of text do not fit at all.
    if plain.contains('\n') || (!plain.starts_with('"') && plain.contains([',', '[', ']', '{', '}'])) {
        return serde_json::Value::from(text).to_string();
    }
    plain.to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::diag::Sink;
    use crate::source::{Role, Sources};
    use crate::tree::{Origin, read_yaml};

    fn read(text: &str) -> (Arc<SourceFile>, Node) {
        let file = Sources::new().add("x.yaml", text.to_owned(), Role::AppOperator).unwrap();
        let sink = Sink::new();
        let root = read_yaml(&file, &sink).remove(0).root;
        assert!(!sink.has_errors(), "{text}");
        (file, root)
    }

    /// The text after an edit of the map at a path; it must read back as the value says.
    fn edited(text: &str, path: &[&str], act: impl Fn(&mut Edits<'_>, &Node)) -> String {
        let (file, root) = read(text);
        let mut edits = Edits::new(&file);
        act(&mut edits, root.at(path).unwrap());
        edits.text()
    }

    fn node(value: serde_json::Value) -> Node {
        Node::from_json(&value, Origin::default())
    }

    const RELEASE: &str = "# Written by hand.\nkind: Release\nspec:\n  environment: dev   # here\n  images:\n    # the shop\n    shop/orders: {tag: 1.0, digest: \"sha256:a\"} # pinned\n    shop/web:\n      tag: \"1\"\n      components: [a,\n        b]\n  # the end\n---\nkind: Release\n";

    #[test]
    fn a_value_is_set_in_its_place() {
        let set = |path: &[&str], key: &str, value: serde_json::Value| {
            edited(RELEASE, path, |edits, map| edits.set(map, key, &node(value.clone())))
        };
        let text = set(&["spec", "images", "shop/orders"], "tag", json!("2.0"));
        assert_eq!(text, RELEASE.replace("tag: 1.0", "tag: \"2.0\""));
        let text = set(&["spec", "images", "shop/orders"], "components", json!(["web, or", "b"]));
        assert_eq!(text, RELEASE.replace("\"sha256:a\"}", "\"sha256:a\", components: [\"web, or\", b]}"));
        let text = set(&["spec", "images", "shop/web"], "digest", json!("sha256:b"));
        assert_eq!(text, RELEASE.replace("        b]\n", "        b]\n      digest: sha256:b\n"));
        let text = set(&["spec", "images"], "shop/web", json!({"tag": "v2"}));
        assert_eq!(text, RELEASE.replace("\n      tag: \"1\"\n      components: [a,\n        b]", " {tag: v2}"));
        let text = set(&["spec", "images"], "mongo", json!({"tag": "v3"}));
        assert_eq!(text, RELEASE.replace("        b]\n", "        b]\n    mongo: {tag: v3}\n"));
        let text = set(&["spec"], "revision", json!("4f2c9e1"));
        assert_eq!(text, RELEASE.replace("        b]\n", "        b]\n  revision: 4f2c9e1\n"));
        let text = edited("spec: {environment: dev}\r\nx: y\r\n", &["spec"], |edits, map| {
            edits.add_map(map, "images", &[("a", node(json!({"tag": "v1"})))])
        });
        assert_eq!(text, "spec: {environment: dev, images: {a: {tag: v1}}}\r\nx: y\r\n");
        let text = edited("spec:\r\n  environment: dev # x\r\nx: y\r\n", &["spec"], |edits, map| {
            edits.add_map(map, "images", &[("a", node(json!({"tag": "v1"})))]);
        });
        assert_eq!(text, "spec:\r\n  environment: dev # x\r\n  images:\r\n    a: {tag: v1}\r\nx: y\r\n");
        assert_eq!(edited("a:\nb: 1", &[], |edits, map| edits.set(map, "a", &node(json!(2)))), "a: 2\nb: 1");
        assert_eq!(edited("b: |\n  x\n\n  y\nc: 1\n", &[], |edits, map| edits.set(map, "b", &node(json!("z")))), "b: z\nc: 1\n");
        assert_eq!(edited("{}", &[], |edits, map| edits.set(map, "b", &node(json!("z")))), "{b: z}");
    }

    #[test]
    fn a_value_is_removed_with_its_line() {
        let remove = |path: &[&str], key: &str| edited(RELEASE, path, |edits, map| edits.remove(map, &[key]));
        assert_eq!(remove(&["spec", "images", "shop/orders"], "digest"), RELEASE.replace(", digest: \"sha256:a\"", ""));
        assert_eq!(remove(&["spec", "images", "shop/orders"], "tag"), RELEASE.replace("tag: 1.0, ", ""));
        assert_eq!(
            remove(&["spec", "images"], "shop/orders"),
            RELEASE.replace("    shop/orders: {tag: 1.0, digest: \"sha256:a\"} # pinned\n", "")
        );
        assert_eq!(remove(&["spec", "images", "shop/web"], "components"), RELEASE.replace("      components: [a,\n        b]\n", ""));
        let flow = |keys: &[&str]| edited("{a: 1, b: [2, 3], c: {d: 4}}\n", &[], |edits, map| edits.remove(map, keys));
        assert_eq!((flow(&["a", "b"]), flow(&["b", "c"])), ("{c: {d: 4}}\n".into(), "{a: 1}\n".into()));
        assert_eq!((flow(&["a", "c"]), flow(&["a", "b", "c"])), ("{b: [2, 3]}\n".into(), "{}\n".into()));
    }

    #[test]
    fn several_changes_are_made_together() {
        let text = edited(RELEASE, &["spec", "images", "shop/orders"], |edits, map| {
            edits.set(map, "tag", &node(json!("v2")));
            edits.remove(map, &["digest"]);
        });
        assert_eq!(text, RELEASE.replace("tag: 1.0, digest: \"sha256:a\"", "tag: v2"));
    }
}
