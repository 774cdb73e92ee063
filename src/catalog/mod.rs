//! Every component, trait and scope type: built in, of the project, imported. Parsed and compiled on first use.
//!
//! Must never know: any type by name.

mod definition;

pub use definition::{Definition, DefinitionKind, Example, Usability};
