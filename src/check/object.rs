//! Which rules concern which kind.

use super::fields::Fields;
use super::findings::{About, Findings};
use super::pod::{self, Pod};
use super::{admission, autoscaler, cluster, config, definition, network, quota, rbac, storage, texts, workload};
use crate::kubernetes::Schemas;
use crate::tree::Node;

/// Judges an object by the rules of its kind, whatever the version of its group.
pub(super) fn judge<'a>(object: &'a Node, schemas: &Schemas, findings: &mut Findings<'a>) {
    let (Some(api_version), Some(kind)) = (object.text("apiVersion"), object.text("kind")) else { return };
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let pod = Pod::of(object, group, kind);
    texts::judge(group, kind, object, pod.map(|pod| pod.spec), findings);
    match pod {
        Some(pod) => pod::judge(pod, findings),
        None => pod::missing(object, group, kind, findings),
    }
    // What has no `spec` where one is needed lacks everything in it; the judge of structure tells most of these.
    let spec = object.given("spec");
    let empty = spec.unwrap_or(object);
    match (group, kind) {
        ("", "Pod") | ("batch", "Job") if spec.is_none() => {
            findings.required(object, "spec");
        }
        ("", "ReplicationController") | ("apps", "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet") => match spec {
            Some(spec) => workload::judge(kind, spec, pod, findings),
            None => {
                findings.required(object, "spec");
            }
        },
        ("batch", "Job") => workload::job(empty, pod, findings),
        ("batch", "CronJob") => workload::cron_job(empty, pod, findings),
        ("", "Service") => network::service(empty, findings),
        ("", "ConfigMap") => config::config_map(object, findings),
        ("", "Secret") => config::secret(object, findings),
        ("", "PersistentVolumeClaim") => storage::claim(empty, false, findings),
        ("", "PersistentVolume") => storage::volume(empty, findings),
        ("", "ResourceQuota") => quota::quota(empty, findings),
        ("", "LimitRange") => quota::limits(empty, findings),
        ("networking.k8s.io", "Ingress") => network::ingress(object, empty, findings),
        ("networking.k8s.io", "IngressClass") => network::class(empty, findings),
        ("networking.k8s.io", "NetworkPolicy") => {
            if let Some(spec) = spec {
                network::policy(spec, findings);
            }
        }
        ("discovery.k8s.io", "EndpointSlice") => network::slice(object, findings),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaler::judge(empty, findings),
        ("policy", "PodDisruptionBudget") => quota::budget(empty, findings),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => rbac::role(kind, object, schemas, findings),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => rbac::binding(kind, object, findings),
        ("coordination.k8s.io", "Lease") => quota::lease(empty, findings),
        ("scheduling.k8s.io", "PriorityClass") => quota::priority(object, findings),
        ("storage.k8s.io", "StorageClass") => storage::class(object, findings),
        ("storage.k8s.io", "VolumeAttributesClass") => {
            storage::attributes(object, findings);
        }
        ("storage.k8s.io", "CSIStorageCapacity") => cluster::capacity(object, findings),
        ("", "Endpoints") => network::endpoints(object, findings),
        ("", "Namespace") => cluster::namespace(object, findings),
        ("", "Node") => cluster::node(empty, findings),
        ("node.k8s.io", "RuntimeClass") => cluster::runtime_class(object, findings),
        ("networking.k8s.io", "ServiceCIDR") => cluster::service_networks(empty, findings),
        ("apiregistration.k8s.io", "APIService") => cluster::api_service(object, empty, findings),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema") => cluster::flow(object, empty, findings),
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration") => cluster::level(empty, findings),
        ("storage.k8s.io", "CSIDriver") => storage::driver(empty, findings),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration") => {
            admission::webhooks(object, findings);
        }
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy") => {
            admission::policy(kind, empty, findings);
        }
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding") => {
            admission::binding(kind, empty, findings);
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition::judge(object, empty, findings),
        _ => {}
    }
}

/// What an object is called in messages: its kind and name.
pub(super) fn about(object: &Node) -> About<'_> {
    let name = object.at(&["metadata", "name"]).and_then(Node::as_str).unwrap_or_default();
    About::new(object.text("kind").unwrap_or("object"), name)
}
