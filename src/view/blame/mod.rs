//! Blame: for each field of an object who set it, what it won over, through which template line; and why a field is not there.
//!
//! Must never know: how the objects were made.

mod field;
mod query;
mod reverse;
mod text;

pub use field::{Absent, Field, Lens, Loser, Spot, absent, fields, losers};
pub use query::Query;
pub use reverse::{Decided, decided_by, merged_lines};
pub use text::{decided_text, objects_text};

use serde::Serialize;

/// An object in the units in which its fields have the same blame.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectBlame {
    /// `Deployment shop/orders`
    pub object: String,
    /// `orders/prod/eu-1`
    pub units: Vec<String>,
    /// Its fields that were asked for, in the order of the object.
    pub fields: Vec<Field>,
    /// Fields that are not there, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<Absent>,
}

/// Joins objects that differ only in their units.
pub fn merged(objects: Vec<ObjectBlame>) -> Vec<ObjectBlame> {
    let mut merged: Vec<ObjectBlame> = Vec::new();
    for object in objects {
        match merged
            .iter_mut()
            .find(|known| known.object == object.object && known.fields == object.fields && known.absent == object.absent)
        {
            Some(known) => known.units.extend(object.units),
            None => merged.push(object),
        }
    }
    merged
}

#[cfg(test)]
mod tests;
