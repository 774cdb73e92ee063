//! `oam preview`

use clap::ValueEnum;

use crate::cli::changes::{self, Detail, Question};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::settings::Settings;
use crate::model::glob_matches;
use crate::view::preview::{LEAST, LIMIT, Preview, html, markdown, terminal};

/// What a change does, for those who review it: on the terminal, as a comment on a pull request, or as a page
///
/// Compares the same sides as `oam diff`: what is rendered now with the output directory, or with the project as a commit has it (`--base`), one
/// environment with another (`--from`/`--to`), or any manifests (`--left`/`--right`). Values of Secrets are never shown.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    question: Question,
    /// Only objects of these kinds (globs allowed, repeatable)
    #[arg(long = "kind", value_name = "KIND", help_heading = "Filters")]
    kinds: Vec<String>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// On a terminal: the lines of the manifests too
    #[arg(long)]
    lines: bool,
    /// The most characters of a comment: what has no room is told shorter
    #[arg(long, value_name = "CHARACTERS", default_value_t = LIMIT, value_parser = limit)]
    limit: usize,
    /// Do not show the answer by the program that PAGER names
    #[arg(long)]
    no_pager: bool,
}

/// `--format`
#[derive(ValueEnum, Copy, Clone, PartialEq, Eq, Debug, Default)]
enum Format {
    /// For a terminal
    #[default]
    Text,
    /// A comment on a pull request, as GitHub and GitLab show it
    Markdown,
    /// One page with everything, to be opened in a browser
    Html,
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
    let detail = match args.format {
        Format::Text if !args.lines => Detail::Fields,
        Format::Text | Format::Markdown => Detail::Texts,
        Format::Html => Detail::Lines,
    };
    let comparison = match args.question.answer(detail, settings)? {
        Ok(comparison) => comparison,
        Err(outcome) => return Ok(outcome),
    };
    let mut preview = changes::preview(comparison);
    keep(&args.kinds, &mut preview)?;
    match args.format {
        Format::Text => {
            let text = terminal(&preview, args.lines, console.color_out);
            if args.no_pager { console.out(&text)? } else { console.page(&text)? }
        }
        Format::Markdown => console.out(&markdown(&preview, args.limit))?,
        Format::Html => console.out(&html(&preview))?,
    }
    Ok(Outcome::Fine)
}

/// Leaves the objects of some kinds; a kind of which nothing differs is no mistake unless nothing at all is left that differs.
fn keep(kinds: &[String], preview: &mut Preview) -> Result<(), Failure> {
    if kinds.is_empty() || preview.changes.is_empty() {
        return Ok(());
    }
    let kind_of = |kind: &str| kind.split('.').next().unwrap_or_default().to_lowercase();
    let found: Vec<String> = preview.changes.iter().map(|change| kind_of(&change.kind)).collect();
    let is_kept: Vec<bool> = found.iter().map(|kind| kinds.iter().any(|pattern| glob_matches(&pattern.to_lowercase(), kind))).collect();
    if !is_kept.contains(&true) {
        let mut names: Vec<&str> = preview.changes.iter().map(|change| change.kind.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let shown = kinds.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ");
        return Err(Failure::usage(format!("no object of kind {shown} differs")).help(format!("what differs: {}", names.join(", "))));
    }
    let mut index = 0..;
    preview.changes.retain(|_| index.next().is_some_and(|index: usize| is_kept[index]));
    let mut index = 0..;
    preview.files.retain(|_| index.next().is_some_and(|index: usize| is_kept[index]));
    Ok(())
}
