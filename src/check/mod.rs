//! Judges of finished objects: one file per rule or family.
//!
//! [`object`] judges one object alone: the structure of its kind, then what the API server enforces in code. [`Facts`] are the little that
//! others may ask of an object and that it asks of others; [`together`] joins those of all objects of one place. Both are the same for
//! rendered objects and for files of any origin.
//!
//! Must never know: how the objects were made.

mod admission;
mod autoscaler;
mod clash;
mod cluster;
mod config;
mod definition;
mod expressions;
mod fields;
mod findings;
mod network;
mod object;
mod permission;
mod pod;
mod quota;
mod rbac;
mod scan;
mod selector;
mod storage;
mod structure;
mod texts;
mod together;
mod validations;
mod workload;

pub use clash::{Placed, clashes};
pub use permission::{Permissions, permissions_name_kinds, permitted};
pub use scan::{Finding, Gravity, Scan, scanned, scans};
pub use together::{Extent, External, Facts, Setting, together, unmet};

use crate::diag::Sink;
use crate::kubernetes::Schemas;
use crate::tree::Node;
use findings::Findings;

/// Judges an object by itself, each problem at the line of the person who wrote the value. Returns whether nothing was found.
pub fn object(object: &Node, schemas: &Schemas, sink: &Sink) -> bool {
    judged(object, schemas, false, sink)
}

/// The same for a manifest that no project made: what a project settles in its own documents is told too.
pub fn manifest(object: &Node, schemas: &Schemas, sink: &Sink) -> bool {
    judged(object, schemas, true, sink)
}

fn judged(object: &Node, schemas: &Schemas, tags: bool, sink: &Sink) -> bool {
    let structural = Sink::new();
    let sound = structure::structure(object, schemas, &structural);
    let mut findings = Findings::new(object::about(object), schemas.version());
    findings.tags = tags;
    if schemas.kind_of(object).is_some_and(|kind| !kind.is_custom()) {
        object::judge(object, schemas, &mut findings);
    }
    if sound && findings.is_empty() {
        return true;
    }
    findings.tell(structural.take().diagnostics, sink);
    false
}
