//! What scopes and neighbours know of a component: facts that are small enough to keep for all units of an environment.

use std::sync::Arc;

use super::component::Part;
use super::context::{entry, labels};
use super::{Draft, Lowered, pods};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::ExternalPort;
use crate::resolve::{ResolvedConnection, ResolvedOutside, Unit};
use crate::source::Pos;
use crate::tree::{Entry, Fill, Node, Origin, UnitLog, Value};

/// A port of a component's containers, or of something that runs elsewhere.
#[derive(Clone, Debug)]
pub struct Port {
    /// Its name.
    pub name: Option<Node>,
    /// Its number.
    pub number: Node,
    /// `TCP`, `UDP`, `SCTP`
    pub protocol: Node,
}

/// What others need to know of a component.
#[derive(Clone, Debug)]
pub struct Member {
    /// The application.
    pub application: Arc<str>,
    /// The component.
    pub component: Arc<str>,
    /// The ports of its containers.
    pub ports: Vec<Port>,
    /// Whom it talks to.
    pub connections: Vec<ResolvedConnection>,
    namespace: Node,
    selector: Option<Node>,
    properties: Option<Node>,
    /// The entries of `context.members` that need no neighbours.
    facts: Vec<Entry>,
}

/// The components of all units of one environment and cluster, by application and name.
#[derive(Debug, Default)]
pub struct Surroundings {
    members: Vec<Member>,
    /// Who is called by whom: application and component, then the number of the member that calls and of its connection; sorted.
    calls: Vec<(Arc<str>, Arc<str>, usize, usize)>,
}

/// A value without what only its own unit can tell: of several origins the first is kept.
fn portable(node: &Node, log: &UnitLog) -> Node {
    let mut node = node.clone();
    if node.origin.by.as_union().is_some() {
        node.origin.by = log.positions(node.origin.by).first().map_or(Fill::NOTHING, |first| Fill::one(*first));
    }
    if let Some(entries) = node.entries_mut() {
        entries.iter_mut().for_each(|entry| entry.node = portable(&entry.node, log));
    }
    if let Some(items) = node.items_mut() {
        items.iter_mut().for_each(|item| *item = portable(item, log));
    }
    node
}

impl PartialEq for Member {
    fn eq(&self, other: &Member) -> bool {
        (&self.application, &self.component) == (&other.application, &other.component)
    }
}

impl Member {
    /// Everything of it that another unit can see, as one text: where that is the same, nobody else renders anything else.
    pub fn seen(&self) -> String {
        let node = |node: &Node| node.to_json().to_string();
        let mut seen = format!("{}/{}", self.application, self.component);
        for entry in &self.facts {
            seen.push_str(&format!("\n{}={}", entry.key, node(&entry.node)));
        }
        for port in &self.ports {
            let name = port.name.as_ref().map(node).unwrap_or_default();
            seen.push_str(&format!("\nport {name} {} {}", node(&port.number), node(&port.protocol)));
        }
        for call in &self.connections {
            let ports: Vec<&str> = call.ports.iter().map(|port| &*port.value).collect();
            seen.push_str(&format!("\nto {}/{} {}", call.application, call.component, ports.join(",")));
        }
        seen
    }
}

impl Draft<'_> {
    /// The components of other repositories that the unit's components connect to, as neighbours.
    pub fn outside(&self) -> Vec<Member> {
        let of = |outside: &ResolvedOutside| {
            let protocol = |port: &ExternalPort| {
                port.protocol
                    .as_ref()
                    .map_or_else(|| Node::str("TCP", Origin::default()), |name| Node::str(name.value.clone(), Origin::written(name.at)))
            };
            let port = |port: &ExternalPort| Port {
                name: port.name.as_ref().map(|name| Node::str(name.value.clone(), Origin::written(name.at))),
                number: port.number.clone(),
                protocol: protocol(port),
            };
            Member {
                application: outside.application.value.clone(),
                component: outside.component.value.clone(),
                ports: outside.ports.iter().map(port).collect(),
                connections: Vec::new(),
                namespace: portable(&outside.namespace, &self.log),
                selector: Some(outside.selector.clone()),
                properties: None,
                facts: Vec::new(),
            }
        };
        self.unit.outside.iter().map(of).collect()
    }

    /// What others need to know of each component.
    pub fn members(&self) -> Vec<Member> {
        self.parts.iter().map(|part| Member::of(part, self.unit, &self.log)).collect()
    }
}

