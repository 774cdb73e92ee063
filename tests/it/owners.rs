//! Who owns what, and changes that keep to it or do not, in real repositories.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::meanwhile;
use crate::program::{Run, example, oam};

fn write(project: &Path, path: &str, text: &str) {
    let path = project.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

const PROJECT: &str = "apiVersion: oam.dev/v1beta1
kind: Project
metadata: {name: shop}
spec:
  applications: [\"apps/*\", \"teams/*/apps/*\"]
  roles:
    developer: {owners: [\"@shop/all\"]}
    infra-operator: {paths: [\"apps/platform-*\", environments, scopes, legacy]}
  teams:
    - {name: \"@shop/a\", roles: [developer, app-operator], paths: [teams/a], members: [ada]}
    - {name: \"@shop/b\", roles: [developer], paths: [teams/b, apps/orders], members: [\"grace@example.com\"]}
    - {name: \"@shop/ops\", roles: [app-operator], members: [linus]}
    - {name: \"@shop/infra\", roles: [infra-operator], members: [margaret]}
";

/// A repository with a project of several teams, on a branch.
fn shop() -> (tempfile::TempDir, PathBuf) {
    let here = tempfile::tempdir().unwrap();
    let project = here.path().join("project");
    write(&project, "oam.yaml", PROJECT);
    write(
        &project,
        "environments/dev.yaml",
        "apiVersion: oam.dev/v1beta1\nkind: Environment\nmetadata: {name: dev}\nspec: {namespace: shop}\n",
    );
    for (folder, name) in
        [("apps/orders", "orders"), ("apps/platform-dns", "dns"), ("teams/a/apps/carts", "carts"), ("teams/b/apps/users", "users")]
    {
        let text = format!(
            "apiVersion: oam.dev/v1beta1\nkind: Component\nmetadata: {{name: {name}, labels: {{tier: back}}}}\nspec:\n  type: webservice\n  \
             properties:\n    image: shop/{name}:1\n    cpu: \"1\"\n"
        );
        write(&project, &format!("{folder}/components/{name}.yaml"), &text);
    }
    let binding = "apiVersion: oam.dev/v1beta1\nkind: TraitBinding\nmetadata: {name: back}\nspec:\n  componentSelector: {matchLabels: {tier: back}}\n  \
                   traits:\n    - {type: hpa, properties: {min: 2, max: 4}}\n";
    write(&project, "traits/back.yaml", binding);
    meanwhile(&project, "git init -q -b main . && git add . && git commit -q -m one && git checkout -q -b change");
    (here, project)
}

fn edit(project: &Path, path: &str, from: &str, to: &str) {
    let path = project.join(path);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

fn check(project: &Path, who: &str) -> Run {
    oam(project, ["owners", "--check", "--author", who, "--message-format", "short"])
}

#[test]
fn codeowners_say_the_same_as_oam() {
    for (_here, project) in [shop(), example("sock-shop"), example("hello")] {
        let run = oam(&project, ["owners", "--codeowners"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let lines: Vec<(String, Vec<&str>)> = run
            .stdout
            .lines()
            .filter(|line| line.starts_with('/'))
            .map(|line| {
                let mut words = line.split_whitespace();
                (words.next().unwrap().to_owned(), words.collect())
            })
            .collect();
        let all = oam(&project, ["owners", ".", "--format", "json"]);
        let files: serde_json::Value = serde_json::from_str(&all.stdout).unwrap();
        assert!(files.as_array().unwrap().len() > 5);
        for file in files.as_array().unwrap() {
            let path = file["path"].as_str().unwrap();
            let (_, teams) = lines.iter().rev().find(|(pattern, _)| oam::model::path_fits(pattern, path)).expect(path);
            let said: Vec<&str> = file["teams"].as_array().unwrap().iter().map(|team| team.as_str().unwrap()).collect();
            assert_eq!(*teams, said, "{path}");
        }
    }
}

#[test]
fn each_team_may_change_its_own_files_and_no_others() {
    let (_here, project) = shop();
    let of = [
        ("teams/a/apps/carts/components/carts.yaml", "ada"),
        ("teams/b/apps/users/components/users.yaml", "Grace Hopper <grace@example.com>"),
        ("apps/orders/components/orders.yaml", "GRACE@example.com"),
        ("traits/back.yaml", "@linus"),
        ("environments/dev.yaml", "margaret"),
        ("apps/platform-dns/components/dns.yaml", "margaret"),
    ];
    for (path, owner) in of {
        edit(&project, path, "metadata:", "# changed\nmetadata:");
        for (_, who) in of {
            let run = check(&project, who);
            let theirs = who.to_lowercase().trim_start_matches("grace hopper <").trim_end_matches('>')
                == owner.to_lowercase().trim_start_matches("grace hopper <").trim_end_matches('>');
            assert_eq!(run.code, i32::from(!theirs), "{who} changes {path}: {}{}", run.stdout, run.stderr);
            assert!(theirs || run.stdout.contains("error[not-owned]") && run.stdout.contains(path), "{}", run.stdout);
        }
        meanwhile(&project, "git checkout -q .");
    }
    // Approved by whoever owns it.
    edit(&project, "traits/back.yaml", "max: 4", "max: 5");
    assert_eq!(oam(&project, ["owners", "--check", "--author", "ada", "--team", "shop/ops"]).code, 0);
    assert_eq!(oam(&project, ["owners", "--check", "--role", "app-operator"]).code, 0);
    // A new file, a removed one, and a file of nobody.
    meanwhile(&project, "git checkout -q . && rm traits/back.yaml && echo x > README.md");
    write(
        &project,
        "scopes/new.yaml",
        "apiVersion: oam.dev/v1beta1\nkind: Scope\nmetadata: {name: q}\nspec: {type: quota, properties: {pods: 5}}\n",
    );
    let run = check(&project, "ada");
    assert!(run.stdout.contains("adds `scopes/new.yaml`") && run.stdout.contains("removes `traits/back.yaml`"), "{}", run.stdout);
    assert!(!run.stdout.contains("README"), "{}", run.stdout);
}

#[test]
fn what_another_role_set_is_not_taken_away() {
    let (_here, project) = shop();
    let component = "teams/a/apps/carts/components/carts.yaml";
    edit(&project, component, "tier: back", "tier: front");
    let run = check(&project, "ada");
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(
        run.stdout.contains("removes `HorizontalPodAutoscaler shop/carts`, which the app-operator (@shop/ops) asked for"),
        "{}",
        run.stdout
    );
    // What goes with its component is not taken from anybody.
    meanwhile(&project, &format!("git checkout -q . && rm {component}"));
    write(
        &project,
        "teams/a/apps/carts/components/baskets.yaml",
        "apiVersion: oam.dev/v1beta1\nkind: Component\nmetadata: {name: baskets}\nspec: {type: webservice, properties: {image: \"x/y:1\"}}\n",
    );
    let run = check(&project, "ada");
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    // Whoever comes after may change what was decided, by the ways that are meant for it.
    meanwhile(&project, "git checkout -q . && git clean -fdq");
    write(
        &project,
        "traits/more.yaml",
        "apiVersion: oam.dev/v1beta1\nkind: TraitBinding\nmetadata: {name: more}\nspec:\n  components: [orders]\n  traits: [{type: env, properties: {env: {A: b}}}]\n",
    );
    let run = check(&project, "linus");
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

#[test]
fn nobody_gives_themselves_rights_by_the_change_that_needs_them() {
    let (_here, project) = shop();
    edit(&project, "oam.yaml", "members: [ada]", "members: [ada], paths: []");
    edit(&project, "oam.yaml", "paths: [teams/a], members: [ada], paths: []", "members: [ada]");
    edit(&project, "oam.yaml", "members: [margaret]", "members: [margaret, ada]");
    edit(&project, "traits/back.yaml", "max: 4", "max: 5");
    let run = check(&project, "ada");
    assert!(run.code == 1 && run.stdout.contains("`oam.yaml`") && run.stdout.contains("`traits/back.yaml`"), "{}", run.stdout);
}
