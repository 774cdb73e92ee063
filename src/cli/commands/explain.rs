//! `oam explain`

use crate::cli::exit::{Failure, Outcome};
use crate::cli::settings::Settings;
use crate::diag::{code, did_you_mean};
use crate::view::diagnostics::plain;

/// Explain a type, a parameter, a field of a Kubernetes kind, or a diagnostic
///
/// As in `oam explain webservice`, `oam explain webservice.ports`, `oam explain trait/gateway`, `oam explain Deployment.spec.strategy` or
/// `oam explain unknown-field`. Inside a project its own types are known too.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// TYPE[.PATH], component/TYPE, trait/TYPE, scope/TYPE, Kind[.path] or CODE
    #[arg(value_name = "TOPIC")]
    topic: String,
}

/// Prints the page.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let topic = args.topic.trim();
    if let Some(page) = code::page(topic) {
        settings.console.out(page)?;
        return Ok(Outcome::Fine);
    }
    let known: Vec<&str> = code::ALL.iter().map(|(code, _)| code.as_str()).collect();
    let failure = Failure::usage(format!("nothing is called `{}`", plain(topic)));
    Err(match did_you_mean(topic, known) {
        Some(best) => failure.help(format!("did you mean `{best}`?")),
        None => failure.help("`oam explain` knows component, trait and scope types, Kubernetes kinds and the codes of diagnostics"),
    })
}
