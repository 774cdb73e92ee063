//! A project in memory, through the pipeline to objects: what tests of the stages stand on.

use std::sync::Arc;

use oam::catalog::Catalog;
use oam::check;
use oam::diag::{Report, Severity, Sink};
use oam::load::{Loaded, load};
use oam::lower::{Draft, Lowered, Settings, Surroundings, components, finish, platform};
use oam::resolve::{Filters, Plan, Unit};
use oam::source::{Memory, Sources};
use oam::tree::{Document, Node};

/// What came out of a project.
pub struct Made {
    /// By unit (`app/env/cluster`); the objects of `_platform` come last in each environment, as `_platform/env/cluster`.
    pub units: Vec<(String, Lowered)>,
    /// All problems.
    pub report: Report,
    /// All files.
    pub sources: Arc<Sources>,
}

impl Made {
    /// All objects, in order.
    pub fn objects(&self) -> Vec<&Node> {
        self.units.iter().flat_map(|(_, unit)| unit.objects.iter().map(|object| &object.node)).collect()
    }

    /// The first object of a kind and name.
    pub fn object(&self, kind: &str, name: &str) -> serde_json::Value {
        let found = self.objects().into_iter().find(|object| {
            object.field("kind").and_then(Node::as_str) == Some(kind)
                && object.at(&["metadata", "name"]).and_then(Node::as_str) == Some(name)
        });
        found.unwrap_or_else(|| panic!("no {kind} {name} in {:?}; {}", self.names(), self.problems())).to_json()
    }

    /// Kind and name of all objects.
    pub fn names(&self) -> Vec<String> {
        let text = |node: Option<&Node>| node.and_then(Node::as_str).unwrap_or_default().to_owned();
        self.objects().iter().map(|object| format!("{} {}", text(object.field("kind")), text(object.at(&["metadata", "name"])))).collect()
    }

    /// The errors and warnings, one a line, with their places and those of their labels.
    pub fn problems(&self) -> String {
        let place = |at| self.sources.locate(at).map_or_else(|| "nowhere".to_owned(), |place| place.to_string());
        let told = self.report.diagnostics.iter().filter(|problem| problem.severity != Severity::Note);
        told.map(|problem| {
            let labels: String = problem.labels.iter().map(|label| format!(" [{}: {}]", place(label.at), label.message)).collect();
            format!("{} {}: {}{labels}\n", place(problem.at), problem.code, problem.message)
        })
        .collect()
    }
}

/// Renders a project of these files (path and text).
pub fn render(files: &[(&str, &str)]) -> Made {
    let mut tree = Memory::new();
    for (path, text) in files {
        tree.insert(*path, text.as_bytes().to_vec());
    }
    let sink = Sink::new();
    let loaded = load(&tree, Catalog::builtin_sources(), &sink);
    let sources = loaded.sources.clone();
    let units = lower(&loaded, &sink);
    Made { units, report: sink.take(), sources }
}

fn lower(loaded: &Loaded, sink: &Sink) -> Vec<(String, Lowered)> {
    let Some(workspace) = &loaded.workspace else { return Vec::new() };
    let written = workspace.definitions.iter().map(|written| Document { root: written.root.clone(), tags: written.tags.clone() });
    let catalog = Catalog::new(written, sink);
    let plan = Plan::new(loaded, &catalog, &Filters::default(), sink);
    let units: Vec<Unit> = (0..plan.units().len()).filter_map(|index| plan.resolve(index, sink)).collect();
    plan.conclude(&units.iter().map(Unit::facts).collect::<Vec<_>>(), sink);
    let place = |unit: &Unit| unit.name().split_once('/').map(|(_, place)| place.to_owned()).unwrap();
    let mut places: Vec<String> = units.iter().map(place).collect();
    places.sort();
    places.dedup();
    let settings = Settings { config_hash: true };
    let mut made = Vec::new();
    let mut placed = Vec::new();
    for name in places {
        let drafts: Vec<Draft> = units.iter().filter(|unit| place(unit) == name).map(|unit| components(unit, sink)).collect();
        let surroundings = Surroundings::new(drafts.iter().flat_map(Draft::members));
        let common = platform(&drafts, &surroundings, true, sink);
        let schemas = drafts[0].unit.schemas.clone();
        let mut lowered: Vec<(String, Lowered)> =
            drafts.into_iter().map(|draft| (draft.unit.name(), finish(draft, &surroundings, &settings, sink))).collect();
        lowered.push((format!("_platform/{name}"), common));
        for (unit, lowered) in &lowered {
            for object in &lowered.objects {
                let problems = Sink::new();
                check::object(&object.node, &schemas, &problems);
                problems.take().diagnostics.into_iter().for_each(|problem| sink.push(problem.in_unit(unit.as_str())));
                let at = object.node.at(&["metadata", "name"]).map(|name| name.origin.author()).unwrap_or_default();
                placed.push(check::Placed { id: object.id.clone(), cluster: name.as_str().into(), unit: unit.as_str().into(), at });
            }
        }
        made.extend(lowered);
    }
    check::clashes(&placed, sink);
    made
}
