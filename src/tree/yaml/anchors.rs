//! Anchors and what their aliases may bring: a file of a kilobyte must not stand for a billion values.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::diag::did_you_mean;
use crate::tree::Node;

/// How many values the aliases of one document may stand for; the reader's message says it.
const BUDGET: u64 = 100_000;

/// A value with an anchor.
struct Anchored {
    node: Node,
    /// How many values it holds, itself included and aliases followed.
    values: u64,
    /// How many levels lie below it.
    levels: usize,
}

/// The anchors of one document.
#[derive(Default)]
pub(super) struct Anchors<'t> {
    /// By the parser's number; what is still being read is not here yet.
    values: FxHashMap<usize, Anchored>,
    names: Vec<(usize, Cow<'t, str>)>,
    spent: u64,
}

/// What an alias stands for.
pub(super) enum Followed {
    /// A value, and how many levels it has.
    Value(Node, usize),
    /// The alias stands inside of its own anchor.
    Inside(String),
    /// With this alias, all of them stand for too much.
    TooMuch,
}

impl<'t> Anchors<'t> {
    pub fn name(&mut self, number: usize, name: Cow<'t, str>) {
        self.names.push((number, name));
    }

    /// A value is complete.
    pub fn set(&mut self, number: usize, node: Node, values: u64, levels: usize) {
        self.values.insert(number, Anchored { node, values, levels });
    }

    pub fn follow(&mut self, number: usize) -> Followed {
        let Some(anchored) = self.values.get(&number) else {
            let name = self.names.iter().find(|(known, _)| *known == number).map_or("", |(_, name)| name);
            return Followed::Inside(name.to_owned());
        };
        self.spent += anchored.values;
        if self.spent > BUDGET { Followed::TooMuch } else { Followed::Value(anchored.node.clone(), anchored.levels) }
    }

    /// The number of values behind an anchor.
    pub fn values(&self, number: usize) -> u64 {
        self.values.get(&number).map_or(0, |anchored| anchored.values)
    }

    /// The known name that was probably meant.
    pub fn similar(&self, name: &str) -> Option<&str> {
        did_you_mean(name, self.names.iter().map(|(_, name)| &**name))
    }
}
