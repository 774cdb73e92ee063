//! What app operators write: Applications, TraitBindings, Releases.

use std::sync::Arc;

use super::fields::{Fields, judge_name};
use super::policies::policies;
use super::steps::workflow;
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{
    Application, ApplicationComponent, Exclusion, ImagePin, Meta, MetadataChange, Name, Policy, PolicyKind, Release, Selector, Spanned,
    Step, StepKind, TraitBinding, TraitUse, Workflow,
};
use crate::source::Pos;
use crate::tree::Node;

pub(super) fn binding(meta: Meta, mut spec: Fields<'_>) -> Option<TraitBinding> {
    let selector = spec.selector();
    let parameter_values = match spec.map("parameterValues") {
        Some(map) => {
            map.entries().iter().map(|entry| (Spanned::new(Arc::from(entry.key.as_str()), entry.key_at), entry.node.clone())).collect()
        }
        None => Vec::new(),
    };
    let traits = traits(&mut spec);
    let overrides = spec.texts("overrides");
    if spec.node.field("traits").is_none() && spec.node.field("parameterValues").is_none() {
        spec.error(code::MISSING_FIELD, spec.at(), "the binding has neither `traits` nor `parameterValues`, and does nothing");
    }
    spec.finish();
    Some(TraitBinding { meta, selector, parameter_values, traits, overrides })
}

/// The traits of a component, binding or Application's entry.
pub(super) fn traits(spec: &mut Fields<'_>) -> Vec<TraitUse> {
    let traits = written_traits(spec);
    let mut first: Vec<(Identity, Pos)> = Vec::new();
    for used in &traits {
        match first.iter().find(|(known, _)| *known == identity(used)) {
            Some((_, at)) => {
                let message = format!("the trait `{}` stands here twice", used.type_name);
                let problem = Diagnostic::error(code::DUPLICATE, used.at, message).label(*at, "the first one");
                spec.sink.push(problem.help("give one of them a `name` if both are meant"));
            }
            None => first.push((identity(used), used.at)),
        }
    }
    traits
}

type Identity = (Arc<str>, Arc<str>);

/// What tells a trait apart: its type and name.
pub(super) fn identity(used: &TraitUse) -> Identity {
    (used.type_name.value.clone(), used.name.as_ref().unwrap_or(&used.type_name).value.clone())
}

/// The traits as they are written.
pub(super) fn written_traits(spec: &mut Fields<'_>) -> Vec<TraitUse> {
    let mut traits: Vec<TraitUse> = Vec::new();
    for node in spec.list("traits") {
        let Some(mut fields) = Fields::of(node, "an item of `traits`", spec.sink) else { continue };
        let type_name = fields.required_text("type");
        let name = fields.text("name");
        let properties = fields.properties().cloned();
        let disable = fields.boolean("disable");
        fields.finish();
        let Some(type_name) = type_name else { continue };
        if let Some(name) = &name {
            judge_name(name, 63, "the name of a trait", spec.sink);
        }
        traits.push(TraitUse { type_name, name, properties, disable, at: node.origin.at });
    }
    traits
}

pub(super) fn application(meta: Meta, mut spec: Fields<'_>) -> Option<Application> {
    let mut components = Vec::new();
    for node in spec.list("components") {
        let Some(fields) = Fields::of(node, "an item of `components`", spec.sink) else { continue };
        components.extend(entry(fields));
    }
    let exclude = spec.list("exclude").iter().filter_map(|node| exclusion(node, spec.sink)).collect();
    let policies = policies(&mut spec);
    let workflow = workflow(&mut spec);
    not_understood(&policies, workflow.as_ref(), spec.sink);
    let (object_labels, object_annotations) = object_metadata(&mut spec);
    spec.finish();
    Some(Application { meta, namespace: None, components, exclude, policies, workflow, object_labels, object_annotations })
}

/// Of policies and a workflow in a project, those that only steer whoever applies the objects may stay.
fn not_understood(policies: &[Policy], workflow: Option<&Workflow>, sink: &Sink) {
    let help = "in a project, Environments say where it runs, layers and bindings how it differs there: \
                `oam import -f` makes them of a self-contained Application";
    for policy in policies {
        if matches!(policy.kind, PolicyKind::Topology(_) | PolicyKind::Override(_) | PolicyKind::Replication(_)) {
            let message = format!("policies of type `{}` are not understood in a project", policy.type_name);
            sink.push(Diagnostic::error(code::NOT_UNDERSTOOD, policy.type_name.at, message).help(help));
        }
    }
    let renders = |step: &&Step| matches!(step.kind, StepKind::Deploy(_) | StepKind::Component(_));
    if let Some(step) = workflow.iter().flat_map(|workflow| &workflow.steps).find(renders) {
        let message = format!("steps of type `{}` are not understood in a project", step.type_name);
        sink.push(Diagnostic::error(code::NOT_UNDERSTOOD, step.type_name.at, message).help(help));
    }
    if let Some(reference) = workflow.and_then(|workflow| workflow.reference.as_ref()) {
        sink.push(Diagnostic::error(code::NOT_UNDERSTOOD, reference.at, "`ref` of a workflow is not understood in a project").help(help));
    }
    at_apply(policies, workflow, sink);
}

