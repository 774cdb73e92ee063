//! One application, before any environment is looked at: its components, what may apply to each, in order of precedence.

use std::sync::{Arc, OnceLock};

use super::order::{Standing, sort};
use super::parameters::ParameterPlan;
use super::plan::{BindingPlan, ScopePlan, standing, target_matches};
use super::selection::{Rank, candidate, dimension_matches};
use super::target::Target;
use crate::catalog::DefinitionKind;
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{
    Application, ApplicationComponent, ApplicationDocuments, Component, Exclusion, Labels, Name, Selector, TraitUse, Workspace, depth,
    folders_above, holds,
};
use crate::source::Pos;
use crate::tree::{Entry, Key, Node, Origin};

/// An application, without any environment.
pub(super) struct ApplicationPlan<'a> {
    pub documents: &'a ApplicationDocuments,
    /// The targets in which it runs, by their numbers in the plan; also those in which another state of it runs.
    pub targets: std::ops::Range<usize>,
    /// Whether it is the application with the developers' documents of a commit.
    pub is_revised: bool,
    /// Its components, by name; those that it excludes are not here.
    pub components: Vec<Base<'a>>,
    /// The scopes that may hold its components: by folder and `applications`.
    pub scopes: Vec<usize>,
    /// `app` of placeholders: name and labels.
    pub about: Node,
}

/// What a component starts from.
#[derive(Copy, Clone)]
pub(super) enum Written<'a> {
    /// A Component document.
    Component(&'a Component),
    /// An entry of the Application with a type.
    Inline(&'a ApplicationComponent),
}

/// A component, or an instance of one, without any environment.
pub(super) struct Base<'a> {
    pub name: &'a Name,
    pub written: Written<'a>,
    /// Its layers, from general to specific.
    pub layers: Vec<Layer<'a>>,
    /// Who asks for traits and sets parameters: the Application's entry and bindings, from general to specific.
    pub askers: Vec<Asker<'a>>,
    /// The parameters of its documents, read: those of the Component, then of each layer.
    pub parameters: OnceLock<Vec<Vec<ParameterPlan<'a>>>>,
}

impl<'a> Base<'a> {
    /// The types that its documents name, and those of traits that anybody asks for.
    pub fn types(&self, bindings: &[BindingPlan<'a>]) -> impl Iterator<Item = (DefinitionKind, &'a Name)> {
        let layers = self.layers.iter().map(|layer| layer.component);
        let documents = self.written.component().into_iter().chain(layers.clone());
        let own = self.written.type_name().into_iter().chain(layers.filter_map(|layer| layer.type_name.as_ref()));
        let asked = self.askers.iter().flat_map(|asker| match asker.kind {
            AskerKind::Inline(traits) => traits,
            AskerKind::Binding(index) => &bindings[index].binding.traits,
        });
        let traits = documents.flat_map(|document| &document.traits).chain(asked);
        own.map(|name| (DefinitionKind::Component, name)).chain(traits.map(|used| (DefinitionKind::Trait, &used.type_name)))
    }
}

/// A layer of a component.
pub(super) struct Layer<'a> {
    pub component: &'a Component,
    pub standing: Standing<'a>,
}

/// Somebody who asks for traits and sets parameters.
pub(super) struct Asker<'a> {
    pub standing: Standing<'a>,
    pub kind: AskerKind<'a>,
}

/// Who asks.
pub(super) enum AskerKind<'a> {
    /// The Application's entry for the component.
    Inline(&'a [TraitUse]),
    /// A binding, by its number in the plan.
    Binding(usize),
}

static NO_LABELS: Labels = Vec::new();

impl<'a> Written<'a> {
    pub fn type_name(self) -> Option<&'a Name> {
        match self {
            Written::Component(component) => component.type_name.as_ref(),
            Written::Inline(entry) => entry.type_name.as_ref(),
        }
    }

    pub fn properties(self) -> Option<&'a Node> {
        match self {
            Written::Component(component) => component.properties.as_ref(),
            Written::Inline(entry) => entry.properties.as_ref(),
        }
    }

    /// Where it starts.
    pub fn at(self) -> Pos {
        match self {
            Written::Component(component) => component.meta.at,
            Written::Inline(entry) => entry.at,
        }
    }

    pub fn labels(self) -> &'a Labels {
        match self {
            Written::Component(component) => &component.meta.labels,
            Written::Inline(_) => &NO_LABELS,
        }
    }

    pub fn annotations(self) -> &'a Labels {
        match self {
            Written::Component(component) => &component.meta.annotations,
            Written::Inline(_) => &NO_LABELS,
        }
    }

    pub fn component(self) -> Option<&'a Component> {
        if let Written::Component(component) = self { Some(component) } else { None }
    }
}

