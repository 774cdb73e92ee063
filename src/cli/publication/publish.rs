//! Publishing: render the commit, compare with the tip of the branch, commit what differs, push. When the branch moved meanwhile, all of that again
//! on its new tip: rendered files are never merged as text.

use std::time::Duration;

use super::committed::Committed;
use super::destination::Destination;
use super::failed;
use super::provenance::{self, Provenance, place};
use super::source::Source;
use crate::cli::changes::{self, Change};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::diag::Diagnostic;
use crate::git::{Edit, Followed, Logged, Pushed, Snapshot};
use crate::output::{self, Mode, Options, Plan};
use crate::resolve::Filters;
use crate::view::diff::Changed;
use crate::view::message;
use crate::view::preview::Preview;

/// How often a branch may move before giving up.
const ATTEMPTS: u32 = 20;
/// The first pause, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(40), Duration::from_millis(2500));
/// Files edited by hand, and commits of others, that are listed.
const LISTED: usize = 10;

/// What is wanted.
#[derive(Debug)]
pub struct Request<'a> {
    /// The units.
    pub filters: Filters,
    /// The first lines of the message, in place of ours.
    pub message: Option<&'a str>,
    /// Whether the message is signed off.
    pub signoff: bool,
    /// Overwrite what others changed.
    pub force: bool,
    /// Remove objects that hold data, and whole units.
    pub prune_protected: bool,
    /// Only find out what would be done.
    pub dry_run: bool,
}

/// What was done.
pub enum Published {
    /// Problems stand in the way; they have been reported.
    No(Outcome),
    /// The branch has it already.
    Unchanged,
    /// The branch that is to be merged asks for it already.
    Asked,
    /// The branch has what a later revision renders.
    Older(Box<Provenance>),
    /// A commit was made, or would be.
    Commit(Box<Commit>),
}

/// The commit.
pub struct Commit {
    /// Its id; empty in a dry run.
    pub id: String,
    /// Its message.
    pub message: String,
    /// The part of it that says what changes.
    pub told: String,
    /// What it changes.
    pub preview: Preview,
    /// Files that it writes and removes.
    pub files: usize,
    /// What became of the branch on this disk.
    pub followed: Option<Followed>,
}

/// One publication under way.
struct Run<'a> {
    source: &'a Source,
    to: &'a Destination,
    request: &'a Request<'a>,
    settings: &'a Settings,
    project: String,
    /// Problems that were found when the project was read.
    read: Vec<Diagnostic>,
}

/// How one attempt ended.
enum Attempt {
    Ended(Published),
    /// The branch is not any more where it was; what was said.
    Moved(String),
}

/// Renders the source and publishes what differs.
///
/// # Errors
/// When git fails, when the branch was edited by others, when it moves all the time.
pub fn publish(source: &Source, to: &Destination, request: &Request<'_>, settings: &Settings) -> Result<Published, Failure> {
    if let Some(said) = to.workshop.repository().lacks_identity().filter(|_| !request.dry_run) {
        return Err(Failure::world(format!("git does not know who commits: {said}")).help(
            "`git config --global user.name \"…\"` and `git config --global user.email …`, or GIT_AUTHOR_NAME and the like, say so",
        ));
    }
    let read = source.opened.sink.take().diagnostics;
    let run = Run { source, to, request, settings, project: source.project(), read };
    let mut last = String::new();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            std::thread::sleep(pause(attempt));
            settings.console.detail(&format!("`{}` moved meanwhile; rendering on top of its new tip", to.base()));
        }
        match run.attempt()? {
            Attempt::Ended(published) => return Ok(published),
            Attempt::Moved(said) => last = said,
        }
    }
    let message = format!("`{}` of `{}` moved {ATTEMPTS} times while this was published: {last}", to.branch, to.shown);
    Err(Failure::world(message).help("nothing was published; run it again when others are done"))
}

/// Doubles every time; those who wait for the same branch wait for different times.
fn pause(attempt: u32) -> Duration {
    let longest = PAUSES.0.saturating_mul(1 << attempt.min(10)).min(PAUSES.1);
    let share = std::process::id().wrapping_mul(2_654_435_761).wrapping_add(attempt.wrapping_mul(40_503)) % 1000;
    longest.mul_f64(0.3 + 0.7 * f64::from(share) / 1000.0)
}

