//! `examples/sock-shop`: `dev` is the upstream's manifests, field by field, and its policies allow the documented flows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use oam::diag::Sink;
use oam::source::{Role, Sources};
use oam::tree::read_yaml;
use serde_json::{Value, json};

fn objects(text: String) -> BTreeMap<String, Value> {
    let mut sources = Sources::new();
    let file = sources.add("objects.yaml", text, Role::Developer).unwrap();
    let sink = Sink::new();
    let documents = read_yaml(&file, &sink);
    assert!(!sink.has_errors(), "{:?}", sink.take());
    documents
        .iter()
        .map(|document| {
            let object = document.root.to_json();
            (format!("{}/{}", object["kind"].as_str().unwrap(), object["metadata"]["name"].as_str().unwrap()), object)
        })
        .collect()
}

fn upstream(file: &str) -> BTreeMap<String, Value> {
    objects(std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sock-shop").join(file)).unwrap())
}

fn rendered(environment: &str) -> BTreeMap<String, Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_oam"))
        .args(["render", environment, "-o", "-", "-C"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sock-shop"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    objects(String::from_utf8(output.stdout).unwrap())
}

/// The fields in which two values differ, lists of named things told by name.
fn compare(path: &str, ours: &Value, theirs: &Value, out: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
                compare(&format!("{path}.{key}"), a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null), out);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            let id = |item: &Value| -> String {
                ["containerPort", "port", "mountPath", "name"]
                    .iter()
                    .find_map(|key| item.get(key).map(|value| value.to_string().trim_matches('"').to_owned()))
                    .unwrap_or_else(|| item.to_string())
            };
            for key in a.iter().chain(b).map(id).collect::<BTreeSet<_>>() {
                let find = |list: &[Value]| list.iter().find(|item| id(item) == key).cloned().unwrap_or(Value::Null);
                compare(&format!("{path}[{key}]"), &find(a), &find(b), out);
            }
        }
        (Value::Null, Value::Object(b)) => b.iter().for_each(|(key, value)| compare(&format!("{path}.{key}"), &Value::Null, value, out)),
        (Value::Object(a), Value::Null) => a.iter().for_each(|(key, value)| compare(&format!("{path}.{key}"), value, &Value::Null, out)),
        _ if ours != theirs => out.push(format!("{path}: {ours} here, {theirs} upstream")),
        _ => {}
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for any text.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    rest.is_empty() || last == Some("")
}

#[test]
fn dev_is_the_upstream_but_for_the_listed_differences() {
    let list = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sock-shop/differences.tsv")).unwrap();
    let allowed: Vec<(&str, &str)> = list
        .lines()
        .map(|line| {
            let mut columns = line.split('\t');
            let row = (columns.next().unwrap(), columns.next().unwrap());
            assert!(columns.next().is_some_and(|reason| reason.len() > 10), "no reason: {line}");
            row
        })
        .collect();
    let (ours, theirs) = (rendered("dev"), upstream("upstream.yaml"));
    assert_eq!(theirs.len(), 29, "fourteen workloads, their Services and the Namespace");
    let mut used = BTreeSet::new();
    let mut unexplained = Vec::new();
    for name in ours.keys().chain(theirs.keys()).collect::<BTreeSet<_>>() {
        let mut differences = Vec::new();
        match (ours.get(name), theirs.get(name)) {
            (Some(a), Some(b)) => compare("", a, b, &mut differences),
            (Some(_), None) => differences.push(": not upstream".to_owned()),
            _ => differences.push(": not here".to_owned()),
        }
        for difference in differences {
            let path = difference.split(": ").next().unwrap_or_default();
            match allowed.iter().position(|(object, pattern)| matches(object, name) && matches(pattern, path)) {
                Some(index) => {
                    used.insert(index);
                }
                None => unexplained.push(format!("{name} {difference}")),
            }
        }
    }
    assert!(unexplained.is_empty(), "differences that nobody explained:\n{}", unexplained.join("\n"));
    let stale: Vec<_> = (0..allowed.len()).filter(|index| !used.contains(index)).map(|index| allowed[index]).collect();
    assert!(stale.is_empty(), "explained, but not there: {stale:?}");
}

/// What calls what, as the table in the example's README says.
fn flows() -> BTreeSet<(String, String)> {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sock-shop/README.md")).unwrap();
    let (_, table) = page.split_once("## Who talks to whom").unwrap();
    let names = |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| {
        let cells: Vec<&str> = row.split('|').collect();
        let from = names(cells[1]).remove(0);
        names(cells[2]).into_iter().map(move |to| (from.clone(), to))
    })
    .collect()
}

#[test]
fn the_policies_of_dev_allow_the_documented_flows_and_no_other() {
    let objects = rendered("dev");
    let expected = flows();
    assert_eq!(expected.len(), 15);
    let component = |selector: &Value| selector["matchLabels"]["name"].as_str().map(str::to_owned);
    let (mut ingress, mut egress, mut elsewhere) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for policy in objects.values().filter(|object| object["kind"] == "NetworkPolicy") {
        let Some(own) = component(&policy["spec"]["podSelector"]) else {
            assert_eq!(policy["spec"]["podSelector"], json!({}), "only default-deny and DNS select everything");
            continue;
        };
        for rule in policy["spec"]["ingress"].as_array().into_iter().flatten() {
            for peer in rule["from"].as_array().into_iter().flatten() {
                assert!(rule["ports"].as_array().is_some_and(|ports| !ports.is_empty()), "a flow names its ports");
                match component(&peer["podSelector"]) {
                    Some(other) => drop(ingress.insert((other, own.clone()))),
                    None => elsewhere.push(format!("{own} from {peer} at {}", rule["ports"][0]["port"])),
                }
            }
            if rule["from"].is_null() {
                elsewhere.push(format!("{own} from everybody at {}", rule["ports"][0]["port"]));
            }
        }
        for rule in policy["spec"]["egress"].as_array().into_iter().flatten() {
            for peer in rule["to"].as_array().into_iter().flatten() {
                if let Some(other) = component(&peer["podSelector"]) {
                    egress.insert((own.clone(), other));
                }
            }
        }
    }
    assert_eq!(ingress, expected);
    assert_eq!(egress, expected);
    let monitoring = r#"{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"monitoring"}}}"#;
    assert_eq!(elsewhere, ["front-end from everybody at 8079".to_owned(), format!("rabbitmq from {monitoring} at 9090")]);
    let deny = &objects["NetworkPolicy/default-deny"]["spec"];
    assert_eq!(*deny, json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}));
}
