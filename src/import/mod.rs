//! A self-contained Application as the documents of a project of three roles: Components of developers, traits of app operators,
//! environments and clusters of infra operators. Pure: documents in, texts out.
//!
//! Must never know: any component or trait type, templates, where the texts are written. Whether the project renders the same is proved by
//! whoever calls.

mod component;
mod difference;
mod page;

use crate::catalog::DefinitionKind;
use crate::model::{Application, ApplicationDocuments, Environment};
use crate::source::{Pos, Sources};

use component::{Parts, parts};
use page::{Page, comment_above, listed, scalar};

/// How the environment is called where the Application says no place.
pub const ENVIRONMENT: &str = "default";

/// Where traits go that every environment has.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum TraitsIn {
    /// Into bindings: they are applied in the order that their types ask for.
    Bindings,
    /// Into the Application: they are applied as written.
    Application,
}

/// An Application, and everything that is known of where it runs.
#[derive(Debug)]
pub struct Imported<'a> {
    /// As it is written.
    pub application: &'a Application,
    /// As it is deployed in each place.
    pub places: &'a [ApplicationDocuments],
    /// Namespaces of its objects beside the place's own, for each place.
    pub foreign_namespaces: &'a [Vec<String>],
    /// Types that it uses, and that the roles of a project may not use unless they are permitted: of component types the developers, of
    /// trait types the app operators.
    pub not_usable: &'a [(DefinitionKind, String)],
    /// Objects that its objects name and that it does not make: kind, namespace and name.
    pub external: &'a [(String, String, String)],
    /// The files that it was read from.
    pub sources: &'a Sources,
}

/// A file of the project: its path and its text.
pub type File = (String, String);

/// The project that renders what the Application renders.
pub fn import(imported: &Imported<'_>, traits: TraitsIn) -> Vec<File> {
    let name = &imported.application.meta.name;
    let parts = parts(imported, traits);
    let application = application(imported, &parts);
    // The comment above the Application goes where the Application goes, or to the project.
    let comment = if application.is_none() { comment_above(imported.sources, imported.application.meta.at) } else { Vec::new() };
    let mut files = vec![("oam.yaml".to_owned(), project(name, comment, imported))];
    for (place, foreign) in imported.places.iter().zip(imported.foreign_namespaces) {
        let Some(environment) = &place.place else { continue };
        let own = environment_name(environment);
        files.push((format!("environments/{own}.yaml"), environment_page(environment, own, foreign, imported)));
        for cluster in &environment.clusters {
            let path = format!("clusters/{cluster}.yaml");
            if !files.iter().any(|(known, _)| *known == path) {
                files.push((path, Page::new("oam.dev/v1beta1", "Cluster", cluster).text()));
            }
        }
    }
    let folder = format!("apps/{name}");
    if let Some(text) = application {
        files.push((format!("{folder}/application.yaml"), text));
    }
    for part in parts {
        files.push((format!("{folder}/components/{}.yaml", part.name), part.component));
        if !part.bindings.is_empty() {
            files.push((format!("{folder}/traits/{}.yaml", part.name), part.bindings));
        }
    }
    files
}

/// How a place is called as an environment.
pub fn environment_name(place: &Environment) -> &str {
    let name = &place.meta.name.value;
    if name.is_empty() { ENVIRONMENT } else { name }
}

