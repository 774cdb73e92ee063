//! A type in use: a project of one component in one environment, rendered in memory.
//!
//! The documents are made of the nodes of the definition itself, so that whatever is wrong is told at the lines of its examples and tests.

use crate::catalog::{Catalog, Definition, DefinitionKind};
use crate::check;
use crate::diag::{Report, Severity, Sink, code};
use crate::kubernetes::Version;
use crate::load::given;
use crate::lower::{Delivered, Draft, Lowered, Object, Settings, Surroundings, components, delivery, finish, platform};
use crate::resolve::{Filters, Plan, Unit};
use crate::source::{Pos, Sources};
use crate::tree::{Document, Dropped, Entry, Key, Node, Origin};

/// The component that a type is tried on, and the application, unless a test says otherwise.
const NAME: &str = "probe";

/// Where trials are run.
#[derive(Clone, Copy)]
pub struct Trials<'a> {
    /// The types.
    pub catalog: &'a Catalog,
    /// The files that they stand in.
    pub sources: &'a Sources,
}

/// How a type is used.
#[derive(Clone, Copy)]
pub struct Use<'a> {
    /// The type.
    pub definition: &'a Definition,
    /// Its properties.
    pub properties: &'a Node,
    /// Traits and scopes: the component that it stands on, as tests write it.
    pub on: Option<&'a Node>,
    /// What the environment says, as tests write it.
    pub environment: Option<&'a Node>,
    /// The version of Kubernetes, unless the environment says another one.
    pub version: Version,
    /// Where the use stands.
    pub at: Pos,
}

/// What came of it.
#[derive(Debug)]
pub struct Trial {
    /// The objects, those that are made once per environment last.
    pub objects: Vec<Object>,
    /// What templates left out.
    pub dropped: Vec<Dropped>,
    /// What is wrong.
    pub report: Report,
}

impl Trial {
    /// The first error.
    pub fn refusal(&self) -> Option<&str> {
        self.report.diagnostics.iter().find(|problem| problem.severity == Severity::Error).map(|problem| &*problem.message)
    }
}

impl Trials<'_> {
    /// Renders the component with the type.
    pub fn run(&self, used: &Use<'_>) -> Trial {
        self.render(used, true)
    }

    /// Renders the component without it: what is there before a trait or a scope acts. Nothing, for a component type.
    pub fn without(&self, used: &Use<'_>) -> Trial {
        self.render(used, false)
    }

    fn render(&self, used: &Use<'_>, with: bool) -> Trial {
        let sink = Sink::new();
        let loaded = given(documents(used, with), self.sources.clone(), &sink);
        let mut trial = Trial { objects: Vec::new(), dropped: Vec::new(), report: Report::default() };
        let plan = Plan::new(&loaded, self.catalog, &Filters::default(), &sink);
        let units: Vec<_> = (0..plan.units().len())
            .filter_map(|index| plan.resolve(index, &sink))
            .map(|mut unit| {
                unit.log.keeps_dropped = true;
                unit
            })
            .collect();
        plan.conclude(&units.iter().map(Unit::facts).collect::<Vec<_>>(), &sink);
        let drafts: Vec<Draft<'_>> = units.iter().map(|unit| components(unit, &sink)).collect();
        let surroundings = Surroundings::new(drafts.iter().flat_map(Draft::members));
        let shared = platform(&drafts, &surroundings, true, &sink);
        // A name or an annotation with a hash in it would be nobody's expectation.
        let settings = Settings { config_hash: false };
        let own: Vec<Lowered> = drafts.into_iter().map(|draft| finish(draft, &surroundings, &settings, &sink)).collect();
        let delivered = delivered(&units, &own, &shared, &sink);
        for lowered in own.into_iter().chain([shared]).chain(delivered) {
            trial.objects.extend(lowered.objects);
            trial.dropped.extend(lowered.log.dropped);
        }
        if let Some(unit) = units.first() {
            for object in &trial.objects {
                check::object(&object.node, &unit.schemas, &sink);
            }
        }
        trial.report = sink.take();
        // The CRDs of the environments in which a type is used are not known here.
        trial.report.diagnostics.retain(|problem| problem.code != code::UNKNOWN_KIND || problem.severity == Severity::Error);
        trial
    }
}

