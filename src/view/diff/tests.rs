//! What people read.

use serde_json::json;

use super::{Changed, Place, changed, collapse, text};
use crate::diff::Pair;
use crate::kubernetes::{ObjectId, Schemas, Version};
use crate::tree::{Node, Origin};

fn change(target: &str, name: &str, old: serde_json::Value, new: serde_json::Value) -> Changed {
    let object = |mut value: serde_json::Value| {
        value["metadata"] = json!({"name": name});
        Node::from_json(&value, Origin::default())
    };
    let (old, new) = (object(old), object(new));
    let id = ObjectId::of(&new).unwrap();
    let place = Place { target: target.into(), application: "shop".into(), object: name.into(), moved_from: None, renamed: None };
    let schemas = Schemas::bundled(Version::NEWEST);
    changed(&Pair { id: &id, old: Some(&old), new: Some(&new) }, schemas.kind_of(&new), place, None, None).unwrap()
}

fn deployment(replicas: u8, hash: &str) -> serde_json::Value {
    let template = json!({"metadata": {"annotations": {"oam.dev/config-hash": hash}}});
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": replicas, "template": template}})
}

#[test]
fn the_same_change_is_one_entry() {
    let mut changes = Vec::new();
    for target in ["dev", "prod/eu", "prod/us"] {
        for (name, hash) in [("a", "0123456789abcdef"), ("b", "fedcba9876543210")] {
            changes.push(change(target, name, deployment(2, "aaaaaaaaaaaaaaaa"), deployment(1, hash)));
        }
    }
    changes.push(change("dev", "c", deployment(2, "aaaaaaaaaaaaaaaa"), deployment(3, "0123456789abcdef")));
    let entries = collapse(&changes);
    assert_eq!(entries.iter().map(|entry| entry.objects.len()).collect::<Vec<_>>(), [6, 1]);
    let shown = text(&entries, false, false);
    assert_eq!(
        shown,
        "~ Deployment × 2  in dev, prod/eu, prod/us (application shop)  [capacity, restart]\n    \
             ~ spec.replicas: 2 → 1\n    \
             ~ spec.template.metadata.annotations[oam.dev/config-hash]: (another hash)\n\
         ~ Deployment c  in dev (application shop)  [restart]\n    \
             ~ spec.replicas: 2 → 3\n    \
             ~ spec.template.metadata.annotations[oam.dev/config-hash]: aaaaaaaaaaaaaaaa → 0123456789abcdef\n"
    );
}

#[test]
fn texts_are_shown_by_line_and_maps_as_yaml() {
    let map = |data: serde_json::Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "data": data});
    let old = json!({"run.sh": "#!/bin/sh\nset -e\necho a\nexit 0\n", "gone": "x"});
    let new = json!({"run.sh": "#!/bin/sh\nset -e\necho \u{1b}[31mb\nexit 0\n", "new": "two\nlines\n"});
    let shown = text(&collapse(&[change("dev", "c", map(old), map(new))]), false, false);
    assert_eq!(
        shown,
        "~ ConfigMap c  in dev (application shop)\n    \
             ~ data[run.sh]:\n          \
               set -e\n        \
             - echo a\n        \
             + echo ␛[31mb\n          \
               exit 0\n    \
             + data.new:\n        \
             + two\n        \
             + lines\n    \
             - data.gone: x\n",
        "{shown}"
    );
}
