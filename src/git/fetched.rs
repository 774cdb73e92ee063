//! Files of another repository, fetched into a store of their own: nothing is checked out, and submodules are not followed.

use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::repository::{GitError, names};
use super::revision::read_object;

/// Ways to a repository; helpers that run programs are none of them, whatever somebody's settings allow.
const PROTOCOLS: &str = "file:git:http:https:ssh";

/// A store without a work tree.
#[derive(Debug)]
pub struct Fetched {
    store: PathBuf,
    /// Where relative paths of repositories begin.
    here: PathBuf,
}

/// What an entry of a commit is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileKind {
    /// A file.
    Plain,
    /// A file that can be run.
    Executable,
    /// A link; its content is where it leads.
    Link,
    /// Another repository's commit, whose files are not here.
    Submodule,
}

/// A file of a commit, relative to the folder that was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FetchedFile {
    /// Its path.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
    /// Its object in the store.
    object: String,
    /// Its size in bytes.
    pub size: u64,
}

impl Fetched {
    /// An empty store in a folder that is not there yet. Repositories that are named by relative paths are looked for from `here` on.
    ///
    /// # Errors
    /// When git cannot make it.
    pub fn new(store: &Path, here: &Path) -> Result<Fetched, GitError> {
        let here = if here.as_os_str().is_empty() { PathBuf::from(".") } else { here.to_owned() };
        let store = std::path::absolute(store).map_err(GitError::Io)?;
        let fetched = Fetched { store, here };
        let output = Command::new("git").args(["init", "--quiet", "--bare", "--"]).arg(&fetched.store).output().map_err(GitError::NoGit)?;
        if !output.status.success() {
            return Err(failed("init", &output.stderr));
        }
        Ok(fetched)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command.args(["-c", "core.quotePath=false", "-c", "color.ui=false", "-c", "transfer.fsckObjects=true", "--no-pager"]);
        command.arg("--git-dir").arg(&self.store).current_dir(&self.here).stdin(Stdio::null());
        command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").env("GIT_ALLOW_PROTOCOL", PROTOCOLS).env("GIT_LFS_SKIP_SMUDGE", "1");
        command
    }

    fn ask(&self, what: &str, args: &[&str]) -> Result<Vec<u8>, GitError> {
        let output = self.command().args(args).output().map_err(GitError::NoGit)?;
        if output.status.success() { Ok(output.stdout) } else { Err(failed(what, &output.stderr)) }
    }

    /// Brings a commit: of a branch, of a tag, by its id (also a short one), or of the branch that the repository is on. The result is its full id.
    ///
    /// # Errors
    /// When the repository cannot be reached, or has nothing of that name.
    pub fn fetch(&self, url: &str, reference: Option<&str>) -> Result<String, GitError> {
        let name = reference.unwrap_or("HEAD");
        let one = ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--", url];
        let wanted = format!("+{name}:refs/oam/wanted");
        let shallow = self.ask("fetch", &[&one[..], &[&wanted]].concat());
        let problem = match shallow {
            Ok(_) => return self.commit("refs/oam/wanted"),
            Err(problem) => problem,
        };
        // Not every server gives a commit by its id, and none by a part of it.
        let is_id = name.len() >= 4 && name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_id {
            return Err(problem);
        }
        let all = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--", url];
        self.ask("fetch", &[&all[..], &["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]].concat())?;
        self.commit(name)
    }

    fn commit(&self, name: &str) -> Result<String, GitError> {
        let wanted = format!("{name}^{{commit}}");
        let said = self.ask("rev-parse", &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]);
        let said = said.map_err(|_| GitError::NoRevision(name.to_owned()))?;
        Ok(String::from_utf8_lossy(&said).trim().to_owned())
    }

    /// The files of a commit below a folder; empty if there is none.
    ///
    /// # Errors
    /// When git fails.
    pub fn files(&self, commit: &str, folder: &str) -> Result<Vec<FetchedFile>, GitError> {
        let tree = if folder.is_empty() { commit.to_owned() } else { format!("{commit}:{folder}") };
        let Ok(listing) = self.ask("ls-tree", &["ls-tree", "-r", "-l", "-z", "--full-tree", &tree]) else { return Ok(Vec::new()) };
        Ok(names(&listing).into_iter().filter_map(|line| file(&line)).collect())
    }

    /// Calls `visit` with each file and its content, in order.
    ///
    /// # Errors
    /// When git fails, or `visit` does.
    pub fn read<E: From<GitError>>(
        &self,
        files: &[FetchedFile],
        mut visit: impl FnMut(&FetchedFile, Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut child = self
            .command()
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(GitError::NoGit)?;
        let (mut ask, answer) = (child.stdin.take(), child.stdout.take());
        let broken = || GitError::Io(std::io::ErrorKind::BrokenPipe.into());
        let mut answer = BufReader::new(answer.ok_or_else(broken)?);
        let result = files.iter().filter(|file| file.kind != FileKind::Submodule).try_for_each(|file| {
            let to = ask.as_mut().ok_or_else(broken)?;
            writeln!(to, "{}", file.object).and_then(|()| to.flush()).map_err(GitError::Io)?;
            let bytes = read_object(&mut answer, &file.object).map_err(GitError::Io)?;
            visit(file, bytes)
        });
        // Without input it ends by itself; half an answer would keep it.
        drop(ask);
        drop(answer);
        let _ = child.wait();
        result
    }
}

fn failed(what: &str, said: &[u8]) -> GitError {
    let said = String::from_utf8_lossy(said);
    let first = said.lines().find(|line| line.starts_with("fatal: ") || line.starts_with("error: ")).or_else(|| said.lines().next());
    let said = first.unwrap_or_default().trim_start_matches("fatal: ").trim_start_matches("error: ").to_owned();
    GitError::Failed { asked: format!("git {what}"), said }
}

/// A line of `ls-tree -l`: mode, type, object, size, TAB, path.
fn file(line: &str) -> Option<FetchedFile> {
    let (facts, path) = line.split_once('\t')?;
    let mut words = facts.split_ascii_whitespace();
    let (mode, kind, object, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let kind = match (mode, kind) {
        ("120000", _) => FileKind::Link,
        ("100755", _) => FileKind::Executable,
        (_, "blob") => FileKind::Plain,
        _ => FileKind::Submodule,
    };
    Some(FetchedFile { path: path.to_owned(), kind, object: object.to_owned(), size: size.parse().unwrap_or(0) })
}
