//! Services, Ingresses, network policies and endpoints.

mod addresses;
mod endpoints;
mod ingress;
mod policy;
mod service;

pub(super) use endpoints::{endpoints, slice};
pub(super) use ingress::{class, ingress};
pub(super) use policy::policy;
pub(super) use service::service;
