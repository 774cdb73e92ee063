//! `oam owners`

mod change;
mod fields;
mod paths;
mod who;

use crate::cli::args::{Filter, OutputFormat};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::opened::Opened;
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::cli::standalone::Input;
use crate::git::Repository;
use crate::load::{PathRule, rules};
use crate::view::owners::{Host, Owner, codeowners, paths_text};

/// Who owns which file and which field, and whether a change keeps to what its author owns
///
/// Alone, it shows the roles and teams and their paths. With a file or a folder: whose it is, why, and how others change what it decides. With an
/// object and a field, as in `oam owners Deployment/orders spec.replicas`: whose the field is, environment by environment. `--codeowners` prints a
/// CODEOWNERS file; `--check` is for the CI of a pull request: it fails when the change touches a file of somebody else, or takes a rendered field
/// away from who owned it.
#[derive(clap::Args, Debug)]
#[command(
    override_usage = "oam owners [OPTIONS] [PATH]\n       oam owners [OPTIONS] KIND/NAME [FIELD]\n       oam owners --codeowners [HOST]\n       oam owners --check [--base REF] --author WHO"
)]
pub struct Args {
    /// A file or folder of the project, or an object and one of its fields
    #[arg(value_name = "WHAT", num_args = 0..=3)]
    what: Vec<String>,
    /// Print a CODEOWNERS file
    #[arg(long, value_name = "HOST", num_args = 0..=1, default_missing_value = "github", conflicts_with_all = ["what", "check"])]
    codeowners: Option<CodeHost>,
    /// Judge the change since `--base`
    #[arg(long, conflicts_with = "what")]
    check: bool,
    /// Where the change began: what the branch has in common with this commit [default: the trunk]
    #[arg(long, value_name = "REF", requires = "check")]
    base: Option<String>,
    /// Who made the change, by a name that `members` of a team or `owners` of a role has (repeatable: whoever approved it, too)
    #[arg(long = "author", value_name = "WHO", requires = "check")]
    authors: Vec<String>,
    /// A team that made or approved the change, where the host of the repository knows who is in it (repeatable)
    #[arg(long = "team", value_name = "TEAM", requires = "check")]
    teams: Vec<String>,
    /// The role of whoever made the change (repeatable)
    #[arg(long = "role", value_name = "ROLE", requires = "check")]
    roles: Vec<String>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t, conflicts_with_all = ["codeowners", "check"])]
    format: OutputFormat,
    #[command(flatten)]
    filter: Filter,
}

/// `--codeowners`
#[derive(clap::ValueEnum, Copy, Clone, PartialEq, Eq, Debug)]
pub enum CodeHost {
    /// GitHub, Gitea, Forgejo
    Github,
    /// GitLab
    Gitlab,
}

/// Answers whichever of the questions was asked.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let opened = Opened::read(&Input::default(), settings)?;
    let Some(workspace) = &opened.loaded.workspace else { return opened.report(Stream::Aside, settings) };
    let owned = Owned { rules: rules(workspace), prefix: &opened.located.prefix };
    if args.check {
        return change::check(args, &opened, settings);
    }
    if let Some(host) = args.codeowners {
        // Outside of a repository the project is taken for all of it.
        let prefix = Repository::around(opened.located.folder.root()).map(|repository| repository.prefix().to_owned()).unwrap_or_default();
        let host = if host == CodeHost::Github { Host::GitHub } else { Host::GitLab };
        settings.console.out(&codeowners(&paths::rows(&owned, &opened), &prefix, host))?;
        return opened.report(Stream::Answer, settings);
    }
    match args.what.as_slice() {
        [] => {
            // What holds nothing, and what another line says once more, is for CODEOWNERS.
            let rows = paths::shown(paths::rows(&owned, &opened));
            answer(args, settings, &rows, |rows| paths_text(rows, settings.console.color_out))?;
        }
        [path] if paths::is_path(path, &opened) => {
            let rows = paths::files(path, &owned, &opened)?;
            answer(args, settings, &rows, |rows| crate::view::owners::files_text(rows, settings.console.color_out))?;
        }
        what => return fields::run(args, what, &owned, &opened, settings),
    }
    opened.report(Stream::Answer, settings)
}

/// Who owns the files of a project.
struct Owned<'a> {
    rules: Vec<PathRule>,
    /// What stands before the paths that people see.
    prefix: &'a str,
}

impl Owned<'_> {
    /// Whose a file is, by its path in the project; `role` is that of what was read from it.
    fn of_file(&self, path: &str, role: &'static str) -> Owner {
        let rule = crate::load::rule_of(&self.rules, path).filter(|rule| rule.role.as_str() == role);
        let general = || self.rules.iter().find(|rule| rule.role.as_str() == role);
        let teams = rule.or_else(general).map(|rule| rule.teams.clone()).unwrap_or_default();
        Owner { role, teams }
    }

    /// The same, by the path as people see it.
    fn of_shown(&self, path: &str, role: &'static str) -> Owner {
        self.of_file(path.strip_prefix(self.prefix).unwrap_or(path), role)
    }
}

fn answer<T: serde::Serialize>(args: &Args, settings: &Settings, data: &[T], text: impl Fn(&[T]) -> String) -> Result<(), Failure> {
    match args.format {
        OutputFormat::Text => settings.console.out(&text(data)),
        OutputFormat::Json => {
            let json = serde_json::to_string_pretty(data).expect("strings and numbers always serialise");
            settings.console.out(&format!("{json}\n"))
        }
    }
}
