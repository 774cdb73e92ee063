//! What is known of a repository: its branches, remotes, commits and who commits.

use std::path::{Path, PathBuf};

use super::object::Format;
use super::repository::{GitError, Repository, names};

/// A commit, as `git log` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Its full id.
    pub id: String,
    /// Who wrote it.
    pub author: String,
    /// Its whole message.
    pub message: String,
}

impl Logged {
    /// The first line of the message.
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }
}

/// An answer of one line.
fn line(said: &[u8]) -> String {
    String::from_utf8_lossy(said).trim_end_matches(['\n', '\r']).to_owned()
}

impl Repository {
    fn one(&self, args: &[&str]) -> Option<String> {
        self.ask_all(args).ok().map(|said| line(&said)).filter(|line| !line.is_empty())
    }

    /// The repository at a path, a work tree or a bare one.
    ///
    /// # Errors
    /// [`GitError::NoRepository`] when there is none.
    pub fn of(path: &Path) -> Result<Repository, GitError> {
        let repository = Repository::at(path);
        match repository.run(["rev-parse", "--git-dir"])?.status.success() {
            true => Ok(repository),
            false => Err(GitError::NoRepository(path.to_owned())),
        }
    }

    /// Whether it has no work tree.
    pub fn is_bare(&self) -> bool {
        self.one(&["rev-parse", "--is-bare-repository"]).as_deref() == Some("true")
    }

    /// The root of its work tree.
    ///
    /// # Errors
    /// When it has none.
    pub fn top(&self) -> Result<PathBuf, GitError> {
        self.ask(["rev-parse", "--show-toplevel"]).map(|said| PathBuf::from(line(&said)))
    }

    /// Where all its work trees keep what they share. Two that have this in common are one repository.
    ///
    /// # Errors
    /// When git fails.
    pub fn common_directory(&self) -> Result<PathBuf, GitError> {
        let said = self.ask(["rev-parse", "--git-common-dir"])?;
        self.folder().join(line(&said)).canonicalize().map_err(GitError::Io)
    }

    /// What its ids are made of.
    ///
    /// # Errors
    /// When git fails.
    pub fn format(&self) -> Result<Format, GitError> {
        self.ask(["rev-parse", "--show-object-format"]).map(|said| Format::named(&line(&said)))
    }

    /// Whether a commit is here.
    pub fn has(&self, id: &str) -> bool {
        self.run(["cat-file", "-e", &format!("{id}^{{commit}}")]).is_ok_and(|output| output.status.success())
    }

    /// A commit of nothing, for what must be of some commit.
    pub(super) fn empty_commit(&self) -> Result<String, GitError> {
        let tree = line(&self.ask(["hash-object", "-w", "-t", "tree", "--stdin"])?);
        let mut command = self.command(["commit-tree", &tree, "-m", "nothing"]);
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "oam").env(format!("GIT_{who}_EMAIL"), "oam@localhost");
        }
        let output = command.output().map_err(GitError::NoGit)?;
        match output.status.success() {
            true => Ok(line(&output.stdout)),
            false => Err(GitError::Failed { asked: "git commit-tree".to_owned(), said: line(&output.stderr) }),
        }
    }

    /// The branch that is checked out; `None` if HEAD is a commit of its own.
    pub fn branch(&self) -> Option<String> {
        self.one(&["symbolic-ref", "--quiet", "--short", "HEAD"])
    }

    /// The last commit of a local branch.
    pub fn branch_tip(&self, branch: &str) -> Option<String> {
        self.one(&["rev-parse", "--verify", "--quiet", &format!("refs/heads/{branch}^{{commit}}")])
    }

    /// Whether a branch may be called so.
    pub fn is_branch_name(&self, name: &str) -> bool {
        self.run(["check-ref-format", "--branch", name]).is_ok_and(|output| output.status.success()) && !name.starts_with('-')
    }

    /// The remote that a branch belongs to: its own, else `origin`, else the only one.
    pub fn remote_of(&self, branch: &str) -> Option<String> {
        let own = self.one(&["config", "--get", &format!("branch.{branch}.remote")]).filter(|name| name != ".");
        own.or_else(|| {
            let said = self.one(&["remote"])?;
            let all: Vec<&str> = said.lines().collect();
            all.iter().find(|name| **name == "origin").or(all.first().filter(|_| all.len() == 1)).map(|name| (*name).to_owned())
        })
    }

    /// The address of a remote.
    pub fn address(&self, remote: &str) -> Option<String> {
        self.one(&["remote", "get-url", remote])
    }

    /// Whether one commit is the other, or before it. `None`: one of them is not here.
    pub fn is_before(&self, one: &str, other: &str) -> Option<bool> {
        match self.run(["merge-base", "--is-ancestor", one, other]).ok()?.status.code() {
            Some(0) => Some(true),
            Some(1) => Some(false),
            _ => None,
        }
    }

    /// The id of a commit's tree, and of its first parent.
    pub fn tree_and_parent(&self, commit: &str) -> (Option<String>, Option<String>) {
        let one = |what: &str| self.one(&["rev-parse", "--verify", "--quiet", &format!("{commit}{what}")]);
        (one("^{tree}"), one("^1"))
    }

    /// The commits that a branch has on top of another commit, the newest first.
    ///
    /// # Errors
    /// When git fails.
    pub fn on_top_of(&self, base: &str, tip: &str) -> Result<Vec<Logged>, GitError> {
        self.log(&format!("{base}..{tip}"), 1000, None, None)
    }

    /// Which of these paths git is told to ignore.
    ///
    /// # Errors
    /// When git cannot be run.
    pub fn ignored(&self, paths: &[String]) -> Result<Vec<String>, GitError> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let list: Vec<u8> = paths.iter().flat_map(|path| [path.as_bytes(), b"\0"].concat()).collect();
        Ok(names(&self.feed(self.command(["check-ignore", "-z", "--stdin"]), list)?.stdout))
    }

    /// Why nobody can commit here: git's own words; `None` if somebody can.
    pub fn lacks_identity(&self) -> Option<String> {
        ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"].iter().find_map(|name| {
            let output = self.run(["var", name]).ok()?;
            (!output.status.success()).then(|| {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                let last = said.lines().rev().find(|line| line.starts_with("fatal: ")).unwrap_or("fatal: no identity");
                last.trim_start_matches("fatal: ").to_owned()
            })
        })
    }

    /// Commits up to one whose messages have a line that begins so, the newest first. `path`: only those that change something there.
    ///
    /// # Errors
    /// When git fails.
    pub fn log(&self, commit: &str, most: usize, line: Option<&str>, path: Option<&str>) -> Result<Vec<Logged>, GitError> {
        let most = format!("--max-count={most}");
        let mut asked = vec!["log", "--topo-order", "--no-show-signature", "--format=%H%x00%an%x00%B%x00%x01", &most];
        let wanted = line.map(|line| format!("--grep=^{}$", line.replace(['.', '*', '[', ']', '\\', '^', '$'], ".")));
        asked.extend(wanted.as_deref());
        asked.push(commit);
        let path = path.map(|path| format!(":(top,literal){path}"));
        if let Some(path) = &path {
            asked.extend(["--", path]);
        }
        let said = self.ask_all(&asked)?;
        let said = String::from_utf8_lossy(&said);
        let one = |text: &str| {
            let mut parts = text.trim_start_matches('\n').split('\0');
            Some(Logged { id: parts.next()?.to_owned(), author: parts.next()?.to_owned(), message: parts.next()?.to_owned() })
        };
        Ok(said.split('\u{1}').filter(|text| text.contains('\0')).filter_map(one).collect())
    }
}
