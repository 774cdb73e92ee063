//! Where a commit of the config repository comes from: trailers of its message, and the digests in them.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::output::Unit;
use crate::source::{Role, Sources};

/// What a commit says of its origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The project that was rendered.
    pub project: String,
    /// The address of its repository, as far as it has one.
    pub source: String,
    /// The commit that was rendered.
    pub revision: String,
    /// The project's folder in the repository; empty for its root.
    pub folder: String,
    /// The `oam` that rendered it.
    pub version: String,
    /// The digest of all that was read.
    pub inputs: String,
    /// The digest of all that was rendered.
    pub output: String,
    /// The environments and clusters that were rendered: `prod/eu-1`.
    pub places: Vec<String>,
    /// The applications that were, if not all of them.
    pub applications: Vec<String>,
}

const PROJECT: &str = "Oam-Project";

impl Provenance {
    /// The line by which commits of a project are found.
    pub fn line_of(project: &str) -> String {
        format!("{PROJECT}: {project}")
    }

    /// The trailers, a line each.
    pub fn trailers(&self) -> String {
        let lists = [self.places.join(", "), self.applications.join(", ")];
        let all = [
            (PROJECT, &self.project),
            ("Oam-Source", &self.source),
            ("Oam-Source-Revision", &self.revision),
            ("Oam-Source-Folder", &self.folder),
            ("Oam-Version", &self.version),
            ("Oam-Inputs", &self.inputs),
            ("Oam-Output", &self.output),
            ("Oam-Places", &lists[0]),
            ("Oam-Applications", &lists[1]),
        ];
        let mut text = String::new();
        for (name, value) in all.iter().filter(|(_, value)| !value.is_empty()) {
            let _ = writeln!(text, "{name}: {value}");
        }
        text
    }

    /// What a commit's message says, wherever in it: hosts that squash commits keep their messages in the body of the new one. `None` if it says
    /// nothing. Of several, the last counts.
    pub fn of(message: &str, project: &str) -> Option<Provenance> {
        let mut found: Option<Provenance> = None;
        for line in message.lines() {
            let Some((name, value)) = line.trim().split_once(": ") else { continue };
            let list = || value.split(", ").map(str::to_owned).collect();
            if name == PROJECT {
                found =
                    Some(Provenance { project: value.to_owned(), ..Provenance::default() }).filter(|new| new.project == project).or(found);
                continue;
            }
            let Some(found) = &mut found else { continue };
            match name {
                "Oam-Source" => found.source = value.to_owned(),
                "Oam-Source-Revision" => found.revision = value.to_owned(),
                "Oam-Source-Folder" => found.folder = value.to_owned(),
                "Oam-Version" => found.version = value.to_owned(),
                "Oam-Inputs" => found.inputs = value.to_owned(),
                "Oam-Output" => found.output = value.to_owned(),
                "Oam-Places" => found.places = list(),
                "Oam-Applications" => found.applications = list(),
                _ => {}
            }
        }
        found.filter(|found| !found.revision.is_empty())
    }
}

/// A digest of texts by path, in the order in which they come.
fn digest<'a>(texts: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut hash = Sha256::new();
    for (path, text) in texts {
        hash.update(path);
        // Lengths tell where one ends and the next begins.
        hash.update(format!("\0{}\0", text.len()));
        hash.update(text);
    }
    hash.finalize().iter().fold("sha256:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The digest of everything of a project that a run read.
pub fn inputs(sources: &Sources) -> String {
    let mut files: Vec<(&str, &str)> =
        sources.files().iter().filter(|file| file.role() != Role::BuiltIn).map(|file| (file.path(), file.text())).collect();
    files.sort_unstable();
    digest(files.into_iter())
}

/// The digest of what is rendered.
pub fn output(units: &[Unit]) -> String {
    let mut files: Vec<(String, &str)> = units
        .iter()
        .flat_map(|unit| unit.files.iter().map(|file| (format!("{}/{}", unit.directory, file.name), file.text.as_str())))
        .collect();
    files.sort_unstable();
    digest(files.iter().map(|(path, text)| (path.as_str(), *text)))
}

/// The address of a repository as it may be told: without a password, and without where it is on somebody's disk.
pub fn place(address: &str) -> String {
    if let Some((scheme, rest)) = address.split_once("://") {
        if scheme == "file" {
            return place(rest);
        }
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        return format!("{scheme}://{host}/{path}");
    }
    let is_ssh = address.split_once(':').is_some_and(|(host, _)| host.len() > 1 && !host.contains('/'));
    if is_ssh { address.to_owned() } else { address.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailers_say_again_what_they_were_given() {
        let provenance = Provenance {
            project: "shop".into(),
            source: "https://git.example.com/shop.git".into(),
            revision: "4f2c9e1".into(),
            folder: String::new(),
            version: "0.1.0".into(),
            inputs: "sha256:1".into(),
            output: "sha256:2".into(),
            places: vec!["dev".into(), "prod/eu-1".into()],
            applications: Vec::new(),
        };
        let message = format!("subject\n\nbody: x\n\n{}Signed-off-by: A <a@example.com>\n", provenance.trailers());
        assert_eq!(Provenance::of(&message, "shop"), Some(provenance.clone()));
        assert_eq!(Provenance::of(&message, "other"), None);
        assert_eq!(Provenance::of("subject", "shop"), None);
        // A squashed pull request: several messages in one, indented or listed.
        let newer = Provenance { revision: "5555555".into(), ..provenance.clone() };
        let squashed = format!("* one\n\n{}\n* two\n\n{}", provenance.trailers(), newer.trailers());
        assert_eq!(Provenance::of(&squashed, "shop"), Some(newer));
    }

    #[test]
    fn addresses_hide_what_is_nobodys_business() {
        assert_eq!(place("https://bot:secret@git.example.com/shop/code.git"), "https://git.example.com/shop/code.git");
        assert_eq!(place("git@git.example.com:shop/code.git"), "git@git.example.com:shop/code.git");
        assert_eq!(place("/home/jane/code.git"), "code.git");
        assert_eq!(place("file:///home/jane/code"), "code");
        assert_eq!(place("../code/"), "code");
    }
}
