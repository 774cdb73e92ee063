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
