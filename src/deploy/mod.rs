//! Policies and workflows of self-contained Applications: which components go where, and how they differ there.
//!
//! [`deploy`] makes one application of each place out of every Application: each has the components that its steps deploy there, with the
//! overrides and copies that they ask for. What follows it never sees a policy.
//!
//! Must never know: any component or trait type, templates, what objects are rendered.

mod overriding;
mod places;
mod replicating;
mod steps;

use std::sync::Arc;

use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Application, ApplicationDocuments, Cluster, Environment, Labels, Meta, Name, Spanned, Workspace};
use crate::source::Pos;

use places::{Place, places};

/// Puts every self-contained Application where its policies and its workflow say. What is wrong with them is told.
pub fn deploy(mut workspace: Workspace, sink: &Sink) -> Workspace {
    let mut used = Vec::new();
    let mut clusters: Vec<Name> = Vec::new();
    let mut deployed = Vec::new();
    for documents in std::mem::take(&mut workspace.applications) {
        let Some(application) = &documents.document else { continue };
        for place in places(application, &workspace, &mut used, sink) {
            clusters.extend(place.clusters.iter().cloned());
            deployed.push(placed(application, place));
        }
    }
    unused_documents(&workspace, &used, sink);
    clusters.sort();
    clusters.dedup_by(|later, first| later.value == first.value);
    workspace.clusters = clusters.into_iter().map(|name| Arc::new(cluster(name))).collect();
    workspace.applications = deployed;
    workspace
}

/// Policy and Workflow documents that no Application refers to.
fn unused_documents(workspace: &Workspace, used: &[Pos], sink: &Sink) {
    let policies = workspace.policies.iter().map(|policy| ("policy", &policy.name, policy.at));
    let workflows = workspace.workflows.iter().filter_map(|workflow| Some(("workflow", workflow.name.as_ref()?, workflow.at)));
    for (what, name, at) in policies.chain(workflows) {
        if !used.contains(&at) {
            let message = format!("no Application refers to the {what} `{name}`");
            sink.push(Diagnostic::warning(code::MATCHES_NOTHING, name.at, message));
        }
    }
}

fn placed(application: &Application, place: Place) -> ApplicationDocuments {
    let environment = Environment {
        meta: meta(place.name),
        from: None,
        template: false,
        instance: None,
        moves_objects: place.namespace.is_some(),
        namespace: place.namespace.or_else(|| application.namespace.clone()),
        create_namespace: false,
        allowed_namespaces: vec![Spanned::new("*".into(), Pos::NOWHERE)],
        clusters: place.clusters,
        promotes_from: None,
        delivery: None,
        facts: None,
        requires_pins: None,
        kubernetes_version: None,
        crds: Vec::new(),
    };
    ApplicationDocuments {
        name: application.meta.name.clone(),
        folder: "".into(),
        document: Some(Application { components: place.components, ..application.clone() }),
        components: Vec::new(),
        layers: Vec::new(),
        releases: Vec::new(),
        place: Some(Arc::new(environment)),
        lost: place.lost,
        revised: Vec::new(),
    }
}

fn cluster(name: Name) -> Cluster {
    Cluster { meta: meta(name), region: None, zones: Vec::new(), kubernetes_version: None, crds: Vec::new(), facts: None }
}

fn meta(name: Name) -> Meta {
    Meta { at: name.at, name, labels: Labels::new(), annotations: Labels::new(), folder: "".into(), import: None }
}
