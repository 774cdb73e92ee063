//! Environments, clusters and scopes.

use super::fields::{Fields, judge_name};
use crate::model::{Cluster, Crds, Delivery, Environment, Meta, Scope};

pub(super) fn environment(meta: Meta, mut spec: Fields<'_>) -> Option<Environment> {
    let from = spec.text("from");
    let template = spec.boolean("template");
    let namespace = spec.text("namespace");
    let create_namespace = spec.boolean("createNamespace").is_some_and(|create| create.value);
    let allowed_namespaces = spec.texts("allowedNamespaces");
    allowed_namespaces.iter().for_each(|name| judge_name(name, 63, "a namespace", spec.sink));
    let clusters = spec.texts("clusters");
    let promotes_from = spec.text("promotesFrom");
    let delivery = delivery(&mut spec);
    let facts = spec.map("facts").cloned();
    let requires_pins = spec.fields("requires", "`requires`").and_then(|mut requires| {
        let pins = requires.one_of("pins", &["tag", "digest"]);
        requires.finish();
        pins
    });
    let kubernetes_version = spec.text("kubernetesVersion");
    let crds = crds(&mut spec);
    spec.finish();
    Some(Environment {
        meta,
        from,
        template: template.is_some_and(|template| template.value),
        instance: None,
        namespace,
        create_namespace,
        allowed_namespaces,
        moves_objects: false,
        clusters,
        promotes_from,
        delivery,
        facts,
        requires_pins,
        kubernetes_version,
        crds,
    })
}

/// `delivery: flux`, or `delivery: {type: flux, properties: {…}}`.
pub(super) fn delivery(spec: &mut Fields<'_>) -> Option<Delivery> {
    let node = spec.optional("delivery").filter(|node| !node.is_null())?;
    let at = node.origin.at;
    if !node.is_map() {
        return Some(Delivery { type_name: Some(spec.name_of(node, "`delivery`")?), properties: None, at });
    }
    let mut fields = Fields::of(node, "`delivery`", spec.sink)?;
    let type_name = fields.text("type");
    let properties = fields.map("properties").cloned();
    fields.finish();
    Some(Delivery { type_name, properties, at })
}

pub(super) fn cluster(meta: Meta, mut spec: Fields<'_>) -> Option<Cluster> {
    let region = spec.text("region");
    let zones = spec.texts("zones");
    let kubernetes_version = spec.text("kubernetesVersion");
    let crds = crds(&mut spec);
    let facts = spec.map("facts").cloned();
    spec.finish();
    Some(Cluster { meta, region, zones, kubernetes_version, crds, facts })
}

fn crds(spec: &mut Fields<'_>) -> Vec<Crds> {
    spec.texts("crds").into_iter().map(|path| Crds { path, documents: Vec::new() }).collect()
}

pub(super) fn scope(meta: Meta, mut spec: Fields<'_>) -> Option<Scope> {
    let selector = spec.selector();
    let type_name = spec.required_text("type");
    let properties = spec.map("properties").cloned();
    spec.finish();
    Some(Scope { meta, selector, type_name: type_name?, properties })
}
