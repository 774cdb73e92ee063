//! Numbers as JSON Schema compares them: by value, however they are written.

use std::cmp::Ordering;

use crate::tree::Value;

/// The nearest float; `None` for what is no number.
pub(crate) fn to_f64(value: &Value) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::UInt(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        _ => None,
    }
}

fn to_i128(value: &Value) -> Option<i128> {
    match value {
        Value::Int(value) => Some(i128::from(*value)),
        Value::UInt(value) => Some(i128::from(*value)),
        // Larger ones are exact neither here nor as floats.
        Value::Float(value) if value.fract() == 0.0 && value.abs() < 1e30 => Some(*value as i128),
        _ => None,
    }
}

/// Compares two numbers; `None` if one is none, or not a number in the sense of floats.
pub(crate) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (to_i128(a), to_i128(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => to_f64(a)?.partial_cmp(&to_f64(b)?),
    }
}

/// Whether `value` is a whole multiple of `step`, which is greater than 0. Decimal fractions count as what they are written as: 0.3 is a
/// multiple of 0.1.
pub(crate) fn is_multiple(value: &Value, step: &Value) -> bool {
    if let (Some(value), Some(step)) = (to_i128(value), to_i128(step)) {
        return step != 0 && value % step == 0;
    }
    let (Some(value), Some(step)) = (to_f64(value), to_f64(step)) else { return true };
    if !value.is_finite() {
        return false;
    }
    match (decimal(value), decimal(step)) {
        (Some((a, a_places)), Some((b, b_places))) => {
            let places = a_places.max(b_places);
            let scale = |number: i128, own: u32| 10_i128.checked_pow(places - own).and_then(|factor| number.checked_mul(factor));
            match (scale(a, a_places), scale(b, b_places)) {
                (Some(a), Some(b)) => b != 0 && a % b == 0,
                _ => is_whole(value, step),
            }
        }
        _ => is_whole(value, step),
    }
}

/// For numbers so large or small that their decimals do not fit: as floats have it.
fn is_whole(value: f64, step: f64) -> bool {
    value % step == 0.0 || (value / step).fract() == 0.0
}

/// The shortest decimal of a float, as an integer and a number of decimal places.
fn decimal(value: f64) -> Option<(i128, u32)> {
    if value != 0.0 && !(1e-20..1e20).contains(&value.abs()) {
        return None;
    }
    // Digits of a float in this range fit into 48 bytes.
    let mut buffer = Digits { bytes: [0; 48], len: 0 };
    std::fmt::Write::write_fmt(&mut buffer, format_args!("{value}")).ok()?;
    let text = std::str::from_utf8(&buffer.bytes[..buffer.len]).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let negative = whole.starts_with('-');
    let digits = whole.trim_start_matches('-').bytes().chain(fraction.bytes());
    let mut number: i128 = 0;
    for digit in digits {
        number = number.checked_mul(10)?.checked_add(i128::from(digit.checked_sub(b'0')?))?;
    }
    Some((if negative { -number } else { number }, fraction.len() as u32))
}

/// Text on the stack: this is the hot path.
struct Digits {
    bytes: [u8; 48],
    len: usize,
}

impl std::fmt::Write for Digits {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(std::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value() {
        assert_eq!(compare(&Value::Int(1), &Value::Float(1.0)), Some(Ordering::Equal));
        assert_eq!(compare(&Value::UInt(u64::MAX), &Value::Int(i64::MAX)), Some(Ordering::Greater));
        assert_eq!(compare(&Value::Int(9_007_199_254_740_993), &Value::Float(9_007_199_254_740_992.0)), Some(Ordering::Greater));
        assert_eq!(compare(&Value::Null, &Value::Int(1)), None);
    }

    #[test]
    fn multiples_are_those_of_the_decimals_as_written() {
        assert!(is_multiple(&Value::Float(0.3), &Value::Float(0.1)));
        assert!(is_multiple(&Value::Float(0.0075), &Value::Float(0.0001)));
        assert!(!is_multiple(&Value::Float(0.00751), &Value::Float(0.0001)));
        assert!(is_multiple(&Value::Float(-4.5), &Value::Float(1.5)));
        assert!(!is_multiple(&Value::Int(7), &Value::Int(2)));
        assert!(is_multiple(&Value::Int(12_391_239_123), &Value::Float(1e-8)));
        assert!(is_multiple(&Value::Float(1e308), &Value::Float(0.5)));
    }
}
