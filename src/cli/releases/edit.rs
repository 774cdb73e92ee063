//! From wanted pins to the new texts of files.

use std::collections::BTreeMap;

use super::pin::{Pin, Wanted, pins_of};
use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use crate::diag::Sink;
use crate::model::{ApplicationDocuments, Release};
use crate::source::SourceFile;
use crate::tree::{Edits, Entry, Key, Node, Origin, flow, read_yaml};

/// The first line of a file that did not exist.
const HEADER: &str = "# Written by `oam image set`, `oam promote` and `oam rollback`; comments and order are kept.\n";

/// The texts of the files that have to change, by path. Files in which nothing changes are not among them.
///
/// # Errors
/// When an application is not there, or a file cannot be edited.
pub fn texts(opened: &Opened, wanted: &[Wanted]) -> Result<BTreeMap<String, String>, Failure> {
    let mut texts = BTreeMap::new();
    for one in wanted {
        let application = opened.loaded.workspace.as_ref().and_then(|workspace| workspace.application(&one.application));
        let application = application.ok_or_else(|| Failure::usage(format!("no application is called `{}`", one.application)))?;
        let release = application.releases.iter().find(|release| one.is_for(release));
        let (path, text) = match release {
            Some(release) => match edited(opened, release, one)? {
                Some(changed) => changed,
                None => continue,
            },
            None => new_document(opened, application, one)?,
        };
        if texts.contains_key(&path) {
            // Two documents of one file: the second edit would not see the first.
            return Err(
                Failure::usage(format!("`{path}` holds several Releases that would change")).help("change one environment at a time")
            );
        }
        texts.insert(path, text);
    }
    Ok(texts)
}

/// The document of a Release in its file.
fn document(file: &SourceFile, name: &str) -> Option<Node> {
    let documents = read_yaml(file, &Sink::new()).into_iter().map(|document| document.root);
    let mut found = documents.filter(|root| {
        root.field("kind").and_then(Node::as_str) == Some("Release") && root.at(&["metadata", "name"]).and_then(Node::as_str) == Some(name)
    });
    found.next()
}

fn edited(opened: &Opened, release: &Release, wanted: &Wanted) -> Result<Option<(String, String)>, Failure> {
    let name = &*release.meta.name.value;
    let file = opened.sources().file_of(release.meta.at);
    let root = file.and_then(|file| document(file, name));
    let (Some(file), Some(root)) = (file, root) else {
        return Err(Failure::usage(format!("the Release `{name}` cannot be found in its file")));
    };
    let Some(spec) = root.field("spec") else { return Err(Failure::usage(format!("the Release `{name}` has no `spec`"))) };
    let (there, revision) = pins_of(&root);
    let mut edits = Edits::new(file);
    images(&mut edits, spec, &there, wanted);
    match &wanted.revision {
        Some(Some(new)) if revision.as_ref() != Some(new) => edits.set(spec, "revision", &text(new)),
        Some(None) if revision.is_some() => edits.remove(spec, &["revision"]),
        _ => {}
    }
    Ok((!edits.is_empty()).then(|| (file.path().to_owned(), edits.text())))
}

fn images(edits: &mut Edits<'_>, spec: &Node, there: &[Pin], wanted: &Wanted) {
    let map = spec.field("images").filter(|node| !node.entries().is_empty());
    let Some(map) = map else {
        if wanted.pins.is_empty() {
            return;
        }
        if spec.field("images").is_some() {
            let entries = wanted.pins.iter().map(|pin| entry(&pin.repository, value(pin))).collect();
            edits.set(spec, "images", &Node::map(entries, Origin::default()));
        } else {
            let entries: Vec<(&str, Node)> = wanted.pins.iter().map(|pin| (pin.repository.as_str(), value(pin))).collect();
            edits.add_map(spec, "images", &entries);
        }
        return;
    };
    let keeps = |pin: &&Pin| !wanted.exact || wanted.pins.iter().any(|wanted| wanted.repository == pin.repository);
    if there.iter().filter(keeps).count() == 0 && wanted.pins.is_empty() {
        edits.remove(spec, &["images"]);
        return;
    }
    let gone: Vec<&str> = there.iter().filter(|pin| !keeps(pin)).map(|pin| pin.repository.as_str()).collect();
    edits.remove(map, &gone);
    for pin in &wanted.pins {
        match (there.iter().find(|known| known.repository == pin.repository), map.field(&pin.repository)) {
            (Some(known), _) if known == pin => {}
            (Some(known), Some(node)) if !node.entries().is_empty() => one(edits, node, known, pin),
            _ => edits.set(map, &pin.repository, &value(pin)),
        }
    }
}

/// Changes a pin field by field.
fn one(edits: &mut Edits<'_>, node: &Node, known: &Pin, pin: &Pin) {
    let mut gone = Vec::new();
    for (key, old, new) in [("tag", &known.tag, &pin.tag), ("digest", &known.digest, &pin.digest)] {
        match new {
            Some(new) if old.as_ref() != Some(new) => edits.set(node, key, &text(new)),
            None if node.field(key).is_some() => gone.push(key),
            _ => {}
        }
    }
    match (known.components == pin.components, pin.components.is_empty()) {
        (true, _) => {}
        (false, true) => gone.push("components"),
        (false, false) => edits.set(node, "components", &components(pin)),
    }
    edits.remove(node, &gone);
}

fn text(text: &str) -> Node {
    Node::str(text, Origin::default())
}

fn entry(key: &str, node: Node) -> Entry {
    Entry { key: Key::new(key), key_at: Origin::default().at, node }
}

fn components(pin: &Pin) -> Node {
    Node::list(pin.components.iter().map(|name| text(name)).collect(), Origin::default())
}

/// `{tag: 1.4.2, digest: "sha256:…"}`
fn value(pin: &Pin) -> Node {
    let mut entries = Vec::new();
    if !pin.components.is_empty() {
        entries.push(entry("components", components(pin)));
    }
    entries.extend(pin.tag.as_ref().map(|tag| entry("tag", text(tag))));
    entries.extend(pin.digest.as_ref().map(|digest| entry("digest", text(digest))));
    Node::map(entries, Origin::default())
}

/// A Release that is not there yet: a file of its own, or a document at the end of the file that has its place.
fn new_document(opened: &Opened, application: &ApplicationDocuments, wanted: &Wanted) -> Result<(String, String), Failure> {
    let name = wanted.target().replace('/', "-");
    let folder = if application.folder.is_empty() { String::new() } else { format!("{}/", application.folder) };
    let path = format!("{folder}releases/{name}.yaml");
    let mut document = format!(
        "apiVersion: oam.dev/v1beta1\nkind: Release\nmetadata: {{name: {}}}\nspec:\n  environment: {}\n",
        flow(&text(&name)),
        flow(&text(&wanted.environment))
    );
    if let Some(cluster) = &wanted.cluster {
        document.push_str(&format!("  cluster: {}\n", flow(&text(cluster))));
    }
    if let Some(Some(revision)) = &wanted.revision {
        document.push_str(&format!("  revision: {}\n", flow(&text(revision))));
    }
    if !wanted.pins.is_empty() {
        document.push_str("  images:\n");
        for pin in &wanted.pins {
            document.push_str(&format!("    {}: {}\n", flow(&text(&pin.repository)), flow(&value(pin))));
        }
    }
    let Some(file) = opened.sources().file_named(&path) else { return Ok((path, format!("{HEADER}{document}"))) };
    let before = file.text();
    let line = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    Ok((path, format!("{before}{line}---\n{document}")))
}
