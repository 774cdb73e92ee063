//! What Flux is told of stages, as kustomize understands it. The objects themselves are in `tests/render/delivery`.

use std::fs;
use std::path::Path;
use std::process::Command;

use oam::diag::Sink;
use oam::source::{Role, Sources};
use oam::tree::{Node, emit, read_yaml};

const TREE: &str = "tests/render/delivery/expected";

fn read(path: &Path) -> Node {
    let mut sources = Sources::default();
    let file = sources.add(path.display().to_string(), fs::read_to_string(path).unwrap(), Role::InfraOperator).unwrap();
    read_yaml(&file, &Sink::new()).remove(0).root
}

fn text<'a>(node: &'a Node, path: &[&str]) -> &'a str {
    node.at(path).and_then(Node::as_str).unwrap_or_else(|| panic!("{path:?}"))
}

/// The objects of an application that a Kustomization applies, as kustomize says; `None` where there is no kubectl.
fn applied(kustomization: &Node, files: &Path) -> Option<Vec<String>> {
    let here = tempfile::tempdir().unwrap();
    let mut page = String::from("resources:\n");
    for entry in fs::read_dir(files).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.ends_with(".yaml") {
            page.push_str(&format!("- {name}\n"));
            fs::copy(&path, here.path().join(name)).unwrap();
        }
    }
    if let Some(patches) = kustomization.at(&["spec", "patches"]) {
        let mut text = String::new();
        emit(patches, &mut text);
        page.push_str(&format!("patches:\n{text}"));
    }
    fs::write(here.path().join("kustomization.yaml"), page).unwrap();
    let run = Command::new("kubectl").arg("kustomize").arg(here.path()).output().ok()?;
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let built = here.path().join("built.yaml");
    fs::write(&built, &run.stdout).unwrap();
    let mut sources = Sources::default();
    let file = sources.add("built.yaml", fs::read_to_string(&built).unwrap(), Role::InfraOperator).unwrap();
    let objects = read_yaml(&file, &Sink::new());
    let mut names: Vec<String> =
        objects.iter().map(|object| format!("{}/{}", text(&object.root, &["kind"]), text(&object.root, &["metadata", "name"]))).collect();
    names.sort();
    Some(names)
}

#[test]
fn each_stage_applies_its_part_and_waits_for_the_one_before() {
    let tree = Path::new(TREE);
    let of = |name: &str| {
        let file = format!("prod/eu-1/_delivery/flux/shop/kustomization.kustomize.toolkit.fluxcd.io-shop-prod-{name}.yaml");
        read(&tree.join(file))
    };
    let stages = [of("orders-0"), of("orders-1"), of("orders")];
    let before: Vec<&str> = stages.iter().map(|stage| text(&stage.at(&["spec", "dependsOn"]).unwrap().items()[0], &["name"])).collect();
    assert_eq!(before, ["shop-prod", "shop-prod-orders-0", "shop-prod-orders-1"]);
    let expected = [&["Deployment/cache", "Service/db", "StatefulSet/db"][..], &["Job/orders-migrate"], &["Deployment/api", "Service/api"]];
    for (stage, expected) in stages.iter().zip(expected) {
        // Without kubectl only the texts above and of the recorded tree are compared.
        if let Some(found) = applied(stage, &tree.join("prod/eu-1/orders")) {
            assert_eq!(found, expected);
        }
    }
    if let Some(found) = applied(&of("pay"), &tree.join("prod/eu-1/pay")) {
        assert_eq!(found, ["Deployment/pay"]);
    }
}
