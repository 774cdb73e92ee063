//! Documents that apply to nothing anywhere: a warning that says which of their selectors is to blame.

use super::plan::{Plan, target_matches};
use super::selection::{candidate, dimension_matches, named};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Dimension, Meta, NameSelector, Selector, Workspace, is_glob};
use crate::source::Pos;

/// Judges all documents with selectors, Releases, and clusters.
pub(super) fn judge(plan: &Plan<'_>, sink: &Sink) {
    let Some(workspace) = plan.workspace else { return };
    for binding in &workspace.bindings {
        judge_selector(plan, "binding", &binding.meta, &binding.selector, None, sink);
    }
    for scope in &workspace.scopes {
        judge_selector(plan, "scope", &scope.meta, &scope.selector, None, sink);
    }
    // What a commit holds nobody changes any more.
    for application in plan.applications.iter().filter(|application| !application.is_revised) {
        for layer in &application.documents.layers {
            judge_selector(plan, "layer", &layer.meta, &layer.selector, Some(application), sink);
        }
        let exclusions = application.documents.document.iter().flat_map(|document| document.exclude.iter().map(move |one| (document, one)));
        for (document, exclusion) in exclusions {
            let meta = Meta { name: exclusion.component.clone(), ..document.meta.clone() };
            judge_selector(plan, "exclusion of", &meta, &exclusion.selector, Some(application), sink);
        }
        for release in &application.documents.releases {
            let environment = &release.environment;
            if workspace.environment(environment).is_none() {
                let message = format!("no environment is called `{environment}`");
                let known = workspace.environments.iter().map(|environment| &*environment.meta.name.value);
                let problem = Diagnostic::error(code::UNKNOWN_NAME, environment.at, message).suggest(environment, known);
                sink.push(problem.unless_unread("Environment", &*environment.value));
            } else if let Some(cluster) = &release.cluster {
                let of = |target: &&super::target::Target| target.environment.meta.name.value == environment.value;
                let known: Vec<&str> = plan
                    .targets
                    .iter()
                    .filter(of)
                    .filter_map(|target| target.cluster.as_ref())
                    .map(|cluster| &*cluster.meta.name.value)
                    .collect();
                if !known.contains(&&*cluster.value) {
                    let message = format!("environment `{environment}` has no cluster called `{cluster}`");
                    let problem = Diagnostic::error(code::UNKNOWN_NAME, cluster.at, message).suggest(cluster, known);
                    sink.push(problem.unless_unread("Cluster", &*cluster.value));
                }
            }
        }
    }
    // Clusters of self-contained Applications are those that their topologies list.
    if !plan.loaded.standalone {
        unused_clusters(workspace, sink);
    }
}

fn unused_clusters(workspace: &Workspace, sink: &Sink) {
    for cluster in &workspace.clusters {
        let name = &cluster.meta.name;
        if !workspace.environments.iter().any(|environment| environment.clusters.iter().any(|listed| listed.value == name.value)) {
            let message = format!("no environment lists the cluster `{name}`");
            let problem = Diagnostic::warning(code::MATCHES_NOTHING, name.at, message).help("add it to `clusters` of an Environment");
            sink.push(problem.unless_unread("Environment", None));
        }
    }
}

/// What a dimension could match: how many there are, and the nearest known names.
struct Choice<'c> {
    dimension: &'c Dimension,
    field: &'static str,
    /// Names of everything there is to match.
    known: Vec<&'c str>,
    /// Whether anything is matched.
    any: bool,
}

impl Choice<'_> {
    /// The kind of documents that the dimension names, and a kind without which they count for nothing.
    fn kinds(&self) -> (&'static str, Option<&'static str>) {
        match self.field {
            "applications" => ("Application", Some("Component")),
            "components" => ("Component", None),
            "componentTypes" => ("ComponentDefinition", Some("Component")),
            "environments" => ("Environment", Some("Cluster")),
            _ => ("Cluster", Some("Environment")),
        }
    }

    /// A problem that documents which could not be read may settle: those of these names, or any if the dimension asks for more than names.
    fn unless_unread<'a>(&self, problem: Diagnostic, names: Option<impl IntoIterator<Item = &'a str>>) -> Diagnostic {
        let (kind, other) = self.kinds();
        let problem = match names {
            Some(names) => names.into_iter().fold(problem, |problem, name| problem.unless_unread(kind, name)),
            None => problem.unless_unread(kind, None),
        };
        other.into_iter().fold(problem, |problem, other| problem.unless_unread(other, None))
    }
}

