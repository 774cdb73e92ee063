//! Applications that stand for themselves: `-f`.

use std::fs;

use crate::program::oam;

const APPLICATION: &str = "\
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: shop, namespace: store}
spec:
  components:
    - name: web
      type: webservice
      properties: {image: 'nginx:1.27', ports: [{port: 80, expose: true}]}
      traits:
        - {type: scaler, properties: {replicas: 3}}
";

#[test]
fn an_application_renders_without_a_project() {
    let here = tempfile::tempdir().unwrap();
    fs::write(here.path().join("app.yaml"), APPLICATION).unwrap();
    let run = oam(here.path(), ["render", "-f", "app.yaml"]);
    assert_eq!((run.code, &*run.stderr), (0, ""));
    assert_eq!(run.stdout.matches("\n  namespace: store\n").count(), 2, "{}", run.stdout);
    assert!(run.stdout.contains("kind: Deployment") && run.stdout.contains("kind: Service") && run.stdout.contains("replicas: 3"));
    assert!(!run.stdout.contains("config-hash"), "others render it too: {}", run.stdout);
    let checked = oam(here.path(), ["check", "-f", "app.yaml"]);
    assert_eq!((checked.code, &*checked.stderr), (0, "checked 2 objects in 1 directory\n"));
    let blamed = oam(here.path(), ["blame", "-f", "app.yaml", "Deployment/web", "replicas"]);
    assert!(blamed.code == 0 && blamed.stdout.contains("app.yaml:10"), "{}{}", blamed.stdout, blamed.stderr);
    assert_eq!(oam(here.path(), ["list", "-f", "app.yaml"]).code, 0);
}

#[test]
fn what_is_no_application_is_told() {
    let here = tempfile::tempdir().unwrap();
    for (name, text, expected) in [
        ("empty.yaml", "", "`empty.yaml` holds no document"),
        ("service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n", "only Applications are rendered by `-f`"),
        ("twice.yaml", &format!("{APPLICATION}---\n{APPLICATION}"), "two of kind application called `shop`"),
    ] {
        fs::write(here.path().join(name), text).unwrap();
        let run = oam(here.path(), ["render", "-f", name]);
        assert!(run.code == 1 && run.stderr.contains(expected) && run.stdout.is_empty(), "{name}: {}", run.stderr);
    }
    for (name, expected) in [("absent.yaml", "there is no file `absent.yaml`"), (".", "`.` is a directory")] {
        let run = oam(here.path(), ["render", "-f", name]);
        assert!(run.code == 2 && run.stderr.contains(expected), "{name}: {}", run.stderr);
    }
}

const GEO: &str = "\
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: geo, namespace: home, labels: {team: a}}
spec:
  components:
    - name: site
      type: webservice
      dependsOn: [admin]
      properties: {image: 'site:1', env: [{name: A, value: '1'}], labels: {a: '1', b: '1'}}
      traits: [{type: scaler, properties: {replicas: 1}}]
    - {name: admin, type: webservice, properties: {image: 'admin:1'}}
    - {name: shard, type: worker, dependsOn: [site], properties: {image: 'shard:1'}}
  policies:
    - {name: staging, type: topology, properties: {clusters: [local], namespace: stage}}
    - {name: prod, type: topology, properties: {clusters: [eu-1, us-1], namespace: prod}}
    - name: big
      type: override
      properties:
        components:
          - {name: 's*', properties: {labels: {b: '2'}}, traits: [{type: scaler, properties: {replicas: 4}}]}
          - {name: admin, type: worker, properties: {image: 'admin:2'}}
          - {name: extra, type: worker, properties: {image: 'extra:1'}}
    - {name: no-extra, type: override, properties: {selector: [site, shard]}}
    - {name: copies, type: replication, properties: {keys: [a, b], selector: [shard]}}
  workflow:
    steps:
      - {name: one, type: deploy, properties: {policies: [staging]}}
      - name: two
        type: step-group
        subSteps: [{name: three, type: deploy, properties: {policies: [big, prod, no-extra, copies]}}]
      - {name: four, type: deploy, properties: {policies: [big]}}
";

