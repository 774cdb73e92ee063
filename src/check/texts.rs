//! Texts whose form no schema tells, as a table: which field of which kind names what. What needs more than the text itself to be judged is
//! in the file of its rule.

use super::fields::Fields;
use super::findings::Findings;
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::tree::Node;

/// What a text must be.
#[derive(Copy, Clone)]
pub(super) enum Text {
    /// Of a format.
    Is(Format),
    /// A segment of a path: what names of most kinds may be at the widest.
    Segment,
    /// The name of a storage driver: a DNS name of at most 63 characters, in any case.
    Driver,
    /// A kind of object, as its API calls it.
    Kind,
    /// A version, with its group before it, both as names.
    GroupVersion,
    /// The same, whatever its parts look like.
    Api,
    /// Anything: only whether it is there counts.
    Filled,
    /// A resource of containers: one of Kubernetes' own, or one with a domain.
    Resource,
    /// One of these.
    One(&'static [&'static str]),
}

use Format::{Cidr, DnsLabel, DnsName, LabelKey, LabelValue};
use Text::{Api, Driver, Filled, GroupVersion, Is, Kind, One, Resource, Segment};

/// Fields of a pod's `spec`. `[]` stands for each item, `+` at the end for text that may not be empty if it is there, `!` for text that must be
/// there where its container is.
const OF_PODS: &[(&str, Text)] = &[
    ("hostnameOverride+", Is(DnsName)),
    ("runtimeClassName+", Is(DnsName)),
    ("schedulingGates[].name!", Is(LabelKey)),
    ("securityContext.windowsOptions.gmsaCredentialSpecName+", Is(DnsName)),
    ("securityContext.windowsOptions.runAsUserName+", Filled),
    ("containers[].securityContext.windowsOptions.gmsaCredentialSpecName+", Is(DnsName)),
    ("containers[].securityContext.windowsOptions.runAsUserName+", Filled),
    ("containers[].restartPolicy+", One(&["Always", "Never", "OnFailure"])),
    ("initContainers[].restartPolicy+", One(&["Always", "Never", "OnFailure"])),
    ("containers[].volumeMounts[].recursiveReadOnly+", One(&["Disabled", "Enabled", "IfPossible"])),
    ("securityContext.seLinuxChangePolicy+", One(&["MountOption", "Recursive"])),
    ("volumes[].csi.driver", Driver),
    ("volumes[].csi.nodePublishSecretRef.name!", Is(DnsName)),
];

/// Fields of objects: group, kind, and what is in them.
type Row = (&'static str, &'static str, &'static [(&'static str, Text)]);

