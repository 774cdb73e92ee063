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
use crate::kubernetes::{Schemas, Version};
use crate::shape::References;
use crate::source::{Pos, SourceFile, Sources};
use crate::tree::{Document, read_yaml};

use library::Libraries;

/// Whether a position is in a built-in definition: nothing that a person could edit.
pub fn is_built_in(pos: Pos) -> bool {
    pos.is_known() && builtin::sources().role_of(pos).is_some()
}

/// All types of a run.
#[derive(Debug)]
pub struct Catalog {
    /// Types by name, one list for each [`DefinitionKind`].
    types: [Vec<Slot>; 3],
    libraries: Libraries,
    /// What templates are checked with.
    schemas: Arc<Schemas>,
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
        // The newest version knows the most fields; the version of an environment judges what comes out.
        Catalog::with_schemas(written, Schemas::bundled(Version::NEWEST), sink)
    }

    /// The same where templates may make more kinds than Kubernetes' own.
    pub fn with_schemas(written: impl IntoIterator<Item = Document>, schemas: Arc<Schemas>, sink: &Sink) -> Catalog {
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
        let catalog = Catalog { types, libraries, schemas };
        for (kind, name) in own {
            if let Some(slot) = catalog.slot(kind, &name) {
                slot.compiled.get_or_init(|| decode::definition(kind, &slot.text.document()?, &catalog.libraries, &catalog.schemas, sink));
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
        slot.compiled.get_or_init(|| decode::definition(kind, &slot.text.document()?, &self.libraries, &self.schemas, &Sink::new())).clone()
    }

    /// Compiles the type once more, so that what is wrong with it is told, a built-in one's mistakes too. `None` if there is no such type,
    /// or if it has mistakes.
    pub fn judge(&self, kind: DefinitionKind, name: &str, sink: &Sink) -> Option<Arc<Definition>> {
        decode::definition(kind, &self.slot(kind, name)?.text.document()?, &self.libraries, &self.schemas, sink)
    }

    /// What parameter schemas refer to: those of libraries.
    pub fn references(&self) -> &dyn References {
        &self.libraries
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
mod tests {
    use super::*;
    use crate::diag::Report;
    use crate::source::Role;

    fn catalog(texts: &[&str]) -> (Catalog, Report) {
        let mut sources = Catalog::builtin_sources();
        let sink = Sink::new();
        let documents: Vec<Document> = texts
            .iter()
            .enumerate()
            .flat_map(|(i, text)| {
                read_yaml(&sources.add(format!("definitions/{i}.yaml"), text.to_string(), Role::InfraOperator).unwrap(), &sink)
            })
            .collect();
        let catalog = Catalog::new(documents, &sink);
        (catalog, sink.take())
    }

    fn messages(report: &Report) -> Vec<&str> {
        report.diagnostics.iter().map(|d| &*d.message).collect()
    }

    const SCALE: &str = "apiVersion: core.oam.dev/v1beta1
kind: TraitDefinition
metadata: {name: NAME}
spec: {EXTRA schematic: {minijinja: {parameters: {type: object, properties: {n: {type: integer}}}, patch: {spec: {replicas: \"{{ parameter.n }}\"}}}}}
";

    #[test]
    fn the_name_of_a_built_in_type_is_its_files() {
        for (folder, name, file) in builtin::files() {
            let sink = Sink::new();
            let documents = read_yaml(file, &sink);
            assert!(sink.take().diagnostics.is_empty(), "{}", file.path());
            assert_eq!(documents.len(), 1, "{} holds one document", file.path());
            let (kind, said) = schema::judge(&documents[0].root, &sink).unwrap_or_else(|| panic!("{}: {:?}", file.path(), sink.take()));
            assert_eq!(&*said, name, "{}", file.path());
            let expected = DefinitionKind::of_folder(folder).map_or(schema::Kind::Library, schema::Kind::Type);
            assert_eq!(kind, expected, "{}", file.path());
        }
    }

    #[test]
    fn types_are_found_by_kind_and_name_and_compiled_once() {
        let (catalog, report) = catalog(&[&SCALE.replace("NAME", "own").replace("EXTRA", "")]);
        assert_eq!(messages(&report), [""; 0]);
        let own = catalog.trait_("own").unwrap();
        assert_eq!(own.usable_by, [Role::AppOperator]);
        assert!(Arc::ptr_eq(&own, &catalog.trait_("own").unwrap()));
        assert!(catalog.component("own").is_none());
        let names: Vec<&str> = catalog.names(DefinitionKind::Trait).collect();
        assert!(names.is_sorted() && names.contains(&"own"));
    }

    #[test]
    fn a_projects_type_replaces_a_built_in_one_only_by_saying_so() {
        let (_, name, file) = builtin::files().find(|(folder, ..)| *folder == "traits").unwrap();
        let (types, report) = catalog(&[&SCALE.replace("NAME", name).replace("EXTRA", "")]);
        assert_eq!(messages(&report), [format!("the trait type `{name}` is built in already")]);
        assert_eq!(report.diagnostics[0].labels[0].at, file.pos(0), "the built-in one is shown");
        assert_eq!(types.trait_(name).unwrap().at, read_yaml(file, &Sink::new())[0].root.origin.at);

        let (types, report) = catalog(&[&SCALE.replace("NAME", name).replace("EXTRA", "replaces: true,")]);
        assert_eq!(messages(&report), [""; 0]);
        assert!(types.trait_(name).unwrap().at > file.pos(usize::MAX), "the project's own");

        let (_, report) = catalog(&[&SCALE.replace("NAME", "nothing-like-it").replace("EXTRA", "replaces: true,")]);
        assert_eq!(messages(&report), ["there is no built-in type `nothing-like-it` to replace"]);
    }

    #[test]
    fn mistakes_of_a_projects_type_are_told_even_if_nobody_uses_it() {
        let (types, report) = catalog(&[&SCALE.replace("NAME", "own").replace("EXTRA", "aplliesToWorkloads: [],")]);
        assert_eq!(report.diagnostics.len(), 1);
        assert!(report.diagnostics[0].help.as_deref().unwrap().contains("appliesToWorkloads"), "{:?}", report.diagnostics[0]);
        assert!(!types.has(DefinitionKind::Trait, "own"));
        let (types, report) = catalog(&[&SCALE.replace("NAME", "own").replace("EXTRA", "").replace("integer", "intger")]);
        assert_eq!(report.diagnostics.len(), 1);
        assert!(types.has(DefinitionKind::Trait, "own") && types.trait_("own").is_none());
    }

    #[test]
    fn libraries_hold_schemas_and_fragments() {
        let library = "apiVersion: core.oam.dev/v1beta1
kind: DefinitionLibrary
metadata: {name: shared}
spec: {schemas: {port: {type: object, properties: {number: {type: integer}}}}, fragments: {one: {a: 1}}}
";
        use crate::template::Fragments;
        let (types, report) = catalog(&[library]);
        assert_eq!(messages(&report), [""; 0]);
        let libraries = &types.libraries;
        assert_eq!(libraries.resolve("lib:shared#/port/properties/number").unwrap().field("type").unwrap().as_str(), Some("integer"));
        assert!(libraries.resolve("lib:shared#/prot").is_none() && libraries.resolve("lib:sharde#/port").is_none());
        assert!(libraries.fragment("shared.one").is_some() && libraries.fragment("shared.two").is_none());
        assert!(Fragments::names(libraries).contains(&"shared.one".to_owned()));
    }

    #[test]
    fn making_a_catalog_reads_no_built_in_file() {
        let (types, _) = catalog(&[]);
        let compiled = types.types.iter().flatten().filter(|slot| slot.compiled.get().is_some()).count();
        assert!(types.types.iter().flatten().count() > 20 && compiled == 0);
    }

    #[test]
    fn every_built_in_type_compiles_without_a_word() {
        let (types, _) = catalog(&[]);
        let sources = Catalog::builtin_sources();
        for kind in [DefinitionKind::Component, DefinitionKind::Trait, DefinitionKind::Scope] {
            for slot in &types.types[kind as usize] {
                let sink = Sink::new();
                let definition = decode::definition(kind, &slot.text.document().unwrap(), &types.libraries, &types.schemas, &sink);
                let place = |at| sources.locate(at).map_or_else(|| slot.name.to_string(), |place| place.to_string());
                let told: Vec<String> = sink.take().diagnostics.iter().map(|d| format!("{}: {}", place(d.at), d.message)).collect();
                assert!(told.is_empty() && definition.is_some(), "{}: {}", slot.name, told.join("\n"));
            }
        }
    }
}
