//! `oam diff`

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::args::{Filter, OutputFormat};
use crate::cli::changes::{self, Before, Change, OldIsWrong};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::filters::filters;
use crate::cli::opened::Opened;
use crate::cli::report::{self, Stream};
use crate::cli::settings::Settings;
use crate::cli::standalone::Input;
use crate::diag::did_you_mean;
use crate::diff::RISKS;
use crate::git::Repository;
use crate::output::Directory;
use crate::resolve::Filters;
use crate::view::diff::{Changed, Entry, Totals, collapse, text, unified};

/// What a change does to the rendered manifests, field by field, with who set what
///
/// Compares what is rendered now with the output directory; where there is none, with the last commit that the branch shares with its trunk.
/// `--base` compares with the project as any commit has it, `--from`/`--to` one environment with another, `--left`/`--right` any manifests. What
/// repeats is told once. Values of Secrets are never shown.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only these environments (globs allowed)
    #[arg(value_name = "ENV")]
    named: Vec<String>,
    /// The output directory to compare with [default: `output.path` of the project, else `rendered`]
    #[arg(short, long, value_name = "DIR", conflicts_with_all = ["base", "from", "left"])]
    output: Option<PathBuf>,
    /// Compare with the project as of this commit: a branch, a tag, an id, `HEAD~1`
    #[arg(long, value_name = "REF", conflicts_with_all = ["from", "left"])]
    base: Option<String>,
    /// Compare this environment …
    #[arg(long, value_name = "ENV", requires = "to", conflicts_with_all = ["named", "environments", "left"])]
    from: Option<String>,
    /// … with this one: what it has that the first has not
    #[arg(long, value_name = "ENV", requires = "from")]
    to: Option<String>,
    /// Compare these manifests, a file or a directory, …
    #[arg(long, value_name = "PATH", requires = "right", conflicts_with_all = ["named", "environments", "clusters", "applications"])]
    left: Option<PathBuf>,
    /// … with these
    #[arg(long, value_name = "PATH", requires = "left")]
    right: Option<PathBuf>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t, conflicts_with = "unified")]
    format: OutputFormat,
    /// The classic form, file by file
    #[arg(short, long)]
    unified: bool,
    /// List every object where many have the same change
    #[arg(long, conflicts_with = "unified")]
    expand: bool,
    /// Exit with 3 if anything differs
    #[arg(long)]
    exit_code: bool,
    /// Exit with 3 if a change has this mark, as `data-loss` (repeatable)
    #[arg(long, value_name = "RISK", value_parser = risk)]
    fail_on: Vec<String>,
    /// Render all applications, also those that no changed file can have changed
    #[arg(long, hide = true, requires = "base")]
    whole: bool,
    #[command(flatten)]
    filter: Filter,
}

fn risk(name: &str) -> Result<String, String> {
    let mut names: Vec<&str> = RISKS.iter().map(|risk| risk.name).collect();
    names.dedup();
    if names.contains(&name) {
        return Ok(name.to_owned());
    }
    Err(match did_you_mean(name, names.iter().copied()) {
        Some(best) => format!("did you mean `{best}`?"),
        None => format!("there are: {}", names.join(", ")),
    })
}

/// Finds both sides, compares and shows.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    if let (Some(left), Some(right)) = (&args.left, &args.right) {
        return match changes::streams(left, right, args.unified)? {
            Ok(found) => answer(args, settings, found, &format!("`{}`", left.display())),
            Err((manifests, sink)) => report::write(&sink.take(), &manifests.sources, "", Stream::Aside, settings),
        };
    }
    let opened = Opened::read(&Input::default(), settings)?;
    let mut filters = filters(&args.filter, &args.named, &opened)?;
    if opened.loaded.workspace.is_none() {
        return opened.report(Stream::Aside, settings);
    }
    let (mut before, what) = side(args, &opened, &mut filters, settings)?;
    let found = match changes::compare(&opened, &mut before, &filters, args.unified, args.whole, settings)? {
        Ok(found) => found,
        Err(OldIsWrong) => {
            settings.console.say(&format!("the project as of {what} cannot be rendered:"));
            return before.opened().map_or(Ok(Outcome::Problems), |old| old.report(Stream::Aside, settings));
        }
    };
    if opened.report(Stream::Aside, settings)? == Outcome::Problems {
        settings.console.say("what cannot be rendered cannot be compared");
        return Ok(Outcome::Problems);
    }
    answer(args, settings, found, &what)
}

