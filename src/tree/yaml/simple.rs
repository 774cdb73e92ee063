//! The plain part of YAML, in one pass: maps and lists, in blocks or in brackets, of scalars in one line, and literal blocks. Nearly all
//! documents and manifests are written in it.
//!
//! It is there for speed alone. Whatever is out of the ordinary (and every mistake) is left to the parser, which then reads the whole
//! file: this says nothing, and gives the very nodes that the reader gives.

mod flow;

use rustc_hash::FxHashMap;

use super::map::{earlier, is_word};
use super::scalar::plain;
use super::{Document, Tags};
use crate::source::SourceFile;
use crate::tree::{Entry, Key, Node, Origin, Value};

/// Deeper nesting is left to the parser.
const LEVELS: usize = 64;

/// The documents of a file, if all of it is plain.
pub(super) fn documents(file: &SourceFile) -> Option<Vec<Document>> {
    let text = file.text().as_bytes();
    let is_ascii = text.iter().all(|byte| (0x20..0x7f).contains(byte) || *byte == b'\n');
    if !is_ascii && !file.text().chars().all(is_ordinary) {
        return None;
    }
    let mut simple = Simple { file, text, line: Line::default(), next: 0, items: Vec::new(), entries: Vec::new(), depth: 0 };
    let mut documents = Vec::new();
    loop {
        match simple.advance()? {
            Step::Content => {
                let root = simple.block(simple.line.start, simple.line.indent)?;
                documents.push(Document { root, tags: Tags::default() });
                if simple.line.kind == Step::Content {
                    return None;
                }
                if simple.line.kind == Step::End {
                    return Some(documents);
                }
            }
            Step::Marker => {}
            Step::End => return Some(documents),
        }
    }
}

/// Whether a character is nothing but text, or ends a line: controls, other breaks of lines and marks of byte order are left to the parser.
fn is_ordinary(character: char) -> bool {
    matches!(
        character,
        '\n' | ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..
    )
}

/// What a line is.
#[derive(Copy, Clone, PartialEq, Eq, Default)]
enum Step {
    Content,
    /// `---`
    Marker,
    #[default]
    End,
}

/// The line that is looked at: where its content begins, how far it is indented, and where it ends.
#[derive(Copy, Clone, Default)]
struct Line {
    kind: Step,
    start: usize,
    indent: usize,
    end: usize,
}

struct Simple<'t> {
    file: &'t SourceFile,
    text: &'t [u8],
    line: Line,
    /// Where the line after it begins.
    next: usize,
    /// Children of the collections that are being read, innermost last.
    items: Vec<Node>,
    entries: Vec<Entry>,
    depth: usize,
}

impl<'t> Simple<'t> {
    fn origin(&self, at: usize) -> Origin {
        Origin::written(self.file.pos(at))
    }

    /// Goes to the next line that is neither blank nor a comment.
    fn advance(&mut self) -> Option<Step> {
        loop {
            if self.next >= self.text.len() {
                self.line = Line::default();
                return Some(Step::End);
            }
            let first = self.next;
            let end = memchr::memchr(b'\n', &self.text[first..]).map_or(self.text.len(), |length| first + length);
            self.next = end + 1;
            let indent = self.text[first..end].iter().take_while(|byte| **byte == b' ').count();
            let start = first + indent;
            if start == end || self.text[start] == b'#' {
                continue;
            }
            let mut kind = Step::Content;
            if indent == 0 {
                match &self.text[start..end] {
                    b"---" => kind = Step::Marker,
                    [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..] | [b'%', ..] => return None,
                    _ => {}
                }
            }
            self.line = Line { kind, start, indent, end };
            return Some(kind);
        }
    }

    /// Whether the line that is looked at goes on with a collection in a column.
    fn continues(&self, column: usize) -> bool {
        self.line.kind == Step::Content && self.line.indent == column
    }

    fn is_item(&self, at: usize) -> bool {
        self.text[at] == b'-' && self.text.get(at + 1).is_none_or(|byte| *byte == b' ' || *byte == b'\n')
    }

    /// A list or map that begins at a byte, in a column. Behind it the first line after it is looked at.
    fn block(&mut self, at: usize, column: usize) -> Option<Node> {
        self.depth += 1;
        if self.depth > LEVELS {
            return None;
        }
        let node = if self.is_item(at) { self.list(at, column) } else { self.map(at, column) };
        self.depth -= 1;
        node
    }

