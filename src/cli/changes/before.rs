//! What was.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use crate::cli::pipeline::{self, View};
use crate::cli::settings::Settings;
use crate::git::{GitError, Repository, Revision};
use crate::load::PROJECT_FILE;
use crate::lower::Object;
use crate::model::{Workspace, glob_matches, holds};
use crate::output::{self, Complete, Written, is_delivery, split_unit};
use crate::resolve::Filters;

/// What was, and how objects of now find themselves in it.
pub struct Before {
    kind: Kind,
}

enum Kind {
    /// An output directory, read as it is asked for.
    Output { tree: Box<dyn Written + Send>, project: String },
    /// Another revision of the project, and what of it was rendered.
    Revision { files: BTreeMap<String, String>, opened: Box<Opened>, exists: bool, affected: Option<Vec<String>>, seen: Vec<String> },
    /// Another environment of the project, rendered: its targets, and of each the objects by who they are there.
    Environment { targets: BTreeMap<String, BTreeMap<String, String>>, owners: Owners },
}

/// Which applications live in a namespace of a target: a namespace of one environment is that of another if the same applications do.
#[derive(Default)]
struct Owners(BTreeMap<(String, String), String>);

/// Where an object of now is looked for.
pub struct Key {
    target: String,
    key: String,
}

/// A tree that holds the output of the project: its directory, for one.
pub fn output(tree: Box<dyn Written + Send>, project: String) -> Before {
    Before { kind: Kind::Output { tree, project } }
}

/// The project as a commit has it.
///
/// # Errors
/// When git fails.
pub fn revision(opened: &Opened, repository: &Repository, commit: &str) -> Result<Before, Failure> {
    let tree = Revision::open(repository, commit).map_err(|error| git_failure(&error))?;
    let old = Opened::from_tree(opened.located.clone(), &tree);
    let untracked = repository.untracked().map_err(|error| git_failure(&error))?;
    let changed = tree.changed().chain(untracked.iter().map(String::as_str));
    let affected = affected(changed, &old, opened);
    let exists = tree.has(PROJECT_FILE);
    Ok(Before { kind: Kind::Revision { files: BTreeMap::new(), opened: Box::new(old), exists, affected, seen: Vec::new() } })
}

/// Another state of the project, of which only these applications can differ.
pub fn other(old: Opened, affected: Vec<String>) -> Before {
    Before {
        kind: Kind::Revision { files: BTreeMap::new(), opened: Box::new(old), exists: true, affected: Some(affected), seen: Vec::new() },
    }
}

/// The applications that can differ, where only files of applications do; `None`: any can.
fn affected<'a>(changed: impl Iterator<Item = &'a str>, old: &Opened, new: &Opened) -> Option<Vec<String>> {
    let sides = [old.loaded.workspace.as_ref()?, new.loaded.workspace.as_ref()?];
    let read: BTreeSet<&str> = [old, new].iter().flat_map(|side| side.sources().files()).map(|file| file.path()).collect();
    let mut found = BTreeSet::new();
    for path in changed.filter(|path| read.contains(path)) {
        let mut applications = sides.iter().flat_map(|workspace| &workspace.applications);
        let holder = applications.find(|application| path != PROJECT_FILE && holds(&application.folder, path))?;
        found.insert(holder.name.value.to_string());
    }
    Some(found.into_iter().collect())
}

/// One environment of the project, rendered, to compare another one with.
pub fn environment(opened: &Opened, name: &str, filters: &Filters, settings: &Settings) -> Before {
    let filters = Filters { environments: vec![name.to_owned()], ..filters.clone() };
    let mut owners = Owners::default();
    let (tree, namespaces) = pipeline::visited(opened, &filters, settings, false, |view, _| namespace_of(view));
    namespaces.into_iter().flatten().for_each(|(target, namespace, application)| owners.add(target, namespace, &application));
    let mut targets: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for unit in tree.units.into_iter().filter(|unit| !is_delivery(&unit.directory)) {
        let (target, application) = split_unit(&unit.directory);
        let objects = targets.entry(cluster_of(target).to_owned()).or_default();
        for file in unit.files {
            objects.insert(format!("{application}/{}", owners.told(target, &file.name)), file.text);
        }
    }
    Before { kind: Kind::Environment { targets, owners } }
}

/// What a failure of git means for the run.
pub fn git_failure(error: &GitError) -> Failure {
    let failure = match error {
        GitError::NoRevision(_) | GitError::NoRepository(_) => Failure::usage(error.to_string()),
        _ => Failure::world(error.to_string()),
    };
    match error {
        GitError::NoRevision(_) => {
            failure.help("`git log` shows what there is; in a shallow clone, `git fetch --unshallow` brings the rest")
        }
        GitError::NoGit(_) => failure.help("install git, or compare with a directory by `-o`"),
        _ => failure,
    }
}

