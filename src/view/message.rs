//! The message of the commit that publishes changes: a line that says how much and where, then what changed, by environment and role.
//!
//! Must never know: git, where it is published.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::view::diagnostics::plain;
use crate::view::diff::{Changed, Entry, Totals, collapse};

/// The first line is no longer than this, in characters.
const SUBJECT: usize = 72;
/// Changes that are listed.
const MOST: usize = 60;
/// Names that are listed in one line.
const NAMES: usize = 3;

/// `shop: change 3, add 1 of orders in dev, staging`
pub fn subject(project: &str, changes: &[Changed]) -> String {
    let Totals { added, removed, changed, moved } = Totals::of(changes);
    let parts = [(changed, "change"), (added, "add"), (removed, "remove"), (moved, "move")];
    let parts: Vec<String> = parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{word} {count}")).collect();
    let what = if parts.is_empty() { "restore files".to_owned() } else { parts.join(", ") };
    // What is made once for all of them is of none.
    let applications = changes.iter().map(|change| change.place.application.as_str()).filter(|name| !name.starts_with('_'));
    let applications: BTreeSet<&str> = applications.collect();
    let targets: BTreeSet<&str> = changes.iter().map(|change| change.place.target.as_str()).collect();
    let mut ways = vec![(some(&applications, "applications"), some(&targets, "places"))];
    ways.push((count(&applications, "applications"), some(&targets, "places")));
    ways.push((count(&applications, "applications"), count(&targets, "places")));
    ways.push((String::new(), String::new()));
    let line = |(applications, targets): &(String, String)| {
        let of = if applications.is_empty() { String::new() } else { format!(" of {applications}") };
        let within = if targets.is_empty() { String::new() } else { format!(" in {targets}") };
        plain(&format!("{project}: {what}{of}{within}"))
    };
    let lines: Vec<String> = ways.iter().map(line).collect();
    lines.iter().find(|line| line.chars().count() <= SUBJECT).or(lines.last()).cloned().unwrap_or_default()
}

