//! Roles and bindings: rules that grant something, and whom they are granted to.

use super::fields::Fields;
use super::findings::{About, Findings, meant};
use crate::diag::{Diagnostic, code};
use crate::kubernetes::Schemas;
use crate::shape::Format;
use crate::tree::Node;

const GROUP: &str = "rbac.authorization.k8s.io";
/// Verbs that the API server asks for.
const VERBS: [&str; 16] = [
    "*",
    "approve",
    "attest",
    "bind",
    "create",
    "delete",
    "deletecollection",
    "escalate",
    "get",
    "impersonate",
    "list",
    "patch",
    "sign",
    "update",
    "use",
    "watch",
];

/// Judges a Role or ClusterRole.
pub(super) fn role<'a>(kind: &str, object: &'a Node, schemas: &Schemas, findings: &mut Findings<'a>) {
    for rule in object.list("rules") {
        findings.within(About::new("rule", ""), |findings| {
            judge_rule(kind, rule, findings);
            grants(rule, schemas, findings);
        });
    }
    if let Some(of) = object.given("aggregationRule") {
        findings.required(of, "clusterRoleSelectors");
        of.list("clusterRoleSelectors").iter().for_each(|of| super::selector::judge(of, findings));
    }
}

fn judge_rule<'a>(kind: &str, rule: &'a Node, findings: &mut Findings<'a>) {
    findings.required(rule, "verbs");
    if !rule.list("nonResourceURLs").is_empty() {
        let at = rule.place_of("nonResourceURLs");
        if kind == "Role" {
            let message = "`nonResourceURLs` belong to no namespace, so a Role cannot grant them";
            return findings.error(code::FIELD_CONFLICT, at, message, "use a ClusterRole");
        }
        let other = ["apiGroups", "resources", "resourceNames"].into_iter().find(|field| !rule.list(field).is_empty());
        if let Some(other) = other {
            let message = format!("a rule is for `nonResourceURLs`, or for resources, and this one has `{other}` too");
            let problem = Diagnostic::error(code::FIELD_CONFLICT, at, message).label(rule.place_of(other), "the other one");
            findings.push(problem.help("make two rules of it"));
        }
        return;
    }
    if rule.list("apiGroups").is_empty() {
        let message = "a rule for resources needs `apiGroups`";
        findings.error(code::MISSING_FIELD, rule.place_of("apiGroups"), message, "the core group is the empty text: `apiGroups: [\"\"]`");
    }
    findings.required(rule, "resources");
}

/// What a rule names, and nothing has.
fn grants<'a>(rule: &'a Node, schemas: &Schemas, findings: &mut Findings<'a>) {
    for verb in rule.list("verbs") {
        let Some(text) = verb.as_str().filter(|text| !VERBS.contains(text)) else { continue };
        // Other programs ask for verbs of their own.
        let lower = text.to_ascii_lowercase();
        let help = if VERBS.contains(&&*lower) { format!("write `{lower}`") } else { meant(text, VERBS, "") };
        if !help.is_empty() {
            findings.warn(code::GRANTS_NOTHING, verb.place(), format!("the verb `{text}` grants nothing: nobody asks for it"), help);
        }
    }
    let groups: Vec<&str> = rule.list("apiGroups").iter().filter_map(Node::as_str).collect();
    if groups.is_empty() || groups.contains(&"*") || groups.iter().any(|group| !is_served(schemas, group)) {
        return;
    }
    for resource in rule.list("resources") {
        let Some(text) = resource.as_str().filter(|text| !text.contains('*')) else { continue };
        let (name, sub) = text.split_once('/').map_or((text, None), |(name, sub)| (name, Some(sub)));
        let mut of_groups = schemas.kinds().filter(|kind| groups.contains(&&*kind.group));
        if of_groups.any(|kind| kind.plural == name) || virtual_resource(&groups, name) {
            continue;
        }
        let elsewhere = schemas.kinds().find(|kind| kind.plural == name);
        let lower = name.to_ascii_lowercase();
        let singular = schemas.kinds().find(|kind| kind.kind.to_ascii_lowercase() == lower || kind.plural == lower);
        let help = match (elsewhere, singular) {
            (Some(kind), _) => format!("`{name}` is in the group `{}`: name it in `apiGroups`", kind.group),
            (_, Some(kind)) if groups.contains(&&*kind.group) => {
                format!("write `{}{}`", kind.plural, sub.map(|sub| format!("/{sub}")).unwrap_or_default())
            }
            _ => meant(
                name,
                schemas.kinds().filter(|kind| groups.contains(&&*kind.group)).map(|kind| &*kind.plural),
                "write the plural, as in `pods`",
            ),
        };
        let shown: Vec<String> =
            groups.iter().map(|group| if group.is_empty() { "the core group".to_owned() } else { format!("`{group}`") }).collect();
        let message = format!("there is no resource `{name}` in {}, so this grants nothing", shown.join(" and "));
        findings.push(
            Diagnostic::warning(code::GRANTS_NOTHING, resource.place(), message).label(rule.place_of("apiGroups"), "the groups").help(help),
        );
    }
}

/// Whether Kubernetes, or a CRD that is known, has the group.
fn is_served(schemas: &Schemas, group: &str) -> bool {
    schemas.kinds().any(|kind| kind.group == group)
}

/// Resources that are asked for and never listed.
fn virtual_resource(groups: &[&str], name: &str) -> bool {
    let core = ["bindings", "componentstatuses", "users", "groups", "serviceaccounts", "events", "nodes", "podtemplates", "namespaces"];
    let reviews = ["tokenreviews", "selfsubjectreviews", "subjectaccessreviews", "selfsubjectaccessreviews", "localsubjectaccessreviews"];
    (groups.contains(&"") && core.contains(&name)) || reviews.contains(&name) || name == "selfsubjectrulesreviews" || name == "signers"
}

/// Judges a RoleBinding or ClusterRoleBinding.
pub(super) fn binding<'a>(kind: &str, object: &'a Node, findings: &mut Findings<'a>) {
    match object.given("roleRef") {
        Some(role) => {
            let kinds: &[&str] = if kind == "RoleBinding" { &["ClusterRole", "Role"] } else { &["ClusterRole"] };
            findings.within(About::field("roleRef"), |findings| {
                if findings.required(role, "kind") {
                    findings.allowed(role, "kind", kinds);
                }
                findings.required(role, "name");
                // Where it says nothing, the server fills it in.
                findings.allowed(role, "apiGroup", &[GROUP]);
            });
        }
        None => {
            findings.required(object, "roleRef");
        }
    }
    for of in object.list("subjects") {
        findings.within(About::new("subject", of.text("name").unwrap_or_default()), |findings| subject(kind, of, findings));
    }
}

fn subject<'a>(kind: &str, subject: &'a Node, findings: &mut Findings<'a>) {
    if findings.required(subject, "kind") {
        findings.allowed(subject, "kind", &["Group", "ServiceAccount", "User"]);
    }
    findings.required(subject, "name");
    match subject.text("kind") {
        Some("ServiceAccount") => {
            findings.format(subject, "name", Format::DnsName);
            if let Some(group) = subject.text("apiGroup") {
                let message = format!("a ServiceAccount is in no group, and `apiGroup` says `{group}`");
                findings.error(code::VALUE_NOT_ALLOWED, subject.place_of("apiGroup"), message, "leave out `apiGroup`");
            }
            // In a RoleBinding its own namespace is meant.
            if kind == "ClusterRoleBinding" {
                findings.required(subject, "namespace");
            }
        }
        Some("User" | "Group") => findings.allowed(subject, "apiGroup", &[GROUP]),
        _ => {}
    }
}
