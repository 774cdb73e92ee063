//! What differs, and what does not.

use serde_json::{Value as Json, json};

use super::{Pair, RISKS, fields, gravity, nameless, risks, told};
use crate::kubernetes::{ObjectId, Schemas, Version};
use crate::tree::{Node, Origin};

fn node(json: Json) -> Node {
    Node::from_json(&json, Origin::default())
}

/// `path: old → new`, one a line.
fn changes(old: Json, new: Json) -> Vec<String> {
    let (old, new) = (node(old), node(new));
    let schemas = Schemas::bundled(Version::NEWEST);
    let text = |side: &Option<Node>| side.as_ref().map_or("-".to_owned(), |node| node.to_json().to_string());
    let found = fields(&old, &new, schemas.kind_of(&new));
    found.iter().map(|change| format!("{}: {} → {}", change.path, text(&change.old), text(&change.new))).collect()
}

fn deployment(spec: Json) -> Json {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": spec}}})
}

#[test]
fn items_are_told_by_their_keys_and_their_order_is_no_change() {
    let one = json!({"containers": [{"name": "web", "image": "web:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}]});
    let two = json!({"containers": [
        {"name": "proxy", "image": "proxy"},
        {"name": "web", "image": "web:2", "env": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]},
    ]});
    assert_eq!(
        changes(deployment(one), deployment(two)),
        [
            "spec.template.spec.containers[name=proxy]: - → {\"name\":\"proxy\",\"image\":\"proxy\"}",
            "spec.template.spec.containers[name=web].image: \"web:1\" → \"web:2\"",
        ]
    );
}

#[test]
fn an_absent_key_field_counts_as_its_default() {
    let ports = |ports: Json| deployment(json!({"containers": [{"name": "web", "ports": ports}]}));
    let found = changes(
        ports(json!([{"containerPort": 53}])),
        ports(json!([{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53, "protocol": "TCP"}])),
    );
    assert_eq!(
        found,
        [
            "spec.template.spec.containers[name=web].ports[containerPort=53]: - → {\"containerPort\":53,\"protocol\":\"UDP\"}",
            "spec.template.spec.containers[name=web].ports[containerPort=53].protocol: - → \"TCP\"",
        ]
    );
}

#[test]
fn the_words_of_a_command_are_one_value() {
    let args = |args: Json| deployment(json!({"containers": [{"name": "web", "args": args}]}));
    let found = changes(args(json!(["--port", "80"])), args(json!(["--port", "81", "-v"])));
    assert_eq!(found, ["spec.template.spec.containers[name=web].args: [\"--port\",\"80\"] → [\"--port\",\"81\",\"-v\"]"]);
    assert!(changes(args(json!(["a", "b"])), args(json!(["a", "b"]))).is_empty());
}

#[test]
fn maps_without_names_are_paired_by_what_is_equal() {
    let policy = |rules: Json| json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "web"}, "spec": {"ingress": rules}});
    let from = |app: &str| json!({"from": [{"podSelector": {"matchLabels": {"app": app}}}]});
    let found = changes(policy(json!([from("a"), from("b")])), policy(json!([from("b"), from("c")])));
    assert_eq!(
        found,
        [
            "spec.ingress[1]: - → {\"from\":[{\"podSelector\":{\"matchLabels\":{\"app\":\"c\"}}}]}",
            "spec.ingress[0]: {\"from\":[{\"podSelector\":{\"matchLabels\":{\"app\":\"a\"}}}]} → -",
        ]
    );
    let found = changes(policy(json!([from("a"), from("b")])), policy(json!([from("a"), from("d")])));
    assert_eq!(found, ["spec.ingress[1].from[0].podSelector.matchLabels.app: \"b\" → \"d\""]);
}

#[test]
fn an_item_with_another_name_is_the_same_item_unless_the_name_is_its_merge_key() {
    let ingress = |hosts: &[&str]| {
        let rules: Vec<Json> = hosts.iter().map(|host| json!({"host": host})).collect();
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web"}, "spec": {"rules": rules}})
    };
    assert_eq!(changes(ingress(&["a", "b"]), ingress(&["a", "c"])), ["spec.rules[host=c].host: \"b\" → \"c\""]);
    assert_eq!(changes(ingress(&["a", "b"]), ingress(&["c", "d"])).len(), 4);
    let named = |name: &str| deployment(json!({"containers": [{"name": name}]}));
    assert_eq!(changes(named("a"), named("b")).len(), 2);
}

