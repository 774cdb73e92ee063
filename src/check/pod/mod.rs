//! Pods, wherever an object keeps them: one file per part of a pod.

mod claims;
mod containers;
mod env;
mod handlers;
mod images;
mod mounts;
mod ports;
mod resources;
mod scheduling;
mod security;
mod settings;
mod volumes;

use super::fields::Fields;
use super::findings::{About, Findings};
use crate::kubernetes::pod_path;
use crate::tree::Node;

pub(super) use resources::{amount, overhead, surprising};
pub(super) use scheduling::{node_terms, tolerations};

/// A pod, or the template of pods.
#[derive(Copy, Clone, Debug)]
pub(super) struct Pod<'a> {
    /// The map with `metadata` and `spec`.
    pub node: &'a Node,
    /// Its `spec`.
    pub spec: &'a Node,
    /// Whether it is made as it is written; a template is completed by a controller, and judged once more when its pods are made.
    pub bare: bool,
    /// Volumes that a StatefulSet gives to its pods.
    pub claims: &'a [Node],
}

/// What a container is to its pod.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// It runs as long as the pod.
    Main,
    /// It runs before the main ones.
    Init,
    /// It is started before the main ones, and stays.
    Sidecar,
    /// It is added to a running pod.
    Ephemeral,
}

/// A container of a pod.
#[derive(Copy, Clone, Debug)]
pub(super) struct Container<'a> {
    /// The container.
    pub node: &'a Node,
    /// What it is to the pod.
    pub place: Place,
}

impl<'a> Container<'a> {
    /// Its name; empty if it has none.
    pub fn name(self) -> &'a str {
        self.node.text("name").unwrap_or_default()
    }
}

impl<'a> Pod<'a> {
    /// The pod of an object; `None` for kinds without pods, and where there is no `spec`.
    pub fn of(object: &'a Node, group: &str, kind: &str) -> Option<Pod<'a>> {
        let node = object.at(pod_path(group, kind)?)?;
        let claims = if kind == "StatefulSet" { object.field("spec")?.list("volumeClaimTemplates") } else { &[] };
        Some(Pod { node, spec: node.given("spec")?, bare: kind == "Pod", claims })
    }

    /// Its containers of all places, the main ones first.
    pub fn containers(self) -> impl Iterator<Item = Container<'a>> + Clone {
        let lists = [("containers", Place::Main), ("initContainers", Place::Init), ("ephemeralContainers", Place::Ephemeral)];
        lists.into_iter().flat_map(move |(key, place)| {
            self.spec.list(key).iter().map(move |node| {
                let sidecar = place == Place::Init && node.text("restartPolicy") == Some("Always");
                Container { node, place: if sidecar { Place::Sidecar } else { place } }
            })
        })
    }

    /// The labels of the pods.
    pub fn labels(self) -> Option<&'a Node> {
        self.node.at(&["metadata", "labels"])
    }
}

/// Says that the template of pods has no `spec`, where the rest of the object is there.
pub(super) fn missing<'a>(object: &'a Node, group: &str, kind: &str, findings: &mut Findings<'a>) {
    let Some(path) = pod_path(group, kind).filter(|path| !path.is_empty()) else { return };
    let mut node = object;
    for (depth, step) in path.iter().chain(&["spec"]).enumerate() {
        match node.given(step) {
            Some(below) => node = below,
            None if *step == "spec" && depth > 0 => {
                return findings.within(About::new("template", ""), |findings| {
                    findings.required(node, "spec");
                });
            }
            // What is required is told by the judge of structure, if it is not there.
            None => return,
        }
    }
}

/// Judges a pod.
pub(super) fn judge<'a>(pod: Pod<'a>, findings: &mut Findings<'a>) {
    settings::judge(pod, findings);
    volumes::judge(pod, findings);
    containers::judge(pod, findings);
    ports::judge(pod, findings);
    resources::judge(pod, findings);
    scheduling::judge(pod, findings);
    security::judge(pod, findings);
    claims::judge(pod, findings);
}
