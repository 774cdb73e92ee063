//! Texts that are files of a known form: compared by their own fields.

use crate::diag::Sink;
use crate::source::{Role, Sources};
use crate::tree::{Node, read_yaml};

/// Both texts as values, if they are files of a form that is known by the name and both are one map or list.
pub(super) fn both(name: &str, old: &str, new: &str) -> Option<(Node, Node)> {
    let (_, extension) = name.rsplit_once('.')?;
    if !["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known)) {
        return None;
    }
    Some((value(old)?, value(new)?))
}

fn value(text: &str) -> Option<Node> {
    let file = Sources::new().add("", text.to_owned(), Role::BuiltIn).ok()?;
    let sink = Sink::new();
    let mut documents = read_yaml(&file, &sink);
    let one = documents.len() == 1 && !sink.has_errors();
    documents.pop().map(|document| document.root).filter(|root| one && (root.is_map() || root.is_list()))
}
