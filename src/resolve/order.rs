//! "From general to specific": the order of documents that set the same things, and the ties that it leaves open.

use std::sync::Arc;

use super::merge::{conflicts, decides};
use super::selection::Rank;
use crate::diag::{Diagnostic, Sink, code};
use crate::model::Name;
use crate::source::Pos;
use crate::tree::{Key, Node, Origin};

/// A document among those that set something.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    /// How near and how specific.
    pub rank: Rank,
    /// Its name.
    pub name: &'a Arc<str>,
    /// What it is to people: "layer", "binding", "application".
    pub noun: &'static str,
    /// Where it starts.
    pub at: Pos,
    /// Those that it wins over where neither is more specific.
    pub overrides: &'a [Name],
    /// Told apart by this where it makes no difference to any value: never by file.
    pub last_resort: Arc<str>,
}

impl Standing<'_> {
    /// Whether this one comes after the other: it wins by rank, or where neither does by `overrides`.
    pub fn wins_over(&self, other: &Standing<'_>) -> bool {
        self.rank.wins_over(other.rank) || (!other.rank.wins_over(self.rank) && self.overrides(other) && !other.overrides(self))
    }

    fn overrides(&self, other: &Standing<'_>) -> bool {
        self.overrides.iter().any(|name| ***name == **other.name)
    }

    fn order_key(&self) -> impl Ord + '_ {
        (self.rank.weight(), self.name, &self.last_resort, self.at)
    }
}

/// Sorts from general to specific. Where nothing decides, neither is before the other and the order is arbitrary, but fixed.
pub fn sort<T>(items: &mut Vec<T>, standing: impl Fn(&T) -> &Standing<'_>) {
    items.sort_by(|a, b| standing(a).order_key().cmp(&standing(b).order_key()));
    if items.iter().all(|item| standing(item).overrides.is_empty()) {
        return;
    }
    // `overrides` may ask for another order than the weights: take the first that wins over none of those left.
    let mut left = std::mem::take(items);
    while !left.is_empty() {
        let next =
            (0..left.len()).find(|i| left.iter().enumerate().all(|(j, other)| *i == j || !standing(&left[*i]).wins_over(standing(other))));
        // Only `overrides` in a circle leave none: then all of them tie, and `ties` reports what they disagree on.
        items.push(left.remove(next.unwrap_or(0)));
    }
}

/// One setting of a value by a document.
pub struct Setting<'a> {
    /// The document.
    pub standing: &'a Standing<'a>,
    /// The value that it sets.
    pub node: &'a Node,
}

/// Reports every path that two documents set to different values while neither wins, unless a third wins over both there.
/// `what` names the whole, as "properties of component `orders`".
pub fn ties(settings: &[Setting<'_>], what: &str, sink: &Sink) {
    for (index, one) in settings.iter().enumerate() {
        for other in &settings[index + 1..] {
            if one.standing.wins_over(other.standing) || other.standing.wins_over(one.standing) {
                continue;
            }
            for conflict in conflicts(one.node, other.node) {
                let settled = |by: &Setting<'_>| {
                    by.standing.wins_over(one.standing) && by.standing.wins_over(other.standing) && decides(by.node, &conflict.path)
                };
                if !settings.iter().any(settled) {
                    let path = conflict.path_text();
                    let subject = if path.is_empty() { what.to_owned() } else { format!("`{path}` of the {what}") };
                    report((one.standing, conflict.one), (other.standing, conflict.other), &subject, sink);
                }
            }
        }
    }
}

/// Reports that two documents disagree and neither wins.
pub fn report(one: (&Standing<'_>, Origin), other: (&Standing<'_>, Origin), subject: &str, sink: &Sink) {
    // By name, then by place: the report does not depend on who was looked at first.
    let ((first, first_at), (second, second_at)) =
        if (one.0.name, one.1.author()) <= (other.0.name, other.1.author()) { (one, other) } else { (other, one) };
    let help = match second.noun {
        "layer" => "make one of them more specific, or say it in one place".to_owned(),
        _ if first.name == second.name => "make one of them more specific, or say it in one place".to_owned(),
        _ => format!("make one of them more specific, or settle it with `overrides: [{}]` in `{}`", first.name, second.name),
    };
    let message = format!(
        "{subject} is set to different values by {} `{}` and {} `{}`, and neither is more specific",
        first.noun, first.name, second.noun, second.name
    );
    sink.push(Diagnostic::error(code::TIE, second_at.author(), message).label(first_at.author(), "the other value is here").help(help));
}

/// A value at a path of keys, to compare things that are no maps of their own.
pub fn wrapped(key: &str, node: Node) -> Node {
    let origin = node.origin;
    Node::map(vec![crate::tree::Entry { key: Key::new(key), key_at: origin.at, node }], origin)
}
