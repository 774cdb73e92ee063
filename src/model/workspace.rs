//! A whole project: every document, in the place where it applies.

use std::sync::Arc;

use super::{Application, Cluster, Component, Environment, Labels, Meta, Name, Policy, Project, Release, Scope, TraitBinding, Workflow};
use crate::tree::{Lost, Node, Tags};

/// Everything that people wrote for one project. All lists are in a fixed order that depends on nothing but the documents.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// `oam.yaml`
    pub project: Project,
    /// The applications, by name.
    pub applications: Vec<ApplicationDocuments>,
    /// All TraitBindings, by folder and name; [`Workspace::bindings_for`] gives those of an application.
    pub bindings: Vec<Arc<TraitBinding>>,
    /// All Scopes, imported ones too, by name. One applies to the applications at or below its folder.
    pub scopes: Vec<Arc<Scope>>,
    /// All environments, by name, with what they take `from` others; templates too.
    pub environments: Vec<Arc<Environment>>,
    /// All clusters, by name.
    pub clusters: Vec<Arc<Cluster>>,
    /// Policies and workflows of self-contained Applications in documents of their own.
    pub policies: Vec<Policy>,
    /// Workflows, by `ref` of an Application.
    pub workflows: Vec<Workflow>,
    /// Definitions and libraries of the project and its imports, in the order of their files; not compiled.
    pub definitions: Vec<DefinitionDocument>,
    /// Whether objects of kinds that no schema knows are rendered unjudged.
    pub allows_unknown_kinds: bool,
}

/// An application: one folder.
#[derive(Clone, Debug)]
pub struct ApplicationDocuments {
    /// Its name: of its Application document, else of its folder, else (a project that is one application) of the project.
    pub name: Name,
    /// Its folder, relative to the project; empty for the project itself.
    pub folder: Arc<str>,
    /// `application.yaml`
    pub document: Option<Application>,
    /// The Components without selectors, by name.
    pub components: Vec<Component>,
    /// The Components with selectors, in the order of their files.
    pub layers: Vec<Component>,
    /// What environments run of it, by name.
    pub releases: Vec<Release>,
    /// The one place where a self-contained Application runs; an application of a project runs in every environment.
    pub place: Option<Arc<Environment>>,
    /// Values of its document that an override replaced.
    pub lost: Vec<Lost>,
    /// The application with the developers' documents of the commits that Releases name, where those are others than here.
    pub revised: Vec<Revised>,
}

/// An application with the developers' documents of a commit.
#[derive(Clone, Debug)]
pub struct Revised {
    /// The `revision`s that mean this commit, as Releases spell them.
    pub names: Vec<Arc<str>>,
    /// All of the application, as it is there.
    pub documents: ApplicationDocuments,
}

/// A ComponentDefinition, TraitDefinition, ScopeDefinition or DefinitionLibrary, as it was read.
#[derive(Clone, Debug)]
pub struct DefinitionDocument {
    /// Its kind.
    pub kind: Name,
    /// Name and place.
    pub meta: Meta,
    /// The whole document.
    pub root: Node,
    /// Tagged scalars in it.
    pub tags: Tags,
}

impl ApplicationDocuments {
    /// The labels of the Application document.
    pub fn labels(&self) -> &Labels {
        static NONE: Labels = Vec::new();
        self.document.as_ref().map_or(&NONE, |document| &document.meta.labels)
    }

    /// The annotations of the Application document.
    pub fn annotations(&self) -> &Labels {
        static NONE: Labels = Vec::new();
        self.document.as_ref().map_or(&NONE, |document| &document.meta.annotations)
    }

    /// The commit that an environment, or this cluster of it, runs, where a Release names one; that of the cluster's own Release wins.
    pub fn revision_in(&self, environment: &str, cluster: Option<&str>) -> Option<&Name> {
        let named = |of: Option<&str>| {
            let here =
                |release: &&Release| *release.environment.value == *environment && release.cluster.as_ref().map(|name| &*name.value) == of;
            self.releases.iter().filter(here).find_map(|release| release.revision.as_ref())
        };
        cluster.and_then(|cluster| named(Some(cluster))).or_else(|| named(None))
    }

