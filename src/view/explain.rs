//! Documentation of a type's parameters or a Kubernetes kind's fields, as text: what it is, its fields, defaults, an example.
//!
//! Must never know: where schemas come from.

use std::fmt::Write;

use super::diagnostics::plain;
use crate::shape::{Description, Field, ShapeId, Shapes};
use crate::tree::Node;

/// How it is written.
#[derive(Copy, Clone, Debug)]
pub struct Layout {
    /// Whether to use colour.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Layout {
    fn bold(self, text: &str) -> String {
        if self.color { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn dim(self, text: &str) -> String {
        if self.color { format!("\x1b[2m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The top of a page: the name, what it is for, and facts about it, one per line.
pub fn head(title: &str, about: &str, facts: &[(&str, String)], layout: Layout) -> String {
    let mut out = format!("{}\n", layout.bold(&plain(title)));
    if !about.is_empty() {
        let _ = writeln!(out, "{}", indented(&plain(about), "  ", layout.width));
    }
    if !facts.is_empty() {
        out.push('\n');
        let wide = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, text) in facts {
            let _ = writeln!(out, "  {}  {}", layout.dim(&format!("{name:wide$}")), plain(text));
        }
    }
    out
}

/// Names with a line about each.
pub fn list(title: &str, rows: &[(String, String)], layout: Layout) -> String {
    let mut out = format!("{}\n", layout.bold(title));
    let wide = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, about) in rows {
        let _ = writeln!(out, "  {:wide$}  {}", plain(name), plain(about).replace('\n', " "));
    }
    out
}

/// What the schema says of one of its shapes: type, default, allowed values, limits, fields, branches.
pub fn shape_text(shapes: &Shapes, id: ShapeId, layout: Layout) -> String {
    let about = shapes.describe(id);
    let mut out = String::new();
    let facts = facts(&about);
    if !facts.is_empty() {
        out.push('\n');
        let wide = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, text) in &facts {
            let _ = writeln!(out, "  {}  {}", layout.dim(&format!("{name:wide$}")), plain(text));
        }
    }
    if !about.fields.is_empty() {
        let _ = writeln!(out, "\n{}", layout.bold(if about.path.is_empty() { "properties" } else { "fields" }));
        fields(&mut out, &about.fields, layout);
    }
    if !about.branches.is_empty() {
        let _ = writeln!(out, "\n{}", layout.bold("one of"));
        for branch in &about.branches {
            let _ = writeln!(out, "  {}", plain(&branch.name));
        }
    }
    out
}

/// An example, indented below its title.
pub fn example(title: &str, yaml: &str, layout: Layout) -> String {
    let mut out = format!("\n{}{}\n", layout.bold("example"), if title.is_empty() { String::new() } else { format!(": {}", plain(title)) });
    for line in yaml.lines() {
        let _ = writeln!(out, "  {}", plain(line));
    }
    out
}

fn facts(about: &Description) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if !about.path.is_empty() {
        facts.push(("type", about.types.clone()));
    }
    if let Some(default) = &about.default {
        facts.push(("default", value(default)));
    }
    if !about.limits.is_empty() {
        facts.push(("limits", about.limits.join(", ")));
    }
    if about.deprecated {
        facts.push(("deprecated", "should not be used any more".to_owned()));
    }
    if !about.examples.is_empty() {
        facts.push(("example", about.examples.iter().map(value).collect::<Vec<_>>().join(", ")));
    }
    facts
}

/// One block per field: name, type, default; below it what it is for.
fn fields(out: &mut String, fields: &[Field], layout: Layout) {
    // Required ones first: they are what a reader must know.
    let (required, others): (Vec<&Field>, Vec<&Field>) = fields.iter().partition(|field| field.required);
    let (current, old): (Vec<&Field>, Vec<&Field>) = others.into_iter().partition(|field| !field.deprecated);
    let name_width = fields.iter().map(|field| field.name.chars().count()).filter(|&wide| wide <= 32).max().unwrap_or(0);
    for field in required.into_iter().chain(current).chain(old) {
        let mut notes = vec![plain(&field.types)];
        if field.required {
            notes.push("required".to_owned());
        }
        if let Some(default) = &field.default {
            notes.push(format!("default {}", plain(&value(default))));
        }
        if field.deprecated {
            notes.push("deprecated".to_owned());
        }
        let name = layout.bold(&format!("{:name_width$}", plain(&field.name)));
        let _ = writeln!(out, "  {name}  {}", layout.dim(&notes.join(", ")));
        if let Some(text) = &field.description {
            let indent = " ".repeat(name_width + 4);
            let _ = writeln!(out, "{}", indented(&plain(text), &indent, layout.width));
        }
    }
}

fn value(node: &Node) -> String {
    match node.as_str() {
        Some(text) if !text.is_empty() => text.to_owned(),
        _ => node.to_json().to_string(),
    }
}

/// Text in paragraphs, wrapped at words.
fn indented(text: &str, indent: &str, width: usize) -> String {
    let room = width.min(120).saturating_sub(indent.len()).max(30);
    let mut lines = Vec::new();
    for paragraph in text.trim().lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines.iter().map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") }).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sink;
    use crate::shape::{NoReferences, compile};
    use crate::tree::Origin;
    use serde_json::json;

    const LAYOUT: Layout = Layout { color: false, width: 60 };

    fn shapes() -> Shapes {
        let schema = json!({
            "type": "object", "required": ["image"], "additionalProperties": false,
            "properties": {
                "port": {"type": "integer", "deprecated": true, "description": "one port"},
                "ports": {
                    "type": "array", "description": "ports of the container",
                    "items": {"type": "object", "properties": {"protocol": {"enum": ["TCP", "UDP"], "default": "TCP", "description": "protocol"}}}
                },
                "image": {"type": "string", "description": "image of the container, which is described in a sentence that needs two lines"}
            }
        });
        let sink = Sink::new();
        let shapes = compile(&Node::from_json(&schema, Origin::default()), &NoReferences, &sink);
        shapes.unwrap_or_else(|| panic!("{:?}", sink.take()))
    }

    #[test]
    fn required_fields_come_first_and_deprecated_ones_last() {
        let expected = "
properties
  image  string, required
         image of the container, which is described in a
         sentence that needs two lines
  ports  list of maps
         ports of the container
  port   integer, deprecated
         one port
";
        assert_eq!(shape_text(&shapes(), ShapeId::ROOT, LAYOUT), expected);
    }

    #[test]
    fn a_field_is_explained_with_what_is_below_it() {
        let shapes = shapes();
        let text = shape_text(&shapes, shapes.find("ports").unwrap(), LAYOUT);
        assert_eq!(text, "\n  type  list of maps\n\nfields\n  protocol  one of TCP, UDP, default TCP\n            protocol\n");
        let text = shape_text(&shapes, shapes.find("ports.protocol").unwrap(), LAYOUT);
        assert_eq!(text, "\n  type     one of TCP, UDP\n  default  TCP\n");
    }
}
