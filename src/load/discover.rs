//! Which files are documents: those in the folders that the model names, and no others.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::files::Unreadable;
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Name, Project, folders_above, glob_matches, is_glob};
use crate::source::{EntryKind, Role, SourceTree, TreeEntry};

/// The folder beside components that holds files which they include.
const CONFIG: &str = "config";

/// How many folders deep documents may be sorted.
const DEEPEST: usize = 8;

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
    pub const ROOT: [Room; 5] = [Room::Environments, Room::Clusters, Room::Scopes, Room::Definitions, Room::Traits];
    /// The folders of a team, between the root and its applications.
    pub const TEAM: [Room; 2] = [Room::Scopes, Room::Traits];
    /// The folders of an application.
    pub const APPLICATION: [Room; 4] = [Room::Scopes, Room::Traits, Room::Components, Room::Releases];

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
    /// The import that it belongs to; `None` for the project's own.
    pub import: Option<Name>,
}

/// Something among the documents that cannot be read as one.
#[derive(Debug)]
pub(super) struct Refused {
    /// Its path.
    pub path: String,
    /// What it would hold.
    pub room: Room,
    /// Why.
    pub unreadable: Unreadable,
}

/// What stands in the folders of documents.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The files to read.
    pub found: Vec<Found>,
    /// What cannot be read.
    pub refused: Vec<Refused>,
}

impl Survey {
    /// Takes over what another one found.
    pub fn absorb(&mut self, other: Survey) {
        self.found.extend(other.found);
        self.refused.extend(other.refused);
    }
}

/// The files of a project, in a fixed order, and the folders of its applications, sorted.
pub(super) fn project(tree: &dyn SourceTree, project: &Project, sink: &Sink) -> (Survey, Vec<Arc<str>>) {
    let mut folders: BTreeSet<String> = BTreeSet::new();
    let mut links: BTreeSet<String> = BTreeSet::new();
    for pattern in &project.applications {
        let matched = expand(tree, pattern, &mut links, sink);
        if matched.is_empty() {
            let message = format!("`{pattern}` matches no folder with an application");
            let problem = Diagnostic::warning(code::MATCHES_NOTHING, pattern.at, message);
            sink.push(problem.help("an application is a folder with `components/` or `application.yaml`"));
        }
        folders.extend(matched);
    }
    let mut walk = Walk { tree, survey: Survey::default() };
    links.iter().for_each(|link| walk.foreign(link, Room::Application));
    walk.rooms("", &Room::ROOT);
    let mut teams: BTreeSet<&str> = BTreeSet::new();
    for folder in &folders {
        teams.extend(folders_above(folder).filter(|above| !above.is_empty() && above != folder));
    }
    for team in teams.into_iter().filter(|team| !folders.contains(*team)) {
        walk.rooms(team, &Room::TEAM);
    }
    let mut survey = walk.survey;
    let folders: Vec<Arc<str>> = folders.into_iter().map(Arc::from).collect();
    let inside = |folder: &Arc<str>| {
        let mut walk = Walk { tree, survey: Survey::default() };
        walk.application(folder);
        walk.survey
    };
    let all: Vec<Survey> = folders.par_iter().map(inside).collect();
    all.into_iter().for_each(|own| survey.absorb(own));
    (survey, folders)
}

/// The files of another project that are used here: its definitions, scopes, environments and clusters.
pub(super) fn import(tree: &dyn SourceTree, folder: &str, import: &Name) -> Survey {
    let mut walk = Walk { tree, survey: Survey::default() };
    walk.rooms(folder, &[Room::Environments, Room::Clusters, Room::Scopes, Room::Definitions]);
    // What is imported applies to this project as a whole.
    for found in &mut walk.survey.found {
        found.folder = "".into();
        found.import = Some(import.clone());
    }
    walk.survey
}

/// The definitions of a folder that holds nothing else.
pub(super) fn definitions(tree: &dyn SourceTree) -> Survey {
    let mut walk = Walk { tree, survey: Survey::default() };
    walk.directory("", Room::Definitions, &"".into(), 0);
    walk.survey
}

/// The Components of one application.
pub(super) fn components(tree: &dyn SourceTree, folder: &str) -> Survey {
    let mut walk = Walk { tree, survey: Survey::default() };
    // A folder that is not there holds none.
    if tree.list(folder).is_ok() {
        walk.rooms(folder, &[Room::Components]);
    }
    walk.survey
}

/// The folders that documents stand in.
pub(super) fn folders(found: &[Found], applications: &[Arc<str>]) -> Vec<String> {
    let mut folders: BTreeSet<String> = Room::ROOT.iter().map(|room| room.name().to_owned()).collect();
    folders.extend(found.iter().filter_map(|file| file.path.rsplit_once('/')).map(|(folder, _)| folder.to_owned()));
    for application in applications {
        folders.extend(Room::APPLICATION.iter().map(|room| path(application, room.name())));
    }
    folders.retain(|folder| applications.binary_search_by(|application| (**application).cmp(folder)).is_err());
    folders.into_iter().collect()
}

