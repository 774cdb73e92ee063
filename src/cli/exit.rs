//! How a run ends: what it found, or why it could not go on, and the exit code of each.

use std::fmt;

/// Fine.
pub const FINE: u8 = 0;
/// Problems were found in what people wrote.
pub const PROBLEMS: u8 = 1;
/// The command line was used wrongly.
pub const USAGE: u8 = 2;
/// Differences were found where none were wanted.
pub const DIFFERENCES: u8 = 3;
/// The world failed: the file system, for one.
pub const WORLD: u8 = 4;

/// What a command that could do its work found.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Nothing to complain about.
    Fine,
    /// Problems in what people wrote; they have been reported.
    Problems,
    /// `--check` found the output out of date.
    Differences,
}

/// Why a command could not do its work.
#[derive(Debug)]
pub enum Failure {
    /// The command line asks for something that is not there.
    Usage {
        /// What is wrong, one sentence in lower case.
        message: String,
        /// The way out.
        help: Option<String>,
    },
    /// Something stands in the way that a person has to put right first.
    Refused {
        /// What it is.
        message: String,
        /// The way out.
        help: Option<String>,
    },
    /// The world failed.
    World {
        /// What could not be done and why.
        message: String,
        /// The way out.
        help: Option<String>,
    },
}

impl Failure {
    /// Wrong use of the command line.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::Usage { message: message.into(), help: None }
    }

    /// Something that a person has to put right first.
    pub fn refused(message: impl Into<String>) -> Failure {
        Failure::Refused { message: message.into(), help: None }
    }

    /// The world failed.
    pub fn world(message: impl Into<String>) -> Failure {
        let mut message: String = message.into();
        // The number that the system has for it says nothing to people.
        if let Some(at) = message.rfind(" (os error ") {
            message.truncate(at);
        }
        Failure::World { message, help: None }
    }

    /// With a way out.
    pub fn help(self, way: impl Into<String>) -> Failure {
        let way = Some(way.into());
        match self {
            Failure::Usage { message, .. } => Failure::Usage { message, help: way },
            Failure::Refused { message, .. } => Failure::Refused { message, help: way },
            Failure::World { message, .. } => Failure::World { message, help: way },
        }
    }

    /// The message and the way out.
    pub fn parts(&self) -> (&str, Option<&str>) {
        match self {
            Failure::Usage { message, help } | Failure::Refused { message, help } | Failure::World { message, help } => {
                (message, help.as_deref())
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.parts().0)
    }
}

impl std::error::Error for Failure {}

/// The exit code of a result.
pub fn code(result: &Result<Outcome, Failure>) -> u8 {
    match result {
        Ok(Outcome::Fine) => FINE,
        Ok(Outcome::Problems) | Err(Failure::Refused { .. }) => PROBLEMS,
        Err(Failure::Usage { .. }) => USAGE,
        Ok(Outcome::Differences) => DIFFERENCES,
        Err(Failure::World { .. }) => WORLD,
    }
}
