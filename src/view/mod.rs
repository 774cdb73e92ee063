//! Everything that people see: reports of problems, blame, explanations. Data in, text out.
//!
//! Must never know: files on disk, git, the command line.

pub mod blame;
pub mod diagnostics;
pub mod diff;
pub mod explain;
pub mod list;
pub mod message;
pub mod owners;
pub mod preview;
pub mod reference;
pub mod trace;
