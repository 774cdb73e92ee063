//! What a scalar means to Kubernetes: sigs.k8s.io/yaml, which reads YAML 1.1 as go-yaml 2 understands it, and keeps what JSON can hold.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::tree::Value;

/// The value of a plain scalar: one without quotes and tag. `None`: it is text.
pub(super) fn plain(text: &str) -> Option<Value> {
    match text.as_bytes().first()? {
        b'0'..=b'9' | b'+' | b'-' | b'.' => number(text),
        b'~' | b'n' | b'N' | b'y' | b'Y' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => word(text),
        _ => None,
    }
}

/// Words that are not text. YAML 1.1 has more booleans than most people know; other spellings, as `yEs`, are text.
fn word(text: &str) -> Option<Value> {
    Some(match text {
        "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => Value::Bool(false),
        _ => return None,
    })
}

/// Integers in four bases, floats, infinities and NaN. Dates and sexagesimals are text.
fn number(text: &str) -> Option<Value> {
    if let Some(value) = decimal(text) {
        return Some(value);
    }
    if text.starts_with('.') {
        // Underscores may stand in numbers, but not behind a leading point.
        return special(text).or_else(|| float(text));
    }
    if let Some(value) = special(text) {
        return Some(value);
    }
    if !text.contains('_') {
        return integer(text).or_else(|| float(text));
    }
    let text: String = text.chars().filter(|c| *c != '_').collect();
    integer(&text).or_else(|| float(&text))
}

/// The common case: a short decimal without sign, point or leading zero.
fn decimal(text: &str) -> Option<Value> {
    let bytes = text.as_bytes();
    if bytes.len() > 18 || (bytes[0] == b'0' && bytes.len() > 1) {
        return None;
    }
    let add = |sum: i64, byte: &u8| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0'));
    bytes.iter().try_fold(0, add).map(Value::Int)
}

fn special(text: &str) -> Option<Value> {
    Some(Value::Float(match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => f64::INFINITY,
        "-.inf" | "-.Inf" | "-.INF" => f64::NEG_INFINITY,
        ".nan" | ".NaN" | ".NAN" => f64::NAN,
        _ => return None,
    }))
}

/// An integer with a sign and a base, as Go reads it: `0x`, `0o`, `0b`, and `0` for octal.
fn integer(text: &str) -> Option<Value> {
    let (negative, signed, digits) = match text.as_bytes().first()? {
        b'-' => (true, true, &text[1..]),
        b'+' => (false, true, &text[1..]),
        _ => (false, false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // A second sign, which the standard library would take.
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match (negative, i64::try_from(magnitude)) {
        (true, _) => 0i64.checked_sub_unsigned(magnitude).map(Value::Int),
        (false, Ok(value)) => Some(Value::Int(value)),
        // Go reads what is above the signed range without a sign only; with one it becomes a float.
        (false, Err(_)) => (!signed).then_some(Value::UInt(magnitude)),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, if a double can hold it: `1e400` is text.
fn float(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let sound = digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|text| {
            let text = text.strip_prefix(['-', '+']).unwrap_or(text);
            !text.is_empty() && digits(text)
        });
    if !sound {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite()).map(Value::Float)
}

/// The tags that say what a scalar is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum ScalarTag {
    /// `!!str`
    Text,
    /// `!!int`
    Int,
    /// `!!float`
    Float,
    /// `!!bool`
    Bool,
    /// `!!null`
    Null,
    /// `!!binary`: base64 of text.
    Binary,
    /// `!!timestamp`: stays text.
    Timestamp,
}

impl ScalarTag {
    /// By its name in the core namespace.
    pub fn named(name: &str) -> Option<ScalarTag> {
        Some(match name {
            "str" => ScalarTag::Text,
            "int" => ScalarTag::Int,
            "float" => ScalarTag::Float,
            "bool" => ScalarTag::Bool,
            "null" => ScalarTag::Null,
            "binary" => ScalarTag::Binary,
            "timestamp" => ScalarTag::Timestamp,
            _ => return None,
        })
    }

    /// The value of a text, quoted or not, under this tag; `Err` says what it should have been.
    pub fn value(self, text: &str) -> Result<Value, &'static str> {
        let value = if text.is_empty() { Some(Value::Null) } else { plain(text) };
        match (self, value) {
            (ScalarTag::Text, _) => Ok(Value::Str(text.into())),
            (ScalarTag::Binary, _) => {
                let compact: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
                let bytes = STANDARD.decode(compact).map_err(|_| "base64")?;
                String::from_utf8(bytes).map(|text| Value::Str(Arc::from(text))).map_err(|_| "base64 of UTF-8 text")
            }
            (ScalarTag::Int, Some(value @ (Value::Int(_) | Value::UInt(_)))) => Ok(value),
            (ScalarTag::Float, Some(value @ Value::Float(_))) => Ok(value),
            (ScalarTag::Float, Some(Value::Int(value))) => Ok(Value::Float(value as f64)),
            (ScalarTag::Bool, Some(value @ Value::Bool(_))) | (ScalarTag::Null, Some(value @ Value::Null)) => Ok(value),
            (ScalarTag::Timestamp, None) if is_date(text) => Ok(Value::Str(text.into())),
            (ScalarTag::Int, _) => Err("an integer"),
            (ScalarTag::Float, _) => Err("a number"),
            (ScalarTag::Bool, _) => Err("a boolean"),
            (ScalarTag::Null, _) => Err("null"),
            (ScalarTag::Timestamp, _) => Err("a date"),
        }
    }
}

/// Whether a text begins as dates do: four digits, a dash, and nothing but what times are written with.
fn is_date(text: &str) -> bool {
    let (year, rest) = text.split_at_checked(4).unwrap_or_default();
    let part = |b: u8| b.is_ascii_digit() || matches!(b, b'-' | b':' | b'.' | b'+' | b'T' | b't' | b'Z' | b' ');
    year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()) && rest.len() > 3 && rest.starts_with('-') && rest.bytes().all(part)
}

