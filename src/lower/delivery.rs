//! What brings an environment's objects to its cluster: the outputs of its delivery, which see all applications and their stages.

use std::sync::Arc;

use super::context::{entry, name, of_unit, stage_number, text};
use super::finish::complete_delivery;
use super::{Lowered, scopes};
use crate::diag::Sink;
use crate::resolve::{ResolvedComponent, ResolvedScope, Unit};
use crate::template::Per;
use crate::tree::{Entry, Node, Origin, UnitLog, Value};

/// An application of which there are objects.
#[derive(Clone, Debug)]
pub struct Delivered<'a> {
    /// Its unit.
    pub unit: &'a Unit,
    /// The directory of its files in the output.
    pub path: String,
    /// Those of its components of which there are objects.
    pub components: Vec<Arc<str>>,
}

/// Makes the objects that bring one environment (and cluster) there. `platform`: the directory of what is made once for all
/// applications, if there is anything in it. All applications must be given.
pub fn delivery(scope: &ResolvedScope, applications: &[Delivered<'_>], platform: Option<&str>, sink: &Sink) -> Lowered {
    let (mut log, own) = (UnitLog::default(), Sink::new());
    let mut objects = Vec::new();
    if let Some(first) = applications.first() {
        let at = scope.name.at;
        let of_one = |entry: &Entry| matches!(entry.key.as_str(), "appName" | "namespace");
        let mut entries: Vec<Entry> = of_unit(first.unit).into_iter().filter(|entry| !of_one(entry)).collect();
        let applications = applications.iter().map(|one| application(one, applications)).collect();
        entries.push(entry("applications", Node::list(applications, Origin::written(at))));
        entries.extend(platform.map(|path| entry("platform", Node::map(vec![entry("path", text(path, at))], Origin::written(at)))));
        let context = Node::map(entries, Origin::written(at));
        for per in [Per::Namespace, Per::Environment, Per::Cluster] {
            objects.extend(scopes::outputs(&scope.definition, &scope.properties, context.clone(), per, &own, &mut log));
        }
        for object in &mut objects {
            complete_delivery(object, &own);
        }
    }
    sink.absorb(own, None);
    Lowered { objects, log, parts: Vec::new() }
}

/// An application as the templates of deliveries see it: `name`, `namespace`, `path`, and `stages`, each with `number`, `last` and the
/// names of its `components` and of those of all `later` stages, and the stages of other applications that it comes `after`. What belongs to no component comes with the first.
fn application(delivered: &Delivered<'_>, all: &[Delivered<'_>]) -> Node {
    let unit = delivered.unit;
    let at = unit.application.at;
    let origin = Origin::written(at);
    let rendered = rendered(delivered);
    let numbers = numbers(&rendered);
    let stages = numbers.iter().enumerate().map(|(index, stage)| {
        let names = |is: fn(usize, usize) -> bool| {
            let components = rendered.iter().filter(|component| is(component.stage, *stage));
            Node::list(components.map(|component| name(&component.name)).collect(), origin)
        };
        let entries = vec![
            entry("number", stage_number(index, at)),
            entry("last", Node::new(Value::Bool(index + 1 == numbers.len()), origin)),
            entry("components", names(|one, this| one == this)),
            entry("later", names(|one, this| one > this)),
            entry("after", Node::list(after(rendered.iter().filter(|component| component.stage == *stage), all), origin)),
        ];
        Node::map(entries, origin)
    });
    let entries = vec![
        entry("name", name(&unit.application)),
        entry("namespace", unit.namespace.clone()),
        entry("path", text(&delivered.path, at)),
        entry("stages", Node::list(stages.collect(), origin)),
    ];
    Node::map(entries, origin)
}

/// The components of which there are objects.
fn rendered<'u>(delivered: &Delivered<'u>) -> Vec<&'u ResolvedComponent> {
    delivered.unit.components.iter().filter(|component| delivered.components.contains(&component.name.value)).collect()
}

/// The stages in which something starts, in order.
fn numbers(rendered: &[&ResolvedComponent]) -> Vec<usize> {
    let mut numbers: Vec<usize> = rendered.iter().map(|component| component.stage).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// The stages of other applications that components wait for, each once: `name` of the application, `number`, `last`. What has no objects in
/// this environment is there, or nowhere.
fn after<'u>(components: impl Iterator<Item = &'u &'u ResolvedComponent>, all: &[Delivered<'_>]) -> Vec<Node> {
    let mut found: Vec<(&str, usize)> = Vec::new();
    let mut stages = Vec::new();
    for wanted in components.flat_map(|component| &component.awaits) {
        let Some(other) = all.iter().find(|other| other.unit.application.value == wanted.application.value) else { continue };
        let rendered = rendered(other);
        let numbers = numbers(&rendered);
        let target = rendered.iter().find(|component| component.name.value == wanted.component.value);
        let Some(number) = target.and_then(|target| numbers.iter().position(|stage| *stage == target.stage)) else { continue };
        if found.contains(&(&*wanted.application.value, number)) {
            continue;
        }
        found.push((&wanted.application.value, number));
        let origin = Origin::written(wanted.at);
        let entries = vec![
            entry("name", name(&wanted.application)),
            entry("number", stage_number(number, wanted.at)),
            entry("last", Node::new(Value::Bool(number + 1 == numbers.len()), origin)),
        ];
        stages.push(Node::map(entries, origin));
    }
    stages
}
