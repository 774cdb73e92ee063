//! `oam definition docs`

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::chosen::choose;
use crate::catalog::DefinitionKind;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::settings::Settings;
use crate::view::reference::{Page, html, index, markdown, page};

/// Write the reference of types: Markdown pages, and one HTML page to browse and search
///
/// Without names: all types of the project, else all built-in ones. Without `-o` the Markdown goes to stdout.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Types (`scaler`, `trait/scaler`), files or folders
    #[arg(value_name = "TYPE|FILE|DIR")]
    named: Vec<String>,
    /// Writes README.md, index.html and one page per type into this directory
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Writes nothing, and exits with 3 if the directory is out of date
    #[arg(long, requires = "output")]
    check: bool,
}

/// Prints or writes.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let chosen = choose(&args.named, settings)?;
    let pages: Vec<Page> = chosen.definitions.iter().map(|definition| page(definition)).collect();
    let outcome = chosen.report(settings)?;
    if outcome != Outcome::Fine {
        return Ok(outcome);
    }
    let Some(directory) = &args.output else {
        settings.console.out(&pages.iter().map(markdown).collect::<Vec<_>>().join("\n"))?;
        return Ok(Outcome::Fine);
    };
    let files = files(&pages);
    let stale = stale(directory, &files);
    let changed: Vec<&str> = files
        .iter()
        .filter(|(path, text)| fs::read(directory.join(path)).ok().as_deref() != Some(text.as_bytes()))
        .map(|(path, _)| path.as_str())
        .collect();
    if args.check {
        for path in changed.iter().copied().chain(stale.iter().map(String::as_str)) {
            settings.console.out(&format!("out of date: {}\n", directory.join(path).display()))?;
        }
        return Ok(if changed.is_empty() && stale.is_empty() { Outcome::Fine } else { Outcome::Differences });
    }
    let failed = |path: &Path, error: std::io::Error| Failure::world(format!("cannot write `{}`: {error}", path.display()));
    for path in &changed {
        let full = directory.join(path);
        let parent = full.parent().unwrap_or(directory);
        fs::create_dir_all(parent).and_then(|()| fs::write(&full, &files[*path])).map_err(|error| failed(&full, error))?;
    }
    for path in &stale {
        let full = directory.join(path);
        fs::remove_file(&full).map_err(|error| failed(&full, error))?;
    }
    settings.console.say(&format!("{} files in {}, {} of them new or changed", files.len(), directory.display(), changed.len()));
    Ok(Outcome::Fine)
}

/// The files by path.
fn files(pages: &[Page]) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> =
        pages.iter().map(|page| (format!("{}s/{}.md", page.kind.as_str(), page.name), markdown(page))).collect();
    files.insert("README.md".to_owned(), index(pages));
    files.insert("index.html".to_owned(), html(pages));
    files
}

/// Pages of types that are gone. Only those that begin as our pages do are ours.
fn stale(directory: &Path, files: &BTreeMap<String, String>) -> Vec<String> {
    let mut stale = Vec::new();
    for kind in DefinitionKind::ALL {
        let folder = format!("{}s", kind.as_str());
        for entry in fs::read_dir(directory.join(&folder)).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{folder}/{name}");
            let Some(of) = name.strip_suffix(".md") else { continue };
            let start = format!("# {of}\n\n{} type: ", kind.as_str());
            if !files.contains_key(&path) && fs::read_to_string(entry.path()).is_ok_and(|text| text.starts_with(&start)) {
                stale.push(path);
            }
        }
    }
    stale.sort();
    stale
}
