//! `oam definition test`

use rayon::prelude::*;

use super::chosen::{Chosen, choose};
use crate::authoring::{self, Tested, Trials};
use crate::catalog::{Definition, DefinitionKind};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::settings::Settings;
use crate::diag::Sink;
use crate::kubernetes::Version;
use crate::source::Role;
use crate::view::trace::{Absent, Traced, trace_text};

/// Run the examples and tests of types
///
/// Each is rendered in a small project, in memory. Without names: all types of the project, else all built-in ones.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Types (`scaler`, `trait/scaler`), files or folders
    #[arg(value_name = "TYPE|FILE|DIR")]
    named: Vec<String>,
    /// Show what the templates left out of each example and test, and why
    #[arg(long)]
    trace: bool,
}

/// Runs and judges.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let chosen = choose(&args.named, settings)?;
    let results = tested(&chosen, &chosen.sink);
    if args.trace {
        let traced: Vec<Traced> =
            results.iter().flat_map(|(definition, tests)| tests.iter().map(|test| traced(&chosen, definition, test))).collect();
        settings.console.out(&trace_text(&traced, settings.console.color_out))?;
    }
    let outcome = chosen.report(settings)?;
    if outcome == Outcome::Fine {
        settings.console.say(&summary(&results, chosen.is_builtin));
    }
    Ok(outcome)
}

/// The definitions with their examples and tests, run on all threads; the order is that of the definitions.
pub fn tested<'a>(chosen: &'a Chosen, sink: &Sink) -> Vec<(&'a Definition, Vec<Tested<'a>>)> {
    let trials = Trials { catalog: &chosen.catalog, sources: &chosen.sources };
    let run = |definition: &'a std::sync::Arc<Definition>| {
        // What ships with the program serves all versions; a project's own types are made for its clusters.
        let versions = match chosen.sources.role_of(definition.at) {
            Some(Role::BuiltIn) => &[Version::DEFAULT, Version::OLDEST, Version::NEWEST][..],
            _ => &[Version::DEFAULT],
        };
        (&**definition, authoring::test(&trials, definition, versions, sink))
    };
    chosen.definitions.par_iter().map(run).collect()
}

fn traced(chosen: &Chosen, definition: &Definition, test: &Tested<'_>) -> Traced {
    let file = chosen.sources.file_of(definition.at).map(|file| file.base());
    // A component type's own lines and those of the libraries that it uses; what it is tried on is nobody's question.
    let is_own = |at| definition.kind == DefinitionKind::Component || chosen.sources.file_of(at).map(|file| file.base()) == file;
    let mut absent: Vec<Absent> = test
        .dropped(is_own)
        .map(|dropped| Absent {
            path: dropped.path.to_string(),
            reason: dropped.reason.to_string(),
            place: chosen.sources.locate(dropped.at).map_or_else(String::new, |place| format!("{}:{}", place.file.path(), place.line)),
        })
        .collect();
    absent.dedup();
    let objects = test.trial.objects.iter().map(|object| format!("{} `{}`", object.id.kind, object.id.name)).collect();
    Traced { of: format!("{} {}", definition.kind.as_str(), definition.name), name: test.name.clone(), objects, absent }
}

/// `tested 3 types: 4 examples, 7 tests`
fn summary(results: &[(&Definition, Vec<Tested<'_>>)], builtin: bool) -> String {
    let plural = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let all = || results.iter().flat_map(|(_, tests)| tests);
    let tests = all().filter(|test| test.test.is_some()).count();
    let types = plural(results.len(), if builtin { "built-in type" } else { "type" });
    format!("{types}: {} and {} hold", plural(all().count() - tests, "example"), plural(tests, "test"))
}
