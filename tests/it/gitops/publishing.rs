//! What a publication is: a commit of what differs, that says where it comes from.

use super::world::World;

#[test]
fn only_what_differs_is_committed_and_nothing_where_nothing_does() {
    let world = World::with_hello();
    let first = world.fine("code", "publish --repo ../config.git --branch main");
    assert!(first.stderr.contains("published 30 files of revision "), "{}", first.stderr);
    assert_eq!(world.tree("config.git", "main", ""), world.rendered("code"));
    let again = world.fine("code", "publish --repo ../config.git");
    assert!(again.stderr.starts_with("nothing to publish: `main` of `../config.git` is what revision "), "{}", again.stderr);
    assert_eq!(again.stdout, "");
    // A commit that changes no document makes none either.
    world.write("code/README.md", "more words\n");
    world.commit("code", "words");
    world.fine("code", "publish --repo ../config.git");
    assert_eq!(world.commits("config.git", "main"), 1);
    world.edit("code/apps/hello/traits/web.yaml", "debug", "warn");
    world.commit("code", "quieter");
    let second = world.fine("code", "publish --repo ../config.git");
    assert_eq!(second.stdout, "dev\n  ~ Deployment hello-dev/web: env[name=LOG_LEVEL].value (app-operator)\n");
    let changed = world.git("config.git", ["diff", "--name-only", "main~1", "main"]);
    assert_eq!(changed, "dev/hello/.oam-inventory\ndev/hello/deployment-web.yaml\n");
    assert_eq!(world.tree("config.git", "main", ""), world.rendered("code"));
    world.assert_tidy(&["code", "config.git"]);
}