/// The filters that mean something to another state of the project; `None` if they leave nothing of it.
pub(super) fn known(filters: &Filters, workspace: &Workspace) -> Option<Filters> {
    let keep = |patterns: &[String], names: &[&str]| -> Option<Vec<String>> {
        let kept: Vec<String> = patterns.iter().filter(|pattern| names.iter().any(|name| glob_matches(pattern, name))).cloned().collect();
        (patterns.is_empty() || !kept.is_empty()).then_some(kept)
    };
    let applications: Vec<&str> = workspace.applications.iter().map(|application| &*application.name.value).collect();
    let environments: Vec<&str> = workspace.environments.iter().map(|environment| &*environment.meta.name.value).collect();
    let clusters: Vec<&str> = workspace.clusters.iter().map(|cluster| &*cluster.meta.name.value).collect();
    Some(Filters {
        applications: keep(&filters.applications, &applications)?,
        environments: keep(&filters.environments, &environments)?,
        clusters: keep(&filters.clusters, &clusters)?,
    })
}

/// `prod/eu-1/orders` as `prod/eu-1` and `orders`.
pub(super) fn split(directory: &str) -> (&str, &str) {
    directory.rsplit_once('/').unwrap_or(("", directory))
}

/// `prod/eu-1` as `eu-1`; nothing where there is no cluster.
fn cluster_of(target: &str) -> &str {
    target.split_once('/').map_or("", |(_, cluster)| cluster)
}

/// What other units see of the components of a unit.
pub(super) fn seen_of(view: &View<'_>) -> Vec<String> {
    view.members().iter().map(|member| format!("{} {}", view.directory, member.seen())).collect()
}

fn namespace_of(view: &View<'_>) -> Option<(String, String, String)> {
    let (target, application) = split_unit(&view.directory);
    Some((target.to_owned(), view.namespace()?.to_owned(), application.to_owned()))
}

impl Owners {
    fn add(&mut self, target: String, namespace: String, application: &str) {
        let owners = self.0.entry((target, namespace)).or_default();
        owners.push_str(application);
        owners.push(' ');
    }

    /// A file's name, with the namespace in front of it told by whose it is.
    fn told(&self, target: &str, file: &str) -> String {
        let told = file.split_once('_').and_then(|(namespace, rest)| {
            let owners = self.0.get(&(target.to_owned(), namespace.to_owned()))?;
            Some(format!("{owners}_{rest}"))
        });
        // A Namespace is named by itself.
        let named = || {
            let name = file.strip_prefix("namespace-")?.strip_suffix(".yaml")?;
            self.0.get(&(target.to_owned(), name.to_owned())).map(|owners| format!("namespace-{owners}"))
        };
        told.or_else(named).unwrap_or_else(|| file.to_owned())
    }
}

impl Before {
    /// Learns of the units of now what [`Before::key`] needs.
    pub fn meet(&mut self, view: &View<'_>) {
        if let (Kind::Environment { owners, .. }, Some((target, namespace, application))) = (&mut self.kind, namespace_of(view)) {
            owners.add(target, namespace, &application);
        }
    }

    /// Whether [`Before::meet`] is of use.
    pub fn is_environment(&self) -> bool {
        matches!(self.kind, Kind::Environment { .. })
    }

    /// Renders what was, as far as that is done at once, and says what of now is to be rendered. `again`: all of it, since what was rendered before
    /// turned out not to be enough. `Err` holds the project of then, if that is wrong.
    pub fn prepare(&mut self, filters: &Filters, again: bool, settings: &Settings) -> Result<Filters, &Opened> {
        let Kind::Revision { files, opened, exists, affected, seen } = &mut self.kind else { return Ok(filters.clone()) };
        let mut narrow = filters.clone();
        if let Some(affected) = affected.as_ref().filter(|_| !again && filters.applications.is_empty()) {
            // A name that no application has: nothing can differ.
            narrow.applications = if affected.is_empty() { vec![String::new()] } else { affected.clone() };
        }
        files.clear();
        seen.clear();
        if let Some(known) = opened.loaded.workspace.as_ref().and_then(|workspace| known(&narrow, workspace)) {
            let (tree, members) = pipeline::visited(opened, &known, settings, false, |view, _| seen_of(view));
            for unit in tree.units {
                files.extend(unit.files.into_iter().map(|file| (format!("{}/{}", unit.directory, file.name), file.text)));
            }
            *seen = members.into_iter().flatten().collect();
        }
        // A project that was not there yet has rendered nothing.
        if opened.sink.has_errors() && *exists { Err(opened) } else { Ok(narrow) }
    }

