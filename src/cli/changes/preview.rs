//! What reviewers are shown, made of a comparison.

use super::compare::Change;
use super::question::Comparison;
use crate::cli::opened::Opened;
use crate::diag::Sink;
use crate::output::unit_directory;
use crate::resolve::{Filters, Plan};
use crate::view::diff::Changed;
use crate::view::preview::{Preview, Unit};

/// A comparison as it is shown. For whole manifests it must have been made with their texts.
pub fn preview(comparison: Comparison) -> Preview {
    let units = comparison.project.as_ref().map(|(opened, filters)| units(opened, filters)).unwrap_or_default();
    shown(comparison.changes, comparison.against, units)
}

/// Changes as they are shown. `against`: what was, as people call it.
pub fn shown(changes: Vec<Change>, against: String, units: Vec<Unit>) -> Preview {
    let (paths, changes): (Vec<String>, Vec<Changed>) = changes.into_iter().map(|change| (change.path, change.told)).unzip();
    Preview { changes, paths, against, units }
}

/// Every application that is meant, wherever it is rendered.
pub fn units(opened: &Opened, filters: &Filters) -> Vec<Unit> {
    // What is wrong with the plan was told when it was rendered.
    let plan = Plan::new(&opened.loaded, &opened.catalog, filters, &Sink::new());
    let unit = |key: &crate::resolve::UnitKey| {
        let directory = unit_directory(&key.environment, key.cluster.as_deref(), &key.application);
        let (target, application) = crate::output::split_unit(&directory);
        Unit { target: target.to_owned(), application: application.to_owned() }
    };
    let mut units: Vec<Unit> = plan.units().iter().map(unit).collect();
    units.sort();
    units
}
