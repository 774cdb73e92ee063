//! `oam` compiles an application model, written by three roles, into plain Kubernetes manifests.
//!
//! It is a compiler. Documents go in at the top, manifests come out at the bottom, and the modules
//! below are the stages, in the order in which data passes through them; each uses only modules above it.
//!
//! ```text
//! files ─ load ─▶ Project ─┬─ for every unit (application × environment × cluster), in parallel ───────┬─▶ global checks ─ output ─▶ files
//!                          └─ resolve ─▶ Unit ─ lower ─▶ objects ─ check ─▶ objects ─ emit ─▶ text ────┘        └ view ─▶ people
//!       source positions ─────── travel as Origin through every stage ─────────▶ diagnostics at the author's line
//! ```
//!
//! `docs/architecture.md` describes the house and its rules.

pub mod source;

pub mod diag;

pub mod tree;

pub mod shape;

pub mod kubernetes;

pub mod patch;

pub mod rules;

pub mod template;

pub mod catalog;

pub mod model;

pub mod load;

pub mod deploy;

pub mod import;

pub mod resolve;

pub mod lower;

pub mod check;

pub mod authoring;

pub mod output;

pub mod diff;

pub mod view;

pub mod git;

pub mod cli;
