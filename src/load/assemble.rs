//! Decoded documents to a [`Workspace`]: each where it applies, names unique, config files and CRDs read, environments merged.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::decode::{Decoded, judge_name};
use super::discover::is_document;
use super::files::{Reader, join, kind_of, text};
use super::inclusion::Inclusion;
use super::{Ownership, PROJECT_FILE, Parsed};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{
    Application, ApplicationDocuments, Cluster, Component, Crds, DefinitionDocument, Delivery, Environment, Import, Meta, Name, Project,
    Release, Scope, Spanned, TraitBinding, Workspace, holds,
};
use crate::source::{EntryKind, Pos, Role, SourceFile};
use crate::tree::{Node, Origin, read_documents, read_yaml};

/// What stands in one application folder.
#[derive(Default)]
struct Folder {
    document: Option<Application>,
    components: Vec<(Component, String)>,
    releases: Vec<Release>,
}

pub(super) fn workspace(
    project: Project,
    folders: Vec<Arc<str>>,
    parsed: Vec<Parsed>,
    ownership: &Ownership,
    reader: &mut Reader<'_>,
) -> Workspace {
    let sink = reader.sink;
    let mut inside: BTreeMap<Arc<str>, Folder> = folders.iter().map(|folder| (folder.clone(), Folder::default())).collect();
    let mut bindings = Vec::new();
    let (mut scopes, mut environments, mut clusters) = (Vec::new(), Vec::new(), Vec::new());
    let mut definitions = Vec::new();
    for file in parsed {
        let directory = file.found.path.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned();
        for (decoded, tags) in file.documents {
            match decoded {
                Decoded::Project(project) => {
                    let message = format!("a Project stands in `{PROJECT_FILE}` only");
                    sink.push(Diagnostic::error(code::WRONG_FOLDER, project.meta.at, message));
                }
                Decoded::Environment(environment) => environments.push((*environment, directory.clone())),
                Decoded::Cluster(cluster) => clusters.push((*cluster, directory.clone())),
                Decoded::Scope(scope) => scopes.push(*scope),
                Decoded::Definition(mut definition) => {
                    definition.tags = tags;
                    definitions.push(*definition);
                }
                Decoded::TraitBinding(mut binding) => {
                    Inclusion { directory: &directory, prefix: "", role: Role::AppOperator, ownership, reader }.traits(&mut binding.traits);
                    bindings.push(*binding);
                }
                Decoded::Application(mut application) => {
                    let mut inclusion = Inclusion { directory: &directory, prefix: "", role: Role::AppOperator, ownership, reader };
                    application.components.iter_mut().for_each(|entry| inclusion.entry(entry));
                    if let Some(folder) = inside.get_mut(&application.meta.folder) {
                        if let Some(first) = &folder.document {
                            let message = "an application has one Application document";
                            sink.push(
                                Diagnostic::error(code::DUPLICATE, application.meta.at, message).label(first.meta.at, "the first one"),
                            );
                        } else {
                            folder.document = Some(*application);
                        }
                    }
                }
                Decoded::Component(mut component) => {
                    Inclusion { directory: &directory, prefix: "", role: Role::Developer, ownership, reader }.component(&mut component);
                    if let Some(folder) = inside.get_mut(&component.meta.folder) {
                        folder.components.push((*component, directory.clone()));
                    }
                }
                Decoded::Release(release) => {
                    if let Some(folder) = inside.get_mut(&release.meta.folder) {
                        folder.releases.push(*release);
                    }
                }
            }
        }
    }
    let mut applications: Vec<ApplicationDocuments> =
        inside.into_iter().map(|(path, folder)| application(path, folder, &project, ownership, reader)).collect();
    distinct_applications(&mut applications, sink);
    external_is_outside(&project, &applications, sink);
    sort(&mut scopes, "Scope", sink, |scope: &Scope| &scope.meta);
    let environments = merged(environments, &project.imports, project.delivery.as_ref(), reader);
    let clusters = with_crds(clusters, &project.imports, reader);
    definitions_are_distinct(&mut definitions, sink);
    bindings.sort_by(|a: &TraitBinding, b| (&a.meta.folder, &a.meta.name.value).cmp(&(&b.meta.folder, &b.meta.name.value)));
    distinct(&mut bindings, "TraitBinding", sink, |binding| &binding.meta.name, |binding| &binding.meta.folder);
    overridden_exist(&bindings, sink);
    Workspace {
        project,
        applications,
        bindings: bindings.into_iter().map(Arc::new).collect(),
        scopes: scopes.into_iter().map(Arc::new).collect(),
        environments: environments.into_iter().map(Arc::new).collect(),
        clusters: clusters.into_iter().map(Arc::new).collect(),
        policies: Vec::new(),
        workflows: Vec::new(),
        definitions,
        allows_unknown_kinds: false,
    }
}

