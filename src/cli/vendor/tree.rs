//! The files of an import: what may be among them, their digest, and how they take the place of others.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::git::{Fetched, FetchedFile, FileKind, GitError};
use crate::model::VENDOR;

/// Names of what is half-done begin with this.
const TEMPORARY: &str = ".oam-tmp-";

/// The most bytes that an import may have: what others vendor, too, is read by every run.
const LARGEST: u64 = 64 << 20;

/// Why files of a repository are not brought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// What is wrong, as a sentence that begins with the file.
    pub message: String,
    /// The way out.
    pub help: &'static str,
}

/// Judges what may be brought. Submodules are left out by whoever writes.
pub fn judge(files: &[FetchedFile]) -> Vec<Refusal> {
    let mut refused = Vec::new();
    for file in files {
        let odd = |step: &str| step.is_empty() || step == "." || step == ".." || step.eq_ignore_ascii_case(".git");
        if file.path.split('/').any(odd) || file.path.contains(['\\', '\0', ':']) {
            let message = format!("`{}` is a path that no tree should have", file.path.escape_debug());
            refused.push(Refusal { message, help: "ask the owners of the repository what it is for" });
        }
    }
    let size: u64 = files.iter().map(|file| file.size).sum();
    if size > LARGEST {
        let message = format!("the files have {size} bytes together, and an import has at most {LARGEST}");
        refused.push(Refusal { message, help: "name the folder that is needed: `git: {path: …}`" });
    }
    refused
}

/// Whether a link stays in the tree: steps upwards come first, and are no more than the folders that it stands in.
fn stays(link: &str, target: &str) -> bool {
    let depth = link.matches('/').count();
    let steps: Vec<&str> = target.split('/').filter(|step| !step.is_empty() && *step != ".").collect();
    let up = steps.iter().take_while(|step| **step == "..").count();
    !target.starts_with('/') && !target.contains('\\') && up <= depth && steps[up..].iter().all(|step| *step != "..")
}

/// What goes wrong while files are written.
#[derive(Debug)]
pub enum WriteFailure {
    /// Git.
    Git(GitError),
    /// The file system, at a path.
    Io(PathBuf, io::Error),
    /// A file that is not brought.
    Refused(Refusal),
}

impl From<GitError> for WriteFailure {
    fn from(error: GitError) -> WriteFailure {
        WriteFailure::Git(error)
    }
}

/// Writes files, judged before, into a folder that is not there yet.
///
/// # Errors
/// When git or the file system fails, or a link leaves the tree.
pub fn write(fetched: &Fetched, files: &[FetchedFile], folder: &Path) -> Result<(), WriteFailure> {
    fs::create_dir_all(folder).map_err(|error| WriteFailure::Io(folder.to_owned(), error))?;
    fetched.read(files, |file, bytes| {
        let path = folder.join(&file.path);
        let failed = |error| WriteFailure::Io(path.clone(), error);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        if file.kind == FileKind::Link {
            let target = String::from_utf8_lossy(&bytes).into_owned();
            if !stays(&file.path, &target) {
                let message = format!("`{}` is a symlink to `{}`, outside of what is imported", file.path, target.escape_debug());
                return Err(WriteFailure::Refused(Refusal {
                    message,
                    help: "ask the owners of the repository to put the file itself there",
                }));
            }
            return link(&target, &path).map_err(failed);
        }
        fs::write(&path, &bytes).map_err(failed)?;
        if file.kind == FileKind::Executable { executable(&path).map_err(failed) } else { Ok(()) }
    })
}

#[cfg(unix)]
fn link(target: &str, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn link(_: &str, _: &Path) -> io::Result<()> {
    Err(io::Error::other("symlinks are not brought to this system"))
}

#[cfg(unix)]
fn executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn executable(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The digest of a folder: of paths, links and contents, in order; `None` if it is not there.
///
/// # Errors
/// When something cannot be read.
pub fn digest(folder: &Path) -> io::Result<Option<String>> {
    match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
        // Whatever it is, it is not what was brought.
        Ok(found) if !found.is_dir() => return Ok(Some("none".to_owned())),
        Ok(_) => {}
    }
    let mut paths = Vec::new();
    walk(folder, "", &mut paths)?;
    paths.sort();
    let mut hasher = Sha256::new();
    for path in paths {
        let full = folder.join(&path);
        let found = fs::symlink_metadata(&full)?;
        let (kind, content) = if found.file_type().is_symlink() {
            (b'l', fs::read_link(&full)?.to_string_lossy().into_owned().into_bytes())
        } else if found.is_file() {
            let mut bytes = Vec::new();
            File::open(&full)?.read_to_end(&mut bytes)?;
            (b'f', bytes)
        } else {
            (b'?', Vec::new())
        };
        // Lengths in front keep one file's end from being another one's beginning.
        hasher.update([kind]);
        hasher.update((path.len() as u64).to_be_bytes());
        hasher.update(path.as_bytes());
        hasher.update((content.len() as u64).to_be_bytes());
        hasher.update(content);
    }
    let bytes = hasher.finalize();
    Ok(Some(format!("sha256:{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())))
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{path}/"), found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// A place for what is half-done: of an import, and what of it.
pub fn half_done(root: &Path, name: &str, what: &str) -> PathBuf {
    root.join(VENDOR).join(format!("{TEMPORARY}{what}-{name}"))
}

/// Puts a folder in the place of another one. Between the two steps neither is there; [`sweep`] puts the old one back if it ends there.
///
/// # Errors
/// When the file system fails.
pub fn swap(root: &Path, name: &str, new: Option<&Path>) -> io::Result<()> {
    let place = super::folder(root, name);
    let old = half_done(root, name, "old");
    match fs::rename(&place, &old) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    if let Some(new) = new {
        fs::rename(new, &place)?;
    }
    remove(&old)
}

/// Removes what an interrupted run left, and puts back what it had moved away.
///
/// # Errors
/// When the file system fails.
pub fn sweep(root: &Path) -> io::Result<()> {
    let vendor = root.join(VENDOR);
    let entries = match fs::read_dir(&vendor) {
        Ok(entries) => entries.collect::<io::Result<Vec<_>>>()?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(rest) = name.strip_prefix(TEMPORARY) else { continue };
        match rest.strip_prefix("old-").map(|name| vendor.join(name)) {
            Some(place) if fs::symlink_metadata(&place).is_err() => fs::rename(entry.path(), place)?,
            _ => remove(&entry.path())?,
        }
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::stays;

    #[test]
    fn links_that_leave_are_known() {
        for (link, target, inside) in [
            ("a", "b", true),
            ("a/b/c", "../../d", true),
            ("a/b", "../../d", false),
            ("a", "/etc/passwd", false),
            ("a/b/c", "d/../e", false),
            ("a", "..", false),
            ("a/b", "./x", true),
        ] {
            assert_eq!(stays(link, target), inside, "{link} → {target}");
        }
    }
}
