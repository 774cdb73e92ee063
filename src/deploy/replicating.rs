//! Copies of components, told apart by a key.

use std::sync::Arc;

use crate::diag::{Diagnostic, Sink, code};
use crate::model::{ApplicationComponent, Identity, Name, Replication, Spanned};

/// The labels that tell the pods of copies apart.
const COMPONENT_LABEL: &str = "app.oam.dev/component";
const KEY_LABEL: &str = "app.oam.dev/replicaKey";

/// Replaces each component that is selected by one copy for each key; they stand after the others.
pub(super) fn replicate(components: &mut Vec<ApplicationComponent>, replication: &Replication, sink: &Sink) {
    let mut copies = Vec::new();
    for name in &replication.selector {
        let Some(index) = components.iter().position(|component| component.name.value == name.value) else {
            let message = format!("the policy copies the component `{name}`, and there is none of this name");
            let known = components.iter().map(|component| &*component.name.value);
            sink.push(Diagnostic::error(code::UNKNOWN_NAME, name.at, message).suggest(name, known));
            continue;
        };
        let original = components.remove(index);
        for waiting in components.iter_mut().chain(&mut copies) {
            wait_for_copies(waiting, &original.name, replication);
        }
        copies.extend(replication.keys.iter().map(|key| copy(&original, key)));
    }
    components.append(&mut copies);
}

fn copy(original: &ApplicationComponent, key: &Name) -> ApplicationComponent {
    let name = copied_name(&original.name, key);
    let label = |key: &str, value: Name| (Arc::from(key), value);
    let identity =
        Identity { name: None, match_labels: vec![label(COMPONENT_LABEL, name.clone()), label(KEY_LABEL, key.clone())], at: key.at };
    ApplicationComponent { name, identity: Some(identity), ..original.clone() }
}

fn copied_name(name: &Name, key: &Name) -> Name {
    Spanned::new(format!("{name}-{key}").into(), name.at)
}

/// Who waits for a component waits for all of its copies.
fn wait_for_copies(waiting: &mut ApplicationComponent, original: &Name, replication: &Replication) {
    let Some(index) = waiting.depends_on.iter().position(|name| name.value == original.value) else { return };
    let at = waiting.depends_on.remove(index).at;
    let copies = replication.keys.iter().map(|key| Spanned::new(copied_name(original, key).value, at));
    waiting.depends_on.splice(index..index, copies);
}
