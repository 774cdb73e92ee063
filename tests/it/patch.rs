//! Strategic merge against kubectl, on recorded results (`scripts/patch-cases.py` records them; `tests/patch/differences.md` says
//! where the two differ on purpose, which the recorded cases steer clear of or the comparison below allows for).

use oam::diag::Sink;
use oam::kubernetes::{Schemas, Version};
use oam::patch::{strategic, strip_directives};
use oam::shape::ShapeId;
use oam::tree::{Node, Origin};
use serde_json::Value as Json;

/// Without what is not compared: the order of lists that merge by keys or as sets.
fn unordered(json: &Json, field: &str) -> Json {
    match json {
        Json::Object(map) => {
            let mut entries: Vec<_> = map.iter().map(|(key, value)| (key.clone(), unordered(value, key))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(entries.into_iter().collect())
        }
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(|item| unordered(item, "")).collect();
            // Lists that Kubernetes replaces keep their order.
            if !["args", "tolerations", "envFrom", "drop", "hostnames", "metrics", "rules", "list", "externalIPs", "volumeClaimTemplates"]
                .contains(&field)
            {
                items.sort_by_key(Json::to_string);
            }
            Json::Array(items)
        }
        scalar => scalar.clone(),
    }
}

#[test]
fn patches_give_what_kubectl_gives() {
    let schemas = Schemas::bundled(Version::DEFAULT);
    let cases = include_str!("../patch/kubectl.jsonl");
    assert_eq!(cases.lines().count(), 500);
    let mut differences = Vec::new();
    for line in cases.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let node = |field: &str| Node::from_json(&case[field], Origin::default());
        let base = node("base");
        let shape = schemas.kind_of(&base).map(|kind| (&**kind.shapes(), ShapeId::ROOT));
        let (sink, mut changes) = (Sink::new(), Vec::new());
        let result = strategic(base, &node("patch"), shape, &mut changes, &sink);
        let problems = sink.take().diagnostics;
        // kubectl leaves nulls and directives in what it takes over as a whole.
        let theirs = strip_directives(node("result")).to_json();
        let (ours, theirs) = (unordered(&result.to_json(), ""), unordered(&theirs, ""));
        if ours != theirs || !problems.is_empty() {
            differences.push(format!("{}: {problems:?}\n  patch  {}\n  ours   {ours}\n  theirs {theirs}", case["number"], case["patch"]));
        }
    }
    assert!(differences.is_empty(), "{} differ, the first:\n{}", differences.len(), differences[..differences.len().min(6)].join("\n"));
}