#[test]
fn files_of_a_known_form_are_compared_by_their_fields() {
    let map = |data: Json| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": data});
    let old = json!({"app.yaml": "pool:\n  size: 10\n# note\nretries: 3\n", "run.sh": "a\n"});
    let new = json!({"app.yaml": "retries: 3\npool: {size: 80}\n", "run.sh": "b\n"});
    assert_eq!(changes(map(old), map(new)), ["data[app.yaml].pool.size: 10 → 80", "data[run.sh]: \"a\\n\" → \"b\\n\""]);
    // Only its form changed: that is a change all the same.
    assert_eq!(changes(map(json!({"a.json": "{}"})), map(json!({"a.json": "{ }"}))), ["data[a.json]: \"{}\" → \"{ }\""]);
    // Two documents, or none, are text.
    assert_eq!(changes(map(json!({"a.yaml": "a: 1\n---\nb: 1\n"})), map(json!({"a.yaml": "a: 2\n---\nb: 1\n"}))).len(), 1);
}

#[test]
fn values_of_secrets_are_not_shown() {
    let secret = |value: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web"}, "data": {"password": value}});
    let found = changes(secret("aHVudGVyMg=="), secret("c2VjcmV0"));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("data.password: \"(secret ") && !found[0].contains("aHVudGVyMg") && !found[0].contains("c2VjcmV0"));
    let whole = changes(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web"}}), secret("c2VjcmV0"));
    assert!(!whole[0].contains("c2VjcmV0"), "{whole:?}");
}

fn marks(old: Option<Json>, new: Option<Json>) -> Vec<&'static str> {
    let (old, new) = (old.map(node), new.map(node));
    let id = ObjectId::of(new.as_ref().or(old.as_ref()).unwrap()).unwrap();
    let found = match (&old, &new) {
        (Some(old), Some(new)) => fields(old, new, Schemas::bundled(Version::NEWEST).kind_of(new)),
        _ => Vec::new(),
    };
    risks(&Pair { id: &id, old: old.as_ref(), new: new.as_ref() }, &found).iter().map(|risk| risk.name).collect()
}

fn object(api_version: &str, kind: &str, spec: Json) -> Option<Json> {
    Some(json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, "spec": spec}))
}

#[test]
fn what_is_at_risk_is_told() {
    let workload = |kind: &str, spec: Json| object("apps/v1", kind, spec);
    assert_eq!(marks(workload("Deployment", json!({"replicas": 3})), workload("Deployment", json!({"replicas": 2}))), ["capacity"]);
    assert!(marks(workload("Deployment", json!({"replicas": 2})), workload("Deployment", json!({"replicas": 3}))).is_empty());
    let image = |image: &str| json!({"template": {"spec": {"containers": [{"name": "web", "image": image}]}}});
    assert_eq!(marks(workload("Deployment", image("a")), workload("Deployment", image("b"))), ["restart"]);
    let selector = |app: &str| json!({"selector": {"matchLabels": {"app": app}}});
    assert_eq!(marks(workload("Deployment", selector("a")), workload("Deployment", selector("b"))), ["recreate"]);
    assert_eq!(
        marks(workload("StatefulSet", json!({"serviceName": "a"})), workload("StatefulSet", json!({"serviceName": "b"}))),
        ["recreate"]
    );
    assert!(marks(workload("StatefulSet", json!({"replicas": 1})), workload("StatefulSet", json!({"replicas": 2}))).is_empty());
    assert_eq!(marks(object("v1", "PersistentVolumeClaim", json!({})), None), ["data-loss"]);
    let budget = |value: Json| object("policy/v1", "PodDisruptionBudget", json!({"minAvailable": value}));
    assert_eq!(marks(budget(json!("80%")), budget(json!("50%"))), ["capacity"]);
    assert!(marks(budget(json!(2)), budget(json!("50%"))).is_empty(), "not to be compared");
    let service = |kind: &str| object("v1", "Service", json!({"type": kind}));
    assert_eq!(marks(service("ClusterIP"), service("LoadBalancer")), ["network"]);
    assert!(marks(service("LoadBalancer"), service("ClusterIP")).is_empty());
    let policy = |ingress: Json| object("networking.k8s.io/v1", "NetworkPolicy", json!({"ingress": ingress}));
    let peer = |app: &str| json!({"podSelector": {"matchLabels": {"app": app}}});
    assert_eq!(marks(policy(json!([{"from": [peer("a")]}])), policy(json!([{"from": [peer("a"), peer("b")]}]))), ["network"]);
    assert_eq!(marks(policy(json!([{"from": [peer("a")], "ports": []}])), policy(json!([{"ports": []}]))), ["network"], "all peers");
    assert!(marks(policy(json!([{"from": [peer("a"), peer("b")]}])), policy(json!([{"from": [peer("a")]}]))).is_empty());
}

