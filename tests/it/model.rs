//! Sentences of the model that no other test holds by itself: `tests/resolve/`, `tests/it/load.rs` and `tests/it/lower.rs` hold the others.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::pipeline::{Made, render};
use crate::program::{example, files, oam};

const PROJECT: &str =
    "apiVersion: oam.dev/v1beta1\nkind: Project\nmetadata: {name: shop}\nspec: {applications: [\"apps/*\"], output: {path: out}}\n";

fn document(kind: &str, name: &str, spec: &str) -> String {
    let group = if kind == "Application" || kind.ends_with("Definition") { "core.oam.dev" } else { "oam.dev" };
    format!("---\napiVersion: {group}/v1beta1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n")
}

/// A project of one application `a` in the environments `test` and whatever `more` brings.
fn shop(components: &str, more: &[(&str, &str)]) -> Made {
    let environment = document("Environment", "test", "{namespace: shop}");
    let mut all = vec![("oam.yaml", PROJECT), ("environments/test.yaml", &*environment), ("apps/a/components/all.yaml", components)];
    all.extend(more);
    render(&all)
}

fn fine(made: &Made) -> &Made {
    assert_eq!(made.problems(), "");
    made
}

fn web(properties: &str) -> String {
    document("Component", "web", &format!("{{type: webservice, properties: {{image: nginx{properties}}}}}"))
}

/// A project on disk, of these files.
fn on_disk(files: &[(&str, &str)]) -> tempfile::TempDir {
    let here = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = here.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    here
}

#[test]
fn no_ignore_file_is_consulted() {
    let (_here, project) = example("hello");
    let before = oam(&project, ["render", "-o", "-"]).stdout;
    for name in [".gitignore", ".ignore", ".oamignore", "apps/.gitignore", "apps/hello/components/.gitignore"] {
        fs::write(project.join(name), "*\n").unwrap();
    }
    let after = oam(&project, ["render", "-o", "-"]);
    assert_eq!((after.code, after.stdout == before), (0, true));
}

#[test]
fn labels_of_documents_serve_selection_only() {
    let component = web("").replace("{name: web}", "{name: web, labels: {tier: selected-by-this}}");
    let application = document("Application", "a", "{}").replace("{name: a}", "{name: a, labels: {team: selected-by-that}}");
    let binding = document(
        "TraitBinding",
        "b",
        "{componentSelector: {matchLabels: {tier: selected-by-this}}, applicationSelector: {matchLabels: {team: selected-by-that}}, traits: [{type: scaler, properties: {replicas: 7}}]}",
    );
    let made = shop(&component, &[("apps/a/application.yaml", &application), ("apps/a/traits/b.yaml", &binding)]);
    let deployment = fine(&made).object("Deployment", "web");
    assert_eq!(deployment["spec"]["replicas"], 7);
    assert!(!deployment.to_string().contains("selected-by"), "{deployment}");
}

#[test]
fn an_identity_is_the_name_of_objects_and_their_selector() {
    let component = document(
        "Component",
        "web",
        "{type: webservice, identity: {name: web-v1, matchLabels: {app: shop-web}}, properties: {image: nginx, ports: [{port: 80, expose: true}]}}",
    );
    let client = document("Component", "client", "{type: worker, properties: {image: busybox}, connectsTo: [{component: web}]}");
    let scope = document("Scope", "network", "{type: network, properties: {}}");
    let made = shop(&(component + &client), &[("scopes/network.yaml", &scope)]);
    let deployment = fine(&made).object("Deployment", "web-v1");
    assert_eq!(deployment["spec"]["selector"], json!({"matchLabels": {"app": "shop-web"}}));
    assert_eq!(deployment["spec"]["template"]["metadata"]["labels"]["app"], "shop-web");
    assert_eq!(made.object("Service", "web-v1")["spec"]["selector"], json!({"app": "shop-web"}));
    assert_eq!(made.object("NetworkPolicy", "web-v1")["spec"]["podSelector"], json!({"matchLabels": {"app": "shop-web"}}));
    let egress = &made.object("NetworkPolicy", "client")["spec"]["egress"][0]["to"][0]["podSelector"];
    assert_eq!(*egress, json!({"matchLabels": {"app": "shop-web"}}), "who talks to it means its pods");
}

