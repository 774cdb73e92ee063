//! One file per command: its help, its arguments, one function.

pub mod blame;
pub mod check;
pub mod completions;
pub mod definition;
pub mod diff;
pub mod explain;
pub mod image;
pub mod import;
pub mod init;
pub mod list;
pub mod man;
pub mod owners;
pub mod preview;
pub mod promote;
pub mod publish;
pub mod render;
pub mod rollback;
pub mod schema;
pub mod validate;
pub mod vendor;
pub mod verify;
