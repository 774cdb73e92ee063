//! Marks that both objects do not show: what asks for one by its type, and what is production.

use rustc_hash::FxHashSet;

use crate::cli::pipeline::View;
use crate::diff::{MARK_ANNOTATION, PRODUCTION};
use crate::lower::Object;
use crate::model::Workspace;
use crate::source::Pos;
use crate::tree::{Node, UnitLog};

/// The value of a label or a fact that says that an environment or a cluster is production.
const SAYS_SO: &str = "production";

/// What people wrote for those traits of a component whose types ask for a mark.
pub(super) struct Asking {
    of: Vec<(String, FxHashSet<Pos>)>,
}

impl Asking {
    /// The traits of the component that an object belongs to.
    pub fn of(view: &View<'_>, object: &Object) -> Asking {
        let unit = view.unit();
        let component = unit.components.iter().find(|component| Some(&component.name.value) == object.component.as_ref());
        let traits = component.iter().flat_map(|component| &component.traits);
        let asking = traits.filter_map(|used| {
            let mark = used.definition.document.at(&["metadata", "annotations", MARK_ANNOTATION])?.as_str()?;
            let mut places = FxHashSet::default();
            collect(&used.properties, &view.lowered.log, &mut |pos| {
                places.insert(pos);
            });
            Some((mark.to_owned(), places))
        });
        Asking { of: asking.collect() }
    }

    /// The marks of a value: of those traits that something in it comes from.
    pub fn marks(&self, value: &Node, log: &UnitLog) -> Vec<String> {
        if self.of.is_empty() {
            return Vec::new();
        }
        let mut found = FxHashSet::default();
        collect(value, log, &mut |pos| {
            found.insert(pos);
        });
        self.that(|places| !places.is_disjoint(&found))
    }

    /// The marks of those traits that something was written for here.
    pub fn at(&self, pos: Pos) -> Vec<String> {
        self.that(|places| places.contains(&pos))
    }

    fn that(&self, is: impl Fn(&FxHashSet<Pos>) -> bool) -> Vec<String> {
        self.of.iter().filter(|(_, places)| is(places)).map(|(mark, _)| mark.clone()).collect()
    }
}

/// All places that made or filled a value and what is in it.
fn collect(node: &Node, log: &UnitLog, visit: &mut impl FnMut(Pos)) {
    let inputs = log.positions(node.origin.by);
    inputs.into_iter().chain([node.origin.at]).filter(|pos| pos.is_known()).for_each(&mut *visit);
    node.entries().iter().for_each(|entry| collect(&entry.node, log, visit));
    node.items().iter().for_each(|item| collect(item, log, visit));
}

/// The mark of an environment and cluster that is production: one that says so in a label or a fact.
pub(super) fn of_target(target: &str, workspace: &Workspace) -> Option<&'static str> {
    let (name, cluster) = target.split_once('/').map_or((target, None), |(name, cluster)| (name, Some(cluster)));
    let says = |labels: &crate::model::Labels, facts: &Option<Node>| {
        let facts = facts.iter().flat_map(|facts| facts.entries()).any(|entry| entry.node.as_str() == Some(SAYS_SO));
        facts || labels.iter().any(|(_, value)| *value.value == *SAYS_SO)
    };
    let environment = workspace.environment(name).is_some_and(|environment| says(&environment.meta.labels, &environment.facts));
    let cluster = cluster.and_then(|name| workspace.cluster(name)).is_some_and(|cluster| says(&cluster.meta.labels, &cluster.facts));
    (environment || cluster).then_some(PRODUCTION)
}
