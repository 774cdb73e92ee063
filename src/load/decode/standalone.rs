//! Applications that stand for themselves, as KubeVela takes them: everything is in the one document.

use std::sync::Arc;

use super::STANDARD;
use super::application::{at_apply, identity, written_traits};
use super::fields::{Fields, judge_name};
use super::policies::{policies, policy};
use super::steps::{steps_of, workflow};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Application, ApplicationComponent, Meta, MetadataChange, Name, Policy, Spanned, Workflow};
use crate::tree::Node;

/// Fields of `metadata` that a cluster adds: `kubectl get -o yaml` prints them, and they say nothing here.
const OF_CLUSTER: [&str; 8] =
    ["creationTimestamp", "resourceVersion", "uid", "generation", "managedFields", "finalizers", "ownerReferences", "selfLink"];

/// Labels of the prefix `app.oam.dev/` that say which object it is.
const OF_OBJECTS: [&str; 6] = ["name", "namespace", "component", "appRevision", "resourceType", "revision"];

/// Group and version of the standard's Policy and Workflow documents.
const OLD_STANDARD: &str = "core.oam.dev/v1alpha1";

/// A document of a file that was given by name.
pub(in crate::load) enum Given {
    Application(Box<Application>),
    Policy(Policy),
    Workflow(Workflow),
}

/// Decodes a document of a file that was given by name.
pub(in crate::load) fn standalone(root: &Node, sink: &Sink) -> Option<Given> {
    let mut fields = Fields::of(root, "the document", sink)?;
    let api_version = fields.required_text("apiVersion");
    let kind = fields.required_text("kind")?;
    let standard = match &*kind.value {
        "Application" => STANDARD,
        "Policy" | "Workflow" => OLD_STANDARD,
        _ => {
            let message = format!("a document of kind `{kind}` stands here, and only Applications are rendered by `-f`");
            let problem = Diagnostic::error(code::UNKNOWN_KIND, kind.at, message).suggest(&kind, ["Application"]);
            let way = "definitions belong into a folder that `--definitions` names, Kubernetes objects into a component of the Application";
            sink.push(if problem.help.is_some() { problem } else { problem.help(way) });
            return None;
        }
    };
    if let Some(api_version) = api_version.filter(|found| &*found.value != standard) {
        let message = format!("a document of kind {kind} has apiVersion `{standard}`, not `{api_version}`");
        let mut problem = Diagnostic::error(code::VALUE_NOT_ALLOWED, api_version.at, message);
        problem.replacement = Some(standard.to_owned());
        sink.push(problem.help(format!("write `apiVersion: {standard}`")));
    }
    let metadata = metadata(&mut fields, root, sink);
    match &*kind.value {
        "Policy" => {
            let name = metadata.map(|(meta, _)| meta.name);
            let policy = policy(&mut fields, |type_name| name.unwrap_or_else(|| type_name.clone()));
            fields.finish();
            policy.map(Given::Policy)
        }
        "Workflow" => {
            let workflow = steps_of(&mut fields, metadata.map(|(meta, _)| meta.name), None);
            fields.finish();
            Some(Given::Workflow(workflow))
        }
        _ => application(fields, metadata).map(|application| Given::Application(Box::new(application))),
    }
}

fn application(mut fields: Fields<'_>, metadata: Option<(Meta, Option<Name>)>) -> Option<Application> {
    let sink = fields.sink;
    // What a cluster found out about it.
    fields.optional("status");
    let spec = fields.required("spec");
    fields.finish();
    let mut spec = Fields::of(spec?, "`spec`", sink)?;
    let mut components = Vec::new();
    if spec.required("components").is_some() {
        for node in spec.list("components") {
            let Some(fields) = Fields::of(node, "an item of `components`", sink) else { continue };
            components.extend(component(fields));
        }
    }
    let policies = policies(&mut spec);
    let workflow = workflow(&mut spec);
    spec.finish();
    at_apply(&policies, workflow.as_ref(), sink);
    let (meta, namespace) = metadata?;
    set_by_the_program(&meta, sink);
    let (object_labels, object_annotations) = passed_on(&meta);
    Some(Application { meta, namespace, components, exclude: Vec::new(), policies, workflow, object_labels, object_annotations })
}

