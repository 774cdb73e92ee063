//! `oam preview`

use clap::ValueEnum;

use crate::cli::changes::{self, Detail, Question};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::settings::Settings;
use crate::view::preview::{LEAST, LIMIT, markdown};

/// What a change does, for those who review it: on the terminal, or as a comment on a pull request
///
/// Compares the same sides as `oam diff`: what is rendered now with the output directory, or with the project as a commit has it (`--base`), one
/// environment with another (`--from`/`--to`), or any manifests (`--left`/`--right`). Values of Secrets are never shown.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    question: Question,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The most characters of the comment: what has no room is told shorter
    #[arg(long, value_name = "CHARACTERS", default_value_t = LIMIT, value_parser = limit)]
    limit: usize,
}

/// `--format`
#[derive(ValueEnum, Copy, Clone, PartialEq, Eq, Debug, Default)]
enum Format {
    /// For a terminal
    #[default]
    Text,
    /// A comment on a pull request
    Markdown,
}

fn limit(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(limit) if limit >= LEAST => Ok(limit),
        Ok(_) => Err(format!("nothing can be told in fewer than {LEAST} characters")),
        Err(_) => Err("it is a number of characters".to_owned()),
    }
}

/// Finds both sides, compares and shows.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let console = &settings.console;
    let comparison = match args.question.answer(Detail::Texts, settings)? {
        Ok(comparison) => comparison,
        Err(outcome) => return Ok(outcome),
    };
    let preview = changes::preview(comparison);
    match args.format {
        Format::Text => console.out(&crate::view::diff::text(&crate::view::diff::collapse(&preview.changes), false, console.color_out))?,
        Format::Markdown => console.out(&markdown(&preview, args.limit))?,
    }
    Ok(Outcome::Fine)
}