impl<'a> ApplicationPlan<'a> {
    /// A component by name.
    pub fn component(&self, name: &str) -> Option<&Base<'a>> {
        self.components.binary_search_by(|base| (*base.name.value).cmp(name)).ok().map(|index| &self.components[index])
    }

    /// Names of the applications that its components connect to, as written.
    pub fn connects_to(&self) -> impl Iterator<Item = &'a str> {
        let documents = self.documents;
        let components = documents.components.iter().chain(&documents.layers);
        components
            .flat_map(|component| &component.connects_to)
            .filter_map(|connection| connection.application.as_ref())
            .map(|name| &*name.value)
    }

    /// Where a component is left out everywhere, if it is.
    pub fn exclusion(&self, name: &str) -> Option<&'a Name> {
        let all = self.exclusions().find(|excluded| excluded.selector.is_absent() && &*excluded.component.value == name);
        all.map(|excluded| &excluded.component)
    }

    /// Whether a component is left out in a target.
    pub fn excludes(&self, name: &str, target: &Target) -> bool {
        self.exclusions().any(|excluded| &*excluded.component.value == name && target_matches(&excluded.selector, target))
    }

    fn exclusions(&self) -> impl Iterator<Item = &'a Exclusion> + use<'a> {
        let documents = self.documents;
        documents.document.iter().flat_map(|document| &document.exclude)
    }
}

/// Puts together what may apply to an application's components. `family`: the application as it is here, which knows its other states.
pub(super) fn application_plan<'a>(
    documents: &'a ApplicationDocuments,
    family: &'a ApplicationDocuments,
    workspace: &'a Workspace,
    targets: std::ops::Range<usize>,
    bindings: &[BindingPlan<'a>],
    scopes: &[ScopePlan<'a>],
    sink: &Sink,
) -> ApplicationPlan<'a> {
    let applies =
        |selector: &Selector| dimension_matches(&selector.applications, Some(candidate(&documents.name.value, documents.labels())));
    let scopes = (0..scopes.len())
        .filter(|index| holds(&scopes[*index].scope.meta.folder, &documents.folder) && applies(&scopes[*index].scope.selector))
        .collect();
    // The workspace sorts bindings by folder: those of each folder above are one range.
    let mut near = Vec::new();
    for folder in folders_above(&documents.folder) {
        let start = workspace.bindings.partition_point(|binding| &*binding.meta.folder < folder);
        let inside = workspace.bindings[start..].iter().take_while(|binding| &*binding.meta.folder == folder).count();
        near.extend((start..start + inside).filter(|index| applies(&bindings[*index].binding.selector)));
    }
    let mut components = Vec::new();
    for (name, written, entry) in bases(documents, family, sink) {
        let layers = layers(documents, name, written);
        let askers = askers(documents, name, written, entry, bindings, &near);
        components.push(Base { name, written, layers, askers, parameters: OnceLock::new() });
    }
    components.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    for pair in components.windows(2).filter(|pair| pair[0].name.value == pair[1].name.value) {
        let message = format!("application `{}` has two components called `{}`", documents.name, pair[1].name);
        let (first, second) = (pair[0].written.at().min(pair[1].written.at()), pair[0].written.at().max(pair[1].written.at()));
        let problem = Diagnostic::error(code::DUPLICATE, second, message).label(first, "the other is here");
        sink.push(problem.help("give one of them another name, or leave one out"));
    }
    components.dedup_by(|later, first| later.name.value == first.name.value);
    let is_revised = !std::ptr::eq(documents, family);
    // Of a commit nobody can mend it.
    if !is_revised {
        orphans(documents, sink);
    }
    ApplicationPlan { documents, targets, is_revised, components, scopes, about: about(documents) }
}

type Found<'a> = (&'a Name, Written<'a>, Option<&'a ApplicationComponent>);

/// The components that the documents and the Application make together.
fn bases<'a>(documents: &'a ApplicationDocuments, family: &'a ApplicationDocuments, sink: &Sink) -> Vec<Found<'a>> {
    let application = documents.document.as_ref();
    let excluded = |name: &str| {
        application.is_some_and(|application| {
            application.exclude.iter().any(|excluded| excluded.selector.is_absent() && &*excluded.component.value == name)
        })
    };
    let mut found: Vec<Found<'a>> = Vec::new();
    // An operator's entry may be for a component that is not there yet in a commit, or is there no more.
    let is_elsewhere = |name: &str| family.states().any(|state| state.component(name).is_some());
    let entries: &[ApplicationComponent] = application.map_or(&[], |application| &application.components);
    let mut referred = Vec::new();
    for entry in entries {
        if entry.type_name.is_some() {
            found.push((&entry.name, Written::Inline(entry), Some(entry)));
            continue;
        }
        let source = entry.component.as_ref().unwrap_or(&entry.name);
        let Some(component) = documents.component(source) else {
            if is_elsewhere(source) {
                continue;
            }
            let message = format!("application `{}` has no Component called `{source}`", documents.name);
            let known = documents.components.iter().map(|component| &*component.meta.name.value);
            let problem = Diagnostic::error(code::UNKNOWN_NAME, source.at, message).suggest(source, known);
            let problem = if problem.help.is_none() { problem.help("an inline component needs a `type`") } else { problem };
            sink.push(problem.unless_unread("Component", &*source.value));
            continue;
        };
        referred.push(&entry.name.value);
        found.push((&entry.name, Written::Component(component), Some(entry)));
    }
    for component in &documents.components {
        if !referred.contains(&&component.meta.name.value) {
            found.push((&component.meta.name, Written::Component(component), None));
        }
    }
    if let Some(application) = application {
        unknown_exclusions(application, &found, documents, &is_elsewhere, sink);
    }
    found.retain(|(name, ..)| !excluded(name));
    found
}

