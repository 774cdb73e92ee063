//! What people ask to be compared: the arguments, and both sides found.

use std::path::{Path, PathBuf};

use super::before::{self, Before};
use super::compare::{Compared, Detail, OldIsWrong, compare};
use super::streams::streams;
use crate::cli::args::Filter;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::filters::filters;
use crate::cli::instance::Asked;
use crate::cli::opened::Opened;
use crate::cli::report::{self, Stream};
use crate::cli::settings::Settings;
use crate::cli::standalone::Input;
use crate::git::Repository;
use crate::output::Directory;
use crate::resolve::Filters;

/// Which two sides.
#[derive(clap::Args, Debug)]
pub struct Question {
    /// Only these environments (globs allowed)
    #[arg(value_name = "ENV")]
    named: Vec<String>,
    /// The output directory to compare with [default: `output.path` of the project, else `rendered`]
    #[arg(short, long, value_name = "DIR", conflicts_with_all = ["base", "from", "left"])]
    output: Option<PathBuf>,
    /// Compare with the project as of this commit: a branch, a tag, an id, `HEAD~1`
    #[arg(long, value_name = "REF", conflicts_with_all = ["from", "left"])]
    base: Option<String>,
    /// Compare this environment …
    #[arg(long, value_name = "ENV", requires = "to", conflicts_with_all = ["named", "environments", "left"])]
    from: Option<String>,
    /// … with this one: what it has that the first has not
    #[arg(long, value_name = "ENV", requires = "from")]
    to: Option<String>,
    /// Compare these manifests, a file or a directory, …
    #[arg(long, value_name = "PATH", requires = "right", conflicts_with_all = ["named", "environments", "clusters", "applications"])]
    left: Option<PathBuf>,
    /// … with these
    #[arg(long, value_name = "PATH", requires = "left")]
    right: Option<PathBuf>,
    /// Render all applications, also those that no changed file can have changed
    #[arg(long, hide = true, requires = "base")]
    whole: bool,
    #[command(flatten)]
    instance: Asked,
    #[command(flatten)]
    filter: Filter,
}

/// Both sides, compared.
pub struct Comparison {
    /// What was found.
    pub compared: Compared,
    /// What was, as people call it: `` `rendered` ``.
    pub against: String,
    /// The project and what of it was meant; nothing where manifests of any origin were compared.
    pub project: Option<(Opened, Filters)>,
}

impl Question {
    /// Finds both sides and compares them. `Err` of the inner result: a side is wrong, and its problems have been reported.
    ///
    /// # Errors
    /// When a side cannot be read, or is not there.
    pub fn answer(&self, detail: Detail, settings: &Settings) -> Result<Result<Comparison, Outcome>, Failure> {
        if let (Some(left), Some(right)) = (&self.left, &self.right) {
            return match streams(left, right, detail)? {
                Ok(changes) => {
                    let compared = Compared::of(changes);
                    Ok(Ok(Comparison { compared, against: format!("`{}`", left.display()), project: None }))
                }
                Err((manifests, sink)) => report::write(&sink.take(), &manifests.sources, "", Stream::Aside, settings).map(Err),
            };
        }
        let mut opened = Opened::read(&Input::default(), settings)?;
        let (mut filter, mut named) = (self.filter.clone(), self.named.clone());
        self.instance.enter(&mut opened, &mut filter, &mut named, settings)?;
        let mut filters = filters(&filter, &named, &opened)?;
        if opened.loaded.workspace.is_none() {
            return opened.report(Stream::Aside, settings).map(Err);
        }
        let (mut before, against) = self.before(&opened, &mut filters, settings)?;
        let compared = match compare(&opened, &mut before, &filters, detail, self.whole, settings)? {
            Ok(compared) => compared,
            Err(OldIsWrong) => {
                settings.console.say(&format!("the project as of {against} cannot be rendered:"));
                return before.opened().map_or(Ok(Outcome::Problems), |old| old.report(Stream::Aside, settings)).map(Err);
            }
        };
        if opened.report(Stream::Aside, settings)? == Outcome::Problems {
            settings.console.say("what cannot be rendered cannot be compared");
            return Ok(Err(Outcome::Problems));
        }
        Ok(Ok(Comparison { compared, against, project: Some((opened, filters)) }))
    }

    /// What to compare with, and how it is called.
    fn before(&self, opened: &Opened, filters: &mut Filters, settings: &Settings) -> Result<(Before, String), Failure> {
        if let (Some(from), Some(to)) = (&self.from, &self.to) {
            for name in [from, to] {
                let filter = Filter { environments: vec![name.clone()], ..Filter::default() };
                crate::cli::filters::filters(&filter, &[], opened)?;
            }
            let before = before::environment(opened, from, filters, settings);
            // Its problems are those of the other too, or are told when it is rendered.
            opened.sink.take();
            filters.environments = vec![to.clone()];
            return Ok((before, format!("`{from}`")));
        }
        let root = self.output.clone().unwrap_or_else(|| opened.output_directory());
        if self.base.is_none() && (self.output.is_some() || root.is_dir()) {
            if !root.is_dir() {
                return Err(Failure::usage(format!("there is no directory `{}` to compare with", root.display())));
            }
            let what = format!("`{}`", root.display());
            return Ok((before::output(Box::new(Directory::new(root)), opened.owner()), what));
        }
        let (repository, commit, what) = self.commit(opened, &root)?;
        Ok((before::revision(opened, &repository, &commit)?, what))
    }

    /// The commit to compare with.
    fn commit(&self, opened: &Opened, root: &Path) -> Result<(Repository, String, String), Failure> {
        let around = Repository::around(opened.located.folder.root());
        let Some(name) = &self.base else {
            let nothing = || {
                Failure::usage(format!("there is no output directory `{}` to compare with", root.display()))
                    .help("`oam render` writes it; `--base REF` compares with a commit")
            };
            let repository = around.map_err(|_| nothing())?;
            let trunk = repository.trunk().ok_or_else(nothing)?;
            let commit = repository.merge_base("HEAD", &trunk).map_err(|error| before::git_failure(&error))?;
            let what = format!("{} (where the branch left `{trunk}`)", commit.get(..10).unwrap_or(&commit));
            return Ok((repository, commit, what));
        };
        let repository = around.map_err(|error| before::git_failure(&error))?;
        let commit = repository.commit(name).map_err(|error| before::git_failure(&error))?;
        Ok((repository, commit, format!("`{name}`")))
    }
}
