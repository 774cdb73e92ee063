//! Which files are documents: those in the folders that the model names, and no others.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Name, Project, folders_above, glob_matches, is_glob};
use crate::source::{EntryKind, Pos, Role, SourceTree, TreeEntry};

/// What a file may hold, by where it stands.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Room {
    Project,
    Environments,
    Clusters,
    Scopes,
    Definitions,
    Traits,
    Application,
    Components,
    Releases,
}

impl Room {
    /// The folders of a project's root.
    const ROOT: [Room; 5] = [Room::Environments, Room::Clusters, Room::Scopes, Room::Definitions, Room::Traits];
    /// The folders of a team, between the root and its applications.
    const TEAM: [Room; 2] = [Room::Scopes, Room::Traits];
    /// The folders of an application.
    const APPLICATION: [Room; 4] = [Room::Scopes, Room::Traits, Room::Components, Room::Releases];

    /// The folder's name.
    pub fn name(self) -> &'static str {
        match self {
            Room::Project => "oam.yaml",
            Room::Environments => "environments",
            Room::Clusters => "clusters",
            Room::Scopes => "scopes",
            Room::Definitions => "definitions",
            Room::Traits => "traits",
            Room::Application => "application.yaml",
            Room::Components => "components",
            Room::Releases => "releases",
        }
    }

    /// Whose documents stand there.
    pub fn role(self) -> Role {
        match self {
            Room::Project | Room::Environments | Room::Clusters | Room::Scopes | Room::Definitions => Role::InfraOperator,
            Room::Traits | Room::Application | Room::Releases => Role::AppOperator,
            Room::Components => Role::Developer,
        }
    }
}

/// A file that holds documents.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Its path.
    pub path: String,
    /// What it may hold.
    pub room: Room,
    /// The folder to which its documents apply.
    pub folder: Arc<str>,
    /// The import it comes from.
    pub import: Option<Arc<str>>,
}

/// The files of a project, in a fixed order, and the folders of its applications, sorted.
pub(super) fn project(tree: &dyn SourceTree, project: &Project, sink: &Sink) -> (Vec<Found>, Vec<Arc<str>>) {
    let mut folders: BTreeSet<String> = BTreeSet::new();
    for pattern in &project.applications {
        let matched = expand(tree, pattern, sink);
        if matched.is_empty() {
            let message = format!("`{pattern}` matches no folder with an application");
            let problem = Diagnostic::warning(code::MATCHES_NOTHING, pattern.at, message);
            sink.push(problem.help("an application is a folder with `components/` or `application.yaml`"));
        }
        folders.extend(matched);
    }
    let mut walk = Walk { tree, sink, found: Vec::new(), import: None };
    walk.rooms("", &Room::ROOT);
    let mut teams: BTreeSet<&str> = BTreeSet::new();
    for folder in &folders {
        teams.extend(folders_above(folder).filter(|above| !above.is_empty() && above != folder));
    }
    for team in teams.into_iter().filter(|team| !folders.contains(*team)) {
        walk.rooms(team, &Room::TEAM);
    }
    for folder in &folders {
        walk.application(folder);
    }
    (walk.found, folders.into_iter().map(Arc::from).collect())
}

/// The files of another project that are used here: its definitions, scopes, environments and clusters.
pub(super) fn import(tree: &dyn SourceTree, name: &Arc<str>, folder: &str, sink: &Sink) -> Vec<Found> {
    let mut walk = Walk { tree, sink, found: Vec::new(), import: Some(name.clone()) };
    walk.rooms(folder, &[Room::Environments, Room::Clusters, Room::Scopes, Room::Definitions]);
    // What is imported applies to this project as a whole.
    walk.found.iter_mut().for_each(|found| found.folder = "".into());
    walk.found
}

/// The folders that documents stand in.
pub(super) fn folders(found: &[Found], applications: &[Arc<str>]) -> Vec<String> {
    let mut folders: BTreeSet<String> = Room::ROOT.iter().map(|room| room.name().to_owned()).collect();
    folders.extend(found.iter().filter_map(|file| file.path.rsplit_once('/')).map(|(folder, _)| folder.to_owned()));
    for application in applications {
        folders.extend(Room::APPLICATION.iter().map(|room| path(application, room.name())));
    }
    folders.retain(|folder| !applications.iter().any(|application| **application == **folder));
    folders.into_iter().collect()
}

