//! The kinds: which there are in which version, and the shapes of each, decoded when they are first asked for.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::Version;
use super::definition::{self, has_version, lines_of};
use super::identity::split_api_version;
use super::published;
use crate::shape::Shapes;

/// One kind a line, sorted: `apiVersion TAB kind TAB versions TAB plural TAB scope TAB definition`.
const KINDS: &str = include_str!("../../schemas/kubernetes/kinds.txt");
/// One removed kind a line, sorted: `apiVersion TAB kind TAB last minor TAB apiVersion that replaces it, or nothing`.
const REMOVED: &str = include_str!("../../schemas/kubernetes/removed.txt");

/// One deprecated kind a line, sorted: `apiVersion TAB kind TAB minor that deprecates it TAB minor that removes it TAB apiVersion and TAB kind to use instead`.
const DEPRECATED: &str = include_str!("../../schemas/kubernetes/deprecated.txt");

/// What is known of one kind.
#[derive(Debug)]
pub struct KindSchema {
    /// The API group; empty for the core group.
    pub group: Cow<'static, str>,
    /// The version of the group.
    pub version: Cow<'static, str>,
    /// The kind.
    pub kind: Cow<'static, str>,
    /// The name of the resource, as in `deployments.apps`.
    pub plural: Cow<'static, str>,
    /// `apps/v1`; `v1` in the core group.
    pub api_version: Cow<'static, str>,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// What to know of it if it should no longer be used.
    pub deprecated: Option<Deprecation>,
    structure: Structure,
}

/// A kind that should no longer be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deprecation {
    /// Since which minor version of Kubernetes 1, for kinds of its own.
    pub since: Option<u8>,
    /// The minor version of Kubernetes 1 that no longer serves it, if one is known.
    pub removed: Option<u8>,
    /// What to use instead, as `apiVersion` and kind (the same kind, if empty).
    pub instead: Option<(Cow<'static, str>, Cow<'static, str>)>,
    /// What its authors say of it.
    pub said: Option<Box<str>>,
}

#[derive(Debug)]
enum Structure {
    Bundled { definition: &'static str, version: Version, shapes: OnceLock<Arc<Shapes>> },
    Custom(Arc<Shapes>),
    Published { project: &'static str, schema: &'static str, version: Version, shapes: OnceLock<Arc<Shapes>> },
}

/// Where the schema of a kind comes from.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum KindSource {
    /// Kubernetes itself.
    Kubernetes,
    /// The bundled definitions of this project.
    Bundled(&'static str),
    /// A CustomResourceDefinition that somebody named.
    Definition,
}

impl KindSchema {
    /// A kind of a CRD.
    pub(super) fn custom(group: &str, version: &str, kind: &str, plural: &str, namespaced: bool, shapes: Shapes) -> KindSchema {
        KindSchema {
            group: group.to_owned().into(),
            version: version.to_owned().into(),
            kind: kind.to_owned().into(),
            plural: plural.to_owned().into(),
            api_version: format!("{group}/{version}").into(),
            namespaced,
            deprecated: None,
            structure: Structure::Custom(Arc::new(shapes)),
        }
    }

    /// A kind of a bundled definition, from a line of its table.
    #[allow(clippy::too_many_arguments, reason = "one per column")]
    pub(super) fn published(
        api_version: &'static str,
        kind: &'static str,
        plural: &'static str,
        namespaced: bool,
        project: &'static str,
        schema: &'static str,
        instead: &'static str,
        version: Version,
    ) -> KindSchema {
        let (group, api) = split_api_version(api_version);
        let deprecated = (!instead.is_empty()).then(|| Deprecation {
            since: None,
            removed: None,
            instead: (instead != "-").then(|| (instead.into(), "".into())),
            said: None,
        });
        KindSchema {
            group: group.into(),
            version: api.into(),
            kind: kind.into(),
            plural: plural.into(),
            api_version: api_version.into(),
            namespaced,
            deprecated,
            structure: Structure::Published { project, schema, version, shapes: OnceLock::new() },
        }
    }

