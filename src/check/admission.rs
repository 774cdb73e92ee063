//! Admission: webhooks, and policies in CEL.

use super::expressions::{Gives, expression};
use super::fields::Fields;
use super::findings::{About, Findings, Need, meant};
use super::{selector, storage};
use crate::diag::{Diagnostic, code};
use crate::rules::Rule;
use crate::shape::Format;
use crate::tree::Node;

const OPERATIONS: [&str; 5] = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const FAILURE: [&str; 2] = ["Fail", "Ignore"];
const MATCHING: [&str; 2] = ["Equivalent", "Exact"];

/// Judges a ValidatingWebhookConfiguration or MutatingWebhookConfiguration.
pub(super) fn webhooks<'a>(object: &'a Node, findings: &mut Findings<'a>) {
    let hooks = object.list("webhooks");
    findings.unique("webhooks called", hooks.iter().filter_map(|hook| Some((hook.text("name")?, hook.place_of("name")))));
    for hook in hooks {
        findings.within(About::new("webhook", hook.text("name").unwrap_or_default()), |findings| webhook(hook, findings));
    }
}

fn webhook<'a>(hook: &'a Node, findings: &mut Findings<'a>) {
    if findings.required(hook, "name") {
        let name = hook.text("name").unwrap_or_default();
        if !Format::DnsName.takes_text(name) || name.split('.').count() < 3 {
            let message = format!("`{name}`, the name of a webhook, must be a domain of three parts at least");
            findings.error(code::BAD_NAME, hook.place_of("name"), message, "for example `pods.policy.example.com`");
        }
    }
    if findings.required(hook, "sideEffects") {
        findings.allowed(hook, "sideEffects", &["None", "NoneOnDryRun"]);
    }
    if findings.required(hook, "admissionReviewVersions") {
        let versions = hook.list("admissionReviewVersions");
        if !versions.iter().any(|version| matches!(version.as_str(), Some("v1" | "v1beta1"))) {
            let message = format!("`admissionReviewVersions` of {} names no version that the server speaks", findings.about);
            findings.error(code::VALUE_NOT_ALLOWED, hook.place_of("admissionReviewVersions"), message, "write `[v1]`");
        }
        findings.unique("review versions", versions.iter().filter_map(|version| Some((version.as_str()?, version.place()))));
    }
    findings.allowed(hook, "failurePolicy", &FAILURE);
    findings.allowed(hook, "matchPolicy", &MATCHING);
    findings.allowed(hook, "reinvocationPolicy", &["IfNeeded", "Never"]);
    findings.range(hook, "timeoutSeconds", 1..=30);
    for field in ["namespaceSelector", "objectSelector"] {
        if let Some(of) = hook.given(field) {
            selector::judge(of, findings);
        }
    }
    hook.list("rules").iter().for_each(|rule| resources(rule, findings));
    conditions(hook, findings);
    let Some(client) = hook.given("clientConfig") else {
        findings.required(hook, "clientConfig");
        return;
    };
    findings.one_of(client, &["service", "url"], Need::Exactly);
    if let Some(url) = client.text("url").filter(|url| !url.starts_with("https://")) {
        let message = format!("`{url}`, the address of {}, must begin with `https://`", findings.about);
        findings.error(code::BAD_FORMAT, client.place_of("url"), message, "the server calls webhooks by TLS only");
    }
    if let Some(service) = client.given("service") {
        findings.required(service, "name");
        findings.required(service, "namespace");
        findings.range(service, "port", 1..=65535);
        storage::absolute(service, "path", findings);
    }
}

/// Which requests are meant.
fn resources<'a>(rule: &'a Node, findings: &mut Findings<'a>) {
    for field in ["apiGroups", "apiVersions", "operations", "resources"] {
        if !findings.required(rule, field) {
            continue;
        }
        let items = rule.list(field);
        let all = items.iter().find(|item| item.as_str() == Some("*"));
        if let Some(all) = all.filter(|_| items.len() > 1 && field != "resources") {
            let message = format!("`*` in `{field}` stands for all, and there are others beside it");
            findings.error(code::FIELD_CONFLICT, all.place(), message, "keep `*` alone, or leave it out");
        }
    }
    for field in ["apiVersions", "operations", "resources"] {
        if let Some(empty) = rule.list(field).iter().find(|item| item.as_str() == Some("")) {
            let message = format!("an item of `{field}` is empty");
            findings.error(code::MISSING_FIELD, empty.place(), message, "write `*` for all, or leave the item out");
        }
    }
    let names = rule.list("resourceNames");
    findings.unique("resource names", names.iter().filter_map(|name| Some((name.as_str()?, name.place()))));
    for name in names {
        if let Some(text) = name.as_str().filter(|text| text.contains(['/', '%'])) {
            let message = format!("`{text}` cannot be the name of an object");
            findings.error(code::BAD_NAME, name.place(), message, "write the plain name");
        }
    }
    for operation in rule.list("operations") {
        if let Some(text) = operation.as_str() {
            findings.allowed_text(operation.place(), "`operations`", text, &OPERATIONS);
        }
    }
    findings.allowed(rule, "scope", &["*", "Cluster", "Namespaced"]);
}

