//! Real repositories on disk.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{GitError, Repository, Revision};
use crate::source::{EntryKind, Folder, ReadError, SourceTree};

fn git(folder: &Path, args: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"])
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q", "-b", "main"]);
    let project = dir.path().join("a project");
    fs::create_dir_all(project.join("apps/é")).unwrap();
    fs::write(project.join("oam.yaml"), "one\n").unwrap();
    fs::write(project.join("apps/é/x.yaml"), "x\r\n").unwrap();
    fs::write(project.join("apps/gone.yaml"), "gone\n").unwrap();
    std::os::unix::fs::symlink("../oam.yaml", project.join("apps/link.yaml")).unwrap();
    std::os::unix::fs::symlink("é", project.join("apps/folder")).unwrap();
    std::os::unix::fs::symlink("/etc", project.join("apps/out")).unwrap();
    std::os::unix::fs::symlink("..", project.join("apps/up")).unwrap();
    fs::write(dir.path().join("outside"), "no\n").unwrap();
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "-q", "-m", "one"]);
    dir
}

#[test]
fn a_commit_is_read_as_the_folder_was() {
    let dir = repository();
    let project = dir.path().join("a project");
    let before: Vec<_> = ["", "apps", "apps/é", "apps/folder"].map(|path| Folder::open(&project).unwrap().list(path).unwrap()).into();
    // Everything changes since, without a commit.
    fs::write(project.join("oam.yaml"), "two\n").unwrap();
    fs::remove_file(project.join("apps/gone.yaml")).unwrap();
    fs::write(project.join("apps/new.yaml"), "new\n").unwrap();
    let repository = Repository::around(&project).unwrap();
    assert_eq!(repository.prefix(), "a project/");
    let revision = Revision::open(&repository, &repository.commit("HEAD").unwrap()).unwrap();
    for (path, before) in ["", "apps", "apps/é", "apps/folder"].iter().zip(before) {
        assert_eq!(revision.list(path).unwrap(), before, "{path}");
    }
    let read = |path: &str| String::from_utf8(revision.read(path, 100).unwrap()).unwrap();
    assert_eq!(read("oam.yaml"), "one\n");
    assert_eq!(read("apps/link.yaml"), "one\n");
    assert_eq!(read("apps/gone.yaml"), "gone\n");
    assert_eq!(read("apps/é/x.yaml"), "x\r\n");
    assert_eq!(read("apps/folder/x.yaml"), "x\r\n");
    assert!(matches!(revision.read("apps/new.yaml", 100), Err(ReadError::Missing)));
    assert!(matches!(revision.read("../outside", 100), Err(ReadError::Missing)));
    assert!(matches!(revision.read("oam.yaml", 2), Err(ReadError::TooLarge(4))));
    assert!(matches!(revision.list("none"), Err(ReadError::Missing)));
    let out = revision.list("apps").unwrap();
    assert!(out.iter().filter(|entry| entry.kind == EntryKind::ForeignLink).map(|entry| entry.name.as_str()).eq(["out", "up"]));
    let mut changed: Vec<_> = revision.changed().collect();
    changed.sort_unstable();
    assert_eq!(changed, ["apps/gone.yaml", "oam.yaml"]);
    assert_eq!(repository.untracked().unwrap(), ["apps/new.yaml"]);
}

#[test]
fn what_is_not_there_is_said() {
    let dir = repository();
    let repository = Repository::around(dir.path()).unwrap();
    assert!(matches!(repository.commit("nowhere"), Err(GitError::NoRevision(name)) if name == "nowhere"));
    assert!(matches!(repository.commit("--help"), Err(GitError::NoRevision(_))));
    assert_eq!(repository.trunk().as_deref(), Some("main"));
    assert_eq!(repository.merge_base("HEAD", "main").unwrap(), repository.commit("main").unwrap());
    let outside = tempfile::tempdir().unwrap();
    assert!(matches!(Repository::around(outside.path()), Err(GitError::NoRepository(_))));
}
