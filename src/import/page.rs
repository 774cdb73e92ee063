//! Documents as a person writes them: block style, with the comments and the writing of the source where it can be kept.

use crate::diag::Sink;
use crate::source::{Pos, Role, Sources};
use crate::tree::{Node, Origin, emit, read_yaml};

/// A document while it is written.
pub(super) struct Page {
    head: String,
    comment: Vec<String>,
    text: String,
}

impl Page {
    /// A document with a name.
    pub fn new(api_version: &str, kind: &str, name: &str) -> Page {
        let head = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {}\n", scalar(name));
        Page { head, comment: Vec::new(), text: String::new() }
    }

    /// A comment above it.
    pub fn comment(&mut self, lines: Vec<String>) {
        self.comment = lines;
    }

    /// A map in `metadata`; its lines follow.
    pub fn metadata(&mut self, field: &str) {
        self.line(1, &format!("{field}:"));
    }

    /// A line, so many steps deep.
    pub fn line(&mut self, depth: usize, line: &str) {
        self.text.push_str(&"  ".repeat(depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Lines, so many steps deeper than they are.
    pub fn block(&mut self, depth: usize, lines: &str) {
        for line in lines.lines() {
            if line.is_empty() { self.text.push('\n') } else { self.line(depth, line) }
        }
    }

    /// A field with its value.
    pub fn field(&mut self, depth: usize, key: &str, value: &Node, sources: &Sources) {
        if value.entries().is_empty() && value.items().is_empty() {
            return self.line(depth, &format!("{key}: {}", scalar_node(value)));
        }
        if let Some(text) = on_one_line(value, sources) {
            return self.line(depth, &format!("{key}: {text}"));
        }
        self.line(depth, &format!("{key}:"));
        let inner = if value.is_list() { depth } else { depth + 1 };
        match as_written(value, sources) {
            Some(text) => self.block(inner, &text),
            None => self.block(inner, &emitted(value)),
        }
    }

    /// The lines below its head.
    pub fn body(self) -> String {
        self.text
    }

    /// The whole text.
    pub fn text(self) -> String {
        let comment: String = self.comment.iter().map(|line| format!("{line}\n")).collect();
        format!("{comment}{}{}", self.head, self.text)
    }
}

fn emitted(value: &Node) -> String {
    let mut text = String::new();
    emit(value, &mut text);
    text
}

fn scalar_node(value: &Node) -> String {
    match (value.is_map(), value.is_list()) {
        (true, _) => "{}".to_owned(),
        (_, true) => "[]".to_owned(),
        _ => emitted(value).trim_end().to_owned(),
    }
}

/// A text as a YAML scalar.
pub(super) fn scalar(text: &str) -> String {
    emitted(&Node::str(text, Origin::default())).trim_end().to_owned()
}

/// A list of texts on one line.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", names.map(scalar).collect::<Vec<_>>().join(", "))
}

/// The comment lines directly above the line of a position, if nothing but a dash stands before it there.
pub(super) fn comment_above(sources: &Sources, at: Pos) -> Vec<String> {
    let Some(place) = sources.locate(at) else { return Vec::new() };
    let Some(line) = place.file.line_range(place.line) else { return Vec::new() };
    let before = place.file.text().get(line.start..place.offset).unwrap_or("x");
    if !before.trim().is_empty() && before.trim() != "-" {
        return Vec::new();
    }
    let line_at = |number: u32| place.file.line_range(number).and_then(|range| place.file.text().get(range)).unwrap_or_default().trim();
    let mut first = place.line;
    while first > 1 && line_at(first - 1).starts_with('#') {
        first -= 1;
    }
    (first..place.line).map(|number| line_at(number).to_owned()).collect()
}

/// The longest map or list that stays on one line.
const LINE: usize = 100;

/// A map or list in brackets, as it stands in its file, if it is short.
fn on_one_line(value: &Node, sources: &Sources) -> Option<String> {
    let place = sources.locate(value.origin.at)?;
    let rest = place.file.text().get(place.offset..)?.lines().next()?;
    if !rest.starts_with(['{', '[']) {
        return None;
    }
    let ends = rest.char_indices().filter(|(_, c)| matches!(c, '}' | ']')).map(|(index, _)| &rest[..index + 1]);
    ends.take_while(|text| text.len() <= LINE).find(|text| says(text, value)).map(str::to_owned)
}

/// Whether a text is this value and nothing else.
fn says(text: &str, value: &Node) -> bool {
    let sink = Sink::new();
    let Ok(file) = Sources::new().add("copy", text.to_owned(), Role::Developer) else { return false };
    let documents = read_yaml(&file, &sink);
    !sink.has_errors() && matches!(documents.as_slice(), [only] if only.root.value == value.value)
}

/// A map or list exactly as it stands in its file, without its indentation; `None` where that is not a block of its own, or does not say
/// the same: an override changed it, or it refers to an anchor elsewhere.
fn as_written(value: &Node, sources: &Sources) -> Option<String> {
    let place = sources.locate(value.origin.at)?;
    let text = place.file.text();
    let start = place.file.line_range(place.line)?.start;
    let indent = place.offset - start;
    if !text.get(start..place.offset)?.bytes().all(|b| b == b' ') {
        return None;
    }
    let mut lines = comment_above(sources, value.origin.at);
    let mut kept = lines.len();
    for line in text.get(start..)?.lines() {
        let spaces = line.len() - line.trim_start_matches(' ').len();
        let inside = spaces >= indent && !(value.is_map() && line.get(indent..).is_some_and(|rest| rest.starts_with("- ")));
        if line.trim().is_empty() {
            lines.push(String::new());
        } else if inside {
            lines.push(line.get(indent..)?.to_owned());
            kept = lines.len();
        } else {
            break;
        }
    }
    lines.truncate(kept);
    let copied: String = lines.iter().map(|line| format!("{line}\n")).collect();
    says(&copied, value).then_some(copied)
}
