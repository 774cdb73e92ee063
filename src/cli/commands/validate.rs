//! `oam validate`

use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::check;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::report::{self, Stream};
use crate::cli::settings::Settings;
use crate::diag::Sink;
use crate::kubernetes::{Schemas, Version};
use crate::load::{Start, manifests};
use crate::source::ReadError;
use crate::tree::Node;

/// Judge any manifests, whoever made them, as the API server of a Kubernetes version would
///
/// Reads files, directories (all `.yaml`, `.yml` and `.json` files below them, except what begins with a dot) and stdin (`-`): streams of several
/// documents, `List` objects, JSON. No cluster and no network is needed. With `--message-format short|json|github|sarif|junit` the report is the
/// result and goes to stdout.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Files and directories; `-` is stdin
    #[arg(value_name = "FILE|DIR|-", required = true)]
    paths: Vec<PathBuf>,
    /// The version of Kubernetes, as in `1.34` [default: the newest that is known]
    #[arg(long, value_name = "VERSION", value_parser = version)]
    kubernetes_version: Option<Version>,
    /// Files or directories of CustomResourceDefinitions (repeatable); those among the manifests count too
    #[arg(long, value_name = "PATH")]
    crds: Vec<PathBuf>,
}

fn version(text: &str) -> Result<Version, String> {
    Version::parse(text).ok_or_else(|| format!("versions from {} to {} are known", Version::OLDEST, Version::NEWEST))
}

/// Reads, judges and reports.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let sink = Sink::new();
    let starts = args.crds.iter().chain(&args.paths).map(|path| start(path)).collect::<Result<Vec<_>, _>>()?;
    let manifests = manifests(starts, &sink).map_err(|(path, error)| unreadable(&path, &error))?;
    let is_definition = |node: &&Node| node.field("kind").and_then(Node::as_str) == Some("CustomResourceDefinition");
    let crds: Vec<Node> = manifests.objects.iter().map(|manifest| &manifest.object).filter(is_definition).cloned().collect();
    let schemas = Schemas::bundled(args.kubernetes_version.unwrap_or(Version::NEWEST)).with_crds(&crds, &sink);
    manifests.objects.par_iter().for_each(|manifest| {
        let found = Sink::new();
        check::structure(&manifest.object, &schemas, "", &found);
        for mut problem in found.take().diagnostics {
            problem.units.clear();
            sink.push(problem);
        }
    });
    let outcome = report::write(&sink.take(), &manifests.sources, "", Stream::Result, settings)?;
    if outcome == Outcome::Fine {
        let (objects, files) = (manifests.objects.len(), manifests.sources.files().len());
        settings.console.say(&format!("validated {objects} objects of {files} files"));
    }
    Ok(outcome)
}

fn start(path: &Path) -> Result<Start, Failure> {
    if path != Path::new("-") {
        return Ok(Start::Path(path.to_owned()));
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(|error| Failure::world(format!("cannot read stdin: {error}")))?;
    Ok(Start::Bytes("stdin".to_owned(), bytes))
}

fn unreadable(path: &Path, error: &ReadError) -> Failure {
    match error {
        ReadError::Missing => Failure::usage(format!("there is no `{}`", path.display())),
        error => Failure::world(format!("cannot read `{}`: {error}", path.display())),
    }
}
