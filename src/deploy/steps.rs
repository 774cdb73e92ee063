//! Which deployments a workflow makes, with which policies: those that are written, or the ones that stand for none.

use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Application, Name, Override, Policy, PolicyKind, Replication, StepKind, Topology, Workflow, Workspace};
use crate::source::Pos;

/// Components that are deployed together.
pub(super) struct Deployment<'a> {
    /// The step, if one is written.
    pub step: Option<&'a Name>,
    /// Where to; none: where the Application is.
    pub topologies: Vec<(&'a Policy, &'a Topology)>,
    /// What differs there, in order.
    pub overrides: Vec<&'a Override>,
    /// What is copied there, in order.
    pub replications: Vec<&'a Replication>,
}

/// The deployments of an Application, in order. Policies and workflows in documents of their own that it refers to are added to `used`.
pub(super) fn deployments<'a>(
    application: &'a Application,
    workspace: &'a Workspace,
    used: &mut Vec<Pos>,
    sink: &Sink,
) -> Vec<Deployment<'a>> {
    let Some(workflow) = workflow(application, workspace, used, sink) else { return implied(application, sink) };
    let mut deployments = Vec::new();
    let mut components = Vec::new();
    let mut named: Vec<&str> = Vec::new();
    for step in &workflow.steps {
        match &step.kind {
            StepKind::Deploy(policies) => {
                named.extend(policies.iter().map(|name| &*name.value));
                deployments.push(deployment(&step.name, policies, application, workspace, used, sink));
            }
            StepKind::Component(name) => components.push(name),
            StepKind::Happens | StepKind::Wrong => {}
        }
    }
    let wrong = workflow.steps.iter().any(|step| matches!(step.kind, StepKind::Wrong));
    for policy in &application.policies {
        let decides = matches!(policy.kind, PolicyKind::Topology(_) | PolicyKind::Override(_) | PolicyKind::Replication(_));
        if decides && !wrong && !named.contains(&&*policy.name.value) {
            let message = format!("the policy `{}` has no effect: no step of the workflow deploys with it", policy.name);
            let problem = Diagnostic::warning(code::MATCHES_NOTHING, policy.name.at, message);
            sink.push(
                problem.help(format!("name it in `policies` of a step of type `deploy`, or leave out the {} policy", policy.type_name)),
            );
        }
    }
    if deployments.is_empty() {
        if !wrong {
            steps_of_components(application, &components, sink);
        }
        deployments.push(nothing_said());
    }
    deployments
}

/// Everything, where the Application is.
fn nothing_said<'a>() -> Deployment<'a> {
    Deployment { step: None, topologies: Vec::new(), overrides: Vec::new(), replications: Vec::new() }
}

/// The workflow that is written, here or in a document of its own.
fn workflow<'a>(application: &'a Application, workspace: &'a Workspace, used: &mut Vec<Pos>, sink: &Sink) -> Option<&'a Workflow> {
    let written = application.workflow.as_ref()?;
    let Some(name) = &written.reference else { return Some(written).filter(|workflow| !workflow.steps.is_empty()) };
    let named = |workflow: &&Workflow| workflow.name.as_ref().is_some_and(|own| own.value == name.value);
    let found = workspace.workflows.iter().find(named);
    match found {
        Some(workflow) => used.push(workflow.at),
        None => {
            let known = workspace.workflows.iter().filter_map(|workflow| workflow.name.as_ref()).map(|name| &*name.value);
            let problem = Diagnostic::error(code::UNKNOWN_NAME, name.at, format!("no Workflow is called `{name}`")).suggest(name, known);
            sink.push(if problem.help.is_some() { problem } else { problem.help("give its file, too: `-f FILE -f WORKFLOW`") });
        }
    }
    found
}

/// Without a workflow: one deployment for each topology, each with all overrides.
fn implied<'a>(application: &'a Application, sink: &Sink) -> Vec<Deployment<'a>> {
    let mut overrides = Vec::new();
    let mut topologies = Vec::new();
    for policy in &application.policies {
        match &policy.kind {
            PolicyKind::Override(over) => overrides.push(over),
            PolicyKind::Topology(topology) => topologies.push((policy, topology)),
            PolicyKind::Replication(_) => {
                let message = format!("the policy `{}` has no effect: no step of a workflow deploys with it", policy.name);
                let problem = Diagnostic::warning(code::MATCHES_NOTHING, policy.name.at, message);
                sink.push(problem.help(format!(
                    "write `workflow: {{steps: [{{type: deploy, properties: {{policies: [{}]}}}}]}}`, with the other policies",
                    policy.name
                )));
            }
            PolicyKind::AtApply | PolicyKind::Wrong => {}
        }
    }
    if topologies.is_empty() {
        return vec![Deployment { overrides, ..nothing_said() }];
    }
    topologies.into_iter().map(|one| Deployment { topologies: vec![one], overrides: overrides.clone(), ..nothing_said() }).collect()
}

/// The deployment of a step, of the policies that it names.
fn deployment<'a>(
    step: &'a Name,
    policies: &'a [Name],
    application: &'a Application,
    workspace: &'a Workspace,
    used: &mut Vec<Pos>,
    sink: &Sink,
) -> Deployment<'a> {
    let mut deployment = Deployment { step: Some(step), ..nothing_said() };
    for (index, name) in policies.iter().enumerate() {
        if let Some(first) = policies[..index].iter().find(|other| other.value == name.value) {
            let message = format!("the step `{step}` names the policy `{name}` twice");
            sink.push(Diagnostic::warning(code::DUPLICATE, name.at, message).label(first.at, "the first time"));
            continue;
        }
        let own = application.policies.iter().find(|policy| policy.name.value == name.value);
        let found = own.or_else(|| workspace.policies.iter().find(|policy| policy.name.value == name.value));
        let Some(policy) = found else {
            let known: Vec<&str> = application.policies.iter().chain(&workspace.policies).map(|policy| &*policy.name.value).collect();
            let message = format!("the step `{step}` names the policy `{name}`, and there is none of this name");
            let problem = Diagnostic::error(code::UNKNOWN_NAME, name.at, message).suggest(name, known.iter().copied());
            sink.push(if problem.help.is_some() || known.is_empty() {
                problem
            } else {
                problem.help(format!("there are: {}", known.join(", ")))
            });
            continue;
        };
        used.push(policy.at);
        match &policy.kind {
            PolicyKind::Topology(topology) => deployment.topologies.push((policy, topology)),
            PolicyKind::Override(over) => deployment.overrides.push(over),
            PolicyKind::Replication(replication) => deployment.replications.push(replication),
            PolicyKind::AtApply | PolicyKind::Wrong => {}
        }
    }
    deployment
}

/// A workflow that deploys components one by one decides nothing but their order; a component that it forgets is told.
fn steps_of_components(application: &Application, named: &[&Name], sink: &Sink) {
    let known = || application.components.iter().map(|component| &*component.name.value);
    for name in named {
        if !known().any(|known| *known == *name.value) {
            let message = format!("a step applies the component `{name}`, and the Application has none of this name");
            sink.push(Diagnostic::error(code::UNKNOWN_NAME, name.at, message).suggest(name, known()));
        }
    }
    for component in application.components.iter().filter(|_| !named.is_empty()) {
        if !named.iter().any(|name| name.value == component.name.value) {
            let message = format!("no step of the workflow applies the component `{}`, and it is rendered all the same", component.name);
            sink.push(
                Diagnostic::warning(code::APPLY_TIME, component.name.at, message)
                    .help("leave it out of `components` if it is not meant to run"),
            );
        }
    }
}
