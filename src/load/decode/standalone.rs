//! Applications that stand for themselves, as KubeVela takes them: everything is in the one document.

use std::sync::Arc;

use super::STANDARD;
use super::application::{identity, not_understood, written_traits};
use super::fields::{Fields, judge_name};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Application, ApplicationComponent, Meta, Name, Spanned};
use crate::tree::Node;

/// Fields of `metadata` that a cluster adds: `kubectl get -o yaml` prints them, and they say nothing here.
const OF_CLUSTER: [&str; 8] =
    ["creationTimestamp", "resourceVersion", "uid", "generation", "managedFields", "finalizers", "ownerReferences", "selfLink"];

/// Decodes a document of a file that was given by name.
pub(in crate::load) fn standalone(root: &Node, sink: &Sink) -> Option<Application> {
    let mut fields = Fields::of(root, "the document", sink)?;
    let api_version = fields.required_text("apiVersion");
    let kind = fields.required_text("kind")?;
    if &*kind.value != "Application" {
        let message = format!("a document of kind `{kind}` stands here, and only Applications are rendered by `-f`");
        let problem = Diagnostic::error(code::UNKNOWN_KIND, kind.at, message).suggest(&kind, ["Application"]);
        let way = "other documents belong into a project (`oam init` makes one), Kubernetes objects into a component of the Application";
        sink.push(if problem.help.is_some() { problem } else { problem.help(way) });
        return None;
    }
    if let Some(api_version) = api_version.filter(|found| &*found.value != STANDARD) {
        let message = format!("an Application has apiVersion `{STANDARD}`, not `{api_version}`");
        let mut problem = Diagnostic::error(code::VALUE_NOT_ALLOWED, api_version.at, message);
        problem.replacement = Some(STANDARD.to_owned());
        sink.push(problem.help(format!("write `apiVersion: {STANDARD}`")));
    }
    let metadata = metadata(&mut fields, root, sink);
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
    let (policies, workflow) = not_understood(&mut spec);
    spec.finish();
    let (meta, namespace) = metadata?;
    Some(Application { meta, namespace, components, exclude: Vec::new(), policies, workflow })
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
    let meta = Meta { name: name?, labels, annotations, at: root.origin.at, folder: "".into() };
    Some((meta, namespace))
}

fn component(mut fields: Fields<'_>) -> Option<ApplicationComponent> {
    let name = fields.required_text("name");
    let type_name = fields.required_text("type");
    let properties = fields.map("properties").cloned();
    let mut traits = written_traits(&mut fields);
    let depends_on = fields.texts("dependsOn");
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
    Some(ApplicationComponent { name: name?, type_name: Some(type_name?), component: None, properties, traits, depends_on, at })
}
