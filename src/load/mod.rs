//! Finds and reads the documents of a project, and decodes them: files in, [`Workspace`] out.
//!
//! Must never know: what a definition means, which value wins.

mod assemble;
mod decode;
mod discover;
mod files;
mod given;
mod inclusion;
mod manifests;
mod ownership;
mod revised;
mod rules;
mod standalone;

use std::sync::Arc;

use rayon::prelude::*;

use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Name, Project, Workspace};
use crate::source::{EntryKind, Pos, Role, SourceTree, Sources};
use crate::tree::{Tags, read_documents, read_yaml};

pub use given::given;
pub use manifests::{Manifest, Manifests, Start, manifests};
pub use ownership::{Because, Ownership};
pub use rules::{PathRule, rule_of, rules};
pub use standalone::{Standalone, StandaloneFile, standalone};

use decode::Decoded;
use discover::{Found, Refused, Room, Survey};
use files::Reader;

/// The file that makes a folder a project.
pub const PROJECT_FILE: &str = "oam.yaml";

/// The file that says which commits and contents of imports were brought.
pub const LOCK_FILE: &str = "oam.lock";

/// A project, read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Every file of the run: the built-in ones first, then those that were read, in a fixed order.
    pub sources: Arc<Sources>,
    /// What they say. Empty where they could not be read at all.
    pub workspace: Option<Workspace>,
    /// The folders whose files are documents, relative to the project: output must not lie in one.
    pub document_folders: Vec<String>,
    /// Whether these are Applications that stand for themselves: what others render of them, too, stays the same.
    pub standalone: bool,
    /// Tags of scalars, by the file's first position.
    tags: Vec<(u32, Tags)>,
    /// Files that documents include as they are.
    raw: Vec<(Pos, Pos)>,
}

impl Loaded {
    /// Whether the scalar at a position is marked `!raw`, or stands in a file that a document includes as it is: its text is never filled.
    pub fn is_raw(&self, at: Pos) -> bool {
        if self.raw.iter().any(|(from, to)| *from <= at && at <= *to) {
            return true;
        }
        let index = self.tags.partition_point(|(base, _)| *base <= at.number());
        // Documents of one file have tags of their own, with one base.
        let base = index.checked_sub(1).map(|index| self.tags[index].0);
        self.tags[..index].iter().rev().take_while(|(own, _)| Some(*own) == base).any(|(_, tags)| tags.is_raw(at))
    }
}

/// A file that was read and decoded.
struct Parsed {
    found: Found,
    base: u32,
    documents: Vec<(Decoded, Tags)>,
}

/// Reads the project at the root of `tree`. `builtin` are the sources that come first; every problem goes to the sink. Documents
/// with mistakes are left out; all mistakes are told.
pub fn load(tree: &dyn SourceTree, builtin: Sources, sink: &Sink) -> Loaded {
    let mut reader = Reader { tree, sources: builtin, sink, mark: "", raw: Vec::new() };
    let mut tags = Vec::new();
    let project = project(&mut reader, &mut tags);
    let Some(project) = project else {
        return Loaded {
            sources: Arc::new(reader.sources),
            workspace: None,
            document_folders: Vec::new(),
            standalone: false,
            tags,
            raw: Vec::new(),
        };
    };
    let imports = imports(&project, tree, sink);
    let (mut survey, applications) = discover::project(tree, &project, sink);
    for (folder, import) in &imports {
        survey.absorb(discover::import(tree, folder, import));
    }
    let document_folders = discover::folders(&survey.found, &applications);
    let ownership = Ownership::of(&project);
    let parsed = parse(&mut reader, survey, "", &ownership);
    for file in &parsed {
        tags.extend(file.documents.iter().map(|(_, tags)| (file.base, tags.clone())));
    }
    let mut workspace = assemble::workspace(project, applications, parsed, &ownership, &mut reader);
    revised::revise(&mut workspace, &ownership, &mut reader, &mut tags);
    let raw = reader.raw;
    Loaded { sources: Arc::new(reader.sources), workspace: Some(workspace), document_folders, standalone: false, tags, raw }
}

