//! Which files of a project are read, where their documents apply, and what is told of those that are wrong.

use std::sync::atomic::{AtomicUsize, Ordering};

use oam::diag::{Report, Severity, Sink};
use oam::load::{Loaded, load};
use oam::model::Workspace;
use oam::source::{EntryKind, Folder, Memory, ReadError, Role, SourceTree, Sources, TreeEntry};

const PROJECT: &str = "kind: Project\nmetadata: {name: shop}\nspec: {applications: [\"apps/*\"]}\n";

/// A document with the apiVersion of its kind.
fn document(text: &str) -> String {
    let standard = text.starts_with("kind: Application") || text.lines().next().unwrap_or_default().contains("Definition");
    format!("apiVersion: {}oam.dev/v1beta1\n{text}", if standard { "core." } else { "" })
}

fn tree(files: &[(&str, &str)]) -> Memory {
    let mut tree = Memory::new();
    tree.insert("oam.yaml", document(PROJECT));
    for (path, text) in files {
        tree.insert(*path, if text.starts_with("kind:") { document(text) } else { (*text).to_owned() });
    }
    tree
}

fn component(name: &str) -> String {
    document(&format!("kind: Component\nmetadata: {{name: {name}}}\nspec: {{type: webservice}}\n"))
}

fn read(tree: &dyn SourceTree) -> (Loaded, Report) {
    let sink = Sink::new();
    let loaded = load(tree, Sources::new(), &sink);
    (loaded, sink.take())
}

/// Errors and warnings as `place code: message | label place: label | help`.
fn problems(loaded: &Loaded, report: &Report) -> Vec<String> {
    let place = |at| loaded.sources.locate(at).map_or("-".to_owned(), |place| place.to_string());
    let shown = report.diagnostics.iter().filter(|problem| problem.severity != Severity::Note);
    shown
        .map(|problem| {
            let mut text = format!("{} {}: {}", place(problem.at), problem.code, problem.message);
            for label in &problem.labels {
                text += &format!(" | {}: {}", place(label.at), label.message);
            }
            if let Some(help) = &problem.help {
                text += &format!(" | {help}");
            }
            text
        })
        .collect()
}

fn told(files: &[(&str, &str)]) -> Vec<String> {
    let (loaded, report) = read(&tree(files));
    problems(&loaded, &report)
}

fn sound(tree: &dyn SourceTree) -> (Workspace, Loaded) {
    let (loaded, report) = read(tree);
    assert_eq!(problems(&loaded, &report), [""; 0]);
    (loaded.workspace.clone().unwrap(), loaded)
}

fn paths(loaded: &Loaded) -> Vec<String> {
    let mut paths: Vec<String> = loaded.sources.files().iter().map(|file| file.path().to_owned()).collect();
    paths.sort();
    paths
}

#[test]
fn only_the_named_folders_are_read() {
    let web = component("web");
    let (workspace, loaded) = sound(&tree(&[
        ("README.yaml", "not: a document"),
        ("charts/x.yaml", "{{ broken"),
        ("components/x.yaml", "the root is no application"),
        ("apps/notes.yaml", "not: read"),
        ("apps/shop/values.yaml", "not: read"),
        ("apps/shop/src/x.yaml", "not: read"),
        ("apps/shop/components/README.md", "not: [read"),
        ("apps/shop/components/.hidden.yaml", "not: [read"),
        ("apps/shop/components/config/x.yaml", "not: a document"),
        ("apps/shop/components/web.yaml", &web),
        ("apps/shop/components/backend/db.yml", &component("db")),
        (
            "apps/shop/components/cache.json",
            r#"{"apiVersion": "oam.dev/v1beta1", "kind": "Component", "metadata": {"name": "cache"}, "spec": {"type": "worker"}}"#,
        ),
        ("apps/docs/index.md", "no application"),
        ("environments/dev.yaml", "kind: Environment\nmetadata: {name: dev}\n"),
    ]));
    let expected = [
        "apps/shop/components/backend/db.yml",
        "apps/shop/components/cache.json",
        "apps/shop/components/web.yaml",
        "environments/dev.yaml",
        "oam.yaml",
    ];
    assert_eq!(paths(&loaded), expected);
    assert_eq!(workspace.applications.len(), 1);
    let names: Vec<_> = workspace.applications[0].components.iter().map(|component| component.meta.name.to_string()).collect();
    assert_eq!(names, ["cache", "db", "web"]);
    assert!(workspace.application("shop").unwrap().component("db").is_some());
}

