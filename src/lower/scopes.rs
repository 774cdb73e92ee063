//! Scopes of a unit: patches of their members, objects per application, rules.

use super::apply::Patcher;
use super::context::{entry, of_unit};
use super::{Draft, MadeBy, Member, Object, Surroundings, asked_at, identify};
use crate::catalog::{Definition, ScopeRule, is_built_in};
use crate::diag::{Diagnostic, Label, Severity, Sink, code};
use crate::resolve::ResolvedScope;
use crate::template::{Per, Scope, Sections};
use crate::tree::{Node, Origin, UnitLog};

/// The members of a scope in this unit, as templates see them.
fn members(draft: &Draft<'_>, scope: &ResolvedScope, surroundings: &Surroundings, log: &UnitLog) -> Node {
    let parts = draft.parts.iter().filter(|part| scope.members.contains(&part.index));
    let items = parts.map(|part| surroundings.item(&Member::of(part, draft.unit, log)));
    Node::list(items.collect(), Origin::written(scope.name.at))
}

fn with(context: &Node, key: &str, node: Node) -> Node {
    let mut context = context.clone();
    context.set(crate::tree::Key::new(key), node.origin.at, node);
    context
}

/// How messages name a scope.
fn called(scope: &ResolvedScope) -> String {
    format!("{} `{}`", if scope.definition.delivers { "delivery" } else { "scope" }, scope.name)
}

/// Lets each scope of the unit patch its members and make its objects.
pub(super) fn apply(draft: &mut Draft<'_>, surroundings: &Surroundings, sink: &Sink, log: &mut UnitLog) -> Vec<Object> {
    let unit = draft.unit;
    let mut objects = Vec::new();
    for scope in unit.scopes.iter().chain(&unit.delivery) {
        let called = called(scope);
        let patcher = Patcher { definition: &scope.definition, called: &called, schemas: &unit.schemas };
        let patches = Sections { patches: true, ..Sections::default() };
        let template = &scope.definition.template;
        let patched = draft.parts.iter_mut().filter(|part| template.has_patches() && scope.members.contains(&part.index));
        for part in patched {
            // What has no objects has nothing that a scope could change.
            if part.workload.is_none() {
                continue;
            }
            let input = part.scope(unit, &scope.properties);
            asked_at(scope.name.at, sink, |sink| {
                let before = log.mark();
                if let Some(rendered) = template.evaluate(patches, &input, sink, log) {
                    let component = &unit.components[part.index];
                    part.apply_patches(rendered, &patcher, (&component.name, scope.name.at), sink, log);
                    log.claim(before, &component.name.value);
                }
            });
        }
        if !template.makes(Per::Application) && !template.has_requirements() {
            continue;
        }
        let members = members(draft, scope, surroundings, log);
        let mut context = Node::map(of_unit(unit), Origin::written(scope.name.at));
        context = with(&context, "members", members);
        let made =
            asked_at(scope.name.at, sink, |sink| outputs(&scope.definition, &scope.properties, context, Per::Application, sink, log));
        objects.extend(made);
    }
    objects
}

/// The objects that a scope makes once per something.
pub(super) fn outputs(
    definition: &std::sync::Arc<Definition>,
    properties: &Node,
    context: Node,
    per: Per,
    sink: &Sink,
    log: &mut UnitLog,
) -> Vec<Object> {
    let sections = Sections { require: per == Per::Application, outputs: true, per: Some(per), ..Sections::default() };
    let input = Scope { parameter: Some(properties.clone()), context: Some(context), ..Scope::default() };
    let Some(rendered) = definition.template.evaluate(sections, &input, sink, log) else { return Vec::new() };
    let wanted = rendered.outputs.into_iter().filter(|output| output.per.unwrap_or(Per::Application) == per);
    wanted
        .filter_map(|output| {
            Some(Object {
                id: identify(&output.node, sink)?,
                node: output.node,
                component: None,
                made_by: MadeBy::Type(definition.clone()),
                asked_at: properties.origin.author(),
                output: output.name.as_str().into(),
                level: per,
            })
        })
        .collect()
}

/// Judges the finished objects of members by the rules of their scopes.
pub(super) fn judge(draft: &Draft<'_>, objects: &[Object], sink: &Sink) {
    for scope in draft.unit.scopes.iter().chain(&draft.unit.delivery).filter(|scope| !scope.definition.rules.is_empty()) {
        for part in draft.parts.iter().filter(|part| scope.members.contains(&part.index)) {
            let component = &draft.unit.components[part.index];
            for object in objects.iter().filter(|object| object.component.as_deref() == Some(&**component.name)) {
                for rule in &scope.definition.rules {
                    judge_one(rule, scope, object, &part.context, sink);
                }
            }
        }
    }
}

fn judge_one(rule: &ScopeRule, scope: &ResolvedScope, object: &Object, context: &Node, sink: &Sink) {
    let variables = [("object", &object.node), ("parameter", &scope.properties), ("context", context)];
    match rule.rule.holds(&variables) {
        Ok(true) => {}
        Ok(false) => {
            let said = rule.message.as_deref().map_or_else(|| format!("the rule `{}` does not hold", rule.rule.text()), str::to_owned);
            // The deepest part of the field that is there: where somebody who wants to keep the rule would write.
            let at = rule.field.iter().flat_map(|field| field.split('.')).try_fold(&object.node, |node, key| node.field(key).ok_or(node));
            let (Ok(node) | Err(node)) = at;
            let author = node.origin.author();
            let (at, default) = if is_built_in(author) { (object.asked_at, Some(author)) } else { (author, None) };
            // Many objects may have the one value; where nobody wrote it, it is told which object lacks it.
            let message = if default.is_some() { format!("{said}, in `{}`", object.id) } else { said };
            let mut problem = Diagnostic::error(code::RULE_BROKEN, at, message)
                .label(scope.name.at, format!("{} holds here", called(scope)))
                .label(rule.at, "the rule");
            problem.labels.extend(default.map(|at| Label { at, message: "nobody set it: it comes from here".to_owned() }));
            if rule.warning {
                problem.severity = Severity::Warning;
            }
            // Who would keep the rule may be among what could not be read.
            sink.push(problem.unless_unread("TraitBinding", None));
        }
        Err(reason) => {
            let message = format!("the rule cannot be judged: {reason}");
            let help = "ask with `has(…)` before a field that may be absent";
            sink.push(
                Diagnostic::error(code::BAD_RULE, rule.rule.at(), message)
                    .label(object.node.origin.author(), format!("on `{}`", object.id))
                    .help(help),
            );
        }
    }
}

/// An entry of context for members of several units.
pub(super) fn context_with_members(mut entries: Vec<crate::tree::Entry>, members: Vec<Node>, origin: Origin) -> Node {
    entries.push(entry("members", Node::list(members, origin)));
    Node::map(entries, origin)
}