fn project(name: &str, comment: Vec<String>, imported: &Imported<'_>) -> String {
    let not_usable = imported.not_usable;
    let mut page = Page::new("oam.dev/v1beta1", "Project", name);
    page.comment(comment);
    page.line(0, "spec:");
    page.line(1, "applications: [\"apps/*\"]");
    page.line(1, "output:");
    page.line(2, "path: rendered");
    page.line(2, "# What runs already is not rolled by a hash that it never had. Take this line away, and changed files make new pods.");
    page.line(2, "configHash: false");
    let of = |kind: DefinitionKind| listed(not_usable.iter().filter(|(own, _)| *own == kind).map(|(_, name)| name.as_str()));
    let asked = |kind: DefinitionKind| not_usable.iter().any(|(own, _)| *own == kind);
    if !not_usable.is_empty() {
        page.line(1, "roles:");
        page.line(2, "# Types that the Application uses, and that are for others else.");
        if asked(DefinitionKind::Component) {
            page.line(2, &format!("developer: {{mayUse: {{components: {}}}}}", of(DefinitionKind::Component)));
        }
        if asked(DefinitionKind::Trait) {
            page.line(2, &format!("app-operator: {{mayUse: {{traits: {}}}}}", of(DefinitionKind::Trait)));
        }
    }
    if !imported.external.is_empty() {
        page.line(1, "# What the Application names and does not make: it must be there before.");
        page.line(1, "external:");
        for (kind, namespace, name) in imported.external {
            page.line(1, &format!("- {{kind: {}, namespace: {}, name: {}}}", scalar(kind), scalar(namespace), scalar(name)));
        }
    }
    page.text()
}

fn environment_page(environment: &Environment, name: &str, foreign: &[String], imported: &Imported<'_>) -> String {
    let mut page = Page::new("oam.dev/v1beta1", "Environment", name);
    let policy = imported.application.policies.iter().find(|policy| *policy.name.value == *environment.meta.name.value);
    page.comment(comment_above(imported.sources, policy.map_or(Pos::NOWHERE, |policy| policy.at)));
    page.line(0, "spec:");
    let namespace = environment.namespace.as_ref().map_or("default", |namespace| &**namespace);
    page.line(1, &format!("namespace: {}", scalar(namespace)));
    if !foreign.is_empty() {
        page.line(1, &format!("allowedNamespaces: {}", listed(foreign.iter().map(String::as_str))));
    }
    if !environment.clusters.is_empty() {
        page.line(1, &format!("clusters: {}", listed(environment.clusters.iter().map(|cluster| &*cluster.value))));
    }
    page.text()
}

/// `application.yaml`, if there is anything to say in it.
fn application(imported: &Imported<'_>, parts: &[Parts]) -> Option<String> {
    let application = imported.application;
    let changes = [("labels", &application.object_labels), ("annotations", &application.object_annotations)];
    let metadata: Vec<_> = changes.into_iter().filter(|(_, changes)| !changes.is_empty()).collect();
    let traits: Vec<_> = parts.iter().filter(|part| !part.traits.is_empty()).collect();
    let absent: Vec<_> = parts.iter().filter(|part| !part.absent.is_empty()).collect();
    if application.meta.labels.is_empty() && metadata.is_empty() && traits.is_empty() && absent.is_empty() {
        return None;
    }
    let mut page = Page::new("core.oam.dev/v1beta1", "Application", &application.meta.name);
    page.comment(comment_above(imported.sources, application.meta.at));
    if !application.meta.labels.is_empty() {
        page.metadata("labels");
        for (name, value) in &application.meta.labels {
            page.line(2, &format!("{}: {}", scalar(name), scalar(value)));
        }
    }
    if metadata.is_empty() && traits.is_empty() && absent.is_empty() {
        return Some(page.text());
    }
    page.line(0, "spec:");
    if !traits.is_empty() {
        page.line(1, "components:");
        for part in traits {
            page.line(1, &format!("- name: {}", scalar(&part.name)));
            page.line(2, "traits:");
            page.block(2, &part.traits);
        }
    }
    if !absent.is_empty() {
        page.line(1, "exclude:");
        for part in absent {
            let environments = listed(part.absent.iter().map(String::as_str));
            page.line(1, &format!("- {{component: {}, environments: {environments}}}", scalar(&part.name)));
        }
    }
    if !metadata.is_empty() {
        page.line(1, "objectMetadata:");
        for (field, changes) in metadata {
            page.line(2, &format!("{field}:"));
            for (name, value) in changes {
                let value = value.as_ref().map_or("null".to_owned(), |value| scalar(value));
                page.line(3, &format!("{}: {value}", scalar(name)));
            }
        }
    }
    Some(page.text())
}
