//! `oam owners --check`: whether a change keeps to what its author owns, file by file and by the fields that it changes.
//!
//! A role may change what the roles before it decided: app operators by traits and declared parameters, infra operators by scopes; that they use
//! no other way is judged by `oam check`. The other way round, what a change takes away from somebody is not its author's to take.

use std::collections::{BTreeMap, BTreeSet};

use super::Args;
use super::who::Who;
use crate::cli::changes::{self, Before, Change, Detail, compare};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::filters::filters;
use crate::cli::opened::Opened;
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::diag::{Diagnostic, Severity, Sink, code};
use crate::diff::Fate;
use crate::git::Repository;
use crate::load::{LOCK_FILE, Ownership, PathRule, rule_of, rules};
use crate::model::Workspace;
use crate::source::{Pos, Role, Sources};
use crate::view::blame::Spot;
use crate::view::owners::Owner;

/// How many fields of one object are named.
const NAMED: usize = 3;

/// Judges the change since the base.
pub fn check(args: &Args, opened: &Opened, settings: &Settings) -> Result<Outcome, Failure> {
    let filters = filters(&args.filter, &[], opened)?;
    let repository = Repository::around(opened.located.folder.root()).map_err(|error| changes::git_failure(&error))?;
    let commit = base(args, &repository)?;
    let mut before = changes::revision(opened, &repository, &commit)?;
    let judge = Judge::new(args, opened, &before)?;
    let files = changed_files(&judge, &repository, &commit, opened)?;
    // What is wrong with the project is told with what is wrong with the change.
    let foreign = Sink::new();
    judge.files(&files, &repository, &commit, opened, &foreign)?;
    match compare(opened, &mut before, &filters, Detail::Texts, false, settings)? {
        Ok(found) if !opened.sink.has_errors() => judge.fields(&found.changes, &files, &before, opened, &foreign),
        Ok(_) => {}
        Err(_) => settings.console.say("the project as it was cannot be rendered, so only files are judged, not what they change"),
    }
    let is_kept = !foreign.has_errors();
    // What else could be better about the project is not what was asked.
    let mut report = opened.sink.take();
    report.diagnostics.retain(|problem| problem.severity == Severity::Error);
    report.diagnostics.into_iter().for_each(|problem| opened.sink.push(problem));
    opened.sink.absorb(foreign, None);
    let outcome = opened.report(Stream::Result, settings)?;
    if is_kept && outcome == Outcome::Fine {
        let count = files.iter().filter(|(_, rule)| rule.is_some()).count();
        settings.console.say(&match count {
            0 => "no file that a role owns has changed".to_owned(),
            1 => format!("1 file changed, of {}; nothing is taken from others", judge.who.hats()),
            count => format!("{count} files changed, all of {}; nothing is taken from others", judge.who.hats()),
        });
    }
    Ok(outcome)
}

/// The commit at which the change began.
fn base(args: &Args, repository: &Repository) -> Result<String, Failure> {
    let failed = |error| changes::git_failure(&error);
    let name = match &args.base {
        Some(name) => repository.commit(name).map_err(failed)?,
        None => repository
            .trunk()
            .ok_or_else(|| Failure::usage("nothing says where the change began").help("give the branch that it is for: `--base main`"))?,
    };
    repository.merge_base("HEAD", &name).map_err(failed)
}

/// A changed file, and the rule that says whose it is.
type Changed = (String, Option<PathRule>);

/// The files of roles among those that changed.
fn changed_files(judge: &Judge, repository: &Repository, commit: &str, opened: &Opened) -> Result<Vec<Changed>, Failure> {
    let failed = |error| changes::git_failure(&error);
    let mut paths: BTreeSet<String> = repository.changed_since(commit).map_err(failed)?.into_iter().collect();
    // Of what git does not track only documents matter.
    let untracked = repository.untracked().map_err(failed)?;
    paths.extend(untracked.into_iter().filter(|path| opened.sources().file_named(path).is_some()));
    Ok(paths.into_iter().map(|path| (path.clone(), judge.rule(&path, opened))).collect())
}

/// Who may do what, as it was said before the change: nobody gives themselves rights by the change that needs them.
struct Judge {
    who: Who,
    then: Vec<PathRule>,
    now: Vec<PathRule>,
    /// Components that are no more: application and name.
    gone: BTreeSet<(String, String)>,
    prefix: String,
}