/// Tells what has a say only when objects are applied.
pub(super) fn at_apply(policies: &[Policy], workflow: Option<&Workflow>, sink: &Sink) {
    let listed = |names: &[(&Name, &Name)]| names.iter().map(|(name, of)| format!("`{name}` ({of})")).collect::<Vec<_>>().join(", ");
    let silent = policies.iter().filter(|policy| matches!(policy.kind, PolicyKind::AtApply));
    let silent: Vec<(&Name, &Name)> = silent.map(|policy| (&policy.name, &policy.type_name)).collect();
    if let Some((_, first)) = silent.first() {
        let message = format!("policies that steer how KubeVela applies objects change nothing that is rendered: {}", listed(&silent));
        sink.push(Diagnostic::note(code::APPLY_TIME, first.at, message));
    }
    let steps = workflow.iter().flat_map(|workflow| &workflow.steps).filter(|step| matches!(step.kind, StepKind::Happens));
    let steps: Vec<(&Name, &Name)> = steps.map(|step| (&step.name, &step.type_name)).collect();
    if let Some((_, first)) = steps.first() {
        let message = format!("steps that happen while KubeVela applies objects change nothing that is rendered: {}", listed(&steps));
        sink.push(Diagnostic::note(code::APPLY_TIME, first.at, message));
    }
}

/// A component that is left out: everywhere, or where the entry says.
fn exclusion(node: &Node, sink: &Sink) -> Option<Exclusion> {
    if !node.is_map() {
        let nothing = Node::map(Vec::new(), node.origin);
        let component = Fields::of(&nothing, "`exclude`", sink)?.name_of(node, "an item of `exclude`")?;
        return Some(Exclusion { component, selector: Selector::default() });
    }
    let mut fields = Fields::of(node, "an item of `exclude`", sink)?;
    let component = fields.required_text("component");
    let selector = fields.target_selector();
    if selector.is_absent() {
        let message = "the entry says neither environments nor clusters";
        let problem = Diagnostic::error(code::MISSING_FIELD, node.origin.at, message);
        sink.push(problem.help("give `environments` or `clusters`, or write the component's name alone to leave it out everywhere"));
    }
    fields.finish();
    Some(Exclusion { component: component?, selector })
}

/// `objectMetadata`: labels and annotations of all objects of the application.
fn object_metadata(spec: &mut Fields<'_>) -> (MetadataChange, MetadataChange) {
    let Some(mut fields) = spec.fields("objectMetadata", "`objectMetadata`") else { return Default::default() };
    let (labels, annotations) = (fields.changed_labels("labels", true), fields.changed_labels("annotations", false));
    fields.finish();
    (labels, annotations)
}

fn entry(mut fields: Fields<'_>) -> Option<ApplicationComponent> {
    let name = fields.required_text("name");
    let type_name = fields.text("type");
    let component = fields.text("component");
    let properties = fields.properties().cloned();
    let traits = traits(&mut fields);
    let depends_on = fields.texts("dependsOn");
    if let Some(name) = &name {
        judge_name(name, 63, "the name of a component", fields.sink);
    }
    if let (Some(type_name), Some(component)) = (&type_name, &component) {
        let message = "an entry has a `type`, or refers to a `component`, not both";
        fields.sink.push(Diagnostic::error(code::VALUE_NOT_ALLOWED, component.at, message).label(type_name.at, "the type"));
    }
    if let (None, Some(properties)) = (&type_name, &properties) {
        let message = "properties of a Component are its developer's; an entry that refers to one has none";
        let problem = Diagnostic::error(code::VALUE_NOT_ALLOWED, properties.origin.at, message);
        fields.sink.push(problem.help("ask for a parameter, and set it with `parameterValues` of a TraitBinding"));
    }
    let at = fields.at();
    fields.finish();
    Some(ApplicationComponent { name: name?, type_name, component, properties, traits, depends_on, identity: None, at })
}

pub(super) fn release(meta: Meta, mut spec: Fields<'_>) -> Option<Release> {
    let environment = spec.required_text("environment");
    let cluster = spec.text("cluster");
    let revision = spec.text("revision");
    let mut images = Vec::new();
    if let Some(map) = spec.map("images") {
        for entry in map.entries() {
            let Some(mut fields) = Fields::of(&entry.node, "an image pin", spec.sink) else { continue };
            let (components, tag, digest) = (fields.texts("components"), fields.text("tag"), fields.text("digest"));
            if fields.node.entries().iter().all(|entry| entry.key.as_str() == "components") {
                fields.error(code::MISSING_FIELD, entry.key_at, format!("the pin of `{}` has neither `tag` nor `digest`", entry.key));
            }
            if let Some(digest) = &digest
                && !is_digest(digest)
            {
                let message = format!("`{digest}` is not a digest: `sha256:` and 64 hexadecimal digits");
                fields.error(code::BAD_FORMAT, digest.at, message);
            }
            if let Some(tag) = &tag
                && !is_tag(tag)
            {
                fields.error(
                    code::BAD_FORMAT,
                    tag.at,
                    format!("`{tag}` is not an image tag: at most 128 letters, digits, `_`, `.` and `-`"),
                );
            }
            fields.finish();
            let repository = Spanned::new(Arc::from(entry.key.as_str()), entry.key_at);
            images.push(ImagePin { repository, components, tag, digest, at: entry.key_at });
        }
    }
    spec.finish();
    Some(Release { meta, environment: environment?, cluster, revision, images })
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
}

fn is_tag(text: &str) -> bool {
    text.len() <= 128 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-')) && !text.starts_with(['.', '-'])
}