    fn list(&mut self, start: usize, column: usize) -> Option<Node> {
        let first = self.items.len();
        let mut at = start;
        loop {
            let blanks = self.text[at + 1..self.line.end].iter().take_while(|byte| **byte == b' ').count();
            let value = at + 1 + blanks;
            // An item without anything on its line is rare.
            if value >= self.line.end {
                return None;
            }
            let inner = column + 1 + blanks;
            let item =
                if self.is_item(value) || self.key(value).is_some() { self.block(value, inner)? } else { self.scalar(value, column)? };
            self.items.push(item);
            if !self.continues(column) || !self.is_item(self.line.start) {
                break;
            }
            at = self.line.start;
        }
        let items = self.items.drain(first..).collect();
        Some(Node::list(items, self.origin(start)))
    }

    fn map(&mut self, start: usize, column: usize) -> Option<Node> {
        let first = self.entries.len();
        let mut places = FxHashMap::default();
        let mut at = start;
        loop {
            let colon = self.key(at)?;
            let key = self.plain_key(at, colon)?;
            if earlier(&self.entries[first..], key, &mut places).is_some() {
                return None;
            }
            let node = self.value_of(colon, column)?;
            self.entries.push(Entry { key, key_at: self.file.pos(at), node });
            if !self.continues(column) {
                break;
            }
            if self.is_item(self.line.start) {
                return None;
            }
            at = self.line.start;
        }
        let entries = self.entries.drain(first..).collect();
        Some(Node::map(entries, self.origin(start)))
    }

    /// The key between two bytes, unless it means something else than text.
    fn plain_key(&self, at: usize, colon: usize) -> Option<Key> {
        let name = std::str::from_utf8(&self.text[at..colon]).ok()?;
        plain(name).is_none_or(|value| is_word(&value, name)).then(|| Key::new(name))
    }

    /// The colon behind a plain key that begins at a byte.
    fn key(&self, at: usize) -> Option<usize> {
        let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-');
        let first = self.text[at];
        if !(first.is_ascii_alphanumeric() || matches!(first, b'_' | b'$' | b'/')) {
            return None;
        }
        let colon = at + 1 + self.text[at + 1..self.line.end].iter().take_while(|byte| is_inner(byte)).count();
        let ends = self.text.get(colon + 1).is_none_or(|byte| *byte == b' ' || *byte == b'\n');
        (self.text.get(colon) == Some(&b':') && colon < self.line.end && ends).then_some(colon)
    }

    /// The value behind a colon, of a map in a column.
    fn value_of(&mut self, colon: usize, column: usize) -> Option<Node> {
        let blanks = self.text[colon + 1..self.line.end].iter().take_while(|byte| **byte == b' ').count();
        let value = colon + 1 + blanks;
        if value < self.line.end && self.text[value] != b'#' {
            return self.scalar(value, column);
        }
        let below = self.advance()?;
        // A list may stand in the column of its key.
        if below == Step::Content && (self.line.indent > column || self.continues(column) && self.is_item(self.line.start)) {
            return self.block(self.line.start, self.line.indent);
        }
        Some(Node::null(self.origin(colon + 1)))
    }

    /// A scalar in one line, or a literal block, within a collection in a column. Behind it the next line is looked at.
    fn scalar(&mut self, at: usize, column: usize) -> Option<Node> {
        let end = self.line.end;
        let value = match self.text[at] {
            b'|' => return self.literal(at, column),
            b'"' | b'\'' => {
                let (text, behind) = self.quoted(at)?;
                if !self.is_rest(behind, end) {
                    return None;
                }
                Value::Str(text.into())
            }
            b'[' | b'{' => {
                let (node, behind) = self.bracket(at, column)?;
                if !self.is_rest(behind, self.line.end) {
                    return None;
                }
                node.value
            }
            first if Self::begins_plain(first) => self.plain(at, end)?,
            _ => return None,
        };
        let node = Node::new(value, self.origin(at));
        // A line that is indented further goes on with the text.
        if self.advance()? == Step::Content && self.line.indent > column {
            return None;
        }
        Some(node)
    }

    /// The text in quotes that begins at a byte, and where it ends. Escapes and further lines are left to the parser.
    fn quoted(&self, at: usize) -> Option<(&'t str, usize)> {
        let quote = self.text[at];
        let close = at + 1 + memchr::memchr(quote, &self.text[at + 1..self.line.end])?;
        let inner = &self.text[at + 1..close];
        let special = if quote == b'"' { inner.contains(&b'\\') } else { self.text.get(close + 1) == Some(&b'\'') };
        if special { None } else { Some((std::str::from_utf8(inner).ok()?, close + 1)) }
    }

    /// Whether a text without quotes may begin so; other signs say something of their own, or are rare.
    fn begins_plain(first: u8) -> bool {
        first.is_ascii_alphanumeric()
            || !first.is_ascii()
            || matches!(first, b'/' | b'_' | b'.' | b'~' | b'-' | b'+' | b'(' | b'$' | b'^' | b'=')
    }

