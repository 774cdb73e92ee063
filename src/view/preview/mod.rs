//! Changes for those who review them: a comment on a pull request, a terminal, a page.
//!
//! Must never know: how the objects were made, files on disk, who shows it.

mod escape;
mod markdown;
mod summary;

pub use markdown::{LEAST, LIMIT, MARK, markdown};
pub use summary::{Legend, Row, headline, legend, rows};

use crate::view::diff::Changed;

/// What is shown.
#[derive(Debug, Default)]
pub struct Preview {
    /// Everything that differs, with both texts.
    pub changes: Vec<Changed>,
    /// The files of the changes in the output, in the same order.
    pub paths: Vec<String>,
    /// What it is compared with, as people call it: words, with names in backticks.
    pub against: String,
    /// Every application and where it is rendered, also where nothing differs.
    pub units: Vec<Unit>,
}

/// An application in one environment and cluster.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Unit {
    /// The environment and cluster: `prod/eu-1`.
    pub target: String,
    /// The application.
    pub application: String,
}

#[cfg(test)]
mod tests;
