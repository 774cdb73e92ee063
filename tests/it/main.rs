//! The one integration binary. A module per part; a new case is a new folder under `tests/`.

mod cli;
mod definitions;
mod diagnostics;
mod documents;
mod editors;
mod hardship;
mod house;
mod import;
mod kubernetes;
mod kubevela;
mod load;
mod lower;
mod patch;
mod pipeline;
mod program;
mod refused;
mod render;
mod resolve;
mod schema_differential;
mod schema_suite;
mod sock_shop;
mod standalone;
mod structure_differential;
mod templates;
mod validate;
mod yaml;
