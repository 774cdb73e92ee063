//! What there is to do: which units exist, and what may apply to which of them. Made once; units are then resolved in parallel.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::application::{ApplicationPlan, application_plan};
use super::order::Standing;
use super::selection::{Rank, candidate, dimension_matches, selector_text};
use super::target::{Target, place_targets, targets};
use super::{Unit, matches, unit_of};
use crate::catalog::{Catalog, Definition, DefinitionKind};
use crate::diag::{Diagnostic, Sink, code};
use crate::load::Loaded;
use crate::model::{Scope, Selector, TraitBinding, Workspace, depth, glob_matches};
use crate::source::Pos;
use crate::tree::Node;

/// Which units are wanted: names or globs; an empty list wants all.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// Applications.
    pub applications: Vec<String>,
    /// Environments.
    pub environments: Vec<String>,
    /// Clusters.
    pub clusters: Vec<String>,
}

/// One application in one environment and cluster.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct UnitKey {
    /// The application.
    pub application: Arc<str>,
    /// The environment.
    pub environment: Arc<str>,
    /// The cluster, where the environment has clusters.
    pub cluster: Option<Arc<str>>,
    pub(super) application_index: usize,
    pub(super) target_index: usize,
}

/// All units, and what may apply to them.
pub struct Plan<'a> {
    pub(super) workspace: Option<&'a Workspace>,
    pub(super) catalog: &'a Catalog,
    pub(super) loaded: &'a Loaded,
    pub(super) targets: Vec<Target>,
    pub(super) bindings: Vec<BindingPlan<'a>>,
    pub(super) scopes: Vec<ScopePlan<'a>>,
    pub(super) applications: Vec<ApplicationPlan<'a>>,
    units: Vec<UnitKey>,
    by_name: FxHashMap<&'a str, usize>,
    /// Who connects to an application.
    clients: FxHashMap<&'a str, Vec<&'a str>>,
    /// The applications by folder.
    by_folder: Vec<usize>,
}

/// A TraitBinding and its standing among others.
pub(super) struct BindingPlan<'a> {
    pub binding: &'a Arc<TraitBinding>,
    pub standing: Standing<'a>,
}

/// A Scope.
pub(super) struct ScopePlan<'a> {
    pub scope: &'a Arc<Scope>,
    /// Its type and properties, where they are the same in all units.
    pub shared: OnceLock<Option<(Arc<Definition>, Node)>>,
}

/// The standing of a document with a selector.
pub(super) fn standing<'a>(
    meta: &'a crate::model::Meta,
    selector: &Selector,
    noun: &'static str,
    overrides: &'a [crate::model::Name],
) -> Standing<'a> {
    Standing {
        rank: Rank::of(depth(&meta.folder), selector),
        name: &meta.name.value,
        noun,
        at: meta.at,
        overrides,
        last_resort: selector_text(selector).into(),
    }
}

