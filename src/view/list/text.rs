//! Listings as text: one block per unit, one row per fact.

use std::fmt::Write;

use super::{ComponentListing, Distance, LostListing, UnitListing};
use crate::view::blame::Spot;
use crate::view::diagnostics::plain;

/// The listings as text.
pub fn text(units: &[UnitListing], color: bool) -> String {
    let bold = |text: &str| if color { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() };
    let mut out = String::new();
    for (i, unit) in units.iter().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let place = match &unit.cluster {
            Some(cluster) => format!("{} in {}, cluster {cluster}", unit.application, unit.environment),
            None => format!("{} in {}", unit.application, unit.environment),
        };
        let _ = writeln!(out, "{}  namespace {}", bold(&plain(&place)), plain(&unit.namespace));
        // What a row is, what it is called, where it stands.
        let mut rows: Vec<(usize, String, String, String)> = Vec::new();
        if let Some(revision) = &unit.revision {
            let place = revision.place.as_ref().map_or(String::new(), at);
            rows.push((1, "revision".into(), revision.name.clone(), format!("{place}{}", distance(revision.distance.as_ref()))));
        }
        for component in &unit.components {
            component_rows(component, &mut rows);
        }
        rows.extend(unit.lost.iter().map(|lost| lost_row(1, lost)));
        for one in &unit.not_matched {
            rows.push((
                1,
                "not here".into(),
                one.document.clone(),
                format!("{}  {}", one.reason, one.place.as_ref().map_or(String::new(), at)),
            ));
        }
        let kinds = rows.iter().map(|row| row.0 * 2 + row.1.chars().count()).max().unwrap_or(0);
        let names = rows.iter().map(|row| row.2.chars().count()).filter(|&wide| wide <= 44).max().unwrap_or(0);
        for (depth, kind, name, rest) in rows {
            let kind = format!("{}{kind}", "  ".repeat(depth));
            let kind =
                if depth == 1 && kind.trim_start() == "component" { bold(&format!("{kind:kinds$}")) } else { format!("{kind:kinds$}") };
            let line = format!("{kind}  {:names$}  {}", plain(&name), plain(&rest));
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    out
}

/// How far a commit is from what is here.
fn distance(distance: Option<&Distance>) -> String {
    let commits = |count: usize| if count == 1 { "1 commit".to_owned() } else { format!("{count} commits") };
    match distance {
        None => String::new(),
        Some(Distance { behind: 0, ahead: 0, .. }) => "  (no commit behind)".to_owned(),
        Some(Distance { behind, ahead: 0, .. }) => format!("  ({} behind)", commits(*behind)),
        Some(Distance { behind: 0, ahead, .. }) => format!("  ({} ahead of this branch)", commits(*ahead)),
        Some(Distance { behind, ahead, .. }) => format!("  (off this branch: {} behind, {ahead} ahead)", commits(*behind)),
    }
}

fn component_rows(component: &ComponentListing, rows: &mut Vec<(usize, String, String, String)>) {
    let mut made = component.made_by.iter();
    let name = format!("{} ({})", component.name, component.type_name);
    rows.push((1, "component".into(), name, made.next().map_or(String::new(), at)));
    rows.extend(made.map(|spot| (2, "layer".into(), String::new(), at(spot))));
    for parameter in &component.parameters {
        let place = parameter.place.as_ref().map_or(String::new(), at);
        let how = if parameter.given_by == "parameterValues" { String::new() } else { format!("  ({})", parameter.given_by) };
        rows.push((2, "parameter".into(), format!("{} = {}", parameter.name, short(&parameter.value)), format!("{place}{how}")));
    }
    for one in &component.traits {
        let name = if one.name == one.type_name { one.name.clone() } else { format!("{} ({})", one.name, one.type_name) };
        let mut places = one.asked_for.iter().rev();
        rows.push((2, "trait".into(), name, places.next().map_or(String::new(), at)));
        rows.extend(places.map(|spot| (2, String::new(), "  merged over".into(), at(spot))));
    }
    for one in &component.skipped {
        let name = if one.name == one.type_name { one.name.clone() } else { format!("{} ({})", one.name, one.type_name) };
        let decided = one.decided_by.as_ref().map_or(String::new(), |spot| format!(" by {}", at(spot)));
        rows.push((2, "no trait".into(), name, format!("{}: {}{decided}", one.place.as_ref().map_or(String::new(), at), one.reason)));
    }
    for scope in &component.scopes {
        let name = if scope.name == scope.type_name { scope.name.clone() } else { format!("{} ({})", scope.name, scope.type_name) };
        rows.push((2, "scope".into(), name, scope.place.as_ref().map_or(String::new(), at)));
    }
    if !component.connects_to.is_empty() {
        rows.push((2, "talks to".into(), component.connects_to.join(", "), String::new()));
    }
    if !component.depends_on.is_empty() {
        rows.push((2, "after".into(), component.depends_on.join(", "), String::new()));
    }
    rows.extend(component.lost.iter().map(|lost| lost_row(2, lost)));
}

fn lost_row(depth: usize, lost: &LostListing) -> (usize, String, String, String) {
    let to = lost.to.as_ref().map_or(String::new(), |spot| format!(" to {}", at(spot)));
    let name = format!("{} = {}", lost.path, short(&lost.value));
    (depth, "lost".into(), name, format!("{}{to}", lost.place.as_ref().map_or(String::new(), at)))
}

fn at(spot: &Spot) -> String {
    format!("{}:{}:{} {}", spot.file, spot.line, spot.column, spot.owner)
}

fn short(value: &serde_json::Value) -> String {
    let text = match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.chars().count() > 30 { text.chars().take(29).collect::<String>() + "…" } else { text }
}
