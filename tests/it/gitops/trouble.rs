//! Whatever may be in the way of a publication is told, and nothing is lost by it.

use std::fs;

use super::world::{World, make_executable};

#[test]
fn documents_that_no_commit_has_are_refused() {
    let world = World::with_hello();
    let line = "publish --repo ../config.git --branch main";
    world.edit("code/apps/hello/traits/web.yaml", "debug", "warn");
    fs::copy(world.path("code/apps/hello/components/cache.yaml"), world.path("code/apps/hello/components/second.yaml")).unwrap();
    world.edit("code/apps/hello/components/second.yaml", "name: cache", "name: second");
    fs::remove_file(world.path("code/scopes/availability.yaml")).unwrap();
    // What is no document may be as it is.
    world.write("code/notes.yaml", "x: 1\n");
    let told = "documents are not committed: `apps/hello/traits/web.yaml` (changed), `scopes/availability.yaml` (removed), `apps/hello/components/second.yaml` (new)";
    world.refused("code", line, 1, &[told, "`--revision HEAD`"]);
    assert_eq!(world.git("config.git", ["for-each-ref"]), "");
    world.fine("code", &format!("{line} --revision HEAD"));
    let deployment = world.git("config.git", ["show", "main:dev/hello/deployment-web.yaml"]);
    assert!(deployment.contains("value: debug"), "what is committed is published: {deployment}");
}

#[test]
fn a_document_that_git_ignores_is_named() {
    let world = World::with_hello();
    world.write("code/.gitignore", "rendered/\nsecret*.yaml\n");
    world.commit("code", "ignore secrets");
    fs::copy(world.path("code/apps/hello/components/cache.yaml"), world.path("code/apps/hello/components/secrets.yaml")).unwrap();
    world.edit("code/apps/hello/components/secrets.yaml", "name: cache", "name: vault");
    let told = "`apps/hello/components/secrets.yaml` is a document that git ignores, so no revision has it";
    world.refused(
        "code",
        "publish --repo ../config.git --branch main",
        1,
        &[told, "git check-ignore -v apps/hello/components/secrets.yaml"],
    );
}

#[test]
fn edits_by_hand_are_shown_and_kept() {
    let world = World::with_hello();
    let line = "publish --repo ../config.git";
    world.fine("code", &format!("{line} --branch main"));
    world.git(".", ["clone", "-q", "config.git", "hands"]);
    world.git("hands", ["config", "user.name", "Zoë"]);
    world.edit("hands/prod/hello/deployment-web.yaml", "name: web\n", "name: web\n  annotations: {note: by-hand}\n");
    world.commit("hands", "more memory");
    world.git("hands", ["rm", "-q", "staging/hello/service-web.yaml"]);
    world.commit("hands", "not needed");
    world.write("hands/prod/hello/README.md", "mine\n");
    world.commit("hands", "a word");
    world.git("hands", ["push", "-q"]);
    let tip = world.git("config.git", ["rev-parse", "main"]);
    let words = [
        "`prod/hello/deployment-web.yaml` was edited since oam wrote it",
        "`staging/hello/service-web.yaml` was removed since oam wrote it",
        "`prod/hello/deployment-web.yaml`: ",
        "Zoë: more memory",
        "Zoë: not needed",
        "nothing was published",
    ];
    world.refused("code", line, 1, &words);
    // A run about something else is not in the way of it.
    assert!(world.fine("code", &format!("{line} dev")).stderr.contains("nothing to publish"));
    assert_eq!(world.git("config.git", ["rev-parse", "main"]), tip);
    world.fine("code", &format!("{line} --force"));
    let mut there = world.tree("config.git", "main", "");
    there.retain(|(path, _)| path != "prod/hello/README.md");
    assert_eq!(there, world.rendered("code"));
    assert!(
        world.git("config.git", ["show", "main:prod/hello/README.md"]).contains("mine"),
        "what oam did not write is nobody's to remove"
    );
}

