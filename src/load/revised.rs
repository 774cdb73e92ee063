//! The developers' documents of the commits that Releases name.
//!
//! A file that a commit has as the folder has it is not read again: its documents are shared, and told at their place in the folder.
//! What differs is told as `path@revision`.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::decode::Decoded;
use super::discover::{self, Found, Survey};
use super::files::{self, Reader};
use super::inclusion::{FILE, Inclusion};
use super::ownership::Ownership;
use super::{assemble, parse};
use crate::diag::{Diagnostic, Severity, Sink, code};
use crate::model::{ApplicationDocuments, Component, Name, Revised, Workspace};
use crate::source::{Earlier, NoState, Role, Sources};
use crate::tree::Tags;

/// A commit that is run somewhere.
struct State {
    tree: Arc<dyn Earlier>,
    /// How Releases spell it.
    names: Vec<Arc<str>>,
    /// The applications that run it, by number, and the first Release of each that says so.
    applications: Vec<(usize, Name)>,
}

/// What the folder holds now.
struct Now {
    /// The texts of all files.
    texts: FxHashMap<String, usize>,
    /// The Components of each file.
    components: FxHashMap<String, Vec<Component>>,
}

/// Gives every application the documents of the commits that its Releases name.
pub(super) fn revise(workspace: &mut Workspace, ownership: &Ownership, reader: &mut Reader<'_>, tags: &mut Vec<(u32, Tags)>) {
    let states = states(&workspace.applications, reader);
    if states.is_empty() {
        return;
    }
    let now = Now::of(&workspace.applications, &reader.sources);
    for state in states {
        read(&state, &now, &mut workspace.applications, ownership, reader, tags);
    }
}

/// The commits that Releases name, each once, in the order in which they are met. Those that are not there are told.
fn states(applications: &[ApplicationDocuments], reader: &Reader<'_>) -> Vec<State> {
    let mut states: Vec<State> = Vec::new();
    let mut unknown: FxHashMap<Arc<str>, NoState> = FxHashMap::default();
    for (index, application) in applications.iter().enumerate() {
        for name in application.releases.iter().filter_map(|release| release.revision.as_ref()) {
            if let Some(problem) = unknown.get(&name.value) {
                tell(problem, name, reader.sink);
                continue;
            }
            let known = match states.iter().position(|state| state.names.contains(&name.value)) {
                Some(known) => known,
                None => match reader.tree.earlier(name) {
                    Ok(tree) => {
                        let known = states.iter().position(|state| state.tree.id() == tree.id()).unwrap_or(states.len());
                        if known == states.len() {
                            states.push(State { tree, names: Vec::new(), applications: Vec::new() });
                        }
                        states[known].names.push(name.value.clone());
                        known
                    }
                    Err(problem) => {
                        tell(&problem, name, reader.sink);
                        unknown.insert(name.value.clone(), problem);
                        continue;
                    }
                },
            };
            let state = &mut states[known];
            if state.applications.last().is_none_or(|(last, _)| *last != index) {
                state.applications.push((index, name.clone()));
            }
        }
    }
    states
}

fn tell(problem: &NoState, name: &Name, sink: &Sink) {
    let mut told = Diagnostic::error(code::UNKNOWN_REVISION, name.at, problem.problem.clone());
    told = told.help(problem.help.as_deref().unwrap_or("without `revision`, documents are read as they are in this folder"));
    told.replacement = problem.instead.clone();
    sink.push(told);
}

impl Now {
    fn of(applications: &[ApplicationDocuments], sources: &Sources) -> Now {
        let texts = sources.files().iter().enumerate().map(|(index, file)| (file.path().to_owned(), index)).collect();
        let mut components: FxHashMap<String, Vec<Component>> = FxHashMap::default();
        for component in applications.iter().flat_map(|application| application.components.iter().chain(&application.layers)) {
            if let Some(file) = sources.file_of(component.meta.at) {
                components.entry(file.path().to_owned()).or_default().push(component.clone());
            }
        }
        Now { texts, components }
    }