impl Run<'_> {
    fn attempt(&self) -> Result<Attempt, Failure> {
        let base = self.base()?;
        let workshop = &self.to.workshop;
        if let Some(newer) = self.newer(base.as_deref())? {
            return Ok(Attempt::Ended(Published::Older(Box::new(newer))));
        }
        let snapshot = Snapshot::open(workshop.repository(), base.as_deref(), &self.to.folder).map_err(failed)?;
        let committed = Committed::new(snapshot, &self.to.folder);
        let opened = &self.source.opened;
        self.read.iter().for_each(|problem| opened.sink.push(problem.clone()));
        let (tree, found) = changes::rendered(opened, Box::new(committed.clone()), &self.project, &self.request.filters, self.settings)?;
        let plan = match opened.sink.has_errors() {
            true => Plan::default(),
            false => {
                let options = Options {
                    project: &self.project,
                    project_at: opened.loaded.workspace.as_ref().map_or(crate::source::Pos::NOWHERE, |found| found.project.meta.name.at),
                    mode: Mode::Write,
                    force: self.request.force,
                    prune_protected: self.request.prune_protected,
                    complete: tree.complete(opened, &self.request.filters),
                };
                output::plan(&committed, &tree.units, &options, &opened.sink).map_err(|error| Failure::world(error.to_string()))?
            }
        };
        let outcome = opened.report(Stream::Aside, self.settings)?;
        if outcome != Outcome::Fine {
            self.tell_who(base.as_deref(), &plan.edited());
            self.settings.console.say("nothing was published");
            return Ok(Attempt::Ended(Published::No(outcome)));
        }
        let edits = plan.edits(&tree.units);
        if edits.is_empty() {
            return Ok(Attempt::Ended(Published::Unchanged));
        }
        let provenance = Provenance {
            project: self.project.clone(),
            source: self.source.address(),
            revision: self.source.commit.clone(),
            folder: self.source.repository.prefix().trim_end_matches('/').to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            inputs: self.source.inputs.clone(),
            output: provenance::output(&tree.units),
            places: tree.targets.iter().filter(|place| !place.is_empty()).cloned().collect(),
            applications: if self.request.filters.applications.is_empty() { Vec::new() } else { applications(&tree.units) },
        };
        let commit = Commit {
            id: String::new(),
            files: edits.len(),
            message: self.message(&found.changes, &provenance),
            told: message::body(&found.changes.iter().map(|change| change.told.clone()).collect::<Vec<_>>()),
            preview: changes::shown(found, self.against(), changes::units(opened, &self.request.filters)),
            followed: None,
        };
        if self.request.dry_run {
            return Ok(Attempt::Ended(Published::Commit(Box::new(commit))));
        }
        let paths: Vec<String> = edits.iter().map(|edit| self.path(&edit.path)).collect();
        let edits: Vec<Edit<'_>> =
            paths.iter().zip(&edits).map(|(path, edit)| Edit { path, text: edit.text.as_ref().map(|text| text.as_bytes()) }).collect();
        self.hand_over(base.as_deref(), committed.snapshot(), &edits, commit)
    }

    /// Makes the commit and gives it to whoever keeps the branch.
    fn hand_over(&self, base: Option<&str>, before: &Snapshot, edits: &[Edit<'_>], mut commit: Commit) -> Result<Attempt, Failure> {
        let (workshop, to) = (&self.to.workshop, self.to);
        let existing = match &to.into {
            Some(_) => self.tip(&to.branch)?,
            None => base.map(str::to_owned),
        };
        if let (Some(base), Some(existing), Some(_)) = (base, &existing, &to.into) {
            self.refuse_others(base, existing)?;
        }
        commit.id = workshop.commit(base, before, &to.folder, edits, &commit.message, self.request.signoff).map_err(failed)?;
        if to.into.is_some() && existing.as_deref().is_some_and(|existing| self.is_same(existing, &commit.id)) {
            return Ok(Attempt::Ended(Published::Asked));
        }
        let Some(remote) = &to.remote else { return self.keep(existing.as_deref(), edits, commit) };
        let instead_of = to.into.as_ref().map(|_| existing.as_deref());
        if let Pushed::Refused(said) = workshop.push(remote, &commit.id, &to.branch, instead_of).map_err(failed)? {
            // Whether others were faster is asked, not read from words that differ from host to host.
            if workshop.tip(remote, &to.branch).map_err(failed)? != existing || said.contains("cannot lock ref") || said.contains(".lock'")
            {
                return Ok(Attempt::Moved(said));
            }
            return Err(Failure::world(format!("`{}` did not take the commit:\n{said}", to.shown))
                .help("nothing was published; what refused it, the remote or a hook, says why"));
        }
        if let (Some(local), None) = (&to.local, &to.into) {
            commit.followed = Some(local.follow(&to.branch, &commit.id, edits).map_err(failed)?);
        }
        Ok(Attempt::Ended(Published::Commit(Box::new(commit))))
    }

    /// Keeps the commit on this disk, where the branch is of no remote.
    fn keep(&self, existing: Option<&str>, edits: &[Edit<'_>], mut commit: Commit) -> Result<Attempt, Failure> {
        let Some(local) = &self.to.local else { return Ok(Attempt::Ended(Published::Unchanged)) };
        let branch = &self.to.branch;
        let moved = |said: String| if local.branch_tip(branch).as_deref() == existing { Err(said) } else { Ok(Attempt::Moved(said)) };
        if existing.is_none() || self.to.into.is_some() {
            return match local.move_branch(branch, &commit.id, existing) {
                Ok(()) => Ok(Attempt::Ended(Published::Commit(Box::new(commit)))),
                Err(error) => moved(error.to_string()).map_err(Failure::world),
            };
        }
        match local.follow(branch, &commit.id, edits) {
            Ok(Followed::Yes) => {
                commit.followed = Some(Followed::Yes);
                Ok(Attempt::Ended(Published::Commit(Box::new(commit))))
            }
            Ok(Followed::InTheWay(path, said)) if said.contains(".lock'") => Ok(Attempt::Moved(format!("{}: {said}", path.display()))),
            Ok(Followed::InTheWay(path, said)) => moved(said).map_err(|said| {
                Failure::world(format!("the work tree `{}` cannot take the commit: {said}", path.display()))
                    .help("nothing was published and nothing there was changed; commit or move away what is in the way")
            }),
            Ok(Followed::NoBranch | Followed::Diverged) => Ok(Attempt::Moved(format!("`{branch}` is elsewhere now"))),
            Err(error) => moved(error.to_string()).map_err(Failure::world),
        }
    }

    /// The commit that the new one is made on top of; none, if the branch is yet to be.
    fn base(&self) -> Result<Option<String>, Failure> {
        let (to, source) = (self.to, self.source);
        let tip = self.tip(to.base())?;
        if tip.is_none() && to.into.is_some() {
            return Err(Failure::usage(format!("`{}` has no branch `{}` to merge into", to.shown, to.base())));
        }
        if !to.is_source {
            return Ok(tip);
        }
        // Documents and output are on one branch: the commit must have the documents in its history.
        let own = source.repository.commit("HEAD").map_err(failed)?;
        let Some(tip) = tip else { return Ok(Some(own)) };
        match (source.repository.is_before(&tip, &own), source.repository.is_before(&own, &tip)) {
            (Some(true), _) => Ok(Some(own)),
            (_, Some(true)) if source.is_named || source.is_same_at(&tip)? => Ok(Some(tip)),
            (_, Some(true)) => Err(Failure::world(format!("`{}` of `{}` has newer documents than this work tree", to.branch, to.shown))
                .help("`git pull`, then publish again")),
            _ => Err(Failure::world(format!("`{}` here and where it is pushed to have both moved", to.branch))
                .help("`git pull --rebase`, then publish again")),
        }
    }

    /// The last commit of a branch: of the remote, else of this disk.
    fn tip(&self, branch: &str) -> Result<Option<String>, Failure> {
        if let Some(remote) = &self.to.remote
            && let Some(tip) = self.to.workshop.fetch(remote, branch).map_err(failed)?
        {
            return Ok(Some(tip));
        }
        Ok(self.to.local.as_ref().and_then(|local| local.branch_tip(branch)))
    }

    /// Where the branch has what a later revision renders: a run that took longer must not bring back what was.
    fn newer(&self, base: Option<&str>) -> Result<Option<Provenance>, Failure> {
        let Some(base) = base.filter(|_| !self.source.is_named && !self.request.force) else { return Ok(None) };
        let line = Provenance::line_of(&self.project);
        let log = self.to.workshop.repository().log(base, 1, Some(&line), None).map_err(failed)?;
        let Some(last) = log.first().and_then(|commit| Provenance::of(&commit.message, &self.project)) else { return Ok(None) };
        let is_newer =
            last.revision != self.source.commit && self.source.repository.is_before(&self.source.commit, &last.revision) == Some(true);
        let places: Vec<String> = self.request.filters.environments.clone();
        let meets = places.is_empty() || last.places.iter().any(|place| places.iter().any(|env| place.split('/').next() == Some(env)));
        Ok(Some(last).filter(|_| is_newer && meets))
    }

    /// Says who changed files by hand.
    fn tell_who(&self, base: Option<&str>, edited: &[String]) {
        let Some(base) = base else { return };
        for path in edited.iter().take(LISTED) {
            let path = self.path(path);
            if let Ok(log) = self.to.workshop.repository().log(base, 1, None, Some(&path))
                && let Some(commit) = log.first()
            {
                self.settings.console.say(&format!("`{path}`: {}", told(commit)));
            }
        }
    }

    /// A branch that is to be merged is made anew each time; commits of others on it would be lost.
    fn refuse_others(&self, base: &str, existing: &str) -> Result<(), Failure> {
        if self.request.force {
            return Ok(());
        }
        let commits = self.to.workshop.repository().on_top_of(base, existing).map_err(failed)?;
        let others: Vec<&Logged> = commits.iter().filter(|commit| Provenance::of(&commit.message, &self.project).is_none()).collect();
        if others.is_empty() {
            return Ok(());
        }
        let mut list: Vec<String> = others.iter().take(LISTED).map(|commit| told(commit)).collect();
        if others.len() > LISTED {
            list.push(format!("and {} more", others.len() - LISTED));
        }
        Err(Failure::refused(format!(
            "`{}` has commits that are not of project `{}`:\n  {}",
            self.to.branch,
            self.project,
            list.join("\n  ")
        ))
        .help("merge it first, publish to another branch, or overwrite them with `--force`"))
    }

    /// Whether a branch has the same files on top of the same commit.
    fn is_same(&self, existing: &str, new: &str) -> bool {
        let repository = self.to.workshop.repository();
        let (one, other) = (repository.tree_and_parent(existing), repository.tree_and_parent(new));
        one == other && one.0.is_some()
    }

    fn path(&self, path: &str) -> String {
        if self.to.folder.is_empty() { path.to_owned() } else { format!("{}/{path}", self.to.folder) }
    }

    fn against(&self) -> String {
        format!("`{}` of `{}`", self.to.base(), place(&self.to.shown))
    }

    fn message(&self, found: &[Change], provenance: &Provenance) -> String {
        let told: Vec<Changed> = found.iter().map(|change| change.told.clone()).collect();
        let subject = self.request.message.map_or_else(|| message::subject(&self.project, &told), |own| own.trim().to_owned());
        let body = message::body(&told);
        let body = if body.is_empty() { String::new() } else { format!("{body}\n") };
        format!("{subject}\n\n{body}{}", provenance.trailers())
    }
}

/// `1a2b3c4d5e Jane Doe: more memory`
fn told(commit: &Logged) -> String {
    format!("{} {}: {}", commit.id.get(..10).unwrap_or(&commit.id), commit.author, commit.subject())
}

/// The applications among units, sorted.
fn applications(units: &[output::Unit]) -> Vec<String> {
    let mut names: Vec<String> = units.iter().map(|unit| output::split_unit(&unit.directory).1.to_owned()).collect();
    names.sort();
    names.dedup();
    names
}
