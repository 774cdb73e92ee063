//! Problems as data: the [`Diagnostic`], its codes, and the bounded [`Sink`] that collects them from all threads.
//!
//! Must never know: what produced a problem, or how it is shown.

pub mod code;
mod similar;
mod sink;

pub use code::Code;
pub use similar::did_you_mean;
pub use sink::{Judged, KEEP, Report, Sink};

use crate::source::Pos;

/// How bad a problem is.
#[derive(Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// The run fails.
    Error,
    /// Probably not what the author wants.
    Warning,
    /// Worth knowing, such as a field that is accepted and has no effect yet.
    Note,
}

impl Severity {
    /// The name as reports spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// A document that a problem is about though nobody has read it: its kind, and its name if it is known.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Unread {
    /// The kind, as documents spell it.
    pub kind: &'static str,
    /// The name; `None` stands for any.
    pub name: Option<Box<str>>,
}

impl Unread {
    /// Whether one may be the other.
    fn may_be(&self, other: &Unread) -> bool {
        self.kind == other.kind && (self.name.is_none() || other.name.is_none() || self.name == other.name)
    }
}

/// A further place that a problem is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Label {
    /// Where.
    pub at: Pos,
    /// What is there: a short phrase in lower case.
    pub message: String,
}

/// One problem. Messages are one sentence in lower case without a full stop, with user input in backticks and no Rust type names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Diagnostic {
    /// Where the author can mend it; [`Pos::NOWHERE`] if no file is to blame.
    pub at: Pos,
    /// The stable code.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Why the place above is marked, if the message does not say it; shown at the caret.
    pub note_at: Option<String>,
    /// Other places that matter.
    pub labels: Vec<Label>,
    /// The way out, if there is one to suggest. A did-you-mean stands here.
    pub help: Option<String>,
    /// The text that should stand at `at` in place of the value or key that is there, for editors and for reports.
    pub replacement: Option<String>,
    /// Whatever else is told of the same place, there or with a label, follows from this and is left out.
    pub decisive: bool,
    /// Documents that could settle it, if they were there. One that is there and cannot be read is the cause, and this is left out.
    pub settled_by: Vec<Unread>,
    /// The units (`app/env/cluster`) in which it was seen; empty when it is about a file alone.
    pub units: Vec<String>,
}

impl Diagnostic {
    fn new(severity: Severity, code: Code, at: Pos, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            at,
            code,
            severity,
            message: message.into(),
            note_at: None,
            labels: Vec::new(),
            help: None,
            replacement: None,
            decisive: false,
            settled_by: Vec::new(),
            units: Vec::new(),
        }
    }

    /// A problem that fails the run.
    pub fn error(code: Code, at: Pos, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, code, at, message)
    }

    /// A problem that does not fail the run.
    pub fn warning(code: Code, at: Pos, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, code, at, message)
    }

    /// Something worth knowing.
    pub fn note(code: Code, at: Pos, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Note, code, at, message)
    }

    /// Whether it differs from another in nothing but the other places that matter, and where it was seen.
    fn says_the_same(&self, other: &Diagnostic) -> bool {
        let own = (self.at, self.code, self.severity, &self.message, &self.note_at, &self.help);
        own == (other.at, other.code, other.severity, &other.message, &other.note_at, &other.help) && !self.at.eq(&Pos::NOWHERE)
    }

    /// Takes over the places of one that says the same: a few are enough to see what is meant.
    fn absorb(&mut self, other: Diagnostic) {
        const PLACES: usize = 3;
        let new: Vec<Label> = other.labels.into_iter().filter(|label| !self.labels.contains(label)).collect();
        let room = PLACES.saturating_sub(self.labels.len());
        self.labels.extend(new.into_iter().take(room));
        self.units.extend(other.units);
        self.units.sort();
        self.units.dedup();
    }

    /// Adds what the caret says.
    pub fn here(mut self, message: impl Into<String>) -> Diagnostic {
        self.note_at = Some(message.into());
        self
    }

    /// Adds a further place; one without a source is left out.
    pub fn label(mut self, at: Pos, message: impl Into<String>) -> Diagnostic {
        if at.is_known() {
            self.labels.push(Label { at, message: message.into() });
        }
        self
    }

    /// Adds the way out.
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Adds "did you mean …?" when `name` is close to one of `known`.
    pub fn suggest<'a>(mut self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
        if let Some(best) = did_you_mean(name, known) {
            self.help = Some(format!("did you mean `{best}`?"));
            self.replacement = Some(best.to_owned());
        }
        self
    }

    /// Tells it at `asked_at` where its own place is one that nobody can edit (`fixed`): whoever asked for what was made there can. The
    /// own place stays as a label.
    pub fn asked_at(mut self, asked_at: Pos, fixed: impl Fn(Pos) -> bool) -> Diagnostic {
        if fixed(self.at) && asked_at.is_known() && !fixed(asked_at) {
            let made_at = std::mem::replace(&mut self.at, asked_at);
            self.replacement = None;
            self.labels.retain(|label| label.at != asked_at && label.at != made_at);
            self.labels.push(Label { at: made_at, message: self.note_at.take().unwrap_or_else(|| "made here".to_owned()) });
        }
        self
    }

    /// Makes it the only problem of its place.
    pub fn decisive(mut self) -> Diagnostic {
        self.decisive = true;
        self
    }

    /// Says that a document of this kind would settle it: the one of this name, or any.
    pub fn unless_unread<'a>(mut self, kind: &'static str, name: impl Into<Option<&'a str>>) -> Diagnostic {
        self.settled_by.push(Unread { kind, name: name.into().map(Box::from) });
        self
    }

    /// Says in which unit it was seen.
    pub fn in_unit(mut self, unit: impl Into<String>) -> Diagnostic {
        self.units.push(unit.into());
        self
    }
}
