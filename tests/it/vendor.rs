//! Imports of other repositories, in real ones: brought, locked, checked, and refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::meanwhile;
use crate::program::{command, files, oam};

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

const NETWORK: &str = "apiVersion: oam.dev/v1beta1
kind: Scope
metadata: {name: network}
spec: {type: network}
";

/// A platform in a bare repository, tagged `v1`, with a branch `main`; a project that imports it at `v1`, in a repository beside it.
fn shop() -> (tempfile::TempDir, PathBuf) {
    let here = tempfile::tempdir().unwrap();
    let platform = here.path().join("platform");
    let environment = |name: &str| {
        format!(
            "apiVersion: oam.dev/v1beta1\nkind: Environment\nmetadata: {{name: {name}}}\nspec: {{namespace: \"{{{{ app.name }}}}-{name}\"}}\n"
        )
    };
    write(
        &platform,
        "base/oam.yaml",
        "apiVersion: oam.dev/v1beta1\nkind: Project\nmetadata: {name: platform}\nspec: {applications: [\"apps/*\"]}\n",
    );
    write(&platform, "base/environments/prod.yaml", &environment("prod"));
    write(&platform, "base/scopes/network.yaml", NETWORK);
    write(&platform, "base/tools/run.sh", "#!/bin/sh\n");
    write(&platform, "README.md", "the platform\n");
    meanwhile(
        &platform,
        "git init -q -b main . && chmod +x base/tools/run.sh && ln -s ../tools/run.sh base/scopes/run && git add . && git commit -q -m one && git tag v1 && \
         git clone -q --bare . ../platform.git && git remote add origin ../platform.git",
    );
    let project = here.path().join("shop");
    import(&project, "{url: ../platform.git, ref: v1, path: base}");
    let component = "apiVersion: oam.dev/v1beta1\nkind: Component\nmetadata: {name: web}\nspec:\n  type: webservice\n  properties: {image: \"shop/web:1\", ports: [{port: 80}]}\n";
    write(&project, "apps/shop/components/web.yaml", component);
    meanwhile(&project, "git init -q -b main . && git add . && git commit -q -m one");
    (here, project)
}

fn import(project: &Path, git: &str) {
    let text = format!(
        "apiVersion: oam.dev/v1beta1\nkind: Project\nmetadata: {{name: shop}}\nspec:\n  applications: [\"apps/*\"]\n  imports: [{{name: platform, git: {git}}}]\n"
    );
    write(project, "oam.yaml", &text);
}

/// A change of the platform, pushed to `main`.
fn change(project: &Path, typed: &str) {
    let platform = project.parent().unwrap().join("platform");
    meanwhile(&platform, &format!("{typed} && git add -A && git commit -q -m change && git push -q origin main"));
}

fn vendor(project: &Path, args: &[&str]) -> (i32, String) {
    let run = oam(project, ["vendor"].iter().chain(args));
    (run.code, run.stderr + &run.stdout)
}

fn brought(project: &Path) -> Vec<String> {
    files(&project.join("vendor")).into_iter().map(|(path, _)| path).collect()
}

#[test]
fn what_is_imported_is_brought_once_and_locked() {
    let (_here, project) = shop();
    let before = oam(&project, ["check"]);
    assert!(before.code == 1 && before.stderr.contains("`oam vendor` brings it"), "{}", before.stderr);
    assert_eq!(
        vendor(&project, &["--check"]),
        (3, "`oam vendor` mends it; commit `vendor/` and the lock file\nplatform: it is not in the lock file\n".into())
    );
    let (code, said) = vendor(&project, &[]);
    assert!(code == 0 && said.starts_with("platform: brought 5 files (v1, ") && said.contains("from `../platform.git`"), "{said}");
    assert_eq!(
        brought(&project),
        [
            "platform/environments/prod.yaml",
            "platform/oam.yaml",
            "platform/scopes/network.yaml",
            "platform/scopes/run",
            "platform/tools/run.sh"
        ]
    );
    assert!(fs::symlink_metadata(project.join("vendor/platform/scopes/run")).unwrap().is_symlink());
    let lock = fs::read_to_string(project.join("oam.lock")).unwrap();
    for part in ["url: \"../platform.git\"", "ref: \"v1\"", "path: \"base\"", "commit: \"", "digest: \"sha256:"] {
        assert!(lock.contains(part), "{lock}");
    }
    let rendered = oam(&project, ["render"]);
    assert_eq!(rendered.code, 0, "{}", rendered.stderr);
    assert!(project.join("rendered/prod/shop/deployment-web.yaml").is_file());
    // Nobody is asked any more.
    fs::rename(project.join("../platform.git"), project.join("../gone.git")).unwrap();
    assert_eq!(vendor(&project, &["--check"]).0, 0);
    assert_eq!(vendor(&project, &[]), (0, "1 import is as the lock file says\n".into()));
    assert_eq!(fs::read_to_string(project.join("oam.lock")).unwrap(), lock);
}

