//! From the place where the parser stopped to what a person did: most mistakes show on the line, or at the token before.

use std::ops::Range;

use granit_parser::ErrorKind;

use super::events::Events;
use super::mistakes::{quoted, short};

/// A mistake in words.
pub(super) struct Clue {
    pub at: usize,
    pub message: String,
    pub here: Option<&'static str>,
    pub help: Option<String>,
    pub label: Option<(usize, String)>,
}

impl Clue {
    fn new(at: usize, message: impl Into<String>) -> Clue {
        Clue { at, message: message.into(), here: None, help: None, label: None }
    }

    pub fn tab_in_indentation(at: usize) -> Clue {
        Clue::new(at, "a tab in the indentation").help("indent with spaces: YAML does not say how wide a tab is")
    }

    fn help(mut self, help: impl Into<String>) -> Clue {
        self.help = Some(help.into());
        self
    }

    fn label(mut self, at: usize, message: impl Into<String>) -> Clue {
        self.label = Some((at, message.into()));
        self
    }
}

/// What is around the place where the parser stopped.
pub(super) struct Clues<'t> {
    text: &'t str,
    /// Where it stopped.
    at: usize,
    /// The token before.
    last: Range<usize>,
    /// The innermost bracket that is open.
    bracket: Option<usize>,
}

