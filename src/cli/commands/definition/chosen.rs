//! Which definitions a command is about: types by name, files, folders, or all of the project.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::catalog::{Catalog, Definition, DefinitionKind};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::project;
use crate::cli::settings::Settings;
use crate::diag::{Report, Sink, code, did_you_mean};
use crate::load::load;
use crate::source::{Pos, Role, Sources, decode};
use crate::tree::{Document, Key, Node, Origin, Value, read_yaml};
use crate::view::diagnostics::{Format, plain, text};

/// The kinds of documents that define something.
const KINDS: [&str; 4] = ["ComponentDefinition", "DefinitionLibrary", "ScopeDefinition", "TraitDefinition"];

/// The definitions that are meant, and all that they need.
pub struct Chosen {
    /// All types: built-in ones, the project's, and those of the files that were named.
    pub catalog: Catalog,
    /// All files.
    pub sources: Sources,
    /// The problems of what is meant.
    pub sink: Sink,
    /// The types that are meant and that compile.
    pub definitions: Vec<Arc<Definition>>,
    /// Whether all types are meant because the project has none of its own.
    pub is_builtin: bool,
    prefix: String,
    root: Option<PathBuf>,
}

/// What is there to choose from.
struct Shelf {
    sources: Sources,
    documents: Vec<Document>,
    /// The project's folder, where there is one.
    root: Option<PathBuf>,
    prefix: String,
    sink: Sink,
    /// The first positions of the files that are meant.
    files: BTreeSet<u32>,
    names: Vec<(Option<DefinitionKind>, String)>,
}

/// Finds what the arguments name. Without arguments: the types of the project; if it has none, or there is no project, the built-in ones.
///
/// # Errors
/// When an argument names nothing, or a file cannot be read.
pub fn choose(named: &[String], settings: &Settings) -> Result<Chosen, Failure> {
    let mut shelf = Shelf::open(settings)?;
    for name in named {
        shelf.take(name)?;
    }
    shelf.chosen(named.is_empty())
}

impl Shelf {
    fn open(settings: &Settings) -> Result<Shelf, Failure> {
        let mut shelf = Shelf {
            sources: Catalog::builtin_sources(),
            documents: Vec::new(),
            root: None,
            prefix: String::new(),
            sink: Sink::new(),
            files: BTreeSet::new(),
            names: Vec::new(),
        };
        if settings.directory.is_some() || project::is_inside() {
            let located = project::find(settings)?;
            let loaded = load(&located.folder, shelf.sources, &shelf.sink);
            shelf.sources = (*loaded.sources).clone();
            let definitions = loaded.workspace.iter().flat_map(|workspace| &workspace.definitions);
            shelf.documents = definitions.map(|one| Document { root: one.root.clone(), tags: one.tags.clone() }).collect();
            shelf.root = Some(if located.root.as_os_str().is_empty() { PathBuf::from(".") } else { located.root });
            shelf.prefix = located.prefix;
        }
        Ok(shelf)
    }

    /// A type, a file, or a folder of files.
    fn take(&mut self, name: &str) -> Result<(), Failure> {
        let path = Path::new(name);
        if path.is_dir() {
            let before = self.files.len();
            self.folder(path)?;
            if self.files.len() == before {
                return Err(Failure::usage(format!("no file below `{}` holds a definition", plain(name))));
            }
            return Ok(());
        }
        if path.exists() {
            return if self.file(path)? {
                Ok(())
            } else {
                Err(Failure::usage(format!("`{}` holds no definition", plain(name)))
                    .help("a definition is a ComponentDefinition, TraitDefinition, ScopeDefinition or DefinitionLibrary"))
            };
        }
        let split = name.split_once('/').and_then(|(kind, rest)| Some((DefinitionKind::named(kind)?, rest)));
        match split {
            Some((kind, rest)) => self.names.push((Some(kind), rest.to_owned())),
            None if name.contains(['/', '\\']) || [".yaml", ".yml"].iter().any(|end| name.ends_with(end)) => {
                return Err(Failure::usage(format!("there is no file `{}`", plain(name))));
            }
            None => self.names.push((None, name.to_owned())),
        }
        Ok(())
    }

