//! The tree on a real file system: safe, mendable, and nobody else's.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn unit(directory: &str, files: &[(&str, &str)]) -> Unit {
    let file = |(name, text): &(&str, &str)| File {
        name: format!("{name}.yaml"),
        text: (*text).to_owned(),
        object: match name.split_once('-') {
            Some(("persistentvolumeclaim", rest)) => format!("PersistentVolumeClaim/{rest}"),
            _ => format!("Service/{name}"),
        },
        at: Pos::NOWHERE,
    };
    Unit { name: directory.to_owned(), directory: directory.to_owned(), files: files.iter().map(file).collect() }
}

const OPTIONS: Options<'static> = Options {
    project: "shop",
    project_at: Pos::NOWHERE,
    mode: Mode::Write,
    force: false,
    prune_protected: false,
    complete: Complete::Units,
};

fn run(root: &Path, units: &[Unit], options: &Options<'_>) -> Result<Summary, Vec<&'static str>> {
    let sink = Sink::new();
    let summary = write(root, units, options, &sink).unwrap();
    let report = sink.take();
    if report.has_errors() { Err(report.diagnostics.iter().map(|d| d.code.as_str()).collect()) } else { Ok(summary) }
}

fn tree(root: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { paths.push(path.strip_prefix(root).unwrap().display().to_string()) }
        }
    }
    paths.sort();
    paths
}

#[test]
fn only_what_changed_is_written_and_what_is_gone_is_removed() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().join("rendered");
    let first = run(&root, &[unit("dev/a", &[("x", "1"), ("y", "2")])], &OPTIONS).unwrap();
    assert_eq!(first.written, ["dev/a/x.yaml", "dev/a/y.yaml"]);
    assert_eq!(tree(&root), ["dev/a/.oam-inventory", "dev/a/x.yaml", "dev/a/y.yaml"]);
    let written = fs::metadata(root.join("dev/a/x.yaml")).unwrap().modified().unwrap();
    fs::write(root.join("dev/a/notes.txt"), "mine").unwrap();
    let second = run(&root, &[unit("dev/a", &[("x", "1"), ("z", "3")])], &OPTIONS).unwrap();
    assert_eq!((second.written, second.removed, second.unchanged), (vec!["dev/a/z.yaml".into()], vec!["dev/a/y.yaml".into()], 1));
    assert_eq!(fs::metadata(root.join("dev/a/x.yaml")).unwrap().modified().unwrap(), written, "an unchanged file is not touched");
    assert_eq!(tree(&root), ["dev/a/.oam-inventory", "dev/a/notes.txt", "dev/a/x.yaml", "dev/a/z.yaml"]);
    assert!(run(&root, &[unit("dev/a", &[("x", "1"), ("z", "3")])], &OPTIONS).unwrap().is_unchanged());
    run(&root, &[unit("dev/a", &[])], &OPTIONS).unwrap();
    assert_eq!(tree(&root), ["dev/a/notes.txt"], "a unit without objects leaves nothing of ours");
}

#[test]
fn checking_writes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let options = Options { mode: Mode::Check, ..OPTIONS };
    assert_eq!(run(root.path(), &[unit("dev/a", &[("x", "1")])], &options).unwrap().written, ["dev/a/x.yaml"]);
    assert_eq!(tree(root.path()), [""; 0]);
}

