//! From units to objects: traits and scopes, what the engine adds, and what it refuses.

use serde_json::{Value, json};

use crate::pipeline::{Made, render};

const PROJECT: &str =
    "apiVersion: oam.dev/v1beta1\nkind: Project\nmetadata: {name: shop}\nspec: {applications: [\"apps/*\"], output: {path: out}}\n";
const WEB: &str = "apiVersion: oam.dev/v1beta1\nkind: Component\nmetadata: {name: web}\nspec: {type: webservice, properties: {image: nginx, ports: [{port: 80, name: http, expose: true}]}}\n";

fn environment(more: &str) -> String {
    format!("apiVersion: oam.dev/v1beta1\nkind: Environment\nmetadata: {{name: test}}\nspec: {{namespace: shop{more}}}\n")
}

fn shop(more: &str, files: &[(&str, &str)]) -> Made {
    let environment = environment(more);
    let mut all = vec![("oam.yaml", PROJECT), ("environments/test.yaml", &*environment)];
    all.extend(files);
    render(&all)
}

fn component(name: &str, spec: &str) -> String {
    format!("apiVersion: oam.dev/v1beta1\nkind: Component\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n")
}

fn binding(traits: &str) -> String {
    format!("apiVersion: oam.dev/v1beta1\nkind: TraitBinding\nmetadata: {{name: b}}\nspec: {{components: [web], traits: [{traits}]}}\n")
}

fn definition(kind: &str, name: &str, template: &str) -> String {
    format!(
        "apiVersion: core.oam.dev/v1beta1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n  schematic:\n    minijinja:\n      parameters: {{type: object}}\n{template}"
    )
}