impl<'a> Plan<'a> {
    /// Plans a project. Problems that concern no single unit are pushed: what matches nothing, filters that name nothing, facts that
    /// do not fit, Kubernetes versions that are not known.
    pub fn new(loaded: &'a Loaded, catalog: &'a Catalog, filters: &Filters, sink: &Sink) -> Plan<'a> {
        let mut plan = Plan {
            workspace: loaded.workspace.as_ref(),
            catalog,
            loaded,
            targets: Vec::new(),
            bindings: Vec::new(),
            scopes: Vec::new(),
            applications: Vec::new(),
            units: Vec::new(),
            by_name: FxHashMap::default(),
            clients: FxHashMap::default(),
            by_folder: Vec::new(),
        };
        let Some(workspace) = plan.workspace else { return plan };
        plan.targets = targets(workspace, sink);
        let binding = |binding: &'a Arc<TraitBinding>| BindingPlan {
            binding,
            standing: standing(&binding.meta, &binding.selector, "binding", &binding.overrides),
        };
        plan.bindings = workspace.bindings.iter().map(binding).collect();
        plan.scopes = workspace.scopes.iter().map(|scope| ScopePlan { scope, shared: OnceLock::new() }).collect();
        let shared = 0..plan.targets.len();
        for documents in &workspace.applications {
            let targets = match &documents.place {
                Some(place) => {
                    let start = plan.targets.len();
                    plan.targets.extend(place_targets(place, workspace, sink));
                    start..plan.targets.len()
                }
                None => shared.clone(),
            };
            plan.by_name.insert(&documents.name, plan.applications.len());
            for state in documents.states() {
                let application = application_plan(state, documents, workspace, targets.clone(), &plan.bindings, &plan.scopes, sink);
                for target in application.connects_to() {
                    plan.clients.entry(target).or_default().push(&documents.name);
                }
                plan.applications.push(application);
            }
        }
        if plan.targets.is_empty() && !sink.has_errors() {
            let name = &workspace.project.meta.name;
            let all = if workspace.environments.is_empty() { "the project has no environment" } else { "every environment is a template" };
            let problem = Diagnostic::warning(code::MATCHES_NOTHING, name.at, format!("{all}, so nothing is rendered"));
            sink.push(problem.help("write an Environment into `environments/`, with the namespace in which it runs"));
        }
        plan.by_folder = (0..plan.applications.len()).collect();
        plan.by_folder.sort_by_key(|index| &plan.applications[*index].documents.folder);
        plan.units = plan.select(filters, sink);
        plan.compile_types();
        matches::judge(&plan, sink);
        plan
    }

    fn select(&self, filters: &Filters, sink: &Sink) -> Vec<UnitKey> {
        let wanted = |filters: &[String], name: &str| filters.is_empty() || filters.iter().any(|filter| glob_matches(filter, name));
        let mut units = Vec::new();
        for (index, application) in self.applications.iter().enumerate().filter(|(_, application)| !application.is_revised) {
            if !wanted(&filters.applications, &application.documents.name) {
                continue;
            }
            for target_index in application.targets.clone() {
                let target = &self.targets[target_index];
                let cluster = target.cluster.as_ref().map(|cluster| cluster.meta.name.value.clone());
                let cluster_wanted =
                    filters.clusters.is_empty() || cluster.as_ref().is_some_and(|cluster| wanted(&filters.clusters, cluster));
                if cluster_wanted && wanted(&filters.environments, &target.environment.meta.name) {
                    units.push(UnitKey {
                        application: application.documents.name.value.clone(),
                        environment: target.environment.meta.name.value.clone(),
                        cluster,
                        application_index: self.state_in(index, target),
                        target_index,
                    });
                }
            }
        }
        let applications: Vec<&str> = self.applications.iter().map(|application| &*application.documents.name.value).collect();
        let environments: Vec<&str> = self.targets.iter().map(|target| &*target.environment.meta.name.value).collect();
        let clusters: Vec<&str> =
            self.targets.iter().filter_map(|target| target.cluster.as_ref()).map(|cluster| &*cluster.meta.name.value).collect();
        for (noun, kind, filters, known) in [
            ("application", "Application", &filters.applications, applications),
            ("environment", "Environment", &filters.environments, environments),
            ("cluster", "Cluster", &filters.clusters, clusters),
        ] {
            for filter in filters {
                if !known.iter().any(|name| glob_matches(filter, name)) {
                    let message = format!("no {noun} is called `{filter}`");
                    let problem = Diagnostic::error(code::UNKNOWN_NAME, Pos::NOWHERE, message).suggest(filter, known.iter().copied());
                    sink.push(problem.unless_unread(kind, &**filter));
                }
            }
        }
        units
    }

    /// Compiles the types that are named anywhere in the wanted applications, at once: of a small project that is most of the work, and it
    /// would be done one after the other.
    fn compile_types(&self) {
        let mut named: BTreeSet<(DefinitionKind, &str)> = BTreeSet::new();
        for wanted in self.units.chunk_by(|a, b| a.application_index == b.application_index) {
            let application = &self.applications[wanted[0].application_index];
            let of_scope = |index: &usize| (DefinitionKind::Scope, &*self.scopes[*index].scope.type_name.value);
            named.extend(application.scopes.iter().map(of_scope));
            for base in &application.components {
                named.extend(base.types(&self.bindings).map(|(kind, name)| (kind, &*name.value)));
            }
        }
        let named: Vec<_> = named.into_iter().collect();
        named.into_par_iter().for_each(|(kind, name)| drop(self.catalog.definition(kind, name)));
    }

    /// The units that were asked for, by application, environment and cluster.
    pub fn units(&self) -> &[UnitKey] {
        &self.units
    }

    /// Resolves one of [`Plan::units`]. `None` if so much is wrong that nothing of it can be made.
    pub fn resolve(&self, index: usize, sink: &Sink) -> Option<Unit> {
        self.resolve_unit(self.units.get(index)?, sink)
    }

    /// Resolves any unit of the project, also one that was not asked for: the application that a component connects to.
    pub fn resolve_unit(&self, key: &UnitKey, sink: &Sink) -> Option<Unit> {
        unit_of(self, key, sink)
    }

    /// The unit of another application in the same environment and cluster.
    pub fn peer(&self, unit: &UnitKey, application: &str) -> Option<UnitKey> {
        let index = *self.by_name.get(application)?;
        let application_index = self.state_in(index, self.targets.get(unit.target_index)?);
        Some(UnitKey { application: self.applications[index].documents.name.value.clone(), application_index, ..unit.clone() })
    }

    /// Names of the applications that an application's components connect to in any environment, and of those that connect to it.
    pub fn neighbours(&self, application: &str) -> Vec<&'a str> {
        let Some(own) = self.by_name.get(application) else { return Vec::new() };
        let states = &self.applications[*own..=*own + self.applications[*own].documents.revised.len()];
        let mut names: Vec<&str> = states.iter().flat_map(|state| state.connects_to()).filter(|name| *name != application).collect();
        let back = self.clients.get(application).into_iter().flatten();
        names.extend(back.copied().filter(|name| *name != application));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The applications at or below a folder.
    pub(super) fn below(&self, folder: &str) -> impl Iterator<Item = &ApplicationPlan<'a>> {
        let of = |index: &usize| &*self.applications[*index].documents.folder;
        // Sorted by text, those below `a` are one run that begins with `a/`; `a` itself is another, before it.
        let inside = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let start = self.by_folder.partition_point(|index| of(index) < &*inside);
        let below = self.by_folder[start..].iter().take_while(move |index| of(index).starts_with(&inside));
        let exact = self.by_folder.partition_point(|index| of(index) < folder);
        let own = self.by_folder[exact..].iter().take_while(move |index| !folder.is_empty() && of(index) == folder);
        own.chain(below).map(|index| &self.applications[*index])
    }

    /// What is known of an application where it runs in a target.
    pub(super) fn find(&self, application: &str, target: &Target) -> Option<&ApplicationPlan<'a>> {
        self.by_name.get(application).map(|index| &self.applications[self.state_in(*index, target)])
    }

    /// The number of the state of an application that runs in a target: the states of one follow each other.
    fn state_in(&self, index: usize, target: &Target) -> usize {
        let cluster = target.cluster.as_ref().map(|cluster| &*cluster.meta.name.value);
        let revised = self.applications[index].documents.revised_in(target.environment.known_as(), cluster);
        revised.map_or(index, |revised| index + 1 + revised)
    }

    /// Whether a text is never filled: it is marked `!raw`, or stands in an Application that others read as it is.
    pub(super) fn is_raw(&self, at: Pos) -> bool {
        self.loaded.standalone || self.loaded.is_raw(at)
    }
}

/// Whether the environment and cluster of a target are matched.
pub(super) fn target_matches(selector: &Selector, target: &Target) -> bool {
    let (environments, clusters) = (&selector.environments, &selector.clusters);
    (environments.is_absent()
        || dimension_matches(environments, Some(candidate(&target.environment.known_as().value, &target.environment.meta.labels))))
        && (clusters.is_absent()
            || dimension_matches(
                clusters,
                target.cluster.as_ref().map(|cluster| candidate(&cluster.meta.name.value, &cluster.meta.labels)),
            ))
}
