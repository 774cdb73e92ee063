//! Which objects an object names.

use std::sync::Arc;

use super::facts::shared;
use crate::check::fields::Fields;
use crate::check::pod::Pod;
use crate::kubernetes::ObjectId;
use crate::source::Pos;
use crate::tree::Node;

/// A kind that is asked for.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Target<'a> {
    pub group: &'a str,
    pub kind: &'a str,
}

impl Target<'_> {
    /// Whether its objects belong to the whole cluster.
    pub fn is_global(self) -> bool {
        matches!(
            self.kind,
            "ClusterRole"
                | "IngressClass"
                | "PersistentVolume"
                | "PriorityClass"
                | "RuntimeClass"
                | "StorageClass"
                | "ValidatingAdmissionPolicy"
        )
    }

    /// Whether it is none of Kubernetes' own kinds that run or hold something.
    pub fn is_custom(self) -> bool {
        !matches!(self.group, "" | "apps" | "batch" | "policy" | "autoscaling") && !self.group.ends_with("k8s.io")
    }

    /// Whether objects of the kind are made by whoever runs the cluster, so that nothing follows from not seeing one.
    pub fn is_of_cluster(self) -> bool {
        self.is_global()
    }
}

/// A name of another object.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub group: Arc<str>,
    pub kind: Arc<str>,
    /// The namespace, where it is not that of the object.
    pub namespace: Option<Arc<str>>,
    pub name: Arc<str>,
    pub at: Pos,
    /// A part of it.
    pub part: Option<(Part, Pos)>,
    /// Whether it may be missing.
    pub optional: bool,
}

impl Ask {
    /// What is asked for.
    pub fn target(&self) -> Target<'_> {
        Target { group: &self.group, kind: &self.kind }
    }
}

/// A part of an object that is named.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// A key of a ConfigMap or Secret.
    Key(Arc<str>),
    /// A port of a Service, by its name.
    PortName(Arc<str>),
    /// A port of a Service.
    PortNumber(i64),
    /// That it has no address of its own: the Service of a StatefulSet.
    Headless,
    /// At least so much storage.
    Storage(f64),
}

/// Collects what an object names.
#[derive(Default)]
struct Asks {
    found: Vec<Ask>,
}

impl Asks {
    /// A name in a field of a map.
    fn name(&mut self, group: &str, kind: &str, map: &Node, field: &str) -> Option<&mut Ask> {
        let node = map.given(field)?;
        let name = shared(node).filter(|name| !name.is_empty())?;
        let optional = map.is_on("optional");
        self.found.push(Ask { group: group.into(), kind: kind.into(), namespace: None, name, at: node.place(), part: None, optional });
        self.found.last_mut()
    }

    /// A name, and a key of what it names.
    fn key(&mut self, kind: &str, map: &Node, field: &str, key: Option<&Node>) {
        let part = key.and_then(|node| Some((Part::Key(shared(node)?), node.place())));
        if let Some(ask) = self.name("", kind, map, field) {
            ask.part = part;
        }
    }

    /// A volume of a ConfigMap or Secret, with the keys that become files.
    fn volume(&mut self, kind: &str, source: &Node, field: &str) {
        let items = source.list("items");
        if items.is_empty() {
            self.name("", kind, source, field);
        }
        for item in items {
            self.key(kind, source, field, item.given("key"));
        }
    }

    fn pod(&mut self, pod: Pod<'_>) {
        for volume in pod.spec.list("volumes") {
            if let Some(source) = volume.given("configMap") {
                self.volume("ConfigMap", source, "name");
            }
            if let Some(source) = volume.given("secret") {
                self.volume("Secret", source, "secretName");
            }
            if let Some(source) = volume.given("persistentVolumeClaim") {
                self.name("", "PersistentVolumeClaim", source, "claimName");
            }
            for part in volume.field("projected").map(|projected| projected.list("sources")).unwrap_or_default() {
                for (field, kind) in [("configMap", "ConfigMap"), ("secret", "Secret")] {
                    if let Some(source) = part.given(field) {
                        self.volume(kind, source, "name");
                    }
                }
            }
        }
        for container in pod.containers() {
            for from in container.node.list("env").iter().filter_map(|variable| variable.given("valueFrom")) {
                for (field, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
                    if let Some(source) = from.given(field) {
                        self.key(kind, source, "name", source.given("key"));
                    }
                }
            }
            for from in container.node.list("envFrom") {
                for (field, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
                    if let Some(source) = from.given(field) {
                        self.name("", kind, source, "name");
                    }
                }
            }
        }
        for secret in pod.spec.list("imagePullSecrets") {
            self.name("", "Secret", secret, "name");
        }
        self.name("", "ServiceAccount", pod.spec, "serviceAccountName");
        self.name("scheduling.k8s.io", "PriorityClass", pod.spec, "priorityClassName");
    }

