//! Arguments as typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use super::commands;

/// Compiles an application model of three roles into plain Kubernetes manifests.
///
/// Developers write what runs, app operators how it runs, infra operators where it runs and what must hold. `oam` joins their files into one
/// directory of manifests per environment, and knows for every field of them who set it.
#[derive(Parser, Debug)]
#[command(name = "oam", version, max_term_width = 120, disable_help_subcommand = true)]
#[command(after_help = "Exit codes: 0 fine, 1 problems in what people wrote, 2 wrong use of the command line, 3 differences (--check), \
4 the file system, git or the network failed.\nStart with `oam init shop`.")]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The project's directory [default: the nearest one upwards that holds `oam.yaml`]
    #[arg(short = 'C', long, value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,
    /// How problems are written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = MessageFormat::Human, global = true)]
    pub message_format: MessageFormat,
    /// Show all problems, not the first 50
    #[arg(long, global = true)]
    pub all: bool,
    /// When to use colour (NO_COLOR is respected)
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto, global = true)]
    pub color: Color,
    /// Only errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// More about what is done
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// How many threads [default: one per processor]; the result is the same for any number
    #[arg(short, long, value_name = "N", global = true, value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
}

/// `--message-format`
#[derive(ValueEnum, Copy, Clone, PartialEq, Eq, Debug)]
pub enum MessageFormat {
    /// With source lines, for a terminal
    Human,
    /// One line per problem, for editors
    Short,
    /// One JSON document
    Json,
    /// Annotations of GitHub Actions
    Github,
    /// SARIF 2.1.0, for code scanners
    Sarif,
    /// JUnit XML, a test case per file
    Junit,
}

/// `--color`
#[derive(ValueEnum, Copy, Clone, PartialEq, Eq, Debug)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Which units a command is about.
#[derive(clap::Args, Debug, Default, Clone)]
#[command(next_help_heading = "Filters")]
pub struct Filter {
    /// Only these environments (globs allowed, repeatable)
    #[arg(long = "env", value_name = "ENV")]
    pub environments: Vec<String>,
    /// Only these clusters (globs allowed, repeatable)
    #[arg(long = "cluster", value_name = "CLUSTER")]
    pub clusters: Vec<String>,
    /// Only these applications (globs allowed, repeatable)
    #[arg(long = "app", value_name = "APP")]
    pub applications: Vec<String>,
}

/// What becomes of objects that nobody can judge.
#[derive(clap::Args, Debug, Default, Clone)]
pub struct Unknown {
    /// Warn of objects whose kind no schema knows, where they are an error else
    #[arg(long)]
    pub allow_unknown_kinds: bool,
}

/// The form of a result.
#[derive(ValueEnum, Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum OutputFormat {
    /// For people
    #[default]
    Text,
    /// For machines
    Json,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    Init(commands::init::Args),
    Check(commands::check::Args),
    Render(commands::render::Args),
    Validate(commands::validate::Args),
    Diff(commands::diff::Args),
    Preview(commands::preview::Args),
    Image(commands::image::Args),
    Promote(commands::promote::Args),
    Rollback(commands::rollback::Args),
    Publish(commands::publish::Args),
    Verify(commands::verify::Args),
    List(commands::list::Args),
    Blame(commands::blame::Args),
    Owners(commands::owners::Args),
    Vendor(commands::vendor::Args),
    Explain(commands::explain::Args),
    Import(commands::import::Args),
    Definition(commands::definition::Args),
    Schema(commands::schema::Args),
    Completions(commands::completions::Args),
    Man(commands::man::Args),
}
