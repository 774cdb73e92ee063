//! `resolve`: a project in, every value decided and every problem out. One file under `tests/resolve/` is one case: files of a project
//! after lines `-- path --`, and after `-- expected --` what must come out. `OAM_UPDATE=1` writes what came out, to be read before it is kept.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use oam::catalog::Catalog;
use oam::diag::Sink;
use oam::load::{Loaded, load};
use oam::resolve::{Filters, Plan, Unit};
use oam::source::{Folder, Memory, SourceTree};
use oam::tree::Document;
use proptest::prelude::*;

const PROJECT: &str = "apiVersion: oam.dev/v1beta1\nkind: Project\nmetadata: {name: shop}\nspec: {applications: [\"apps/*\"]}\n";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/resolve")
}

/// The files of a case, and what is expected. A group and version is put before every document that has none.
fn case(text: &str) -> (BTreeMap<String, String>, String) {
    let mut files = BTreeMap::from([("oam.yaml".to_owned(), PROJECT.to_owned())]);
    let (mut path, mut body) = (None, String::new());
    let mut expected = String::new();
    for line in text.lines().chain(["-- end --"]) {
        match line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
            Some(next) => match path.replace(next.to_owned()) {
                Some(path) if path == "expected" => expected = std::mem::take(&mut body),
                Some(path) => drop(files.insert(path, std::mem::take(&mut body))),
                None => body.clear(),
            },
            None => {
                if let Some(kind) = line.strip_prefix("kind: ") {
                    let group = if kind == "Application" || kind.ends_with("Definition") { "core.oam.dev" } else { "oam.dev" };
                    let _ = writeln!(body, "apiVersion: {group}/v1beta1");
                }
                body.push_str(line);
                body.push('\n');
            }
        }
    }
    (files, expected)
}

fn loaded(tree: &dyn SourceTree, sink: &Sink) -> (Loaded, Catalog) {
    let loaded = load(tree, Catalog::builtin_sources(), sink);
    let definitions = loaded.workspace.iter().flat_map(|workspace| &workspace.definitions);
    let catalog = Catalog::new(definitions.map(|d| Document { root: d.root.clone(), tags: d.tags.clone() }), sink);
    (loaded, catalog)
}

/// Everything that comes out of a project, as text.
fn outcome(tree: &dyn SourceTree) -> String {
    let sink = Sink::new();
    let (loaded, catalog) = loaded(tree, &sink);
    let plan = Plan::new(&loaded, &catalog, &Filters::default(), &sink);
    let units: Vec<Unit> = (0..plan.units().len()).filter_map(|index| plan.resolve(index, &sink)).collect();
    plan.conclude(&units.iter().map(Unit::facts).collect::<Vec<_>>(), &sink);
    let mut out = String::new();
    let place = |pos| loaded.sources.locate(pos).map_or("nowhere".to_owned(), |place| place.to_string());
    for unit in &units {
        show(unit, &place, &mut out);
    }
    for problem in sink.take().diagnostics {
        let _ = writeln!(out, "{} {} {}: {}", problem.severity.as_str(), problem.code, place(problem.at), problem.message);
        for label in problem.labels {
            let _ = writeln!(out, "  {}: {}", place(label.at), label.message);
        }
        if let Some(help) = problem.help {
            let _ = writeln!(out, "  help: {help}");
        }
        if !problem.units.is_empty() {
            let _ = writeln!(out, "  in {}", problem.units.join(", "));
        }
    }
    out
}

fn show(unit: &Unit, place: &dyn Fn(oam::source::Pos) -> String, out: &mut String) {
    let _ = writeln!(out, "{} in {}", unit.name(), unit.namespace.as_str().unwrap_or("?"));
    for component in &unit.components {
        let _ = writeln!(out, "  {}: {} {}", component.name, component.definition.name, component.properties.to_json());
        if component.object_name.value != component.name.value {
            let _ = writeln!(out, "    object {}", component.object_name);
        }
        for file in &component.config {
            let _ = writeln!(out, "    file {} {} {}", file.path, file.format, file.data.to_json());
        }
        for parameter in &component.parameters {
            let _ = writeln!(out, "    parameter {} = {} by {}", parameter.name, parameter.value.to_json(), parameter.given_by.as_str());
        }
        for link in &component.connections {
            let _ = writeln!(
                out,
                "    connects to {}/{} {}",
                link.application,
                link.component,
                link.ports.iter().map(|p| p.to_string()).collect::<Vec<_>>().join(",")
            );
        }
        if !component.depends_on.is_empty() {
            let _ = writeln!(out, "    after {}", component.depends_on.iter().map(|name| name.to_string()).collect::<Vec<_>>().join(", "));
        }
        for own in &component.traits {
            let _ = writeln!(out, "    trait {} {} {}", own.definition.name, own.name, own.properties.to_json());
        }
    }
    for skipped in &unit.skipped {
        let _ = writeln!(out, "  {}: no {} {}: {}", skipped.component, skipped.type_name, skipped.name, skipped.reason);
    }
    for scope in &unit.scopes {
        let members: Vec<String> = scope.members.iter().map(|index| unit.components[*index].name.to_string()).collect();
        let _ = writeln!(out, "  scope {} {} holds {}", scope.definition.name, scope.name, members.join(", "));
    }
    for lost in &unit.log.lost {
        let value = oam::tree::Node::new(lost.value.clone(), lost.old).to_json();
        let _ = writeln!(out, "  lost {value} of {} to {}", place(lost.old.author()), place(lost.winner.author()));
    }
}

