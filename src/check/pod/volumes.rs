//! Volumes: one source each, and what each source needs.

use super::{Pod, env};
use crate::check::fields::Fields;
use crate::check::findings::{About, Findings, Need};
use crate::check::storage;
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::tree::Node;

/// Where container runtimes listen: who can write there owns the node.
const RUNTIME_SOCKETS: [&str; 5] = [
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/var/run/containerd/containerd.sock",
    "/var/run/crio/crio.sock",
];
/// What each source must say.
const NEEDS: [(&str, &[&str]); 23] = [
    ("awsElasticBlockStore", &["volumeID"]),
    ("azureDisk", &["diskName", "diskURI"]),
    ("azureFile", &["secretName", "shareName"]),
    ("cephfs", &["monitors"]),
    ("cinder", &["volumeID"]),
    ("configMap", &["name"]),
    ("csi", &["driver"]),
    ("ephemeral", &["volumeClaimTemplate"]),
    ("flexVolume", &["driver"]),
    ("gcePersistentDisk", &["pdName"]),
    ("gitRepo", &["repository"]),
    ("glusterfs", &["endpoints", "path"]),
    ("hostPath", &["path"]),
    ("iscsi", &["targetPortal", "iqn"]),
    ("nfs", &["server", "path"]),
    ("persistentVolumeClaim", &["claimName"]),
    ("portworxVolume", &["volumeID"]),
    ("quobyte", &["registry", "volume"]),
    ("rbd", &["monitors", "image"]),
    ("scaleIO", &["system", "volumeName"]),
    ("secret", &["secretName"]),
    ("storageos", &["volumeName"]),
    ("vsphereVolume", &["volumePath"]),
];

/// Judges the volumes of a pod.
pub(super) fn judge<'a>(pod: Pod<'a>, findings: &mut Findings<'a>) {
    let volumes = pod.spec.list("volumes");
    let names = volumes.iter().filter_map(|volume| Some((volume.text("name")?, volume.place_of("name"))));
    findings.unique("volumes called", names);
    for volume in volumes {
        let name = volume.text("name").unwrap_or_default();
        findings.within(About::new("volume", name), |findings| {
            if findings.required(volume, "name") {
                findings.format(volume, "name", Format::DnsLabel);
            }
            one(pod, volume, findings);
        });
    }
    unused(pod, findings);
}

fn one<'a>(pod: Pod<'a>, volume: &'a Node, findings: &mut Findings<'a>) {
    let mut sources = volume.entries().iter().filter(|entry| entry.key.as_str() != "name" && !entry.node.is_null());
    let Some(first) = sources.next() else {
        let message = format!("{} has no source, and becomes an `emptyDir`: what is in it is lost with the pod", findings.about);
        findings.warn(code::IMPLIED_DEFAULT, volume.place(), message, "write `emptyDir: {}` if that is meant");
        return;
    };
    if let Some(second) = sources.next() {
        let message = format!("{} has both `{}` and `{}`, and can have one source", findings.about, first.key, second.key);
        let problem = Diagnostic::error(code::ONE_OF, volume.place_of(second.key.as_str()), message);
        findings.push(problem.label(volume.place_of(first.key.as_str()), "the other one").help("make two volumes of it, or leave one out"));
    }
    let (kind, source) = (first.key.as_str(), &first.node);
    if let Some((_, fields)) = NEEDS.iter().find(|(of, _)| *of == kind) {
        for field in *fields {
            findings.required(source, field);
        }
    }
    findings.mode(source, "defaultMode", 0o777);
    match kind {
        "configMap" | "secret" => items(source, findings),
        "downwardAPI" => files(pod, source, findings),
        "emptyDir" => empty_dir(source, findings),
        "ephemeral" => {
            if let Some(spec) = source.below(&["volumeClaimTemplate", "spec"]) {
                storage::claim(spec, true, findings);
            }
        }
        "hostPath" => host_path(source, findings),
        "image" => {
            findings.required(source, "reference");
            findings.allowed(source, "pullPolicy", &["Always", "IfNotPresent", "Never"]);
        }
        "awsElasticBlockStore" | "gcePersistentDisk" => findings.range(source, "partition", 0..=255),
        "nfs" => storage::absolute(source, "path", findings),
        "iscsi" => storage::iscsi(source, findings),
        "fc" => storage::fibre_channel(source, findings),
        "projected" => projected(pod, source, findings),
        _ => {}
    }
}

