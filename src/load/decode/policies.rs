//! Policies of an Application: the types that the open standard's Applications know, and their properties.

use std::sync::Arc;

use super::application::written_traits;
use super::fields::{Fields, article, judge_name};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{ComponentOverride, Name, Override, Policy, PolicyKind, Replication, Spanned, Topology};
use crate::tree::Node;

/// The types that say where and how components are deployed, then those that steer whoever applies the objects, with their properties.
const TYPES: [(&str, &[&str]); 10] = [
    ("topology", &["clusters", "clusterLabelSelector", "clusterSelector", "allowEmpty", "namespace"]),
    ("override", &["components", "selector"]),
    ("replication", &["keys", "selector"]),
    ("apply-once", &["enable", "rules"]),
    ("garbage-collect", &["applicationRevisionLimit", "keepLegacyResource", "continueOnFailure", "order", "rules"]),
    ("shared-resource", &["rules"]),
    ("read-only", &["rules"]),
    ("take-over", &["rules"]),
    ("resource-update", &["rules"]),
    ("debug", &[]),
];

/// Types that the standard had once, and what replaced them.
const GONE: [(&str, &str); 3] = [
    ("env-binding", "a `topology` policy for each environment, with an `override` policy for what differs there"),
    ("envbinding", "a `topology` policy for each environment, with an `override` policy for what differs there"),
    ("health", "nothing: leave it out"),
];

/// The policies of an Application.
pub(super) fn policies(spec: &mut Fields<'_>) -> Vec<Policy> {
    let sink = spec.sink;
    let policies: Vec<Policy> = spec
        .list("policies")
        .iter()
        .enumerate()
        .filter_map(|(index, node)| {
            let mut fields = Fields::of(node, "an item of `policies`", sink)?;
            let name = fields.text("name");
            let policy = policy(&mut fields, |type_name| {
                name.unwrap_or_else(|| Spanned::new(Arc::from(format!("{type_name}-auto-gen-{index}")), type_name.at))
            });
            fields.finish();
            policy
        })
        .collect();
    for (index, policy) in policies.iter().enumerate() {
        if let Some(first) = policies[..index].iter().find(|other| other.name.value == policy.name.value) {
            let message = format!("there are two policies called `{}`", policy.name);
            sink.push(Diagnostic::error(code::DUPLICATE, policy.name.at, message).label(first.name.at, "the first one"));
        }
    }
    policies
}

/// `type` and `properties` of a policy; `name` says how it is called.
pub(super) fn policy(fields: &mut Fields<'_>, name: impl FnOnce(&Name) -> Name) -> Option<Policy> {
    let sink = fields.sink;
    let at = fields.at();
    let type_name = fields.required_text("type");
    let properties = fields.optional("properties");
    let type_name = type_name?;
    let name = name(&type_name);
    judge_name(&name, 63, "the name of a policy", sink);
    let own = Sink::new();
    let kind = kind(&type_name, properties, fields, &own);
    let report = own.take();
    let wrong = report.has_errors();
    report.diagnostics.into_iter().for_each(|problem| sink.push(problem));
    let kind = kind.filter(|_| !wrong).unwrap_or(PolicyKind::Wrong);
    Some(Policy { name, type_name, kind, at })
}

