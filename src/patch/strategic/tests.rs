//! Every directive and rule of strategic merge, on a small Deployment.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::kubernetes::{Schemas, Version};
use crate::source::Pos;
use crate::tree::Value;

fn node(json: &Json, at: u32) -> Node {
    Node::from_json(json, Origin::written(Pos::new(at)))
}

struct Merged {
    node: Node,
    changes: Vec<String>,
    errors: Vec<String>,
}

/// The patch, as a person who wrote it sees what it did; a change that was not declared ends in `!`.
fn merged(base: &Json, patch: &Json) -> Merged {
    let schemas = Schemas::bundled(Version::DEFAULT);
    let kind = schemas.kind("apps/v1", "Deployment").unwrap();
    let (sink, mut changes) = (Sink::new(), Vec::new());
    let node = strategic(node(base, 1), &node(patch, 2), Some((kind.shapes(), ShapeId::ROOT)), &mut changes, &sink);
    let changes = changes.iter().map(|change| {
        assert_eq!(change.by.at, Pos::new(2));
        format!("{}{}", change.path, if change.declared { "" } else { "!" })
    });
    let errors = sink.take().diagnostics.into_iter().map(|d| match d.help {
        Some(help) => format!("{}; {help}", d.message),
        None => d.message,
    });
    Merged { node, changes: changes.collect(), errors: errors.collect() }
}

fn base() -> Json {
    json!({"spec": {"replicas": 2, "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}, "template": pod(json!({
        "containers": [
            {"name": "main", "image": "a:1", "args": ["x"], "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
             "ports": [{"containerPort": 53}, {"containerPort": 53, "protocol": "UDP", "name": "dns"}]},
            {"name": "side", "image": "b:1"},
        ],
        "tolerations": [{"key": "t"}],
        "volumes": [{"name": "data", "emptyDir": {}}],
    }))}})
}

fn pod(spec: Json) -> Json {
    json!({"spec": spec})
}

fn deployment(pod_spec: Json) -> Json {
    json!({"spec": {"template": pod(pod_spec)}})
}

/// What a patch of the pod makes of a field of the pod.
fn pod_field(patch: Json, field: &str) -> (Json, Vec<String>, Vec<String>) {
    let merged = merged(&base(), &deployment(patch));
    let field = merged.node.at(&["spec", "template", "spec", field]).map_or(Json::Null, Node::to_json);
    let short = |text: String| text.replace("spec.template.spec.", "");
    (field, merged.changes.into_iter().map(short).collect(), merged.errors.into_iter().map(short).collect())
}

fn main_container(patch: Json) -> (Json, Vec<String>, Vec<String>) {
    let mut container = json!({"name": "main"});
    container.as_object_mut().unwrap().extend(patch.as_object().unwrap().clone());
    let (containers, changes, errors) = pod_field(json!({"containers": [container]}), "containers");
    let short = |text: String| text.replace("containers[name=main].", "");
    (containers[0].clone(), changes.into_iter().map(short).collect(), errors.into_iter().map(short).collect())
}

const NONE: [&str; 0] = [];

#[test]
fn maps_merge_by_key_and_keyed_lists_item_by_item() {
    let (env, changes, errors) = main_container(json!({"env": [{"name": "C", "value": "3"}, {"name": "B", "value": "2"}]}));
    assert_eq!(env["env"], json!([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "C", "value": "3"}]));
    assert_eq!((changes, errors), (vec![], vec![]), "an equal value is no change");
    let (containers, changes, _) =
        pod_field(json!({"containers": [{"name": "new", "image": "c"}, {"name": "side", "image": "b:2"}]}), "containers");
    let names: Vec<_> = containers.as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["main", "side", "new"], "order is kept, new items follow");
    assert_eq!(changes, ["containers[name=side].image!"]);
}

#[test]
fn an_absent_key_counts_as_its_default() {
    let (main, changes, _) =
        main_container(json!({"ports": [{"containerPort": 53, "protocol": "TCP", "name": "tcp"}, {"containerPort": 80}]}));
    let expected = json!([
        {"containerPort": 53, "protocol": "TCP", "name": "tcp"}, {"containerPort": 53, "protocol": "UDP", "name": "dns"}, {"containerPort": 80},
    ]);
    assert_eq!((main["ports"].clone(), changes.len()), (expected, 0));
    let (main, ..) = main_container(json!({"ports": [{"containerPort": 53, "protocol": null, "name": "tcp"}]}));
    assert_eq!(main["ports"][0], json!({"containerPort": 53, "name": "tcp"}), "a null is absent too");
}

