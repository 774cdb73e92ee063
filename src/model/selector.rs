//! The one grammar by which documents say what they apply to, and how specific that is.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::glob::{glob_matches, is_glob};
use super::{Name, Spanned};
use crate::source::Pos;

/// What a document applies to; a dimension that is absent matches all.
#[derive(Clone, Debug, Default)]
pub struct Selector {
    /// `applications`, `applicationSelector`
    pub applications: Dimension,
    /// `components`, `componentSelector`
    pub components: Dimension,
    /// `componentTypes`
    pub component_types: Dimension,
    /// `environments`, `environmentSelector`
    pub environments: Dimension,
    /// `clusters`, `clusterSelector`
    pub clusters: Dimension,
}

/// One dimension: names (globs allowed), labels, or both (both must match).
#[derive(Clone, Debug, Default)]
pub struct Dimension {
    /// The list of names.
    pub names: Option<NameSelector>,
    /// The label selector.
    pub labels: Option<LabelSelector>,
}

/// A list of names or globs, not empty.
#[derive(Clone, Debug)]
pub struct NameSelector {
    /// The names as written.
    pub names: Vec<Name>,
    /// Where the list stands.
    pub at: Pos,
}

/// A label selector, as Kubernetes' own, not empty.
#[derive(Clone, Debug)]
pub struct LabelSelector {
    /// All of these must hold; `matchLabels` are rules with [`Operator::In`] and one value.
    pub rules: Vec<LabelRule>,
    /// Where the selector stands.
    pub at: Pos,
}

/// One rule of a label selector.
#[derive(Clone, Debug)]
pub struct LabelRule {
    /// The label.
    pub key: Name,
    /// How it is judged.
    pub operator: Operator,
    /// The values of `In` and `NotIn`.
    pub values: Vec<Name>,
}

/// How a label is judged.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Operator {
    /// Has one of the values.
    In,
    /// Has none of the values, or is absent.
    NotIn,
    /// Is there.
    Exists,
    /// Is not there.
    DoesNotExist,
}

impl Operator {
    /// The name as documents spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Operator::In => "In",
            Operator::NotIn => "NotIn",
            Operator::Exists => "Exists",
            Operator::DoesNotExist => "DoesNotExist",
        }
    }
}

/// Something that a selector is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its labels.
    pub labels: &'a [(Arc<str>, Spanned<Arc<str>>)],
}

/// One component in one unit: what a whole selector is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The application.
    pub application: Candidate<'a>,
    /// The component; `None` asks about the rest only (whether a document can apply to an environment at all).
    pub component: Option<Candidate<'a>>,
    /// The component's type.
    pub component_type: Option<&'a str>,
    /// The environment.
    pub environment: Candidate<'a>,
    /// The cluster; `None` where the environment has no clusters.
    pub cluster: Option<Candidate<'a>>,
}

/// How narrow one dimension is.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Narrowness {
    /// The dimension is absent: all match.
    #[default]
    All,
    /// A label selector or a glob matched.
    Selector,
    /// A name matched, letter by letter.
    Name,
}

/// How specific a selector is where it matched: applications, components, component types, environments, clusters.
///
/// Only partly ordered: one is greater than another if it is at least as narrow in every dimension and narrower in one.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Specificity(pub [Narrowness; 5]);

impl Specificity {
    /// A document that names the component and nothing else: what an Application's inline list of traits counts as.
    pub const ONE_COMPONENT: Specificity =
        Specificity([Narrowness::All, Narrowness::Name, Narrowness::All, Narrowness::All, Narrowness::All]);

    /// Whether the component itself was named, letter by letter.
    pub fn names_component(&self) -> bool {
        self.0[1] == Narrowness::Name
    }
}

impl PartialOrd for Specificity {
    fn partial_cmp(&self, other: &Specificity) -> Option<Ordering> {
        let mut result = Ordering::Equal;
        for (mine, theirs) in self.0.iter().zip(&other.0) {
            match (result, mine.cmp(theirs)) {
                (_, Ordering::Equal) => {}
                (Ordering::Equal, order) => result = order,
                (before, order) if before != order => return None,
                _ => {}
            }
        }
        Some(result)
    }
}

/// Why a selector did not match; its text is a phrase for people.
#[derive(Clone, Debug)]
pub struct Mismatch<'a> {
    /// The field that did not match, as `environments` or `componentSelector`.
    pub field: &'static str,
    /// Where the list, or the rule, stands.
    pub at: Pos,
    wanted: Wanted<'a>,
    found: Option<&'a str>,
}

