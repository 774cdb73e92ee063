//! Jobs: how often, how many at once, and what counts as failed or done.

use super::ends;
use crate::check::fields::Fields;
use crate::check::findings::{Findings, Need, meant};
use crate::check::pod::Pod;
use crate::check::selector;
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::tree::Node;

/// Judges the `spec` of a Job.
pub(in crate::check) fn job<'a>(spec: &'a Node, pod: Option<Pod<'a>>, findings: &mut Findings<'a>) {
    if spec.is_on("manualSelector") {
        match spec.given("selector") {
            Some(of) => {
                selector::judge(of, findings);
                super::mismatch(of, pod.and_then(Pod::labels), spec, findings);
            }
            None => {
                findings.required(spec, "selector");
            }
        }
    } else if spec.given("selector").is_some_and(|of| !selector::is_empty(of)) {
        let message = format!("`selector` of {} is made by the server, which refuses another", findings.about);
        findings.error(code::FIELD_CONFLICT, spec.place_of("selector"), message, "leave it out");
    }
    self::spec(spec, pod, false, findings);
}

/// What a Job and the Jobs of a CronJob have in common.
pub(super) fn spec<'a>(spec: &'a Node, pod: Option<Pod<'a>>, is_template: bool, findings: &mut Findings<'a>) {
    for field in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
        "ttlSecondsAfterFinished",
    ] {
        findings.not_negative(spec, field);
    }
    findings.allowed(spec, "completionMode", &["Indexed", "NonIndexed"]);
    indexed(spec, is_template, findings);
    if spec.given("managedBy").is_some() {
        findings.required(spec, "managedBy");
    }
    if let Some(by) = spec.text("managedBy")
        && !by.split_once('/').is_some_and(|(domain, path)| Format::DnsName.takes_text(domain) && !path.is_empty() && by.len() <= 63)
    {
        let message = format!("`{by}`, `managedBy` of {}, must be a domain and a path", findings.about);
        findings.error(
            code::BAD_NAME,
            spec.place_of("managedBy"),
            message,
            format!("for example `example.com/{}`", by.rsplit('/').next().unwrap_or(by)),
        );
    }
    let policy = spec.given("podFailurePolicy");
    if let Some(replacement) = spec.text("podReplacementPolicy") {
        let allowed: &[&str] = if policy.is_some() { &["Failed"] } else { &["Failed", "TerminatingOrFailed"] };
        findings.allowed_text(spec.place_of("podReplacementPolicy"), "`podReplacementPolicy`", replacement, allowed);
    }
    if let Some(policy) = policy {
        failure_policy(spec, policy, pod, findings);
    }
    if let Some(policy) = spec.given("successPolicy") {
        success_policy(spec, policy, findings);
    }
    if let Some(pod) = pod {
        ends(pod, findings);
        if let (Some(policy), Some("OnFailure")) = (policy, pod.spec.text("restartPolicy")) {
            let message = "a `podFailurePolicy` needs pods with `restartPolicy: Never`";
            let problem = Diagnostic::error(code::FIELD_CONFLICT, pod.spec.place_of("restartPolicy"), message);
            findings.push(problem.label(policy.place(), "the policy").help("write `restartPolicy: Never`"));
        }
    }
}

fn indexed<'a>(spec: &'a Node, is_template: bool, findings: &mut Findings<'a>) {
    let completions = spec.number("completions");
    if spec.text("completionMode") != Some("Indexed") {
        for field in ["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"] {
            findings.forbidden(spec, field, "without `completionMode: Indexed`");
        }
        return;
    }
    // Where both are left out of a Job, they become 1; a template of Jobs is not filled in.
    if spec.given("completions").is_none() && (is_template || spec.given("parallelism").is_some()) {
        let message = format!("`completionMode: Indexed` of {} needs `completions`", findings.about);
        findings.error(code::MISSING_FIELD, spec.place_of("completionMode"), message, "say how many indexes there are");
    }
    findings.range(spec, "parallelism", i64::MIN..=100_000);
    if let (Some(failed), Some(all)) = (spec.number("maxFailedIndexes"), completions)
        && failed > all
    {
        let message = format!("`maxFailedIndexes` of {} is {failed}, more than there are `completions`, {all}", findings.about);
        let problem = Diagnostic::error(code::FIELD_CONFLICT, spec.place_of("maxFailedIndexes"), message);
        findings.push(problem.label(spec.place_of("completions"), "so many indexes").help("lower it"));
    }
    if spec.given("maxFailedIndexes").is_some() && spec.given("backoffLimitPerIndex").is_none() {
        let message = format!("`maxFailedIndexes` of {} needs `backoffLimitPerIndex`", findings.about);
        findings.error(code::FIELD_CONFLICT, spec.place_of("maxFailedIndexes"), message, "add `backoffLimitPerIndex`");
    }
}

