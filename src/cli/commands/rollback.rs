//! `oam rollback`

use crate::cli::changes::git_failure;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::opened::Opened;
use crate::cli::releases::{Chosen, Gate, Pin, Wanted, pins_of};
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::cli::standalone::Input;
use crate::diag::Sink;
use crate::git::Repository;
use crate::model::Release;
use crate::source::{Role, Sources};
use crate::tree::{Node, read_yaml};

/// Let an environment run what it ran before
///
/// As in `oam rollback --env prod --app shop`: the pins and the revision of the Release become what they were one change ago, by git's history of its file.
/// Comments and order stay, and what changes is shown.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The environment
    #[arg(long, value_name = "ENV")]
    env: String,
    /// The Release of this cluster only
    #[arg(long, value_name = "CLUSTER")]
    cluster: Option<String>,
    /// How many changes ago
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..), conflicts_with = "to")]
    steps: u16,
    /// As of this commit
    #[arg(long, value_name = "REF")]
    to: Option<String>,
    #[command(flatten)]
    chosen: Chosen,
}

/// What a Release says.
type State = (Vec<Pin>, Option<String>);

/// Finds earlier states and restores them.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let opened = Opened::read(&Input::default(), settings)?;
    let Some(workspace) = &opened.loaded.workspace else { return opened.report(Stream::Aside, settings) };
    args.chosen.judge(&[&args.env], args.cluster.as_deref(), &opened, settings)?;
    let repository = Repository::around(opened.located.folder.root()).map_err(|error| git_failure(&error))?;
    let commit = args.to.as_ref().map(|name| repository.commit(name)).transpose().map_err(|error| git_failure(&error))?;
    let mut wanted = Vec::new();
    let mut without = Vec::new();
    for application in args.chosen.of(workspace) {
        let name = &*application.name.value;
        let is_meant = |release: &&Release| {
            *release.environment.value == *args.env && release.cluster.as_ref().map(|cluster| &*cluster.value) == args.cluster.as_deref()
        };
        let release = application.releases.iter().find(is_meant);
        let earlier = release
            .map(|release| earlier(&opened, &repository, release, commit.as_deref(), usize::from(args.steps)))
            .transpose()?
            .flatten();
        match earlier {
            Some((pins, revision)) => wanted.push(Wanted {
                application: name.to_owned(),
                environment: args.env.clone(),
                cluster: args.cluster.clone(),
                pins,
                exact: true,
                revision: Some(revision),
            }),
            None => without.push(name),
        }
    }
    if !without.is_empty() && (wanted.is_empty() || !settings.all) {
        let when = match &args.to {
            Some(name) => format!("as of `{name}`"),
            None => format!("{} change{} ago", args.steps, if args.steps == 1 { "" } else { "s" }),
        };
        return Err(Failure::usage(format!("git knows no Release of {} for `{}` {when}", without.join(", "), args.env))
            .help("`git log -p -- releases/` in the application's folder shows what there was"));
    }
    // What ran before was let in before.
    args.chosen.settle(opened, &wanted, &Gate::default(), settings)
}

/// What a Release said as of a commit, or a number of changes ago.
fn earlier(
    opened: &Opened,
    repository: &Repository,
    release: &Release,
    commit: Option<&str>,
    steps: usize,
) -> Result<Option<State>, Failure> {
    let Some(file) = opened.sources().file_of(release.meta.at) else { return Ok(None) };
    let name = &*release.meta.name.value;
    let at = |commit: &str| -> Result<Option<State>, Failure> {
        let bytes = repository.file_at(commit, file.path()).map_err(|error| git_failure(&error))?;
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()).and_then(|text| state(&text, name)))
    };
    if let Some(commit) = commit {
        return at(commit);
    }
    let mut last = state(file.text(), name);
    let mut found = 0;
    for commit in repository.history(file.path()).map_err(|error| git_failure(&error))? {
        let then = at(&commit)?;
        if then.is_some() && then != last {
            found += 1;
            if found == steps {
                return Ok(then);
            }
            last = then;
        }
    }
    Ok(None)
}

/// What the Release of a name says in a file's text.
fn state(text: &str, name: &str) -> Option<State> {
    let file = Sources::new().add("", text.to_owned(), Role::AppOperator).ok()?;
    let documents = read_yaml(&file, &Sink::new()).into_iter().map(|document| document.root);
    let is_it = |root: &Node| {
        root.field("kind").and_then(Node::as_str) == Some("Release") && root.at(&["metadata", "name"]).and_then(Node::as_str) == Some(name)
    };
    documents.into_iter().find(is_it).map(|root| pins_of(&root))
}
