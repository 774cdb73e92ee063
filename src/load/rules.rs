//! Who owns which path, as patterns: of those that fit a file the last one holds, as in a CODEOWNERS file.

use std::collections::BTreeSet;

use super::discover::Room;
use super::files::join;
use super::ownership::weight;
use super::{LOCK_FILE, Ownership, PROJECT_FILE};
use crate::model::{Project, Team, VENDOR, Workspace, folders_above, glob_matches, is_glob, path_fits};
use crate::source::Role;

/// Whose the files are that a pattern means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PathRule {
    /// Files and folders, relative to the project; a folder that is known to be one ends in `/`.
    pub pattern: String,
    /// Whose they are.
    pub role: Role,
    /// The teams of the role.
    pub teams: Vec<String>,
}

/// All rules of a project, from general to specific.
pub fn rules(workspace: &Workspace) -> Vec<PathRule> {
    let project = &workspace.project;
    let ownership = Ownership::of(project);
    let general = |role: Role| -> Vec<String> { ownership.general_teams(role).into_iter().map(|name| name.to_string()).collect() };
    let mut folders = folders(project, workspace);
    // No file is in two of them.
    folders.sort_by_key(|(_, role)| *role);
    let mut rules: Vec<PathRule> =
        folders.iter().map(|(pattern, role)| PathRule { pattern: pattern.clone(), role: *role, teams: general(*role) }).collect();
    rules.extend(of_teams(&ownership, &folders));
    let mut claims: Vec<(&str, Role)> = Vec::new();
    for settings in ownership.all_roles() {
        claims.extend(settings.paths.iter().map(|path| (&*path.value, settings.role.value)));
    }
    claims.sort_by_key(|(path, role)| (weight(path), *role));
    for (path, role) in claims {
        rules.push(PathRule { pattern: path.trim_matches('/').to_owned(), role, teams: general(role) });
        rules.extend(of_teams(&ownership, &[(path.to_owned(), role)]));
    }
    // Whoever owned it could give themselves everything.
    rules.push(PathRule { pattern: PROJECT_FILE.to_owned(), role: Role::InfraOperator, teams: general(Role::InfraOperator) });
    rules
}

/// The rule that holds for a file.
pub fn rule_of<'r>(rules: &'r [PathRule], path: &str) -> Option<&'r PathRule> {
    rules.iter().rev().find(|rule| path_fits(&rule.pattern, path))
}

/// The folders of the model, where this project has them, and whose files stand there.
fn folders(project: &Project, workspace: &Workspace) -> Vec<(String, Role)> {
    let mut found: Vec<(String, Role)> = Vec::new();
    let mut add = |folder: &str, room: Room| {
        let slash = if folder.is_empty() { "" } else { "/" };
        let pattern = match room {
            // It may be written as JSON, too.
            Room::Application => format!("{folder}{slash}application.*"),
            room => format!("{folder}{slash}{}/", room.name()),
        };
        if !found.iter().any(|(known, _)| *known == pattern) {
            found.push((pattern, room.role()));
        }
    };
    Room::ROOT.iter().for_each(|room| add("", *room));
    let applications: BTreeSet<String> = project.applications.iter().filter_map(|pattern| join("", pattern)).collect();
    for pattern in &applications {
        for above in folders_above(pattern).filter(|above| !above.is_empty() && above != pattern) {
            Room::TEAM.iter().for_each(|room| add(above, *room));
        }
    }
    for pattern in &applications {
        add(pattern, Room::Application);
        Room::APPLICATION.iter().filter(|room| !pattern.is_empty() || **room != Room::Scopes).for_each(|room| add(pattern, *room));
    }
    // What is imported has its files with it.
    let environments = workspace.environments.iter().filter(|environment| environment.meta.import.is_none());
    let clusters = workspace.clusters.iter().filter(|cluster| cluster.meta.import.is_none());
    let crds = environments.flat_map(|environment| &environment.crds).chain(clusters.flat_map(|cluster| &cluster.crds));
    let crds: BTreeSet<String> = crds.filter_map(|crds| join("", &crds.path)).collect();
    found.extend(crds.into_iter().map(|path| (path, Role::InfraOperator)));
    if !project.imports.is_empty() {
        let brought = project.imports.iter().any(|import| import.git.is_some());
        let folders: BTreeSet<String> = project.imports.iter().filter_map(|import| join("", import.path.as_ref()?)).collect();
        found.extend(folders.into_iter().map(|path| (format!("{path}/"), Role::InfraOperator)));
        if brought {
            found.push((format!("{VENDOR}/"), Role::InfraOperator));
            found.push((LOCK_FILE.to_owned(), Role::InfraOperator));
        }
    }
    found
}

