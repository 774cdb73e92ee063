//! Files of a project as sources; what cannot be read is told, and the run goes on.

use std::sync::Arc;

use crate::diag::{Diagnostic, Sink, code};
use crate::source::{EntryKind, Pos, ReadError, Role, SourceFile, SourceTree, Sources, decode};

/// The largest document, in bytes: a reader of 27 MB/s is done with it in under a second.
pub(super) const LIMIT: u64 = 16 << 20;

/// Reads files and gives them positions.
pub(super) struct Reader<'a> {
    pub tree: &'a dyn SourceTree,
    pub sources: Sources,
    pub sink: &'a Sink,
    /// What stands behind the paths that people see: nothing, or the state of the tree that it is, as `@4f2c9e1`.
    pub mark: &'a str,
    /// From where to where the text of files goes that are taken as they are.
    pub raw: Vec<(Pos, Pos)>,
}

impl Reader<'_> {
    /// A file as a source.
    pub fn read(&mut self, path: &str, role: Role) -> Option<Arc<SourceFile>> {
        match text(self.tree, path) {
            Ok(text) => self.add(path, text, role),
            Err(unreadable) => {
                self.refuse(path, unreadable, role);
                None
            }
        }
    }

    /// Tells why something cannot be read, at its place.
    pub fn refuse(&mut self, path: &str, unreadable: Unreadable, role: Role) {
        let Unreadable { message, help, shown, .. } = unreadable;
        let at = match shown {
            None => Pos::NOWHERE,
            Some((text, offset)) => self.add(path, text, role).map_or(Pos::NOWHERE, |file| file.pos(offset)),
        };
        let problem = Diagnostic::error(code::UNREADABLE_FILE, at, message);
        self.sink.push(Diagnostic { help: help.map(str::to_owned), ..problem });
    }

    /// A text as a source.
    pub fn add(&mut self, path: &str, text: String, role: Role) -> Option<Arc<SourceFile>> {
        match self.sources.add(format!("{path}{}", self.mark), text, role) {
            Ok(file) => Some(file),
            Err(error) => {
                self.sink.push(Diagnostic::error(code::UNREADABLE_FILE, Pos::NOWHERE, error.to_string()));
                None
            }
        }
    }
}

/// Something that cannot be read as a document.
#[derive(Debug)]
pub(super) struct Unreadable {
    /// Why.
    pub message: String,
    /// The way out.
    pub help: Option<&'static str>,
    /// What can be shown of it, and at which byte; `None` if nothing is there.
    pub shown: Option<(String, usize)>,
    /// The line and column in it, where only another place can be shown.
    pub inside: Option<(u32, u32)>,
}

impl Unreadable {
    /// Something that is there, and of which nothing can be shown.
    pub fn new(message: String) -> Unreadable {
        Unreadable { message, help: None, shown: Some((String::new(), 0)), inside: None }
    }
}

/// The text of a file.
pub(super) fn text(tree: &dyn SourceTree, path: &str) -> Result<String, Unreadable> {
    text_of(tree.read(path, LIMIT), path)
}

/// The text of what was read under a name.
pub(super) fn text_of(read: Result<Vec<u8>, ReadError>, name: &str) -> Result<String, Unreadable> {
    match read {
        Ok(bytes) => decode(bytes).map_err(|bad| Unreadable {
            message: format!("`{name}` is not text: {}", bad.problem),
            help: Some("documents are UTF-8: save the file in this encoding, or take it out of this folder"),
            shown: Some((bad.shown, bad.offset)),
            inside: Some((bad.line, bad.column)),
        }),
        Err(ReadError::TooLarge(size)) => Err(Unreadable::new(format!("`{name}` has {size} bytes, and a document has at most {LIMIT}"))),
        Err(ReadError::Missing) => Err(Unreadable { shown: None, ..Unreadable::new(format!("cannot read `{name}`: it is not there")) }),
        Err(error) => Err(Unreadable::new(format!("cannot read `{name}`: {error}"))),
    }
}

/// What stands at a path, links on the way told apart. What is below `trusted`, a folder that was walked before, is looked at only.
pub(super) fn kind_of(tree: &dyn SourceTree, trusted: &str, path: &str) -> Result<EntryKind, ReadError> {
    let below = path.strip_prefix(trusted).filter(|rest| trusted.is_empty() || rest.starts_with('/'));
    let (mut folder, rest) = match below {
        Some(rest) => (trusted.to_owned(), rest),
        None => (String::new(), path),
    };
    let mut kind = EntryKind::Directory;
    for part in rest.split('/').filter(|part| !part.is_empty()) {
        if kind != EntryKind::Directory {
            return Err(ReadError::Missing);
        }
        let entries = tree.list(&folder)?;
        let found = entries.binary_search_by(|entry| entry.name.as_str().cmp(part)).ok().and_then(|index| entries.get(index));
        kind = found.ok_or(ReadError::Missing)?.kind;
        if kind == EntryKind::ForeignLink {
            return Ok(kind);
        }
        folder = if folder.is_empty() { part.to_owned() } else { format!("{folder}/{part}") };
    }
    Ok(kind)
}

/// A relative path below a folder, without `.` and `..`; `None` if it leaves the tree or is absolute.
pub(super) fn join(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    if path.starts_with('/') {
        return None;
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn paths_stay_inside() {
        assert_eq!(join("apps/a/components", "config/x.yaml").as_deref(), Some("apps/a/components/config/x.yaml"));
        assert_eq!(join("apps/a", "../b/./x").as_deref(), Some("apps/b/x"));
        assert_eq!(join("a", "../../x"), None);
        assert_eq!(join("a", "/etc/passwd"), None);
    }
}
