//! `oam validate`

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::check::{self, Facts, Setting};
use crate::cli::args::Unknown;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::report::{self, Stream};
use crate::cli::settings::Settings;
use crate::diag::{Judged, Sink};
use crate::kubernetes::{KindSchema, KindSource, Schemas, Version};
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
    report.judged = judged(&objects, &schemas);
    let outcome = report::write(&report, &manifests.sources, "", Stream::Result, settings)?;
    settings.console.say(&summary(&report.judged, manifests.files - manifests.aside));
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
    let schemas = Schemas::bundled(args.kubernetes_version.unwrap_or(Version::NEWEST)).with_crds(&given, sink).with_crds(&among, &Sink::new());
    if args.unknown.allow_unknown_kinds { schemas.allowing_unknown() } else { schemas }
}

/// How many objects the schemas of whom have judged.
fn judged(objects: &[&Node], schemas: &Schemas) -> Vec<Judged> {
    let mut counts: BTreeMap<Option<KindSource>, usize> = BTreeMap::new();
    for object in objects {
        *counts.entry(schemas.kind_of(object).map(KindSchema::source)).or_default() += 1;
    }
    // What nobody could judge comes last.
    let unknown = counts.remove(&None);
    let by = |source: KindSource| match source {
        KindSource::Kubernetes => format!("Kubernetes {}", schemas.version()),
        KindSource::Bundled(project) => format!("{project} (bundled)"),
        KindSource::Definition => "definitions that were given".to_owned(),
    };
    let known = counts.into_iter().filter_map(|(source, count)| Some(Judged { by: Some(by(source?)), count }));
    known.chain(unknown.map(|count| Judged { by: None, count })).collect()
}

/// `validated 12 objects of 3 files: 10 by Kubernetes 1.37, 2 by flux (bundled); 1 is of an unknown kind and was not validated`
fn summary(judged: &[Judged], files: usize) -> String {
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let known: Vec<String> = judged.iter().filter_map(|judged| Some(format!("{} by {}", judged.count, judged.by.as_ref()?))).collect();
    let total: usize = judged.iter().filter(|judged| judged.by.is_some()).map(|judged| judged.count).sum();
    let mut text = format!("validated {} of {}", plural(total, "object"), plural(files, "file"));
    if !known.is_empty() {
        text.push_str(&format!(": {}", known.join(", ")));
    }
    match judged.iter().find(|judged| judged.by.is_none()).map(|judged| judged.count) {
        Some(1) => text.push_str("; 1 is of an unknown kind and was not validated"),
        Some(count) => text.push_str(&format!("; {count} are of unknown kinds and were not validated")),
        None => {}
    }
    text
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
