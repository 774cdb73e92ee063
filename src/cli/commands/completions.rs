//! `oam completions`

use clap_complete::Shell;

use crate::cli::exit::{Failure, Outcome};
use crate::cli::settings::Settings;

/// Print the completions of a shell
///
/// As in `oam completions bash > /etc/bash_completion.d/oam`, or `source <(oam completions zsh)`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub fn run(args: &Args, command_line: &mut clap::Command, settings: &Settings) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command_line, "oam", &mut script);
    settings.console.out(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Fine)
}
