//! What components say of each other: `dependsOn` and `connectsTo` lead somewhere, and not in circles.

use super::context::Context;
use super::{ResolvedComponent, outside};
use crate::diag::{Diagnostic, code};
use crate::model::{Name, OtherComponent};
use crate::source::Pos;

/// Sorts components by their dependencies, then by name, and reports links that lead nowhere or in a circle. Links to components that
/// are left out for their own problems are dropped.
pub(super) fn link(mut components: Vec<ResolvedComponent>, context: &Context<'_, '_>) -> Vec<ResolvedComponent> {
    let names: Vec<_> = components.iter().map(|component| component.name.value.clone()).collect();
    for component in &mut components {
        let name = component.name.clone();
        component.depends_on.retain(|wanted| depends(&name, wanted, context) && names.contains(&wanted.value));
        component.awaits.retain(|wanted| awaited(&name, wanted, context));
        component.connections.retain(|connection| {
            let here = connection.application == context.application.documents.name.value;
            connects(&name, &connection.application, &connection.component, connection.at, here, context)
                && (!here || names.contains(&connection.component))
        });
    }
    sorted(components, context)
}

/// Whether a component that must be ready before exists; an error says that it does not.
fn depends(component: &Name, wanted: &Name, context: &Context<'_, '_>) -> bool {
    if context.application.component(wanted).is_some() {
        return true;
    }
    let message = format!(
        "component `{component}` depends on `{wanted}`, and application `{}` has no such component",
        context.application.documents.name
    );
    missing(Diagnostic::error(code::BROKEN_LINK, wanted.at, message), wanted, context.application, context);
    false
}

/// Whether a component of another application that must be ready before exists; an error says that it does not.
fn awaited(component: &Name, wanted: &OtherComponent, context: &Context<'_, '_>) -> bool {
    if wanted.application.value == context.application.documents.name.value {
        let message = format!("component `{component}` depends on `{}` of its own application", wanted.component);
        let help = format!("write `{}` alone", wanted.component);
        context.sink.push(Diagnostic::error(code::BROKEN_LINK, wanted.at, message).help(help));
        return false;
    }
    let Some(other) = context.plan.find(&wanted.application, context.target) else {
        let message =
            format!("component `{component}` depends on `{}/{}`, and there is no such application", wanted.application, wanted.component);
        let known = context.plan.applications.iter().map(|application| &*application.documents.name.value);
        context.sink.push(Diagnostic::error(code::BROKEN_LINK, wanted.application.at, message).suggest(&wanted.application, known));
        return false;
    };
    if other.component(&wanted.component).is_some() {
        return true;
    }
    let message = format!(
        "component `{component}` depends on `{}/{}`, and application `{}` has no such component",
        wanted.application, wanted.component, wanted.application
    );
    missing(Diagnostic::error(code::BROKEN_LINK, wanted.component.at, message), &wanted.component, other, context);
    false
}

/// Whether the target of a connection exists; an error says that it does not.
fn connects(component: &Name, application: &str, target: &str, at: Pos, here: bool, context: &Context<'_, '_>) -> bool {
    let Some(other) = context.plan.find(application, context.target) else {
        if outside::find(application, target, context).is_some() {
            return true;
        }
        let message = format!("component `{component}` connects to `{application}/{target}`, and there is no application `{application}`");
        let known = context.plan.applications.iter().map(|application| &*application.documents.name.value);
        let mut problem = Diagnostic::error(code::BROKEN_LINK, at, message).suggest(application, known);
        problem.replacement = None;
        if problem.help.is_none() {
            problem = problem.help(format!(
                "of another repository, it is an entry of `external` in oam.yaml: `{{application: {application}, component: {target}, namespace: …}}`"
            ));
        }
        context.sink.push(problem.unless_unread("Application", application).unless_unread("Component", target));
        return false;
    };
    if other.component(target).is_some() {
        return true;
    }
    let path = if here { format!("`{target}`") } else { format!("`{application}/{target}`") };
    let message = format!("component `{component}` connects to {path}, and application `{application}` has no such component");
    missing(Diagnostic::error(code::BROKEN_LINK, at, message), target, other, context);
    false
}

fn missing(problem: Diagnostic, name: &str, application: &super::application::ApplicationPlan<'_>, context: &Context<'_, '_>) {
    let mut problem = match application.exclusion(name) {
        Some(exclusion) => problem.label(exclusion.at, "it is left out here"),
        None => problem.suggest(name, application.components.iter().map(|base| &*base.name.value)),
    };
    if problem.help.is_none() {
        let known = application.components.iter().map(|base| format!("`{}`", base.name)).collect::<Vec<_>>().join(", ");
        problem.help = Some(format!("its components are {known}"));
    }
    // The place is the whole entry; its text cannot be put there.
    problem.replacement = None;
    context.sink.push(problem.unless_unread("Component", name));
}

/// By dependencies, then name. A circle is reported, with all of its members.
fn sorted(mut left: Vec<ResolvedComponent>, context: &Context<'_, '_>) -> Vec<ResolvedComponent> {
    left.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    let mut ordered: Vec<ResolvedComponent> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let waits = |one: &ResolvedComponent| one.depends_on.iter().any(|wanted| left.iter().any(|other| other.name.value == wanted.value));
        let ready = left.iter().position(|one| !waits(one));
        if ready.is_none() {
            report_circle(&mut left, context);
            continue;
        }
        let mut next = left.remove(ready.unwrap_or(0));
        let before = ordered.iter().filter(|other| next.depends_on.iter().any(|wanted| wanted.value == other.name.value));
        // What waits for another application does not hold up what does not.
        let least = usize::from(!next.awaits.is_empty());
        next.stage = before.map(|other| other.stage + 1).max().unwrap_or(0).max(least);
        ordered.push(next);
    }
    ordered
}

/// Reports one circle and cuts it, so that others are found too.
fn report_circle(left: &mut [ResolvedComponent], context: &Context<'_, '_>) {
    let mut path: Vec<(usize, Name)> = Vec::new();
    let mut at = 0;
    let start = loop {
        if let Some(start) = path.iter().position(|(index, _)| *index == at) {
            break start;
        }
        let next = left[at]
            .depends_on
            .iter()
            .find_map(|wanted| Some((left.iter().position(|other| other.name.value == wanted.value)?, wanted.clone())));
        let Some((next, wanted)) = next else { return };
        path.push((at, wanted));
        at = next;
    };
    let mut circle = path.split_off(start);
    // It is told from the first name on, whoever was looked at first.
    let first = circle.iter().enumerate().min_by_key(|(_, (member, _))| &left[*member].name.value).map_or(0, |(index, _)| index);
    circle.rotate_left(first);
    let mut text: Vec<String> = circle.iter().map(|(index, _)| format!("`{}`", left[*index].name)).collect();
    text.push(text[0].clone());
    let mut problem =
        Diagnostic::error(code::CYCLE, circle[0].1.at, format!("components depend on each other in a circle: {}", text.join(" → ")))
            .help("take one of these out of its `dependsOn`: what comes first cannot wait for what comes after it");
    for (index, wanted) in &circle[1..] {
        problem = problem.label(wanted.at, format!("`{}` depends on `{wanted}`", left[*index].name));
    }
    context.sink.push(problem);
    let (index, wanted) = circle.swap_remove(0);
    left[index].depends_on.retain(|name| name.value != wanted.value);
}