fn failure_policy<'a>(spec: &'a Node, policy: &'a Node, pod: Option<Pod<'a>>, findings: &mut Findings<'a>) {
    const ACTIONS: [&str; 4] = ["Count", "FailIndex", "FailJob", "Ignore"];
    let rules = policy.list("rules");
    if rules.len() > 20 {
        let message = format!("a failure policy has at most 20 rules, not {}", rules.len());
        findings.error(code::OUT_OF_RANGE, policy.place_of("rules"), message, "join rules of one action");
    }
    for rule in rules {
        if findings.required(rule, "action") {
            findings.allowed(rule, "action", &ACTIONS);
        }
        if rule.text("action") == Some("FailIndex") && spec.given("backoffLimitPerIndex").is_none() {
            let message = "the action `FailIndex` needs `backoffLimitPerIndex`";
            findings.error(code::FIELD_CONFLICT, rule.place_of("action"), message, "add it to the Job, or write `FailJob`");
        }
        if rule.given("onPodConditions").is_some_and(|conditions| conditions.items().is_empty()) && rule.given("onExitCodes").is_none() {
            findings.required(rule, "onPodConditions");
        }
        findings.one_of(rule, &["onExitCodes", "onPodConditions"], Need::Exactly);
        if let Some(codes) = rule.given("onExitCodes") {
            exit_codes(codes, pod, findings);
        }
        for condition in rule.list("onPodConditions") {
            if findings.required(condition, "type") {
                findings.format(condition, "type", Format::LabelKey);
            }
            findings.allowed(condition, "status", &["False", "True", "Unknown"]);
        }
    }
}

fn exit_codes<'a>(of: &'a Node, pod: Option<Pod<'a>>, findings: &mut Findings<'a>) {
    if findings.required(of, "operator") {
        findings.allowed(of, "operator", &["In", "NotIn"]);
    }
    if let (Some(name), Some(pod)) = (of.text("containerName"), pod)
        && !pod.containers().any(|container| container.name() == name)
    {
        let message = format!("a failure policy speaks of the container `{name}`, which the pod does not have");
        let help = meant(name, pod.containers().map(|container| container.name()), "name a container of the pod, or leave it out");
        findings.error(code::BROKEN_REFERENCE, of.place_of("containerName"), message, help);
    }
    if !findings.required(of, "values") {
        return;
    }
    let values = of.list("values");
    let mut before = i64::MIN;
    for value in values {
        let Some(number) = value.as_i64() else { continue };
        if number == 0 && of.text("operator") == Some("In") {
            let message = "the exit code 0 is success, and cannot be in a failure policy";
            findings.error(code::OUT_OF_RANGE, value.place(), message, "leave it out");
        } else if !(0..=255).contains(&number) {
            let message = format!("no process ends with the exit code {number}");
            findings.warn(code::UNKNOWN_VALUE, value.place(), message, "exit codes go from 0 to 255");
        }
        if number == before {
            findings.error(code::DUPLICATE, value.place(), format!("the exit code {number} is there twice"), "leave one of them out");
        } else if number < before {
            findings.error(code::BAD_FORMAT, value.place(), "exit codes must be in ascending order", "sort them");
        }
        before = number;
    }
}

fn success_policy<'a>(spec: &'a Node, policy: &'a Node, findings: &mut Findings<'a>) {
    findings.required(policy, "rules");
    let completions = spec.number("completions");
    for rule in policy.list("rules") {
        if rule.given("succeededIndexes").is_none() && rule.given("succeededCount").is_none() {
            let message = "a rule of a success policy needs `succeededIndexes` or `succeededCount`";
            findings.error(code::ONE_OF, rule.place(), message, "say which indexes, or how many, must succeed");
        }
        findings.not_negative(rule, "succeededCount");
        if let (Some(count), Some(all)) = (rule.number("succeededCount"), completions)
            && count > all
        {
            let message = format!("`succeededCount` is {count}, more than there are `completions`, {all}");
            let problem = Diagnostic::error(code::FIELD_CONFLICT, rule.place_of("succeededCount"), message);
            findings.push(problem.label(spec.place_of("completions"), "so many indexes").help("lower it"));
        }
        let (Some(text), Some(all)) = (rule.text("succeededIndexes"), completions) else { continue };
        let range = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (first.parse::<i64>().ok()?, last.parse::<i64>().ok()?);
            (first <= last && last < all).then_some(last - first + 1)
        };
        let Some(sizes) = text.split(',').map(range).collect::<Option<Vec<i64>>>() else {
            let message = format!("`{text}` does not name indexes below {all}");
            findings.error(code::BAD_FORMAT, rule.place_of("succeededIndexes"), message, "for example `0,2-4`");
            continue;
        };
        let named: i64 = sizes.iter().sum();
        if let Some(count) = rule.number("succeededCount").filter(|count| *count > named && *count <= all) {
            let message = format!("`succeededCount` is {count}, more than `succeededIndexes` names");
            let problem = Diagnostic::error(code::FIELD_CONFLICT, rule.place_of("succeededCount"), message);
            findings.push(problem.label(rule.place_of("succeededIndexes"), "the indexes").help("lower it, or name more indexes"));
        }
    }
}
