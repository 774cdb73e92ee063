//! `oam check`

use crate::cli::args::{Filter, Unknown};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::filters::filters;
use crate::cli::instance::Asked;
use crate::cli::opened::Opened;
use crate::cli::pipeline;
use crate::cli::releases::{Gate, used};
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::cli::standalone::Input;

/// Check everything that `render` checks, and write nothing
///
/// All problems are reported in one run, each at the line of the person who can mend it. With `--message-format short|json|github|sarif` the
/// report is the result and goes to stdout.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only these environments (globs allowed)
    #[arg(value_name = "ENV")]
    named: Vec<String>,
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    unknown: Unknown,
    #[command(flatten)]
    gate: Gate,
    #[command(flatten)]
    instance: Asked,
    #[command(flatten)]
    filter: Filter,
}

/// Runs the whole pipeline and reports.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let mut opened = Opened::read(&args.input, settings)?.allowing(&args.unknown);
    let (mut filter, mut named) = (args.filter.clone(), args.named.clone());
    args.instance.enter(&mut opened, &mut filter, &mut named, settings)?;
    let filters = filters(&filter, &named, &opened)?;
    let tree = pipeline::tree(&opened, &filters, settings);
    if args.gate.is_given() {
        args.gate.judge(&used(&opened, &filters, settings), &opened.sink)?;
    }
    let outcome = opened.report(Stream::Result, settings)?;
    if outcome == Outcome::Fine {
        let by_whom = if tree.judged.are_plain() { String::new() } else { tree.judged.by_whom() };
        settings.console.say(&format!("checked {}{by_whom}", tree.size()));
    }
    Ok(outcome)
}
