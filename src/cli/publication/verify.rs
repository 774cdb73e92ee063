//! The proof that a tree of the config repository is what revisions of the source render: each unit what the last commit that published it says.

use std::collections::{BTreeMap, BTreeSet};

use super::committed::Committed;
use super::failed;
use super::provenance::{self, Provenance};
use super::source::Source;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::pipeline;
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::git::{GitError, Logged, Repository, Snapshot};
use crate::model::glob_matches;
use crate::output::{self, Complete, INVENTORY, Mode, Options, Unit, Written, files_of, split_unit};
use crate::resolve::Filters;
use crate::source::Pos;

/// Publications that are looked through for all units of the tree.
const MOST: usize = 2000;

/// What is not as it should be.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fault {
    /// A file has another text.
    Changed,
    /// A file is not there.
    Missing,
    /// A manifest is there that nobody rendered.
    Extra,
    /// The work tree is not what is committed.
    Uncommitted,
}

impl Fault {
    /// The word that people read.
    pub fn word(self) -> &'static str {
        match self {
            Fault::Changed => "changed",
            Fault::Missing => "missing",
            Fault::Extra => "extra",
            Fault::Uncommitted => "uncommitted",
        }
    }
}

/// A file that is not as it should be.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What is wrong.
    pub fault: Fault,
    /// Its path in the repository.
    pub path: String,
    /// The last commit that changed it.
    pub last: Option<Logged>,
}

/// What was found out.
pub struct Verified {
    /// Files that are not as they should be, by path.
    pub findings: Vec<Finding>,
    /// What commits say that is not so, and units that no commit speaks of.
    pub claims: Vec<String>,
    /// Files that were compared.
    pub files: usize,
    /// Revisions that were rendered.
    pub revisions: usize,
}

/// The tree to verify.
pub struct Tree {
    /// Its repository.
    pub repository: Repository,
    /// The commit.
    pub commit: String,
    /// The folder in the repository.
    pub folder: String,
}

/// Who says what of which units.
struct Claim {
    commit: Logged,
    provenance: Provenance,
}

/// Verifies a tree. `revision`: what all of it should be, whatever its commits say. `Err` of the inner result: a revision cannot be rendered, which
/// has been reported.
///
/// # Errors
/// When git fails, or the source does not have a revision.
pub fn verify(
    tree: &Tree,
    head: &Source,
    revision: Option<&str>,
    environments: &[String],
    settings: &Settings,
) -> Result<Result<Verified, Outcome>, Failure> {
    let project = head.project();
    let snapshot = Snapshot::open(&tree.repository, Some(&tree.commit), &tree.folder).map_err(failed)?;
    let committed = Committed::new(snapshot, &tree.folder);
    let meant = |directory: &str| {
        let environment = directory.split('/').next().unwrap_or_default();
        environments.is_empty() || environments.iter().any(|pattern| glob_matches(pattern, environment))
    };
    let there = files_of(&committed, &project).map_err(|error| Failure::world(error.to_string()))?;
    let directory_of = |path: &str| path.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned();
    let mut open: BTreeSet<String> = there.iter().map(|path| directory_of(path)).filter(|directory| meant(directory)).collect();
    let mut result = Verified { findings: Vec::new(), claims: Vec::new(), files: 0, revisions: 0 };
    let mut done: BTreeSet<String> = BTreeSet::new();
    let claims = claims(tree, &project, revision, head)?;
    let place_of = |directory: &str| split_unit(directory).0.to_owned();
    let is_place =
        |place: &String| claims.iter().any(|claim| claim.provenance.places.is_empty() || claim.provenance.places.contains(place));
    if !there.iter().any(|path| is_place(&place_of(&directory_of(path)))) {
        let what = if tree.folder.is_empty() { "the tree".to_owned() } else { format!("`{}`", tree.folder) };
        return Err(Failure::refused(format!("{what} holds nothing that `oam publish` wrote for project `{project}`"))
            .help("name the folder that holds the environments, as it was published with `--path`"));
    }
    for claim in claims {
        if open.is_empty() && !done.is_empty() {
            break;
        }
        let provenance = &claim.provenance;
        let covers = |directory: &str| {
            let (place, application) = split_unit(directory);
            let lists = |list: &[String], name: &str| list.is_empty() || list.iter().any(|one| one == name);
            lists(&provenance.places, place) && lists(&provenance.applications, application) && meant(directory)
        };
        // Whoever published later speaks for what both published.
        if !open.iter().any(|directory| covers(directory)) && !done.is_empty() {
            continue;
        }
        let Some(Claimed { units, targets }) = rendered(head, &claim, revision.is_some(), &mut result, settings)? else {
            return Ok(Err(Outcome::Problems));
        };
        let here: Vec<Unit> = units.into_iter().filter(|unit| covers(&unit.directory) && !done.contains(&unit.directory)).collect();
        compare(
            &committed,
            &project,
            &here,
            &targets,
            &provenance.applications,
            |directory| covers(directory) && !done.contains(directory),
            &mut result,
        )?;
        let now: Vec<String> = open.iter().filter(|directory| covers(directory)).cloned().collect();
        done.extend(now.iter().cloned().chain(here.into_iter().map(|unit| unit.directory)));
        open.retain(|directory| !now.contains(directory));
    }
    result.claims.extend(open.iter().map(|directory| format!("no commit says what `{}` comes from", committed.shown(directory))));
    uncommitted(tree, &done, &mut result)?;
    for finding in &mut result.findings {
        finding.path = committed.shown(&finding.path);
        let log = tree.repository.log(&tree.commit, 1, None, Some(&finding.path)).map_err(failed)?;
        finding.last = log.into_iter().next().filter(|_| finding.fault != Fault::Uncommitted);
    }
    result.findings.sort_by(|a, b| a.path.cmp(&b.path).then(a.fault.cmp(&b.fault)));
    result.findings.dedup_by(|a, b| a.path == b.path && a.fault == b.fault);
    Ok(Ok(result))
}