#[test]
fn what_was_edited_is_found_and_mended() {
    let (_here, project) = shop();
    vendor(&project, &[]);
    let all = files(&project.join("vendor"));
    let spoil: [fn(&Path); 4] = [
        |vendor| fs::write(vendor.join("platform/environments/prod.yaml"), "kind: Environment\n").unwrap(),
        |vendor| fs::write(vendor.join("platform/environments/more.yaml"), "kind: Environment\n").unwrap(),
        |vendor| fs::remove_file(vendor.join("platform/oam.yaml")).unwrap(),
        |vendor| fs::remove_dir_all(vendor).unwrap(),
    ];
    for spoil in spoil {
        spoil(&project.join("vendor"));
        let (code, said) = vendor(&project, &["--check"]);
        assert!(code == 3 && said.contains("platform: it"), "{said}");
        let (code, said) = vendor(&project, &[]);
        assert!(code == 0 && said.contains("brought 5 files"), "{said}");
        assert!(files(&project.join("vendor")) == all);
    }
    // Of a branch that went on, the locked commit is brought.
    import(&project, "{url: ../platform.git, ref: main, path: base}");
    assert_eq!(vendor(&project, &["--check"]).0, 3);
    vendor(&project, &[]);
    change(&project, "echo '# more' >> base/oam.yaml");
    fs::remove_dir_all(project.join("vendor")).unwrap();
    let (code, said) = vendor(&project, &[]);
    assert!(code == 0 && files(&project.join("vendor")) == all, "{said}");
}

#[test]
fn branches_move_only_when_asked() {
    let (_here, project) = shop();
    import(&project, "{url: ../platform.git, ref: main, path: base}");
    vendor(&project, &[]);
    let lock = fs::read_to_string(project.join("oam.lock")).unwrap();
    change(&project, "echo '# more' >> base/oam.yaml");
    assert_eq!(vendor(&project, &[]).0, 0);
    assert_eq!(fs::read_to_string(project.join("oam.lock")).unwrap(), lock);
    assert_eq!(vendor(&project, &["--update", "platform"]).0, 0);
    assert_ne!(fs::read_to_string(project.join("oam.lock")).unwrap(), lock);
    assert!(fs::read_to_string(project.join("vendor/platform/oam.yaml")).unwrap().ends_with("# more\n"));
    // A commit, by its id and by a part of it.
    let commit = lock.split("commit: \"").nth(1).unwrap()[..40].to_owned();
    for id in [&commit[..], &commit[..9]] {
        import(&project, &format!("{{url: ../platform.git, ref: \"{id}\", path: base}}"));
        let (code, said) = vendor(&project, &[]);
        assert!(code == 0 && fs::read_to_string(project.join("oam.lock")).unwrap().contains(&commit), "{said}");
        assert!(!fs::read_to_string(project.join("vendor/platform/oam.yaml")).unwrap().ends_with("# more\n"));
    }
    // What is no import any more goes, with the lock.
    write(&project, "oam.yaml", "apiVersion: oam.dev/v1beta1\nkind: Project\nmetadata: {name: shop}\nspec: {applications: [\"apps/*\"]}\n");
    assert_eq!(vendor(&project, &["--check"]).0, 3);
    assert_eq!(vendor(&project, &[]).0, 0);
    assert!(!project.join("vendor").exists() && !project.join("oam.lock").exists());
}

