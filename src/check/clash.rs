//! No two objects of one identity on one cluster, over all units and environments.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::diag::{Diagnostic, Sink, code};
use crate::kubernetes::ObjectId;
use crate::source::Pos;

/// An object and where it goes.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Who it is, with its namespace.
    pub id: ObjectId,
    /// The cluster; environments without clusters have one of their own.
    pub cluster: Arc<str>,
    /// The unit that renders it, as `app/env/cluster`.
    pub unit: Arc<str>,
    /// The line that a person would change.
    pub at: Pos,
}

/// Reports every object whose identity another object on its cluster has, beside the first of them. What one place makes twice is told once.
pub fn clashes(objects: &[Placed], sink: &Sink) {
    let mut first: FxHashMap<(&str, &ObjectId), &Placed> = FxHashMap::default();
    let mut pairs: Vec<(&Placed, &Placed, Vec<&ObjectId>)> = Vec::new();
    for object in objects {
        match first.entry((&object.cluster, &object.id)) {
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(object);
            }
            std::collections::hash_map::Entry::Occupied(taken) => {
                let other = *taken.get();
                let same = |(one, two, _): &&mut (&Placed, &Placed, _)| {
                    (one.at, &one.unit, two.at, &two.unit) == (other.at, &other.unit, object.at, &object.unit)
                };
                match pairs.iter_mut().rev().find(same) {
                    Some((_, _, ids)) => ids.push(&object.id),
                    None => pairs.push((other, object, vec![&object.id])),
                }
            }
        }
    }
    for (other, object, ids) in pairs {
        let names: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
        let what = format!("{} {}", names.join(" and "), if ids.len() == 1 { "is" } else { "are" });
        let message = if other.unit == object.unit {
            format!("{what} rendered twice")
        } else {
            format!("{what} rendered by `{}` and by `{}`, on one cluster", other.unit, object.unit)
        };
        let problem = Diagnostic::error(code::NAME_CLASH, object.at, message).in_unit(&*object.unit);
        // One line that is rendered in two environments.
        sink.push(if other.at == object.at && other.unit != object.unit {
            problem.help("give the environments namespaces of their own, as `namespace: \"{{ app.name }}-{{ environment }}\"`, or clusters")
        } else {
            problem.label(other.at, "the other one").help("give one of them another name, or leave one out")
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Node, Origin};

    fn placed(name: &str, cluster: &str, unit: &str, at: u32) -> Placed {
        let object = serde_json::json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"}});
        let id = ObjectId::of(&Node::from_json(&object, Origin::default())).unwrap();
        Placed { id, cluster: cluster.into(), unit: unit.into(), at: Pos::new(at) }
    }

    #[test]
    fn one_identity_is_one_object_per_cluster() {
        let sink = Sink::new();
        clashes(&[placed("a", "eu", "x/prod", 1), placed("a", "us", "x/prod", 1), placed("b", "eu", "x/prod", 2)], &sink);
        assert!(!sink.has_errors());
        clashes(&[placed("a", "eu", "x/prod", 1), placed("a", "eu", "y/staging", 2), placed("a", "eu", "y/staging", 3)], &sink);
        let report = sink.take();
        assert_eq!(report.diagnostics.len(), 2);
        assert!(report.diagnostics[0].message.contains("`x/prod` and by `y/staging`"));
        assert_eq!(report.diagnostics[0].labels[0].at, Pos::new(1));
    }
}
