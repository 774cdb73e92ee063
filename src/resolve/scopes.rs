//! Scopes of a unit: which hold which of its components.

use std::sync::Arc;

use super::context::{Context, unknown_type};
use super::plan::{ScopePlan, target_matches};
use super::selection::{candidate, dimension_matches, named};
use super::{ResolvedComponent, ResolvedScope, usability};
use crate::catalog::{Definition, DefinitionKind};
use crate::diag::{Diagnostic, Sink, code};
use crate::template::placeholders::has_placeholders;
use crate::tree::{Node, Origin};

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
fn made(plan: &super::Plan<'_>, scope: &crate::model::Scope, properties: Option<Node>, sink: &Sink) -> Option<(Arc<Definition>, Node)> {
    let Some(definition) = plan.catalog.definition(DefinitionKind::Scope, &scope.type_name) else {
        unknown_type(plan, DefinitionKind::Scope, &scope.type_name, sink);
        return None;
    };
    usability::judge(plan, &definition, &scope.type_name, sink);
    let properties = properties.filter(|node| !node.is_null()).unwrap_or_else(|| Node::map(Vec::new(), Origin::written(scope.meta.at)));
    let properties = definition.parameters.fill_defaults(properties);
    let what = format!("properties of scope `{}`", scope.meta.name);
    definition.parameters.validate(&properties, &what, sink).then_some((definition, properties))
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