#[test]
fn what_cannot_be_brought_leaves_what_was() {
    let (_here, project) = shop();
    vendor(&project, &[]);
    let (all, lock) = (files(&project.join("vendor")), fs::read_to_string(project.join("oam.lock")).unwrap());
    let refused = |git: &str, code: i32, told: &str| {
        import(&project, git);
        let (found, said) = vendor(&project, &[]);
        assert!(found == code && said.contains(told), "{git}: {found}: {said}");
        assert!(files(&project.join("vendor")) == all && fs::read_to_string(project.join("oam.lock")).unwrap() == lock, "{git}");
    };
    refused("{url: ../nothing.git, ref: v1, path: base}", 4, "cannot bring the import `platform`: `git fetch` failed");
    refused("{url: ../platform.git, ref: v9, path: base}", 4, "couldn't find remote ref v9");
    refused("{url: ../platform.git, ref: v1, path: bases}", 1, "the import `platform` brings nothing: `bases` of it has no oam.yaml");
    let marker = project.join("run");
    refused(&format!("{{url: \"ext::sh -c 'touch {}'\"}}", marker.display()), 1, "is no address that imports may have");
    assert!(!marker.exists());
    change(&project, "ln -s ../../README.md base/scopes/out");
    refused(
        "{url: ../platform.git, ref: main, path: base}",
        1,
        "`scopes/out` is a symlink to `../../README.md`, outside of what is imported",
    );
    change(&project, "git rm -q base/scopes/out && ln -s /etc/passwd base/scopes/passwd");
    refused("{url: ../platform.git, ref: main, path: base}", 1, "`scopes/passwd` is a symlink to `/etc/passwd`");
}

#[test]
fn trees_that_would_write_elsewhere_and_submodules_are_not_followed() {
    let (here, project) = shop();
    let platform = here.path().join("platform");
    // What no git makes by itself.
    meanwhile(
        &platform,
        "blob=$(echo evil | git hash-object -w --stdin) && inner=$(printf '100644 blob %s\\tevil.yaml\\n' $blob | git mktree) && \
         outer=$(printf '040000 tree %s\\t..\\n100644 blob %s\\toam.yaml\\n' $inner $blob | git mktree) && \
         git push -q -f origin $(git commit-tree -m evil $outer):refs/heads/evil",
    );
    import(&project, "{url: ../platform.git, ref: evil}");
    let (code, said) = vendor(&project, &[]);
    assert!(code != 0, "{said}");
    assert!(!project.join("evil.yaml").exists() && !project.join("vendor").exists(), "{said}");
    meanwhile(
        &platform,
        "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),base/sub && git commit -q -m sub && git push -q origin main",
    );
    import(&project, "{url: ../platform.git, ref: main, path: base}");
    let (code, said) = vendor(&project, &[]);
    assert!(code == 0 && said.contains("platform: `sub` is a submodule, and is not followed"), "{said}");
    assert!(!project.join("vendor/platform/sub").exists());
}