#[test]
fn every_file_has_the_role_of_its_folder() {
    let (_, loaded) = sound(&tree(&[
        ("apps/a/application.yaml", "kind: Application\nmetadata: {name: a}\n"),
        (
            "apps/a/components/c.yaml",
            &document("kind: Component\nmetadata: {name: c}\nspec: {type: t, config: [{path: /x, file: config/x.txt}]}\n"),
        ),
        ("apps/a/components/config/x.txt", "text"),
        ("apps/a/releases/r.yaml", "kind: Release\nmetadata: {name: dev}\nspec: {environment: dev}\n"),
        ("environments/dev.yaml", "kind: Environment\nmetadata: {name: dev}\n"),
        ("traits/t.yaml", "kind: TraitBinding\nmetadata: {name: t}\nspec: {traits: [{type: scaler}]}\n"),
    ]));
    let role = |path: &str| loaded.sources.file_named(path).unwrap().role();
    assert_eq!(role("apps/a/components/c.yaml"), Role::Developer);
    assert_eq!(role("apps/a/components/config/x.txt"), Role::Developer);
    for path in ["apps/a/application.yaml", "apps/a/releases/r.yaml", "traits/t.yaml"] {
        assert_eq!(role(path), Role::AppOperator, "{path}");
    }
    for path in ["oam.yaml", "environments/dev.yaml"] {
        assert_eq!(role(path), Role::InfraOperator, "{path}");
    }
}

#[test]
fn applications_have_their_folders_name_or_that_of_their_document() {
    let (workspace, _) = sound(&tree(&[
        ("apps/b/components/c.yaml", &component("c")),
        ("apps/a/application.yaml", "kind: Application\nmetadata: {name: zoo, labels: {team: x}}\n"),
        ("apps/a/components/c.yaml", &component("c")),
    ]));
    let names: Vec<_> =
        workspace.applications.iter().map(|application| (application.name.to_string(), application.folder.to_string())).collect();
    assert_eq!(names, [("b".to_owned(), "apps/b".to_owned()), ("zoo".to_owned(), "apps/a".to_owned())]);
    assert_eq!(&*workspace.application("zoo").unwrap().labels()[0].1.value, "x");

    let mut small = Memory::new();
    small.insert("oam.yaml", document("kind: Project\nmetadata: {name: shop}\nspec: {applications: [\".\"]}\n"));
    small.insert("components/web.yaml", component("web"));
    small.insert("traits/t.yaml", document("kind: TraitBinding\nmetadata: {name: t}\nspec: {traits: [{type: scaler}]}\n"));
    let (workspace, _) = sound(&small);
    let application = workspace.application("shop").unwrap();
    assert!(application.folder.is_empty() && application.component("web").is_some());
    assert_eq!(workspace.bindings_for(application).len(), 1, "the root's traits are read once");
}

#[test]
fn globs_name_folders_of_applications() {
    let warned = told(&[
        ("oam.yaml", "kind: Project\nmetadata: {name: shop}\nspec: {applications: [\"nowhere/*\", \"../x\", \"apps/*\"]}\n"),
        ("apps/.git/components/c.yaml", "x"),
        ("apps/a/components/c.yaml", &component("c")),
    ]);
    assert_eq!(warned.len(), 2 + 1, "{warned:#?}");
    assert!(warned[0].contains("oam.yaml:4:23 matches-nothing: `nowhere/*` matches no folder"), "{}", warned[0]);
    assert!(warned.iter().any(|problem| problem.contains("unreadable-file: `../x` lies outside of the project")));
}