/// Tells labels that every object gets with a value of its own.
fn set_by_the_program(meta: &Meta, sink: &Sink) {
    for (name, value) in &meta.labels {
        let own = name.strip_prefix("app.oam.dev/").unwrap_or_default();
        if !OF_OBJECTS.contains(&own) || own == "name" && value.value == meta.name.value {
            continue;
        }
        let message = format!("every object gets a label `{name}` of its own, and this one has no effect");
        sink.push(Diagnostic::warning(code::NO_EFFECT, value.at, message).help("remove it, or give it another name"));
    }
}

/// The labels and annotations of an Application go to all its objects, but for those that steer KubeVela, and those that two
/// annotations hold back.
fn passed_on(meta: &Meta) -> (MetadataChange, MetadataChange) {
    let filter = |key: &str| {
        let said = meta.annotations.iter().find(|(name, _)| **name == *key);
        let keys = said.map(|(_, keys)| keys.value.split(',').map(str::trim).filter(|key| !key.is_empty()).collect::<Vec<_>>());
        keys.unwrap_or_default()
    };
    let (no_labels, no_annotations) = (filter("filter.oam.dev/label-keys"), filter("filter.oam.dev/annotation-keys"));
    let steers = |name: &str| {
        let prefix = name.split_once('/').map_or("", |(prefix, _)| prefix);
        prefix == "oam.dev" || prefix.ends_with(".oam.dev") || name == "kubectl.kubernetes.io/last-applied-configuration"
    };
    let labels = meta.labels.iter().filter(|(name, _)| !steers(name) && !no_labels.contains(&&**name));
    let annotations = meta.annotations.iter().filter(|(name, _)| !steers(name) && !no_annotations.contains(&&**name));
    let set = |(name, value): &(Arc<str>, Name)| (name.clone(), Some(value.clone()));
    let taken_away = no_annotations.iter().map(|name| (Arc::from(*name), None));
    (labels.map(set).collect(), annotations.map(set).chain(taken_away).collect())
}

fn metadata(fields: &mut Fields<'_>, root: &Node, sink: &Sink) -> Option<(Meta, Option<Name>)> {
    let mut metadata = Fields::of(fields.required("metadata")?, "`metadata`", sink)?;
    let name = metadata.required_text("name");
    let namespace = metadata.text("namespace");
    let labels = metadata.labels("labels", true);
    let annotations = metadata.labels("annotations", false);
    for field in OF_CLUSTER {
        metadata.optional(field);
    }
    metadata.finish();
    for (name, what) in [(&name, "the name of an Application"), (&namespace, "a namespace")] {
        name.iter().for_each(|name| judge_name(name, 63, what, sink));
    }
    let meta = Meta { name: name?, labels, annotations, at: root.origin.at, folder: "".into(), import: None };
    Some((meta, namespace))
}

fn component(mut fields: Fields<'_>) -> Option<ApplicationComponent> {
    let name = fields.required_text("name");
    let type_name = fields.required_text("type");
    let properties = fields.properties().cloned();
    let mut traits = written_traits(&mut fields);
    let depends_on = fields.texts("dependsOn");
    if let Some(input) = fields.list("inputs").first() {
        let message = "`inputs` of a component hand it what only a running cluster knows";
        let problem = Diagnostic::error(code::NOT_UNDERSTOOD, input.origin.at, message);
        fields.sink.push(problem.help("write the value into `properties`, if it is known before"));
    }
    for (key, what) in
        [("outputs", "are read of the running component"), ("externalRevision", "is read by nothing"), ("scopes", "are read by nothing")]
    {
        if let Some(node) = fields.optional(key) {
            let message = format!("`{key}` of a component {what}, and nothing is rendered of it");
            fields.sink.push(Diagnostic::note(code::APPLY_TIME, node.origin.at, message));
        }
    }
    if let Some(name) = &name {
        judge_name(name, 63, "the name of a component", fields.sink);
    }
    // Here a type may stand in the list several times; the later ones get names to tell them apart.
    for index in 1..traits.len() {
        let (before, rest) = traits.split_at_mut(index);
        let own = &mut rest[0];
        let base = own.name.clone().unwrap_or_else(|| own.type_name.clone());
        let mut number = 1;
        while before.iter().any(|other| identity(other) == identity(own)) {
            number += 1;
            own.name = Some(Spanned::new(Arc::from(format!("{base}-{number}")), base.at));
        }
    }
    let at = fields.at();
    fields.finish();
    Some(ApplicationComponent {
        name: name?,
        type_name: Some(type_name?),
        component: None,
        properties,
        traits,
        depends_on,
        identity: None,
        at,
    })
}
