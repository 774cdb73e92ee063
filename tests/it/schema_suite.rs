//! The JSON Schema Test Suite, draft 2020-12: the table and, beyond it, the full validator give the verdicts of the standard.

use std::path::Path;

use oam::diag::Sink;
use oam::shape::{Format, NoReferences, compile};
use oam::tree::{Node, Origin};
use serde_json::Value as Json;

/// Groups that are not for us, each with the reason.
const NOT_FOR_US: &[(&str, &str, &str)] = &[
    ("default", "invalid type for default", MUST_FIT),
    ("default", "invalid string value for default", MUST_FIT),
    ("default", "the default keyword does not do anything if the property is missing", MUST_FIT),
];
const MUST_FIT: &str = "here a default must fit its own schema";

fn cases(folder: &str) -> Vec<(String, Json)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schema-suite").join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: std::path::PathBuf| {
        let json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), json)
    };
    paths.into_iter().map(read).collect()
}

fn text<'a>(json: &'a Json, key: &str) -> &'a str {
    json[key].as_str().unwrap()
}

#[test]
fn every_verdict_is_that_of_the_standard() {
    let (mut run, mut wrong, mut used) = (0, Vec::new(), Vec::new());
    for (file, groups) in cases("draft2020-12") {
        for group in groups.as_array().unwrap() {
            let name = text(group, "description");
            if NOT_FOR_US.iter().any(|(known, group, _)| *known == file && *group == name) {
                used.push((file.clone(), name.to_owned()));
                continue;
            }
            let sink = Sink::new();
            let schema = Node::from_json(&group["schema"], Origin::default());
            let Some(shapes) = compile(&schema, &NoReferences, &sink) else {
                wrong.push(format!("(\"{file}\", \"{name}\", \"\"), // refused: {}", sink.take().diagnostics[0].message));
                continue;
            };
            for test in group["tests"].as_array().unwrap() {
                run += 1;
                let value = Node::from_json(&test["data"], Origin::default());
                let sink = Sink::new();
                let fits = shapes.validate(&value, "the value", &sink);
                let report = sink.take();
                if fits != test["valid"].as_bool().unwrap() || fits == report.has_errors() {
                    wrong.push(format!("{file}: {name}: {}: {fits}, {report:?}", text(test, "description")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {run}:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(used.len(), NOT_FOR_US.len(), "a group that is left out does not exist");
    assert!(run > 1000, "{run}");
}

#[test]
fn formats_take_what_the_standard_takes() {
    let mut wrong = Vec::new();
    for (file, groups) in cases("format") {
        let format = Format::named(&file).unwrap();
        for group in groups.as_array().unwrap() {
            for test in group["tests"].as_array().unwrap() {
                let value = Node::from_json(&test["data"], Origin::default());
                if format.takes(&value.value) != test["valid"].as_bool().unwrap() {
                    wrong.push(format!("{file}: {}: {}", text(test, "description"), test["data"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