const OF_OBJECTS: &[Row] = &[
    (
        "",
        "Service",
        &[
            ("spec.loadBalancerClass+", Is(LabelKey)),
            ("spec.ports[].appProtocol+", Is(LabelKey)),
            ("spec.trafficDistribution+", One(&["PreferClose", "PreferSameNode", "PreferSameZone"])),
        ],
    ),
    ("", "PersistentVolumeClaim", &[("spec.volumeAttributesClassName", Is(DnsName))]),
    (
        "",
        "PersistentVolume",
        &[
            ("spec.volumeAttributesClassName+", Is(DnsName)),
            ("spec.csi.driver", Driver),
            ("spec.csi.controllerPublishSecretRef.name!", Is(DnsName)),
            ("spec.csi.controllerPublishSecretRef.namespace!", Is(DnsLabel)),
            ("spec.csi.controllerExpandSecretRef.name!", Is(DnsName)),
            ("spec.csi.controllerExpandSecretRef.namespace!", Is(DnsLabel)),
            ("spec.csi.nodePublishSecretRef.name!", Is(DnsName)),
            ("spec.csi.nodePublishSecretRef.namespace!", Is(DnsLabel)),
            ("spec.csi.nodeExpandSecretRef.name!", Is(DnsName)),
            ("spec.csi.nodeExpandSecretRef.namespace!", Is(DnsLabel)),
        ],
    ),
    ("", "LimitRange", &[("spec.limits[].type", Is(LabelKey))]),
    (
        "",
        "Endpoints",
        &[
            ("subsets[].addresses[].ip!", Is(Format::Ip)),
            ("subsets[].notReadyAddresses[].ip!", Is(Format::Ip)),
            ("subsets[].ports[].name", Is(DnsLabel)),
            ("subsets[].addresses[].hostname", Is(DnsLabel)),
            ("subsets[].addresses[].nodeName+", Is(DnsName)),
            ("subsets[].notReadyAddresses[].hostname", Is(DnsLabel)),
            ("subsets[].notReadyAddresses[].nodeName+", Is(DnsName)),
            ("subsets[].ports[].appProtocol+", Is(LabelKey)),
        ],
    ),
    ("", "Node", &[("spec.podCIDR", Is(Cidr)), ("spec.taints[].key!", Is(LabelKey)), ("spec.taints[].value", Is(LabelValue))]),
    ("apps", "StatefulSet", &[("spec.serviceName", Is(DnsLabel))]),
    (
        "autoscaling",
        "HorizontalPodAutoscaler",
        &[
            ("spec.scaleTargetRef.apiVersion", Api),
            ("spec.metrics[].containerResource.name", Resource),
            ("spec.metrics[].external.metric.name", Segment),
            ("spec.metrics[].object.metric.name", Segment),
            ("spec.metrics[].object.describedObject.apiVersion", Api),
            ("spec.metrics[].object.describedObject.kind", Segment),
            ("spec.metrics[].object.describedObject.name", Segment),
            ("spec.metrics[].pods.metric.name", Segment),
            ("spec.behavior.scaleDown.selectPolicy+", One(&["Disabled", "Max", "Min"])),
            ("spec.behavior.scaleUp.selectPolicy+", One(&["Disabled", "Max", "Min"])),
        ],
    ),
    (
        "networking.k8s.io",
        "Ingress",
        &[
            ("spec.ingressClassName+", Is(DnsName)),
            ("spec.defaultBackend.resource.apiGroup+", Is(DnsName)),
            ("spec.defaultBackend.resource.kind", Segment),
            ("spec.defaultBackend.resource.name", Segment),
            ("spec.rules[].http.paths[].backend.resource.apiGroup+", Is(DnsName)),
            ("spec.rules[].http.paths[].backend.resource.kind", Segment),
            ("spec.rules[].http.paths[].backend.resource.name", Segment),
        ],
    ),
    (
        "networking.k8s.io",
        "IngressClass",
        &[
            ("spec.parameters.apiGroup+", Is(DnsName)),
            ("spec.parameters.kind", Segment),
            ("spec.parameters.name", Segment),
            ("spec.parameters.namespace", Is(DnsLabel)),
            ("spec.parameters.scope+", Filled),
        ],
    ),
    ("networking.k8s.io", "NetworkPolicy", &[("spec.ingress[].ports[].port+", Filled), ("spec.egress[].ports[].port+", Filled)]),
    ("networking.k8s.io", "ServiceCIDR", &[("spec.cidrs[]+", Is(Cidr))]),
    (
        "discovery.k8s.io",
        "EndpointSlice",
        &[
            ("endpoints[].hostname+", Is(DnsLabel)),
            ("endpoints[].nodeName+", Is(DnsName)),
            ("endpoints[].hints.forZones[].name", Is(LabelValue)),
            ("ports[].appProtocol+", Is(LabelKey)),
        ],
    ),
    ("rbac.authorization.k8s.io", "RoleBinding", &[("roleRef.name", Segment)]),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", &[("roleRef.name", Segment)]),
    (
        "storage.k8s.io",
        "StorageClass",
        &[
            ("allowedTopologies[].matchLabelExpressions[].key", Is(LabelKey)),
            ("volumeBindingMode+", One(&["Immediate", "WaitForFirstConsumer"])),
        ],
    ),
    ("storage.k8s.io", "CSIStorageCapacity", &[("storageClassName+", Is(DnsName))]),
    ("storage.k8s.io", "VolumeAttributesClass", &[("driverName!", Is(LabelKey))]),
    ("storage.k8s.io", "CSIDriver", &[("spec.fsGroupPolicy+", One(&["File", "None", "ReadWriteOnceWithFSType"]))]),
    ("node.k8s.io", "RuntimeClass", &[("handler!", Is(DnsLabel))]),
    ("resource.k8s.io", "ResourceClaimTemplate", &[("spec.spec.devices.requests[].exactly.deviceClassName!", Is(DnsName))]),
    ("resource.k8s.io", "ResourceClaim", &[("spec.devices.requests[].exactly.deviceClassName!", Is(DnsName))]),
    (
        "flowcontrol.apiserver.k8s.io",
        "FlowSchema",
        &[
            ("spec.priorityLevelConfiguration.name!", Is(DnsName)),
            ("spec.distinguisherMethod.type+", One(&["ByNamespace", "ByUser"])),
            ("spec.rules[].subjects[].kind+", One(&["Group", "ServiceAccount", "User"])),
        ],
    ),
    (
        "flowcontrol.apiserver.k8s.io",
        "PriorityLevelConfiguration",
        &[("spec.type+", One(&["Exempt", "Limited"])), ("spec.limited.limitResponse.type+", One(&["Queue", "Reject"]))],
    ),
    ("apiregistration.k8s.io", "APIService", &[("spec.service.name!", Filled), ("spec.service.namespace!", Filled)]),
    (
        "admissionregistration.k8s.io",
        "ValidatingAdmissionPolicy",
        &[
            ("spec.paramKind.apiVersion", GroupVersion),
            ("spec.paramKind.kind", Kind),
            ("spec.validations[].reason+", Filled),
            ("spec.auditAnnotations[].key", Is(LabelKey)),
        ],
    ),
    (
        "admissionregistration.k8s.io",
        "MutatingAdmissionPolicy",
        &[("spec.paramKind.apiVersion", GroupVersion), ("spec.paramKind.kind", Kind)],
    ),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding", &[("spec.paramRef.name", Segment)]),
    (
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        &[
            ("spec.names.kind", Kind),
            ("spec.names.listKind", Kind),
            ("spec.names.categories[]", Is(DnsLabel)),
            ("spec.scope!", One(&["Cluster", "Namespaced"])),
            ("spec.conversion.strategy", One(&["None", "Webhook"])),
        ],
    ),
];

