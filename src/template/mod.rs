//! Definition templates: YAML with expressions in its scalars, compiled once, evaluated often.
//!
//! [`compile`] reads a `schematic.minijinja` node and checks everything that can be known without values; [`Template::evaluate`] fills
//! it. Every value that comes out knows the template line that made it and the inputs that filled it.
//!
//! Must never know: which kind of definition it serves.

mod api;
mod bounds;
mod checks;
mod compile;
mod eval;
mod filters;
mod names;
pub mod placeholders;
mod program;
mod syntax;
mod value;

pub use api::{
    FragmentSource, Fragments, Output, Parts, PatchTarget, PatchType, Per, Rendered, Rule, Scope, Sections, TargetedPatch, Template,
};
pub use compile::compile;
