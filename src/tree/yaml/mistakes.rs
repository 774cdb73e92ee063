//! What is wrong with a file, in words: each mistake once, at its place, with the way out.

use granit_parser::{ErrorKind, ScanError};

use super::clues::{Clue, Clues};
use super::events::Events;
use crate::diag::{Diagnostic, Sink, code};
use crate::source::{Pos, SourceFile};
use crate::tree::Key;

/// Tells the mistakes of one file.
pub(super) struct Mistakes<'t, 's> {
    file: &'t SourceFile,
    sink: &'s Sink,
    /// What is told once per document, and was.
    told: Vec<&'static str>,
    /// The line of the last template without quotes: what is wrong behind it on that line has the same cause.
    template_line: Option<u32>,
}

impl<'t, 's> Mistakes<'t, 's> {
    pub fn new(file: &'t SourceFile, sink: &'s Sink) -> Mistakes<'t, 's> {
        Mistakes { file, sink, told: Vec::new(), template_line: None }
    }

    pub fn next_document(&mut self) {
        self.told.clear();
        self.template_line = None;
    }

    /// Tells a mistake. What stands in the place of a value that could not be read is no mistake of its own.
    pub fn push(&self, problem: Diagnostic) {
        self.sink.push(problem.decisive());
    }

    /// A mistake that is told for the first time in this document, and not again.
    pub fn once(&mut self, what: &'static str, problem: Diagnostic) {
        if !self.told.contains(&what) {
            self.told.push(what);
            self.push(problem);
        }
    }

    pub fn too_deep(&mut self, at: Pos, levels: usize) {
        let message = format!("values lie in each other more than {levels} levels deep");
        self.once("depth", Diagnostic::error(code::YAML_BOUND, at, message).help("documents that people write have fewer than 30"));
    }

    pub fn misfit(&self, text: &str, what: &str, at: Pos) {
        let message = format!("`{}` is not {what}, which its tag asks for", short(text));
        self.push(Diagnostic::error(code::YAML_VALUE, at, message).help("correct the value, or remove the tag"));
    }

    pub fn unknown_tag(&self, name: &str, at: Pos) {
        let known = ["!raw", "!!str", "!!int", "!!float", "!!bool", "!!null", "!!binary"];
        let mut problem = Diagnostic::error(code::YAML_VALUE, at, format!("the tag `{}` has no meaning here", short(name)));
        problem = problem.suggest(name, known);
        if problem.help.is_none() {
            problem.help = Some("remove it, or put the value in quotes if the `!` is part of it".to_owned());
        }
        self.push(problem);
    }

    pub fn raw_collection(&self, at: Pos) {
        let message = "`!raw` marks text that is no template, and this is a list or map";
        self.push(Diagnostic::error(code::YAML_VALUE, at, message).help("write `!raw` before each text in it, in quotes"));
    }

    pub fn not_finite(&self, text: &str, at: Pos) {
        let message = format!("`{}` is no number that Kubernetes can hold", short(text));
        self.push(Diagnostic::error(code::YAML_VALUE, at, message).help(format!("if text is meant, write `\"{}\"`", short(text))));
    }

    pub fn duplicate_key(&self, key: Key, first: Pos, second: Pos) {
        let message = format!("the key `{}` stands twice in one map", short(key.as_str()));
        let problem = Diagnostic::error(code::DUPLICATE_KEY, second, message).here("again here").label(first, "first here");
        self.push(problem.help("keep one of the two"));
    }

    pub fn duplicate_merge(&self, first: Pos, second: Pos) {
        let problem = Diagnostic::error(code::DUPLICATE_KEY, second, "`<<` stands twice in one map");
        let problem = problem.here("again here").label(first, "first here");
        self.push(problem.help("merge several maps with one list: `<<: [*first, *second]`; earlier ones win"));
    }

    pub fn bad_key(&self, what: &str, at: Pos) {
        let problem = Diagnostic::error(code::YAML_VALUE, at, format!("a key is text, and this is {what}"));
        self.push(problem.help("write the key in quotes"));
    }

    pub fn changed_key(&self, kind: &str, written: &str, text: &str, at: Pos) {
        let article = if kind == "integer" { "an" } else { "a" };
        let message = format!("the key `{}` is {article} {kind} in YAML, and becomes `{text}`", short(written));
        let mut problem = Diagnostic::warning(code::YAML_VALUE, at, message);
        problem.help = Some(format!("write `\"{}\"` if the text is meant", short(written)));
        problem.replacement = Some(format!("\"{written}\""));
        self.push(problem);
    }