/// What runs here is not outside.
fn external_is_outside(project: &Project, applications: &[ApplicationDocuments], sink: &Sink) {
    for external in &project.external_components {
        if let Some(own) = applications.iter().find(|application| application.name.value == external.application.value) {
            let message = format!("`external` names the application `{}`, which is one of this project", external.application);
            let problem = Diagnostic::error(code::DUPLICATE, external.application.at, message).label(own.name.at, "it is here");
            sink.push(problem.help("leave the entry out: `connectsTo` finds it"));
        }
    }
}

/// Sorts applications by name, and keeps the first of each.
pub(super) fn distinct_applications(applications: &mut Vec<ApplicationDocuments>, sink: &Sink) {
    applications.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    distinct(applications, "application", sink, |application| &application.name, |_| "");
}

fn application(path: Arc<str>, folder: Folder, project: &Project, ownership: &Ownership, reader: &mut Reader<'_>) -> ApplicationDocuments {
    let sink = reader.sink;
    let name = match &folder.document {
        Some(document) => document.meta.name.clone(),
        None if path.is_empty() => project.meta.name.clone(),
        None => {
            let last = path.rsplit('/').next().unwrap_or(&path);
            let at = folder.components.first().map_or(Pos::NOWHERE, |(component, _)| component.meta.at);
            let name = Spanned::new(Arc::from(last), at);
            judge_name(&name, 63, "the folder of an application", sink);
            name
        }
    };
    let mut all = folder.components;
    for (component, directory) in &mut all {
        include(component, directory, |_| true, ownership, reader);
    }
    let (components, layers) = sorted(all.into_iter().map(|(component, _)| component), sink);
    let mut releases = folder.releases;
    sort(&mut releases, "Release", sink, |release: &Release| &release.meta);
    one_per_target(&mut releases, sink);
    ApplicationDocuments {
        name,
        folder: path,
        document: folder.document,
        components,
        layers,
        releases,
        place: None,
        lost: Vec::new(),
        revised: Vec::new(),
    }
}

/// The Components by name, and their layers in the order of their files.
pub(super) fn sorted(all: impl Iterator<Item = Component>, sink: &Sink) -> (Vec<Component>, Vec<Component>) {
    let (mut components, layers): (Vec<_>, Vec<_>) = all.partition(|component| component.selector.is_absent());
    sort(&mut components, "Component", sink, |component: &Component| &component.meta);
    (components, layers)
}

/// Two Releases never say what one environment, or one cluster of it, runs.
fn one_per_target(releases: &mut Vec<Release>, sink: &Sink) {
    let mut first: BTreeMap<(Arc<str>, Option<Arc<str>>), Pos> = BTreeMap::new();
    releases.retain(|release| {
        let cluster = release.cluster.as_ref().map(|cluster| cluster.value.clone());
        let known = first.get(&(release.environment.value.clone(), cluster.clone())).copied();
        if let Some(at) = known {
            let target = cluster.as_ref().map_or(String::new(), |cluster| format!(", cluster `{cluster}`"));
            let message = format!("two Releases say what the environment `{}`{target} runs", release.environment);
            sink.push(Diagnostic::error(code::DUPLICATE, release.environment.at, message).label(at, "the first one"));
        } else {
            first.insert((release.environment.value.clone(), cluster), release.environment.at);
        }
        known.is_none()
    });
}

/// Bindings that `overrides` names exist where the binding applies, too: above its folder or below it.
fn overridden_exist(bindings: &[TraitBinding], sink: &Sink) {
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    if bindings.iter().all(|binding| binding.overrides.is_empty()) {
        return;
    }
    for binding in bindings {
        folders.entry(&binding.meta.name.value).or_default().push(&binding.meta.folder);
    }
    for binding in bindings {
        let folder = &*binding.meta.folder;
        let near = |other: &&str| holds(folder, other) || holds(other, folder);
        for name in &binding.overrides {
            if !folders.get(&*name.value).is_some_and(|others| others.iter().any(near)) {
                let known = folders.iter().filter(|(_, others)| others.iter().any(near)).map(|(name, _)| *name);
                let message = format!("`overrides` names the TraitBinding `{name}`, and there is none of this name");
                let problem = Diagnostic::error(code::UNKNOWN_NAME, name.at, message).suggest(name, known);
                sink.push(problem.unless_unread("TraitBinding", &*name.value));
            }
        }
    }
}

