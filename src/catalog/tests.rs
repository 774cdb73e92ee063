//! Types are found by name, compiled on first use, and without a mistake.

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
    use crate::shape::References;
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
fn every_built_in_type_compiles_without_a_word_and_renders_its_examples() {
    use crate::kubernetes::{Schemas, Version};
    use crate::source::Pos;
    use crate::template::{Scope, Sections};
    use crate::tree::{Node, Origin, UnitLog};
    let (sink, sources) = (Sink::new(), Catalog::builtin_sources());
    let catalog = Catalog::new([], &sink);
    let told = |sink: &Sink, name: &str| {
        let report = sink.take().diagnostics;
        // An example may ask for a container that the workload of this test does not have.
        let told: Vec<_> = report
            .iter()
            .filter(|d| d.code != crate::diag::code::REQUIREMENT)
            .map(|d| format!("{}: {}", sources.locate(d.at).map_or(name.into(), |place| place.to_string()), d.message))
            .collect();
        assert!(told.is_empty(), "{name}:\n{}", told.join("\n"));
    };
    let context = serde_json::json!({
        "name": "x", "componentName": "x", "appName": "app", "namespace": "ns", "environment": "prod", "selector": {"app.oam.dev/component": "x"},
        "facts": {}, "labels": {}, "annotations": {}, "componentType": "t", "revision": "r", "kubernetes": {"minor": 34}, "members": [],
    });
    let workload = catalog.types[0].iter().find_map(|slot| {
        let definition = catalog.component(&slot.name)?;
        definition.workload.as_ref().filter(|(_, kind)| kind == "StatefulSet")?;
        let properties = definition.parameters.fill_defaults(Node::from_json(&serde_json::json!({"image": "i"}), Origin::default()));
        let scope = Scope { parameter: Some(properties), context: Some(Node::from_json(&context, Origin::default())), ..Scope::default() };
        definition.template.evaluate(Sections::ALL, &scope, &sink, &mut UnitLog::default())?.output
    });
    told(&sink, "a workload");
    let kind = Schemas::bundled(Version::NEWEST).kind_of(workload.as_ref().unwrap()).map(|kind| kind.shapes().clone());
    for kind_of_type in [DefinitionKind::Component, DefinitionKind::Trait, DefinitionKind::Scope] {
        for slot in &catalog.types[kind_of_type as usize] {
            let definition = decode::definition(kind_of_type, &slot.text.document().unwrap(), &catalog.libraries, &sink);
            told(&sink, &slot.name);
            for example in &definition.unwrap_or_else(|| panic!("{} does not compile", slot.name)).examples {
                let definition = catalog.definition(kind_of_type, &slot.name).unwrap();
                let properties = definition.parameters.fill_defaults(example.properties.clone());
                let mut context = Node::from_json(&context, Origin::default());
                context.set(crate::tree::Key::new("name"), Pos::NOWHERE, Node::str("x", Origin::default()));
                let output = (kind_of_type != DefinitionKind::Component).then(|| (workload.clone().unwrap(), kind.clone()));
                let scope = Scope { parameter: Some(properties), context: Some(context), output, outputs: Vec::new() };
                let mut log = UnitLog::default();
                definition.template.evaluate(Sections::ALL, &scope, &sink, &mut log);
                told(&sink, &format!("{}: {}", slot.name, example.title));
            }
        }
    }
}
