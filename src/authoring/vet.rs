//! What can be said of a definition without its author's tests: is its schema a JSON Schema, does it say what it is, does its template
//! take whatever the schema takes.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::sample::{Extent, Pick, Sampler};
use super::trial::{Trials, Use};
use crate::catalog::{Definition, DefinitionKind};
use crate::diag::{Code, Diagnostic, Severity, Sink, code};
use crate::kubernetes::{Schemas, Version};
use crate::shape::{Others, ShapeId, whole};
use crate::source::Pos;
use crate::tree::{Entry, Key, Node, Origin, Value};

/// More made-up properties than this tell nothing new.
const RUNS: usize = 300;

/// Problems that a template has with values that its schema takes. Others are those of made-up values: two of one name, a host that is no host.
const OF_TEMPLATES: [Code; 8] = [
    code::MISSING_FIELD,
    code::TEMPLATE_BOUND,
    code::TEMPLATE_TYPE,
    code::TEMPLATE_VALUE,
    code::UNKNOWN_FIELD,
    code::UNKNOWN_KIND,
    code::UNKNOWN_NAME,
    code::WRONG_TYPE,
];

/// Judges a definition that compiles. Returns how many made-up properties its template was tried with.
pub fn vet(trials: &Trials<'_>, definition: &Definition, sink: &Sink) -> usize {
    schema(trials, definition, sink);
    completeness(trials, definition, sink);
    unused(trials, definition, sink);
    evaluate(trials, definition, sink)
}

/// The schema by the standard's own schema.
fn schema(trials: &Trials<'_>, definition: &Definition, sink: &Sink) {
    let Some(schema) = definition.schema() else { return };
    let json = whole(schema, trials.catalog.references());
    let validator = jsonschema::draft202012::meta::validator();
    for error in validator.iter_errors(&json) {
        let path = error.instance_path().to_string();
        let mut at = schema;
        for segment in path.split('/').skip(1) {
            let next = match segment.parse::<usize>() {
                Ok(index) if at.is_list() => at.items().get(index),
                _ => at.field(&segment.replace("~1", "/").replace("~0", "~")),
            };
            let Some(next) = next else { break };
            at = next;
        }
        let message = format!("the schema is no JSON Schema: {error}");
        sink.push(Diagnostic::error(code::BAD_SCHEMA, at.origin.at, message));
    }
}

/// A description, an example, a test, and a description of each parameter.
fn completeness(trials: &Trials<'_>, definition: &Definition, sink: &Sink) {
    let what = format!("the {} type `{}`", definition.kind.as_str(), definition.name);
    let name_at = definition.document.at(&["metadata", "name"]).map_or(definition.at, |name| name.origin.at);
    let warn = |at: Pos, message: String, help: &str| sink.push(Diagnostic::warning(code::INCOMPLETE_DEFINITION, at, message).help(help));
    if definition.description.is_empty() {
        let help = "add `annotations: {definition.oam.dev/description: \"…\"}` to its `metadata`";
        warn(name_at, format!("{what} does not say what it is for"), help);
    }
    if definition.examples.is_empty() {
        warn(name_at, format!("{what} has no example"), "add `examples: [{title: …, properties: {…}}]` to its `spec`");
    }
    if definition.tests.is_empty() {
        let help = "add `tests: [{name: …, properties: {…}, expect: [{kind: …}]}]` to its `spec`";
        warn(name_at, format!("{what} has no test"), help);
    }
    let shapes = &definition.parameters;
    let own = trials.sources.file_of(definition.at).map(|file| file.base());
    let mut seen = BTreeSet::new();
    let mut open = vec![ShapeId::ROOT];
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let shape = shapes.shape(id);
        open.extend(shape.items);
        open.extend(shape.properties.iter().map(|property| property.shape));
        if let Others::Each(each) = shape.others {
            open.push(each);
        }
        for property in &shape.properties {
            let inner = shapes.shape(property.shape);
            let described = inner.doc.as_ref().is_some_and(|doc| doc.description.is_some() || doc.title.is_some());
            if !described && trials.sources.file_of(inner.at).map(|file| file.base()) == own {
                let message = format!("nothing says what the parameter `{}` is for", shapes.path_of(property.shape));
                warn(inner.at, message, "add a `description` to its schema");
            }
        }
    }
}