    /// Whether the applications that differ are the same to all others as they were: then nothing else can differ.
    pub fn is_enough(&self, now: &[String]) -> bool {
        if let Kind::Revision { seen, .. } = &self.kind { seen == now } else { true }
    }

    /// The project of then, where it was another state of this one.
    pub fn opened(&self) -> Option<&Opened> {
        if let Kind::Revision { opened, .. } = &self.kind { Some(opened) } else { None }
    }

    /// Where an object of now is looked for.
    pub fn key(&self, view: &View<'_>, object: &Object) -> Key {
        let file = view.file_name(object);
        let (target, application) = split_unit(&view.directory);
        let key = match &self.kind {
            Kind::Environment { owners, .. } => format!("{application}/{}", owners.told(target, &file)),
            _ => format!("{}/{file}", view.directory),
        };
        Key { target: target.to_owned(), key }
    }

    /// Whether the object was exactly this text.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn holds(&self, key: &Key, text: &str) -> Result<bool, Failure> {
        match &self.kind {
            Kind::Output { tree, .. } => tree.holds(&key.key, text).map_err(|error| Failure::world(error.to_string())),
            _ => Ok(self.text(key)?.as_deref() == Some(text)),
        }
    }

    /// The object as it was, as text.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn text(&self, key: &Key) -> Result<Option<String>, Failure> {
        match &self.kind {
            Kind::Output { tree, .. } => output::read_file(&**tree, &key.key).map_err(|error| Failure::world(error.to_string())),
            Kind::Revision { files, .. } => Ok(files.get(&key.key).cloned()),
            Kind::Environment { targets, .. } => Ok(counterpart(targets, &key.target).and_then(|files| files.get(&key.key)).cloned()),
        }
    }

    /// What was there and is no more: directory of now, and the text. `visited`: the keys of all objects of now; `units`: the directories that
    /// were rendered; `complete`: how much of the project that is.
    ///
    /// # Errors
    /// When the output directory cannot be read.
    pub fn gone(&self, visited: &[Key], units: &[String], complete: Complete<'_>) -> Result<Vec<(String, String)>, Failure> {
        let failed = |error: output::WriteError| Failure::world(error.to_string());
        let parents = complete.parents();
        let is_meant = |path: &str| {
            let (directory, _) = split(path);
            let (target, _) = split_unit(directory);
            let all = matches!(complete, Complete::Everything(_));
            all || units.iter().any(|unit| unit == directory) || parents.iter().any(|known| known == target)
        };
        let mut seen: Vec<&str> = visited.iter().map(|key| key.key.as_str()).collect();
        seen.sort_unstable();
        let is_new = |path: &str| seen.binary_search(&path).is_err();
        match &self.kind {
            Kind::Output { tree, project } => {
                let files = output::files_of(&**tree, project).map_err(failed)?;
                let gone = files.into_iter().filter(|path| is_meant(path) && is_new(path));
                let read = |path: String| {
                    let text = output::read_file(&**tree, &path).map_err(failed)?;
                    Ok(text.map(|text| (split(&path).0.to_owned(), text)))
                };
                gone.filter_map(|path| read(path).transpose()).collect()
            }
            Kind::Revision { files, .. } => {
                // All of them were meant then, so what is not rendered now is gone.
                let gone = files.iter().filter(|(path, _)| is_new(path));
                Ok(gone.map(|(path, text)| (split(path).0.to_owned(), text.clone())).collect())
            }
            Kind::Environment { targets, .. } => {
                let mut gone = Vec::new();
                for target in complete_or_met(visited, parents) {
                    let here: Vec<&str> = visited.iter().filter(|key| key.target == target).map(|key| key.key.as_str()).collect();
                    for (key, text) in counterpart(targets, &target).into_iter().flatten() {
                        let (application, _) = split(key);
                        let directory = format!("{target}/{application}");
                        let is_meant = parents.contains(&target) || units.contains(&directory);
                        if is_meant && !here.contains(&key.as_str()) {
                            gone.push((directory, text.clone()));
                        }
                    }
                }
                Ok(gone)
            }
        }
    }
}

fn complete_or_met(visited: &[Key], complete: &[String]) -> Vec<String> {
    let mut targets: Vec<String> = visited.iter().map(|key| key.target.clone()).chain(complete.iter().cloned()).collect();
    targets.sort();
    targets.dedup();
    targets
}

/// What a target of one environment is compared with in the other: the same cluster, else the only or first one.
fn counterpart<'a>(targets: &'a BTreeMap<String, BTreeMap<String, String>>, target: &str) -> Option<&'a BTreeMap<String, String>> {
    targets.get(cluster_of(target)).or_else(|| targets.values().next())
}
