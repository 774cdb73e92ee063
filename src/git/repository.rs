//! A repository, and short questions to it.

use std::ffi::OsStr;
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Git could not do what was asked.
#[derive(Debug)]
pub enum GitError {
    /// The program is not there, or cannot be run.
    NoGit(io::Error),
    /// The folder is in no repository.
    NoRepository(PathBuf),
    /// No commit has this name.
    NoRevision(String),
    /// Git said no; its own words.
    Failed {
        /// What was asked, as `git merge-base`.
        asked: String,
        /// What git said.
        said: String,
    },
    /// A remote could not be reached, or would not answer.
    Unreachable {
        /// Its name or address.
        remote: String,
        /// What git said.
        said: String,
    },
    /// A hook, a signature or a remote said no.
    Refused {
        /// To what: `the commit`.
        what: String,
        /// The words of git and of the hook.
        said: String,
    },
    /// Git's answer could not be read.
    Io(io::Error),
}

impl fmt::Display for GitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GitError::NoGit(error) => write!(f, "cannot run `git`: {error}"),
            GitError::NoRepository(path) => write!(f, "`{}` is in no git repository", path.display()),
            GitError::NoRevision(name) => write!(f, "no commit of the repository is called `{name}`"),
            GitError::Failed { asked, said } => write!(f, "`{asked}` failed: {said}"),
            GitError::Unreachable { remote, said } => write!(f, "cannot reach `{remote}`: {said}"),
            GitError::Refused { what, said } => write!(f, "{what} was refused: {said}"),
            GitError::Io(error) => write!(f, "cannot read what `git` said: {error}"),
        }
    }
}

impl std::error::Error for GitError {}

/// A repository, seen from a folder in its work tree. All paths are relative to that folder.
#[derive(Clone, Debug)]
pub struct Repository {
    folder: PathBuf,
    /// The folder's own path in the repository: empty, or ends in `/`.
    prefix: String,
    /// Whether what the environment says of some repository is about another one.
    alone: bool,
}

/// What a hook of git, for one, tells programs that it starts.
const ENVIRONMENT: [&str; 7] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
];