/// What teams own of patterns of their roles, from general to specific.
fn of_teams(ownership: &Ownership, patterns: &[(String, Role)]) -> Vec<PathRule> {
    let mut rules: Vec<((usize, usize), PathRule)> = Vec::new();
    let is_of = |team: &Team, role: Role| team.roles.iter().any(|own| own.value == role);
    for (pattern, role) in patterns {
        for team in ownership.all_teams().iter().filter(|team| is_of(team, *role)) {
            for path in &team.paths {
                for both in both(pattern, path) {
                    let key = weight(path);
                    match rules.iter_mut().find(|(known, rule)| *known == key && rule.pattern == both && rule.role == *role) {
                        Some((_, rule)) => rule.teams.push(team.name.to_string()),
                        None => rules.push((key, PathRule { pattern: both, role: *role, teams: vec![team.name.to_string()] })),
                    }
                }
            }
        }
    }
    rules.sort_by_key(|(weight, _)| *weight);
    rules.into_iter().map(|(_, rule)| rule).collect()
}

/// Patterns that mean the paths that two patterns mean both.
fn both(one: &str, other: &str) -> Vec<String> {
    let steps =
        |pattern: &str| -> Vec<String> { pattern.split('/').filter(|step| !step.is_empty() && *step != ".").map(str::to_owned).collect() };
    // The end of a folder stays told where the longer of the two has it.
    let (one_steps, other_steps) = (steps(one), steps(other));
    let longer = if one_steps.len() >= other_steps.len() { one } else { other };
    let end = if longer.ends_with('/') { "/" } else { "" };
    let mut found: Vec<String> = met(&one_steps, &other_steps).into_iter().map(|steps| format!("{}{end}", steps.join("/"))).collect();
    found.dedup();
    found
}

fn met(one: &[String], other: &[String]) -> Vec<Vec<String>> {
    let (Some((first, one_rest)), Some((second, other_rest))) = (one.split_first(), other.split_first()) else {
        // What is below a folder that is meant is meant.
        return vec![if one.is_empty() { other.to_vec() } else { one.to_vec() }];
    };
    let below = |taken: &[String], rest: Vec<Vec<String>>| -> Vec<Vec<String>> {
        rest.into_iter().map(|rest| taken.iter().cloned().chain(rest).collect()).collect()
    };
    if first == "**" {
        return (0..=other.len()).flat_map(|skipped| below(&other[..skipped], met(one_rest, &other[skipped..]))).collect();
    }
    if second == "**" {
        return (0..=one.len()).flat_map(|skipped| below(&one[..skipped], met(&one[skipped..], other_rest))).collect();
    }
    let step = match (is_glob(first), is_glob(second)) {
        _ if first == second => first,
        (true, _) if glob_matches(first, second) => second,
        (_, true) if glob_matches(second, first) => first,
        _ => return Vec::new(),
    };
    below(std::slice::from_ref(step), met(one_rest, other_rest))
}

#[cfg(test)]
mod tests {
    use super::both;

    #[test]
    fn two_patterns_meet_where_both_hold() {
        for (one, other, wanted) in [
            ("teams/*/apps/*/components/", "teams/a", &["teams/a/apps/*/components/"][..]),
            ("teams/*/apps/*/components/", "teams/a/**", &["teams/a/apps/*/components/"]),
            ("traits/", "teams/a", &[]),
            ("traits/", "traits/a.yaml", &["traits/a.yaml"]),
            ("apps/*/traits/", "apps/orders-*", &["apps/orders-*/traits/"]),
            ("components/", ".", &["components/"]),
            ("apps/*/components/", "**/orders", &["apps/orders/components/", "apps/*/components/orders/"]),
        ] {
            let mut found = both(one, other);
            found.sort();
            let mut wanted = wanted.to_vec();
            wanted.sort();
            // `**` may say one thing in several ways; each of them must be there.
            assert!(
                wanted.iter().all(|pattern| found.iter().any(|one| one.trim_end_matches('/') == pattern.trim_end_matches('/'))),
                "{one} {other}: {found:?}"
            );
            assert_eq!(found.is_empty(), wanted.is_empty(), "{one} {other}: {found:?}");
        }
    }
}
