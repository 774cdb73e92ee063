//! Resource claims of a pod: devices that a driver allocates.

use super::Pod;
use crate::check::fields::Fields;
use crate::check::findings::{About, Findings, Need, meant};
use crate::diag::code;
use crate::shape::Format;

/// Judges resource claims, and the containers that use them.
pub(super) fn judge<'a>(pod: Pod<'a>, findings: &mut Findings<'a>) {
    let claims = pod.spec.list("resourceClaims");
    findings.unique("resource claims called", claims.iter().filter_map(|claim| Some((claim.text("name")?, claim.place_of("name")))));
    for claim in claims {
        findings.within(About::new("resource claim", claim.text("name").unwrap_or_default()), |findings| {
            if findings.required(claim, "name") {
                findings.format(claim, "name", Format::DnsLabel);
            }
            findings.one_of(claim, &["resourceClaimName", "resourceClaimTemplateName"], Need::Exactly);
        });
    }
    for container in pod.containers() {
        for used in container.node.field("resources").map(|resources| resources.list("claims")).unwrap_or_default() {
            let Some(name) = used.text("name") else {
                findings.required(used, "name");
                continue;
            };
            if !claims.iter().any(|claim| claim.text("name") == Some(name)) {
                let message = format!("container `{}` uses the resource claim `{name}`, which the pod does not have", container.name());
                let help =
                    meant(name, claims.iter().filter_map(|claim| claim.text("name")), "declare it under `resourceClaims` of the pod");
                findings.error(code::MISSING_VOLUME, used.place_of("name"), message, help);
            }
        }
    }
}