/// What a CEL expression of an admission policy sees.
const SEEN: [&str; 7] = ["authorizer", "namespaceObject", "object", "oldObject", "params", "request", "variables"];

fn conditions<'a>(owner: &'a Node, findings: &mut Findings<'a>) {
    let conditions = owner.list("matchConditions");
    findings.unique("match conditions called", conditions.iter().filter_map(|of| Some((of.text("name")?, of.place_of("name")))));
    for condition in conditions {
        if findings.required(condition, "name") {
            findings.format(condition, "name", Format::LabelKey);
        }
        if findings.required(condition, "expression") {
            expression(condition, "expression", Gives::Condition, &SEEN, findings);
        }
    }
}

/// Which objects a policy or a binding is for.
fn matched<'a>(constraints: &'a Node, findings: &mut Findings<'a>) {
    for list in ["resourceRules", "excludeResourceRules"] {
        constraints.list(list).iter().for_each(|rule| resources(rule, findings));
    }
    findings.allowed(constraints, "matchPolicy", &MATCHING);
    for field in ["namespaceSelector", "objectSelector"] {
        if let Some(of) = constraints.given(field) {
            selector::judge(of, findings);
        }
    }
}

/// Says which variable an expression takes that no variable before it declares.
fn undeclared<'a>(holder: &'a Node, field: &str, known: &[&str], findings: &mut Findings<'a>) {
    let text = holder.text(field).unwrap_or_default();
    let inner = |char: char| char.is_ascii_alphanumeric() || char == '_';
    for (at, found) in text.match_indices("variables.") {
        let name = text[at + found.len()..].split(|char| !inner(char)).next().unwrap_or_default();
        let is_whole = !text[..at].ends_with(|char| inner(char) || char == '.');
        if is_whole && !name.is_empty() && !known.contains(&name) {
            let message = format!("`{field}` takes the variable `{name}`, which is not declared before it");
            let help = meant(name, known.iter().copied(), "declare it under `variables`");
            findings.error(code::BAD_RULE, holder.place_of(field), message, help);
            return;
        }
    }
}

/// A name that expressions can use.
fn is_identifier(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(inner) && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

/// Judges the `spec` of a ValidatingAdmissionPolicy or MutatingAdmissionPolicy.
pub(super) fn policy<'a>(kind: &str, spec: &'a Node, findings: &mut Findings<'a>) {
    findings.allowed(spec, "failurePolicy", &FAILURE);
    match spec.given("matchConstraints") {
        Some(constraints) => {
            findings.required(constraints, "resourceRules");
            matched(constraints, findings);
        }
        None => {
            findings.required(spec, "matchConstraints");
        }
    }
    if let Some(parameters) = spec.given("paramKind") {
        findings.required(parameters, "apiVersion");
        findings.required(parameters, "kind");
    }
    conditions(spec, findings);
    let mut known: Vec<&str> = Vec::new();
    for variable in spec.list("variables") {
        if findings.required(variable, "name")
            && let Some(name) = variable.text("name").filter(|name| !is_identifier(name))
        {
            let message = format!("`{name}` cannot be the name of a variable");
            let help =
                format!("names have letters, digits and `_`: write `{}`", name.replace(|char: char| !char.is_ascii_alphanumeric(), "_"));
            findings.error(code::BAD_NAME, variable.place_of("name"), message, help);
        }
        if findings.required(variable, "expression") {
            expression(variable, "expression", Gives::Value, &SEEN, findings);
            undeclared(variable, "expression", &known, findings);
        }
        known.extend(variable.text("name"));
    }
    if kind == "MutatingAdmissionPolicy" {
        findings.required(spec, "reinvocationPolicy");
        findings.required(spec, "mutations");
        spec.list("mutations").iter().for_each(|mutation| mutate(mutation, &known, findings));
        return;
    }
    let (validations, annotations) = (spec.list("validations"), spec.list("auditAnnotations"));
    if validations.is_empty() && annotations.is_empty() {
        let message = format!("{} has neither `validations` nor `auditAnnotations`, so it does nothing", findings.about);
        findings.error(code::MISSING_FIELD, spec.place_of("validations"), message, "add a validation with an `expression`");
    }
    let strict = spec.text("failurePolicy").is_none_or(|policy| policy == "Fail");
    for validation in validations {
        let rule = findings
            .required(validation, "expression")
            .then(|| expression(validation, "expression", Gives::Condition, &SEEN, findings))
            .flatten();
        undeclared(validation, "expression", &known, findings);
        expression(validation, "messageExpression", Gives::Value, &SEEN, findings);
        if let Some(path) = rule.as_ref().and_then(Rule::taken_for_granted).filter(|_| strict) {
            let map = path.rsplit_once(['.', '[']).map_or(&*path, |(map, _)| map);
            let message = format!("`{path}` fails for objects without any, and then everything is refused");
            let problem = Diagnostic::warning(code::UNGUARDED_FIELD, validation.place_of("expression"), message);
            findings.push(problem.help(format!("ask first: `has({map}) && …`")));
        }
        if validation.text("message").is_some_and(|message| message.contains('\n')) {
            let message = "`message` of a validation must be one line";
            findings.error(code::BAD_FORMAT, validation.place_of("message"), message, "join the lines");
        } else if validation.text("message").is_none() && validation.text("expression").is_some_and(|text| text.trim().contains('\n')) {
            let message = "an expression of several lines needs a `message`";
            findings.error(
                code::MISSING_FIELD,
                validation.place_of("expression"),
                message,
                "say in `message` what is wrong when it does not hold",
            );
        }
        findings.allowed(validation, "reason", &["Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"]);
    }
    findings.unique("audit annotations", annotations.iter().filter_map(|of| Some((of.text("key")?, of.place_of("key")))));
    for annotation in annotations {
        findings.required(annotation, "key");
        if findings.required(annotation, "valueExpression") {
            expression(annotation, "valueExpression", Gives::Value, &SEEN, findings);
        }
    }
}

