//! The files of a component: one ConfigMap, mounted file by file.

use super::apply::Draft as ObjectDraft;
use super::component::{OutputDraft, Part};
use super::context::{entry, text};
use super::{MadeBy, identify, pods, serialise};
use crate::diag::{Diagnostic, Sink, code};
use crate::resolve::{ResolvedComponent, ResolvedConfig};
use crate::source::Pos;
use crate::tree::{Entry, Key, Node, Origin, UnitLog};

/// The volume, and the output's name.
const NAME: &str = "config";

/// Adds the ConfigMap with a component's files, and mounts each into the component's container.
pub(super) fn mount(part: &mut Part, component: &ResolvedComponent, sink: &Sink, log: &mut UnitLog) {
    let Some(first) = component.config.first() else { return };
    let at = first.path.at;
    let container = part.workload.as_mut().and_then(|workload| {
        let pod = pods::spec_mut(workload)?;
        let name = |node: &Node| node.field("name").and_then(Node::as_str).map(str::to_owned);
        let names: Vec<Option<String>> = pod.field("containers")?.items().iter().map(name).collect();
        let own =
            names.iter().position(|name| name.as_deref().is_some_and(|name| *name == **component.object_name || *name == **component.name));
        (!names.is_empty()).then(|| own.unwrap_or(0))
    });
    let Some(container) = container else {
        let message = format!("`{}` has files in `config` and no container to put them in", component.name);
        let help = format!("a component of type `{}` takes no `config`", component.definition.name);
        sink.push(Diagnostic::error(code::NO_CONTAINER, at, message).help(help).label(component.type_at, "its type"));
        return;
    };
    let keys = keys(&component.config);
    let mut data = Vec::new();
    for (file, key) in component.config.iter().zip(&keys) {
        let Some(content) = serialise::serialise(&file.format, &file.data, sink) else { continue };
        let mut positions = Vec::new();
        authors(&file.data, log, &mut positions);
        let origin = Origin { at: file.data.origin.at, by: log.fill(positions) };
        data.push(Entry { key: Key::new(key), key_at: file.path.at, node: Node::str(content, origin) });
    }
    let origin = Origin::written(at);
    let map_name = format!("{}-{NAME}", *component.object_name);
    let map = Node::map(
        vec![
            entry("apiVersion", text("v1", at)),
            entry("kind", text("ConfigMap", at)),
            entry("metadata", Node::map(vec![entry("name", text(&map_name, component.object_name.at))], origin)),
            entry("data", Node::map(data, origin)),
        ],
        origin,
    );
    let Some(id) = identify(&map, sink) else { return };
    if let Some(known) = part.outputs.iter().find(|output| &*output.name == NAME) {
        let message = format!("`{}` has files in `config`, whose ConfigMap is the output `{NAME}`, which a type makes too", component.name);
        sink.push(Diagnostic::error(code::NAME_CLASH, at, message).label(known.at, "the other output"));
        return;
    }
    part.outputs.push(OutputDraft { name: NAME.into(), object: ObjectDraft::new(map, id), made_by: MadeBy::Engine, asked_at: at, at });
    let Some(pod) = part.workload.as_mut().and_then(pods::spec_mut) else { return };
    let source = Node::map(vec![entry("name", text(&map_name, component.object_name.at))], origin);
    append(pod, "volumes", Node::map(vec![entry("name", text(NAME, at)), entry("configMap", source)], origin), at);
    let containers = pod.entries_mut().and_then(|entries| entries.iter_mut().find(|entry| entry.key.as_str() == "containers"));
    let Some(container) = containers.and_then(|entry| entry.node.items_mut()).and_then(|items| items.get_mut(container)) else { return };
    for (file, key) in component.config.iter().zip(&keys) {
        let at = file.path.at;
        let taken = container.field("volumeMounts").map(Node::items).unwrap_or_default();
        let other = taken.iter().filter_map(|mount| mount.field("mountPath")).find(|path| path.as_str() == Some(&**file.path));
        if let Some(other) = other {
            let message = format!("the file `{}` is where a volume is mounted already", file.path);
            sink.push(Diagnostic::error(code::NAME_CLASH, at, message).label(other.origin.author(), "the volume"));
            continue;
        }
        let mount = vec![
            entry("name", text(NAME, at)),
            entry("mountPath", Node::str(file.path.value.clone(), Origin::written(at))),
            entry("subPath", text(key, at)),
            entry("readOnly", Node::new(crate::tree::Value::Bool(true), Origin::written(at))),
        ];
        append(container, "volumeMounts", Node::map(mount, Origin::written(at)), at);
    }
}

/// A key of the ConfigMap for each file: its name, or its whole path where two files have one name.
fn keys(files: &[ResolvedConfig]) -> Vec<String> {
    let plain = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).collect()
    };
    let name = |file: &ResolvedConfig| plain(file.path.rsplit('/').next().unwrap_or_default());
    files
        .iter()
        .map(|file| {
            let own = name(file);
            let shared = files.iter().filter(|other| name(other) == own).count() > 1;
            if shared { plain(file.path.trim_start_matches('/')) } else { own }
        })
        .collect()
}

fn append(map: &mut Node, key: &str, item: Node, at: Pos) {
    let key = Key::new(key);
    if map.get(key).is_none_or(|list| !list.is_list()) {
        map.set(key, at, Node::list(Vec::new(), Origin::written(at)));
    }
    let entry = map.entries_mut().and_then(|entries| entries.iter_mut().find(|entry| entry.key == key));
    if let Some(items) = entry.and_then(|entry| entry.node.items_mut()) {
        items.push(item);
    }
}

/// Everybody who wrote a part of a value.
fn authors(node: &Node, log: &UnitLog, positions: &mut Vec<Pos>) {
    if node.items().is_empty() && node.entries().is_empty() {
        match node.origin.by == crate::tree::Fill::NOTHING {
            true => positions.push(node.origin.at),
            false => positions.extend(log.positions(node.origin.by)),
        }
    }
    node.items().iter().for_each(|item| authors(item, log, positions));
    node.entries().iter().for_each(|entry| authors(&entry.node, log, positions));
}
