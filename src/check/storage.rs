//! Storage: claims, volumes, classes, and paths of files.

use super::fields::{Fields, key_place};
use super::findings::Findings;
use super::{pod, selector};
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::tree::{Entry, Node};

const ACCESS_MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const SHORT_MODES: [(&str, &str); 4] =
    [("RWO", "ReadWriteOnce"), ("ROX", "ReadOnlyMany"), ("RWX", "ReadWriteMany"), ("RWOP", "ReadWriteOncePod")];

/// A path that must begin at the root.
pub(super) fn absolute<'a>(map: &'a Node, field: &str, findings: &mut Findings<'a>) {
    if let Some(path) = map.text(field).filter(|path| !path.starts_with('/')) {
        let message = format!("`{path}`, `{field}` of {}, must begin with `/`", findings.about);
        findings.error(code::BAD_FORMAT, map.place_of(field), message, format!("write `/{path}`"));
    }
}

/// A path that must stay where it begins.
pub(super) fn no_backsteps<'a>(map: &'a Node, field: &str, findings: &mut Findings<'a>) -> bool {
    let Some(path) = map.text(field).filter(|path| path.split('/').any(|part| part == "..")) else { return true };
    let message = format!("`{path}`, `{field}` of {}, must not contain `..`", findings.about);
    findings.error(code::BAD_FORMAT, map.place_of(field), message, "write the path that it leads to");
    false
}

/// A path below a directory.
pub(super) fn relative<'a>(map: &'a Node, field: &str, findings: &mut Findings<'a>) {
    let Some(path) = map.text(field) else { return };
    if path.starts_with('/') {
        let message = format!("`{path}`, `{field}` of {}, must not begin with `/`", findings.about);
        findings.error(code::BAD_FORMAT, map.place_of(field), message, format!("write `{}`", path.trim_start_matches('/')));
    } else if no_backsteps(map, field, findings) && path.starts_with("..") {
        let message = format!("`{path}`, `{field}` of {}, must not begin with `..`", findings.about);
        findings.error(code::BAD_FORMAT, map.place_of(field), message, "choose another name");
    }
}

fn access_modes<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    if !findings.required(spec, "accessModes") {
        return;
    }
    let modes = spec.list("accessModes");
    for mode in modes {
        let Some(text) = mode.as_str() else { continue };
        match SHORT_MODES.iter().find(|(short, _)| short.eq_ignore_ascii_case(text)) {
            Some((_, long)) => {
                let message = format!("`{text}` is how `kubectl` shows an access mode, not its name");
                findings.error(code::VALUE_NOT_ALLOWED, mode.place(), message, format!("write `{long}`"));
            }
            None => findings.allowed_text(mode.place(), "`accessModes`", text, &ACCESS_MODES),
        }
    }
    let single = modes.iter().find(|mode| mode.as_str() == Some(ACCESS_MODES[3]));
    if let (Some(single), true) = (single, modes.iter().any(|mode| mode.as_str() != Some(ACCESS_MODES[3]))) {
        let message = "`ReadWriteOncePod` excludes other access modes";
        findings.error(code::FIELD_CONFLICT, single.place(), message, "keep it alone, or leave it out");
    }
}

/// An amount of storage that must be more than nothing.
fn size<'a>(map: &'a Node, findings: &mut Findings<'a>) {
    let Some(node) = map.given("storage") else {
        let message = format!("missing field `storage` in {}", findings.about);
        return findings.error(code::MISSING_FIELD, map.place(), message, "say how much is wanted, as in `storage: 10Gi`");
    };
    let Some(amount) = pod::amount(node) else { return };
    if amount <= 0.0 {
        let message = format!("`storage` of {} must be more than nothing", findings.about);
        findings.error(code::OUT_OF_RANGE, node.place(), message, "for example `storage: 10Gi`");
    } else {
        let text = node.as_str().map_or_else(|| node.as_i64().unwrap_or_default().to_string(), str::to_owned);
        pod::surprising("storage", amount, &text, node.place(), findings);
    }
}