    /// The structure of its objects; the root of the table is the object. Decoded on first use.
    pub fn shapes(&self) -> &Arc<Shapes> {
        match &self.structure {
            Structure::Custom(shapes) => shapes,
            Structure::Published { project, schema, version, shapes } => {
                shapes.get_or_init(|| Arc::new(published::shapes(project, schema, *version)))
            }
            Structure::Bundled { definition, version, shapes } => shapes.get_or_init(|| Arc::new(definition::decode(definition, *version))),
        }
    }

    /// Whether it comes from a CRD.
    pub fn is_custom(&self) -> bool {
        !matches!(self.structure, Structure::Bundled { .. })
    }

    /// Where its schema comes from.
    pub fn source(&self) -> KindSource {
        match &self.structure {
            Structure::Bundled { .. } => KindSource::Kubernetes,
            Structure::Published { project, .. } => KindSource::Bundled(project),
            Structure::Custom(_) => KindSource::Definition,
        }
    }
}

/// The built-in kinds of a version, sorted by `apiVersion` and kind.
pub(super) fn built_in(version: Version) -> &'static [KindSchema] {
    const COUNT: usize = Version::NEWEST.index() + 1;
    static TABLES: [OnceLock<Vec<KindSchema>>; COUNT] = [const { OnceLock::new() }; COUNT];
    TABLES[version.index()].get_or_init(|| KINDS.lines().filter_map(|line| read(line, version)).collect())
}

fn read(line: &'static str, version: Version) -> Option<KindSchema> {
    let mut columns = line.split('\t');
    let (api_version, kind, bitmap) = (columns.next()?, columns.next()?, columns.next()?);
    if !has_version(bitmap, version) {
        return None;
    }
    let (plural, scope, definition) = (columns.next()?, columns.next()?, columns.next()?);
    let (group, api) = split_api_version(api_version);
    Some(KindSchema {
        group: group.into(),
        version: api.into(),
        kind: kind.into(),
        plural: plural.into(),
        api_version: api_version.into(),
        namespaced: scope == "namespaced",
        deprecated: deprecation(api_version, kind).filter(|deprecation| deprecation.since.is_some_and(|since| since <= version.minor())),
        structure: Structure::Bundled { definition, version, shapes: OnceLock::new() },
    })
}

fn deprecation(api_version: &str, kind: &str) -> Option<Deprecation> {
    let mut lines = DEPRECATED.lines().map(|line| line.split('\t'));
    let mut columns = lines.find(|columns| columns.clone().take(2).eq([api_version, kind]))?.skip(2);
    let (since, removed) = (columns.next()?.parse().ok(), columns.next()?.parse().ok());
    let instead = (columns.next()?, columns.next()?);
    let instead = (!instead.0.is_empty()).then(|| (instead.0.into(), instead.1.into()));
    Some(Deprecation { since, removed, instead, said: None })
}

/// In which versions Kubernetes itself serves a kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Presence {
    /// In these of the known versions, oldest first; never empty.
    Served(Vec<Version>),
    /// No longer in any known version.
    Removed {
        /// The last minor version of Kubernetes 1 that served it.
        until: u8,
        /// The `apiVersion` that serves the kind since, if one does.
        instead: Option<&'static str>,
    },
    /// Never, as far as is known.
    Unknown,
}

/// In which versions Kubernetes itself serves a kind.
pub fn presence(api_version: &str, kind: &str) -> Presence {
    let second = |line: &&str| line.split('\t').nth(1) == Some(kind);
    let mut served: Vec<Version> = lines_of(KINDS, api_version)
        .filter(second)
        .filter_map(|line| line.split('\t').nth(2))
        .flat_map(|bitmap| Version::all().filter(move |version| has_version(bitmap, *version)))
        .collect();
    served.sort();
    if !served.is_empty() {
        return Presence::Served(served);
    }
    let removed = lines_of(REMOVED, api_version).find(second).and_then(|line| {
        let mut columns = line.split('\t').skip(2);
        let until = columns.next()?.parse().ok()?;
        Some(Presence::Removed { until, instead: columns.next().filter(|instead| !instead.is_empty()) })
    });
    removed.unwrap_or(Presence::Unknown)
}
