//! What a change puts at risk: a table of rules, each with its reason.
//!
//! A mark is a reason to look closer, not a verdict.

use super::{Fate, FieldChange, Pair};
use crate::kubernetes::pod_path;
use crate::tree::{Node, Segment, Value};

/// A rule.
#[derive(Debug)]
pub struct Risk {
    /// Its name, as `--fail-on` takes it.
    pub name: &'static str,
    /// Why it matters: a phrase in lower case.
    pub reason: &'static str,
    /// The kinds that it is about, with a group where several have the kind; empty: all.
    kinds: &'static [&'static str],
    /// What must have happened.
    when: When,
}

/// What must have happened for a rule to hold.
#[derive(Debug)]
enum When {
    /// The object is new.
    Added,
    /// The object is gone.
    Removed,
    /// The object is new, gone or changed.
    Touched,
    /// A field at or below one of these paths changed.
    Field(&'static [&'static str]),
    /// A field changed that is neither one of these nor below one, nor metadata.
    FieldBut(&'static [&'static str]),
    /// A field of the pod template changed.
    PodTemplate,
    /// A number at this path is lower than it was.
    Lower(&'static str),
    /// A number at this path is higher than it was.
    Higher(&'static str),
    /// The field has one of these values now.
    Becomes(&'static str, &'static [&'static str]),
    /// An item came to a list at or below one of these paths, or one of them is gone.
    Widened(&'static [&'static str]),
    /// Both objects do not show it: whoever knows where they come from says so, by [`told`].
    Told,
}

const fn risk(name: &'static str, kinds: &'static [&'static str], when: When, reason: &'static str) -> Risk {
    Risk { name, reason, kinds, when }
}

use When::{Added, Becomes, Field, FieldBut, Higher, Lower, PodTemplate, Removed, Told, Touched, Widened};

/// The object is the same as another one but for its name.
pub const RENAME: &str = "rename";
/// What changes is in an environment that is production.
pub const PRODUCTION: &str = "production";

/// All rules, the gravest first.
pub const RISKS: &[Risk] = &[
    risk(
        "data-loss",
        &["PersistentVolumeClaim"],
        Removed,
        "the volume, and what is on it, goes with the claim unless its class retains it",
    ),
    risk("data-loss", &["Namespace"], Removed, "everything in the namespace is deleted with it"),
    risk("data-loss", &["CustomResourceDefinition"], Removed, "all objects of the kind are deleted with it"),
    risk("data-loss", &["StatefulSet"], Removed, "its pods go, and nothing serves their data any more"),
    risk(
        "recreate",
        &["Deployment", "DaemonSet", "ReplicaSet"],
        Field(&["spec.selector"]),
        "a selector cannot be changed: the object must be deleted and made again",
    ),
    risk(
        "recreate",
        &["StatefulSet"],
        FieldBut(&[
            "spec.replicas",
            "spec.template",
            "spec.updateStrategy",
            "spec.ordinals",
            "spec.revisionHistoryLimit",
            "spec.persistentVolumeClaimRetentionPolicy",
            "spec.minReadySeconds",
        ]),
        "this field of a StatefulSet cannot be changed: the object must be deleted and made again",
    ),
    risk(
        "recreate",
        &["Job"],
        Field(&["spec.template", "spec.selector", "spec.completionMode"]),
        "a Job's pods cannot be changed: it must be deleted and made again",
    ),
    risk(
        "recreate",
        &["Service"],
        Field(&["spec.clusterIP", "spec.clusterIPs"]),
        "the address of a Service cannot be changed: it must be deleted and made again",
    ),
    risk(
        "recreate",
        &["PersistentVolumeClaim"],
        FieldBut(&["spec.resources", "spec.volumeAttributesClassName"]),
        "of a claim only the size can be changed: it must be deleted and made again, and its data moved",
    ),
    risk(
        "recreate",
        &["StorageClass"],
        Field(&["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"]),
        "a StorageClass cannot be changed: it must be deleted and made again",
    ),
    risk("recreate", &["Secret"], Field(&["type"]), "the type of a Secret cannot be changed: it must be deleted and made again"),
    risk(
        "recreate",
        &["RoleBinding", "ClusterRoleBinding"],
        Field(&["roleRef"]),
        "the role of a binding cannot be changed: it must be deleted and made again",
    ),
    risk(
        "recreate",
        &["PriorityClass"],
        Field(&["value", "preemptionPolicy"]),
        "the value of a PriorityClass cannot be changed: it must be deleted and made again",
    ),
    risk(RENAME, &[], Told, "only the name differs: the object is deleted, and one of another name is made"),
    risk("network", &["NetworkPolicy"], Removed, "what the policy kept out gets in"),
    risk("network", &["NetworkPolicy"], Widened(&["spec.ingress", "spec.egress"]), "more traffic is let through"),
    risk("network", &["NetworkPolicy"], Field(&["spec.podSelector", "spec.policyTypes"]), "other pods are protected than before"),
    risk(
        "network",
        &["Service"],
        Becomes("spec.type", &["LoadBalancer", "NodePort"]),
        "the Service can be reached from outside of the cluster",
    ),
    risk(
        "network",
        &["Ingress", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "Gateway"],
        Added,
        "something can be reached from outside of the cluster",
    ),
    risk(
        "network",
        &["Ingress", "HTTPRoute", "GRPCRoute", "TLSRoute"],
        Field(&["spec.rules", "spec.hostnames", "spec.tls"]),
        "other requests reach the application than before",
    ),
    risk("permissions", &["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"], Touched, "who may do what in the cluster changes"),
    risk(
        "permissions",
        &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"],
        Field(&["spec.template.spec.serviceAccountName"]),
        "the pods act in another name",
    ),
    risk("capacity", &["Deployment", "StatefulSet", "ReplicaSet", "Rollout"], Lower("spec.replicas"), "fewer pods run"),
    risk("capacity", &["HorizontalPodAutoscaler"], Lower("spec.minReplicas"), "fewer pods run when there is little load"),
    risk("capacity", &["HorizontalPodAutoscaler"], Lower("spec.maxReplicas"), "fewer pods run when there is much load"),
    risk("capacity", &["ScaledObject"], Lower("spec.minReplicaCount"), "fewer pods run when there is little load"),
    risk("capacity", &["ScaledObject"], Lower("spec.maxReplicaCount"), "fewer pods run when there is much load"),
    risk("capacity", &["HorizontalPodAutoscaler", "ScaledObject"], Removed, "nothing scales the pods any more"),
    risk("capacity", &["PodDisruptionBudget"], Removed, "nothing keeps all pods from being evicted at once"),
    risk("capacity", &["PodDisruptionBudget"], Lower("spec.minAvailable"), "more pods may be evicted at once"),
    risk("capacity", &["PodDisruptionBudget"], Higher("spec.maxUnavailable"), "more pods may be evicted at once"),
    risk("capacity", &["Deployment", "DaemonSet"], Becomes("spec.strategy.type", &["Recreate"]), "all old pods stop before new ones start"),
    risk("patch", &[], Told, "a patch sets it, past what the types foresee"),
    risk("restart", &["Deployment", "StatefulSet", "DaemonSet", "Pod"], PodTemplate, "the pods are replaced"),
    risk(PRODUCTION, &[], Told, "it is in production"),
];

/// How grave a mark is.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Gravity {
    /// What is lost does not come back by itself.
    Grave,
    /// Somebody may be hurt: look before it goes out.
    Serious,
    /// It happens with nearly every change.
    Light,
}

/// The marks, the gravest first.
pub const MARKS: &[(&str, Gravity)] = &[
    ("data-loss", Gravity::Grave),
    ("recreate", Gravity::Grave),
    (RENAME, Gravity::Grave),
    ("network", Gravity::Serious),
    ("permissions", Gravity::Serious),
    ("capacity", Gravity::Serious),
    ("patch", Gravity::Serious),
    ("restart", Gravity::Light),
    (PRODUCTION, Gravity::Light),
];

/// How grave a mark is, and where it stands among all, by its name.
pub fn gravity(mark: &str) -> (Gravity, usize) {
    let found = MARKS.iter().position(|(name, _)| *name == mark);
    found.map_or((Gravity::Serious, MARKS.len()), |index| (MARKS[index].1, index))
}

/// The rule of this name that both objects do not show; a type may ask for it by its annotation, see [`MARK_ANNOTATION`].
pub fn told(name: &str) -> Option<&'static Risk> {
    RISKS.iter().find(|risk| risk.name == name && matches!(risk.when, Told))
}

/// A type says by this annotation that what it sets gets a mark.
pub const MARK_ANNOTATION: &str = "definition.oam.dev/mark";

/// The rules that a change falls under: the first of each name. `fields` are those of the pair.
pub fn risks(pair: &Pair<'_>, fields: &[FieldChange]) -> Vec<&'static Risk> {
    let mut found: Vec<&'static Risk> = Vec::new();
    for risk in RISKS {
        let concerns = risk.kinds.is_empty() || risk.kinds.contains(&pair.id.kind.as_str());
        if concerns && !found.iter().any(|known| known.name == risk.name) && holds(&risk.when, pair, fields) {
            found.push(risk);
        }
    }
    found
}

fn holds(when: &When, pair: &Pair<'_>, fields: &[FieldChange]) -> bool {
    let fate = pair.fate();
    let changed = fate == Fate::Changed;
    match when {
        Added => fate == Fate::Added,
        Removed => fate == Fate::Removed,
        Told => false,
        Touched => fate != Fate::Changed || !fields.is_empty(),
        Field(paths) => changed && fields.iter().any(|field| paths.iter().any(|path| touches(field, path))),
        FieldBut(paths) => {
            let free = |field: &FieldChange| starts(field, "metadata") || paths.iter().any(|path| starts(field, path));
            changed && fields.iter().any(|field| !free(field))
        }
        PodTemplate => {
            let Some(path) = pod_path(&pair.id.group, &pair.id.kind) else { return false };
            changed && fields.iter().any(|field| starts(field, &path.join(".")))
        }
        Lower(path) => changed && moved(pair, path).is_some_and(|(old, new)| new < old),
        Higher(path) => changed && moved(pair, path).is_some_and(|(old, new)| new > old),
        Becomes(path, values) => {
            let steps: Vec<&str> = path.split('.').collect();
            let value = |node: Option<&Node>| node.and_then(|node| node.at(&steps)).and_then(Node::as_str).map(str::to_owned);
            let (old, new) = (value(pair.old), value(pair.new));
            old != new && new.is_some_and(|new| values.contains(&new.as_str()))
        }
        Widened(paths) => changed && fields.iter().any(|field| paths.iter().any(|path| touches(field, path)) && widens(field, paths)),
    }
}

/// Rules and peers that came, or a list that is gone: of a NetworkPolicy the list of all peers is the absence of one.
fn widens(field: &FieldChange, paths: &[&str]) -> bool {
    let whole = paths.iter().any(|path| field.path.to_string() == **path);
    match (&field.old, &field.new) {
        (None, Some(_)) => true,
        (Some(_), None) => !whole && !matches!(field.path.0.last(), Some(Segment::Item(..))),
        _ => true,
    }
}

/// The keys of a path, list items left out: `spec.ingress.from`.
fn keys(field: &FieldChange) -> Vec<&str> {
    let mut keys = Vec::with_capacity(field.path.0.len());
    for segment in &field.path.0 {
        if let Segment::Key(key) = segment {
            keys.push(key.as_str());
        }
    }
    keys
}

/// Whether the field is at the path or below it.
fn starts(field: &FieldChange, path: &str) -> bool {
    let keys = keys(field);
    path.is_empty() || path.split('.').enumerate().all(|(index, step)| keys.get(index) == Some(&step))
}

/// Whether the field is at the path, below it, or holds it.
fn touches(field: &FieldChange, path: &str) -> bool {
    let keys = keys(field);
    path.split('.').zip(&keys).all(|(step, key)| step == *key)
}

/// A number on both sides; percentages as numbers if both are.
fn moved(pair: &Pair<'_>, path: &str) -> Option<(f64, f64)> {
    let steps: Vec<&str> = path.split('.').collect();
    let number = |node: &Node| match &node.at(&steps)?.value {
        Value::Int(number) => Some((*number as f64, false)),
        Value::Str(text) => text.strip_suffix('%').and_then(|text| text.parse().ok()).map(|number| (number, true)),
        _ => None,
    };
    let ((old, old_percent), (new, new_percent)) = (number(pair.old?)?, number(pair.new?)?);
    (old_percent == new_percent).then_some((old, new))
}
