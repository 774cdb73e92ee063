//! Scopes of a unit: which hold which of its components.

use std::sync::Arc;

use super::context::{Context, unknown_type};
use super::plan::{Plan, ScopePlan, target_matches};
use super::selection::{candidate, dimension_matches, named};
use super::{ResolvedComponent, ResolvedScope, usability};
use crate::catalog::{Definition, DefinitionKind};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Delivery, Name, Scope};
use crate::source::Pos;
use crate::template::placeholders::has_placeholders;
use crate::tree::{Node, Origin};

/// A type, and properties that fit it.
pub(super) type Made = (Arc<Definition>, Node);

/// The scopes that hold at least one of the components, by name.
pub(super) fn scopes(components: &[ResolvedComponent], context: &mut Context<'_, '_>) -> Vec<ResolvedScope> {
    let plan = context.plan;
    let mut found = Vec::new();
    for index in &context.application.scopes {
        let ScopePlan { scope, shared } = &plan.scopes[*index];
        if !target_matches(&scope.selector, context.target) {
            continue;
        }
        let held = |component: &ResolvedComponent| {
            dimension_matches(&scope.selector.components, Some(candidate(&component.name.value, &component.labels)))
                && dimension_matches(&scope.selector.component_types, Some(named(&component.definition.name)))
        };
        let members: Vec<usize> = (0..components.len()).filter(|index| held(&components[*index])).collect();
        if members.is_empty() {
            continue;
        }
        let made = if scope.properties.as_ref().is_some_and(has_placeholders) {
            let properties = context.filled(scope.properties.as_ref());
            made(context.plan, scope, properties, context.sink)
        } else {
            shared.get_or_init(|| made(plan, scope, scope.properties.clone(), context.common)).clone()
        };
        if let Some((definition, properties)) = made {
            found.push(ResolvedScope { name: scope.meta.name.clone(), definition, properties, members });
        }
    }
    found.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    report_overlaps(&found, components, context.sink);
    found
}

/// A scope's type and properties: defaults filled, validated.
fn made(plan: &Plan<'_>, scope: &Scope, properties: Option<Node>, sink: &Sink) -> Option<Made> {
    let Some(definition) = plan.catalog.definition(DefinitionKind::Scope, &scope.type_name) else {
        unknown_type(plan, DefinitionKind::Scope, &scope.type_name, sink);
        return None;
    };
    if definition.delivers {
        let message = format!("`{}` is a way of delivery, and no scope", scope.type_name);
        let help = format!("say `delivery: {}` in the Environment", scope.type_name);
        sink.push(Diagnostic::error(code::VALUE_NOT_ALLOWED, scope.type_name.at, message).help(help));
        return None;
    }
    usability::judge(plan, &definition, &scope.type_name, sink);
    complete(definition, properties, scope.meta.at, &format!("properties of scope `{}`", scope.meta.name), sink)
}

/// A type with properties: defaults filled, validated.
fn complete(definition: Arc<Definition>, properties: Option<Node>, at: Pos, what: &str, sink: &Sink) -> Option<Made> {
    let properties = properties.filter(|node| !node.is_null()).unwrap_or_else(|| Node::map(Vec::new(), Origin::written(at)));
    let properties = definition.parameters.fill_defaults(properties);
    definition.parameters.validate(&properties, what, sink).then_some((definition, properties))
}

/// What brings the unit's objects to the cluster, if the environment says so.
pub(super) fn delivery(components: &[ResolvedComponent], context: &mut Context<'_, '_>) -> Option<ResolvedScope> {
    let target = context.target;
    let environment = target.environment.clone();
    let delivery = environment.delivery.as_ref()?;
    let name = delivery.chosen()?;
    let written = delivery.properties.as_ref();
    let made = if written.is_some_and(has_placeholders) {
        let properties = context.filled(written);
        delivered(context.plan, delivery, name, properties, context.sink)
    } else {
        let (plan, common) = (context.plan, context.common);
        target.delivery.get_or_init(|| delivered(plan, delivery, name, written.cloned(), common)).clone()
    };
    let (definition, properties) = made?;
    Some(ResolvedScope { name: name.clone(), definition, properties, members: (0..components.len()).collect() })
}

fn delivered(plan: &Plan<'_>, delivery: &Delivery, name: &Name, properties: Option<Node>, sink: &Sink) -> Option<Made> {
    let ways = || {
        let scope = |name: &&str| plan.catalog.scope(name).is_some_and(|definition| definition.delivers);
        plan.catalog.names(DefinitionKind::Scope).filter(scope).chain([Delivery::NONE])
    };
    let Some(definition) = plan.catalog.scope(name).filter(|definition| definition.delivers) else {
        // A definition that is there and does not compile has its own problems.
        if plan.catalog.scope(name).is_some() || !plan.catalog.has(DefinitionKind::Scope, name) {
            let message = format!("there is no delivery `{name}`");
            let mut problem = Diagnostic::error(code::UNKNOWN_TYPE, name.at, message).suggest(name, ways());
            if problem.help.is_none() {
                problem = problem.help(format!("known are {}", ways().map(|way| format!("`{way}`")).collect::<Vec<_>>().join(", ")));
            }
            sink.push(problem);
        }
        return None;
    };
    usability::judge(plan, &definition, name, sink);
    complete(definition, properties, delivery.at, &format!("properties of the delivery `{name}`"), sink)
}

/// Two scopes of a type that does not allow it, on one component.
fn report_overlaps(scopes: &[ResolvedScope], components: &[ResolvedComponent], sink: &Sink) {
    for (index, one) in scopes.iter().enumerate() {
        for other in &scopes[index + 1..] {
            if one.definition.allow_component_overlap || one.definition.name != other.definition.name {
                continue;
            }
            if let Some(member) = one.members.iter().find(|member| other.members.contains(member)) {
                let (first, second) = (one, other);
                let message = format!(
                    "component `{}` is in two scopes of type `{}`, `{}` and `{}`, and a component can be in one only",
                    components[*member].name, one.definition.name, first.name, second.name
                );
                let problem = Diagnostic::error(code::SCOPE_OVERLAP, second.name.at, message);
                sink.push(problem.label(first.name.at, "the other scope is here").help("narrow the selectors of one of them"));
            }
        }
    }
}
