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
use crate::tree::Edits;
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
    /// Rewrite what failing tests expect to what is rendered now: only the values that differ; read the change before it is kept
    #[arg(long)]
    update: bool,
}

/// Runs and judges.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    if args.update {
        update(&args.named, settings)?;
    }
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

/// Rewrites what tests expect, and says in which files.
fn update(named: &[String], settings: &Settings) -> Result<(), Failure> {
    let chosen = choose(named, settings)?;
    let results = tested(&chosen, &Sink::new());
    let mut bases: Vec<u32> = Vec::new();
    for (definition, _) in &results {
        let Some(file) = chosen.sources.file_of(definition.at).filter(|file| !bases.contains(&file.base())) else { continue };
        bases.push(file.base());
        let mut edits = Edits::new(file);
        let here = results.iter().filter(|(other, _)| chosen.sources.file_of(other.at).is_some_and(|of| of.base() == file.base()));
        let count = here.flat_map(|(_, tests)| tests).filter(|tested| authoring::correct(tested, &mut edits)).count();
        if count == 0 {
            continue;
        }
        if file.role() == Role::BuiltIn {
            let failure = Failure::usage(format!("`{}` ships with the program, and its tests cannot be rewritten", file.path()));
            return Err(failure.help("name the file of a type of your own"));
        }
        let path = chosen.path_of(file.path());
        std::fs::write(&path, edits.text()).map_err(|error| Failure::world(format!("cannot write `{}`: {error}", path.display())))?;
        let tests = if count == 1 { "test" } else { "tests" };
        settings.console.say(&format!("rewrote what {count} {tests} of {} expect", file.path()));
    }
    Ok(())
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