#[test]
fn other_lists_are_replaced_and_that_is_a_change() {
    let (main, changes, _) = main_container(json!({"args": ["y"]}));
    assert_eq!((main["args"].clone(), changes), (json!(["y"]), vec!["args!".to_owned()]));
    let (_, changes, _) = main_container(json!({"command": ["y"], "args": ["x"]}));
    assert_eq!(changes, NONE, "nothing was there, or the same");
}

#[test]
fn null_deletes_and_never_survives() {
    let (main, changes, errors) =
        main_container(json!({"args": null, "command": null, "resources": {"limits": null, "requests": {"cpu": 1}}}));
    assert_eq!((main.get("args"), main.get("command")), (None, None));
    assert_eq!(main["resources"], json!({"requests": {"cpu": 1}}));
    assert_eq!((changes, errors), (vec!["args".to_owned()], vec![]));
}

#[test]
fn a_field_that_retains_keys_keeps_only_the_patch_s() {
    let merged_one = merged(&base(), &json!({"spec": {"strategy": {"type": "Recreate"}}}));
    assert_eq!(merged_one.node.at(&["spec", "strategy"]).unwrap().to_json(), json!({"type": "Recreate"}));
    assert_eq!(merged_one.changes, ["spec.strategy.type!", "spec.strategy.rollingUpdate!"]);
    let (volumes, changes, _) = pod_field(json!({"volumes": [{"name": "data", "configMap": {"name": "x"}}]}), "volumes");
    assert_eq!(volumes, json!([{"name": "data", "configMap": {"name": "x"}}]));
    assert_eq!(changes, NONE, "an empty map was all that went");
}

#[test]
fn override_declares_what_changes_below() {
    let (main, changes, _) = main_container(json!({"$patch": "override", "image": "a:2", "env": [{"name": "A", "value": "9"}]}));
    assert_eq!((main["image"].clone(), main["env"][0]["value"].clone(), main.get("$patch")), (json!("a:2"), json!("9"), None));
    assert_eq!(changes, ["image", "env[name=A].value"]);
}

#[test]
fn replace_replaces_a_map_an_item_or_a_list() {
    let patch = json!({"spec": {"strategy": {"$patch": "replace", "rollingUpdate": {"maxSurge": 2}}}});
    let one = merged(&base(), &patch);
    assert_eq!(one.node.at(&["spec", "strategy"]).unwrap().to_json(), json!({"rollingUpdate": {"maxSurge": 2}}));
    assert_eq!(one.changes, ["spec.strategy"]);
    let (main, changes, _) = main_container(json!({"env": [{"$patch": "replace", "name": "A"}]}));
    assert_eq!((main["env"].clone(), changes), (json!([{"name": "A"}, {"name": "B", "value": "2"}]), vec!["env[name=A]".to_owned()]));
    let (main, changes, _) = main_container(json!({"env": [{"$patch": "replace"}, {"name": "Z", "$patch": "replace", "value": null}]}));
    assert_eq!((main["env"].clone(), changes), (json!([{"name": "Z"}]), vec!["env".to_owned()]));
    let (main, changes, _) = main_container(json!({"args": [{"$patch": "replace"}, "z"]}));
    assert_eq!((main["args"].clone(), changes), (json!(["z"]), vec!["args".to_owned()]));
}

#[test]
fn delete_removes_a_map_or_an_item() {
    let (main, changes, errors) = main_container(json!({"env": [{"name": "A", "$patch": "delete"}, {"name": "Q", "$patch": "delete"}]}));
    assert_eq!(main["env"], json!([{"name": "B", "value": "2"}]));
    assert_eq!((changes, errors), (vec!["env[name=A]".to_owned()], vec![]));
    let one = merged(&base(), &json!({"spec": {"strategy": {"$patch": "delete"}, "selector": {"$patch": "delete"}}}));
    assert!(one.node.at(&["spec", "strategy"]).is_none() && one.node.at(&["spec", "selector"]).is_none());
    assert_eq!(one.changes, ["spec.strategy"]);
    assert!(merged(&base(), &json!({"$patch": "delete"})).node.is_null());
    let (containers, ..) = pod_field(json!({"initContainers": [{"name": "a", "$patch": "delete"}, {"name": "b"}]}), "initContainers");
    assert_eq!(containers, json!([{"name": "b"}]), "nothing was there");
}

