//! Changes on a terminal: how much and where, then each with its fields, or with the lines of its manifest.

use std::fmt::Write;

use super::summary::{by_gravity, headline, legend, rows};
use super::{Preview, Row};
use crate::diff::{Gravity, gravity};
use crate::view::diagnostics::plain;
use crate::view::diff::{Totals, collapse, text, unified};

/// How things look.
struct Paint(bool);

impl Paint {
    fn wrap(&self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn mark(&self, name: &str) -> String {
        let code = match gravity(name).0 {
            Gravity::Grave => "1;31",
            Gravity::Serious => "33",
            Gravity::Light => "2",
        };
        self.wrap(code, name)
    }
}

/// The text. `lines`: the lines of each manifest follow its fields.
pub fn terminal(preview: &Preview, lines: bool, color: bool) -> String {
    let paint = Paint(color);
    let against = plain(&preview.against);
    let Some(headline) = headline(Totals::of(&preview.changes)) else {
        return format!("nothing that is rendered differs from {against}\n");
    };
    let mut out = format!("{}\ncompared with {against}\n\n", paint.wrap("1", &format!("objects: {headline}")));
    table(&rows(preview), &paint, &mut out);
    let legend = legend(&preview.changes);
    if !legend.is_empty() {
        out.push('\n');
    }
    for entry in legend {
        let _ = writeln!(out, "{}: {} × {}", paint.mark(entry.name), entry.objects, entry.reason);
    }
    let mut entries = collapse(&preview.changes);
    by_gravity(&mut entries);
    for entry in &entries {
        let _ = write!(out, "\n{}", text(std::slice::from_ref(entry), false, color));
        if let Some(index) = entry.changes.first().filter(|_| lines) {
            for line in unified(&preview.changes[*index], &preview.files[*index].path, color).lines() {
                let _ = writeln!(out, "    {line}");
            }
        }
    }
    out
}

/// Environments and clusters below each other.
fn table(rows: &[Row<'_>], paint: &Paint, out: &mut String) {
    let name = |row: &Row<'_>| if row.target.is_empty() { "all".to_owned() } else { plain(row.target) };
    let count = |row: &Row<'_>| {
        let totals = Totals { added: row.added, removed: row.removed, changed: row.changed, moved: 0 };
        headline(totals).unwrap_or_else(|| "nothing".to_owned())
    };
    let width = |text: &dyn Fn(&Row<'_>) -> String| rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0);
    let (names, counts) = (width(&name), width(&count));
    for row in rows {
        let marks: Vec<String> = row.marks.iter().map(|mark| paint.mark(mark)).collect();
        let line = format!("  {:names$}  {:counts$}  {}", name(row), count(row), marks.join(", "));
        let _ = writeln!(out, "{}", line.trim_end());
    }
}