    /// A tab right before the key at a byte, which the parser lets pass at the start of a map.
    pub fn tab(&mut self, key: usize) {
        let blanks = self.file.text()[..key].trim_end_matches([' ', '\t']).len();
        if blanks == 0 || self.file.text()[..blanks].ends_with('\n') {
            let tab = blanks + self.file.text()[blanks..key].find('\t').unwrap_or_default();
            let clue = Clue::tab_in_indentation(tab);
            let problem = Diagnostic::error(code::YAML_SYNTAX, self.file.pos(clue.at), clue.message);
            self.once("tab", Diagnostic { help: clue.help, ..problem });
        }
    }

    /// `{{ … }}` where YAML sees a map in a map, from the byte `start` to `end`.
    pub fn template(&mut self, start: usize, end: usize) {
        let text = self.file.text();
        self.template_line = Some(self.line(start));
        // Text may go on behind the braces, where YAML sees nothing that could.
        let line_end = memchr::memchr(b'\n', &text.as_bytes()[end..]).map_or(text.len(), |newline| end + newline);
        let rest = &text[end..line_end];
        let rest = rest.find(" #").map_or(rest, |comment| &rest[..comment]).trim_end();
        let goes_on = !rest.trim_start().is_empty() && !rest.trim_start().starts_with([',', ']', '}', '#']);
        let quoted = quoted(&text[start..if goes_on { end + rest.len() } else { end }]);
        let mut problem =
            Diagnostic::error(code::YAML_SYNTAX, self.file.pos(start), "an expression in braces needs quotes around the whole value");
        problem.help = Some(format!("write `{}`", short(&quoted)));
        problem.replacement = (!goes_on && !quoted.contains('\n')).then_some(quoted);
        self.push(problem);
    }

    /// Where the parser stopped, and what a person did to make it.
    pub fn syntax(&mut self, error: &ScanError, events: &Events<'_>) {
        let at = error.marker().byte_offset().unwrap_or_default().min(self.file.text().len());
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            return self.too_deep(self.file.pos(at), super::reader::LEVELS);
        }
        if matches!(error.kind(), ErrorKind::UnexpectedCharacter { character } if is_control(*character)) {
            // Told for the whole file.
            return;
        }
        let clue = Clues::new(self.file.text(), at, events).explain(error.kind());
        let line = self.line(clue.at);
        if self.template_line == Some(line) || self.template_line == Some(self.line(at)) {
            return;
        }
        let mut problem = Diagnostic::error(code::YAML_SYNTAX, self.file.pos(clue.at), clue.message);
        problem.note_at = clue.here.map(str::to_owned);
        problem.help = clue.help;
        if let Some((at, message)) = clue.label {
            problem = problem.label(self.file.pos(at), message);
        }
        self.push(problem);
    }

    /// Characters that no text has and that Kubernetes refuses.
    pub fn control_characters(&self) {
        let text = self.file.text();
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')) {
            return;
        }
        let mut found = text.char_indices().filter(|(_, c)| is_control(*c));
        let Some((at, c)) = found.next() else { return };
        let code_point = c as u32;
        let more = match found.count() {
            0 => String::new(),
            1 => "; there is one more in this file".to_owned(),
            count => format!("; there are {count} more in this file"),
        };
        let problem = Diagnostic::error(code::YAML_SYNTAX, self.file.pos(at), format!("a control character, U+{code_point:04X}"));
        self.push(problem.help(format!("remove it, or write it as `\\u{code_point:04x}` in double quotes{more}")));
    }

    fn line(&self, offset: usize) -> u32 {
        self.file.line_column(offset).0
    }
}

/// What YAML calls not printable.
fn is_control(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        c => c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'),
    }
}

/// The beginning of a text, for a message.
pub(super) fn short(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut line = text.lines().next().unwrap_or_default().to_owned();
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
    }
    if line.len() < text.trim_end().len() {
        line.push('…');
    }
    line
}

/// A text in the quotes that need the least escaping.
pub(super) fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) { format!("'{}'", text.replace('\'', "''")) } else { format!("\"{text}\"") }
}
