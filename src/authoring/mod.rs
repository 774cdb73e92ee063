//! For those who write types: a type tried in a small project, its examples and tests judged.
//!
//! Must never know: any type by name, files, the command line.

mod correct;
mod draft;
mod editor;
mod expect;
mod record;
mod sample;
mod trial;
mod verdict;
mod vet;

pub use correct::correct;
pub use draft::{Drafted, draft, draft_text};
pub use editor::editor_schema;
pub use record::expectation;
pub use trial::{Trial, Trials, Use};
pub use verdict::{Tested, test};
pub use vet::{suitable, vet};
