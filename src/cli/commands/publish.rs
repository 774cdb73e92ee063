//! `oam publish`

use std::fs;
use std::path::PathBuf;

use crate::cli::args::Filter;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::filters::filters;
use crate::cli::publication::{Destination, Published, Request, Source, Wanted, publish};
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::git::Followed;
use crate::view::preview::{LIMIT, markdown};

/// Commit the rendered manifests to the config repository, and push them
///
/// Renders the project as its last commit has it, compares with the tip of the branch and commits what differs: the message says what changed by
/// environment and role, and where it comes from. If the branch moves meanwhile, all of that happens again on its new tip. Files, branches and
/// indexes of people are left alone. Prints what changed; with `--into`, the text of a pull request.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only these environments (globs allowed)
    #[arg(value_name = "ENV")]
    named: Vec<String>,
    /// The config repository, by path or address [default: the one that holds the output directory]
    #[arg(long, value_name = "PATH|URL")]
    repo: Option<String>,
    /// The branch that gets the commit [default: the one that is checked out there, or the remote's default]
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Make the commit on top of this branch, to be merged into it by a pull request
    #[arg(long, value_name = "BRANCH", requires = "branch")]
    into: Option<String>,
    /// The folder in the config repository [default: where the output directory is in it, or its root]
    #[arg(long, value_name = "DIR")]
    path: Option<String>,
    /// Publish the project as of this commit, also if it is older than what is there [default: HEAD]
    #[arg(long, value_name = "REF")]
    revision: Option<String>,
    /// The first lines of the commit's message
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    /// Add `Signed-off-by` to the message
    #[arg(long)]
    signoff: bool,
    /// Write the text of a pull request, Markdown, to this file [default: stdout, with `--into`]
    #[arg(long, value_name = "FILE")]
    pr_body: Option<PathBuf>,
    /// Show what would be published, and commit nothing
    #[arg(long)]
    dry_run: bool,
    /// Overwrite what others changed in rendered files, or on the branch that is to be merged
    #[arg(long)]
    force: bool,
    /// Also remove objects that hold data (PersistentVolumeClaim, Namespace, CustomResourceDefinition), whole applications and environments
    #[arg(long)]
    prune_protected: bool,
    #[command(flatten)]
    filter: Filter,
}

/// Publishes, and says what was done.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let console = &settings.console;
    let source = Source::open(args.revision.as_deref(), settings)?;
    let meant = filters(&args.filter, &args.named, &source.opened)?;
    if source.opened.loaded.workspace.is_none() {
        return source.opened.report(Stream::Aside, settings);
    }
    let wanted = Wanted {
        repository: args.repo.as_deref(),
        branch: args.branch.as_deref(),
        into: args.into.as_deref(),
        folder: args.path.as_deref(),
    };
    let to = Destination::find(&wanted, &source)?;
    let request = Request {
        filters: meant,
        message: args.message.as_deref(),
        signoff: args.signoff,
        force: args.force,
        prune_protected: args.prune_protected,
        dry_run: args.dry_run,
    };
    let place = format!("`{}` of `{}`", to.branch, to.shown);
    let commit = match publish(&source, &to, &request, settings)? {
        Published::No(outcome) => return Ok(outcome),
        Published::Unchanged => {
            let place = format!("`{}` of `{}`", to.base(), to.shown);
            console.say(&format!("nothing to publish: {place} is what revision {} renders", source.short()));
            return Ok(Outcome::Fine);
        }
        Published::Asked => {
            console.say(&format!("nothing to publish: {place} has this very change already"));
            return Ok(Outcome::Fine);
        }
        Published::Older(newer) => {
            let theirs = newer.revision.get(..10).unwrap_or(&newer.revision);
            console.say(&format!("nothing to publish: {place} has what revision {theirs} renders, which is later than {}", source.short()));
            console.say("to go back to an earlier revision, name it with `--revision`");
            return Ok(Outcome::Fine);
        }
        Published::Commit(commit) => commit,
    };
    if let Some(path) = &args.pr_body {
        let written = fs::write(path, markdown(&commit.preview, LIMIT));
        written.map_err(|error| Failure::world(format!("cannot write `{}`: {error}", path.display())))?;
    }
    match args.into {
        Some(_) if args.pr_body.is_none() => console.out(&markdown(&commit.preview, LIMIT))?,
        _ => console.out(&commit.told)?,
    }
    let files = format!("{} {}", commit.files, if commit.files == 1 { "file" } else { "files" });
    if args.dry_run {
        console.say(&format!("would publish {files} to {place}:\n"));
        commit.message.lines().for_each(|line| console.say(&if line.is_empty() { String::new() } else { format!("    {line}") }));
        return Ok(Outcome::Fine);
    }
    let id = commit.id.get(..10).unwrap_or(&commit.id);
    console.say(&format!("published {files} of revision {} to {place}: {id}", source.short()));
    match &commit.followed {
        Some(Followed::Diverged) => {
            console.say(&format!("the branch `{}` on this disk has commits of its own and was left alone", to.branch));
        }
        Some(Followed::InTheWay(path, said)) => {
            console.say(&format!("the work tree `{}` was left alone: {said}", path.display()));
        }
        _ => {}
    }
    Ok(Outcome::Fine)
}
