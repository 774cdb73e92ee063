//! The places where an Application runs, each with everything that is deployed there.

use super::overriding::override_components;
use super::replicating::replicate;
use super::steps::{Deployment, deployments};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Application, ApplicationComponent, Name, Policy, Spanned, Topology, TraitUse, Workspace};
use crate::source::Pos;
use crate::tree::{Lost, Node};

/// How the place of those deployments is called that name no topology, beside those that do.
const ELSEWHERE: &str = "none";

/// A place where an Application runs.
pub(super) struct Place {
    /// The topology's name; empty if nothing is said of any.
    pub name: Name,
    /// Clusters.
    pub clusters: Vec<Name>,
    /// The namespace, where the topology says one.
    pub namespace: Option<Name>,
    /// What runs there.
    pub components: Vec<ApplicationComponent>,
    /// Values that overrides replaced.
    pub lost: Vec<Lost>,
}

/// The places of an Application, in the order in which they are first deployed to.
pub(super) fn places(application: &Application, workspace: &Workspace, used: &mut Vec<Pos>, sink: &Sink) -> Vec<Place> {
    let deployments = deployments(application, workspace, used, sink);
    let somewhere = deployments.iter().any(|deployment| !deployment.topologies.is_empty());
    let mut places: Vec<Place> = Vec::new();
    for deployment in &deployments {
        let (components, lost) = deployed(application, deployment, sink);
        for (policy, topology) in &deployment.topologies {
            let place = || named(policy, topology, sink);
            put(&mut places, &policy.name, place, &components, &lost, deployment, sink);
        }
        if deployment.topologies.is_empty() {
            let name: Name = Spanned::new(if somewhere { ELSEWHERE.into() } else { "".into() }, application.meta.at);
            let place = || Place { name: name.clone(), clusters: Vec::new(), namespace: None, components: Vec::new(), lost: Vec::new() };
            put(&mut places, &name, place, &components, &lost, deployment, sink);
        }
    }
    same_place_twice(&places, application, sink);
    for place in &mut places {
        without_absent_dependencies(place, application);
    }
    places
}

/// The components of a deployment, with its overrides and copies.
fn deployed(application: &Application, deployment: &Deployment<'_>, sink: &Sink) -> (Vec<ApplicationComponent>, Vec<Lost>) {
    let mut components = application.components.clone();
    let mut lost = Vec::new();
    for over in &deployment.overrides {
        override_components(&mut components, over, &mut lost, sink);
    }
    for replication in &deployment.replications {
        replicate(&mut components, replication, sink);
    }
    (components, lost)
}

fn named(policy: &Policy, topology: &Topology, sink: &Sink) -> Place {
    if let Some(at) = topology.cluster_labels {
        let message = format!("which clusters have these labels is not known here: `{}` is rendered once, for all of them", policy.name);
        sink.push(Diagnostic::warning(code::APPLY_TIME, at, message).help("list them in `clusters` to render each of them"));
    }
    Place {
        name: policy.name.clone(),
        clusters: topology.clusters.clone(),
        namespace: topology.namespace.clone(),
        components: Vec::new(),
        lost: Vec::new(),
    }
}

/// Adds what a deployment brings to a place. A component that is there already is replaced, as whoever applies the steps would do.
fn put(
    places: &mut Vec<Place>,
    name: &Name,
    make: impl FnOnce() -> Place,
    components: &[ApplicationComponent],
    lost: &[Lost],
    deployment: &Deployment<'_>,
    sink: &Sink,
) {
    let index = places.iter().position(|place| place.name.value == name.value).unwrap_or_else(|| {
        places.push(make());
        places.len() - 1
    });
    let place = &mut places[index];
    place.lost.extend_from_slice(lost);
    let before = place.components.len();
    for component in components {
        let known = place.components[..before].iter_mut().find(|known| known.name.value == component.name.value);
        match known {
            Some(known) if same(known, component) => {}
            Some(known) => {
                let step = deployment.step.map_or(component.at, |step| step.at);
                let message =
                    format!("component `{}` is deployed here again, otherwise than by an earlier step, and replaces it", known.name);
                sink.push(Diagnostic::warning(code::DUPLICATE, step, message).help("deploy it once, or to different topologies"));
                *known = component.clone();
            }
            None => place.components.push(component.clone()),
        }
    }
}

/// Whether two components say the same.
fn same(one: &ApplicationComponent, other: &ApplicationComponent) -> bool {
    let value = |node: &Option<Node>| node.as_ref().map(|node| node.value.clone());
    let said = |used: &TraitUse| (used.type_name.value.clone(), used.name.as_ref().map(|name| name.value.clone()), value(&used.properties));
    let type_of = |component: &ApplicationComponent| component.type_name.as_ref().map(|name| name.value.clone());
    type_of(one) == type_of(other)
        && value(&one.properties) == value(&other.properties)
        && one.traits.len() == other.traits.len()
        && one.traits.iter().zip(&other.traits).all(|(one, other)| said(one) == said(other))
}

/// Two topologies that are one place: both directories hold objects of the same names.
fn same_place_twice(places: &[Place], application: &Application, sink: &Sink) {
    let clusters = |place: &Place| {
        let mut names: Vec<_> = place.clusters.iter().map(|name| name.value.clone()).collect();
        names.sort_unstable();
        names
    };
    let namespace = |place: &Place| place.namespace.as_ref().or(application.namespace.as_ref()).map(|name| name.value.clone());
    for (index, place) in places.iter().enumerate() {
        let Some(first) = places[..index].iter().find(|first| {
            let (one, other) = (clusters(first), clusters(place));
            let meet = one == other || one.iter().any(|cluster| other.contains(cluster));
            meet && !one.is_empty() && namespace(first) == namespace(place)
        }) else {
            continue;
        };
        let shared =
            place.components.iter().find(|component| first.components.iter().any(|other| other.name.value == component.name.value));
        if shared.is_some() {
            let message = format!("`{}` and `{}` are one place, and both directories hold the same components", first.name, place.name);
            let problem = Diagnostic::warning(code::NAME_CLASH, place.name.at, message).label(first.name.at, "the first one");
            sink.push(problem.help("apply one of the directories, or give one a namespace of its own"));
        }
    }
}

/// A component that is not deployed here is not waited for here; one that exists nowhere is told later.
fn without_absent_dependencies(place: &mut Place, application: &Application) {
    let here: Vec<_> = place.components.iter().map(|component| component.name.value.clone()).collect();
    let exists = |name: &Name| application.components.iter().any(|component| component.name.value == name.value);
    for component in &mut place.components {
        component.depends_on.retain(|name| here.contains(&name.value) || !exists(name));
    }
}
