//! Judges the document of a definition against its published schema.

use std::sync::{Arc, OnceLock};

use super::DefinitionKind;
use crate::diag::Sink;
use crate::shape::{NoReferences, Shapes, compile};
use crate::tree::{Node, Origin};

/// What a document defines.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Type(DefinitionKind),
    Library,
}

const KINDS: [(&str, Kind, &str); 4] = [
    ("ComponentDefinition", Kind::Type(DefinitionKind::Component), include_str!("../../schemas/ComponentDefinition.json")),
    ("TraitDefinition", Kind::Type(DefinitionKind::Trait), include_str!("../../schemas/TraitDefinition.json")),
    ("ScopeDefinition", Kind::Type(DefinitionKind::Scope), include_str!("../../schemas/ScopeDefinition.json")),
    ("DefinitionLibrary", Kind::Library, include_str!("../../schemas/DefinitionLibrary.json")),
];

/// The shape of a kind of definition.
fn shapes(index: usize) -> &'static Shapes {
    static SHAPES: [OnceLock<Shapes>; KINDS.len()] = [const { OnceLock::new() }; KINDS.len()];
    SHAPES[index].get_or_init(|| {
        let json = serde_json::from_str(KINDS[index].2).expect("the schemas of the repository are JSON");
        compile(&Node::from_json(&json, Origin::default()), &NoReferences, &Sink::new()).expect("the schemas of the repository are sound")
    })
}

/// What the document defines and its name, if it has the form that its kind asks for; all that is wrong goes to the sink.
pub(super) fn judge(document: &Node, sink: &Sink) -> Option<(Kind, Arc<str>)> {
    let kind = document.field("kind")?.as_str()?;
    let index = KINDS.iter().position(|(known, ..)| *known == kind)?;
    if !shapes(index).validate(document, &format!("the {kind}"), sink) {
        return None;
    }
    let name = document.at(&["metadata", "name"])?.as_str()?;
    Some((KINDS[index].1, name.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_schemas_are_sound() {
        for (kind, _, text) in KINDS {
            let sink = Sink::new();
            let json = serde_json::from_str(text).unwrap();
            assert!(compile(&Node::from_json(&json, Origin::default()), &NoReferences, &sink).is_some(), "{kind}");
            assert!(sink.take().diagnostics.is_empty(), "{kind}");
            assert_eq!(json["title"], kind);
        }
    }
}
