//! Releases that name a commit: what runs is what that commit held of the developers' documents, and nothing is read that need not be.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use oam::diag::Sink;
use oam::load::load;
use oam::source::{Earlier, Memory, NoState, ReadError, SourceTree, Sources, TreeEntry};

use crate::cli::meanwhile;
use crate::program::{copy, example, files, oam, root};

const SHOP: &str = "teams/storefront/apps/shop";
const ORDERS: &str = "teams/fulfilment/apps/orders";

fn fine(project: &Path, args: &[&str]) -> String {
    let run = oam(project, args);
    assert_eq!(run.code, 0, "oam {args:?}: {}", run.stderr);
    run.stdout
}

fn edit(project: &Path, file: &str, from: &str, to: &str) {
    let path = project.join(file);
    let before = fs::read_to_string(&path).unwrap();
    assert!(before.contains(from), "`{from}` is not in {file} any more");
    fs::write(path, before.replacen(from, to, 1)).unwrap();
}

/// Lets the production of both applications run a revision.
fn pin(project: &Path, revision: &str) {
    for application in [SHOP, ORDERS] {
        edit(project, &format!("{application}/releases/prod.yaml"), "spec:\n", &format!("spec:\n  revision: {revision}\n"));
    }
}

/// What production renders to.
fn production(project: &Path) -> Vec<(String, Vec<u8>)> {
    let output = tempfile::tempdir().unwrap();
    fine(project, &["render", "prod", "-q", "-o", &output.path().to_string_lossy()]);
    files(output.path()).into_iter().filter(|(path, _)| !path.ends_with(".oam-inventory")).collect()
}

/// The sock shop in a folder of a repository, with a tag `v1`.
fn shop() -> (tempfile::TempDir, PathBuf) {
    let here = tempfile::tempdir().unwrap();
    let project = here.path().join("the répo/a shop");
    copy(&root().join("examples/sock-shop"), &project);
    meanwhile(project.parent().unwrap(), "git init -q -b main . && git add . && git commit -q -m one && git tag v1");
    (here, project)
}

#[test]
fn what_runs_is_what_the_commit_held_whatever_happened_since() {
    let (_here, project) = shop();
    let then = production(&project);
    let carts = format!("{SHOP}/components/carts.yaml");
    edit(&project, &carts, "image: weaveworksdemos/carts:", "image: weaveworksdemos/carts-2:");
    edit(&project, &format!("{SHOP}/components/config/features.yaml"), ":", "2:");
    meanwhile(
        &project,
        &format!("git mv {SHOP}/components/user.yaml {SHOP}/components/people.yaml && git rm -q {ORDERS}/components/payment.yaml"),
    );
    meanwhile(&project, "git add . && git commit -q -m two");
    // What no commit has counts no more than what later ones have.
    fs::write(
        project.join(format!("{ORDERS}/components/new.yaml")),
        "apiVersion: oam.dev/v1beta1\nkind: Component\nmetadata: {name: new}\nspec: {type: webservice, properties: {image: example/new:1}}\n",
    )
    .unwrap();
    pin(&project, "v1");
    assert!(production(&project) == then, "production is not what it was");
    fine(&project, &["check", "prod"]);
}

#[test]
fn a_file_that_is_what_it_was_is_told_at_its_place_in_the_folder() {
    let (_here, project) = shop();
    pin(&project, "v1");
    let blamed = fine(&project, &["blame", "Deployment/carts", "--env", "prod", "--cluster", "eu-1"]);
    assert!(blamed.contains("components/carts.yaml:") && !blamed.contains("yaml@"), "{blamed}");
}

#[test]
fn the_project_at_a_base_runs_the_revisions_of_then() {
    let (_here, project) = shop();
    edit(&project, &format!("{SHOP}/components/carts.yaml"), "value: -Xms64m", "value: -Xms65m");
    pin(&project, "v1");
    meanwhile(&project, "git add . && git commit -q -m two");
    let nothing = fine(&project, &["diff", "--base", "HEAD", "--exit-code"]);
    assert_eq!(nothing, "");
    // Moving on changes production, and nothing else.
    for application in [SHOP, ORDERS] {
        edit(&project, &format!("{application}/releases/prod.yaml"), "  revision: v1\n", "");
    }
    let diff = |whole: &[&str]| fine(&project, &[&["diff", "--base", "HEAD", "--format", "json"], whole].concat());
    let told = diff(&[]);
    assert_eq!(told, diff(&["--whole"]));
    assert!(told.contains("-Xms65m") && told.contains("prod/eu-1") && !told.contains("\"dev\"") && !told.contains("staging"), "{told}");
}

