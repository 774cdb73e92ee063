//! One component: its template, then its traits in order.

use std::sync::Arc;

use super::apply::{Draft as ObjectDraft, Patcher};
use super::{Draft, asked_at, config, context, identify, in_unit};
use crate::catalog::Definition;
use crate::diag::{Diagnostic, Sink, code};
use crate::model::Name;
use crate::resolve::{ResolvedComponent, ResolvedTrait, Unit};
use crate::source::Pos;
use crate::template::{Output, PatchTarget, Rendered, Scope, Sections};
use crate::tree::{Key, Node, Origin, UnitLog};

/// An object beside the workload.
#[derive(Clone, Debug)]
pub(super) struct OutputDraft {
    pub name: Arc<str>,
    pub object: ObjectDraft,
    pub made_by: super::MadeBy,
    /// Where somebody asked for it.
    pub asked_at: Pos,
    /// Where its name stands.
    pub at: Pos,
}

/// A component, rendered.
#[derive(Debug)]
pub(super) struct Part {
    /// Its number in the unit.
    pub index: usize,
    pub context: Node,
    pub workload: Option<ObjectDraft>,
    pub outputs: Vec<OutputDraft>,
}

/// Renders the components and traits of a unit. Components that `place` sends to other clusters are left out.
pub fn components<'u>(unit: &'u Unit, sink: &Sink) -> Draft<'u> {
    let (mut log, mut away) = (unit.log.clone(), Vec::new());
    let parts = in_unit(unit, sink, |sink| {
        unit.components
            .iter()
            .enumerate()
            .filter_map(|(index, component)| {
                let context = context::of_component(unit, component, index);
                if let Some(scope) = sent_away(unit, index, &context, sink, &mut log) {
                    away.push((component.name.clone(), scope.clone()));
                    return None;
                }
                part(unit, component, index, context, sink, &mut log)
            })
            .collect()
    });
    Draft { unit, parts, away, log }
}

/// The name of the scope, if any, that does not place the component on this cluster.
fn sent_away<'u>(unit: &'u Unit, index: usize, context: &Node, sink: &Sink, log: &mut UnitLog) -> Option<&'u Name> {
    let sections = Sections { place: true, ..Sections::default() };
    let mut scopes = unit.scopes.iter().filter(|scope| scope.members.contains(&index));
    let scope = scopes.find(|scope| {
        let input = Scope { parameter: Some(scope.properties.clone()), context: Some(context.clone()), ..Scope::default() };
        let rendered = scope.definition.template.evaluate(sections, &input, sink, log);
        rendered.and_then(|rendered| rendered.place) == Some(false)
    });
    scope.map(|scope| &scope.name)
}

fn part(unit: &Unit, component: &ResolvedComponent, index: usize, context: Node, sink: &Sink, log: &mut UnitLog) -> Option<Part> {
    let scope = Scope { parameter: Some(component.properties.clone()), context: Some(context.clone()), ..Scope::default() };
    let mut part = asked_at(component.type_at, sink, |sink| {
        let before = log.mark();
        let rendered = component.definition.template.evaluate(Sections::ALL, &scope, sink, log)?;
        log.claim(before, &component.name.value);
        let workload = match rendered.output {
            Some(node) => Some(ObjectDraft::new(node.clone(), identify(&node, sink)?)),
            None => None,
        };
        let mut part = Part { index, context, workload, outputs: Vec::new() };
        part.take_outputs(rendered.outputs, &component.definition, component.type_at, sink);
        Some(part)
    })?;
    for used in &component.traits {
        asked_at(used.at, sink, |sink| part.apply_trait(unit, component, used, sink, log));
    }
    config::mount(&mut part, component, sink, log);
    Some(part)
}

impl Part {
    /// What a template sees beside its parameters.
    pub(super) fn scope(&self, unit: &Unit, parameter: &Node) -> Scope {
        let shapes = |node: &Node| unit.schemas.kind_of(node).map(|kind| kind.shapes().clone());
        Scope {
            parameter: Some(parameter.clone()),
            context: Some(self.context.clone()),
            output: self.workload.as_ref().map(|workload| (workload.node.clone(), shapes(&workload.node))),
            outputs: self.outputs.iter().map(|output| (Key::new(&output.name), output.object.node.clone())).collect(),
        }
    }