#[test]
fn an_edit_by_hand_is_kept_unless_forced() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    run(root, &[unit("dev/a", &[("x", "1"), ("y", "1")])], &OPTIONS).unwrap();
    fs::write(root.join("dev/a/x.yaml"), "edited").unwrap();
    assert_eq!(run(root, &[unit("dev/a", &[("x", "2"), ("y", "2")])], &OPTIONS), Err(vec!["edited-by-hand"]));
    assert_eq!(fs::read_to_string(root.join("dev/a/y.yaml")).unwrap(), "1", "nothing is written when something is wrong");
    assert_eq!(run(root, &[unit("dev/a", &[("y", "1")])], &OPTIONS), Err(vec!["edited-by-hand"]), "removal would lose it too");
    run(root, &[unit("dev/a", &[("x", "2"), ("y", "2")])], &Options { force: true, ..OPTIONS }).unwrap();
    assert_eq!(fs::read_to_string(root.join("dev/a/x.yaml")).unwrap(), "2");
    fs::write(root.join("dev/a/x.yaml"), "3").unwrap();
    assert!(run(root, &[unit("dev/a", &[("x", "3"), ("y", "2")])], &OPTIONS).is_ok(), "an edit to what is rendered anyway");
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    run(root, &[unit("dev/a", &[("x", "1")])], &Options { project: "other", ..OPTIONS }).unwrap();
    assert_eq!(run(root, &[unit("dev/a", &[("x", "2")])], &OPTIONS), Err(vec!["foreign-unit"]));
    fs::create_dir_all(root.join("dev/b")).unwrap();
    fs::write(root.join("dev/b/x.yaml"), "mine").unwrap();
    assert_eq!(run(root, &[unit("dev/b", &[("x", "1")])], &OPTIONS), Err(vec!["output-in-the-way"]));
    fs::create_dir_all(root.join("dev/c/x.yaml")).unwrap();
    assert_eq!(run(root, &[unit("dev/c", &[("x", "1")])], &OPTIONS), Err(vec!["output-in-the-way"]));
    std::os::unix::fs::symlink("/tmp", root.join("dev/d")).unwrap();
    assert_eq!(run(root, &[unit("dev/d", &[("x", "1")])], &OPTIONS), Err(vec!["output-in-the-way"]));
    fs::write(root.join("file"), "").unwrap();
    assert_eq!(run(&root.join("file"), &[], &OPTIONS), Err(vec!["output-in-the-way"]));
    fs::write(root.join("dev/b/.oam-inventory"), "?").unwrap();
    assert!(run(root, &[unit("dev/b", &[("x", "mine")])], &OPTIONS).is_err(), "an inventory that nobody can read");
}

#[test]
fn data_and_whole_units_are_removed_on_request_only() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let claim = ("persistentvolumeclaim-data", "1");
    run(root, &[unit("dev/a", &[claim, ("x", "1")]), unit("dev/b", &[("x", "1")])], &OPTIONS).unwrap();
    assert_eq!(run(root, &[unit("dev/a", &[("x", "1")])], &OPTIONS), Err(vec!["protected-prune"]));
    let complete = ["dev".to_owned()];
    let options = Options { complete: Complete::Below(&complete), ..OPTIONS };
    assert_eq!(run(root, &[unit("dev/a", &[claim, ("x", "1")])], &options), Err(vec!["protected-prune"]), "unit b is gone");
    assert!(run(root, &[unit("dev/a", &[claim, ("x", "1")])], &OPTIONS).is_ok(), "unless the run renders a part only");
    let summary = run(root, &[unit("dev/a", &[("x", "1")])], &Options { prune_protected: true, ..options }).unwrap();
    assert_eq!(summary.removed, ["dev/a/persistentvolumeclaim-data.yaml", "dev/b/x.yaml"]);
    assert_eq!(tree(root), ["dev/a/.oam-inventory", "dev/a/x.yaml"]);
}