#[derive(Clone, Debug)]
enum Wanted<'a> {
    Names(&'a NameSelector),
    Label(&'a LabelRule),
    /// The environment has no clusters.
    Clusters,
}

impl fmt::Display for Mismatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, names: &[Name]| {
            names.iter().enumerate().try_for_each(|(index, name)| write!(f, "{}`{name}`", if index == 0 { "" } else { ", " }))
        };
        match &self.wanted {
            Wanted::Names(names) => {
                write!(f, "`{}` lists ", self.field)?;
                list(f, &names.names)?;
                if let Some(found) = self.found { write!(f, ", not `{found}`") } else { Ok(()) }
            }
            Wanted::Label(rule) => {
                let key = &rule.key;
                match rule.operator {
                    Operator::In => write!(f, "`{}` wants the label `{key}` to be ", self.field)?,
                    Operator::NotIn => write!(f, "`{}` wants the label `{key}` not to be ", self.field)?,
                    Operator::Exists => return write!(f, "`{}` wants the label `{key}`, which is absent", self.field),
                    Operator::DoesNotExist => write!(f, "`{}` wants no label `{key}`", self.field)?,
                }
                list(f, &rule.values)?;
                match self.found {
                    Some(found) if rule.operator != Operator::NotIn || rule.values.len() > 1 => write!(f, "; it is `{found}`"),
                    Some(_) => Ok(()),
                    None => f.write_str("; it is absent"),
                }
            }
            Wanted::Clusters => write!(f, "`{}` wants a cluster, and the environment has none", self.field),
        }
    }
}

impl LabelRule {
    /// Whether the labels fulfil the rule.
    pub fn matches(&self, labels: &[(Arc<str>, Spanned<Arc<str>>)]) -> bool {
        let found = find(labels, &self.key);
        let listed = || found.is_some_and(|found| self.values.iter().any(|value| &*value.value == found));
        match self.operator {
            Operator::In => listed(),
            Operator::NotIn => !listed(),
            Operator::Exists => found.is_some(),
            Operator::DoesNotExist => found.is_none(),
        }
    }
}

fn find<'a>(labels: &'a [(Arc<str>, Spanned<Arc<str>>)], key: &str) -> Option<&'a str> {
    labels.iter().find(|(known, _)| &**known == key).map(|(_, value)| &*value.value)
}

impl Dimension {
    /// Whether it says nothing.
    pub fn is_absent(&self) -> bool {
        self.names.is_none() && self.labels.is_none()
    }

    fn judge<'a>(&'a self, fields: [&'static str; 2], candidate: Candidate<'a>) -> Result<Narrowness, Mismatch<'a>> {
        let mut narrowness = Narrowness::All;
        if let Some(names) = &self.names {
            let fitting = names.names.iter().filter(|name| glob_matches(name, candidate.name));
            let best = fitting.map(|name| if is_glob(name) { Narrowness::Selector } else { Narrowness::Name }).max();
            narrowness =
                best.ok_or(Mismatch { field: fields[0], at: names.at, wanted: Wanted::Names(names), found: Some(candidate.name) })?;
        }
        if let Some(labels) = &self.labels {
            if let Some(rule) = labels.rules.iter().find(|rule| !rule.matches(candidate.labels)) {
                let found = find(candidate.labels, &rule.key);
                return Err(Mismatch { field: fields[1], at: rule.key.at, wanted: Wanted::Label(rule), found });
            }
            narrowness = narrowness.max(Narrowness::Selector);
        }
        Ok(narrowness)
    }
}

impl Selector {
    /// Whether it says nothing, and so matches all.
    pub fn is_absent(&self) -> bool {
        [&self.applications, &self.components, &self.component_types, &self.environments, &self.clusters]
            .into_iter()
            .all(Dimension::is_absent)
    }

    /// How specific the selector is for the subject, or why it does not match. What the subject leaves open (`None`) is not asked, but for
    /// a cluster: a selector of clusters does not match where there are none.
    ///
    /// # Errors
    /// The first dimension that does not match, in the order applications, environments, clusters, components, component types.
    pub fn judge<'a>(&'a self, subject: &Subject<'a>) -> Result<Specificity, Mismatch<'a>> {
        let applications = self.applications.judge(["applications", "applicationSelector"], subject.application)?;
        let environments = self.environments.judge(["environments", "environmentSelector"], subject.environment)?;
        let clusters = match subject.cluster {
            Some(cluster) => self.clusters.judge(["clusters", "clusterSelector"], cluster)?,
            None if self.clusters.is_absent() => Narrowness::All,
            None => {
                let (field, at) = match (&self.clusters.names, &self.clusters.labels) {
                    (Some(names), _) => ("clusters", names.at),
                    (None, Some(labels)) => ("clusterSelector", labels.at),
                    (None, None) => ("clusters", Pos::NOWHERE),
                };
                return Err(Mismatch { field, at, wanted: Wanted::Clusters, found: None });
            }
        };
        let components = match subject.component {
            Some(component) => self.components.judge(["components", "componentSelector"], component)?,
            None => Narrowness::All,
        };
        let component_types = match subject.component_type {
            Some(name) => self.component_types.judge(["componentTypes", "componentTypes"], Candidate { name, labels: &[] })?,
            None => Narrowness::All,
        };
        Ok(Specificity([applications, components, component_types, environments, clusters]))
    }

