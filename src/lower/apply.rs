//! Applies patches, and judges what they change: nothing that another set is changed silently.

use std::sync::Arc;

use crate::catalog::{Definition, is_built_in};
use crate::diag::{Diagnostic, Sink, code};
use crate::kubernetes::{ObjectId, Schemas, pod_path};
use crate::patch::{Change, json_merge, json_patch, strategic};
use crate::shape::ShapeId;
use crate::source::Pos;
use crate::template::PatchType;
use crate::tree::{Entry, Key, Node, Origin, UnitLog};

/// A trait or scope that patched an object.
#[derive(Clone, Debug)]
pub(super) struct Setter {
    pub definition: Arc<Definition>,
    /// How people call it: "trait `sidecar`".
    pub called: String,
    /// What it merged; shared with the object.
    patch: Node,
}

/// Who patches, with what may be said about it.
pub(super) struct Patcher<'a> {
    pub definition: &'a Arc<Definition>,
    pub called: &'a str,
    pub schemas: &'a Schemas,
}

/// An object under construction, with all who changed it.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub node: Node,
    pub id: ObjectId,
    pub setters: Vec<Setter>,
}

impl Draft {
    pub(super) fn new(node: Node, id: ObjectId) -> Draft {
        Draft { node, id, setters: Vec::new() }
    }

    /// Applies a patch of the object.
    pub(super) fn patch(&mut self, patch: Node, kind: PatchType, patcher: &Patcher<'_>, sink: &Sink, log: &mut UnitLog) {
        let mut changes = Vec::new();
        let base = self.node.clone();
        self.node = match kind {
            PatchType::Strategic => {
                let schema = patcher.schemas.kind_of(&base);
                let shape = schema.map(|kind| (&**kind.shapes(), ShapeId::ROOT));
                strategic(base.clone(), &patch, shape, &mut changes, sink)
            }
            PatchType::Merge => json_merge(base.clone(), &patch, &mut changes),
            PatchType::Json => json_patch(base.clone(), &patch, &mut changes, sink),
        };
        let Some(id) = ObjectId::of(&self.node) else {
            let message = format!("{} leaves `{}` without an apiVersion, a kind or a name", patcher.called, self.id);
            sink.push(Diagnostic::error(code::BAD_PATCH, patch.origin.author(), message).help("another object is another component"));
            self.node = base;
            return;
        };
        self.id = id;
        for change in changes {
            self.judge(change, (&base, &patch, kind), patcher, sink, log);
        }
        self.setters.push(Setter { definition: patcher.definition.clone(), called: patcher.called.to_owned(), patch });
    }

    /// Applies a patch of the pod's spec, wherever the kind keeps it.
    pub(super) fn patch_pod(&mut self, patch: Node, patcher: &Patcher<'_>, sink: &Sink, log: &mut UnitLog) {
        let Some(path) = pod_path(&self.id.group, &self.id.kind) else {
            let message = format!("{} changes the pod of `{}`, which has none", patcher.called, self.id);
            sink.push(Diagnostic::error(code::BAD_PATCH, patch.origin.author(), message));
            return;
        };
        let origin = patch.origin;
        let patch = path
            .iter()
            .chain(&["spec"])
            .rev()
            .fold(patch, |inner, key| Node::map(vec![Entry { key: Key::new(key), key_at: origin.at, node: inner }], origin));
        self.patch(patch, PatchType::Strategic, patcher, sink, log);
    }

    fn judge(&self, change: Change, applied: (&Node, &Node, PatchType), patcher: &Patcher<'_>, sink: &Sink, log: &mut UnitLog) {
        let (base, patch, kind) = applied;
        let setter = self.setters.iter().rev().find(|setter| has(&setter.patch, change.before.origin));
        let declared = change.declared || kind == PatchType::Json;
        let listed = |name: &String| name == "*" || setter.is_some_and(|setter| **name == *setter.definition.name);
        let may = patcher.definition.overrides.iter().any(listed);
        if declared || may {
            log.lose(&change.path, &change.before, change.by);
            return;
        }
        let who = setter.map_or("the component", |setter| &setter.called);
        let verb = if change.after.is_some() { "changes" } else { "removes" };
        let message = format!("{} {verb} `{}` of `{}`, which {who} set", patcher.called, change.path, self.id);
        let (by, before) = (author_near(patch, change.by, log), author_near(base, change.before.origin, log));
        let help = match is_built_in(change.by.at) {
            true => "leave one of the two out, or give one of them another name, if it has one",
            false => "leave one of the two out, or let the patch say `$patch: override` there",
        };
        let mut problem = Diagnostic::error(code::PATCH_CONFLICT, by, message).label(before, format!("{who} set it here")).help(help);
        if by != change.by.at && !is_built_in(change.by.at) {
            problem = problem.label(change.by.at, "through this line");
        }
        sink.push(problem);
    }
}

/// Where a person can change a value of a tree: its author, or if that is a built-in line, the nearest value around it that a person wrote.
fn author_near(tree: &Node, origin: Origin, log: &UnitLog) -> Pos {
    fn written(node: &Node, log: &UnitLog) -> Option<Pos> {
        let own = match node.origin.by.as_union() {
            Some(_) => log.positions(node.origin.by),
            None => vec![node.origin.author()],
        };
        let own = own.into_iter().find(|at| at.is_known() && !is_built_in(*at));
        own.or_else(|| children(node).find_map(|child| written(child, log)))
    }
    fn near(node: &Node, origin: Origin, log: &UnitLog) -> Option<Option<Pos>> {
        if node.origin == origin {
            return Some(written(node, log));
        }
        let below = children(node).find_map(|child| near(child, origin, log))?;
        Some(below.or_else(|| children(node).filter(|child| !child.is_map() && !child.is_list()).find_map(|child| written(child, log))))
    }
    near(tree, origin, log).flatten().unwrap_or(origin.author())
}

fn children(node: &Node) -> impl Iterator<Item = &Node> {
    node.items().iter().chain(node.entries().iter().map(|entry| &entry.node))
}

/// Whether a value of this origin is in a tree.
fn has(node: &Node, origin: Origin) -> bool {
    node.origin == origin
        || node.items().iter().any(|item| has(item, origin))
        || node.entries().iter().any(|entry| has(&entry.node, origin))
}
