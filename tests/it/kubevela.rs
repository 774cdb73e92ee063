//! `tests/kubevela`: Applications of KubeVela render to what KubeVela makes of them, but for the listed differences.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use oam::diag::Sink;
use oam::source::{Role, Sources};
use oam::tree::read_yaml;
use serde_json::{Map, Value};

use crate::program::{oam, root};
use crate::sock_shop::matches;

/// Labels and annotations that are bookkeeping, theirs and ours.
const OWN: [&str; 5] = ["app.oam.dev/", "workload.oam.dev/", "trait.oam.dev/", "app.kubernetes.io/", "oam.dev/"];

/// Kinds without a namespace, which KubeVela gives one all the same.
const CLUSTER_SCOPED: [&str; 10] = [
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "PersistentVolume",
    "StorageClass",
    "CustomResourceDefinition",
    "PriorityClass",
    "IngressClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
];

fn folder() -> PathBuf {
    root().join("tests/kubevela")
}

fn read(text: String) -> Vec<Value> {
    let mut sources = Sources::new();
    let file = sources.add("objects.yaml", text, Role::Developer).unwrap();
    let sink = Sink::new();
    let documents = read_yaml(&file, &sink);
    assert!(!sink.has_errors(), "{:?}", sink.take());
    documents.iter().map(|document| document.root.to_json()).collect()
}

/// One difference from KubeVela that is meant.
struct Difference {
    title: String,
    cases: Vec<String>,
    /// Patterns of fields that differ, as `Kind/name path`.
    fields: Vec<String>,
    /// Part of the message with which the Application is refused.
    refused: Option<String>,
}

fn differences() -> Vec<Difference> {
    let list = read(fs::read_to_string(folder().join("differences.yaml")).unwrap()).remove(0);
    let texts = |entry: &Value, key: &str| -> Vec<String> {
        entry[key].as_array().into_iter().flatten().map(|item| item.as_str().unwrap().to_owned()).collect()
    };
    let entries = list.as_array().unwrap().iter();
    entries
        .map(|entry| {
            let title = entry["kubevela"].as_str().expect("what KubeVela does").to_owned();
            for key in ["oam", "why"] {
                assert!(entry[key].as_str().is_some_and(|text| text.len() > 10), "{title}: no `{key}`");
            }
            let refused = entry["refused"].as_str().map(str::to_owned);
            Difference { title, cases: texts(entry, "cases"), fields: texts(entry, "fields"), refused }
        })
        .collect()
}

/// What means the same is made the same: nulls, empty maps, bookkeeping labels, the order of variables and paths.
fn normal(mut object: Value) -> (String, Value) {
    let cluster_scoped = object["kind"].as_str().is_some_and(|kind| CLUSTER_SCOPED.contains(&kind));
    for field in ["labels", "annotations"] {
        if let Some(map) = object["metadata"][field].as_object_mut() {
            map.retain(|key, _| !OWN.iter().any(|own| key.starts_with(own)));
        }
    }
    if let Some(metadata) = object["metadata"].as_object_mut()
        && cluster_scoped
    {
        metadata.remove("namespace");
    }
    let selects_all = object["spec"].get("podSelector") == Some(&Value::Object(Map::new()));
    let mut object = pruned(object);
    if selects_all {
        object["spec"]["podSelector"] = Value::Object(Map::new());
    }
    let name = hashless(object["metadata"]["name"].as_str().unwrap_or_default());
    object["metadata"]["name"] = name.clone().into();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let namespace = text(&object["metadata"]["namespace"]);
    (format!("{} {}/{namespace}/{name}", text(&object["apiVersion"]), text(&object["kind"])), object)
}

/// A generated name without its hash.
fn hashless(name: &str) -> String {
    match name.rsplit_once('-') {
        Some((front, hash)) if (8..=10).contains(&hash.len()) && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) => {
            format!("{front}-HASH")
        }
        _ => name.to_owned(),
    }
}

