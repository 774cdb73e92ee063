//! Where it is published: a repository, a branch of it, a folder in it.

use std::path::{Component, Path, PathBuf};

use super::failed;
use super::provenance::place;
use super::source::Source;
use crate::cli::exit::Failure;
use crate::git::{GitError, Repository, Workshop};

/// Where somebody wants it.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    /// The path or address of the config repository; the one that holds the output directory, if it is not said.
    pub repository: Option<&'a str>,
    /// The branch; the one that is checked out, if it is not said.
    pub branch: Option<&'a str>,
    /// The branch that it is to be merged into.
    pub into: Option<&'a str>,
    /// The folder in the repository.
    pub folder: Option<&'a str>,
}

/// A place to publish to.
pub struct Destination {
    /// Where the commit is made.
    pub workshop: Workshop,
    /// The repository on this disk whose branch follows.
    pub local: Option<Repository>,
    /// The name or address to push to; without one, the branch of the repository on this disk is all there is.
    pub remote: Option<String>,
    /// The branch that gets the commit.
    pub branch: String,
    /// The branch that it is to be merged into.
    pub into: Option<String>,
    /// The folder in the repository; empty for its root.
    pub folder: String,
    /// Whether the documents are on the very branch.
    pub is_source: bool,
    /// What people call the repository.
    pub shown: String,
}

impl Destination {
    /// Finds the place, and makes a workshop for it.
    ///
    /// # Errors
    /// When there is no such repository, or no branch is named where one must be.
    pub fn find(wanted: &Wanted<'_>, source: &Source) -> Result<Destination, Failure> {
        let output = source.opened.output_directory();
        let spot = match wanted.repository {
            Some(said) if Path::new(said).is_dir() => PathBuf::from(said),
            Some(address) => return Destination::elsewhere(address, wanted),
            None => nearest(&output),
        };
        let repository = Repository::of(&spot).map_err(|error| match (error, wanted.repository) {
            (GitError::NoRepository(_), None) => {
                Failure::usage(format!("the output directory `{}` is in no git repository", output.display()))
                    .help("`--repo` says where the config repository is, by its path or address")
            }
            (error, _) => failed(error),
        })?;
        if repository.is_bare() {
            let path = spot.canonicalize().map_err(|error| Failure::world(format!("cannot open `{}`: {error}", spot.display())))?;
            return Destination::elsewhere(&path.to_string_lossy(), wanted)
                .map(|found| Destination { shown: spot.display().to_string(), ..found });
        }
        let top = repository.top().map_err(failed)?;
        let folder = match wanted.folder {
            Some(folder) => tidy(folder)?,
            None => inside(&top, &output).or_else(|| inside(&top, &spot)).unwrap_or_default(),
        };
        let branch = match wanted.branch {
            Some(branch) => branch.to_owned(),
            None => repository.branch().ok_or_else(|| {
                Failure::world(format!("HEAD of `{}` is detached, so there is no branch to publish to", top.display()))
                    .help("name the branch with `--branch`")
            })?,
        };
        check_names(&repository, &branch, wanted.into)?;
        let common = |repository: &Repository| repository.common_directory().ok();
        let is_source = common(&repository) == common(&source.repository)
            && source.repository.branch().as_ref() == Some(&branch)
            && wanted.into.is_none();
        let workshop = Workshop::beside(&repository).map_err(failed)?;
        let remote = repository.remote_of(wanted.into.unwrap_or(&branch));
        let found = Destination {
            workshop,
            remote,
            branch,
            into: wanted.into.map(str::to_owned),
            folder,
            is_source,
            shown: top.display().to_string(),
            local: Some(repository),
        };
        found.refuse_ignored()?;
        Ok(found)
    }

    /// A repository that is not on this disk, or has no work tree.
    fn elsewhere(address: &str, wanted: &Wanted<'_>) -> Result<Destination, Failure> {
        let workshop = Workshop::for_remote(address).map_err(failed)?;
        let branch = match wanted.branch {
            Some(branch) => branch.to_owned(),
            None => workshop.default_branch(address).map_err(failed)?.ok_or_else(|| {
                Failure::usage(format!("`{}` has no branch yet", place(address))).help("name one with `--branch`, as `--branch main`")
            })?,
        };
        check_names(workshop.repository(), &branch, wanted.into)?;
        Ok(Destination {
            workshop,
            local: None,
            remote: Some(address.to_owned()),
            branch,
            into: wanted.into.map(str::to_owned),
            folder: wanted.folder.map_or(Ok(String::new()), tidy)?,
            is_source: false,
            shown: place(address),
        })
    }

    /// The branch that the commit is made on top of.
    pub fn base(&self) -> &str {
        self.into.as_deref().unwrap_or(&self.branch)
    }

    /// Rendered files that the branch of the documents is told to ignore do not belong there.
    fn refuse_ignored(&self) -> Result<(), Failure> {
        let (true, Some(local)) = (self.is_source && !self.folder.is_empty(), &self.local) else { return Ok(()) };
        let top = local.top().map_err(failed)?;
        let inner = Repository::of(&top).and_then(|top| top.ignored(&[format!("{}/", self.folder)])).map_err(failed)?;
        if inner.is_empty() {
            return Ok(());
        }
        Err(Failure::refused(format!("`{}` is ignored by git on branch `{}`, where it would be published", self.folder, self.branch))
            .help("publish to another branch with `--branch` or to another repository with `--repo`, or take it out of .gitignore"))
    }
}

fn check_names(repository: &Repository, branch: &str, into: Option<&str>) -> Result<(), Failure> {
    for name in [Some(branch), into].into_iter().flatten() {
        if !repository.is_branch_name(name) {
            return Err(Failure::usage(format!("`{name}` cannot be the name of a branch")));
        }
    }
    if into == Some(branch) {
        return Err(Failure::usage(format!("`{branch}` cannot be merged into itself")).help("without `--into` it gets the commit at once"));
    }
    Ok(())
}

/// The nearest folder upwards that is there.
fn nearest(path: &Path) -> PathBuf {
    let there = path.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("."));
    if there.as_os_str().is_empty() { PathBuf::from(".") } else { there.to_owned() }
}

/// The path of a folder in a repository, if it is in it. The folder may not be there yet.
pub fn inside(top: &Path, path: &Path) -> Option<String> {
    let there = nearest(path);
    let rest = path.strip_prefix(if there == Path::new(".") { Path::new("") } else { &there }).ok()?;
    let whole = there.canonicalize().ok()?.join(rest);
    let inner = whole.strip_prefix(top.canonicalize().ok()?).ok()?;
    tidy(&inner.to_string_lossy()).ok()
}

/// A folder in a repository as git writes it.
fn tidy(folder: &str) -> Result<String, Failure> {
    let mut parts = Vec::new();
    for part in Path::new(folder).components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) if name != ".git" => parts.push(name.to_string_lossy().into_owned()),
            _ => return Err(Failure::usage(format!("`{folder}` is no folder of the repository"))),
        }
    }
    Ok(parts.join("/"))
}
