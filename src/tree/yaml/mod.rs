//! Reads YAML as Kubernetes does (sigs.k8s.io/yaml), into nodes that know where they were written.
//!
//! `events` puts the parser's events where a person sees them, `reader` and `map` make nodes of them, `scalar`, `tag` and `anchors` know
//! what the notation means, `mistakes` words what is wrong, and `token` finds the end of what begins at a position. `simple` reads what
//! is written plainly without any of them, for speed.

mod anchors;
mod clues;
mod events;
mod map;
mod mistakes;
mod reader;
mod scalar;
mod simple;
mod tag;
mod token;

use super::Node;
use crate::diag::Sink;
use crate::source::SourceFile;

pub use tag::Tags;
pub use token::token_range;

/// One YAML document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its value.
    pub root: Node,
    /// The tags of its scalars.
    pub tags: Tags,
}

/// The documents of a file, in order.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    /// Those that can be judged. What is wrong in them was told, and something stands in its place.
    pub sound: Vec<Document>,
    /// What could be read of those that are cut short by a mistake: enough to know which they are, and no more. `null` if it is nothing.
    pub broken: Vec<Document>,
}

/// The documents of a file that can be judged; one without a value is left out. Every mistake goes to the sink.
pub fn read_yaml(file: &SourceFile, sink: &Sink) -> Vec<Document> {
    read_documents(file, sink).sound
}

/// The documents of a file, with what could be read of the broken ones.
pub fn read_documents(file: &SourceFile, sink: &Sink) -> Documents {
    let mistakes = mistakes::Mistakes::new(file, sink);
    mistakes.control_characters();
    if let Some(sound) = simple::documents(file) {
        return Documents { sound, broken: Vec::new() };
    }
    reader::Reader::new(file, mistakes).documents()
}
