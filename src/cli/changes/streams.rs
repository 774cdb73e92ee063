//! Two sets of manifests of any origin.

use std::collections::BTreeMap;
use std::path::Path;

use super::compare::{Change, Detail, keep, name_of};
use super::joined;
use crate::cli::exit::Failure;
use crate::diag::Sink;
use crate::diff::{Fate, Pair};
use crate::kubernetes::{ObjectId, Schemas, Version};
use crate::load::{Manifests, Start, manifests};
use crate::source::ReadError;
use crate::tree::{Node, emit};
use crate::view::diff::{Place, changed};

/// What differs, by kind and name; objects are told by group, kind, namespace and name. `Err` holds the side whose files are wrong, with its problems.
///
/// # Errors
/// When a path cannot be read.
pub fn streams(left: &Path, right: &Path, detail: Detail) -> Result<Result<Vec<Change>, (Manifests, Sink)>, Failure> {
    let read = |path: &Path| {
        let sink = Sink::new();
        let read = manifests(vec![Start::Path(path.to_owned())], &sink).map_err(|(path, error)| match error {
            ReadError::Missing => Failure::usage(format!("there is no `{}`", path.display())),
            error => Failure::world(format!("cannot read `{}`: {error}", path.display())),
        })?;
        Ok(if sink.has_errors() { Err((read, sink)) } else { Ok(read) })
    };
    let (left, right) = match (read(left)?, read(right)?) {
        (Ok(left), Ok(right)) => (left, right),
        (Err(wrong), _) | (_, Err(wrong)) => return Ok(Err(wrong)),
    };
    let schemas = Schemas::bundled(Version::NEWEST);
    let mut pairs: BTreeMap<ObjectId, (Option<&Node>, Option<&Node>)> = BTreeMap::new();
    for manifest in &left.objects {
        if let Some(id) = ObjectId::of(&manifest.object) {
            pairs.entry(id).or_default().0 = Some(&manifest.object);
        }
    }
    for manifest in &right.objects {
        if let Some(id) = ObjectId::of(&manifest.object) {
            pairs.entry(id).or_default().1 = Some(&manifest.object);
        }
    }
    let mut changes = Vec::new();
    for (id, (old, new)) in pairs {
        let place = Place { target: String::new(), application: String::new(), object: name_of(&id), moved_from: None, renamed: None };
        let schema = new.or(old).and_then(|node| schemas.kind_of(node));
        let Some(mut told) = changed(&Pair { id: &id, old, new }, schema, place, None, None) else { continue };
        let text = match told.fate {
            Fate::Added => new.map(text_of),
            Fate::Removed => old.map(text_of),
            Fate::Changed => None,
        };
        let lines = keep(&mut told, (old, new), None, detail);
        let namespace = id.namespace.as_ref().map_or(String::new(), |namespace| format!("{namespace}_"));
        let path = format!("{namespace}{}-{}.yaml", id.kind.to_lowercase(), id.name);
        changes.push(Change { told, id, path, component: None, text, lines });
    }
    joined::renamed(&mut changes);
    Ok(Ok(changes))
}

fn text_of(node: &Node) -> String {
    let mut text = String::new();
    emit(node, &mut text);
    text
}
