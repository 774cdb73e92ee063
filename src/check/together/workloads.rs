//! The workloads of a place, found by their labels and their namespace: to ask each Service of each of them would take for ever.

use rustc_hash::FxHashMap;

use super::facts::{Facts, Has, Workload};
use crate::tree::{Entry, Key, Node};

/// Workloads with the objects that they are of.
pub(super) struct Workloads<'a> {
    all: Vec<(&'a Facts, &'a Workload)>,
    /// By each label of their pods: numbers, ascending.
    labelled: FxHashMap<(Key, &'a str), Vec<usize>>,
    by_namespace: FxHashMap<&'a str, Vec<usize>>,
}

impl<'a> Workloads<'a> {
    pub fn of(objects: &[&'a Facts]) -> Workloads<'a> {
        let mut found = Workloads { all: Vec::new(), labelled: FxHashMap::default(), by_namespace: FxHashMap::default() };
        for object in objects {
            let Has::Workload(workload) = &object.has else { continue };
            let number = found.all.len();
            for label in workload.labels.as_ref().map(Node::entries).unwrap_or_default() {
                if let Some(value) = label.node.as_str() {
                    found.labelled.entry((label.key, value)).or_default().push(number);
                }
            }
            found.by_namespace.entry(object.namespace()).or_default().push(number);
            found.all.push((object, workload));
        }
        found
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a Facts, &'a Workload)> + '_ {
        self.all.iter().copied()
    }

    /// Those of a namespace, in order.
    pub fn in_namespace(&self, namespace: &str) -> impl Iterator<Item = (&'a Facts, &'a Workload)> + '_ {
        self.by_namespace.get(namespace).into_iter().flatten().map(|&number| self.all[number])
    }

    /// In order, those that have the rarest of the labels: all that have all of them, and a few more.
    pub fn likely<'s>(&'s self, labels: &'s [Entry]) -> impl Iterator<Item = (&'a Facts, &'a Workload)> + 's {
        let having = |label: &'s Entry| {
            let value = label.node.as_str()?;
            Some(self.labelled.get(&(label.key, value)).map(Vec::as_slice).unwrap_or_default())
        };
        let rarest = labels.iter().filter_map(having).min_by_key(|numbers| numbers.len());
        // A selector without a label that can be read may select anything.
        let (some, all) = match rarest {
            Some(numbers) => (numbers, &[][..]),
            None => (&[][..], &self.all[..]),
        };
        some.iter().map(|&number| self.all[number]).chain(all.iter().copied())
    }
}
