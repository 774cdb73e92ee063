//! `oam import -f`: the project renders what the Application renders, byte by byte, and reads as a person would write it. A case of
//! `tests/import/` is an Application and the project that is made of it (`UPDATE=1` records it).

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::program::{files, oam, root, updating};

fn applications(folder: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root().join("tests").join(folder)) else { return Vec::new() };
    let mut found: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path().join("application.yaml")).filter(|path| path.is_file()).collect();
    found.sort();
    found
}

/// Imports an Application and renders both; the result is what is wrong.
fn prove(application: &Path) -> Option<String> {
    let here = tempfile::tempdir().unwrap();
    let given = application.to_string_lossy().into_owned();
    let original = oam(here.path(), ["render", "-f", &given]);
    if original.code != 0 {
        // Some of KubeVela's own are refused, and then both are.
        let refused = oam(here.path(), ["import", "-f", &given, "-o", "project"]);
        return (refused.code != 1).then(|| format!("it does not render, and is imported:\n{}", original.stderr));
    }
    let imported = oam(here.path(), ["import", "-f", &given, "-o", "project"]);
    if imported.code != 0 {
        return Some(imported.stderr);
    }
    let project = oam(here.path(), ["-C", "project", "render", "-o", "-"]);
    if project.code != 0 || project.stdout != original.stdout {
        return Some(format!("the project renders otherwise\n{}", project.stderr));
    }
    None
}

fn name(application: &Path) -> String {
    application.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn a_project_renders_what_its_application_renders() {
    let all: Vec<PathBuf> = applications("import").into_iter().chain(applications("kubevela/cases")).collect();
    assert!(all.len() >= 147);
    let wrong: Vec<String> = all.par_iter().filter_map(|path| Some(format!("{}: {}", name(path), prove(path)?))).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

#[test]
fn projects_read_as_recorded() {
    for application in applications("import") {
        let here = tempfile::tempdir().unwrap();
        let project = here.path().join("project");
        let run = oam(here.path(), ["import", "-f", &application.to_string_lossy(), "-o", "project"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let recorded = application.parent().unwrap().join("project");
        if updating() {
            let _ = fs::remove_dir_all(&recorded);
            crate::program::copy(&project, &recorded);
        }
        let text = |folder: &Path| -> Vec<(String, String)> {
            files(folder).into_iter().map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap())).collect()
        };
        let (found, wanted) = (text(&project), text(&recorded));
        for (found, wanted) in found.iter().zip(&wanted) {
            assert_eq!(found, wanted, "{} (UPDATE=1 records it)", name(&application));
        }
        assert_eq!(found.len(), wanted.len(), "{}", name(&application));
        let checked = oam(&project, ["check"]);
        // A Secret of the cluster, which an Application cannot list.
        let told = checked.stderr.replace("warning[missing-reference]: there is no Secret `db`", "");
        assert!(checked.code == 0 && !told.contains("warning["), "{}: {}", name(&application), checked.stderr);
    }
}

#[test]
fn nothing_is_written_over_what_is_there() {
    let here = tempfile::tempdir().unwrap();
    let application = root().join("tests/import/small/application.yaml");
    let given = application.to_string_lossy();
    fs::create_dir(here.path().join("full")).unwrap();
    fs::write(here.path().join("full/notes.txt"), "mine").unwrap();
    let run = oam(here.path(), ["import", "-f", &given, "-o", "full"]);
    assert!(run.code == 2 && run.stderr.contains("`full` is not empty"), "{}", run.stderr);
    assert_eq!(files(&here.path().join("full")).len(), 1);
    let forced = oam(here.path(), ["import", "-f", &given, "-o", "full", "--force"]);
    assert!(forced.code == 0 && here.path().join("full/oam.yaml").is_file(), "{}", forced.stderr);
    assert_eq!(fs::read_to_string(here.path().join("full/notes.txt")).unwrap(), "mine");
    let file = oam(here.path(), ["import", "-f", &given, "-o", "full/notes.txt"]);
    assert!(file.code == 2 && file.stderr.contains("is a file"), "{}", file.stderr);
    let without = oam(here.path(), ["import", "-o", "x"]);
    assert!(without.code == 2 && without.stderr.contains("no Application is named"), "{}", without.stderr);
}

#[test]
fn an_application_with_mistakes_makes_no_project() {
    let here = tempfile::tempdir().unwrap();
    let wrong =
        "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {name: x}\nspec: {components: [{name: web, type: webservise}]}\n";
    fs::write(here.path().join("app.yaml"), wrong).unwrap();
    let run = oam(here.path(), ["import", "-f", "app.yaml", "-o", "out"]);
    assert!(
        run.code == 1 && run.stderr.contains("did you mean `webservice`?") && run.stderr.contains("nothing was written"),
        "{}",
        run.stderr
    );
    assert!(!here.path().join("out").exists());
}