#[test]
fn each_mark_has_its_gravity_and_each_rule_its_mark() {
    for risk in RISKS {
        assert_ne!(gravity(risk.name).1, super::MARKS.len(), "{} has no gravity", risk.name);
    }
    for (name, _) in super::MARKS {
        assert!(RISKS.iter().any(|risk| risk.name == *name), "no rule gives `{name}`");
    }
    assert!(RISKS.is_sorted_by_key(|risk| gravity(risk.name).1), "the gravest first");
    assert_eq!(
        ["rename", "patch", "production"].map(|name| told(name).map(|risk| risk.name)),
        [Some("rename"), Some("patch"), Some("production")]
    );
    assert!(told("restart").is_none() && told("anything").is_none());
}

#[test]
fn data_that_goes_is_told() {
    for (api_version, kind) in [
        ("v1", "Namespace"),
        ("v1", "PersistentVolumeClaim"),
        ("apps/v1", "StatefulSet"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ] {
        assert_eq!(marks(object(api_version, kind, json!({})), None), ["data-loss"], "{kind}");
        assert!(!marks(None, object(api_version, kind, json!({}))).contains(&"data-loss"), "{kind}");
    }
    assert!(marks(object("v1", "ConfigMap", json!({})), None).is_empty());
}

#[test]
fn fields_that_cannot_be_changed_are_told() {
    let job = |image: &str| object("batch/v1", "Job", json!({"template": {"spec": {"containers": [{"name": "a", "image": image}]}}}));
    assert_eq!(marks(job("a"), job("b")), ["recreate"]);
    let claim = |class: &str, size: &str| {
        object("v1", "PersistentVolumeClaim", json!({"storageClassName": class, "resources": {"requests": {"storage": size}}}))
    };
    assert_eq!(marks(claim("fast", "1Gi"), claim("slow", "1Gi")), ["recreate"]);
    assert!(marks(claim("fast", "1Gi"), claim("fast", "2Gi")).is_empty());
    let address = |address: &str| object("v1", "Service", json!({"clusterIP": address}));
    assert_eq!(marks(address("10.0.0.1"), address("10.0.0.2")), ["recreate"]);
    let top = |api_version: &str, kind: &str, field: &str, value: &str| {
        Some(json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, (field): value}))
    };
    for (api_version, kind, field) in [
        ("storage.k8s.io/v1", "StorageClass", "provisioner"),
        ("v1", "Secret", "type"),
        ("scheduling.k8s.io/v1", "PriorityClass", "preemptionPolicy"),
    ] {
        assert_eq!(marks(top(api_version, kind, field, "a"), top(api_version, kind, field, "b")), ["recreate"], "{kind}");
    }
}

#[test]
fn who_may_do_what_is_told() {
    let role = |kind: &str, verb: &str| {
        let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": [verb]}]);
        Some(json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": "web"}, "rules": rules}))
    };
    for kind in ["Role", "ClusterRole"] {
        assert_eq!(marks(role(kind, "get"), role(kind, "delete")), ["permissions"]);
        assert_eq!(marks(None, role(kind, "get")), ["permissions"]);
        assert_eq!(marks(role(kind, "get"), None), ["permissions"]);
    }
    let binding = |role: &str| {
        let to = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role});
        Some(json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "web"}, "roleRef": to}))
    };
    assert_eq!(marks(binding("a"), binding("b")), ["recreate", "permissions"]);
    let pods = |account: &str| object("apps/v1", "Deployment", json!({"template": {"spec": {"serviceAccountName": account}}}));
    assert_eq!(marks(pods("a"), pods("b")), ["permissions", "restart"]);
}

