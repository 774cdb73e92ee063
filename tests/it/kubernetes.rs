//! The bundled structure of Kubernetes' kinds, against manifests that a real API server judged.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use oam::diag::{Report, Severity, Sink};
use oam::kubernetes::{KindSchema, Schemas, Version, check_structure};
use oam::shape::{Child, ListKind, ShapeId};
use oam::source::{Role, Sources};
use oam::tree::{Key, Node, read_yaml};

fn schemas(version: &str) -> Arc<Schemas> {
    Schemas::bundled(Version::parse(version).unwrap())
}

fn documents(name: &str, text: &str) -> Vec<Node> {
    let mut sources = Sources::new();
    let file = sources.add(name, text.to_owned(), Role::Developer).unwrap();
    let sink = Sink::new();
    let documents = read_yaml(&file, &sink);
    assert_eq!(sink.take().diagnostics, [], "{name} is no YAML");
    documents.into_iter().map(|document| document.root).collect()
}

/// Checks an object, or the items of a List.
fn check(schemas: &Schemas, object: &Node, sink: &Sink) {
    if object.field("kind").and_then(Node::as_str) == Some("List") {
        object.field("items").into_iter().flat_map(Node::items).for_each(|item| check(schemas, item, sink));
        return;
    }
    let text = |key| object.field(key).and_then(Node::as_str).unwrap_or_default();
    match schemas.kind(text("apiVersion"), text("kind")) {
        Some(kind) => assert_eq!(check_structure(object, kind, schemas.version(), sink), !sink.has_errors()),
        None => sink.push(schemas.unknown_kind(text("apiVersion"), text("kind"), object.origin.at)),
    }
}

fn report(version: &str, text: &str) -> Report {
    let sink = Sink::new();
    documents("test.yaml", text).iter().for_each(|object| check(&schemas(version), object, &sink));
    sink.take()
}

fn messages(version: &str, text: &str) -> Vec<String> {
    report(version, text).diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect()
}

#[test]
fn sound_manifests_have_the_structure_of_their_kind() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kubernetes/sound");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 20);
    let mut wrong = Vec::new();
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for diagnostic in report("1.37", &fs::read_to_string(&path).unwrap()).diagnostics {
            wrong.push(format!("{name}: {}", diagnostic.message));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n";

#[test]
fn what_a_kind_does_not_take_is_reported_at_its_line() {
    for (text, line, message) in [
        ("    imgae: x\n", 7, "unknown field `imgae`"),
        ("    image: 7\n", 7, "must be a string"),
        ("    ports: [{containerPort: \"80\"}]\n", 7, "must be an integer"),
        ("    ports: [{name: http}]\n", 7, "`containerPort`"),
        ("    ports: [{containerPort: 80, protocol: tcp}]\n", 7, "`tcp`"),
        ("    ports: [{containerPort: 5000000000}]\n", 7, "2147483647"),
        ("    resources: {limits: {cpu: 100mm}}\n", 7, "quantity"),
        ("    image: x\n  hostNetwork: yes please\n", 8, "boolean"),
        ("    image: x\nspce: {}\n", 8, "unknown field `spce`"),
    ] {
        let text = format!("{POD}{text}");
        let mut sources = Sources::new();
        let file = sources.add("pod.yaml", text.clone(), Role::Developer).unwrap();
        let sink = Sink::new();
        let node = &read_yaml(&file, &sink)[0].root;
        check(&schemas("1.34"), node, &sink);
        let found = sink.take().diagnostics;
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].message.contains(message), "{text}: {}", found[0].message);
        assert_eq!(sources.locate(found[0].at).unwrap().line, line, "{text}");
    }
}

#[test]
fn metadata_is_known_and_status_may_stand() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, lables: {}}\nstatus: {replicas: 1}\nspec: {selector: {}, template: {}}\n";
    assert_eq!(messages("1.34", deployment), ["unknown field `lables` in `metadata`"]);
}

