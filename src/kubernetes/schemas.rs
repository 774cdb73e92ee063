//! All kinds of a cluster: those of its version and those of its CRDs.

use std::sync::{Arc, OnceLock};

use super::identity::split_api_version;
use super::kinds::{KindSchema, Presence, built_in, presence};
use super::published::published;
use super::{Version, crd};
use crate::diag::{Diagnostic, Sink, code};
use crate::source::Pos;
use crate::tree::Node;

/// The kinds that a cluster serves.
#[derive(Clone, Debug)]
pub struct Schemas {
    version: Version,
    /// Sorted by `apiVersion` and kind.
    built_in: &'static [KindSchema],
    /// In the order in which they were added; later ones win.
    custom: Vec<Arc<KindSchema>>,
    /// Whether objects of kinds that no schema knows are taken unjudged.
    allows_unknown: bool,
}

impl Schemas {
    /// The kinds that a version of Kubernetes serves by default. Costs next to nothing: the kinds are listed once per process, their
    /// structure is decoded kind by kind when it is asked for.
    pub fn bundled(version: Version) -> Arc<Schemas> {
        static ALL: OnceLock<Vec<Arc<Schemas>>> = OnceLock::new();
        let all = ALL.get_or_init(|| {
            let of = |version| Arc::new(Schemas { version, built_in: built_in(version), custom: Vec::new(), allows_unknown: false });
            Version::all().map(of).collect()
        });
        all[version.index()].clone()
    }

    /// These kinds and those that CustomResourceDefinitions define, in every version that they serve. Documents of other kinds are passed
    /// over; mistakes in a definition go to the sink.
    pub fn with_crds(&self, crds: &[Node], sink: &Sink) -> Schemas {
        let mut all = self.clone();
        all.custom.extend(crds.iter().flat_map(|node| crd::kinds(node, self.version, sink)).map(Arc::new));
        all
    }

    /// These kinds; objects of kinds that no schema knows are warned of, where they are an error else.
    pub fn allowing_unknown(&self) -> Schemas {
        Schemas { allows_unknown: true, ..self.clone() }
    }

    /// The version of Kubernetes.
    pub fn version(&self) -> Version {
        self.version
    }

