//! Containers: their names, what each place allows, and the parts of each.

use super::{Container, Place, Pod, env, handlers, images, mounts, resources};
use crate::check::fields::Fields;
use crate::check::findings::{About, Findings};
use crate::diag::code;
use crate::shape::Format;

/// Fields that only containers have that stay.
const OF_STAYING: [&str; 4] = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"];
/// Fields that a container which is added to a running pod cannot have.
const NOT_EPHEMERAL: [&str; 6] = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe", "ports", "resources"];

/// Judges the containers of a pod.
pub(super) fn judge<'a>(pod: Pod<'a>, findings: &mut Findings<'a>) {
    findings.required(pod.spec, "containers");
    let names = pod.containers().filter(|container| !container.name().is_empty());
    findings.unique("containers called", names.map(|container| (container.name(), container.node.place_of("name"))));
    if pod.bare && !pod.spec.list("ephemeralContainers").is_empty() {
        let message = "a new pod cannot have `ephemeralContainers`";
        findings.error(
            code::FIELD_CONFLICT,
            pod.spec.place_of("ephemeralContainers"),
            message,
            "they are added to a running pod, by `kubectl debug`",
        );
    }
    for container in pod.containers() {
        findings.within(About::new("container", container.name()), |findings| one(pod, container, findings));
    }
}

fn one<'a>(pod: Pod<'a>, container: Container<'a>, findings: &mut Findings<'a>) {
    let node = container.node;
    if findings.required(node, "name") {
        findings.format(node, "name", Format::DnsLabel);
    }
    images::judge(pod, node, findings);
    env::judge(pod, node, findings);
    mounts::judge(pod, container, findings);
    resources::container(node, findings);
    handlers::judge(pod, container, findings);
    findings.allowed(node, "terminationMessagePolicy", &["File", "FallbackToLogsOnError"]);
    findings.allowed(node, "imagePullPolicy", &["Always", "IfNotPresent", "Never"]);
    restart(container, findings);
    resize(pod, container, findings);
    match container.place {
        Place::Init => {
            for field in OF_STAYING {
                findings.forbidden(node, field, "in an init container, which ends; one with `restartPolicy: Always` may have it");
            }
        }
        Place::Ephemeral => {
            for field in NOT_EPHEMERAL {
                findings.forbidden(node, field, "in an ephemeral container");
            }
        }
        Place::Main | Place::Sidecar => {}
    }
}

fn restart<'a>(container: Container<'a>, findings: &mut Findings<'a>) {
    let node = container.node;
    findings.allowed(node, "restartPolicy", &["Always", "Never", "OnFailure"]);
    if container.place == Place::Main && !findings.since(35) {
        findings.forbidden(node, "restartPolicy", "in a container that is not an init container, before Kubernetes 1.35");
    }
    let rules = node.list("restartPolicyRules");
    if !rules.is_empty() && node.given("restartPolicy").is_none() {
        let message = format!("{} has `restartPolicyRules` and no `restartPolicy`", findings.about);
        findings.error(
            code::FIELD_CONFLICT,
            node.place_of("restartPolicyRules"),
            message,
            "say in `restartPolicy` what holds where no rule does",
        );
    }
    for rule in rules {
        findings.required(rule, "action");
        findings.allowed(rule, "action", &["Restart", "RestartAllContainers"]);
        let Some(codes) = rule.given("exitCodes") else {
            findings.required(rule, "exitCodes");
            continue;
        };
        findings.required(codes, "operator");
        findings.allowed(codes, "operator", &["In", "NotIn"]);
    }
}

fn resize<'a>(pod: Pod<'a>, container: Container<'a>, findings: &mut Findings<'a>) {
    let policies = container.node.list("resizePolicy");
    for policy in policies {
        findings.required(policy, "resourceName");
        findings.allowed(policy, "resourceName", &["cpu", "memory"]);
        findings.required(policy, "restartPolicy");
        findings.allowed(policy, "restartPolicy", &["NotRequired", "RestartContainer"]);
        if policy.text("restartPolicy") != Some("RestartContainer") {
            continue;
        }
        let why = match container.place {
            _ if pod.spec.text("restartPolicy") == Some("Never") => "the pod's `restartPolicy` is `Never`",
            Place::Init => "an init container ends by itself",
            _ => continue,
        };
        let message = format!("{} cannot be restarted to change its resources: {why}", findings.about);
        findings.error(code::FIELD_CONFLICT, policy.place_of("restartPolicy"), message, "write `restartPolicy: NotRequired`");
    }
    let names = policies.iter().filter_map(|policy| Some((policy.text("resourceName")?, policy.place())));
    findings.unique("resize policies for", names);
}
