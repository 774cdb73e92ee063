//! A place to make a commit in: a work tree of its own, without files, that nobody's branch, index or files know of.
//!
//! Beside a repository on disk it is a linked work tree, so that the settings, hooks, credentials and signing of that repository hold. For a
//! repository that is elsewhere it is one of its own. What a run that was killed left of it, the next run removes: it holds no lock any more.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use super::object::Format;
use super::repository::{GitError, Repository};
use super::snapshot::{ItemKind, Snapshot};

/// Names of workshops begin with this.
const NAME: &str = "oam-publish-";
/// The file that a run holds locked as long as it needs the workshop.
const LOCK: &str = "lock";
/// The reference that its HEAD is: one of this work tree alone.
const HEAD: &str = "refs/worktree/oam";
/// Commits of the past that are fetched from elsewhere.
const DEPTH: &str = "--depth=50";
/// What ends the name of a workshop that is not locked yet.
const NEW: &str = "new";
/// How long it may take to lock it.
const FRESH: Duration = Duration::from_secs(600);

/// A place to make a commit in.
#[derive(Debug)]
pub struct Workshop {
    repository: Repository,
    /// The directory of it all, with the lock and the work tree.
    directory: PathBuf,
    /// Where the repository on disk that it is beside knows of it.
    linked: Option<PathBuf>,
    /// From where paths of remotes lead to them.
    top: Option<PathBuf>,
    /// Whether only the last commits are fetched.
    shallow: bool,
    _lock: File,
}

/// A change of one file.
#[derive(Clone, Copy, Debug)]
pub struct Edit<'a> {
    /// Its path in the repository.
    pub path: &'a str,
    /// Its new text; `None` if it goes.
    pub text: Option<&'a [u8]>,
}

/// What became of a push.
#[derive(Debug)]
pub enum Pushed {
    /// It is there.
    Done,
    /// The remote did not take it; the words of git, of the remote and of hooks.
    Refused(String),
}

impl Drop for Workshop {
    fn drop(&mut self) {
        if let Some(linked) = &self.linked {
            let _ = fs::remove_dir_all(linked);
        }
        let _ = fs::remove_dir_all(self.repository.folder());
        // The lock goes last.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Makes the directory of a workshop, locked. It gets its name when it is: nobody ever sees one that seems abandoned.
fn directory() -> io::Result<(PathBuf, File)> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let parent = std::env::temp_dir();
    sweep(&parent);
    let failed = |path: &Path, error: io::Error| io::Error::new(error.kind(), format!("cannot create `{}`: {error}", path.display()));
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("{NAME}{}-{number}", std::process::id()));
        let new = path.with_extension(NEW);
        match fs::create_dir(&new) {
            Ok(()) if path.exists() => drop(fs::remove_dir(&new)),
            Ok(()) => {
                let lock = File::create(new.join(LOCK))?;
                lock.lock()?;
                fs::rename(&new, &path).map_err(|error| failed(&path, error))?;
                return Ok((path, lock));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&new, error)),
        }
    }
}

