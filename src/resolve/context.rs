//! What resolving one unit needs to know, and where it writes down what happened.

use std::sync::Arc;

use super::application::ApplicationPlan;
use super::images::Pins;
use super::plan::Plan;
use super::target::Target;
use crate::catalog::{Definition, DefinitionKind};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::Name;
use crate::source::Pos;
use crate::template::placeholders::{Filler, Reading, has_placeholders};
use crate::tree::{Entry, Key, Node, Origin, UnitLog};

/// One unit while it is resolved.
pub(super) struct Context<'p, 'a> {
    pub plan: &'p Plan<'a>,
    pub application: &'p ApplicationPlan<'a>,
    pub target: &'p Target,
    /// Takes problems of this unit.
    pub sink: &'p Sink,
    /// Takes problems that are the same in all units.
    pub common: &'p Sink,
    /// What placeholders may name.
    pub values: Node,
    pub pins: Pins<'a>,
    pub log: UnitLog,
}

impl<'p, 'a> Context<'p, 'a> {
    /// The context of a unit.
    pub fn new(
        plan: &'p Plan<'a>,
        application: &'p ApplicationPlan<'a>,
        target: &'p Target,
        sink: &'p Sink,
        common: &'p Sink,
    ) -> Context<'p, 'a> {
        let mut log = UnitLog::default();
        log.lost.extend(target.lost.iter().cloned());
        let pins = Pins::of(application.documents, target, sink);
        Context { plan, application, target, sink, common, values: values(application, target), pins, log }
    }

    /// A value of a document, with placeholders of facts filled.
    pub fn filled(&mut self, node: Option<&Node>) -> Option<Node> {
        let node = node?;
        if !has_placeholders(node) {
            return Some(node.clone());
        }
        let Context { plan, target, sink, values, log, .. } = self;
        let told = &target.missing_facts;
        let filler = Filler { values, reading: Reading::Only("facts"), is_raw: &|at| plan.is_raw(at), told, sink };
        Some(filler.fill(node, log).unwrap_or_else(|| node.clone()))
    }

    /// A text that is a template itself, with all placeholders filled; `component` may be named where there is one.
    pub fn evaluated(&mut self, text: &Name, component: Option<&Name>) -> Option<Node> {
        let node = Node::str(text.value.clone(), Origin::written(text.at));
        if !text.contains("{{") {
            return Some(node);
        }
        let mut values = self.values.clone();
        if let Some(name) = component {
            values.set(Key::new("component"), name.at, Node::str(name.value.clone(), Origin::written(name.at)));
        }
        // Problems of the placeholders are told, and the text is not used.
        let own = Sink::new();
        let (plan, told) = (self.plan, &self.target.missing_facts);
        let filler = Filler { values: &values, reading: Reading::All, is_raw: &|at| plan.is_raw(at), told, sink: &own };
        let filled = filler.fill(&node, &mut self.log);
        // A name whose absence was told before leaves its braces.
        let failed =
            own.has_errors() || !told.is_empty() && filled.as_ref().unwrap_or(&node).as_str().is_some_and(|text| text.contains("{{"));
        self.sink.absorb(own, None);
        if failed { None } else { Some(filled.unwrap_or(node)) }
    }

    /// A type by name; an unknown one is reported.
    pub fn definition(&self, kind: DefinitionKind, name: &Name) -> Option<Arc<Definition>> {
        let found = self.plan.catalog.definition(kind, name);
        if found.is_none() {
            unknown_type(self.plan, kind, name, self.sink);
        }
        found
    }
}

/// Reports a type that nobody defines.
pub(super) fn unknown_type(plan: &Plan<'_>, kind: DefinitionKind, name: &Name, sink: &Sink) {
    // A definition that is there and does not compile has its own problems.
    let known: Vec<&str> = plan.catalog.names(kind).collect();
    if known.contains(&&*name.value) {
        return;
    }
    let message = format!("no {} type is called `{name}`", kind.as_str());
    let mut problem = Diagnostic::error(code::UNKNOWN_TYPE, name.at, message).suggest(name, known.iter().copied());
    // A part of the name, as `ingress`, or one with the version that KubeVela lets stand behind it.
    let holds = |known: &&&str| name.len() >= 4 && (known.contains(&*name.value) || known.len() >= 4 && name.contains(**known));
    let unversioned = name.split_once('@').and_then(|(bare, _)| known.iter().copied().find(|known| *known == bare));
    if let Some(bare) = unversioned {
        problem = problem.help(format!("write `{bare}`: of a type there is one version, the one of this program or project"));
        problem.replacement = Some(bare.to_owned());
    } else if problem.help.is_none()
        && let Some(near) = known.iter().find(holds)
    {
        problem = problem.help(format!("did you mean `{near}`?"));
        problem.replacement = Some((*near).to_owned());
    } else if problem.help.is_none() {
        let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        problem = problem.help(format!("known are {list}"));
    }
    sink.push(problem.unless_unread(kind.document(), &*name.value));
}

/// What placeholders may name: `facts`, `app`, `environment`, `cluster`, `region`.
fn values(application: &ApplicationPlan<'_>, target: &Target) -> Node {
    let mut entries = Vec::with_capacity(6);
    let mut put = |key: &str, node: Node| entries.push(Entry { key: Key::new(key), key_at: node.origin.at, node });
    let text = |name: &Name| Node::str(name.value.clone(), Origin::written(name.at));
    put("facts", target.facts.clone());
    put("app", application.about.clone());
    put("environment", text(&target.environment.meta.name));
    if let Some(instance) = &target.environment.instance {
        put("instance", text(&instance.name));
    }
    if let Some(cluster) = &target.cluster {
        put("cluster", text(&cluster.meta.name));
        if let Some(region) = &cluster.region {
            put("region", text(region));
        }
    }
    Node::map(entries, Origin::written(Pos::NOWHERE))
}
