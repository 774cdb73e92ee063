//! Which role, and which of its teams, owns a file: by the folder that it stands in, unless `oam.yaml` says otherwise.

use super::PROJECT_FILE;
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Name, Project, RoleSettings, Team, is_glob, path_fits};
use crate::source::{Pos, Role};

/// Who owns the files of a project.
#[derive(Clone, Debug, Default)]
pub struct Ownership {
    roles: Vec<RoleSettings>,
    teams: Vec<Team>,
}

/// Why a file is a role's.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Because {
    /// Files of its folder are.
    Folder,
    /// A path of the role says so; where it stands.
    Path(Pos),
}

/// How much a pattern says: steps without a glob, then characters.
pub(super) fn weight(pattern: &str) -> (usize, usize) {
    let plain = pattern.split('/').filter(|step| !step.is_empty() && !is_glob(step)).count();
    (plain, pattern.trim_matches('/').len())
}

impl Ownership {
    /// What a project says.
    pub fn of(project: &Project) -> Ownership {
        Ownership { roles: project.roles.clone(), teams: project.teams.clone() }
    }

    /// The role that owns a file, where by its folder it would be `home`'s; and why.
    pub fn role(&self, path: &str, home: Role) -> (Role, Because) {
        // Who could say that it is theirs could say everything.
        if path == PROJECT_FILE {
            return (Role::InfraOperator, Because::Folder);
        }
        self.claim(path).map_or((home, Because::Folder), |(settings, name)| (settings.role.value, Because::Path(name.at)))
    }

    /// The path that says most of a file.
    fn claim(&self, path: &str) -> Option<(&RoleSettings, &Name)> {
        let all = self.roles.iter().flat_map(|settings| settings.paths.iter().map(move |name| (settings, name)));
        all.filter(|(_, name)| path_fits(name, path)).max_by_key(|(settings, name)| (weight(name), settings.role.value))
    }

    /// Tells a file that two roles claim alike, and one that stands outside of the paths of its role. `at` is where it starts.
    pub(super) fn judge(&self, path: &str, home: Role, at: Pos, sink: &Sink) {
        if path == PROJECT_FILE {
            return;
        }
        let Some((winner, name)) = self.claim(path) else {
            let own = self.roles.iter().find(|settings| settings.role.value == home);
            if let Some(paths) = own.map(|settings| &settings.paths).filter(|paths| !paths.is_empty()) {
                let message = format!("`{path}` is a file of the role {home}, and lies outside of the role's paths");
                let help = format!("move it below one of them, or add its folder to `roles.{home}.paths` in `{PROJECT_FILE}`");
                sink.push(Diagnostic::error(code::WRONG_FOLDER, at, message).label(paths[0].at, "the paths of the role").help(help));
            }
            return;
        };
        let others = self.roles.iter().filter(|settings| settings.role.value != winner.role.value);
        let alike = |other: &&Name| weight(other) == weight(name) && path_fits(other, path);
        if let Some(other) = others.flat_map(|settings| &settings.paths).find(alike) {
            let message = format!("`{name}` and `{other}` give `{path}` to two roles, and neither says more than the other");
            let problem = Diagnostic::error(code::TIE, name.at.max(other.at), message);
            sink.push(problem.label(name.at.min(other.at), "the other one").help("make one of the two paths longer, or the other shorter"));
        }
    }

    /// The teams that own a file of a role: those whose paths say most of it, else those without paths and the role's `owners`.
    pub fn teams(&self, path: &str, role: Role) -> Vec<&Name> {
        let of_role = || self.teams.iter().filter(move |team| team.roles.iter().any(|own| own.value == role));
        let fitting = |team: &Team| team.paths.iter().filter(|pattern| path_fits(pattern, path)).map(|pattern| weight(pattern)).max();
        if let Some(best) = of_role().filter_map(fitting).max() {
            return of_role().filter(|team| fitting(team) == Some(best)).map(|team| &team.name).collect();
        }
        self.general_teams(role)
    }

