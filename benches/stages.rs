//! Each stage on realistic input. `cargo bench`; figures are in `README.md` beside this file.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

use oam::catalog::Catalog;
use oam::check;
use oam::diag::Sink;
use oam::kubernetes::{Schemas, Version, check_structure};
use oam::source::{Role, SourceFile, Sources};
use oam::tree::{Node, emit, read_yaml};
use std::sync::Arc;

const MANIFESTS: &str = include_str!("../tests/sock-shop/upstream.yaml");
const PROPERTIES: &str = "image: shop/orders:1.4.2
ports: [{port: 80, containerPort: 8080, name: http, expose: true}]
env: [{name: LOG_LEVEL, value: info}]
cpu: 100m
memory: 128Mi
readinessProbe: {httpGet: {path: /health, port: http}}
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
    let objects = objects();
    group.bench_function("emit", |b| {
        let mut text = String::with_capacity(MANIFESTS.len() * 2);
        b.iter(|| {
            text.clear();
            objects.iter().for_each(|object| emit(black_box(object), &mut text));
        });
    });
    group.finish();
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

criterion_group!(benches, tree, kubernetes, catalog);
criterion_main!(benches);
