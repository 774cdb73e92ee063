//! Steps of a workflow: which of them decide what is rendered, and which only happen.

use std::sync::Arc;

use super::fields::{Fields, article, judge_name};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Name, Spanned, Step, StepKind, Workflow};
use crate::tree::Node;

/// Steps that happen in the cluster or beside it, and make no objects.
const HAPPEN: [&str; 15] = [
    "suspend",
    "notification",
    "webhook",
    "request",
    "print-message-in-status",
    "depends-on-app",
    "read-object",
    "read-app",
    "read-config",
    "list-config",
    "check-metrics",
    "collect-service-endpoints",
    "clean-jobs",
    "restart-workflow",
    "vela-cli",
];

/// Steps that make objects of what only a cluster, or somebody else, knows.
const MAKE: [&str; 18] = [
    "apply-object",
    "apply-app",
    "apply-deployment",
    "apply-application",
    "apply-application-in-parallel",
    "apply-remaining",
    "apply-terraform-config",
    "apply-terraform-provider",
    "addon-operation",
    "build-push-image",
    "create-config",
    "delete-config",
    "deploy-cloud-resource",
    "export-data",
    "export-service",
    "export2config",
    "export2secret",
    "share-cloud-resource",
];

const DEPLOY: &str = "deploy";
const COMPONENT: &str = "apply-component";
const GROUP: &str = "step-group";

/// `spec.workflow` of an Application.
pub(super) fn workflow(spec: &mut Fields<'_>) -> Option<Workflow> {
    let mut fields = spec.fields("workflow", "`workflow`")?;
    let reference = fields.text("ref");
    let workflow = steps_of(&mut fields, None, reference);
    fields.finish();
    if let (Some(reference), Some(steps)) = (&workflow.reference, workflow.steps.first()) {
        let message = "a workflow has steps of its own, or is the one that `ref` names, not both";
        spec.sink.push(Diagnostic::error(code::VALUE_NOT_ALLOWED, reference.at, message).label(steps.name.at, "a step"));
    }
    Some(workflow)
}

/// Mode and steps of a workflow.
pub(super) fn steps_of(fields: &mut Fields<'_>, name: Option<Name>, reference: Option<Name>) -> Workflow {
    let sink = fields.sink;
    if let Some(mut mode) = fields.fields("mode", "`mode`") {
        mode.one_of("steps", &["StepByStep", "DAG"]);
        mode.one_of("subSteps", &["StepByStep", "DAG"]);
        mode.finish();
    }
    let mut steps: Vec<Step> = Vec::new();
    for (index, node) in fields.list("steps").iter().enumerate() {
        step(node, format!("step-{index}"), true, &mut steps, sink);
    }
    for (index, step) in steps.iter().enumerate() {
        if let Some(first) = steps[..index].iter().find(|other| other.name.value == step.name.value) {
            let message = format!("there are two steps called `{}`", step.name);
            sink.push(Diagnostic::error(code::DUPLICATE, step.name.at, message).label(first.name.at, "the first one"));
        }
    }
    Workflow { name, reference, steps, at: fields.at() }
}

