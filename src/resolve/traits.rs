//! Traits of a component: who asks for them, what of it wins, which are applied and in which order.

use std::sync::Arc;

use super::application::AskerKind;
use super::component::{Draft, validated};
use super::context::Context;
use super::merge::Merger;
use super::order::{Setting, Standing, ties, wrapped};
use super::plan::target_matches;
use super::selection::{dimension_matches, named, names};
use super::{ResolvedTrait, SkippedTrait, images, usability};
use crate::catalog::{Definition, DefinitionKind};
use crate::diag::{Diagnostic, code};
use crate::model::{Name, TraitBinding, TraitUse};
use crate::source::Pos;
use crate::tree::{Entry, Key, Node, Origin, Value};

/// Whether a binding applies to a component of this type in the unit; that its application and the component match is known.
pub(super) fn applies_here(binding: &TraitBinding, type_name: &Name, context: &Context<'_, '_>) -> bool {
    target_matches(&binding.selector, context.target) && dimension_matches(&binding.selector.component_types, Some(named(type_name)))
}

/// One request for a trait.
struct Request<'a> {
    wanted: &'a TraitUse,
    /// Who asks; the Component's own are below all others and never tie with them.
    standing: Option<&'a Standing<'a>>,
    /// Whether it is asked for on this very component.
    named: bool,
    /// Whether the Application's entry asks: such traits are applied as written.
    inline: bool,
}

/// All requests for one trait, told by type and name, from general to specific.
struct Wanted<'a> {
    type_name: &'a Name,
    name: &'a str,
    requests: Vec<Request<'a>>,
}

/// A trait of a component, and the documents that ask for it (`None`: the Component itself).
struct Asked {
    made: ResolvedTrait,
    documents: Vec<Option<Pos>>,
}

/// The traits of a component, in the order in which they are applied, and those that are not.
pub(super) fn traits<'p, 'a>(draft: &Draft<'p, 'a>, context: &mut Context<'p, 'a>) -> (Vec<ResolvedTrait>, Vec<SkippedTrait>, bool) {
    let (mut resolved, mut skipped, mut fine): (Vec<Asked>, _, _) = (Vec::new(), Vec::new(), true);
    let mut inline = 0;
    for wanted in requests(draft, context) {
        check_ties(&wanted, draft, context);
        check_usability(&wanted, context);
        let skip = |reason: String, by: Pos, at: Pos| SkippedTrait {
            component: draft.base.name.value.clone(),
            type_name: wanted.type_name.value.clone(),
            name: wanted.name.into(),
            at,
            reason,
            by,
        };
        let last = wanted.requests[wanted.requests.len() - 1].wanted;
        let Some((properties, merger)) = merged(&wanted, context) else {
            let by = last.disable.as_ref().map_or(last.at, |disable| disable.at);
            let at = wanted.requests.iter().rev().map(|request| request.wanted).find(|wanted| !is_disabled(wanted));
            skipped.push(skip("`disable: true`".to_owned(), by, at.map_or(last.at, |wanted| wanted.at)));
            continue;
        };
        let Some(definition) = context.definition(DefinitionKind::Trait, wanted.type_name) else {
            fine = false;
            continue;
        };
        let is_named = wanted.requests.iter().any(|request| request.named);
        if let Some(reason) = misfit(&definition, &draft.definition, context) {
            if is_named {
                fine = false;
                let message = format!("trait `{}` cannot be used on component `{}`: {reason}", definition.name, draft.base.name);
                let problem = Diagnostic::error(code::TRAIT_NOT_APPLICABLE, wanted.type_name.at, message);
                let problem = problem.label(draft.type_name.at, format!("it is a `{}`", draft.type_name));
                context.sink.push(problem.help("remove the trait here, or give the component a type that it applies to"));
            } else {
                skipped.push(skip(reason, Pos::NOWHERE, last.at));
            }
            continue;
        }
        let bare = properties.entries().is_empty();
        let mut properties = definition.parameters.fill_defaults(properties);
        properties = images::pin(&definition.parameters, properties, (draft.base.name, wanted.name), context);
        properties = merger.without_tombstones(properties);
        if !validated(&definition, &properties, &format!("properties of trait `{}`", definition.name), last.at, context.sink) {
            fine = false;
            continue;
        }
        let is_inline = wanted.requests.iter().any(|request| request.inline);
        let from = wanted.requests.iter().map(|request| request.wanted.at).collect();
        let documents = wanted.requests.iter().map(|request| request.standing.map(|standing| standing.at)).collect();
        let made = ResolvedTrait { definition, name: wanted.name.into(), properties, at: last.at, from, named: is_named, bare };
        let made = Asked { made, documents };
        if is_inline {
            resolved.insert(inline, made);
            inline += 1;
        } else {
            resolved.push(made);
        }
    }
    fine &= no_conflicts(&resolved, &draft.base.name.value, context);
    let mut resolved: Vec<ResolvedTrait> = resolved.into_iter().map(|asked| asked.made).collect();
    let others = resolved.split_off(inline);
    resolved.extend(in_order(others, context));
    (resolved, skipped, fine)
}

