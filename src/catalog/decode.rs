//! From a document to a compiled [`Definition`].

use std::sync::Arc;

use super::library::Libraries;
use super::{Definition, DefinitionKind, Example, rule};
use crate::diag::{Diagnostic, Sink, code};
use crate::kubernetes::Schemas;
use crate::shape;
use crate::source::Role;
use crate::template::{self, Parts};
use crate::tree::{Document, Node, Origin};

/// The definition that a document, judged before, describes. Problems go to the sink; `None` if one leaves no type.
pub(super) fn definition(
    kind: DefinitionKind,
    document: &Document,
    libraries: &Libraries,
    schemas: &Schemas,
    sink: &Sink,
) -> Option<Arc<Definition>> {
    let root = &document.root;
    let spec = root.field("spec")?;
    let schematic = spec.at(&["schematic", "minijinja"])?;
    let nothing = Node::map(Vec::new(), Origin::written(schematic.origin.at));
    let parameters = Arc::new(shape::compile(schematic.field("parameters").unwrap_or(&nothing), libraries, sink)?);
    let workload = spec.at(&["workload", "definition"]).and_then(|workload| {
        let text = |key| workload.field(key).and_then(Node::as_str).map(str::to_owned);
        text("apiVersion").zip(text("kind"))
    });
    let applies_to = names(spec, "appliesToWorkloads");
    let targets = targets(&applies_to, kind, spec, schemas, sink)?;
    let parts =
        Parts { parameters: &parameters, context: None, context_names: &[], fragments: libraries, kubernetes: schemas, targets: &targets };
    let template = template::compile(schematic, &document.tags, &parts, sink)?;
    let rules = rule::compile(&template, sink)?;
    let description = root.at(&["metadata", "annotations", "definition.oam.dev/description"]).or_else(|| spec.field("description"));
    Some(Arc::new(Definition {
        kind,
        name: root.at(&["metadata", "name"]).and_then(Node::as_str)?.into(),
        at: root.origin.at,
        description: description.and_then(Node::as_str).unwrap_or_default().to_owned(),
        parameters,
        template,
        workload,
        usable_by: usable_by(kind, spec),
        applies_to,
        conflicts_with: names(spec, "conflictsWith"),
        after: names(spec, "after"),
        overrides: names(spec, "overrides"),
        pod_disruptive: spec.field("podDisruptive").and_then(Node::as_bool).unwrap_or(false),
        rules,
        allow_component_overlap: spec.field("allowComponentOverlap").and_then(Node::as_bool).unwrap_or(true),
        delivers: spec.field("delivery").and_then(Node::as_bool).unwrap_or(false),
        examples: spec.field("examples").map(|examples| examples.items().iter().filter_map(example).collect()).unwrap_or_default(),
        tests: spec.field("tests").map(|tests| tests.items().to_vec()).unwrap_or_default(),
        document: root.clone(),
        tags: document.tags.clone(),
    }))
}

fn names(spec: &Node, key: &str) -> Vec<String> {
    spec.field(key).map(|list| list.items().iter().filter_map(Node::as_str).map(str::to_owned).collect()).unwrap_or_default()
}

/// Who may use a type that does not say: whoever decides what it is about.
fn usable_by(kind: DefinitionKind, spec: &Node) -> Vec<Role> {
    let said: Vec<Role> = names(spec, "usableBy")
        .iter()
        .filter_map(|name| [Role::Developer, Role::AppOperator, Role::InfraOperator].into_iter().find(|role| role.as_str() == name))
        .collect();
    match kind {
        _ if !said.is_empty() => said,
        DefinitionKind::Component => vec![Role::Developer, Role::AppOperator],
        DefinitionKind::Trait => vec![Role::AppOperator],
        DefinitionKind::Scope => vec![Role::InfraOperator],
    }
}

/// apiVersion and kind of what a trait's patch may meet; empty: anything. A resource that Kubernetes does not have is somebody's
/// own as long as its group is not one of Kubernetes'.
fn targets(applies_to: &[String], kind: DefinitionKind, spec: &Node, schemas: &Schemas, sink: &Sink) -> Option<Vec<(String, String)>> {
    let mut targets = Vec::new();
    let mut sound = true;
    let mut open = kind != DefinitionKind::Trait;
    for (resource, node) in applies_to.iter().zip(spec.field("appliesToWorkloads").map(Node::items).unwrap_or_default()) {
        match schemas.by_resource(resource) {
            Some(kind) => targets.push((kind.api_version.to_string(), kind.kind.to_string())),
            None if resource == "*" || resource.split_once('.').is_some_and(|(_, group)| group.contains('.')) => open = true,
            None => {
                sound = false;
                let message = format!("there is no resource `{resource}`");
                let resources = ["deployments.apps", "statefulsets.apps", "daemonsets.apps", "jobs.batch", "cronjobs.batch", "pods"];
                sink.push(
                    Diagnostic::error(code::UNKNOWN_KIND, node.origin.at, message)
                        .help("write the plural of the kind and its group, as `deployments.apps`")
                        .suggest(resource, resources),
                );
            }
        }
    }
    sound.then(|| if open { Vec::new() } else { targets })
}

fn example(node: &Node) -> Option<Example> {
    Some(Example {
        title: node.field("title")?.as_str()?.to_owned(),
        properties: node.field("properties")?.clone(),
        on: node.field("on").cloned(),
        environment: node.field("environment").cloned(),
    })
}
