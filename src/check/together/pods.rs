//! Who wants which pods: Services, controllers, autoscalers and quotas.

use super::Place;
use super::asks::Target;
use super::facts::{Container, Facts, Has, Measured, Service, Workload};
use super::workloads::Workloads;
use crate::check::fields::Fields;
use crate::check::findings::meant;
use crate::check::selector;
use crate::diag::{Diagnostic, code};
use crate::tree::{Key, Node};

const LIMIT_RANGE: Target<'static> = Target { group: "", kind: "LimitRange" };

/// Whether labels have all pairs of a plain selector.
fn selects(wanted: &Node, labels: Option<&Node>) -> bool {
    wanted.entries().iter().all(|pair| labels.and_then(|labels| labels.get(pair.key)).and_then(Node::as_str) == pair.node.as_str())
}

impl<'a> Place<'a> {
    /// Judges everything about pods.
    pub(super) fn pods(&self) {
        let workloads = Workloads::of(self.objects);
        for object in self.objects {
            match &object.has {
                Has::Service(service) => self.service(object, service, &workloads),
                Has::Autoscaler(measured) => self.autoscaler(object, measured),
                Has::Quota(hard) => self.quota(object, hard, &workloads),
                _ => {}
            }
        }
        self.overlapping(&workloads);
    }

    /// A Service leads to pods of its namespace, and to ports that they have.
    fn service(&self, object: &Facts, service: &Service, workloads: &Workloads<'_>) {
        let Some(wanted) = &service.selector else { return };
        let chosen = workloads.likely(wanted.entries()).filter(|(_, workload)| selects(wanted, workload.labels.as_ref()));
        let (own, foreign): (Vec<_>, Vec<_>) = chosen.partition(|(owner, _)| owner.namespace() == object.namespace());
        if own.is_empty() {
            if let Some((other, _)) = foreign.first() {
                let message = format!(
                    "the pods that Service `{}` selects are in the namespace `{}`, and it is in `{}`",
                    object.id.name,
                    other.namespace(),
                    object.namespace()
                );
                let at = wanted.origin.author();
                let problem = Diagnostic::warning(code::MISSING_REFERENCE, at, message).label(other.name_at, "the pods");
                self.tell(object, problem.help("a Service selects pods of its own namespace only: put both into one"));
            }
            return;
        }
        for port in &service.ports {
            let containers = || own.iter().flat_map(|(_, workload)| workload.containers.iter()).filter(|container| container.stays);
            let names = || containers().flat_map(|container| container.ports.iter()).filter_map(|(name, _)| name.as_deref());
            let numbers = || containers().flat_map(|container| container.ports.iter()).map(|(_, number)| *number);
            let (message, help) = match &port.to {
                Ok(name) if !names().any(|known| known == &**name) => {
                    let help = meant(name, names(), "give a port of the container this name, or write its number");
                    (format!("no container behind Service `{}` has a port `{name}`", object.id.name), help)
                }
                // Ports need not be declared; who declares some and not this one has mistyped one of the two.
                Err(number) if numbers().next().is_some() && !numbers().any(|known| known == *number) => {
                    let known: Vec<String> = numbers().map(|number| format!("`{number}`")).collect();
                    let message = format!("no container behind Service `{}` declares the port {number}", object.id.name);
                    (message, format!("they declare {}", known.join(", ")))
                }
                _ => continue,
            };
            let problem = Diagnostic::warning(code::UNKNOWN_PORT, port.to_at, message).label(own[0].0.name_at, "the pods");
            self.tell(object, problem.help(help));
        }
    }

    /// Two controllers that would take each other's pods.
    fn overlapping(&self, workloads: &Workloads<'_>) {
        for (object, workload) in workloads.iter() {
            let Some(wanted) = &workload.selector else { continue };
            let takes = |(owner, other): &(&Facts, &Workload)| {
                let both = other.selector.as_ref().is_some_and(|selector| selector::matches(selector, workload.labels.as_ref()));
                both && owner.id != object.id && selector::matches(wanted, other.labels.as_ref())
            };
            let earlier = workloads.likely(wanted.pairs("matchLabels")).take_while(|(owner, _)| !std::ptr::eq(*owner, object));
            if let Some((other, found)) = earlier.filter(|(owner, _)| owner.namespace() == object.namespace()).find(takes) {
                let message = format!("`{}` and `{}` select each other's pods", other.id, object.id);
                let problem = Diagnostic::warning(code::OVERLAPPING_SELECTORS, workload.selector_at, message);
                let problem = problem.label(other.editable(found.selector_at), "the other selector");
                self.tell(object, problem.help("give the pods of one of them a label that the others do not have, and select by it"));
            }
        }
    }

