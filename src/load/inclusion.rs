//! `$file` in properties: the content of files in the place of a value, or of items of a list.
//!
//! As a value it is one document. As an item of a list it is all documents of all files that fit, in the order of their paths. What is read
//! keeps its own places, so that a mistake in it is told there; it is taken as it is, and placeholders in it are text.

use std::sync::Arc;

use super::Ownership;
use super::files::{Reader, join, text};
use crate::diag::{Diagnostic, code};
use crate::model::{ApplicationComponent, Component, Name, Spanned, TraitUse, glob_matches, is_glob};
use crate::source::{EntryKind, Role, SourceFile, SourceTree};
use crate::tree::{Entry, Key, Node, Origin, Value, read_yaml};

/// The key.
pub(super) const FILE: &str = "$file";
/// Lists of objects, whose items are objects of their own.
const LIST: &str = "List";

/// Reads what the documents of a directory include.
pub(super) struct Inclusion<'a, 'r> {
    pub directory: &'a str,
    /// What stands before paths of the tree where people see them.
    pub prefix: &'a str,
    /// Whose document it is; the files in it are theirs, unless the project says otherwise.
    pub role: Role,
    pub ownership: &'a Ownership,
    pub reader: &'a mut Reader<'r>,
}

impl Inclusion<'_, '_> {
    /// Of a Component and its traits.
    pub fn component(&mut self, component: &mut Component) {
        self.properties(&mut component.properties);
        self.traits(&mut component.traits);
    }

    /// Of a component in an Application.
    pub fn entry(&mut self, entry: &mut ApplicationComponent) {
        self.properties(&mut entry.properties);
        self.traits(&mut entry.traits);
    }

    /// Of traits.
    pub fn traits(&mut self, traits: &mut [TraitUse]) {
        traits.iter_mut().for_each(|used| self.properties(&mut used.properties));
    }

    fn properties(&mut self, properties: &mut Option<Node>) {
        if let Some(node) = properties
            && has_file(node)
        {
            *node = self.value(node);
        }
    }

    fn value(&mut self, node: &Node) -> Node {
        if let Some(name) = self.asked(node) {
            let Some(name) = name else { return Node::null(node.origin) };
            return self.one(&name).unwrap_or_else(|| Node::null(node.origin));
        }
        match &node.value {
            Value::Map(entries) => {
                let entries = entries.iter().map(|entry| Entry { node: self.value(&entry.node), ..entry.clone() });
                Node::map(entries.collect(), node.origin)
            }
            Value::List(items) => {
                let mut all = Vec::with_capacity(items.len());
                for item in items.iter() {
                    match self.asked(item) {
                        Some(name) => all.extend(name.into_iter().flat_map(|name| self.several(&name))),
                        None => all.push(self.value(item)),
                    }
                }
                Node::list(all, node.origin)
            }
            _ => node.clone(),
        }
    }

    /// The path that a map asks for: outer `None`: it asks for none; inner `None`: in a wrong way, which is told.
    fn asked(&self, node: &Node) -> Option<Option<Name>> {
        let entry = node.entry(Key::new(FILE))?;
        let problem = |at, message: String, help: &str| {
            self.reader.sink.push(Diagnostic::error(code::WRONG_TYPE, at, message).help(help));
            Some(None)
        };
        if let Some(other) = node.entries().iter().find(|other| other.key != entry.key) {
            let message = format!("`{}` stands beside `{FILE}`, which takes the place of the whole value", other.key);
            return problem(other.key_at, message, "put it into the file, or take the file's content here");
        }
        match entry.node.as_str() {
            Some(path) if !path.is_empty() => Some(Some(Spanned::new(Arc::from(path), entry.node.origin.at))),
            _ => problem(
                entry.node.origin.at,
                format!("`{FILE}` is the path of a file"),
                "write `$file: config/objects.yaml`, or a glob: `config/*.yaml`",
            ),
        }
    }

    /// The one document of one file.
    fn one(&mut self, name: &Name) -> Option<Node> {
        let files = self.files(name);
        if let [_, second, ..] = &files[..] {
            let message = format!("`{name}` fits several files, as `{second}`, and a value is one");
            self.refuse(name, message, "name one file; as an item of a list, `$file` takes all of them");
            return None;
        }
        let file = self.read(files.first()?, name)?;
        let mut content = self.content(&file);
        if let Some(second) = content.get(1) {
            let message = format!("`{}` holds several documents, and a value is one", file.path());
            self.reader.sink.push(Diagnostic::error(code::DUPLICATE, second.origin.at, message).label(name.at, "included here"));
            return None;
        }
        if content.is_empty() { None } else { Some(content.swap_remove(0)) }
    }