impl Judge {
    fn new(args: &Args, opened: &Opened, before: &Before) -> Result<Judge, Failure> {
        let old = before.opened().and_then(|old| old.loaded.workspace.as_ref());
        let new = opened.loaded.workspace.as_ref();
        let trusted = old.or(new).map(|workspace| Ownership::of(&workspace.project)).unwrap_or_default();
        let who = Who::find(&args.authors, &args.teams, &args.roles, &trusted)?;
        let (then, now) = (old.map(rules).unwrap_or_default(), new.map(rules).unwrap_or_default());
        let components = |workspace: Option<&Workspace>| -> BTreeSet<(String, String)> {
            let of = |application: &crate::model::ApplicationDocuments| {
                let name = application.name.to_string();
                application.components.iter().map(move |component| (name.clone(), component.meta.name.to_string())).collect::<Vec<_>>()
            };
            workspace.into_iter().flat_map(|workspace| &workspace.applications).flat_map(of).collect()
        };
        let gone = components(old).difference(&components(new)).cloned().collect();
        Ok(Judge { who, then, now, gone, prefix: opened.located.prefix.clone() })
    }

    /// Whose a file is.
    fn rule(&self, path: &str, opened: &Opened) -> Option<PathRule> {
        if path == LOCK_FILE {
            return self.general(Role::InfraOperator, path);
        }
        let said = rule_of(&self.then, path).or_else(|| rule_of(&self.now, path));
        // A file beside the folders of the model, which a document includes.
        said.cloned().or_else(|| self.general(opened.sources().file_named(path)?.role(), path))
    }

    fn general(&self, role: Role, path: &str) -> Option<PathRule> {
        let rule = self.then.iter().chain(&self.now).find(|rule| rule.role == role)?;
        Some(PathRule { pattern: path.to_owned(), ..rule.clone() })
    }

    /// Tells files of others.
    fn files(&self, files: &[Changed], repository: &Repository, commit: &str, opened: &Opened, sink: &Sink) -> Result<(), Failure> {
        for (path, rule) in files.iter().filter_map(|(path, rule)| Some((path, rule.as_ref()?))).filter(|(_, rule)| !self.who.owns(rule)) {
            let owner = called(rule);
            let old = repository.file_at(commit, path).map_err(|error| changes::git_failure(&error))?;
            let file = opened.sources().file_named(path);
            let what = match (&old, file) {
                (None, _) => "adds",
                (Some(_), None) if !opened.located.root.join(path).exists() => "removes",
                _ => "changes",
            };
            let at = file.map_or(Pos::NOWHERE, |file| file.pos(first_difference(old.as_deref().unwrap_or_default(), file.text())));
            let message = format!("{} {what} `{path}`, a file of the {owner}", self.subject());
            let help = format!("take it out of this change, or let the {owner} make or approve it");
            sink.push(Diagnostic::error(code::NOT_OWNED, at, message).help(help));
        }
        Ok(())
    }

    /// `ada, developer (@shop/dev),`
    fn subject(&self) -> String {
        let hats = self.who.hats();
        if hats == self.who.called { format!("the {hats}") } else { format!("{}, {hats},", self.who.called) }
    }

    /// Tells fields and objects of others that the change takes away.
    fn fields(&self, found: &[Change], files: &[Changed], before: &Before, opened: &Opened, sink: &Sink) {
        let changed: BTreeSet<String> = files.iter().map(|(path, _)| format!("{}{path}", self.prefix)).collect();
        for change in found {
            let told = &change.told;
            let unit = [told.place.application.as_str(), told.place.target.as_str()].join("/");
            let object = change.id.to_string();
            if told.fate == Fate::Removed {
                let text = told.texts.as_ref().map_or("", |(old, _)| old.as_str());
                if let Some((owner, spot)) = self.robbed(&told.spots, &[], &changed, before).filter(|_| !self.is_of_gone(change, text)) {
                    let message = format!("{} removes `{object}`, which the {owner} asked for", self.subject());
                    sink.push(self.problem(message, &[], spot, &owner, opened).in_unit(&*unit));
                }
                continue;
            }
            let mut taken: BTreeMap<String, (Vec<&str>, Spot, Vec<Spot>)> = BTreeMap::new();
            for field in &told.fields {
                if let Some((owner, spot)) = self.robbed(&field.had_been_set_by, &field.set_by, &changed, before) {
                    let by = if field.new.is_some() { &field.set_by } else { &field.was_set_by };
                    taken.entry(owner).or_insert_with(|| (Vec::new(), spot.clone(), by.clone())).0.push(&field.path);
                }
            }
            for (owner, (fields, spot, by)) in taken {
                let mut names: Vec<String> = fields.iter().take(NAMED).map(|field| format!("`{field}`")).collect();
                if fields.len() > NAMED {
                    names.push(format!("{} more fields", fields.len() - NAMED));
                }
                let message = format!("{} takes {} of `{object}` from the {owner}", self.subject(), listed(&names));
                sink.push(self.problem(message, &by, &spot, &owner, opened).in_unit(&*unit));
            }
        }
    }