/// Who says something, the latest first.
fn claims(tree: &Tree, project: &str, revision: Option<&str>, head: &Source) -> Result<Vec<Claim>, Failure> {
    if let Some(revision) = revision {
        let commit = head.repository.commit(revision).map_err(failed)?;
        let provenance = Provenance { project: project.to_owned(), revision: commit.clone(), ..Provenance::default() };
        return Ok(vec![Claim { commit: Logged { id: commit, author: String::new(), message: String::new() }, provenance }]);
    }
    let log = tree.repository.log(&tree.commit, MOST, Some(&Provenance::line_of(project)), None).map_err(failed)?;
    let claim = |commit: Logged| Provenance::of(&commit.message, project).map(|provenance| Claim { commit, provenance });
    let claims: Vec<Claim> = log.into_iter().filter_map(claim).collect();
    if claims.is_empty() {
        return Err(Failure::refused(format!("no commit of `{}` says that it publishes project `{project}`", tree.commit.get(..10).unwrap_or_default()))
            .help("`oam publish` makes such commits; in a shallow clone `git fetch --unshallow` brings older ones; `--revision` names the revision to compare with"));
    }
    Ok(claims)
}

/// What a revision renders of what a commit speaks of.
struct Claimed {
    units: Vec<Unit>,
    /// The environments and clusters that were rendered.
    targets: Vec<String>,
}

