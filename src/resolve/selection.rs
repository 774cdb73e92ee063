//! Selectors at work: what one matches, why it does not, and how specific it is.

use std::sync::Arc;

use crate::model::{Candidate, Dimension, LabelRule, LabelSelector, Name, NameSelector, Operator, Selector, glob_matches, is_glob};

fn names_match(selector: &NameSelector, name: &str) -> bool {
    selector.names.iter().any(|pattern| glob_matches(pattern, name))
}

/// Whether a dimension matches; one that is absent matches all, also where there is nothing to ask about (no cluster).
pub fn dimension_matches(dimension: &Dimension, candidate: Option<Candidate<'_>>) -> bool {
    let Some(candidate) = candidate else { return dimension.is_absent() };
    dimension.names.as_ref().is_none_or(|names| names_match(names, candidate.name))
        && dimension.labels.as_ref().is_none_or(|labels| labels.rules.iter().all(|rule| rule.matches(candidate.labels)))
}

/// Whether a dimension names what it matches: without globs.
pub fn names(dimension: &Dimension) -> bool {
    dimension.names.as_ref().is_some_and(|names| names.names.iter().all(|name| !is_glob(name)))
}

/// How specific a dimension is: all, selector (labels, globs) or name.
fn specificity(dimension: &Dimension) -> u8 {
    match (dimension.is_absent(), names(dimension)) {
        (true, _) => 0,
        (false, false) => 1,
        (false, true) => 2,
    }
}

/// Where a document stands in the one rule of precedence: how near its folder is, and how specific its selectors are.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Rank {
    /// Folders deep; a deeper document is nearer to the application.
    pub depth: usize,
    /// Applications, components, environments, clusters: 0 all, 1 selector, 2 name. Component types are a selector of components.
    pub dimensions: [u8; 4],
}

impl Rank {
    /// The rank of a selector in a document `depth` folders deep.
    pub fn of(depth: usize, selector: &Selector) -> Rank {
        let components = specificity(&selector.components).max(u8::from(!selector.component_types.is_absent()));
        let [applications, environments, clusters] = [&selector.applications, &selector.environments, &selector.clusters].map(specificity);
        Rank { depth, dimensions: [applications, components, environments, clusters] }
    }

    /// Whether it wins: a nearer folder, or at equal depth at least as specific in every dimension and more so in one.
    pub fn wins_over(self, other: Rank) -> bool {
        if self.depth != other.depth {
            return self.depth > other.depth;
        }
        let mut pairs = self.dimensions.iter().zip(&other.dimensions);
        self.dimensions != other.dimensions && pairs.all(|(own, its)| own >= its)
    }

    /// Some order in which whatever wins comes later.
    pub fn weight(self) -> (usize, u8, [u8; 4]) {
        (self.depth, self.dimensions.iter().sum(), self.dimensions)
    }
}

/// A dimension as people write it: `environments: [prod, staging]`, `componentSelector: {tier: data}`.
pub fn dimension_text(field: &str, dimension: &Dimension) -> String {
    let mut parts = Vec::new();
    if let Some(names) = &dimension.names {
        parts.push(format!("{field}: [{}]", listed(&names.names)));
    }
    if let Some(labels) = &dimension.labels {
        parts.push(format!("{}: {{{}}}", label_field(field), labels_text(labels)));
    }
    parts.join(", ")
}

/// `environments` → `environmentSelector`
fn label_field(field: &str) -> String {
    format!("{}Selector", field.strip_suffix('s').unwrap_or(field))
}

fn listed(names: &[Name]) -> String {
    names.iter().map(|name| &***name).collect::<Vec<&str>>().join(", ")
}

fn labels_text(labels: &LabelSelector) -> String {
    let rule = |rule: &LabelRule| match rule.operator {
        Operator::In if rule.values.len() == 1 => format!("{}: {}", rule.key, rule.values[0]),
        Operator::In => format!("{} in [{}]", rule.key, listed(&rule.values)),
        Operator::NotIn => format!("{} not in [{}]", rule.key, listed(&rule.values)),
        Operator::Exists => format!("{} exists", rule.key),
        Operator::DoesNotExist => format!("{} does not exist", rule.key),
    };
    labels.rules.iter().map(rule).collect::<Vec<_>>().join(", ")
}

/// A whole selector, for people; empty if it matches all.
pub fn selector_text(selector: &Selector) -> String {
    let text: Vec<String> =
        dimensions(selector).iter().map(|(field, dimension)| dimension_text(field, dimension)).filter(|t| !t.is_empty()).collect();
    text.join(", ")
}

/// All dimensions with the names of their fields.
pub fn dimensions(selector: &Selector) -> [(&'static str, &Dimension); 5] {
    [
        ("applications", &selector.applications),
        ("components", &selector.components),
        ("componentTypes", &selector.component_types),
        ("environments", &selector.environments),
        ("clusters", &selector.clusters),
    ]
}

/// A candidate of a name and labels.
pub fn candidate<'a>(name: &'a Arc<str>, labels: &'a crate::model::Labels) -> Candidate<'a> {
    Candidate { name, labels }
}

/// A candidate that has a name only: a component type.
pub fn named(name: &str) -> Candidate<'_> {
    Candidate { name, labels: &[] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearer_wins_then_more_specific_in_every_dimension() {
        let rank = |depth, dimensions| Rank { depth, dimensions };
        assert!(rank(2, [0; 4]).wins_over(rank(1, [2; 4])), "a nearer folder");
        assert!(rank(1, [0, 2, 1, 0]).wins_over(rank(1, [0, 2, 0, 0])));
        assert!(!rank(1, [0, 2, 0, 0]).wins_over(rank(1, [0, 0, 2, 0])), "more in one, less in another");
        assert!(!rank(1, [0, 2, 0, 0]).wins_over(rank(1, [0, 2, 0, 0])), "equal");
        assert!(rank(1, [0, 2, 1, 0]).weight() > rank(1, [0, 2, 0, 0]).weight());
    }
}