fn step(node: &Node, numbered: String, may_group: bool, steps: &mut Vec<Step>, sink: &Sink) {
    let Some(mut fields) = Fields::of(node, "a step", sink) else { return };
    let name = fields.text("name");
    let type_name = fields.required_text("type");
    let condition = fields.text("if");
    for key in ["meta", "timeout", "mode"] {
        fields.optional(key);
    }
    fields.texts("dependsOn");
    let inputs = fields.list("inputs");
    let outputs = fields.list("outputs");
    let properties = fields.optional("properties");
    let sub_steps = if may_group { fields.list("subSteps") } else { &[] };
    fields.finish();
    let Some(type_name) = type_name else { return };
    let name = name.unwrap_or_else(|| Spanned::new(Arc::from(numbered.as_str()), type_name.at));
    judge_name(&name, 63, "the name of a step", sink);
    if &*type_name.value == GROUP {
        if !may_group {
            let message = "a group of steps stands in a group, and groups hold steps only";
            sink.push(Diagnostic::error(code::VALUE_NOT_ALLOWED, type_name.at, message));
        }
        for (index, node) in sub_steps.iter().enumerate() {
            step(node, format!("{numbered}-{index}"), false, steps, sink);
        }
        return;
    }
    if let Some(first) = sub_steps.first() {
        let message = format!("a step of type `{type_name}` has no `subSteps`");
        sink.push(Diagnostic::error(code::VALUE_NOT_ALLOWED, first.origin.at, message).help(format!("a group has `type: {GROUP}`")));
    }
    let renders = matches!(&*type_name.value, DEPLOY | COMPONENT);
    if let Some(input) = inputs.first().filter(|_| renders) {
        let message = format!("`inputs` of the step `{name}` hand it what only a running cluster knows");
        let problem = Diagnostic::error(code::NOT_UNDERSTOOD, input.origin.at, message);
        sink.push(problem.help("write the value where it is used, if it is known before"));
    }
    if let Some(output) = outputs.first() {
        let message = format!("`outputs` of the step `{name}` are read when it is done, and nothing is rendered of them");
        sink.push(Diagnostic::note(code::APPLY_TIME, output.origin.at, message));
    }
    if let Some(condition) = condition.filter(|condition| renders && &*condition.value != "always") {
        let message = format!("whether the step `{name}` is taken is known when it is due: it is rendered as if it were");
        sink.push(Diagnostic::warning(code::APPLY_TIME, condition.at, message));
    }
    let kind = kind(&type_name, properties, sink);
    steps.push(Step { name, type_name, kind });
}

fn kind(type_name: &Name, properties: Option<&Node>, sink: &Sink) -> StepKind {
    let known = &*type_name.value;
    if HAPPEN.contains(&known) {
        return StepKind::Happens;
    }
    if MAKE.contains(&known) {
        let message = format!("a step of type `{known}` makes objects that are not rendered");
        let help = "put the objects into a component, or leave the step to what applies the rendered objects";
        sink.push(Diagnostic::error(code::NOT_UNDERSTOOD, type_name.at, message).help(help));
        return StepKind::Wrong;
    }
    if known != DEPLOY && known != COMPONENT {
        let problem = Diagnostic::error(code::UNKNOWN_TYPE, type_name.at, format!("there is no step of type `{known}`"));
        let names = [DEPLOY, COMPONENT, GROUP].into_iter().chain(HAPPEN);
        let problem = problem.suggest(known, names);
        let way = format!("of a workflow, what decides what is rendered is known: `{DEPLOY}`, `{COMPONENT}`, `{GROUP}`");
        sink.push(if problem.help.is_some() { problem } else { problem.help(way) });
        return StepKind::Wrong;
    }
    let example = if known == DEPLOY { "{policies: [NAME]}" } else { "{component: NAME}" };
    let Some(properties) = properties else {
        let message = format!("missing field `properties` in a step of type `{known}`");
        sink.push(Diagnostic::error(code::MISSING_FIELD, type_name.at, message).help(format!("write `properties: {example}`")));
        return StepKind::Wrong;
    };
    let what = format!("properties of a step of type `{known}`");
    let Some(mut fields) = Fields::of(properties, &what, sink) else { return StepKind::Wrong };
    if known == COMPONENT {
        let component = fields.required_text("component");
        for key in ["cluster", "namespace"] {
            if let Some(place) = fields.text(key) {
                let message = format!("`{key}` of a step of type `{known}` moves one component, and is not followed");
                let problem = Diagnostic::error(code::NOT_UNDERSTOOD, place.at, message);
                sink.push(problem.help(format!("a step of type `{DEPLOY}` with a `topology` policy says where components go")));
            }
        }
        fields.finish();
        return component.map_or(StepKind::Wrong, StepKind::Component);
    }
    let policies = fields.texts("policies");
    for key in ["auto", "ignoreTerraformComponent"] {
        fields.boolean(key);
    }
    if let Some(node) = fields.optional("parallelism").filter(|node| node.as_i64().is_none_or(|number| number < 1)) {
        let message = match node.as_i64() {
            Some(number) => format!("`parallelism` is at least 1, not {number}"),
            None => format!("`parallelism` must be an integer, not {}", article(&node.value)),
        };
        sink.push(Diagnostic::error(code::OUT_OF_RANGE, node.origin.at, message));
    }
    fields.finish();
    StepKind::Deploy(policies)
}