#[test]
fn promote_and_rollback_are_each_others_inverse() {
    let (_here, project) = example("hello");
    meanwhile(&project, "printf rendered/ > .gitignore && git init -q -b main . && git add . && git commit -q -m one && git tag v1");
    for (environment, tag) in [("staging", "1.28"), ("prod", "1.27")] {
        fine(&project, &["image", "set", &format!("nginxinc/nginx-unprivileged={tag}"), "--env", environment, "--revision", "v1"]);
    }
    edit(&project, "apps/hello/releases/prod.yaml", "spec:", "# by hand\nspec: # kept");
    meanwhile(&project, "git add . && git commit -q -m two");
    let state = || {
        fine(&project, &["render", "-q"]);
        files(&project).into_iter().filter(|(path, _)| !path.starts_with(".git/")).collect::<Vec<_>>()
    };
    let before = state();
    for round in 0..4 {
        edit(&project, "apps/hello/components/web.yaml", "greeting: hello", &format!("greeting: hello{round}"));
        meanwhile(&project, "git commit -q -a -m change");
        fine(&project, &["image", "set", &format!("nginxinc/nginx-unprivileged=1.3{round}"), "--env", "staging", "--revision", "HEAD"]);
        meanwhile(&project, "git commit -q -a -m staging");
        fine(&project, &["promote", "--from", "staging", "--to", "prod", "--app", "hello"]);
        let rendered = |environment: &str| {
            fine(&project, &["render", "-q"]);
            fs::read_to_string(project.join(format!("rendered/{environment}/hello/configmap-web-config.yaml"))).unwrap()
        };
        assert!(rendered("prod").contains(&format!("hello{round}")) && rendered("staging").contains(&format!("hello{round}")));
        meanwhile(&project, "git commit -q -a -m promoted");
        fine(&project, &["rollback", "--env", "prod", "--app", "hello"]);
        fine(&project, &["rollback", "--env", "staging", "--app", "hello"]);
        let after = state();
        let is_release = |path: &str| {
            path.starts_with("apps/hello/releases/") || path.starts_with("rendered/prod") || path.starts_with("rendered/staging")
        };
        for ((path, then), (_, now)) in before.iter().zip(&after).filter(|((path, _), _)| is_release(path)) {
            assert_eq!(String::from_utf8_lossy(then), String::from_utf8_lossy(now), "{path} after round {round}");
        }
        meanwhile(&project, "git commit -q -a -m back");
    }
}

#[test]
fn a_commit_that_a_shallow_clone_lacks_says_how_it_comes_there() {
    let (here, project) = example("hello");
    meanwhile(&project, "git init -q -b main . && git add . && git commit -q -m one && git tag v1");
    fine(&project, &["image", "set", "nginxinc/nginx-unprivileged=1.29", "--env", "prod", "--revision", "v1"]);
    edit(&project, "apps/hello/components/web.yaml", "greeting: hello", "greeting: ahoy");
    meanwhile(&project, "git add . && git commit -q -m two && git tag -d v1 >/dev/null");
    meanwhile(here.path(), "git clone -q --depth 1 \"file://$PWD/project\" clone");
    let clone = here.path().join("clone");
    let run = oam(&clone, ["check", "prod"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    for told in [
        "[unknown-revision]",
        "is not in this clone, which is a shallow one",
        "`git fetch --unshallow`",
        "git fetch --depth 1 origin ",
        "releases/prod.yaml:7:13",
    ] {
        assert!(run.stderr.contains(told), "{told} in {}", run.stderr);
    }
    meanwhile(&clone, "git fetch -q --unshallow");
    fine(&clone, &["check", "prod"]);
    let rendered = fine(&clone, &["render", "prod", "-o", "-"]);
    assert!(rendered.contains("greeting: hello") && !rendered.contains("ahoy"));
}

/// A tree with one earlier state, which counts what is asked of it.
struct Counting {
    now: Memory,
    then: Arc<Then>,
    asked: AtomicUsize,
}

struct Then {
    tree: Memory,
    differ: Vec<&'static str>,
    read: Mutex<Vec<String>>,
}

impl SourceTree for Counting {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        self.now.read(path, limit)
    }
    fn list(&self, path: &str) -> Result<Vec<TreeEntry>, ReadError> {
        self.now.list(path)
    }
    fn earlier(&self, _: &str) -> Result<Arc<dyn Earlier>, NoState> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Ok(self.then.clone())
    }
}

