//! `oam definition`: for those who write types.

mod chosen;
mod docs;
mod new;
mod test;
mod vet;

use clap::Subcommand;

use crate::cli::exit::{Failure, Outcome};
use crate::cli::settings::Settings;

/// Write, vet, test and document component, trait and scope types
///
/// A type is one YAML file below `definitions/` of the project; `docs/authoring.md` describes the language. Begin with
/// `oam definition new` and an example of what you want.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    New(new::Args),
    Vet(vet::Args),
    Test(test::Args),
    Docs(docs::Args),
}

/// Runs the subcommand.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    match &args.command {
        Command::New(args) => new::run(args, settings),
        Command::Vet(args) => vet::run(args, settings),
        Command::Test(args) => test::run(args, settings),
        Command::Docs(args) => docs::run(args, settings),
    }
}
