//! The documents that people write, as typed data. Every value keeps the position at which it stands.
//!
//! Must never know: files and folders, templates.

mod documents;
pub mod field_path;
mod glob;
mod policies;
mod selector;
mod workspace;

pub use documents::*;
pub use field_path::FieldPath;
pub use glob::{glob_matches, is_glob, path_fits};
pub use policies::*;
pub use selector::{
    Candidate, Dimension, LabelRule, LabelSelector, Mismatch, NameSelector, Narrowness, Operator, Selector, Specificity, Subject,
};
pub use workspace::{ApplicationDocuments, DefinitionDocument, Revised, Workspace, depth, folders_above, holds};

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::source::Pos;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub at: Pos,
}

impl<T> Spanned<T> {
    /// A value at a position.
    pub fn new(value: T, at: Pos) -> Spanned<T> {
        Spanned { value, at }
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Display> fmt::Display for Spanned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// A name and where it stands.
pub type Name = Spanned<Arc<str>>;