/// Resources of containers that Kubernetes knows itself.
pub(super) const OWN_RESOURCES: [&str; 4] = ["cpu", "ephemeral-storage", "memory", "storage"];

impl Text {
    fn takes(self, text: &str) -> bool {
        match self {
            Is(format) => format.takes_text(text),
            Segment => !matches!(text, "." | "..") && !text.contains(['/', '%']),
            Driver => text.len() <= 63 && DnsName.takes_text(&text.to_ascii_lowercase()),
            Kind => DnsLabel.takes_text(&text.to_ascii_lowercase()),
            GroupVersion => match text.split_once('/') {
                None => DnsLabel.takes_text(text),
                Some((group, version)) => DnsName.takes_text(group) && DnsLabel.takes_text(version),
            },
            Api => text.matches('/').count() <= 1,
            Filled => true,
            Resource => OWN_RESOURCES.contains(&text) || text.starts_with("hugepages-") || text.contains('/') && LabelKey.takes_text(text),
            One(values) => values.contains(&text),
        }
    }

    /// What a text must be, as messages say it after "must be", and an example.
    fn wanted(self) -> (&'static str, &'static str) {
        match self {
            Is(format) => (format.wanted(), format.example()),
            Segment => ("without `/` and `%`", "orders"),
            Driver => ("the name of a driver: a DNS name of at most 63 characters", "ebs.csi.aws.com"),
            Kind => ("the name of a kind: letters, digits and `-`, at most 63", "Widget"),
            GroupVersion | Api => ("a version, with its group if it has one", "apps/v1"),
            Resource => ("`cpu`, `memory`, or a resource with a domain", "example.com/gpu"),
            One(_) | Filled => ("", ""),
        }
    }
}

/// Judges the texts of an object, and those of its pod.
pub(super) fn judge<'a>(group: &str, kind: &str, object: &'a Node, pod: Option<&'a Node>, findings: &mut Findings<'a>) {
    let rows = OF_OBJECTS.iter().filter(|row| row.0 == group && row.1 == kind).flat_map(|row| row.2);
    rows.for_each(|(path, text)| along(path, path, object, *text, findings));
    if let Some(spec) = pod {
        OF_PODS.iter().for_each(|(path, text)| along(path, path, spec, *text, findings));
    }
}

