//! `oam init`

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::cli::exit::{Failure, Outcome};
use crate::cli::settings::Settings;
use crate::load::PROJECT_FILE;

/// Make a small project that renders at once
///
/// Two components, traits, three environments (dev, staging, prod), a scope, and a workflow that checks pull requests. Nothing that is
/// there is overwritten.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Where [default: here]
    #[arg(value_name = "DIR")]
    into: Option<PathBuf>,
}

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../examples/hello/", $path)))),*]
    };
}

/// The project, as it stands in `examples/hello`.
const FILES: &[(&str, &str)] = files![
    ".github/workflows/oam.yaml",
    "README.md",
    "apps/hello/components/cache.yaml",
    "apps/hello/components/web.yaml",
    "apps/hello/traits/web.yaml",
    "environments/dev.yaml",
    "environments/prod.yaml",
    "environments/staging.yaml",
    // Last: a project is there when all of it is there.
    "scopes/availability.yaml",
    "oam.yaml",
];

/// Writes the files.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let base = settings.directory.clone().unwrap_or_default();
    let directory = base.join(args.into.as_deref().unwrap_or(Path::new("")));
    let shown = if directory.as_os_str().is_empty() { "here".to_owned() } else { format!("in `{}`", directory.display()) };
    let existing: Vec<&str> = FILES.iter().map(|(path, _)| *path).filter(|path| directory.join(path).symlink_metadata().is_ok()).collect();
    if existing.contains(&PROJECT_FILE) {
        return Err(Failure::usage(format!("there is a project {shown} already: `{PROJECT_FILE}` exists")));
    }
    if !existing.is_empty() {
        let names: Vec<String> = existing.iter().map(|path| format!("`{path}`")).collect();
        return Err(Failure::usage(format!("files that a new project would have are there already {shown}: {}", names.join(", ")))
            .help("`oam init DIR` makes the project in another directory"));
    }
    for (path, text) in FILES {
        write(&directory.join(path), text)?;
    }
    let enter = if directory.as_os_str().is_empty() { String::new() } else { format!("cd {} && ", directory.display()) };
    settings.console.say(&format!("made a project of {} files {shown}; next: `{enter}oam render`", FILES.len()));
    Ok(Outcome::Fine)
}

/// Writes a new file whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::world(format!("cannot write `{}`: {error}", path.display()));
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".oam-tmp");
    let temporary = path.with_file_name(name);
    let written = OpenOptions::new().write(true).create(true).truncate(true).open(&temporary).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        // A link, unlike a rename, never replaces a file that came to be in the meantime.
        match fs::hard_link(&temporary, path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => fs::rename(&temporary, path),
            other => other,
        }
    });
    let _ = fs::remove_file(&temporary);
    written.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_the_whole_example() {
        fn walk(directory: &Path, root: &Path, found: &mut Vec<String>) {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, root, found);
                } else {
                    found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/hello");
        let mut found = Vec::new();
        walk(&root, &root, &mut found);
        // What `oam render` writes there is no part of the example.
        found.retain(|path| !path.starts_with("rendered/"));
        found.sort();
        let mut files: Vec<&str> = FILES.iter().map(|(path, _)| *path).collect();
        files.sort();
        assert_eq!(files, found);
    }
}