fn kind(type_name: &Name, properties: Option<&Node>, fields: &Fields<'_>, sink: &Sink) -> Option<PolicyKind> {
    let Some((known, allowed)) = TYPES.iter().find(|(known, _)| **known == *type_name.value) else {
        let problem = Diagnostic::error(code::UNKNOWN_TYPE, type_name.at, format!("there is no policy of type `{type_name}`"));
        sink.push(match GONE.iter().find(|(gone, _)| **gone == *type_name.value) {
            Some((_, instead)) => problem.help(format!("what replaced it is {instead}")),
            None => match problem.suggest(type_name, TYPES.map(|(name, _)| name)) {
                problem if problem.help.is_some() => problem,
                problem => problem.help(format!("known types are {}", listed(&TYPES.map(|(name, _)| name)))),
            },
        });
        return None;
    };
    let nothing = Node::map(Vec::new(), fields.node.origin);
    if properties.is_none() && !allowed.is_empty() {
        let message = format!("missing field `properties` in a policy of type `{known}`");
        sink.push(Diagnostic::error(code::MISSING_FIELD, type_name.at, message).help(format!("its properties are {}", listed(allowed))));
        return None;
    }
    let what = format!("properties of a policy of type `{known}`");
    let mut fields = Fields::of(properties.unwrap_or(&nothing), &what, sink)?;
    let kind = match *known {
        "topology" => topology(&mut fields),
        "override" => overriding(&mut fields),
        "replication" => replication(&mut fields),
        _ => at_apply(known, allowed, &mut fields, type_name),
    };
    fields.finish();
    kind
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn topology(fields: &mut Fields<'_>) -> Option<PolicyKind> {
    let written = fields.optional("clusters");
    let clusters = fields.texts("clusters");
    if let Some(written) = written.filter(|written| written.is_list() && written.items().is_empty()) {
        let problem = Diagnostic::error(code::EMPTY_SELECTOR, written.origin.at, "`clusters` is empty, so nothing would be deployed");
        fields.sink.push(problem.help("leave it out to deploy where the Application is"));
    }
    clusters.iter().for_each(|cluster| judge_name(cluster, 63, "the name of a cluster", fields.sink));
    let labels = fields.fields_at("clusterLabelSelector");
    let old_labels = fields.fields_at("clusterSelector");
    let cluster_labels = labels.or(old_labels).map(|node| node.origin.at);
    fields.boolean("allowEmpty");
    let namespace = fields.text("namespace");
    namespace.iter().for_each(|namespace| judge_name(namespace, 63, "a namespace", fields.sink));
    Some(PolicyKind::Topology(Topology { cluster_labels: cluster_labels.filter(|_| clusters.is_empty()), clusters, namespace }))
}

fn overriding(fields: &mut Fields<'_>) -> Option<PolicyKind> {
    let sink = fields.sink;
    let mut components = Vec::new();
    for node in fields.list("components") {
        let Some(mut entry) = Fields::of(node, "an item of `components`", sink) else { continue };
        let name = entry.text("name");
        let type_name = entry.text("type");
        let properties = entry.properties().cloned();
        let traits = written_traits(&mut entry);
        // Nothing reads it, there as here.
        entry.optional("externalRevision");
        entry.finish();
        components.push(ComponentOverride { name, type_name, properties, traits, at: node.origin.at });
    }
    let written = fields.optional("selector");
    let selector = written.map(|_| fields.texts("selector"));
    if let Some(written) = written.filter(|written| written.is_list() && written.items().is_empty()) {
        let problem = Diagnostic::error(code::EMPTY_SELECTOR, written.origin.at, "`selector` is empty and selects no component");
        sink.push(problem.help("leave it out to select all of them"));
    }
    if selector.is_none() && fields.node.field("components").is_none() {
        let message = "the override has neither `components` nor a `selector`, and does nothing";
        sink.push(Diagnostic::error(code::MISSING_FIELD, fields.at(), message));
    }
    Some(PolicyKind::Override(Override { components, selector }))
}

fn replication(fields: &mut Fields<'_>) -> Option<PolicyKind> {
    let wanted = [("keys", "a copy is made for each of them"), ("selector", "it names the components that are copied")];
    for (key, node, purpose) in wanted.map(|(key, purpose)| (key, fields.required(key), purpose)) {
        if let Some(node) = node.filter(|node| node.is_list())
            && node.items().is_empty()
        {
            fields.error(code::EMPTY_SELECTOR, node.origin.at, format!("`{key}` is empty, and {purpose}"));
        }
    }
    let (keys, selector) = (fields.texts("keys"), fields.texts("selector"));
    keys.iter().for_each(|key| judge_name(key, 63, "a key of a replication", fields.sink));
    for (index, key) in keys.iter().enumerate() {
        if let Some(first) = keys[..index].iter().find(|other| other.value == key.value) {
            let message = format!("the key `{key}` stands here twice");
            fields.sink.push(Diagnostic::error(code::DUPLICATE, key.at, message).label(first.at, "the first one"));
        }
    }
    Some(PolicyKind::Replication(Replication { keys, selector }))
}

/// What steers whoever applies the objects is judged as far as its form goes.
fn at_apply(known: &str, allowed: &'static [&'static str], fields: &mut Fields<'_>, type_name: &Name) -> Option<PolicyKind> {
    let sink = fields.sink;
    for key in allowed.iter().filter(|key| **key != "rules") {
        fields.optional(key);
    }
    let rules = if allowed.contains(&"rules") { fields.list("rules") } else { &[] };
    for node in rules {
        let Some(mut rule) = Fields::of(node, "an item of `rules`", sink) else { continue };
        if let Some(mut selector) = rule.fields("selector", "`selector`") {
            for key in ["componentNames", "componentTypes", "oamTypes", "traitTypes", "resourceTypes", "resourceNames"] {
                selector.texts(key);
            }
            selector.finish();
        }
        for key in ["strategy", "propagation"] {
            rule.optional(key);
        }
        rule.finish();
    }
    if known == "read-only" && !rules.is_empty() {
        let message = "the objects that this policy selects are rendered all the same: only KubeVela knows not to write them";
        let problem = Diagnostic::warning(code::APPLY_TIME, type_name.at, message);
        sink.push(problem.help("take what makes them out of the Application, since they exist already"));
    }
    Some(PolicyKind::AtApply)
}

impl<'a> Fields<'a> {
    /// A map of texts that is there, with what is wrong in it told.
    fn fields_at(&mut self, key: &'static str) -> Option<&'a Node> {
        let node = self.map(key)?;
        for entry in node.entries().iter().filter(|entry| entry.node.as_str().is_none()) {
            let message = format!("`{key}.{}` must be a string, not {}", entry.key, article(&entry.node.value));
            self.error(code::WRONG_TYPE, entry.node.origin.at, message);
        }
        Some(node)
    }
}
