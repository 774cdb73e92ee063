//! Components of other repositories, as far as components here connect to them.

use super::ResolvedComponent;
use super::component::COMPONENT_LABEL;
use super::context::Context;
use super::unit::ResolvedOutside;
use crate::model::ExternalComponent;
use crate::tree::{Entry, Key, Node, Origin};

/// Whether `external` of the project has a component, and where.
pub(super) fn find<'a>(application: &str, component: &str, context: &Context<'_, 'a>) -> Option<&'a ExternalComponent> {
    let known = context.plan.workspace.map(|workspace| &workspace.project.external_components)?;
    known.iter().find(|known| &*known.application.value == application && &*known.component.value == component)
}

/// Those that the components of a unit connect to, each once.
pub(super) fn outside(components: &[ResolvedComponent], context: &mut Context<'_, '_>) -> Vec<ResolvedOutside> {
    let mut found: Vec<ResolvedOutside> = Vec::new();
    for call in components.iter().flat_map(|component| &component.connections) {
        let known = found.iter().any(|known| known.application.value == call.application && known.component.value == call.component);
        if known || context.plan.find(&call.application, context.target).is_some() {
            continue;
        }
        let Some(external) = self::find(&call.application, &call.component, context) else { continue };
        let Some(namespace) = context.evaluated(&external.namespace, None) else { continue };
        let label = |name: &str, value: &crate::model::Name| Entry {
            key: Key::new(name),
            key_at: value.at,
            node: Node::str(value.value.clone(), Origin::written(value.at)),
        };
        let labels = match external.match_labels.as_slice() {
            [] => vec![label(COMPONENT_LABEL, &external.component)],
            labels => labels.iter().map(|(name, value)| label(name, value)).collect(),
        };
        found.push(ResolvedOutside {
            application: external.application.clone(),
            component: external.component.clone(),
            namespace,
            selector: Node::map(labels, Origin::written(external.at)),
            ports: external.ports.clone(),
        });
    }
    found
}