fn pruned(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let sorted = |key: &str, value: Value| match (key, value) {
                ("env", Value::Array(items)) => Value::Array(by(items, "name")),
                ("paths", Value::Array(items)) => Value::Array(by(items, "path")),
                (_, value) => value,
            };
            let entries = map.into_iter().map(|(key, value)| {
                let value = pruned(sorted(&key, value));
                (key, value)
            });
            Value::Object(entries.filter(|(_, value)| !value.is_null() && value.as_object().is_none_or(|map| !map.is_empty())).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(pruned).collect()),
        other => other,
    }
}

fn by(mut items: Vec<Value>, key: &str) -> Vec<Value> {
    if items.iter().all(|item| item.get(key).is_some()) {
        items.sort_by_key(|item| item[key].to_string());
    }
    items
}

/// Objects by identity; one identity may stand for several.
fn objects(text: String) -> BTreeMap<String, Vec<Value>> {
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for object in read(text).into_iter().filter(Value::is_object) {
        let (id, object) = normal(object);
        let same = all.entry(id).or_default();
        if !same.contains(&object) {
            same.push(object);
        }
    }
    all
}

/// What tells the items of a list apart, if anything does.
fn ids(items: &[Value]) -> Option<Vec<String>> {
    let keys = ["name", "mountPath", "devicePath", "ip", "path", "host"];
    let key = keys.into_iter().find(|key| items.iter().all(|item| item.get(key).is_some()))?;
    let ids: Vec<String> = items.iter().map(|item| item[key].as_str().map_or_else(|| item[key].to_string(), str::to_owned)).collect();
    (ids.iter().collect::<BTreeSet<_>>().len() == ids.len()).then_some(ids)
}

/// The paths in which two values differ.
fn differing(path: &str, theirs: &Value, ours: &Value, out: &mut Vec<String>) {
    if theirs == ours {
        return;
    }
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
                differing(&format!("{path}.{key}"), a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null), out);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            let (Some(ids_a), Some(ids_b)) = (ids(a), ids(b)) else {
                out.push(path.to_owned());
                return;
            };
            if ids_a.iter().filter(|id| ids_b.contains(id)).ne(ids_b.iter().filter(|id| ids_a.contains(id))) {
                out.push(format!("{path} (order)"));
            }
            let item = |ids: &[String], items: &[Value], id: &String| {
                ids.iter().position(|known| known == id).map_or(Value::Null, |index| items[index].clone())
            };
            for id in ids_a.iter().chain(&ids_b).collect::<BTreeSet<_>>() {
                differing(&format!("{path}[{id}]"), &item(&ids_a, a, id), &item(&ids_b, b, id), out);
            }
        }
        _ => out.push(path.to_owned()),
    }
}

/// The fields in which a case differs, as `Kind/name path`, with the topology in front where there are several.
fn compare(topology: &str, expected: String, rendered: String, out: &mut Vec<String>) {
    let (theirs, ours) = (objects(expected), objects(rendered));
    for id in theirs.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
        let of = |side: &BTreeMap<String, Vec<Value>>| side.get(id).cloned().unwrap_or_default();
        let shown = format!("{topology}{id}");
        match (&of(&theirs)[..], &of(&ours)[..]) {
            ([a], [b]) => {
                let mut fields = Vec::new();
                differing("", a, b, &mut fields);
                out.extend(fields.iter().map(|field| format!("{shown} {}", field.trim_start_matches('.'))));
            }
            (a, []) if !a.is_empty() => out.push(format!("{shown} (missing)")),
            ([], _) => out.push(format!("{shown} (not expected)")),
            (a, b) => {
                let set = |items: &[Value]| items.iter().map(Value::to_string).collect::<BTreeSet<_>>();
                if set(a) != set(b) {
                    out.push(format!("{shown} (several)"));
                }
            }
        }
    }
}

