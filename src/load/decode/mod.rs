//! Documents to typed data, over the spanned tree: every mistake of a document is told, and a document with mistakes is left out.

mod application;
mod component;
mod environment;
mod fields;
mod policies;
mod project;
mod selector;
mod standalone;
mod steps;

use std::sync::Arc;

use super::discover::Room;
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{
    Application, Cluster, Component, DefinitionDocument, Environment, Meta, Name, Project, Release, Scope, Spanned, TraitBinding,
};
use crate::tree::Node;

pub(super) use fields::judge_name;
use fields::{Fields, with_article};
pub(super) use standalone::{Given, standalone};

/// A document.
#[derive(Debug)]
pub(super) enum Decoded {
    Project(Box<Project>),
    Environment(Box<Environment>),
    Cluster(Box<Cluster>),
    Scope(Box<Scope>),
    Definition(Box<DefinitionDocument>),
    TraitBinding(Box<TraitBinding>),
    Application(Box<Application>),
    Component(Box<Component>),
    Release(Box<Release>),
}

impl Decoded {
    /// Says which import brought the document.
    pub fn brought_by(mut self, import: &Name) -> Decoded {
        let meta = match &mut self {
            Decoded::Project(document) => &mut document.meta,
            Decoded::Environment(document) => &mut document.meta,
            Decoded::Cluster(document) => &mut document.meta,
            Decoded::Scope(document) => &mut document.meta,
            Decoded::Definition(document) => &mut document.meta,
            Decoded::TraitBinding(document) => &mut document.meta,
            Decoded::Application(document) => &mut document.meta,
            Decoded::Component(document) => &mut document.meta,
            Decoded::Release(document) => &mut document.meta,
        };
        meta.import = Some(import.clone());
        self
    }

    /// Whether other documents name this one, so that leaving it out for a mistake would make mistakes of all of them. Its selectors, if
    /// it has any, must not be in doubt.
    fn is_referred_to(&self) -> bool {
        match self {
            Decoded::Project(_) | Decoded::Environment(_) | Decoded::Cluster(_) | Decoded::Application(_) => true,
            Decoded::Component(component) => component.type_name.is_some() && component.selector.is_absent(),
            Decoded::Scope(_) | Decoded::Definition(_) | Decoded::TraitBinding(_) | Decoded::Release(_) => false,
        }
    }
}

/// Group and version of the documents of the open standard.
const STANDARD: &str = "core.oam.dev/v1beta1";
/// Group and version of the other documents.
const OWN: &str = "oam.dev/v1beta1";

/// Every kind, its group and version, and where its documents stand.
const KINDS: [(&str, &str, Room); 12] = [
    ("Application", STANDARD, Room::Application),
    ("Cluster", OWN, Room::Clusters),
    ("Component", OWN, Room::Components),
    ("ComponentDefinition", STANDARD, Room::Definitions),
    ("DefinitionLibrary", STANDARD, Room::Definitions),
    ("Environment", OWN, Room::Environments),
    ("Project", OWN, Room::Project),
    ("Release", OWN, Room::Releases),
    ("Scope", OWN, Room::Scopes),
    ("ScopeDefinition", STANDARD, Room::Definitions),
    ("TraitBinding", OWN, Room::Traits),
    ("TraitDefinition", STANDARD, Room::Definitions),
];

/// Where documents of this kind stand.
pub(super) fn room(root: &Node) -> Option<Room> {
    let kind = root.field("kind")?.as_str()?;
    KINDS.iter().find(|(name, ..)| *name == kind).map(|(.., room)| *room)
}

/// Decodes a document that stands in `room`; `folder` is where it applies.
pub(super) fn document(root: &Node, room: Room, folder: &str, sink: &Sink) -> Option<Decoded> {
    let problems = Sink::new();
    let decoded = decode(root, room, folder, &problems);
    let report = problems.take();
    let sound = !report.has_errors();
    report.diagnostics.into_iter().for_each(|problem| sink.push(problem));
    let kept = decoded.filter(|decoded| sound || decoded.is_referred_to());
    if kept.is_none() {
        unread(Some(root), room, sink);
    }
    kept
}

/// Notes a document of which too little could be read, or nothing. Where its kind is not known, it may be any that stands in `room`.
pub(super) fn unread(root: Option<&Node>, room: Room, sink: &Sink) {
    let text = |path: &[&str]| root.and_then(|root| root.at(path)).and_then(Node::as_str);
    let name = text(&["metadata", "name"]);
    let kind = text(&["kind"]).and_then(|kind| KINDS.iter().find(|(known, ..)| *known == kind));
    for (kind, ..) in KINDS.iter().filter(|known| kind.map_or(known.2 == room, |kind| kind.0 == known.0)) {
        sink.unread(kind, name);
        // Its components are known by nothing else.
        if *kind == "Application" {
            sink.unread("Component", None);
        }
    }
}