    /// Whether only blanks and a comment stand between two bytes.
    fn is_rest(&self, at: usize, end: usize) -> bool {
        let blanks = self.text[at..end].iter().take_while(|byte| **byte == b' ').count();
        at + blanks == end || (blanks > 0 && self.text[at + blanks] == b'#')
    }

    fn plain(&self, at: usize, end: usize) -> Option<Value> {
        let bytes = &self.text[at..end];
        if self.is_item(at) {
            return None;
        }
        let mut length = bytes.len();
        for index in memchr::memchr2_iter(b'#', b':', bytes) {
            let (before, after) = (index.checked_sub(1).map(|before| bytes[before]), bytes.get(index + 1));
            if bytes[index] == b':' {
                if after.is_none_or(|byte| *byte == b' ') {
                    return None;
                }
            } else if before == Some(b' ') {
                length = index;
                break;
            }
        }
        let text = std::str::from_utf8(&bytes[..length]).ok()?.trim_end_matches(' ');
        let value = plain(text).unwrap_or_else(|| Value::Str(text.into()));
        (!matches!(value, Value::Float(number) if !number.is_finite())).then_some(value)
    }

    /// `|` or `|-`: the lines below, as they are.
    fn literal(&mut self, at: usize, column: usize) -> Option<Node> {
        let strips = match &self.text[at..self.line.end] {
            b"|" => false,
            b"|-" => true,
            _ => return None,
        };
        let mut text = String::new();
        let mut indent = None;
        let mut blank = 0;
        while self.next < self.text.len() {
            let first = self.next;
            let end = memchr::memchr(b'\n', &self.text[first..]).map_or(self.text.len(), |length| first + length);
            let spaces = self.text[first..end].iter().take_while(|byte| **byte == b' ').count();
            if first + spaces == end {
                // Blanks that may count, and blank lines before the first, are left to the parser.
                if spaces > 0 || indent.is_none() {
                    return None;
                }
                blank += 1;
                self.next = end + 1;
                continue;
            }
            let own = *indent.get_or_insert(spaces);
            if own <= column {
                return None;
            }
            if spaces < own {
                break;
            }
            (0..std::mem::take(&mut blank)).for_each(|_| text.push('\n'));
            text.push_str(std::str::from_utf8(&self.text[first + own..end]).ok()?);
            // Without a line break at its end the last line of a file is left to the parser.
            if end == self.text.len() {
                return None;
            }
            text.push('\n');
            self.next = end + 1;
        }
        indent?;
        if strips {
            text.pop();
        }
        let node = Node::str(text.as_str(), self.origin(at));
        if self.advance()? == Step::Content && self.line.indent > column {
            return None;
        }
        Some(node)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::diag::Sink;
    use crate::source::{Role, Sources};
    use crate::tree::yaml::mistakes::Mistakes;
    use crate::tree::yaml::reader::Reader;

    /// Where the two readers differ over a text; whether it is plain at all.
    fn compare(text: &str) -> Result<bool, String> {
        let file = Sources::new().add("x.yaml", text.to_owned(), Role::Developer).unwrap();
        let Some(simple) = documents(&file) else { return Ok(false) };
        let sink = Sink::new();
        let full = Reader::new(&file, Mistakes::new(&file, &sink)).documents();
        let problems = sink.take().diagnostics;
        let all = |documents: &[Document]| documents.iter().map(|document| format!("{:?}", document.root)).collect::<Vec<_>>();
        if !problems.is_empty() || !full.broken.is_empty() {
            return Err(format!("{text}\nis read without a word, and there is one to say: {problems:?}"));
        }
        let (ours, theirs) = (all(&simple), all(&full.sound));
        if ours == theirs { Ok(true) } else { Err(format!("{text}\nis\n{}\nand not\n{}", theirs.join("\n"), ours.join("\n"))) }
    }

    fn walk(directory: &Path, plain: &mut usize, files: &mut usize) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, plain, files);
            } else if path.extension().is_some_and(|extension| extension == "yaml")
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                *files += 1;
                *plain += usize::from(compare(&text).unwrap_or_else(|problem| panic!("{}: {problem}", path.display())));
            }
        }
    }

    #[test]
    fn every_file_of_the_repository_is_read_alike() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (mut plain, mut files) = (0, 0);
        for folder in ["components", "examples", "libraries", "scopes", "tests", "traits"] {
            walk(&root.join(folder), &mut plain, &mut files);
        }
        assert!(files > 200 && plain * 8 > files * 7, "{plain} of {files} files are plain");
    }

    #[test]
    fn what_is_plain_and_what_is_not() {
        for text in [
            "a: 1\nb:\n  c: x # y\n  d:\n  - e\n  - f: 1\n    g: 2\nh:\n- - 1\n  - 2\n",
            "---\na: |\n  x\n\n   y\nb: |-\n  z\n---\n# nothing\n---\na: 'x'\nb: \"y\" # z\nc: {}\nd: []\ne:\n",
            "a.b/c-d: http://x:80/#y\ne: -1\nf: a#b\n",
            "a: {b: 1, c: [d, \"e\", {'f': g}], \"h\":1}\ni: [] # j\nk:\n- [l]\n",
            "a: {\n  b: 1, # c\n\n  d: [e,\n f]\n  }\ng: h\n",
            "a: Überall {x} [y]\n$b: {$c: é}\n",
        ] {
            assert_eq!(compare(text), Ok(true), "{text}");
        }
        for text in [
            "a: b\n  c\n",
            "a: &x 1\n",
            "a: {b}\n",
            "a: [b: 1]\n",
            "a: {{ b }}\n",
            "a: {b: 1}: c\n",
            "a: [b\n]",
            "a: \"x\\n\"\n",
            "a: b: c\n",
            "a: 1\na: 2\n",
            "a:\tb\n",
            "- a\nb: 1\n",
            "true: 1\n",
        ] {
            assert_eq!(compare(text), Ok(false), "{text}");
        }
    }

    /// A value in brackets, with blanks, comments and breaks between its tokens.
    fn bracket() -> impl Strategy<Value = String> {
        let gap = || proptest::sample::select(&["", "", "", " ", "  ", "\n  ", "\n", " # x\n    ", "#", "\n\n   "][..]);
        let scalar = proptest::sample::select(
            &[
                "a", "-1", "1.5", "b c", "'d, e'", "\"f: g\"", "h:i", "j#k", "''", "~", "é", "'l''m'", "\"n\\t\"", "-", "p:", "", "$q",
                "*r", "s: t",
            ][..],
        );
        scalar.prop_map(str::to_owned).prop_recursive(4, 24, 4, move |inner| {
            let keys = &["a: ", "b-c/d.e: ", "$f: ", "\"g\": ", "'h':", "\"i\":", "j:", "1: ", "on: ", "k : ", "? l : ", ": "][..];
            let pair = (proptest::sample::select(keys), gap(), inner.clone()).prop_map(|(key, gap, value)| format!("{key}{gap}{value}"));
            let all = |items: BoxedStrategy<String>| proptest::collection::vec((gap(), items, gap()), 0..4);
            let joined = |items: Vec<(&str, String, &str)>| {
                items.iter().map(|(before, item, behind)| format!("{before}{item}{behind}")).collect::<Vec<_>>().join(",")
            };
            prop_oneof![
                (all(pair.boxed()), gap()).prop_map(move |(items, end)| format!("{{{}{end}}}", joined(items))),
                (all(inner.boxed()), gap()).prop_map(move |(items, end)| format!("[{}{end}]", joined(items))),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn brackets_are_read_alike(value in bracket(), place in 0usize..4, lost in proptest::option::of(0usize..80)) {
            let (before, behind) = [("a: ", "\nb: 1\n"), ("- ", "\n- b\n"), ("a:\n  c: ", ""), ("a:\n- b: ", " # c\n  d: 1\n")][place];
            let mut text = format!("{before}{value}{behind}");
            if let Some((at, _)) = lost.and_then(|lost| text.char_indices().nth(lost)) {
                text.remove(at);
            }
            if let Err(problem) = compare(&text) {
                return Err(TestCaseError::fail(problem));
            }
        }

        #[test]
        fn lines_put_together_are_read_alike(
            lines in proptest::collection::vec((0usize..4, proptest::sample::select(&[
                "a: 1", "b:", "c: x y", "- d", "- e: 2", "- f:", "- - g", "# h", "", " ", "i: |", "j: |-", "- |", "k: 'l'", "m: \"n\" # o", "---",
                "p: {}", "q: []", "r: s: t", "u:  # v", "w: -", "-", "x: 0x1F", "y: 1.5", "text", "- text # z", "aa: b#c", "on: 1", "1: 2", "ab: ''",
                "ac: 'd''e'", "- - - 1", "-  x: 1", "ad: ~", "ae: .5", "...", "--- x", "af : 1", "ag: \"h\"i", "ah: |+", "ai: >", "  deep: 1",
                "al: {a: 1}", "- {b: [c, d]}", "am: [e,", "f]", "an: {g: h,", "i: j}", "]", "}", "ao: {k: {l: m}} # n", "- [{o: p}]", "$q: 'r'", "/: s", "on: {y: t}", "{",
            ][..])), 1..9),
            ends in any::<bool>(),
        ) {
            let mut text: String = lines.iter().map(|(indent, line)| format!("{}{line}\n", " ".repeat(*indent * 2))).collect();
            if !ends {
                text.pop();
            }
            if let Err(problem) = compare(&text) {
                return Err(TestCaseError::fail(problem));
            }
        }
    }
}
