//! `oam list`: components, traits and scopes as they match, unit by unit: what won, what lost, what did not match and why.

use std::fmt::Write;

use serde_json::{Value as Json, json};

use crate::resolve::{Listed, ResolvedComponent, Unit};
use crate::source::{Pos, Sources};
use crate::tree::{Lost, Node};

/// The longest value that is shown in full, in characters.
const LONG: usize = 60;

/// The listing for people.
pub fn text(listed: &[Listed], sources: &Sources) -> String {
    let mut out = String::new();
    for (index, Listed { unit, unmatched }) in listed.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let _ = writeln!(out, "{} (namespace {})", unit.name(), unit.namespace.as_str().unwrap_or_default());
        let mut rows = Vec::new();
        for component in &unit.components {
            component_rows(unit, component, sources, &mut rows);
        }
        for scope in &unit.scopes {
            let members: Vec<&str> = scope.members.iter().map(|index| &*unit.components[*index].name.value).collect();
            rows.push(row(1, format!("scope {} ({})", scope.name, scope.definition.name), place(sources, scope.name.at)));
            rows.push(row(2, format!("holds {}", members.join(", ")), String::new()));
        }
        if !unit.log.lost.is_empty() {
            rows.push(row(1, "lost".to_owned(), String::new()));
        }
        for lost in &unit.log.lost {
            let value = short(&value_of(lost).to_string());
            rows.push(row(
                2,
                format!("{value} from {}", place(sources, lost.old.author())),
                format!("to {}", place(sources, lost.winner.author())),
            ));
        }
        if !unmatched.is_empty() {
            rows.push(row(1, "not matched".to_owned(), String::new()));
        }
        for document in unmatched {
            rows.push(row(2, format!("{} {}: {}", document.noun, document.name, document.reason), place(sources, document.name.at)));
        }
        write_rows(&rows, &mut out);
    }
    out
}

fn component_rows(unit: &Unit, component: &ResolvedComponent, sources: &Sources, rows: &mut Vec<Row>) {
    let mut layers = component.layers.iter();
    let base = layers.next().copied().unwrap_or(Pos::NOWHERE);
    rows.push(row(1, format!("{} ({})", component.name, component.definition.name), place(sources, base)));
    rows.extend(layers.map(|layer| row(2, "layer".to_owned(), place(sources, *layer))));
    for parameter in &component.parameters {
        let value = short(&parameter.value.to_json().to_string());
        rows.push(row(
            2,
            format!("parameter {} = {value}, by {}", parameter.name, parameter.given_by.as_str()),
            place(sources, parameter.value.origin.author()),
        ));
    }
    for own in &component.traits {
        let places: Vec<String> = own.from.iter().rev().map(|at| place(sources, *at)).collect();
        rows.push(row(2, format!("trait {}", identity(&own.definition.name, &own.name)), places.join(", over ")));
    }
    for skipped in unit.skipped.iter().filter(|skipped| skipped.component == component.name.value) {
        let by = if skipped.by.is_known() { skipped.by } else { skipped.at };
        rows.push(row(2, format!("no trait {}: {}", identity(&skipped.type_name, &skipped.name), skipped.reason), place(sources, by)));
    }
}

fn identity(type_name: &str, name: &str) -> String {
    if type_name == name { name.to_owned() } else { format!("{name} ({type_name})") }
}

/// Depth, what, where.
struct Row {
    depth: usize,
    what: String,
    at: String,
}

fn row(depth: usize, what: String, at: String) -> Row {
    Row { depth, what, at }
}

/// Rows with their places in one column, as far right as the longest of usual length needs.
fn write_rows(rows: &[Row], out: &mut String) {
    let width = |row: &Row| row.depth * 2 + row.what.chars().count();
    let column = rows.iter().map(width).filter(|width| *width <= 72).max().unwrap_or(0) + 2;
    for row in rows {
        let gap = if row.at.is_empty() { 0 } else { column.saturating_sub(width(row)).max(2) };
        let _ = writeln!(out, "{:indent$}{}{:gap$}{}", "", row.what, "", row.at, indent = row.depth * 2);
    }
}

fn short(text: &str) -> String {
    if text.chars().count() <= LONG { text.to_owned() } else { text.chars().take(LONG - 1).chain(['…']).collect() }
}

/// `file:line`; empty for what nobody wrote.
fn place(sources: &Sources, at: Pos) -> String {
    sources.locate(at).map_or(String::new(), |place| format!("{}:{}", place.file.path(), place.line))
}

fn value_of(lost: &Lost) -> Json {
    Node::new(lost.value.clone(), lost.old).to_json()
}

/// The same as data.
pub fn json(listed: &[Listed], sources: &Sources) -> Json {
    let at = |pos: Pos| place(sources, pos);
    let unit = |Listed { unit, unmatched }: &Listed| {
        let component = |component: &ResolvedComponent| {
            let skipped = unit.skipped.iter().filter(|skipped| skipped.component == component.name.value);
            json!({
                "name": &*component.name.value,
                "type": &*component.definition.name,
                "at": at(component.layers.first().copied().unwrap_or(Pos::NOWHERE)),
                "layers": component.layers.iter().skip(1).map(|layer| at(*layer)).collect::<Vec<_>>(),
                "parameters": component.parameters.iter().map(|parameter| json!({
                    "name": &*parameter.name.value,
                    "value": parameter.value.to_json(),
                    "by": parameter.given_by.as_str(),
                    "at": at(parameter.value.origin.author()),
                })).collect::<Vec<_>>(),
                "traits": component.traits.iter().map(|own| json!({
                    "type": &*own.definition.name,
                    "name": &*own.name,
                    "from": own.from.iter().map(|from| at(*from)).collect::<Vec<_>>(),
                })).collect::<Vec<_>>(),
                "skipped": skipped.map(|skipped| json!({
                    "type": &*skipped.type_name,
                    "name": &*skipped.name,
                    "at": at(skipped.at),
                    "reason": skipped.reason,
                })).collect::<Vec<_>>(),
            })
        };
        json!({
            "application": &*unit.application.value,
            "environment": &*unit.environment.meta.name.value,
            "cluster": unit.cluster.as_ref().map(|cluster| &*cluster.value),
            "namespace": unit.namespace.to_json(),
            "components": unit.components.iter().map(component).collect::<Vec<_>>(),
            "scopes": unit.scopes.iter().map(|scope| json!({
                "name": &*scope.name.value,
                "type": &*scope.definition.name,
                "at": at(scope.name.at),
                "members": scope.members.iter().map(|index| &*unit.components[*index].name.value).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "lost": unit.log.lost.iter().map(|lost| json!({
                "value": value_of(lost),
                "at": at(lost.old.author()),
                "to": at(lost.winner.author()),
            })).collect::<Vec<_>>(),
            "unmatched": unmatched.iter().map(|document| json!({
                "kind": document.noun,
                "name": &*document.name.value,
                "at": at(document.name.at),
                "reason": document.reason,
            })).collect::<Vec<_>>(),
        })
    };
    Json::Array(listed.iter().map(unit).collect())
}
