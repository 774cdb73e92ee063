//! The parallel driver: plan → for each environment and cluster, all its units, on any thread: resolve → components and traits → scopes →
//! check → text. Then what belongs to no single unit.
//!
//! Of a unit only what the visitor takes from it is kept; its nodes are dropped where they were made. The result is the same for any
//! number of threads: it is collected in the order of the plan.

use std::sync::Arc;

use rayon::prelude::*;

use super::judged::Counts;
use super::opened::Opened;
use super::progress::Progress;
use super::settings::Settings;
use crate::catalog::{DefinitionKind, is_built_in};
use crate::check::{self, Extent, External, Facts, Permissions, Placed, Setting};
use crate::diag::{Diagnostic, Sink};
use crate::kubernetes::{KindSchema, ObjectId, Schemas};
use crate::load::Ownership;
use crate::lower::{self, Delivered, Draft, Lowered, MadeBy, Member, Object, Surroundings};
use crate::output::{self, Complete, File, FileName, delivery_unit, file_name, split_unit, unit_directory};
use crate::resolve::{Filters, Plan, Unit, UnitFacts, UnitKey, circles};
use crate::source::{Pos, Role};
use crate::tree::{Dropped, Fill, Node, emit};

/// The directory of what is made once per namespace, environment or cluster.
const PLATFORM: &str = "_platform";

/// A unit, rendered, or what is made once for all of them.
pub struct View<'a> {
    /// `app/env/cluster`, as diagnostics name it.
    pub name: String,
    /// Its directory in the output.
    pub directory: String,
    /// The namespace of its objects; what is made for all units has none of its own.
    namespace: Option<&'a str>,
    /// What tells its cluster from all others.
    cluster: Arc<str>,
    unit: &'a Unit,
    /// The objects and the log.
    pub lowered: Lowered,
}

impl View<'_> {
    /// The file of an object in the unit's directory.
    pub fn file_name(&self, object: &Object) -> String {
        name_of(&object.id, self)
    }

    /// What tells its cluster from all others.
    pub fn cluster(&self) -> Arc<str> {
        self.cluster.clone()
    }

    /// The namespace of its objects; what is made for all units has none of its own.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace
    }

    /// The unit; of what is made for all units, one of them.
    pub fn unit(&self) -> &Unit {
        self.unit
    }

    /// What other units see of its components.
    pub fn members(&self) -> Vec<Member> {
        self.lowered.members(self.unit)
    }

    /// The kinds that its cluster serves.
    pub fn schemas(&self) -> &Schemas {
        &self.unit.schemas
    }

    /// Where a person asked for an object: the value that it was made of, else the trait, the scope or the component.
    pub fn asked_at(&self, object: &Object) -> Pos {
        let origin = object.node.origin;
        let MadeBy::Type(definition) = &object.made_by else { return origin.author() };
        if origin.by != Fill::NOTHING {
            return origin.author();
        }
        // An object that a person wrote, but for what its type adds to it.
        let kind = object.node.field("kind").map(|kind| kind.origin.author());
        if let Some(kind) = kind.filter(|at| at.is_known() && !definition.template.owns(*at)) {
            return kind;
        }
        let component = self.unit.components.iter().find(|component| Some(&component.name.value) == object.component.as_ref());
        let asked = match (definition.kind, component) {
            (DefinitionKind::Scope, _) => {
                self.unit.scopes.iter().find(|scope| scope.definition.name == definition.name).map(|scope| scope.name.at)
            }
            (DefinitionKind::Trait, _) => Some(object.asked_at),
            (_, component) => component.map(|component| component.name.at),
        };
        asked.unwrap_or(origin.at)
    }

    /// What templates left out of an object: paths of an output begin with its name, those of a workload with its own fields.
    pub fn dropped<'v>(&'v self, object: &'v Object) -> impl Iterator<Item = Dropped> {
        let own = self.lowered.log.dropped.iter().filter(|dropped| dropped.owner == object.component);
        own.filter_map(|dropped| {
            if object.output.is_empty() {
                return Some(dropped.clone());
            }
            let path = dropped.path.strip_prefix(&*object.output)?.strip_prefix('.')?;
            Some(Dropped { path: path.into(), ..dropped.clone() })
        })
    }
}

/// Everything that a run renders.
#[derive(Debug, Default)]
pub struct Tree {
    /// Directories with their files.
    pub units: Vec<output::Unit>,
    /// The environments and clusters that were rendered, as directories.
    pub targets: Vec<String>,
    /// Who judged the objects.
    pub judged: Counts,
}

