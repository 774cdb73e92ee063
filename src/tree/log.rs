//! What a unit remembers beside its values: who else filled them, what lost, what vanished and why.

use std::sync::Arc;

use super::{Fill, Origin, Value};
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
    /// Says whose output the fields are missing in that were dropped since there were `from` of them.
    pub fn claim(&mut self, from: usize, owner: &Arc<str>) {
        for dropped in self.dropped.iter_mut().skip(from) {
            dropped.owner = Some(owner.clone());
        }
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

    /// All positions of a fill.
    pub fn positions(&self, fill: Fill) -> Vec<Pos> {
        match fill.as_union() {
            Some(index) => self.unions.get(index as usize).map(|positions| positions.to_vec()).unwrap_or_default(),
            None => fill.as_one().into_iter().collect(),
        }
    }
}