    fn backend(&mut self, backend: Option<&Node>) {
        let Some(service) = backend.and_then(|backend| backend.given("service")) else { return };
        let part = service.given("port").and_then(|port| {
            let name = port.given("name").and_then(|node| Some((Part::PortName(shared(node)?), node.place())));
            name.or_else(|| port.number("number").map(|number| (Part::PortNumber(number), port.place_of("number"))))
        });
        if let Some(ask) = self.name("", "Service", service, "name") {
            ask.part = part;
        }
    }

    fn ingress(&mut self, spec: &Node) {
        self.backend(spec.given("defaultBackend"));
        for path in spec.list("rules").iter().filter_map(|rule| rule.given("http")).flat_map(|http| http.list("paths")) {
            self.backend(path.given("backend"));
        }
        for tls in spec.list("tls") {
            self.name("", "Secret", tls, "secretName");
        }
        self.name("networking.k8s.io", "IngressClass", spec, "ingressClassName");
    }

    /// Routes of the Gateway API.
    fn route(&mut self, spec: &Node) {
        for backend in spec.list("rules").iter().flat_map(|rule| rule.list("backendRefs")) {
            let is_service = backend.text("group").is_none() && backend.text("kind").is_none_or(|kind| kind == "Service");
            if !is_service {
                continue;
            }
            let part = backend.number("port").map(|port| (Part::PortNumber(port), backend.place_of("port")));
            let namespace = backend.given("namespace").and_then(shared);
            if let Some(ask) = self.name("", "Service", backend, "name") {
                ask.part = part;
                ask.namespace = namespace;
            }
        }
    }

    fn binding(&mut self, object: &Node) {
        let group = "rbac.authorization.k8s.io";
        if let Some(role) = object.given("roleRef") {
            let kind = if role.text("kind") == Some("Role") { "Role" } else { "ClusterRole" };
            self.name(group, kind, role, "name");
        }
        for subject in object.list("subjects").iter().filter(|subject| subject.text("kind") == Some("ServiceAccount")) {
            let namespace = subject.given("namespace").and_then(shared);
            if let Some(ask) = self.name("", "ServiceAccount", subject, "name") {
                ask.namespace = namespace;
            }
        }
    }

    fn claim(&mut self, spec: &Node) {
        self.name("storage.k8s.io", "StorageClass", spec, "storageClassName");
        let wanted = spec.below(&["resources", "requests", "storage"]);
        let part = wanted.and_then(|node| Some((Part::Storage(crate::check::pod::amount(node)?), node.place())));
        if let Some(ask) = self.name("", "PersistentVolume", spec, "volumeName") {
            ask.part = part;
        }
    }
}

/// What an object names.
pub(super) fn asks(object: &Node, id: &ObjectId) -> Vec<Ask> {
    let mut asks = Asks::default();
    let spec = object.given("spec");
    if let Some(pod) = Pod::of(object, &id.group, &id.kind) {
        asks.pod(pod);
    }
    match (&*id.group, &*id.kind, spec) {
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding", _) => asks.binding(object),
        ("networking.k8s.io", "Ingress", Some(spec)) => asks.ingress(spec),
        ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute" | "TCPRoute" | "TLSRoute" | "UDPRoute", Some(spec)) => asks.route(spec),
        ("", "PersistentVolumeClaim", Some(spec)) => asks.claim(spec),
        ("apps", "StatefulSet", Some(spec)) => {
            let at = spec.place_of("serviceName");
            if let Some(ask) = asks.name("", "Service", spec, "serviceName") {
                ask.part = Some((Part::Headless, at));
            }
            for claim in spec.list("volumeClaimTemplates").iter().filter_map(|claim| claim.given("spec")) {
                asks.claim(claim);
            }
        }
        ("autoscaling", "HorizontalPodAutoscaler", Some(spec)) => {
            if let Some(target) = spec.given("scaleTargetRef") {
                let group = target.text("apiVersion").and_then(|version| version.split_once('/')).map_or("", |(group, _)| group);
                asks.name(group, target.text("kind").unwrap_or_default(), target, "name");
            }
        }
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding", Some(spec)) => {
            asks.name("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", spec, "policyName");
        }
        _ => {}
    }
    asks.found
}
