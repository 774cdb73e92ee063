//! One component in one unit: its layers, parameters and pins, then defaults, then the judgement of its type's schema.

use std::sync::Arc;

use super::application::{Base, Layer, Written};
use super::context::Context;
use super::merge::Merger;
use super::order::{Setting, Standing, ties, wrapped};
use super::parameters::apply_parameters;
use super::plan::target_matches;
use super::selection::{dimension_matches, named};
use super::{ResolvedComponent, ResolvedConfig, ResolvedConnection, images, usability};
use crate::catalog::{Definition, DefinitionKind};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Component, ConfigFile, Connection, Identity, Name, SecretUse};
use crate::source::Pos;
use crate::tree::{Entry, Key, Node, Origin, UnitLog, Value};

/// A component whose layers are merged, but for its traits.
pub(super) struct Draft<'p, 'a> {
    pub base: &'p Base<'a>,
    /// The layers that apply here, from general to specific, by their number in the base.
    pub active: Vec<usize>,
    pub type_name: Name,
    pub definition: Arc<Definition>,
    pub properties: Node,
    pub config: Vec<ConfigDraft>,
    /// How many documents, the Component counted, stand below the layer that replaced the type; 0 if none did.
    pub started_anew: usize,
    pub merger: Merger,
}

/// A file in the container, while it is merged.
pub(super) struct ConfigDraft {
    pub path: Name,
    pub format: Option<Name>,
    pub data: Node,
}

impl<'a> Draft<'_, 'a> {
    /// The Component document and the layers that apply, from general to specific.
    pub fn documents(&self) -> impl Iterator<Item = &'a Component> + '_ {
        let base = self.base;
        base.written.component().into_iter().chain(self.active.iter().map(|index| base.layers[*index].component))
    }
}

/// Merges the layers of a component and applies parameters and pins. `None` if it has no type that is known, or is wrong.
pub(super) fn draft<'p, 'a>(base: &'p Base<'a>, context: &mut Context<'p, 'a>) -> Option<Draft<'p, 'a>> {
    let mut merger = Merger::default();
    let mut type_name = base.written.type_name().cloned();
    let empty = Node::map(Vec::new(), Origin::written(base.written.at()));
    let mut properties = context.filled(base.written.properties().filter(|node| !node.is_null())).unwrap_or_else(|| empty.clone());
    let mut config = Vec::new();
    let mut started_anew = 0;
    if let Some(component) = base.written.component() {
        merge_config(&mut config, &component.config, &mut merger, context);
    }
    let mut active = Vec::new();
    for (index, layer) in base.layers.iter().enumerate() {
        let Layer { component, .. } = layer;
        let of_type = |name: &Name| dimension_matches(&component.selector.component_types, Some(named(name)));
        if !target_matches(&component.selector, context.target) || !type_name.as_ref().is_none_or(of_type) {
            continue;
        }
        active.push(index);
        if let Some(replaced) = &component.type_name
            && type_name.as_ref().is_some_and(|old| old.value != replaced.value)
        {
            // What the old type understood says nothing to the new one: properties and files start anew.
            started_anew = active.len();
            lose_all(&properties, Origin::written(replaced.at), &mut context.log);
            properties = Node::map(Vec::new(), Origin::written(component.meta.at));
            config.clear();
        }
        type_name = component.type_name.clone().or(type_name);
        if let Some(over) = context.filled(component.properties.as_ref()) {
            merger.merge(&mut properties, &over, &mut context.log);
        }
        merge_config(&mut config, &component.config, &mut merger, context);
    }
    report_ties(base, &active, started_anew, context);
    let Some(type_name) = type_name else {
        let message = format!("component `{}` has no `type`", base.name);
        context.sink.push(Diagnostic::error(code::MISSING_FIELD, base.written.at(), message));
        return None;
    };
    let definition = context.definition(DefinitionKind::Component, &type_name)?;
    usability::judge(context.plan, &definition, &type_name, context.sink);
    Some(Draft { base, active, type_name, definition, properties, config, started_anew, merger })
}

/// Records that everything in a map lost.
fn lose_all(properties: &Node, winner: Origin, log: &mut UnitLog) {
    for entry in properties.entries() {
        log.lose(entry.key.as_str(), &entry.node, winner);
    }
}

fn merge_config(files: &mut Vec<ConfigDraft>, over: &[ConfigFile], merger: &mut Merger, context: &mut Context<'_, '_>) {
    for file in over {
        let data = context.filled(file.data.as_ref());
        match files.iter_mut().find(|known| known.path.value == file.path.value) {
            Some(known) => {
                known.format = file.format.clone().or(known.format.take());
                if let Some(data) = data {
                    merger.merge_at(&format!("config[{}]", known.path), &mut known.data, &data, &mut context.log);
                }
            }
            None => files.push(ConfigDraft {
                path: file.path.clone(),
                format: file.format.clone(),
                data: data.unwrap_or_else(|| Node::map(Vec::new(), Origin::written(file.at))),
            }),
        }
    }
}

