//! `oam vendor`

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::exit::{Failure, Outcome};
use crate::cli::opened::Opened;
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::cli::standalone::Input;
use crate::cli::vendor::{self, Lock, Locked, State, WriteFailure, digest, half_done, judge, state, swap, sweep, write};
use crate::diag::{Diagnostic, code};
use crate::git::{Fetched, FileKind, GitError};
use crate::load::LOCK_FILE;
use crate::model::{Import, VENDOR};

/// Bring the imports of other repositories below `vendor/`, at the commits of the lock file
///
/// What `imports` of oam.yaml names with `git` is fetched by your own git, with your credentials, and written to `vendor/NAME`; `oam.lock` says the
/// commit and the digest of the files. Commit both. What is there and as the lock says is not fetched again.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only these imports
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Follow branches and tags to where they are now
    #[arg(long, conflicts_with = "check")]
    update: bool,
    /// Change nothing and ask nobody; exit with 3 if `vendor/` or the lock file is not what oam.yaml asks for
    #[arg(long)]
    check: bool,
}

/// Brings what is missing, or says what is.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let opened = Opened::read(&Input::default(), settings)?;
    let Some(workspace) = &opened.loaded.workspace else { return opened.report(Stream::Aside, settings) };
    // That imports are not there yet is why somebody is here.
    opened.sink.take();
    let imports: Vec<&Import> = workspace.project.imports.iter().filter(|import| import.git.is_some()).collect();
    if let Some(name) = args.names.iter().find(|name| !imports.iter().any(|import| *import.name.value == **name)) {
        let known: Vec<&str> = imports.iter().map(|import| &*import.name.value).collect();
        let failure = Failure::usage(format!("no import with a repository is called `{name}`"));
        return Err(if known.is_empty() { failure } else { failure.help(format!("there are: {}", known.join(", "))) });
    }
    let root = if opened.located.root.as_os_str().is_empty() { PathBuf::from(".") } else { opened.located.root.clone() };
    let lock = Lock::read(&root)?;
    if args.check {
        return check(&root, &imports, &lock, settings);
    }
    bring(args, &root, &imports, lock, &opened, settings)
}

/// What is not as it should be, without a network.
fn check(root: &Path, imports: &[&Import], lock: &Lock, settings: &Settings) -> Result<Outcome, Failure> {
    let mut wrong = Vec::new();
    for import in imports {
        if let State::Unlocked(why) | State::Differs(why) = state(root, import, lock)? {
            wrong.push(format!("{}: {why}\n", import.name));
        }
    }
    for locked in lock.imports.iter().filter(|locked| !imports.iter().any(|import| *import.name.value == *locked.name)) {
        wrong.push(format!("{}: the lock file has it, and oam.yaml does not\n", locked.name));
    }
    settings.console.out(&wrong.concat())?;
    if wrong.is_empty() {
        settings.console.say(&format!("{} as the lock file says", counted(imports.len())));
        return Ok(Outcome::Fine);
    }
    settings.console.say("`oam vendor` mends it; commit `vendor/` and the lock file");
    Ok(Outcome::Differences)
}

fn counted(imports: usize) -> String {
    if imports == 1 { "1 import is".to_owned() } else { format!("{imports} imports are") }
}

/// A tree that was fetched and waits for its place.
struct Brought {
    locked: Locked,
    tree: PathBuf,
    files: usize,
    left_out: Vec<String>,
}

fn bring(args: &Args, root: &Path, imports: &[&Import], lock: Lock, opened: &Opened, settings: &Settings) -> Result<Outcome, Failure> {
    let vendor = root.join(VENDOR);
    let failed = |error: std::io::Error| Failure::world(format!("cannot write `{}`: {error}", vendor.display()));
    if fs::symlink_metadata(&vendor).is_ok_and(|found| !found.is_dir()) {
        let failure = Failure::usage(format!("`{}` is not a folder, and imports go there", vendor.display()));
        return Err(failure.help("remove it, or move it away"));
    }
    sweep(root).map_err(failed)?;
    let (mut kept, mut brought) = (Vec::new(), Vec::new());
    for import in imports {
        let is_meant = args.names.is_empty() || args.names.iter().any(|name| **name == *import.name.value);
        let there = state(root, import, &lock)?;
        let known = lock.find(&import.name);
        if let Some(known) = known.filter(|_| !is_meant || (there == State::Current && !args.update)) {
            kept.push(known.clone());
            continue;
        }
        if !is_meant {
            continue;
        }
        // Files that are lost are brought as they were; only who asks gets others.
        let as_locked = known.filter(|_| matches!(there, State::Differs(_)) && !args.update);
        if let (Some(_), State::Differs(why)) = (as_locked, &there) {
            settings.console.say(&format!("{}: {why}", import.name));
        }
        let fetched = fetch(root, import, as_locked, opened);
        if !matches!(fetched, Ok(Some(_))) {
            // Nothing was changed, and nothing half-done stays.
            sweep(root).map_err(failed)?;
            let _ = fs::remove_dir(&vendor);
        }
        match fetched? {
            Some(found) if known == Some(&found.locked) && there == State::Current => kept.push(found.locked),
            Some(found) => brought.push(found),
            None => return opened.report(Stream::Aside, settings),
        }
    }
    // Nothing failed: now the new ones take their places, and what is no import any more goes.
    let mut entries = kept;
    for found in &brought {
        swap(root, &found.locked.name, Some(&found.tree)).map_err(failed)?;
        entries.push(found.locked.clone());
    }
    let gone = lock.imports.iter().filter(|locked| !imports.iter().any(|import| *import.name.value == *locked.name));
    for locked in gone.clone() {
        swap(root, &locked.name, None).map_err(failed)?;
    }
    Lock { imports: entries.clone() }.write(root).map_err(|error| Failure::world(format!("cannot write `{LOCK_FILE}`: {error}")))?;
    sweep(root).map_err(failed)?;
    let _ = fs::remove_dir(&vendor);
    for Brought { locked, files, left_out, .. } in &brought {
        let short = locked.commit.get(..10).unwrap_or(&locked.commit);
        let reference =
            locked.reference.as_deref().filter(|name| !locked.commit.starts_with(name)).map_or(String::new(), |name| format!("{name}, "));
        let plural = if *files == 1 { "file" } else { "files" };
        settings.console.say(&format!("{}: brought {files} {plural} ({reference}{short}) from `{}`", locked.name, locked.url));
        for path in left_out {
            settings.console.say(&format!("{}: `{path}` is a submodule, and is not followed", locked.name));
        }
    }
    gone.for_each(|locked| settings.console.say(&format!("{}: removed, since oam.yaml does not import it", locked.name)));
    if brought.is_empty() && entries.len() == lock.imports.len() {
        settings.console.say(&format!("{} as the lock file says", counted(entries.len())));
    }
    Ok(Outcome::Fine)
}