/// Reads the files that a Component of a directory includes, as far as they are wanted by path. Whether any was.
pub(super) fn include(
    component: &mut Component,
    directory: &str,
    wanted: impl Fn(&str) -> bool,
    ownership: &Ownership,
    reader: &mut Reader<'_>,
) -> bool {
    let mut any = false;
    for file in &mut component.config {
        let Some(path) = file.file.clone() else { continue };
        if join(directory, &path).is_none_or(|full| wanted(&full)) {
            file.data = included(directory, &path, file.format.as_ref().map(|format| &*format.value), ownership, reader);
            any = true;
        }
    }
    any
}

/// The content of a file that a Component includes.
fn included(directory: &str, path: &Name, format: Option<&str>, ownership: &Ownership, reader: &mut Reader<'_>) -> Option<Node> {
    let Some(full) = join(directory, path) else {
        let message = format!("`{path}` lies outside of the project");
        reader.sink.push(Diagnostic::error(code::UNREADABLE_FILE, path.at, message));
        return None;
    };
    let file = named_file(directory, &full, path, ownership.role(&full, Role::Developer).0, reader)?;
    let extension = full.rsplit_once('.').map_or("", |(_, extension)| extension);
    let structured = match format {
        Some(format) => matches!(format, "yaml" | "json"),
        None => matches!(extension, "yaml" | "yml" | "json"),
    };
    if !structured {
        return Some(Node::str(file.text(), Origin::written(file.pos(0))));
    }
    let mut documents = read_yaml(&file, reader.sink);
    if documents.len() > 1 {
        let message = format!("`{full}` holds several documents, and a file of data holds one");
        reader.sink.push(Diagnostic::error(code::DUPLICATE, documents[1].root.origin.at, message));
    }
    if documents.is_empty() { None } else { Some(documents.swap_remove(0).root) }
}

/// A file that a document names at `by`; what is wrong with it is the business of that line.
fn named_file(directory: &str, full: &str, by: &Name, role: Role, reader: &mut Reader<'_>) -> Option<Arc<SourceFile>> {
    if matches!(kind_of(reader.tree, directory, full), Ok(EntryKind::ForeignLink)) {
        let message = format!("`{full}` leads over a symlink that leaves the project, or that leads nowhere; it is not followed");
        reader.sink.push(Diagnostic::error(code::UNREADABLE_FILE, by.at, message));
        return None;
    }
    let unreadable = match text(reader.tree, full) {
        Ok(text) => return reader.add(full, text, role),
        Err(unreadable) => unreadable,
    };
    let place = unreadable.inside.map_or(String::new(), |(line, column)| format!(" (line {line}, column {column})"));
    let problem = Diagnostic::error(code::UNREADABLE_FILE, by.at, format!("{}{place}", unreadable.message));
    let directory = if directory.is_empty() { "the project" } else { &format!("`{directory}`") };
    let is_missing = unreadable.shown.is_none();
    let help = if is_missing { format!("the path is relative to {directory}") } else { unreadable.help.unwrap_or_default().to_owned() };
    reader.sink.push(if help.is_empty() { problem } else { problem.help(help) });
    None
}

/// The folder of the project that a document belongs to: this one, or an import.
fn home_of(meta: &Meta, imports: &[Import]) -> String {
    let import = meta.import.as_ref().and_then(|name| imports.iter().find(|import| import.name.value == name.value));
    import.and_then(|import| join("", &import.folder())).unwrap_or_default()
}

/// The CustomResourceDefinitions behind `crds`, whose paths are relative to the project of the document that names them.
fn read_crds(crds: &mut [Crds], home: &str, reader: &mut Reader<'_>) {
    for entry in crds {
        // What is imported names its own files only.
        let inside = |path: &String| home.is_empty() || holds(home, path);
        let Some(path) = join(home, &entry.path).filter(inside) else {
            let message = format!("`{}` lies outside of the project", entry.path);
            reader.sink.push(Diagnostic::error(code::UNREADABLE_FILE, entry.path.at, message));
            continue;
        };
        let files: Vec<String> = match kind_of(reader.tree, "", &path) {
            Ok(EntryKind::Directory) => {
                let names = reader.tree.list(&path).unwrap_or_default().into_iter().map(|entry| entry.name);
                names.filter(|name| is_document(name)).map(|name| format!("{path}/{name}")).collect()
            }
            _ => vec![path],
        };
        for path in files {
            let Some(file) = named_file("", &path, &entry.path, Role::InfraOperator, reader) else {
                reader.sink.unread("CustomResourceDefinition", None);
                continue;
            };
            let read = read_documents(&file, reader.sink);
            if !read.broken.is_empty() {
                reader.sink.unread("CustomResourceDefinition", None);
            }
            for document in read.sound {
                if document.root.field("kind").and_then(Node::as_str) == Some("CustomResourceDefinition") {
                    entry.documents.push(document.root);
                } else {
                    let message = format!("`{path}` holds something that is not a CustomResourceDefinition");
                    reader.sink.push(Diagnostic::error(code::UNKNOWN_KIND, document.root.origin.at, message));
                }
            }
        }
    }
}

