//! The JSON Schemas of `schemas/` and the loader accept and reject the same documents: those of `tests/documents/`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::{Retrieve, Uri, Validator};
use oam::diag::{Severity, Sink};
use oam::load::load;
use oam::source::{Memory, Role, Sources};
use oam::tree::read_yaml;
use serde_json::Value;

struct Schemas;

impl Retrieve for Schemas {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let name = uri.path().as_str().rsplit('/').next().unwrap_or_default().to_owned();
        Ok(schema(&name))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn schema(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(root().join("schemas").join(name)).unwrap()).unwrap()
}

fn validator() -> Validator {
    let options = jsonschema::options().with_base_uri("file:///schemas/oam.json").with_retriever(Schemas);
    options.build(&schema("oam.json")).unwrap()
}

/// Where a document of a kind stands.
fn place(kind: &str) -> &'static str {
    match kind {
        "Application" => "application.yaml",
        "Cluster" => "clusters/x.yaml",
        "Component" => "components/x.yaml",
        "Environment" => "environments/x.yaml",
        "Project" => "oam.yaml",
        "Release" => "releases/x.yaml",
        "Scope" => "scopes/x.yaml",
        "TraitBinding" => "traits/x.yaml",
        other => panic!("no place for {other}"),
    }
}

/// The codes of the errors that the loader finds in a project that holds the document and little else.
fn errors(kind: &str, text: &str) -> Vec<String> {
    let mut tree = Memory::new();
    tree.insert("oam.yaml", "apiVersion: oam.dev/v1beta1\nkind: Project\nmetadata: {name: p}\nspec: {applications: [\".\"]}\n");
    tree.insert("application.yaml", "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {name: p}\n");
    tree.insert(place(kind), text);
    let sink = Sink::new();
    load(&tree, Sources::new(), &sink);
    let errors = sink.take().diagnostics.into_iter().filter(|problem| problem.severity == Severity::Error);
    // Whether a commit is there is not in the document.
    errors.map(|problem| problem.code.as_str().to_owned()).filter(|code| code != "unknown-revision").collect()
}

/// The kind and text of every document of a folder.
fn documents(folder: &str) -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(root().join("tests/documents").join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut documents = Vec::new();
    for path in files {
        let kind = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        documents.extend(text.split("\n---\n").map(|document| (kind.clone(), format!("{document}\n"))));
    }
    documents
}

fn fits(validator: &Validator, text: &str) -> bool {
    let sink = Sink::new();
    let file = Sources::new().add("x.yaml", text.to_owned(), Role::Developer).unwrap();
    let documents = read_yaml(&file, &sink);
    assert!(documents.len() == 1 && !sink.has_errors(), "{text}");
    validator.is_valid(&documents[0].root.to_json())
}

#[test]
fn what_is_accepted_is_accepted_by_both() {
    let validator = validator();
    let documents = documents("accepted");
    assert!(documents.len() >= 16);
    for (kind, text) in documents {
        assert_eq!(errors(&kind, &text), [""; 0], "{text}");
        assert!(fits(&validator, &text), "the schema refuses\n{text}");
    }
}

#[test]
fn what_is_rejected_is_rejected_by_both_with_the_code_that_it_names() {
    let validator = validator();
    let documents = documents("rejected");
    assert!(documents.len() >= 100);
    for (kind, text) in documents {
        let code = text.lines().next().unwrap().trim_start_matches("# ");
        assert!(errors(&kind, &text).contains(&code.to_owned()), "{:?}\n{text}", errors(&kind, &text));
        assert!(!fits(&validator, &text), "the schema accepts\n{text}");
    }
}

#[test]
fn what_only_the_loader_can_know_is_refused_by_it_alone() {
    let validator = validator();
    for (kind, text) in documents("refused-by-the-loader") {
        let code = text.lines().next().unwrap().trim_start_matches("# ");
        assert_eq!(errors(&kind, &text), [code], "{text}");
        assert!(fits(&validator, &text), "the schema refuses\n{text}");
    }
}

#[test]
fn every_kind_has_a_schema_that_describes_all_its_fields() {
    fn walk(schema: &Value, path: &str, bare: &mut Vec<String>) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            // A condition speaks of fields that are described elsewhere.
            if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
                for (name, property) in properties {
                    if property.get("description").is_none() && property.get("const").is_none() {
                        bare.push(format!("{path}.{name}"));
                    }
                }
            }
        }
        match schema {
            Value::Object(map) => map.iter().for_each(|(key, value)| walk(value, &format!("{path}.{key}"), bare)),
            Value::Array(items) => items.iter().for_each(|value| walk(value, path, bare)),
            _ => {}
        }
    }
    let kinds: Vec<String> =
        schema("oam.json")["properties"]["kind"]["enum"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds.len(), 12);
    for kind in kinds {
        let own = schema(&format!("{kind}.json"));
        assert_eq!(own["title"], kind.as_str());
        assert_eq!(own["properties"]["kind"]["const"], kind.as_str());
        jsonschema::meta::validate(&own).unwrap();
        if !kind.contains("Definition") {
            let mut bare = Vec::new();
            walk(&own, &kind, &mut bare);
            assert_eq!(bare, [""; 0]);
        }
    }
}