/// Judges the `spec` of a PersistentVolumeClaim, of its own or of a template of claims.
pub(super) fn claim<'a>(spec: &'a Node, is_template: bool, findings: &mut Findings<'a>) {
    access_modes(spec, findings);
    match spec.below(&["resources", "requests"]) {
        Some(requests) => size(requests, findings),
        None => {
            let at = spec.place_of("resources");
            let message = format!("{} does not say in `resources.requests.storage` how much it wants", findings.about);
            findings.error(code::MISSING_FIELD, at, message, "add `resources: {requests: {storage: 10Gi}}`");
        }
    }
    if let Some(of) = spec.given("selector") {
        selector::judge(of, findings);
    }
    findings.format(spec, "storageClassName", Format::DnsName);
    findings.allowed(spec, "volumeMode", &["Block", "Filesystem"]);
    for field in ["dataSource", "dataSourceRef"] {
        let Some(source) = spec.given(field) else { continue };
        if source.text("kind").is_some() {
            findings.required(source, "name");
        }
        if source.text("apiGroup").is_none() && source.text("kind").is_some_and(|kind| kind != "PersistentVolumeClaim") {
            let message = format!("`{field}` of {} needs an `apiGroup`: only a PersistentVolumeClaim is in none", findings.about);
            let help = "for a snapshot, add `apiGroup: snapshot.storage.k8s.io`";
            let at = source.place_of("kind");
            if !is_template && field == "dataSource" && spec.given("dataSourceRef").is_none() {
                // The server drops what it cannot use there, and says nothing.
                findings.warn(code::NO_EFFECT, at, format!("{message}, and the volume would be empty"), help);
            } else {
                findings.error(code::FIELD_CONFLICT, at, message, help);
            }
        }
    }
    if let (Some(one), Some(other)) = (spec.given("dataSource"), spec.given("dataSourceRef")) {
        let differs = ["apiGroup", "kind", "name"].iter().any(|field| one.text(field) != other.text(field));
        if differs || other.text("namespace").is_some() {
            let problem = Diagnostic::error(code::FIELD_CONFLICT, one.place(), "`dataSource` and `dataSourceRef` name different sources");
            findings.push(problem.label(other.place(), "the other one").help("keep `dataSourceRef`"));
        }
    }
}

/// Where each kind of volume keeps what it must say.
const VOLUME_NEEDS: [(&str, &[&str]); 14] = [
    ("awsElasticBlockStore", &["volumeID"]),
    ("azureDisk", &["diskName", "diskURI"]),
    ("csi", &["driver", "volumeHandle"]),
    ("gcePersistentDisk", &["pdName"]),
    ("hostPath", &["path"]),
    ("iscsi", &["targetPortal", "iqn"]),
    ("local", &["path"]),
    ("nfs", &["server", "path"]),
    ("portworxVolume", &["volumeID"]),
    ("quobyte", &["registry", "volume"]),
    ("rbd", &["monitors", "image"]),
    ("scaleIO", &["system", "volumeName"]),
    ("storageos", &["volumeName"]),
    ("vsphereVolume", &["volumePath"]),
];
/// Fields of a PersistentVolume that are no source.
const NO_SOURCE: [&str; 9] = [
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

/// Judges the `spec` of a PersistentVolume.
pub(super) fn volume<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    access_modes(spec, findings);
    if let Some(capacity) = spec.given("capacity") {
        size(capacity, findings);
        if let Some(other) = capacity.entries().iter().find(|entry| entry.key.as_str() != "storage") {
            let message = format!("`capacity` of a PersistentVolume has `storage` only, not `{}`", other.key);
            findings.error(code::VALUE_NOT_ALLOWED, key_place(other), message, "leave it out");
        }
    } else {
        findings.required(spec, "capacity");
    }
    findings.allowed(spec, "persistentVolumeReclaimPolicy", &["Delete", "Recycle", "Retain"]);
    findings.allowed(spec, "volumeMode", &["Block", "Filesystem"]);
    findings.format(spec, "storageClassName", Format::DnsName);
    let affinity = spec.below(&["nodeAffinity", "required"]);
    match (affinity, spec.given("nodeAffinity")) {
        (Some(required), _) => pod::node_terms(required, findings),
        (None, Some(affinity)) => {
            findings.required(affinity, "required");
        }
        _ => {}
    }
    let mut sources = spec.entries().iter().filter(|entry| !NO_SOURCE.contains(&entry.key.as_str()) && !entry.node.is_null());
    let Some(first) = sources.next() else {
        let message = format!("{} has no source, so there is no storage behind it", findings.about);
        return findings.error(code::ONE_OF, spec.place(), message, "add one, such as `nfs` or `csi`");
    };
    if let Some(second) = sources.next() {
        let message = format!("{} has both `{}` and `{}`, and can have one source", findings.about, first.key, second.key);
        let problem = Diagnostic::error(code::ONE_OF, spec.place_of(second.key.as_str()), message);
        findings.push(problem.label(spec.place_of(first.key.as_str()), "the other one").help("leave one of them out"));
    }
    let (kind, source) = (first.key.as_str(), &first.node);
    for field in VOLUME_NEEDS.iter().find(|(of, _)| *of == kind).map_or(&[][..], |(_, fields)| fields) {
        findings.required(source, field);
    }
    if kind != "csi" && spec.text("volumeAttributesClassName").is_some() {
        let message = format!("`volumeAttributesClassName` of {} is for volumes with a `csi` driver", findings.about);
        findings.error(code::FIELD_CONFLICT, spec.place_of("volumeAttributesClassName"), message, "leave it out");
    }
    match kind {
        "iscsi" => iscsi(source, findings),
        "fc" => fibre_channel(source, findings),
        "local" => {
            no_backsteps(source, "path", findings);
            if affinity.is_none() {
                let message = format!("{} is a disk of one node, and does not say of which", findings.about);
                findings.error(code::MISSING_FIELD, source.place(), message, "add `nodeAffinity` with the name of the node");
            }
        }
        "hostPath" => {
            no_backsteps(source, "path", findings);
        }
        "nfs" => absolute(source, "path", findings),
        _ => {}
    }
}