fn fine(made: &Made) -> &Made {
    assert_eq!(made.problems(), "");
    made
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn objects_carry_labels_and_a_namespace_and_stand_in_the_order_of_people() {
    let made = shop("", &[("apps/a/components/web.yaml", WEB)]);
    let deployment = fine(&made).object("Deployment", "web");
    assert_eq!(keys(&deployment), ["apiVersion", "kind", "metadata", "spec"]);
    assert_eq!(keys(&deployment["metadata"]), ["name", "namespace", "labels"]);
    assert_eq!(deployment["metadata"]["namespace"], "shop");
    let labels = json!({"app.kubernetes.io/name": "web", "app.kubernetes.io/part-of": "a", "app.kubernetes.io/managed-by": "oam",
        "app.oam.dev/component": "web", "app.oam.dev/name": "a"});
    assert_eq!(deployment["metadata"]["labels"], labels);
    assert_eq!(made.object("Service", "web")["metadata"]["labels"], labels);
    assert_eq!(deployment["spec"]["selector"]["matchLabels"], json!({"app.oam.dev/component": "web"}));
    let ports = &deployment["spec"]["template"]["spec"]["containers"][0]["ports"][0];
    assert_eq!(keys(ports)[0], "name");
    let [(unit, lowered), _] = &made.units[..] else { panic!("one unit and its platform") };
    assert_eq!(unit, "a/test");
    assert_eq!(lowered.objects[0].component.as_deref(), Some("web"));
}

#[test]
fn what_another_set_is_not_changed_silently() {
    let bound = binding("{type: podsecuritycontext, properties: {runAsUser: 2}}");
    let web = component("web", "type: webservice, properties: {image: nginx, podSecurityContext: {runAsUser: 1}}");
    let made = shop("", &[("apps/a/components/web.yaml", &web), ("apps/a/traits/b.yaml", &bound)]);
    let problems = made.problems();
    assert_eq!(problems.lines().count(), 1, "{problems}");
    assert!(problems.starts_with("apps/a/traits/b.yaml:4:"), "at the line of the one who patches: {problems}");
    assert!(
        problems.contains("patch-conflict: trait `podsecuritycontext` changes") && problems.contains("which the component set"),
        "{problems}"
    );
    assert!(problems.contains("apps/a/components/web.yaml:4:"), "and the other place is shown: {problems}");

    let patch = |value: &str, more: &str| format!("      patch: {{spec: {{{more}minReadySeconds: {value}}}}}\n");
    let (one, two) = (definition("TraitDefinition", "one", &patch("1", "")), definition("TraitDefinition", "two", &patch("2", "")));
    let both = binding("{type: one}, {type: two}");
    let with = |two: &str| {
        shop(
            "",
            &[
                ("definitions/one.yaml", &one),
                ("definitions/two.yaml", two),
                ("apps/a/components/web.yaml", WEB),
                ("apps/a/traits/b.yaml", &both),
            ],
        )
    };
    let problems = with(&two).problems();
    assert!(problems.contains("trait `two` changes `spec.minReadySeconds` of `Deployment web`, which trait `one` set"), "{problems}");
    // A definition that lists the other one may, and a patch that says so may.
    let listed = with(&two.replace("spec:\n  schematic", "spec:\n  overrides: [one]\n  schematic"));
    assert_eq!(fine(&listed).object("Deployment", "web")["spec"]["minReadySeconds"], 2);
    assert_eq!(listed.units[0].1.log.lost.iter().filter(|lost| lost.value == oam::tree::Value::Int(1)).count(), 1, "blame shows what lost");
    let declared = with(&definition("TraitDefinition", "two", &patch("2", "$patch: override, ")));
    assert_eq!(fine(&declared).object("Deployment", "web")["spec"]["minReadySeconds"], 2);
}

#[test]
fn outputs_of_a_component_have_names_of_their_own() {
    let output = "      outputs: {map: {apiVersion: v1, kind: ConfigMap, metadata: {name: NAME}}}\n";
    let one = definition("TraitDefinition", "one", &output.replace("NAME", "x"));
    let two = definition("TraitDefinition", "two", &output.replace("NAME", "z"));
    let bound = binding("{type: one}, {type: two}");
    let made = shop(
        "",
        &[
            ("definitions/1.yaml", &one),
            ("definitions/2.yaml", &two),
            ("apps/a/components/web.yaml", WEB),
            ("apps/a/traits/b.yaml", &bound),
        ],
    );
    assert!(
        made.problems().contains("name-clash: the trait type `two` makes an output `map`, which is there already"),
        "{}",
        made.problems()
    );
}

#[test]
fn files_of_a_component_are_one_config_map_mounted_file_by_file() {
    let web = component(
        "web",
        "type: webservice, properties: {image: nginx}, config: [{path: /etc/web/app.yaml, data: {pool: {size: 10}}}, {path: /etc/a/x.conf, format: text, data: hi}, {path: /etc/b/x.conf, format: text, data: ho}]",
    );
    let made = shop("", &[("apps/a/components/web.yaml", &web)]);
    let map = fine(&made).object("ConfigMap", "web-config");
    assert_eq!(map["data"], json!({"app.yaml": "pool:\n  size: 10\n", "etc_a_x.conf": "hi", "etc_b_x.conf": "ho"}));
    let pod = &made.object("Deployment", "web")["spec"]["template"]["spec"];
    assert_eq!(pod["volumes"], json!([{"name": "config", "configMap": {"name": "web-config"}}]));
    assert_eq!(
        pod["containers"][0]["volumeMounts"][0],
        json!({"name": "config", "mountPath": "/etc/web/app.yaml", "subPath": "app.yaml", "readOnly": true})
    );
    let external = component("web", "type: external, properties: {host: x.example.com}, config: [{path: /etc/web/app.yaml, data: {a: 1}}]");
    let made = shop("", &[("apps/a/components/web.yaml", &external)]);
    assert!(made.problems().contains("no-container: `web` has files in `config` and no container"), "{}", made.problems());
}

#[test]
fn a_changed_file_rolls_the_pods_that_use_it_and_no_others() {
    let hash = |size: u32, more: &str| {
        let web = component(
            "web",
            &format!("type: webservice, properties: {{image: nginx{more}}}, config: [{{path: /etc/a.yaml, data: {{size: {size}}}}}]"),
        );
        let other = component("other", "type: webservice, properties: {image: nginx}");
        let made = shop("", &[("apps/a/components/web.yaml", &web), ("apps/a/components/other.yaml", &other)]);
        let template = |name: &str| {
            fine(&made).object("Deployment", name)["spec"]["template"]["metadata"]["annotations"]["oam.dev/config-hash"].clone()
        };
        assert_eq!(template("other"), Value::Null);
        template("web")
    };
    assert!(hash(1, "").as_str().unwrap().len() == 16 && hash(1, "") == hash(1, ""));
    assert_ne!(hash(1, ""), hash(2, ""));
    assert_eq!(hash(1, ", annotations: {oam.dev/config-hash: \"false\"}"), "false", "the way out");
}

#[test]
fn a_job_that_runs_on_change_has_the_hash_of_its_pods_in_its_name() {
    let name = |properties: &str| {
        let job = component("migrate", &format!("type: task, properties: {{image: \"shop/migrate:1\", {properties}}}"));
        let made = shop("", &[("apps/a/components/migrate.yaml", &job)]);
        let job = fine(&made).objects()[0].to_json();
        assert_eq!(job["metadata"]["annotations"], Value::Null, "the request is taken away");
        job["metadata"]["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(name("runOn: once"), "a-migrate");
    let first = name("runOn: change");
    assert!(first.starts_with("a-migrate-") && first.len() == "a-migrate-".len() + 8, "{first}");
    assert_eq!(first, name("runOn: change"));
    assert_ne!(first, name("runOn: change, cmd: [up]"));
}

#[test]
fn names_are_never_cut() {
    let name = "w".repeat(60);
    let job = component(&name, "type: task, properties: {image: nginx}");
    let made = shop("", &[("apps/app/components/x.yaml", &job)]);
    assert!(made.problems().contains("of a Job has 64 characters, 63 are allowed"), "{}", made.problems());
    assert!(made.names()[0].ends_with(&name));
}

#[test]
fn namespaces_are_the_units_or_allowed_and_not_on_kinds_without() {
    let objects = |namespace: &str| {
        component(
            "raw",
            &format!(
                "type: manifests, properties: {{objects: [{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a, namespace: {namespace}}}}}, {{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {{name: b, namespace: shop}}, rules: []}}]}}"
            ),
        )
    };
    let made = shop("", &[("apps/a/components/x.yaml", &objects("shop"))]);
    assert_eq!(fine(&made).object("ClusterRole", "b")["metadata"]["namespace"], Value::Null);
    let made = shop("", &[("apps/a/components/x.yaml", &objects("other"))]);
    assert!(made.problems().contains("foreign-namespace: `ConfigMap other/a` is in the namespace `other`"), "{}", made.problems());
    assert!(made.problems().starts_with("apps/a/components/x.yaml:4:"), "{}", made.problems());
    fine(&shop(", allowedNamespaces: [other]", &[("apps/a/components/x.yaml", &objects("other"))]));
}

#[test]
fn an_environment_that_creates_its_namespace_has_it_once() {
    let made = shop(
        ", createNamespace: true",
        &[("apps/a/components/web.yaml", WEB), ("apps/b/components/web.yaml", &WEB.replace("web}", "api}"))],
    );
    assert_eq!(fine(&made).names().iter().filter(|name| *name == "Namespace shop").count(), 1);
    assert_eq!(made.units.last().unwrap().0, "_platform/test");
    assert_eq!(made.object("Namespace", "shop")["metadata"]["namespace"], Value::Null);
}

#[test]
fn scopes_make_things_per_application_namespace_environment_and_cluster() {
    let output = |per: &str| {
        format!(
            "        {per}:\n          per: {per}\n          apiVersion: v1\n          kind: ConfigMap\n          metadata: {{name: {per}, namespace: shop}}\n          data: {{members: \"{{{{ context.members | map(attribute='name') | join(' ') }}}}\"}}\n"
        )
    };
    let outputs: String = ["application", "namespace", "environment", "cluster"].iter().map(|per| output(per)).collect();
    let scope = definition("ScopeDefinition", "inventory", &format!("      outputs:\n{outputs}"));
    let used = "apiVersion: oam.dev/v1beta1\nkind: Scope\nmetadata: {name: s}\nspec: {type: inventory, applications: [a]}\n";
    let made = shop(
        ", allowedNamespaces: [shop]",
        &[
            ("definitions/s.yaml", &scope),
            ("scopes/s.yaml", used),
            ("apps/a/components/web.yaml", WEB),
            ("apps/a/components/api.yaml", &WEB.replace("web}", "api}")),
            ("apps/b/components/web.yaml", &WEB.replace("web}", "other}")),
        ],
    );
    for per in ["application", "namespace", "environment", "cluster"] {
        assert_eq!(fine(&made).object("ConfigMap", per)["data"]["members"], "api web", "{per}");
        assert_eq!(made.names().iter().filter(|name| **name == format!("ConfigMap {per}")).count(), 1, "{per}");
    }
}

#[test]
fn scopes_see_who_talks_to_whom_over_applications() {
    let client =
        component("front", "type: webservice, properties: {image: nginx}, connectsTo: [{application: a, component: web, ports: [http]}]");
    let network = "apiVersion: oam.dev/v1beta1\nkind: Scope\nmetadata: {name: net}\nspec: {type: network, environments: [test]}\n";
    let files = |client: &str| {
        shop("", &[("scopes/net.yaml", network), ("apps/a/components/web.yaml", WEB), ("apps/b/components/front.yaml", client)])
    };
    let made = files(&client);
    let policy = fine(&made).object("NetworkPolicy", "web")["spec"].clone();
    assert_eq!(policy["policyTypes"], json!(["Ingress"]));
    assert_eq!(
        policy["ingress"],
        json!([{"from": [{"podSelector": {"matchLabels": {"app.oam.dev/component": "front"}}}], "ports": [{"port": 80, "protocol": "TCP"}]}])
    );
    assert_eq!(made.object("NetworkPolicy", "front")["spec"]["policyTypes"], json!(["Egress"]));
    let problems = files(&client.replace("[http]", "[htp]")).problems();
    assert!(problems.contains("`web` has no port `htp`") && problems.starts_with("apps/b/components/front.yaml"), "{problems}");
}

#[test]
fn a_broken_rule_of_a_scope_is_told_to_the_author_of_the_value() {
    let bound = binding("{type: scaler, properties: {replicas: 1}}");
    let scope = "apiVersion: oam.dev/v1beta1\nkind: Scope\nmetadata: {name: up}\nspec: {type: availability, components: [web], properties: {minReplicas: 2}}\n";
    let made = shop("", &[("apps/a/components/web.yaml", WEB), ("apps/a/traits/b.yaml", &bound), ("scopes/up.yaml", scope)]);
    let problems = made.problems();
    assert!(problems.contains("rule-broken: fewer replicas than the scope's floor ["), "{problems}");
    assert!(problems.starts_with("apps/a/traits/b.yaml:4:"), "{problems}");
    assert!(problems.contains("scopes/up.yaml:3:"), "the scope is shown: {problems}");
}

#[test]
fn a_value_that_nobody_wrote_is_told_to_whoever_asked_for_it() {
    let scope =
        "apiVersion: oam.dev/v1beta1\nkind: Scope\nmetadata: {name: up}\nspec: {type: availability, properties: {minReplicas: 2}}\n";
    let bound = binding("{type: hpa}");
    let made = shop("", &[("apps/a/components/web.yaml", WEB), ("apps/a/traits/b.yaml", &bound), ("scopes/up.yaml", scope)]);
    let problems = made.problems();
    assert!(problems.starts_with("apps/a/traits/b.yaml:4:"), "not at the default in the definition: {problems}");
    assert!(problems.contains("builtin/libraries/hpa.yaml") && problems.contains("nobody set it: it comes from here"), "{problems}");
}

#[test]
fn place_decides_on_which_clusters_a_member_runs() {
    let scope = definition("ScopeDefinition", "where", "      place: context.cluster == 'eu'\n");
    let used = "apiVersion: oam.dev/v1beta1\nkind: Scope\nmetadata: {name: s}\nspec: {type: where, components: [web]}\n";
    let clusters = "apiVersion: oam.dev/v1beta1\nkind: Cluster\nmetadata: {name: eu}\nspec: {}\n---\napiVersion: oam.dev/v1beta1\nkind: Cluster\nmetadata: {name: us}\nspec: {}\n";
    let made = shop(
        ", clusters: [eu, us]",
        &[("definitions/s.yaml", &scope), ("scopes/s.yaml", used), ("clusters/c.yaml", clusters), ("apps/a/components/web.yaml", WEB)],
    );
    let of = |unit: &str| fine(&made).units.iter().find(|(name, _)| name == unit).unwrap().1.objects.len();
    assert_eq!((of("a/test/eu"), of("a/test/us")), (2, 0));
}

#[test]
fn two_objects_of_one_identity_on_a_cluster_are_an_error_with_both_places() {
    let made = shop("", &[("apps/a/components/web.yaml", WEB), ("apps/b/components/web.yaml", WEB)]);
    let problems = made.problems();
    assert!(problems.contains("`Deployment shop/web` and `Service shop/web` are rendered by `a/test` and by `b/test`"), "{problems}");
    assert!(problems.contains("[apps/a/components/web.yaml:"), "{problems}");
}
