//! `oam.lock`: which commit and which content each import has.

use std::fmt::Write;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::cli::exit::Failure;
use crate::diag::Sink;
use crate::load::LOCK_FILE;
use crate::model::Import;
use crate::source::{Role, Sources};
use crate::tree::{Node, read_yaml};

/// The version of the file's form.
const VERSION: i64 = 1;

/// The lock file.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Lock {
    /// The imports, by name.
    pub imports: Vec<Locked>,
}

/// One import.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Locked {
    /// How it is called in the project.
    pub name: String,
    /// The repository, as the project says it.
    pub url: String,
    /// Branch, tag or commit, as the project says it.
    pub reference: Option<String>,
    /// The folder in the repository, as the project says it.
    pub path: Option<String>,
    /// The full id of the commit.
    pub commit: String,
    /// The digest of the files.
    pub digest: String,
}

impl Locked {
    /// What a project asks for; of a commit nothing is known.
    pub fn asked(import: &Import) -> Locked {
        let git = import.git.as_ref();
        let text = |name: Option<&crate::model::Name>| name.map(ToString::to_string);
        Locked {
            name: import.name.to_string(),
            url: text(git.map(|git| &git.url)).unwrap_or_default(),
            reference: text(git.and_then(|git| git.reference.as_ref())),
            path: text(git.and_then(|git| git.path.as_ref())),
            ..Locked::default()
        }
    }
}

impl Lock {
    /// The lock file of a project; empty if it has none.
    ///
    /// # Errors
    /// When it cannot be read, or is no lock file.
    pub fn read(root: &Path) -> Result<Lock, Failure> {
        let path = root.join(LOCK_FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Lock::default()),
            Err(error) => return Err(Failure::world(format!("cannot read `{}`: {error}", path.display()))),
        };
        let broken = || {
            Failure::usage(format!("`{}` is not what `oam vendor` wrote", path.display()))
                .help("after a merge of two versions, remove it: `oam vendor` writes it anew")
        };
        parse(text).ok_or_else(broken)
    }

    /// The entry of an import.
    pub fn find(&self, name: &str) -> Option<&Locked> {
        self.imports.iter().find(|locked| locked.name == name)
    }

    /// Writes the file; one without imports is removed.
    ///
    /// # Errors
    /// When the file system fails.
    pub fn write(&self, root: &Path) -> io::Result<()> {
        let path = root.join(LOCK_FILE);
        if self.imports.is_empty() {
            return match fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let text = self.text();
        if fs::read_to_string(&path).is_ok_and(|there| there == text) {
            return Ok(());
        }
        let new = root.join(format!(".{LOCK_FILE}.new"));
        fs::write(&new, text)?;
        fs::rename(new, path)
    }

    fn text(&self) -> String {
        let mut imports: Vec<&Locked> = self.imports.iter().collect();
        imports.sort_by(|a, b| a.name.cmp(&b.name));
        let mut out = format!(
            "# Written by `oam vendor`: the commit and the content of each import. Commit it with `vendor/`.\nversion: {VERSION}\nimports:\n"
        );
        for locked in imports {
            let mut head = "- ";
            let fields = [
                ("name", Some(&locked.name)),
                ("url", Some(&locked.url)),
                ("ref", locked.reference.as_ref()),
                ("path", locked.path.as_ref()),
                ("commit", Some(&locked.commit)),
                ("digest", Some(&locked.digest)),
            ];
            for (key, value) in fields.into_iter().filter_map(|(key, value)| Some((key, value?))) {
                // JSON's strings are YAML's, too.
                let _ = writeln!(out, "  {head}{key}: {}", serde_json::Value::from(value.as_str()));
                head = "  ";
            }
        }
        out
    }
}

fn parse(text: String) -> Option<Lock> {
    let file = Sources::new().add(LOCK_FILE, text, Role::Nobody).ok()?;
    let sink = Sink::new();
    let root = read_yaml(&file, &sink).pop()?.root;
    if sink.has_errors() || root.field("version").and_then(Node::as_i64) != Some(VERSION) {
        return None;
    }
    let entry = |node: &Node| {
        let text = |key: &str| node.field(key).and_then(Node::as_str).map(str::to_owned);
        Some(Locked {
            name: text("name")?,
            url: text("url")?,
            reference: text("ref"),
            path: text("path"),
            commit: text("commit")?,
            digest: text("digest")?,
        })
    };
    let imports: Option<Vec<Locked>> = root.field("imports")?.items().iter().map(entry).collect();
    Some(Lock { imports: imports? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let locked = |name: &str, reference: Option<&str>| Locked {
            name: name.into(),
            url: "../a \"b\": #c".into(),
            reference: reference.map(str::to_owned),
            path: None,
            commit: "0123".into(),
            digest: "sha256:4567".into(),
        };
        let lock = Lock { imports: vec![locked("a", None), locked("b", Some("1.10"))] };
        assert_eq!(parse(lock.text()), Some(lock));
        assert_eq!(parse("version: 2\nimports: []\n".into()), None);
        assert_eq!(parse("<<<<<<< HEAD\n".into()), None);
    }
}
