//! `oam import`

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::catalog::DefinitionKind;
use crate::check::{self, External, Facts};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::opened::Opened;
use crate::cli::pipeline::{self, Tree};
use crate::cli::project::Located;
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::cli::standalone::Input;
use crate::import::{File, Imported, TraitsIn, import};
use crate::model::ApplicationDocuments;
use crate::resolve::Filters;
use crate::source::{Memory, Role};
use crate::view::diagnostics::plain;

/// Make a project of three roles of a self-contained Application
///
/// Components for developers, TraitBindings for app operators, an Environment for each topology for infra operators; what overrides change is a
/// layer or a binding of its environment. The project is written only if it renders the same objects, byte by byte.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Where the project goes: a directory that is empty, or not there yet
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Write into a directory that is not empty, over files of the same name
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    input: Input,
}

/// Makes the documents, proves them, and writes them.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    if !args.input.is_given() {
        return Err(Failure::usage("no Application is named").help("write `oam import -f FILE -o DIR`"));
    }
    refuse_full(&args.output, args.force)?;
    let (opened, written) = Opened::read_standalone(&args.input, settings)?;
    let tree = pipeline::tree(&opened, &Filters::default(), settings);
    if opened.report(Stream::Aside, settings)? == Outcome::Problems {
        settings.console.say("nothing was written");
        return Ok(Outcome::Problems);
    }
    let [ApplicationDocuments { document: Some(application), .. }] = written.as_slice() else {
        let message = format!("a project is made of one Application, and there are {}", written.len());
        return Err(Failure::usage(message).help("import them one by one, each to a directory of its own"));
    };
    let places = opened.loaded.workspace.as_ref().map_or(&[][..], |workspace| &workspace.applications);
    let foreign = foreign_namespaces(&opened, places, settings);
    let not_usable = not_usable(&opened, places);
    let external = external(&opened, settings);
    let imported = Imported {
        application,
        places,
        foreign_namespaces: &foreign,
        not_usable: &not_usable,
        external: &external,
        sources: opened.sources(),
    };
    let definitions = definitions(&opened, args);
    let mut failed = None;
    for traits in [TraitsIn::Bindings, TraitsIn::Application] {
        let mut files = import(&imported, traits);
        files.extend(definitions.iter().cloned());
        match differences(&files, &tree, settings)? {
            Proof::Equal => return write(&files, &tree, args, settings),
            Proof::Different(objects) => failed = Some(objects),
        }
    }
    let objects = failed.unwrap_or_default();
    let message = format!("a project of this Application would render other objects: {}", objects.join(", "));
    Err(Failure::usage(message).help("`oam render -f` renders it as it is; nothing was written"))
}

fn refuse_full(directory: &Path, force: bool) -> Result<(), Failure> {
    if directory.is_file() {
        return Err(Failure::usage(format!("`{}` is a file", directory.display())));
    }
    let full = fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
    if full && !force {
        let message = format!("the directory `{}` is not empty", directory.display());
        return Err(Failure::usage(message).help("name another one, or write over what is there with `--force`"));
    }
    Ok(())
}

/// The files of `--definitions`, which the project needs too.
fn definitions(opened: &Opened, args: &Args) -> Vec<File> {
    let mut files = Vec::new();
    for folder in args.input.definition_prefixes() {
        let below = opened.sources().files().iter().filter_map(|file| Some((file.path().strip_prefix(&folder)?, file.text())));
        files.extend(below.map(|(path, text)| (format!("definitions/{path}"), text.to_owned())));
    }
    files
}

/// The types that the Application uses, and that those who will own its parts may not use.
fn not_usable(opened: &Opened, places: &[ApplicationDocuments]) -> Vec<(DefinitionKind, String)> {
    let mut found = BTreeSet::new();
    let mut judge = |kind, name: &str, role| {
        let usable = opened.catalog.definition(kind, name).is_none_or(|definition| definition.usable_by.contains(&role));
        if !usable {
            found.insert((kind, name.to_owned()));
        }
    };
    for component in places.iter().filter_map(|place| place.document.as_ref()).flat_map(|document| &document.components) {
        if let Some(name) = &component.type_name {
            judge(DefinitionKind::Component, name, Role::Developer);
        }
        component.traits.iter().for_each(|used| judge(DefinitionKind::Trait, &used.type_name, Role::AppOperator));
    }
    found.into_iter().collect()
}

