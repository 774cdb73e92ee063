//! `oam promote`

use crate::cli::args::Filter;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::filters::filters;
use crate::cli::opened::Opened;
use crate::cli::releases::{self, Effect, Pin, Wanted};
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::cli::standalone::Input;
use crate::resolve::Filters;

/// Let an environment run what the one before it runs
///
/// As in `oam promote --from staging --to prod --app shop`: the pins and the revision of the one's Release are written to the other's, and what that changes
/// is shown. Only where the environment says so with `promotesFrom`. Pins that only the other one has stay.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The environment that is ahead
    #[arg(long, value_name = "ENV")]
    from: String,
    /// The environment that follows
    #[arg(long, value_name = "ENV")]
    to: String,
    /// These applications (globs allowed, repeatable); or all, with `--all`
    #[arg(long = "app", value_name = "APP")]
    applications: Vec<String>,
    /// Only on this cluster of the environment that follows
    #[arg(long, value_name = "CLUSTER")]
    cluster: Option<String>,
    /// Show what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Copies pins.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    if args.applications.is_empty() != settings.all {
        return Err(Failure::usage("say which applications are meant: `--app APP`, or `--all`"));
    }
    let opened = Opened::read(&Input::default(), settings)?;
    let Some(workspace) = &opened.loaded.workspace else { return opened.report(Stream::Aside, settings) };
    let filter = Filter {
        environments: vec![args.from.clone(), args.to.clone()],
        clusters: args.cluster.iter().cloned().collect(),
        applications: args.applications.clone(),
    };
    filters(&filter, &[], &opened)?;
    let (Some(to), Some(_)) = (workspace.environment(&args.to), workspace.environment(&args.from)) else {
        return Err(Failure::usage("promotion is from one environment to one other").help("name both as they are called, without `*`"));
    };
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
    if let Some(cluster) = &args.cluster
        && !to.clusters.iter().any(|name| *name.value == **cluster)
    {
        return Err(Failure::usage(format!("environment `{}` has no cluster `{cluster}`", args.to)));
    }
    let mut wanted = Vec::new();
    let mut without = Vec::new();
    for application in &workspace.applications {
        let name = &*application.name.value;
        if !settings.all && !args.applications.iter().any(|pattern| crate::model::glob_matches(pattern, name)) {
            continue;
        }
        // What all clusters of the one run; a pin for one of its clusters is that cluster's own.
        let ahead = application.releases.iter().find(|release| *release.environment.value == *args.from && release.cluster.is_none());
        let Some(ahead) = ahead else {
            without.push(name);
            continue;
        };
        wanted.push(Wanted {
            application: name.to_owned(),
            environment: args.to.clone(),
            cluster: args.cluster.clone(),
            pins: ahead.images.iter().map(Pin::of).collect(),
            exact: false,
            revision: ahead.revision.as_ref().map(|revision| Some(revision.value.to_string())),
        });
    }
    if wanted.is_empty() {
        return Err(Failure::usage(format!("no Release says what `{}` runs of {}", args.from, without.join(", ")))
            .help(format!("`oam image set IMAGE=TAG --env {}` writes one", args.from)));
    }
    if !without.is_empty() {
        settings.console.detail(&format!("no Release for `{}`: {}", args.from, without.join(", ")));
    }
    let texts = releases::texts(&opened, &wanted)?;
    let meant = Filters {
        applications: wanted.into_iter().map(|wanted| wanted.application).collect(),
        environments: vec![args.to.clone()],
        clusters: args.cluster.iter().cloned().collect(),
    };
    releases::apply(opened, &texts, &meant, if args.dry_run { Effect::Show } else { Effect::Write }, settings)
}
