//! The sections of a template.

use std::sync::Arc;

use super::fault::Fault;
use super::{Evaluator, Frame, Step};
use crate::diag::{Diagnostic, Sink, code};
use crate::kubernetes::pod_path;
use crate::shape::{Child, ShapeId, Shapes};
use crate::source::Pos;
use crate::template::api::{Output, PatchTarget, PatchType, Rendered, Scope, Sections, TargetedPatch, Template};
use crate::template::bounds::Budget;
use crate::template::program::{Form, KeyForm, Requirement};
use crate::template::value::{CONTEXT, Session, Typed, Val};
use crate::tree::{Entry, Fill, Key, Node, Origin, UnitLog, Value};

impl Template {
    /// Makes the sections that are asked for. Problems go to the sink, at the template's line with the author's as label; `None` if there
    /// was one. What was left out, and origins of several inputs, go to the log.
    pub fn evaluate(&self, sections: Sections, scope: &Scope, sink: &Sink, log: &mut UnitLog) -> Option<Rendered> {
        let session = self.session(scope);
        let mut evaluator = Evaluator {
            session: Arc::new(session),
            owned: &self.owned,
            sink,
            log,
            budget: Budget::default(),
            engine: None,
            path: Vec::new(),
            binding: 0,
            depth: 0,
            failures: 0,
            vanished: 0,
            site: Pos::NOWHERE,
            union: (0, usize::MAX, Fill::NOTHING),
            mark: 0,
        };
        let parameter = scope.parameter.clone().unwrap_or_else(|| Node::map(Vec::new(), Origin::default()));
        let root = Typed { table: 0, shape: ShapeId::ROOT, lists: 0 };
        let frame = Frame::root(Key::new("parameter"), Val::Node(parameter, Some(root)));
        let context = Typed { table: CONTEXT, shape: ShapeId::ROOT, lists: 0 };
        let frame = frame.with(Key::new("context"), Val::Node(context_of(scope), Some(context)));
        let frame = evaluator.lets(&self.lets, &frame);
        if sections.require {
            for requirement in &self.requires {
                evaluator.require(requirement, &frame);
            }
        }
        if evaluator.failures > 0 {
            return None;
        }
        let rendered = evaluator.sections(self, sections, &frame);
        (evaluator.failures == 0).then_some(rendered)
    }

    fn session(&self, scope: &Scope) -> Session {
        let mut session = Session::new(vec![self.parameters.clone()], vec!["parameter"], self.context_names.clone());
        if let Some(context) = &self.context {
            session.tables.push(context.clone());
            session.prefixes.push("context");
            session.context = Some(Typed { table: 1, shape: ShapeId::ROOT, lists: 0 });
        }
        if let Some((node, Some(shapes))) = &scope.output {
            let table = session.tables.len() as u32;
            session.tables.push(shapes.clone());
            session.prefixes.push("context.output");
            session.output = Some(Typed { table, shape: ShapeId::ROOT, lists: 0 });
            session.pod = pod_spec_path(node).and_then(|path| shape_at(shapes, &path)).map(|shape| Typed { table, shape, lists: 0 });
        }
        session
    }
}

/// The path of the pod's spec in a workload.
fn pod_spec_path(workload: &Node) -> Option<Vec<&'static str>> {
    let api_version = workload.field("apiVersion")?.as_str()?;
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let mut path = pod_path(group, workload.field("kind")?.as_str()?)?.to_vec();
    path.push("spec");
    Some(path)
}

fn shape_at(shapes: &Shapes, path: &[&str]) -> Option<ShapeId> {
    path.iter().try_fold(ShapeId::ROOT, |shape, key| match shapes.child(shape, Key::new(key)) {
        Child::Known(below) => Some(below),
        _ => None,
    })
}

/// `context` with the workload in it.
fn context_of(scope: &Scope) -> Node {
    let mut context = scope.context.clone().unwrap_or_else(|| Node::map(Vec::new(), Origin::default()));
    if let Some((output, _)) = &scope.output {
        if let Some(pod) = pod_spec_path(output).and_then(|path| output.at(&path).cloned()) {
            context.set(Key::new("pod"), Pos::NOWHERE, pod);
        }
        context.set(Key::new("output"), Pos::NOWHERE, output.clone());
        let outputs = scope.outputs.iter().map(|(key, node)| Entry { key: *key, key_at: Pos::NOWHERE, node: node.clone() });
        context.set(Key::new("outputs"), Pos::NOWHERE, Node::map(outputs.collect(), Origin::default()));
    }
    context
}