/// `oam.yaml`.
fn project(reader: &mut Reader<'_>, tags: &mut Vec<(u32, Tags)>) -> Option<Project> {
    let file = reader.read(PROJECT_FILE, Role::InfraOperator)?;
    let documents = read_yaml(&file, reader.sink);
    if documents.is_empty() && !reader.sink.has_errors() {
        let message = format!("`{PROJECT_FILE}` is empty, and must hold a Project");
        reader.sink.push(Diagnostic::error(code::MISSING_FIELD, file.pos(0), message).help("`oam init` writes one"));
    }
    let mut project = None;
    for document in documents {
        tags.push((file.base(), document.tags));
        let at = document.root.origin.at;
        if let Some(Decoded::Project(decoded)) = decode::document(&document.root, Room::Project, "", reader.sink) {
            if let Some(first) = &project {
                let first: &Project = first;
                let message = format!("`{PROJECT_FILE}` holds two Projects");
                reader.sink.push(Diagnostic::error(code::DUPLICATE, at, message).label(first.meta.at, "the first one"));
            } else {
                project = Some(*decoded);
            }
        }
    }
    project
}

/// The folders of the imports that can be read, and their names.
fn imports(project: &Project, tree: &dyn SourceTree, sink: &Sink) -> Vec<(String, Name)> {
    let mut folders: Vec<(String, Name)> = Vec::new();
    for import in &project.imports {
        if let Some((_, first)) = folders.iter().find(|(_, name)| name.value == import.name.value) {
            let message = format!("there are two imports called `{}`", import.name);
            sink.push(Diagnostic::error(code::DUPLICATE, import.name.at, message).label(first.at, "the first one"));
            continue;
        }
        let path = import.folder();
        let folder = files::join("", &path);
        match folder {
            Some(folder) if matches!(files::kind_of(tree, "", &folder), Ok(EntryKind::Directory)) => {
                folders.push((folder, import.name.clone()));
            }
            Some(_) if import.git.is_some() => {
                let message = format!("the import `{}` is not here: there is no folder `{path}`", import.name);
                let problem = Diagnostic::error(code::UNKNOWN_NAME, path.at, message);
                sink.push(problem.help("`oam vendor` brings it; commit what it writes"));
            }
            Some(_) => {
                let message = format!("the import `{}` is at `{path}`, where no folder is", import.name);
                sink.push(Diagnostic::error(code::UNKNOWN_NAME, path.at, message));
            }
            None => {
                let message = format!("the import `{}` is at `{path}`, outside of the project", import.name);
                let help = "bring the other project below this one, or give its repository as `git: {url: …}`";
                sink.push(Diagnostic::error(code::UNREADABLE_FILE, path.at, message).help(help));
            }
        }
    }
    folders
}

/// Reads and decodes files; reading and parsing run in parallel, positions are given in order. `prefix` stands before the paths that people see.
fn parse(reader: &mut Reader<'_>, survey: Survey, prefix: &str, ownership: &Ownership) -> Vec<Parsed> {
    let (tree, sink) = (reader.tree, reader.sink);
    let texts: Vec<_> = survey.found.par_iter().map(|file| files::text(tree, &file.path)).collect();
    let mut sources = Vec::with_capacity(survey.found.len());
    let mut refused = survey.refused;
    for (found, text) in survey.found.into_iter().zip(texts) {
        let text = match text {
            Ok(text) => text,
            Err(unreadable) => {
                refused.push(Refused { path: found.path, room: found.room, unreadable });
                continue;
            }
        };
        let home = found.room.role();
        // What is imported belongs to those who wrote it elsewhere: this project's paths say nothing of it.
        let role = if found.import.is_some() { home } else { ownership.role(&found.path, home).0 };
        if let Some(file) = reader.add(&format!("{prefix}{}", found.path), text, role) {
            if found.import.is_none() {
                ownership.judge(&found.path, home, file.pos(0), sink);
            }
            sources.push((found, file));
        }
    }
    for Refused { path, room, unreadable } in refused {
        decode::unread(None, room, sink);
        reader.refuse(&format!("{prefix}{path}"), unreadable, room.role());
    }
    sources
        .into_par_iter()
        .map(|(found, file)| {
            let read = read_documents(&file, sink);
            read.broken.iter().for_each(|document| decode::unread(Some(&document.root), found.room, sink));
            let documents = read
                .sound
                .into_iter()
                .filter_map(|document| {
                    let decoded = decode::document(&document.root, found.room, &found.folder, sink)?;
                    let decoded = match &found.import {
                        Some(import) => decoded.brought_by(import),
                        None => decoded,
                    };
                    Some((decoded, document.tags))
                })
                .collect();
            Parsed { base: file.base(), found, documents }
        })
        .collect()
}
