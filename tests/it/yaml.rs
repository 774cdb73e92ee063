//! YAML as Kubernetes reads it, and written so that Kubernetes reads what was meant. `tests/yaml/README.md` says what the data is.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use oam::diag::{Severity, Sink};
use oam::source::{Role, SourceFile, Sources};
use oam::tree::{Node, Origin, Value, emit, read_yaml};
use serde_json::{Value as Json, json};

use crate::program::{root, updating};

fn file(text: impl Into<String>) -> Arc<SourceFile> {
    Sources::new().add("case.yaml", text.into(), Role::Developer).unwrap()
}

/// What we read below `v`; the first error otherwise.
fn read(text: &str) -> Result<Node, String> {
    let sink = Sink::new();
    let documents = read_yaml(&file(text), &sink);
    match sink.take().diagnostics.iter().find(|problem| problem.severity == Severity::Error) {
        Some(problem) => Err(format!("{}: {}", problem.code, problem.message)),
        None => documents.first().and_then(|document| document.root.field("v").cloned()).ok_or("no `v`".to_owned()),
    }
}

/// Equal to what `kubectl` prints, which has numbers as doubles.
fn equal(ours: &Node, theirs: &Json) -> bool {
    match (&ours.value, theirs) {
        (Value::Int(value), Json::Number(number)) => number.as_f64() == Some(*value as f64),
        (Value::UInt(value), Json::Number(number)) => number.as_f64() == Some(*value as f64),
        (Value::Float(value), Json::Number(number)) => number.as_f64() == Some(*value),
        (Value::List(ours), Json::Array(theirs)) => ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| equal(a, b)),
        (Value::Map(ours), Json::Object(theirs)) => {
            ours.len() == theirs.len() && ours.iter().all(|e| theirs.get(e.key.as_str()).is_some_and(|their| equal(&e.node, their)))
        }
        _ => ours.to_json() == *theirs,
    }
}

/// The values below `v` that `kubectl` reads in a file or folder, by the names of their objects. `None` if it is not installed.
fn kubectl(path: &Path) -> Option<BTreeMap<String, Json>> {
    let output = Command::new("kubectl").args(["annotate", "--local", "-o", "json", "read=yes", "-f"]).arg(path).output().ok()?;
    let objects = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Json>().map(Result::unwrap);
    Some(objects.map(|mut object| (object["metadata"]["name"].as_str().unwrap_or_default().to_owned(), object["v"].take())).collect())
}

fn head(number: usize) -> String {
    format!("apiVersion: example.com/v1\nkind: Case\nmetadata: {{name: case-{number}}}\n")
}

/// Where we differ from `kubectl`, and why.
const DIFFERENCES: [(&str, &str); 16] = [
    ("v: \"\\/\"\n", "an escape of JSON, which JSON files have"),
    ("v:\n  \"\\/\": v\n", "the same in a key"),
    ("v: \"\\ud83d\\ude00\"\n", "two escapes for one character, which JSON files have"),
    ("v:\n  \"\\ud83d\\ude00\": v\n", "the same in a key"),
    ("v:\n  !!str: v\n", "a tag that ends in a colon is a mistake for `!!str :`"),
    ("v:\n  !!int: v\n", "the same"),
    ("v:\n  !!null: v\n", "the same"),
    ("v:\n  !!float .inf: v\n", "a number that JSON lacks is refused wherever it is tagged as one"),
    ("v:\n  &a: v\n", "the name of an anchor may end in a colon since YAML 1.2"),
    (
        "v:\n  a: &x {b: 1, c: 2}\n  d:\n    b: 9\n    <<: *x\n",
        "own keys win over merged ones wherever they stand, as the type of `<<` says",
    ),
    ("v:\n  yes: a\n  0x10: b\n", "the word `yes` is meant, see `WORD_KEYS`"),
    ("v:\n  a: !foo b\n", "a tag that is ignored is a mistake or a misunderstanding"),
    ("v:\n  a: !foo {b: 1}\n", "the same"),
    ("v:\n  a: !!set {b, c}\n", "the same"),
    ("v:\n  a: 1\n  a: 2\n", "the last of equal keys would win silently"),
    ("v:\n  a: {b: 1, b: 2}\n", "the same"),
];

/// Keys that are booleans to `kubectl`, which makes `true` and `false` of them. Who writes `on: …` means `on`, and we write it in quotes.
const WORD_KEYS: [&str; 16] = ["y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF"];

