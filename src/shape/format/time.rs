//! Formats of times: durations, cron schedules, dates.

use super::names::is_digits;

/// As Go reads it: `0`, or numbers each with a unit.
pub(super) fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let end = rest.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        if !number.bytes().any(|byte| byte.is_ascii_digit()) || number.bytes().filter(|byte| *byte == b'.').count() > 1 {
            return false;
        }
        // Longer units first: `m` begins `ms`.
        match ["ns", "us", "µs", "μs", "ms", "s", "m", "h"].iter().find_map(|unit| after.strip_prefix(unit)) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    true
}

pub(super) fn is_cron(text: &str) -> bool {
    let text = text.trim();
    let text = match text.strip_prefix("TZ=").or_else(|| text.strip_prefix("CRON_TZ=")) {
        // Kubernetes refuses a zone here; it has a field for it.
        Some(_) => return false,
        None => text,
    };
    if let Some(name) = text.strip_prefix('@') {
        return ["yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly"].contains(&name)
            || name.strip_prefix("every ").is_some_and(is_duration);
    }
    const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let fields: [(u32, u32, &[&str]); 5] = [(0, 59, &[]), (0, 23, &[]), (1, 31, &[]), (1, 12, MONTHS), (0, 6, DAYS)];
    let mut parts = text.split_whitespace();
    let fit = fields.iter().all(|field| parts.next().is_some_and(|part| part.split(',').all(|range| is_cron_range(range, *field))));
    fit && parts.next().is_none()
}

fn is_cron_range(text: &str, (low, high, names): (u32, u32, &[&str])) -> bool {
    let number = |text: &str| -> Option<u32> {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text)).map(|index| index as u32 + low);
        named.or_else(|| is_digits(text, 1..=2).then(|| text.parse().ok()).flatten()).filter(|number| (low..=high).contains(number))
    };
    let (range, step) = match text.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (text, None),
    };
    let step_fits = step.is_none_or(|step| is_digits(step, 1..=4) && step.bytes().any(|byte| byte != b'0'));
    let range_fits = range == "*"
        || range == "?"
        || match range.split_once('-') {
            Some((from, to)) => matches!((number(from), number(to)), (Some(from), Some(to)) if from <= to),
            None => number(range).is_some(),
        };
    step_fits && range_fits
}

pub(super) fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' || !text.is_ascii() {
        return false;
    }
    let number = |range: std::ops::Range<usize>| is_digits(&text[range.clone()], 1..=4).then(|| text[range].parse::<u32>().ok()).flatten();
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

pub(super) fn is_time(text: &str) -> bool {
    let two = |text: Option<&str>, high: u32| -> Option<u32> {
        text.filter(|text| is_digits(text, 2..=2)).and_then(|text| text.parse().ok()).filter(|number| *number <= high)
    };
    if !text.is_ascii() || text.len() < 9 || text.as_bytes()[2] != b':' || text.as_bytes()[5] != b':' {
        return false;
    }
    let (Some(hour), Some(minute), Some(second)) = (two(text.get(0..2), 23), two(text.get(3..5), 59), two(text.get(6..8), 60)) else {
        return false;
    };
    let rest = &text[8..];
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let end = fraction.find(|char: char| !char.is_ascii_digit()).unwrap_or(fraction.len());
            if end == 0 {
                return false;
            }
            &fraction[end..]
        }
        None => rest,
    };
    let offset = match rest.as_bytes() {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), ..] if rest.len() == 6 && rest.as_bytes()[3] == b':' => {
            two(rest.get(1..3), 23).zip(two(rest.get(4..6), 59)).map(|(hours, minutes)| {
                let minutes = (hours * 60 + minutes) as i32;
                if *sign == b'+' { minutes } else { -minutes }
            })
        }
        _ => None,
    };
    // A leap second is the last of a day in UTC.
    offset.is_some_and(|offset| second < 60 || (((hour * 60 + minute) as i32 - offset).rem_euclid(1440)) == 1439)
}

pub(super) fn is_date_time(text: &str) -> bool {
    let split = text.char_indices().nth(10);
    split.is_some_and(|(index, char)| matches!(char, 'T' | 't') && is_date(&text[..index]) && is_time(&text[index + 1..]))
}
