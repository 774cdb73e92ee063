//! Joins application, layers, bindings, scopes, environment, cluster and release into units; decides which value wins.
//!
//! [`Plan::new`] says which units exist, [`Plan::resolve`] makes one of them (in parallel, if the caller likes), and
//! [`Plan::conclude`] judges what only all of them together show. "General to specific" is one rule for layers, parameter values
//! and traits and lives in `order`; how values merge lives in `merge`.
//!
//! Must never know: template syntax.

mod application;
mod circles;
mod component;
mod conclude;
mod context;
mod images;
mod links;
mod matches;
mod merge;
mod order;
mod outside;
mod parameters;
mod plan;
mod scopes;
mod selection;
mod target;
mod traits;
mod unit;
mod usability;

pub use circles::circles;
pub use conclude::UnitFacts;
pub use images::Image;
pub use plan::{Filters, Plan, UnitKey};
pub use unit::{
    GivenBy, ResolvedComponent, ResolvedConfig, ResolvedConnection, ResolvedOutside, ResolvedParameter, ResolvedScope, ResolvedTrait,
    SkippedTrait, Unit,
};

use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Environment, Spanned};
use crate::source::Pos;
use crate::tree::{Node, Origin};
use context::Context;

/// Resolves one unit. Components that are wrong are left out; `None` if there is no namespace for any.
fn unit_of(plan: &Plan<'_>, key: &UnitKey, sink: &Sink) -> Option<Unit> {
    let application = plan.applications.get(key.application_index)?;
    let target = plan.targets.get(key.target_index)?;
    let own = Sink::new();
    let mut context = Context::new(plan, application, target, &own, sink);
    context.log.lost.extend_from_slice(&application.documents.lost);
    let namespace = namespace(&mut context);
    let unit = namespace.map(|namespace| {
        let mut components = Vec::with_capacity(application.components.len());
        let mut skipped = Vec::new();
        for base in application.components.iter().filter(|base| !application.excludes(&base.name.value, target)) {
            let before = context.log.mark();
            let Some(draft) = component::draft(base, &mut context) else { continue };
            let (traits, not_applied, fine) = traits::traits(&draft, &mut context);
            skipped.extend(not_applied);
            if let Some(mut component) = component::finish(draft, &mut context)
                && fine
            {
                component.traits = traits;
                components.push(component);
            }
            context.log.claim(before, &base.name.value);
        }
        let components = links::link(components, &context);
        let scopes = scopes::scopes(&components, &mut context);
        let outside = outside::outside(&components, &mut context);
        let delivery = scopes::delivery(&components, &mut context);
        let mut pins = std::mem::take(&mut context.pins.used);
        pins.sort_unstable();
        pins.dedup();
        let cluster = target.cluster.as_ref();
        let project = plan.workspace.filter(|_| application.documents.place.is_none()).map(|workspace| workspace.project.meta.name.clone());
        Unit {
            project,
            application: application.documents.name.clone(),
            application_labels: application.documents.labels().clone(),
            application_annotations: application.documents.annotations().clone(),
            object_labels: application.documents.document.as_ref().map(|document| document.object_labels.clone()).unwrap_or_default(),
            object_annotations: application
                .documents
                .document
                .as_ref()
                .map(|document| document.object_annotations.clone())
                .unwrap_or_default(),
            environment: target.environment.clone(),
            revision: application
                .documents
                .revision_in(target.environment.known_as(), cluster.map(|cluster| &*cluster.meta.name.value))
                .cloned(),
            cluster: cluster.map(|cluster| cluster.meta.name.clone()),
            region: cluster.and_then(|cluster| cluster.region.clone()),
            zones: cluster.map(|cluster| cluster.zones.clone()).unwrap_or_default(),
            namespace,
            facts: target.facts.clone(),
            schemas: target.schemas(sink),
            components,
            scopes,
            outside,
            delivery,
            skipped,
            pins,
            complete: !own.has_errors(),
            log: std::mem::take(&mut context.log),
        }
    });
    let name = unit::unit_name(&key.application, &key.environment, key.cluster.as_deref());
    sink.absorb(own, Some(&name));
    unit
}

/// The namespace of an instance, which is its own: where the template does not say how, its name stands behind.
fn apart(node: Node, said: &str, environment: &Environment, context: &mut Context<'_, '_>) -> Node {
    let follows = said.split("{{").skip(1).any(|rest| {
        let inside = rest.split("}}").next().unwrap_or_default().trim();
        inside == "environment" || inside == "instance" || inside.starts_with("facts.")
    });
    match (&environment.instance, node.as_str()) {
        (Some(instance), Some(text)) if !follows => {
            let by = context.log.fill(vec![node.origin.author(), instance.name.at]);
            Node::str(format!("{text}-{}", instance.name), Origin { at: node.origin.at, by })
        }
        _ => node,
    }
}

/// The namespace, evaluated; `default`, as for every Kubernetes tool, where the environment says none.
fn namespace(context: &mut Context<'_, '_>) -> Option<Node> {
    let environment = context.target.environment.clone();
    let default = Spanned::new("default".into(), environment.meta.name.at);
    let said = environment.namespace.as_ref().unwrap_or(&default);
    let node = context.evaluated(said, None)?;
    let node = apart(node, said, &environment, context);
    let problem = match node.as_str() {
        Some(text) => component::name_problem(text).map(|problem| (text.to_owned(), problem)),
        None => Some((said.to_string(), format!("it is a {}", node.value.type_name()))),
    };
    let Some((text, problem)) = problem else { return Some(node) };
    // An application whose name is none has its own report.
    if component::name_problem(&context.application.documents.name).is_some() {
        return None;
    }
    let message = format!("a namespace cannot be called `{text}`: {problem}");
    let filled: Vec<Pos> = context.log.positions(node.origin.by).into_iter().filter(|at| *at != said.at).collect();
    let diagnostic = Diagnostic::error(code::BAD_NAME, said.at, message);
    context.sink.push(filled.into_iter().fold(diagnostic, |diagnostic, at| diagnostic.label(at, "filled from here")));
    None
}
