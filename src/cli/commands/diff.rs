//! `oam diff`

use serde::Serialize;

use crate::cli::args::OutputFormat;
use crate::cli::changes::{Comparison, Detail, Question};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::settings::Settings;
use crate::diag::did_you_mean;
use crate::diff::RISKS;
use crate::view::diff::{Changed, Entry, Totals, collapse, text, unified};

/// What a change does to the rendered manifests, field by field, with who set what
///
/// Compares what is rendered now with the output directory; where there is none, with the last commit that the branch shares with its trunk.
/// `--base` compares with the project as any commit has it, `--from`/`--to` one environment with another, `--left`/`--right` any manifests. What
/// repeats is told once. Values of Secrets are never shown.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    question: Question,
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
    let detail = if args.unified { Detail::Texts } else { Detail::Fields };
    match args.question.answer(detail, settings)? {
        Ok(comparison) => answer(args, settings, comparison),
        Err(outcome) => Ok(outcome),
    }
}

/// The answer for machines.
#[derive(Serialize)]
struct Answer<'a> {
    totals: Totals,
    changes: &'a [Entry],
}

fn answer(args: &Args, settings: &Settings, comparison: Comparison) -> Result<Outcome, Failure> {
    let console = &settings.console;
    let (paths, told): (Vec<String>, Vec<Changed>) =
        comparison.compared.changes.into_iter().map(|change| (change.path, change.told)).unzip();
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
    console.say(&summary(&totals, &comparison.against));
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