fn decode(root: &Node, room: Room, folder: &str, sink: &Sink) -> Option<Decoded> {
    let mut fields = Fields::of(root, "the document", sink)?;
    let kind = fields.required_text("kind");
    let known = kind.as_ref().and_then(|kind| KINDS.iter().find(|(name, ..)| *name == &*kind.value));
    let api_version = fields.text("apiVersion");
    if fields.optional("apiVersion").is_none() {
        let problem = Diagnostic::error(code::MISSING_FIELD, root.origin.at, "missing field `apiVersion` in the document");
        let way = known.map(|(_, group, _)| format!("write `apiVersion: {group}`"));
        fields.missing("apiVersion", Diagnostic { help: way, ..problem });
    }
    let kind = kind?;
    let Some((known, group, home)) = known else {
        let message = format!("there is no document of kind `{kind}`");
        let problem = Diagnostic::error(code::UNKNOWN_KIND, kind.at, message).suggest(&kind, KINDS.map(|(name, ..)| name));
        let help = || format!("Kubernetes objects go into a component of type `manifests`; `{}` holds other documents", room.name());
        sink.push(if problem.help.is_some() { problem } else { problem.help(help()) });
        return None;
    };
    if let Some(api_version) = &api_version
        && &*api_version.value != *group
    {
        let message = format!("{} has apiVersion `{group}`, not `{api_version}`", with_article(known));
        let mut problem = Diagnostic::error(code::VALUE_NOT_ALLOWED, api_version.at, message);
        problem.replacement = Some((*group).to_owned());
        sink.push(problem);
    }
    if *home != room {
        let place = if matches!(home, Room::Project | Room::Application) {
            format!("`{}`", home.name())
        } else {
            format!("the folder `{}`", home.name())
        };
        let message = format!("{} stands here, and belongs into {place}", with_article(known));
        let mut problem = Diagnostic::error(code::WRONG_FOLDER, kind.at, message);
        if home.role() != room.role() {
            problem = problem.help(format!(
                "files here are written by the role {}; {} is written by the role {}",
                room.role(),
                with_article(known),
                home.role()
            ));
        }
        sink.push(problem);
        return None;
    }
    if room == Room::Definitions {
        return definition(root, fields, kind, folder, sink).map(|definition| Decoded::Definition(Box::new(definition)));
    }
    let subdomain = matches!(room, Room::Scopes | Room::Traits | Room::Releases | Room::Project);
    let meta = meta(&mut fields, root, folder, if subdomain { 253 } else { 63 }, sink);
    let spec = fields.optional("spec");
    fields.finish();
    let nothing = Node::map(Vec::new(), root.origin);
    let spec = Fields::of(spec.unwrap_or(&nothing), "`spec`", sink)?;
    // Without a name a document is of no use, and its spec is judged all the same.
    let named = meta.is_some();
    let meta = meta.unwrap_or_else(|| nameless(root, folder));
    let decoded = match room {
        Room::Project => project::project(meta, spec).map(|document| Decoded::Project(Box::new(document))),
        Room::Environments => environment::environment(meta, spec).map(|document| Decoded::Environment(Box::new(document))),
        Room::Clusters => environment::cluster(meta, spec).map(|document| Decoded::Cluster(Box::new(document))),
        Room::Scopes => environment::scope(meta, spec).map(|document| Decoded::Scope(Box::new(document))),
        Room::Traits => application::binding(meta, spec).map(|document| Decoded::TraitBinding(Box::new(document))),
        Room::Application => application::application(meta, spec).map(|document| Decoded::Application(Box::new(document))),
        Room::Components => component::component(meta, spec).map(|document| Decoded::Component(Box::new(document))),
        Room::Releases => application::release(meta, spec).map(|document| Decoded::Release(Box::new(document))),
        Room::Definitions => None,
    };
    decoded.filter(|_| named)
}

fn nameless(root: &Node, folder: &str) -> Meta {
    let name = Spanned::new(Arc::from(""), root.origin.at);
    Meta { name, labels: Vec::new(), annotations: Vec::new(), at: root.origin.at, folder: folder.into(), import: None }
}

fn meta(fields: &mut Fields<'_>, root: &Node, folder: &str, longest: usize, sink: &Sink) -> Option<Meta> {
    let metadata = fields.required("metadata")?;
    let mut metadata = Fields::of(metadata, "`metadata`", sink)?;
    let name = metadata.required_text("name");
    let labels = metadata.labels("labels", true);
    let annotations = metadata.labels("annotations", false);
    let namespace = metadata.optional("namespace");
    if let Some(namespace) = namespace {
        let message = "documents have no namespace: the environment says where things run";
        sink.push(Diagnostic::error(code::UNKNOWN_FIELD, namespace.origin.at, message));
    }
    metadata.finish();
    let name = name?;
    fields::judge_name(&name, longest, "the name of a document", sink);
    Some(Meta { name, labels, annotations, at: root.origin.at, folder: folder.into(), import: None })
}

/// A definition: its body is the catalog's to judge.
fn definition(root: &Node, mut fields: Fields<'_>, kind: Name, folder: &str, sink: &Sink) -> Option<DefinitionDocument> {
    let metadata = fields.required("metadata")?;
    let name = metadata.field("name").and_then(|name| Some(Spanned::new(Arc::from(name.as_str()?), name.origin.at)));
    let Some(name) = name else {
        let message = "missing field `name` in `metadata`";
        sink.push(Diagnostic::error(code::MISSING_FIELD, metadata.origin.at, message));
        return None;
    };
    fields::judge_name(&name, 253, "the name of a document", sink);
    let meta = Meta { name, labels: Vec::new(), annotations: Vec::new(), at: root.origin.at, folder: folder.into(), import: None };
    Some(DefinitionDocument { kind, meta, root: root.clone(), tags: Default::default() })
}