#[test]
fn the_same_edit_in_the_documents_settles_it() {
    let world = World::with_hello();
    world.fine("code", "publish --repo ../config.git --branch main");
    world.git(".", ["clone", "-q", "config.git", "hands"]);
    world.edit("hands/dev/hello/deployment-web.yaml", "value: debug", "value: warn");
    world.commit("hands", "quieter");
    world.git("hands", ["push", "-q"]);
    world.refused("code", "publish --repo ../config.git", 1, &["was edited since"]);
    world.edit("code/apps/hello/traits/web.yaml", "debug", "warn");
    world.commit("code", "quieter");
    world.fine("code", "publish --repo ../config.git");
    assert_eq!(world.tree("config.git", "main", ""), world.rendered("code"));
}

#[test]
#[cfg(unix)]
fn hooks_and_signing_of_the_config_repository_hold() {
    let world = World::with_hello();
    world.fine("code", "publish --repo ../config.git --branch main");
    world.git(".", ["clone", "-q", "config.git", "checkout"]);
    world.edit("code/apps/hello/traits/web.yaml", "debug", "warn");
    world.commit("code", "quieter");
    let line = "publish --repo ../checkout";
    // A hook of the commit sees what is to be committed, in the index and on disk.
    world.hook(
        "checkout/.git",
        "pre-commit",
        "git diff --cached --name-only >&2; grep -q 'value: warn' dev/hello/deployment-web.yaml || exit 0; echo 'not today'; exit 1",
    );
    let run = world.refused(
        "code",
        line,
        4,
        &["the commit was refused: ", "dev/hello/deployment-web.yaml", "not today", "nothing was published"],
    );
    assert!(!run.stderr.contains("prod/"), "{}", run.stderr);
    fs::remove_file(world.path("checkout/.git/hooks/pre-commit")).unwrap();
    world.hook("checkout/.git", "commit-msg", "grep -q '^Change-Id' \"$1\" || { echo 'no Change-Id'; exit 1; }");
    world.refused("code", line, 4, &["no Change-Id"]);
    world.hook("checkout/.git", "prepare-commit-msg", "git interpret-trailers --in-place --trailer 'Change-Id: I1234' \"$1\"");
    world.hook("checkout/.git", "pre-push", "cat >pushed; echo 'push refused here' >&2; exit 1");
    world.refused("code", line, 4, &["did not take the commit", "push refused here"]);
    fs::remove_file(world.path("checkout/.git/hooks/pre-push")).unwrap();
    world.hook("config.git", "pre-receive", "echo 'closed on fridays' >&2; exit 1");
    world.refused("code", line, 4, &["did not take the commit", "closed on fridays", "nothing was published"]);
    fs::remove_file(world.path("config.git/hooks/pre-receive")).unwrap();
    assert_eq!(world.commits("config.git", "main"), 1);
    // Signing, by a program that stands for gpg.
    let signer = "#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\nprintf -- '-----BEGIN PGP SIGNATURE-----\\n\\nfake\\n-----END PGP SIGNATURE-----\\n'\n";
    world.write("signer", signer);
    make_executable(&world.path("signer"));
    world.git("checkout", ["config", "commit.gpgsign", "true"]);
    world.git("checkout", ["config", "gpg.program", "/bin/false"]);
    world.refused("code", line, 4, &["failed to sign"]);
    world.git("checkout", ["config", "gpg.program", &world.path("signer").to_string_lossy()]);
    world.fine("code", line);
    let commit = world.git("config.git", ["cat-file", "commit", "main"]);
    assert!(commit.contains("\ngpgsig -----BEGIN PGP SIGNATURE-----") && commit.contains("\nChange-Id: I1234\n"), "{commit}");
    assert!(commit.contains("\nOam-Project: hello\n"), "{commit}");
    assert_eq!(world.git("checkout", ["status", "--porcelain", "--branch"]), "## main...origin/main\n");
    world.assert_tidy(&["code", "checkout"]);
}

#[test]
fn who_commits_must_be_known_to_git() {
    let world = World::with_hello();
    world.git("code", ["config", "--global", "--unset-all", "user.name"]);
    world.git("code", ["config", "--global", "--unset-all", "user.email"]);
    world.git("code", ["config", "--global", "user.useConfigOnly", "true"]);
    world.refused(
        "code",
        "publish --repo ../config.git --branch main",
        4,
        &["git does not know who commits", "git config --global user.name"],
    );
    assert!(world.fine("code", "publish --repo ../config.git --branch main --dry-run").stderr.contains("would publish"));
}

