//! `oam definition new`

use std::fs;
use std::io::Read;
use std::path::PathBuf;

use crate::authoring::{Trials, Use, draft, draft_text, expectation, suitable, test, vet};
use crate::catalog::{Catalog, Definition, DefinitionKind};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::project;
use crate::cli::settings::Settings;
use crate::diag::{Severity, Sink};
use crate::kubernetes::Version;
use crate::source::{Role, Sources, decode};
use crate::tree::{Key, Node, Origin, read_yaml};
use crate::view::diagnostics::{plain, text};

/// Draft a type from example objects
///
/// As in `oam definition new trait alerts -f rule.yaml`. The values of the objects become parameters with the type that they have and themselves
/// as default; the name of the example becomes the component's. A trait patches the workload among the objects and adds the others. The draft vets, its
/// example renders and its test holds: take out the parameters that nobody needs, and describe the others.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// What it is
    #[arg(value_parser = ["component", "trait", "scope"])]
    kind: String,
    /// Its name
    name: String,
    /// Files with example objects; `-` is stdin (repeatable)
    #[arg(short, long = "file", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Writes it to this file; `-` is stdout [default: definitions/NAME.yaml of the project; without one, stdout]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Drafts, tries and writes.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let kind = DefinitionKind::named(&args.kind).ok_or_else(|| Failure::usage(format!("there is no kind of type `{}`", args.kind)))?;
    let name = &args.name;
    if !crate::shape::Format::DnsName.takes_text(name) {
        return Err(Failure::usage(format!("a type cannot be called `{}`", plain(name))).help("use lower-case letters, digits and `-`"));
    }
    if Catalog::new([], &Sink::new()).has(kind, name) {
        return Err(Failure::usage(format!("the {} type `{name}` is built in already", kind.as_str())).help("give it another name"));
    }
    let target = target(args, settings)?;
    let objects = objects(args, settings)?;
    let Some(objects) = objects else { return Ok(Outcome::Problems) };
    let drafted = draft(kind, name, &objects).map_err(Failure::usage)?;
    let path = target.as_ref().map_or_else(|| format!("{name}.yaml"), |path| path.to_string_lossy().into_owned());
    let mut document = Node::from_json(&drafted.document, Origin::default());
    let tests = tests(&document, kind, name, &path);
    if let Some(tests) = tests
        && let Some(spec) = document.entries_mut().and_then(|entries| entries.iter_mut().find(|entry| entry.key.as_str() == "spec"))
    {
        spec.node.set(Key::new("tests"), Default::default(), Node::list(vec![tests], Origin::default()));
    }
    let yaml = draft_text(&document);
    let outcome = judge(&yaml, kind, name, &path, settings);
    match &target {
        None => settings.console.out(&yaml)?,
        Some(path) => {
            let failed = |error: std::io::Error| Failure::world(format!("cannot write `{}`: {error}", path.display()));
            if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                fs::create_dir_all(parent).map_err(failed)?;
            }
            let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
            std::io::Write::write_all(&mut file, yaml.as_bytes()).map_err(failed)?;
        }
    }
    if outcome == Outcome::Fine {
        let count = drafted.properties.len();
        let parameters = if count == 1 { "parameter" } else { "parameters" };
        settings.console.say(&format!("drafted {path} with {count} {parameters}; next: read it, and `oam definition test {name}`"));
    }
    Ok(outcome)
}

/// Where it goes; `None`: stdout. Nothing that is there is overwritten.
fn target(args: &Args, settings: &Settings) -> Result<Option<PathBuf>, Failure> {
    let path = match &args.output {
        Some(path) if path.as_os_str() == "-" => return Ok(None),
        Some(path) => path.clone(),
        None if settings.directory.is_some() || project::is_inside() => {
            project::find(settings)?.root.join("definitions").join(format!("{}.yaml", args.name))
        }
        None => return Ok(None),
    };
    if path.symlink_metadata().is_ok() {
        return Err(Failure::usage(format!("`{}` is there already", path.display())).help("`-o FILE` writes elsewhere"));
    }
    Ok(Some(path))
}

