//! kubernetes
/// Schemas of one Kubernetes version.
#[derive(Debug)]
pub struct Schemas {}
