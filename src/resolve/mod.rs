//! Joins application, layers, bindings, scopes, environment, cluster and release into units; decides which value wins.
//!
//! Must never know: template syntax.

mod unit;

pub use unit::{ResolvedComponent, ResolvedConfig, ResolvedConnection, ResolvedScope, ResolvedTrait, Unit};
