//! One object that is not what it was.

use serde::Serialize;

use crate::diff::{self, Fate, FieldChange, Pair, fields, gravity, risks};
use crate::kubernetes::KindSchema;
use crate::source::{Pos, Role};
use crate::tree::{Node, Value};
use crate::view::blame::{Lens, Spot};

/// Where an object is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The environment and cluster: `prod/eu-1`; empty where there are none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// The application; empty where there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub application: String,
    /// `shop/orders`, or `orders` without a namespace.
    pub object: String,
    /// Where it was, if it moved: the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<String>,
    /// The other name of an object that is the same but for its name: of one that is gone the new one, of a new one that which it had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renamed: Option<String>,
}

/// A field that is not what it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// Where it stands in the object.
    pub path: String,
    /// What it was; absent if it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<serde_json::Value>,
    /// What it is; absent if it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<serde_json::Value>,
    /// The inputs that decide what it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub set_by: Vec<Spot>,
    /// The inputs that decided what it was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub was_set_by: Vec<Spot>,
    /// The people's lines and other inputs that had decided it, also where `was_set_by` says who took it away.
    #[serde(skip)]
    pub had_been_set_by: Vec<Spot>,
    /// Why it is gone, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A mark: a reason to look closer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Mark {
    /// Its name, as `--fail-on` takes it.
    pub name: &'static str,
    /// Why it matters.
    pub reason: &'static str,
}

/// One object that is not what it was.
#[derive(Clone, Debug)]
pub struct Changed {
    /// Where it is.
    pub place: Place,
    /// Its kind, with the group where it is not Kubernetes' own.
    pub kind: String,
    /// What became of it.
    pub fate: Fate,
    /// The fields, if it was there before and is still there.
    pub fields: Vec<Field>,
    /// What the change puts at risk.
    pub marks: Vec<Mark>,
    /// The whole object before and after as text, where somebody wants it.
    pub texts: Option<(String, String)>,
    /// Who asked for it, or for an object that is gone, who had.
    pub spots: Vec<Spot>,
}

impl Changed {
    /// Adds a mark that both objects do not show; one that there is no rule for is none.
    pub fn mark(&mut self, name: &str) {
        let Some(risk) = diff::told(name) else { return };
        if self.marks.iter().all(|mark| mark.name != risk.name) {
            self.marks.push(Mark { name: risk.name, reason: risk.reason });
            self.marks.sort_by_key(|mark| gravity(mark.name));
        }
    }
}

/// Inputs of one value that are listed.
const MOST: usize = 4;

/// Judges one object. `None` if nothing differs. `old_lens` and `lens` tell who set what on the two sides; without them nobody is named.
pub fn changed(pair: &Pair<'_>, schema: Option<&KindSchema>, place: Place, old_lens: Option<Lens>, lens: Option<Lens>) -> Option<Changed> {
    let found = match (pair.old, pair.new) {
        (Some(old), Some(new)) => fields(old, new, schema),
        _ => Vec::new(),
    };
    let fate = pair.fate();
    if fate == Fate::Changed && found.is_empty() && place.moved_from.is_none() {
        return None;
    }
    let marks = risks(pair, &found).into_iter().map(|risk| Mark { name: risk.name, reason: risk.reason }).collect();
    let kind = pair.id.to_string();
    let kind = kind.split(' ').next().unwrap_or_default().to_owned();
    let shown = found.iter().map(|change| field(change, old_lens, lens)).collect();
    Some(Changed { place, kind, fate, fields: shown, marks, texts: None, spots: Vec::new() })
}

fn field(change: &FieldChange, old_lens: Option<Lens>, lens: Option<Lens>) -> Field {
    let json = |side: &Option<Node>| side.as_ref().map(Node::to_json);
    let by = |side: &Option<Node>, lens: Option<Lens>| side.as_ref().zip(lens).map_or(Vec::new(), |(node, lens)| spots(node, lens));
    Field {
        path: change.path.to_string(),
        old: json(&change.old),
        new: json(&change.new),
        set_by: by(&change.new, lens),
        was_set_by: by(&change.old, old_lens),
        had_been_set_by: Vec::new(),
        reason: None,
    }
}

/// Who set a value: the inputs of it and of what is in it; the template's own lines where there are none.
pub fn spots(node: &Node, lens: Lens) -> Vec<Spot> {
    let mut inputs = Vec::new();
    let mut lines = Vec::new();
    collect(node, lens, &mut inputs, &mut lines);
    let mut found: Vec<Spot> = Vec::new();
    // What a person wrote says more than the defaults and templates that it met.
    let written = |pos: &Pos| lens.sources.role_of(*pos).is_some_and(|role| role != Role::BuiltIn);
    if inputs.iter().any(written) {
        inputs.retain(written);
    }
    for pos in if inputs.is_empty() { lines } else { inputs } {
        if let Some(spot) = Spot::of(pos, lens.sources, lens.prefix)
            && !found.contains(&spot)
        {
            found.push(spot);
        }
        if found.len() == MOST {
            break;
        }
    }
    found
}

fn collect(node: &Node, lens: Lens, inputs: &mut Vec<Pos>, lines: &mut Vec<Pos>) {
    inputs.extend(lens.log.positions(node.origin.by));
    match &node.value {
        Value::Map(entries) => entries.iter().for_each(|entry| collect(&entry.node, lens, inputs, lines)),
        Value::List(items) => items.iter().for_each(|item| collect(item, lens, inputs, lines)),
        _ => lines.push(node.origin.at),
    }
}