#[test]
fn pod_labels_never_vary_with_a_version() {
    let labels = |image: &str| {
        let made = shop(&document("Component", "web", &format!("{{type: webservice, properties: {{image: \"{image}\"}}}}")), &[]);
        let deployment = fine(&made).object("Deployment", "web");
        assert_eq!(deployment["spec"]["template"]["spec"]["containers"][0]["image"], image);
        (
            deployment["metadata"]["labels"].clone(),
            deployment["spec"]["selector"].clone(),
            deployment["spec"]["template"]["metadata"].clone(),
        )
    };
    assert_eq!(labels("nginx:1"), labels("nginx:2"));
}

#[test]
fn null_removes_what_a_lower_layer_set_and_the_default_is_filled_in_last() {
    let literal = web(", ports: [{port: 80, expose: true}], exposeType: NodePort");
    let type_of = |layer: &str| {
        let layer = document("Component", "web", &format!("{{environments: [test], properties: {layer}}}"));
        let made = shop(&(literal.clone() + &layer), &[]);
        fine(&made).object("Service", "web")["spec"]["type"].clone()
    };
    assert_eq!(type_of("{cpu: \"1\"}"), "NodePort");
    assert_eq!(type_of("{exposeType: null}"), "ClusterIP", "the default, not what was removed");
    assert_eq!(type_of("{exposeType: LoadBalancer}"), "LoadBalancer");
}