    fn problem(&self, message: String, by: &[Spot], had: &Spot, owner: &str, opened: &Opened) -> Diagnostic {
        let ours = by.iter().find(|spot| self.owner_of(spot).is_none());
        let at = ours.map_or(Pos::NOWHERE, |spot| self.pos_of(spot, opened.sources()));
        let help = format!("leave it as it was, or let the {owner} make or approve the change");
        Diagnostic::error(code::NOT_OWNED, at, message)
            .label(self.pos_of(had, opened.sources()), format!("the {owner} set it here"))
            .help(help)
    }

    /// Who had set something that somebody who owns nothing of it took: all of them are others, of the author's rank or a higher one, and what
    /// they wrote is as it was.
    fn robbed<'s>(&self, then: &'s [Spot], now: &[Spot], changed: &BTreeSet<String>, before: &Before) -> Option<(String, &'s Spot)> {
        let people: Vec<&Spot> = then.iter().filter(|spot| rank(spot.owner).is_some()).collect();
        let first = people.first()?;
        let same_file = |spot: &&&Spot| now.iter().any(|new| new.file == spot.file) || changed.contains(&spot.file);
        if before.opened().is_none() || people.iter().any(|spot| same_file(&spot)) {
            return None;
        }
        let owners: Option<Vec<PathRule>> = people.iter().map(|spot| self.owner_of(spot)).collect();
        let owner = owners?.into_iter().next()?;
        // Higher roles change what lower ones decided; that is what traits, parameters and scopes are for.
        let highest = self.who.roles().filter_map(|role| rank(role.as_str())).max();
        (rank(owner.role.as_str()) >= highest).then(|| (called(&owner), *first))
    }

    /// The rule of a place that is somebody else's.
    fn owner_of(&self, spot: &Spot) -> Option<PathRule> {
        let path = spot.file.strip_prefix(&self.prefix).unwrap_or(&spot.file);
        let rule = rule_of(&self.then, path).or_else(|| rule_of(&self.now, path))?;
        (!self.who.owns(rule)).then(|| rule.clone())
    }

    /// Whether an object belonged to a component that is no more: with it goes all that was asked for it.
    fn is_of_gone(&self, change: &Change, text: &str) -> bool {
        let application = &change.told.place.application;
        let of = |(own, name): &(String, String)| own == application && text.contains(&format!("app.oam.dev/component: {name}\n"));
        self.gone.iter().any(of)
    }

    fn pos_of(&self, spot: &Spot, sources: &Sources) -> Pos {
        let file = sources.file_named(spot.file.strip_prefix(&self.prefix).unwrap_or(&spot.file));
        let line = file.and_then(|file| Some((file, file.line_range(spot.line)?)));
        line.map_or(Pos::NOWHERE, |(file, line)| {
            let before: usize = file.text()[line.clone()].chars().take(spot.column as usize - 1).map(char::len_utf8).sum();
            file.pos(line.start + before)
        })
    }
}

/// How high a role of people is.
fn rank(role: &str) -> Option<usize> {
    [Role::Developer, Role::AppOperator, Role::InfraOperator].iter().position(|known| known.as_str() == role)
}

fn called(rule: &PathRule) -> String {
    Owner { role: rule.role.as_str(), teams: rule.teams.clone() }.called()
}

/// `a, b and c`
fn listed(names: &[String]) -> String {
    match names {
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
        [] => String::new(),
    }
}

/// The start of the first line that differs; of a file whose end is cut off, its last.
fn first_difference(old: &[u8], new: &str) -> usize {
    let same = old.iter().zip(new.as_bytes()).take_while(|(one, other)| one == other).count();
    let same = same.min(new.len().saturating_sub(1));
    let line = new.as_bytes()[..same].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    line + new.as_bytes()[line..].iter().take_while(|byte| **byte == b' ').count()
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn a_change_is_shown_where_it_begins() {
        assert_eq!(first_difference(b"a: 1\nb: 2\n", "a: 1\nb: 3\n"), 5);
        assert_eq!(first_difference(b"a:\n  b: 2\n", "a:\n  b: 3\n"), 5, "its first word");
        assert_eq!(first_difference(b"", "a: 1\n"), 0);
        assert_eq!(first_difference(b"a: 1\nb: 2\n", "a: 1\n"), 0);
        assert_eq!(first_difference(b"a: \xc3\xa9\n", "a: è\n"), 0);
    }
}