/// The text of a key that is not text, as Kubernetes makes it; `None` where JSON has no such key.
pub(super) fn key_text(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Int(value) => Some(value.to_string()),
        // Keys go through single precision there: `0.1` stays short, and long fractions are cut.
        Value::Float(value) => Some(single_precision(*value as f32)),
        _ => None,
    }
}

/// A float as Go's `%g` prints it, with the shortest digits of single precision.
fn single_precision(value: f32) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            ".nan"
        } else if value > 0.0 {
            ".inf"
        } else {
            "-.inf"
        }
        .to_owned();
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Hundreds of spellings are compared with `kubectl` in `tests/it/yaml.rs`; these pin what each rule is for.
    #[test]
    fn plain_scalars_are_those_of_kubernetes() {
        let json = |text: &str| plain(text).map(|value| crate::tree::Node::new(value, Default::default()).to_json().to_string());
        let cases = [
            ("yes", "true"),
            ("Off", "false"),
            ("~", "null"),
            ("0777", "511"),
            ("0o17", "15"),
            ("-0x1F", "-31"),
            ("0b11", "3"),
            ("08", "8.0"),
            ("1_000", "1000"),
            ("+1", "1"),
            ("1.", "1.0"),
            (".5e1", "5.0"),
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("18446744073709551616", "1.8446744073709552e+19"),
        ];
        for (text, expected) in cases {
            assert_eq!(json(text).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["yEs", "1:30", "2001-01-01", "1e400", "0x", "0b2", "._5", "--1", "+-1", "-", "1e", "1.2.3", "100m", "nan", "inf", "0x+1"]
        {
            assert!(plain(text).is_none(), "{text}");
        }
        assert!(matches!(plain("-.Inf"), Some(Value::Float(value)) if value == f64::NEG_INFINITY));
    }

    #[test]
    fn tags_decide_and_are_held_to_their_word() {
        assert_eq!(ScalarTag::Text.value("1").unwrap(), Value::Str("1".into()));
        assert_eq!(ScalarTag::Int.value("0x10").unwrap(), Value::Int(16));
        assert!(matches!(ScalarTag::Float.value("3").unwrap(), Value::Float(value) if value == 3.0));
        assert_eq!(ScalarTag::Binary.value("aGk=\n").unwrap(), Value::Str("hi".into()));
        assert_eq!(ScalarTag::Int.value("1.5").unwrap_err(), "an integer");
        assert_eq!(ScalarTag::Binary.value("/w==").unwrap_err(), "base64 of UTF-8 text");
        assert!(ScalarTag::Timestamp.value("2001-01-01").is_ok() && ScalarTag::Timestamp.value("today").is_err());
    }

    #[test]
    fn keys_are_text() {
        let key = |text: &str| key_text(&plain(text).unwrap());
        let cases = [("1", "1"), ("yes", "true"), ("1.5", "1.5"), ("1e3", "1000"), ("1e6", "1e+06"), ("1e-5", "1e-05"), ("0.1", "0.1")];
        for (text, expected) in cases {
            assert_eq!(key(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!((key("~"), key("18446744073709551615"), key("-.inf")), (None, None, Some("-.inf".to_owned())));
    }
}