/// Removes what runs left that were killed.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(NAME) && is_abandoned(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether nobody needs a workshop any more: its lock is free, or gone, which goes last.
fn is_abandoned(path: &Path) -> bool {
    if path.extension().is_some_and(|extension| extension == NEW) {
        let made = fs::metadata(path).and_then(|found| found.modified());
        return made.is_ok_and(|made| SystemTime::now().duration_since(made).is_ok_and(|age| age > FRESH));
    }
    match File::open(path.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Forgets linked work trees of runs that were killed.
fn forget(common: &Path) {
    for entry in fs::read_dir(common.join("worktrees")).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(NAME) {
            continue;
        }
        // `gitdir` names the file `.git` of the work tree, which lies in the workshop's directory.
        let Ok(said) = fs::read_to_string(entry.path().join("gitdir")) else { continue };
        let Some(directory) = Path::new(said.trim()).ancestors().nth(2) else { continue };
        if !directory.exists() || is_abandoned(directory) {
            let _ = fs::remove_dir_all(directory);
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

impl Workshop {
    /// Beside a repository on disk.
    ///
    /// # Errors
    /// When git fails, or the file system.
    pub fn beside(repository: &Repository) -> Result<Workshop, GitError> {
        let common = repository.common_directory()?;
        forget(&common);
        let (directory, lock) = directory().map_err(GitError::Io)?;
        let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let tree = directory.join(&name);
        let mut workshop = Workshop {
            repository: Repository::at(&tree),
            directory,
            linked: Some(common.join("worktrees").join(&name)),
            top: repository.top().ok(),
            shallow: false,
            _lock: lock,
        };
        // A repository without history has nothing that a work tree could be of.
        let start = match repository.commit("HEAD") {
            Ok(commit) => commit,
            Err(_) => repository.empty_commit()?,
        };
        let path = tree.to_string_lossy().into_owned();
        repository.ask(["-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet", "--detach", "--no-checkout", &path, &start])?;
        workshop.repository = Repository::at(&tree);
        workshop.aim()?;
        Ok(workshop)
    }

    /// For a repository that is elsewhere, or a bare one on this disk.
    ///
    /// # Errors
    /// When git fails, or the file system.
    pub fn for_remote(remote: &str) -> Result<Workshop, GitError> {
        let (directory, lock) = directory().map_err(GitError::Io)?;
        let tree = directory.join("tree");
        fs::create_dir(&tree).map_err(GitError::Io)?;
        let mut workshop = Workshop { repository: Repository::at(&tree), directory, linked: None, top: None, shallow: true, _lock: lock };
        let bare = Path::new(remote).is_dir().then(|| Repository::at(Path::new(remote)));
        let format = bare.as_ref().map_or(Ok(Format::Sha1), Repository::format)?;
        let format = if format == Format::Sha256 { "--object-format=sha256" } else { "--object-format=sha1" };
        workshop.repository.ask(["init", "--quiet", format])?;
        if let Some(bare) = bare {
            // Objects on this disk need not be copied, and the whole history is at hand.
            let objects = bare.common_directory()?.join("objects");
            let alternates = tree.join(".git/objects/info/alternates");
            fs::write(alternates, format!("{}\n", objects.display())).map_err(GitError::Io)?;
            workshop.shallow = false;
        }
        workshop.aim()?;
        Ok(workshop)
    }

    fn aim(&self) -> Result<(), GitError> {
        self.repository.ask(["symbolic-ref", "HEAD", HEAD]).map(|_| ())
    }

    /// The repository of the workshop, to ask of its commits.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The last commit of a branch of a remote, fetched; `None` if it has no such branch.
    ///
    /// # Errors
    /// When the remote cannot be reached, or git fails.
    pub fn fetch(&self, remote: &str, branch: &str) -> Result<Option<String>, GitError> {
        let name = format!("refs/heads/{branch}");
        let Some(tip) = self.tip(remote, branch)? else { return Ok(None) };
        if self.repository.has(&tip) {
            return Ok(Some(tip));
        }
        let mut fetch = self.acting(["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"]);
        if self.shallow {
            fetch.arg(DEPTH);
        }
        // The branch may have moved since; both commits are here then.
        let address = self.path_of(remote);
        let from = address.as_deref().unwrap_or(remote);
        let output = fetch.args([from, &format!("+{name}:refs/worktree/oam-tip")]).output().map_err(GitError::NoGit)?;
        unreachable_remote(&output, remote)?;
        self.repository.commit("refs/worktree/oam-tip").map(Some)
    }

    /// The path of a remote that is known by one that leads there only from the repository that this is beside.
    fn path_of(&self, remote: &str) -> Option<String> {
        let (top, address) = (self.top.as_ref()?, self.repository.address(remote)?);
        let is_relative = !address.contains(':') && !Path::new(&address).is_absolute();
        is_relative.then(|| top.join(address).to_string_lossy().into_owned())
    }

    /// The last commit of a branch of a remote as the remote says it.
    ///
    /// # Errors
    /// When the remote cannot be reached.
    pub fn tip(&self, remote: &str, branch: &str) -> Result<Option<String>, GitError> {
        let name = format!("refs/heads/{branch}");
        let address = self.path_of(remote);
        let output =
            self.acting(["ls-remote", "--quiet", address.as_deref().unwrap_or(remote), &name]).output().map_err(GitError::NoGit)?;
        unreachable_remote(&output, remote)?;
        let said = String::from_utf8_lossy(&output.stdout);
        Ok(said.lines().find_map(|line| line.strip_suffix(&name)).map(|id| id.trim().to_owned()))
    }

    /// The branch that a remote calls its head; `None` if it has none yet.
    ///
    /// # Errors
    /// When the remote cannot be reached.
    pub fn default_branch(&self, remote: &str) -> Result<Option<String>, GitError> {
        let output = self.acting(["ls-remote", "--quiet", "--symref", remote, "HEAD"]).output().map_err(GitError::NoGit)?;
        unreachable_remote(&output, remote)?;
        let said = String::from_utf8_lossy(&output.stdout);
        let name = said.lines().find_map(|line| line.strip_prefix("ref: refs/heads/")?.split('\t').next());
        Ok(name.map(str::to_owned))
    }

    /// Commits changes on top of a commit, or as the first of a history; the user's hooks, identity and signing hold. The new commit's id.
    ///
    /// # Errors
    /// [`GitError::Refused`] when a hook, or the signing, or the identity says no.
    pub fn commit(
        &self,
        parent: Option<&str>,
        before: &Snapshot,
        folder: &str,
        edits: &[Edit<'_>],
        message: &str,
        signoff: bool,
    ) -> Result<String, GitError> {
        let repository = &self.repository;
        match parent {
            Some(parent) => {
                repository.ask(["update-ref", HEAD, parent])?;
                repository.ask(["read-tree", parent])?;
            }
            None => {
                repository.ask(["update-ref", "-d", HEAD])?;
                repository.ask(["read-tree", "--empty"])?;
            }
        }
        self.store(edits)?;
        self.stage(before, folder, edits)?;
        if self.has_hook("pre-commit") {
            let paths = edits.iter().filter(|edit| edit.text.is_some()).flat_map(|edit| [edit.path.as_bytes(), b"\0"].concat()).collect();
            let output = repository.feed(repository.command(["checkout-index", "--force", "--stdin", "-z"]), paths)?;
            expect(&output, "git checkout-index")?;
        }
        let mut commit = self.acting(["commit", "--quiet", "--cleanup=whitespace", "--file=-"]);
        if signoff {
            commit.arg("--signoff");
        }
        let output = repository.feed(commit, message.as_bytes().to_vec())?;
        if !output.status.success() {
            return Err(GitError::Refused { what: "the commit".to_owned(), said: words(&output) });
        }
        repository.commit("HEAD")
    }

    /// Pushes a commit to a branch. `instead_of`: the branch may lose what it has, if that is still this commit, or nothing.
    ///
    /// # Errors
    /// When git cannot be run.
    pub fn push(&self, remote: &str, commit: &str, branch: &str, instead_of: Option<Option<&str>>) -> Result<Pushed, GitError> {
        let mut push = match self.path_of(remote) {
            Some(path) => self.acting(["-c", &format!("remote.{remote}.pushurl={path}"), "push"]),
            None => self.acting(["push"]),
        };
        push.args(["--porcelain", "--no-recurse-submodules"]);
        if let Some(expected) = instead_of {
            push.arg(format!("--force-with-lease=refs/heads/{branch}:{}", expected.unwrap_or_default()));
        }
        let output = push.args([remote, &format!("{commit}:refs/heads/{branch}")]).output().map_err(GitError::NoGit)?;
        Ok(if output.status.success() { Pushed::Done } else { Pushed::Refused(words(&output)) })
    }

    /// Writes the texts as objects: one by one if they are few, as a pack else.
    fn store(&self, edits: &[Edit<'_>]) -> Result<(), GitError> {
        let mut stream = Vec::new();
        for text in edits.iter().filter_map(|edit| edit.text) {
            stream.extend_from_slice(format!("blob\ndata {}\n", text.len()).as_bytes());
            stream.extend_from_slice(text);
            stream.push(b'\n');
        }
        let output =
            self.repository.feed(self.repository.command(["fast-import", "--quiet", "--done"]), [stream, b"done\n".to_vec()].concat())?;
        expect(&output, "git fast-import")
    }

    /// Puts the changes into the index. A file that somebody made executable stays so.
    fn stage(&self, before: &Snapshot, folder: &str, edits: &[Edit<'_>]) -> Result<(), GitError> {
        let format = self.repository.format()?;
        let mut lines = Vec::new();
        for edit in edits {
            let inner = edit.path.strip_prefix(folder).map_or(edit.path, |rest| rest.trim_start_matches('/'));
            let mode = match before.item(inner) {
                Some(item) if item.kind == ItemKind::Program => "100755",
                _ => "100644",
            };
            match edit.text {
                Some(text) => lines.extend_from_slice(format!("{mode} {}\t{}\0", format.blob(text), edit.path).as_bytes()),
                None => lines.extend_from_slice(format!("0 {}\t{}\0", format.none(), edit.path).as_bytes()),
            }
        }
        let output = self.repository.feed(self.repository.command(["update-index", "-z", "--index-info"]), lines)?;
        expect(&output, "git update-index")
    }

    fn has_hook(&self, name: &str) -> bool {
        let path = self.repository.ask(["rev-parse", "--git-path", &format!("hooks/{name}")]);
        let path = path.map(|said| String::from_utf8_lossy(&said).trim().to_owned());
        path.is_ok_and(|path| self.repository.folder().join(path).exists())
    }

    /// A command that acts for the user: it speaks the user's language, and may ask for a password as the user set it up.
    fn acting<const N: usize>(&self, args: [&str; N]) -> Command {
        let mut command = self.repository.command(["-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "core.fsmonitor=false"]);
        command.args(args).env_remove("LC_ALL").env_remove("GIT_TERMINAL_PROMPT");
        if let Some(own) = std::env::var_os("LC_ALL") {
            command.env("LC_ALL", own);
        }
        if let Some(own) = std::env::var_os("GIT_TERMINAL_PROMPT") {
            command.env("GIT_TERMINAL_PROMPT", own);
        }
        command
    }
}

pub(super) fn expect(output: &Output, asked: &str) -> Result<(), GitError> {
    if output.status.success() { Ok(()) } else { Err(GitError::Failed { asked: asked.to_owned(), said: words(output) }) }
}

fn unreachable_remote(output: &Output, remote: &str) -> Result<(), GitError> {
    if output.status.success() { Ok(()) } else { Err(GitError::Unreachable { remote: remote.to_owned(), said: words(output) }) }
}

/// What git and hooks said, as one text.
fn words(output: &Output) -> String {
    let texts = [&output.stderr, &output.stdout].map(|text| String::from_utf8_lossy(text).trim().to_owned());
    let said: Vec<&str> = texts.iter().flat_map(|text| text.lines()).map(str::trim_end).filter(|line| !line.is_empty()).collect();
    said.join("\n")
}
