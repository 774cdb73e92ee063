//! Who an object is, and where its kind keeps pods.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::tree::Node;

/// What tells an object from all others of a cluster. Two ids that differ only in `version` are one object, and equal.
#[derive(Clone, Debug)]
pub struct ObjectId {
    /// The API group; empty for the core group.
    pub group: String,
    /// The version of the group that the object is written in.
    pub version: String,
    /// The kind.
    pub kind: String,
    /// The namespace that the object names, if it names one.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl ObjectId {
    /// The identity of an object; `None` if it lacks `apiVersion`, `kind` or `metadata.name`, or one of them is no text.
    pub fn of(node: &Node) -> Option<ObjectId> {
        let api_version = node.field("apiVersion")?.as_str()?;
        let (group, version) = split_api_version(api_version);
        let text = |path: &[&str]| node.at(path).and_then(Node::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        Some(ObjectId {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: text(&["kind"])?,
            namespace: text(&["metadata", "namespace"]),
            name: text(&["metadata", "name"])?,
        })
    }

    /// `apps/v1`, or `v1` in the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    fn identity(&self) -> (&str, &str, Option<&str>, &str) {
        (&self.group, &self.kind, self.namespace.as_deref(), &self.name)
    }
}

impl PartialEq for ObjectId {
    fn eq(&self, other: &ObjectId) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for ObjectId {}

impl PartialOrd for ObjectId {
    fn partial_cmp(&self, other: &ObjectId) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ObjectId {
    fn cmp(&self, other: &ObjectId) -> Ordering {
        self.identity().cmp(&other.identity())
    }
}

impl Hash for ObjectId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

/// `Deployment shop/orders`; kinds of groups that are not Kubernetes' own carry the group: `Service.serving.knative.dev shop/orders`.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if self.group.contains('.') && !self.group.ends_with(".k8s.io") {
            write!(f, ".{}", self.group)?;
        }
        match &self.namespace {
            Some(namespace) => write!(f, " {namespace}/{}", self.name),
            None => write!(f, " {}", self.name),
        }
    }
}

/// The group and version of an `apiVersion`; the core group is empty.
pub(super) fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// Whether a kind is the one that somebody means: in any case, as its resource is called, or short as `kubectl` has it: `hpa`, `svc`.
pub fn is_called(kind: &str, said: &str) -> bool {
    /// Short names that are not the kind's initials.
    const SHORT: [(&str, &str); 9] = [
        ("Deployment", "deploy"),
        ("Endpoints", "ep"),
        ("Ingress", "ing"),
        ("LimitRange", "limits"),
        ("Namespace", "ns"),
        ("NetworkPolicy", "netpol"),
        ("Pod", "po"),
        ("Service", "svc"),
        ("StatefulSet", "sts"),
    ];
    let said = said.to_lowercase();
    let own = kind.to_lowercase();
    let plural = [format!("{own}s"), format!("{own}es"), format!("{}ies", own.trim_end_matches('y'))];
    let initials: String = kind.chars().filter(char::is_ascii_uppercase).collect();
    own == said || plural.contains(&said) || initials.len() > 1 && initials.to_lowercase() == said || SHORT.contains(&(kind, said.as_str()))
}

/// Where a kind keeps its pod template (a map with `metadata` and `spec`); empty for a Pod itself, `None` for kinds without pods.
pub fn pod_path(group: &str, kind: &str) -> Option<&'static [&'static str]> {
    match (group, kind) {
        ("", "Pod") => Some(&[]),
        ("", "PodTemplate") => Some(&["template"]),
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("batch", "Job") | ("", "ReplicationController") => {
            Some(&["spec", "template"])
        }
        ("batch", "CronJob") => Some(&["spec", "jobTemplate", "spec", "template"]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tree::Origin;

    fn id(json: serde_json::Value) -> Option<ObjectId> {
        ObjectId::of(&Node::from_json(&json, Origin::default()))
    }

    #[test]
    fn an_object_is_one_over_all_versions_of_its_group() {
        let v1 = id(json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}})).unwrap();
        let v2 = id(json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}})).unwrap();
        assert_eq!(v1, v2);
        assert_eq!(v2.api_version(), "autoscaling/v2");
        let other =
            id(json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a", "namespace": "b"}}));
        assert_ne!(Some(v1), other);
    }

    #[test]
    fn ids_are_shown_with_what_tells_them_apart() {
        let shown = |api: &str, kind: &str| {
            id(json!({"apiVersion": api, "kind": kind, "metadata": {"name": "orders", "namespace": "shop"}})).unwrap().to_string()
        };
        assert_eq!(shown("apps/v1", "Deployment"), "Deployment shop/orders");
        assert_eq!(shown("networking.k8s.io/v1", "Ingress"), "Ingress shop/orders");
        assert_eq!(shown("serving.knative.dev/v1", "Service"), "Service.serving.knative.dev shop/orders");
        assert_eq!(
            id(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})).unwrap().to_string(),
            "Namespace shop"
        );
    }

    #[test]
    fn what_has_no_name_has_no_identity() {
        assert!(id(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "a-"}})).is_none());
        assert!(id(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": 7}})).is_none());
        assert!(id(json!({"kind": "Pod", "metadata": {"name": "a"}})).is_none());
        assert!(id(json!(["Pod"])).is_none());
    }

    #[test]
    fn kinds_have_short_names() {
        for (kind, said) in [
            ("Deployment", "deployments"),
            ("Deployment", "deploy"),
            ("NetworkPolicy", "networkpolicies"),
            ("Ingress", "Ingresses"),
            ("HorizontalPodAutoscaler", "HPA"),
            ("CronJob", "cj"),
            ("StatefulSet", "sts"),
        ] {
            assert!(is_called(kind, said), "{kind} {said}");
        }
        assert!(!is_called("Service", "s") && !is_called("Secret", "svc") && !is_called("Job", "cj"));
    }

    #[test]
    fn pods_are_found_in_the_kinds_that_keep_them() {
        assert_eq!(pod_path("batch", "CronJob"), Some(&["spec", "jobTemplate", "spec", "template"][..]));
        assert_eq!(pod_path("", "Pod"), Some(&[][..]));
        assert_eq!(pod_path("", "Deployment"), None);
        assert_eq!(pod_path("apps", "Service"), None);
    }
}
