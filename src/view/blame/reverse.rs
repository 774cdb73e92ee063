//! The reverse of blame: which fields a line decides.

use serde::Serialize;

use super::field::{Lens, Loser, Spot, is_leaf, losers, walk};
use crate::source::Pos;
use crate::tree::{Node, Path};

/// A field that a line decides, or would have decided.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decided {
    /// `Deployment shop/orders`
    pub object: String,
    /// The units in which it does.
    pub units: Vec<String>,
    /// Where the field stands.
    pub path: String,
    /// Its value.
    pub value: serde_json::Value,
    /// Where the line lost: the place that won.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_to: Option<Spot>,
}

/// The fields of an object that the line from `first` to `last` decides, with those that it lost.
pub fn decided_by(first: Pos, last: Pos, name: &str, unit: &str, object: &Node, lens: Lens) -> Vec<Decided> {
    let mut found = Vec::new();
    let here = |pos: &Pos| (first..=last).contains(pos);
    let line = Spot::of(first, lens.sources, lens.prefix);
    walk(object, &Path::default(), true, &mut |path, node, _| {
        if is_leaf(node) {
            let decides = here(&node.origin.at) || lens.log.positions(node.origin.by).iter().any(here);
            let lost = || {
                let on_line = |loser: &Loser| {
                    let (Some(place), Some(line)) = (&loser.place, &line) else { return false };
                    place.file == line.file && place.line == line.line
                };
                losers(node, lens).iter().any(on_line)
            };
            let lost_to = if decides { None } else { Some(()).filter(|()| lost()) };
            if decides || lost_to.is_some() {
                found.push(Decided {
                    object: name.to_owned(),
                    units: vec![unit.to_owned()],
                    path: path.to_string(),
                    value: node.to_json(),
                    lost_to: lost_to.and_then(|()| Spot::of(node.origin.author(), lens.sources, lens.prefix)),
                });
            }
        }
        true
    });
    found
}

/// Joins what differs only in its units.
pub fn merged_lines(decided: Vec<Decided>) -> Vec<Decided> {
    let mut merged: Vec<Decided> = Vec::new();
    for one in decided {
        let same = |known: &&mut Decided| {
            (&known.object, &known.path, &known.value, &known.lost_to) == (&one.object, &one.path, &one.value, &one.lost_to)
        };
        match merged.iter_mut().find(same) {
            Some(known) => known.units.extend(one.units),
            None => merged.push(one),
        }
    }
    // One block per object and units; the fields of a block keep their order.
    let mut heads: Vec<(String, Vec<String>)> = Vec::new();
    for one in &merged {
        let head = (one.object.clone(), one.units.clone());
        if !heads.contains(&head) {
            heads.push(head);
        }
    }
    merged.sort_by_key(|one| heads.iter().position(|(object, units)| *object == one.object && *units == one.units));
    merged
}
