//! `oam render`

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use crate::cli::args::{Filter, Unknown};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::filters::filters;
use crate::cli::instance::Asked;
use crate::cli::opened::Opened;
use crate::cli::pipeline::{self, Tree};
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::cli::standalone::Input;
use crate::diag::{Diagnostic, code};
use crate::output::{self, Complete, DocumentFolders, Mode, Options, Summary};
use crate::source::Pos;
use crate::view::diagnostics::plain;

/// Render plain Kubernetes manifests, one directory per environment
///
/// Writes `<output>/<environment>[/<cluster>]/<application>/<kind>-<name>.yaml`. Only files that differ are written, and only files that `oam`
/// wrote before are removed. Where anything is wrong, nothing is written at all.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only these environments (globs allowed)
    #[arg(value_name = "ENV")]
    named: Vec<String>,
    /// Where to write; `-` prints one YAML stream [default: `output.path` of the project, else `rendered`; `-` with `-f`]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Write nothing; exit with 3 if the output is out of date
    #[arg(long)]
    check: bool,
    /// Overwrite files that were edited by hand since
    #[arg(long)]
    force: bool,
    /// Also remove objects that hold data (PersistentVolumeClaim, Namespace, CustomResourceDefinition) and whole applications
    #[arg(long)]
    prune_protected: bool,
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    unknown: Unknown,
    #[command(flatten)]
    instance: Asked,
    /// Remove what was written for the instance, and nothing else
    #[arg(long, requires = "instance", conflicts_with_all = ["pins", "check"])]
    remove: bool,
    #[command(flatten)]
    filter: Filter,
}

/// Renders, then writes, prints or compares.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let to_stdout = args.output.as_deref().map_or(args.input.is_given(), |output| output == Path::new("-"));
    if to_stdout && args.check {
        return Err(Failure::usage("`--check` compares with a directory, and stdout is none"));
    }
    let mut opened = Opened::read(&args.input, settings)?.allowing(&args.unknown);
    if args.remove {
        return remove(args, opened, settings);
    }
    let (mut filter, mut named) = (args.filter.clone(), args.named.clone());
    args.instance.enter(&mut opened, &mut filter, &mut named, settings)?;
    let filters = filters(&filter, &named, &opened)?;
    let tree = pipeline::tree(&opened, &filters, settings);
    // The process ends soon after: to take all of it apart, value by value, would only make people wait.
    let (opened, tree) = (ManuallyDrop::new(opened), ManuallyDrop::new(tree));
    if to_stdout {
        let outcome = opened.report(Stream::Aside, settings)?;
        if outcome == Outcome::Fine {
            settings.console.out(&output::stream(&tree.units))?;
        }
        return Ok(outcome);
    }
    let (directory, said_at) = directory(args, &opened);
    refuse_document_folders(&opened, &tree, &directory, said_at);
    if opened.sink.has_errors() {
        let outcome = opened.report(Stream::Aside, settings)?;
        settings.console.say("nothing was written");
        return Ok(outcome);
    }
    let project = opened.loaded.workspace.as_ref().map(|workspace| workspace.project.meta.name.clone());
    let owner = opened.owner();
    let options = Options {
        project: &owner,
        project_at: project.as_ref().map_or(Pos::NOWHERE, |name| name.at),
        mode: if args.check { Mode::Check } else { Mode::Write },
        force: args.force,
        prune_protected: args.prune_protected,
        complete: tree.complete(&opened, &filters),
    };
    let written = output::write(&directory, &tree.units, &options, &opened.sink);
    let outcome = opened.report(Stream::Aside, settings)?;
    let summary = written.map_err(|error| {
        Failure::world(error.to_string()).help("every file is whole, old or new; run `oam render` again when it is mended")
    })?;
    if outcome != Outcome::Fine {
        settings.console.say("nothing was written");
        return Ok(outcome);
    }
    finish(args, settings, &tree, &summary, &directory)
}

