//! What others may ask of an object, and what it asks of others: small, so that objects need not be kept.

use std::sync::Arc;

use super::asks::{Ask, Target, asks};
use crate::catalog::is_built_in;
use crate::check::fields::Fields;
use crate::check::pod::{self, Pod};
use crate::kubernetes::ObjectId;
use crate::source::Pos;
use crate::tree::{Key, Node};

/// What must be known of an object to judge it together with others.
#[derive(Clone, Debug)]
pub struct Facts {
    pub(super) id: ObjectId,
    /// Where its name stands.
    pub(super) name_at: Pos,
    /// Where somebody asked for it.
    pub(super) asked_at: Pos,
    pub(super) unit: Option<Arc<str>>,
    pub(super) has: Has,
    pub(super) asks: Box<[Ask]>,
}

/// The parts of an object that others name.
#[derive(Clone, Debug)]
pub(super) enum Has {
    /// None.
    Nothing,
    /// Keys of a ConfigMap or Secret.
    Keys(Box<[Key]>),
    /// What a Service is.
    Service(Box<Service>),
    /// What a workload is.
    Workload(Box<Workload>),
    /// Bytes of a PersistentVolume, or that a claim wants.
    Storage(Option<(f64, Pos)>),
    /// What a HorizontalPodAutoscaler measures.
    Autoscaler(Box<[Measured]>),
    /// What a ResourceQuota allows: by resource.
    Quota(Box<[(Key, f64, Pos)]>),
}

/// A Service.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub ports: Box<[ServicePort]>,
    /// Labels of the pods that it leads to; `None` if it selects none.
    pub selector: Option<Node>,
    pub is_headless: bool,
}

/// A port of a Service.
#[derive(Clone, Debug)]
pub(super) struct ServicePort {
    pub name: Option<Arc<str>>,
    pub number: Option<i64>,
    /// The name of the port of the pods that it leads to, or its number if it has none.
    pub to: Result<Arc<str>, i64>,
    pub to_at: Pos,
}

/// A workload: pods with equal labels.
#[derive(Clone, Debug)]
pub(super) struct Workload {
    pub labels: Option<Node>,
    /// The selector, where there is one beside the labels.
    pub selector: Option<Node>,
    pub selector_at: Pos,
    pub containers: Box<[Container]>,
    /// How many pods there are, and where that is said.
    pub replicas: (i64, Pos),
}

/// A container of a workload.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub name: Arc<str>,
    pub at: Pos,
    /// Whether it runs as long as its pod.
    pub stays: bool,
    pub ports: Box<[(Option<Arc<str>>, i64)]>,
    /// Resources that it requests, or limits, which is then requested too.
    pub requests: Box<[Key]>,
    /// Resources that it limits.
    pub limits: Box<[Key]>,
}

/// A metric of an autoscaler that the pods themselves have.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    /// `cpu` or `memory`.
    pub resource: Arc<str>,
    /// The container, if one is meant.
    pub container: Option<(Arc<str>, Pos)>,
    /// Whether the request is what it is measured by.
    pub by_request: bool,
    pub at: Pos,
}

impl Facts {
    /// The facts of an object; `None` if it has no identity. `at` is where it stands; `unit` is named in reports.
    pub fn of(object: &Node, at: Pos, unit: Option<Arc<str>>) -> Option<Facts> {
        let id = ObjectId::of(object)?;
        let name_at = object.at(&["metadata", "name"]).map_or(at, |name| name.place());
        let has = Has::of(object, &id);
        let asks = asks(object, &id).into();
        Some(Facts { id, name_at, asked_at: at, unit, has, asks })
    }

    /// A place in it, or if nobody can edit that, where somebody asked for it.
    pub(super) fn editable(&self, at: Pos) -> Pos {
        if self.unit.is_some() && is_built_in(at) { self.asked_at } else { at }
    }

    /// Its namespace; objects that say none go where `kubectl` is pointed at.
    pub(super) fn namespace(&self) -> &str {
        self.id.namespace.as_deref().unwrap_or("default")
    }

    /// What it is, as others ask for it.
    pub(super) fn target(&self) -> Target<'_> {
        Target { group: &self.id.group, kind: &self.id.kind }
    }
}

/// Text, shared with the object.
pub(super) fn shared(node: &Node) -> Option<Arc<str>> {
    if let crate::tree::Value::Str(text) = &node.value { Some(text.clone()) } else { None }
}

