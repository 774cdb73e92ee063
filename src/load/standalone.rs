//! Applications that stand for themselves: a project of one place for each, over the same stages as any project.

use std::sync::Arc;

use super::decode::{self, Given};
use super::discover;
use super::files::Reader;
use super::{Loaded, Ownership, Parsed, assemble, parse};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Application, ApplicationDocuments, Labels, Meta, Name, Project, Spanned};
use crate::source::{Folder, Pos, Role, SourceFile, Sources};
use crate::tree::{Node, read_yaml};

/// What a command line names.
#[derive(Debug, Default)]
pub struct Standalone {
    /// Files with Applications: how they are called, and their text.
    pub files: Vec<(String, String)>,
    /// Folders of definitions: how they are called, and where they are.
    pub definitions: Vec<(String, Folder)>,
}

/// Reads Applications that stand for themselves, with definitions beside them.
pub fn standalone(input: Standalone, builtin: Sources, sink: &Sink) -> Loaded {
    let nothing = crate::source::Memory::new();
    let mut reader = Reader { tree: &nothing, sources: builtin, sink, mark: "" };
    let mut tags = Vec::new();
    let (mut applications, mut policies, mut workflows) = (Vec::new(), Vec::new(), Vec::new());
    for (path, text) in input.files {
        let Some(file) = reader.add(&path, text, Role::AppOperator) else { continue };
        let documents = read_yaml(&file, sink);
        if documents.is_empty() && !sink.has_errors() {
            let message = format!("`{path}` holds no document, and should hold an Application");
            sink.push(Diagnostic::error(code::MISSING_FIELD, file.pos(0), message));
        }
        for document in documents {
            word_keys(&document.root, &file, sink);
            match decode::standalone(&document.root, sink) {
                Some(Given::Application(application)) => applications.push(*application),
                Some(Given::Policy(policy)) => policies.push(policy),
                Some(Given::Workflow(workflow)) => workflows.push(workflow),
                None => {}
            }
            tags.push((file.base(), document.tags));
        }
    }
    let mut parsed: Vec<Parsed> = Vec::new();
    for (name, folder) in &input.definitions {
        let mut own = Reader { tree: folder, sources: reader.sources, sink, mark: "" };
        let found = discover::definitions(folder);
        parsed.extend(parse(&mut own, found, name, &Ownership::default()));
        reader.sources = own.sources;
    }
    tags.extend(parsed.iter().flat_map(|file| file.documents.iter().map(|(_, tags)| (file.base, tags.clone()))));
    let mut workspace = assemble::workspace(project(), Vec::new(), parsed, &Ownership::default(), &mut reader);
    (workspace.policies, workspace.workflows) = (policies, workflows);
    workspace.applications = applications.into_iter().map(documents).collect();
    assemble::distinct_applications(&mut workspace.applications, sink);
    Loaded { sources: Arc::new(reader.sources), workspace: Some(workspace), document_folders: Vec::new(), standalone: true, tags }
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