    /// Whether it matches the subject.
    pub fn matches(&self, subject: &Subject<'_>) -> bool {
        self.judge(subject).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Spanned::new(text.into(), Pos::NOWHERE)
    }

    fn names(list: &[&str]) -> Dimension {
        Dimension { names: Some(NameSelector { names: list.iter().map(|n| name(n)).collect(), at: Pos::new(7) }), labels: None }
    }

    fn label(key: &str, operator: Operator, values: &[&str]) -> Dimension {
        let rule = LabelRule { key: name(key), operator, values: values.iter().map(|v| name(v)).collect() };
        Dimension { names: None, labels: Some(LabelSelector { rules: vec![rule], at: Pos::new(9) }) }
    }

    fn in_prod(selector: &Selector) -> Result<Specificity, String> {
        let labels = [("tier".into(), name("backend"))];
        let subject = Subject {
            application: Candidate { name: "shop", labels: &[] },
            component: Some(Candidate { name: "orders", labels: &labels }),
            component_type: Some("webservice"),
            environment: Candidate { name: "prod", labels: &[] },
            cluster: None,
        };
        selector.judge(&subject).map_err(|mismatch| mismatch.to_string())
    }

    #[test]
    fn an_absent_selector_matches_all_and_is_least_specific() {
        assert!(Selector::default().is_absent());
        assert_eq!(in_prod(&Selector::default()), Ok(Specificity::default()));
    }

    #[test]
    fn a_name_is_narrower_than_a_glob_or_a_label() {
        let of = |components: Dimension| in_prod(&Selector { components, ..Selector::default() }).unwrap().0[1];
        assert_eq!(of(names(&["orders"])), Narrowness::Name);
        assert_eq!(of(names(&["ord*"])), Narrowness::Selector);
        assert_eq!(of(names(&["ord*", "orders"])), Narrowness::Name, "the narrowest name that fits");
        assert_eq!(of(names(&["ord*", "carts"])), Narrowness::Selector, "a name that does not fit does not count");
        assert_eq!(of(label("tier", Operator::Exists, &[])), Narrowness::Selector);
    }

    #[test]
    fn more_specific_means_in_every_dimension() {
        use Narrowness::{All, Name, Selector};
        let (a, b) = (Specificity([All, Name, All, All, All]), Specificity([All, All, All, Name, All]));
        assert_eq!(a.partial_cmp(&b), None, "each is narrower in one dimension");
        assert!(Specificity([All, Name, All, Selector, All]) > a);
        assert!(Specificity([All, Selector, All, All, All]) < a);
        assert_eq!(a.partial_cmp(&Specificity::ONE_COMPONENT), Some(Ordering::Equal));
    }

    #[test]
    fn labels_are_judged_as_in_kubernetes() {
        for (operator, values, fits) in [
            (Operator::In, vec!["backend", "web"], true),
            (Operator::In, vec!["web"], false),
            (Operator::NotIn, vec!["web"], true),
            (Operator::NotIn, vec!["backend"], false),
            (Operator::Exists, vec![], true),
            (Operator::DoesNotExist, vec![], false),
        ] {
            let selector = Selector { components: label("tier", operator, &values), ..Selector::default() };
            assert_eq!(in_prod(&selector).is_ok(), fits, "{operator:?} {values:?}");
        }
        let absent = Selector { components: label("team", Operator::NotIn, &["a"]), ..Selector::default() };
        assert!(in_prod(&absent).is_ok(), "a label that is absent is in no list");
    }

    #[test]
    fn a_mismatch_says_why() {
        let why = |selector: Selector| in_prod(&selector).unwrap_err();
        assert_eq!(
            why(Selector { environments: names(&["dev", "st*"]), ..Selector::default() }),
            "`environments` lists `dev`, `st*`, not `prod`"
        );
        assert_eq!(
            why(Selector { components: label("tier", Operator::In, &["data"]), ..Selector::default() }),
            "`componentSelector` wants the label `tier` to be `data`; it is `backend`"
        );
        assert_eq!(
            why(Selector { environments: label("tier", Operator::In, &["production"]), ..Selector::default() }),
            "`environmentSelector` wants the label `tier` to be `production`; it is absent"
        );
        assert_eq!(
            why(Selector { components: label("tier", Operator::DoesNotExist, &[]), ..Selector::default() }),
            "`componentSelector` wants no label `tier`; it is `backend`"
        );
        assert_eq!(
            why(Selector { clusters: names(&["*"]), ..Selector::default() }),
            "`clusters` wants a cluster, and the environment has none"
        );
    }

    #[test]
    fn both_names_and_labels_must_match() {
        let mut components = label("tier", Operator::In, &["backend"]);
        components.names = names(&["carts"]).names;
        assert!(in_prod(&Selector { components, ..Selector::default() }).is_err());
    }
}
