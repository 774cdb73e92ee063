//! Kubernetes: what its kinds look like, per version and with the CRDs of a cluster: structure, merge keys, enums, namespaced or
//! not; the identity of objects; where pods are kept.
//!
//! The structure of the built-in kinds is text under `schemas/kubernetes/`, embedded and searched as it stands: a run that meets
//! five kinds decodes five kinds.
//!
//! Must never know: OAM, or where an object comes from.

mod crd;
mod definition;
mod identity;
mod kinds;
mod meaning;
mod metadata;
mod names;
mod published;
mod schemas;
mod structure;
mod version;

pub use crd::check_definition;
pub use identity::{ObjectId, is_called, pod_path};

pub use kinds::{Deprecation, KindSchema, KindSource, Presence, presence};
pub use meaning::narrows;
pub use schemas::Schemas;
pub use structure::check_structure;
pub use version::Version;
