//! A scalar of a template: plain, one expression, or text with expressions in it.

use super::lexer::tokens;
use super::parser::parse_tokens;
use super::{Expr, SyntaxError};
use crate::source::Pos;
use crate::tree::Key;

/// A piece of text.
#[derive(Clone, Debug)]
pub enum Part {
    /// As it is.
    Literal(Box<str>),
    /// `{{ … }}`
    Value(Expr),
    /// `{% if %} … {% elif %} … {% else %} … {% endif %}`
    If(Vec<(Expr, Vec<Part>)>, Vec<Part>),
    /// `{% for x in y %} … {% else %} … {% endfor %}`
    For(Vec<Key>, Expr, Vec<Part>, Vec<Part>),
}

/// What a scalar is.
#[derive(Clone, Debug)]
pub enum Scalar {
    /// No template.
    Plain,
    /// Exactly one expression: its native value.
    Value(Expr),
    /// Text; the flag: it is one expression plus white space.
    Text(Vec<Part>, bool),
}

/// Reads a scalar.
pub fn parse_scalar(text: &str, at: Pos) -> Result<Scalar, SyntaxError> {
    if !["{{", "{%", "{#"].iter().any(|mark| text.contains(mark)) {
        return Ok(Scalar::Plain);
    }
    let mut reader = Reader { text, next: 0, at, trim: false };
    let (parts, end) = reader.parts(&[], 0)?;
    if let Some(tag) = end {
        return Err(SyntaxError::new(format!("`{{% {} %}}` closes nothing", tag.name)));
    }
    let blank = |part: &Part| matches!(part, Part::Literal(text) if text.trim().is_empty());
    let values = parts.iter().filter(|part| !blank(part)).count();
    match parts.as_slice() {
        [Part::Value(_)] => match parts.into_iter().next() {
            Some(Part::Value(expr)) => Ok(Scalar::Value(expr)),
            _ => Err(SyntaxError::new("the expression is empty")),
        },
        _ => {
            let spaced = values == 1 && parts.iter().any(|part| matches!(part, Part::Value(_)));
            Ok(Scalar::Text(parts, spaced))
        }
    }
}

/// How deep blocks may nest.
const DEPTH: usize = 16;

struct Reader<'a> {
    text: &'a str,
    next: usize,
    at: Pos,
    /// The mark before ended in `-`: white space that follows goes.
    trim: bool,
}

struct Tag {
    name: String,
    expr: Option<Expr>,
    names: Vec<Key>,
}

