//! Who owns what: paths, files, fields; and the same for the hosts of repositories, as a CODEOWNERS file.
//!
//! Must never know: how ownership is found.

use std::fmt::Write;

use serde::Serialize;

use super::blame::{Loser, Spot};
use super::diagnostics::plain;

/// Whose something is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// The role.
    pub role: &'static str,
    /// Its teams; empty if the project names none.
    pub teams: Vec<String>,
}

impl Owner {
    /// `app-operator (@shop/ops)`
    pub fn called(&self) -> String {
        if self.teams.is_empty() { self.role.to_owned() } else { format!("{} ({})", self.role, self.teams.join(", ")) }
    }
}

/// A pattern of paths.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PathRow {
    /// The pattern, relative to the project.
    pub path: String,
    /// Whose the files are.
    #[serde(flatten)]
    pub owner: Owner,
    /// How many files it decides.
    pub files: usize,
}

/// A way in which a role may change something that is not its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Way {
    /// The role.
    pub role: &'static str,
    /// How.
    pub how: String,
}

/// A file.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileRow {
    /// Its path in the project.
    pub path: String,
    /// Whose it is.
    #[serde(flatten)]
    pub owner: Owner,
    /// Why: a sentence.
    pub because: String,
    /// The line that says so, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said_at: Option<Spot>,
    /// The import that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// Its documents, as `Component orders`.
    pub holds: Vec<String>,
    /// How others change what it decides.
    pub others: Vec<Way>,
}

/// A field of a rendered object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldRow {
    /// `Deployment/orders`
    pub object: String,
    /// The units in which it is so.
    pub units: Vec<String>,
    /// The field.
    pub path: String,
    /// Its value.
    pub value: serde_json::Value,
    /// Whose it is: of everybody whose input decided it.
    pub owners: Vec<Owner>,
    /// The lines that set it.
    pub set_by: Vec<Spot>,
    /// What it won over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub won_over: Vec<Loser>,
    /// How others change it.
    pub others: Vec<Way>,
}

fn bold(text: &str, color: bool) -> String {
    if color { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
}

/// The paths as a table.
pub fn paths_text(rows: &[PathRow], color: bool) -> String {
    let mut cells = vec![["PATH".to_owned(), "ROLE".to_owned(), "TEAMS".to_owned(), "FILES".to_owned()]];
    let nobody = |teams: &[String]| if teams.is_empty() { "-".to_owned() } else { teams.join(" ") };
    cells.extend(rows.iter().map(|row| [row.path.clone(), row.owner.role.to_owned(), nobody(&row.owner.teams), row.files.to_string()]));
    let wide = |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (path, role, teams) = (wide(0), wide(1), wide(2));
    let mut out = String::new();
    for (index, [one, two, three, four]) in cells.iter().enumerate() {
        let line = format!("{:path$}  {two:role$}  {:teams$}  {four:>5}", plain(one), plain(three));
        let _ = writeln!(out, "{}", if index == 0 { bold(&line, color) } else { line });
    }
    out
}

fn at(spot: &Spot) -> String {
    format!("{}:{}", spot.file, spot.line)
}

fn ways(out: &mut String, others: &[Way]) {
    let wide = others.iter().map(|way| way.role.len()).max().unwrap_or(0);
    for (index, way) in others.iter().enumerate() {
        let head = if index == 0 { "others" } else { "" };
        let _ = writeln!(out, "  {head:8}{:wide$}  {}", way.role, plain(&way.how));
    }
}

/// Files, one block each.
pub fn files_text(rows: &[FileRow], color: bool) -> String {
    let mut out = String::new();
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let _ = writeln!(out, "{}", bold(&plain(&row.path), color));
        let _ = writeln!(out, "  owner   {}", plain(&row.owner.called()));
        let said = row.said_at.as_ref().map_or(String::new(), |spot| format!("  {}", at(spot)));
        let _ = writeln!(out, "  because {}{}", plain(&row.because), plain(&said));
        if !row.holds.is_empty() {
            let _ = writeln!(out, "  holds   {}", plain(&row.holds.join(", ")));
        }
        ways(&mut out, &row.others);
    }
    out
}

/// Fields, one block each.
pub fn fields_text(rows: &[FieldRow], color: bool) -> String {
    let mut out = String::new();
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let value = match &row.value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let _ = writeln!(out, "{}  {} = {}", bold(&plain(&row.object), color), plain(&row.path), plain(&value));
        let _ = writeln!(out, "  in      {}", plain(&row.units.join(", ")));
        let owners: Vec<String> = row.owners.iter().map(Owner::called).collect();
        let _ = writeln!(out, "  owner   {}", plain(&owners.join(", ")));
        for (index, spot) in row.set_by.iter().enumerate() {
            let head = if index == 0 { "set by" } else { "" };
            let _ = writeln!(out, "  {head:8}{}  {}", plain(&at(spot)), spot.owner);
        }
        for lost in &row.won_over {
            let place = lost.place.as_ref().map_or(String::new(), |spot| format!("  {}  {}", at(spot), spot.owner));
            let _ = writeln!(out, "  over    {}{}", plain(&lost.value.to_string()), plain(&place));
        }
        ways(&mut out, &row.others);
    }
    out
}

