//! Problems that the full validator finds, at the lines of the values that they are about.

use jsonschema::error::ValidationErrorKind as Kind;

use super::{Step, path_text};
use crate::diag::{Code, Diagnostic, Sink, code};
use crate::shape::Shapes;
use crate::shape::beyond::Beyond;
use crate::source::Pos;
use crate::tree::{Key, Node};

impl Shapes {
    pub(super) fn validate_beyond(&self, beyond: &Beyond, value: &Node, what: &str, sink: &Sink) -> bool {
        let json = value.to_json();
        let mut fits = true;
        for error in beyond.validator.iter_errors(&json) {
            fits = false;
            let (path, node, at) = walk(value, error.instance_path().as_str());
            let here = if path.is_empty() { what.to_owned() } else { format!("`{}`", path_text(&path)) };
            for diagnostic in diagnostics(error.kind(), &here, node, at, &error.masked_with("it").to_string()) {
                sink.push(diagnostic);
            }
        }
        fits
    }
}

/// The node at a JSON pointer, as far as it leads, and where its author wrote it.
fn walk<'n>(root: &'n Node, pointer: &str) -> (Vec<Step>, &'n Node, Pos) {
    let (mut path, mut node, mut at) = (Vec::new(), root, root.origin.author());
    for segment in pointer.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        let next = match segment.parse::<usize>().ok().filter(|_| node.is_list()) {
            Some(index) => node.items().get(index).map(|item| (Step::Index(index), item, Pos::NOWHERE)),
            None => node.entry(Key::new(&segment)).map(|entry| (Step::Key(entry.key), &entry.node, entry.key_at)),
        };
        let Some((step, child, key_at)) = next else { break };
        path.push(step);
        node = child;
        at = [node.origin.author(), key_at, at].into_iter().find(|pos| pos.is_known()).unwrap_or_default();
    }
    (path, node, at)
}

fn diagnostics(kind: &Kind, here: &str, node: &Node, at: Pos, text: &str) -> Vec<Diagnostic> {
    let unknown = |names: &[String]| {
        let one = |name: &String| {
            let key_at = node.entry(Key::new(name)).map(|entry| entry.key_at).filter(|pos| pos.is_known());
            Diagnostic::error(code::UNKNOWN_FIELD, key_at.unwrap_or(at), format!("unknown field `{name}` in {here}"))
        };
        names.iter().map(one).collect::<Vec<_>>()
    };
    let one = |code: Code, message: String| vec![Diagnostic::error(code, at, message)];
    match kind {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => unknown(unexpected),
        Kind::Required { property } => {
            one(code::MISSING_FIELD, format!("missing field `{}` in {here}", property.as_str().unwrap_or_default()))
        }
        Kind::Type { .. } => one(code::WRONG_TYPE, format!("{here} has the wrong type: {text}")),
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => {
            one(code::NO_UNION_BRANCH, format!("{here} has none of the forms that it may have"))
        }
        Kind::OneOfMultipleValid { .. } => one(code::NO_UNION_BRANCH, format!("{here} must have exactly one form, and has several")),
        Kind::Format { .. } | Kind::Pattern { .. } => one(code::BAD_FORMAT, format!("{here} has the wrong form: {text}")),
        Kind::Minimum { .. }
        | Kind::Maximum { .. }
        | Kind::ExclusiveMinimum { .. }
        | Kind::ExclusiveMaximum { .. }
        | Kind::MinLength { .. }
        | Kind::MaxLength { .. }
        | Kind::MinItems { .. }
        | Kind::MaxItems { .. }
        | Kind::MinProperties { .. }
        | Kind::MaxProperties { .. }
        | Kind::MultipleOf { .. } => one(code::OUT_OF_RANGE, format!("{here} is out of range: {text}")),
        _ => one(code::VALUE_NOT_ALLOWED, format!("{here} is not allowed: {text}")),
    }
}
