//! What tests expect, corrected to what is rendered: only the values that differ change, so that the rest stays as a person wrote it.

use super::expect::{mismatch, pairs};
use super::verdict::Tested;
use crate::tree::{Edits, Node, Origin, Value};

/// Corrects what a test expects, as far as that can be said: of objects that are there. Returns whether anything changes.
pub fn correct(tested: &Tested<'_>, edits: &mut Edits<'_>) -> bool {
    let Some(test) = tested.test.filter(|test| !tested.holds && test.field("refused").is_none()) else { return false };
    let Some(expected) = test.field("expect").filter(|_| tested.trial.refusal().is_none()) else { return false };
    let objects: Vec<&Node> = tested.trial.objects.iter().map(|object| &object.node).collect();
    let mut changed = false;
    for (expected, object) in pairs(expected.items(), &objects) {
        if let Some(object) = object.filter(|object| mismatch(expected, Some(object)).is_some()) {
            map(expected, object, edits);
            changed = true;
        }
    }
    changed
}

fn map(expected: &Node, found: &Node, edits: &mut Edits<'_>) {
    for entry in expected.entries() {
        let (key, wanted) = (entry.key.as_str(), &entry.node);
        match found.get(entry.key) {
            there if mismatch(wanted, there).is_none() => {}
            Some(there) if wanted.is_map() && there.is_map() => map(wanted, there, edits),
            Some(there) if items_correspond(wanted, there) => {
                wanted.items().iter().zip(there.items()).for_each(|(wanted, there)| map(wanted, there, edits));
            }
            Some(there) => edits.set(expected, key, &like(wanted, there)),
            // `null` expects that nothing is there.
            None => edits.set(expected, key, &Node::null(Origin::default())),
        }
    }
}

/// Whether two lists can be corrected item by item.
fn items_correspond(wanted: &Node, there: &Node) -> bool {
    wanted.is_list()
        && there.is_list()
        && wanted.items().len() <= there.items().len()
        && wanted.items().iter().zip(there.items()).all(|(one, other)| one.is_map() && other.is_map())
}

/// Of what is there, the part that was spoken of.
fn like(wanted: &Node, there: &Node) -> Node {
    match (&wanted.value, &there.value) {
        (Value::Map(wanted), Value::Map(_)) => {
            let mut part = Node::map(Vec::new(), there.origin);
            for entry in wanted.iter() {
                if let Some(found) = there.get(entry.key) {
                    part.set(entry.key, entry.key_at, like(&entry.node, found));
                }
            }
            part
        }
        (Value::List(wanted), Value::List(items)) => {
            let all =
                items.iter().enumerate().map(|(index, item)| wanted.get(index).map_or_else(|| item.clone(), |wanted| like(wanted, item)));
            Node::list(all.collect(), there.origin)
        }
        _ => there.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sink;
    use crate::source::{Role, Sources};
    use crate::tree::read_yaml;

    #[test]
    fn only_what_differs_is_rewritten() {
        let text = "# above\nkind: Deployment # the workload\nspec:\n  replicas: 2 # two\n  list: [{name: a, port: 80}, {name: b}]\n  gone: x\n  args: [a]\n";
        let mut sources = Sources::new();
        let file = sources.add("t.yaml", text, Role::InfraOperator).unwrap();
        let expected = read_yaml(&file, &Sink::new()).swap_remove(0).root;
        let found = serde_json::json!({"kind": "Deployment", "spec": {"replicas": 3, "more": 1, "list": [{"name": "a", "port": 8080, "x": 1}, {"name": "b"}], "args": ["a", "b"]}});
        let mut edits = Edits::new(&file);
        map(&expected, &Node::from_json(&found, Origin::default()), &mut edits);
        let wanted = "# above\nkind: Deployment # the workload\nspec:\n  replicas: 3 # two\n  list: [{name: a, port: 8080}, {name: b}]\n  gone: null\n  args: [a]\n";
        assert_eq!(edits.text(), wanted);
    }
}