/// Reports what layers disagree on while none is more specific.
fn report_ties(base: &Base<'_>, active: &[usize], started_anew: usize, context: &Context<'_, '_>) {
    // Layers below the one that replaced the type have no say any more.
    let layers: Vec<&Layer<'_>> = active.iter().skip(started_anew.saturating_sub(1)).map(|index| &base.layers[*index]).collect();
    let decided = |one: &Standing<'_>, other: &Standing<'_>| one.wins_over(other) || other.wins_over(one);
    if layers.iter().enumerate().all(|(i, one)| layers[i + 1..].iter().all(|other| decided(&one.standing, &other.standing))) {
        return;
    }
    let whole: Vec<Node> = layers.iter().map(|layer| whole(layer.component)).collect();
    let settings: Vec<Setting<'_>> = layers.iter().zip(&whole).map(|(layer, node)| Setting { standing: &layer.standing, node }).collect();
    ties(&settings, &format!("component `{}`", base.name), context.sink);
}

/// What a layer sets, as one value, so that ties are seen in all of it.
fn whole(layer: &Component) -> Node {
    let text = |name: &Name| Node::str(name.value.clone(), Origin::written(name.at));
    let mut entries = Vec::new();
    let mut put = |key: &str, node: Node| entries.push(Entry { key: Key::new(key), key_at: node.origin.at, node });
    if let Some(name) = &layer.type_name {
        put("type", text(name));
    }
    if let Some(properties) = &layer.properties {
        put("properties", properties.clone());
    }
    for file in &layer.config {
        if let Some(data) = &file.data {
            put(&format!("config[path={}].data", file.path), data.clone());
        }
        if let Some(format) = &file.format {
            put(&format!("config[path={}].format", file.path), text(format));
        }
    }
    if let Some(identity) = &layer.identity {
        if let Some(name) = &identity.name {
            put("identity.name", text(name));
        }
        put("identity.matchLabels", labels_node(identity));
    }
    for connection in &layer.connects_to {
        let ports = connection.ports.iter().map(text).collect();
        put(&format!("connectsTo[{}]", target_text(connection)), wrapped("ports", Node::list(ports, Origin::written(connection.at))));
    }
    Node::map(entries, Origin::written(layer.meta.at))
}

fn target_text(connection: &Connection) -> String {
    connection
        .application
        .as_ref()
        .map_or_else(|| connection.component.to_string(), |application| format!("{application}/{}", connection.component))
}

fn labels_node(identity: &Identity) -> Node {
    let label = |(key, value): &(Arc<str>, crate::model::Spanned<Arc<str>>)| Entry {
        key: Key::new(key),
        key_at: value.at,
        node: Node::str(value.value.clone(), Origin::written(value.at)),
    };
    Node::map(identity.match_labels.iter().map(label).collect(), Origin::written(identity.at))
}

/// Everything of a component but its traits. `None` if something of it is wrong.
pub(super) fn finish<'p, 'a>(mut draft: Draft<'p, 'a>, context: &mut Context<'p, 'a>) -> Option<ResolvedComponent> {
    let base = draft.base;
    let parameters = apply_parameters(&mut draft, context)?;
    let what = format!("properties of component `{}`", base.name);
    let mut properties = draft.definition.parameters.fill_defaults(draft.properties);
    properties = images::pin(&draft.definition.parameters, properties, (base.name, ""), context);
    properties = draft.merger.without_tombstones(properties);
    let fits = validated(&draft.definition, &properties, &what, base.written.at(), context.sink);
    let mut config = Vec::new();
    for file in draft.config {
        let data = draft.merger.without_tombstones(file.data);
        // A layer that sets the whole content to null takes the file away.
        if !data.is_null() {
            config.push(ResolvedConfig { format: format_of(&file.path, file.format.as_ref(), &data), path: file.path, data });
        }
    }
    let documents: Vec<&Component> =
        base.written.component().into_iter().chain(draft.active.iter().map(|index| base.layers[*index].component)).collect();
    let inline = if let Written::Inline(entry) = base.written { entry.identity.as_ref() } else { None };
    let identity = documents.iter().rev().find_map(|component| component.identity.as_ref()).or(inline);
    let object_name = identity.and_then(|identity| identity.name.as_ref()).unwrap_or(base.name).clone();
    let named = object_name_fits(&object_name, base.name, context);
    let layers = std::iter::once(base.written.at()).chain(draft.active.iter().map(|index| base.layers[*index].component.meta.at)).collect();
    (fits && named).then(|| ResolvedComponent {
        name: base.name.clone(),
        labels: base.written.labels().clone(),
        annotations: base.written.annotations().clone(),
        definition: draft.definition,
        type_at: draft.type_name.at,
        properties,
        config,
        secrets: secrets(&documents),
        selector: selector(identity, base.name),
        object_name,
        connections: connections(&documents, context),
        depends_on: depends_on(base.written, &documents),
        awaits: documents.iter().flat_map(|component| component.awaits.iter().cloned()).collect(),
        stage: 0,
        traits: Vec::new(),
        layers,
        parameters,
    })
}

