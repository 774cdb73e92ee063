//! Pages in Markdown.

use std::fmt::Write;

use super::{Page, Row, heading};
use crate::catalog::DefinitionKind;

/// The page of a type.
pub fn markdown(page: &Page) -> String {
    let mut out = format!("# {}\n\n{} type: {}\n", page.name, page.kind.as_str(), page.about);
    if !page.facts.is_empty() {
        out.push('\n');
        for (name, text) in &page.facts {
            let _ = writeln!(out, "- {name}: {text}");
        }
    }
    if page.rows.is_empty() {
        out.push_str("\nIt has no properties of its own.\n");
    } else {
        out.push_str("\n## Properties\n\n| property | type | default | |\n| --- | --- | --- | --- |\n");
        page.rows.iter().for_each(|one| row(&mut out, one));
    }
    for (title, yaml) in &page.examples {
        let _ = write!(out, "\n## Example: {title}\n\n```yaml\n{yaml}```\n");
    }
    out
}

fn row(out: &mut String, row: &Row) {
    let required = if row.required { " **required**" } else { "" };
    let default = row.default.as_ref().map_or_else(String::new, |default| format!("`{default}`"));
    let mut about = row.about.replace('\n', " ");
    if let Some(same) = &row.same_as {
        let _ = write!(about, "{}inside as in `{same}`", if about.is_empty() { "" } else { "; " });
    }
    if row.deprecated {
        about.insert_str(0, "*deprecated*: ");
    }
    let cells = [format!("`{}`{required}", row.path), row.types.clone(), default, about];
    let _ = writeln!(out, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
}

/// The page that leads to all others.
pub fn index(pages: &[Page]) -> String {
    let mut out = String::from("# Types\n\nAll in one page, to browse and search: [index.html](index.html).\n");
    for kind in DefinitionKind::ALL {
        let of_kind: Vec<&Page> = pages.iter().filter(|page| page.kind == kind).collect();
        if !of_kind.is_empty() {
            let _ = write!(out, "\n## {}\n\n", heading(kind));
            for page in of_kind {
                let _ = writeln!(out, "- [{}]({}s/{}.md): {}", page.name, kind.as_str(), page.name, page.about);
            }
        }
    }
    out
}