/// Everything that asks for traits of a component, by trait. Inline ones come in the order in which they are written.
fn requests<'p, 'a>(draft: &Draft<'p, 'a>, context: &Context<'p, 'a>) -> Vec<Wanted<'p>> {
    let mut all: Vec<Wanted<'p>> = Vec::new();
    let mut add = |request: Request<'p>| {
        let wanted = request.wanted;
        let name: &str = wanted.name.as_ref().map_or(&wanted.type_name.value, |name| &name.value);
        match all.iter_mut().find(|known| known.name == name && known.type_name.value == wanted.type_name.value) {
            Some(known) => {
                known.type_name = &wanted.type_name;
                known.requests.push(request);
            }
            None => all.push(Wanted { type_name: &wanted.type_name, name, requests: vec![request] }),
        }
    };
    let base = draft.base;
    for (index, document) in draft.documents().enumerate() {
        // What was asked of the type that a layer replaced may not fit the new one, and nobody is to blame.
        let of_old_type = draft.started_anew > 0 && index < draft.started_anew;
        for wanted in &document.traits {
            add(Request {
                wanted,
                standing: index.checked_sub(1).map(|layer| &base.layers[draft.active[layer]].standing),
                named: !of_old_type,
                inline: false,
            });
        }
    }
    for asker in &base.askers {
        match asker.kind {
            AskerKind::Inline(traits) => {
                traits.iter().for_each(|wanted| add(Request { wanted, standing: Some(&asker.standing), named: true, inline: true }));
            }
            AskerKind::Binding(index) => {
                let binding: &TraitBinding = context.plan.bindings[index].binding;
                if applies_here(binding, &draft.type_name, context) {
                    let named = names(&binding.selector.components);
                    binding.traits.iter().for_each(|wanted| add(Request { wanted, standing: Some(&asker.standing), named, inline: false }));
                }
            }
        }
    }
    all
}

fn is_disabled(wanted: &TraitUse) -> bool {
    wanted.disable.as_ref().is_some_and(|disable| disable.value)
}

/// The properties, merged from general to specific; `None` if the last word is `disable: true`.
fn merged(all: &Wanted<'_>, context: &mut Context<'_, '_>) -> Option<(Node, Merger)> {
    let mut state: Option<(Node, Merger)> = None;
    for request in &all.requests {
        let wanted = request.wanted;
        if is_disabled(wanted) {
            if let (Some((properties, _)), Some(disable)) = (state.take(), &wanted.disable) {
                context.log.lose(all.name, &properties, Origin::written(disable.at));
            }
            continue;
        }
        let over = context.filled(wanted.properties.as_ref().filter(|node| !node.is_null()));
        let over = over.unwrap_or_else(|| Node::map(Vec::new(), Origin::written(wanted.at)));
        match &mut state {
            Some((properties, merger)) => merger.merge(properties, &over, &mut context.log),
            None => state = Some((over, Merger::within(all.name))),
        }
    }
    state
}

