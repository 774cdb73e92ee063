//! What new texts of Releases change, and the writing of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::gate::Gate;
use super::usage::{Used, used};
use crate::cli::changes;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::opened::Opened;
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::git::WorkTree;
use crate::resolve::Filters;
use crate::source::Overlay;
use crate::view::diff::{Changed, collapse, text};

/// How far to go.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Show what changes, and write.
    Write,
    /// Only show.
    Show,
}

/// Renders the project with the new texts, shows what they change in the units that are meant, and writes them. Where the project could not be rendered
/// with them, nothing is written.
///
/// # Errors
/// When a file cannot be written.
pub fn apply(
    opened: Opened,
    texts: &BTreeMap<String, String>,
    filters: &Filters,
    effect: Effect,
    gate: &Gate,
    settings: &Settings,
) -> Result<Outcome, Failure> {
    let console = &settings.console;
    if texts.is_empty() {
        console.say("the releases say so already");
        return Ok(Outcome::Fine);
    }
    let located = opened.located.clone();
    let new = Opened::from_tree(located.clone(), &Overlay::new(&WorkTree::new(&located.folder), texts));
    let images = |project: &Opened| if gate.is_given() { used(project, filters, settings) } else { Vec::new() };
    let ran = images(&opened);
    opened.sink.take();
    let mut before = changes::other(opened, filters.applications.clone());
    let found = changes::compare(&new, &mut before, filters, changes::Detail::Fields, false, settings)?;
    // What ran before was let in before.
    let runs = images(&new);
    let is_new = |used: &&Used| !ran.iter().any(|ran| ran.target == used.target && ran.image == used.image);
    gate.judge(runs.iter().filter(is_new), &new.sink)?;
    if new.report(Stream::Aside, settings)? == Outcome::Problems {
        console.say("nothing was written");
        return Ok(Outcome::Problems);
    }
    if found.is_err() {
        console.say("the project could not be rendered before, so what changes cannot be shown");
    }
    if let Ok(found) = found {
        let told: Vec<Changed> = found.changes.into_iter().map(|change| change.told).collect();
        console.out(&text(&collapse(&told), false, console.color_out))?;
        if told.is_empty() {
            console.say("nothing that is rendered changes");
        }
    }
    for (path, text) in texts {
        let shown = format!("{}{path}", located.prefix);
        if effect == Effect::Show {
            console.say(&format!("would write `{shown}`"));
            continue;
        }
        write(&located.root.join(path), text).map_err(|error| Failure::world(format!("cannot write `{shown}`: {error}")))?;
        console.say(&format!("wrote `{shown}`"));
    }
    Ok(Outcome::Fine)
}

/// Replaces a file as a whole: nobody ever sees half of it.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let temporary = path.with_extension("oam-tmp");
    let written = fs::write(&temporary, text).and_then(|()| {
        // A script that somebody made executable, or a file that only few may read, stays so.
        if let Ok(found) = fs::metadata(path) {
            fs::set_permissions(&temporary, found.permissions())?;
        }
        fs::rename(&temporary, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}