impl Repository {
    /// The repository that a folder is in.
    ///
    /// # Errors
    /// [`GitError::NoRepository`] when it is in none; [`GitError::NoGit`] when there is no git.
    pub fn around(folder: &Path) -> Result<Repository, GitError> {
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() };
        let mut repository = Repository { folder, prefix: String::new(), alone: false };
        let output = repository.run(["rev-parse", "--is-inside-work-tree", "--show-prefix"])?;
        let said = String::from_utf8_lossy(&output.stdout);
        let mut lines = said.lines();
        if !output.status.success() || lines.next() != Some("true") {
            return Err(GitError::NoRepository(repository.folder));
        }
        repository.prefix = lines.next().unwrap_or_default().to_owned();
        Ok(repository)
    }

    /// The one at a folder, a work tree or a bare one, whatever the environment says. Whether there is one is not asked.
    pub(super) fn at(folder: &Path) -> Repository {
        Repository { folder: folder.to_owned(), prefix: String::new(), alone: true }
    }

    /// The folder's own path in the repository: empty, or ends in `/`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A command of git in the folder, with settings that make its answers the same everywhere.
    pub(super) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new("git");
        // Names as they are; no colours, no pager, no lock that a person's own git could meet, no question to a person.
        command.args(["-c", "core.quotePath=false", "-c", "color.ui=false", "--no-pager", "--no-optional-locks"]);
        command.args(args).current_dir(&self.folder).stdin(Stdio::null()).env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
        if self.alone {
            for name in ENVIRONMENT {
                command.env_remove(name);
            }
        }
        command
    }

    /// Runs git and collects what it says.
    pub(super) fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Result<Output, GitError> {
        self.command(args).output().map_err(GitError::NoGit)
    }

    /// Runs a command with something to read.
    pub(super) fn feed(&self, mut command: Command, input: Vec<u8>) -> Result<Output, GitError> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(GitError::NoGit)?;
        let stdin = child.stdin.take();
        // What it says is read while it reads, or both would wait for ever.
        std::thread::scope(|scope| {
            let writer = scope.spawn(move || stdin.map_or(Ok(()), |mut stdin| stdin.write_all(&input)));
            let output = child.wait_with_output().map_err(GitError::Io)?;
            // That it stopped reading is told by how it ended.
            let _ = writer.join();
            Ok(output)
        })
    }

    /// What git says to a question that it must be able to answer.
    pub(super) fn ask<const N: usize>(&self, args: [&str; N]) -> Result<Vec<u8>, GitError> {
        self.ask_all(&args)
    }

    /// The same, of any number of words.
    pub(super) fn ask_all(&self, args: &[&str]) -> Result<Vec<u8>, GitError> {
        let output = self.run(args)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim().trim_start_matches("fatal: ").trim_start_matches("error: ");
        Err(GitError::Failed { asked: format!("git {}", args.first().copied().unwrap_or_default()), said: said.to_owned() })
    }

    /// The full id of a commit that a person named: a branch, a tag, an id, `HEAD~1`.
    ///
    /// # Errors
    /// [`GitError::NoRevision`] when nothing is called so.
    pub fn commit(&self, name: &str) -> Result<String, GitError> {
        let wanted = format!("{name}^{{commit}}");
        let output = self.run(["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])?;
        if !output.status.success() {
            return Err(GitError::NoRevision(name.to_owned()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Whether a tag has this name.
    pub fn has_tag(&self, name: &str) -> bool {
        self.run(["show-ref", "--verify", "--quiet", &format!("refs/tags/{name}")]).is_ok_and(|output| output.status.success())
    }

    /// Whether a part of the history was not fetched.
    pub fn is_shallow(&self) -> bool {
        self.run(["rev-parse", "--is-shallow-repository"]).is_ok_and(|output| output.stdout.starts_with(b"true"))
    }

    /// The branch that work is merged into, as far as the repository knows: what the remote calls its head, else `main`, else `master`.
    pub fn trunk(&self) -> Option<String> {
        let remote =
            self.run(["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"]).ok().filter(|output| output.status.success());
        let remote = remote.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        remote
            .into_iter()
            .chain(["origin/main", "origin/master", "main", "master"].map(str::to_owned))
            .find(|name| self.commit(name).is_ok())
    }

    /// The last commit that two have in common.
    ///
    /// # Errors
    /// [`GitError::Failed`] when they have none, as in a shallow clone.
    pub fn merge_base(&self, one: &str, other: &str) -> Result<String, GitError> {
        let output = self.run(["merge-base", one, other])?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        let said =
            format!("`{one}` and `{other}` have no commit in common here; in a shallow clone, `git fetch --unshallow` brings the rest");
        Err(GitError::Failed { asked: "git merge-base".to_owned(), said })
    }

    /// The commits that changed a file, the newest first, as full ids.
    ///
    /// # Errors
    /// When git fails, as where there is no commit yet.
    pub fn history(&self, path: &str) -> Result<Vec<String>, GitError> {
        let output = self.run(["log", "--format=%H", "--no-show-signature", "--", path])?;
        if !output.status.success() {
            return Err(GitError::NoRevision("HEAD".to_owned()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
    }

    /// The commits that only one of `commit` and `HEAD` has in its history, merges left out, with the files below the folder that each changed.
    ///
    /// # Errors
    /// When git fails.
    pub fn between(&self, commit: &str) -> Result<Vec<Apart>, GitError> {
        let range = format!("{commit}...HEAD");
        let args =
            ["log", "--no-merges", "--no-renames", "--no-show-signature", "--name-only", "--relative", "--format=%x01%m", &range, "--"];
        let said = self.ask(args)?;
        let said = String::from_utf8_lossy(&said);
        let one = |text: &str| {
            let (side, files) = text.split_once('\n').unwrap_or((text, ""));
            Apart { is_of_head: side == ">", files: files.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect() }
        };
        Ok(said.split('\u{1}').skip(1).map(one).collect())
    }

    /// A file as a commit has it; `None` if it has none there.
    ///
    /// # Errors
    /// When git cannot be run.
    pub fn file_at(&self, commit: &str, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        let output = self.run(["cat-file", "blob", &format!("{commit}:./{path}")])?;
        Ok(output.status.success().then_some(output.stdout))
    }

    /// The files below the folder that are not in the work tree as a commit has them: changed, new to the commit, gone from it. Files that
    /// only the work tree has and that git does not track are not among them.
    ///
    /// # Errors
    /// When git fails.
    pub fn changed_since(&self, commit: &str) -> Result<Vec<String>, GitError> {
        let said = self.ask(["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--relative", commit, "--", "."])?;
        Ok(names(&said))
    }

    /// The files below the folder that git does not track; those that it is told to ignore too, since documents may be among them.
    ///
    /// # Errors
    /// When git fails.
    pub fn untracked(&self) -> Result<Vec<String>, GitError> {
        let said = self.ask(["ls-files", "--others", "-z", "--", "."])?;
        Ok(names(&said))
    }
}

/// A commit that one side has and the other has not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Apart {
    /// Whether `HEAD` has it.
    pub is_of_head: bool,
    /// The files that it changed.
    pub files: Vec<String>,
}

/// Names that end in NUL.
pub(super) fn names(said: &[u8]) -> Vec<String> {
    said.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(|name| String::from_utf8_lossy(name).into_owned()).collect()
}
