//! Paths and files, and whose they are.

use super::Owned;
use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use crate::diag::did_you_mean;
use crate::load::{Because, Ownership, rule_of};
use crate::model::{Component, Meta, Workspace};
use crate::source::{Role, SourceFile};
use crate::view::blame::Spot;
use crate::view::diagnostics::plain;
use crate::view::owners::{FileRow, Owner, PathRow, Way};

/// Every rule with the number of files that it decides.
pub fn rows(owned: &Owned<'_>, opened: &Opened) -> Vec<PathRow> {
    let mut rows: Vec<PathRow> = owned
        .rules
        .iter()
        .map(|rule| PathRow { path: rule.pattern.clone(), owner: Owner { role: rule.role.as_str(), teams: rule.teams.clone() }, files: 0 })
        .collect();
    for file in written(opened) {
        if let Some(rule) = rule_of(&owned.rules, file.path())
            && let Some(index) = owned.rules.iter().position(|known| std::ptr::eq(known, rule))
        {
            rows[index].files += 1;
        }
    }
    rows
}

/// The rows that people are shown: by role, those that decide nothing left out.
pub fn shown(mut rows: Vec<PathRow>) -> Vec<PathRow> {
    let rank = |role: &str| [Role::Developer, Role::AppOperator, Role::InfraOperator].iter().position(|one| one.as_str() == role);
    rows.retain(|row| row.files > 0);
    rows.sort_by(|a, b| (rank(a.owner.role), &a.path).cmp(&(rank(b.owner.role), &b.path)));
    rows
}

/// The files that people wrote.
fn written(opened: &Opened) -> impl Iterator<Item = &SourceFile> {
    opened.sources().files().iter().map(|file| &**file).filter(|file| !matches!(file.role(), Role::BuiltIn | Role::Nobody))
}

/// A path as it is called in the project.
fn inside<'p>(path: &'p str, opened: &Opened) -> &'p str {
    let path = path.strip_prefix("./").unwrap_or(path);
    let path = path.strip_prefix(opened.located.prefix.as_str()).unwrap_or(path);
    path.trim_end_matches('/')
}

/// Whether somebody means a path, not an object.
pub fn is_path(path: &str, opened: &Opened) -> bool {
    let inner = inside(path, opened);
    written(opened).any(|file| below(file.path(), inner)) || opened.located.root.join(inner).exists() || !path.contains('/')
}

fn below(path: &str, folder: &str) -> bool {
    folder.is_empty() || folder == "." || crate::model::holds(folder, path)
}

/// The file, or the files of the folder.
///
/// # Errors
/// When nothing there is a file of the project.
pub fn files(path: &str, owned: &Owned<'_>, opened: &Opened) -> Result<Vec<FileRow>, Failure> {
    let inner = inside(path, opened);
    let found: Vec<&SourceFile> = written(opened).filter(|file| below(file.path(), inner)).collect();
    let (Some(_), Some(workspace)) = (found.first(), &opened.loaded.workspace) else {
        let failure = match rule_of(&owned.rules, inner) {
            Some(rule) => Failure::usage(format!("there is no file `{}`; it would be the {}'s", plain(path), rule.role)),
            None => Failure::usage(format!("`{}` is nothing that oam reads, so no role owns it", plain(path))),
        };
        let known = written(opened).map(SourceFile::path);
        return Err(match did_you_mean(inner, known) {
            Some(best) => failure.help(format!("did you mean `{}{best}`?", opened.located.prefix)),
            None => failure.help("`oam owners` lists the paths that roles own"),
        });
    };
    let ownership = Ownership::of(&workspace.project);
    Ok(found.into_iter().map(|file| row(file, owned, &ownership, workspace, opened)).collect())
}

fn row(file: &SourceFile, owned: &Owned<'_>, ownership: &Ownership, workspace: &Workspace, opened: &Opened) -> FileRow {
    let role = file.role();
    let documents = documents(workspace);
    let here: Vec<&(&str, &Meta, Option<&Component>)> = documents.iter().filter(|(_, meta, _)| is_in(meta, file)).collect();
    let import = here.iter().find_map(|(_, meta, _)| meta.import.as_ref());
    let said = |at| Spot::of(at, opened.sources(), &opened.located.prefix);
    let (because, said_at) = match (import, ownership.role(file.path(), role).1) {
        (Some(import), _) => (format!("the import `{import}` brings it: it is written elsewhere, and only used here"), said(import.at)),
        (None, Because::Path(at)) => (format!("`roles.{role}.paths` has it"), said(at)),
        (None, Because::Folder) => (format!("files of its folder are written by the {role}"), None),
    };
    FileRow {
        path: format!("{}{}", opened.located.prefix, file.path()),
        owner: owned.of_file(file.path(), role.as_str()),
        because,
        said_at,
        import: import.map(ToString::to_string),
        holds: here.iter().map(|(kind, meta, _)| format!("{kind} {}", meta.name)).collect(),
        others: others(role, here.iter().filter_map(|(_, _, component)| *component)),
    }
}

fn is_in(meta: &Meta, file: &SourceFile) -> bool {
    (file.pos(0)..=file.pos(file.text().len())).contains(&meta.at)
}

/// Every document with its kind.
fn documents(workspace: &Workspace) -> Vec<(&str, &Meta, Option<&Component>)> {
    let mut found: Vec<(&str, &Meta, Option<&Component>)> = vec![("Project", &workspace.project.meta, None)];
    for application in &workspace.applications {
        found.extend(application.document.iter().map(|document| ("Application", &document.meta, None)));
        let components = application.components.iter().chain(&application.layers);
        found.extend(components.map(|component| ("Component", &component.meta, Some(component))));
        found.extend(application.releases.iter().map(|release| ("Release", &release.meta, None)));
    }
    found.extend(workspace.bindings.iter().map(|binding| ("TraitBinding", &binding.meta, None)));
    found.extend(workspace.scopes.iter().map(|scope| ("Scope", &scope.meta, None)));
    found.extend(workspace.environments.iter().map(|environment| ("Environment", &environment.meta, None)));
    found.extend(workspace.clusters.iter().map(|cluster| ("Cluster", &cluster.meta, None)));
    found.extend(workspace.definitions.iter().map(|definition| (&*definition.kind.value, &definition.meta, None)));
    found.sort_by_key(|(_, meta, _)| meta.at);
    found
}

/// How others change what a role's file decides.
fn others<'a>(role: Role, components: impl Iterator<Item = &'a Component>) -> Vec<Way> {
    let way = |role: Role, how: String| Way { role: role.as_str(), how };
    match role {
        Role::Developer => {
            let declared: Vec<String> = components.flat_map(|component| &component.parameters).map(|it| format!("`{}`", it.name)).collect();
            vec![way(Role::AppOperator, parameters(&declared)), way(Role::InfraOperator, SCOPES.to_owned())]
        }
        Role::AppOperator => vec![way(Role::InfraOperator, SCOPES.to_owned())],
        _ => Vec::new(),
    }
}

/// How infra operators change what others decided.
pub const SCOPES: &str = "by scopes, whose patches say `$patch: override` where they change what is there";

/// How app operators change what a Component decides.
pub fn parameters(declared: &[String]) -> String {
    match declared {
        [] => "by traits; there are no `parameters` that they could set".to_owned(),
        declared => format!("by traits, and by `parameterValues` of {}", declared.join(", ")),
    }
}
