//! Applications that stand for themselves: a project of one place for each, over the same stages as any project.

use std::sync::Arc;

use super::decode::{self, Given};
use super::discover;
use super::files::Reader;
use super::inclusion::Inclusion;
use super::{Loaded, Ownership, Parsed, assemble, parse};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Application, ApplicationDocuments, Labels, Meta, Name, Project, Spanned};
use crate::source::{Folder, Memory, Pos, Role, SourceFile, SourceTree, Sources};
use crate::tree::{Node, read_yaml};

/// A file with Applications.
#[derive(Debug)]
pub struct StandaloneFile {
    /// How it is called.
    pub name: String,
    /// What it holds.
    pub text: String,
    /// A folder that holds what it includes, and what stands before its paths where people see them; stdin has none.
    pub folder: Option<(Folder, String)>,
}

/// What a command line names.
#[derive(Debug, Default)]
pub struct Standalone {
    /// Files with Applications.
    pub files: Vec<StandaloneFile>,
    /// Folders of definitions: how they are called, and where they are.
    pub definitions: Vec<(String, Folder)>,
}

/// Reads Applications that stand for themselves, with definitions beside them.
pub fn standalone(input: Standalone, builtin: Sources, sink: &Sink) -> Loaded {
    let nothing = Memory::new();
    let mut reader = Reader { tree: &nothing, sources: builtin, sink, mark: "", raw: Vec::new() };
    let mut tags = Vec::new();
    let (mut applications, mut policies, mut workflows) = (Vec::new(), Vec::new(), Vec::new());
    for StandaloneFile { name: path, text, folder } in input.files {
        let Some(file) = reader.add(&path, text, Role::AppOperator) else { continue };
        let documents = read_yaml(&file, sink);
        if documents.is_empty() && !sink.has_errors() {
            let message = format!("`{path}` holds no document, and should hold an Application");
            sink.push(Diagnostic::error(code::MISSING_FIELD, file.pos(0), message));
        }
        for document in documents {
            word_keys(&document.root, &file, sink);
            match decode::standalone(&document.root, sink) {
                Some(Given::Application(mut application)) => {
                    include(&mut application, &path, folder.as_ref(), &nothing, &mut reader);
                    applications.push(*application);
                }
                Some(Given::Policy(policy)) => policies.push(policy),
                Some(Given::Workflow(workflow)) => workflows.push(workflow),
                None => {}
            }
            tags.push((file.base(), document.tags));
        }
    }
    let mut parsed: Vec<Parsed> = Vec::new();
    for (name, folder) in &input.definitions {
        let mut own = Reader { tree: folder, sources: reader.sources, sink, mark: "", raw: Vec::new() };
        let found = discover::definitions(folder);
        parsed.extend(parse(&mut own, found, name, &Ownership::default()));
        reader.sources = own.sources;
    }
    tags.extend(parsed.iter().flat_map(|file| file.documents.iter().map(|(_, tags)| (file.base, tags.clone()))));
    let mut workspace = assemble::workspace(project(), Vec::new(), parsed, &Ownership::default(), &mut reader);
    (workspace.policies, workspace.workflows) = (policies, workflows);
    workspace.applications = applications.into_iter().map(documents).collect();
    assemble::distinct_applications(&mut workspace.applications, sink);
    Loaded {
        sources: Arc::new(reader.sources),
        workspace: Some(workspace),
        document_folders: Vec::new(),
        standalone: true,
        tags,
        raw: Vec::new(),
    }
}

/// Reads what an Application includes with `$file`.
fn include(application: &mut Application, path: &str, folder: Option<&(Folder, String)>, nothing: &Memory, reader: &mut Reader<'_>) {
    let (tree, prefix): (&dyn SourceTree, &str) = match folder {
        Some((folder, prefix)) => (folder, prefix),
        None => (nothing, ""),
    };
    let inside = path.strip_prefix(prefix).unwrap_or(path);
    let directory = inside.rsplit_once('/').map_or("", |(directory, _)| directory);
    let sources = std::mem::take(&mut reader.sources);
    let mut own = Reader { tree, sources, sink: reader.sink, mark: "", raw: Vec::new() };
    let mut inclusion = Inclusion { directory, prefix, role: Role::AppOperator, ownership: &Ownership::default(), reader: &mut own };
    application.components.iter_mut().for_each(|entry| inclusion.entry(entry));
    reader.sources = own.sources;
}

/// Tells keys that are text here, and booleans to KubeVela, which reads an older YAML: `on` and `y` both become `true` there.
fn word_keys(node: &Node, file: &SourceFile, sink: &Sink) {
    for entry in node.entries() {
        let (key, at) = (entry.key.as_str(), entry.key_at);
        let value = match key.to_ascii_lowercase().as_str() {
            "y" | "yes" | "on" => Some(true),
            "n" | "no" | "off" => Some(false),
            _ => None,
        };
        let offset = at.number().saturating_sub(file.base()) as usize;
        if let Some(value) = value.filter(|_| at.is_known() && file.text()[offset..].starts_with(key)) {
            let message = format!("the key `{key}` is text here, and becomes `{value}` where KubeVela or kubectl reads it");
            let mut problem =
                Diagnostic::warning(code::YAML_VALUE, at, message).help(format!("write `\"{key}\"`, which is text everywhere"));
            problem.replacement = Some(format!("\"{key}\""));
            sink.push(problem);
        }
        word_keys(&entry.node, file, sink);
    }
    node.items().iter().for_each(|item| word_keys(item, file, sink));
}

/// The project that nobody wrote.
fn project() -> Project {
    Project {
        meta: meta(&Spanned::new("standalone".into(), Pos::NOWHERE)),
        applications: Vec::new(),
        output: None,
        config_hash: false,
        imports: Vec::new(),
        roles: Vec::new(),
        teams: Vec::new(),
        facts_schema: None,
        external: Vec::new(),
        external_components: Vec::new(),
        delivery: None,
    }
}

fn meta(name: &Name) -> Meta {
    Meta { name: name.clone(), labels: Labels::new(), annotations: Labels::new(), at: name.at, folder: "".into(), import: None }
}

fn documents(application: Application) -> ApplicationDocuments {
    ApplicationDocuments {
        name: application.meta.name.clone(),
        folder: "".into(),
        document: Some(application),
        components: Vec::new(),
        layers: Vec::new(),
        releases: Vec::new(),
        place: None,
        lost: Vec::new(),
        revised: Vec::new(),
    }
}
