//! `oam validate`

use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::check::{self, Facts, Setting};
use crate::cli::args::Unknown;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::judged::Counts;
use crate::cli::report::{self, Stream};
use crate::cli::settings::Settings;
use crate::diag::Sink;
use crate::kubernetes::{Schemas, Version};
use crate::load::{Manifests, Start, manifests};
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
    #[command(flatten)]
    unknown: Unknown,
}

fn version(text: &str) -> Result<Version, String> {
    Version::parse(text).ok_or_else(|| format!("versions from {} to {} are known", Version::OLDEST, Version::NEWEST))
}

/// Reads, judges and reports.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let sink = Sink::new();
    let crds = args.crds.iter().map(|path| Ok(Start::Aside(path.clone())));
    let starts = crds.chain(args.paths.iter().map(|path| start(path))).collect::<Result<Vec<_>, _>>()?;
    let manifests = manifests(starts, &sink).map_err(|(path, error)| unreadable(&path, &error))?;
    let schemas = schemas(args, &manifests, &sink);
    let objects: Vec<&Node> =
        manifests.objects.iter().filter(|manifest| manifest.file >= manifests.aside).map(|manifest| &manifest.object).collect();
    let facts: Vec<Facts> = objects
        .par_iter()
        .filter_map(|object| {
            check::manifest(object, &schemas, &sink);
            Facts::of(object, object.origin.author(), None)
        })
        .collect();
    check::together(&facts.iter().collect::<Vec<_>>(), Setting::default(), &sink);
    let mut report = sink.take();
    let mut counts = Counts::default();
    objects.iter().for_each(|object| counts.add(object, &schemas));
    report.judged = counts.judged();
    let outcome = report::write(&report, &manifests.sources, "", Stream::Result, settings)?;
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let (objects, files) = (plural(counts.total(), "object"), plural(manifests.files - manifests.aside, "file"));
    settings.console.say(&format!("validated {objects} of {files}{}", counts.by_whom()));
    // The process ends here: to take thousands of objects apart first would cost a tenth of the whole run.
    std::mem::forget(manifests);
    Ok(outcome)
}

/// The kinds of the version, and those of all definitions that were named or stand among the manifests.
fn schemas(args: &Args, manifests: &Manifests, sink: &Sink) -> Schemas {
    let is_definition = |node: &&Node| node.field("kind").and_then(Node::as_str) == Some("CustomResourceDefinition");
    let of = |aside: bool| {
        let objects = manifests.objects.iter().filter(move |manifest| (manifest.file < manifests.aside) == aside);
        objects.map(|manifest| &manifest.object).filter(is_definition).cloned().collect::<Vec<Node>>()
    };
    // Problems of those that are judged as manifests are told there.
    let (given, among) = (of(true), of(false));
    let schemas =
        Schemas::bundled(args.kubernetes_version.unwrap_or(Version::NEWEST)).with_crds(&given, sink).with_crds(&among, &Sink::new());
    if args.unknown.allow_unknown_kinds { schemas.allowing_unknown() } else { schemas }
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
