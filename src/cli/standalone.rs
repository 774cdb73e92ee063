//! `-f`: files with Applications that stand for themselves, instead of a project.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::exit::Failure;
use super::project::Located;
use super::settings::Settings;
use crate::load::{Standalone, StandaloneFile};
use crate::source::{Folder, decode};

/// The largest file, in bytes.
const LIMIT: u64 = 16 << 20;

/// How stdin is called in reports.
const STDIN: &str = "stdin";

/// What is read instead of a project.
#[derive(clap::Args, Debug, Default, Clone)]
#[command(next_help_heading = "Applications without a project")]
pub struct Input {
    /// Applications that stand for themselves, as KubeVela's do; `-` is stdin (repeatable)
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Further types for them: a folder of definitions (repeatable)
    #[arg(long, value_name = "DIR", requires = "files")]
    pub definitions: Vec<PathBuf>,
}

impl Input {
    /// Whether files were named.
    pub fn is_given(&self) -> bool {
        !self.files.is_empty()
    }

    /// Reads the files.
    ///
    /// # Errors
    /// When one is not there, no file, no text, or cannot be read.
    pub fn read(&self, settings: &Settings) -> Result<(Located, Standalone), Failure> {
        if let Some(directory) = &settings.directory {
            let failure = Failure::usage(format!("`-f` reads no project, and `-C {}` names one", directory.display()));
            return Err(failure.help(format!("`--definitions {}` takes its types", directory.join("definitions").display())));
        }
        let mut input = Standalone::default();
        for path in &self.files {
            let name = if path == Path::new("-") { STDIN.to_owned() } else { shown(path) };
            if input.files.iter().any(|known| known.name == name) {
                return Err(Failure::usage(format!("`-f {}` is given twice", path.display())));
            }
            let folder = if name == STDIN { None } else { folder_of(&name) };
            input.files.push(StandaloneFile { text: text(path)?, name, folder });
        }
        for path in &self.definitions {
            if !path.is_dir() {
                return Err(Failure::usage(format!("`--definitions {}` names no directory", path.display())));
            }
            let folder = Folder::open(path).map_err(|error| Failure::world(format!("cannot open `{}`: {error}", path.display())))?;
            input.definitions.push((prefix(path), folder));
        }
        Ok((Located::here()?, input))
    }

    /// What stands before the paths of definitions in reports.
    pub fn definition_prefixes(&self) -> impl Iterator<Item = String> {
        self.definitions.iter().map(|path| prefix(path))
    }
}

/// The folder below which a file may include others: the one in which the program runs, or for files elsewhere their own; and what stands
/// before its paths.
fn folder_of(name: &str) -> Option<(Folder, String)> {
    let elsewhere = Path::new(name).is_absolute() || name.starts_with("..");
    let parent = if elsewhere { name.rsplit_once('/').map_or("", |(parent, _)| parent) } else { "" };
    let prefix = if elsewhere { format!("{parent}/") } else { String::new() };
    let opened = Folder::open(if parent.is_empty() && !elsewhere {
        "."
    } else if parent.is_empty() {
        "/"
    } else {
        parent
    });
    opened.ok().map(|folder| (folder, prefix))
}

/// A folder as it stands before the paths of its files.
fn prefix(path: &Path) -> String {
    format!("{}/", shown(path).trim_end_matches('/'))
}

/// A path as reports show it.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.strip_prefix("./").unwrap_or(&text).to_owned()
}

fn text(path: &Path) -> Result<String, Failure> {
    let called = if path == Path::new("-") { "stdin".to_owned() } else { format!("`{}`", path.display()) };
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Failure::usage(format!("there is no file {called}")),
        _ => Failure::world(format!("cannot read {called}: {error}")),
    };
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        if fs::metadata(path).map_err(unreadable)?.is_dir() {
            return Err(Failure::usage(format!("{called} is a directory")).help(format!("name its files: `-f {}/FILE`", shown(path))));
        }
        File::open(path).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    }
    if bytes.len() as u64 > LIMIT {
        return Err(Failure::usage(format!("{called} has more than {LIMIT} bytes")));
    }
    decode(bytes).map_err(|bad| Failure::usage(format!("{called} is not text: {bad}")))
}