#[test]
fn documents_apply_below_the_folder_that_holds_their_folder() {
    let binding = |name: &str| document(&format!("kind: TraitBinding\nmetadata: {{name: {name}}}\nspec: {{traits: [{{type: scaler}}]}}\n"));
    let scope = |name: &str| document(&format!("kind: Scope\nmetadata: {{name: {name}}}\nspec: {{type: quota}}\n"));
    let (workspace, _) = sound(&tree(&[
        ("oam.yaml", "kind: Project\nmetadata: {name: shop}\nspec: {applications: [\"teams/*/apps/*\"]}\n"),
        ("teams/a/apps/x/components/c.yaml", &component("c")),
        ("teams/a/apps/x/traits/t.yaml", &binding("own")),
        ("teams/a/traits/t.yaml", &binding("team")),
        ("teams/a/scopes/s.yaml", &scope("team")),
        ("teams/ab/apps/y/components/c.yaml", &component("c")),
        ("traits/t.yaml", &format!("{}---\n{}", binding("all"), binding("also"))),
        ("scopes/s.yaml", &scope("all")),
    ]));
    let names = |application: &str| -> (Vec<String>, Vec<String>) {
        let application = workspace.application(application).unwrap();
        (
            workspace.bindings_for(application).iter().map(|binding| binding.meta.name.to_string()).collect(),
            workspace.scopes_for(application).iter().map(|scope| scope.meta.name.to_string()).collect(),
        )
    };
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(names("x"), (owned(&["all", "also", "team", "own"]), owned(&["all", "team"])), "the nearest last");
    assert_eq!(names("y"), (owned(&["all", "also"]), owned(&["all"])), "`ab` is not below `a`");
}

#[test]
fn layers_are_components_with_selectors() {
    let text = format!(
        "{}---\n{}",
        component("web"),
        document("kind: Component\nmetadata: {name: web}\nspec: {environments: [prod], properties: {cpu: \"2\"}}\n")
    );
    let (workspace, _) = sound(&tree(&[("apps/a/components/web.yaml", &text)]));
    let application = workspace.application("a").unwrap();
    assert_eq!((application.components.len(), application.layers_of("web").count(), application.layers_of("db").count()), (1, 1, 0));
}

#[test]
fn config_files_are_data_with_places_of_their_own() {
    let config = document(
        "kind: Component\nmetadata: {name: c}\nspec: {type: t, config: [{path: /a.yaml, file: config/a.yaml}, {path: /b.txt, file: config/b.txt}, {path: /c, format: json, file: config/c}]}\n",
    );
    let (workspace, loaded) = sound(&tree(&[
        ("apps/a/components/c.yaml", &config),
        ("apps/a/components/config/a.yaml", "pool:\n  size: 10\n"),
        ("apps/a/components/config/b.txt", "pool: [\n"),
        ("apps/a/components/config/c", "{\"x\": 1}"),
    ]));
    let files = &workspace.application("a").unwrap().components[0].config;
    let size = files[0].data.as_ref().unwrap().at(&["pool", "size"]).unwrap();
    assert_eq!(
        (size.as_i64(), loaded.sources.locate(size.origin.at).unwrap().to_string()),
        (Some(10), "apps/a/components/config/a.yaml:2:9".into())
    );
    assert_eq!(files[1].data.as_ref().unwrap().as_str(), Some("pool: [\n"), "text stays text");
    assert_eq!(files[2].data.as_ref().unwrap().field("x").unwrap().as_i64(), Some(1), "the format says how it is read");

    let missing = told(&[
        ("apps/a/components/c.yaml", &config),
        ("apps/a/components/config/b.txt", ""),
        ("apps/a/components/config/c", "1\n---\n2\n"),
    ]);
    assert_eq!(missing.len(), 2, "{missing:#?}");
    assert!(
        missing[0].starts_with("apps/a/components/c.yaml:4:48 unreadable-file: cannot read `apps/a/components/config/a.yaml`"),
        "{}",
        missing[0]
    );
    assert!(missing[1].contains("holds several documents"), "{}", missing[1]);
}

#[test]
fn crds_are_files_or_folders() {
    let crd = |name: &str| format!("apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: {name}}}\n");
    let cluster = "kind: Cluster\nmetadata: {name: eu}\nspec: {crds: [crds/, more.yaml]}\n";
    let (workspace, loaded) = sound(&tree(&[
        ("apps/a/components/c.yaml", &component("c")),
        ("clusters/eu.yaml", cluster),
        ("crds/a.yaml", &format!("{}---\n{}", crd("a"), crd("b"))),
        ("crds/README.md", "x"),
        ("more.yaml", &crd("c")),
    ]));
    let read: Vec<usize> = workspace.cluster("eu").unwrap().crds.iter().map(|crds| crds.documents.len()).collect();
    assert_eq!(read, [2, 1]);
    assert_eq!(loaded.sources.file_named("more.yaml").unwrap().role(), Role::InfraOperator);
    let wrong = told(&[
        ("apps/a/components/c.yaml", &component("c")),
        ("clusters/eu.yaml", cluster),
        ("crds/a.yaml", "apiVersion: v1\nkind: ConfigMap\n"),
    ]);
    assert_eq!(wrong.len(), 2, "{wrong:#?}");
    assert!(wrong.iter().any(|problem| problem.starts_with("crds/a.yaml:1:1 unknown-kind: ")), "{wrong:#?}");
    assert!(
        wrong.iter().any(|problem| problem.starts_with("clusters/eu.yaml:4:22 unreadable-file: cannot read `more.yaml`")),
        "{wrong:#?}"
    );
}

