//! What Kubernetes expects where a template node stands.

use std::sync::Arc;

use crate::diag::{Diagnostic, Sink, code};
use crate::kubernetes::{Schemas, pod_path};
use crate::shape::{Child, ShapeId, Shapes, Types};
use crate::source::Pos;
use crate::template::names;
use crate::tree::{Key, Node};

/// The shapes that a value may be checked against: it must fit one of them. None: nothing is known.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    shapes: Vec<(Arc<Shapes>, ShapeId)>,
    /// An object stands here; its literal `apiVersion` and `kind` say of which kind.
    object: bool,
    /// What messages call it.
    name: Arc<str>,
}

impl Expected {
    /// No knowledge.
    pub fn anything() -> Expected {
        Expected::default()
    }

    /// An object of any kind.
    pub fn object() -> Expected {
        Expected { object: true, ..Expected::default() }
    }

    /// One of these kinds, patched; a kind that is not known makes it anything.
    pub fn workloads(schemas: &Schemas, kinds: &[(String, String)]) -> Expected {
        let found: Option<Vec<_>> =
            kinds.iter().map(|(version, kind)| Some((schemas.kind(version, kind)?.shapes().clone(), ShapeId::ROOT))).collect();
        let name = kinds.iter().map(|(_, kind)| kind.as_str()).collect::<Vec<_>>().join(", ");
        Expected { shapes: found.unwrap_or_default(), object: false, name: name.into() }
    }

    /// The spec of a pod.
    pub fn pod(schemas: &Schemas) -> Expected {
        let spec = schemas.kind("v1", "Pod").and_then(|pod| {
            let path = pod_path("", "Pod")?.iter().chain(&["spec"]);
            let shapes = pod.shapes();
            let spec = path.copied().try_fold(ShapeId::ROOT, |shape, key| match shapes.child(shape, Key::new(key)) {
                Child::Known(below) => Some(below),
                _ => None,
            })?;
            Some((shapes.clone(), spec))
        });
        Expected { shapes: spec.into_iter().collect(), object: false, name: "the spec of a pod".into() }
    }

    /// Where an object stands: what its kind expects.
    pub fn of_object(&self, node: &Node, schemas: &Schemas, sink: &Sink) -> Option<Expected> {
        if !self.object {
            return None;
        }
        let (version, kind) = (node.field("apiVersion")?, node.field("kind")?);
        let (version, name) = (version.as_str()?, kind.as_str()?);
        if version.contains("{{") || name.contains("{{") {
            return Some(Expected::anything());
        }
        match schemas.kind(version, name) {
            Some(schema) => Some(Expected { shapes: vec![(schema.shapes().clone(), ShapeId::ROOT)], object: false, name: name.into() }),
            None => {
                // It may exist in another version, or come with a CRD: those who know the cluster judge it.
                let mut diagnostic = schemas.unknown_kind(version, name, kind.origin.at);
                diagnostic.severity = crate::diag::Severity::Warning;
                sink.push(diagnostic);
                Some(Expected::anything())
            }
        }
    }

    /// What the items of a list are.
    pub fn item(&self) -> Expected {
        let shapes: Vec<_> = self.shapes.iter().filter_map(|(shapes, id)| Some((shapes.clone(), shapes.item(*id)?))).collect();
        Expected { shapes, object: false, name: self.name.clone() }
    }

    /// What the values of a map with keys that are not known yet are.
    pub fn any_key(&self) -> Expected {
        let each = |(shapes, id): &(Arc<Shapes>, ShapeId)| match shapes.child(*id, Key::new("any key at all")) {
            Child::Known(below) => Some((shapes.clone(), below)),
            _ => None,
        };
        Expected { shapes: self.shapes.iter().filter_map(each).collect(), object: false, name: self.name.clone() }
    }

    /// What the value of a key is; a key that nothing knows is told.
    pub fn key(&self, key: Key, at: Pos, sink: &Sink, errors: &mut bool) -> Expected {
        if self.shapes.is_empty() || names::DIRECTIVES.contains(&key.as_str()) {
            return Expected::anything();
        }
        let (mut below, mut open) = (Vec::new(), false);
        for (shapes, id) in &self.shapes {
            match shapes.child(*id, key) {
                Child::Known(child) => below.push((shapes.clone(), child)),
                Child::Open => open = true,
                Child::Undeclared => {}
            }
        }
        if below.is_empty() && !open {
            let (shapes, id) = &self.shapes[0];
            let known = self.shapes.iter().flat_map(|(shapes, id)| shapes.shape(*id).properties.iter().map(|p| p.key.as_str()));
            let place = match shapes.path_of(*id) {
                "" => self.name.to_string(),
                path => format!("`{path}` of {}", self.name),
            };
            *errors = true;
            sink.push(Diagnostic::error(code::UNKNOWN_FIELD, at, format!("{place} has no field `{key}`")).suggest(key.as_str(), known));
        }
        Expected { shapes: if open { Vec::new() } else { below }, object: false, name: self.name.clone() }
    }

    /// A number where the field is text would be refused by Kubernetes; whether it was told.
    pub fn check(&self, given: Option<Types>, text: &str, at: Pos, sink: &Sink) -> bool {
        let Some((shapes, id)) = self.shapes.first() else { return false };
        let Some(given) = given else { return false };
        let wanted = shapes.shape(*id).types;
        let wrong = self.shapes.iter().all(|(shapes, id)| !shapes.shape(*id).types.meets(given)) && wanted.meets(Types::STRING);
        if wrong {
            let message = format!("the field is text, and `{}` is not", text.trim());
            sink.push(Diagnostic::error(code::TEMPLATE_TYPE, at, message).help(format!("write `!!str \"{}\"`", text.trim())));
        }
        wrong
    }
}
