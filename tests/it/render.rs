//! Whole projects: `tests/render/<case>/project` renders to exactly `expected/`. `UPDATE=1` writes the trees anew.

use std::fs;

use crate::program::{copy, files, oam, root, updating};

#[test]
fn projects_render_to_the_recorded_trees() {
    let mut cases: Vec<_> = fs::read_dir(root().join("tests/render")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.is_dir());
    cases.sort();
    assert!(cases.len() > 4);
    let mut wrong = Vec::new();
    for case in cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let (here, expected) = (tempfile::tempdir().unwrap(), case.join("expected"));
        let project = here.path().join("project");
        copy(&case.join("project"), &project);
        let run = oam(&project, ["render", "-o", "../rendered"]);
        if run.code != 0 || run.stderr.contains("warning") {
            wrong.push(format!("{name}: exit code {}\n{}", run.code, run.stderr));
            continue;
        }
        let rendered = here.path().join("rendered");
        if updating() {
            let _ = fs::remove_dir_all(&expected);
            copy(&rendered, &expected);
            continue;
        }
        let (found, expected) = (files(&rendered), files(&expected));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        for (path, bytes) in &found {
            match expected.iter().find(|(known, _)| known == path) {
                None => wrong.push(format!("{name}: {path} is new:\n{}", text(bytes))),
                Some((_, known)) if known != bytes => wrong.push(format!("{name}: {path} is now:\n{}", text(bytes))),
                Some(_) => {}
            }
        }
        for (path, _) in expected.iter().filter(|(path, _)| found.iter().all(|(known, _)| known != path)) {
            wrong.push(format!("{name}: {path} is gone"));
        }
    }
    assert!(wrong.is_empty(), "UPDATE=1 writes the trees anew:\n{}", wrong.join("\n"));
}
