//! A branch on this disk, and the work tree that has it checked out, after a commit was made for it elsewhere: they follow where nothing is lost
//! by it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::repository::{GitError, Repository, names};
use super::workshop::{Edit, expect};

/// How a local branch took a new commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Followed {
    /// It is there now, and so is the work tree that has it checked out, if one has.
    Yes,
    /// There is no such branch here.
    NoBranch,
    /// It has commits of its own.
    Diverged,
    /// Files of the work tree are in the way; the words of git.
    InTheWay(PathBuf, String),
}

impl Repository {
    /// The work tree that has a branch checked out.
    fn checkout_of(&self, branch: &str) -> Option<PathBuf> {
        let said = self.ask(["worktree", "list", "--porcelain"]).ok()?;
        let said = String::from_utf8_lossy(&said);
        let wanted = format!("branch refs/heads/{branch}");
        let of = said.split("\n\n").find(|entry| entry.lines().any(|line| line == wanted))?;
        of.lines().next()?.strip_prefix("worktree ").map(PathBuf::from).filter(|path| path.is_dir())
    }

    /// Moves a local branch to a commit that has its own in its history. `edits` are what the commit changes.
    ///
    /// # Errors
    /// When git fails.
    pub fn follow(&self, branch: &str, commit: &str, edits: &[Edit<'_>]) -> Result<Followed, GitError> {
        let Some(old) = self.branch_tip(branch) else { return Ok(Followed::NoBranch) };
        if old == commit {
            return Ok(Followed::Yes);
        }
        if self.is_before(&old, commit) != Some(true) {
            return Ok(Followed::Diverged);
        }
        let Some(path) = self.checkout_of(branch) else {
            return self.move_branch(branch, commit, Some(&old)).map(|()| Followed::Yes);
        };
        let checkout = Repository::at(&path);
        let adopted = checkout.adopt(&path, &old, commit, edits)?;
        let output = checkout.run(["merge", "--ff-only", "--quiet", "--no-autostash", commit])?;
        if output.status.success() {
            return Ok(Followed::Yes);
        }
        checkout.put_back(&old, &adopted)?;
        let said = String::from_utf8_lossy(&output.stderr).trim().trim_start_matches("error: ").to_owned();
        Ok(Followed::InTheWay(path, said))
    }

    /// Creates a branch, or moves it from the commit that it is thought to have.
    ///
    /// # Errors
    /// When it is elsewhere by now.
    pub fn move_branch(&self, branch: &str, commit: &str, old: Option<&str>) -> Result<(), GitError> {
        let none = self.format()?.none();
        self.ask(["update-ref", "-m", "oam publish", &format!("refs/heads/{branch}"), commit, old.unwrap_or(none)]).map(|_| ())
    }

    /// Puts files into the index that the work tree has as the commit will have them: `oam render` wrote them, and git would think that a change
    /// of somebody's is in the way. What somebody staged is left alone.
    fn adopt(&self, top: &Path, old: &str, commit: &str, edits: &[Edit<'_>]) -> Result<Vec<String>, GitError> {
        let staged: BTreeSet<String> =
            names(&self.ask(["diff", "--cached", "--name-only", "-z", "--no-renames", old])?).into_iter().collect();
        let is_there = |edit: &&Edit<'_>| {
            let there = std::fs::read(top.join(edit.path)).ok();
            !staged.contains(edit.path) && there.as_deref() == edit.text
        };
        let same: Vec<String> = edits.iter().filter(is_there).map(|edit| edit.path.to_owned()).collect();
        self.put_back(commit, &same)?;
        Ok(same)
    }

    /// Makes entries of the index what they are in a commit.
    fn put_back(&self, commit: &str, paths: &[String]) -> Result<(), GitError> {
        if paths.is_empty() {
            return Ok(());
        }
        let listing = self.ask(["ls-tree", "-r", "-z", "--full-tree", commit])?;
        let none = self.format()?.none();
        let mut lines: BTreeMap<&str, String> = paths.iter().map(|path| (path.as_str(), format!("0 {none}\t{path}\0"))).collect();
        for line in names(&listing) {
            let Some((facts, path)) = line.split_once('\t') else { continue };
            let mut words = facts.split(' ');
            if let (Some(line), Some(mode), Some(object)) = (lines.get_mut(path), words.next(), words.nth(1)) {
                *line = format!("{mode} {object}\t{path}\0");
            }
        }
        let lines: String = lines.into_values().collect();
        let output = self.feed(self.command(["update-index", "-z", "--index-info"]), lines.into_bytes())?;
        expect(&output, "git update-index")
    }
}