impl SourceTree for Then {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        self.read.lock().unwrap().push(path.to_owned());
        self.tree.read(path, limit)
    }
    fn list(&self, path: &str) -> Result<Vec<TreeEntry>, ReadError> {
        self.tree.list(path)
    }
}

impl Earlier for Then {
    fn id(&self) -> &str {
        "4f2c9e1"
    }
    fn may_differ(&self, path: &str) -> bool {
        self.differ.contains(&path)
    }
}

#[test]
fn a_commit_is_read_once_and_of_it_only_what_differs() {
    let document = |text: &str| format!("apiVersion: oam.dev/v1beta1\n{text}\n");
    let mut now = Memory::new();
    now.insert("oam.yaml", document("kind: Project\nmetadata: {name: shop}\nspec: {applications: [\"apps/*\"]}"));
    for environment in ["dev", "staging", "prod"] {
        now.insert(format!("environments/{environment}.yaml"), document(&format!("kind: Environment\nmetadata: {{name: {environment}}}")));
    }
    for application in 0..20 {
        for component in ["a", "b"] {
            let text = format!(
                "kind: Component\nmetadata: {{name: {component}}}\nspec: {{type: t, config: [{{path: /x, file: config/{component}.txt}}]}}"
            );
            now.insert(format!("apps/{application}/components/{component}.yaml"), document(&text));
            now.insert(format!("apps/{application}/components/config/{component}.txt"), "text");
        }
        for environment in ["staging", "prod"] {
            let text = format!("kind: Release\nmetadata: {{name: {environment}}}\nspec: {{environment: {environment}, revision: v1}}");
            now.insert(format!("apps/{application}/releases/{environment}.yaml"), document(&text));
        }
    }
    let mut then = now.clone();
    then.insert("apps/3/components/a.yaml", document("kind: Component\nmetadata: {name: a}\nspec: {type: earlier}"));
    then.insert("apps/4/components/config/b.txt", "earlier");
    let differ = vec!["apps/3/components/a.yaml", "apps/4/components/config/b.txt"];
    let then = Arc::new(Then { tree: then, differ, read: Mutex::new(Vec::new()) });
    let tree = Counting { now, then, asked: AtomicUsize::new(0) };
    let sink = Sink::new();
    let loaded = load(&tree, Sources::new(), &sink);
    assert!(!sink.has_errors(), "{:?}", sink.take().diagnostics);
    assert_eq!(tree.asked.load(Ordering::Relaxed), 1);
    let mut read = tree.then.read.lock().unwrap().clone();
    read.sort();
    read.dedup();
    assert_eq!(read, ["apps/3/components/a.yaml", "apps/4/components/config/b.txt"]);
    let workspace = loaded.workspace.unwrap();
    let revised = |name: &str| workspace.application(name).unwrap().revised.len();
    assert_eq!((revised("2"), revised("3"), revised("4")), (0, 1, 1), "only applications that differ have another state");
    let three = &workspace.application("3").unwrap().revised[0].documents;
    assert_eq!(three.component("a").unwrap().type_name.as_deref().map(|name| &**name), Some("earlier"));
    let place = |name: &str| loaded.sources.locate(three.component(name).unwrap().meta.at).unwrap().to_string();
    assert_eq!((place("a"), place("b")), ("apps/3/components/a.yaml@v1:1:1".into(), "apps/3/components/b.yaml:1:1".into()));
}