/// Removes an instance: the files of its inventories, also where the project cannot be rendered any more.
fn remove(args: &Args, mut opened: Opened, settings: &Settings) -> Result<Outcome, Failure> {
    let Some(workspace) = &opened.loaded.workspace else { return opened.report(Stream::Aside, settings) };
    let full = args.instance.name(&args.filter, &args.named, workspace)?;
    opened.instance = full.map(|(_, full)| full);
    let (directory, _) = directory(args, &opened);
    let (owner, instance) = (opened.owner(), opened.instance.clone().unwrap_or_default());
    // What is wrong with documents does not matter here.
    opened.sink.take();
    let options = Options {
        project: &owner,
        project_at: Pos::NOWHERE,
        mode: Mode::Write,
        force: args.force,
        prune_protected: true,
        complete: Complete::Everything(&[]),
    };
    let written = output::write(&directory, &[], &options, &opened.sink);
    let outcome = opened.report(Stream::Aside, settings)?;
    let summary = written.map_err(|error| Failure::world(error.to_string()))?;
    if outcome != Outcome::Fine {
        settings.console.say("nothing was removed");
        return Ok(outcome);
    }
    // Empty folders on the way; files of somebody else keep theirs.
    let home = directory.join(&instance);
    for folder in std::fs::read_dir(&home).into_iter().flatten().flatten() {
        let _ = std::fs::remove_dir(folder.path());
    }
    let _ = std::fs::remove_dir(&home);
    let shown = directory.display();
    summary.removed.iter().for_each(|path| settings.console.detail(&format!("removed {shown}/{path}")));
    settings.console.say(&match summary.removed.len() {
        0 => format!("there is nothing of `{instance}` in `{shown}`"),
        count => format!("removed `{instance}` from `{shown}`: {count} objects"),
    });
    Ok(Outcome::Fine)
}

/// Says what was done; with `--check` the files that differ are the result.
fn finish(args: &Args, settings: &Settings, tree: &Tree, summary: &Summary, directory: &Path) -> Result<Outcome, Failure> {
    let shown = directory.display();
    if args.check {
        let changes = summary.written.iter().map(|path| ("write", path)).chain(summary.removed.iter().map(|path| ("remove", path)));
        let text: String = changes.map(|(what, path)| format!("would {what} {}\n", plain(&format!("{shown}/{path}")))).collect();
        settings.console.out(&text)?;
        if summary.is_unchanged() {
            settings.console.say(&format!("`{shown}` is up to date"));
            return Ok(Outcome::Fine);
        }
        settings.console.say(&format!("`{shown}` is out of date: run `oam render`"));
        return Ok(Outcome::Differences);
    }
    for path in &summary.written {
        settings.console.detail(&format!("wrote {shown}/{path}"));
    }
    for path in &summary.removed {
        settings.console.detail(&format!("removed {shown}/{path}"));
    }
    let (written, removed) = (summary.written.len(), summary.removed.len());
    let unchanged = summary.unchanged;
    settings.console.say(&format!("rendered {} to `{shown}`: {written} written, {removed} removed, {unchanged} unchanged", tree.size()));
    if !tree.judged.are_plain() {
        settings.console.say(&format!("validated {} of them{}", tree.judged.total(), tree.judged.by_whom()));
    }
    Ok(Outcome::Fine)
}

/// The output directory as it is reached from here, and where a document says so.
fn directory(args: &Args, opened: &Opened) -> (PathBuf, Pos) {
    if let Some(directory) = &args.output {
        return (directory.clone(), Pos::NOWHERE);
    }
    let said = opened.loaded.workspace.as_ref().and_then(|workspace| workspace.project.output.as_ref());
    match said {
        Some(path) => (opened.located.root.join(&*path.value), path.at),
        None => (opened.located.root.join("rendered"), Pos::NOWHERE),
    }
}

/// Manifests in a folder of documents would be read as documents in the next run.
fn refuse_document_folders(opened: &Opened, tree: &Tree, directory: &Path, said_at: Pos) {
    let root = &opened.located.root;
    let folders: DocumentFolders = opened.loaded.document_folders.iter().map(|folder| root.join(folder)).collect();
    // Where it does not lie in one itself, an environment of the same name would.
    let targets = tree.targets.iter().map(|target| directory.join(target));
    let inside = std::iter::once(directory.to_owned()).chain(targets).find_map(|path| Some((folders.holding(&path)?, path)));
    if let Some((folder, directory)) = inside {
        let message = format!("the output directory `{}` lies in a folder of documents, `{}`", directory.display(), folder.display());
        let help = "rendered manifests there would be read as documents; choose another directory";
        opened.sink.push(Diagnostic::error(code::OUTPUT_IN_THE_WAY, said_at, message).help(help));
    }
}
