//! How far behind the commits are that environments run.

use std::collections::BTreeMap;

use crate::cli::opened::Opened;
use crate::git::{Apart, Repository};
use crate::view::list::{Distance, UnitListing};

/// Says of each unit that runs a commit how far that is from `HEAD`: in commits that changed documents of the application's developers. Where git
/// cannot tell, nothing is said: that the commit is not there is told where documents are read.
pub fn measure(units: &mut [UnitListing], opened: &Opened) {
    if units.iter().all(|unit| unit.revision.is_none()) {
        return;
    }
    let Ok(repository) = Repository::around(opened.located.folder.root()) else { return };
    let mut known: BTreeMap<String, Option<(String, Vec<Apart>)>> = BTreeMap::new();
    for unit in units {
        let Some(revision) = &mut unit.revision else { continue };
        let found = known.entry(revision.name.clone()).or_insert_with(|| {
            let commit = repository.commit(&revision.name).ok()?;
            let apart = repository.between(&commit).ok()?;
            Some((commit, apart))
        });
        let workspace = opened.loaded.workspace.as_ref();
        let application = workspace.and_then(|workspace| workspace.application(&unit.application));
        let (Some((commit, apart)), Some(application)) = (found, application) else { continue };
        let folder = if application.folder.is_empty() { String::new() } else { format!("{}/", application.folder) };
        let components = format!("{folder}components/");
        let count = |of_head: bool| {
            let concerns = |apart: &&Apart| apart.is_of_head == of_head && apart.files.iter().any(|file| file.starts_with(&components));
            apart.iter().filter(concerns).count()
        };
        revision.distance = Some(Distance { commit: commit.clone(), behind: count(true), ahead: count(false) });
    }
}