/// All YAML files below a folder, as one stream.
fn stream(folder: &Path) -> String {
    let mut text = String::new();
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            text.push_str(&stream(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            text.push_str(&format!("---\n{}\n", fs::read_to_string(&path).unwrap()));
        }
    }
    text
}

/// What became of a case: the fields that differ, or why it is refused.
fn outcome(case: &Path) -> Result<Vec<String>, String> {
    let expected: Vec<(String, PathBuf)> = fs::read_dir(case)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_prefix("expected.")?.strip_suffix("yaml")?.trim_end_matches('.').to_owned();
            Some((name, path))
        })
        .collect();
    let mut differences = Vec::new();
    if let [(name, path)] = &expected[..]
        && name.is_empty()
    {
        let run = oam(case, ["render", "-f", "application.yaml"]);
        if run.code != 0 {
            return Err(run.stderr);
        }
        compare("", fs::read_to_string(path).unwrap(), run.stdout, &mut differences);
        return Ok(differences);
    }
    let out = tempfile::tempdir().unwrap();
    let run = oam(case, ["render", "-f", "application.yaml", "-o", out.path().to_str().unwrap()]);
    if run.code != 0 {
        return Err(run.stderr);
    }
    for (topology, path) in expected {
        compare(&format!("{topology}: "), fs::read_to_string(path).unwrap(), stream(&out.path().join(&topology)), &mut differences);
    }
    Ok(differences)
}

#[test]
fn applications_render_as_kubevela_does_but_for_the_listed_differences() {
    let mut cases: Vec<PathBuf> = fs::read_dir(folder().join("cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 144);
    let outcomes = Mutex::new(BTreeMap::new());
    let next = Mutex::new(cases.iter());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(case) = { next.lock().unwrap().next() } {
                    let outcome = outcome(case);
                    outcomes.lock().unwrap().insert(case.file_name().unwrap().to_str().unwrap().to_owned(), outcome);
                }
            });
        }
    });
    let list = differences();
    // Which entries of the list a case needs.
    let mut needed = BTreeSet::new();
    let mut problems = Vec::new();
    for (case, outcome) in outcomes.into_inner().unwrap() {
        let here = || list.iter().enumerate().filter(|(_, entry)| entry.cases.contains(&case));
        match outcome {
            Ok(fields) => {
                for field in fields {
                    match here().find(|(_, entry)| entry.fields.iter().any(|pattern| matches(pattern, &field))) {
                        Some((index, _)) => drop(needed.insert((index, case.clone()))),
                        None => problems.push(format!("{case}: {field} differs")),
                    }
                }
            }
            Err(report) => match here().find(|(_, entry)| entry.refused.as_deref().is_some_and(|part| report.contains(part))) {
                Some((index, _)) => drop(needed.insert((index, case.clone()))),
                None => problems.push(format!("{case} is refused:\n{report}")),
            },
        }
    }
    for (index, entry) in list.iter().enumerate() {
        assert!(!entry.cases.is_empty(), "{}: no case shows it", entry.title);
        for case in &entry.cases {
            if !needed.contains(&(index, case.clone())) {
                problems.push(format!("{case} is listed, and does not differ so: {}", entry.title));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_page_about_differences_shows_the_list() {
    let page = root().join("docs/kubevela-differences.md");
    let text = fs::read_to_string(&page).unwrap();
    let head = "| KubeVela | `oam` | why |\n| --- | --- | --- |\n";
    let rows: String = read(fs::read_to_string(folder().join("differences.yaml")).unwrap())[0]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| ["kubevela", "oam", "why"].map(|key| entry[key].as_str().unwrap().to_owned()).join(" | "))
        .map(|row| format!("| {row} |\n"))
        .collect();
    let above = text.split(head).next().unwrap();
    let current = format!("{above}{head}{rows}");
    if current != text && std::env::var_os("UPDATE").is_some() {
        fs::write(&page, current).unwrap();
        return;
    }
    assert!(current == text, "{} does not show the list: UPDATE=1 writes it", page.display());
}
