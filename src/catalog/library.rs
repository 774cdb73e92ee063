//! Libraries: schemas and fragments that several definitions share.

use std::sync::{Arc, OnceLock};

use crate::diag::{Diagnostic, Sink, code};
use crate::shape::References;
use crate::source::SourceFile;
use crate::template::{FragmentSource, Fragments};
use crate::tree::{Document, Node};

use super::{Text, replaces, shadowed};

/// All libraries, by name.
#[derive(Debug, Default)]
pub(super) struct Libraries {
    slots: Vec<Slot>,
}

#[derive(Debug)]
struct Slot {
    name: Arc<str>,
    text: Text,
    document: OnceLock<Option<Document>>,
}

impl Slot {
    fn new(name: Arc<str>, text: Text) -> Slot {
        Slot { name, text, document: OnceLock::new() }
    }

    fn document(&self) -> Option<&Document> {
        self.document.get_or_init(|| self.text.document()).as_ref()
    }

    fn entry(&self, section: &str, name: &str) -> Option<&Node> {
        self.document()?.root.at(&["spec", section, name])
    }
}

impl Libraries {
    pub(super) fn add_builtin(&mut self, name: &str, file: Arc<SourceFile>) {
        self.slots.push(Slot::new(name.into(), Text::BuiltIn(file)));
    }

    /// Adds a library of the project.
    pub(super) fn add(&mut self, name: Arc<str>, document: Document, sink: &Sink) {
        let (at, replaces) = (document.root.origin.at, replaces(&document));
        let slot = Slot::new(name.clone(), Text::Written(Box::new(document)));
        match self.slots.iter_mut().find(|slot| slot.name == name) {
            Some(known) if replaces => *known = slot,
            Some(known) => {
                if let Text::BuiltIn(_) = known.text {
                    sink.push(shadowed(at, "library", &name, known.text.at()));
                }
            }
            None => {
                if replaces {
                    let message = format!("there is no built-in library `{name}` to replace");
                    let known = self.slots.iter().map(|slot| &*slot.name);
                    sink.push(Diagnostic::error(code::SHADOWED_TYPE, at, message).suggest(&name, known));
                }
                self.slots.push(slot);
            }
        }
    }

    /// Sorts the libraries, for [`Libraries::slot`].
    pub(super) fn finish(&mut self) {
        self.slots.sort_by(|a, b| a.name.cmp(&b.name));
    }

    fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.binary_search_by(|slot| (*slot.name).cmp(name)).ok().map(|index| &self.slots[index])
    }
}

impl References for Libraries {
    /// `lib:pod#/probe`, or deeper: `lib:pod#/probe/properties/exec`.
    fn resolve(&self, reference: &str) -> Option<Node> {
        let (library, pointer) = reference.strip_prefix("lib:")?.split_once("#/")?;
        let mut segments = pointer.split('/').map(|segment| segment.replace("~1", "/").replace("~0", "~"));
        let schema = self.slot(library)?.entry("schemas", &segments.next()?)?;
        segments
            .try_fold(schema, |node, segment| match node.is_list() {
                true => node.items().get(segment.parse::<usize>().ok()?),
                false => node.field(&segment),
            })
            .cloned()
    }
}

impl Fragments for Libraries {
    fn fragment(&self, name: &str) -> Option<FragmentSource> {
        let (library, fragment) = name.split_once('.')?;
        let slot = self.slot(library)?;
        Some(FragmentSource { node: slot.entry("fragments", fragment)?.clone(), tags: Arc::new(slot.document()?.tags.clone()) })
    }

    fn names(&self) -> Vec<String> {
        let fragments = |slot: &Slot| {
            let section = slot.document().and_then(|document| document.root.at(&["spec", "fragments"]).cloned());
            let entries = section.iter().flat_map(|section| section.entries().iter());
            entries.map(|entry| format!("{}.{}", slot.name, entry.key)).collect::<Vec<_>>()
        };
        self.slots.iter().flat_map(fragments).collect()
    }
}
