//! Stable paths: an object's file name says which object it is, and nothing else does.

/// What a file name is made of.
#[derive(Clone, Copy, Debug)]
pub struct FileName<'a> {
    /// Kind of the object.
    pub kind: &'a str,
    /// API group, for kinds that are not Kubernetes' own.
    pub custom_group: Option<&'a str>,
    /// Its namespace, where that is not the unit's.
    pub foreign_namespace: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
}

/// `<kind>-<name>.yaml`; a kind of a CRD is `<kind>.<group>-<name>.yaml`; an object outside of the unit's namespace has
/// `<namespace>_` in front. Characters that a file name cannot have on some system are escaped as `%XX`.
pub fn file_name(object: FileName<'_>) -> String {
    let mut text = String::with_capacity(64);
    if let Some(namespace) = object.foreign_namespace {
        escape(namespace, &mut text);
        text.push('_');
    }
    escape(&object.kind.to_ascii_lowercase(), &mut text);
    if let Some(group) = object.custom_group {
        text.push('.');
        escape(group, &mut text);
    }
    text.push('-');
    escape(object.name, &mut text);
    text.push_str(".yaml");
    text
}

/// `[<environment>/][<cluster>/]<unit>`; a place without a name has no directory of its own.
pub fn unit_directory(environment: &str, cluster: Option<&str>, unit: &str) -> String {
    let parts = [Some(environment).filter(|name| !name.is_empty()), cluster, Some(unit)];
    parts.into_iter().flatten().collect::<Vec<_>>().join("/")
}

/// The directory in which units are that bring others to a cluster: `_delivery/<way>/<project>`, so that several projects can share a place.
const DELIVERY: &str = "_delivery";

/// The name of the unit of a delivery, in the directory of its environment and cluster.
pub fn delivery_unit(way: &str, project: &str) -> String {
    format!("{DELIVERY}/{way}/{project}")
}

/// The directory of a unit as its environment and cluster, and its name: `prod/eu-1` and `orders`, or `_delivery/…`.
pub fn split_unit(directory: &str) -> (&str, &str) {
    if directory.split('/').next() == Some(DELIVERY) {
        return ("", directory);
    }
    let start = directory.find("/_delivery/").or_else(|| directory.rfind('/'));
    start.map_or(("", directory), |start| (&directory[..start], &directory[start + 1..]))
}

/// Whether the directory is one of a delivery.
pub fn is_delivery(directory: &str) -> bool {
    split_unit(directory).1.starts_with("_delivery/")
}

/// RBAC names may hold `:` and other characters that Windows refuses; `%` itself is escaped so that names stay distinct, and `_`
/// because it ends a namespace.
fn escape(text: &str, out: &mut String) {
    use std::fmt::Write;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') {
            out.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_a_place_and_a_unit() {
        assert_eq!(split_unit("prod/eu-1/orders"), ("prod/eu-1", "orders"));
        assert_eq!(split_unit("orders"), ("", "orders"));
        let unit = delivery_unit("by-hand", "shop");
        assert_eq!(split_unit(&format!("prod/{unit}")), ("prod", &*unit));
        assert_eq!(split_unit(&unit), ("", &*unit));
    }

    #[test]
    fn names_say_which_object_it_is() {
        let name = |kind, custom_group, foreign_namespace, name| file_name(FileName { kind, custom_group, foreign_namespace, name });
        assert_eq!(name("Deployment", None, None, "orders"), "deployment-orders.yaml");
        assert_eq!(
            name("ServiceMonitor", Some("monitoring.coreos.com"), None, "orders"),
            "servicemonitor.monitoring.coreos.com-orders.yaml"
        );
        assert_eq!(name("Role", None, Some("kube-system"), "a"), "kube-system_role-a.yaml");
        assert_eq!(name("ClusterRole", None, None, "shop:reader_all%"), "clusterrole-shop%3Areader%5Fall%25.yaml");
        assert_eq!(name("ClusterRole", None, None, "../é"), "clusterrole-..%2F%C3%A9.yaml");
    }
}
