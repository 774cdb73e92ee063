//! Which items of two lists are one.

use crate::shape::ListKind;
use crate::tree::{Key, NAMES, Node, Value};

/// How two lists are compared.
#[derive(Debug, PartialEq)]
pub(super) enum Pairing {
    /// Item by item, as indices into the old and the new list, in the order of the new one; those that are gone last.
    Items(Vec<(Option<usize>, Option<usize>)>),
    /// As one value: the items of such a list, as the words of a command, mean something only together.
    Whole,
}

/// Pairs the items. `default`: what an absent key field counts as.
pub(super) fn pair(old: &[Node], new: &[Node], kind: &ListKind, default: impl Fn(Key) -> Option<Node>) -> Pairing {
    match kind {
        ListKind::Map(keys) => {
            let defaults: Vec<Option<Node>> = keys.iter().map(|key| default(*key)).collect();
            let key_of = |item: &Node| -> Vec<Value> {
                let value = |(key, default): (&Key, &Option<Node>)| {
                    item.get(*key).or(default.as_ref()).map_or(Value::Null, |node| node.value.clone())
                };
                keys.iter().zip(&defaults).map(value).collect()
            };
            by(old, new, key_of)
        }
        ListKind::Set => by(old, new, |item| item.value.clone()),
        ListKind::Atomic => match name_of_all(old, new) {
            Some(key) => renamed(by(old, new, |item| item.field(key).map_or(Value::Null, |node| node.value.clone()))),
            None if old.iter().chain(new).all(Node::is_map) => in_order(old, new),
            None if same_values(old, new) => Pairing::Items(Vec::new()),
            None => Pairing::Whole,
        },
    }
}

fn same_values(old: &[Node], new: &[Node]) -> bool {
    old.len() == new.len() && old.iter().zip(new).all(|(a, b)| a.value == b.value)
}

/// Pairs what has the same key; keys that repeat are paired in their order.
fn by<K: PartialEq>(old: &[Node], new: &[Node], key_of: impl Fn(&Node) -> K) -> Pairing {
    let keys: Vec<K> = old.iter().map(&key_of).collect();
    let mut taken = vec![false; old.len()];
    let mut pairs = Vec::with_capacity(new.len());
    for (index, item) in new.iter().enumerate() {
        let key = key_of(item);
        // Most lists keep their order.
        let same = Some(index).filter(|&at| at < keys.len() && !taken[at] && keys[at] == key);
        let found = same.or_else(|| (0..keys.len()).find(|&at| !taken[at] && keys[at] == key));
        if let Some(at) = found {
            taken[at] = true;
        }
        pairs.push((found, Some(index)));
    }
    pairs.extend((0..old.len()).filter(|&at| !taken[at]).map(|at| (Some(at), None)));
    Pairing::Items(pairs)
}

/// Where one item is gone and one is new, they are one that got another name: only a merge key makes it another item.
fn renamed(pairing: Pairing) -> Pairing {
    let Pairing::Items(mut pairs) = pairing else { return pairing };
    let gone: Vec<usize> = (0..pairs.len()).filter(|&at| pairs[at].1.is_none()).collect();
    let new: Vec<usize> = (0..pairs.len()).filter(|&at| pairs[at].0.is_none()).collect();
    if let ([gone], [new]) = (gone.as_slice(), new.as_slice()) {
        pairs[*new].0 = pairs[*gone].0;
        pairs.remove(*gone);
    }
    Pairing::Items(pairs)
}

/// The field by which every item of both lists is told from the others of its list.
fn name_of_all(old: &[Node], new: &[Node]) -> Option<&'static str> {
    NAMES.into_iter().find(|name| [old, new].iter().all(|items| is_key(items, name)))
}

fn is_key(items: &[Node], name: &str) -> bool {
    let mut seen: Vec<&Value> = Vec::with_capacity(items.len());
    items.iter().all(|item| match item.field(name) {
        Some(node) if matches!(node.value, Value::Str(_) | Value::Int(_)) && !seen.contains(&&node.value) => {
            seen.push(&node.value);
            true
        }
        _ => false,
    })
}

/// Maps without names: equal ones are paired in order; between two of those, the first with the first and so on.
fn in_order(old: &[Node], new: &[Node]) -> Pairing {
    let table = common(old, new);
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    let mut gone = Vec::new();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut flush = |left: &mut Vec<usize>, right: &mut Vec<usize>, pairs: &mut Vec<_>| {
        let both = left.len().min(right.len());
        pairs.extend(left.iter().zip(right.iter()).map(|(a, b)| (Some(*a), Some(*b))));
        pairs.extend(right[both..].iter().map(|b| (None, Some(*b))));
        gone.extend(left[both..].iter().map(|a| (Some(*a), None)));
        left.clear();
        right.clear();
    };
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i].value == new[j].value {
            flush(&mut left, &mut right, &mut pairs);
            pairs.push((Some(i), Some(j)));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && table[i + 1][j] >= table[i][j + 1]) {
            left.push(i);
            i += 1;
        } else {
            right.push(j);
            j += 1;
        }
    }
    flush(&mut left, &mut right, &mut pairs);
    pairs.extend(gone);
    Pairing::Items(pairs)
}

/// Beyond this many comparisons, lists are compared from the front only.
const MOST: usize = 1 << 20;

/// The length of the longest common subsequence from each pair of places on.
fn common(old: &[Node], new: &[Node]) -> Vec<Vec<u32>> {
    let mut table = vec![vec![0; new.len() + 1]; old.len() + 1];
    if old.len().saturating_mul(new.len()) > MOST {
        return table;
    }
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            table[i][j] = if old[i].value == new[j].value { table[i + 1][j + 1] + 1 } else { u32::max(table[i + 1][j], table[i][j + 1]) };
        }
    }
    table
}