/// What brings the objects to the cluster, where the environment says so.
fn delivered(units: &[Unit], own: &[Lowered], shared: &Lowered, sink: &Sink) -> Option<Lowered> {
    let first = units.first()?;
    let applications: Vec<Delivered<'_>> = units
        .iter()
        .zip(own)
        .map(|(unit, lowered)| {
            let components = lowered.objects.iter().filter_map(|object| object.component.clone()).collect();
            Delivered { unit, path: unit.application.value.to_string(), components }
        })
        .collect();
    let platform = (!shared.objects.is_empty()).then_some("_platform");
    Some(delivery(first.delivery.as_ref()?, &applications, platform, sink))
}

/// The documents of the project.
fn documents(used: &Use<'_>, with: bool) -> Vec<Document> {
    let make = Maker { at: used.at };
    let definition = used.definition;
    let on = |key: &str| used.on.and_then(|on| on.field(key)).cloned();
    let name = on("name").unwrap_or_else(|| make.text(NAME));
    let mut documents = vec![make.document(
        "oam.dev/v1beta1",
        "Project",
        make.text(NAME),
        vec![("applications", make.list(vec![make.text(".")])), ("output", make.map(vec![("path", make.text("rendered"))]))],
    )];
    let used_type = || vec![("type", make.text(&definition.name)), ("properties", used.properties.clone())];
    let mut about = environment(used, &make);
    if definition.delivers && with {
        about.retain(|(key, _)| *key != "delivery");
        about.push(("delivery", make.map(used_type())));
    }
    documents.push(make.document("oam.dev/v1beta1", "Environment", make.text("test"), about));
    let mut spec = match definition.kind {
        DefinitionKind::Component => used_type(),
        _ => [on("type").map(|of| ("type", of)), on("properties").map(|node| ("properties", node))].into_iter().flatten().collect(),
    };
    spec.extend(on("traits").map(|traits| ("traits", traits)));
    if definition.kind != DefinitionKind::Component || with {
        documents.push(make.document("oam.dev/v1beta1", "Component", name.clone(), spec));
    }
    let here = || ("components", make.list(vec![name.clone()]));
    if with {
        match definition.kind {
            DefinitionKind::Component => {}
            DefinitionKind::Trait => {
                let traits = make.list(vec![make.map(used_type())]);
                documents.push(make.document("oam.dev/v1beta1", "TraitBinding", make.text("used"), vec![here(), ("traits", traits)]));
            }
            // The environment chooses it.
            DefinitionKind::Scope if definition.delivers => {}
            DefinitionKind::Scope => {
                let spec = used_type().into_iter().chain([here()]).collect();
                documents.push(make.document("oam.dev/v1beta1", "Scope", make.text("used"), spec));
            }
        }
    }
    let tagged = |root: Node| Document { root, tags: definition.tags.clone() };
    documents.into_iter().map(tagged).collect()
}

fn environment(used: &Use<'_>, make: &Maker) -> Vec<(&'static str, Node)> {
    let said = |key: &str| used.environment.and_then(|environment| environment.field(key)).cloned();
    let mut spec = vec![
        ("namespace", said("namespace").unwrap_or_else(|| make.text(NAME))),
        ("kubernetesVersion", said("kubernetesVersion").unwrap_or_else(|| make.text(&used.version.to_string()))),
    ];
    spec.extend(["facts", "delivery", "createNamespace"].into_iter().filter_map(|key| said(key).map(|node| (key, node))));
    spec
}

/// Makes the nodes that nobody wrote, at the place that they are about.
struct Maker {
    at: Pos,
}

impl Maker {
    fn text(&self, text: &str) -> Node {
        Node::str(text, Origin::written(self.at))
    }

    fn list(&self, items: Vec<Node>) -> Node {
        Node::list(items, Origin::written(self.at))
    }

    fn map(&self, entries: Vec<(&str, Node)>) -> Node {
        // What somebody wrote has a line of its own, which is the better one to blame.
        let key_at = |node: &Node| if node.origin.at.is_known() { node.origin.at } else { self.at };
        let entries = entries.into_iter().map(|(key, node)| Entry { key: Key::new(key), key_at: key_at(&node), node }).collect();
        Node::map(entries, Origin::written(self.at))
    }

    fn document(&self, api_version: &str, kind: &str, name: Node, spec: Vec<(&str, Node)>) -> Node {
        self.map(vec![
            ("apiVersion", self.text(api_version)),
            ("kind", self.text(kind)),
            ("metadata", self.map(vec![("name", name)])),
            ("spec", self.map(spec)),
        ])
    }
}
