//! Manifests of any origin: the files of a path, as objects with their places.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::files::{LIMIT, Reader, Unreadable, text_of};
use crate::diag::{Diagnostic, Sink, code};
use crate::source::{EntryKind, Folder, Memory, Pos, ReadError, Role, SourceFile, SourceTree, Sources};
use crate::tree::{Node, Value, read_yaml};

/// The extensions of manifests.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// Where manifests are found.
#[derive(Clone, Debug)]
pub enum Start {
    /// A file, or a directory with all that is below it.
    Path(PathBuf),
    /// The same for what is needed to judge the others, and is not judged itself.
    Aside(PathBuf),
    /// What was read elsewhere, under a name for messages.
    Bytes(String, Vec<u8>),
}

/// An object, and the file that it stands in.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The object; items of lists (`kind: List`) are objects of their own.
    pub object: Node,
    /// The number of the file in [`Manifests::sources`].
    pub file: usize,
}

/// All manifests of a run.
#[derive(Debug, Default)]
pub struct Manifests {
    /// The files, in the order in which they were found.
    pub sources: Sources,
    /// The objects, in the order in which they stand.
    pub objects: Vec<Manifest>,
    /// How many of the first files are aside.
    pub aside: usize,
    /// How many files could be read.
    pub files: usize,
}

/// A file before it has a position: its text, or why it has none.
struct Found {
    name: String,
    text: Result<String, Unreadable>,
}

/// Reads manifests: a file whatever its name; of directories all `.yaml`, `.yml` and `.json` files, except what begins with a dot. Problems go
/// to the sink; the result does not depend on the number of threads.
///
/// # Errors
/// A path at which nothing stands, with the reason.
pub fn manifests(starts: Vec<Start>, sink: &Sink) -> Result<Manifests, (PathBuf, ReadError)> {
    let mut found: Vec<Found> = Vec::new();
    let (first, rest): (Vec<Start>, Vec<Start>) = starts.into_iter().partition(|start| matches!(start, Start::Aside(_)));
    let mut aside = None;
    for start in first.into_iter().chain(rest) {
        if !matches!(start, Start::Aside(_)) {
            aside.get_or_insert(found.iter().filter(|found| found.text.is_ok()).count());
        }
        match start {
            Start::Bytes(name, bytes) => found.push(Found { text: text_of(Ok(bytes), &name), name }),
            Start::Path(path) | Start::Aside(path) => found.extend(below(&path, sink).map_err(|error| (path, error))?),
        }
    }
    let nothing = Memory::new();
    let mut reader = Reader { tree: &nothing, sources: Sources::new(), sink, mark: "", raw: Vec::new() };
    let mut files: Vec<Arc<SourceFile>> = Vec::with_capacity(found.len());
    let mut refused = Vec::new();
    for Found { name, text } in found {
        match text {
            Ok(text) => match reader.add(&name, text, Role::Nobody) {
                Some(file) => files.push(file),
                None => break,
            },
            Err(unreadable) => refused.push((name, unreadable)),
        }
    }
    // Behind the others, whose numbers are those of their objects.
    refused.into_iter().for_each(|(name, unreadable)| reader.refuse(&name, unreadable, Role::Nobody));
    let sources = reader.sources;
    let objects = files.par_iter().enumerate().flat_map_iter(|(index, file)| objects(file, sink).into_iter().map(move |o| (index, o)));
    let objects = objects.map(|(file, object)| Manifest { object, file }).collect();
    Ok(Manifests { sources, objects, aside: aside.unwrap_or_default(), files: files.len() })
}

/// The texts of a path's files.
fn below(path: &Path, sink: &Sink) -> Result<Vec<Found>, ReadError> {
    let is_directory = path.metadata().map_err(missing)?.is_dir();
    let shown = path.to_string_lossy();
    let shown = shown.strip_prefix("./").unwrap_or(&shown);
    if !is_directory {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let bytes = Folder::open(parent).map_err(missing)?.read(&name, LIMIT);
        return Ok(vec![Found { name: shown.to_owned(), text: text_of(bytes, shown) }]);
    }
    let folder = Folder::open(path).map_err(missing)?;
    let prefix = match shown.trim_end_matches('/') {
        "." | "" if !shown.starts_with('/') => String::new(),
        shown => format!("{shown}/"),
    };
    let mut names = Vec::new();
    walk(&folder, "", &prefix, &mut names, sink);
    let read = |name: &String| {
        let shown = format!("{prefix}{name}");
        Found { text: text_of(folder.read(name, LIMIT), &shown), name: shown }
    };
    Ok(names.par_iter().map(read).collect())
}

fn missing(error: std::io::Error) -> ReadError {
    if error.kind() == std::io::ErrorKind::NotFound { ReadError::Missing } else { ReadError::Io(error) }
}

/// The manifests below a directory, in the order of their names.
fn walk(folder: &Folder, directory: &str, prefix: &str, names: &mut Vec<String>, sink: &Sink) {
    let entries = match folder.list(directory) {
        Ok(entries) => entries,
        Err(error) => {
            let message = format!("cannot read the directory `{prefix}{directory}`: {error}");
            sink.push(Diagnostic::error(code::UNREADABLE_FILE, Pos::NOWHERE, message));
            return;
        }
    };
    for entry in entries.into_iter().filter(|entry| !entry.name.starts_with('.')) {
        let path = if directory.is_empty() { entry.name } else { format!("{directory}/{}", entry.name) };
        let is_manifest = path.rsplit_once('.').is_some_and(|(_, extension)| EXTENSIONS.contains(&extension));
        match entry.kind {
            EntryKind::Directory => walk(folder, &path, prefix, names, sink),
            EntryKind::File if is_manifest => names.push(path),
            EntryKind::ForeignLink if is_manifest => {
                let message = format!("`{prefix}{path}` is a link that leaves the directory, and was not read");
                let help = "name the file itself to have it read";
                sink.push(Diagnostic::warning(code::UNREADABLE_FILE, Pos::NOWHERE, message).help(help));
            }
            _ => {}
        }
    }
}

/// The objects of a file.
fn objects(file: &SourceFile, sink: &Sink) -> Vec<Node> {
    let mut objects = Vec::new();
    for document in read_yaml(file, sink) {
        expand(document.root, &mut objects, sink);
    }
    objects
}

/// An object, or the objects of a list of them.
fn expand(node: Node, objects: &mut Vec<Node>, sink: &Sink) {
    if !node.is_map() {
        let what = node.value.type_name();
        let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        let message = format!("a manifest must be a map with `apiVersion` and `kind`, not {article} {what}");
        sink.push(Diagnostic::error(code::WRONG_TYPE, node.origin.at, message));
        return;
    }
    let is_list = node.field("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
    match node.field("items") {
        Some(Node { value: Value::List(items), .. }) if is_list => items.iter().for_each(|item| expand(item.clone(), objects, sink)),
        _ => objects.push(node),
    }
}
