//! Which project a command is about: the one of `-C`, or the nearest `oam.yaml` upwards.

use std::path::{Path, PathBuf};

use super::exit::Failure;
use super::settings::Settings;
use crate::load::PROJECT_FILE;
use crate::source::Folder;

/// A project on disk.
#[derive(Clone, Debug)]
pub struct Located {
    /// Its folder.
    pub folder: Folder,
    /// Its path as it is reached from where the command runs.
    pub root: PathBuf,
    /// What makes a path of the project one that holds where the command runs: empty, or ends in `/`.
    pub prefix: String,
}

impl Located {
    /// Where the command runs, for what is no project on disk.
    ///
    /// # Errors
    /// When that directory cannot be opened.
    pub fn here() -> Result<Located, Failure> {
        let folder = Folder::open(".").map_err(|error| Failure::world(format!("cannot open the current directory: {error}")))?;
        Ok(Located { folder, root: PathBuf::new(), prefix: String::new() })
    }
}

/// The project that a command is about.
///
/// # Errors
/// When there is none, or its folder cannot be read.
pub fn find(settings: &Settings) -> Result<Located, Failure> {
    match &settings.directory {
        Some(directory) => at(directory),
        None => located(nearest()?),
    }
}

/// The project in a directory.
///
/// # Errors
/// When there is none, or its folder cannot be read.
pub fn at(directory: &Path) -> Result<Located, Failure> {
    if !directory.is_dir() {
        return Err(Failure::usage(format!("`{}` is not a directory", directory.display())));
    }
    if !is_project(directory)? {
        let here = if directory == Path::new(".") { String::new() } else { format!(" {}", directory.display()) };
        return Err(Failure::usage(format!("`{}` holds no `{PROJECT_FILE}`", directory.display()))
            .help(format!("`oam init{here}` makes a small project there")));
    }
    located(directory.to_owned())
}

fn located(root: PathBuf) -> Result<Located, Failure> {
    let folder = Folder::open(if root.as_os_str().is_empty() { Path::new(".") } else { &root })
        .map_err(|error| Failure::world(format!("cannot open `{}`: {error}", root.display())))?;
    let mut prefix = root.to_string_lossy().into_owned();
    if prefix == "." {
        prefix.clear();
    }
    if let Some(rest) = prefix.strip_prefix("./") {
        prefix = rest.to_owned();
    }
    if !prefix.is_empty() && !prefix.ends_with('/') {
        prefix.push('/');
    }
    Ok(Located { folder, root, prefix })
}

/// The nearest project upwards, as a path that leads there: empty, or a number of `..`.
fn nearest() -> Result<PathBuf, Failure> {
    let here = std::env::current_dir().map_err(|error| Failure::world(format!("cannot tell the current directory: {error}")))?;
    let mut relative = PathBuf::new();
    for directory in here.ancestors() {
        if is_project(directory)? {
            return Ok(relative);
        }
        relative.push("..");
    }
    Err(Failure::usage(format!("there is no `{PROJECT_FILE}` in this directory or in any above it"))
        .help("`oam init` makes a small project here; `-C DIR` names one elsewhere"))
}

/// Whether the command runs inside of a project.
pub fn is_inside() -> bool {
    nearest().is_ok()
}

fn is_project(directory: &Path) -> Result<bool, Failure> {
    let file = directory.join(PROJECT_FILE);
    match file.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(Failure::world(format!("cannot look for `{}`: {error}", file.display()))),
    }
}
