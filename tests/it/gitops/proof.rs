//! `oam verify`: a tree of the config repository is what its source renders, or each file that is not is named.

use super::world::World;

/// A world with a first publication, and a checkout of it.
fn published() -> World {
    let world = World::with_hello();
    world.fine("code", "publish --repo ../config.git --branch main");
    world.git(".", ["clone", "-q", "config.git", "checkout"]);
    world
}

#[test]
fn a_tree_that_was_published_is_proved_whatever_the_source_is_now() {
    let world = published();
    let run = world.fine("code", "verify ../checkout");
    assert_eq!((run.stderr.as_str(), run.stdout.as_str()), ("`../checkout` is what 1 revision of the source renders: 24 files\n", ""));
    // The source goes on, and parts are published at different times.
    world.edit("code/apps/hello/traits/web.yaml", "debug", "warn");
    world.edit("code/apps/hello/components/cache.yaml", "8.1", "8.2");
    world.commit("code", "more");
    world.fine("code", "verify ../checkout");
    world.fine("code", "publish dev --repo ../config.git");
    world.edit("code/apps/hello/components/cache.yaml", "8.2", "8.3");
    world.commit("code", "more still");
    world.fine("code", "publish staging --app hello --repo ../config.git");
    world.git("checkout", ["pull", "-q"]);
    let run = world.fine("code", "verify ../checkout");
    assert!(run.stderr.contains("3 revisions"), "{}", run.stderr);
    // From elsewhere, with a clone of the source.
    world.git(".", ["clone", "-q", "code", "source"]);
    world.fine("checkout", "verify . --source ../source");
    // A revision that somebody names is compared with all of it.
    let run = world.oam("code", "verify ../checkout --revision HEAD");
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("changed prod/hello/deployment-cache.yaml"), "{}", run.stdout);
    assert!(!run.stdout.contains("staging/"), "{}", run.stdout);
}

#[test]
fn each_file_that_differs_is_named_with_who_did_it() {
    let world = published();
    world.git("checkout", ["config", "user.name", "Zoë"]);
    world.edit("checkout/prod/hello/deployment-web.yaml", "name: web\n", "name: web\n  annotations: {note: by-hand}\n");
    world.commit("checkout", "more memory");
    world.git("checkout", ["rm", "-q", "staging/hello/service-web.yaml"]);
    world.write("checkout/dev/hello/extra.yaml", "kind: ConfigMap\n");
    world.write("checkout/dev/hello/notes.md", "mine\n");
    world.commit("checkout", "one less, one more");
    world.write("checkout/dev/hello/service-web.yaml", "kind: Service\n");
    let run = world.oam("code", "verify ../checkout");
    assert_eq!(run.code, 3, "{}", run.stderr);
    let words: Vec<Vec<&str>> = run.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    let facts: Vec<(&str, &str, String)> =
        words.iter().map(|words| (words[0], words[1], words.get(3..).unwrap_or_default().join(" "))).collect();
    assert_eq!(
        facts,
        [
            ("extra", "dev/hello/extra.yaml", "Zoë: one less, one more".into()),
            ("uncommitted", "dev/hello/service-web.yaml", String::new()),
            ("changed", "prod/hello/deployment-web.yaml", "Zoë: more memory".into()),
            ("missing", "staging/hello/service-web.yaml", "Zoë: one less, one more".into()),
        ]
    );
    assert!(run.stderr.contains("4 files differ"), "{}", run.stderr);
    // One environment of it.
    assert_eq!(world.oam("code", "verify ../checkout prod").stdout.lines().count(), 1);
    world.refused("code", "verify ../checkout/staging", 1, &["`staging` holds nothing that `oam publish` wrote", "`--path`"]);
}

#[test]
fn what_commits_say_is_checked() {
    let world = published();
    let message = world.git("checkout", ["log", "-1", "--format=%B"]);
    let digest = message.lines().find_map(|line| line.strip_prefix("Oam-Output: ")).unwrap().to_owned();
    let forged = message.replace(&digest, &format!("sha256:{}", "0".repeat(64)));
    world.git("checkout", ["commit", "-q", "--amend", "-m", &forged]);
    let run = world.refused("code", "verify ../checkout", 1, &["says that sha256:", "was rendered, and revision", &digest]);
    assert_eq!(run.stdout, "");
    // A revision that is nowhere.
    let revision = world.git("code", ["rev-parse", "HEAD"]);
    let lost = message.replace(revision.trim(), &"5".repeat(40));
    world.git("checkout", ["commit", "-q", "--amend", "-m", &lost]);
    world.refused("code", "verify ../checkout", 4, &["is not in the source repository", "git fetch"]);
    // Nobody says anything.
    world.git("checkout", ["commit", "-q", "--amend", "-m", "squashed"]);
    world.refused("code", "verify ../checkout", 1, &["no commit of ", "publishes project `hello`"]);
    world.write("plain/dev/x.yaml", "");
    world.refused("code", "verify ../plain", 1, &["is in no git repository"]);
    world.refused("code", "verify ../nothing", 2, &["there is no directory `../nothing`"]);
}

#[test]
fn commits_that_a_host_squashed_still_say_where_they_come_from() {
    let world = published();
    for (from, to) in [("debug", "warn"), ("warn", "info")] {
        world.edit("code/apps/hello/traits/web.yaml", from, to);
        world.commit("code", "louder or quieter");
        world.fine("code", "publish --repo ../config.git");
    }
    world.git("checkout", ["pull", "-q"]);
    let messages = world.git("checkout", ["log", "--reverse", "--format=* %B", "HEAD~2..HEAD"]);
    world.git("checkout", ["reset", "-q", "--soft", "HEAD~2"]);
    world.git("checkout", ["commit", "-q", "-m", &format!("a pull request (#7)\n\n{messages}")]);
    world.fine("code", "verify ../checkout");
}

#[test]
fn documents_and_output_on_one_branch_prove_themselves() {
    let world = World::with_hello();
    world.write("code/.gitignore", "");
    world.commit("code", "the output is kept here");
    world.fine("code", "publish");
    world.fine("code", "verify rendered");
    world.edit("code/apps/hello/traits/web.yaml", "debug", "warn");
    world.commit("code", "quieter, and not published yet");
    world.fine("code", "verify rendered");
    world.fine("code", "publish");
    world.fine("code", "verify rendered");
}