/// Where each type of mutation says what changes.
const MUTATIONS: [(&str, &str); 2] = [("ApplyConfiguration", "applyConfiguration"), ("JSONPatch", "jsonPatch")];

/// What a mutation changes.
fn change<'a>(patch: &'a Node, known: &[&str], findings: &mut Findings<'a>) {
    if findings.required(patch, "expression") {
        let seen = [&SEEN[..], &["Object", "JSONPatch"]].concat();
        expression(patch, "expression", Gives::Value, &seen, findings);
        undeclared(patch, "expression", known, findings);
    }
}

fn mutate<'a>(mutation: &'a Node, known: &[&str], findings: &mut Findings<'a>) {
    if !findings.required(mutation, "patchType") {
        return;
    }
    let kind = mutation.text("patchType").unwrap_or_default();
    findings.allowed(mutation, "patchType", &MUTATIONS.map(|(name, _)| name));
    for (of, field) in MUTATIONS.into_iter().filter(|_| MUTATIONS.iter().any(|(name, _)| *name == kind)) {
        match mutation.given(field) {
            Some(patch) if of == kind => change(patch, known, findings),
            Some(_) => findings.forbidden(mutation, field, format!("for a mutation of type `{kind}`")),
            None if of == kind => {
                let message = format!("a mutation of type `{kind}` needs `{field}`");
                findings.error(code::MISSING_FIELD, mutation.place_of("patchType"), message, format!("say in `{field}` what changes"));
            }
            None => {}
        }
    }
}

/// Judges the `spec` of a ValidatingAdmissionPolicyBinding.
pub(super) fn binding<'a>(kind: &str, spec: &'a Node, findings: &mut Findings<'a>) {
    if findings.required(spec, "policyName") {
        findings.format(spec, "policyName", Format::DnsName);
    }
    if kind == "ValidatingAdmissionPolicyBinding" && findings.required(spec, "validationActions") {
        let actions = spec.list("validationActions");
        let find = |name: &str| actions.iter().find(|action| action.as_str() == Some(name));
        for action in actions {
            if let Some(text) = action.as_str() {
                findings.allowed_text(action.place(), "`validationActions`", text, &["Audit", "Deny", "Warn"]);
            }
        }
        findings.unique("actions", actions.iter().filter_map(|action| Some((action.as_str()?, action.place()))));
        if let (Some(deny), Some(warn)) = (find("Deny"), find("Warn")) {
            let problem =
                Diagnostic::error(code::FIELD_CONFLICT, warn.place(), "`Deny` and `Warn` exclude each other: both tell the same person");
            findings.push(problem.label(deny.place(), "the other one").help("keep one of them"));
        }
    }
    if let Some(of) = spec.given("matchResources") {
        matched(of, findings);
    }
    let Some(parameters) = spec.given("paramRef") else { return };
    findings.one_of(parameters, &["name", "selector"], Need::Exactly);
    if findings.required(parameters, "parameterNotFoundAction") {
        findings.allowed(parameters, "parameterNotFoundAction", &["Allow", "Deny"]);
    }
}