    fn apply_trait(&mut self, unit: &Unit, component: &ResolvedComponent, used: &ResolvedTrait, sink: &Sink, log: &mut UnitLog) {
        if let (None, Some(workload)) = (&component.definition.workload, &self.workload) {
            let resource = unit.schemas.resource(&workload.id.api_version(), &workload.id.kind);
            if let Some(reason) = used.definition.misfit(&resource, &component.definition.name) {
                if used.named {
                    let message = format!("trait `{}` cannot be used on component `{}`: {reason}", used.definition.name, component.name);
                    let problem = Diagnostic::error(code::TRAIT_NOT_APPLICABLE, used.at, message);
                    sink.push(problem.label(workload.node.origin.author(), "its workload"));
                }
                return;
            }
        }
        let mut scope = self.scope(unit, &used.properties);
        if let Some(context) = &mut scope.context {
            context.set(Key::new("traitName"), used.at, Node::str(used.name.clone(), Origin::written(used.at)));
        }
        let before = log.mark();
        let Some(rendered) = used.definition.template.evaluate(Sections::ALL, &scope, sink, log) else { return };
        let called = match *used.name == *used.definition.name {
            true => format!("trait `{}`", used.name),
            false => format!("trait `{}` (`{}`)", used.definition.name, used.name),
        };
        let patcher = Patcher { definition: &used.definition, called: &called, schemas: &unit.schemas };
        let unchanged =
            if used.bare && used.named { self.objects_mut().map(|(_, object)| object.node.to_json()).collect() } else { Vec::new() };
        if let Some(outputs) = self.apply_patches(rendered, &patcher, (&component.name, used.at), sink, log) {
            self.take_outputs(outputs, &used.definition, used.at, sink);
        }
        if !unchanged.is_empty() && self.objects_mut().map(|(_, object)| object.node.to_json()).eq(unchanged) {
            let message = format!("{called} is given no properties, and without them it changes nothing of component `{}`", component.name);
            let help = format!("give it `properties`, or remove it; `oam explain {}` shows what it takes", used.definition.name);
            sink.push(Diagnostic::warning(code::NO_EFFECT, used.at, message).help(help));
        }
        log.claim(before, &component.name.value);
    }

    /// Applies what a trait or scope rendered; the result is its outputs.
    pub(super) fn apply_patches(
        &mut self,
        rendered: Rendered,
        patcher: &Patcher<'_>,
        (component, at): (&str, Pos),
        sink: &Sink,
        log: &mut UnitLog,
    ) -> Option<Vec<Output>> {
        let Rendered { patch, pod_patch, patches, outputs, .. } = rendered;
        if patch.is_some() || pod_patch.is_some() {
            let Some(workload) = &mut self.workload else {
                let message = format!("{} has nothing to change: `{component}` has no workload", patcher.called);
                sink.push(Diagnostic::error(code::BAD_PATCH, at, message));
                return None;
            };
            if let Some(patch) = patch {
                workload.patch(patch, Default::default(), patcher, sink, log);
            }
            if let Some(patch) = pod_patch {
                workload.patch_pod(patch, patcher, sink, log);
            }
        }
        for patch in patches {
            let mut met = false;
            for object in self.objects_mut() {
                let wanted = match &patch.target {
                    PatchTarget::Workload => object.0.is_empty(),
                    PatchTarget::Output(name) => *name == object.0,
                    PatchTarget::Kind { kind, name } => {
                        **kind == *object.1.id.kind && name.as_ref().is_none_or(|name| **name == *object.1.id.name)
                    }
                };
                if wanted {
                    met = true;
                    object.1.patch(patch.patch.clone(), patch.kind, patcher, sink, log);
                }
            }
            if !met {
                let what = match &patch.target {
                    PatchTarget::Workload => "a workload".to_owned(),
                    PatchTarget::Output(name) => format!("an output `{name}`"),
                    PatchTarget::Kind { kind, name: Some(name) } => format!("an object `{kind} {name}`"),
                    PatchTarget::Kind { kind, name: None } => format!("an object of kind `{kind}`"),
                };
                let kinds: Vec<String> = self.objects_mut().map(|(_, object)| object.id.kind.clone()).collect();
                let mut problem =
                    Diagnostic::error(code::BAD_PATCH, at, format!("{} changes {what}, which `{component}` does not have", patcher.called))
                        .label(patch.at, "the target");
                if let PatchTarget::Kind { kind, .. } = &patch.target {
                    problem = problem.suggest(kind, kinds.iter().map(String::as_str));
                }
                sink.push(problem);
            }
        }
        Some(outputs)
    }

    /// The workload, with an empty name, and the outputs.
    fn objects_mut(&mut self) -> impl Iterator<Item = (Arc<str>, &mut ObjectDraft)> {
        let workload = self.workload.iter_mut().map(|workload| (Arc::from(""), workload));
        workload.chain(self.outputs.iter_mut().map(|output| (output.name.clone(), &mut output.object)))
    }

    fn take_outputs(&mut self, outputs: Vec<Output>, definition: &Arc<Definition>, asked_at: Pos, sink: &Sink) {
        for output in outputs {
            let Some(id) = identify(&output.node, sink) else { continue };
            // One object twice is told where somebody asked for it, by whoever looks at all objects.
            if let Some(known) = self.outputs.iter().find(|known| *known.name == *output.name.as_str() && known.object.id != id) {
                let message = format!(
                    "the {} type `{}` makes an output `{}`, which is there already",
                    definition.kind.as_str(),
                    definition.name,
                    output.name
                );
                sink.push(
                    Diagnostic::error(code::NAME_CLASH, output.at, message)
                        .label(known.at, "the other one")
                        .help("put the name of the trait, or what tells it apart, into the name of the output"),
                );
                continue;
            }
            self.outputs.push(OutputDraft {
                name: output.name.as_str().into(),
                object: ObjectDraft::new(output.node, id),
                made_by: super::MadeBy::Type(definition.clone()),
                asked_at,
                at: output.at,
            });
        }
    }
}
