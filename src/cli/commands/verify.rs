//! `oam verify`

use std::path::PathBuf;

use crate::cli::exit::{Failure, Outcome};
use crate::cli::project;
use crate::cli::publication::{Source, Tree, failed, inside, verify};
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::git::{GitError, Repository};
use crate::view::diagnostics::plain;

/// Prove that a tree of the config repository is what its source renders
///
/// Each directory is compared with what the revision renders that the last commit which published it names, and the digests of that commit are
/// computed again. Exits with 3 if a file was changed, removed or added by hand, with 1 if a commit says what is not so.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The tree: a checkout of the config repository, or a folder of it
    #[arg(value_name = "DIR")]
    tree: PathBuf,
    /// Only these environments (globs allowed)
    #[arg(value_name = "ENV")]
    named: Vec<String>,
    /// The project's directory in a clone of the source repository [default: as for every command, see `-C`]
    #[arg(long, value_name = "DIR")]
    source: Option<PathBuf>,
    /// Compare all of it with this revision, whatever commits say
    #[arg(long, value_name = "REF")]
    revision: Option<String>,
}

/// Verifies, and lists what is not as it should be.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let console = &settings.console;
    let located = match &args.source {
        Some(directory) => project::at(directory)?,
        None => project::find(settings)?,
    };
    let repository = Repository::around(located.folder.root()).map_err(failed)?;
    let commit = repository.commit("HEAD").map_err(failed)?;
    let head = Source::at(located, repository, commit, true)?;
    if head.opened.loaded.workspace.is_none() {
        return head.opened.report(Stream::Aside, settings);
    }
    if !args.tree.is_dir() {
        return Err(Failure::usage(format!("there is no directory `{}`", args.tree.display())));
    }
    let repository = Repository::around(&args.tree).map_err(|error| match error {
        GitError::NoRepository(_) => {
            Failure::refused(format!("`{}` is in no git repository, so nothing says what it comes from", args.tree.display()))
                .help("verify a checkout of the config repository")
        }
        error => failed(error),
    })?;
    let commit = repository.commit("HEAD").map_err(failed)?;
    let folder = inside(&repository.top().map_err(failed)?, &args.tree).unwrap_or_default();
    let tree = Tree { repository, commit, folder };
    let verified = match verify(&tree, &head, args.revision.as_deref(), &args.named, settings)? {
        Ok(verified) => verified,
        Err(outcome) => return Ok(outcome),
    };
    let mut text = String::new();
    for finding in &verified.findings {
        let by = finding
            .last
            .as_ref()
            .map_or(String::new(), |last| format!("  {} {}: {}", last.id.get(..10).unwrap_or(&last.id), last.author, last.subject()));
        text.push_str(&plain(&format!("{} {}{by}", finding.fault.word(), finding.path)));
        text.push('\n');
    }
    console.out(&text)?;
    verified.claims.iter().for_each(|claim| console.say(claim));
    let revisions = if verified.revisions == 1 { "1 revision".to_owned() } else { format!("{} revisions", verified.revisions) };
    let render = if verified.revisions == 1 { "renders" } else { "render" };
    let shown = args.tree.display();
    if !verified.findings.is_empty() {
        let files =
            if verified.findings.len() == 1 { "1 file differs".to_owned() } else { format!("{} files differ", verified.findings.len()) };
        console.say(&format!("`{shown}` is not what {revisions} of the source {render}: {files}"));
        console.say("bring the change into the documents and `oam publish`, or take the edit back; `oam publish --force` overwrites it");
        return Ok(Outcome::Differences);
    }
    if !verified.claims.is_empty() {
        return Ok(Outcome::Problems);
    }
    console.say(&format!("`{shown}` is what {revisions} of the source {render}: {} files", verified.files));
    Ok(Outcome::Fine)
}
