//! The one grammar by which documents say what they apply to.

use super::{Name, Spanned};
use crate::source::Pos;
use std::sync::Arc;

/// What a document applies to; a dimension that is absent matches all.
#[derive(Clone, Debug, Default)]
pub struct Selector {
    /// `applications`, `applicationSelector`
    pub applications: Dimension,
    /// `components`, `componentSelector`
    pub components: Dimension,
    /// `componentTypes`
    pub component_types: Dimension,
    /// `environments`, `environmentSelector`
    pub environments: Dimension,
    /// `clusters`, `clusterSelector`
    pub clusters: Dimension,
}

/// One dimension: names (globs allowed), labels, or both (both must match).
#[derive(Clone, Debug, Default)]
pub struct Dimension {
    /// The list of names.
    pub names: Option<NameSelector>,
    /// The label selector.
    pub labels: Option<LabelSelector>,
}

/// A list of names or globs, not empty.
#[derive(Clone, Debug)]
pub struct NameSelector {
    /// The names as written.
    pub names: Vec<Name>,
    /// Where the list stands.
    pub at: Pos,
}

/// A label selector, as Kubernetes' own, not empty.
#[derive(Clone, Debug)]
pub struct LabelSelector {
    /// All of these must hold; `matchLabels` are rules with [`Operator::In`] and one value.
    pub rules: Vec<LabelRule>,
    /// Where the selector stands.
    pub at: Pos,
}

/// One rule of a label selector.
#[derive(Clone, Debug)]
pub struct LabelRule {
    /// The label.
    pub key: Name,
    /// How it is judged.
    pub operator: Operator,
    /// The values of `In` and `NotIn`.
    pub values: Vec<Name>,
}

/// How a label is judged.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Operator {
    /// Has one of the values.
    In,
    /// Has none of the values, or is absent.
    NotIn,
    /// Is there.
    Exists,
    /// Is not there.
    DoesNotExist,
}

/// Something that a selector is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its labels.
    pub labels: &'a [(Arc<str>, Spanned<Arc<str>>)],
}
