//! Why an expression has no value.

use crate::diag::{Code, code};

/// Why an expression has no value; the place is added by who evaluates it.
#[derive(Clone, Debug)]
pub struct Fault {
    pub code: Code,
    pub message: String,
    pub help: Option<String>,
}

/// A value or why there is none.
pub type Try<T> = Result<T, Box<Fault>>;

impl Fault {
    pub fn new(message: impl Into<String>) -> Box<Fault> {
        Box::new(Fault { code: code::TEMPLATE_VALUE, message: message.into(), help: None })
    }

    /// A bound was passed.
    pub fn bound(what: &str) -> Box<Fault> {
        let help = "a loop over too much, or text that doubles; bounds keep a template from running for ever";
        Box::new(Fault { code: code::TEMPLATE_BOUND, message: what.into(), help: Some(help.into()) })
    }

    pub fn help(mut self: Box<Fault>, help: impl Into<String>) -> Box<Fault> {
        self.help = Some(help.into());
        self
    }
}
