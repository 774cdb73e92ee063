//! `--require-scan`: what runs was looked at by a scanner, which found nothing grave.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::usage::Used;
use crate::check::{Gravity, Scan, scanned, scans};
use crate::cli::exit::Failure;
use crate::diag::Sink;

/// What scanners must have said of images.
#[derive(clap::Args, Debug, Default, Clone)]
#[command(next_help_heading = "Scans")]
pub struct Gate {
    /// Refuse images that no report covers, or in which one found something grave: the JSON of Trivy or Grype, or SARIF; a file or a folder of them
    /// (repeatable)
    #[arg(long = "require-scan", value_name = "FILE")]
    reports: Vec<PathBuf>,
    /// What is grave: this, and what is worse
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t, requires = "reports")]
    severity: Severity,
}

/// `--severity`
#[derive(ValueEnum, Copy, Clone, PartialEq, Eq, Debug, Default)]
enum Severity {
    /// Everything
    Low,
    /// Medium, high and critical
    Medium,
    /// High and critical
    #[default]
    High,
    /// Critical only
    Critical,
}

impl Gate {
    /// Whether any report was named.
    pub fn is_given(&self) -> bool {
        !self.reports.is_empty()
    }

    /// Judges images by the reports.
    ///
    /// # Errors
    /// When a report cannot be read.
    pub fn judge<'a>(&self, images: impl IntoIterator<Item = &'a Used>, sink: &Sink) -> Result<(), Failure> {
        let mut known: Vec<Scan> = Vec::new();
        for path in &self.reports {
            for file in files(path)? {
                let shown = file.display().to_string();
                let text = fs::read_to_string(&file).map_err(|error| Failure::world(format!("cannot read `{shown}`: {error}")))?;
                known.extend(scans(&shown, &text).map_err(|why| Failure::usage(format!("`{shown}` {why}")))?);
            }
        }
        let gravity = match self.severity {
            Severity::Low => Gravity::Low,
            Severity::Medium => Gravity::Medium,
            Severity::High => Gravity::High,
            Severity::Critical => Gravity::Critical,
        };
        for used in images.into_iter().filter(|_| self.is_given()) {
            let own = Sink::new();
            scanned(&used.image, used.at, &known, gravity, &own);
            sink.absorb(own, Some(&format!("{}/{}", used.application, used.target)));
        }
        Ok(())
    }
}

/// A file, or the reports of a folder, sorted.
fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.exists() {
        return Err(Failure::usage(format!("there is no report `{}`", path.display())));
    }
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(|error| Failure::world(format!("cannot read `{}`: {error}", path.display())))?;
    let mut found: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    found.retain(|file| file.extension().is_some_and(|extension| extension == "json" || extension == "sarif"));
    found.sort();
    if found.is_empty() {
        return Err(Failure::usage(format!("`{}` holds no report", path.display())).help("reports end in `.json` or `.sarif`"));
    }
    Ok(found)
}