/// Reports what documents of which none is more specific say differently of one trait.
fn check_ties(wanted: &Wanted<'_>, draft: &Draft<'_, '_>, context: &Context<'_, '_>) {
    if wanted.requests.len() < 2 {
        return;
    }
    let standing: Vec<(&Standing<'_>, Node)> =
        wanted.requests.iter().filter_map(|request| Some((request.standing?, said(request.wanted)))).collect();
    // One document that asks twice is no tie between two.
    let settings: Vec<Setting<'_>> = standing.iter().map(|(standing, node)| Setting { standing, node }).collect();
    ties(&settings, &format!("trait `{}` of component `{}`", wanted.name, draft.base.name), context.sink);
}

/// Reports those who ask for a trait, or take it away, and may not use it.
fn check_usability(wanted: &Wanted<'_>, context: &Context<'_, '_>) {
    // An unknown type is told where it is resolved.
    let Some(definition) = context.plan.catalog.definition(DefinitionKind::Trait, wanted.type_name) else { return };
    wanted.requests.iter().for_each(|request| usability::judge(context.plan, &definition, &request.wanted.type_name, context.sink));
}

/// What a request says, as one value: whether the trait is there, and its properties.
fn said(wanted: &TraitUse) -> Node {
    let disable = wanted.disable.as_ref().filter(|disable| disable.value);
    let at = disable.map_or(wanted.at, |disable| disable.at);
    let mut node = wrapped("disable", Node::new(Value::Bool(disable.is_some()), Origin::written(at)));
    if let (Some(properties), None, Some(entries)) = (&wanted.properties, disable, node.entries_mut()) {
        entries.push(Entry { key: Key::new("properties"), key_at: properties.origin.at, node: properties.clone() });
    }
    node
}

/// Why a trait cannot be used on components of a type. Of a type that does not say its workload, the workload is judged when it is made.
fn misfit(definition: &Definition, component: &Definition, context: &Context<'_, '_>) -> Option<String> {
    let Some((api_version, kind)) = &component.workload else {
        let needs_one = definition.template.has_patches() || !definition.applies_to.is_empty();
        return (needs_one && !component.template.has_output()).then(|| format!("`{}` has no workload", component.name));
    };
    definition.misfit(&context.target.schemas(context.common).resource(api_version, kind), &component.name)
}

/// Traits that exclude each other are an error where they come together from several documents, whose authors do not see it. Who asks for
/// both in one document is only warned.
fn no_conflicts(traits: &[Asked], component: &Arc<str>, context: &Context<'_, '_>) -> bool {
    let against = |one: &Asked, other: &Asked| one.made.definition.conflicts_with.iter().any(|name| **name == *other.made.definition.name);
    let mut fine = true;
    for (index, one) in traits.iter().enumerate() {
        for other in traits[index + 1..].iter().filter(|other| against(one, other) || against(other, one)) {
            let (first, second) = if one.made.definition.name >= other.made.definition.name { (one, other) } else { (other, one) };
            let together = first.documents.iter().any(|document| second.documents.contains(document));
            let (first, second) = (&first.made, &second.made);
            let (a, b) = (&first.definition.name, &second.definition.name);
            let problem = if together {
                let message = format!("component `{component}` has both traits `{a}` and `{b}`, which decide the same thing");
                Diagnostic::warning(code::TRAIT_CONFLICT, second.at, message).help("remove one of them")
            } else {
                fine = false;
                let help = format!("remove one of them, with `{{type: {a}, disable: true}}` where it comes from elsewhere");
                let message = format!("component `{component}` cannot have both traits `{a}` and `{b}`");
                Diagnostic::error(code::TRAIT_CONFLICT, second.at, message).help(help)
            };
            context.sink.push(problem.label(first.at, format!("`{a}` is asked for here")));
        }
    }
    fine
}

/// By `after` of the definitions, then type, then name.
fn in_order(mut left: Vec<ResolvedTrait>, context: &Context<'_, '_>) -> Vec<ResolvedTrait> {
    left.sort_by(|a, b| (&a.definition.name, &a.name).cmp(&(&b.definition.name, &b.name)));
    let waits = |one: &Definition, other: &Definition| {
        one.name != other.name
            && one.after.iter().any(|name| **name == *other.name || (name == "*" && !other.after.iter().any(|name| name == "*")))
    };
    let mut ordered = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let ready = left.iter().position(|one| left.iter().all(|other| !waits(&one.definition, &other.definition)));
        if ready.is_none() {
            let circle = circle(&left, waits);
            let path = circle.iter().map(|one| format!("`{}`", one.name)).collect::<Vec<_>>().join(" after ");
            context.sink.push(Diagnostic::error(code::CYCLE, circle[0].at, format!("these traits wait for each other: {path}")));
        }
        ordered.push(left.remove(ready.unwrap_or(0)));
    }
    ordered
}

/// A circle among traits that all wait for another one; the first stands at its end again.
fn circle(left: &[ResolvedTrait], waits: impl Fn(&Definition, &Definition) -> bool) -> Vec<&Definition> {
    let mut path: Vec<&Definition> = vec![&left[0].definition];
    loop {
        let last = path[path.len() - 1];
        let Some(next) = left.iter().map(|one| &*one.definition).find(|other| waits(last, other)) else { return path };
        if let Some(start) = path.iter().position(|known| known.name == next.name) {
            path.drain(..start);
            path.push(next);
            return path;
        }
        path.push(next);
    }
}
