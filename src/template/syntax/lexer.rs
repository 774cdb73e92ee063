//! Tokens of an expression.

use super::SyntaxError;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A name or keyword.
    Name(String),
    /// A string.
    Text(String),
    /// An integer.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// An operator or bracket.
    Sign(&'static str),
}

impl Token {
    /// As it stands in messages.
    pub fn describe(&self) -> String {
        match self {
            Token::Name(name) => format!("`{name}`"),
            Token::Text(text) => format!("`'{text}'`"),
            Token::Int(number) => format!("`{number}`"),
            Token::Float(number) => format!("`{number}`"),
            Token::Sign(sign) => format!("`{sign}`"),
        }
    }
}

/// The most tokens of an expression: chains of operators nest as deep as they are long.
const TOKENS: usize = 1000;

/// Longer ones first.
const SIGNS: &[&str] =
    &["**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "|", "(", ")", "[", "]", "{", "}", ",", ".", ":", "<", ">", "="];

/// The tokens of the expression at the start of `text`, and the bytes that they take. With `closing`, the expression ends before that
/// mark (`}}`, `-}}`, `%}`, `-%}`) outside of strings and brackets; without, it is all of `text`.
pub fn tokens(text: &str, closing: Option<&str>) -> Result<(Vec<Token>, usize), SyntaxError> {
    let bytes = text.as_bytes();
    let (mut out, mut at, mut open) = (Vec::new(), 0, Vec::new());
    loop {
        if out.len() > TOKENS {
            return Err(SyntaxError::new("the expression is too long").help("give parts of it names with `$let`"));
        }
        while at < bytes.len() && bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        let rest = &text[at..];
        if let Some(mark) = closing
            && open.is_empty()
            && (rest.starts_with(mark) || rest.strip_prefix('-').is_some_and(|rest| rest.starts_with(mark)))
        {
            return Ok((out, at));
        }
        let Some(first) = rest.chars().next() else {
            return match (closing, open.pop()) {
                (_, Some(bracket)) => Err(SyntaxError::new(format!("`{bracket}` is never closed"))),
                (Some(mark), None) => Err(SyntaxError::new(format!("the expression is never closed with `{mark}`"))),
                (None, None) => Ok((out, at)),
            };
        };
        if first == '\'' || first == '"' {
            let (string, length) = string(rest, first)?;
            out.push(Token::Text(string));
            at += length;
        } else if first.is_ascii_digit() {
            let (number, length) = number(rest)?;
            out.push(number);
            at += length;
        } else if first.is_alphabetic() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            out.push(Token::Name(rest[..length].to_owned()));
            at += length;
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            match *sign {
                "(" | "[" | "{" => open.push(first),
                ")" | "]" | "}" => {
                    let wanted = match first {
                        ')' => '(',
                        ']' => '[',
                        _ => '{',
                    };
                    match open.pop() {
                        Some(bracket) if bracket == wanted => {}
                        Some(bracket) => return Err(SyntaxError::new(format!("`{bracket}` is never closed"))),
                        None => return Err(SyntaxError::new(format!("`{first}` closes nothing"))),
                    }
                }
                _ => {}
            }
            out.push(Token::Sign(sign));
            at += sign.len();
        } else {
            let error = SyntaxError::new(format!("`{first}` has no meaning in an expression"));
            return Err(match first {
                '&' => error.help("write `and`"),
                '!' => error.help("write `not`"),
                '?' => error.help("write `a if condition else b`"),
                '$' => error.help("variables have no `$`: write `parameter.name`"),
                _ => error,
            });
        }
    }
}

fn string(rest: &str, quote: char) -> Result<(String, usize), SyntaxError> {
    let mut out = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Ok((out, at + 1));
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next().map(|(_, c)| c) {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some(c @ ('\\' | '\'' | '"' | '/')) => out.push(c),
            Some(c) => return Err(SyntaxError::new(format!("`\\{c}` is no escape")).help("a backslash is written `\\\\`")),
            None => break,
        }
    }
    Err(SyntaxError::new("the string is never closed"))
}

fn number(rest: &str) -> Result<(Token, usize), SyntaxError> {
    let bytes = rest.as_bytes();
    let digits = |mut at: usize| {
        while at < bytes.len() && (bytes[at].is_ascii_digit() || bytes[at] == b'_') {
            at += 1;
        }
        at
    };
    let mut end = digits(0);
    let mut whole = true;
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        whole = false;
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
            whole = false;
            end = digits(end + 1 + sign);
        }
    }
    if rest[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        let length = rest[end..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len() - end);
        return Err(
            SyntaxError::new(format!("`{}` is neither a number nor a name", &rest[..end + length])).help("text stands in quotes: `'…'`")
        );
    }
    let plain = rest[..end].replace('_', "");
    let token = if whole {
        plain.parse().map(Token::Int).map_err(|_| SyntaxError::new(format!("`{plain}` is too large for an integer")))?
    } else {
        plain.parse().map(Token::Float).map_err(|_| SyntaxError::new(format!("`{plain}` is no number")))?
    };
    Ok((token, end))
}
