//! Finds and reads the documents of a project, and decodes them: files in, [`Workspace`] out.
//!
//! Must never know: what a definition means, which value wins.

use std::sync::Arc;

use crate::diag::Sink;
use crate::model::Workspace;
use crate::source::{SourceTree, Sources};

/// The file that makes a folder a project.
pub const PROJECT_FILE: &str = "oam.yaml";

/// A project, read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Every file of the run: the built-in ones first, then those that were read, in a fixed order.
    pub sources: Arc<Sources>,
    /// What they say. Empty where they could not be read at all.
    pub workspace: Option<Workspace>,
}

/// Reads the project at the root of `tree`. `builtin` are the sources that come first; every problem goes to the sink.
pub fn load(_tree: &dyn SourceTree, builtin: Sources, _sink: &Sink) -> Loaded {
    Loaded { sources: Arc::new(builtin), workspace: None }
}