#[test]
fn null_stands_for_absent_where_a_field_may_be_absent() {
    assert_eq!(messages("1.34", &format!("{POD}    args: null\n    resources: null\n")), [""; 0]);
    assert_eq!(messages("1.34", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: null}\n").len(), 1);
}

#[test]
fn versions_differ_where_kubernetes_does() {
    let with = |line: &str| format!("{POD}    image: x\n{line}\n");
    for (line, since) in [
        ("  resources: {limits: {cpu: 1}}", "1.32"),
        ("  hostnameOverride: a", "1.34"),
        ("  workloadRef: {name: a, podGroup: b}", "1.35"),
        ("  schedulingGroup: {podGroupName: a}", "1.36"),
    ] {
        for version in Version::all() {
            let known = messages(&version.to_string(), &with(line)).is_empty();
            let expected = version >= Version::parse(since).unwrap() && !(line.contains("workloadRef") && version.minor() > 35);
            assert_eq!(known, expected, "{line} in {version}");
        }
    }
    assert!(schemas("1.33").kind("resource.k8s.io/v1", "ResourceClaim").is_none());
    assert!(schemas("1.34").kind("resource.k8s.io/v1", "ResourceClaim").is_some());
    assert!(schemas("1.31").kind("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema").is_some());
    assert!(schemas("1.32").kind("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema").is_none());
}

#[test]
fn what_lives_in_no_namespace_is_known() {
    let cluster: Vec<&str> = vec![
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "FlowSchema",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "SelfSubjectAccessReview",
        "SelfSubjectReview",
        "SelfSubjectRulesReview",
        "StorageClass",
        "SubjectAccessReview",
        "TokenReview",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    ];
    let schemas = schemas("1.30");
    let mut found: Vec<&str> = schemas.kinds().filter(|kind| !kind.namespaced && !kind.is_custom()).map(|kind| &*kind.kind).collect();
    found.sort();
    found.dedup();
    assert_eq!(found, cluster);
}

/// The shape at a path of keys; `[]` is the item of a list.
fn at(kind: &KindSchema, path: &[&str]) -> ShapeId {
    path.iter().fold(ShapeId::ROOT, |id, key| match *key {
        "[]" => kind.shapes().item(id).unwrap(),
        key => match kind.shapes().child(id, Key::new(key)) {
            Child::Known(child) => child,
            other => panic!("{key} of {path:?} is {other:?}"),
        },
    })
}

#[test]
fn lists_say_how_they_merge() {
    let schemas = schemas("1.34");
    let keys = |api: &str, kind: &str, path: &[&str]| {
        let kind = schemas.kind(api, kind).unwrap();
        match &kind.shapes().shape(at(kind, path)).list {
            ListKind::Map(keys) => keys.iter().map(|key| key.as_str()).collect::<Vec<_>>().join(","),
            ListKind::Set => "a set".to_owned(),
            ListKind::Atomic => "as a whole".to_owned(),
        }
    };
    let container = ["spec", "template", "spec", "containers"];
    let of_container = |field: &'static str| [&container[..], &["[]", field]].concat();
    assert_eq!(keys("apps/v1", "Deployment", &container), "name");
    assert_eq!(keys("apps/v1", "Deployment", &of_container("ports")), "containerPort,protocol");
    assert_eq!(keys("apps/v1", "Deployment", &of_container("volumeMounts")), "mountPath");
    assert_eq!(keys("apps/v1", "Deployment", &of_container("args")), "as a whole");
    assert_eq!(keys("v1", "Service", &["spec", "ports"]), "port,protocol");
    assert_eq!(keys("v1", "ServiceAccount", &["metadata", "finalizers"]), "a set");
    let deployment = schemas.kind("apps/v1", "Deployment").unwrap();
    let retains = |path: &[&str]| deployment.shapes().shape(at(deployment, path)).retain_keys;
    assert!(retains(&["spec", "strategy"]) && retains(&["spec", "template", "spec", "volumes", "[]"]));
    assert!(!retains(&["spec", "template"]));
    let protocol = at(deployment, &[&of_container("ports")[..], &["[]", "protocol"]].concat());
    assert_eq!(deployment.shapes().shape(protocol).default.as_ref().and_then(Node::as_str), Some("TCP"));
}

const CRD: &str = r#"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Cluster
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          metadata: {type: object, properties: {name: {type: string, maxLength: 10}}}
          spec:
            type: object
            properties:
              port: {x-kubernetes-int-or-string: true}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
              parts:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [id]
                items: {type: object, required: [id, mode], properties: {id: {type: string}, mode: {type: string, default: fast}, size: {type: integer, nullable: true}}}
  - {name: v1alpha1, served: false, storage: false}
  - {name: v1beta1, served: true, storage: false}
"#;

#[test]
fn kinds_of_crds_are_known() {
    let sink = Sink::new();
    let all = schemas("1.34").with_crds(&documents("crd.yaml", &format!("{CRD}---\napiVersion: v1\nkind: ConfigMap\n")), &sink);
    assert_eq!(sink.take().diagnostics, []);
    let widget = all.kind("example.com/v1", "Widget").unwrap();
    assert_eq!((&*widget.plural, widget.namespaced, widget.is_custom()), ("widgets", false, true));
    assert!(std::ptr::eq(all.by_resource("widgets.example.com").unwrap(), widget), "v1 is more stable than v1beta1");
    assert!(all.kind("example.com/v1alpha1", "Widget").is_none(), "a version that is not served");
    assert!(all.kind("example.com/v1beta1", "Widget").is_some());
    assert!(all.kind("apps/v1", "Deployment").is_some());
    let ListKind::Map(keys) = &widget.shapes().shape(at(widget, &["spec", "parts"])).list else { panic!("no keys") };
    assert_eq!(keys[0].as_str(), "id");
    let said = |text: &str| {
        let sink = Sink::new();
        let widget = format!("apiVersion: example.com/v1\nkind: Widget\nmetadata: {{name: a, labels: {{a: b}}}}\n{text}");
        check(&all, &documents("widget.yaml", &widget)[0], &sink);
        sink.take().diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect::<Vec<_>>()
    };
    assert_eq!(said("spec: {port: http, free: {a: {b: c}}, parts: [{id: a, size: null}]}\n"), [""; 0]);
    assert_eq!(said("").len(), 1, "`spec` is required");
    assert_eq!(said("spec: {prot: 1}\n"), ["unknown field `prot` in `spec`"]);
    assert_eq!(said("spec: {parts: [{size: big}]}\n").len(), 2);
}

#[test]
fn a_definition_that_cannot_be_read_is_reported() {
    let sink = Sink::new();
    let old = "apiVersion: apiextensions.k8s.io/v1beta1\nkind: CustomResourceDefinition\nspec: {group: a.b, version: v1, names: {kind: A, plural: as}}\n";
    let all = schemas("1.34").with_crds(&documents("crd.yaml", old), &sink);
    assert!(all.kind("a.b/v1", "A").is_none());
    assert_eq!(sink.take().count(Severity::Error), 1);
}