#[test]
fn an_interrupted_run_is_mended_by_the_next() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    run(root, &[unit("dev/a", &[("x", "1"), ("y", "1"), ("z", "1")])], &OPTIONS).unwrap();
    let (old, unit_two) = (fs::read_to_string(root.join("dev/a/.oam-inventory")).unwrap(), unit("dev/a", &[("x", "2"), ("y", "2")]));
    run(root, std::slice::from_ref(&unit_two), &OPTIONS).unwrap();
    let new = fs::read_to_string(root.join("dev/a/.oam-inventory")).unwrap();
    let parse = |text: &str| inventory::Inventory::parse(text).unwrap();
    let during = parse(&old).with(&parse(&new)).to_text();
    // Every state that a kill can leave: the inventory of both runs, and any prefix of the changes.
    for done in 0..4 {
        let texts = [("x", "1", "2"), ("y", "1", "2")];
        for (index, (name, before, after)) in texts.iter().enumerate() {
            fs::write(root.join(format!("dev/a/{name}.yaml")), if index < done { after } else { before }).unwrap();
        }
        if done < 3 {
            fs::write(root.join("dev/a/z.yaml"), "1").unwrap()
        } else {
            let _ = fs::remove_file(root.join("dev/a/z.yaml"));
        }
        fs::write(root.join("dev/a/.oam-inventory"), &during).unwrap();
        fs::write(root.join("dev/a/.oam-tmp-x.yaml"), "ha").unwrap();
        // The next run may even render something else.
        run(root, &[unit("dev/a", &[("x", "3"), ("y", "2")])], &OPTIONS).unwrap_or_else(|codes| panic!("{done}: {codes:?}"));
        assert_eq!(tree(root), ["dev/a/.oam-inventory", "dev/a/x.yaml", "dev/a/y.yaml"], "after {done} changes");
        run(root, std::slice::from_ref(&unit_two), &OPTIONS).unwrap();
    }
    fs::create_dir_all(root.join("dev/.oam-tmp-b")).unwrap();
    fs::write(root.join("dev/.oam-tmp-b/x.yaml"), "ha").unwrap();
    run(root, &[unit_two, unit("dev/b", &[("x", "1")])], &OPTIONS).unwrap();
    assert_eq!(tree(&root.join("dev/b")), [".oam-inventory", "x.yaml"]);
}

#[test]
fn a_directory_that_cannot_be_written_is_told_with_its_path() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("dev"), "a file").unwrap();
    let error = write(root.path(), &[unit("dev/a", &[("x", "1")])], &OPTIONS, &Sink::new()).unwrap_err();
    assert!(error.to_string().contains("dev"), "{error}");
}

#[test]
fn names_that_differ_in_case_only_clash() {
    let sink = Sink::new();
    check_paths(&[unit("dev/a", &[("x", "1"), ("X", "1"), ("y", "")]), unit("dev/A", &[])], &sink);
    assert_eq!(sink.take().diagnostics.len(), 2);
}

#[test]
fn the_output_may_not_lie_among_documents() {
    let folders: DocumentFolders = [PathBuf::from("/p/apps/a/components"), PathBuf::from("/p/traits")].into_iter().collect();
    assert_eq!(folders.holding(Path::new("/p/x/../traits/out")), Some(&PathBuf::from("/p/traits")));
    assert_eq!(folders.holding(Path::new("/p/rendered")), None);
}

#[test]
fn a_place_that_is_no_more_goes_with_all_that_is_in_it_where_everything_is_rendered() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    run(root, &[unit("dev/a", &[("x", "1")]), unit("old/eu/a", &[("x", "1")]), unit("old/eu/b", &[("x", "1")])], &OPTIONS).unwrap();
    run(root, &[unit("theirs/a", &[("x", "1")])], &Options { project: "other", ..OPTIONS }).unwrap();
    let parents = ["dev".to_owned()];
    let now = [unit("dev/a", &[("x", "1")])];
    let some = Options { complete: Complete::Below(&parents), prune_protected: true, ..OPTIONS };
    assert!(run(root, &now, &some).unwrap().is_unchanged());
    let all = Options { complete: Complete::Everything(&parents), ..OPTIONS };
    assert_eq!(run(root, &now, &all), Err(vec!["protected-prune"; 2]));
    let removed = run(root, &now, &Options { prune_protected: true, ..all }).unwrap().removed;
    assert_eq!(removed, ["old/eu/a/x.yaml", "old/eu/b/x.yaml"]);
    assert_eq!(tree(root), ["dev/a/.oam-inventory", "dev/a/x.yaml", "theirs/a/.oam-inventory", "theirs/a/x.yaml"]);
}