fn with_crds(clusters: Vec<(Cluster, String)>, imports: &[Import], reader: &mut Reader<'_>) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = clusters.into_iter().map(|(cluster, _)| cluster).collect();
    sort(&mut clusters, "Cluster", reader.sink, |cluster: &Cluster| &cluster.meta);
    clusters.iter_mut().for_each(|cluster| read_crds(&mut cluster.crds, &home_of(&cluster.meta, imports), reader));
    clusters
}

/// Environments with what they take `from` others, and from the project.
fn merged(
    environments: Vec<(Environment, String)>,
    imports: &[Import],
    delivery: Option<&Delivery>,
    reader: &mut Reader<'_>,
) -> Vec<Environment> {
    let mut written: Vec<Environment> = environments.into_iter().map(|(environment, _)| environment).collect();
    sort(&mut written, "Environment", reader.sink, |environment: &Environment| &environment.meta);
    written.iter_mut().for_each(|environment| read_crds(&mut environment.crds, &home_of(&environment.meta, imports), reader));
    let find = |name: &str| written.iter().find(|environment| &*environment.meta.name.value == name);
    for environment in &written {
        for (field, name) in [("from", &environment.from), ("promotesFrom", &environment.promotes_from)] {
            if let Some(name) = name
                && find(name).is_none()
            {
                let known = written.iter().map(|environment| &*environment.meta.name.value);
                let message = format!("`{field}` names the environment `{name}`, and there is none of this name");
                let problem = Diagnostic::error(code::UNKNOWN_NAME, name.at, message).suggest(name, known);
                reader.sink.push(problem.unless_unread("Environment", &*name.value));
            }
        }
    }
    written
        .iter()
        .map(|environment| {
            let mut chain = vec![environment];
            while let Some(next) = chain.last().and_then(|last| last.from.as_ref()).and_then(|name| find(name)) {
                if chain.iter().any(|known| known.meta.name.value == next.meta.name.value) {
                    let path: Vec<&str> = chain.iter().chain([&next]).map(|known| &*known.meta.name.value).collect();
                    if next.meta.name.value == environment.meta.name.value {
                        let at = environment.from.as_ref().map_or(environment.meta.at, |from| from.at);
                        let message = format!("environments take from each other in a circle: {}", path.join(" → "));
                        reader.sink.push(Diagnostic::error(code::CYCLE, at, message));
                    }
                    break;
                }
                chain.push(next);
            }
            let mut whole = chain[1..].iter().fold(environment.clone(), |own, other| from(own, other));
            whole.delivery = delivered(whole.delivery, delivery);
            if let Some(unknown) = whole.delivery.as_ref().filter(|delivery| delivery.type_name.is_none()) {
                // The project alone may say how without saying that anything is delivered at all.
                if delivery.is_none_or(|common| common.at != unknown.at) {
                    let message = "missing field `type` in `delivery`";
                    reader.sink.push(
                        Diagnostic::error(code::MISSING_FIELD, unknown.at, message).help("say it here or in the project: `flux`, `argo`"),
                    );
                }
                whole.delivery = None;
            }
            whole
        })
        .collect()
}

/// An environment, with another one's fields where it says nothing. Facts merge.
fn from(own: Environment, other: &Environment) -> Environment {
    let facts = match (&other.facts, own.facts) {
        (Some(base), Some(over)) => Some(merge(base.clone(), &over)),
        (base, over) => over.or_else(|| base.clone()),
    };
    Environment {
        namespace: own.namespace.or_else(|| other.namespace.clone()),
        create_namespace: own.create_namespace || other.create_namespace,
        allowed_namespaces: if own.allowed_namespaces.is_empty() { other.allowed_namespaces.clone() } else { own.allowed_namespaces },
        moves_objects: own.moves_objects,
        clusters: if own.clusters.is_empty() { other.clusters.clone() } else { own.clusters },
        promotes_from: own.promotes_from,
        delivery: delivered(own.delivery, other.delivery.as_ref()),
        facts,
        requires_pins: own.requires_pins.or_else(|| other.requires_pins.clone()),
        kubernetes_version: own.kubernetes_version.or_else(|| other.kubernetes_version.clone()),
        crds: if own.crds.is_empty() { other.crds.clone() } else { own.crds },
        meta: own.meta,
        from: own.from,
        template: own.template,
        instance: own.instance,
    }
}