    /// All documents of all files that fit.
    fn several(&mut self, name: &Name) -> Vec<Node> {
        let mut all = Vec::new();
        for path in self.files(name) {
            let Some(file) = self.read(&path, name) else { continue };
            for document in self.content(&file) {
                match document.field("items").filter(|items| document.field("kind").and_then(Node::as_str) == Some(LIST) && items.is_list())
                {
                    Some(items) => all.extend(items.items().iter().cloned()),
                    None => all.push(document),
                }
            }
        }
        all
    }

    fn content(&self, file: &SourceFile) -> Vec<Node> {
        if !file.path().ends_with(".yaml") && !file.path().ends_with(".yml") && !file.path().ends_with(".json") {
            return vec![Node::str(file.text(), Origin::written(file.pos(0)))];
        }
        read_yaml(file, self.reader.sink).into_iter().map(|document| document.root).collect()
    }

    fn read(&mut self, path: &str, name: &Name) -> Option<Arc<SourceFile>> {
        let shown = format!("{}{path}", self.prefix);
        let known = format!("{shown}{}", self.reader.mark);
        let known = self.reader.sources.files().iter().find(|file| file.path() == known).cloned();
        let file = match known {
            Some(file) => file,
            None => match text(self.reader.tree, path) {
                Ok(text) => self.reader.add(&shown, text, self.ownership.role(path, self.role).0)?,
                Err(unreadable) => {
                    self.refuse(name, unreadable.message, &self.relative());
                    return None;
                }
            },
        };
        self.reader.raw.push((file.pos(0), file.pos(file.text().len())));
        Some(file)
    }

    /// The files that a path or glob means, sorted; none is told.
    fn files(&self, name: &Name) -> Vec<String> {
        let Some(full) = join(self.directory, name) else {
            self.refuse(name, format!("`{name}` lies outside of the project"), "copy the file into the project");
            return Vec::new();
        };
        if !is_glob(&full) {
            return vec![full];
        }
        let steps: Vec<&str> = full.split('/').collect();
        let plain = steps.iter().take_while(|step| !is_glob(step)).count();
        let mut found = Vec::new();
        fitting(self.reader.tree, &steps[..plain].join("/"), &steps[plain..], &mut found);
        found.sort();
        found.dedup();
        if found.is_empty() {
            self.refuse(name, format!("no file fits `{name}`"), &self.relative());
        }
        found
    }

    fn relative(&self) -> String {
        let directory =
            if self.directory.is_empty() { "the directory of this file" } else { &format!("`{}{}`", self.prefix, self.directory) };
        format!("the path is relative to {directory}")
    }

    fn refuse(&self, name: &Name, message: String, help: &str) {
        self.reader.sink.push(Diagnostic::error(code::UNREADABLE_FILE, name.at, message).help(help));
    }
}

/// Whether something below asks for a file.
fn has_file(node: &Node) -> bool {
    node.field(FILE).is_some() || node.items().iter().any(has_file) || node.entries().iter().any(|entry| has_file(&entry.node))
}

/// The files below a directory whose steps fit; `**` is any number of directories. Links that leave the tree, and names that begin with a
/// dot unless the pattern does, are left out.
fn fitting(tree: &dyn SourceTree, directory: &str, steps: &[&str], found: &mut Vec<String>) {
    let Some((step, rest)) = steps.split_first() else { return };
    if *step == "**" {
        fitting(tree, directory, rest, found);
    }
    for entry in tree.list(directory).unwrap_or_default() {
        if entry.name.starts_with('.') && !step.starts_with('.') {
            continue;
        }
        let path = if directory.is_empty() { entry.name.clone() } else { format!("{directory}/{}", entry.name) };
        match entry.kind {
            EntryKind::Directory if *step == "**" => fitting(tree, &path, steps, found),
            EntryKind::Directory if glob_matches(step, &entry.name) => fitting(tree, &path, rest, found),
            EntryKind::File if rest.is_empty() && glob_matches(step, &entry.name) => found.push(path),
            _ => {}
        }
    }
}