#[test]
fn a_commit_says_what_it_is_and_where_it_comes_from() {
    let world = World::with_hello();
    world.git("code", ["remote", "add", "origin", "https://bot:secret@git.example.com/shop/code.git"]);
    world.fine("code", "publish --repo ../config.git --branch main --signoff");
    let message = world.git("config.git", ["log", "-1", "--format=%B", "main"]);
    let revision = world.git("code", ["rev-parse", "HEAD"]);
    assert!(
        message.starts_with("hello: add 24 of hello in dev, prod, staging\n\ndev\n  + Namespace hello-dev (infra-operator)\n"),
        "{message}"
    );
    let trailers = world.git("config.git", ["log", "-1", "--format=%(trailers:only,unfold)", "main"]);
    let lines: Vec<&str> = trailers.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(
        lines[..3],
        ["Oam-Project: hello", "Oam-Source: https://git.example.com/shop/code.git", &format!("Oam-Source-Revision: {}", revision.trim())]
    );
    assert!(
        lines[3].starts_with("Oam-Version: ") && lines[4].starts_with("Oam-Inputs: sha256:") && lines[5].starts_with("Oam-Output: sha256:")
    );
    assert_eq!(lines[6..], ["Oam-Places: dev, prod, staging", "Signed-off-by: Jane <jane@example.com>"]);
    // The digests do not depend on who publishes, or from where.
    world.git(".", ["clone", "-q", "code", "another clone"]);
    world.git(".", ["init", "-q", "--bare", "second.git"]);
    world.fine("another clone", "publish --repo ../second.git --branch main");
    let digests = |text: &str| text.lines().filter(|line| line.contains("sha256:")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(digests(&world.git("second.git", ["log", "-1", "--format=%B", "main"])), digests(&message));
}

#[test]
fn own_words_stand_first_and_a_dry_run_only_tells() {
    let world = World::with_hello();
    let dry = world.fine("code", "publish --repo ../config.git --branch main --dry-run");
    assert!(
        dry.stderr.contains("would publish 30 files to `main` of `../config.git`:") && dry.stderr.contains("    Oam-Project: hello"),
        "{}",
        dry.stderr
    );
    assert_eq!(world.git("config.git", ["for-each-ref"]), "");
    let mut command = world.oam_command(
        "code",
        ["publish", "--repo", "../config.git", "--branch", "main", "-m", "Ship it\n\n# see ticket 7", "--pr-body", "body.md"],
    );
    command.arg("--env").arg("dev");
    let run = world.run(command);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let message = world.git("config.git", ["log", "-1", "--format=%B", "main"]);
    assert!(message.starts_with("Ship it\n\n# see ticket 7\n\ndev\n  + Namespace"), "{message}");
    assert!(message.contains("Oam-Places: dev\n"), "{message}");
    assert!(
        std::fs::read_to_string(world.path("code/body.md")).unwrap().starts_with("<!-- oam preview -->\n### Rendered objects: 7 new\n")
    );
    // Only what was meant is there.
    assert!(world.tree("config.git", "main", "").iter().all(|(path, _)| path.starts_with("dev/")));
}

#[test]
fn documents_and_output_may_be_on_one_branch() {
    let world = World::with_hello();
    world.write("code/.gitignore", "");
    world.commit("code", "the output is kept here");
    world.git("code", ["remote", "add", "origin", "../config.git"]);
    world.git("code", ["push", "-q", "-u", "origin", "main"]);
    // Somebody rendered already: the same files are no obstacle.
    world.fine("code", "render");
    let run = world.fine("code", "publish");
    assert!(run.stderr.contains("published 30 files"), "{}", run.stderr);
    assert_eq!(world.git("code", ["status", "--porcelain"]), "");
    assert_eq!(world.git("code", ["rev-parse", "main"]), world.git("config.git", ["rev-parse", "main"]));
    assert_eq!(world.tree("config.git", "main", "rendered"), world.rendered("code"));
    assert!(world.fine("code", "publish").stderr.contains("nothing to publish"));
    // Documents that are committed and not pushed go with it.
    world.edit("code/apps/hello/traits/web.yaml", "debug", "warn");
    world.commit("code", "quieter");
    world.fine("code", "publish");
    assert_eq!(world.commits("config.git", "main"), 5);
    assert_eq!(world.git("code", ["status", "--porcelain", "--branch"]), "## main...origin/main\n");
    // Somebody else pushed something that is no document: the branch moved, and nothing is in the way.
    world.git(".", ["clone", "-q", "config.git", "other"]);
    world.write("other/notes.txt", "x\n");
    world.commit("other", "notes");
    world.git("other", ["push", "-q"]);
    world.edit("code/apps/hello/traits/web.yaml", "warn", "info");
    world.commit("code", "quieter still");
    world.refused("code", "publish", 4, &["have both moved", "`git pull --rebase`"]);
    world.git("code", ["pull", "-q", "--rebase"]);
    world.fine("code", "publish");
    world.git("code", ["reset", "-q", "--hard", "HEAD~1"]);
    world.write("other/more.txt", "x\n");
    world.git("other", ["pull", "-q"]);
    world.commit("other", "more notes");
    world.git("other", ["push", "-q"]);
    // Behind, with the same documents: nothing differs.
    assert!(world.fine("code", "publish").stderr.contains("nothing to publish"));
    // Behind, with others.
    world.edit("other/apps/hello/traits/web.yaml", "info", "debug");
    world.commit("other", "louder");
    world.git("other", ["push", "-q"]);
    world.refused("code", "publish", 4, &["has newer documents than this work tree", "`git pull`"]);
    world.assert_tidy(&["code"]);
}

#[test]
fn a_branch_on_this_disk_alone_and_its_work_tree_take_the_commit() {
    let world = World::with_hello();
    world.write("code/.gitignore", "");
    world.commit("code", "the output is kept here");
    world.fine("code", "publish");
    assert_eq!(world.git("code", ["status", "--porcelain"]), "");
    assert_eq!(world.commits("code", "main"), 3);
    // What somebody is at in the work tree is kept; what is in the way of the commit is told, and nothing happens.
    world.edit("code/apps/hello/traits/web.yaml", "debug", "warn");
    world.commit("code", "quieter");
    world.write("code/notes.txt", "mine\n");
    world.write("code/rendered/dev/hello/deployment-web.yaml", "mine too\n");
    world.refused("code", "publish", 4, &["the work tree", "rendered/dev/hello/deployment-web.yaml"]);
    assert_eq!(world.commits("code", "main"), 4);
    assert_eq!(world.git("code", ["status", "--porcelain"]), " M rendered/dev/hello/deployment-web.yaml\n?? notes.txt\n");
    world.git("code", ["checkout", "-q", "rendered"]);
    world.fine("code", "publish");
    assert_eq!(world.git("code", ["status", "--porcelain"]), "?? notes.txt\n");
    assert_eq!(world.tree("code", "main", "rendered"), world.rendered("code"));
}

#[test]
fn another_branch_of_the_same_repository_holds_nothing_but_the_output() {
    let world = World::with_hello();
    world.refused("code", "publish", 1, &["`rendered` is ignored by git on branch `main`", "--branch"]);
    world.git("code", ["remote", "add", "origin", "../config.git"]);
    world.fine("code", "publish --branch deploy --path .");
    assert_eq!(world.tree("config.git", "deploy", ""), world.rendered("code"));
    assert_eq!(world.commits("config.git", "deploy"), 1, "it begins a history of its own");
    assert_eq!(world.git("code", ["branch", "--format=%(refname:short)"]), "main\n");
    world.edit("code/apps/hello/traits/web.yaml", "debug", "warn");
    world.commit("code", "quieter");
    world.fine("code", "publish --branch deploy --path .");
    assert_eq!(world.tree("config.git", "deploy", ""), world.rendered("code"));
    assert_eq!(world.git("code", ["status", "--porcelain"]), "");
}

#[test]
fn a_pull_request_is_a_branch_that_is_made_anew() {
    let world = World::with_hello();
    world.refused("code", "publish --repo ../config.git --branch change --into main", 2, &["has no branch `main` to merge into"]);
    world.fine("code", "publish --repo ../config.git --branch main");
    world.edit("code/apps/hello/traits/web.yaml", "debug", "warn");
    world.commit("code", "quieter");
    let line = "publish --repo ../config.git --branch change --into main";
    let run = world.fine("code", line);
    assert!(
        run.stdout.starts_with("<!-- oam preview -->\n") && run.stdout.contains("Compared with `main` of `config.git`"),
        "{}",
        run.stdout
    );
    assert_eq!(world.commits("config.git", "change"), 2);
    assert!(world.fine("code", line).stderr.contains("nothing to publish"));
    // Another change: one commit again, on top of `main`.
    world.edit("code/apps/hello/traits/web.yaml", "warn", "info");
    world.commit("code", "quieter still");
    world.fine("code", line);
    assert_eq!(world.commits("config.git", "change"), 2);
    assert_eq!(world.tree("config.git", "change", ""), world.rendered("code"));
    // A commit of somebody else there is not lost.
    world.git(".", ["clone", "-q", "-b", "change", "config.git", "review"]);
    world.write("review/notes.md", "x\n");
    world.commit("review", "a word of mine");
    world.git("review", ["push", "-q"]);
    world.edit("code/apps/hello/traits/web.yaml", "info", "warn");
    world.commit("code", "louder");
    world.refused("code", line, 1, &["`change` has commits that are not of project `hello`", "Jane: a word of mine", "--force"]);
    assert_eq!(world.commits("config.git", "change"), 3);
    world.fine("code", &format!("{line} --force"));
    assert_eq!(world.commits("config.git", "change"), 2);
    // Merged: there is nothing left to ask for.
    world.git("config.git", ["update-ref", "refs/heads/main", "change"]);
    assert!(world.fine("code", line).stderr.contains("nothing to publish"));
}

#[test]
fn an_earlier_revision_never_comes_back_by_accident() {
    let world = World::with_hello();
    world.git(".", ["clone", "-q", "code", "slow"]);
    world.edit("code/apps/hello/traits/web.yaml", "debug", "warn");
    world.commit("code", "quieter");
    world.fine("code", "publish --repo ../config.git --branch main");
    let new = world.tree("config.git", "main", "");
    // A run that began before and takes longer.
    world.git("slow", ["fetch", "-q"]);
    let late = world.fine("slow", "publish --repo ../config.git");
    assert!(late.stderr.contains("which is later than") && late.stderr.contains("`--revision`"), "{}", late.stderr);
    assert_eq!(world.tree("config.git", "main", ""), new);
    // Whoever means it says so.
    world.fine("slow", "publish --repo ../config.git --revision HEAD");
    assert_eq!(world.tree("config.git", "main", ""), world.rendered("slow"));
}

#[test]
fn what_is_gone_goes_from_the_config_repository_when_somebody_says_so() {
    let world = World::with_hello();
    world.fine("code", "publish --repo ../config.git --branch main");
    world.git("code", ["mv", "apps/hello", "apps/hallo"]);
    world.git("code", ["rm", "-q", "environments/staging.yaml"]);
    world.edit("code/environments/prod.yaml", "promotesFrom: staging", "promotesFrom: dev");
    world.commit("code", "renamed, and an environment less");
    let run = world.refused(
        "code",
        "publish --repo ../config.git",
        1,
        &["`dev/hello` is no longer rendered", "`staging/_platform` is no longer"],
    );
    assert!(run.stderr.contains("--prune-protected") && run.stderr.contains("nothing was published"), "{}", run.stderr);
    assert_eq!(world.commits("config.git", "main"), 1);
    let run = world.fine("code", "publish --repo ../config.git --prune-protected");
    assert!(run.stdout.contains("staging\n  - Namespace hello-staging\n"), "{}", run.stdout);
    assert_eq!(world.tree("config.git", "main", ""), world.rendered("code"));
    assert!(world.tree("config.git", "main", "").iter().all(|(path, _)| !path.starts_with("staging/")));
}

#[test]
fn several_projects_share_a_config_repository_and_never_a_directory() {
    let world = World::with_hello();
    world.project("hello", "second");
    world.edit("second/oam.yaml", "name: hello", "name: second");
    world.commit("second", "another project");
    world.fine("code", "publish --repo ../config.git --branch main");
    world.refused("second", "publish --repo ../config.git", 1, &["belong to project `hello`"]);
    world.fine("second", "publish --repo ../config.git --path teams/second");
    // Neither prunes the other, even where everything of its own goes.
    world.git("second", ["rm", "-q", "environments/staging.yaml"]);
    world.edit("second/environments/prod.yaml", "promotesFrom: staging", "promotesFrom: dev");
    world.commit("second", "less");
    world.fine("second", "publish --repo ../config.git --path teams/second --prune-protected");
    assert_eq!(world.tree("config.git", "main", "teams/second"), world.rendered("second"));
    let mut all = world.tree("config.git", "main", "");
    all.retain(|(path, _)| !path.starts_with("teams/"));
    assert_eq!(all, world.rendered("code"));
    assert!(world.fine("code", "publish --repo ../config.git").stderr.contains("nothing to publish"));
}