/// How messages call the field at a path: by its name, with the field before it where that is no list.
fn called(path: &str) -> &str {
    let path = path.trim_end_matches(['!', '+', ']', '[']);
    let path = path.rsplit_once("[].").map_or(path, |(_, path)| path);
    let mut dots = path.rmatch_indices('.').map(|(at, _)| at);
    let start = dots.nth(1).map_or(0, |at| at + 1);
    path[start..].trim_start_matches("spec.")
}

fn along<'a>(whole: &str, path: &str, node: &'a Node, text: Text, findings: &mut Findings<'a>) {
    let (step, rest) = path.split_once('.').map_or((path, ""), |(step, rest)| (step, rest));
    if !rest.is_empty() {
        match step.strip_suffix("[]") {
            Some(list) => node.list(list).iter().for_each(|item| along(whole, rest, item, text, findings)),
            None => node.given(step).into_iter().for_each(|below| along(whole, rest, below, text, findings)),
        }
        return;
    }
    let (step, needed) = step.strip_suffix('!').map_or((step, false), |step| (step, true));
    let (step, filled) = step.strip_suffix('+').map_or((step, needed), |step| (step, true));
    if let Some(list) = step.strip_suffix("[]") {
        return node.list(list).iter().for_each(|item| one(called(whole), item, filled, text, findings));
    }
    match node.given(step) {
        Some(value) => one(called(whole), value, filled, text, findings),
        None if needed && node.is_map() => {
            let message = format!("missing field `{}` in {}", called(whole), findings.about);
            findings.push(Diagnostic::error(code::MISSING_FIELD, node.place(), message));
        }
        None => {}
    }
}

fn one<'a>(field: &str, value: &'a Node, filled: bool, text: Text, findings: &mut Findings<'a>) {
    let Some(given) = value.as_str() else { return };
    if given.is_empty() {
        if filled {
            let message = format!("`{field}` of {} must not be empty", findings.about);
            let help = "write what is meant, or leave the field out";
            findings.push(Diagnostic::error(code::MISSING_FIELD, value.place(), message).help(help));
        }
        return;
    }
    if text.takes(given) {
        return;
    }
    let named = format!("`{field}`");
    match text {
        Is(format) => findings.format_text(value.place(), &named, given, format),
        One(values) => findings.allowed_text(value.place(), &named, given, values),
        _ => {
            let (wanted, example) = text.wanted();
            let message = format!("{named} of {} must be {wanted}, not `{given}`", findings.about);
            findings.error(code::BAD_NAME, value.place(), message, format!("for example `{example}`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_takes_its_own_example() {
        for (_, _, fields) in OF_OBJECTS {
            for (path, text) in *fields {
                let (_, example) = text.wanted();
                assert!(matches!(text, One(_) | Filled) || text.takes(example), "{path}: {example}");
            }
        }
    }

    #[test]
    fn fields_are_called_by_what_tells_them_apart() {
        for (path, name) in [
            ("spec.csi.controllerPublishSecretRef.name!", "controllerPublishSecretRef.name"),
            ("spec.ports[].appProtocol+", "appProtocol"),
            ("spec.ingressClassName+", "ingressClassName"),
            ("spec.cidrs[]+", "cidrs"),
            ("handler!", "handler"),
        ] {
            assert_eq!(called(path), name);
        }
    }

    #[test]
    fn texts_are_told_from_what_is_none() {
        for (text, right, wrong) in [
            (Segment, "system:node", "a/b"),
            (Driver, "EBS.csi.aws.com", "a_b"),
            (Kind, "Widget", "Wid get"),
            (GroupVersion, "apps/v1", "apps/v1/x"),
            (Resource, "cpu", "CPU"),
            (Resource, "nvidia.com/gpu", "gpu"),
        ] {
            assert!(text.takes(right), "{right}");
            assert!(!text.takes(wrong), "{wrong}");
        }
    }
}
