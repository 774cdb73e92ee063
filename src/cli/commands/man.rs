//! `oam man`

use std::path::PathBuf;

use crate::cli::exit::{Failure, Outcome};
use crate::cli::settings::Settings;

/// Print the manual page, or write one page per command
///
/// As in `oam man | man -l -`, or `oam man -o /usr/share/man/man1`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The page of this command
    #[arg(value_name = "COMMAND", conflicts_with = "output")]
    command: Option<String>,
    /// Writes `oam.1`, `oam-render.1` … into this directory
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Prints or writes the pages.
pub fn run(args: &Args, mut command_line: clap::Command, settings: &Settings) -> Result<Outcome, Failure> {
    command_line.build();
    if let Some(directory) = &args.output {
        let failed = |error: std::io::Error| Failure::world(format!("cannot write manual pages to `{}`: {error}", directory.display()));
        std::fs::create_dir_all(directory).map_err(failed)?;
        clap_mangen::generate_to(command_line, directory).map_err(failed)?;
        return Ok(Outcome::Fine);
    }
    let page = match &args.command {
        None => command_line,
        Some(name) => {
            let known: Vec<&str> = command_line.get_subcommands().map(clap::Command::get_name).collect();
            match command_line.find_subcommand(name) {
                Some(command) => command.clone(),
                None => {
                    let failure = Failure::usage(format!("there is no command `{name}`"));
                    return Err(match crate::diag::did_you_mean(name, known) {
                        Some(best) => failure.help(format!("did you mean `{best}`?")),
                        None => failure,
                    });
                }
            }
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text).map_err(|error| Failure::world(format!("cannot make the manual page: {error}")))?;
    settings.console.out(&String::from_utf8_lossy(&text))?;
    Ok(Outcome::Fine)
}