/// Parameters of which no expression speaks.
fn unused(trials: &Trials<'_>, definition: &Definition, sink: &Sink) {
    let Some(schematic) = definition.document.at(&["spec", "schematic", "minijinja"]) else { return };
    let mut text = String::new();
    let sections = schematic.entries().iter().filter(|entry| entry.key.as_str() != "parameters");
    sections.for_each(|entry| words(entry, &mut text));
    for word in text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | '\'' | '"'))) {
        // `parameter` alone hands all of them on, to a fragment or a filter.
        if word.trim_matches(['\'', '"', '[']) == "parameter" {
            return;
        }
    }
    // What only holds properties is made for others that look into them.
    if text.is_empty() {
        return;
    }
    let shapes = &definition.parameters;
    for property in &shapes.shape(ShapeId::ROOT).properties {
        let name = property.key.as_str();
        let deprecated = shapes.shape(property.shape).doc.as_ref().is_some_and(|doc| doc.deprecated);
        if !deprecated && !text.contains(name) {
            let at = shapes.shape(property.shape).at;
            if trials.sources.file_of(at).map(|file| file.base()) == trials.sources.file_of(definition.at).map(|file| file.base()) {
                let message = format!("the parameter `{name}` is declared, and the template does not use it");
                sink.push(Diagnostic::warning(code::TEMPLATE_HINT, at, message).help("use it, or take it out of the schema"));
            }
        }
    }
}

/// All text of a template, keys too.
fn words(entry: &Entry, text: &mut String) {
    fn node(value: &Node, text: &mut String) {
        if let Some(own) = value.as_str() {
            text.push_str(own);
            text.push(' ');
        }
        value.items().iter().for_each(|item| node(item, text));
        value.entries().iter().for_each(|entry| words(entry, text));
    }
    text.push_str(entry.key.as_str());
    text.push(' ');
    node(&entry.node, text);
}

/// Tries the template with made-up properties.
fn evaluate(trials: &Trials<'_>, definition: &Definition, sink: &Sink) -> usize {
    let at = definition.document.at(&["metadata", "name"]).map_or(definition.at, |name| name.origin.at);
    let examples = definition.examples.iter().map(|example| &example.properties);
    let accepted = definition.tests.iter().filter(|test| test.field("refused").is_none());
    let written: Vec<&Node> = examples.chain(accepted.filter_map(|test| test.field("properties"))).collect();
    let sampler = Sampler::new(&definition.parameters, written.iter().copied(), at);
    let grounds = grounds(trials, definition, at);
    let environment = definition.examples.iter().find_map(|example| example.environment.as_ref());
    let (mut runs, mut told) = (0, BTreeSet::new());
    let mut run = |extent: Extent, pick: Option<Pick>, how: &str| {
        let made = sampler.make(extent, pick).filter(|node| definition.parameters.validate(node, "properties", &Sink::new()));
        let Some(properties) = made.or_else(|| (pick.is_none()).then(|| written.first().map(|node| (*node).clone())).flatten()) else {
            return;
        };
        // Forms are tried on one component: what a component is does not depend on them.
        let grounds = if pick.is_some() { grounds.get(..1).unwrap_or_default() } else { &grounds[..] };
        for on in grounds {
            runs += 1;
            let used = Use { definition, properties: &properties, on: on.as_ref(), environment, version: Version::DEFAULT, at };
            for problem in trials.run(&used).report.diagnostics {
                let of_template = problem.severity == Severity::Error && OF_TEMPLATES.contains(&problem.code);
                if of_template && is_of(trials, definition, problem.at) && told.insert((problem.at, problem.message.clone())) {
                    // A made-up value that is handed on: the schema takes it, and Kubernetes does not.
                    let severity = if problem.at == at { Severity::Warning } else { Severity::Error };
                    let problem = Diagnostic { units: Vec::new(), severity, ..problem };
                    let place = on.as_ref().and_then(|on| on.field("type")).and_then(Node::as_str);
                    let place = place.map_or_else(String::new, |name| format!(", on a component of type `{name}`"));
                    sink.push(problem.in_unit(format!("the {} type `{}` {how}{place}", definition.kind.as_str(), definition.name)));
                }
            }
        }
    };
    run(Extent::Required, None, "with only what is required");
    run(Extent::Everything, None, "with everything set");
    for (pick, name) in sampler.picks().into_iter().take(RUNS) {
        run(Extent::Everything, Some(pick), &format!("with {name}"));
    }
    runs
}

