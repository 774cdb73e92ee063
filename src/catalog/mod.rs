//! Every component, trait and scope type: built in, of the project, imported. Parsed and compiled on first use.
//!
//! A built-in type is one file under the top-level `components/`, `traits/`, `scopes/` or `libraries/`; its name is the file's.
//! A project's own types work like them, but for two things: they are judged and compiled when the catalog is made, so that their
//! mistakes are told even where nobody uses them, and they may replace a built-in type only by saying so.
//!
//! Must never know: any type by name.

mod builtin;
mod decode;
mod definition;
mod library;
mod rule;
mod schema;

pub use definition::{Definition, DefinitionKind, Example, Usability};
pub use rule::ScopeRule;

use std::sync::{Arc, OnceLock};

use crate::diag::{Diagnostic, Sink, code};
use crate::source::{Pos, SourceFile, Sources};
use crate::tree::{Document, read_yaml};

use library::Libraries;

/// All types of a run.
#[derive(Debug)]
pub struct Catalog {
    /// Types by name, one list for each [`DefinitionKind`].
    types: [Vec<Slot>; 3],
    libraries: Libraries,
}

#[derive(Debug)]
struct Slot {
    name: Arc<str>,
    text: Text,
    compiled: OnceLock<Option<Arc<Definition>>>,
}

/// What a definition is compiled from.
#[derive(Debug)]
enum Text {
    BuiltIn(Arc<SourceFile>),
    Written(Box<Document>),
}

impl Text {
    fn at(&self) -> Pos {
        match self {
            Text::BuiltIn(file) => file.pos(0),
            Text::Written(document) => document.root.origin.at,
        }
    }

    /// The document. A built-in file holds exactly one; its problems are told by a test and not by runs.
    fn document(&self) -> Option<Document> {
        match self {
            Text::BuiltIn(file) => read_yaml(file, &Sink::new()).into_iter().next(),
            Text::Written(document) => Some((**document).clone()),
        }
    }
}

impl Catalog {
    /// The files of the built-in types, which are the first files of every run: their positions are the same in all.
    pub fn builtin_sources() -> Sources {
        builtin::sources().clone()
    }

    /// The built-in types together with the definitions and libraries that a project wrote, in the order of their files. Problems
    /// of the latter go to the sink.
    pub fn new(written: impl IntoIterator<Item = Document>, sink: &Sink) -> Catalog {
        let mut types: [Vec<Slot>; 3] = Default::default();
        let mut libraries = Libraries::default();
        for (folder, name, file) in builtin::files() {
            match DefinitionKind::of_folder(folder) {
                Some(kind) => types[kind as usize].push(Slot::new(name.into(), Text::BuiltIn(file.clone()))),
                None => libraries.add_builtin(name, file.clone()),
            }
        }
        let mut own = Vec::new();
        for document in written {
            let Some((kind, name)) = schema::judge(&document.root, sink) else { continue };
            let slots = match kind {
                schema::Kind::Library => {
                    libraries.add(name, document, sink);
                    continue;
                }
                schema::Kind::Type(kind) => {
                    own.push((kind, name.clone()));
                    &mut types[kind as usize]
                }
            };
            let at = document.root.origin.at;
            let replaces = replaces(&document);
            let slot = Slot::new(name.clone(), Text::Written(Box::new(document)));
            match slots.iter_mut().find(|slot| slot.name == name) {
                Some(known) if replaces => *known = slot,
                // Two of a project's own with one name are told by whoever read them.
                Some(known) => {
                    if let Text::BuiltIn(_) = known.text {
                        sink.push(shadowed(at, &format!("{} type", own[own.len() - 1].0.as_str()), &name, known.text.at()));
                    }
                }
                None => {
                    if replaces {
                        let message = format!("there is no built-in type `{name}` to replace");
                        sink.push(Diagnostic::error(code::SHADOWED_TYPE, at, message).suggest(&name, slots.iter().map(|slot| &*slot.name)));
                    }
                    slots.push(slot);
                }
            }
        }
        types.iter_mut().for_each(|slots| slots.sort_by(|a, b| a.name.cmp(&b.name)));
        libraries.finish();
        let catalog = Catalog { types, libraries };
        for (kind, name) in own {
            if let Some(slot) = catalog.slot(kind, &name) {
                slot.compiled.get_or_init(|| decode::definition(kind, &slot.text.document()?, &catalog.libraries, sink));
            }
        }
        catalog
    }

    fn slot(&self, kind: DefinitionKind, name: &str) -> Option<&Slot> {
        let slots = &self.types[kind as usize];
        slots.binary_search_by(|slot| (*slot.name).cmp(name)).ok().map(|index| &slots[index])
    }

    /// The type of this name, compiled on first use. `None` if there is none, or if it has mistakes, which were told when the catalog
    /// was made; [`Catalog::has`] tells these two apart.
    pub fn definition(&self, kind: DefinitionKind, name: &str) -> Option<Arc<Definition>> {
        let slot = self.slot(kind, name)?;
        slot.compiled.get_or_init(|| decode::definition(kind, &slot.text.document()?, &self.libraries, &Sink::new())).clone()
    }

    /// Whether there is a type of this name, with or without mistakes.
    pub fn has(&self, kind: DefinitionKind, name: &str) -> bool {
        self.slot(kind, name).is_some()
    }

    /// The component type of this name.
    pub fn component(&self, name: &str) -> Option<Arc<Definition>> {
        self.definition(DefinitionKind::Component, name)
    }

    /// The trait type of this name.
    pub fn trait_(&self, name: &str) -> Option<Arc<Definition>> {
        self.definition(DefinitionKind::Trait, name)
    }

    /// The scope type of this name.
    pub fn scope(&self, name: &str) -> Option<Arc<Definition>> {
        self.definition(DefinitionKind::Scope, name)
    }

    /// The names of all types of a kind, sorted.
    pub fn names(&self, kind: DefinitionKind) -> impl Iterator<Item = &str> {
        self.types[kind as usize].iter().map(|slot| &*slot.name)
    }
}

impl Slot {
    fn new(name: Arc<str>, text: Text) -> Slot {
        Slot { name, text, compiled: OnceLock::new() }
    }
}

fn replaces(document: &Document) -> bool {
    document.root.at(&["spec", "replaces"]).is_some_and(|value| value.as_bool() == Some(true))
}

fn shadowed(at: Pos, what: &str, name: &str, builtin: Pos) -> Diagnostic {
    Diagnostic::error(code::SHADOWED_TYPE, at, format!("the {what} `{name}` is built in already"))
        .label(builtin, "the built-in one")
        .help("give it another name, or say `replaces: true` in its `spec`")
}

#[cfg(test)]
mod tests;
