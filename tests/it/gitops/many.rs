//! Many publishers at once, and publishers that are killed.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::world::World;

#[test]
fn eight_publishers_on_one_branch_all_land_and_lose_nothing() {
    let world = World::with_hello();
    world.project("hello", "second");
    world.edit("second/oam.yaml", "name: hello", "name: second");
    world.commit("second", "another project");
    // Each of the eight has a clone and an environment of its own to change: all in flight at the same time.
    let mut clones = Vec::new();
    for (project, place) in [("code", "one"), ("second", "two")] {
        for number in 0..4 {
            let environment = fs::read_to_string(world.path(&format!("{project}/environments/dev.yaml"))).unwrap();
            world.write(
                &format!("{project}/environments/dev{number}.yaml"),
                &environment.replace("name: dev", &format!("name: dev{number}")),
            );
        }
        world.commit(project, "four environments more");
        for number in 0..4 {
            let clone = format!("{project}-{number}");
            world.git(".", ["clone", "-q", project, &clone]);
            clones.push((clone, format!("dev{number}"), place));
        }
    }
    let children: Vec<_> = clones
        .iter()
        .map(|(clone, environment, place)| {
            let args = ["publish", environment, "--repo", "../config.git", "--branch", "main", "--path", place];
            world.oam_command(clone, args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for (child, (clone, ..)) in children.into_iter().zip(&clones) {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{clone}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(world.commits("config.git", "main"), 8);
    assert_eq!(world.git("config.git", ["rev-list", "--count", "--merges", "main"]).trim(), "0");
    for (project, place) in [("code", "one"), ("second", "two")] {
        let mut expected = world.rendered(project);
        expected.retain(|(path, _)| path.starts_with("dev") && !path.starts_with("dev/"));
        assert!(!expected.is_empty());
        assert_eq!(world.tree("config.git", "main", place), expected, "{project}");
    }
    world.assert_tidy(&["code", "second"]);
}

/// A number that differs from round to round, and is the same in every run.
fn moment(round: u32, of: u32) -> u32 {
    round.wrapping_mul(2_654_435_761).rotate_left(9) % of
}

/// 20 kills, so that it takes seconds; `OAM_TEST_KILLS=200` makes 200 of them.
#[test]
fn publishers_that_are_killed_leave_nothing_that_the_next_does_not_mend() {
    let kills: u32 = std::env::var("OAM_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let world = World::with_hello();
    world.write("code/.gitignore", "");
    world.commit("code", "the output is kept here");
    world.git("code", ["remote", "add", "origin", "../config.git"]);
    world.git("code", ["push", "-q", "-u", "origin", "main"]);
    world.git(".", ["init", "-q", "--bare", "apart.git"]);
    let began = Instant::now();
    world.fine("code", "publish --repo ../apart.git --branch main");
    let takes = began.elapsed();
    // To the branch of the documents with its work tree, to a repository elsewhere, and to a directory.
    let lines = ["publish", "publish --repo ../apart.git", "render -o ../out"];
    let levels = ["debug", "warn", "info"];
    let mut expected: BTreeMap<&str, Vec<(String, Vec<u8>)>> = BTreeMap::new();
    for round in 0..kills {
        let (from, to) = (levels[round as usize % 3], levels[(round as usize + 1) % 3]);
        world.edit("code/apps/hello/traits/web.yaml", &format!("log-level: {from}"), &format!("log-level: {to}"));
        world.git("code", ["commit", "-q", "-a", "-m", "louder or quieter"]);
        let line = lines[round as usize % 3];
        let mut child = world.oam_command("code", line.split(' ')).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(takes * moment(round, 1000) / 900);
        child.kill().unwrap();
        child.wait().unwrap();
        // Git programs that it started may still be at work; they end by themselves.
        let mut patience = Duration::from_secs(20);
        let mut run = world.oam("code", line);
        while run.code != 0 && run.stderr.contains(".lock'") && patience > Duration::ZERO {
            std::thread::sleep(Duration::from_millis(50));
            patience -= Duration::from_millis(50);
            run = world.oam("code", line);
        }
        assert_eq!(run.code, 0, "round {round}, {line}: {}{}", run.stderr, run.stdout);
        let expected = &*expected.entry(to).or_insert_with(|| world.rendered("code"));
        match round % 3 {
            0 => {
                assert_eq!(world.tree("config.git", "main", "rendered"), *expected, "round {round}");
                let status = world.git("code", ["status", "--porcelain"]);
                assert_eq!(status, "", "round {round}: the work tree is as the branch");
            }
            1 => assert_eq!(world.tree("apart.git", "main", ""), *expected, "round {round}"),
            _ => assert_eq!(crate::program::files(&world.path("out")), *expected, "round {round}"),
        }
    }
    for repository in ["config.git", "apart.git", "code"] {
        world.git(repository, ["fsck", "--no-dangling", "--no-progress"]);
    }
    // One more of each clears away what the last kill left.
    world.fine("code", "publish");
    world.assert_tidy(&["code"]);
}