impl Tree {
    /// How much of the project it is.
    pub fn complete<'a>(&'a self, opened: &Opened, filters: &Filters) -> Complete<'a> {
        if !filters.applications.is_empty() || opened.loaded.standalone {
            return Complete::Units;
        }
        let all = filters.environments.is_empty() && filters.clusters.is_empty();
        if all { Complete::Everything(&self.targets) } else { Complete::Below(&self.targets) }
    }

    /// `42 objects in 9 directories`
    pub fn size(&self) -> String {
        let objects: usize = self.units.iter().map(|unit| unit.files.len()).sum();
        let directories = self.units.iter().filter(|unit| !unit.files.is_empty()).count();
        let plural = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
        format!("{} in {}", plural(objects, "object", "objects"), plural(directories, "directory", "directories"))
    }
}

/// Renders all units that are meant and everything that belongs to several of them. Problems go to the project's sink; where there are
/// errors the tree is of no use.
pub fn tree(opened: &Opened, filters: &Filters, settings: &Settings) -> Tree {
    visited(opened, filters, settings, false, |_, _| ()).0
}

/// As [`tree`], and what `visit` takes from each unit beside its files, in the order of the plan. `explains`: as in [`each`].
pub fn visited<T: Send>(
    opened: &Opened,
    filters: &Filters,
    settings: &Settings,
    explains: bool,
    visit: impl Fn(&View<'_>, &output::Unit) -> T + Sync,
) -> (Tree, Vec<T>) {
    let sink = &opened.sink;
    let workspace = opened.loaded.workspace.as_ref().filter(|_| !opened.loaded.standalone);
    let infra_operator = workspace.map(|workspace| Ownership::of(&workspace.project).called(Role::InfraOperator)).unwrap_or_default();
    let permissions = workspace.map(|workspace| Permissions {
        roles: &workspace.project.roles,
        sources: opened.sources(),
        infra_operator: &infra_operator,
    });
    let emitted = each(opened, filters, settings, explains, |view| {
        let emitted = emitted(&view, permissions.as_ref(), sink);
        let taken = visit(&view, &emitted.unit);
        (emitted, taken)
    });
    let mut tree = Tree::default();
    let mut placed = Vec::new();
    let mut visits = Vec::with_capacity(emitted.len());
    let mut facts: Vec<(Arc<str>, Vec<Facts>)> = Vec::new();
    for (Emitted { unit, placed: objects, facts: of_unit, cluster, judged }, taken) in emitted {
        tree.judged.absorb(judged);
        facts.push((cluster, of_unit));
        let (target, _) = split_unit(&unit.directory);
        if tree.targets.last().is_none_or(|last| last != target) {
            tree.targets.push(target.to_owned());
        }
        let platform = unit.directory.ends_with(PLATFORM);
        tree.units.push(unit);
        visits.push(taken);
        // What is wrong elsewhere makes scopes overlap, and then they clash too; once that is mended, this is judged.
        if !(platform && sink.has_errors()) {
            placed.extend(objects);
        }
    }
    let clashes = Sink::new();
    check::clashes(&placed, &clashes);
    // Two objects of one identity go to one file too; that would be told twice. So would what made them.
    if !clashes.has_errors() && !sink.has_errors() {
        output::check_paths(&tree.units, &clashes);
    }
    sink.absorb(clashes, None);
    // What could not be rendered is missing for others too: that is no mistake of theirs.
    let whole = filters.applications.is_empty() && !sink.has_errors();
    together(opened, facts, if whole { Extent::Project } else { Extent::Part }, sink);
    (tree, visits)
}

/// Documents that make or change objects: while one of them could not be read, what objects lack may be in it.
const MAKERS: [&str; 6] = ["Component", "ComponentDefinition", "Scope", "ScopeDefinition", "TraitBinding", "TraitDefinition"];

/// Judges all objects of each cluster together.
fn together(opened: &Opened, mut facts: Vec<(Arc<str>, Vec<Facts>)>, extent: Extent, sink: &Sink) {
    let text = |name: &crate::model::Name| name.value.to_string();
    let external = opened.loaded.workspace.iter().flat_map(|workspace| &workspace.project.external);
    let mut external: Vec<External> = external
        .map(|object| External { kind: text(&object.kind), namespace: object.namespace.as_ref().map(text), name: text(&object.name) })
        .collect();
    // Those that components say they take from outside.
    let components = opened.loaded.workspace.iter().flat_map(|workspace| &workspace.applications);
    let components = components.flat_map(|application| application.components.iter().chain(&application.layers));
    let secrets = components.flat_map(|component| &component.secrets);
    external.extend(secrets.map(|secret| External { kind: "Secret".to_owned(), namespace: None, name: text(&secret.name) }));
    facts.sort_by(|a, b| a.0.cmp(&b.0));
    let found = Sink::new();
    facts.par_chunk_by(|a, b| a.0 == b.0).for_each(|of_cluster| {
        let objects: Vec<&Facts> = of_cluster.iter().flat_map(|(_, facts)| facts).collect();
        check::together(&objects, Setting { external: &external, extent }, &found);
    });
    for problem in found.take().diagnostics {
        sink.push(MAKERS.iter().fold(problem, |problem, kind| problem.unless_unread(kind, None)));
    }
}

/// Calls `visit` with every unit that is meant, and with what is made once for several; the results are in the order of the plan.
/// `explains`: the units' logs say what templates left out.
pub fn each<T: Send>(
    opened: &Opened,
    filters: &Filters,
    settings: &Settings,
    explains: bool,
    visit: impl Fn(View<'_>) -> T + Sync,
) -> Vec<T> {
    let plan = Plan::new(&opened.loaded, &opened.catalog, filters, &opened.sink);
    let mut indices: Vec<usize> = (0..plan.units().len()).collect();
    let target = |index: usize| (&plan.units()[index].environment, &plan.units()[index].cluster);
    indices.sort_by(|a, b| (target(*a), a).cmp(&(target(*b), b)));
    let groups: Vec<&[usize]> = indices.chunk_by(|a, b| target(*a) == target(*b)).collect();
    let progress = Progress::new("rendering", indices.len(), &settings.console);
    let driver = Driver { opened, plan: &plan, all: filters.applications.is_empty(), progress: &progress, explains };
    let mut results: Vec<(Vec<T>, Vec<UnitFacts>)> = Vec::with_capacity(groups.len());
    for batch in batches(&groups) {
        results.par_extend(batch.par_iter().map(|group| driver.group(group, &visit)));
    }
    let (results, facts): (Vec<_>, Vec<_>) = results.into_iter().unzip();
    let facts: Vec<UnitFacts> = facts.into_iter().flatten().collect();
    plan.conclude(&facts, &opened.sink);
    results.into_iter().flatten().collect()
}

/// So many units are in memory at once, or all of one environment and cluster. More would not be faster: it is enough work for any number
/// of threads.
const AT_ONCE: usize = 2000;

/// The groups, as many together as may be in memory at once.
fn batches<'g, 'i>(groups: &'g [&'i [usize]]) -> Vec<&'g [&'i [usize]]> {
    let (mut batches, mut rest) = (Vec::new(), groups);
    while !rest.is_empty() {
        let mut units = 0;
        let fits = |group: &&&[usize]| {
            let before = units;
            units += group.len();
            before < AT_ONCE
        };
        let more = rest.iter().take_while(fits).count();
        let (batch, others) = rest.split_at(more);
        batches.push(batch);
        rest = others;
    }
    batches
}

