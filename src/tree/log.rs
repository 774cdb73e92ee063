//! What a unit remembers beside its values: who else filled them, what lost, what vanished and why.

use std::sync::Arc;

use super::{Entry, Fill, Node, Origin, Value};
use crate::source::Pos;

/// A value that a later layer or patch replaced.
#[derive(Clone, Debug)]
pub struct Lost {
    /// Where the losing value comes from.
    pub old: Origin,
    /// The losing value.
    pub value: Value,
    /// Where the value, or the deletion, that won comes from.
    pub winner: Origin,
    /// What it was the value of, as `env[name=LOG_LEVEL].value`.
    pub path: Arc<str>,
    /// Whose value it was; see [`UnitLog::claim`].
    pub owner: Option<Arc<str>>,
}

impl Lost {
    /// A value that lost; whose it was is not known yet.
    pub fn new(path: &str, old: &Node, winner: Origin) -> Lost {
        Lost { old: old.origin, value: old.value.clone(), winner, path: path.into(), owner: None }
    }

    /// Says whose it was.
    pub fn of(self, owner: &Arc<str>) -> Lost {
        Lost { owner: Some(owner.clone()), ..self }
    }
}

/// How much a log held at some moment.
#[derive(Copy, Clone, Debug)]
pub struct Mark {
    lost: usize,
    dropped: usize,
}

/// A field or item of a template that is not in the output.
#[derive(Clone, Debug)]
pub struct Dropped {
    /// Path in the output of the template, as `spec.template.spec.containers[0].command`.
    pub path: Arc<str>,
    /// The template line that would have made it.
    pub at: Pos,
    /// Why: "`parameter.cmd` is not set", "`$if` is false", "`$for` over nothing".
    pub reason: Arc<str>,
    /// The input that decided it, where one did.
    pub by: Pos,
    /// Whose output it would be in, as those who ask for evaluations call them; see [`UnitLog::claim`].
    pub owner: Option<Arc<str>>,
}

/// One per unit.
#[derive(Clone, Debug, Default)]
pub struct UnitLog {
    unions: Vec<Box<[Pos]>>,
    /// Whether [`UnitLog::dropped`] is kept: only those who explain want it, and every template leaves out many fields.
    pub keeps_dropped: bool,
    /// Values that lost to a later layer or patch.
    pub lost: Vec<Lost>,
    /// Fields that templates left out.
    pub dropped: Vec<Dropped>,
}

impl UnitLog {
    /// This moment.
    pub fn mark(&self) -> Mark {
        Mark { lost: self.lost.len(), dropped: self.dropped.len() }
    }

    /// Says whose values lost, and in whose output fields are missing, since a moment.
    pub fn claim(&mut self, since: Mark, owner: &Arc<str>) {
        let dropped = self.dropped.iter_mut().skip(since.dropped).map(|dropped| &mut dropped.owner);
        let lost = self.lost.iter_mut().skip(since.lost).map(|lost| &mut lost.owner);
        dropped.chain(lost).for_each(|own| *own = Some(owner.clone()));
    }

    /// Remembers a value that lost.
    pub fn lose(&mut self, path: &str, old: &Node, winner: Origin) {
        self.lost.push(Lost::new(path, old, winner));
    }

    /// The fill of several positions: none, one, or a union.
    pub fn fill(&mut self, mut positions: Vec<Pos>) -> Fill {
        positions.retain(|pos| pos.is_known());
        positions.sort_unstable();
        positions.dedup();
        match positions.as_slice() {
            [] => Fill::NOTHING,
            [one] => Fill::one(*one),
            _ => {
                let same = self.unions.iter().rposition(|known| **known == *positions);
                let index = same.unwrap_or_else(|| {
                    self.unions.push(positions.into());
                    self.unions.len() - 1
                });
                Fill::union(index as u32)
            }
        }
    }

    /// The value with one author for each part of it: of several inputs that filled one, the first that somebody can edit (not `fixed`).
    /// What has one already stays shared.
    pub fn with_one_author(&self, node: &Node, fixed: impl Fn(Pos) -> bool + Copy) -> Node {
        let mut node = node.clone();
        if let Some(index) = node.origin.by.as_union() {
            let positions = self.unions.get(index as usize).map(|positions| &positions[..]).unwrap_or_default();
            let chosen = positions.iter().find(|at| !fixed(**at)).or(positions.first());
            node.origin.by = chosen.map_or(Fill::NOTHING, |at| Fill::one(*at));
        }
        match &mut node.value {
            Value::List(items) if items.iter().any(has_union) => {
                let items = items.iter().map(|item| self.with_one_author(item, fixed)).collect();
                Node::list(items, node.origin)
            }
            Value::Map(entries) if entries.iter().any(|entry| has_union(&entry.node)) => {
                let one = |entry: &Entry| Entry { node: self.with_one_author(&entry.node, fixed), ..entry.clone() };
                Node::map(entries.iter().map(one).collect(), node.origin)
            }
            _ => node,
        }
    }

    /// All positions of a fill.
    pub fn positions(&self, fill: Fill) -> Vec<Pos> {
        match fill.as_union() {
            Some(index) => self.unions.get(index as usize).map(|positions| positions.to_vec()).unwrap_or_default(),
            None => fill.as_one().into_iter().collect(),
        }
    }
}

/// Whether a part of a value was filled by several inputs.
fn has_union(node: &Node) -> bool {
    node.origin.by.as_union().is_some() || node.items().iter().any(has_union) || node.entries().iter().any(|entry| has_union(&entry.node))
}