/// Fetches an import into a folder beside its place: at the commit of the lock, or where its reference leads now. `None`: what is there is not
/// brought, and the sink says why.
fn fetch(root: &Path, import: &Import, as_locked: Option<&Locked>, opened: &Opened) -> Result<Option<Brought>, Failure> {
    let Some(git) = &import.git else { return Ok(None) };
    let (store, tree) = (half_done(root, &import.name, "store"), half_done(root, &import.name, "new"));
    fs::create_dir_all(root.join(VENDOR)).map_err(|error| Failure::world(format!("cannot create `{VENDOR}`: {error}")))?;
    let refuse = |message: String, help: &str| {
        opened.sink.push(Diagnostic::error(code::UNREADABLE_FILE, git.url.at, message).help(help));
        Ok(None)
    };
    // Helpers run programs, and an address must not.
    if git.url.contains("::") {
        return refuse(format!("`{}` is no address that imports may have", git.url), "give one of https, ssh or git, or a path");
    }
    let fetched = Fetched::new(&store, root).map_err(|error| unreachable(import, &error))?;
    let reference = as_locked.map(|locked| locked.commit.as_str()).or(git.reference.as_ref().map(|name| &*name.value));
    let commit = fetched.fetch(&git.url, reference).map_err(|error| unreachable(import, &error))?;
    let inside = git.path.as_ref().map_or("", |path| path.trim_matches('/'));
    let inside = if inside == "." { "" } else { inside };
    let mut files = fetched.files(&commit, inside).map_err(|error| unreachable(import, &error))?;
    let short = commit.get(..10).unwrap_or(&commit);
    let left_out: Vec<String> = files.iter().filter(|file| file.kind == FileKind::Submodule).map(|file| file.path.clone()).collect();
    files.retain(|file| file.kind != FileKind::Submodule);
    if !files.iter().any(|file| vendor::is_of_project(&file.path)) {
        let place = if inside.is_empty() { "it".to_owned() } else { format!("`{inside}` of it") };
        let message =
            format!("the import `{}` brings nothing: {place} has no oam.yaml and none of a project's folders at {short}", import.name);
        return refuse(message, "`git.path` names the folder of the project in the repository");
    }
    if let Some(refusal) = judge(&files).into_iter().next() {
        return refuse(format!("the import `{}` is not brought: {}", import.name, refusal.message), refusal.help);
    }
    match write(&fetched, &files, &tree) {
        Ok(()) => {}
        Err(WriteFailure::Refused(refusal)) => {
            return refuse(format!("the import `{}` is not brought: {}", import.name, refusal.message), refusal.help);
        }
        Err(WriteFailure::Git(error)) => return Err(unreachable(import, &error)),
        Err(WriteFailure::Io(path, error)) => return Err(Failure::world(format!("cannot write `{}`: {error}", path.display()))),
    }
    let digest = digest(&tree).map_err(|error| Failure::world(format!("cannot read `{}`: {error}", tree.display())))?.unwrap_or_default();
    if let Some(locked) = as_locked.filter(|locked| locked.digest != digest) {
        let message = format!("the import `{}` has other files at {short} than the lock file says", import.name);
        let help = format!("`oam vendor --update {}` takes them; first ask its owners why (the lock says {})", import.name, locked.digest);
        return refuse(message, &help);
    }
    let locked = Locked { commit, digest, ..Locked::asked(import) };
    Ok(Some(Brought { locked, tree, files: files.len(), left_out }))
}

fn unreachable(import: &Import, error: &GitError) -> Failure {
    let git = import.git.as_ref();
    let (url, reference) = (git.map_or("", |git| &*git.url.value), git.and_then(|git| git.reference.as_ref()));
    let wanted = reference.map_or("HEAD", |name| &*name.value);
    let failure = match error {
        GitError::NoRevision(name) => Failure::usage(format!("`{url}` has no branch, tag or commit `{name}`")),
        error => Failure::world(format!("cannot bring the import `{}`: {error}", import.name)),
    };
    match error {
        GitError::NoGit(_) => failure.help("install git: imports are fetched with it"),
        _ => failure.help(format!("nothing was changed; `git ls-remote {url} {wanted}` shows what git can reach")),
    }
}
