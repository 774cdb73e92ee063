//! Cron schedules, as the controller of CronJobs reads them, and the names of time zones.

/// A field of a schedule: its name and what it may hold.
struct Part {
    name: &'static str,
    low: u32,
    high: u32,
    words: &'static [&'static str],
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const PARTS: [Part; 5] = [
    Part { name: "minute", low: 0, high: 59, words: &[] },
    Part { name: "hour", low: 0, high: 23, words: &[] },
    Part { name: "day of the month", low: 1, high: 31, words: &[] },
    Part { name: "month", low: 1, high: 12, words: &MONTHS },
    Part { name: "day of the week", low: 0, high: 6, words: &DAYS },
];
const MACROS: [&str; 7] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// Why text is no schedule, and what to write; `None` if it is one.
pub(super) fn wrong(text: &str) -> Option<(String, String)> {
    let text = text.trim();
    if text.starts_with("TZ=") || text.starts_with("CRON_TZ=") {
        return Some(("a schedule cannot name its time zone".into(), "write it as `timeZone` of the CronJob".into()));
    }
    if let Some(rest) = text.strip_prefix('@') {
        if let Some(duration) = rest.strip_prefix("every ") {
            let right = crate::shape::Format::Duration.takes_text(duration);
            return (!right).then(|| (format!("`{duration}` is not a duration"), "for example `@every 1h30m`".into()));
        }
        let known = MACROS.contains(&text);
        return (!known).then(|| (format!("`{text}` is not known"), format!("it may be one of {}", MACROS.join(", "))));
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != PARTS.len() {
        let help = match fields.len() {
            6 | 7 => "there are no seconds and no years: write minute, hour, day of the month, month, day of the week",
            _ => "write minute, hour, day of the month, month, day of the week",
        };
        return Some((format!("a schedule has 5 fields, not {}", fields.len()), help.into()));
    }
    fields.iter().zip(&PARTS).find_map(|(field, part)| field.split(',').find_map(|range| wrong_range(range, part)))
}

/// A number or a name in a field.
fn number(text: &str, part: &Part) -> Option<u32> {
    let word = part.words.iter().position(|word| word.eq_ignore_ascii_case(text));
    word.map(|index| index as u32 + part.low).or_else(|| text.parse().ok())
}

fn wrong_range(text: &str, part: &Part) -> Option<(String, String)> {
    let name = part.name;
    let limits = || format!("it goes from {} to {}", part.low, part.high);
    let unknown = |text: &str| {
        let help = match (text, part.high) {
            ("L", 31) => "there is no word for the last day of a month: run it every day, and let the program look".to_owned(),
            (text, 6) if text.contains('#') => {
                "the n-th weekday of a month cannot be said: run it each week, and let the program look".to_owned()
            }
            _ => limits(),
        };
        Some((format!("`{text}` is no {name}"), help))
    };
    let (range, step) = text.split_once('/').map_or((text, None), |(range, step)| (range, Some(step)));
    let (low, high) = if range == "*" || range == "?" {
        (part.low, part.high)
    } else {
        let (first, last) = range.split_once('-').map_or((range, None), |(first, last)| (first, Some(last)));
        let Some(low) = number(first, part) else { return unknown(first) };
        let high = match last {
            Some(last) => match number(last, part) {
                Some(high) => high,
                None => return unknown(last),
            },
            None if step.is_some() => part.high,
            None => low,
        };
        (low, high)
    };
    if low < part.low || high > part.high {
        let beyond = if low < part.low { low } else { high };
        let help = if part.high == 6 && beyond == 7 { "Sunday is `0`".to_owned() } else { limits() };
        return Some((format!("the {name} cannot be {beyond}"), help));
    }
    if low > high {
        return Some((
            format!("the {name} range `{range}` ends before it begins"),
            format!("write it as two, such as `{low}-{},{}-{high}`", part.high, part.low),
        ));
    }
    match step.map(|step| (step, step.parse::<u32>())) {
        Some((step, Err(_))) => Some((format!("`{step}` is no step of the {name}"), "write a number after `/`".into())),
        Some((_, Ok(0))) => Some((format!("the step of the {name} cannot be 0"), "write a number above 0 after `/`".into())),
        _ => None,
    }
}

/// What a schedule does that few people mean by it, and what to write.
pub(super) fn surprising(text: &str) -> Option<(&'static str, &'static str)> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
    let any = |field: &str| field == "*" || field == "?";
    if !any(day) && !any(weekday) && !day.starts_with("*/") && !weekday.starts_with("*/") {
        let help = "write `*` for one of them, and let the program look at the other";
        return Some(("it runs on the days of the month and also on the days of the week, not on days that are both", help));
    }
    if any(minute) && !any(hour) && !hour.contains('/') {
        return Some(("it runs in every minute of these hours", "write `0` for the minute, if once is meant"));
    }
    let fixed = [minute, hour, day, month].map(|field| field.parse::<u32>().ok());
    if let [_, _, Some(day), Some(month)] = fixed
        && day > [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].get(month as usize - 1).copied().unwrap_or(31)
    {
        return Some(("that month never has such a day, so it never runs", "choose a day that the month has"));
    }
    None
}

/// The names of the time zone database, sorted.
const ZONES: &str = include_str!("../../../schemas/kubernetes/time-zones.txt");

/// Whether it is the name of a time zone.
pub(super) fn is_zone(name: &str) -> bool {
    ZONES.lines().any(|zone| zone == name)
}

/// The names of all time zones.
pub(super) fn zones() -> impl Iterator<Item = &'static str> {
    ZONES.lines()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_read_as_the_controller_reads_them() {
        for text in
            ["*/5 * * * *", "0 2 * * 0", "0 0 1 JAN mon-fri", "@daily", "@every 1h30m", "5/15 * * * *", "0 0 ? * ?", "1,2-4/2 * * * *"]
        {
            assert_eq!(wrong(text), None, "{text}");
        }
        for (text, expected) in [
            ("0 2 * * 7", "the day of the week cannot be 7"),
            ("60 2 * * *", "the minute cannot be 60"),
            ("0 30 2 * * *", "a schedule has 5 fields, not 6"),
            ("0 2 L * *", "`L` is no day of the month"),
            ("0 2 * * 1#2", "`1#2` is no day of the week"),
            ("0 22-6 * * *", "the hour range `22-6` ends before it begins"),
            ("*/0 * * * *", "the step of the minute cannot be 0"),
            ("@often", "`@often` is not known"),
            ("TZ=UTC 0 2 * * *", "a schedule cannot name its time zone"),
            ("0 2 0 * *", "the day of the month cannot be 0"),
        ] {
            assert_eq!(wrong(text).unwrap_or_default().0, expected, "{text}");
        }
    }

    #[test]
    fn surprises_are_told() {
        for text in ["0 2 13 * 5", "* 2 * * *", "0 0 30 2 *"] {
            assert!(surprising(text).is_some(), "{text}");
        }
        for text in ["0 2 * * 5", "* * * * *", "*/5 2 * * *", "* */2 * * *", "0 0 29 2 *"] {
            assert_eq!(surprising(text), None, "{text}");
        }
    }

    #[test]
    fn zones_are_names_of_the_database() {
        assert!(is_zone("Europe/Berlin") && is_zone("UTC") && is_zone("Etc/GMT+2"));
        assert!(!is_zone("UTC+2") && !is_zone("europe/berlin") && !is_zone("CEST"));
    }
}
