//! Each stage on realistic input. `cargo bench`; figures are in `README.md` beside this file.

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

use oam::catalog::Catalog;
use oam::check;
use oam::diag::Sink;
use oam::kubernetes::{Schemas, Version, check_structure};
use oam::load::{Loaded, load};
use oam::lower::{self, Draft, Surroundings};
use oam::output::{self, Complete, Mode, Options};
use oam::patch::strategic;
use oam::resolve::{Filters, Plan, Unit};
use oam::shape::ShapeId;
use oam::source::{EntryKind, Folder, Memory, Pos, Role, SourceFile, SourceTree, Sources};
use oam::tree::{Document, Node, emit, read_yaml};

const MANIFESTS: &str = include_str!("../tests/sock-shop/upstream.yaml");
const PROPERTIES: &str = "image: shop/orders:1.4.2
ports: [{port: 80, containerPort: 8080, name: http, expose: true}]
env: [{name: LOG_LEVEL, value: info}]
cpu: 100m
memory: 128Mi
readinessProbe: {httpGet: {path: /health, port: http}}
";

const PATCH: &str = "spec:
  template:
    spec:
      containers:
      - name: proxy
        image: shop/proxy:1
        resources: {requests: {cpu: 20m}}
      volumes: [{name: tmp, emptyDir: {}}]
";

const ROUTE: &str = "apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: public}]
  hostnames: [shop.example.com]
  rules:
  - matches: [{path: {type: PathPrefix, value: /}}]
    backendRefs: [{name: web, port: 80}]
";

fn file(text: &'static str) -> Arc<SourceFile> {
    Sources::new().add("bench.yaml", text, Role::Developer).expect("it is small")
}

fn objects() -> Vec<Node> {
    read_yaml(&file(MANIFESTS), &Sink::new()).into_iter().map(|document| document.root).collect()
}

fn tree(c: &mut Criterion) {
    let manifests = file(MANIFESTS);
    let mut group = c.benchmark_group("tree");
    group.throughput(Throughput::Bytes(MANIFESTS.len() as u64));
    group.bench_function("read_yaml", |b| b.iter(|| read_yaml(black_box(&manifests), &Sink::new())));
    // The floor of every reader that knows positions: the parser's events, of which nothing is made.
    group.bench_function("events of granit-parser, dropped", |b| {
        b.iter(|| granit_parser::Parser::new_from_str(black_box(MANIFESTS)).filter(Result::is_ok).count());
    });
    let objects = objects();
    let written: usize = objects.iter().map(|object| text_of(object).len()).sum();
    group.throughput(Throughput::Bytes(written as u64));
    group.bench_function("emit", |b| {
        let mut text = String::with_capacity(MANIFESTS.len() * 2);
        b.iter(|| {
            text.clear();
            objects.iter().for_each(|object| emit(black_box(object), &mut text));
        });
    });
    group.finish();
}

fn text_of(object: &Node) -> String {
    let mut text = String::new();
    emit(object, &mut text);
    text
}

/// The project that the stages run on: two teams, three environments, one of them on two clusters.
const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sock-shop");

/// The files of a folder, in memory.
fn in_memory(folder: &Folder, path: &str, files: &mut Memory) {
    for entry in folder.list(path).expect("the example is there") {
        let path = if path.is_empty() { entry.name.clone() } else { format!("{path}/{}", entry.name) };
        match entry.kind {
            EntryKind::Directory if entry.name == "rendered" => {}
            EntryKind::Directory => in_memory(folder, &path, files),
            _ => drop(files.insert(path.clone(), folder.read(&path, 1 << 20).expect("its files are small"))),
        }
    }
}

fn catalog_of(loaded: &Loaded) -> Catalog {
    let definitions = loaded.workspace.iter().flat_map(|workspace| &workspace.definitions);
    let documents = definitions.map(|definition| Document { root: definition.root.clone(), tags: definition.tags.clone() });
    Catalog::new(documents, &Sink::new())
}

