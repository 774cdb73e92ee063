//! Where a field that is left out makes an object mean more: select more, allow more, or grant more.

/// Fields that choose objects: an empty or absent one chooses more, wherever it stands.
const SELECTORS: &[&str] = &["labelSelector", "matchExpressions", "matchLabels", "namespaceSelector", "podSelector", "selector"];

/// Below these paths every field narrows. `[]`: any item.
const PLACES: &[(&str, &[&str], &str)] = &[
    ("NetworkPolicy", &["spec", "ingress", "[]", "from"], "the policy"),
    ("NetworkPolicy", &["spec", "ingress", "[]", "ports"], "the policy"),
    ("NetworkPolicy", &["spec", "egress", "[]", "to"], "the policy"),
    ("NetworkPolicy", &["spec", "egress", "[]", "ports"], "the policy"),
    ("ClusterRole", &["rules", "[]"], "the role"),
    ("ClusterRole", &["aggregationRule"], "the role"),
    ("Role", &["rules", "[]"], "the role"),
    ("ClusterRoleBinding", &["subjects"], "the binding"),
    ("ClusterRoleBinding", &["roleRef"], "the binding"),
    ("RoleBinding", &["subjects"], "the binding"),
    ("RoleBinding", &["roleRef"], "the binding"),
];

/// Sources of a volume: without its fields a source is another one, or the whole of it.
const VOLUME_SOURCES: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "hostPath",
    "iscsi",
    "nfs",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// What would mean more if the field at `path` were left out of an object of `kind`. Keys of the path; `[]` for items of lists.
pub fn narrows(kind: Option<&str>, path: &[&str]) -> Option<&'static str> {
    for (index, key) in path.iter().enumerate() {
        if SELECTORS.contains(key) {
            return Some("the selector");
        }
        // `volumes[].secret…`; where a template names its volumes, the path begins at the item.
        let in_list = index >= 1 && path[index - 1] == "[]" && (index == 1 || path[index - 2] == "volumes");
        if in_list && VOLUME_SOURCES.contains(key) {
            return Some("the volume");
        }
    }
    let kind = kind?;
    let below = |place: &[&str]| path.len() >= place.len() && path.iter().zip(place).all(|(a, b)| a == b);
    PLACES.iter().find(|(of, place, _)| *of == kind && below(place)).map(|(_, _, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::narrows;

    #[test]
    fn fields_that_narrow_are_known_by_kind_and_path() {
        let policy = Some("NetworkPolicy");
        assert_eq!(narrows(policy, &["spec", "ingress", "[]", "from", "[]", "ipBlock", "cidr"]), Some("the policy"));
        assert_eq!(narrows(Some("Ingress"), &["spec", "ingress", "[]", "from"]), None);
        assert_eq!(narrows(policy, &["spec", "policyTypes"]), None);
        assert_eq!(narrows(None, &["spec", "selector", "matchLabels", "app"]), Some("the selector"));
        assert_eq!(narrows(Some("Role"), &["rules", "[]", "resourceNames"]), Some("the role"));
        assert_eq!(narrows(Some("Ingress"), &["spec", "rules", "[]", "host"]), None);
        assert_eq!(narrows(None, &["spec", "volumes", "[]", "secret", "items"]), Some("the volume"));
        assert_eq!(narrows(None, &["[]", "emptyDir", "medium"]), Some("the volume"), "a list of volumes that has a name");
        assert_eq!(narrows(None, &["spec", "containers", "[]", "image"]), None);
    }
}