    /// A kind, by its `apiVersion` and name.
    pub fn kind(&self, api_version: &str, kind: &str) -> Option<&KindSchema> {
        let custom = self.custom.iter().rev().find(|schema| schema.kind == kind && schema.api_version == api_version);
        custom.map(|schema| &**schema).or_else(|| {
            let wanted = (api_version, kind);
            let find = |table: &'static [KindSchema]| {
                let place = table.binary_search_by(|schema| (&*schema.api_version, &*schema.kind).cmp(&wanted));
                place.ok().map(|index| &table[index])
            };
            find(self.built_in).or_else(|| find(published(self.version)).filter(|schema| !self.is_replaced(schema)))
        })
    }

    /// Whether a definition that somebody named speaks of a bundled kind: then that one counts, in all versions.
    fn is_replaced(&self, bundled: &KindSchema) -> bool {
        self.custom.iter().any(|schema| schema.kind == bundled.kind && schema.group == bundled.group)
    }

    /// The kind of an object, by its `apiVersion` and `kind`.
    pub fn kind_of(&self, object: &Node) -> Option<&KindSchema> {
        self.kind(object.field("apiVersion")?.as_str()?, object.field("kind")?.as_str()?)
    }

    /// The resource of a kind, as `deployments.apps`; of a kind that nobody knows, as its author would call it.
    pub fn resource(&self, api_version: &str, kind: &str) -> String {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let plural = self.kind(api_version, kind).map_or_else(|| format!("{}s", kind.to_lowercase()), |schema| schema.plural.to_string());
        if group.is_empty() { plural } else { format!("{plural}.{group}") }
    }

    /// All kinds: the built-in ones sorted by `apiVersion` and kind, the bundled ones of operators likewise, then those of CRDs.
    pub fn kinds(&self) -> impl Iterator<Item = &KindSchema> {
        let bundled = published(self.version).iter().filter(|schema| !self.is_replaced(schema));
        self.built_in.iter().chain(bundled).chain(self.custom.iter().map(|schema| &**schema))
    }

    /// A kind by its resource, as in `deployments.apps`, or just `pods` in the core group. Of several versions the most stable wins:
    /// `v2` over `v1` over `v1beta1`.
    pub fn by_resource(&self, resource: &str) -> Option<&KindSchema> {
        let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
        self.kinds().filter(|schema| schema.plural == plural && schema.group == group).max_by_key(|schema| stability(&schema.version))
    }

    /// A kind by its name alone, if only one group has it, in its most stable version.
    pub fn by_kind(&self, kind: &str) -> Option<&KindSchema> {
        let found = self.kinds().filter(|schema| schema.kind == kind).max_by_key(|schema| stability(&schema.version))?;
        self.kinds().all(|schema| schema.kind != kind || schema.group == found.group).then_some(found)
    }

    /// Whether a group is one that Kubernetes itself serves: a kind that is missing from it does not exist, while one that is missing from
    /// another group may only lack its CRD here.
    pub fn has_group(&self, api_version: &str) -> bool {
        let (group, _) = split_api_version(api_version);
        // The group that the first Deployments and Ingresses were in.
        group == "extensions" || built_in(Version::NEWEST).iter().chain(built_in(Version::OLDEST)).any(|schema| schema.group == group)
    }

    /// What to say of an `apiVersion` and `kind` that [`Schemas::kind`] does not find, with the way out: the versions that serve it, the
    /// name or `apiVersion` that was probably meant. An error, except in groups of others where unknown kinds are allowed: there a warning that nothing
    /// can be checked.
    pub fn unknown_kind(&self, api_version: &str, kind: &str, at: Pos) -> Diagnostic {
        self.why_unknown(api_version, kind, at).unless_unread("CustomResourceDefinition", None)
    }

    fn why_unknown(&self, api_version: &str, kind: &str, at: Pos) -> Diagnostic {
        let of = |text: &str| format!("`{kind}` of `{api_version}` {text}");
        match presence(api_version, kind) {
            Presence::Served(versions) => {
                let (first, last) = (versions[0], versions[versions.len() - 1]);
                let message = of(&format!("does not exist in Kubernetes {}", self.version));
                let text = if first > self.version { format!("it exists since {first}") } else { format!("it existed until {last}") };
                return self.with_other_version(Diagnostic::error(code::UNKNOWN_KIND, at, message), kind, text);
            }
            Presence::Removed { until, instead } => {
                let message = of(&format!("was removed from Kubernetes after 1.{until}"));
                let diagnostic = Diagnostic::error(code::UNKNOWN_KIND, at, message);
                return match instead {
                    Some(instead) => diagnostic.help(format!("write `apiVersion: {instead}`")),
                    None => diagnostic.help("nothing replaces it"),
                };
            }
            Presence::Unknown => {}
        }
        if !self.has_group(api_version) {
            let message = of("is known by no schema");
            let diagnostic = if self.allows_unknown {
                Diagnostic::warning(code::UNKNOWN_KIND, at, format!("{message}, so that the object is not checked"))
            } else {
                Diagnostic::error(code::UNKNOWN_KIND, at, message)
            };
            let served: Vec<&str> = self.kinds().filter(|schema| schema.kind == kind).map(|schema| &*schema.api_version).collect();
            let (group, _) = split_api_version(api_version);
            if let Some(other) = served.iter().find(|served| split_api_version(served).0 == group) {
                return diagnostic.help(format!("write `apiVersion: {other}`"));
            }
            let names = self.kinds().filter(|schema| schema.api_version == api_version).map(|schema| &*schema.kind);
            let suggested = diagnostic.clone().suggest(kind, names);
            let suggested = if suggested.help.is_some() { suggested } else { suggested.suggest(api_version, served) };
            let help = "name the file of its CustomResourceDefinition in `crds` of the Environment or Cluster, or with `--crds`";
            return if suggested.help.is_some() { suggested } else { diagnostic.help(help) };
        }
        let diagnostic = Diagnostic::error(code::UNKNOWN_KIND, at, of(&format!("does not exist in Kubernetes {}", self.version)));
        if let Some(known) = self.kinds().find(|schema| schema.kind == kind && !schema.is_custom()).and_then(|_| self.stable_version(kind))
        {
            return diagnostic.help(format!("write `apiVersion: {known}`"));
        }
        if kind.ends_with("List") {
            return diagnostic.help("write each of its items as an object of its own");
        }
        let names = self.kinds().filter(|schema| schema.api_version == api_version).map(|schema| &*schema.kind);
        let near = diagnostic.clone().suggest(kind, names);
        if near.help.is_some() { near } else { diagnostic.suggest(kind, self.kinds().map(|schema| &*schema.kind)) }
    }

    fn with_other_version(&self, diagnostic: Diagnostic, kind: &str, text: String) -> Diagnostic {
        match self.stable_version(kind) {
            Some(other) => diagnostic.help(format!("{text}; here it is `apiVersion: {other}`")),
            None => diagnostic.help(text),
        }
    }

    /// The `apiVersion` that serves a built-in kind in this version.
    fn stable_version(&self, kind: &str) -> Option<&str> {
        let known = self.built_in.iter().filter(|schema| schema.kind == kind);
        known.max_by_key(|schema| stability(&schema.version)).map(|schema| &*schema.api_version)
    }
}