/// From files to manifests, stage by stage.
fn stages(c: &mut Criterion) {
    let sink = Sink::new();
    let folder = Folder::open(PROJECT).expect("the example is there");
    let mut memory = Memory::new();
    in_memory(&folder, "", &mut memory);
    let mut group = c.benchmark_group("sock-shop");
    group.bench_function("read, parse and decode its files", |b| b.iter(|| load(&folder, Catalog::builtin_sources(), &Sink::new())));
    group.bench_function("parse and decode them from memory", |b| b.iter(|| load(&memory, Catalog::builtin_sources(), &Sink::new())));

    let loaded = load(&memory, Catalog::builtin_sources(), &sink);
    let catalog = catalog_of(&loaded);
    let filters = Filters::default();
    group.bench_function("plan", |b| b.iter(|| Plan::new(&loaded, &catalog, &filters, &Sink::new()).units().len()));
    let plan = Plan::new(&loaded, &catalog, &filters, &sink);
    let resolve = || -> Vec<Unit> { (0..plan.units().len()).filter_map(|index| plan.resolve(index, &sink)).collect() };
    let units = resolve();
    group.throughput(Throughput::Elements(units.len() as u64));
    group.bench_function("resolve its units", |b| b.iter(resolve));
    let components = || -> Vec<Draft<'_>> { units.iter().map(|unit| lower::components(unit, &sink)).collect() };
    group.bench_function("evaluate and patch: components and traits", |b| b.iter(components));
    let surroundings = Surroundings::new(components().iter().flat_map(Draft::members));
    let settings = lower::Settings { config_hash: true };
    let finish = |drafts: Vec<Draft<'_>>| -> Vec<Node> {
        let lowered = drafts.into_iter().map(|draft| lower::finish(draft, &surroundings, &settings, &sink));
        lowered.flat_map(|lowered| lowered.objects).map(|object| object.node).collect()
    };
    group.bench_function("finish: scopes and what the engine adds", |b| b.iter_batched(components, finish, BatchSize::LargeInput));

    let objects = finish(components());
    let schemas = &units[0].schemas;
    group.throughput(Throughput::Elements(objects.len() as u64));
    group.bench_function("check its objects", |b| {
        b.iter(|| objects.iter().filter(|object| check::object(object, schemas, &Sink::new())).count());
    });
    let texts: Vec<String> = objects.iter().map(text_of).collect();
    group.throughput(Throughput::Bytes(texts.iter().map(String::len).sum::<usize>() as u64));
    group.bench_function("emit its objects", |b| b.iter(|| objects.iter().map(|object| text_of(object).len()).sum::<usize>()));

    let file = |(number, text): (usize, String)| output::File {
        name: format!("object-{number}.yaml"),
        text,
        object: format!("Object/{number}"),
        at: Pos::NOWHERE,
    };
    let files: Vec<output::File> = texts.into_iter().enumerate().map(file).collect();
    let tree = [output::Unit { name: "shop/dev".into(), directory: "dev/shop".into(), files }];
    let options = Options {
        project: "shop",
        project_at: Pos::NOWHERE,
        mode: Mode::Write,
        force: false,
        prune_protected: false,
        complete: Complete::Units,
    };
    let write = |root: &Path| output::write(root, &tree, &options, &Sink::new()).expect("the directory can be written");
    group.bench_function("write them into a new directory", |b| {
        b.iter_batched(
            || tempfile::tempdir().expect("there is room"),
            |directory| (write(directory.path()), directory),
            BatchSize::PerIteration,
        );
    });
    let directory = tempfile::tempdir().expect("there is room");
    write(directory.path());
    group.bench_function("compare them with what is there", |b| b.iter(|| write(directory.path())));
    group.throughput(Throughput::Elements(1));
    group.bench_function("the whole program", |b| {
        b.iter(|| Command::new(env!("CARGO_BIN_EXE_oam")).args(["-C", PROJECT, "render", "-o", "-"]).output().expect("it runs"));
    });
    group.finish();
}

fn patch(c: &mut Criterion) {
    let schemas = Schemas::bundled(Version::NEWEST);
    let deployment = objects().into_iter().find(|object| object.field("kind").and_then(Node::as_str) == Some("Deployment"));
    let deployment = deployment.expect("there is one");
    let shapes = schemas.kind_of(&deployment).expect("a Deployment is known").shapes().clone();
    let patch = read_yaml(&file(PATCH), &Sink::new()).remove(0).root;
    c.bench_function("patch a Deployment strategically", |b| {
        b.iter(|| strategic(deployment.clone(), black_box(&patch), Some((&shapes, ShapeId::ROOT)), &mut Vec::new(), &Sink::new()));
    });
}

fn kubernetes(c: &mut Criterion) {
    let mut group = c.benchmark_group("kubernetes");
    let schemas = Schemas::bundled(Version::NEWEST);
    let deployment =
        objects().into_iter().find(|object| object.field("kind").and_then(Node::as_str) == Some("Deployment")).expect("there is one");
    let kind = schemas.kind_of(&deployment).expect("a Deployment is known");
    group.bench_function("check a Deployment's structure", |b| {
        b.iter(|| check_structure(black_box(&deployment), kind, schemas.version(), &Sink::new()))
    });
    group.bench_function("judge a Deployment", |b| b.iter(|| check::object(black_box(&deployment), &schemas, &Sink::new())));
    let route = read_yaml(&file(ROUTE), &Sink::new()).remove(0).root;
    group.bench_function("judge an HTTPRoute, with its CEL rules", |b| b.iter(|| check::object(black_box(&route), &schemas, &Sink::new())));
    group.finish();
}

fn catalog(c: &mut Criterion) {
    let mut group = c.benchmark_group("catalog");
    group.bench_function("start", |b| b.iter(|| Catalog::new(Vec::new(), &Sink::new())));
    group.bench_function("compile webservice", |b| {
        b.iter_batched(|| Catalog::new(Vec::new(), &Sink::new()), |catalog| catalog.component("webservice"), BatchSize::SmallInput);
    });
    let webservice = Catalog::new(Vec::new(), &Sink::new()).component("webservice").expect("it is built in");
    let properties = read_yaml(&file(PROPERTIES), &Sink::new()).remove(0).root;
    group.bench_function("fill a webservice's defaults", |b| b.iter(|| webservice.parameters.fill_defaults(black_box(properties.clone()))));
    let filled = webservice.parameters.fill_defaults(properties);
    group.bench_function("validate a webservice", |b| {
        b.iter(|| webservice.parameters.validate(black_box(&filled), "properties", &Sink::new()))
    });
    group.finish();
}

criterion_group!(benches, tree, catalog, stages, patch, kubernetes);
criterion_main!(benches);
