//! What `oam schema` prints: the `jsonschema` crate takes every document of the examples by it, and refuses what was changed for the worse.

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use oam::diag::Sink;
use oam::source::{Role, Sources};
use oam::tree::read_yaml;
use serde_json::{Value, json};

use crate::program::{oam, root};

fn validator(project: &Path) -> Validator {
    let run = oam(project, ["schema"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let schema: Value = serde_json::from_str(&run.stdout).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    // No reference leads out of it: an editor would have to fetch it.
    assert!(!run.stdout.contains("\"$ref\":\"lib:") && !run.stdout.contains(".json\"}"));
    jsonschema::options().build(&schema).unwrap()
}

fn documents(file: &Path) -> Vec<Value> {
    let file = Sources::new().add("x.yaml", fs::read_to_string(file).unwrap(), Role::Developer).unwrap();
    read_yaml(&file, &Sink::new()).iter().map(|document| document.root.to_json()).collect()
}

/// The documents of a project: YAML files in its folders, but for those that components include and those that CI and `oam` write.
fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && !["config", "rendered", "crds", "vendor"].contains(&name.as_str()) {
                files(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
    found.sort();
}

#[test]
fn every_document_of_the_examples_fits() {
    let (mut count, mut wrong) = (0, Vec::new());
    for example in fs::read_dir(root().join("examples")).unwrap() {
        let project = example.unwrap().path();
        if !project.join("oam.yaml").exists() {
            continue;
        }
        let validator = validator(&project);
        let mut found = Vec::new();
        files(&project, &mut found);
        for file in found {
            for document in documents(&file) {
                count += 1;
                wrong
                    .extend(validator.iter_errors(&document).map(|error| format!("{}: {} {error}", file.display(), error.instance_path())));
            }
        }
    }
    assert!(count > 40, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_examples_of_all_built_in_types_fit_as_documents() {
    let validator = validator(root());
    let catalog = oam::catalog::Catalog::new([], &Sink::new());
    for kind in oam::catalog::DefinitionKind::ALL {
        for name in catalog.names(kind) {
            let definition = catalog.definition(kind, name).unwrap();
            for example in &definition.examples {
                let used = json!({"type": name, "properties": example.properties.to_json()});
                let document = match kind {
                    oam::catalog::DefinitionKind::Component => document("Component", used),
                    oam::catalog::DefinitionKind::Trait => document("TraitBinding", json!({"components": ["x"], "traits": [used]})),
                    oam::catalog::DefinitionKind::Scope => document("Scope", used),
                };
                let problems: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
                assert!(problems.is_empty(), "{name}, {}: {problems:?}", example.title);
            }
        }
    }
}

fn document(kind: &str, spec: Value) -> Value {
    json!({"apiVersion": "oam.dev/v1beta1", "kind": kind, "metadata": {"name": "x"}, "spec": spec})
}

#[test]
fn what_is_wrong_is_refused_and_what_comes_later_is_not() {
    let validator = validator(root());
    let component = |spec: Value| document("Component", spec);
    let binding = |used: Value| document("TraitBinding", json!({"components": ["x"], "traits": [used]}));
    for wrong in [
        component(json!({"type": "webservise", "properties": {"image": "nginx"}})),
        component(json!({"type": "webservice", "properties": {"image": "nginx", "imagePulPolicy": "Always"}})),
        component(json!({"type": "webservice", "properties": {"image": "nginx", "ports": [{"port": "eighty"}]}})),
        component(json!({"type": "webservice", "properties": {"image": "nginx", "ports": [{"expose": true}]}})),
        component(json!({"type": "webservice", "properties": {"image": "nginx", "env": [{"name": "A", "value": 1}]}})),
        component(json!({"type": "webservice", "properties": {"image": "nginx", "readinessProbe": {"periodSeconds": 1}}})),
        component(json!({"type": "webservice", "properties": {"ports": []}})),
        component(json!({"environments": ["prod"], "type": "webservice", "properties": {"imgae": "nginx"}})),
        component(json!({"type": "webservice", "properties": {"image": "nginx"}, "traits": [{"type": "skaler"}]})),
        binding(json!({"type": "hpa", "properties": {"min": "two"}})),
        binding(json!({"type": "hpa", "properties": {"cpu": {"type": "Percent"}}})),
        binding(json!({"type": "hpa", "properties": {"podCustomMetrics": [{"name": "rps"}]}})),
        document("Scope", json!({"type": "network", "properties": {"allow": [{"components": ["a"]}]}})),
        document("Scope", json!({"type": "netwrok"})),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
    for fine in [
        // Parts of the properties: a layer, and parameters that operators fill.
        component(json!({"environments": ["prod"], "type": "webservice", "properties": {"cpu": "2"}})),
        component(json!({"environments": ["prod"], "type": "webservice", "properties": {"readinessProbe": {"httpGet": {"path": "/"}}}})),
        component(
            json!({"type": "webservice", "parameters": [{"name": "image", "required": true, "fieldPaths": ["image"]}], "properties": {"cpu": 1}}),
        ),
        // Placeholders, and null for what another layer set.
        component(json!({"type": "webservice", "properties": {"image": "nginx:{{ facts.tag }}", "cpu": null}})),
        binding(
            json!({"type": "hpa", "properties": {"min": "{{ facts.replicas }}", "max": null, "podCustomMetrics": "{{ facts.metrics }}"}}),
        ),
    ] {
        let problems: Vec<String> = validator.iter_errors(&fine).map(|error| format!("{} {error}", error.instance_path())).collect();
        assert!(problems.is_empty(), "{fine}: {problems:?}");
    }
}

#[test]
fn a_project_s_own_types_are_in_its_schema_and_it_can_be_written() {
    let (_here, project) = crate::program::example("sock-shop");
    let run = oam(&project, ["schema", "-o", ".oam"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", "wrote .oam/oam.json\n"));
    let schema: Value = serde_json::from_str(&fs::read_to_string(project.join(".oam/oam.json")).unwrap()).unwrap();
    let validator = jsonschema::options().build(&schema).unwrap();
    let scrape = |properties: Value| {
        document("TraitBinding", json!({"components": ["x"], "traits": [{"type": "scrape", "properties": properties}]}))
    };
    assert!(validator.is_valid(&scrape(json!({"port": {"number": 9090, "name": "metrics"}}))));
    assert!(!validator.is_valid(&scrape(json!({"prot": {"number": 9090, "name": "metrics"}}))));
}
