//! Settings as meant: arguments, environment variables and the terminal taken together.

use std::env;
use std::path::PathBuf;

use super::Console;
use super::args::{Color, Global, MessageFormat};
use crate::view::diagnostics::{Format, Style};

/// What every command is told.
#[derive(Debug)]
pub struct Settings {
    /// `-C`
    pub directory: Option<PathBuf>,
    /// How problems are written.
    pub format: Format,
    /// Whether all problems are shown.
    pub all: bool,
    /// Number of threads; 0: one per processor.
    pub jobs: usize,
    /// The two streams.
    pub console: Console,
    /// Columns of the terminal.
    pub width: usize,
}

impl Settings {
    /// The settings of a command line.
    pub fn new(args: Global) -> Settings {
        let (out, err) = Console::is_terminal();
        let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let color = |terminal: bool| match args.color {
            Color::Always => true,
            Color::Never => false,
            // https://no-color.org: any value that is not empty.
            Color::Auto => terminal && !set("NO_COLOR") && env::var_os("TERM").is_none_or(|term| term != "dumb"),
        };
        let format = match args.message_format {
            MessageFormat::Human => Format::Human,
            MessageFormat::Short => Format::Short,
            MessageFormat::Json => Format::Json,
            MessageFormat::Github => Format::Github,
            MessageFormat::Sarif => Format::Sarif,
            MessageFormat::Junit => Format::Junit,
        };
        Settings {
            directory: args.directory,
            format,
            all: args.all,
            jobs: args.jobs.map_or(0, usize::from),
            console: Console {
                color_out: color(out),
                color_err: color(err),
                watched: err && !set("CI"),
                quiet: args.quiet,
                verbose: args.verbose,
            },
            width: env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|&columns| columns >= 40).unwrap_or(140),
        }
    }

    /// How a report is written to one of the streams.
    pub fn style(&self, color: bool, prefix: &str) -> Style {
        Style { format: self.format, color, all: self.all, errors_only: self.console.quiet, width: self.width, prefix: prefix.to_owned() }
    }
}
