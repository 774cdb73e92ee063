//! The tables of Kubernetes' kinds against the `jsonschema` crate over the original JSON Schemas (`tests/kubernetes/original/`), on mutants of
//! sound objects: fields dropped, renamed, added, or of another type. Both give the same verdict, or the difference is on the list below.
//!
//! What we refuse and the schemas take (they leave it to the server's code):
//!
//! - a value that is none of those that the server's own OpenAPI document lists (`value-not-allowed`);
//! - a number beyond 32 bits, a quantity, time or base64 text that is none (`bad-format`);
//! - a fraction for an int-or-string, which no server can decode (`wrong-type`);
//! - `null` as an item of a list, or for a field that must be there (`wrong-type`): the package allows it everywhere.
//!
//! What we take and the schemas refuse: `null` for a field that need not be there, which a server reads as absent, whatever the type of the field.

use std::collections::BTreeMap;
use std::fs;

use jsonschema::Validator;
use oam::diag::{Sink, code};
use oam::kubernetes::{Schemas, Version};
use oam::tree::{Node, Origin, read_yaml};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use crate::program::root;

/// One version's original schemas, by `apiVersion` and kind.
struct Original {
    version: Version,
    kinds: BTreeMap<(String, String), Validator>,
}

impl Original {
    fn read(minor: &str) -> Original {
        let text = fs::read_to_string(root().join(format!("tests/kubernetes/original/{minor}.txt"))).unwrap();
        let (mut names, mut definitions) = (Vec::new(), Map::new());
        for line in text.lines() {
            match line.split('\t').collect::<Vec<_>>()[..] {
                [api_version, kind, name] => names.push((api_version.to_owned(), kind.to_owned(), name.to_owned())),
                [name, schema] => {
                    let mut schema: Json = serde_json::from_str(schema).unwrap();
                    close(&mut schema);
                    definitions.insert(name.to_owned(), schema);
                }
                _ => panic!("{line}"),
            }
        }
        let definitions = Json::Object(definitions);
        let validator = |name: &str| {
            let schema = json!({"$ref": format!("#/$defs/{name}"), "$defs": definitions});
            jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&schema).unwrap()
        };
        let kinds = names.into_iter().map(|(api_version, kind, name)| ((api_version, kind), validator(&name))).collect();
        Original { version: Version::parse(minor).unwrap(), kinds }
    }

    fn of(&self, object: &Json) -> Option<&Validator> {
        let text = |key: &str| object[key].as_str().unwrap_or_default().to_owned();
        self.kinds.get(&(text("apiVersion"), text("kind")))
    }
}

