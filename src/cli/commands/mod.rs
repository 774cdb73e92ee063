//! One file per command: its help, its arguments, one function.

pub mod completions;
pub mod explain;
pub mod init;
pub mod man;