fn memory(files: &BTreeMap<String, String>) -> Memory {
    let mut tree = Memory::new();
    for (path, text) in files {
        tree.insert(path.as_str(), text.as_str());
    }
    tree
}

fn cases() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "case"));
    paths.sort();
    paths
}

#[test]
fn every_case_comes_out_as_expected() {
    let paths = cases();
    assert!(paths.len() > 10);
    let mut wrong = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let (files, expected) = case(&text);
        let found = outcome(&memory(&files));
        if found.trim() == expected.trim() {
            continue;
        }
        if std::env::var_os("OAM_UPDATE").is_some() {
            let before = text.split("-- expected --").next().unwrap().trim_end();
            std::fs::write(&path, format!("{before}\n-- expected --\n{found}")).unwrap();
        } else {
            wrong.push(format!("{}\n{found}\ninstead of\n{expected}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_example_resolves_without_a_problem() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sock-shop");
    let out = outcome(&Folder::open(root).unwrap());
    let problems: Vec<&str> = out.lines().filter(|line| ["error", "warning"].iter().any(|word| line.starts_with(word))).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(out.contains("orders-db: external"), "{out}");
    assert!(out.contains("trait hpa hpa {\"min\":3,\"max\":20,"), "the nearer binding changes `max` and keeps `min`");
}

/// Unit by unit and problem by problem, without places and in an order that does not depend on them.
fn placeless(tree: &dyn SourceTree) -> Vec<String> {
    let mut lines: Vec<String> = outcome(tree)
        .lines()
        .filter(|line| {
            !line.starts_with("  in ") && !line.starts_with("  help") && !line.contains(".yaml:")
                || line.starts_with("error")
                || line.starts_with("warning")
        })
        .map(|line| match line.find(".yaml:") {
            Some(at) => line[line[at..].find(": ").map_or(0, |colon| at + colon)..].to_owned(),
            None => line.to_owned(),
        })
        .collect();
    // Problems are sorted by place.
    lines.sort_by_key(|line| if line.starts_with(": ") { line.clone() } else { String::new() });
    lines
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing is decided by the order of files or of documents in them, and nothing by their names.
    #[test]
    fn the_order_of_files_decides_nothing(seeds in proptest::collection::vec(any::<u16>(), 64)) {
        for path in cases() {
            let (files, _) = case(&std::fs::read_to_string(&path).unwrap());
            let mut shuffled = BTreeMap::new();
            let mut seed = seeds.iter().cycle();
            for (path, text) in &files {
                let Some((folder, _)) = path.rsplit_once('/').filter(|(_, name)| *name != "application.yaml") else {
                    shuffled.insert(path.clone(), text.clone());
                    continue;
                };
                for document in text.split("---\n") {
                    let name = format!("{folder}/{:05}.yaml", seed.next().unwrap());
                    let before: String = shuffled.remove(&name).map(|before: String| before + "---\n").unwrap_or_default();
                    shuffled.insert(name, before + document);
                }
            }
            prop_assert_eq!(placeless(&memory(&files)), placeless(&memory(&shuffled)), "{}", path.display());
        }
    }
}

#[test]
fn filters_choose_units_and_say_what_they_do_not_find() {
    let (files, _) = case(&std::fs::read_to_string(folder().join("pins.case")).unwrap());
    let sink = Sink::new();
    let (loaded, catalog) = loaded(&memory(&files), &sink);
    let filters = |environments: &[&str], clusters: &[&str]| Filters {
        applications: Vec::new(),
        environments: environments.iter().map(|name| (*name).to_owned()).collect(),
        clusters: clusters.iter().map(|name| (*name).to_owned()).collect(),
    };
    let names = |filters: &Filters| Plan::new(&loaded, &catalog, filters, &sink).units().iter().map(|unit| unit.name()).collect::<Vec<_>>();
    assert_eq!(names(&filters(&[], &[])), ["shop/prod/eu", "shop/prod/us"]);
    assert_eq!(names(&filters(&["pr*"], &["us"])), ["shop/prod/us"]);
    // What is wrong in the documents is told by every run; filters that find what they name add nothing.
    assert!(sink.take().diagnostics.iter().all(|problem| problem.code.as_str() == "duplicate"));
    assert!(names(&filters(&["prdo"], &[])).is_empty());
    let problems = sink.take().diagnostics;
    let own: Vec<_> = problems.iter().filter(|problem| problem.code.as_str() != "duplicate").collect();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].help.as_deref(), Some("did you mean `prod`?"));
}

#[test]
fn neighbours_are_those_that_connect_either_way() {
    let (files, _) = case(&std::fs::read_to_string(folder().join("links.case")).unwrap());
    let sink = Sink::new();
    let (loaded, catalog) = loaded(&memory(&files), &sink);
    let plan = Plan::new(&loaded, &catalog, &Filters::default(), &sink);
    assert_eq!(plan.neighbours("shop"), ["nowhere", "pay"], "as written, whether it is there or not");
    assert_eq!(plan.neighbours("pay"), ["shop"]);
    let unit = plan.units().iter().find(|unit| &*unit.application == "pay").unwrap();
    let peer = plan.peer(unit, "shop").unwrap();
    assert_eq!(plan.resolve_unit(&peer, &sink).unwrap().name(), "shop/prod");
    assert!(plan.peer(unit, "nowhere").is_none());
}
