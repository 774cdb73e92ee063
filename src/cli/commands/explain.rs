//! `oam explain`

use std::fmt::Write;
use std::sync::Arc;

use crate::catalog::{Catalog, Definition, DefinitionKind};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::opened::Opened;
use crate::cli::project;
use crate::cli::settings::Settings;
use crate::cli::standalone::Input;
use crate::diag::{Sink, code, did_you_mean};
use crate::kubernetes::{KindSchema, Schemas, Version};
use crate::shape::{ShapeId, Shapes};
use crate::source::{Role, Sources};
use crate::tree::emit;
use crate::view::diagnostics::plain;
use crate::view::explain::{Layout, example, head, list, shape_text};
use crate::view::reference;

/// Explain a type, a parameter, a field of a Kubernetes kind, or a diagnostic
///
/// As in `oam explain webservice`, `oam explain webservice.ports`, `oam explain trait/gateway`, `oam explain Deployment.spec.strategy` or
/// `oam explain unknown-field`. Inside a project its own types are known too.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// TYPE[.PATH], component/TYPE, trait/TYPE, scope/TYPE, Kind[.path] or CODE [default: a list of all types]
    #[arg(value_name = "TOPIC")]
    topic: Option<String>,
}

const KINDS: [DefinitionKind; 3] = [DefinitionKind::Component, DefinitionKind::Trait, DefinitionKind::Scope];

/// What topics are looked up in.
struct Library {
    catalog: Catalog,
    sources: Arc<Sources>,
    kubernetes: Arc<Schemas>,
    layout: Layout,
}

/// Prints the page.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let Some(topic) = args.topic.as_deref().map(str::trim) else {
        settings.console.out(&Library::open(settings)?.types())?;
        return Ok(Outcome::Fine);
    };
    if let Some(page) = code::page(topic) {
        settings.console.out(page)?;
        return Ok(Outcome::Fine);
    }
    let library = Library::open(settings)?;
    let (wanted, rest) = match topic.split_once('/') {
        Some((kind, rest)) => match KINDS.iter().find(|known| known.as_str() == kind) {
            Some(kind) => (vec![*kind], rest),
            None => (vec![], topic),
        },
        None => (KINDS.to_vec(), topic),
    };
    let (name, path) = rest.split_once(['.', '[']).unwrap_or((rest, ""));
    let found: Vec<Arc<Definition>> = wanted.iter().filter_map(|kind| library.catalog.definition(*kind, name)).collect();
    if let Some(definition) = found.first() {
        let mut text = library.definition(definition, path)?;
        for other in &found[1..] {
            let _ = writeln!(text, "\nThere is a {} of this name too: `oam explain {}/{name}`", other.kind.as_str(), other.kind.as_str());
        }
        settings.console.out(&text)?;
        return Ok(Outcome::Fine);
    }
    if wanted.len() == KINDS.len()
        && let Some(kind) = library.kind(name)
    {
        settings.console.out(&library.kubernetes_kind(kind, path)?)?;
        return Ok(Outcome::Fine);
    }
    Err(library.unknown(&wanted, name))
}

impl Library {
    fn open(settings: &Settings) -> Result<Library, Failure> {
        let layout = Layout { color: settings.console.color_out, width: settings.width };
        let kubernetes = Schemas::bundled(Version::DEFAULT);
        // Outside of a project the built-in types are explained; inside, mistakes elsewhere in it do not matter here.
        if settings.directory.is_some() || project::is_inside() {
            let Opened { loaded, catalog, .. } = Opened::read(&Input::default(), settings)?;
            return Ok(Library { catalog, sources: loaded.sources, kubernetes, layout });
        }
        let catalog = Catalog::new([], &Sink::new());
        Ok(Library { catalog, sources: Arc::new(Catalog::builtin_sources()), kubernetes, layout })
    }

    /// All types with a line about each.
    fn types(&self) -> String {
        let mut text = String::new();
        for kind in KINDS {
            let about =
                |name: &str| (name.to_owned(), self.catalog.definition(kind, name).map_or(String::new(), |d| d.description.clone()));
            let rows: Vec<(String, String)> = self.catalog.names(kind).map(about).collect();
            text.push_str(&list(&format!("{} types", kind.as_str()), &rows, self.layout));
            text.push('\n');
        }
        text.push_str(
            "`oam explain TYPE` says more; so do `oam explain Deployment` and `oam explain CODE` of kinds of Kubernetes and diagnostics.\n",
        );
        text
    }

