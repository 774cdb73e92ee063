//! Writes nodes as block-style YAML that every reader of Kubernetes understands as it was meant.

mod number;
mod text;

use super::{Entry, Key, Node, Value};

/// Spaces from one level to the next.
const STEP: usize = 2;

/// How a map or list begins: below its key or on lines of its own, or behind the dash of the item that it is.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Begins {
    OnItsLine,
    BehindDash,
}

/// Who wants to know where in the text each value stands.
pub trait Watch {
    /// The entry of a map begins behind `at` bytes of text.
    fn key(&mut self, key: Key, value: &Node, at: usize);
    /// The item of a list begins behind `at` bytes of text.
    fn item(&mut self, index: usize, item: &Node, at: usize);
    /// What began last ends.
    fn leave(&mut self);
}

/// Nobody does.
impl Watch for () {
    fn key(&mut self, _: Key, _: &Node, _: usize) {}
    fn item(&mut self, _: usize, _: &Node, _: usize) {}
    fn leave(&mut self) {}
}

struct Emitter<'a, W> {
    out: &'a mut String,
    /// Whether `1.0` keeps its point.
    points: bool,
    watch: &'a mut W,
}

/// One document in block style, numbers as Kubernetes prints them; keys stay in their order. A number that JSON lacks becomes `null`.
pub fn emit(node: &Node, out: &mut String) {
    emit_watched(node, out, &mut ());
}

/// The same text as that of [`emit`], with somebody who is told where in it each value stands.
pub fn emit_watched(node: &Node, out: &mut String, watch: &mut impl Watch) {
    Emitter { out, points: false, watch }.document(node);
}

/// One document for a reader that is not Kubernetes, and may tell `1.0` from `1`.
pub fn emit_data(node: &Node, out: &mut String) {
    Emitter { out, points: true, watch: &mut () }.document(node);
}

impl<W: Watch> Emitter<'_, W> {
    fn document(&mut self, node: &Node) {
        match &node.value {
            Value::Map(entries) if !entries.is_empty() => self.map(entries, 0, Begins::OnItsLine),
            Value::List(items) if !items.is_empty() => self.list(items, 0, Begins::OnItsLine),
            // A block of text needs something to be indented under.
            Value::Str(text) => {
                text::write_flat(text, self.out);
                self.out.push('\n');
            }
            _ => self.leaf(node, 0),
        }
    }

    fn map(&mut self, entries: &[Entry], indent: usize, mut begins: Begins) {
        for entry in entries {
            self.watch.key(entry.key, &entry.node, self.out.len());
            if begins == Begins::OnItsLine {
                self.indent(indent);
            }
            begins = Begins::OnItsLine;
            if text::write_key(entry.key.as_str(), self.out) {
                self.out.push('\n');
                self.indent(indent);
            }
            self.out.push(':');
            match &entry.node.value {
                Value::Map(entries) if !entries.is_empty() => {
                    self.out.push('\n');
                    self.map(entries, indent + STEP, Begins::OnItsLine);
                }
                // As `kubectl` does, a list is not indented under its key.
                Value::List(items) if !items.is_empty() => {
                    self.out.push('\n');
                    self.list(items, indent, Begins::OnItsLine);
                }
                _ => {
                    self.out.push(' ');
                    self.leaf(&entry.node, indent + STEP);
                }
            }
            self.watch.leave();
        }
    }

    fn list(&mut self, items: &[Node], indent: usize, mut begins: Begins) {
        for (index, item) in items.iter().enumerate() {
            self.watch.item(index, item, self.out.len());
            if begins == Begins::OnItsLine {
                self.indent(indent);
            }
            begins = Begins::OnItsLine;
            self.out.push_str("- ");
            match &item.value {
                Value::Map(entries) if !entries.is_empty() => self.map(entries, indent + STEP, Begins::BehindDash),
                Value::List(items) if !items.is_empty() => self.list(items, indent + STEP, Begins::BehindDash),
                _ => self.leaf(item, indent + STEP),
            }
            self.watch.leave();
        }
    }

    /// A scalar or an empty collection, and the end of the line. `indent` is that of a block of text.
    fn leaf(&mut self, node: &Node, indent: usize) {
        match &node.value {
            Value::Str(text) => {
                if text::write(text, indent, self.out) {
                    return;
                }
            }
            Value::Null => self.out.push_str("null"),
            Value::Bool(true) => self.out.push_str("true"),
            Value::Bool(false) => self.out.push_str("false"),
            Value::Int(value) => number::signed(*value, self.out),
            Value::UInt(value) => number::unsigned(*value, self.out),
            Value::Float(value) => number::float(*value, self.points, self.out),
            Value::Map(_) => self.out.push_str("{}"),
            Value::List(_) => self.out.push_str("[]"),
        }
        self.out.push('\n');
    }

    fn indent(&mut self, indent: usize) {
        text::spaces(indent, self.out);
    }
}