#[test]
fn an_interrupted_run_leaves_the_old_tree() {
    let (here, project) = shop();
    vendor(&project, &[]);
    let all = files(&project.join("vendor"));
    import(&project, "{url: ../platform.git, ref: main, path: base}");
    change(&project, "echo '# more' >> base/oam.yaml");
    // A git that takes its time to fetch.
    let slow = here.path().join("bin/git");
    write(
        here.path(),
        "bin/git",
        "#!/bin/sh\nPATH=$REAL\nfor word; do [ \"$word\" = fetch ] && : > \"$MARK\" && sleep 20; done\nexec git \"$@\"\n",
    );
    meanwhile(here.path(), &format!("chmod +x {}", slow.display()));
    let (path, mark) = (std::env::var("PATH").unwrap(), here.path().join("mark"));
    let mut child = command(&project, ["vendor"])
        .env("PATH", format!("{}:{path}", here.path().join("bin").display()))
        .env("REAL", &path)
        .env("MARK", &mark)
        .spawn()
        .unwrap();
    for _ in 0..400 {
        if mark.exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    assert!(mark.exists(), "git was never asked");
    child.kill().unwrap();
    child.wait().unwrap();
    let kept: Vec<_> = files(&project.join("vendor")).into_iter().filter(|(path, _)| path.starts_with("platform/")).collect();
    assert!(kept == all);
    // Ended between the two steps of a change of places.
    fs::rename(project.join("vendor/platform"), project.join("vendor/.oam-tmp-old-platform")).unwrap();
    fs::rename(here.path().join("platform.git"), here.path().join("gone.git")).unwrap();
    assert_eq!(vendor(&project, &[]).0, 4);
    assert!(files(&project.join("vendor/platform")).len() == all.len(), "the old tree is back");
    fs::rename(here.path().join("gone.git"), here.path().join("platform.git")).unwrap();
    let (code, said) = vendor(&project, &[]);
    assert!(code == 0, "{said}");
    assert!(brought(&project).iter().all(|path| path.starts_with("platform/")), "{:?}", brought(&project));
    assert_eq!(vendor(&project, &["--check"]).0, 0);
}

#[test]
fn two_repositories_share_a_platform_and_connect_to_each_other() {
    let (here, shop) = shop();
    let payments = here.path().join("payments");
    import(&payments, "{url: ../platform.git, ref: v1, path: base}");
    let oam_yaml = fs::read_to_string(payments.join("oam.yaml")).unwrap().replace("metadata: {name: shop}", "metadata: {name: payments}");
    write(&payments, "oam.yaml", &oam_yaml);
    write(
        &payments,
        "apps/payments/components/api.yaml",
        "apiVersion: oam.dev/v1beta1\nkind: Component\nmetadata: {name: api}\nspec:\n  type: webservice\n  properties: {image: \"pay/api:1\", ports: [{name: grpc, port: 9090}]}\n",
    );
    let web = "apiVersion: oam.dev/v1beta1\nkind: Component\nmetadata: {name: web}\nspec:\n  type: webservice\n  properties: {image: \"shop/web:1\"}\n  connectsTo: [{application: payments, component: api, ports: [grpc]}]\n";
    write(&shop, "apps/shop/components/web.yaml", web);
    for project in [&shop, &payments] {
        assert_eq!(vendor(project, &[]).0, 0);
    }
    assert_eq!(oam(&payments, ["render"]).code, 0);
    let run = oam(&shop, ["check"]);
    assert!(
        run.code == 1
            && run.stderr.contains("it is an entry of `external` in oam.yaml: `{application: payments, component: api, namespace: …}`"),
        "{}",
        run.stderr
    );
    let project = fs::read_to_string(shop.join("oam.yaml")).unwrap()
        + "  external:\n    - {application: payments, component: api, namespace: \"payments-{{ environment }}\", ports: [{name: grpc, port: 9090}]}\n";
    write(&shop, "oam.yaml", &project);
    let run = oam(&shop, ["render"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let policy = fs::read_to_string(shop.join("rendered/prod/shop/networkpolicy-web.yaml")).unwrap();
    for part in ["kubernetes.io/metadata.name: payments-prod", "app.oam.dev/component: api", "port: 9090"] {
        assert!(policy.contains(part), "{policy}");
    }
    // The labels are those that the other repository renders.
    let deployment = fs::read_to_string(payments.join("rendered/prod/payments/deployment-api.yaml")).unwrap();
    assert!(deployment.contains("app.oam.dev/component: api") && deployment.contains("namespace: payments-prod"), "{deployment}");
    // A port that the entry does not have.
    write(&shop, "apps/shop/components/web.yaml", &web.replace("[grpc]", "[http]"));
    let run = oam(&shop, ["check"]);
    assert!(run.code == 1 && run.stderr.contains("`api` has no port `http`"), "{}", run.stderr);
    // What is imported is not overridden.
    write(
        &shop,
        "environments/prod.yaml",
        "apiVersion: oam.dev/v1beta1\nkind: Environment\nmetadata: {name: prod}\nspec: {namespace: x}\n",
    );
    let run = oam(&shop, ["check"]);
    assert!(run.code == 1 && run.stderr.contains("error[import-override]"), "{}", run.stderr);
}