    fn definition(&self, definition: &Definition, path: &str) -> Result<String, Failure> {
        let kind = definition.kind.as_str();
        let shapes = &definition.parameters;
        let id = find(shapes, path, &definition.name)?;
        if id != ShapeId::ROOT {
            let title = format!("{}.{}", definition.name, as_asked(shapes.path_of(id), path));
            let about = shapes.describe(id).description.unwrap_or_default();
            return Ok(head(&title, &about, &[], self.layout) + &shape_text(shapes, id, self.layout));
        }
        let mut facts = vec![("kind", format!("{kind} type"))];
        if let Some(place) = self.sources.locate(definition.at) {
            let whose = if place.file.role() == Role::BuiltIn { "built in, " } else { "" };
            facts.push(("defined", format!("{whose}{}", place.file.path())));
        }
        facts.extend(reference::facts(definition));
        let mut text = head(&definition.name, &definition.description, &facts, self.layout);
        text.push_str(&shape_text(shapes, ShapeId::ROOT, self.layout));
        for one in &definition.examples {
            let mut yaml = String::new();
            emit(&one.properties, &mut yaml);
            text.push_str(&example(&one.title, &yaml, self.layout));
        }
        let _ = writeln!(text, "\n`oam explain {}.PROPERTY` says more of one property.", definition.name);
        Ok(text)
    }

    /// A kind by its name, in any case.
    fn kind(&self, name: &str) -> Option<&KindSchema> {
        let exact = self.kubernetes.by_kind(name);
        exact.or_else(|| self.kubernetes.kinds().find(|kind| kind.kind.eq_ignore_ascii_case(name) || *kind.plural == *name))
    }

    fn kubernetes_kind(&self, kind: &KindSchema, path: &str) -> Result<String, Failure> {
        let shapes = kind.shapes();
        let id = find(shapes, path, &kind.kind)?;
        let about = shapes.describe(id).description.unwrap_or_default();
        let title = match shapes.path_of(id) {
            "" => kind.kind.to_string(),
            found => format!("{}.{}", kind.kind, as_asked(found, path)),
        };
        let facts = if id == ShapeId::ROOT {
            let group = if kind.group.is_empty() { kind.version.to_string() } else { format!("{}/{}", kind.group, kind.version) };
            vec![
                ("kind", format!("Kubernetes {}, as of {}", kind.plural, self.kubernetes.version())),
                ("apiVersion", group),
                ("scope", if kind.namespaced { "in a namespace".to_owned() } else { "of the whole cluster".to_owned() }),
            ]
        } else {
            Vec::new()
        };
        Ok(head(&title, &about, &facts, self.layout) + &shape_text(shapes, id, self.layout))
    }

    fn unknown(&self, wanted: &[DefinitionKind], name: &str) -> Failure {
        let mut known: Vec<String> = Vec::new();
        for kind in wanted {
            known.extend(self.catalog.names(*kind).map(str::to_owned));
        }
        let what = match wanted {
            [one] => format!("there is no {} type `{}`", one.as_str(), plain(name)),
            _ => {
                known.extend(self.kubernetes.kinds().map(|kind| kind.kind.to_string()));
                known.extend(code::ALL.iter().map(|(code, _)| code.as_str().to_owned()));
                format!("nothing is called `{}`", plain(name))
            }
        };
        known.sort();
        known.dedup();
        match (did_you_mean(name, known.iter().map(String::as_str)), wanted) {
            (Some(best), _) => Failure::usage(what).help(format!("did you mean `{best}`?")),
            (None, [_]) => Failure::usage(what).help(format!("there are: {}", known.join(", "))),
            (None, _) => {
                let types: Vec<&str> = self.catalog.names(DefinitionKind::Component).collect();
                Failure::usage(what).help(format!(
                    "`oam explain` knows component types ({}), trait and scope types, Kubernetes kinds and the codes of diagnostics",
                    types.join(", ")
                ))
            }
        }
    }
}

/// The path that was asked for, as schemas write it: fields of one shape share what is said of them, and not their names.
fn as_asked(found: &str, asked: &str) -> String {
    let bare = |path: &str| path.split('.').map(|segment| segment.split('[').next().unwrap_or_default()).collect::<Vec<_>>().join(".");
    if bare(found) == bare(asked) { found.to_owned() } else { bare(asked) }
}

fn find(shapes: &Shapes, path: &str, whole: &str) -> Result<ShapeId, Failure> {
    shapes.find(path).map_err(|error| {
        let at = if error.found.is_empty() { whole.to_owned() } else { format!("{whole}.{}", error.found) };
        let failure = Failure::usage(format!("`{at}` has no `{}`", plain(&error.missing)));
        let known: Vec<&str> = error.known.iter().map(|key| key.as_str()).collect();
        match did_you_mean(&error.missing, known.iter().copied()) {
            Some(best) => failure.help(format!("did you mean `{best}`?")),
            None if known.is_empty() => failure,
            None => failure.help(format!("it has: {}", known.join(", "))),
        }
    })
}
