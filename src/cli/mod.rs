//! The command line: arguments as typed (`args`), settings as meant (`settings`), one file per command, exit codes, the parallel driver.
//!
//! It is last: nothing uses it but `main`.

mod args;
mod changes;
mod commands;
mod console;
mod exit;
mod filters;
mod instance;
mod judged;
mod opened;
mod pipeline;
mod progress;
mod project;
mod publication;
mod releases;
mod report;
mod settings;
mod standalone;
mod vendor;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Args, Command};
use console::Console;
use exit::{Failure, Outcome};
use settings::Settings;

/// Bytes of a thread's stack.
const STACK: usize = 16 << 20;

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are such "errors" too. Nobody to read it is no problem.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::FINE });
        }
    };
    let settings = Settings::new(args.global);
    // Documents may be nested deeply; the main thread of most systems has as much. A pool that is there already is as good.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(settings.jobs).stack_size(STACK).build_global();
    let result = run(args.command, &settings);
    if let Err(failure) = &result {
        settings.console.failure(failure);
    }
    ExitCode::from(exit::code(&result))
}

fn run(command: Command, settings: &Settings) -> Result<Outcome, Failure> {
    match command {
        Command::Init(args) => commands::init::run(&args, settings),
        Command::Check(args) => commands::check::run(&args, settings),
        Command::Render(args) => commands::render::run(&args, settings),
        Command::Validate(args) => commands::validate::run(&args, settings),
        Command::Diff(args) => commands::diff::run(&args, settings),
        Command::Preview(args) => commands::preview::run(&args, settings),
        Command::Image(args) => commands::image::run(&args, settings),
        Command::Promote(args) => commands::promote::run(&args, settings),
        Command::Rollback(args) => commands::rollback::run(&args, settings),
        Command::Publish(args) => commands::publish::run(&args, settings),
        Command::Verify(args) => commands::verify::run(&args, settings),
        Command::List(args) => commands::list::run(&args, settings),
        Command::Blame(args) => commands::blame::run(&args, settings),
        Command::Owners(args) => commands::owners::run(&args, settings),
        Command::Vendor(args) => commands::vendor::run(&args, settings),
        Command::Explain(args) => commands::explain::run(&args, settings),
        Command::Import(args) => commands::import::run(&args, settings),
        Command::Definition(args) => commands::definition::run(&args, settings),
        Command::Schema(args) => commands::schema::run(&args, settings),
        Command::Completions(args) => commands::completions::run(&args, &mut command_line(), settings),
        Command::Man(args) => commands::man::run(&args, command_line(), settings),
    }
}

/// The definition from which help, completions and manual pages are made.
fn command_line() -> clap::Command {
    Args::command()
}
