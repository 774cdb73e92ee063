//! The command line: what is printed where, and how it exits. `tests/cli/*.txt` are recorded sessions:
//!
//! ```text
//! # what it is about
//! @ hello                 (a copy of examples/hello; without it an empty directory)
//! $ oam check prdo
//! ! a line of stderr
//! a line of stdout
//! ? 2                     (the exit code, if it is not 0)
//! ```

use std::fs;

use crate::program::{Run, copy, oam, root, updating};

#[test]
fn sessions_are_as_recorded() {
    let mut sessions: Vec<_> = fs::read_dir(root().join("tests/cli")).unwrap().map(|entry| entry.unwrap().path()).collect();
    sessions.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    sessions.sort();
    assert!(!sessions.is_empty());
    let mut wrong = Vec::new();
    for session in sessions {
        let recorded = fs::read_to_string(&session).unwrap();
        let played = play(&recorded);
        if updating() {
            fs::write(&session, &played).unwrap();
        } else if played != recorded {
            wrong.push(format!("{}: it is now (UPDATE=1 records it):\n{played}", session.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The session as it runs today.
fn play(recorded: &str) -> String {
    let here = tempfile::tempdir().unwrap();
    let directory = here.path().join("project");
    fs::create_dir(&directory).unwrap();
    let mut played = String::new();
    for line in recorded.lines() {
        if let Some(name) = line.strip_prefix("@ ") {
            copy(&root().join("examples").join(name), &directory);
            played.push_str(&format!("{line}\n"));
        } else if let Some(typed) = line.strip_prefix("$ ") {
            if !played.is_empty() && !played.ends_with("\n\n") {
                played.push('\n');
            }
            played.push_str(&format!("{line}\n"));
            let mut words = typed.split_whitespace();
            assert_eq!(words.next(), Some("oam"), "a session runs `oam`: {typed}");
            let Run { code, stdout, stderr } = oam(&directory, words);
            let text: String = stderr
                .lines()
                .map(|line| format!("{}\n", format!("! {line}").trim_end()))
                .chain(stdout.lines().map(|line| format!("{line}\n")))
                .collect();
            played.push_str(&text.replace(&*here.path().to_string_lossy(), ""));
            if code != 0 {
                played.push_str(&format!("? {code}\n"));
            }
        } else if line.starts_with("# ") && !played.contains("\n$ ") {
            played.push_str(&format!("{line}\n"));
        }
    }
    played
}
