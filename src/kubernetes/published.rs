//! The kinds of well-known operators, bundled: `schemas/custom-resources/`, whose README describes the form.

use std::sync::OnceLock;

use super::definition::lines_of;
use super::kinds::KindSchema;
use super::{Version, crd};
use crate::shape::{Shapes, compile_published};
use crate::tree::{Node, Origin};

/// One kind a line, sorted: `apiVersion TAB kind TAB plural TAB scope TAB project TAB schema TAB apiVersion to use instead`.
const KINDS: &str = include_str!("../../schemas/custom-resources/kinds.txt");

macro_rules! projects {
    ($($name:literal),*) => {
        /// The schemas of each project, one a line, sorted by name.
        const PROJECTS: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../schemas/custom-resources/", $name, ".txt")))),*];
    };
}

projects!(
    "argo-cd",
    "argo-rollouts",
    "cert-manager",
    "crossplane",
    "external-secrets",
    "flux",
    "gateway-api",
    "istio",
    "keda",
    "kyverno",
    "prometheus-operator",
    "sealed-secrets",
    "tekton"
);

/// All bundled kinds, sorted by `apiVersion` and kind, for a version of Kubernetes (which gives them their `metadata`). Nothing of their schemas is
/// read yet.
pub(super) fn published(version: Version) -> &'static [KindSchema] {
    const COUNT: usize = Version::NEWEST.index() + 1;
    static TABLES: [OnceLock<Vec<KindSchema>>; COUNT] = [const { OnceLock::new() }; COUNT];
    TABLES[version.index()].get_or_init(|| KINDS.lines().filter_map(|line| read(line, version)).collect())
}

fn read(line: &'static str, version: Version) -> Option<KindSchema> {
    let mut columns = line.split('\t');
    let (api_version, kind, plural, scope) = (columns.next()?, columns.next()?, columns.next()?, columns.next()?);
    let (project, schema, instead) = (columns.next()?, columns.next()?, columns.next()?);
    Some(KindSchema::published(api_version, kind, plural, scope == "namespaced", project, schema, instead, version))
}

/// The shapes of a schema of a project.
pub(super) fn shapes(project: &str, schema: &str, version: Version) -> Shapes {
    let text = PROJECTS.iter().find(|(name, _)| *name == project).and_then(|(_, text)| lines_of(text, schema).next());
    let json = text.and_then(|line| serde_json::from_str(line.split_once('\t')?.1).ok());
    let compiled = json.and_then(|json| compile_published(&Node::from_json(&json, Origin::default())));
    // A test compiles all of them.
    let compiled = compiled.unwrap_or_else(|| unreachable!("the schema {schema} of {project} is not in schemas/custom-resources"));
    crd::with_metadata(compiled, version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sink;
    use crate::shape::compile_structural;

    #[test]
    fn the_data_is_in_the_form_of_the_script() {
        assert!(KINDS.lines().is_sorted() && KINDS.lines().all(|line| line.split('\t').count() == 7));
        let mut used: Vec<&str> = KINDS.lines().filter_map(|line| line.split('\t').nth(5)).collect();
        used.sort_unstable();
        used.dedup();
        let mut names: Vec<&str> = Vec::new();
        for (project, text) in PROJECTS {
            assert!(text.ends_with('\n') && text.lines().is_sorted(), "{project}");
            names.extend(text.lines().filter_map(|line| line.split('\t').next()));
        }
        names.sort_unstable();
        assert_eq!(names, used, "every schema is of a kind, and every kind has one");
    }

    #[test]
    fn every_schema_compiles_and_is_sound() {
        let mut fields = 0;
        for kind in published(Version::NEWEST) {
            let shapes = kind.shapes();
            fields += shapes.table.iter().map(|shape| shape.properties.len()).sum::<usize>();
        }
        assert!(fields > 30_000, "{fields} fields");
        for (project, text) in PROJECTS {
            for line in text.lines() {
                let (name, json) = line.split_once('\t').unwrap();
                let sink = Sink::new();
                let node = Node::from_json(&serde_json::from_str(json).unwrap(), Origin::default());
                let compiled = compile_structural(&node, &sink);
                let problems = sink.take().diagnostics;
                assert!(compiled.is_some() && problems.is_empty(), "{project} {name}: {problems:#?}");
            }
        }
    }
}