impl<'t> Clues<'t> {
    pub fn new(text: &'t str, at: usize, events: &Events<'_>) -> Clues<'t> {
        Clues { text, at, last: events.last(), bracket: events.bracket() }
    }

    pub fn explain(&self, kind: &ErrorKind) -> Clue {
        if let Some(clue) = self.template_without_quotes() {
            return clue;
        }
        use ErrorKind as Kind;
        match kind {
            Kind::TabNotAllowed
            | Kind::TabInBlockIndentation
            | Kind::TabInIndentation
            | Kind::TabInPlainScalar
            | Kind::TabAtBlockScalarStart
            | Kind::InvalidBlockEntryWhitespace
            | Kind::InvalidMappingValueWhitespace => self.tab(),
            Kind::UnclosedQuotedScalar | Kind::DocumentIndicatorInQuotedScalar => self.open_quote(),
            Kind::InvalidTrailingSingleQuotedScalar | Kind::InvalidTrailingDoubleQuotedScalar => self.behind_quotes(),
            Kind::UnknownQuotedScalarEscape
            | Kind::InvalidQuotedScalarHexEscape
            | Kind::InvalidLowSurrogateHexEscape
            | Kind::InvalidLowSurrogate
            | Kind::MissingLowSurrogate
            | Kind::UnpairedLowSurrogate
            | Kind::InvalidUnicodeEscape => self.escape(),
            Kind::MappingValueNotAllowed => self.second_colon(),
            Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => self.line_without_key(),
            Kind::ExpectedBlockMappingKey | Kind::InvalidIndentation | Kind::UnexpectedEofBlockMapping => self.not_a_key(),
            Kind::ExpectedBlockSequenceEntry | Kind::UnexpectedEofBlockSequence => self.not_an_item(),
            Kind::BlockSequenceEntryNotAllowed | Kind::BlockEntryInFlowCollection => self.item_in_line(),
            Kind::UnexpectedCharacter { character } => self.reserved(*character),
            Kind::MissingAnchorOrAliasName => self.star(),
            Kind::InvalidColonPlacement
            | Kind::ExpectedFlowMappingSeparator
            | Kind::ExpectedFlowSequenceSeparator
            | Kind::UnclosedFlowCollection { .. }
            | Kind::MismatchedFlowCollectionEnd { .. }
            | Kind::UnexpectedEofFlowMapping
            | Kind::UnexpectedEofFlowSequence
            | Kind::UnexpectedEofImplicitFlowMapping
            | Kind::FlowMappingValueAdjacentCollection
            | Kind::InvalidFlowScalarIndent
            | Kind::PlainScalarStartsWithDashFlowIndicator => self.brackets(kind),
            Kind::MisplacedFlowCollectionEnd => {
                let bracket = self.character();
                Clue::new(self.at, format!("`{bracket}` closes nothing")).help("remove it, or put the value in quotes if it is part of it")
            }
            Kind::InvalidBlockScalarHeader | Kind::ZeroBlockScalarIndent => self.block_header(),
            Kind::InvalidBlockScalarIndent => Clue::new(self.at, "this line of a block of text is indented less than its first line")
                .help("indent all lines of the block at least as deep as the first"),
            Kind::ExpectedDocumentStart | Kind::InvalidDocumentEnd => {
                Clue::new(self.at, "the document has ended before this").help("documents are divided by a line with `---`")
            }
            Kind::MissingDocumentEndBeforeDirective | Kind::UnexpectedEof => {
                Clue::new(self.at, "the file ends where more is expected").help("complete the last line, or remove it")
            }
            Kind::UndeclaredTagHandle
            | Kind::ExpectedTagBang
            | Kind::InvalidGlobalTagCharacter
            | Kind::InvalidTagTerminator
            | Kind::MissingTagUri
            | Kind::UnclosedVerbatimTag
            | Kind::InvalidTagEscape
            | Kind::InvalidTagUtf8LeadingByte
            | Kind::InvalidTagUtf8TrailingByte
            | Kind::InvalidTagUtf8 => self.tag(),
            Kind::DuplicateVersionDirective
            | Kind::UnsupportedYamlMajorVersion
            | Kind::DuplicateTagDirective
            | Kind::ExpectedTagDirectiveBang
            | Kind::InvalidDirectiveTerminator
            | Kind::MissingYamlVersionSeparator
            | Kind::MissingDirectiveName
            | Kind::InvalidDirectiveName
            | Kind::YamlVersionTooLong
            | Kind::MissingYamlVersion
            | Kind::InvalidTagDirectiveTerminator => {
                Clue::new(self.at, "a line that begins with `%` is a directive, and this one cannot be read")
                    .help("remove the line, or put it in quotes if it is text")
            }
            Kind::BomInsideDocument => Clue::new(self.at, "a byte order mark in the middle of the file")
                .help("remove it: files put together often have one inside"),
            Kind::CommentInterceptedScalar => Clue::new(self.at, "a comment stands between two lines of one text")
                .help("move the comment above, or put the text in quotes"),
            Kind::CommentNotSeparated => Clue::new(self.at, "`#` begins a comment only behind a space").help("put a space before it"),
            Kind::MappingKeyNotAllowed => Clue::new(self.at, "`? ` begins a key, which cannot stand here").help(self.quote_value()),
            Kind::InvalidQuotedScalarIndent => Clue::new(self.at, "this line of a quoted text is not indented")
                .help("indent it deeper than the key, or close the quote in the line where it opened"),
            _ => self.expected_otherwise(),
        }
    }

    /// `image: {{ tag }}`, in any of the ways in which YAML stumbles over it.
    fn template_without_quotes(&self) -> Option<Clue> {
        let line = self.line(self.at);
        let written = &self.text[line.clone()];
        let value = self.value_of(line.start);
        if !self.text[value.clone()].starts_with('{') || !self.text[value.clone()].starts_with("{{") && !written.contains("{%") {
            return None;
        }
        let text = &self.text[value.clone()];
        let clue = Clue::new(value.start, "an expression in braces needs quotes around the whole value");
        Some(clue.help(format!("write `{}`", short(&quoted(text)))))
    }

    fn tab(&self) -> Clue {
        // The parser may have stopped at the line before.
        let mut start = self.line(self.at).start;
        loop {
            let line = self.line(start);
            let blanks = self.text[line.clone()].len() - self.text[line.clone()].trim_start_matches([' ', '\t']).len();
            if let Some(tab) = self.text[line.start..line.start + blanks].find('\t') {
                return Clue::tab_in_indentation(line.start + tab);
            }
            if line.end >= self.text.len() || line.start > self.at + 4096 {
                return Clue::new(self.at, "a tab where YAML takes only spaces").help("replace the tab by spaces");
            }
            start = line.end + 1;
        }
    }

    fn open_quote(&self) -> Clue {
        let quote = self.character();
        let line = self.line(self.at);
        let clue = Clue::new(self.at, "the quote that opens here is never closed").help(format!("close it with `{quote}`"));
        let rest = &self.text[self.at + quote.len_utf8()..line.end];
        // An apostrophe at the start of a word, as in `'tis`.
        if quote == '\'' && !rest.contains('\'') && rest.contains(char::is_whitespace) {
            return clue.help("close it with `'`; if it is an apostrophe, put the whole text in double quotes");
        }
        clue
    }

    fn behind_quotes(&self) -> Clue {
        let Some(open) = self.text[self.last.end..self.at].find(['"', '\'']).map(|at| self.last.end + at) else {
            return self.expected_otherwise();
        };
        let quote = self.text.as_bytes()[open] as char;
        let (open_line, line) = (self.line(open), self.line(self.at));
        if open_line.start != line.start {
            let clue = Clue::new(open, "the quote that opens here closes too late: more text follows behind its end");
            return clue.help(format!("close it with `{quote}` in the line where the text ends")).label(self.at, "the text that follows");
        }
        let rest = self.text[self.at..line.end].trim_end();
        if quote == '\''
            && self.text[..self.at].trim_end().ends_with('\'')
            && rest.ends_with('\'')
            && rest.starts_with(char::is_alphanumeric)
        {
            let whole = self.text[open..line.end].trim_end();
            let inner = &whole[1..whole.len() - 1];
            let better = if inner.contains(['"', '\\']) { format!("'{}'", inner.replace('\'', "''")) } else { format!("\"{inner}\"") };
            return Clue::new(self.at, "the quoted text ends before this").help(format!("write `{}`", short(&better)));
        }
        if rest.starts_with(':') || self.key_start(line.start) == open && !rest.contains(": ") {
            return Clue::new(self.at, "a colon must follow the key in quotes")
                .help("write `\"key\": value`, with a space behind the colon");
        }
        Clue::new(self.at, "the quoted text ends before this").help(self.quote_value())
    }

    fn escape(&self) -> Clue {
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        while at + 1 < bytes.len() {
            if bytes[at] != b'\\' {
                if bytes[at] == b'"' {
                    break;
                }
                at += 1;
                continue;
            }
            let digits = match bytes[at + 1] {
                b'x' => 2,
                b'u' => 4,
                b'U' => 8,
                b'0' | b'a' | b'b' | b't' | b'\t' | b'n' | b'v' | b'f' | b'r' | b'e' | b' ' | b'"' | b'/' | b'\\' | b'N' | b'_' | b'L'
                | b'P' | b'\n' | b'\r' => 0,
                _ => {
                    let escape: String = self.text[at..].chars().take(2).collect();
                    return Clue::new(at, format!("`{escape}` means nothing in double quotes"))
                        .help(format!("write `\\{escape}` for a backslash, or put the text in single quotes"));
                }
            };
            let hex = bytes[at + 2..].iter().take_while(|byte| byte.is_ascii_hexdigit()).take(digits).count();
            if hex < digits {
                let escape = &self.text[at..at + 2];
                return Clue::new(at, format!("`{escape}` needs {digits} hexadecimal digits behind it"))
                    .help(format!("write `\\{escape}` for a backslash, or put the text in single quotes"));
            }
            at += 2 + hex;
        }
        Clue::new(self.at, "an escape in this text names no character").help("half of a surrogate pair is none: write the character itself")
    }

    /// A colon that makes no key.
    fn second_colon(&self) -> Clue {
        let line = self.line(self.at);
        let token = self.line(self.last.start);
        if token.start == line.start {
            let value = self.value_of(line.start);
            if value.contains(&self.at) {
                return Clue::new(self.at, "a second `: ` in one line").help(self.quote_value());
            }
            return Clue::new(self.at, "a colon where no key is").help("a key is text in one line, with the colon right behind it");
        }
        // A text over several lines took in what should be a key.
        if let Some(colon) = self.glued_colon(token.start) {
            return missing_space(colon, &self.text[self.key_start(token.start)..colon]);
        }
        let key = self.text[self.key_start(line.start)..self.at].trim_end();
        Clue::new(self.key_start(line.start), format!("the key `{}` stands where the text above it goes on", short(key)))
            .help("indent it like the key that it belongs beside, or give the key above no value of its own")
            .label(self.last.start, "the text that it continues")
    }

    /// A line that should be a key and is not.
    fn line_without_key(&self) -> Clue {
        let line = self.line(self.at);
        if let Some(colon) = self.glued_colon(line.start) {
            return missing_space(colon, &self.text[self.key_start(line.start)..colon]);
        }
        let written = short(self.text[self.at..line.end].trim_end());
        let clue = Clue::new(self.at, format!("`{written}` is no key: a colon is missing behind it"));
        clue.help("write `key: value`; if it belongs to the text above, indent it deeper than that text's key")
    }

    /// Something else where the next key of a map should be.
    fn not_a_key(&self) -> Clue {
        let line = self.line(self.at);
        let start = self.key_start_without_dash(line.start);
        let written = self.text[start..line.end].trim_end();
        let indent = start - line.start;
        if self.text[line.start..start].contains('\t') {
            return self.tab();
        }
        if written.starts_with("- ") || written == "-" {
            return Clue::new(start, "a list item stands where a key is expected").help(
                "a list stands below its key, and the key has no other value; indent the item like the items above, if there are any",
            );
        }
        if self.at <= start + 1 && indent > 0 || self.at == start {
            return Clue::new(start, format!("this line is indented by {indent}, and nothing above it is"))
                .help("indent it like the line that it belongs beside");
        }
        if self.last.end <= self.at && self.line(self.last.start).start == line.start {
            let rest = short(self.text[self.at..line.end].trim());
            return Clue::new(self.at, format!("the value has ended, and `{rest}` follows")).help(self.quote_value());
        }
        self.expected_otherwise()
    }

    /// Something else where the next item of a list should be.
    fn not_an_item(&self) -> Clue {
        let line = self.line(self.at);
        let start = self.key_start_without_dash(line.start);
        if self.at > start + 1 && self.last.end <= self.at && self.line(self.last.start).start == line.start {
            let rest = short(self.text[self.at..line.end].trim());
            return Clue::new(self.at, format!("the value has ended, and `{rest}` follows")).help(self.quote_value());
        }
        let written = short(self.text[start..line.end].trim_end());
        Clue::new(start, format!("`{written}` stands where the next item of a list is expected"))
            .help("begin it with `- `, or indent it like the key that it belongs beside")
    }

    fn item_in_line(&self) -> Clue {
        Clue::new(self.at, "a list in dashes begins on a line of its own")
            .help("put the item on the next line, write the list in brackets, or put the text in quotes if the dash is part of it")
    }

    fn reserved(&self, character: char) -> Clue {
        if character == '\t' {
            return self.tab();
        }
        let character = if character == '`' { "a backtick".to_owned() } else { format!("`{character}`") };
        Clue::new(self.at, format!("a value cannot begin with {character}")).help(self.quote_value())
    }

    fn star(&self) -> Clue {
        let what =
            if self.character() == '&' { "names a value, and no name follows" } else { "repeats a named value, and no name follows" };
        Clue::new(self.at, format!("`{}` at the start {what}", self.character())).help(self.quote_value())
    }

    fn brackets(&self, kind: &ErrorKind) -> Clue {
        let open = match kind {
            ErrorKind::UnclosedFlowCollection { .. } | ErrorKind::MismatchedFlowCollectionEnd { .. } => Some(self.at),
            _ => self.bracket,
        };
        let Some(open) = open.filter(|at| self.text[*at..].starts_with(['[', '{'])) else { return self.expected_otherwise() };
        let bracket = self.text.as_bytes()[open] as char;
        let close = if bracket == '[' { ']' } else { '}' };
        if let ErrorKind::MismatchedFlowCollectionEnd { close: wrong, .. } = kind {
            return Clue::new(open, format!("`{bracket}` opens here, and `{wrong}` closes it")).help(format!("close it with `{close}`"));
        }
        if matches!(kind, ErrorKind::UnclosedFlowCollection { .. }) || self.at >= self.text.len() {
            return Clue::new(open, format!("`{bracket}` opens here and is never closed")).help(format!("close it with `{close}`"));
        }
        let (open_line, line) = (self.line(open), self.line(self.at));
        let indent = |start: usize| self.key_start_without_dash(start) - start;
        if open_line.start != line.start && indent(line.start) <= indent(open_line.start) {
            return Clue::new(open, format!("`{bracket}` opens here and is not closed before the next key"))
                .help(format!("close it with `{close}`"))
                .label(self.key_start_without_dash(line.start), "the next key");
        }
        Clue::new(self.at, format!("`,` or `{close}` is expected here"))
            .help("text that holds `,`, `:`, brackets or braces needs quotes inside of them")
            .label(open, "inside of this")
    }

    fn block_header(&self) -> Clue {
        let indicator = self.character();
        Clue::new(self.at, format!("text follows `{indicator}` on the same line"))
            .help(format!("begin the text on the next line, indented; if the `{indicator}` is part of it, put it in quotes"))
    }

    fn tag(&self) -> Clue {
        Clue::new(self.at, "`!` begins a tag, and this is none that can be read").help(self.quote_value())
    }

    fn expected_otherwise(&self) -> Clue {
        let line = self.line(self.at);
        let rest = short(self.text[self.at.min(line.end)..line.end].trim());
        if rest.is_empty() {
            let last = short(&self.text[self.last.clone()]);
            let clue = Clue::new(self.at, "the line ends where more is expected");
            return if last.is_empty() { clue } else { clue.help(format!("look at `{last}`, the last that could be read")) };
        }
        Clue::new(self.at, format!("`{rest}` cannot stand here"))
            .help("compare the indentation with the lines above, and put text with special characters in quotes")
    }

    /// The help that puts the value of the line in quotes.
    fn quote_value(&self) -> String {
        let value = self.value_of(self.line(self.at).start);
        match &self.text[value] {
            "" => "put the text in quotes".to_owned(),
            value => format!("if all of it is text, write `{}`", short(&quoted(value))),
        }
    }

    fn character(&self) -> char {
        self.text[self.at..].chars().next().unwrap_or(' ')
    }

    /// The line around a byte, without its break.
    fn line(&self, at: usize) -> Range<usize> {
        let bytes = self.text.as_bytes();
        let at = at.min(bytes.len());
        let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |newline| at + newline);
        let end = if end > start && bytes[end - 1] == b'\r' { end - 1 } else { end };
        start..end.max(start)
    }

    /// The first byte of a line that is no blank.
    fn key_start_without_dash(&self, line: usize) -> usize {
        let rest = &self.text[line..];
        line + rest.len() - rest.trim_start_matches([' ', '\t']).len()
    }

    /// The first byte of a line behind its blanks and dashes.
    fn key_start(&self, line: usize) -> usize {
        let mut at = self.key_start_without_dash(line);
        while self.text[at..].starts_with("- ") {
            at = self.key_start_without_dash(at + 1);
        }
        at
    }

    /// What stands behind the key of a line, or all behind its dashes if it has no key; without a comment.
    fn value_of(&self, line: usize) -> Range<usize> {
        let (start, end) = (self.key_start(line), self.line(line).end.max(self.key_start(line)));
        let rest = &self.text[start..end];
        let key =
            rest.find(": ").filter(|colon| !rest[..*colon].starts_with(['{', '[', '"', '\'']) || rest[..*colon].ends_with(['"', '\'']));
        let start = key.map_or(start, |colon| start + colon + 1);
        let value = &self.text[start..end];
        let value_start = start + value.len() - value.trim_start().len();
        let value = &self.text[value_start.min(end)..end];
        let length = value.find(" #").unwrap_or(value.len());
        let value_start = value_start.min(end);
        value_start..value_start + value[..length].trim_end().len()
    }

    /// The colon of a line that begins as `key:value` does.
    fn glued_colon(&self, line: usize) -> Option<usize> {
        let start = self.key_start(line);
        let rest = &self.text[start..self.line(start).end.max(start)];
        let name = rest.len() - rest.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '$')).len();
        let glued = name > 0 && rest[name..].starts_with(':') && rest[name + 1..].starts_with(|c: char| !c.is_whitespace() && c != '/');
        glued.then_some(start + name)
    }
}

fn missing_space(colon: usize, key: &str) -> Clue {
    Clue::new(colon, format!("a space is missing behind the colon of `{}`", short(key))).help(format!("write `{}: …`", short(key)))
}
