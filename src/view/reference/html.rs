//! All pages as one HTML document that stands alone: no request to anywhere, readable without scripts, in light and dark.

use std::fmt::Write;

use super::{Page, Row, heading};
use crate::catalog::DefinitionKind;

const STYLE: &str = include_str!("reference.css");
const SCRIPT: &str = include_str!("reference.js");

/// The document.
pub fn html(pages: &[Page]) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Types</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<nav aria-label=\"types\">\n\
         <label>Search <input id=\"search\" type=\"search\" autocomplete=\"off\" placeholder=\"type or property\"></label>\n"
    );
    for kind in DefinitionKind::ALL {
        let of_kind: Vec<&Page> = pages.iter().filter(|page| page.kind == kind).collect();
        if !of_kind.is_empty() {
            let _ = writeln!(out, "<h2>{}</h2>\n<ul>", heading(kind));
            for page in of_kind {
                let _ = writeln!(out, "<li><a href=\"#{id}\">{name}</a></li>", id = anchor(page), name = escaped(&page.name));
            }
            out.push_str("</ul>\n");
        }
    }
    out.push_str("</nav>\n<main>\n");
    pages.iter().for_each(|page| section(&mut out, page));
    let _ = write!(out, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    out
}

/// `trait-hpa`
fn anchor(page: &Page) -> String {
    format!("{}-{}", page.kind.as_str(), escaped(&page.name))
}

fn section(out: &mut String, page: &Page) {
    let kind = page.kind.as_str();
    let _ = writeln!(out, "<section id=\"{}\">\n<h2>{} <small>{kind} type</small></h2>", anchor(page), escaped(&page.name));
    let _ = writeln!(out, "<p>{}</p>", prose(&page.about));
    if !page.facts.is_empty() {
        let facts: String = page.facts.iter().map(|(name, text)| format!("<dt>{name}</dt><dd>{}</dd>", escaped(text))).collect();
        let _ = writeln!(out, "<dl>{facts}</dl>");
    }
    if !page.rows.is_empty() {
        out.push_str("<table>\n<thead><tr><th>property</th><th>type</th><th>default</th><th></th></tr></thead>\n<tbody>\n");
        page.rows.iter().for_each(|one| row(out, one));
        out.push_str("</tbody>\n</table>\n");
    }
    for (title, yaml) in &page.examples {
        let _ = writeln!(out, "<h3>{}</h3>\n<pre><code>{}</code></pre>", prose(title), escaped(yaml));
    }
    out.push_str("</section>\n");
}

fn row(out: &mut String, row: &Row) {
    let name = row.path.rsplit_once('.').map_or((String::new(), row.path.as_str()), |(above, name)| (format!("{above}."), name));
    let required = if row.required { " <b>required</b>" } else { "" };
    let default = row.default.as_ref().map_or_else(String::new, |default| format!("<code>{}</code>", escaped(default)));
    let mut about = prose(&row.about);
    if let Some(same) = &row.same_as {
        let _ = write!(about, "{}inside as in <code>{}</code>", if about.is_empty() { "" } else { "; " }, escaped(same));
    }
    if row.deprecated {
        about.insert_str(0, "<i>deprecated</i>: ");
    }
    let (above, name) = (escaped(&name.0), escaped(name.1));
    let depth = row.depth;
    let types = escaped(&row.types);
    let _ = writeln!(
        out,
        "<tr data-depth=\"{depth}\"><td><code><span>{above}</span>{name}</code>{required}</td><td>{types}</td><td>{default}</td><td>{about}</td></tr>"
    );
}

/// Text in which nothing is a tag.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text with `code` in it.
fn prose(text: &str) -> String {
    let pieces = escaped(text);
    // An odd mark at the end marks nothing.
    let whole = pieces.matches('`').count() / 2;
    let mut out = String::new();
    let mut rest = pieces.as_str();
    for _ in 0..whole {
        let Some((before, after)) = rest.split_once('`') else { break };
        let Some((code, after)) = after.split_once('`') else { break };
        let _ = write!(out, "{before}<code>{code}</code>");
        rest = after;
    }
    out + rest
}