/// What a revision renders of what a commit speaks of; `None` if it has problems.
fn rendered(head: &Source, claim: &Claim, is_named: bool, result: &mut Verified, settings: &Settings) -> Result<Option<Claimed>, Failure> {
    let Provenance { revision, places, applications, .. } = &claim.provenance;
    let commit = head.repository.commit(revision).map_err(|error| match error {
        GitError::NoRevision(_) => {
            Failure::world(format!("revision `{revision}`, of which the tree was rendered, is not in the source repository"))
                .help("`git fetch` there; in a shallow clone, `git fetch --unshallow`")
        }
        error => failed(error),
    })?;
    let source = Source::at(head.opened.located.clone(), head.repository.clone(), commit, true)?;
    let environments: BTreeSet<&str> = places.iter().filter_map(|place| place.split('/').next()).collect();
    let filters = Filters {
        environments: environments.into_iter().map(str::to_owned).collect(),
        applications: applications.clone(),
        clusters: Vec::new(),
    };
    let tree = pipeline::tree(&source.opened, &filters, settings);
    if source.opened.sink.has_errors() {
        settings.console.say(&format!("revision {} cannot be rendered:", source.short()));
        source.opened.report(Stream::Aside, settings)?;
        return Ok(None);
    }
    result.revisions += 1;
    let units: Vec<Unit> = tree
        .units
        .into_iter()
        .filter(|unit| {
            let place = split_unit(&unit.directory).0;
            places.is_empty() || places.iter().any(|known| known == place)
        })
        .collect();
    if !is_named {
        let by = claim.commit.id.get(..10).unwrap_or(&claim.commit.id);
        let own = env!("CARGO_PKG_VERSION");
        if claim.provenance.inputs != source.inputs {
            result.claims.push(format!(
                "commit {by} says that it read {}, and revision {} has {}",
                claim.provenance.inputs,
                source.short(),
                source.inputs
            ));
        }
        let output = provenance::output(&units);
        if claim.provenance.output != output {
            let other = if claim.provenance.version == own {
                String::new()
            } else {
                format!(" by oam {}, and this is {own}", claim.provenance.version)
            };
            result.claims.push(format!(
                "commit {by} says that {} was rendered{other}, and revision {} renders {output}",
                claim.provenance.output,
                source.short()
            ));
        }
    }
    Ok(Some(Claimed { units, targets: tree.targets }))
}

/// Compares units with the tree.
fn compare(
    committed: &Committed,
    project: &str,
    units: &[Unit],
    targets: &[String],
    applications: &[String],
    covers: impl Fn(&str) -> bool,
    result: &mut Verified,
) -> Result<(), Failure> {
    let world = |error: output::WriteError| Failure::world(error.to_string());
    let complete = if applications.is_empty() { Complete::Below(targets) } else { Complete::Units };
    let options = Options { project, project_at: Pos::NOWHERE, mode: Mode::Check, force: true, prune_protected: true, complete };
    let plan = output::plan(committed, units, &options, &crate::diag::Sink::new()).map_err(world)?;
    for edit in plan.edits(units) {
        let directory = edit.path.rsplit_once('/').map_or("", |(directory, _)| directory);
        if !covers(directory) {
            continue;
        }
        let is_there = committed.snapshot().item(&edit.path).is_some();
        let fault = match (&edit.text, is_there) {
            (None, false) => continue,
            (None, true) => Fault::Extra,
            (Some(_), true) => Fault::Changed,
            (Some(_), false) => Fault::Missing,
        };
        result.findings.push(Finding { fault, path: edit.path, last: None });
    }
    for unit in units {
        result.files += unit.files.len();
        let known: BTreeMap<&str, ()> = unit.files.iter().map(|file| (file.name.as_str(), ())).collect();
        for name in committed.list(&unit.directory).map_err(world)?.unwrap_or_default().into_keys() {
            let is_manifest = [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end));
            if is_manifest && !known.contains_key(name.as_str()) && name != INVENTORY {
                result.findings.push(Finding { fault: Fault::Extra, path: format!("{}/{name}", unit.directory), last: None });
            }
        }
    }
    Ok(())
}

/// What the work tree has otherwise than the commit.
fn uncommitted(tree: &Tree, units: &BTreeSet<String>, result: &mut Verified) -> Result<(), Failure> {
    if tree.repository.is_bare() {
        return Ok(());
    }
    let mut changed = tree.repository.changed_since(&tree.commit).map_err(failed)?;
    changed.extend(tree.repository.untracked().map_err(failed)?);
    for path in changed {
        if path.rsplit_once('/').is_some_and(|(directory, _)| units.contains(directory)) {
            result.findings.push(Finding { fault: Fault::Uncommitted, path, last: None });
        }
    }
    Ok(())
}
