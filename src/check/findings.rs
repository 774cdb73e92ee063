//! What the rules say of one object before anybody is told, and the checks that many rules make.

use std::fmt;
use std::ops::RangeInclusive;

use super::fields::Fields;
use crate::diag::{Code, Diagnostic, Sink, code, did_you_mean};
use crate::kubernetes::Version;
use crate::shape::Format;
use crate::source::Pos;
use crate::tree::Node;

/// What a rule looks at, as messages say it: "container `web`", "the container" if it has no name, or a field by its name alone.
#[derive(Copy, Clone, Debug)]
pub(super) struct About<'a> {
    what: &'a str,
    name: &'a str,
}

impl<'a> About<'a> {
    /// A thing of a kind, by its name; the name may be empty.
    pub fn new(what: &'a str, name: &'a str) -> About<'a> {
        About { what, name }
    }

    /// A field.
    pub fn field(name: &'a str) -> About<'a> {
        About { what: "", name }
    }
}

impl fmt::Display for About<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.what, self.name) {
            (what, "") => write!(f, "the {what}"),
            ("", name) => write!(f, "`{name}`"),
            (what, name) => write!(f, "{what} `{name}`"),
        }
    }
}

/// How many of several fields may be set.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Need {
    /// One.
    Exactly,
    /// One or none.
    AtMost,
}

/// The problems of one object.
#[derive(Debug)]
pub(super) struct Findings<'a> {
    found: Vec<Diagnostic>,
    /// What the rules look at now.
    pub about: About<'a>,
    /// Whether images are judged by what their tags mean: a project has releases and scopes for that.
    pub tags: bool,
    /// The version of Kubernetes: some rules came, others went.
    pub version: Version,
}

impl<'a> Findings<'a> {
    /// None yet.
    pub fn new(about: About<'a>, version: Version) -> Findings<'a> {
        Findings { found: Vec::new(), about, tags: false, version }
    }

    /// Takes a problem. A value of which the same is said already is wrong once.
    pub fn push(&mut self, problem: Diagnostic) {
        const OF_VALUES: [Code; 4] = [code::BAD_FORMAT, code::BAD_NAME, code::OUT_OF_RANGE, code::VALUE_NOT_ALLOWED];
        let of_value = |of: &Diagnostic| OF_VALUES.contains(&of.code) && of.severity == problem.severity;
        if of_value(&problem) && problem.at.is_known() && self.found.iter().any(|other| other.at == problem.at && of_value(other)) {
            return;
        }
        self.found.push(problem);
    }

    /// Takes an error.
    pub fn error(&mut self, code: Code, at: Pos, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::error(code, at, message).help(help));
    }

