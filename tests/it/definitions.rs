//! Every built-in type: it compiles, its examples render in every version of Kubernetes, its tests hold.

use oam::authoring::{Trials, test, vet};
use oam::catalog::{Catalog, DefinitionKind};
use oam::diag::{Severity, Sink, code};
use oam::kubernetes::Version;
use rayon::prelude::*;

#[test]
fn every_type_has_a_description_examples_and_tests_which_hold() {
    let (catalog, sources) = (Catalog::new([], &Sink::new()), Catalog::builtin_sources());
    let trials = Trials { catalog: &catalog, sources: &sources };
    let versions = [Version::OLDEST, Version::DEFAULT, Version::NEWEST];
    let (mut types, mut wrong) = (0, Vec::new());
    for kind in DefinitionKind::ALL {
        for name in catalog.names(kind) {
            let sink = Sink::new();
            let Some(definition) = catalog.judge(kind, name, &sink) else {
                wrong.push(format!("the {} {name} does not compile: {:?}", kind.as_str(), sink.take().diagnostics));
                continue;
            };
            types += 1;
            if definition.description.is_empty() || definition.examples.is_empty() || definition.tests.len() < 2 {
                wrong.push(format!("the {} {name} lacks a description, an example, or two tests", kind.as_str()));
            }
            test(&trials, &definition, &versions, &sink);
            for problem in sink.take().diagnostics.iter().filter(|problem| problem.severity != Severity::Note) {
                let place = sources.locate(problem.at).map_or_else(String::new, |place| place.to_string());
                wrong.push(format!("{place}: {} ({})", problem.message, problem.units.join(", ")));
            }
        }
    }
    assert!(types >= 21);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_type_takes_whatever_its_schema_takes() {
    let (catalog, sources) = (Catalog::new([], &Sink::new()), Catalog::builtin_sources());
    let trials = Trials { catalog: &catalog, sources: &sources };
    let sink = Sink::new();
    let names = DefinitionKind::ALL.into_iter().flat_map(|kind| catalog.names(kind).map(move |name| (kind, name)).collect::<Vec<_>>());
    let definitions: Vec<_> = names.filter_map(|(kind, name)| catalog.definition(kind, name)).collect();
    let runs: usize = definitions.par_iter().map(|definition| vet(&trials, definition, &sink)).sum();
    assert!(runs > 5 * definitions.len(), "{runs}");
    let wrong: Vec<String> = sink
        .take()
        .diagnostics
        .iter()
        .filter(|problem| problem.severity == Severity::Error || problem.code == code::INCOMPLETE_DEFINITION)
        .map(|problem| {
            let place = sources.locate(problem.at).map_or_else(String::new, |place| place.to_string());
            format!("{place}: {} ({})", problem.message, problem.units.join(", "))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `UPDATE=1` writes them, too.
#[test]
fn the_reference_of_the_built_in_types_is_current() {
    let root = crate::program::root();
    let mut arguments = vec!["definition", "docs", "-o", "docs/types"];
    if !crate::program::updating() {
        arguments.push("--check");
    }
    let run = crate::program::oam(root, arguments);
    let way = "run `cargo run -- definition docs -o docs/types`, and commit what it writes";
    assert_eq!(run.code, 0, "docs/types/ is not what the types say; {way}\n{}{}", run.stdout, run.stderr);
}

/// The objects of `tests/drafts/`: what is drafted of each vets, its example renders and its test holds.
#[test]
fn what_is_drafted_from_an_example_is_sound() {
    for (kind, file, holds) in [
        (
            "component",
            "web",
            &["image: \"{{ parameter.image }}\"", "selector: \"{{ context.selector }}\"", "value: \"{{ context.name }}-db\""][..],
        ),
        ("component", "cron", &["schedule: \"{{ parameter.schedule }}\"", "kind: CronJob"]),
        ("trait", "alerts", &["for: \"{{ parameter.for }}\"", "summary: !raw \"{{ $labels.pod }} fails\""]),
        ("trait", "tolerations", &["patch:", "- deployments.apps", "effect: \"{{ parameter.effect }}\""]),
        ("trait", "budget", &["minAvailable: \"{{ parameter.minAvailable }}\"", "matchLabels: \"{{ context.selector }}\""]),
        ("trait", "settings", &["\"{{ parameter.logLevel }}\"", "name: \"{{ context.name }}\""]),
        ("scope", "limits", &["per: namespace", "cpu: \"{{ parameter.cpu }}\""]),
    ] {
        let (_here, project) = crate::program::example("hello");
        let example = crate::program::root().join(format!("tests/drafts/{file}.yaml"));
        let run = crate::program::oam(&project, ["definition", "new", kind, "drafted", "-f", example.to_str().unwrap()]);
        assert_eq!(run.code, 0, "{file}: {}", run.stderr);
        let text = std::fs::read_to_string(project.join("definitions/drafted.yaml")).unwrap();
        for part in holds {
            assert!(text.contains(part), "{file}: no `{part}` in\n{text}");
        }
        for command in ["vet", "test"] {
            let run = crate::program::oam(&project, ["definition", command]);
            assert!(run.code == 0 && run.stderr.lines().count() == 1, "{file}, {command}: {}\n{text}", run.stderr);
        }
        let again = crate::program::oam(&project, ["definition", "new", kind, "drafted", "-f", example.to_str().unwrap()]);
        assert!(again.code == 2 && again.stderr.contains("is there already"), "{}", again.stderr);
    }
}