#[test]
fn a_head_of_its_own_needs_the_name_of_a_branch() {
    let world = World::with_hello();
    world.fine("code", "publish --repo ../config.git --branch main");
    world.git(".", ["clone", "-q", "config.git", "checkout"]);
    world.git("checkout", ["checkout", "-q", "--detach"]);
    world.edit("code/apps/hello/traits/web.yaml", "debug", "warn");
    world.commit("code", "quieter");
    // In CI the code is a commit, and no branch.
    world.git("code", ["checkout", "-q", "--detach"]);
    world.refused("code", "publish --repo ../checkout", 4, &["is detached", "`--branch`"]);
    world.fine("code", "publish --repo ../checkout --branch main");
    assert_eq!(world.tree("config.git", "main", ""), world.rendered("code"));
    world.refused("code", "publish --repo ../checkout --branch bad..name", 2, &["cannot be the name of a branch"]);
}

#[test]
fn shallow_clones_publish_as_well() {
    let world = World::with_hello();
    world.fine("code", "publish --repo ../config.git --branch main");
    world.edit("code/apps/hello/traits/web.yaml", "debug", "warn");
    world.commit("code", "quieter");
    let source = format!("file://{}", world.path("code").display());
    let config = format!("file://{}", world.path("config.git").display());
    world.git(".", ["clone", "-q", "--depth=1", &source, "shallow-code"]);
    world.git(".", ["clone", "-q", "--depth=1", &config, "shallow-config"]);
    world.fine("shallow-code", "publish --repo ../shallow-config");
    assert_eq!(world.tree("config.git", "main", ""), world.rendered("code"));
    assert_eq!(world.commits("config.git", "main"), 2, "the history is whole");
    // By address, nothing is cloned that is not needed.
    world.edit("code/apps/hello/traits/web.yaml", "warn", "info");
    world.commit("code", "louder");
    world.fine("code", &format!("publish --repo {config}"));
    assert_eq!(world.commits("config.git", "main"), 3);
    assert_eq!(world.tree("config.git", "main", ""), world.rendered("code"));
    world.assert_tidy(&["code", "shallow-config"]);
}

#[test]
fn a_remote_that_is_not_there_is_told() {
    let world = World::with_hello();
    world.refused(
        "code",
        "publish --repo file:///nowhere/config.git --branch main",
        4,
        &["cannot reach `file:///nowhere/config.git`", "nothing was published"],
    );
    world.refused("code", "publish --repo ../nothing.git --branch main", 4, &["cannot reach `../nothing.git`"]);
    world.git("code", ["remote", "add", "origin", "ssh://127.0.0.1:1/config.git"]);
    world.refused("code", "publish --branch deploy --path .", 4, &["cannot reach `origin`"]);
    world.write("plain/x", "");
    world.refused("code", "publish --repo ../plain", 2, &["is in no git repository"]);
    world.assert_tidy(&["code"]);
}

#[test]
fn a_project_without_history_has_nothing_to_publish() {
    let world = World::with_hello();
    fs::remove_dir_all(world.path("code/.git")).unwrap();
    world.refused("code", "publish --repo ../config.git --branch main", 1, &["the project is in no git repository", "`git init`"]);
    world.git("code", ["init", "-q"]);
    world.refused("code", "publish --repo ../config.git --branch main", 1, &["has no commit yet"]);
    world.commit("code", "one");
    world.refused("code", "publish --repo ../config.git", 2, &["has no branch yet", "--branch main"]);
    // A config repository that somebody has only just made.
    world.git(".", ["init", "-q", "fresh"]);
    world.fine("code", "publish --repo ../fresh");
    assert_eq!(world.tree("fresh", "main", ""), world.rendered("code"));
    world.assert_tidy(&["code", "fresh"]);
}