/// A few names, or how many there are.
fn some(names: &BTreeSet<&str>, what: &str) -> String {
    if names.len() > NAMES {
        count(names, what)
    } else {
        names.iter().copied().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

fn count(names: &BTreeSet<&str>, what: &str) -> String {
    if names.len() < 2 { some(names, what) } else { format!("{} {what}", names.len()) }
}

/// The changes: those of the same places together, each with the roles whose documents decided them.
///
/// ```text
/// prod/eu-1, prod/us-1
///   ~ Deployment shop/orders: image (app-operator)
/// ```
pub fn body(changes: &[Changed]) -> String {
    let entries = collapse(changes);
    let mut places: BTreeMap<Vec<&str>, Vec<&Entry>> = BTreeMap::new();
    for entry in &entries {
        places.entry(entry.targets().into_iter().collect()).or_default().push(entry);
    }
    let mut text = String::new();
    let mut left = MOST;
    let mut untold = 0;
    for (targets, entries) in places {
        let told = entries.len().min(left);
        untold += entries.len() - told;
        left -= told;
        if told == 0 {
            continue;
        }
        let name = if targets == [""] { "everywhere".to_owned() } else { targets.join(", ") };
        let _ = writeln!(text, "{}", plain(&name));
        for entry in &entries[..told] {
            let _ = writeln!(text, "  {}", plain(&line(entry)));
        }
    }
    if untold > 0 {
        let _ = writeln!(text, "and {untold} more changes");
    }
    text
}

fn line(entry: &Entry) -> String {
    let sign = match entry.change {
        "added" => '+',
        "removed" => '-',
        "moved" => '>',
        _ => '~',
    };
    let names: BTreeSet<&str> = entry.objects.iter().map(|place| place.object.as_str()).collect();
    let own: BTreeSet<&str> = names.iter().map(|name| name.rsplit('/').next().unwrap_or(name)).collect();
    let name = match (names.len(), own.len()) {
        (1, _) => names.first().copied().unwrap_or_default().to_owned(),
        (_, 1) => own.first().copied().unwrap_or_default().to_owned(),
        (many, _) => format!("× {many}"),
    };
    let mut fields: Vec<String> = Vec::new();
    for field in entry.fields.iter().map(|field| last(&field.path)) {
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    let more = fields.len().saturating_sub(NAMES);
    fields.truncate(NAMES);
    let mut what = if fields.is_empty() { String::new() } else { format!(": {}", fields.join(", ")) };
    if more > 0 {
        let _ = write!(what, " and {more} more");
    }
    let spots = entry.fields.iter().flat_map(|field| field.set_by.iter().chain(&field.was_set_by)).chain(&entry.asked_by);
    let roles: BTreeSet<&str> = spots.map(|spot| spot.owner).collect();
    let roles = if roles.is_empty() { String::new() } else { format!(" ({})", roles.into_iter().collect::<Vec<_>>().join(", ")) };
    format!("{sign} {} {name}{what}{roles}", entry.kind)
}

/// The last key of a path, with the item that it is of: `env[name=A].value`.
fn last(path: &str) -> String {
    // Dots and brackets within the key of an item, as in `annotations[a.b/c]`, end no segment.
    let mut depth = 0;
    let mut starts = vec![0];
    for (index, c) in path.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            '.' if depth == 0 => starts.push(index + 1),
            _ => {}
        }
    }
    let from = starts[starts.len() - 1];
    let segment = &path[from..];
    // A value says nothing without the item that it is of.
    let needs_item = segment == "value" && starts.len() > 1;
    if needs_item { path[starts[starts.len() - 2]..].to_owned() } else { segment.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::Fate;
    use crate::view::blame::Spot;
    use crate::view::diff::{Field, Place};

    fn change(target: &str, application: &str, fate: Fate) -> Changed {
        let spot = Spot { file: "releases/dev.yaml".into(), line: 8, column: 5, owner: "app-operator" };
        let field = Field {
            path: "spec.template.spec.containers[name=web].env[name=A.B].value".into(),
            old: Some("1".into()),
            new: Some("2".into()),
            set_by: vec![spot],
            was_set_by: Vec::new(),
            had_been_set_by: Vec::new(),
            reason: None,
        };
        Changed {
            place: Place {
                target: target.into(),
                application: application.into(),
                object: format!("shop/{application}"),
                moved_from: None,
                renamed: None,
            },
            kind: "Deployment".into(),
            fate,
            fields: if fate == Fate::Changed { vec![field] } else { Vec::new() },
            marks: Vec::new(),
            texts: None,
            spots: Vec::new(),
        }
    }

    #[test]
    fn a_message_says_what_changed_by_place_and_role() {
        let changes =
            [change("dev", "orders", Fate::Changed), change("prod", "orders", Fate::Changed), change("dev", "carts", Fate::Added)];
        assert_eq!(subject("shop", &changes), "shop: change 2, add 1 of carts, orders in dev, prod");
        assert_eq!(
            body(&changes),
            "dev\n  + Deployment shop/carts\ndev, prod\n  ~ Deployment shop/orders: env[name=A.B].value (app-operator)\n"
        );
    }

    #[test]
    fn a_message_stays_short() {
        let names: Vec<String> = (0..300).map(|index| format!("a-rather-long-name-of-an-application-{index}")).collect();
        let changes: Vec<Changed> = names.iter().map(|name| change("prod/a-cluster-with-a-long-name", name, Fate::Removed)).collect();
        assert_eq!(subject("shop", &changes), "shop: remove 300 of 300 applications in prod/a-cluster-with-a-long-name");
        assert_eq!(body(&changes).lines().count(), MOST + 2);
        assert!(body(&changes).ends_with("and 240 more changes\n"));
        assert_eq!(subject("shop", &[]), "shop: restore files");
    }
}
