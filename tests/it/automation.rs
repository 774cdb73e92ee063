//! What `docs/automation.md` promises of other tools that write Releases. `tests/automation/` holds what those tools themselves made of Releases.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::Value;

use crate::program::{example, oam, root};

const DEV: &str = "apps/hello/releases/dev.yaml";

fn fixture(name: &str) -> String {
    fs::read_to_string(root().join("tests/automation").join(name)).unwrap()
}

/// The first block of a language on the page.
fn block(language: &str) -> String {
    let page = fs::read_to_string(root().join("docs/automation.md")).unwrap();
    let (_, rest) = page.split_once(&format!("```{language}\n")).unwrap();
    rest.split("```").next().unwrap().to_owned()
}

/// The example project with a Release for `dev`.
fn project(release: &str) -> (tempfile::TempDir, PathBuf) {
    let (here, project) = example("hello");
    fs::create_dir_all(project.join("apps/hello/releases")).unwrap();
    fs::write(project.join(DEV), release).unwrap();
    (here, project)
}

fn images(project: &Path) -> Vec<String> {
    let run = oam(project, ["image", "list", "dev", "--format", "lines"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn the_documented_manager_of_renovate_updates_releases_as_renovate_did() {
    let config: Value = serde_json::from_str(&block("json")).unwrap();
    let manager = &config["customManagers"][0];
    let pattern = Regex::new(manager["matchStrings"][0].as_str().unwrap()).unwrap();
    let files = Regex::new(manager["managerFilePatterns"][0].as_str().unwrap().trim_matches('/')).unwrap();
    assert!(files.is_match(DEV) && !files.is_match("apps/hello/components/web.yaml"));
    let (ones, twos) = ("1".repeat(64), "2".repeat(64));
    let updates = [
        ("nginxinc/nginx-unprivileged", "1.30", None),
        ("valkey/valkey", "8.2.0", Some(&ones)),
        ("docker.io/grafana/grafana", "12.2.0", Some(&twos)),
    ];
    let before = fixture("renovate-before.yaml");
    let mut after = before.clone();
    let mut found = Vec::new();
    for captures in pattern.captures_iter(&before) {
        let text = |name: &str| captures.name(name).map(|found| found.as_str());
        let (name, tag) = (text("depName").unwrap(), text("currentValue").unwrap());
        let (_, new_tag, new_digest) = updates.iter().find(|(known, ..)| *known == name).unwrap_or_else(|| panic!("{name}"));
        found.push(name.to_owned());
        let whole = captures.get(0).unwrap().as_str();
        let mut new = whole.replacen(tag, new_tag, 1);
        if let (Some(old), Some(digest)) = (text("currentDigest"), new_digest) {
            new = new.replacen(old, &format!("sha256:{digest}"), 1);
        }
        after = after.replacen(whole, &new, 1);
    }
    assert_eq!(found, updates.map(|(name, ..)| name));
    assert_eq!(after, fixture("renovate-after.yaml"));
    let (_here, project) = project(&after);
    assert_eq!(images(&project), ["nginxinc/nginx-unprivileged:1.30".to_owned(), format!("valkey/valkey:8.2.0@sha256:{ones}")]);
    // What `oam` writes is what the pattern reads.
    assert_eq!(oam(&project, ["image", "set", "nginxinc/nginx-unprivileged=1.31", "--env", "staging"]).code, 0);
    let written = fs::read_to_string(project.join("apps/hello/releases/staging.yaml")).unwrap();
    let captures = pattern.captures(&written).unwrap();
    assert_eq!((&captures["depName"], &captures["currentValue"]), ("nginxinc/nginx-unprivileged", "1.31"));
}

/// The rule of Flux's setters: the scalar on the line of the comment is replaced, in its quotes.
fn set(text: &str, policy: &str, value: &str) -> String {
    let mark = format!("# {{\"$imagepolicy\": \"{policy}\"}}");
    let line = |line: &str| match line.split_once(&mark) {
        Some((field, rest)) => {
            let (key, _) = field.split_once(": ").unwrap();
            format!("{key}: \"{value}\" {mark}{rest}")
        }
        None => line.to_owned(),
    };
    text.split_inclusive('\n').map(line).collect()
}

#[test]
fn flux_sets_what_is_marked_and_our_commands_keep_the_marks() {
    let before = fixture("flux-before.yaml");
    assert!(before.contains(block("yaml").lines().last().unwrap()), "the page shows what the fixture holds");
    let after = set(&before, "flux-system:web:tag", "1.30");
    assert_eq!(after, fixture("flux-after.yaml"));
    let (_here, project) = project(&after);
    assert_eq!(images(&project), ["nginxinc/nginx-unprivileged:1.30", "valkey/valkey:8.1"]);
    for (pin, shown) in [("nginxinc/nginx-unprivileged=1.31", "\"1.31\""), ("valkey/valkey=8.2", "\"8.2\"")] {
        assert_eq!(oam(&project, ["image", "set", pin, "--env", "dev"]).code, 0);
        let text = fs::read_to_string(project.join(DEV)).unwrap();
        let marked = text.lines().find(|line| line.contains("$imagepolicy")).unwrap();
        assert!(marked.contains("tag: \"1.31\" # {\"$imagepolicy\": \"flux-system:web:tag\"}"), "{marked}");
        assert!(text.contains(shown) && text.contains("# the front; Flux writes its version"), "{text}");
    }
    // The setter works on what our commands left.
    let left = fs::read_to_string(project.join(DEV)).unwrap();
    fs::write(project.join(DEV), set(&left, "flux-system:web:tag", "1.32")).unwrap();
    assert_eq!(images(&project), ["nginxinc/nginx-unprivileged:1.32", "valkey/valkey:8.2"]);
}