    /// Whether a file is in a commit what it is now. Of one that takes others in its place nobody can say without a look at these.
    fn has(&self, path: &str, tree: &dyn Earlier, sources: &Sources) -> bool {
        let Some(index) = self.texts.get(path) else { return false };
        let now = sources.files()[*index].text();
        if now.contains(FILE) {
            return false;
        }
        !tree.may_differ(path) || files::text(tree, path).is_ok_and(|text| text == now)
    }
}

/// Reads one commit, for all applications that run it.
fn read(
    state: &State,
    now: &Now,
    applications: &mut [ApplicationDocuments],
    ownership: &Ownership,
    reader: &mut Reader<'_>,
    tags: &mut Vec<(u32, Tags)>,
) {
    let tree: &dyn Earlier = &*state.tree;
    let problems = Sink::new();
    let mark = format!("@{}", short(&state.names[0]));
    let mut differs = Survey::default();
    let found: Vec<Vec<Found>> = state
        .applications
        .iter()
        .map(|(index, _)| {
            let survey = discover::components(tree, &applications[*index].folder);
            differs.refused.extend(survey.refused);
            survey.found
        })
        .collect();
    let (kept, others): (Vec<&Found>, Vec<&Found>) = found.iter().flatten().partition(|file| now.has(&file.path, tree, &reader.sources));
    differs.found.extend(others.into_iter().cloned());
    let kept: FxHashSet<&str> = kept.into_iter().map(|file| &*file.path).collect();
    let mut own = Reader { tree, sources: std::mem::take(&mut reader.sources), sink: &problems, mark: &mark, raw: Vec::new() };
    let mut fresh: FxHashMap<String, Vec<Component>> = FxHashMap::default();
    for file in parse(&mut own, differs, "", ownership) {
        for (decoded, document_tags) in file.documents {
            tags.push((file.base, document_tags));
            if let Decoded::Component(component) = decoded {
                fresh.entry(file.found.path.clone()).or_default().push(*component);
            }
        }
    }
    for ((index, name), found) in state.applications.iter().zip(&found) {
        let application = &mut applications[*index];
        if found.is_empty() && !(application.components.is_empty() && application.layers.is_empty()) {
            let message = format!("`{name}` has no Components of application `{}`: there is no `{}`", application.name, room(application));
            let problem = Diagnostic::error(code::UNKNOWN_REVISION, name.at, message);
            reader.sink.push(problem.help("the application was not there yet, or stood elsewhere: name a later commit"));
            continue;
        }
        let mut all = Vec::new();
        let mut same = true;
        for file in found {
            let directory = file.path.rsplit_once('/').map_or("", |(directory, _)| directory);
            let is_kept = kept.contains(&*file.path);
            let components = if is_kept { now.components.get(&file.path).cloned() } else { fresh.remove(&file.path) };
            same &= is_kept;
            for mut component in components.unwrap_or_default() {
                if !is_kept {
                    Inclusion { directory, prefix: "", role: Role::Developer, ownership, reader: &mut own }.component(&mut component);
                }
                same &= !assemble::include(&mut component, directory, |path| !is_kept || tree.may_differ(path), ownership, &mut own);
                all.push(component);
            }
        }
        // What is the same, file by file, needs no state of its own.
        if same && all.len() == application.components.len() + application.layers.len() {
            continue;
        }
        let (components, layers) = assemble::sorted(all.into_iter(), &problems);
        let documents = ApplicationDocuments { components, layers, revised: Vec::new(), ..application.clone() };
        application.revised.push(Revised { names: state.names.clone(), documents });
    }
    reader.sources = own.sources;
    reader.raw.append(&mut own.raw);
    let at = state.applications[0].1.at;
    // Of what is in a commit only errors are told: nobody changes it any more.
    for problem in problems.take().diagnostics.into_iter().filter(|problem| problem.severity == Severity::Error) {
        reader.sink.push(problem.label(at, "read at this commit"));
    }
}

fn room(application: &ApplicationDocuments) -> String {
    if application.folder.is_empty() { "components/".to_owned() } else { format!("{}/components/", application.folder) }
}

/// An id as people can read it.
fn short(name: &str) -> &str {
    let is_id = name.len() > 12 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id { &name[..10] } else { name }
}
