//! Positions: one `u32` names a byte of any file of a run.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A byte in the concatenation of all sources of a run; [`Pos::NOWHERE`] for values without a source.
#[derive(Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Pos(u32);

impl Pos {
    /// The position of values that nobody wrote.
    pub const NOWHERE: Pos = Pos(0);

    /// The position with this number; 0 is [`Pos::NOWHERE`].
    pub const fn new(number: u32) -> Pos {
        Pos(number)
    }

    /// The number behind the position.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Whether it points into a source file.
    pub const fn is_known(self) -> bool {
        self.0 != 0
    }
}

impl fmt::Debug for Pos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}", self.0)
    }
}

/// Who owns a file: who may edit it, and whose the values in it are.
#[derive(Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Role {
    /// Writes what runs.
    Developer,
    /// Writes how it runs.
    AppOperator,
    /// Writes where it runs and what must hold.
    InfraOperator,
    /// Shipped with the program.
    BuiltIn,
    /// Nobody of the model: a manifest of any origin.
    Nobody,
}

impl Role {
    /// The name as documents and reports spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Developer => "developer",
            Role::AppOperator => "app-operator",
            Role::InfraOperator => "infra-operator",
            Role::BuiltIn => "built-in",
            Role::Nobody => "nobody",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One file of a run.
#[derive(Debug)]
pub struct SourceFile {
    path: Box<str>,
    base: u32,
    text: Cow<'static, str>,
    role: Role,
    line_starts: OnceLock<Vec<u32>>,
}

impl SourceFile {
    /// The path as people see it: relative to the project, with `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whose file it is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The position of the byte at `offset`; an offset past the end is the end.
    pub fn pos(&self, offset: usize) -> Pos {
        Pos(self.base + offset.min(self.text.len()) as u32)
    }

    /// The position of the file's first byte, as a number.
    pub fn base(&self) -> u32 {
        self.base
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let mut starts = vec![0];
            starts.extend(memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|i| i as u32 + 1));
            starts
        })
    }

    /// 1-based line and column of the byte at `offset`; columns count characters.
    pub fn line_column(&self, offset: usize) -> (u32, u32) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let starts = self.line_starts();
        let line = starts.partition_point(|&start| start as usize <= offset) - 1;
        let column = self.text[starts[line] as usize..offset].chars().count();
        (line as u32 + 1, column as u32 + 1)
    }

    /// The byte range of a 1-based line, without its line break; `None` past the last line.
    pub fn line_range(&self, line: u32) -> Option<std::ops::Range<usize>> {
        let starts = self.line_starts();
        let index = (line as usize).checked_sub(1)?;
        let start = *starts.get(index)? as usize;
        let end = starts.get(index + 1).map_or(self.text.len(), |&next| next as usize - 1);
        let end = if end > start && self.text.as_bytes()[end - 1] == b'\r' { end - 1 } else { end };
        Some(start..end)
    }
}

/// A position, resolved for people.
#[derive(Copy, Clone, Debug)]
pub struct Place<'a> {
    /// The file.
    pub file: &'a SourceFile,
    /// Byte offset in the file.
    pub offset: usize,
    /// 1-based line.
    pub line: u32,
    /// 1-based column, in characters.
    pub column: u32,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.path, self.line, self.column)
    }
}

/// The sources of a run together pass 4 GiB.
#[derive(Debug)]
pub struct TooMuchSource;

impl fmt::Display for TooMuchSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the project's files are larger than 4 GiB together")
    }
}

impl std::error::Error for TooMuchSource {}

/// All files of a run, in the order in which they were added. Files added in the same order get the same positions.
#[derive(Debug, Clone)]
pub struct Sources {
    files: Vec<Arc<SourceFile>>,
    next: u32,
}

impl Default for Sources {
    fn default() -> Self {
        Sources::new()
    }
}

impl Sources {
    /// No files.
    pub fn new() -> Sources {
        Sources { files: Vec::new(), next: 1 }
    }

    /// Adds a file; the result is the file, whose positions are valid from now on.
    ///
    /// # Errors
    /// [`TooMuchSource`] when all files together pass 4 GiB.
    pub fn add(
        &mut self,
        path: impl Into<Box<str>>,
        text: impl Into<Cow<'static, str>>,
        role: Role,
    ) -> Result<Arc<SourceFile>, TooMuchSource> {
        let text = text.into();
        // The high bit is left to `Fill`, which tells positions from unions by it.
        let after = self.next as usize + text.len() + 1;
        if after >= 1 << 31 {
            return Err(TooMuchSource);
        }
        let file = Arc::new(SourceFile { path: path.into(), base: self.next, text, role, line_starts: OnceLock::new() });
        self.next = after as u32;
        self.files.push(file.clone());
        Ok(file)
    }

    /// All files, by position.
    pub fn files(&self) -> &[Arc<SourceFile>] {
        &self.files
    }

    /// The file that holds a position.
    pub fn file_of(&self, pos: Pos) -> Option<&SourceFile> {
        if !pos.is_known() {
            return None;
        }
        let index = self.files.partition_point(|file| file.base <= pos.0).checked_sub(1)?;
        let file = &*self.files[index];
        (pos.0 as usize <= file.base as usize + file.text.len()).then_some(file)
    }

    /// The file with this path.
    pub fn file_named(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.path() == path).map(|file| &**file)
    }

    /// Who owns the file of a position.
    pub fn role_of(&self, pos: Pos) -> Option<Role> {
        self.file_of(pos).map(SourceFile::role)
    }

    /// File, line and column of a position.
    pub fn locate(&self, pos: Pos) -> Option<Place<'_>> {
        let file = self.file_of(pos)?;
        let offset = (pos.0 - file.base) as usize;
        let (line, column) = file.line_column(offset);
        Some(Place { file, offset, line, column })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_name_file_line_and_character() {
        let mut sources = Sources::new();
        let one = sources.add("a.yaml", "x: é1\r\n\ty\n", Role::Developer).unwrap();
        let two = sources.add("b.yaml", "", Role::InfraOperator).unwrap();
        let place = sources.locate(one.pos(5)).unwrap();
        assert_eq!(place.to_string(), "a.yaml:1:5", "é is one column and two bytes");
        assert_eq!(sources.locate(one.pos(9)).unwrap().to_string(), "a.yaml:2:2");
        assert_eq!(one.line_range(1), Some(0..6), "without the CR");
        assert_eq!(sources.locate(two.pos(0)).unwrap().to_string(), "b.yaml:1:1");
        assert_eq!(sources.role_of(two.pos(0)), Some(Role::InfraOperator));
        assert!(sources.locate(Pos::NOWHERE).is_none());
    }
}