/// Whether a place is in the definition, in what it uses, or nowhere.
fn is_of(trials: &Trials<'_>, definition: &Definition, at: Pos) -> bool {
    let base = |at: Pos| trials.sources.file_of(at).map(|file| file.base());
    let own = base(definition.at);
    match trials.sources.file_of(at) {
        None => true,
        Some(file) if Some(file.base()) == own => true,
        // Libraries have no types in them: they are blamed by whoever uses them.
        Some(file) => {
            let of_type = DefinitionKind::ALL
                .into_iter()
                .flat_map(|kind| trials.catalog.names(kind).filter_map(move |name| trials.catalog.definition(kind, name)))
                .any(|other| base(other.at) == Some(file.base()));
            !of_type && definition.kind == DefinitionKind::Component
        }
    }
}

/// The components to try a trait or scope on: those of its tests and examples; else one for each kind of workload that it applies to.
fn grounds(trials: &Trials<'_>, definition: &Definition, at: Pos) -> Vec<Option<Node>> {
    if definition.kind == DefinitionKind::Component {
        return vec![None];
    }
    let tests = definition.tests.iter().filter(|test| test.field("refused").is_none()).filter_map(|test| test.field("on"));
    let mut grounds: Vec<Node> = Vec::new();
    for on in definition.examples.iter().filter_map(|example| example.on.as_ref()).chain(tests) {
        if !grounds.iter().any(|known| same_type(known, on)) {
            grounds.push(on.clone());
        }
    }
    if grounds.is_empty() {
        grounds = suitable(trials, definition, at);
    }
    grounds.into_iter().map(Some).collect()
}

fn same_type(a: &Node, b: &Node) -> bool {
    a.field("type").and_then(Node::as_str) == b.field("type").and_then(Node::as_str)
}

/// One component of each kind of workload that a trait applies to, of a type that says what it makes and shows how.
pub fn suitable(trials: &Trials<'_>, definition: &Definition, at: Pos) -> Vec<Node> {
    let schemas = Schemas::bundled(Version::DEFAULT);
    let mut kinds: BTreeSet<String> = BTreeSet::new();
    let mut found = Vec::new();
    for name in trials.catalog.names(DefinitionKind::Component) {
        let Some(component) = trials.catalog.component(name) else { continue };
        let (Some((api_version, kind)), Some(example)) = (&component.workload, component.examples.first()) else { continue };
        let Some(schema) = schemas.kind(api_version, kind) else { continue };
        let resource = if schema.group.is_empty() { schema.plural.to_string() } else { format!("{}.{}", schema.plural, schema.group) };
        let applies =
            definition.applies_to.is_empty() || definition.applies_to.iter().any(|applies| applies == "*" || *applies == resource);
        if applies && kinds.insert(kind.clone()) {
            found.push((kind.clone(), on(&component, &example.properties, at)));
        }
    }
    // What most types are made for comes first.
    found.sort_by_key(|(kind, _)| kind != "Deployment");
    found.into_iter().map(|(_, on)| on).collect()
}

fn on(component: &Arc<Definition>, properties: &Node, at: Pos) -> Node {
    let entry = |key: &str, node: Node| Entry { key: Key::new(key), key_at: at, node };
    let name = Node::new(Value::Str(component.name.clone()), Origin::written(at));
    Node::map(vec![entry("type", name), entry("properties", properties.clone())], Origin::written(at))
}