/// A delivery, with another one's fields where it says nothing. Properties merge.
fn delivered(own: Option<Delivery>, other: Option<&Delivery>) -> Option<Delivery> {
    let Some(own) = own else { return other.cloned() };
    let Some(other) = other else { return Some(own) };
    let properties = match (&other.properties, own.properties) {
        (Some(base), Some(over)) => Some(merge(base.clone(), &over)),
        (base, over) => over.or_else(|| base.clone()),
    };
    Some(Delivery { type_name: own.type_name.or_else(|| other.type_name.clone()), properties, at: own.at })
}

fn merge(mut base: Node, over: &Node) -> Node {
    for entry in over.entries() {
        let value = match base.get(entry.key) {
            Some(own) if own.is_map() && entry.node.is_map() => merge(own.clone(), &entry.node),
            _ => entry.node.clone(),
        };
        base.set(entry.key, entry.key_at, value);
    }
    base
}

/// Sorts documents by name, and keeps the first of each.
fn sort<T>(documents: &mut Vec<T>, kind: &str, sink: &Sink, meta: impl Fn(&T) -> &Meta) {
    let key = |document: &T| (meta(document).name.value.clone(), meta(document).import.is_none(), meta(document).at);
    documents.sort_by_cached_key(key);
    documents.dedup_by(|later, first| {
        let problem = (meta(later).name.value == meta(first).name.value).then(|| overridden(kind, meta(later), meta(first)));
        let overrides = problem.flatten();
        let is_told = overrides.is_some();
        overrides.into_iter().for_each(|problem| sink.push(problem));
        is_told
    });
    distinct(documents, kind, sink, |document| &meta(document).name, |_| "");
}

/// What is imported belongs to its owner: whoever writes something of the same name here is told so, and the imported one stays.
fn overridden(kind: &str, one: &Meta, other: &Meta) -> Option<Diagnostic> {
    let (own, imported) = match (&one.import, &other.import) {
        (None, Some(import)) => (one, (other, import)),
        (Some(import), None) => (other, (one, import)),
        _ => return None,
    };
    let (imported, import) = imported;
    let message =
        format!("the import `{import}` has a document of kind {kind} called `{}`, and what is imported is not overridden", own.name);
    let problem = Diagnostic::error(code::IMPORT_OVERRIDE, own.name.at, message).label(import.at, "it is imported here");
    let help = "give this one another name, or ask the owners of the import to change theirs";
    Some(problem.label(imported.name.at, "the imported one").help(help))
}

/// Keeps the first of each name (in one folder) of a sorted list, and tells the others.
fn distinct<T>(documents: &mut Vec<T>, kind: &str, sink: &Sink, name: impl Fn(&T) -> &Name, folder: impl Fn(&T) -> &str) {
    documents.dedup_by(|later, first| {
        let same = name(later).value == name(first).value && folder(later) == folder(first);
        if same {
            let message = format!("there are two of kind {kind} called `{}`", name(later));
            let mut problem = Diagnostic::error(code::DUPLICATE, name(later).at, message).label(name(first).at, "the first one");
            if kind == "Component" {
                problem = problem.help("a layer has selectors, such as `environments: [prod]`");
            }
            sink.push(problem);
        }
        same
    });
}

/// Definitions keep the order of their files; of two that are one, the first stays.
fn definitions_are_distinct(definitions: &mut Vec<DefinitionDocument>, sink: &Sink) {
    let identity = |definition: &DefinitionDocument| (definition.kind.value.clone(), definition.meta.name.value.clone());
    let mut first: BTreeMap<(Arc<str>, Arc<str>), Meta> = BTreeMap::new();
    // The imported ones are there before all others.
    let (imported, own) = definitions.iter().partition::<Vec<_>, _>(|definition| definition.meta.import.is_some());
    let mut doubled: Vec<Pos> = Vec::new();
    for definition in imported.into_iter().chain(own) {
        let Some(known) = first.get(&identity(definition)) else {
            first.insert(identity(definition), definition.meta.clone());
            continue;
        };
        doubled.push(definition.meta.at);
        sink.push(overridden(&definition.kind, &definition.meta, known).unwrap_or_else(|| {
            let message = format!("there are two of kind {} called `{}`", definition.kind, definition.meta.name);
            Diagnostic::error(code::DUPLICATE, definition.meta.name.at, message).label(known.name.at, "the first one")
        }));
    }
    definitions.retain(|definition| !doubled.contains(&definition.meta.at));
}