/// What to compare with, and how it is called.
fn side(args: &Args, opened: &Opened, filters: &mut Filters, settings: &Settings) -> Result<(Before, String), Failure> {
    if let (Some(from), Some(to)) = (&args.from, &args.to) {
        for name in [from, to] {
            let filter = Filter { environments: vec![name.clone()], ..Filter::default() };
            crate::cli::filters::filters(&filter, &[], opened)?;
        }
        let before = changes::environment(opened, from, filters, settings);
        // Its problems are those of the other too, or are told when it is rendered.
        opened.sink.take();
        filters.environments = vec![to.clone()];
        return Ok((before, format!("`{from}`")));
    }
    let root = args.output.clone().unwrap_or_else(|| opened.output_directory());
    if args.base.is_none() && (args.output.is_some() || root.is_dir()) {
        if !root.is_dir() {
            return Err(Failure::usage(format!("there is no directory `{}` to compare with", root.display())));
        }
        let project = opened.loaded.workspace.as_ref().map(|workspace| workspace.project.meta.name.value.clone()).unwrap_or_default();
        let what = format!("`{}`", root.display());
        return Ok((changes::output(Box::new(Directory::new(root)), project.to_string()), what));
    }
    let (repository, commit, what) = base(args, opened, &root)?;
    Ok((changes::revision(opened, &repository, &commit)?, what))
}

/// The commit to compare with.
fn base(args: &Args, opened: &Opened, root: &std::path::Path) -> Result<(Repository, String, String), Failure> {
    let around = Repository::around(opened.located.folder.root());
    let Some(name) = &args.base else {
        let nothing = || {
            Failure::usage(format!("there is no output directory `{}` to compare with", root.display()))
                .help("`oam render` writes it; `--base REF` compares with a commit")
        };
        let repository = around.map_err(|_| nothing())?;
        let trunk = repository.trunk().ok_or_else(nothing)?;
        let commit = repository.merge_base("HEAD", &trunk).map_err(|error| changes::git_failure(&error))?;
        let what = format!("{} (where the branch left `{trunk}`)", commit.get(..10).unwrap_or(&commit));
        return Ok((repository, commit, what));
    };
    let repository = around.map_err(|error| changes::git_failure(&error))?;
    let commit = repository.commit(name).map_err(|error| changes::git_failure(&error))?;
    Ok((repository, commit, format!("`{name}`")))
}

/// The answer for machines.
#[derive(Serialize)]
struct Answer<'a> {
    totals: Totals,
    changes: &'a [Entry],
}

fn answer(args: &Args, settings: &Settings, found: Vec<Change>, what: &str) -> Result<Outcome, Failure> {
    let console = &settings.console;
    let (paths, told): (Vec<String>, Vec<Changed>) = found.into_iter().map(|change| (change.path, change.told)).unzip();
    let totals = Totals::of(&told);
    let failed: Vec<&str> = told
        .iter()
        .flat_map(|change| &change.marks)
        .map(|mark| mark.name)
        .filter(|name| args.fail_on.iter().any(|on| on == name))
        .collect();
    if args.unified {
        let texts: String = told.iter().zip(&paths).map(|(change, path)| unified(change, path, console.color_out)).collect();
        console.out(&texts)?;
    } else {
        let entries = collapse(&told);
        match args.format {
            OutputFormat::Text => console.out(&text(&entries, args.expand, console.color_out))?,
            OutputFormat::Json => {
                let answer = Answer { totals, changes: &entries };
                let json = serde_json::to_string_pretty(&answer).expect("strings and numbers always serialise");
                console.out(&format!("{json}\n"))?;
            }
        }
    }
    console.say(&summary(&totals, what));
    for (name, reason, count) in marks(&told) {
        console.say(&format!("  {name}: {count} × {reason}"));
    }
    if let Some(name) = failed.first() {
        console.say(&format!("failed on `{name}`"));
        return Ok(Outcome::Differences);
    }
    Ok(if args.exit_code && !told.is_empty() { Outcome::Differences } else { Outcome::Fine })
}

fn summary(totals: &Totals, what: &str) -> String {
    let Totals { added, removed, changed, moved } = *totals;
    if added + removed + changed + moved == 0 {
        return format!("nothing differs from {what}");
    }
    let parts = [(changed, "changed"), (added, "added"), (removed, "removed"), (moved, "moved")];
    let parts: Vec<String> = parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    format!("objects against {what}: {}", parts.join(", "))
}

/// The marks with their reasons, the gravest first, and how many changes have each.
fn marks(told: &[Changed]) -> Vec<(&'static str, &'static str, usize)> {
    let mut found = Vec::new();
    for risk in RISKS {
        if found.iter().any(|(name, reason, _)| *name == risk.name && *reason == risk.reason) {
            continue;
        }
        let has = |change: &&Changed| change.marks.iter().any(|mark| mark.name == risk.name && mark.reason == risk.reason);
        let count = told.iter().filter(has).count();
        if count > 0 {
            found.push((risk.name, risk.reason, count));
        }
    }
    found
}