#[test]
fn add_and_update_say_what_must_be_there() {
    let (main, _, errors) =
        main_container(json!({"env": [{"name": "N", "value": "1", "$patch": "add"}, {"name": "A", "value": "1", "$patch": "update"}]}));
    assert_eq!((main["env"].as_array().unwrap().len(), errors.len()), (3, 0));
    assert_eq!(main["env"][2], json!({"name": "N", "value": "1"}));
    let (main, changes, errors) = main_container(json!({"env": [{"name": "A", "value": "7", "$patch": "add"}]}));
    assert_eq!((main["env"][0]["value"].clone(), changes), (json!("1"), vec![]), "left as it was");
    assert_eq!(errors, ["the item `name=A` that is to be added is there already (`env[name=A]`); leave one of the two out"]);
    let (_, _, errors) = pod_field(json!({"containers": [{"name": "mian", "image": "x", "$patch": "update"}]}), "containers");
    assert_eq!(errors, ["there is no item `name=mian` to update (`containers[name=mian]`); did you mean `name=main`?"]);
    let (_, _, errors) = pod_field(json!({"initContainers": [{"name": "a", "$patch": "update"}]}), "containers");
    assert_eq!(errors.len(), 1, "also where there is no list at all");
}

#[test]
fn append_adds_to_a_list_without_keys() {
    let (tolerations, changes, errors) = pod_field(json!({"tolerations": [{"$patch": "append", "key": "u"}]}), "tolerations");
    assert_eq!((tolerations, changes, errors), (json!([{"key": "t"}, {"key": "u"}]), vec![], vec![]));
    let (main, changes, _) = main_container(json!({"args": [{"$patch": "append"}, "y"]}));
    assert_eq!((main["args"].clone(), changes), (json!(["x", "y"]), vec![]));
    let (main, ..) = main_container(json!({"command": [{"$patch": "append"}, "y"]}));
    assert_eq!(main["command"], json!(["y"]), "to nothing");
    let (tolerations, _, errors) = pod_field(json!({"tolerations": [{"$patch": "append", "key": "u"}, {"key": "v"}]}), "tolerations");
    assert_eq!(tolerations, json!([{"key": "t"}]));
    assert!(errors[0].starts_with("an item without `$patch: append` among items that are appended"), "{errors:?}");
}

#[test]
fn sets_are_united() {
    let with = |finalizers: &[&str]| json!({"metadata": {"finalizers": finalizers}});
    let one = merged(&with(&["a", "b"]), &with(&["b", "c"]));
    assert_eq!((one.node.to_json(), one.changes.len()), (with(&["a", "b", "c"]), 0));
}

