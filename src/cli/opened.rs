//! A project, found and read, with the types that it can use and the problems so far.

use std::sync::Arc;

use super::exit::{Failure, Outcome};
use super::project::{self, Located};
use super::settings::Settings;
use crate::catalog::Catalog;
use crate::diag::{Report, Sink};
use crate::load::{Loaded, load};
use crate::source::Sources;
use crate::tree::Document;
use crate::view::diagnostics::{Format, text};

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
}

/// Where a report goes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Stream {
    /// It is the command's result: for machines to stdout, for people to stderr.
    Result,
    /// The command has another result: to stderr.
    Aside,
}

impl Opened {
    /// Finds and reads the project. Problems in its documents are in the sink.
    ///
    /// # Errors
    /// When there is no project.
    pub fn read(settings: &Settings) -> Result<Opened, Failure> {
        let located = project::find(settings)?;
        let sink = Sink::new();
        let loaded = load(&located.folder, Catalog::builtin_sources(), &sink);
        let written = loaded.workspace.iter().flat_map(|workspace| {
            workspace.definitions.iter().map(|definition| Document { root: definition.root.clone(), tags: definition.tags.clone() })
        });
        let catalog = Catalog::new(written, &sink);
        Ok(Opened { located, loaded, catalog, sink })
    }

    /// All files of the run.
    pub fn sources(&self) -> &Arc<Sources> {
        &self.loaded.sources
    }

    /// Writes the problems that were found. The sink is empty afterwards.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn report(&self, stream: Stream, settings: &Settings) -> Result<Outcome, Failure> {
        let report = self.sink.take();
        self.print(&report, stream, settings)?;
        Ok(if report.has_errors() { Outcome::Problems } else { Outcome::Fine })
    }

    fn print(&self, report: &Report, stream: Stream, settings: &Settings) -> Result<(), Failure> {
        let console = &settings.console;
        let machine = settings.format != Format::Human;
        if stream == Stream::Result && machine {
            return console.out(&text(report, self.sources(), &settings.style(console.color_out, &self.located.prefix)));
        }
        // A frame around nothing is of use only where it is the result.
        if machine && report.diagnostics.is_empty() && matches!(settings.format, Format::Json | Format::Sarif) {
            return Ok(());
        }
        console.err(&text(report, self.sources(), &settings.style(console.color_err, &self.located.prefix)));
        Ok(())
    }
}