fn unknown_exclusions(
    application: &Application,
    found: &[Found<'_>],
    documents: &ApplicationDocuments,
    is_elsewhere: &dyn Fn(&str) -> bool,
    sink: &Sink,
) {
    for Exclusion { component: name, .. } in &application.exclude {
        if !found.iter().any(|(known, ..)| known.value == name.value) && !is_elsewhere(name) {
            let message = format!("application `{}` has no component called `{name}` to leave out", documents.name);
            let known = found.iter().map(|(known, ..)| &*known.value);
            let problem = Diagnostic::error(code::UNKNOWN_NAME, name.at, message).suggest(name, known);
            sink.push(problem.unless_unread("Component", &*name.value));
        }
    }
}

/// The name of the Component documents that a component is made of.
fn source_name<'a>(name: &'a Name, written: Written<'a>) -> &'a str {
    written.component().map_or(&name.value, |component| &component.meta.name.value)
}

fn layers<'a>(documents: &'a ApplicationDocuments, name: &'a Name, written: Written<'a>) -> Vec<Layer<'a>> {
    let candidate_of = candidate(&name.value, written.labels());
    let of = |component: &'a Component| Layer { component, standing: standing(&component.meta, &component.selector, "layer", &[]) };
    let mut layers: Vec<Layer<'a>> = documents
        .layers_of(source_name(name, written))
        .filter(|layer| dimension_matches(&layer.selector.applications, Some(candidate(&documents.name.value, documents.labels()))))
        .filter(|layer| dimension_matches(&layer.selector.components, Some(candidate_of)))
        .map(of)
        .collect();
    sort(&mut layers, |layer| &layer.standing);
    layers
}

fn askers<'a>(
    documents: &'a ApplicationDocuments,
    name: &'a Name,
    written: Written<'a>,
    entry: Option<&'a ApplicationComponent>,
    bindings: &[BindingPlan<'a>],
    near: &[usize],
) -> Vec<Asker<'a>> {
    let mut askers = Vec::new();
    if let Some(entry) = entry.filter(|entry| !entry.traits.is_empty()) {
        let rank = Rank { depth: depth(&documents.folder), dimensions: [0, 2, 0, 0] };
        let standing =
            Standing { rank, name: &documents.name.value, noun: "application", at: entry.at, overrides: &[], last_resort: "".into() };
        askers.push(Asker { standing, kind: AskerKind::Inline(&entry.traits) });
    }
    for index in near {
        let plan = &bindings[*index];
        if dimension_matches(&plan.binding.selector.components, Some(candidate(&name.value, written.labels()))) {
            askers.push(Asker { standing: plan.standing.clone(), kind: AskerKind::Binding(*index) });
        }
    }
    sort(&mut askers, |asker| &asker.standing);
    askers
}

/// Reports layers of components that do not exist.
fn orphans(documents: &ApplicationDocuments, sink: &Sink) {
    let inline = |name: &str| {
        let entries = documents.document.as_ref().map_or(&[][..], |document| &document.components);
        entries.iter().any(|entry| entry.type_name.is_some() && &*entry.name.value == name)
    };
    for layer in &documents.layers {
        let name = &layer.meta.name;
        if documents.component(name).is_none() && !inline(name) {
            let message = format!("this is a layer of `{name}`, and application `{}` has no such component", documents.name);
            let known = documents.components.iter().map(|component| &*component.meta.name.value);
            let problem = Diagnostic::error(code::UNKNOWN_NAME, name.at, message).suggest(name, known);
            let problem = if problem.help.is_none() {
                problem.help("a Component without selectors is the component itself; one with selectors is a layer of it")
            } else {
                problem
            };
            sink.push(problem.unless_unread("Component", &*name.value));
        }
    }
}

/// `app` of placeholders.
fn about(documents: &ApplicationDocuments) -> Node {
    let origin = Origin::written(documents.name.at);
    let label = |(key, value): &(Arc<str>, crate::model::Spanned<Arc<str>>)| Entry {
        key: Key::new(key),
        key_at: value.at,
        node: Node::str(value.value.clone(), Origin::written(value.at)),
    };
    let labels = Node::map(documents.labels().iter().map(label).collect(), origin);
    let entry = |key: &str, node: Node| Entry { key: Key::new(key), key_at: origin.at, node };
    Node::map(vec![entry("name", Node::str(documents.name.value.clone(), origin)), entry("labels", labels)], origin)
}