#[test]
fn mistakes_are_told_and_change_nothing() {
    for (patch, message) in [
        (json!({"env": [{"value": "1"}]}), "the item lacks `name`, by which this list is merged"),
        (json!({"env": [{"name": "A", "$patch": "append"}]}), "`$patch: append` is for lists without merge keys"),
        (json!({"env": [{"$patch": "append"}]}), "`$patch: append` alone in an item says nothing of a list with merge keys"),
        (json!({"resources": {"$patch": "repalce"}}), "there is no directive `$patch: repalce`; did you mean `replace`?"),
        (json!({"$retainKeys": ["name"]}), "there is no directive `$retainKeys`"),
        (json!({"envFrom": [{"$patch": "delete", "prefix": "A"}]}), "`$patch: delete` needs a list with merge keys, which this is not"),
        (json!({"$setElementOrder/env": []}), "there is no directive `$setElementOrder/env`"),
    ] {
        let mut with = base();
        with["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({"limits": {"cpu": "1"}});
        with["spec"]["template"]["spec"]["containers"][0]["envFrom"] = json!([{"prefix": "A"}]);
        let mut item = patch.clone();
        item["name"] = json!("main");
        let one = merged(&with, &deployment(json!({"containers": [item]})));
        assert_eq!(one.errors.len(), 1, "{patch}: {:?}", one.errors);
        assert!(one.errors[0].starts_with(message), "{}", one.errors[0]);
        assert_eq!((one.node.to_json(), one.changes.len()), (with, 0), "{patch}");
    }
}

#[test]
fn without_a_shape_lists_are_replaced() {
    let mut changes = Vec::new();
    let (base, patch) = (node(&json!({"a": [{"name": "x", "v": 1}]}), 1), node(&json!({"a": [{"name": "x", "v": 2}], "$ref": "#"}), 2));
    let result = strategic(base, &patch, None, &mut changes, &Sink::new());
    assert_eq!(result.to_json(), json!({"a": [{"name": "x", "v": 2}], "$ref": "#"}), "a dollar alone is no directive");
    assert_eq!((changes.len(), changes[0].path.as_str()), (1, "a"));
}

#[test]
fn what_a_patch_does_not_touch_stays_shared_with_its_origin() {
    let schemas = Schemas::bundled(Version::DEFAULT);
    let shapes = schemas.kind("apps/v1", "Deployment").unwrap().shapes();
    let base = node(&base(), 1);
    let patch = node(&json!({"spec": {"replicas": 3}}), 2);
    let result = strategic(base.clone(), &patch, Some((shapes, ShapeId::ROOT)), &mut Vec::new(), &Sink::new());
    let template = |node: &Node| match &node.at(&["spec", "template"]).unwrap().value {
        Value::Map(entries) => entries.clone(),
        other => panic!("{other:?}"),
    };
    assert!(Arc::ptr_eq(&template(&base), &template(&result)));
    assert_eq!(result.at(&["spec", "replicas"]).unwrap().origin.at, Pos::new(2));
    assert_eq!(result.field("spec").unwrap().origin.at, Pos::new(1));
}

/// Objects over few keys, some of which are lists with keys in a Deployment.
fn objects() -> impl Strategy<Value = Json> {
    let env = proptest::collection::btree_map("[A-C]", "[0-2]", 0..3)
        .prop_map(|env| env.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect::<Vec<_>>());
    let container = (env, proptest::collection::vec("[xy]", 0..3), proptest::option::of("[a-c]")).prop_map(|(env, args, image)| {
        let mut container = json!({"env": env, "args": args});
        image.into_iter().for_each(|image| container["image"] = json!(image));
        container
    });
    let labels = proptest::collection::btree_map("[a-c]", "[0-2]", 0..3);
    (proptest::collection::btree_map("[m-o]", container, 0..3), labels, proptest::option::of(0..3)).prop_map(
        |(containers, labels, replicas)| {
            let containers = containers.into_iter().map(|(name, mut container)| {
                container["name"] = json!(name);
                container
            });
            let mut all = deployment(json!({"containers": containers.collect::<Vec<_>>()}));
            all["metadata"] = json!({"labels": labels});
            replicas.into_iter().for_each(|replicas| all["spec"]["replicas"] = json!(replicas));
            all
        },
    )
}

/// The values of an object by path, keyed items by their name, whole other lists; empty containers are no values.
fn leaves(json: &Json, path: String, all: &mut std::collections::BTreeMap<String, Json>) {
    match json {
        Json::Object(map) => map.iter().for_each(|(key, value)| leaves(value, format!("{path}.{key}"), all)),
        Json::Array(items) if path.ends_with(".env") || path.ends_with(".containers") => {
            items.iter().for_each(|item| leaves(item, format!("{path}[{}]", item["name"]), all));
        }
        leaf => drop(all.insert(path, leaf.clone())),
    }
}

proptest! {
    #[test]
    fn an_empty_patch_is_the_identity(base in objects()) {
        let one = merged(&base, &json!({}));
        prop_assert_eq!(one.node.to_json(), base);
        prop_assert!(one.changes.is_empty());
    }

    #[test]
    fn a_patch_touches_only_what_it_names_and_again_changes_nothing(base in objects(), patch in objects()) {
        let once = merged(&base, &patch);
        prop_assert!(once.errors.is_empty());
        let (mut before, mut wanted, mut after) = Default::default();
        leaves(&base, String::new(), &mut before);
        leaves(&patch, String::new(), &mut wanted);
        leaves(&once.node.to_json(), String::new(), &mut after);
        let lost = |value: &Json| *value != json!([]);
        let changed = before.iter().filter(|(path, value)| lost(value) && wanted.get(*path).is_some_and(|new| new != *value)).count();
        prop_assert_eq!(once.changes.len(), changed);
        let mut expected = before;
        expected.extend(wanted);
        prop_assert_eq!(after, expected);
        let twice = merged(&once.node.to_json(), &patch);
        prop_assert_eq!(twice.node.to_json(), once.node.to_json());
        prop_assert!(twice.changes.is_empty());
    }
}