impl Lowered {
    /// What others need to know of each component of the unit, which it was made of.
    pub fn members(&self, unit: &Unit) -> Vec<Member> {
        self.parts.iter().map(|part| Member::of(part, unit, &self.log)).collect()
    }
}

impl Member {
    pub(super) fn of(part: &Part, unit: &Unit, log: &UnitLog) -> Member {
        let component = &unit.components[part.index];
        let at = component.name.at;
        let text = |text: &Arc<str>, at: Pos| Node::str(text.clone(), Origin::written(at));
        let workload = part.workload.as_ref();
        let pod = workload.and_then(|workload| pods::template(&workload.id, &workload.node));
        let ports = pod.and_then(|pod| pod.at(&["spec", "containers"])).map(Node::items).unwrap_or_default();
        let ports = ports.iter().flat_map(|container| container.field("ports").map(Node::items).unwrap_or_default());
        let tcp = || Node::str("TCP", Origin::default());
        let mut ports: Vec<Port> = ports
            .filter_map(|port| {
                Some(Port {
                    name: port.field("name").map(|name| portable(name, log)),
                    number: portable(port.field("containerPort")?, log),
                    protocol: port.field("protocol").map_or_else(tcp, |protocol| portable(protocol, log)),
                })
            })
            .collect();
        let bodiless = workload.is_none() && part.outputs.is_empty();
        let properties = bodiless.then(|| portable(&component.properties, log));
        if let Some(number) = properties.as_ref().and_then(|properties| properties.field("port")) {
            let protocol = properties.as_ref().and_then(|properties| properties.field("protocol")).cloned().unwrap_or_else(tcp);
            ports.push(Port { name: None, number: number.clone(), protocol });
        }
        let selector = pod.map(|_| portable(&component.selector, log));
        let namespace = portable(&unit.namespace, log);
        let mut facts = vec![
            entry("name", text(&component.name.value, at)),
            entry("objectName", text(&component.object_name.value, component.object_name.at)),
            entry("appName", text(&unit.application.value, unit.application.at)),
            entry("namespace", namespace.clone()),
            entry("type", text(&component.definition.name, component.type_at)),
            entry("labels", labels(&component.labels, at)),
        ];
        facts.extend(workload.and_then(|workload| workload.node.field("kind")).map(|kind| entry("kind", portable(kind, log))));
        let kinds = workload.iter().map(|workload| &workload.id).chain(part.outputs.iter().map(|output| &output.object.id));
        let kinds = kinds.map(|id| Node::str(id.kind.as_str(), Origin::written(at))).collect();
        facts.push(entry("kinds", Node::list(kinds, Origin::written(at))));
        facts.extend(selector.clone().map(|selector| entry("selector", selector)));
        facts.extend(properties.clone().map(|properties| entry("properties", properties)));
        Member {
            application: unit.application.value.clone(),
            component: component.name.value.clone(),
            ports,
            connections: component.connections.clone(),
            namespace,
            selector,
            properties,
            facts,
        }
    }
}

impl Surroundings {
    /// The surroundings that the drafts of one environment and cluster are for each other.
    pub fn new(members: impl IntoIterator<Item = Member>) -> Surroundings {
        let mut members: Vec<Member> = members.into_iter().collect();
        members.sort_by(|a, b| (&a.application, &a.component).cmp(&(&b.application, &b.component)));
        let of = |(index, member): (usize, &Member)| {
            let call = |(number, call): (usize, &ResolvedConnection)| (call.application.clone(), call.component.clone(), index, number);
            member.connections.iter().enumerate().map(call).collect::<Vec<_>>()
        };
        let mut calls: Vec<_> = members.iter().enumerate().flat_map(of).collect();
        calls.sort_unstable();
        Surroundings { members, calls }
    }

