//! The fields of an object with what decided them.

use serde::Serialize;

use super::query::Query;
use crate::source::{Pos, Sources};
use crate::tree::{Dropped, Node, Origin, Path, Segment, UnitLog, Value};

/// A place in a file, for people and machines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spot {
    /// The path, as it holds where the command runs.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// 1-based, in characters.
    pub column: u32,
    /// Whose file it is.
    pub owner: &'static str,
}

impl Spot {
    /// The place of a position.
    pub fn of(pos: Pos, sources: &Sources, prefix: &str) -> Option<Spot> {
        let place = sources.locate(pos)?;
        let built_in = place.file.role() == crate::source::Role::BuiltIn;
        let file = format!("{}{}", if built_in { "" } else { prefix }, place.file.path());
        Some(Spot { file, line: place.line, column: place.column, owner: place.file.role().as_str() })
    }
}

/// A value that lost.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Loser {
    /// What it was the value of: a property, or a field of the object that a patch changed.
    pub path: String,
    /// The value.
    pub value: serde_json::Value,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Spot>,
}

/// A field of an object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// Where it stands in the object.
    pub path: String,
    /// Its value.
    pub value: serde_json::Value,
    /// The inputs that decided it, or the template's own line if the value stands there.
    pub set_by: Vec<Spot>,
    /// The template line that put it there, where inputs filled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<Spot>,
    /// Values that it won over, the last loser first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub won_over: Vec<Loser>,
}

/// A field that is not there.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Absent {
    /// Where it would stand.
    pub path: String,
    /// Why it does not.
    pub reason: String,
    /// The template line that would have made it, or the one that deletes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<Spot>,
    /// The input that decided it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_by: Option<Spot>,
}

/// What fields are read with.
#[derive(Copy, Clone)]
pub struct Lens<'a> {
    /// The unit's log.
    pub log: &'a UnitLog,
    /// The files of the run.
    pub sources: &'a Sources,
    /// What stands before the paths of files.
    pub prefix: &'a str,
    /// Whose object it is; what others lost is not its business. `None`: it belongs to nobody, or to several.
    pub owner: Option<&'a str>,
}

/// The fields of an object that are asked for, all without a query; scalars and empty containers, in order.
pub fn fields(object: &Node, query: Option<&Query>, lens: Lens) -> Vec<Field> {
    let mut found = Vec::new();
    walk(object, &Path::default(), query.is_none(), &mut |path, node, wanted| {
        let wanted = wanted || query.is_some_and(|query| query.matches(path));
        if wanted && is_leaf(node) {
            found.push(field(path, node, lens));
        }
        wanted
    });
    found
}

/// Of the fields that templates left out those that are asked for, all without a query.
pub fn absent(object: &Node, dropped: impl IntoIterator<Item = Dropped>, query: Option<&Query>, lens: Lens) -> Vec<Absent> {
    let mut found: Vec<Absent> = Vec::new();
    let mut nearest = 0;
    for one in dropped {
        let path = Path::parse(&one.path, object);
        // A template leaves out what another one makes.
        if path.find(object).is_some() {
            continue;
        }
        // Of a field that is asked for and the maps that it would stand in, the nearest says why.
        if let Some(query) = query {
            let reach = query.reach(&path);
            if reach == 0 || reach < nearest {
                continue;
            }
            if reach > nearest {
                nearest = reach;
                found.clear();
            }
        }
        let spot = |pos| Spot::of(pos, lens.sources, lens.prefix);
        let absent = Absent { path: path.to_string(), reason: one.reason.to_string(), template: spot(one.at), set_by: spot(one.by) };
        if !found.contains(&absent) {
            found.push(absent);
        }
    }
    found
}

/// Calls `visit` for every node; what it returns is handed to those below.
pub(super) fn walk(node: &Node, path: &Path, wanted: bool, visit: &mut impl FnMut(&Path, &Node, bool) -> bool) {
    let wanted = visit(path, node, wanted);
    for entry in node.entries() {
        walk(&entry.node, &path.join(Segment::Key(entry.key.as_str().to_owned())), wanted, visit);
    }
    for (index, item) in node.items().iter().enumerate() {
        walk(item, &path.join(Segment::item(index, item)), wanted, visit);
    }
}

/// Whether a node is shown as a value: scalars and empty containers.
pub(super) fn is_leaf(node: &Node) -> bool {
    node.entries().is_empty() && node.items().is_empty()
}

fn field(path: &Path, node: &Node, lens: Lens) -> Field {
    let spot = |pos| Spot::of(pos, lens.sources, lens.prefix);
    let inputs: Vec<Spot> = lens.log.positions(node.origin.by).into_iter().filter_map(spot).collect();
    let made = spot(node.origin.at);
    let (set_by, template) = if inputs.is_empty() { (made.into_iter().collect(), None) } else { (inputs, made) };
    Field { path: path.to_string(), value: node.to_json(), set_by, template, won_over: losers(node, lens) }
}

/// The values that a value won over, nearest first, and those that they had won over before.
pub fn losers(node: &Node, lens: Lens) -> Vec<Loser> {
    let mut winners = positions(node.origin, lens.log);
    let mut seen = winners.clone();
    let mut found: Vec<Loser> = Vec::new();
    // Every round goes one layer down; a value cannot win over itself, so `seen` ends it.
    while !winners.is_empty() {
        let mut below = Vec::new();
        for lost in lens.log.lost.iter().rev() {
            let elsewhere = matches!((&lost.owner, lens.owner), (Some(one), Some(other)) if **one != *other);
            if elsewhere || !positions(lost.winner, lens.log).iter().any(|pos| winners.contains(pos)) {
                continue;
            }
            let place = lost.old.author();
            let value = Node::new(lost.value.clone(), lost.old).to_json();
            let loser = Loser { path: lost.path.to_string(), value, place: Spot::of(place, lens.sources, lens.prefix) };
            if !found.contains(&loser) && !same(&lost.value, &node.value, place, node) {
                found.push(loser);
            }
            for pos in positions(lost.old, lens.log) {
                if !seen.contains(&pos) {
                    seen.push(pos);
                    below.push(pos);
                }
            }
        }
        winners = below;
    }
    found
}

/// A value is no loser to itself, as after a patch that sets what is there.
fn same(lost: &Value, won: &Value, place: Pos, node: &Node) -> bool {
    lost == won && place == node.origin.author()
}

/// What may have won or lost: the inputs if there are any, else the line itself.
fn positions(origin: Origin, log: &UnitLog) -> Vec<Pos> {
    let mut positions = log.positions(origin.by);
    if positions.is_empty() {
        positions.push(origin.at);
    }
    positions.retain(|pos| pos.is_known());
    positions
}