#[test]
fn what_opens_the_network_is_told() {
    let network = "networking.k8s.io/v1";
    let policy = |spec: Json| object(network, "NetworkPolicy", spec);
    assert_eq!(marks(policy(json!({})), None), ["network"]);
    assert!(marks(None, policy(json!({}))).is_empty(), "a new policy keeps out");
    let pods = |app: &str| policy(json!({"podSelector": {"matchLabels": {"app": app}}}));
    assert_eq!(marks(pods("a"), pods("b")), ["network"]);
    let ports = |port: u16| policy(json!({"egress": [{"ports": [{"port": port}]}]}));
    assert_eq!(marks(ports(80), ports(443)), ["network"]);
    let service = |kind: &str| object("v1", "Service", json!({"type": kind}));
    assert_eq!(marks(None, service("NodePort")), ["network"]);
    assert!(marks(None, service("ClusterIP")).is_empty());
    for (api_version, kind) in
        [(network, "Ingress"), ("gateway.networking.k8s.io/v1", "HTTPRoute"), ("gateway.networking.k8s.io/v1", "Gateway")]
    {
        assert_eq!(marks(None, object(api_version, kind, json!({}))), ["network"], "{kind}");
    }
    let host = |host: &str| object(network, "Ingress", json!({"rules": [{"host": host}]}));
    assert_eq!(marks(host("a.example"), host("b.example")), ["network"]);
}

#[test]
fn fewer_pods_and_weaker_budgets_are_told() {
    let scaler = |low: u8, high: u8| object("autoscaling/v2", "HorizontalPodAutoscaler", json!({"minReplicas": low, "maxReplicas": high}));
    assert_eq!(marks(scaler(3, 9), scaler(2, 9)), ["capacity"]);
    assert_eq!(marks(scaler(3, 9), scaler(3, 8)), ["capacity"]);
    assert!(marks(scaler(3, 9), scaler(4, 10)).is_empty());
    assert_eq!(marks(scaler(3, 9), None), ["capacity"]);
    let keda = |low: u8| object("keda.sh/v1alpha1", "ScaledObject", json!({"minReplicaCount": low}));
    assert_eq!(marks(keda(3), keda(0)), ["capacity"]);
    let budget = |field: &str, value: Json| object("policy/v1", "PodDisruptionBudget", json!({(field): value}));
    assert_eq!(marks(budget("maxUnavailable", json!("25%")), budget("maxUnavailable", json!("50%"))), ["capacity"]);
    assert_eq!(marks(budget("maxUnavailable", json!(1)), budget("maxUnavailable", json!(2))), ["capacity"]);
    assert!(marks(budget("maxUnavailable", json!(2)), budget("maxUnavailable", json!(1))).is_empty());
    assert_eq!(marks(budget("minAvailable", json!(1)), None), ["capacity"]);
    let strategy = |kind: &str| object("apps/v1", "Deployment", json!({"strategy": {"type": kind}}));
    assert_eq!(marks(strategy("RollingUpdate"), strategy("Recreate")), ["capacity"]);
}

#[test]
fn a_text_without_its_names_is_that_of_the_same_object_under_another_name() {
    let text = |name: &str, image: &str| {
        format!("metadata: {{name: {name}}}\nenv: http://{name}:80\nmap: {name}-config\nhash: 0123456789abcdef\nimage: {image}\n")
    };
    assert_eq!(nameless(&text("orders", "a"), &["orders"]), nameless(&text("checkout", "a"), &["checkout"]));
    assert_ne!(nameless(&text("orders", "a"), &["orders"]), nameless(&text("checkout", "b"), &["checkout"]));
    assert_ne!(nameless("preorders", &["orders"]), nameless("pre-checkout", &["checkout"]), "a part of a word is no name");
    assert_eq!(nameless("kind: Service\n", &["", ""]), "kind: Service\n");
}
