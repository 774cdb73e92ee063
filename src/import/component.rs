//! One component of the Application: its Component document, with a layer for each way in which environments differ, and its traits.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::difference::{difference, trait_difference};
use super::page::{Page, comment_above, listed, scalar};
use super::{Imported, TraitsIn, environment_name};
use crate::model::{ApplicationComponent, TraitUse};
use crate::source::Sources;
use crate::tree::{Node, Origin};

/// Everything that is written for a component.
pub(super) struct Parts {
    /// Its name.
    pub name: Arc<str>,
    /// The Component and its layers.
    pub component: String,
    /// The TraitBindings; empty if there are none.
    pub bindings: String,
    /// Its entries of `traits` in the Application; empty if there are none.
    pub traits: String,
    /// Environments that do not have it.
    pub absent: Vec<String>,
}

/// A component in each environment, in the order of the places.
struct Everywhere<'a> {
    base: &'a ApplicationComponent,
    there: Vec<(&'a str, &'a ApplicationComponent)>,
    absent: Vec<String>,
}

/// The parts of all components, in the order in which they are first met.
pub(super) fn parts(imported: &Imported<'_>, traits: TraitsIn) -> Vec<Parts> {
    let mut names: Vec<&Arc<str>> = Vec::new();
    let deployed = |index: usize| imported.places[index].document.iter().flat_map(|document| &document.components);
    let written = imported.application.components.iter();
    for component in written.chain((0..imported.places.len()).flat_map(deployed)) {
        if !names.contains(&&component.name.value) {
            names.push(&component.name.value);
        }
    }
    let mut taken: Vec<String> = names.iter().map(|name| name.to_string()).collect();
    let everywhere = names.into_iter().filter_map(|name| everywhere(name, imported));
    everywhere.map(|component| part(&component, imported, traits, &mut taken)).collect()
}

fn everywhere<'a>(name: &str, imported: &Imported<'a>) -> Option<Everywhere<'a>> {
    let (mut there, mut absent) = (Vec::new(), Vec::new());
    for place in imported.places {
        let environment = place.place.as_ref().map_or("", |place| environment_name(place));
        let components = place.document.iter().flat_map(|document| &document.components);
        match components.into_iter().find(|component| *component.name.value == *name) {
            Some(component) => there.push((environment, component)),
            None => absent.push(environment.to_owned()),
        }
    }
    let (_, first) = *there.first()?;
    let written = imported.application.components.iter().find(|component| *component.name.value == *name);
    // What is the same everywhere needs no layer.
    let same = there.iter().all(|(_, other)| said(other) == said(first));
    Some(Everywhere { base: if same { first } else { written.unwrap_or(first) }, there, absent })
}

/// What a component says, to compare.
fn said(component: &ApplicationComponent) -> String {
    let mut text = format!("{:?}", component.type_name.as_ref().map(|name| &name.value));
    for node in component.properties.iter().chain(component.traits.iter().filter_map(|used| used.properties.as_ref())) {
        crate::tree::emit(node, &mut text);
    }
    let identity = |used: &TraitUse| format!("{} {:?} ", used.type_name, used.name.as_ref().map(|name| &name.value));
    text.extend(component.traits.iter().map(identity));
    text
}

fn part(component: &Everywhere<'_>, imported: &Imported<'_>, traits: TraitsIn, taken: &mut Vec<String>) -> Parts {
    let (base, sources) = (component.base, imported.sources);
    let mut text = base_page(base, sources);
    for (environments, layer) in layers(component) {
        text.push_str("---\n");
        text.push_str(&layer_page(&base.name, &environments, &layer, sources));
    }
    let written = requests(&base.traits, sources);
    let mut bindings = Vec::new();
    if traits == TraitsIn::Bindings && !base.traits.is_empty() {
        bindings.push(binding_page(&base.name, &base.name, &[], &written));
    }
    for (environments, changes) in trait_layers(component) {
        let name = free_name(format!("{}-{}", base.name, environments[0]), taken);
        bindings.push(binding_page(&name, &base.name, &environments, &requests(&changes, sources)));
    }
    Parts {
        name: base.name.value.clone(),
        component: text,
        bindings: bindings.join("---\n"),
        traits: if traits == TraitsIn::Application { written } else { String::new() },
        absent: component.absent.clone(),
    }
}

