//! A project of documents that are in memory already, each as if it stood in the folder of its kind.

use std::sync::Arc;

use super::decode::{self, Decoded};
use super::discover::Found;
use super::files::Reader;
use super::{Loaded, Ownership, Parsed, assemble};
use crate::diag::Sink;
use crate::source::{Memory, Sources};
use crate::tree::Document;

/// A project of these documents, whose positions are those of `sources`. It is one application, in one folder; its Project is among the
/// documents. Documents with mistakes are left out; all mistakes are told.
pub fn given(documents: Vec<Document>, sources: Sources, sink: &Sink) -> Loaded {
    let tree = Memory::new();
    let mut reader = Reader { tree: &tree, sources, sink, mark: "", raw: Vec::new() };
    let mut project = None;
    // Their positions lie in any file of the run: the tags of all hold everywhere.
    let tags = documents.iter().map(|document| (0, document.tags.clone())).collect();
    let mut parsed = Vec::with_capacity(documents.len());
    for document in documents {
        let Some(room) = decode::room(&document.root) else { continue };
        match decode::document(&document.root, room, "", sink) {
            Some(Decoded::Project(decoded)) => project = Some(*decoded),
            Some(decoded) => {
                let found = Found { path: room.name().to_owned(), room, folder: "".into(), import: None };
                parsed.push(Parsed { found, base: 0, documents: vec![(decoded, document.tags)] });
            }
            None => {}
        }
    }
    let folders: Vec<Arc<str>> = vec!["".into()];
    let workspace = project.map(|project| assemble::workspace(project, folders, parsed, &Ownership::default(), &mut reader));
    Loaded { sources: Arc::new(reader.sources), workspace, document_folders: Vec::new(), standalone: false, tags, raw: Vec::new() }
}