fn judge_selector<'a>(
    plan: &Plan<'a>,
    noun: &str,
    meta: &Meta,
    selector: &Selector,
    only: Option<&super::application::ApplicationPlan<'a>>,
    sink: &Sink,
) {
    // Most documents choose by few dimensions; those that are absent exclude nothing.
    if selector.is_absent() || plan.targets.is_empty() {
        return;
    }
    let of_selector = |application: &&super::application::ApplicationPlan<'_>| {
        dimension_matches(&selector.applications, Some(candidate(&application.documents.name.value, application.documents.labels())))
    };
    let mut choices = Vec::new();
    let below: Vec<_> = match only {
        Some(only) => vec![only],
        None => plan.below(&meta.folder).collect(),
    };
    let chosen: Vec<_> = below.iter().copied().filter(of_selector).collect();
    if !selector.applications.is_absent() {
        let known = below.iter().map(|application| &*application.documents.name.value).collect();
        choices.push(Choice { dimension: &selector.applications, field: "applications", known, any: !chosen.is_empty() });
    }
    // A layer is of the component that its name says; `components` in it tells instances.
    let components = || {
        let of =
            |base: &&super::application::Base<'_>| only.is_none() || base.layers.iter().any(|layer| layer.component.meta.at == meta.at);
        chosen.iter().flat_map(|application| application.components.iter()).filter(move |base| only.is_none() || of(base))
    };
    if !selector.components.is_absent() && only.is_none() {
        let of = |base: &super::application::Base<'_>| {
            dimension_matches(&selector.components, Some(candidate(&base.name.value, base.written.labels())))
        };
        let known = components().map(|base| &*base.name.value).collect();
        choices.push(Choice { dimension: &selector.components, field: "components", known, any: components().any(of) });
    }
    if !selector.component_types.is_absent() {
        let types = || {
            components().flat_map(|base| {
                base.written.type_name().into_iter().chain(base.layers.iter().filter_map(|layer| layer.component.type_name.as_ref()))
            })
        };
        let any = types().any(|name| dimension_matches(&selector.component_types, Some(named(name))));
        choices.push(Choice {
            dimension: &selector.component_types,
            field: "componentTypes",
            known: types().map(|name| &*name.value).collect(),
            any,
        });
    }
    if !selector.environments.is_absent() {
        let of = |target: &super::target::Target| {
            dimension_matches(
                &selector.environments,
                Some(candidate(&target.environment.known_as().value, &target.environment.meta.labels)),
            )
        };
        // Patterns of environments are there, even if none is rendered now.
        let patterns = plan.workspace.map_or(&[][..], |workspace| &workspace.environments);
        let template = patterns.iter().any(|environment| {
            environment.template
                && dimension_matches(&selector.environments, Some(candidate(&environment.meta.name.value, &environment.meta.labels)))
        });
        let known = patterns.iter().map(|environment| &*environment.meta.name.value).collect();
        choices.push(Choice {
            dimension: &selector.environments,
            field: "environments",
            known,
            any: template || plan.targets.iter().any(of),
        });
    }
    if !selector.clusters.is_absent() {
        let known = plan.targets.iter().filter_map(|target| target.cluster.as_ref()).map(|cluster| &*cluster.meta.name.value).collect();
        let any = plan.targets.iter().any(|target| target_matches(selector, target));
        choices.push(Choice { dimension: &selector.clusters, field: "clusters", known, any });
    }
    match choices.iter().find(|choice| !choice.any) {
        Some(choice) => report(noun, meta, choice, sink),
        None => choices.iter().for_each(|choice| unknown_names(choice, sink)),
    }
}

/// A document that applies nowhere, and why.
fn report(noun: &str, meta: &Meta, choice: &Choice<'_>, sink: &Sink) {
    let text = super::selection::dimension_text(choice.field, choice.dimension);
    let message = format!("{noun} `{}` applies to nothing: nothing has `{text}`", meta.name);
    let mut problem = Diagnostic::warning(code::MATCHES_NOTHING, place(choice.dimension), message);
    if let Some(names) = &choice.dimension.names {
        for name in &names.names {
            if problem.help.is_none() {
                problem = problem.suggest(name, choice.known.iter().copied());
                problem.replacement = None;
            }
        }
    }
    if problem.help.is_none() && choice.known.is_empty() {
        problem = match choice.field {
            "clusters" => problem.help("no environment has clusters"),
            field => problem.help(format!("there are no {field} below the folder of this document")),
        };
    }
    let exact = |names: &&NameSelector| choice.dimension.labels.is_none() && !names.names.iter().any(|name| is_glob(name));
    let names = choice.dimension.names.as_ref().filter(exact).map(|names| names.names.iter().map(|name| &*name.value));
    sink.push(choice.unless_unread(problem, names));
}

fn place(dimension: &Dimension) -> Pos {
    let names = dimension.names.as_ref().map(|names| names.at);
    names.or_else(|| dimension.labels.as_ref().map(|labels| labels.at)).unwrap_or(Pos::NOWHERE)
}

/// A name in a list that is nobody's, beside others that are somebody's.
fn unknown_names(choice: &Choice<'_>, sink: &Sink) {
    let Some(names) = &choice.dimension.names else { return };
    for name in names.names.iter().filter(|name| !is_glob(name)) {
        if !choice.known.contains(&&*name.value) {
            let message = format!("`{}` lists `{name}`, and there is none", choice.field);
            let problem = Diagnostic::warning(code::MATCHES_NOTHING, name.at, message).suggest(name, choice.known.iter().copied());
            sink.push(choice.unless_unread(problem, Some([&*name.value])));
        }
    }
}
