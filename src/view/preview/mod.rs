//! Changes for those who review them: a comment on a pull request, a terminal, a page.
//!
//! Must never know: how the objects were made, files on disk, who shows it.

mod composition;
mod data;
mod escape;
mod html;
mod lines;
mod markdown;
mod summary;
mod tables;
mod terminal;

pub use composition::{Component, Composition, Connection};
pub use html::html;
pub use lines::{Line, lines};
pub use markdown::{LEAST, LIMIT, MARK, markdown};
pub use summary::{Legend, Row, headline, legend, rows};
pub use terminal::terminal;

use crate::view::diff::Changed;

/// What is shown.
#[derive(Debug, Default)]
pub struct Preview {
    /// Everything that differs, with both texts.
    pub changes: Vec<Changed>,
    /// The files of the changes in the output, in the same order.
    pub files: Vec<File>,
    /// What it is compared with, as people call it: words, with names in backticks.
    pub against: String,
    /// Every application and where it is rendered, also where nothing differs.
    pub units: Vec<Unit>,
    /// What the applications are made of, of those that can differ.
    pub compositions: Vec<Composition>,
}

/// The file of an object.
#[derive(Debug, Default)]
pub struct File {
    /// Its path in the output.
    pub path: String,
    /// The component that the object belongs to, where that is known.
    pub component: Option<String>,
    /// What is known of the lines of the old text; empty where nobody asked.
    pub old: Vec<Line>,
    /// What is known of the lines of the new text; empty where nobody asked.
    pub new: Vec<Line>,
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