/// The example objects; `None` if they cannot be read as YAML, which was told.
fn objects(args: &Args, settings: &Settings) -> Result<Option<Vec<Node>>, Failure> {
    let (mut sources, sink) = (Catalog::builtin_sources(), Sink::new());
    let mut objects = Vec::new();
    for path in &args.files {
        let failed = |error: std::io::Error| Failure::world(format!("cannot read `{}`: {error}", path.display()));
        let bytes = if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map_err(failed)?;
            bytes
        } else {
            fs::read(path).map_err(failed)?
        };
        let text = decode(bytes).map_err(|bad| Failure::usage(format!("`{}` is not text: {bad}", path.display())))?;
        let file = sources
            .add(path.to_string_lossy().into_owned(), text, Role::InfraOperator)
            .map_err(|error| Failure::world(error.to_string()))?;
        for document in read_yaml(&file, &sink) {
            match document.root.field("items").filter(|items| items.is_list()) {
                Some(items) => objects.extend(items.items().to_vec()),
                None => objects.push(document.root),
            }
        }
    }
    if sink.has_errors() {
        settings.console.err(&text(&sink.take(), &sources, &settings.style(settings.console.color_err, "")));
        return Ok(None);
    }
    if objects.is_empty() {
        return Err(Failure::usage("the files hold no object"));
    }
    Ok(Some(objects))
}

/// The definition in a text, compiled beside the built-in types.
fn compiled(
    yaml: &str,
    kind: DefinitionKind,
    name: &str,
    path: &str,
    sink: &Sink,
) -> (Catalog, Sources, Option<std::sync::Arc<Definition>>) {
    let mut sources = Catalog::builtin_sources();
    let documents = match sources.add(path.to_owned(), yaml.to_owned(), Role::InfraOperator) {
        Ok(file) => read_yaml(&file, sink),
        Err(_) => Vec::new(),
    };
    let catalog = Catalog::new(documents, sink);
    let definition = catalog.definition(kind, name);
    (catalog, sources, definition)
}

/// The test that holds what the draft renders now.
fn tests(document: &Node, kind: DefinitionKind, name: &str, path: &str) -> Option<Node> {
    let yaml = draft_text(document);
    let (catalog, sources, definition) = compiled(&yaml, kind, name, path, &Sink::new());
    let definition = definition?;
    let trials = Trials { catalog: &catalog, sources: &sources };
    let on = match kind {
        DefinitionKind::Component => None,
        _ => suitable(&trials, &definition, definition.at).into_iter().next(),
    };
    let properties = &definition.examples.first()?.properties;
    let used =
        Use { definition: &definition, properties, on: on.as_ref(), environment: None, version: Version::DEFAULT, at: definition.at };
    let (made, before) = (trials.run(&used), trials.without(&used));
    let nodes = |objects: &'_ [crate::lower::Object]| objects.iter().map(|object| object.node.clone()).collect::<Vec<_>>();
    let (made, before) = (nodes(&made.objects), nodes(&before.objects));
    let expected = expectation(&made.iter().collect::<Vec<_>>(), &before.iter().collect::<Vec<_>>());
    let mut test = Node::map(Vec::new(), Origin::default());
    let mut set = |key: &str, node: Node| test.set(Key::new(key), Default::default(), node);
    set("name", Node::str("it makes what it was drafted from", Origin::default()));
    on.into_iter().for_each(|on| set("on", on));
    set("properties", properties.clone());
    set("expect", Node::list(expected, Origin::default()));
    Some(test)
}

/// Vets and tests what was drafted. What is wrong with it is told, and it is written all the same: it is a start.
fn judge(yaml: &str, kind: DefinitionKind, name: &str, path: &str, settings: &Settings) -> Outcome {
    let sink = Sink::new();
    let (catalog, sources, definition) = compiled(yaml, kind, name, path, &sink);
    if let Some(definition) = definition {
        let trials = Trials { catalog: &catalog, sources: &sources };
        vet(&trials, &definition, &sink);
        test(&trials, &definition, &[Version::DEFAULT], &sink);
    }
    let report = sink.take();
    let outcome = if report.has_errors() { Outcome::Problems } else { Outcome::Fine };
    if report.diagnostics.iter().any(|problem| problem.severity != Severity::Note) {
        settings.console.err(&text(&report, &sources, &settings.style(settings.console.color_err, "")));
    }
    outcome
}
