//! Mounts: of volumes that are there, at paths that can be.

use super::{Container, Pod};
use crate::check::fields::Fields;
use crate::check::findings::{Findings, meant};
use crate::check::storage;
use crate::diag::{Diagnostic, code};
use crate::tree::Node;

/// Judges the mounts of a container.
pub(super) fn judge<'a>(pod: Pod<'a>, container: Container<'a>, findings: &mut Findings<'a>) {
    let (mounts, devices) = (container.node.list("volumeMounts"), container.node.list("volumeDevices"));
    for mount in mounts {
        volume(pod, mount, findings);
        path(mount, findings);
        propagation(mount, container.node, findings);
    }
    for device in devices {
        findings.required(device, "devicePath");
        storage::no_backsteps(device, "devicePath", findings);
        let Some(volume) = volume(pod, device, findings) else { continue };
        let is_claim = volume.given("persistentVolumeClaim").is_some() || volume.given("ephemeral").is_some();
        if !is_claim && volume.given("spec").is_none() {
            let message = format!("{} takes the volume `{}` as a block device, and it is no claim", findings.about, name(device));
            findings.error(
                code::FIELD_CONFLICT,
                device.place_of("name"),
                message,
                "only volumes of a PersistentVolumeClaim can be devices",
            );
        }
        if let Some(mount) = mounts.iter().find(|mount| name(mount) == name(device)) {
            let message = format!("{} takes the volume `{}` as a block device and mounts it", findings.about, name(device));
            let problem = Diagnostic::error(code::FIELD_CONFLICT, device.place_of("name"), message);
            findings.push(problem.label(mount.place_of("name"), "mounted here").help("do one of the two"));
        }
    }
    let paths = mounts.iter().filter_map(|mount| Some((mount.text("mountPath")?, mount.place_of("mountPath"))));
    let devices = devices.iter().filter_map(|device| Some((device.text("devicePath")?, device.place_of("devicePath"))));
    findings.unique("mounts at", paths.chain(devices));
}

fn name(mount: &Node) -> &str {
    mount.text("name").unwrap_or_default()
}

/// The volume, or claim of a StatefulSet, that a mount names.
fn volume<'a>(pod: Pod<'a>, mount: &'a Node, findings: &mut Findings<'a>) -> Option<&'a Node> {
    if !findings.required(mount, "name") {
        return None;
    }
    let wanted = name(mount);
    let claim_name = |claim: &'a Node| claim.at(&["metadata", "name"]).and_then(Node::as_str);
    let volumes = pod.spec.list("volumes");
    let found = volumes.iter().find(|volume| volume.text("name") == Some(wanted));
    let found = found.or_else(|| pod.claims.iter().find(|claim| claim_name(claim) == Some(wanted)));
    if found.is_none() {
        let known = volumes.iter().filter_map(|volume| volume.text("name")).chain(pod.claims.iter().filter_map(claim_name));
        let help = meant(wanted, known, format!("declare `{wanted}` under `volumes` of the pod, with its source"));
        let message = format!("{} mounts the volume `{wanted}`, which the pod does not have", findings.about);
        findings.error(code::MISSING_VOLUME, mount.place_of("name"), message, help);
    }
    found
}

fn path<'a>(mount: &'a Node, findings: &mut Findings<'a>) {
    findings.required(mount, "mountPath");
    for field in ["subPath", "subPathExpr"] {
        storage::relative(mount, field, findings);
    }
    if mount.text("subPath").is_some() && mount.text("subPathExpr").is_some() {
        findings.one_of(mount, &["subPath", "subPathExpr"], crate::check::findings::Need::AtMost);
    }
    let Some(path) = mount.text("mountPath") else { return };
    let at = mount.place_of("mountPath");
    if path == "/" {
        let message = format!("{} mounts `{}` over its whole file system, its program included", findings.about, name(mount));
        findings.warn(code::ODD_MOUNT, at, message, "mount it at a directory of its own");
    } else if path.contains(':') {
        let message = format!("`{path}`, where {} mounts `{}`, contains a colon, which mounts cannot have", findings.about, name(mount));
        let read_only = path.ends_with(":ro");
        let help = if read_only { "write `readOnly: true` instead of `:ro`" } else { "choose another path" };
        findings.warn(code::ODD_MOUNT, at, message, help);
    } else if !path.starts_with('/') {
        let message =
            format!("`{path}`, where {} mounts `{}`, is relative to the root, not to the image's directory", findings.about, name(mount));
        findings.warn(code::ODD_MOUNT, at, message, format!("write `/{path}`"));
    }
}

fn propagation<'a>(mount: &'a Node, container: &'a Node, findings: &mut Findings<'a>) {
    findings.allowed(mount, "mountPropagation", &["Bidirectional", "HostToContainer", "None"]);
    findings.allowed(mount, "recursiveReadOnly", &["Disabled", "Enabled", "IfPossible"]);
    let privileged = container.given("securityContext").is_some_and(|context| context.is_on("privileged"));
    if mount.text("mountPropagation") == Some("Bidirectional") && !privileged {
        let message = format!("`Bidirectional` needs a privileged container, which {} is not", findings.about);
        findings.error(code::FIELD_CONFLICT, mount.place_of("mountPropagation"), message, "`HostToContainer` needs no privilege");
    }
    if matches!(mount.text("recursiveReadOnly"), Some("Enabled" | "IfPossible")) {
        if !mount.is_on("readOnly") {
            let message = format!("`recursiveReadOnly` of the mount of `{}` needs `readOnly: true`", name(mount));
            findings.error(code::FIELD_CONFLICT, mount.place_of("recursiveReadOnly"), message, "add `readOnly: true`");
        } else if mount.text("mountPropagation").is_some_and(|propagation| propagation != "None") {
            let message = format!("`recursiveReadOnly` of the mount of `{}` excludes `mountPropagation`", name(mount));
            findings.error(code::FIELD_CONFLICT, mount.place_of("recursiveReadOnly"), message, "leave one of them out");
        }
    }
}