fn free_name(wanted: String, taken: &mut Vec<String>) -> String {
    let numbered = (2..).map(|number| format!("{wanted}-{number}"));
    let name = std::iter::once(wanted.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or(wanted);
    taken.push(name.clone());
    name
}

fn base_page(component: &ApplicationComponent, sources: &Sources) -> String {
    let mut page = Page::new("oam.dev/v1beta1", "Component", &component.name);
    page.comment(comment_above(sources, component.at));
    page.line(0, "spec:");
    if let Some(type_name) = &component.type_name {
        page.line(1, &format!("type: {}", scalar(type_name)));
    }
    if let Some(properties) = &component.properties {
        page.field(1, "properties", properties, sources);
    }
    if !component.depends_on.is_empty() {
        page.line(1, &format!("dependsOn: {}", listed(component.depends_on.iter().map(|name| &*name.value))));
    }
    if let Some(identity) = &component.identity {
        page.line(1, "identity:");
        page.line(2, "matchLabels:");
        for (name, value) in &identity.match_labels {
            page.line(3, &format!("{}: {}", scalar(name), scalar(value)));
        }
    }
    page.text()
}

/// What a layer says.
struct Layer {
    type_name: Option<Arc<str>>,
    properties: Option<Node>,
}

/// The ways in which environments differ from the base, each with those that do.
fn layers(component: &Everywhere<'_>) -> Vec<(Vec<String>, Layer)> {
    let base = component.base;
    let nothing = Node::map(Vec::new(), Origin::default());
    let differs = |other: &ApplicationComponent| {
        let replaced = other.type_name.as_ref().filter(|name| base.type_name.as_ref().is_none_or(|own| own.value != name.value));
        let own = other.properties.as_ref().unwrap_or(&nothing);
        let properties = match replaced {
            Some(_) => other.properties.clone(),
            None => difference(base.properties.as_ref().unwrap_or(&nothing), own),
        };
        (replaced.is_some() || properties.is_some()).then(|| Layer { type_name: replaced.map(|name| name.value.clone()), properties })
    };
    let text = |layer: &Layer| {
        let mut text = format!("{:?}", layer.type_name);
        layer.properties.iter().for_each(|node| crate::tree::emit(node, &mut text));
        text
    };
    grouped(component.there.iter().filter_map(|(environment, other)| Some((*environment, differs(other)?))), text)
}

fn trait_layers(component: &Everywhere<'_>) -> Vec<(Vec<String>, Vec<TraitUse>)> {
    let changes =
        component.there.iter().map(|(environment, other)| (*environment, trait_difference(&component.base.traits, &other.traits)));
    grouped(changes.filter(|(_, changes)| !changes.is_empty()), |changes| requests(changes, &Sources::new()))
}

/// Items that say the same, together, in the order in which they are first met.
fn grouped<'e, T>(items: impl Iterator<Item = (&'e str, T)>, text: impl Fn(&T) -> String) -> Vec<(Vec<String>, T)> {
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<(Vec<String>, T)> = Vec::new();
    for (environment, item) in items {
        match index.entry(text(&item)) {
            std::collections::btree_map::Entry::Occupied(known) => groups[*known.get()].0.push(environment.to_owned()),
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(groups.len());
                groups.push((vec![environment.to_owned()], item));
            }
        }
    }
    groups
}

fn layer_page(name: &str, environments: &[String], layer: &Layer, sources: &Sources) -> String {
    let mut page = Page::new("oam.dev/v1beta1", "Component", name);
    page.line(0, "spec:");
    page.line(1, &format!("environments: {}", listed(environments.iter().map(String::as_str))));
    if let Some(type_name) = &layer.type_name {
        page.line(1, &format!("type: {}", scalar(type_name)));
    }
    if let Some(properties) = &layer.properties {
        page.field(1, "properties", properties, sources);
    }
    page.text()
}

fn binding_page(name: &str, component: &str, environments: &[String], traits: &str) -> String {
    let mut page = Page::new("oam.dev/v1beta1", "TraitBinding", name);
    page.line(0, "spec:");
    page.line(1, &format!("components: {}", listed([component].into_iter())));
    if !environments.is_empty() {
        page.line(1, &format!("environments: {}", listed(environments.iter().map(String::as_str))));
    }
    page.line(1, "traits:");
    page.block(1, traits);
    page.text()
}

/// Items of `traits`.
fn requests(traits: &[TraitUse], sources: &Sources) -> String {
    let mut text = String::new();
    for used in traits {
        for line in comment_above(sources, used.at) {
            text.push_str(&format!("{line}\n"));
        }
        text.push_str(&format!("- type: {}\n", scalar(&used.type_name)));
        let mut page = Page::new("", "", "");
        if let Some(name) = &used.name {
            page.line(1, &format!("name: {}", scalar(name)));
        }
        if used.disable.as_ref().is_some_and(|disable| disable.value) {
            page.line(1, "disable: true");
        }
        if let Some(properties) = &used.properties {
            page.field(1, "properties", properties, sources);
        }
        text.push_str(&page.body());
    }
    text
}
