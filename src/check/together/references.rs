//! References to other objects, and to parts of them.

use rustc_hash::FxHashSet;

use super::asks::{Ask, Part, Target};
use super::facts::{Facts, Has};
use super::{Extent, External, Place, place_of};
use crate::diag::{Diagnostic, code, did_you_mean};
use crate::tree::Key;

/// Objects that Kubernetes makes in every namespace.
const GIVEN: [(&str, &str); 2] = [("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")];

impl Place<'_> {
    /// Judges what all objects name.
    pub(super) fn references(&self) {
        for object in self.objects {
            let mut told = FxHashSet::default();
            for ask in &object.asks {
                let namespace = ask.namespace.as_deref().unwrap_or(object.namespace());
                match self.find(ask.target(), namespace, &ask.name) {
                    // Of two, one has to go first: that is told, and which of them is meant nobody knows.
                    Some(found) if self.is_several(found) => {}
                    Some(found) => self.part(object, ask, found),
                    // A name that stands in several places is told once, where it stands first.
                    None if !ask.optional && told.insert((ask.target(), namespace, &*ask.name)) => self.missing(object, ask, namespace),
                    None => {}
                }
            }
        }
    }

    fn is_several(&self, found: &Facts) -> bool {
        let (target, namespace) = (found.target(), found.namespace());
        let identity = (target, if target.is_global() { "" } else { namespace }, &*found.id.name);
        self.setting.extent != Extent::Files && self.several.contains(&identity)
    }

    fn missing(&self, object: &Facts, ask: &Ask, namespace: &str) {
        let (target, name) = (ask.target(), &*ask.name);
        if GIVEN.contains(&(target.kind, name)) || self.is_external(target, namespace, name) || self.is_made(target, namespace, name) {
            return;
        }
        let what = format!("{} `{name}`", target.kind);
        if let Some(other) = self.anywhere.get(&(target, name)) {
            let message = format!("the {what} is in the namespace `{}`, and is looked for in `{namespace}`", other.namespace());
            let problem = Diagnostic::warning(code::MISSING_REFERENCE, ask.at, message).label(other.name_at, "here");
            return self.tell(object, problem.help("put both into one namespace, or name the namespace where that can be done"));
        }
        let beside = self.beside.get(&(target, place_of(target, namespace))).into_iter().flatten();
        let meant = beside.map(|other| &*other.id.name).filter(|other| is_near(name, other));
        let meant = did_you_mean(name, meant.collect::<Vec<_>>());
        let whole = self.setting.extent == Extent::Project && !target.is_of_cluster();
        if meant.is_none() && !whole {
            return;
        }
        let message =
            format!("there is no {what}{}", if target.is_global() { String::new() } else { format!(" in the namespace `{namespace}`") });
        let problem = Diagnostic::warning(code::MISSING_REFERENCE, ask.at, message);
        let problem = match meant {
            Some(best) => {
                let mut problem = problem.help(format!("did you mean `{best}`?"));
                problem.replacement = Some(best.to_owned());
                problem
            }
            None => {
                let (kind, namespace) = (target.kind.to_owned(), namespace.to_owned());
                self.unmet.borrow_mut().push(External { kind, namespace: Some(namespace.clone()), name: name.to_owned() });
                let known = format!("{{kind: {}, namespace: {namespace}, name: {name}}}", target.kind);
                let component = if target.kind == "Secret" { ", or in `secrets` of the component" } else { "" };
                problem.help(format!("if it exists outside, list it in `external` of the Project: `{known}`{component}"))
            }
        };
        self.tell(object, problem);
    }

    fn is_external(&self, target: Target<'_>, namespace: &str, name: &str) -> bool {
        let is = |object: &External| {
            object.kind == target.kind && object.name == name && object.namespace.as_deref().is_none_or(|of| of == namespace)
        };
        self.setting.external.iter().any(is)
    }

    /// Whether another object makes it: Secrets are often made by an operator of the cluster, mostly under the name of what asks for them.
    fn is_made(&self, target: Target<'_>, namespace: &str, name: &str) -> bool {
        if target.kind != "Secret" && target.kind != "ConfigMap" {
            return false;
        }
        self.custom.get(namespace).into_iter().flatten().any(|object| name.starts_with(&*object.id.name))
    }

    /// Judges a part of what was found.
    fn part(&self, object: &Facts, ask: &Ask, found: &Facts) {
        let Some((part, at)) = &ask.part else { return };
        let what = format!("{} `{}`", found.id.kind, found.id.name);
        let (message, known, otherwise): (String, Vec<&str>, &str) = match (part, &found.has) {
            (Part::Key(key), Has::Keys(keys)) if !ask.optional => {
                if keys.contains(&Key::new(key)) {
                    return;
                }
                let known = keys.iter().map(|key| key.as_str()).collect();
                (format!("the {what} has no key `{key}`"), known, "add the key there, or name another one")
            }
            (Part::PortName(name), Has::Service(service)) => {
                if service.ports.iter().any(|port| port.name.as_deref() == Some(name)) {
                    return;
                }
                let known = service.ports.iter().filter_map(|port| port.name.as_deref()).collect();
                (format!("the {what} has no port `{name}`"), known, "give its port this name, or name another one")
            }
            (Part::PortNumber(number), Has::Service(service)) => {
                if service.ports.iter().any(|port| port.number == Some(*number)) || service.ports.is_empty() {
                    return;
                }
                let ports: Vec<String> = service.ports.iter().filter_map(|port| port.number).map(|port| format!("`{port}`")).collect();
                let message = format!("the {what} has no port {number}");
                let problem = Diagnostic::warning(code::BROKEN_REFERENCE, *at, message).label(found.name_at, "the Service");
                return self
                    .tell(object, problem.help(format!("its ports are {}; that of the container is behind them", ports.join(", "))));
            }
            (Part::Headless, Has::Service(service)) => {
                if !service.is_headless {
                    let message = format!("the {what} governs the pods of StatefulSet `{}`, and is not headless", object.id.name);
                    let problem = Diagnostic::warning(code::BROKEN_REFERENCE, *at, message).label(found.name_at, "the Service");
                    self.tell(object, problem.help("add `clusterIP: None` to it, so that each pod has a name of its own"));
                }
                return;
            }
            (Part::Storage(wanted), Has::Storage(Some((size, size_at)))) => {
                if wanted > size {
                    let message = format!("{} `{}` wants more than the {what} has", object.id.kind, object.id.name);
                    let problem = Diagnostic::warning(code::BROKEN_REFERENCE, *at, message).label(*size_at, "its size");
                    self.tell(object, problem.help("ask for less, or make the volume larger"));
                }
                return;
            }
            _ => return,
        };
        let problem = Diagnostic::warning(code::BROKEN_REFERENCE, *at, message).label(found.name_at, format!("the {}", found.id.kind));
        let name = match part {
            Part::Key(name) | Part::PortName(name) => &**name,
            _ => "",
        };
        let problem = match did_you_mean(name, known) {
            Some(best) => problem.help(format!("did you mean `{best}`?")),
            None => problem.help(otherwise),
        };
        self.tell(object, problem);
    }
}

/// Whether a name is another one, misspelt: one slip apart, and not in a digit, which tells numbered things apart.
fn is_near(name: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace(['-', '.', '_'], "").to_ascii_lowercase();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    plain(name) == plain(other) || name.len() > 4 && digits(name) == digits(other) && strsim::damerau_levenshtein(name, other) == 1
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn slips_are_told_from_other_names() {
        assert!(is_near("orders-confg", "orders-config") && is_near("ordersconfig", "orders-config") && is_near("oredrs", "orders"));
        assert!(!is_near("orders-v1", "orders-v2") && !is_near("orders", "payments") && !is_near("app", "api"));
    }
}
