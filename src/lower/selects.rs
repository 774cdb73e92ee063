//! A workload selects its own pods: Kubernetes refuses one that does not.

use super::{Object, pods};
use crate::diag::{Diagnostic, Sink, code};
use crate::tree::Node;

/// Tells labels of a workload's selector that its pods do not have, or have with another value.
pub(super) fn judge(object: &Object, sink: &Sink) {
    let selector = object.node.at(&["spec", "selector", "matchLabels"]).map(Node::entries).unwrap_or_default();
    let Some(template) = pods::template(&object.id, &object.node) else { return };
    let labels = template.at(&["metadata", "labels"]);
    for wanted in selector {
        let found = labels.and_then(|labels| labels.get(wanted.key));
        if found.is_some_and(|found| found.value == wanted.node.value) {
            continue;
        }
        let (key, value) = (wanted.key, wanted.node.as_str().unwrap_or_default());
        let message = format!("the pods of `{}` must have the label `{key}: {value}`, by which they are selected", object.id);
        let at = found.map_or(wanted.node.origin, |found| found.origin).author();
        let problem = Diagnostic::error(code::VALUE_NOT_ALLOWED, at, message).label(wanted.node.origin.author(), "the selector");
        sink.push(problem.help(format!("leave `{key}` out of the labels of the pods")).decisive());
    }
}
