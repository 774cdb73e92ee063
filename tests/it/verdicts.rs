//! Manifests with the verdict of a real API server, judged by the library as `oam validate` judges files. `tests/validate/README.md` says what
//! the folders hold. `UPDATE=1` records the reports anew: read them as a user.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use oam::check::{self, Facts, Setting};
use oam::diag::{Report, Severity, Sink};
use oam::kubernetes::{Schemas, Version};
use oam::source::{Role, Sources};
use oam::tree::{Node, read_yaml};
use oam::view::diagnostics::{Style, text};

use crate::program::updating;

/// What stands in the text of a number, and not in its value: `0777` is 511 for the server.
const NOT_SEEN: [&str; 1] = ["pod-host-port-octal"];

/// Where the manifests are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validate")
}

/// The manifests of a group, sorted.
pub fn cases(group: &str) -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(folder().join(group))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    cases.sort();
    cases
}

/// What a manifest is called.
pub fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// The objects of a document: itself, or the items of a List.
fn objects(root: Node) -> Vec<Node> {
    if root.field("kind").and_then(Node::as_str) == Some("List") {
        return root.field("items").map(|items| items.items().to_vec()).unwrap_or_default();
    }
    vec![root]
}

fn judged(path: &Path) -> (Report, Sources) {
    let mut sources = Sources::new();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let file = sources.add(name, fs::read_to_string(path).unwrap(), Role::Developer).unwrap();
    let sink = Sink::new();
    let documents = read_yaml(&file, &sink);
    let schemas = Schemas::bundled(Version::NEWEST);
    let mut facts = Vec::new();
    for object in documents.into_iter().filter(|document| !document.root.is_null()).flat_map(|document| objects(document.root)) {
        check::manifest(&object, &schemas, &sink);
        facts.extend(Facts::of(&object, object.origin.author(), None));
    }
    let all: Vec<&Facts> = facts.iter().collect();
    check::together(&all, Setting::default(), &sink);
    (sink.take(), sources)
}

/// Whether a manifest has an error.
pub fn is_refused(path: &Path) -> bool {
    judged(path).0.has_errors()
}

fn report(path: &Path) -> (Report, String) {
    let (report, sources) = judged(path);
    let shown = text(&report, &sources, &Style::default());
    (report, shown)
}

fn wrong_reports(group: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for path in cases(group) {
        let (_, found) = report(&path);
        let file = path.with_extension("txt");
        if updating() {
            fs::write(file, found).unwrap();
        } else if fs::read_to_string(file).unwrap_or_default() != found {
            wrong.push(format!("{group}/{}: the report is now (UPDATE=1 records it):\n{found}", name(&path)));
        }
    }
    wrong
}

#[test]
fn what_a_server_takes_has_no_error() {
    let mut wrong = Vec::new();
    for path in ["sound", "accepted-but-wrong"].into_iter().flat_map(cases) {
        let (report, shown) = report(&path);
        if report.has_errors() {
            wrong.push(format!("{}:\n{shown}", name(&path)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_server_refuses_has_an_error() {
    let (mut missed, all) = (Vec::new(), cases("broken"));
    for path in &all {
        if !report(path).0.has_errors() {
            missed.push(name(path));
        }
    }
    assert!(missed.is_empty(), "{} of {} are not found:\n{}", missed.len(), all.len(), missed.join("\n"));
}

#[test]
fn what_a_server_takes_and_a_person_would_not_has_a_warning() {
    let (mut missed, all) = (Vec::new(), cases("accepted-but-wrong"));
    for path in &all {
        if report(path).0.count(Severity::Warning) == 0 && !NOT_SEEN.contains(&&*name(path)) {
            missed.push(name(path));
        }
    }
    assert!(missed.is_empty(), "{} of {} are not found:\n{}", missed.len(), all.len(), missed.join("\n"));
}

#[test]
fn every_report_is_the_recorded_one() {
    let wrong: Vec<String> = ["broken", "accepted-but-wrong"].into_iter().flat_map(wrong_reports).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Hints on sound manifests are few: each code with the manifests that have it.
#[test]
fn hints_on_sound_manifests_are_the_known_ones() {
    let mut hints: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in cases("sound") {
        for diagnostic in report(&path).0.diagnostics {
            hints.entry(diagnostic.code.as_str().to_owned()).or_default().push(name(&path));
        }
    }
    let found: String = hints.iter().map(|(code, names)| format!("{code}: {}\n", names.join(" "))).collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validate/hints.txt");
    if updating() {
        fs::write(file, found).unwrap();
    } else {
        assert_eq!(fs::read_to_string(file).unwrap_or_default(), found);
    }
}