impl Has {
    fn of(object: &Node, id: &ObjectId) -> Has {
        let keys = |fields: &[&str]| fields.iter().flat_map(|field| object.pairs(field)).map(|entry| entry.key).collect();
        match (&*id.group, &*id.kind) {
            ("", "ConfigMap") => Has::Keys(keys(&["data", "binaryData"])),
            ("", "Secret") => Has::Keys(keys(&["data", "stringData"])),
            ("", "Service") => object.given("spec").map_or(Has::Nothing, |spec| Has::Service(Box::new(Service::of(spec)))),
            ("", "PersistentVolume") => Has::Storage(storage(object.below(&["spec", "capacity", "storage"]))),
            ("", "PersistentVolumeClaim") => Has::Storage(storage(object.below(&["spec", "resources", "requests", "storage"]))),
            ("", "ResourceQuota") => Has::Quota(quota(object)),
            ("autoscaling", "HorizontalPodAutoscaler") => Has::Autoscaler(measured(object)),
            (group, kind) => match Pod::of(object, group, kind) {
                Some(pod) => Has::Workload(Box::new(Workload::of(object, pod, kind))),
                None => Has::Nothing,
            },
        }
    }
}

fn storage(node: Option<&Node>) -> Option<(f64, Pos)> {
    node.and_then(|node| Some((pod::amount(node)?, node.place())))
}

fn quota(object: &Node) -> Box<[(Key, f64, Pos)]> {
    let spec = object.field("spec");
    // A quota with scopes concerns some of the pods only.
    let scoped = spec.is_some_and(|spec| !spec.list("scopes").is_empty() || spec.given("scopeSelector").is_some());
    let hard = spec.filter(|_| !scoped).map(|spec| spec.pairs("hard")).unwrap_or_default();
    hard.iter().filter_map(|entry| Some((entry.key, pod::amount(&entry.node)?, entry.node.place()))).collect()
}

fn measured(object: &Node) -> Box<[Measured]> {
    let metrics = object.field("spec").map(|spec| spec.list("metrics")).unwrap_or_default();
    let one = |metric: &Node| {
        let source = metric.given(match metric.text("type")? {
            "Resource" => "resource",
            "ContainerResource" => "containerResource",
            _ => return None,
        })?;
        Some(Measured {
            resource: shared(source.given("name")?)?,
            container: source.given("container").and_then(|node| Some((shared(node)?, node.place()))),
            by_request: source.below(&["target", "averageUtilization"]).is_some(),
            at: source.place_of("name"),
        })
    };
    metrics.iter().filter_map(one).collect()
}

impl Service {
    fn of(spec: &Node) -> Service {
        let port = |port: &Node| {
            let number = port.number("port");
            let (to, to_at) = match port.given("targetPort") {
                Some(node) => (shared(node).ok_or(node.as_i64().or(number).unwrap_or_default()), node.place()),
                None => (Err(number.unwrap_or_default()), port.place_of("port")),
            };
            ServicePort { name: port.given("name").and_then(shared), number, to, to_at }
        };
        let selects = spec.text("type") != Some("ExternalName");
        Service {
            ports: spec.list("ports").iter().map(port).collect(),
            selector: spec.given("selector").filter(|selector| selects && !selector.entries().is_empty()).cloned(),
            is_headless: spec.text("clusterIP") == Some("None"),
        }
    }
}

impl Workload {
    fn of(object: &Node, pod: Pod<'_>, kind: &str) -> Workload {
        let spec = object.field("spec");
        let replicas = match kind {
            "Job" | "CronJob" | "DaemonSet" => (0, Pos::NOWHERE),
            _ => spec.and_then(|spec| Some((spec.number("replicas")?, spec.place_of("replicas")))).unwrap_or((1, Pos::NOWHERE)),
        };
        let selects = matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet");
        let selector = spec.filter(|_| selects).and_then(|spec| spec.given("selector"));
        let container = |container: pod::Container<'_>| {
            let resources = container.node.field("resources");
            let keys = |fields: &[&str]| {
                let pairs = fields.iter().flat_map(|field| resources.map(|resources| resources.pairs(field)).unwrap_or_default());
                pairs.map(|entry| entry.key).collect()
            };
            let port = |port: &Node| (port.given("name").and_then(shared), port.number("containerPort").unwrap_or_default());
            Container {
                name: container.node.given("name").and_then(shared).unwrap_or_else(|| "".into()),
                at: container.node.place_of("name"),
                stays: matches!(container.place, pod::Place::Main | pod::Place::Sidecar),
                ports: container.node.list("ports").iter().map(port).collect(),
                requests: keys(&["requests", "limits"]),
                limits: keys(&["limits"]),
            }
        };
        Workload {
            labels: pod.labels().cloned(),
            selector: selector.cloned(),
            selector_at: selector.map_or(Pos::NOWHERE, |selector| selector.place()),
            containers: pod.containers().map(container).collect(),
            replicas,
        }
    }
}