/// Namespaces of objects beside the place's own, for each place.
fn foreign_namespaces(opened: &Opened, places: &[ApplicationDocuments], settings: &Settings) -> Vec<Vec<String>> {
    let found = pipeline::each(opened, &Filters::default(), settings, false, |view| {
        let objects = view.lowered.objects.iter().filter_map(|object| object.id.namespace.as_ref().map(ToString::to_string));
        (view.directory, objects.collect::<BTreeSet<String>>())
    });
    // Its problems were told before.
    opened.sink.take();
    let of = |documents: &ApplicationDocuments| {
        let place = documents.place.as_ref();
        let own = place.and_then(|place| place.namespace.as_ref()).map_or("default", |namespace| &**namespace);
        let name = place.map_or("", |place| &*place.meta.name.value);
        let here = found.iter().filter(|(directory, _)| name.is_empty() || directory.split('/').next() == Some(name));
        let namespaces: BTreeSet<&String> = here.flat_map(|(_, namespaces)| namespaces).filter(|namespace| **namespace != own).collect();
        namespaces.into_iter().cloned().collect()
    };
    places.iter().map(of).collect()
}

/// What its objects name in any place, and what it does not make there.
fn external(opened: &Opened, settings: &Settings) -> Vec<(String, String, String)> {
    let unmet = pipeline::each(opened, &Filters::default(), settings, false, |view| {
        let facts: Vec<Facts> =
            view.lowered.objects.iter().filter_map(|object| Facts::of(&object.node, view.asked_at(object), None)).collect();
        check::unmet(&facts.iter().collect::<Vec<_>>())
    });
    opened.sink.take();
    let all: BTreeSet<External> = unmet.into_iter().flatten().collect();
    all.into_iter().map(|object| (object.kind, object.namespace.unwrap_or_default(), object.name)).collect()
}

/// Whether the project renders the same.
enum Proof {
    Equal,
    /// The objects that differ.
    Different(Vec<String>),
}

fn differences(files: &[File], wanted: &Tree, settings: &Settings) -> Result<Proof, Failure> {
    let mut memory = Memory::new();
    for (path, text) in files {
        memory.insert(path.clone(), text.clone());
    }
    let project = Opened::from_tree(Located::here()?, &memory);
    let tree = pipeline::tree(&project, &Filters::default(), settings);
    let report = project.sink.take();
    if report.has_errors() {
        let problem = report.diagnostics.iter().map(|problem| problem.message.clone()).next();
        return Ok(Proof::Different(problem.into_iter().collect()));
    }
    let (wanted, found) = (objects(wanted), objects(&tree));
    let only = |one: &BTreeSet<(String, String)>, other: &BTreeSet<(String, String)>| {
        one.difference(other).map(|(path, _)| format!("`{}`", plain(path))).collect::<Vec<_>>()
    };
    let mut different = only(&wanted, &found);
    different.extend(only(&found, &wanted));
    different.sort();
    different.dedup();
    Ok(if different.is_empty() { Proof::Equal } else { Proof::Different(different) })
}

/// Path and text of every object; a place without a name is the environment that stands for it.
fn objects(tree: &Tree) -> BTreeSet<(String, String)> {
    let all = tree.units.iter().flat_map(|unit| unit.files.iter().map(move |file| (unit, file)));
    let path = |directory: &str, name: &str| match directory.contains('/') {
        true => format!("{directory}/{name}"),
        false => format!("{}/{directory}/{name}", crate::import::ENVIRONMENT),
    };
    all.map(|(unit, file)| (path(&unit.directory, &file.name), file.text.clone())).collect()
}

fn write(files: &[File], tree: &Tree, args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    for (path, text) in files {
        let path = args.output.join(path);
        let failed = |error: std::io::Error| Failure::world(format!("cannot write `{}`: {error}", path.display()));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        fs::write(&path, text).map_err(failed)?;
        settings.console.detail(&format!("wrote {}", path.display()));
    }
    let directory = args.output.display();
    settings.console.say(&format!(
        "made a project of {} files in `{directory}`, which renders the same {}; next: `cd {directory} && oam render`",
        files.len(),
        tree.size()
    ));
    Ok(Outcome::Fine)
}
