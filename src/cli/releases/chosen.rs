//! Which applications a change is for, and what is done when it is clear what their Releases shall say.

use super::apply::{Effect, apply};
use super::edit::texts;
use super::gate::Gate;
use super::pin::Wanted;
use crate::cli::args::Filter;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::filters::filters;
use crate::cli::opened::Opened;
use crate::cli::settings::Settings;
use crate::model::{ApplicationDocuments, Workspace, glob_matches};
use crate::resolve::Filters;

/// The applications that a change is for.
#[derive(clap::Args, Debug)]
pub struct Chosen {
    /// These applications (globs allowed, repeatable); or all, with `--all`
    #[arg(long = "app", value_name = "APP")]
    pub applications: Vec<String>,
    /// Show what would change, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl Chosen {
    /// That every name is one that exists, and that somebody said whether all are meant.
    ///
    /// # Errors
    /// When one does not.
    pub fn judge(&self, environments: &[&str], cluster: Option<&str>, opened: &Opened, settings: &Settings) -> Result<(), Failure> {
        if self.applications.is_empty() != settings.all {
            return Err(Failure::usage("say which applications are meant: `--app APP`, or `--all`"));
        }
        let environments = environments.iter().map(|name| (*name).to_owned()).collect();
        let clusters = cluster.map(str::to_owned).into_iter().collect();
        filters(&Filter { environments, clusters, applications: self.applications.clone() }, &[], opened).map(|_| ())
    }

    /// The applications.
    pub fn of<'a>(&'a self, workspace: &'a Workspace) -> impl Iterator<Item = &'a ApplicationDocuments> {
        let is_meant = |name: &str| self.applications.is_empty() || self.applications.iter().any(|pattern| glob_matches(pattern, name));
        workspace.applications.iter().filter(move |application| is_meant(&application.name))
    }

    /// Shows what the Releases that are wanted of one environment change, and writes them.
    ///
    /// # Errors
    /// When a file cannot be edited or written.
    pub fn settle(&self, opened: Opened, wanted: &[Wanted], gate: &Gate, settings: &Settings) -> Result<Outcome, Failure> {
        let texts = texts(&opened, wanted)?;
        let meant = Filters {
            applications: wanted.iter().map(|wanted| wanted.application.clone()).collect(),
            environments: wanted.first().map(|wanted| wanted.environment.clone()).into_iter().collect(),
            clusters: wanted.first().and_then(|wanted| wanted.cluster.clone()).into_iter().collect(),
        };
        apply(opened, &texts, &meant, if self.dry_run { Effect::Show } else { Effect::Write }, gate, settings)
    }
}