impl Reader<'_> {
    fn literal(&mut self, until: usize, trim_end: bool, parts: &mut Vec<Part>) {
        let mut piece = &self.text[self.next..until];
        if self.trim {
            piece = piece.trim_start();
        }
        if trim_end {
            piece = piece.trim_end();
        }
        if !piece.is_empty() {
            parts.push(Part::Literal(piece.into()));
        }
    }

    /// Parts up to one of the tags `until`, or the end of the text.
    fn parts(&mut self, until: &[&str], depth: usize) -> Result<(Vec<Part>, Option<Tag>), SyntaxError> {
        if depth > DEPTH {
            return Err(SyntaxError::new("`{% %}` blocks nest too deeply"));
        }
        let mut parts = Vec::new();
        loop {
            let rest = &self.text[self.next..];
            let Some(start) = ["{{", "{%", "{#"].iter().filter_map(|mark| rest.find(mark)).min().map(|i| i + self.next) else {
                self.literal(self.text.len(), false, &mut parts);
                self.next = self.text.len();
                return Ok((parts, None));
            };
            let mark = &self.text[start..start + 2];
            let dash = self.text[start + 2..].starts_with('-');
            if mark == "{#" && !self.text[start..].contains("#}") {
                self.literal(start + 2, false, &mut parts);
                (self.next, self.trim) = (start + 2, false);
                continue;
            }
            self.literal(start, dash, &mut parts);
            let inside = start + 2 + usize::from(dash);
            match mark {
                "{#" => {
                    // Found above.
                    let end = self.text[start..].find("#}").map_or(self.text.len(), |i| start + i);
                    self.trim = self.text[..end].ends_with('-');
                    self.next = (end + 2).min(self.text.len());
                }
                "{{" => {
                    let tokens = self.inside(inside, "}}")?;
                    parts.push(Part::Value(parse_tokens(tokens, self.at)?));
                }
                _ => {
                    let tag = self.tag(inside)?;
                    if until.contains(&tag.name.as_str()) {
                        return Ok((parts, Some(tag)));
                    }
                    match tag.name.as_str() {
                        "if" => parts.push(self.condition(tag, depth)?),
                        "for" => parts.push(self.repetition(tag, depth)?),
                        "elif" | "else" | "endif" | "endfor" => return Ok((parts, Some(tag))),
                        name => {
                            return Err(SyntaxError::new(format!("`{{% {name} %}}` is not known here"))
                                .help("text knows `if` and `for`; names are given by `$let`, shared parts are fragments of a library"));
                        }
                    }
                }
            }
        }
    }

    fn inside(&mut self, from: usize, mark: &str) -> Result<Vec<super::lexer::Token>, SyntaxError> {
        let (tokens, length) = tokens(&self.text[from..], Some(mark))?;
        let end = from + length;
        self.trim = self.text[end..].starts_with('-');
        self.next = end + usize::from(self.trim) + mark.len();
        Ok(tokens)
    }

    fn tag(&mut self, from: usize) -> Result<Tag, SyntaxError> {
        use super::lexer::Token;
        let mut tokens = self.inside(from, "%}")?;
        if tokens.is_empty() {
            return Err(SyntaxError::new("`{% %}` holds nothing"));
        }
        let Token::Name(name) = tokens.remove(0) else { return Err(SyntaxError::new("a name must follow `{%`")) };
        let mut names = Vec::new();
        if name == "for" {
            let end = tokens.iter().position(|token| *token == Token::Name("in".into()));
            let end = end.ok_or_else(|| SyntaxError::new("`{% for %}` has no `in`"))?;
            for token in tokens.drain(..=end) {
                match token {
                    Token::Name(name) if name != "in" => names.push(Key::new(&name)),
                    _ => {}
                }
            }
        }
        let expr = if matches!(name.as_str(), "if" | "elif" | "for") { Some(parse_tokens(tokens, self.at)?) } else { None };
        Ok(Tag { name, expr, names })
    }

    fn condition(&mut self, tag: Tag, depth: usize) -> Result<Part, SyntaxError> {
        let (mut branches, mut condition) = (Vec::new(), tag.expr);
        loop {
            let (parts, end) = self.parts(&["elif", "else", "endif"], depth + 1)?;
            let end = end.ok_or_else(|| SyntaxError::new("`{% if %}` is never closed with `{% endif %}`"))?;
            if let Some(condition) = condition.take() {
                branches.push((condition, parts));
            }
            match end.name.as_str() {
                "elif" => condition = end.expr,
                "else" => {
                    let (parts, end) = self.parts(&["endif"], depth + 1)?;
                    return match end {
                        Some(end) if end.name == "endif" => Ok(Part::If(branches, parts)),
                        _ => Err(SyntaxError::new("`{% if %}` is never closed with `{% endif %}`")),
                    };
                }
                "endif" => return Ok(Part::If(branches, Vec::new())),
                other => return Err(SyntaxError::new(format!("`{{% {other} %}}` closes nothing"))),
            }
        }
    }

    fn repetition(&mut self, tag: Tag, depth: usize) -> Result<Part, SyntaxError> {
        let (body, mut end) = self.parts(&["else", "endfor"], depth + 1)?;
        let mut otherwise = Vec::new();
        if end.as_ref().is_some_and(|end| end.name == "else") {
            (otherwise, end) = self.parts(&["endfor"], depth + 1)?;
        }
        match (end, tag.expr) {
            (Some(end), Some(expr)) if end.name == "endfor" => Ok(Part::For(tag.names, expr, body, otherwise)),
            _ => Err(SyntaxError::new("`{% for %}` is never closed with `{% endfor %}`")),
        }
    }
}
