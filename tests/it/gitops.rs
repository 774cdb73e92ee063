//! Changes between revisions of a project, and publications, in real repositories.

mod many;
mod proof;
mod publishing;
mod rounds;
mod trouble;
pub mod world;

use std::fs;
use std::path::Path;

use crate::cli::meanwhile;
use crate::program::{example, oam};

/// What a change does, told twice: by what can differ, and by all that there is.
fn both(project: &Path) -> (String, String) {
    let told = |args: &[&str]| {
        let run = oam(project, ["diff", "--base", "HEAD", "--format", "json"].iter().chain(args));
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    (told(&[]), told(&["--whole"]))
}

#[test]
fn rendering_only_what_can_differ_tells_the_same() {
    let (_here, project) = example("sock-shop");
    meanwhile(&project, "git init -q -b main . && git add . && git commit -q -m one");
    let orders = "teams/fulfilment/apps/orders/components/orders.yaml";
    let carts = "teams/storefront/apps/shop/components/carts.yaml";
    for (what, file, from, to) in [
        ("an image of one application", orders, "image: weaveworksdemos/orders:0.4.7", "image: weaveworksdemos/orders:0.4.8"),
        (
            "a connection, which others see",
            carts,
            "connectsTo: [{component: carts-db}]",
            "connectsTo: [{component: carts-db}, {component: catalogue}]",
        ),
        ("a scope, which all see", "scopes/quota.yaml", "kind: Scope", "# changed\nkind: Scope"),
        ("a trait of everybody", "traits/replicas.yaml", "replicas: ", "replicas: 1"),
    ] {
        let path = project.join(file);
        let before = fs::read_to_string(&path).unwrap();
        let after = before.replacen(from, to, 1);
        assert_ne!(before, after, "{what}: `{from}` is not in {file} any more");
        fs::write(&path, after).unwrap();
        let (some, all) = both(&project);
        assert_eq!(some, all, "{what}");
        assert!(what.starts_with("a scope") || some.contains("\"change\""), "{what} changes nothing");
        fs::write(&path, before).unwrap();
    }
    // Nothing changed, and a file that nobody reads.
    fs::write(project.join("notes.txt"), "x").unwrap();
    let (some, all) = both(&project);
    assert!(some == all && !some.contains("\"change\""));
}