    fn folder(&mut self, folder: &Path) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::world(format!("cannot read `{}`: {error}", folder.display()));
        let mut entries: Vec<PathBuf> =
            fs::read_dir(folder).map_err(failed)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(failed)?;
        entries.sort();
        for path in entries {
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if hidden || path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                self.folder(&path)?;
            } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
                self.file(&path)?;
            }
        }
        Ok(())
    }

    /// Takes the definitions of a file; whether it has any. One that the project has read is not read again.
    fn file(&mut self, path: &Path) -> Result<bool, Failure> {
        let failed = |error: std::io::Error| Failure::world(format!("cannot read `{}`: {error}", path.display()));
        if let Some(base) = self.known(path) {
            self.files.insert(base);
            return Ok(true);
        }
        let bytes = fs::read(path).map_err(failed)?;
        let text = decode(bytes).map_err(|bad| Failure::usage(format!("`{}` is not text: {bad}", path.display())))?;
        let shown = path.to_string_lossy().trim_start_matches("./").to_owned();
        self.prefix.clear();
        let file = self.sources.add(shown, text, Role::InfraOperator).map_err(|error| Failure::world(error.to_string()))?;
        let documents = read_yaml(&file, &self.sink);
        let defines = |document: &Document| {
            let kind = document.root.field("kind").and_then(Node::as_str);
            kind.is_some_and(|kind| KINDS.contains(&kind))
        };
        let mut found = self.sink.has_errors();
        for mut document in documents.into_iter().filter(defines) {
            found = true;
            let identity = |document: &Document| {
                let text = |path: &[&str]| document.root.at(path).and_then(Node::as_str).map(str::to_owned);
                (text(&["kind"]), text(&["metadata", "name"]))
            };
            // What is named is meant, rather than a namesake of the project or a built-in one.
            let own = identity(&document);
            self.documents.retain(|other| identity(other) != own);
            replace_builtin(&mut document);
            self.documents.push(document);
        }
        if found {
            self.files.insert(file.base());
        }
        Ok(found)
    }

    /// The file of the project at a path, if it read one with definitions there.
    fn known(&self, path: &Path) -> Option<u32> {
        let root = self.root.as_ref()?.canonicalize().ok()?;
        let full = path.canonicalize().ok()?;
        let relative = full.strip_prefix(&root).ok()?.to_string_lossy().replace('\\', "/");
        let file = self.sources.files().iter().find(|file| file.role() != Role::BuiltIn && file.path() == relative)?;
        let end = file.pos(usize::MAX);
        let holds = |document: &Document| (file.pos(0)..=end).contains(&document.root.origin.at);
        // A file with mistakes that leave no document was read too.
        (relative.starts_with("definitions/") || self.documents.iter().any(holds)).then(|| file.base())
    }

    fn chosen(self, all: bool) -> Result<Chosen, Failure> {
        let Shelf { sources, documents, sink, mut files, names, prefix, root, .. } = self;
        let sources_of = |at: Pos| sources.locate(at).map(|place| place.file.base());
        let own: Vec<u32> = documents.iter().filter_map(|document| sources_of(document.root.origin.at)).collect();
        let is_builtin = all && own.is_empty();
        if all {
            files.extend(own);
        }
        let catalog = Catalog::new(documents, &sink);
        let mut definitions = Vec::new();
        for kind in DefinitionKind::ALL {
            let meant: Vec<String> = catalog.names(kind).map(str::to_owned).collect();
            for name in meant {
                let named = names.iter().any(|(of, wanted)| *wanted == name && of.is_none_or(|of| of == kind));
                if let Some(definition) = catalog.definition(kind, &name) {
                    let base = sources_of(definition.at).unwrap_or_default();
                    if named || is_builtin || files.contains(&base) {
                        definitions.push(definition);
                    }
                    if named {
                        files.insert(base);
                    }
                } else if named {
                    // It has mistakes, which were told when the catalog was made.
                    files.extend(sources.files().iter().map(|file| file.base()).skip(Catalog::builtin_sources().files().len()));
                }
            }
        }
        for (kind, name) in &names {
            let kinds: Vec<DefinitionKind> = kind.map_or(DefinitionKind::ALL.to_vec(), |kind| vec![kind]);
            if !kinds.iter().any(|kind| catalog.has(*kind, name)) {
                let known: Vec<&str> = kinds.iter().flat_map(|kind| catalog.names(*kind)).collect();
                let what = kind.map_or("type".to_owned(), |kind| format!("{} type", kind.as_str()));
                let failure = Failure::usage(format!("there is no {what} `{}`, and no file of this name", plain(name)));
                return Err(match did_you_mean(name, known) {
                    Some(best) => failure.help(format!("did you mean `{best}`?")),
                    None => failure.help("`oam explain` lists all types"),
                });
            }
        }
        // What is wrong elsewhere in the project is not asked for.
        let told = Sink::new();
        for problem in sink.take().diagnostics {
            if sources_of(problem.at).is_none_or(|base| files.contains(&base)) && problem.code != code::MATCHES_NOTHING {
                told.push(problem);
            }
        }
        Ok(Chosen { catalog, sources, sink: told, definitions, is_builtin, prefix, root })
    }
}

/// Lets a definition take the place of a built-in one, which is allowed for as long as it is looked at alone.
fn replace_builtin(document: &mut Document) {
    let kind = document.root.field("kind").and_then(Node::as_str).and_then(|kind| kind.strip_suffix("Definition"));
    let kind = kind.and_then(|kind| DefinitionKind::named(&kind.to_lowercase()));
    let name = document.root.at(&["metadata", "name"]).and_then(Node::as_str).unwrap_or_default().to_owned();
    let builtin = match kind {
        Some(kind) => Catalog::new([], &Sink::new()).has(kind, &name),
        None => Catalog::builtin_sources().files().iter().any(|file| file.path() == format!("builtin/libraries/{name}.yaml")),
    };
    let Some(spec) = document.root.field("spec").cloned().filter(|_| builtin) else { return };
    let mut spec = spec;
    let at = spec.origin.at;
    spec.set(Key::new("replaces"), at, Node::new(Value::Bool(true), Origin::written(at)));
    document.root.set(Key::new("spec"), at, spec);
}

impl Chosen {
    /// Where a file of the run lies: in the project, else as it was named.
    pub fn path_of(&self, shown: &str) -> PathBuf {
        let inside = self.root.as_ref().map(|root| root.join(shown)).filter(|path| path.is_file());
        inside.unwrap_or_else(|| PathBuf::from(shown))
    }

    /// Writes the problems: for machines to stdout, for people to stderr. The sink is empty afterwards.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn report(&self, settings: &Settings) -> Result<Outcome, Failure> {
        let report: Report = self.sink.take();
        let console = &settings.console;
        if settings.format == Format::Human {
            console.err(&text(&report, &self.sources, &settings.style(console.color_err, &self.prefix)));
        } else {
            console.out(&text(&report, &self.sources, &settings.style(console.color_out, &self.prefix)))?;
        }
        Ok(if report.has_errors() { Outcome::Problems } else { Outcome::Fine })
    }
}