struct Driver<'a> {
    opened: &'a Opened,
    plan: &'a Plan<'a>,
    /// Whether all applications are meant.
    all: bool,
    progress: &'a Progress,
    /// Whether somebody asks why fields are not there.
    explains: bool,
}

impl Driver<'_> {
    /// The units of one environment and cluster.
    fn group<T: Send>(&self, indices: &[usize], visit: &(impl Fn(View<'_>) -> T + Sync)) -> (Vec<T>, Vec<UnitFacts>) {
        let sink = &self.opened.sink;
        let how =
            lower::Settings { config_hash: self.opened.loaded.workspace.as_ref().is_none_or(|workspace| workspace.project.config_hash) };
        let resolve = |index: &usize| {
            let mut unit = self.plan.resolve(*index, sink)?;
            unit.log.keeps_dropped = self.explains;
            Some(unit)
        };
        let units: Vec<Unit> = indices.par_iter().filter_map(resolve).collect();
        // Of a part of the applications nobody can tell.
        if self.all {
            circles(&units, sink);
        }
        let drafts: Vec<Draft> = units.par_iter().map(|unit| lower::components(unit, sink)).collect();
        let facts = drafts.iter().map(Draft::facts).collect();
        let mut members: Vec<_> = drafts.iter().flat_map(Draft::members).collect();
        members.extend(self.neighbours(indices).iter().flat_map(|unit| lower::components(unit, &Sink::new()).members()));
        members.extend(drafts.iter().flat_map(Draft::outside));
        let surroundings = Surroundings::new(members);
        let mut results = Vec::with_capacity(drafts.len() + 1);
        // Of a part of the applications nobody can tell what all of them need.
        let platform = self.all.then(|| lower::platform(&drafts, &surroundings, self.is_first_of_cluster(indices), sink));
        let views: Vec<(T, Option<Delivered<'_>>)> = drafts
            .into_par_iter()
            .map(|draft| {
                let unit = draft.unit;
                let lowered = lower::finish(draft, &surroundings, &how, sink);
                self.progress.step();
                let view = self.view(unit, &unit.application.value, unit.namespace.as_str(), lowered);
                let delivered = delivered(&view);
                (visit(view), delivered)
            })
            .collect();
        let (views, delivered): (Vec<T>, Vec<_>) = views.into_iter().unzip();
        results.extend(views);
        if let (Some(lowered), Some(unit)) = (platform, units.first()) {
            let view = self.view(unit, PLATFORM, None, lowered);
            let path = (!view.lowered.objects.is_empty()).then(|| view.directory.clone());
            results.push(visit(view));
            if let (Some(delivery), Some(project)) = (&unit.delivery, &unit.project) {
                let delivered: Vec<Delivered<'_>> = delivered.into_iter().flatten().collect();
                let lowered = lower::delivery(delivery, &delivered, path.as_deref(), sink);
                let namespace = delivery.properties.field("namespace").and_then(Node::as_str);
                results.push(visit(self.view(unit, &delivery_unit(&delivery.name, project), namespace, lowered)));
            }
        }
        (results, facts)
    }

    /// What is rendered, as a directory called `name` in the unit's environment and cluster.
    fn view<'u>(&self, unit: &'u Unit, name: &str, namespace: Option<&'u str>, lowered: Lowered) -> View<'u> {
        let target = unit.name();
        let target = target.split_once('/').map(|(_, target)| target);
        View {
            name: target.map_or(name.to_owned(), |target| format!("{name}/{target}")),
            directory: directory(unit, name),
            namespace,
            cluster: cluster(unit, self.opened.loaded.standalone),
            unit,
            lowered,
        }
    }

    /// With a filter of applications: the units of others to which these are connected. What is wrong in them is not asked for.
    fn neighbours(&self, indices: &[usize]) -> Vec<Unit> {
        if self.all {
            return Vec::new();
        }
        let keys: Vec<&UnitKey> = indices.iter().map(|index| &self.plan.units()[*index]).collect();
        let mut names: Vec<&str> = keys.iter().flat_map(|key| self.plan.neighbours(&key.application)).collect();
        names.retain(|name| keys.iter().all(|key| *key.application != **name));
        names.sort_unstable();
        names.dedup();
        let Some(key) = keys.first() else { return Vec::new() };
        let others: Vec<UnitKey> = names.iter().filter_map(|name| self.plan.peer(key, name)).collect();
        others.par_iter().filter_map(|key| self.plan.resolve_unit(key, &Sink::new())).collect()
    }

    /// Whether the environment is the first of those that share the cluster.
    fn is_first_of_cluster(&self, indices: &[usize]) -> bool {
        let Some(key) = indices.first().map(|index| &self.plan.units()[*index]) else { return true };
        // What is made once for a cluster is not left to an environment that goes away soon.
        let environment = self.opened.loaded.workspace.as_ref().and_then(|workspace| workspace.environment(&key.environment));
        if environment.is_some_and(|environment| environment.instance.is_some()) {
            return false;
        }
        let (Some(cluster), Some(workspace)) = (&key.cluster, &self.opened.loaded.workspace) else { return true };
        let on_it = |environment: &&Arc<crate::model::Environment>| {
            !environment.template && environment.instance.is_none() && environment.clusters.iter().any(|name| name.value == *cluster)
        };
        workspace.environments.iter().find(on_it).is_none_or(|first| first.meta.name.value == key.environment)
    }
}

/// What a delivery must know of a unit; nothing if there are no objects of it.
fn delivered<'u>(view: &View<'u>) -> Option<Delivered<'u>> {
    let mut components: Vec<Arc<str>> = view.lowered.objects.iter().filter_map(|object| object.component.clone()).collect();
    components.dedup();
    (!components.is_empty()).then(|| Delivered { unit: view.unit, path: view.directory.clone(), components })
}

