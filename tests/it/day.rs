//! The commands of `docs/a-day-with-oam.md` are run, in order, in a copy of the example; the page shows what they really say.
//!
//! Of ids of commits and of digests only that there is one is compared. `UPDATE=1` writes what the commands say now: read it as a user.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::gitops::world::World;
use crate::program::{root, updating};

/// A text in which every id is as good as another.
fn lasting(text: &str) -> String {
    let is_id = |word: &str| word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let mut result = String::new();
    for part in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        result.push_str(if is_id(word) { "ID" } else { word });
        result.push_str(&part[word.len()..]);
    }
    result
}

/// What a command says, on both streams, with the exit code if it is not 0.
fn said(world: &World, typed: &str) -> String {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{{ {typed}\n}} 2>&1")]).current_dir(world.path("shop"));
    world.settle(&mut shell);
    let program = Path::new(env!("CARGO_BIN_EXE_oam")).parent().unwrap().to_string_lossy().into_owned();
    shell.env("PATH", format!("{program}:{}", std::env::var("PATH").unwrap_or_default()));
    for who in ["AUTHOR", "COMMITTER"] {
        shell.env(format!("GIT_{who}_DATE"), "2026-01-01T09:00:00Z");
    }
    let output = shell.output().unwrap();
    let here = world.path("").canonicalize().unwrap().to_string_lossy().trim_end_matches('/').to_owned();
    let text = String::from_utf8(output.stdout).unwrap().replace(&here, "");
    match output.status.code() {
        Some(0) => text,
        code => format!("{text}[exit code {}]\n", code.unwrap_or(-1)),
    }
}

#[test]
fn the_day_goes_as_the_page_says() {
    let file = root().join("docs/a-day-with-oam.md");
    let page = fs::read_to_string(&file).unwrap();
    let world = World::new();
    crate::program::copy(&root().join("examples/sock-shop"), &world.path("shop"));
    let _ = fs::remove_dir_all(world.path("shop/rendered"));
    let (mut played, mut commands, mut wrong) = (String::new(), 0, Vec::new());
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        played.push_str(line);
        played.push('\n');
        if line != "```console" {
            continue;
        }
        while let Some(typed) = lines.next_if(|line| *line != "```") {
            let typed = typed.strip_prefix("$ ").unwrap_or_else(|| panic!("a block begins with a command: {typed}"));
            let mut recorded = String::new();
            while let Some(line) = lines.next_if(|line| *line != "```" && !line.starts_with("$ ")) {
                recorded.push_str(line);
                recorded.push('\n');
            }
            let now = said(&world, typed);
            commands += 1;
            if lasting(&now) == lasting(&recorded) {
                played.push_str(&format!("$ {typed}\n{recorded}"));
            } else {
                wrong.push(format!("$ {typed}\n{now}"));
                played.push_str(&format!("$ {typed}\n{now}"));
            }
        }
    }
    assert!(commands > 15, "the page has {commands} commands only");
    if updating() {
        fs::write(&file, played).unwrap();
    } else {
        assert!(wrong.is_empty(), "it is now (UPDATE=1 records it):\n{}", wrong.join("\n"));
    }
    world.assert_tidy(&["shop"]);
}