    /// The number in [`ApplicationDocuments::revised`] of what an environment, or this cluster of it, runs; `None`: these documents.
    pub fn revised_in(&self, environment: &str, cluster: Option<&str>) -> Option<usize> {
        let name = self.revision_in(environment, cluster).filter(|_| !self.revised.is_empty())?;
        self.revised.iter().position(|revised| revised.names.contains(&name.value))
    }

    /// These documents, and those of all commits that are run somewhere.
    pub fn states(&self) -> impl Iterator<Item = &ApplicationDocuments> {
        std::iter::once(self).chain(self.revised.iter().map(|revised| &revised.documents))
    }

    /// The Component (without selectors) of this name.
    pub fn component(&self, name: &str) -> Option<&Component> {
        let index = self.components.binary_search_by(|component| (*component.meta.name).as_ref().cmp(name)).ok()?;
        self.components.get(index)
    }

    /// The layers of a component.
    pub fn layers_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Component> {
        self.layers.iter().filter(move |layer| &**layer.meta.name == name)
    }
}

impl Workspace {
    /// The application of this name.
    pub fn application(&self, name: &str) -> Option<&ApplicationDocuments> {
        let index = self.applications.binary_search_by(|application| (*application.name).as_ref().cmp(name)).ok()?;
        self.applications.get(index)
    }

    /// The environment of this name.
    pub fn environment(&self, name: &str) -> Option<&Arc<Environment>> {
        let index = self.environments.binary_search_by(|environment| (*environment.meta.name).as_ref().cmp(name)).ok()?;
        self.environments.get(index)
    }

    /// The cluster of this name.
    pub fn cluster(&self, name: &str) -> Option<&Arc<Cluster>> {
        let index = self.clusters.binary_search_by(|cluster| (*cluster.meta.name).as_ref().cmp(name)).ok()?;
        self.clusters.get(index)
    }

    /// The TraitBindings whose folder holds the application's folder, from the farthest folder to the nearest; by name in one folder.
    /// What their selectors say is not asked.
    pub fn bindings_for(&self, application: &ApplicationDocuments) -> Vec<&Arc<TraitBinding>> {
        folders_above(&application.folder).flat_map(|folder| in_folder(&self.bindings, folder, |binding| &binding.meta.folder)).collect()
    }

    /// The Scopes whose folder holds the application's folder. What their selectors say is not asked.
    pub fn scopes_for(&self, application: &ApplicationDocuments) -> Vec<&Arc<Scope>> {
        self.scopes.iter().filter(|scope| holds(&scope.meta.folder, &application.folder)).collect()
    }
}

/// The folder and all that hold it, from the root (the empty path) down.
pub fn folders_above(folder: &str) -> impl Iterator<Item = &str> {
    let ends = folder.match_indices('/').map(|(index, _)| index).chain((!folder.is_empty()).then_some(folder.len()));
    std::iter::once("").chain(ends.map(move |end| &folder[..end]))
}

/// Whether `folder` is `inner` or holds it.
pub fn holds(folder: &str, inner: &str) -> bool {
    folder.is_empty() || inner.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// How many folders deep a document stands; a deeper one is nearer to the application.
pub fn depth(folder: &str) -> usize {
    folders_above(folder).count() - 1
}

/// The part of a list sorted by folder that stands in one folder.
fn in_folder<'a, T>(sorted: &'a [T], folder: &str, folder_of: impl Fn(&T) -> &str) -> &'a [T] {
    let start = sorted.partition_point(|item| folder_of(item) < folder);
    let length = sorted[start..].partition_point(|item| folder_of(item) == folder);
    &sorted[start..start + length]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_from_the_root_down() {
        assert_eq!(folders_above("").collect::<Vec<_>>(), [""]);
        assert_eq!(folders_above("teams/a/apps/x").collect::<Vec<_>>(), ["", "teams", "teams/a", "teams/a/apps", "teams/a/apps/x"]);
        assert_eq!((depth(""), depth("a"), depth("a/b")), (0, 1, 2));
        assert!(holds("", "a") && holds("a", "a") && holds("a", "a/b") && !holds("a", "ab") && !holds("a/b", "a"));
        assert_eq!(in_folder(&["", "a", "a", "a/b"], "a", |folder| folder).len(), 2);
    }
}