#[test]
fn an_import_brings_what_infra_operators_share() {
    let importing =
        "kind: Project\nmetadata: {name: shop}\nspec: {applications: [\"apps/*\"], imports: [{name: platform, path: vendor/platform}]}\n";
    let base = [
        ("oam.yaml", importing),
        ("apps/a/components/c.yaml", "kind: Component\nmetadata: {name: c}\nspec: {type: t}\n"),
        ("vendor/platform/oam.yaml", "kind: Project\nmetadata: {name: platform}\nspec: {applications: [\"apps/*\"]}\n"),
        ("vendor/platform/apps/b/components/c.yaml", "kind: Component\nmetadata: {name: c}\nspec: {type: t}\n"),
        ("vendor/platform/traits/t.yaml", "kind: TraitBinding\nmetadata: {name: t}\nspec: {traits: [{type: scaler}]}\n"),
        ("vendor/platform/environments/prod.yaml", "kind: Environment\nmetadata: {name: prod}\nspec: {clusters: [eu]}\n"),
        ("vendor/platform/clusters/eu.yaml", "kind: Cluster\nmetadata: {name: eu}\n"),
        ("vendor/platform/scopes/s.yaml", "kind: Scope\nmetadata: {name: s}\nspec: {type: quota}\n"),
        ("vendor/platform/definitions/x/d.yaml", "kind: TraitDefinition\nmetadata: {name: d}\nspec: {}\n"),
    ];
    let (workspace, _) = sound(&tree(&base));
    assert!(workspace.environment("prod").is_some() && workspace.cluster("eu").is_some());
    assert_eq!((workspace.applications.len(), workspace.bindings.len(), workspace.definitions.len()), (1, 0, 1));
    assert_eq!(workspace.scopes_for(workspace.application("a").unwrap()).len(), 1, "imported scopes hold for all");

    let mut twice = base.to_vec();
    twice.push(("environments/prod.yaml", "kind: Environment\nmetadata: {name: prod}\n"));
    let problems = told(&twice);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(problems[0].starts_with("environments/prod.yaml:3:18 import-override: the import `platform` has"), "{}", problems[0]);
    for path in ["environments/prod.yaml:3:18", "vendor/platform/environments/prod.yaml:3:18"] {
        assert!(problems[0].contains(path), "both places: {}", problems[0]);
    }
}

#[test]
fn an_environment_takes_from_another_where_it_says_nothing() {
    let (workspace, loaded) = sound(&tree(&[
        ("apps/a/components/c.yaml", &component("c")),
        ("clusters/eu.yaml", "kind: Cluster\nmetadata: {name: eu}\n"),
        ("environments/a.yaml", "kind: Environment\nmetadata: {name: copy}\nspec: {from: staging, facts: {domain: copy.example.com}}\n"),
        (
            "environments/staging.yaml",
            "kind: Environment\nmetadata: {name: staging}\nspec: {from: base, namespace: shop, facts: {domain: s.example.com, size: 1}}\n",
        ),
        (
            "environments/base.yaml",
            "kind: Environment\nmetadata: {name: base}\nspec: {clusters: [eu], namespace: base, requires: {pins: tag}}\n",
        ),
    ]));
    let copy = workspace.environment("copy").unwrap();
    let facts = copy.facts.as_ref().unwrap();
    assert_eq!(facts.to_json(), serde_json::json!({"domain": "copy.example.com", "size": 1}));
    let place = |key: &str| loaded.sources.locate(facts.field(key).unwrap().origin.at).unwrap().file.path().to_owned();
    assert_eq!((place("domain"), place("size")), ("environments/a.yaml".into(), "environments/staging.yaml".into()));
    assert_eq!(copy.namespace.as_ref().unwrap().to_string(), "shop", "the nearest says it");
    assert_eq!((copy.clusters.len(), copy.requires_pins.as_ref().unwrap().to_string()), (1, "tag".into()));
}