/// Maps with declared fields take no others, as with strict field validation.
fn close(schema: &mut Json) {
    match schema {
        Json::Object(map) => {
            map.values_mut().for_each(close);
            if map.get("properties").is_some_and(Json::is_object) && !map.contains_key("additionalProperties") {
                map.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Json::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// The sound objects of kinds that the originals have.
fn objects(original: &Original) -> Vec<Json> {
    let mut files: Vec<_> = fs::read_dir(root().join("tests/kubernetes/sound")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut objects = Vec::new();
    for path in files {
        let mut sources = oam::source::Sources::new();
        let file = sources.add("x.yaml", fs::read_to_string(path).unwrap(), oam::source::Role::Nobody).unwrap();
        objects.extend(read_yaml(&file, &Sink::new()).into_iter().map(|document| document.root.to_json()));
    }
    objects.retain(|object| original.of(object).is_some());
    objects
}

/// Pointers to everything below the identity of an object.
fn places(value: &Json, here: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Json)> = match value {
        Json::Object(map) => map.iter().map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value)).collect(),
        Json::Array(items) => items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => return,
    };
    for (key, value) in children {
        let pointer = format!("{here}/{key}");
        places(value, &pointer, found);
        if pointer != "/apiVersion" && pointer != "/kind" {
            found.push(pointer);
        }
    }
}

#[derive(Clone, Debug)]
enum Change {
    Drop,
    Retype(Json),
    Rename(&'static str),
    Add(&'static str),
}

fn change() -> impl Strategy<Value = Change> {
    let values = [
        json!(null),
        json!(true),
        json!(7),
        json!(-1),
        json!(2.5),
        json!(5_000_000_000_i64),
        json!("text"),
        json!("12"),
        json!(""),
        json!([]),
        json!(["a"]),
        json!({}),
        json!({"a": "b"}),
        json!([{"name": "a"}]),
    ];
    let names = &["replica", "Name", "spec", "x"][..];
    prop_oneof![
        1 => Just(Change::Drop),
        3 => proptest::sample::select(values.to_vec()).prop_map(Change::Retype),
        1 => proptest::sample::select(names).prop_map(Change::Rename),
        1 => proptest::sample::select(names).prop_map(Change::Add),
    ]
}

fn mutate(object: &mut Json, place: usize, change: &Change) {
    let mut all = Vec::new();
    places(object, "", &mut all);
    let pointer = &all[place % all.len()];
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    if let Change::Retype(value) = change {
        *object.pointer_mut(pointer).unwrap() = value.clone();
        return;
    }
    if let (Change::Add(name), Some(Json::Object(map))) = (change, object.pointer_mut(pointer)) {
        map.insert((*name).to_owned(), json!("text"));
        return;
    }
    match (object.pointer_mut(parent).unwrap(), change) {
        (Json::Object(map), Change::Drop) => drop(map.remove(&key)),
        (Json::Object(map), Change::Rename(name)) => {
            let value = map.remove(&key).unwrap();
            map.insert((*name).to_owned(), value);
        }
        (Json::Object(map), Change::Add(name)) => drop(map.insert((*name).to_owned(), json!("text"))),
        (Json::Array(items), Change::Drop) => drop(items.remove(key.parse().unwrap())),
        _ => {}
    }
}

/// The object without nulls in maps, as a server reads it.
fn without_nulls(value: &Json) -> Json {
    match value {
        Json::Object(map) => {
            map.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.clone(), without_nulls(value))).collect()
        }
        Json::Array(items) => items.iter().map(without_nulls).collect(),
        scalar => scalar.clone(),
    }
}

/// What is wrong with our verdict, if anything is.
fn difference(original: &Original, object: &Json) -> Option<String> {
    let theirs = original.of(object)?;
    let node = Node::from_json(object, Origin::default());
    let sink = Sink::new();
    let ours = Schemas::bundled(original.version).kind_of(&node)?.shapes().validate(&node, "the object", &sink);
    let problems = sink.take().diagnostics;
    match (ours, theirs.is_valid(object)) {
        (true, true) | (false, false) => None,
        (true, false) => {
            let reasons: Vec<String> = theirs.iter_errors(object).map(|error| format!("{} at {}", error, error.instance_path())).collect();
            (!theirs.is_valid(&without_nulls(object))).then(|| format!("the schemas refuse it: {reasons:?}"))
        }
        // A `null` counts as absent, for what is required too.
        (false, true) if !theirs.is_valid(&without_nulls(object)) => None,
        (false, true) => {
            let listed = |problem: &&oam::diag::Diagnostic| {
                [code::VALUE_NOT_ALLOWED, code::BAD_FORMAT].contains(&problem.code)
                    || problem.code == code::WRONG_TYPE && problem.message.contains("must be an integer or a string, not `2.5`")
                    || problem.code == code::WRONG_TYPE && problem.message.ends_with(", not null")
                    // A number where text may stand too has 32 bits, which the schemas do not say.
                    || problem.code == code::OUT_OF_RANGE && problem.message.contains("2147483647")
                    || problem.code == code::OUT_OF_RANGE && problem.message.contains("-2147483648")
            };
            let others: Vec<&str> = problems.iter().filter(|problem| !listed(problem)).map(|problem| &*problem.message).collect();
            (!others.is_empty()).then(|| format!("we refuse it: {others:?}"))
        }
    }
}

#[test]
fn mutants_get_the_verdict_of_the_original_schemas() {
    let mut refused = 0;
    for minor in ["1.30", "1.37"] {
        let original = Original::read(minor);
        let objects = objects(&original);
        assert!(original.kinds.len() >= 18 && objects.len() >= 14, "{} objects of {} kinds", objects.len(), original.kinds.len());
        let config = ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() };
        let mut runner = proptest::test_runner::TestRunner::new(config);
        let changes = proptest::collection::vec((any::<usize>(), change()), 1..3);
        let seen = std::cell::Cell::new(0);
        let result = runner.run(&(0..objects.len(), changes), |(index, changes)| {
            let mut object = objects[index].clone();
            changes.iter().for_each(|(place, change)| mutate(&mut object, *place, change));
            if let Some(problem) = difference(&original, &object) {
                return Err(TestCaseError::fail(format!("{minor}: {problem}\n{object:#}")));
            }
            seen.set(seen.get() + usize::from(original.of(&object).is_some_and(|theirs| !theirs.is_valid(&object))));
            Ok(())
        });
        assert!(result.is_ok(), "{}", result.unwrap_err());
        refused += seen.get();
    }
    assert!(refused > 1000, "{refused} mutants were refused: most changes break an object");
}