    /// Takes a warning.
    pub fn warn(&mut self, code: Code, at: Pos, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::warning(code, at, message).help(help));
    }

    /// Whether the version of Kubernetes is this minor one or later.
    pub fn since(&self, minor: u8) -> bool {
        self.version.minor() >= minor
    }

    /// Looks at a part of the object, named in messages.
    pub fn within(&mut self, about: About<'a>, judge: impl FnOnce(&mut Findings<'a>)) {
        let outer = std::mem::replace(&mut self.about, about);
        judge(self);
        self.about = outer;
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Tells what is wrong with the structure, and of the rules what is not said by that: a value that does not have the shape of its kind
    /// breaks rules too. Where both say the same, the one that knows a way out is told.
    pub fn tell(self, structural: Vec<Diagnostic>, sink: &Sink) {
        // What could not be filled in is told where it is missing.
        let filled = |rule: &Diagnostic| !rule.message.contains("{{ ");
        let same_place = |one: &Diagnostic, other: &Diagnostic| one.at == other.at && one.at.is_known();
        let better = |rule: &Diagnostic, known: &Diagnostic| rule.code == known.code && known.help.is_none() && rule.help.is_some();
        let (beside, own): (Vec<_>, Vec<_>) =
            self.found.into_iter().filter(filled).partition(|rule| structural.iter().any(|known| same_place(known, rule)));
        let better: Vec<Diagnostic> =
            beside.into_iter().filter(|rule| structural.iter().any(|known| same_place(known, rule) && better(rule, known))).collect();
        let structural = structural.into_iter().filter(|known| !better.iter().any(|rule| same_place(rule, known)));
        let structural: Vec<Diagnostic> = structural.collect();
        own.into_iter().chain(better).chain(structural).for_each(|problem| sink.push(problem));
    }

    /// A field that must be there, and not empty. Returns whether it is.
    pub fn required(&mut self, map: &Node, field: &str) -> bool {
        let there = map.given(field).is_some_and(|value| {
            let empty_text = value.as_str().is_some_and(str::is_empty);
            !(empty_text || value.is_list() && value.items().is_empty())
        });
        if !there {
            let (at, about) = (map.place_of(field), self.about);
            let message = match map.given(field) {
                None => format!("missing field `{field}` in {about}"),
                Some(_) => format!("`{field}` of {about} must not be empty"),
            };
            self.push(Diagnostic::error(code::MISSING_FIELD, at, message).help(format!("add `{field}: …`")));
        }
        there
    }

    /// A number within limits, if it is there.
    pub fn range(&mut self, map: &Node, field: &str, limits: RangeInclusive<i64>) {
        let Some(value) = map.number(field) else { return };
        if limits.contains(&value) {
            return;
        }
        let (low, high) = (*limits.start(), *limits.end());
        let wanted = match (low, high) {
            (low, high) if low == high => format!("{low}"),
            (low, i64::MAX) => format!("at least {low}"),
            (i64::MIN, high) => format!("at most {high}"),
            (low, high) if value < low => format!("at least {low} (and at most {high})"),
            (low, high) => format!("at most {high} (and at least {low})"),
        };
        let message = format!("`{field}` of {} must be {wanted}, not {value}", self.about);
        self.push(Diagnostic::error(code::OUT_OF_RANGE, map.place_of(field), message));
    }

    /// The mode of a file, which people write in octal.
    pub fn mode(&mut self, map: &Node, field: &str, most: i64) {
        let Some(value) = map.number(field).filter(|value| !(0..=most).contains(value)) else { return };
        let message = format!("`{field}` of {} is {value}, and a mode is at most {most}, which is {most:o} in octal", self.about);
        let octal = i64::from_str_radix(&value.to_string(), 8).ok().filter(|octal| (0..=most).contains(octal));
        let help =
            octal.map_or_else(|| format!("write `0{most:o}` or less"), |octal| format!("write `0{value}`, or {octal}, its decimal form"));
        self.push(Diagnostic::error(code::OUT_OF_RANGE, map.place_of(field), message).help(help));
    }

    /// A number that must not be negative.
    pub fn not_negative(&mut self, map: &Node, field: &str) {
        self.range(map, field, 0..=i64::MAX);
    }

    /// Text that must be one of a few, if it is there and not empty.
    pub fn allowed(&mut self, map: &Node, field: &str, values: &[&str]) {
        if let Some(text) = map.text(field).filter(|text| !values.contains(text)) {
            self.allowed_text(map.place_of(field), &format!("`{field}`"), text, values);
        }
    }

    /// The same for text that stands at a place; `what` names it.
    pub fn allowed_text(&mut self, at: Pos, what: &str, text: &str, values: &[&str]) {
        if values.contains(&text) {
            return;
        }
        let wanted = match values {
            [one] => format!("`{one}`"),
            _ => format!("one of {}", listed(values)),
        };
        let message = format!("{what} of {} must be {wanted}, not `{text}`", self.about);
        self.push(Diagnostic::error(code::VALUE_NOT_ALLOWED, at, message).suggest(text, values.iter().copied()));
    }

    /// Text of a format, if it is there and not empty.
    pub fn format(&mut self, map: &Node, field: &str, format: Format) {
        if let Some(text) = map.text(field).filter(|text| !format.takes_text(text)) {
            self.format_text(map.place_of(field), &format!("`{field}`"), text, format);
        }
    }

    /// The same for text that stands at a place; `what` names it.
    pub fn format_text(&mut self, at: Pos, what: &str, text: &str, format: Format) {
        if format.takes_text(text) {
            return;
        }
        let code = match format {
            Format::DnsLabel | Format::DnsName | Format::LabelKey | Format::LabelValue | Format::PortName => code::BAD_NAME,
            _ => code::BAD_FORMAT,
        };
        let message = format!("{what} of {} must be {}, not `{text}`", self.about, format.wanted());
        self.push(Diagnostic::error(code, at, message).help(format!("for example `{}`", format.example())));
    }

    /// Fields of which one may be set, or must be.
    pub fn one_of(&mut self, map: &Node, fields: &[&str], need: Need) {
        let empty = |node: &Node| node.is_null() || node.as_str().is_some_and(str::is_empty);
        let mut set = map.entries().iter().filter(|entry| !empty(&entry.node) && fields.contains(&entry.key.as_str()));
        match (set.next(), set.next()) {
            (Some(first), Some(second)) => {
                let message = format!("{} has both `{}` and `{}`, and may have one of them", self.about, first.key, second.key);
                let first_at = map.place_of(first.key.as_str());
                let problem = Diagnostic::error(code::ONE_OF, map.place_of(second.key.as_str()), message);
                self.push(problem.label(first_at, "the other one").help(format!("keep `{}` or `{}`", first.key, second.key)));
            }
            (None, _) if need == Need::Exactly => {
                let message = format!("{} must have one of {}, and has none", self.about, listed(fields));
                self.push(Diagnostic::error(code::ONE_OF, map.place(), message));
            }
            _ => {}
        }
    }

    /// A field that may not be set here; `why` completes "… may not be set".
    pub fn forbidden(&mut self, map: &Node, field: &str, why: impl fmt::Display) {
        if map.given(field).is_some() {
            let message = format!("`{field}` of {} may not be set {why}", self.about);
            self.error(code::FIELD_CONFLICT, map.place_of(field), message, format!("leave out `{field}`"));
        }
    }

    /// Items that must differ in a field; `what` names an item.
    pub fn unique<'n>(&mut self, what: &str, items: impl Iterator<Item = (&'n str, Pos)> + Clone) {
        for (index, (name, at)) in items.clone().enumerate() {
            if let Some((_, first)) = items.clone().take(index).find(|(other, _)| *other == name) {
                let message = format!("{} has two {what} `{name}`", self.about);
                let problem = Diagnostic::error(code::DUPLICATE, at, message).label(first, "the first one");
                self.push(problem.help("give one of them another name, or leave one out"));
            }
        }
    }
}

/// `` `a`, `b` and `c` ``
pub(super) fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// `did you mean …?`, or else other advice.
pub(super) fn meant<'n>(name: &str, known: impl IntoIterator<Item = &'n str>, otherwise: impl Into<String>) -> String {
    did_you_mean(name, known).map_or_else(|| otherwise.into(), |best| format!("did you mean `{best}`?"))
}