    /// An autoscaler measures what its pods have.
    fn autoscaler(&self, object: &Facts, measured: &[Measured]) {
        let Some(ask) = object.asks.first() else { return };
        let Some(found) = self.find(ask.target(), object.namespace(), &ask.name) else { return };
        let Has::Workload(workload) = &found.has else { return };
        let staying = || workload.containers.iter().filter(|container| container.stays);
        for metric in measured {
            let of_metric: Vec<&Container> = match &metric.container {
                Some((name, at)) => {
                    let Some(container) = staying().find(|container| container.name == *name) else {
                        let message = format!("`{}` has no container `{name}`", found.id);
                        let help = meant(name, staying().map(|container| &*container.name), "name one of its containers");
                        let problem = Diagnostic::warning(code::BROKEN_REFERENCE, *at, message).label(found.name_at, "the target");
                        self.tell(object, problem.help(help));
                        continue;
                    };
                    vec![container]
                }
                None => staying().collect(),
            };
            let asked = Key::new(&metric.resource);
            let Some(without) = of_metric.iter().find(|container| metric.by_request && !container.requests.contains(&asked)) else {
                continue;
            };
            let message = format!(
                "the autoscaler measures `{}` by what is requested, and container `{}` of `{}` requests none",
                metric.resource, without.name, found.id
            );
            let problem = Diagnostic::warning(code::BROKEN_REFERENCE, metric.at, message).label(without.at, "the container");
            self.tell(object, problem.help(format!("add `resources: {{requests: {{{}: …}}}}` to the container", metric.resource)));
        }
    }

    /// Pods that a quota of their namespace would refuse.
    fn quota(&self, object: &Facts, hard: &[(Key, f64, crate::source::Pos)], workloads: &Workloads<'_>) {
        let own: Vec<(&Facts, &Workload)> = workloads.in_namespace(object.namespace()).collect();
        for (key, most, at) in hard {
            let (resource, in_limits) = match key.as_str() {
                "pods" => {
                    let wanted: i64 = own.iter().map(|(_, workload)| workload.replicas.0).sum();
                    if wanted as f64 > *most && *most >= 0.0 {
                        let message =
                            format!("the quota `{}` allows {most} pods, and the workloads of its namespace want {wanted}", object.id.name);
                        let largest = own.iter().max_by_key(|(_, workload)| workload.replicas.0);
                        let place = largest.map_or(object.name_at, |(_, workload)| workload.replicas.1);
                        let problem = Diagnostic::warning(code::OVER_QUOTA, *at, message).label(place, "so many here");
                        self.tell(object, problem.help("raise the quota, or lower `replicas`"));
                    }
                    continue;
                }
                name @ ("requests.cpu" | "requests.memory") => (name.trim_start_matches("requests."), false),
                name @ ("cpu" | "memory") => (name, false),
                name @ ("limits.cpu" | "limits.memory") => (name.trim_start_matches("limits."), true),
                _ => continue,
            };
            // A LimitRange gives defaults to those that ask for nothing.
            let defaults = self.beside.contains_key(&(LIMIT_RANGE, object.namespace()));
            let asked = Key::new(resource);
            let lacks = |container: &&Container| !if in_limits { &container.limits } else { &container.requests }.contains(&asked);
            let without = own.iter().find_map(|(owner, workload)| workload.containers.iter().find(lacks).map(|found| (owner, found)));
            let Some((owner, container)) = without.filter(|_| !defaults) else { continue };
            let kind = if in_limits { "limits" } else { "requests" };
            let message = format!(
                "the quota `{}` counts `{key}`, and container `{}` of `{}` has no {kind} of `{resource}`, so its pods are refused",
                object.id.name, container.name, owner.id
            );
            let problem = Diagnostic::warning(code::OVER_QUOTA, *at, message).label(container.at, "the container");
            self.tell(object, problem.help(format!("add `resources: {{{kind}: {{{resource}: …}}}}` to it, or a LimitRange with defaults")));
        }
    }
}