#[test]
fn null_stays_where_nothing_was_set_and_the_schema_allows_it() {
    let definition = "apiVersion: core.oam.dev/v1beta1
kind: ComponentDefinition
metadata: {name: settings, annotations: {definition.oam.dev/description: \"settings\"}}
spec:
  workload: {definition: {apiVersion: v1, kind: ConfigMap}}
  schematic:
    minijinja:
      parameters: {type: object, additionalProperties: false, properties: {a: {type: [string, \"null\"], description: a}}}
      output: {apiVersion: v1, kind: ConfigMap, metadata: {name: \"{{ context.name }}\"}, data: {a: \"{{ 'null it is' if parameter.a is none else 'unset' }}\"}}
";
    let data = |properties: &str, layer: &str| {
        let component = document("Component", "c", &format!("{{type: settings, properties: {properties}}}"));
        let layer = document("Component", "c", &format!("{{environments: [test], properties: {layer}}}"));
        let made = shop(&(component + &layer), &[("definitions/settings.yaml", definition)]);
        fine(&made).object("ConfigMap", "c")["data"]["a"].clone()
    };
    assert_eq!(data("{}", "{a: null}"), "null it is");
    assert_eq!(data("{a: x}", "{a: null}"), "unset");
}

#[test]
fn a_cluster_says_its_version_and_its_crds_over_the_environment() {
    let environment =
        document("Environment", "test", "{namespace: shop, kubernetesVersion: \"1.30\", crds: [crds/one.yaml], clusters: [old, new]}");
    let clusters = document("Cluster", "old", "{}") + &document("Cluster", "new", "{kubernetesVersion: \"1.36\", crds: [crds/two.yaml]}");
    let crd = |kind: &str| {
        format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: {plural}.example.com}}\nspec: {{group: example.com, scope: Namespaced, names: {{kind: {kind}, plural: {plural}}}, versions: [{{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}}}]}}\n",
            plural = kind.to_lowercase() + "s"
        )
    };
    let objects = document(
        "Component",
        "raw",
        "{type: manifests, properties: {objects: [{apiVersion: example.com/v1, kind: One, metadata: {name: one}}, {apiVersion: example.com/v1, kind: Two, metadata: {name: two}}]}}",
    );
    let made = render(&[
        ("oam.yaml", PROJECT),
        ("environments/test.yaml", &environment),
        ("clusters/all.yaml", &clusters),
        ("crds/one.yaml", &crd("One")),
        ("crds/two.yaml", &crd("Two")),
        ("apps/a/components/raw.yaml", &objects),
    ]);
    let unknown: Vec<(&str, &[String])> = made
        .report
        .diagnostics
        .iter()
        .filter(|problem| problem.code.as_str() == "unknown-kind")
        .map(|problem| (problem.message.split('`').nth(1).unwrap(), &problem.units[..]))
        .collect();
    assert_eq!(unknown, [("One", &["a/test/new".to_owned()][..]), ("Two", &["a/test/old".to_owned()][..])], "{}", made.problems());
}

#[test]
fn a_patch_of_a_scope_says_that_it_changes_what_is_there() {
    let scope = |patch: &str| {
        format!(
            "apiVersion: core.oam.dev/v1beta1\nkind: ScopeDefinition\nmetadata: {{name: few, annotations: {{definition.oam.dev/description: few}}}}\nspec:\n  schematic:\n    minijinja:\n      parameters: {{type: object}}\n      patch: {{spec: {patch}}}\n"
        )
    };
    let made = |patch: &str| {
        let scaled = document("TraitBinding", "b", "{traits: [{type: scaler, properties: {replicas: 3}}]}");
        shop(
            &web(""),
            &[
                ("definitions/few.yaml", &scope(patch)),
                ("scopes/few.yaml", &document("Scope", "few", "{type: few}")),
                ("apps/a/traits/b.yaml", &scaled),
            ],
        )
    };
    let problems = made("{replicas: 1}").problems();
    assert!(problems.contains("patch-conflict"), "{problems}");
    assert!(problems.contains("apps/a/traits/b.yaml") && problems.contains("definitions/few.yaml"), "both places: {problems}");
    assert_eq!(fine(&made("{$patch: override, replicas: 1}")).object("Deployment", "web")["spec"]["replicas"], 1);
    assert_eq!(fine(&made("{replicas: 3}")).object("Deployment", "web")["spec"]["replicas"], 3, "what is the same is no change");
}

#[test]
fn an_application_adds_to_its_folder_and_never_filters_it() {
    let components = web("") + &document("Component", "other", "{type: worker, properties: {image: busybox}}");
    let names = |entries: &str| {
        let application = document("Application", "a", entries);
        let made = shop(&components, &[("apps/a/application.yaml", &application)]);
        let mut names: Vec<String> = fine(&made).names().into_iter().filter(|name| name.starts_with("Deployment")).collect();
        names.sort();
        names.join(", ")
    };
    assert_eq!(names("{}"), "Deployment other, Deployment web");
    assert_eq!(names("{components: [{name: web}]}"), "Deployment other, Deployment web", "naming one leaves the other");
    assert_eq!(names("{components: [{name: web-b, component: web}]}"), "Deployment other, Deployment web, Deployment web-b");
    assert_eq!(
        names("{components: [{name: in, type: worker, properties: {image: i}}]}"),
        "Deployment in, Deployment other, Deployment web"
    );
    assert_eq!(names("{exclude: [other]}"), "Deployment web");
}

#[test]
fn files_are_named_after_what_stands_in_them() {
    let objects = "{type: manifests, properties: {objects: [
  {apiVersion: monitoring.coreos.com/v1, kind: ServiceMonitor, metadata: {name: web}, spec: {selector: {matchLabels: {a: b}}, endpoints: [{port: web}]}},
  {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: \"shop:reader\"}, rules: []},
  {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: other}}]}}";
    let here = on_disk(&[
        ("oam.yaml", PROJECT),
        ("environments/all.yaml", &document("Environment", "test", "{namespace: shop, allowedNamespaces: [other], clusters: [eu]}")),
        (
            "environments/bare.yaml",
            &document("Environment", "bare", "{namespace: bare, allowedNamespaces: [other], createNamespace: true}"),
        ),
        ("clusters/eu.yaml", &document("Cluster", "eu", "{}")),
        ("apps/a/components/raw.yaml", &document("Component", "raw", objects)),
    ]);
    let run = oam(here.path(), ["render"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let paths: Vec<String> = files(&here.path().join("out")).into_iter().map(|(path, _)| path).collect();
    let unit = |place: &str| {
        [".oam-inventory", "clusterrole-shop%3Areader.yaml", "other_configmap-a.yaml", "servicemonitor.monitoring.coreos.com-web.yaml"]
            .map(|name| format!("{place}/a/{name}"))
    };
    let platform = [".oam-inventory", "namespace-bare.yaml"].map(|name| format!("bare/_platform/{name}"));
    let expected: Vec<String> = platform.into_iter().chain(unit("bare")).chain(unit("test/eu")).collect();
    assert_eq!(paths, expected);
}

/// Two environments may share a cluster, and no object.
#[test]
fn two_environments_do_not_render_one_object_of_a_cluster() {
    let environments = |prod: &str| {
        let (dev, prod) = ("{namespace: shop, clusters: [eu]}", format!("{{namespace: {prod}, clusters: [eu]}}"));
        document("Environment", "dev", dev) + &document("Environment", "prod", &prod)
    };
    let project = |prod: &str| {
        on_disk(&[
            ("oam.yaml", PROJECT),
            ("environments/all.yaml", &environments(prod)),
            ("clusters/eu.yaml", &document("Cluster", "eu", "{}")),
            ("apps/a/components/web.yaml", &web("")),
        ])
    };
    let run = oam(project("shop").path(), ["check"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("`Deployment shop/web` is rendered by `a/dev/eu` and by `a/prod/eu`, on one cluster"), "{}", run.stderr);
    assert!(run.stderr.contains("help: give the environments namespaces of their own"), "{}", run.stderr);
    assert_eq!(oam(project("shop-prod").path(), ["check"]).code, 0);
}

#[test]
fn only_what_a_run_renders_is_pruned() {
    let (_here, project) = example("hello");
    assert_eq!(oam(&project, ["render"]).code, 0);
    let before = files(&project.join("rendered"));
    fs::remove_file(project.join("apps/hello/components/cache.yaml")).unwrap();
    let web = project.join("apps/hello/components/web.yaml");
    fs::write(&web, fs::read_to_string(&web).unwrap().replace("  connectsTo: [{component: cache}]\n", "")).unwrap();
    assert_eq!(oam(&project, ["render", "dev"]).code, 0);
    let after = files(&project.join("rendered"));
    let of = |files: &[(String, Vec<u8>)], environment: &str| -> Vec<(String, Vec<u8>)> {
        files.iter().filter(|(path, _)| path.starts_with(environment)).cloned().collect()
    };
    assert!(of(&after, "dev/").iter().all(|(path, _)| !path.contains("cache")), "what dev has no more is gone");
    assert!(
        of(&after, "prod/") == of(&before, "prod/") && of(&after, "staging/") == of(&before, "staging/"),
        "the others were not asked for"
    );
}

#[test]
fn standalone_applications_have_no_hash_of_their_configuration() {
    let application = document(
        "Application",
        "a",
        "{components: [{name: web, type: webservice, properties: {image: nginx}, traits: [{type: storage, properties: {configMap: [{name: c, mountPath: /c, data: {a: b}}]}}]}]}",
    );
    let here = on_disk(&[("a.yaml", &application)]);
    let run = oam(here.path(), ["render", "-f", "a.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("kind: ConfigMap") && !run.stdout.contains("config-hash"), "{}", run.stdout);
}

/// The same tree whatever order the file system gives and whoever looks first.
#[test]
fn a_project_renders_the_same_wherever_it_lies() {
    let (_here, project) = example("sock-shop");
    assert_eq!(oam(&project, ["render", "-o", "out"]).code, 0);
    let expected = files(&project.join("out"));
    // Written in the other order, so that directories list otherwise on file systems that do not sort.
    let other = tempfile::tempdir().unwrap();
    let copy = other.path().join("a folder with spaces");
    for (path, text) in files(&project).into_iter().rev().filter(|(path, _)| !path.starts_with("out/")) {
        let path: &Path = &copy.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    for jobs in ["1", "3"] {
        assert_eq!(oam(&copy, ["render", "-o", "out", "--force", "--jobs", jobs]).code, 0);
        assert!(files(&copy.join("out")) == expected, "{jobs} threads");
    }
}

#[test]
fn secrets_that_a_component_names_exist_outside() {
    let project = |secrets: &str| {
        let properties = "env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: password}}}]";
        let component =
            document("Component", "web", &format!("{{type: webservice, {secrets}properties: {{image: \"nginx:1\", {properties}}}}}"));
        on_disk(&[
            ("oam.yaml", PROJECT),
            ("environments/all.yaml", &document("Environment", "test", "{namespace: shop}")),
            ("apps/a/components/web.yaml", &component),
        ])
    };
    let told = |secrets: &str| oam(project(secrets).path(), ["check"]).stderr;
    assert!(told("").contains("warning[missing-reference]") && told("").contains("or in `secrets` of the component"), "{}", told(""));
    assert!(!told("secrets: [{name: db, keys: [password]}], ").contains("missing-reference"));
    assert!(told("secrets: [{name: other}], ").contains("missing-reference"));
}

/// Every name of `context` that `docs/authoring.md` promises to components and traits has a value.
#[test]
fn context_holds_what_the_page_promises() {
    let names = [
        ("name", "context.name", "web-v1"),
        ("component", "context.componentName", "web"),
        ("type", "context.componentType", "webservice"),
        ("selector", "context.selector | to_json", "{\"app\":\"web\"}"),
        ("app", "context.appName", "a"),
        ("namespace", "context.namespace", "shop"),
        ("environment", "context.environment", "test"),
        ("cluster", "context.cluster", "eu"),
        ("region", "context.region", "eu-west-1"),
        ("facts", "context.facts.domain ~ context.facts.account", "shop.example12"),
        ("minor", "'' ~ context.kubernetes.minor", "35"),
        ("labels", "context.labels.tier", "front"),
        ("annotations", "context.annotations.note", "word"),
        ("secrets", "context.secrets[0].name ~ context.secrets[0]['keys'][0]", "dbpassword"),
        ("config", "context.config[0].path ~ context.config[0].data.size", "/etc/a.yaml7"),
        ("connections", "context.connections[0].appName ~ '/' ~ context.connections[0].name", "a/db"),
        ("scopes", "context.scopes.quota.hard.pods", "9"),
        ("output", "context.output.kind", "Deployment"),
        ("outputs", "context.outputs | values | map(attribute='kind') | join(',')", "Service"),
        ("pod", "context.pod.containers[0].image", "nginx"),
        ("container", "context.container(context.name).image", "nginx"),
    ];
    let annotations: String =
        names.iter().map(|(name, expression, _)| format!("            x-{name}: \"{{{{ {expression} }}}}\"\n")).collect();
    let definition = format!(
        "apiVersion: core.oam.dev/v1beta1\nkind: TraitDefinition\nmetadata: {{name: told, annotations: {{definition.oam.dev/description: told}}}}\nspec:\n  appliesToWorkloads: [deployments.apps]\n  usableBy: [developer]\n  schematic:\n    minijinja:\n      parameters: {{type: object}}\n      patch:\n        metadata:\n          annotations:\n{annotations}"
    );
    let component = "apiVersion: oam.dev/v1beta1
kind: Component
metadata: {name: web, labels: {tier: front}, annotations: {note: word}}
spec:
  type: webservice
  identity: {name: web-v1, matchLabels: {app: web}}
  properties: {image: nginx, ports: [{port: 80, expose: true}]}
  config: [{path: /etc/a.yaml, data: {size: 7}}]
  secrets: [{name: db, keys: [password]}]
  connectsTo: [{component: db}]
  traits: [{type: told}]
"
    .to_owned()
        + &document("Component", "db", "{type: external, properties: {host: db.example, port: 1, cidr: 10.0.0.0/8}}");
    let environment = document("Environment", "test", "{namespace: shop, clusters: [eu], facts: {domain: shop.example}}");
    let cluster = document("Cluster", "eu", "{region: eu-west-1, kubernetesVersion: \"1.35\", facts: {account: \"12\"}}");
    let made = render(&[
        ("oam.yaml", PROJECT),
        ("environments/test.yaml", &environment),
        ("clusters/eu.yaml", &cluster),
        ("scopes/quota.yaml", &document("Scope", "quota", "{type: quota, properties: {hard: {pods: \"9\"}}}")),
        ("definitions/told.yaml", &definition),
        ("apps/a/components/all.yaml", &component),
    ]);
    let found = fine(&made).object("Deployment", "web-v1")["metadata"]["annotations"].clone();
    for (name, expression, expected) in names {
        assert_eq!(found[format!("x-{name}")], expected, "{expression}");
    }
}