#[test]
fn a_circle_of_environments_is_shown_whole() {
    let environment =
        |name: &str, from: &str| document(&format!("kind: Environment\nmetadata: {{name: {name}}}\nspec: {{from: {from}}}\n"));
    let problems = told(&[
        ("apps/a/components/c.yaml", &component("c")),
        ("environments/a.yaml", &environment("a", "b")),
        ("environments/b.yaml", &environment("b", "c")),
        ("environments/c.yaml", &environment("c", "a")),
    ]);
    assert!(problems[0].contains("cycle: environments take from each other in a circle: a → b → c → a"), "{problems:#?}");
}

#[test]
fn names_are_unique_where_they_count() {
    let binding = "kind: TraitBinding\nmetadata: {name: t}\nspec: {traits: [{type: scaler}]}\n";
    let release = |name: &str| document(&format!("kind: Release\nmetadata: {{name: {name}}}\nspec: {{environment: dev}}\n"));
    let problems = told(&[
        ("environments/dev.yaml", "kind: Environment\nmetadata: {name: dev}\n"),
        ("apps/a/components/1.yaml", &component("c")),
        ("apps/a/components/2.yaml", &component("c")),
        ("apps/b/components/1.yaml", &component("c")),
        ("apps/b/application.yaml", "kind: Application\nmetadata: {name: a}\n"),
        ("apps/a/traits/1.yaml", binding),
        ("apps/b/traits/1.yaml", binding),
        ("apps/b/traits/2.yaml", binding),
        ("apps/b/releases/1.yaml", &release("one")),
        ("apps/b/releases/2.yaml", &release("two")),
        ("definitions/1.yaml", "kind: TraitDefinition\nmetadata: {name: d}\nspec: {}\n"),
        ("definitions/2.yaml", "kind: ScopeDefinition\nmetadata: {name: d}\nspec: {}\n"),
        ("definitions/3.yaml", "kind: TraitDefinition\nmetadata: {name: d}\nspec: {}\n"),
    ]);
    let all = problems.join("\n");
    for part in [
        "apps/a/components/2.yaml:3:18 duplicate: there are two of kind Component called `c` | apps/a/components/1.yaml:3:18: the first one | a layer has selectors",
        "called `a`",
        "apps/b/traits/2.yaml:3:18 duplicate: there are two of kind TraitBinding called `t` | apps/b/traits/1.yaml:3:18: the first one",
        "apps/b/releases/2.yaml:4:21 duplicate: two Releases say what the environment `dev` runs | apps/b/releases/1.yaml:4:21: the first one",
        "definitions/3.yaml:3:18 duplicate: there are two of kind TraitDefinition called `d` | definitions/1.yaml:3:18: the first one",
    ] {
        assert!(all.contains(part), "{part}\nin\n{all}");
    }
    assert_eq!(problems.len(), 5, "{all}");
}

#[test]
fn a_document_in_the_wrong_place_is_told_with_the_roles() {
    let problems = told(&[
        ("apps/a/components/t.yaml", "kind: TraitBinding\nmetadata: {name: t}\nspec: {traits: [{type: scaler}]}\n"),
        ("environments/e.yaml", "kind: Enviroment\nmetadata: {name: e}\n"),
        ("scopes/s.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\n"),
        ("clusters/c.yaml", "just text\n"),
        ("traits/t.yaml", "kind: Project\nmetadata: {name: p}\nspec: {applications: [\".\"]}\n"),
        ("definitions/d.yaml", "a: 1\n"),
    ]);
    let all = problems.join("\n");
    for part in [
        "apps/a/components/t.yaml:2:7 wrong-folder: a TraitBinding stands here, and belongs into the folder `traits` | files here are written by the role developer; a TraitBinding is written by the role app-operator",
        "environments/e.yaml:2:7 unknown-kind: there is no document of kind `Enviroment` | did you mean `Environment`?",
        "scopes/s.yaml:2:7 unknown-kind: there is no document of kind `ConfigMap`",
        "clusters/c.yaml:1:1 wrong-type: the document must be a map, not a string",
        "traits/t.yaml:2:7 wrong-folder: a Project stands here, and belongs into `oam.yaml`",
        "definitions/d.yaml:1:1 missing-field: missing field `kind`",
    ] {
        assert!(all.contains(part), "{part}\nin\n{all}");
    }
}

