//! Every built-in type: it compiles, its examples render, its tests hold.

use oam::catalog::{Catalog, Definition, DefinitionKind};
use oam::diag::{Severity, Sink};
use oam::kubernetes::Version;
use oam::tree::{Node, emit};

use crate::pipeline::{Made, render};

const KINDS: [DefinitionKind; 3] = [DefinitionKind::Component, DefinitionKind::Trait, DefinitionKind::Scope];

fn all() -> Vec<std::sync::Arc<Definition>> {
    let catalog = Catalog::new([], &Sink::new());
    KINDS
        .iter()
        .flat_map(|kind| catalog.names(*kind).map(|name| (*kind, name.to_owned())).collect::<Vec<_>>())
        .map(|(kind, name)| catalog.definition(kind, &name).unwrap_or_else(|| panic!("the {} {name} does not compile", kind.as_str())))
        .collect()
}

fn indented(node: &Node, depth: usize) -> String {
    let mut text = String::new();
    emit(node, &mut text);
    if node.entries().is_empty() && node.items().is_empty() {
        return format!(" {text}");
    }
    let pad = " ".repeat(depth);
    text.lines().fold("\n".to_owned(), |all, line| format!("{all}{pad}{line}\n"))
}

/// A project in which the type is used with these properties.
fn used(definition: &Definition, properties: &Node, on: Option<&Node>, version: Version) -> Made {
    let empty = Node::map(Vec::new(), Default::default());
    let on_type = on.and_then(|on| on.field("type")).and_then(Node::as_str).unwrap_or_default();
    let on_properties = on.and_then(|on| on.field("properties")).unwrap_or(&empty);
    let name = on.and_then(|on| on.field("name")).and_then(Node::as_str).unwrap_or("probe").to_owned();
    let (component_type, component_properties) = match definition.kind {
        DefinitionKind::Component => (&*definition.name, properties),
        _ => (on_type, on_properties),
    };
    let traits = on.and_then(|on| on.field("traits")).map(|traits| format!("  traits:{}", indented(traits, 4))).unwrap_or_default();
    let component = format!(
        "apiVersion: oam.dev/v1beta1\nkind: Component\nmetadata: {{name: {name}}}\nspec:\n  type: {component_type}\n{traits}  properties:{}",
        indented(component_properties, 4)
    );
    let environment = format!(
        "apiVersion: oam.dev/v1beta1\nkind: Environment\nmetadata: {{name: test}}\nspec: {{namespace: probe, kubernetesVersion: \"{version}\"}}\n"
    );
    let used = format!("type: {}\n", definition.name);
    let (path, document) = match definition.kind {
        DefinitionKind::Component => ("traits/nothing.yaml", String::new()),
        DefinitionKind::Trait => (
            "traits/used.yaml",
            format!(
                "apiVersion: oam.dev/v1beta1\nkind: TraitBinding\nmetadata: {{name: used}}\nspec:\n  components: [{name}]\n  traits:\n    - {used}      properties:{}",
                indented(properties, 8)
            ),
        ),
        DefinitionKind::Scope => (
            "scopes/used.yaml",
            format!(
                "apiVersion: oam.dev/v1beta1\nkind: Scope\nmetadata: {{name: used}}\nspec:\n  components: [{name}]\n  {used}  properties:{}",
                indented(properties, 4)
            ),
        ),
    };
    render(&[
        (
            "oam.yaml",
            "apiVersion: oam.dev/v1beta1\nkind: Project\nmetadata: {name: probe}\nspec: {applications: [\".\"], output: {path: out}}\n",
        ),
        ("environments/test.yaml", &environment),
        ("components/probe.yaml", &component),
        (path, &document),
    ])
}

/// Where `expected` is not a part of `found`; lists are compared item by item from their start.
fn missing(expected: &Node, found: Option<&Node>, path: &str) -> Option<String> {
    let Some(found) = found else { return Some(format!("`{path}` is not there")) };
    if expected.is_map() && found.is_map() {
        return expected.entries().iter().find_map(|entry| missing(&entry.node, found.get(entry.key), &format!("{path}.{}", entry.key)));
    }
    if expected.is_list() && found.is_list() {
        return expected.items().iter().enumerate().find_map(|(i, item)| missing(item, found.items().get(i), &format!("{path}[{i}]")));
    }
    (expected.value != found.value).then(|| format!("`{path}` is {} and not {}", found.to_json(), expected.to_json()))
}

fn errors(made: &Made) -> Vec<&str> {
    made.report.diagnostics.iter().filter(|problem| problem.severity == Severity::Error).map(|problem| &*problem.message).collect()
}

/// Why a test of a definition does not hold.
fn failure(definition: &Definition, test: &Node) -> Option<String> {
    let empty = Node::map(Vec::new(), Default::default());
    let made = used(definition, test.field("properties").unwrap_or(&empty), test.field("on"), Version::DEFAULT);
    if let Some(part) = test.field("refused").and_then(Node::as_str) {
        return match errors(&made).first() {
            Some(message) if message.contains(part) => None,
            Some(message) => Some(format!("refused, but not for `{part}`: {message}")),
            None => Some(format!("not refused for `{part}`")),
        };
    }
    if !errors(&made).is_empty() {
        return Some(made.problems());
    }
    let expected = test.field("expect").map(Node::items).unwrap_or_default();
    let found = made.objects();
    if expected.is_empty() && !found.is_empty() {
        return Some(format!("nothing is expected, there are {:?}", made.names()));
    }
    let mut left = found;
    expected.iter().find_map(|object| {
        if let Some(index) = left.iter().position(|other| missing(object, Some(other), "").is_none()) {
            left.remove(index);
            return None;
        }
        let is = |other: &&&Node| other.field("kind").map(|kind| &kind.value) == object.field("kind").map(|kind| &kind.value);
        let nearest = left.iter().find(is).and_then(|other| missing(object, Some(other), ""));
        Some(nearest.unwrap_or_else(|| format!("no {} in {:?}", object.to_json(), made.names())))
    })
}

#[test]
fn every_type_has_a_description_examples_and_tests() {
    let types = all();
    assert!(types.len() >= 21);
    for definition in types {
        let name = format!("{} {}", definition.kind.as_str(), definition.name);
        assert!(!definition.description.is_empty(), "{name}: no description");
        assert!(!definition.examples.is_empty(), "{name}: no examples");
        assert!(definition.tests.len() >= 2, "{name}: {} tests", definition.tests.len());
    }
}

#[test]
fn the_tests_of_every_type_hold() {
    let mut failures = Vec::new();
    for definition in all() {
        for test in &definition.tests {
            let name = test.field("name").and_then(Node::as_str).unwrap_or_default();
            if let Some(why) = failure(&definition, test) {
                failures.push(format!("{} {}, {name}: {why}", definition.kind.as_str(), definition.name));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_examples_of_every_type_render_in_every_version_of_kubernetes() {
    let mut failures = Vec::new();
    for definition in all() {
        let shown_on = definition.tests.iter().find_map(|test| test.field("on"));
        for example in &definition.examples {
            let on = example.on.as_ref().or(shown_on);
            for version in [Version::OLDEST, Version::DEFAULT, Version::NEWEST] {
                let made = used(&definition, &example.properties, on, version);
                if !made.problems().is_empty() {
                    failures.push(format!(
                        "{} {}, {} ({version}): {}",
                        definition.kind.as_str(),
                        definition.name,
                        example.title,
                        made.problems()
                    ));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