/// Judges a VolumeAttributesClass.
pub(super) fn attributes<'a>(object: &'a Node, findings: &mut Findings<'a>) {
    let parameters = object.pairs("parameters");
    if parameters.is_empty() {
        let message = format!("{} has no `parameters`, and is about nothing else", findings.about);
        findings.error(code::MISSING_FIELD, object.place_of("parameters"), message, "say what the driver shall set");
    }
    unnamed(parameters, findings);
}

/// Parameters must have names.
fn unnamed<'a>(parameters: &'a [Entry], findings: &mut Findings<'a>) {
    if let Some(empty) = parameters.iter().find(|entry| entry.key.as_str().is_empty()) {
        let message = format!("a parameter of {} has no name", findings.about);
        findings.error(code::BAD_NAME, key_place(empty), message, "name it, or leave it out");
    }
}

/// Judges an iSCSI volume.
pub(super) fn iscsi<'a>(source: &'a Node, findings: &mut Findings<'a>) {
    for field in ["iqn", "initiatorName"] {
        if let Some(name) = source.text(field).filter(|name| !["iqn.", "eui.", "naa."].iter().any(|prefix| name.starts_with(prefix))) {
            let message = format!("`{name}`, `{field}` of {}, must begin with `iqn.`, `eui.` or `naa.`", findings.about);
            findings.error(code::BAD_FORMAT, source.place_of(field), message, "for example `iqn.2001-04.com.example:storage`");
        }
    }
    findings.range(source, "lun", 0..=255);
    for field in ["chapAuthDiscovery", "chapAuthSession"] {
        if source.is_on(field) && source.given("secretRef").is_none() {
            let message = format!("`{field}` of {} needs a `secretRef`", findings.about);
            findings.error(code::MISSING_FIELD, source.place_of(field), message, "name the Secret with the user and password");
        }
    }
}

/// Judges a Fibre Channel volume.
pub(super) fn fibre_channel<'a>(source: &'a Node, findings: &mut Findings<'a>) {
    let (targets, names) = (!source.list("targetWWNs").is_empty(), !source.list("wwids").is_empty());
    if targets == names {
        let message = format!("{} needs either `targetWWNs` or `wwids`", findings.about);
        findings.error(code::ONE_OF, source.place(), message, "keep one of them");
    } else if targets && source.given("lun").is_none() {
        let message = format!("`targetWWNs` of {} needs a `lun`", findings.about);
        findings.error(code::MISSING_FIELD, source.place_of("targetWWNs"), message, "add `lun`, a number from 0 to 255");
    }
    findings.range(source, "lun", 0..=255);
}

/// Judges a StorageClass.
pub(super) fn class<'a>(object: &'a Node, findings: &mut Findings<'a>) {
    if findings.required(object, "provisioner") {
        let name = object.text("provisioner").unwrap_or_default();
        if !Format::LabelKey.takes_text(&name.to_ascii_lowercase()) {
            let message = format!("`{name}` is not the name of a provisioner");
            findings.error(code::BAD_NAME, object.place_of("provisioner"), message, "for example `ebs.csi.aws.com`");
        }
    }
    findings.allowed(object, "reclaimPolicy", &["Delete", "Retain"]);
    unnamed(object.pairs("parameters"), findings);
    let terms = object.list("allowedTopologies");
    for (index, term) in terms.iter().enumerate() {
        let rules = term.list("matchLabelExpressions");
        findings.unique("rules for", rules.iter().filter_map(|rule| Some((rule.text("key")?, rule.place_of("key")))));
        let same = |other: &&Node| other.list("matchLabelExpressions").iter().map(Node::to_json).eq(rules.iter().map(Node::to_json));
        if let Some(first) = terms[..index].iter().find(same) {
            let message = format!("`allowedTopologies` of {} has the same term twice", findings.about);
            findings
                .push(Diagnostic::error(code::DUPLICATE, term.place(), message).label(first.place(), "the first one").help("remove one"));
        }
        for rule in term.list("matchLabelExpressions") {
            findings.required(rule, "key");
            findings.required(rule, "values");
            findings.unique("values", rule.list("values").iter().filter_map(|value| Some((value.as_str()?, value.place()))));
        }
    }
}

/// Judges a CSIDriver.
pub(super) fn driver<'a>(spec: &'a Node, findings: &mut Findings<'a>) {
    findings.allowed(spec, "fsGroupPolicy", &["File", "None", "ReadWriteOnceWithFSType"]);
    findings.range(spec, "nodeAllocatableUpdatePeriodSeconds", 10..=i64::MAX);
    for mode in spec.list("volumeLifecycleModes") {
        if let Some(text) = mode.as_str() {
            findings.allowed_text(mode.place(), "`volumeLifecycleModes`", text, &["Ephemeral", "Persistent"]);
        }
    }
    for request in spec.list("tokenRequests") {
        findings.range(request, "expirationSeconds", 600..=1 << 32);
    }
    let tokens = spec.list("tokenRequests").iter();
    findings.unique("tokens for", tokens.map(|request| (request.text("audience").unwrap_or_default(), request.place())));
}
