//! A project, found and read, with the types that it can use and the problems so far.

use std::path::PathBuf;
use std::sync::Arc;

use super::args::Unknown;
use super::exit::{Failure, Outcome};
use super::project::{self, Located};
use super::report::{self, Stream};
use super::settings::Settings;
use super::standalone::Input;
use crate::catalog::Catalog;
use crate::check;
use crate::deploy::deploy;
use crate::diag::{Severity, Sink};
use crate::git::WorkTree;
use crate::kubernetes::{Schemas, Version};
use crate::load::{Loaded, load, standalone};
use crate::model::ApplicationDocuments;
use crate::source::{SourceTree, Sources};
use crate::tree::{Document, Node};

/// A project, ready to be worked on.
pub struct Opened {
    /// Where it is.
    pub located: Located,
    /// Its documents.
    pub loaded: Loaded,
    /// The types that it can use.
    pub catalog: Catalog,
    /// The problems of the run.
    pub sink: Sink,
    /// The short-lived environment that is meant, and no other.
    pub instance: Option<String>,
}

/// All kinds that a template of the project may make: Kubernetes' own, and those whose CustomResourceDefinitions any environment or cluster names.
fn kinds(loaded: &Loaded) -> Arc<Schemas> {
    let none = loaded.workspace.as_ref().is_none_or(|workspace| workspace.definitions.is_empty());
    if none { Schemas::bundled(Version::NEWEST) } else { kinds_of_places(loaded) }
}

/// All kinds that an environment or cluster has.
fn kinds_of_places(loaded: &Loaded) -> Arc<Schemas> {
    let bundled = Schemas::bundled(Version::NEWEST);
    let Some(workspace) = loaded.workspace.as_ref() else { return bundled };
    let of_environments = workspace.environments.iter().flat_map(|environment| &environment.crds);
    let of_clusters = workspace.clusters.iter().flat_map(|cluster| &cluster.crds);
    let documents: Vec<Node> = of_environments.chain(of_clusters).flat_map(|crds| crds.documents.iter().cloned()).collect();
    // What is wrong with them is told where an environment uses them.
    if documents.is_empty() { bundled } else { Arc::new(bundled.with_crds(&documents, &Sink::new())) }
}

impl Opened {
    /// Finds and reads the project, or the files that are named instead of it. Problems in documents are in the sink.
    ///
    /// # Errors
    /// When there is no project, or a file cannot be read.
    pub fn read(input: &Input, settings: &Settings) -> Result<Opened, Failure> {
        if input.is_given() {
            return Opened::read_standalone(input, settings).map(|(opened, _)| opened);
        }
        let located = project::find(settings)?;
        let sink = Sink::new();
        let loaded = load(&WorkTree::new(&located.folder), Catalog::builtin_sources(), &sink);
        Ok(Opened::with_types(located, loaded, sink))
    }

    /// Reads self-contained Applications, and puts them where their policies say; beside that, as they are written.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read_standalone(input: &Input, settings: &Settings) -> Result<(Opened, Vec<ApplicationDocuments>), Failure> {
        let (located, files) = input.read(settings)?;
        let sink = Sink::new();
        let mut loaded = standalone(files, Catalog::builtin_sources(), &sink);
        let written = loaded.workspace.as_ref().map(|workspace| workspace.applications.clone()).unwrap_or_default();
        loaded.workspace = loaded.workspace.map(|workspace| deploy(workspace, &sink));
        Ok((Opened::with_types(located, loaded, sink), written))
    }

    /// Reads the same project from another tree, as a revision of it.
    pub fn from_tree(located: Located, tree: &dyn SourceTree) -> Opened {
        let sink = Sink::new();
        let loaded = load(tree, Catalog::builtin_sources(), &sink);
        Opened::with_types(located, loaded, sink)
    }

    fn with_types(located: Located, loaded: Loaded, sink: Sink) -> Opened {
        let written = loaded.workspace.iter().flat_map(|workspace| {
            workspace.definitions.iter().map(|definition| Document { root: definition.root.clone(), tags: definition.tags.clone() })
        });
        let catalog = Catalog::with_schemas(written, kinds(&loaded), &sink);
        if let Some(workspace) = &loaded.workspace {
            check::permissions_name_kinds(&workspace.project.roles, &kinds_of_places(&loaded), &sink);
        }
        Opened { located, loaded, catalog, sink, instance: None }
    }

    /// The same, with what becomes of objects that nobody can judge.
    pub fn allowing(mut self, unknown: &Unknown) -> Opened {
        if let Some(workspace) = &mut self.loaded.workspace {
            workspace.allows_unknown_kinds = unknown.allow_unknown_kinds;
        }
        self
    }

    /// Who owns what is written: the project, or one of its short-lived environments, which is not removed together with the project's own.
    pub fn owner(&self) -> String {
        let project = self.loaded.workspace.as_ref().map(|workspace| workspace.project.meta.name.value.to_string()).unwrap_or_default();
        match &self.instance {
            Some(instance) => format!("{project}/{instance}"),
            None => project,
        }
    }

    /// All files of the run.
    pub fn sources(&self) -> &Arc<Sources> {
        &self.loaded.sources
    }

    /// The output directory as it is reached from here: what the project says, else `rendered`.
    pub fn output_directory(&self) -> PathBuf {
        let said = self.loaded.workspace.as_ref().and_then(|workspace| workspace.project.output.as_ref());
        self.located.root.join(said.map_or("rendered", |path| &*path.value))
    }

    /// Writes the problems that were found. The sink is empty afterwards.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn report(&self, stream: Stream, settings: &Settings) -> Result<Outcome, Failure> {
        let mut report = self.sink.take();
        if stream == Stream::Answer && !settings.console.verbose {
            report.diagnostics.retain(|problem| problem.severity != Severity::Note);
            report.dropped[Severity::Note as usize] = 0;
        }
        report::write(&report, self.sources(), &self.located.prefix, stream, settings)
    }
}