impl Evaluator<'_> {
    fn sections(&mut self, template: &Template, sections: Sections, frame: &Frame) -> Rendered {
        let mut rendered = Rendered::default();
        let make = |this: &mut Self, form: &Option<Form>| form.as_ref().and_then(|form| this.node(form, frame));
        if sections.output {
            rendered.output = make(self, &template.output);
        }
        if sections.patches {
            rendered.patch = make(self, &template.patch);
            rendered.pod_patch = make(self, &template.pod_patch);
            if let Some(node) = make(self, &template.patches) {
                rendered.patches = node.items().iter().filter_map(|item| self.patch(item)).collect();
            }
        }
        if sections.outputs {
            for (per, entry) in &template.outputs {
                if sections.per.is_some() && sections.per != *per {
                    continue;
                }
                for round in self.rounds(&entry.loops, frame).unwrap_or_default() {
                    let key = match &entry.key {
                        KeyForm::Fixed(key) => Some(*key),
                        KeyForm::Made(form) => self.key(form, entry.key_at, &round.scope),
                    };
                    let Some(name) = key else { continue };
                    self.path.push(Step::Key(name));
                    let node = self.node(&entry.form, &round.scope);
                    self.path.pop();
                    let Some(node) = node else { continue };
                    if let Some(other) = rendered.outputs.iter().find(|other| other.name == name) {
                        let (first, fault) = (other.at, Fault::new(format!("the output `{name}` is made twice")));
                        self.fail_with(entry.key_at, &fault, first, "made here first");
                        continue;
                    }
                    rendered.outputs.push(Output { name, at: entry.key_at, per: *per, node });
                }
            }
        }
        if sections.place
            && let Some(place) = &template.place
        {
            rendered.place = self.holds(place, frame).map(|(holds, _)| holds);
        }
        rendered
    }

    fn require(&mut self, requirement: &Requirement, frame: &Frame) {
        let rounds = self.rounds(&requirement.loops, frame).unwrap_or_default();
        let count = rounds.len();
        for (index, round) in rounds.into_iter().enumerate() {
            let scope = self.lets(&requirement.lets, &round.scope);
            let Some((false, _)) = self.holds(&requirement.that, &scope) else { continue };
            self.binding += 1;
            let message = self.node(&requirement.message, &scope);
            self.binding -= 1;
            let Some(message) = message.and_then(|node| super::plain_text(&node.value)) else { continue };
            let mut at = Pos::NOWHERE;
            if let Some(blame) = &requirement.blame {
                let value = self.line(blame.at, |line| {
                    let value = line.value(&blame.expr, &scope)?;
                    line.settle(value)
                });
                at = match value {
                    // `at: parameter.ports` beside `$for` over what was made of it, one to one: the item.
                    Some(Val::Node(Node { value: Value::List(items), .. }, _)) if !requirement.loops.is_empty() && items.len() == count => {
                        items[index].origin.author()
                    }
                    Some(Val::Node(node, _)) => node.origin.author(),
                    Some(Val::Unset(unset)) => unset.near,
                    _ => Pos::NOWHERE,
                };
            }
            if !at.is_known() {
                at = round.item;
            }
            if !at.is_known() {
                at = frame_position(frame);
            }
            self.failures += 1;
            let at = if at.is_known() { at } else { requirement.at };
            let diagnostic = Diagnostic::error(code::REQUIREMENT, at, message);
            self.sink.push(if at == requirement.at { diagnostic } else { diagnostic.label(requirement.at, "required here") });
        }
    }

    /// An entry of `patches`.
    fn patch(&mut self, item: &Node) -> Option<TargetedPatch> {
        let at = item.origin.at;
        let wrong = |this: &mut Self, at: Pos, message: String| {
            this.fail(at, &Fault::new(message));
            None
        };
        let target = item.field("target");
        let text = |key: &str| target.and_then(|target| target.field(key)).and_then(Node::as_str);
        let found = match (text("output"), text("kind")) {
            (None, None) if target.is_none() => PatchTarget::Workload,
            (Some(output), None) => PatchTarget::Output(output.into()),
            (None, Some(kind)) => PatchTarget::Kind { kind: kind.into(), name: text("name").map(Into::into) },
            _ => return wrong(self, target.map_or(at, |target| target.origin.at), "a target is an `output` or a `kind`".into()),
        };
        let kind = match item.field("type").and_then(Node::as_str) {
            None | Some("strategic") => PatchType::Strategic,
            Some("merge") => PatchType::Merge,
            Some("json") => PatchType::Json,
            Some(other) => return wrong(self, at, format!("`{other}` is no type of patch: `strategic`, `merge` or `json`")),
        };
        let Some(patch) = item.field("patch") else { return wrong(self, at, "the patch has no `patch`".into()) };
        // Where a parameter says the kind, its author is asked.
        let asked = target.and_then(|target| target.field("kind")).or(target);
        Some(TargetedPatch { target: found, at: asked.map_or(at, |asked| asked.origin.author()), kind, patch: patch.clone() })
    }

    /// Reports a fault with another place.
    pub fn fail_with(&mut self, at: Pos, fault: &Fault, other: Pos, label: &str) {
        self.failures += 1;
        let mut diagnostic = Diagnostic::error(fault.code, at, fault.message.clone()).label(other, label);
        diagnostic.help.clone_from(&fault.help);
        self.sink.push(diagnostic);
    }
}

fn frame_position(frame: &Frame) -> Pos {
    match frame.find(Key::new("parameter")) {
        Some(Val::Node(node, _)) => node.origin.author(),
        _ => Pos::NOWHERE,
    }
}