    /// The member that a component is.
    pub(super) fn find(&self, application: &str, component: &str) -> Option<&Member> {
        let key = (application, component);
        let index = self.members.binary_search_by(|member| (&*member.application, &*member.component).cmp(&key)).ok()?;
        self.members.get(index)
    }

    /// Tells which ports connections of a unit ask for that their targets do not have.
    pub(super) fn judge_ports(&self, unit: &Unit, sink: &Sink) {
        for call in unit.components.iter().flat_map(|component| &component.connections).filter(|call| !call.ports.is_empty()) {
            if let Some(target) = self.find(&call.application, &call.component) {
                wanted(target, call, sink);
            }
        }
    }

    /// An item of `context.members`.
    pub(super) fn item(&self, member: &Member) -> Node {
        let mut entries = member.facts.clone();
        let origin = entries.first().map_or_else(Origin::default, |entry| entry.node.origin);
        let list = |items: Vec<Node>| Node::list(items, origin);
        entries.push(entry("ports", list(member.ports.iter().map(|port| port_item(port, true)).collect())));
        let own = (&*member.application, &*member.component);
        let first = self.calls.partition_point(|(application, component, ..)| (&**application, &**component) < own);
        let clients = self.calls[first..].iter().take_while(|(application, component, ..)| (&**application, &**component) == own);
        let clients = clients.filter_map(|(.., client, call)| {
            let client = self.members.get(*client)?;
            Some((client, client.connections.get(*call)?))
        });
        let clients = clients.map(|(client, call)| peer(client, call, &wanted(member, call, &Sink::new()))).collect();
        let calls = member.connections.iter().filter_map(|call| {
            let target = self.find(&call.application, &call.component)?;
            Some(peer(target, call, &wanted(target, call, &Sink::new())))
        });
        let calls = calls.collect();
        entries.push(entry("clients", list(clients)));
        entries.push(entry("connections", list(calls)));
        Node::map(entries, origin)
    }
}

fn port_item(port: &Port, named: bool) -> Node {
    let name = port.name.iter().filter(|_| named).map(|name| entry("name", name.clone()));
    let entries = name.chain([entry("port", port.number.clone()), entry("protocol", port.protocol.clone())]).collect();
    Node::map(entries, port.number.origin)
}

/// The other end of a connection.
fn peer(other: &Member, call: &ResolvedConnection, ports: &[Port]) -> Node {
    let origin = Origin::written(call.at);
    let text = |text: &Arc<str>| Node::str(text.clone(), origin);
    let mut entries = vec![
        entry("name", text(&other.component)),
        entry("appName", text(&other.application)),
        entry("namespace", other.namespace.clone()),
        entry("ports", Node::list(ports.iter().map(|port| port_item(port, false)).collect(), origin)),
    ];
    entries.extend(other.selector.clone().map(|selector| entry("selector", selector)));
    entries.extend(other.properties.clone().map(|properties| entry("properties", properties)));
    Node::map(entries, origin)
}

/// The ports of the target that a connection is for.
fn wanted(target: &Member, call: &ResolvedConnection, sink: &Sink) -> Vec<Port> {
    if call.ports.is_empty() {
        return target.ports.clone();
    }
    let mut ports = Vec::new();
    for asked in &call.ports {
        let number: Option<i64> = asked.parse().ok();
        let is = |port: &&Port| match number {
            Some(number) => port.number.as_i64() == Some(number),
            None => port.name.as_ref().and_then(Node::as_str) == Some(&**asked),
        };
        let found: Vec<Port> = target.ports.iter().filter(is).cloned().collect();
        if !found.is_empty() {
            ports.extend(found);
        } else if let Some(number) = number {
            // A container may listen where it does not say so.
            let origin = Origin::written(asked.at);
            ports.push(Port { name: None, number: Node::new(Value::Int(number), origin), protocol: Node::str("TCP", origin) });
        } else {
            let names = target.ports.iter().filter_map(|port| port.name.as_ref().and_then(Node::as_str));
            let message = format!("`{}` has no port `{asked}`", target.component);
            sink.push(Diagnostic::error(code::VALUE_NOT_ALLOWED, asked.at, message).suggest(asked, names));
        }
    }
    ports
}