fn path(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The application folders that a pattern names; symlinks that it names and that lead out of the project go to `links`.
fn expand(tree: &dyn SourceTree, pattern: &Name, links: &mut BTreeSet<String>, sink: &Sink) -> Vec<String> {
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
                let entries = tree.list(folder).unwrap_or_default();
                let hidden = |entry: &TreeEntry| entry.name.starts_with('.') && is_glob(segment);
                let fits = |entry: &TreeEntry| !hidden(entry) && glob_matches(segment, &entry.name);
                let foreign = |entry: &&TreeEntry| entry.kind == EntryKind::ForeignLink && fits(entry);
                links.extend(entries.iter().filter(foreign).map(|entry| path(folder, &entry.name)));
                let wanted = |entry: &TreeEntry| entry.kind == EntryKind::Directory && fits(entry);
                entries.into_iter().filter(wanted).map(|entry| path(folder, &entry.name)).collect::<Vec<_>>()
            })
            .collect();
    }
    let is_application = |folder: &String| {
        // One that cannot be looked into is told when it is walked.
        let Ok(entries) = tree.list(folder) else { return true };
        entries.iter().any(|entry| (entry.name == "components" && entry.kind == EntryKind::Directory) || is_application_file(entry))
    };
    folders.into_par_iter().filter(is_application).collect()
}

fn is_application_file(entry: &TreeEntry) -> bool {
    entry.kind == EntryKind::File && matches!(entry.name.as_str(), "application.yaml" | "application.yml" | "application.json")
}

pub(super) fn is_document(name: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|extension| name.to_ascii_lowercase().ends_with(extension)) && !name.starts_with('.')
}

struct Walk<'a> {
    tree: &'a dyn SourceTree,
    survey: Survey,
}

impl Walk<'_> {
    fn application(&mut self, folder: &str) {
        let here = self.list(folder, Room::Application);
        for entry in here.iter().filter(|entry| is_application_file(entry)) {
            self.file(path(folder, &entry.name), Room::Application, &folder.into());
        }
        // The root's own folders were walked already.
        let rooms: &[Room] = if folder.is_empty() { &[Room::Components, Room::Releases] } else { &Room::APPLICATION };
        self.rooms_among(folder, &here, rooms);
    }

    fn rooms(&mut self, folder: &str, rooms: &[Room]) {
        let here = self.list(folder, Room::Project);
        self.rooms_among(folder, &here, rooms);
    }

    fn list(&mut self, folder: &str, room: Room) -> Vec<TreeEntry> {
        self.tree.list(folder).unwrap_or_else(|error| {
            let folder = if folder.is_empty() { "." } else { folder };
            self.refuse(folder, room, format!("cannot read the folder `{folder}`: {error}"));
            Vec::new()
        })
    }

    fn rooms_among(&mut self, folder: &str, here: &[TreeEntry], rooms: &[Room]) {
        let applies: Arc<str> = folder.into();
        for room in rooms {
            if let Some(entry) = here.iter().find(|entry| entry.name == room.name()) {
                let directory = path(folder, room.name());
                match entry.kind {
                    EntryKind::Directory => self.directory(&directory, *room, &applies, 0),
                    EntryKind::File | EntryKind::Special => {
                        self.refuse(&directory, *room, format!("`{directory}` is a file, and must be a folder"));
                    }
                    EntryKind::ForeignLink => self.foreign(&directory, *room),
                }
            }
        }
    }

    fn directory(&mut self, directory: &str, room: Room, folder: &Arc<str>, depth: usize) {
        // Links inside the project that lead to each other would never end.
        if depth > DEEPEST {
            return self.refuse(directory, room, format!("`{directory}` lies more than {DEEPEST} folders deep"));
        }
        for entry in self.list(directory, room) {
            let path = path(directory, &entry.name);
            match entry.kind {
                // Names with a dot in front belong to editors and tools.
                _ if entry.name.starts_with('.') => {}
                EntryKind::ForeignLink => self.foreign(&path, room),
                EntryKind::File if is_document(&entry.name) => self.file(path, room, folder),
                EntryKind::Special => self.refuse(&path, room, format!("`{path}` is a pipe, a socket or a device, and no document")),
                EntryKind::File => {}
                // What components include.
                EntryKind::Directory if room == Room::Components && depth == 0 && entry.name == CONFIG => {}
                // Documents may be sorted into folders; a YAML file that nobody reads would be a silent mistake.
                EntryKind::Directory => self.directory(&path, room, folder, depth + 1),
            }
        }
    }

    fn file(&mut self, path: String, room: Room, folder: &Arc<str>) {
        self.survey.found.push(Found { path, room, folder: folder.clone(), import: None });
    }

    fn foreign(&mut self, path: &str, room: Room) {
        let message = format!("`{path}` is a symlink that leaves the project, or that leads nowhere; it is not followed");
        let help = Some("put the file itself here, or remove the link");
        self.survey.refused.push(Refused { path: path.to_owned(), room, unreadable: Unreadable { help, ..Unreadable::new(message) } });
    }

    fn refuse(&mut self, path: &str, room: Room, message: String) {
        self.survey.refused.push(Refused { path: path.to_owned(), room, unreadable: Unreadable::new(message) });
    }
}
