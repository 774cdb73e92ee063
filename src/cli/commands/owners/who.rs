//! Whose change it is.

use crate::cli::exit::Failure;
use crate::diag::did_you_mean;
use crate::load::{Ownership, PathRule};
use crate::source::Role;

/// Those who made a change, or approved it.
#[derive(Debug)]
pub struct Who {
    /// As people call them: `ada`.
    pub called: String,
    /// What they are: a role, and the team in it; `None`: the role as a whole.
    hats: Vec<(Role, Option<String>)>,
}

/// The roles of people.
const ROLES: [Role; 3] = [Role::Developer, Role::AppOperator, Role::InfraOperator];

impl Who {
    /// Finds out who they are.
    ///
    /// # Errors
    /// When somebody is named whom the project does not know.
    pub fn find(authors: &[String], teams: &[String], roles: &[String], ownership: &Ownership) -> Result<Who, Failure> {
        if authors.is_empty() && teams.is_empty() && roles.is_empty() {
            return Err(
                Failure::usage("`--check` must know whose change it is").help("give `--author WHO`, `--team TEAM` or `--role ROLE`")
            );
        }
        let mut who = Who { called: authors.iter().chain(teams).chain(roles).cloned().collect::<Vec<_>>().join(", "), hats: Vec::new() };
        for role in roles {
            let Some(known) = ROLES.into_iter().find(|known| known.as_str() == role) else {
                return Err(unknown("role", role, ROLES.map(|role| role.as_str().to_owned()).to_vec()));
            };
            who.hats.push((known, None));
        }
        for team in teams {
            let hats = of_team(team, ownership);
            if hats.is_empty() {
                let all = ownership.all_teams().iter().map(|team| team.name.to_string()).chain(owners(ownership).map(|(_, name)| name));
                return Err(unknown("team", team, all.collect()));
            }
            who.hats.extend(hats);
        }
        for author in authors {
            let names = names(author);
            let is = |name: &str| names.iter().any(|own| same(own, name));
            let member = ownership.all_teams().iter().filter(|team| team.members.iter().any(|member| is(member)));
            let mut hats: Vec<(Role, Option<String>)> = member.flat_map(|team| of_team(&team.name, ownership)).collect();
            hats.extend(owners(ownership).filter(|(_, name)| is(name)).map(|(role, name)| (role, Some(name))));
            if hats.is_empty() {
                let members = ownership.all_teams().iter().flat_map(|team| &team.members).map(ToString::to_string);
                let failure = unknown("member of a team", author, members.collect());
                return Err(match failure.parts().1 {
                    Some(_) => failure,
                    None => failure.help("add them to `members` of a team in oam.yaml, or name their team with `--team`"),
                });
            }
            who.hats.extend(hats);
        }
        Ok(who)
    }

    /// Whether files of a rule are theirs.
    pub fn owns(&self, rule: &PathRule) -> bool {
        let in_team =
            |team: &Option<String>| team.as_ref().is_none_or(|team| rule.teams.is_empty() || rule.teams.iter().any(|own| same(own, team)));
        self.hats.iter().any(|(role, team)| *role == rule.role && in_team(team))
    }

    /// Their roles.
    pub fn roles(&self) -> impl Iterator<Item = Role> {
        self.hats.iter().map(|(role, _)| *role)
    }

    /// `developer (@shop/orders)`
    pub fn hats(&self) -> String {
        let mut all: Vec<String> = Vec::new();
        for (role, team) in &self.hats {
            let hat = team.as_ref().map_or_else(|| role.to_string(), |team| format!("{role} ({team})"));
            if !all.contains(&hat) {
                all.push(hat);
            }
        }
        all.join(", ")
    }
}

/// What a team is.
fn of_team(name: &str, ownership: &Ownership) -> Vec<(Role, Option<String>)> {
    let teams = ownership.all_teams().iter().filter(|team| same(&team.name, name));
    let hats = teams.flat_map(|team| team.roles.iter().map(|role| (role.value, Some(team.name.to_string()))));
    hats.chain(owners(ownership).filter(|(_, own)| same(own, name)).map(|(role, own)| (role, Some(own)))).collect()
}

/// `owners` of roles.
fn owners(ownership: &Ownership) -> impl Iterator<Item = (Role, String)> {
    let of = |settings: &crate::model::RoleSettings| {
        let role = settings.role.value;
        settings.owners.iter().map(move |name| (role, name.to_string())).collect::<Vec<_>>()
    };
    ownership.all_roles().iter().flat_map(of)
}

/// The names in `Ada <ada@example.com>`.
fn names(author: &str) -> Vec<&str> {
    match author.split_once('<') {
        Some((name, address)) => vec![name.trim(), address.trim_end_matches('>').trim()],
        None => vec![author.trim()],
    }
}

/// Whether two names are one: hosts take no notice of case, and some write `@` in front.
fn same(one: &str, other: &str) -> bool {
    let bare = |name: &str| name.strip_prefix('@').unwrap_or(name).to_lowercase();
    !one.is_empty() && bare(one) == bare(other)
}

fn unknown(what: &str, name: &str, known: Vec<String>) -> Failure {
    let failure = Failure::usage(format!("no {what} is called `{name}`"));
    match did_you_mean(name, known.iter().map(String::as_str)) {
        Some(best) => failure.help(format!("did you mean `{best}`?")),
        None if known.is_empty() => failure,
        None => failure.help(format!("there are: {}", known.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_known_by_account_and_address() {
        assert_eq!(names("Ada L <ada@example.com>"), ["Ada L", "ada@example.com"]);
        assert!(same("@Shop/Dev", "shop/dev") && !same("", "") && !same("ada", "adam"));
    }
}
