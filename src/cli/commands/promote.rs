//! `oam promote`

use crate::cli::changes::git_failure;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::opened::Opened;
use crate::cli::releases::{Chosen, Gate, Pin, Wanted};
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::cli::standalone::Input;
use crate::git::Repository;
use crate::model::{ApplicationDocuments, Environment, Release};

/// Let an environment run what the one before it runs
///
/// As in `oam promote --from staging --to prod --app shop`: the pins and the revision of the one's Release are written to the other's, and what that changes
/// is shown. Only where the environment says so with `promotesFrom`. Pins that only the other one has stay. Where the other one names a revision and the one
/// ahead does not, it gets the commit that this folder is at.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The environment that is ahead
    #[arg(long, value_name = "ENV")]
    from: String,
    /// The environment that follows
    #[arg(long, value_name = "ENV")]
    to: String,
    /// Only on this cluster of the environment that follows
    #[arg(long, value_name = "CLUSTER")]
    cluster: Option<String>,
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    gate: Gate,
}

/// Copies pins and revision.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let opened = Opened::read(&Input::default(), settings)?;
    let Some(workspace) = &opened.loaded.workspace else { return opened.report(Stream::Aside, settings) };
    args.chosen.judge(&[&args.from, &args.to], args.cluster.as_deref(), &opened, settings)?;
    let (Some(to), Some(_)) = (workspace.environment(&args.to), workspace.environment(&args.from)) else {
        return Err(Failure::usage("promotion is from one environment to one other").help("name both as they are called, without `*`"));
    };
    follows(args, to)?;
    let mut wanted = Vec::new();
    let mut without = Vec::new();
    for application in args.chosen.of(workspace) {
        // What all clusters of the one run; a pin for one of its clusters is that cluster's own.
        let Some(ahead) = release(application, &args.from, None) else {
            without.push(&*application.name.value);
            continue;
        };
        wanted.push(Wanted {
            application: application.name.value.to_string(),
            environment: args.to.clone(),
            cluster: args.cluster.clone(),
            pins: ahead.images.iter().map(Pin::of).collect(),
            exact: false,
            revision: revision(args, application, ahead, &opened)?.map(Some),
        });
    }
    if wanted.is_empty() {
        return Err(Failure::usage(format!("no Release says what `{}` runs of {}", args.from, without.join(", ")))
            .help(format!("`oam image set IMAGE=TAG --env {}` writes one", args.from)));
    }
    if !without.is_empty() {
        settings.console.detail(&format!("no Release for `{}`: {}", args.from, without.join(", ")));
    }
    args.chosen.settle(opened, &wanted, &args.gate, settings)
}

/// Whether the environment takes what runs in the other, and has the cluster.
fn follows(args: &Args, to: &Environment) -> Result<(), Failure> {
    match &to.promotes_from {
        Some(said) if *said.value == *args.from => {}
        Some(said) => {
            let failure = Failure::usage(format!("`{}` takes what runs in `{}`, not in `{}`", args.to, said.value, args.from));
            return Err(failure.help(format!("`promotesFrom` of environment `{}` decides that", args.to)));
        }
        None => {
            let failure = Failure::usage(format!("environment `{}` does not say that it takes what runs elsewhere", args.to));
            return Err(failure.help(format!("its infra operator adds `promotesFrom: {}` to it", args.from)));
        }
    }
    match &args.cluster {
        Some(cluster) if !to.clusters.iter().any(|name| *name.value == **cluster) => {
            Err(Failure::usage(format!("environment `{}` has no cluster `{cluster}`", args.to)))
        }
        _ => Ok(()),
    }
}

fn release<'a>(application: &'a ApplicationDocuments, environment: &str, cluster: Option<&str>) -> Option<&'a Release> {
    let is_it = |release: &&Release| {
        *release.environment.value == *environment && release.cluster.as_ref().map(|cluster| &*cluster.value) == cluster
    };
    application.releases.iter().find(is_it)
}

/// The commit that the environment that follows is to run. Where the one ahead runs what stands in this folder, that is the commit that holds it, if
/// the other one names a commit at all.
fn revision(args: &Args, application: &ApplicationDocuments, ahead: &Release, opened: &Opened) -> Result<Option<String>, Failure> {
    if let Some(revision) = &ahead.revision {
        return Ok(Some(revision.value.to_string()));
    }
    if application.revision_in(&args.to, args.cluster.as_deref()).is_none() {
        return Ok(None);
    }
    let asked = || -> Result<_, crate::git::GitError> {
        let repository = Repository::around(opened.located.folder.root())?;
        let head = repository.commit("HEAD")?;
        let mut open = repository.changed_since(&head)?;
        open.extend(repository.untracked()?);
        Ok((head, open))
    };
    let (head, open) = asked().map_err(|error| git_failure(&error))?;
    let folder = if application.folder.is_empty() { "components/".to_owned() } else { format!("{}/components/", application.folder) };
    if let Some(file) = open.iter().find(|file| file.starts_with(&folder)) {
        let message = format!("`{}` runs `{file}` as it is in this folder, and no commit has it so", args.from);
        return Err(Failure::usage(message).help(format!("commit it first: `{}` runs the documents of a commit", args.to)));
    }
    Ok(Some(head))
}
