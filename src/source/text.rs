//! From bytes to text: UTF-8 without a byte order mark, and nothing that no text holds.

use std::fmt;

/// Bytes that are not the text of a document, and where it shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadText {
    /// 1-based line.
    pub line: u32,
    /// 1-based column, in characters.
    pub column: u32,
    /// What is wrong: a phrase in lower case that can follow the file's name and a colon.
    pub problem: &'static str,
    /// What can be shown of it: the text up to there and the rest of the line, with what is no text replaced.
    pub shown: String,
    /// The byte of `shown` at which it is wrong.
    pub offset: usize,
}

impl fmt::Display for BadText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.problem)
    }
}

impl std::error::Error for BadText {}

const MARK: &[u8] = "\u{feff}".as_bytes();

/// How much of a line is shown behind what is no text.
const LONGEST_REST: usize = 200;

/// The text of a file: UTF-8, its byte order mark taken off.
///
/// # Errors
/// [`BadText`] when it is not UTF-8 or holds a NUL, as binary files and UTF-16 do.
pub fn decode(mut bytes: Vec<u8>) -> Result<String, BadText> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let problem = "the file is UTF-16, and must be UTF-8";
        return Err(BadText { line: 1, column: 1, problem, shown: String::new(), offset: 0 });
    }
    if bytes.starts_with(MARK) {
        bytes.drain(..MARK.len());
    }
    let valid = match std::str::from_utf8(&bytes) {
        Ok(text) => text.len(),
        Err(error) => error.valid_up_to(),
    };
    let problem = match memchr::memchr(0, &bytes[..valid]) {
        Some(at) => Some((at, "a NUL byte, which no text holds")),
        None => (valid < bytes.len()).then_some((valid, "a byte that is not UTF-8")),
    };
    match problem {
        None => Ok(String::from_utf8(bytes).expect("checked above to be UTF-8")),
        Some((at, problem)) => {
            let before = std::str::from_utf8(&bytes[..at]).expect("ends where the valid part does, or inside it at a NUL");
            let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
            let line = before.bytes().filter(|byte| *byte == b'\n').count() as u32 + 1;
            let rest = bytes[at..].split(|byte| *byte == b'\n').next().unwrap_or_default();
            let rest = String::from_utf8_lossy(&rest[..rest.len().min(LONGEST_REST)]).replace('\0', "\u{fffd}");
            let column = before[line_start..].chars().count() as u32 + 1;
            Err(BadText { line, column, problem, shown: format!("{before}{rest}"), offset: at })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_not_text() {
        assert_eq!(decode("\u{feff}a: 1".into()).unwrap(), "a: 1");
        assert_eq!(decode("a: é".into()).unwrap(), "a: é");
        assert_eq!(decode(Vec::new()).unwrap(), "");
    }

    #[test]
    fn what_is_not_text_is_refused_with_its_place() {
        let bad = decode(b"a: 1\n\xc3\xa9: \0".to_vec()).unwrap_err();
        assert_eq!((bad.line, bad.column), (2, 4));
        assert!(bad.to_string().contains("NUL"));
        let bad = decode(b"a: 1\nb: \xff c\nd".to_vec()).unwrap_err();
        assert_eq!((bad.line, bad.column), (2, 4));
        assert_eq!((&*bad.shown, bad.offset), ("a: 1\nb: \u{fffd} c", 8));
        assert!(bad.problem.contains("not UTF-8"));
        let bad = decode(b"\xff\xfea\0".to_vec()).unwrap_err();
        assert!(bad.problem.contains("UTF-16"));
        assert_eq!(decode(b"caf\xc3".to_vec()).unwrap_err().column, 4, "a character that is cut off");
    }
}