/// Orders `v1alpha1` before `v1beta2` before `v1` before `v2`, as Kubernetes does.
fn stability(version: &str) -> (u8, u32, u32) {
    let number = |text: &str| text.parse().unwrap_or(0);
    let text = version.strip_prefix('v').unwrap_or(version);
    for (rank, word) in [(0, "alpha"), (1, "beta")] {
        if let Some((major, minor)) = text.split_once(word) {
            return (rank, number(major), number(minor));
        }
    }
    (2, number(text), 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Severity;

    fn schemas(version: &str) -> Arc<Schemas> {
        Schemas::bundled(Version::parse(version).unwrap())
    }

    #[test]
    fn kinds_are_found_by_name_and_by_resource() {
        let schemas = schemas("1.34");
        let deployment = schemas.kind("apps/v1", "Deployment").unwrap();
        assert_eq!(
            (&*deployment.group, &*deployment.version, &*deployment.plural, deployment.namespaced),
            ("apps", "v1", "deployments", true)
        );
        assert!(std::ptr::eq(schemas.by_resource("deployments.apps").unwrap(), deployment));
        assert_eq!(&*schemas.by_resource("horizontalpodautoscalers.autoscaling").unwrap().version, "v2");
        assert_eq!(&*schemas.by_resource("pods").unwrap().kind, "Pod");
        assert!(schemas.by_resource("pods.apps").is_none() && schemas.kind("v1", "Deployment").is_none());
        assert!(!schemas.kind("v1", "Namespace").unwrap().namespaced);
        assert_eq!(&*schemas.by_kind("HorizontalPodAutoscaler").unwrap().api_version, "autoscaling/v2");
        assert!(schemas.by_kind("Event").is_none(), "two groups have events");
    }

    #[test]
    fn every_listed_kind_is_found() {
        for version in Version::all() {
            let schemas = Schemas::bundled(version);
            assert!(schemas.kinds().count() >= 57, "{version}");
            for kind in schemas.kinds() {
                assert!(std::ptr::eq(schemas.kind(&kind.api_version, &kind.kind).unwrap(), kind));
            }
        }
    }

    fn said(version: &str, api_version: &str, kind: &str) -> (Severity, String) {
        let diagnostic = schemas(version).unknown_kind(api_version, kind, Pos::NOWHERE);
        (diagnostic.severity, format!("{}; {}", diagnostic.message, diagnostic.help.unwrap_or_default()))
    }

    #[test]
    fn an_unknown_kind_gets_the_way_out() {
        for (version, api_version, kind, expected) in [
            (
                "1.34",
                "extensions/v1beta1",
                "Ingress",
                "`Ingress` of `extensions/v1beta1` was removed from Kubernetes after 1.21; write `apiVersion: networking.k8s.io/v1`",
            ),
            (
                "1.34",
                "policy/v1beta1",
                "PodSecurityPolicy",
                "`PodSecurityPolicy` of `policy/v1beta1` was removed from Kubernetes after 1.24; nothing replaces it",
            ),
            (
                "1.33",
                "networking.k8s.io/v1",
                "Ingres",
                "`Ingres` of `networking.k8s.io/v1` does not exist in Kubernetes 1.33; did you mean `Ingress`?",
            ),
            ("1.33", "v1", "Deployment", "`Deployment` of `v1` does not exist in Kubernetes 1.33; write `apiVersion: apps/v1`"),
            (
                "1.31",
                "resource.k8s.io/v1",
                "DeviceClass",
                "`DeviceClass` of `resource.k8s.io/v1` does not exist in Kubernetes 1.31; it exists since 1.34",
            ),
            ("1.34", "apps/v1", "Deploymnet", "`Deploymnet` of `apps/v1` does not exist in Kubernetes 1.34; did you mean `Deployment`?"),
        ] {
            assert_eq!(said(version, api_version, kind), (Severity::Error, expected.to_owned()));
        }
        for (api_version, kind, help) in [
            ("example.com/v1", "Widget", "name the file of its CustomResourceDefinition"),
            ("cert-manager.io/v1alpha2", "Certificate", "write `apiVersion: cert-manager.io/v1`"),
            ("cert-manager.io/v1", "Certifcate", "did you mean `Certificate`?"),
        ] {
            let (severity, text) = said("1.34", api_version, kind);
            assert_eq!(severity, Severity::Error);
            assert!(text.contains(&format!("is known by no schema; {help}")), "{text}");
            let allowed = schemas("1.34").allowing_unknown().unknown_kind(api_version, kind, Pos::NOWHERE);
            assert_eq!(allowed.severity, Severity::Warning);
            assert!(allowed.message.ends_with("so that the object is not checked"), "{}", allowed.message);
        }
    }

    #[test]
    fn versions_are_ordered_by_stability() {
        let mut versions = ["v1", "v1alpha1", "v2", "v1beta2", "v1beta1"];
        versions.sort_by_key(|version| stability(version));
        assert_eq!(versions, ["v1alpha1", "v1beta1", "v1beta2", "v1", "v2"]);
    }
}