fn empty_dir<'a>(source: &'a Node, findings: &mut Findings<'a>) {
    if source.given("sizeLimit").and_then(super::amount).is_some_and(|size| size < 0.0) {
        let message = format!("`sizeLimit` of {} must not be negative", findings.about);
        findings.error(code::OUT_OF_RANGE, source.place_of("sizeLimit"), message, "for example `sizeLimit: 1Gi`");
    }
    findings.mode(source, "mode", 0o1777);
    if let Some(medium) = source.text("medium").filter(|medium| *medium != "Memory" && !medium.starts_with("HugePages")) {
        let message = format!("`{medium}` is no medium of an `emptyDir` that the node knows");
        let help =
            if medium.eq_ignore_ascii_case("memory") { "write `medium: Memory`" } else { "it is `Memory`, `HugePages`, or left out" };
        findings.warn(code::UNKNOWN_VALUE, source.place_of("medium"), message, help);
    }
}

fn host_path<'a>(source: &'a Node, findings: &mut Findings<'a>) {
    const TYPES: [&str; 7] = ["BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
    findings.allowed(source, "type", &TYPES);
    storage::no_backsteps(source, "path", findings);
    let Some(path) = source.text("path") else { return };
    if RUNTIME_SOCKETS.contains(&path) {
        let message = format!("{} is the socket of the container runtime: who can write to it owns the node", findings.about);
        findings.warn(
            code::HOST_ACCESS,
            source.place_of("path"),
            message,
            "ask the Kubernetes API instead, or build images without the node's runtime",
        );
    }
}

/// Keys of a ConfigMap or Secret, as files.
fn items<'a>(source: &'a Node, findings: &mut Findings<'a>) {
    for item in source.list("items") {
        if findings.required(item, "key")
            && let Some(key) = item.text("key").filter(|key| !crate::check::config::is_key(key))
        {
            let message = format!("no ConfigMap or Secret has a key `{key}`, so the pods do not start");
            let help = "keys have at most 253 letters, digits, `-`, `_` and `.`";
            findings.warn(code::BAD_NAME, item.place_of("key"), message, help);
        }
        file(item, findings);
    }
}

/// The path and mode of a file in a volume.
fn file<'a>(item: &'a Node, findings: &mut Findings<'a>) {
    findings.required(item, "path");
    storage::relative(item, "path", findings);
    findings.mode(item, "mode", 0o777);
}

/// Fields of the pod, as files.
fn files<'a>(pod: Pod<'a>, source: &'a Node, findings: &mut Findings<'a>) {
    for item in source.list("items") {
        file(item, findings);
        findings.one_of(item, &["fieldRef", "resourceFieldRef"], Need::Exactly);
        if let Some(reference) = item.given("fieldRef") {
            env::file_field(pod, reference, findings);
        }
        if let Some(reference) = item.given("resourceFieldRef") {
            env::resource(pod, reference, true, findings);
        }
    }
}

const PROJECTED: [&str; 6] = ["clusterTrustBundle", "configMap", "downwardAPI", "podCertificate", "secret", "serviceAccountToken"];

fn projected<'a>(pod: Pod<'a>, source: &'a Node, findings: &mut Findings<'a>) {
    let mut paths = Vec::new();
    for part in source.list("sources") {
        findings.one_of(part, &PROJECTED, Need::AtMost);
        for kind in ["configMap", "secret", "downwardAPI"] {
            let Some(of) = part.given(kind) else { continue };
            if kind == "downwardAPI" {
                files(pod, of, findings);
            } else {
                findings.required(of, "name");
                items(of, findings);
            }
            paths.extend(of.list("items").iter().filter_map(|item| Some((item.text("path")?, item.place_of("path")))));
        }
        if let Some(token) = part.given("serviceAccountToken") {
            findings.required(token, "path");
            storage::relative(token, "path", findings);
            findings.range(token, "expirationSeconds", 600..=1 << 32);
        }
        if let Some(bundle) = part.given("clusterTrustBundle") {
            findings.required(bundle, "path");
            findings.one_of(bundle, &["name", "signerName"], Need::Exactly);
        }
    }
    findings.unique("files at", paths.into_iter());
}

/// Volumes that no container mounts; ConfigMaps and Secrets among them were meant to be read.
fn unused<'a>(pod: Pod<'a>, findings: &mut Findings<'a>) {
    for volume in pod.spec.list("volumes") {
        let Some(name) = volume.text("name") else { continue };
        let names = |item: &Node| item.text("name") == Some(name);
        let uses = |container: &Node| {
            let from_file =
                |variable: &Node| variable.below(&["valueFrom", "fileKeyRef", "volumeName"]).and_then(Node::as_str) == Some(name);
            ["volumeMounts", "volumeDevices"].into_iter().any(|list| container.list(list).iter().any(names))
                || container.list("env").iter().any(from_file)
        };
        // A claim of the StatefulSet takes the place of a volume of its name.
        let shadowed = pod.claims.iter().any(|claim| claim.at(&["metadata", "name"]).and_then(Node::as_str) == Some(name));
        if !shadowed && !pod.containers().any(|container| uses(container.node)) {
            let message = format!("no container mounts the volume `{name}`");
            findings.warn(code::UNUSED_VOLUME, volume.place_of("name"), message, "mount it by `volumeMounts` of a container, or remove it");
        }
    }
}