/// `<environment>[/<cluster>]/<unit>`
fn directory(unit: &Unit, name: &str) -> String {
    unit_directory(&unit.environment.meta.name.value, unit.cluster.as_ref().map(|cluster| &*cluster.value), name)
}

/// An environment without clusters is a cluster of its own; `/` keeps it from meeting the name of one.
fn cluster(unit: &Unit, standalone: bool) -> Arc<str> {
    match &unit.cluster {
        // Of self-contained Applications, two places may be one: whoever applies them knows which is meant.
        Some(cluster) if standalone => format!("{}/{}", unit.environment.meta.name.value, cluster.value).into(),
        Some(cluster) => cluster.value.clone(),
        // All instances of one template are on one.
        None => format!("{}/", unit.environment.known_as().value).into(),
    }
}

/// What is kept of a unit.
struct Emitted {
    unit: output::Unit,
    placed: Vec<Placed>,
    facts: Vec<Facts>,
    cluster: Arc<str>,
    judged: Counts,
}

/// The files of a unit, judged, and what is needed to judge its objects beside others.
fn emitted(view: &View<'_>, permissions: Option<&Permissions<'_>>, sink: &Sink) -> Emitted {
    let mut files = Vec::with_capacity(view.lowered.objects.len());
    let mut placed = Vec::with_capacity(view.lowered.objects.len());
    let mut facts = Vec::with_capacity(view.lowered.objects.len());
    let unit: Arc<str> = view.name.as_str().into();
    let problems = Sink::new();
    let mut counts = Counts::default();
    for object in &view.lowered.objects {
        counts.add(&object.node, &view.unit.schemas);
        let at = view.asked_at(object);
        if let Some(permissions) = permissions {
            check::permitted(&object.node, if object.asked_at.is_known() { object.asked_at } else { at }, permissions, &problems);
        }
        let clean = check::object(&object.node, &view.unit.schemas, &Sink::new());
        let judged = if clean { object.node.clone() } else { view.lowered.log.with_one_author(&object.node, is_built_in) };
        if !clean {
            let found = Sink::new();
            check::object(&judged, &view.unit.schemas, &found);
            problems.absorb_as(found, |problem| problem.asked_at(at, is_built_in));
        }
        facts.extend(Facts::of(&judged, at, Some(unit.clone())));
        let mut text = String::with_capacity(1024);
        emit(&object.node, &mut text);
        let name = name_of(&object.id, view);
        files.push(File { name, text, object: format!("{}/{}", object.id.kind, object.id.name), at });
        placed.push(Placed { id: object.id.clone(), cluster: view.cluster.clone(), unit: unit.clone(), at });
    }
    for problem in one_per_cause(problems.take().diagnostics) {
        sink.push(problem.in_unit(&*unit));
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let unit = output::Unit { name: view.name.clone(), directory: view.directory.clone(), files };
    Emitted { unit, placed, facts, cluster: view.cluster.clone(), judged: counts }
}

/// One problem of each pair of places: a port that stands twice is there twice in the container, in the Service and in both by its name.
fn one_per_cause(problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut kept: Vec<Diagnostic> = Vec::with_capacity(problems.len());
    for problem in problems {
        let same = |known: &Diagnostic| {
            !known.labels.is_empty()
                && known.at == problem.at
                && known.labels.iter().map(|label| label.at).eq(problem.labels.iter().map(|label| label.at))
        };
        match kept.iter_mut().find(|known| same(known)) {
            Some(known) if known.severity > problem.severity => *known = problem,
            Some(_) => {}
            None => kept.push(problem),
        }
    }
    kept
}

fn name_of(id: &ObjectId, view: &View<'_>) -> String {
    let schemas = &view.unit.schemas;
    let custom = schemas.kind(&id.api_version(), &id.kind).map_or_else(|| !schemas.has_group(&id.api_version()), KindSchema::is_custom);
    file_name(FileName {
        kind: &id.kind,
        custom_group: custom.then_some(&*id.group),
        foreign_namespace: id.namespace.as_deref().filter(|namespace| view.namespace != Some(*namespace)),
        name: &id.name,
    })
}