/// Whether properties fit their type. Those that nobody could read, which was told at `at`, lack nothing.
pub(super) fn validated(definition: &Definition, properties: &Node, what: &str, at: Pos, sink: &Sink) -> bool {
    let own = Sink::new();
    let fits = definition.parameters.validate(properties, what, &own);
    sink.absorb_as(own, |problem| match problem.code {
        code::MISSING_FIELD => problem.unless_unread("properties", &*at.number().to_string()),
        _ => problem,
    });
    fits
}

/// `yaml` for `*.yaml` and so on; text for what is text, and YAML for other data of unknown names.
fn format_of(path: &Name, format: Option<&Name>, data: &Node) -> Arc<str> {
    if let Some(format) = format {
        return format.value.clone();
    }
    if matches!(data.value, Value::Str(_)) {
        return "text".into();
    }
    let file = path.rsplit('/').next().unwrap_or(path);
    match file.rsplit_once('.').map(|(_, extension)| extension) {
        Some(known @ ("json" | "properties" | "toml" | "ini" | "env")) => known.into(),
        _ => "yaml".into(),
    }
}

/// Whether the name of a component's objects is one that Kubernetes takes; it is never cut.
fn object_name_fits(name: &Name, component: &Name, context: &Context<'_, '_>) -> bool {
    let problem = name_problem(name);
    // The component's own name was judged where its document was read.
    if let Some(problem) = problem.as_ref().filter(|_| name.at != component.at) {
        let message = format!("objects of component `{component}` cannot be called `{name}`: {problem}");
        context.sink.push(Diagnostic::error(code::BAD_NAME, name.at, message));
    }
    problem.is_none()
}

/// What keeps a text from being a DNS label.
pub(super) fn name_problem(name: &str) -> Option<String> {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if name.len() > 63 {
        return Some(format!("it has {} characters, and names have at most 63", name.len()));
    }
    if name.is_empty() {
        return Some("it is empty".to_owned());
    }
    let fits = name.chars().all(|c| letter(c) || c == '-') && name.starts_with(letter) && name.ends_with(letter);
    (!fits).then(|| "a name has lower-case letters, digits and `-`, and begins and ends with a letter or digit".to_owned())
}

/// The label that tells a component's pods from others where it has no identity.
pub(super) const COMPONENT_LABEL: &str = "app.oam.dev/component";

fn selector(identity: Option<&Identity>, name: &Name) -> Node {
    match identity.filter(|identity| !identity.match_labels.is_empty()) {
        Some(identity) => labels_node(identity),
        None => {
            let origin = Origin::written(name.at);
            Node::map(vec![Entry { key: Key::new(COMPONENT_LABEL), key_at: name.at, node: Node::str(name.value.clone(), origin) }], origin)
        }
    }
}

/// Layers add secrets; keys of one Secret add up.
fn secrets(documents: &[&Component]) -> Vec<SecretUse> {
    let mut found: Vec<SecretUse> = Vec::new();
    for secret in documents.iter().flat_map(|component| &component.secrets) {
        match found.iter_mut().find(|known| known.name.value == secret.name.value) {
            Some(known) => {
                for key in &secret.keys {
                    if !known.keys.iter().any(|own| own.value == key.value) {
                        known.keys.push(key.clone());
                    }
                }
            }
            None => found.push(secret.clone()),
        }
    }
    found
}

/// Layers add connections; the ports of one target are those of the last layer that names it.
fn connections(documents: &[&Component], context: &Context<'_, '_>) -> Vec<ResolvedConnection> {
    let own = &context.application.documents.name.value;
    let mut found: Vec<ResolvedConnection> = Vec::new();
    for connection in documents.iter().flat_map(|component| &component.connects_to) {
        let resolved = ResolvedConnection {
            application: connection.application.as_ref().map_or(own, |application| &application.value).clone(),
            component: connection.component.value.clone(),
            ports: connection.ports.clone(),
            at: connection.at,
        };
        match found.iter_mut().find(|known| known.application == resolved.application && known.component == resolved.component) {
            Some(known) => *known = resolved,
            None => found.push(resolved),
        }
    }
    found
}

fn depends_on(written: Written<'_>, documents: &[&Component]) -> Vec<Name> {
    let inline = if let Written::Inline(entry) = written { &entry.depends_on[..] } else { &[] };
    let mut found: Vec<Name> = Vec::new();
    for name in inline.iter().chain(documents.iter().flat_map(|component| &component.depends_on)) {
        if !found.iter().any(|known| known.value == name.value) {
            found.push(name.clone());
        }
    }
    found
}