/// For whom a CODEOWNERS file is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Host {
    /// GitHub, Gitea, Forgejo.
    GitHub,
    /// GitLab.
    GitLab,
}

/// A CODEOWNERS file. `prefix` is the project's folder in the repository: empty, or ends in `/`. Of several lines that fit a file, the last holds.
pub fn codeowners(rows: &[PathRow], prefix: &str, host: Host) -> String {
    let (name, own) = match host {
        Host::GitHub => ("GitHub", "/.github/CODEOWNERS"),
        Host::GitLab => ("GitLab", "/.gitlab/CODEOWNERS"),
    };
    let mut out = format!("# Written by `oam owners --codeowners`, for {name}: who owns what is said in {prefix}oam.yaml.\n");
    let mut lines: Vec<(String, String, String)> = Vec::new();
    let mut unowned: Vec<&str> = Vec::new();
    for row in rows {
        if row.owner.teams.is_empty() && !unowned.contains(&row.owner.role) {
            unowned.push(row.owner.role);
        }
        let teams = row.owner.teams.iter().map(|team| handle(team)).collect::<Vec<_>>().join(" ");
        lines.extend(
            patterns(&row.path).into_iter().map(|pattern| (format!("/{prefix}{pattern}"), teams.clone(), row.owner.role.to_owned())),
        );
    }
    // Whoever may write this file decides for all others.
    if let Some(infra) = rows.iter().rfind(|row| row.path == "oam.yaml") {
        let teams = infra.owner.teams.iter().map(|team| handle(team)).collect::<Vec<_>>().join(" ");
        lines.push((own.to_owned(), teams, infra.owner.role.to_owned()));
    }
    for role in unowned {
        let _ =
            writeln!(out, "# A line without a team is of the {role}, for whom oam.yaml names nobody there; `roles.{role}.owners` does.");
    }
    let wide = lines.iter().map(|(pattern, ..)| escaped(pattern).chars().count()).max().unwrap_or(0);
    let mut role = "";
    for (pattern, teams, own) in &lines {
        if own != role {
            let _ = writeln!(out, "\n# {own}");
            role = own;
        }
        let line = format!("{:wide$}  {teams}", escaped(pattern));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// A name as the hosts want it.
fn handle(team: &str) -> String {
    if team.contains('@') { team.to_owned() } else { format!("@{team}") }
}

/// A pattern as the hosts read them: a folder with everything below it ends in `/`.
fn patterns(path: &str) -> Vec<String> {
    let bare = path.trim_end_matches('/');
    if path.ends_with('/') {
        return vec![path.to_owned()];
    }
    if bare.is_empty() || bare == "." || bare == "**" {
        return vec!["**".to_owned()];
    }
    // `a/*` would mean the files right in `a` only.
    if let Some(folder) = bare.strip_suffix("/**").or_else(|| bare.strip_suffix("/*")) {
        return vec![format!("{folder}/")];
    }
    let last = bare.rsplit('/').next().unwrap_or(bare);
    if last.contains('.') && !last.starts_with('.') {
        return vec![bare.to_owned()];
    }
    // It may be a file or a folder.
    vec![bare.to_owned(), format!("{bare}/")]
}

/// A pattern with what ends one escaped.
fn escaped(pattern: &str) -> String {
    pattern.replace('\\', "\\\\").replace(' ', "\\ ").replace('#', "\\#")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_codeowners_file_goes_from_general_to_specific_and_ends_with_itself() {
        let row = |path: &str, role: &'static str, teams: &[&str]| PathRow {
            path: path.into(),
            owner: Owner { role, teams: teams.iter().map(|team| team.to_string()).collect() },
            files: 1,
        };
        let rows = [
            row("apps/*/components/", "developer", &["@shop/dev"]),
            row("apps/my app/components/", "developer", &["shop/one", "ada@example.com"]),
            row("platform/*", "infra-operator", &["@shop/platform"]),
            row("legacy", "app-operator", &[]),
            row("oam.yaml", "infra-operator", &["@shop/platform"]),
        ];
        let expected = "# Written by `oam owners --codeowners`, for GitHub: who owns what is said in shop/oam.yaml.
# A line without a team is of the app-operator, for whom oam.yaml names nobody there; `roles.app-operator.owners` does.

# developer
/shop/apps/*/components/        @shop/dev
/shop/apps/my\\ app/components/  @shop/one ada@example.com

# infra-operator
/shop/platform/                 @shop/platform

# app-operator
/shop/legacy
/shop/legacy/

# infra-operator
/shop/oam.yaml                  @shop/platform
/.github/CODEOWNERS             @shop/platform
";
        assert_eq!(codeowners(&rows, "shop/", Host::GitHub), expected);
        assert!(codeowners(&rows, "", Host::GitLab).contains("\n/.gitlab/CODEOWNERS  "));
    }
}
