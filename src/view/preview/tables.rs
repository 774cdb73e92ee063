//! Things that repeat, each told once and called by its number.

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// Things in the order in which they were first met.
pub(super) struct Table<T> {
    items: Vec<T>,
    numbers: FxHashMap<T, usize>,
}

impl<T: Clone + Eq + Hash> Table<T> {
    /// Nothing yet.
    pub fn new() -> Table<T> {
        Table { items: Vec::new(), numbers: FxHashMap::default() }
    }

    /// The number of a thing.
    pub fn number(&mut self, item: T) -> usize {
        if let Some(number) = self.numbers.get(&item) {
            return *number;
        }
        self.items.push(item.clone());
        self.numbers.insert(item, self.items.len() - 1);
        self.items.len() - 1
    }

    /// All of them.
    pub fn into_items(self) -> Vec<T> {
        self.items
    }
}