fn path(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The application folders that a pattern names.
fn expand(tree: &dyn SourceTree, pattern: &Name, sink: &Sink) -> Vec<String> {
    let Some(pattern_path) = super::files::join("", pattern) else {
        let message = format!("`{pattern}` lies outside of the project");
        sink.push(Diagnostic::error(code::UNREADABLE_FILE, pattern.at, message));
        return Vec::new();
    };
    let mut folders = vec![String::new()];
    for segment in pattern_path.split('/').filter(|segment| !segment.is_empty()) {
        folders = folders
            .iter()
            .flat_map(|folder| {
                if !is_glob(segment) {
                    return vec![path(folder, segment)];
                }
                let entries = tree.list(folder).unwrap_or_default();
                let wanted = |entry: &TreeEntry| {
                    entry.kind == EntryKind::Directory && !entry.name.starts_with('.') && glob_matches(segment, &entry.name)
                };
                entries.into_iter().filter(wanted).map(|entry| path(folder, &entry.name)).collect()
            })
            .collect();
    }
    let is_application = |folder: &String| {
        let entries = tree.list(folder).unwrap_or_default();
        entries.iter().any(|entry| (entry.name == "components" && entry.kind == EntryKind::Directory) || is_application_file(entry))
    };
    folders.retain(is_application);
    folders
}

fn is_application_file(entry: &TreeEntry) -> bool {
    entry.kind == EntryKind::File && matches!(entry.name.as_str(), "application.yaml" | "application.yml" | "application.json")
}

fn is_document(name: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|extension| name.to_ascii_lowercase().ends_with(extension)) && !name.starts_with('.')
}

struct Walk<'a> {
    tree: &'a dyn SourceTree,
    sink: &'a Sink,
    found: Vec<Found>,
    import: Option<Arc<str>>,
}

impl Walk<'_> {
    fn application(&mut self, folder: &str) {
        for entry in self.tree.list(folder).unwrap_or_default() {
            if is_application_file(&entry) {
                self.file(path(folder, &entry.name), Room::Application, &folder.into());
            }
        }
        // The root's own folders were walked already.
        let rooms: &[Room] = if folder.is_empty() { &[Room::Components, Room::Releases] } else { &Room::APPLICATION };
        self.rooms(folder, rooms);
    }

    fn rooms(&mut self, folder: &str, rooms: &[Room]) {
        let applies: Arc<str> = folder.into();
        let here = self.tree.list(folder).unwrap_or_default();
        for room in rooms {
            if let Some(entry) = here.iter().find(|entry| entry.name == room.name()) {
                let directory = path(folder, room.name());
                match entry.kind {
                    EntryKind::Directory => self.directory(&directory, *room, &applies),
                    EntryKind::File => self.problem(format!("`{directory}` is a file, and must be a folder")),
                    EntryKind::ForeignLink => self.foreign(&directory),
                }
            }
        }
    }

    fn directory(&mut self, directory: &str, room: Room, folder: &Arc<str>) {
        let entries = match self.tree.list(directory) {
            Ok(entries) => entries,
            Err(error) => return self.problem(format!("cannot read `{directory}`: {error}")),
        };
        for entry in entries {
            let path = path(directory, &entry.name);
            match entry.kind {
                EntryKind::ForeignLink if !entry.name.starts_with('.') => self.foreign(&path),
                EntryKind::File if is_document(&entry.name) => self.file(path, room, folder),
                // Definitions may be sorted into folders. Folders beside components hold what they include.
                EntryKind::Directory if room != Room::Components && !entry.name.starts_with('.') => self.directory(&path, room, folder),
                _ => {}
            }
        }
    }

    fn file(&mut self, path: String, room: Room, folder: &Arc<str>) {
        self.found.push(Found { path, room, folder: folder.clone(), import: self.import.clone() });
    }

    fn foreign(&self, path: &str) {
        let message = format!("`{path}` is a symlink that leaves the project, or that leads nowhere; it is not followed");
        self.sink
            .push(Diagnostic::error(code::UNREADABLE_FILE, Pos::NOWHERE, message).help("put the file itself here, or remove the link"));
    }

    fn problem(&self, message: String) {
        self.sink.push(Diagnostic::error(code::UNREADABLE_FILE, Pos::NOWHERE, message));
    }
}