    /// The teams that own whatever of a role no other team does.
    pub fn general_teams(&self, role: Role) -> Vec<&Name> {
        let owners = self.roles.iter().filter(|settings| settings.role.value == role).flat_map(|settings| &settings.owners);
        let teams = self.teams.iter().filter(|team| team.paths.is_empty() && team.roles.iter().any(|own| own.value == role));
        let mut found: Vec<&Name> = Vec::new();
        for name in owners.chain(teams.map(|team| &team.name)) {
            if !found.iter().any(|known| known.value == name.value) {
                found.push(name);
            }
        }
        found
    }

    /// `infra-operator (@shop/platform)`: a role, and whom to ask.
    pub fn called(&self, role: Role) -> String {
        let teams: Vec<&str> = self.general_teams(role).into_iter().map(|name| &*name.value).collect();
        if teams.is_empty() { role.to_string() } else { format!("{role} ({})", teams.join(", ")) }
    }

    /// The teams, as written.
    pub fn all_teams(&self) -> &[Team] {
        &self.teams
    }

    /// What is said of roles, as written.
    pub fn all_roles(&self) -> &[RoleSettings] {
        &self.roles
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Spanned;

    fn names(all: &[&str]) -> Vec<Name> {
        all.iter().enumerate().map(|(index, text)| Spanned::new((*text).into(), Pos::new(index as u32 + 1))).collect()
    }

    fn role(role: Role, paths: &[&str], owners: &[&str]) -> RoleSettings {
        RoleSettings {
            role: Spanned::new(role, Pos::new(1)),
            owners: names(owners),
            paths: names(paths),
            denied_kinds: Vec::new(),
            allowed_kinds: Vec::new(),
            may_use: Vec::new(),
        }
    }

    fn team(name: &str, role: Role, paths: &[&str]) -> Team {
        Team {
            name: Spanned::new(name.into(), Pos::new(1)),
            roles: vec![Spanned::new(role, Pos::new(1))],
            paths: names(paths),
            members: Vec::new(),
        }
    }

    #[test]
    fn the_path_that_says_most_wins() {
        let roles = vec![role(Role::InfraOperator, &["platform/**"], &["@ops"]), role(Role::Developer, &["platform/apps/demo"], &[])];
        let teams = vec![team("@a", Role::Developer, &["teams/a"]), team("@all", Role::Developer, &[])];
        let ownership = Ownership { roles, teams };
        let role = |path| ownership.role(path, Role::AppOperator).0;
        assert_eq!(role("platform/apps/x/traits/x.yaml"), Role::InfraOperator);
        assert_eq!(role("platform/apps/demo/traits/x.yaml"), Role::Developer);
        assert_eq!(role("apps/x/traits/x.yaml"), Role::AppOperator);
        assert_eq!(role("oam.yaml"), Role::InfraOperator);
        let teams = |path, role| ownership.teams(path, role).into_iter().map(|name| name.to_string()).collect::<Vec<_>>();
        assert_eq!(teams("teams/a/apps/x/components/y.yaml", Role::Developer), ["@a"]);
        assert_eq!(teams("teams/b/apps/x/components/y.yaml", Role::Developer), ["@all"]);
        assert_eq!(teams("oam.yaml", Role::InfraOperator), ["@ops"]);
        assert_eq!(ownership.called(Role::InfraOperator), "infra-operator (@ops)");
    }

    #[test]
    fn what_lies_outside_or_is_claimed_twice_is_told() {
        let roles = vec![role(Role::Developer, &["apps/*"], &[]), role(Role::AppOperator, &["*/ours"], &[])];
        let ownership = Ownership { roles, teams: Vec::new() };
        let told = |path: &str| {
            let sink = Sink::new();
            ownership.judge(path, Role::Developer, Pos::NOWHERE, &sink);
            sink.take().diagnostics.into_iter().map(|problem| problem.code.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(told("apps/x/components/a.yaml"), Vec::<&str>::new());
        assert_eq!(told("elsewhere/components/a.yaml"), ["wrong-folder"]);
        assert_eq!(told("apps/ours/a.yaml"), ["tie"]);
        assert_eq!(told("oam.yaml"), Vec::<&str>::new());
    }
}
