//! `oam definition vet`

use rayon::prelude::*;

use super::chosen::choose;
use crate::authoring::{Trials, vet};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::settings::Settings;
use crate::source::Role;

/// Check types more closely than `oam check` does
///
/// Beside what is checked whenever a type is read: its schema is a JSON Schema, it is documented, and its template takes what the schema takes. For
/// that the template is tried with only what is required, with everything set, and once per branch, `enum` value and boolean of the schema.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Files or folders of definitions, or types (`scaler`, `trait/scaler`) [default: all types of the project]
    #[arg(value_name = "FILE|DIR|TYPE")]
    named: Vec<String>,
}

/// Judges and reports.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let chosen = choose(&args.named, settings)?;
    let trials = Trials { catalog: &chosen.catalog, sources: &chosen.sources };
    let judge = |definition: &std::sync::Arc<crate::catalog::Definition>| {
        // What is wrong with the project's own types was told when they were read.
        if chosen.sources.role_of(definition.at) == Some(Role::BuiltIn) {
            let _ = chosen.catalog.judge(definition.kind, &definition.name, &chosen.sink);
        }
        vet(&trials, definition, &chosen.sink)
    };
    let runs: usize = chosen.definitions.par_iter().map(judge).sum();
    let outcome = chosen.report(settings)?;
    if outcome == Outcome::Fine {
        let types = if chosen.definitions.len() == 1 { "type" } else { "types" };
        let builtin = if chosen.is_builtin { "built-in " } else { "" };
        let count = chosen.definitions.len();
        settings.console.say(&format!("vetted {count} {builtin}{types}, with {runs} sets of made-up properties"));
    }
    Ok(outcome)
}
