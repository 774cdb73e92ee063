//! Durations and times of CEL, as whole numbers of nanoseconds: a duration is one, a time counts from 1970. They compare, add and subtract
//! as CEL says.

use cel::common::types::{CelInt, CelString};
use cel::{DeclarationError, Env, ExecutionError};

use super::functions::failed;

const SECOND: i64 = 1_000_000_000;

/// Adds the functions to an environment.
pub(super) fn add_to(env: &mut Env) -> Result<(), DeclarationError> {
    cel::add_overload!(env, fn duration: (CelString) -> Result<CelInt>)?;
    cel::add_overload!(env, fn timestamp: (CelString) -> Result<CelInt>)?;
    cel::add_member_overload!(env, fn get_hours: (CelInt) -> CelInt)?;
    cel::add_member_overload!(env, fn get_minutes: (CelInt) -> CelInt)?;
    cel::add_member_overload!(env, fn get_seconds: (CelInt) -> CelInt)?;
    cel::add_member_overload!(env, fn get_milliseconds: (CelInt) -> CelInt)?;
    Ok(())
}

/// `1h30m`, `-1.5s`, `10ms`
fn duration(text: &CelString<'_>) -> Result<CelInt, ExecutionError> {
    let nanoseconds = nanoseconds(text.inner());
    nanoseconds.map(CelInt::from).ok_or_else(|| failed("duration", format!("`{}` is not a duration", text.inner())))
}

fn nanoseconds(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|char: char| !char.is_ascii_digit() && char != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let unit_end = rest[end..].find(|char: char| char.is_ascii_digit() || char == '.').map_or(rest.len(), |length| end + length);
        let factor = match &rest[end..unit_end] {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return None,
        };
        total += number * factor;
        rest = &rest[unit_end..];
    }
    (!text.is_empty() && total > -1.0 && total < i64::MAX as f64).then_some((sign * total) as i64)
}

/// RFC 3339.
fn timestamp(text: &CelString<'_>) -> Result<CelInt, ExecutionError> {
    let wrong = || failed("timestamp", format!("`{}` is not a time", text.inner()));
    since_1970(text.inner()).map(CelInt::from).ok_or_else(wrong)
}

fn since_1970(text: &str) -> Option<i64> {
    if !crate::shape::Format::DateTime.takes_text(text) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let rest = text.get(19..)?;
    let zone_at = rest.find(['Z', 'z', '+', '-'])?;
    let fraction: f64 = if zone_at > 0 { format!("0{}", &rest[..zone_at]).parse().ok()? } else { 0.0 };
    let zone = &rest[zone_at..];
    let offset = match zone.get(1..) {
        Some("") => 0,
        Some(time) => {
            let (hours, minutes) = time.split_once(':')?;
            let seconds = hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60;
            if zone.starts_with('-') { -seconds } else { seconds }
        }
        None => return None,
    };
    // Days of the calendar, counted from a March so that leap days come last.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 + day - 1 - 719_468;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset;
    seconds.checked_mul(SECOND)?.checked_add((fraction * 1e9) as i64)
}

fn get_hours(nanoseconds: &CelInt) -> CelInt {
    CelInt::from(nanoseconds.inner() / (3600 * SECOND))
}

fn get_minutes(nanoseconds: &CelInt) -> CelInt {
    CelInt::from(nanoseconds.inner() / (60 * SECOND))
}

fn get_seconds(nanoseconds: &CelInt) -> CelInt {
    CelInt::from(nanoseconds.inner() / SECOND)
}

fn get_milliseconds(nanoseconds: &CelInt) -> CelInt {
    CelInt::from(nanoseconds.inner() / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_times_are_nanoseconds() {
        for (text, expected) in
            [("1h30m", Some(5400 * SECOND)), ("-1.5s", Some(-1_500_000_000)), ("10ms", Some(10_000_000)), ("0", Some(0))]
        {
            assert_eq!(nanoseconds(text), expected, "{text}");
        }
        for text in ["", "1", "1d", "s", "1h 2m"] {
            assert_eq!(nanoseconds(text), None, "{text}");
        }
        assert_eq!(since_1970("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(since_1970("2000-03-01T01:00:00+01:00"), Some(951_868_800 * SECOND));
        assert_eq!(since_1970("2026-11-25T10:00:00.5Z"), Some(1_795_600_800 * SECOND + SECOND / 2));
        assert_eq!(since_1970("yesterday"), None);
    }
}