#[test]
fn each_topology_has_a_directory_with_what_its_steps_deploy() {
    let here = tempfile::tempdir().unwrap();
    fs::write(here.path().join("geo.yaml"), GEO).unwrap();
    let run = oam(here.path(), ["render", "-f", "geo.yaml", "-o", "out"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let files = crate::program::files(&here.path().join("out"));
    let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).filter(|path| path.ends_with(".yaml")).collect();
    let in_prod = ["deployment-shard-a.yaml", "deployment-shard-b.yaml", "deployment-site.yaml"];
    let mut expected: Vec<String> = ["admin", "extra", "shard", "site"].map(|name| format!("none/geo/deployment-{name}.yaml")).into();
    expected.extend(["eu-1", "us-1"].iter().flat_map(|cluster| in_prod.map(|file| format!("prod/{cluster}/geo/{file}"))));
    expected.extend(["admin", "shard", "site"].map(|name| format!("staging/local/geo/deployment-{name}.yaml")));
    assert_eq!(paths, expected);
    let text = |path: &str| fs::read_to_string(here.path().join("out").join(path)).unwrap();
    let site = text("prod/us-1/geo/deployment-site.yaml");
    assert!(site.contains("namespace: prod\n") && site.contains("replicas: 4\n"), "{site}");
    assert!(site.contains("team: a\n"), "labels of the Application go to all objects: {site}");
    assert!(site.contains("a: \"1\"\n") && site.contains("b: \"2\"\n"), "maps merge: {site}");
    assert!(text("staging/local/geo/deployment-site.yaml").contains("namespace: stage\n"));
    assert!(text("none/geo/deployment-site.yaml").contains("namespace: home\n"));
    assert!(text("none/geo/deployment-admin.yaml").contains("image: admin:2\n"), "another type replaces");
    let shard = text("prod/eu-1/geo/deployment-shard-b.yaml");
    assert_eq!(shard.matches("app.oam.dev/replicaKey: b\n").count(), 2, "selector and pods: {shard}");
    let one = oam(here.path(), ["render", "-f", "geo.yaml", "--env", "staging"]);
    assert_eq!(one.stdout.matches("kind: Deployment").count(), 3, "{}", one.stdout);
    let blamed = oam(here.path(), ["blame", "-f", "geo.yaml", "--env", "prod", "Deployment/site", "replicas"]);
    assert!(blamed.stdout.contains("geo.yaml:20") && blamed.stdout.contains("geo.yaml:10"), "what it won over: {}", blamed.stdout);
}

#[test]
fn objects_that_name_a_namespace_keep_it_unless_a_topology_moves_them() {
    let here = tempfile::tempdir().unwrap();
    let text = |policies: &str| {
        format!(
            "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {{name: x}}\nspec:\n  components:\n    - name: raw\n      type: manifests\n      \
             properties: {{objects: [{{apiVersion: v1, kind: ConfigMap, metadata: {{name: c, namespace: elsewhere}}}}]}}\n{policies}"
        )
    };
    fs::write(here.path().join("kept.yaml"), text("")).unwrap();
    let moved = "  policies: [{name: here, type: topology, properties: {namespace: there}}]\n";
    fs::write(here.path().join("moved.yaml"), text(moved)).unwrap();
    for (file, namespace) in [("kept.yaml", "elsewhere"), ("moved.yaml", "there")] {
        let run = oam(here.path(), ["render", "-f", file]);
        assert!(run.code == 0 && run.stdout.contains(&format!("namespace: {namespace}\n")), "{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn policies_and_workflows_may_have_documents_of_their_own() {
    let here = tempfile::tempdir().unwrap();
    let application = "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {name: x}\nspec:\n  components: [{name: web, type: worker, properties: {image: 'a:1'}}]\n  \
                       workflow: {ref: release}\n";
    let others = "apiVersion: core.oam.dev/v1alpha1\nkind: Policy\nmetadata: {name: second}\ntype: override\nproperties: {components: [{properties: {image: 'a:2'}}]}\n---\n\
                  apiVersion: core.oam.dev/v1alpha1\nkind: Workflow\nmetadata: {name: release}\nsteps: [{name: go, type: deploy, properties: {policies: [second]}}]\n---\n\
                  apiVersion: core.oam.dev/v1alpha1\nkind: Policy\nmetadata: {name: unused}\ntype: debug\n";
    fs::write(here.path().join("app.yaml"), application).unwrap();
    fs::write(here.path().join("others.yaml"), others).unwrap();
    let run = oam(here.path(), ["render", "-f", "app.yaml", "-f", "others.yaml"]);
    assert!(run.code == 0 && run.stdout.contains("image: a:2\n"), "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("no Application refers to the policy `unused`"), "{}", run.stderr);
    let alone = oam(here.path(), ["render", "-f", "app.yaml"]);
    assert!(alone.code == 1 && alone.stderr.contains("no Workflow is called `release`"), "{}", alone.stderr);
}

#[test]
fn definitions_beside_an_application_are_its_types_too() {
    let here = tempfile::tempdir().unwrap();
    let definition = "apiVersion: core.oam.dev/v1beta1\nkind: ComponentDefinition\nmetadata: {name: note}\nspec:\n  schematic:\n    minijinja:\n      \
                      parameters: {type: object, properties: {text: {type: string}}}\n      output: {apiVersion: v1, kind: ConfigMap, metadata: {name: '{{ context.name }}'}, data: {text: '{{ parameter.text }}'}}\n";
    fs::create_dir_all(here.path().join("types/deep")).unwrap();
    fs::write(here.path().join("types/deep/note.yaml"), definition).unwrap();
    let application = "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {name: x}\nspec:\n  components: [{name: hi, type: note, properties: {text: hello}}]\n";
    fs::write(here.path().join("app.yaml"), application).unwrap();
    let run = oam(here.path(), ["render", "-f", "app.yaml", "--definitions", "types"]);
    assert!(run.code == 0 && run.stdout.contains("text: hello\n"), "{}{}", run.stdout, run.stderr);
    let wrong = oam(here.path(), ["render", "-f", "app.yaml", "--definitions", "nowhere"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("names no directory"), "{}", wrong.stderr);
}