#[test]
fn yaml_means_what_it_means_to_kubectl() {
    let recorded = fs::read_to_string(root().join("tests/yaml/kubectl.jsonl")).unwrap();
    let mut wrong = Vec::new();
    let mut differences: Vec<&str> = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    let cases: Vec<Json> = recorded.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() > 700);
    for (number, case) in cases.iter().enumerate() {
        let text = case["yaml"].as_str().unwrap();
        fs::write(folder.path().join(format!("{number}.yaml")), head(number) + text).unwrap();
        let (ours, theirs) = (read(text), case.get("json"));
        let same = match (&ours, theirs) {
            (Ok(ours), Some(theirs)) => equal(ours, theirs),
            (Err(_), None) => true,
            _ => false,
        };
        if same {
            continue;
        }
        match DIFFERENCES.iter().find(|(known, _)| *known == text) {
            Some((known, _)) => differences.push(known),
            None if text.strip_prefix("v:\n  ").and_then(|rest| rest.strip_suffix(": v\n")).is_some_and(|key| WORD_KEYS.contains(&key)) => {
            }
            None => {
                let theirs = theirs.map_or("refuses it".to_owned(), |theirs| format!("reads {theirs}"));
                wrong.push(format!("{text:?}: kubectl {theirs}, we {:?}", ours.map(|node| node.to_json().to_string())));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (known, why) in DIFFERENCES {
        assert!(differences.contains(&known), "no difference any more in {known:?}: {why}");
    }
    if let Some(read) = kubectl(folder.path()) {
        for (number, case) in cases.iter().enumerate() {
            assert_eq!(read.get(&format!("case-{number}")), case.get("json"), "recorded otherwise: {}", case["yaml"]);
        }
    }
}

/// Every hostile text as a value, in lists, in a list in a list and as a key.
fn hostile() -> Vec<(String, Json)> {
    let texts: Vec<String> = serde_json::from_str(&fs::read_to_string(root().join("tests/yaml/strings.json")).unwrap()).unwrap();
    texts
        .into_iter()
        .map(|text| {
            let mut value = json!({"text": text, "list": [text, [text], {"in": text, "after": 1}], "end": text});
            value["keys"] = Json::Object([(text.clone(), json!(text))].into_iter().collect());
            value["key of a list"] = Json::Object([(text.clone(), json!([text]))].into_iter().collect());
            (text, value)
        })
        .collect()
}

#[test]
fn hostile_text_is_written_so_that_kubectl_reads_it_as_it_is() {
    let mut stream = String::new();
    let cases = hostile();
    assert!(cases.len() > 700);
    for (number, (text, value)) in cases.iter().enumerate() {
        let object = json!({"apiVersion": "example.com/v1", "kind": "Case", "metadata": {"name": format!("case-{number}")}, "v": value});
        let start = stream.len();
        emit(&Node::from_json(&object, Origin::default()), &mut stream);
        let ours = read(&stream[start..]).unwrap_or_else(|problem| panic!("{text:?}: {problem}\n{}", &stream[start..]));
        assert_eq!(ours.to_json(), *value, "{}", &stream[start..]);
        assert_eq!(stream[start..].lines().filter(|line| line.ends_with([' ', '\t'])).count(), 0, "{text:?}");
        stream.push_str("---\n");
        // A text alone is a document too.
        let mut alone = String::new();
        emit(&Node::str(&**text, Origin::default()), &mut alone);
        let documents = read_yaml(&file(&*alone), &Sink::new());
        assert_eq!(documents[0].root.as_str(), Some(&**text), "{alone:?}");
    }
    let path = root().join("tests/yaml/strings.yaml");
    let folder = tempfile::tempdir().unwrap();
    let written = folder.path().join("strings.yaml");
    fs::write(&written, &stream).unwrap();
    let read = kubectl(&written);
    if let Some(read) = &read {
        for (number, (text, value)) in cases.iter().enumerate() {
            assert_eq!(read.get(&format!("case-{number}")), Some(value), "{text:?}");
        }
    }
    if updating() {
        assert!(read.is_some(), "what kubectl has read is recorded: it must be installed");
        fs::write(&path, &stream).unwrap();
    }
    let recorded = fs::read_to_string(&path).unwrap_or_default();
    let differs = recorded.lines().zip(stream.lines()).find(|(recorded, now)| recorded != now);
    assert!(recorded == stream, "not as `kubectl` has read it; the first difference: {differs:?} (UPDATE=1 records it, with kubectl)");
}