#[test]
#[cfg(unix)]
fn names_line_ends_and_modes_make_no_difference() {
    let world = World::with_hello();
    // The project lies deep in a repository with names that need care; its work tree has the line ends of Windows.
    world.git(".", ["init", "-q", "mono"]);
    fs::create_dir_all(world.path("mono/the shöp")).unwrap();
    crate::program::copy(&crate::program::root().join("examples/hello"), &world.path("mono/the shöp/hello project"));
    let _ = fs::remove_dir_all(world.path("mono/the shöp/hello project/rendered"));
    world.commit("mono", "one");
    world.git(".", ["-c", "core.autocrlf=true", "clone", "-q", "mono", "windows"]);
    world.git("windows", ["config", "core.autocrlf", "true"]);
    assert!(fs::read_to_string(world.path("windows/the shöp/hello project/oam.yaml")).unwrap().contains("\r\n"));
    let to = ["publish", "--repo", "../../../config.git", "--branch", "main", "--path", "für prod/the output"];
    let run = world.run(world.oam_command("windows/the shöp/hello project", to));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(world.tree("config.git", "main", "für prod/the output"), world.rendered("mono/the shöp/hello project"));
    let message = world.git("config.git", ["log", "-1", "--format=%B", "main"]);
    assert!(message.contains("Oam-Source-Folder: the shöp/hello project\n"), "{message}");
    // The same commit, elsewhere checked out otherwise: nothing differs.
    let run = world.run(world.oam_command("mono/the shöp/hello project", to));
    assert!(run.stderr.contains("nothing to publish"), "{}", run.stderr);
    // A checkout of the config repository with other line ends is no edit, and an executable bit is kept.
    world.git(".", ["-c", "core.autocrlf=true", "clone", "-q", "config.git", "checkout"]);
    world.git("checkout", ["config", "core.autocrlf", "true"]);
    make_executable(&world.path("checkout/für prod/the output/dev/hello/deployment-web.yaml"));
    world.commit("checkout", "executable");
    world.git("checkout", ["push", "-q"]);
    world.edit("mono/the shöp/hello project/apps/hello/traits/web.yaml", "debug", "warn");
    world.commit("mono", "quieter");
    let run = world.run(world.oam_command("mono/the shöp/hello project", to));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let listed = world.git(
        "config.git",
        ["-c", "core.quotePath=false", "ls-tree", "-r", "main", "--", "für prod/the output/dev/hello/deployment-web.yaml"],
    );
    assert!(listed.starts_with("100755 "), "{listed}");
    assert_eq!(world.tree("config.git", "main", "für prod/the output"), world.rendered("mono/the shöp/hello project"));
    let verified = world.run(world.oam_command("mono/the shöp/hello project", ["verify", "../../../checkout/für prod/the output"]));
    assert_eq!(verified.code, 0, "the commit that is checked out is the one before: {}{}", verified.stderr, verified.stdout);
}

#[test]
fn submodules_and_linked_work_trees_are_repositories_as_well() {
    let world = World::with_hello();
    world.git(".", ["init", "-q", "super"]);
    world.git("super", ["submodule", "--quiet", "add", "../code", "the code"]);
    world.git(".", ["init", "-q", "config"]);
    world.git("config", ["commit", "-q", "--allow-empty", "-m", "begin"]);
    world.git("super", ["submodule", "--quiet", "add", "../config", "the config"]);
    world.commit("super", "both");
    world.git("super/the config", ["checkout", "-q", "-B", "rendered"]);
    let run = world.run(world.oam_command("super/the code", ["publish", "--repo", "../the config"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(world.tree("config", "rendered", ""), world.rendered("code"));
    // From a linked work tree to one.
    world.git("code", ["worktree", "add", "-q", "-b", "side", "../side"]);
    world.git("config", ["worktree", "add", "-q", "-b", "envs", "../envs", "main"]);
    world.edit("side/apps/hello/traits/web.yaml", "debug", "warn");
    world.commit("side", "quieter");
    world.fine("side", "publish --repo ../envs");
    assert_eq!(world.tree("config", "envs", ""), world.rendered("side"));
    assert_eq!(world.git("envs", ["status", "--porcelain"]), "");
    world.assert_tidy(&["code", "config", "super/the config"]);
}

#[test]
fn what_is_wrong_in_documents_publishes_nothing() {
    let world = World::with_hello();
    world.edit("code/apps/hello/components/web.yaml", "image:", "imgae:");
    world.commit("code", "a slip");
    world.refused(
        "code",
        "publish --repo ../config.git --branch main",
        1,
        &["error[unknown-field]", "apps/hello/components/web.yaml:8:5", "nothing was published"],
    );
    assert_eq!(world.git("config.git", ["for-each-ref"]), "");
}