#[test]
fn all_mistakes_of_a_file_are_told_in_one_run() {
    let text = "kind: Component\nmetadata: {name: Web, label: {}}\nspec:\n  type: 3\n  propertis: {}\n  connectsTo: [{}]\n  dependsOn: x\n---\nkind: Component\nspec: {}\n";
    let problems = told(&[("apps/a/components/c.yaml", text)]);
    let codes: Vec<&str> = problems.iter().map(|problem| problem.split([' ', ':']).nth(3).unwrap()).collect();
    assert_eq!(
        codes,
        [
            "bad-name",
            "unknown-field",
            "wrong-type",
            "unknown-field",
            "missing-field",
            "wrong-type",
            "missing-field",
            "missing-field",
            "missing-field"
        ],
        "{problems:#?}"
    );
    assert!(problems[3].contains("did you mean `properties`?"), "{}", problems[3]);
}

#[test]
fn a_mistake_in_a_document_does_not_make_its_name_unknown() {
    let (loaded, report) = read(&tree(&[
        ("apps/a/components/c.yaml", "kind: Component\nmetadata: {name: c}\nspec: {type: t, propertis: {}}\n"),
        ("environments/dev.yaml", "kind: Environment\nmetadata: {name: dev}\nspec: {namspace: x}\n"),
        ("environments/prod.yaml", "kind: Environment\nmetadata: {name: prod}\nspec: {promotesFrom: dev}\n"),
    ]));
    assert_eq!(problems(&loaded, &report).len(), 2);
    let workspace = loaded.workspace.unwrap();
    assert!(workspace.environment("dev").is_some() && workspace.application("a").unwrap().component("c").is_some());
    // A layer whose selector is in doubt must not apply to all.
    let (loaded, _) =
        read(&tree(&[("apps/a/components/c.yaml", "kind: Component\nmetadata: {name: c}\nspec: {type: t, environments: [1]}\n")]));
    let application = loaded.workspace.unwrap().applications.remove(0);
    assert_eq!((application.components.len(), application.layers.len()), (0, 0));
}

#[test]
fn a_slip_is_told_once_and_with_what_was_meant() {
    let only = |path: &str, text: &str| {
        let told: Vec<String> = told(&[("apps/a/components/other.yaml", &component("other")), (path, text)])
            .into_iter()
            .filter(|problem| problem.starts_with(path))
            .collect();
        assert_eq!(told.len(), 1, "{text}: {told:#?}");
        told.into_iter().next().unwrap()
    };
    for (path, text, part) in [
        (
            "apps/a/components/c.yaml",
            "kind: Component\nmetadata: {name: c}\nspec: {typ: webservice}\n",
            "unknown field `typ` in `spec` | did you mean `type`?",
        ),
        (
            "apps/a/components/c.yaml",
            "kind: Component\nmetadata: {nme: c}\nspec: {type: webservice}\n",
            "unknown field `nme` in `metadata` | did you mean `name`?",
        ),
        (
            "apps/a/releases/r.yaml",
            "kind: Release\nmetadata: {name: r}\nspec: {enviroment: prod}\n",
            "unknown field `enviroment` in `spec` | did you mean `environment`?",
        ),
        (
            "apps/a/releases/r.yaml",
            "kind: Release\nmetadata: {name: r}\nspec: {environment: prod, images: {nginx: {tagg: \"1\"}}}\n",
            "unknown field `tagg` in an image pin | did you mean `tag`?",
        ),
        (
            "traits/t.yaml",
            "kind: TraitBinding\nmetadata: {name: t}\nspec: {componentSelector: {tier: web}, traits: [{type: scaler}]}\n",
            "a label selector has `matchLabels` or `matchExpressions`, and not `tier` | write `matchLabels: {tier: web}`",
        ),
        (
            "environments/e.yaml",
            "kind: Environment\nmetadata: {name: n}\n",
            "write it in quotes: YAML takes `n`, `no` and `off` for `false`",
        ),
        (
            "environments/e.yaml",
            "metadata: {name: e}\nkind: Environment\n",
            "missing field `apiVersion` in the document | write `apiVersion: oam.dev/v1beta1`",
        ),
        (
            "traits/t.yaml",
            "kind: Environment\nmetadata: {name: e}\n",
            "an Environment stands here, and belongs into the folder `environments`",
        ),
    ] {
        let problem = only(path, text);
        assert!(problem.contains(part), "{problem}\nhas not\n{part}");
    }
    let mut files = Memory::new();
    files.insert("oam.yaml", "apiVersion: oam.dev/v1beta1\nkind: Project\nmetadata: {name: x}\n");
    let (loaded, report) = read(&files);
    let told = problems(&loaded, &report);
    assert!(told.len() == 1 && told[0].contains("missing field `applications` in `spec` | it names the folders"), "{told:?}");
}

