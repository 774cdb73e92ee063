//! What reviewers are shown, made of a comparison.

use super::compare::Compared;
use super::question::Comparison;
use crate::cli::opened::Opened;
use crate::diag::Sink;
use crate::output::{split_unit, unit_directory};
use crate::resolve::{Filters, Plan, UnitKey};
use crate::view::preview::{File, Preview, Unit};

/// A comparison as it is shown. For a comment it must have been made with texts, for a page with lines.
pub fn preview(comparison: Comparison) -> Preview {
    let units = comparison.project.as_ref().map(|(opened, filters)| units(opened, filters)).unwrap_or_default();
    shown(comparison.compared, comparison.against, units)
}

/// What was found as it is shown. `against`: what was, as people call it; `units`: all that was meant.
pub fn shown(compared: Compared, against: String, units: Vec<Unit>) -> Preview {
    let mut preview = Preview { against, units, compositions: compared.compositions, ..Preview::default() };
    for change in compared.changes {
        let (old, new) = change.lines;
        preview.files.push(File { path: change.path, component: change.component.map(|name| name.to_string()), old, new });
        preview.changes.push(change.told);
    }
    preview
}

/// Every application that is meant, wherever it is rendered.
pub fn units(opened: &Opened, filters: &Filters) -> Vec<Unit> {
    // What is wrong with the plan was told when it was rendered.
    let plan = Plan::new(&opened.loaded, &opened.catalog, filters, &Sink::new());
    let unit = |key: &UnitKey| {
        let directory = unit_directory(&key.environment, key.cluster.as_deref(), &key.application);
        let (target, application) = split_unit(&directory);
        Unit { target: target.to_owned(), application: application.to_owned() }
    };
    let mut units: Vec<Unit> = plan.units().iter().map(unit).collect();
    units.sort();
    units
}