#[test]
fn a_project_needs_its_file() {
    let (loaded, report) = read(&Memory::new());
    assert!(loaded.workspace.is_none());
    assert!(problems(&loaded, &report)[0].contains("unreadable-file: cannot read `oam.yaml`"));
    let mut tree = Memory::new();
    tree.insert("oam.yaml", "# nothing yet\n");
    let (loaded, report) = read(&tree);
    assert!(loaded.workspace.is_none());
    assert!(problems(&loaded, &report)[0].contains("`oam.yaml` is empty"), "{:?}", problems(&loaded, &report));
    tree.insert("oam.yaml", format!("{0}---\n{0}", document(PROJECT)));
    let (loaded, report) = read(&tree);
    assert!(
        problems(&loaded, &report).iter().any(|problem| problem.contains("holds two Projects | oam.yaml:1:1")),
        "{:?}",
        problems(&loaded, &report)
    );
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_read() {
    let mut files =
        tree(&[("apps/a/components/c.yaml", &component("c")), ("environments/dev.yaml", "kind: Environment\nmetadata: {name: dev}\n")]);
    files.insert("environments/latin.yaml", b"name: caf\xe9\n".to_vec());
    files.insert("environments/large.yaml", vec![b'#'; (16 << 20) + 1]);
    files.insert("environments/broken.yaml", "a: [1\n");
    let (loaded, report) = read(&files);
    let all = problems(&loaded, &report).join("\n");
    assert!(
        all.contains(
            "environments/latin.yaml:1:10 unreadable-file: `environments/latin.yaml` is not text: a byte that is not UTF-8 | documents are"
        ),
        "{all}"
    );
    assert!(all.contains("environments/large.yaml:1:1 unreadable-file: `environments/large.yaml` has 16777217 bytes"), "{all}");
    assert!(all.contains("environments/broken.yaml:"), "{all}");
    assert!(loaded.workspace.unwrap().environment("dev").is_some());

    struct Failing(Memory);
    impl SourceTree for Failing {
        fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
            if path.contains("locked") { Err(ReadError::Io(std::io::ErrorKind::PermissionDenied.into())) } else { self.0.read(path, limit) }
        }
        fn list(&self, path: &str) -> Result<Vec<TreeEntry>, ReadError> {
            if path == "scopes" || path == "apps/locked" {
                Err(ReadError::Io(std::io::ErrorKind::PermissionDenied.into()))
            } else {
                self.0.list(path)
            }
        }
    }
    let (loaded, report) = read(&Failing(tree(&[
        ("apps/a/components/c.yaml", &component("c")),
        ("apps/locked/components/c.yaml", &component("c")),
        ("traits/locked.yaml", ""),
        ("scopes/s.yaml", ""),
    ])));
    let all = problems(&loaded, &report).join("\n");
    assert!(all.contains("cannot read `traits/locked.yaml`: permission denied"), "{all}");
    assert!(all.contains("scopes:1:1 unreadable-file: cannot read the folder `scopes`: permission denied"), "{all}");
    assert!(all.contains("apps/locked:1:1 unreadable-file: cannot read the folder `apps/locked`: permission denied"), "{all}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_project_only() {
    use std::fs;
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.yaml"), component("secret")).unwrap();
    fs::create_dir_all(outside.path().join("app/components")).unwrap();
    fs::write(outside.path().join("app/components/c.yaml"), component("c")).unwrap();
    fs::create_dir_all(outside.path().join("platform/clusters")).unwrap();
    let inside = tempfile::tempdir().unwrap();
    let root = inside.path();
    for folder in ["apps/a/components/config", "apps/a/shared", "clusters"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    let project = PROJECT.replace("spec: {", "spec: {imports: [{name: platform, path: platform}], ");
    fs::write(root.join("oam.yaml"), document(&project)).unwrap();
    fs::write(root.join("apps/a/shared/db.yaml"), component("db")).unwrap();
    symlink("../shared/db.yaml", root.join("apps/a/components/db.yaml")).unwrap();
    symlink(outside.path().join("secret.yaml"), root.join("apps/a/components/secret.yaml")).unwrap();
    symlink(outside.path().join("secret.yaml"), root.join("apps/a/components/config/secret.txt")).unwrap();
    symlink(outside.path().join("secret.yaml"), root.join("crd.yaml")).unwrap();
    symlink(outside.path().join("app"), root.join("apps/b")).unwrap();
    symlink(outside.path().join("platform"), root.join("platform")).unwrap();
    symlink("/nowhere/at/all", root.join("clusters/gone.yaml")).unwrap();
    symlink("..", root.join("apps/a/components/up")).unwrap();
    fs::write(
        root.join("apps/a/components/c.yaml"),
        document("kind: Component\nmetadata: {name: c}\nspec: {type: t, config: [{path: /x, file: config/secret.txt}]}\n"),
    )
    .unwrap();
    fs::write(root.join("clusters/eu.yaml"), document("kind: Cluster\nmetadata: {name: eu}\nspec: {crds: [crd.yaml]}\n")).unwrap();
    let (loaded, report) = read(&Folder::open(root).unwrap());
    let all = problems(&loaded, &report).join("\n");
    for link in [
        "apps/a/components/secret.yaml",
        "apps/a/components/config/secret.txt",
        "crd.yaml",
        "apps/b",
        "clusters/gone.yaml",
        "apps/a/components/up",
    ] {
        assert!(all.contains(&format!("`{link}` ")), "{link} in\n{all}");
    }
    assert!(all.contains("the import `platform` is at `platform`, where no folder is"), "{all}");
    assert!(loaded.sources.files().iter().all(|file| !file.text().contains("name: secret")), "nothing from outside was read");
    let workspace = loaded.workspace.unwrap();
    assert_eq!(workspace.applications.len(), 1);
    assert!(workspace.applications[0].component("db").is_some(), "a link inside is followed");
}

#[test]
fn marked_text_is_known_by_its_place() {
    let (workspace, loaded) = sound(&tree(&[(
        "apps/a/components/c.yaml",
        &format!(
            "{}---\n{}",
            component("b"),
            document("kind: Component\nmetadata: {name: c}\nspec: {type: t, properties: {a: !raw \"{{ x }}\", b: \"{{ x }}\"}}\n")
        ),
    )]));
    let properties = workspace.applications[0].component("c").unwrap().properties.as_ref().unwrap();
    let raw = |key: &str| loaded.is_raw(properties.field(key).unwrap().origin.at);
    assert_eq!((raw("a"), raw("b")), (true, false));
}

/// Counts what is asked of a tree.
struct Counting {
    tree: Memory,
    reads: AtomicUsize,
    lists: AtomicUsize,
}

impl SourceTree for Counting {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.tree.read(path, limit)
    }
    fn list(&self, path: &str) -> Result<Vec<TreeEntry>, ReadError> {
        self.lists.fetch_add(1, Ordering::Relaxed);
        let entries = self.tree.list(path)?;
        assert!(entries.iter().all(|entry| entry.kind != EntryKind::ForeignLink));
        Ok(entries)
    }
}

#[test]
fn a_file_is_read_once_and_a_folder_at_most_twice() {
    let mut files = tree(&[]);
    for index in 0..50 {
        files.insert(format!("apps/a{index}/components/c.yaml"), component("c"));
        files.insert(format!("apps/a{index}/application.yaml"), document(&format!("kind: Application\nmetadata: {{name: a{index}}}\n")));
    }
    let counting = Counting { tree: files, reads: AtomicUsize::new(0), lists: AtomicUsize::new(0) };
    sound(&counting);
    assert_eq!(counting.reads.load(Ordering::Relaxed), 1 + 2 * 50);
    let lists = counting.lists.load(Ordering::Relaxed);
    assert!(lists <= 3 * 50 + 5, "{lists} folders were listed");
}

#[test]
fn the_same_files_get_the_same_places_on_any_number_of_threads() {
    let mut files = tree(&[("environments/dev.yaml", "kind: Environment\nmetadata: {name: dev}\nspec: {namspace: x}\n")]);
    for index in 0..40 {
        files.insert(
            format!("apps/a{index}/components/c.yaml"),
            document(&format!("kind: Component\nmetadata: {{name: c}}\nspec: {{type: t, typ: {index}}}\n")),
        );
    }
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (loaded, report) = read(&files);
            let order: Vec<String> = loaded.sources.files().iter().map(|file| format!("{} {}", file.path(), file.base())).collect();
            (order, problems(&loaded, &report))
        })
    };
    let one = run(1);
    assert_eq!(one.1.len(), 41);
    assert_eq!(one, run(4));
    assert_eq!(one, run(4));
}
