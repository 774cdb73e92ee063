//! What holds for any input: what is written is read back as it was, no bytes stop the reader, positions are those of the text, patches touch
//! what they select. The inputs are the same in every run; `PROPTEST_CASES` asks for more of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use oam::diag::Sink;
use oam::kubernetes::{Schemas, Version};
use oam::patch::{json_merge, strategic, strip_directives};
use oam::shape::ShapeId;
use oam::source::{Pos, Role, SourceFile, Sources, decode};
use oam::tree::{Entry, Key, Node, Origin, Value, emit, emit_data, read_documents, read_yaml, token_range};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::program::root;

/// Tries a property on many inputs, always the same ones.
pub fn holds<S: Strategy>(cases: u32, inputs: S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    if let Err(problem) = TestRunner::new_with_rng(config, random).run(&inputs, property) {
        panic!("{problem}");
    }
}

fn file(text: impl Into<String>) -> Arc<SourceFile> {
    Sources::new().add("case.yaml", text.into(), Role::Developer).unwrap()
}

/// What YAML gives a meaning, and what is written with care: as words and as single characters.
fn text() -> impl Strategy<Value = String> {
    let words = proptest::sample::select(
        &[
            "",
            " ",
            "a",
            "key",
            "true",
            "No",
            "on",
            "~",
            "null",
            ".inf",
            "0x1F",
            "0o17",
            "017",
            "1_000",
            "1e3",
            "-1",
            "+1",
            ".5",
            "12:30:45",
            "2001-12-14",
            "<<",
            "=",
            "---",
            "...",
            "- ",
            "-",
            "? ",
            ": ",
            ":",
            " #",
            "#",
            "&a",
            "*a",
            "!t",
            "!!str",
            "|",
            ">-",
            "%YAML",
            "@",
            "`",
            "{",
            "}",
            "[",
            "]",
            ", ",
            "'",
            "\"",
            "\\",
            "\\n",
            "{{ x }}",
            "{%",
            "\n",
            "\n\n",
            "\n ",
            " \n",
            "\t",
            "\r",
            "\r\n",
            "é",
            "ß",
            "語",
            "🦀",
            "\u{85}",
            "\u{a0}",
            "\u{2028}",
            "\u{2029}",
            "\u{feff}",
            "\u{7f}",
            "\u{0}",
            "\u{1b}[31m",
            "\u{fffd}",
            "\u{e000}",
        ][..],
    );
    let long = proptest::string::string_regex("([a-z]{1,12} ){8,30}").unwrap();
    prop_oneof![
        6 => proptest::collection::vec(words, 0..6).prop_map(|words| words.concat()),
        2 => proptest::string::string_regex("[ -~\\n]{0,24}").unwrap(),
        1 => any::<String>(),
        1 => long,
    ]
}

/// Any value that JSON has.
fn tree() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => any::<i64>().prop_map(Value::Int),
        1 => (i64::MAX as u64 + 1..).prop_map(Value::UInt),
        1 => any::<f64>().prop_filter("JSON has no others", |number| number.is_finite()).prop_map(Value::Float),
        1 => (-1000i32..1000, 0u32..4).prop_map(|(number, places)| Value::Float(f64::from(number) / 10f64.powi(places as i32))),
        6 => text().prop_map(|text| Value::Str(text.into())),
    ];
    leaf.prop_map(|value| Node::new(value, Origin::default())).prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            2 => proptest::collection::vec(inner.clone(), 0..6).prop_map(|items| Node::list(items, Origin::default())),
            3 => proptest::collection::vec((text(), inner), 0..6).prop_map(|entries| {
                let mut map = Node::map(Vec::new(), Origin::default());
                for (key, node) in entries {
                    map.set(Key::new(&key), Pos::NOWHERE, node);
                }
                map
            }),
        ]
    })
}

/// Equal in value, type and order. Whole numbers of any size may be written with or without a point.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.key == b.key && same(&a.node, &b.node))
        }
        (a, b) => a == b,
    }
}

/// The one document of a text, read without a word.
fn reread(text: &str) -> Result<Node, TestCaseError> {
    let sink = Sink::new();
    let mut documents = read_yaml(&file(text), &sink);
    let problems = sink.take().diagnostics;
    prop_assert!(problems.is_empty() && documents.len() == 1, "{problems:?}\n{text}");
    Ok(documents.remove(0).root)
}

#[test]
fn what_is_written_is_read_back_as_it_was() {
    holds(3000, tree(), |tree| {
        prop_assume!(!tree.is_null());
        for write in [emit, emit_data] {
            let mut text = String::new();
            write(&tree, &mut text);
            let read = reread(&text)?;
            prop_assert!(same(&tree, &read), "\n{text}\nis read as {}", read.to_json());
            let mut again = String::new();
            write(&read, &mut again);
            prop_assert_eq!(&again, &text, "what was read is written otherwise");
        }
        Ok(())
    });
}

#[test]
fn documents_behind_each_other_stay_apart() {
    holds(500, proptest::collection::vec(tree(), 1..5), |trees| {
        prop_assume!(trees.iter().all(|tree| !tree.is_null()));
        let mut text = String::new();
        for tree in &trees {
            text.push_str("---\n");
            emit(tree, &mut text);
        }
        let sink = Sink::new();
        let read = read_yaml(&file(&*text), &sink);
        prop_assert!(sink.take().diagnostics.is_empty());
        prop_assert!(read.len() == trees.len() && trees.iter().zip(&read).all(|(tree, read)| same(tree, &read.root)), "{text}");
        Ok(())
    });
}

/// Reads bytes as a document, and judges all that can be judged without knowing what they are.
fn read_anything(bytes: Vec<u8>) -> Result<(), TestCaseError> {
    let Ok(text) = decode(bytes) else { return Ok(()) };
    let (began, file, sink) = (Instant::now(), file(text), Sink::new());
    let documents = read_documents(&file, &sink);
    let inside = |at: Pos| {
        let offset = at.number().wrapping_sub(file.base()) as usize;
        at.is_known() && offset <= file.text().len() && file.text().is_char_boundary(offset)
    };
    let report = sink.take();
    for problem in &report.diagnostics {
        prop_assert!(inside(problem.at) && problem.labels.iter().all(|label| inside(label.at)), "{problem:?}\n{}", file.text());
        let range = token_range(&file, problem.at);
        prop_assert!(file.text().get(range.clone()).is_some(), "{range:?} is no piece of\n{}", file.text());
    }
    prop_assert!(documents.broken.is_empty() || report.has_errors(), "a document is cut short without a word:\n{}", file.text());
    // Of some there is nothing.
    let broken = documents.broken.iter().filter(|document| !document.root.is_null());
    for document in documents.sound.iter().chain(broken) {
        walk(&document.root, &mut |node, key| {
            prop_assert!(inside(node.origin.at) && key.is_none_or(inside), "a value lies outside of\n{}", file.text());
            Ok(())
        })?;
    }
    prop_assert!(began.elapsed() < Duration::from_secs(2), "took {:?}:\n{}", began.elapsed(), file.text());
    Ok(())
}

fn walk(node: &Node, see: &mut impl FnMut(&Node, Option<Pos>) -> Result<(), TestCaseError>) -> Result<(), TestCaseError> {
    fn inner(
        node: &Node,
        key: Option<Pos>,
        see: &mut impl FnMut(&Node, Option<Pos>) -> Result<(), TestCaseError>,
    ) -> Result<(), TestCaseError> {
        see(node, key)?;
        node.items().iter().try_for_each(|item| inner(item, None, see))?;
        node.entries().iter().try_for_each(|entry| inner(&entry.node, Some(entry.key_at), see))
    }
    inner(node, None, see)
}

#[test]
fn no_bytes_stop_the_reader() {
    holds(4000, proptest::collection::vec(any::<u8>(), 0..200), read_anything);
    let hostile = proptest::collection::vec(
        proptest::sample::select(&b"a:-#?&*!|>'\"%@`{}[], \t\n\r\\~<=.0e+1\xc3\xa9\xef\xbb\xbf\xe2\x80\xa8"[..]),
        0..80,
    );
    holds(12_000, hostile, read_anything);
}

#[test]
fn no_change_of_a_document_stops_the_reader() {
    let mut texts: Vec<Vec<u8>> = Vec::new();
    for folder in ["examples", "tests/documents", "tests/diagnostics", "components", "traits"] {
        texts.extend(
            crate::program::files(&root().join(folder)).into_iter().filter(|(path, _)| path.ends_with(".yaml")).map(|(_, text)| text),
        );
    }
    texts.retain(|text| text.len() < 4000);
    assert!(texts.len() > 60);
    let piece = proptest::sample::select(
        &[
            "", "\n", " ", "\t", "- ", "-", ": ", ":", "#", "&a ", "*a", "{", "}", "[", "]", ",", "'", "\"", "|\n", "---\n", "...", "<<: ",
            "? ", "%", "!x ", "{{", "\u{feff}", "é", "\r", "\\",
        ][..],
    );
    let change = (any::<proptest::sample::Index>(), 0usize..12, piece);
    let changed = (proptest::sample::select(texts), proptest::collection::vec(change, 1..6)).prop_map(|(mut text, changes)| {
        for (at, length, piece) in changes {
            let at = at.index(text.len() + 1);
            let end = (at + length).min(text.len());
            text.splice(at..end, piece.bytes());
        }
        text
    });
    holds(3000, changed, read_anything);
}

/// The text of a scalar, read alone, is that scalar.
fn stands_for(text: &str, node: &Node) -> bool {
    let sink = Sink::new();
    // In brackets, so that a text of several lines need not be indented, and alone where it holds what brackets end.
    let alone = [format!("v: {text}\n"), format!("v: [{text}]\n")];
    alone.iter().any(|alone| {
        let documents = read_yaml(&file(&**alone), &sink);
        let value = documents.first().and_then(|document| document.root.field("v"));
        value.is_some_and(|value| same(value, node) || value.items().first().is_some_and(|item| same(item, node)))
    })
}

#[test]
fn positions_are_those_of_the_text() {
    holds(1500, (tree(), any::<bool>(), any::<bool>()), |(tree, windows, flow)| {
        let mut text = String::from("# ünï🦀\nv: ");
        if flow {
            // JSON is YAML, and all of it in one line.
            let control = |c: char| matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
            for c in tree.to_json().to_string().chars() {
                if control(c) { text.push_str(&format!("\\u{:04x}", c as u32)) } else { text.push(c) }
            }
        } else {
            text = String::from("# ünï🦀\n");
            emit(&Node::map(vec![Entry { key: Key::new("v"), key_at: Pos::NOWHERE, node: tree }], Origin::default()), &mut text);
        }
        if windows {
            text = text.replace('\n', "\r\n");
        }
        let (file, sink) = (file(&*text), Sink::new());
        let documents = read_yaml(&file, &sink);
        let problems = sink.take().diagnostics;
        prop_assert!(problems.is_empty() && documents.len() == 1, "{problems:?}\n{text}");
        walk(&documents[0].root, &mut |node, key| {
            for at in [Some(node.origin.at), key].into_iter().flatten() {
                let offset = (at.number() - file.base()) as usize;
                let before = &text[..offset];
                let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
                let place = (before.matches('\n').count() as u32 + 1, before[line_start..].chars().count() as u32 + 1);
                prop_assert_eq!(file.line_column(offset), place, "lines and columns count characters");
            }
            let range = token_range(&file, node.origin.at);
            let token = &text[range.clone()];
            let block = token.starts_with(['|', '>']);
            let scalar = !node.is_list() && !node.is_map();
            if scalar && !block && !text.is_empty() {
                prop_assert!(stands_for(token, node), "`{token}` at {range:?} is not {} in\n{text}", node.to_json());
            }
            Ok(())
        })
    });
}

#[test]
fn keys_stand_where_their_positions_say() {
    holds(500, tree(), |tree| {
        prop_assume!(tree.is_map());
        let mut text = String::new();
        emit(&tree, &mut text);
        let file = file(&*text);
        for entry in read_yaml(&file, &Sink::new()).iter().flat_map(|document| document.root.entries().to_vec()) {
            let token = &text[token_range(&file, entry.key_at)];
            prop_assert!(
                stands_for(token, &Node::str(entry.key.as_str(), Origin::default())),
                "`{token}` is not the key {:?} in\n{text}",
                entry.key
            );
        }
        Ok(())
    });
}

/// A map of few keys, so that two of them have some in common.
fn map() -> impl Strategy<Value = Node> {
    proptest::collection::vec((proptest::sample::select(&["a", "b", "c", "name"][..]), small()), 0..4).prop_map(|entries| {
        let mut map = Node::map(Vec::new(), Origin::default());
        for (key, node) in entries {
            map.set(Key::new(key), Pos::NOWHERE, node);
        }
        map
    })
}

fn small() -> impl Strategy<Value = Node> {
    let key = proptest::sample::select(&["a", "b", "c", "name"][..]);
    let leaf =
        prop_oneof![Just(Value::Int(1)), Just(Value::Int(2)), Just(Value::Bool(true)), "[xy]".prop_map(|text| Value::Str(text.into()))];
    leaf.prop_map(|value| Node::new(value, Origin::default())).prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(|items| Node::list(items, Origin::default())),
            4 => proptest::collection::btree_map(key.clone(), inner, 0..4).prop_map(|entries| {
                let entries = entries.into_iter().map(|(key, node)| Entry { key: Key::new(key), key_at: Pos::NOWHERE, node });
                Node::map(entries.collect(), Origin::default())
            }),
        ]
    })
}

fn merged(base: &Node, patch: &Node) -> (Node, usize) {
    let (mut changes, sink) = (Vec::new(), Sink::new());
    let result = strategic(base.clone(), patch, None, &mut changes, &sink);
    assert!(sink.take().diagnostics.is_empty());
    (result, changes.len())
}

#[test]
fn patches_touch_only_what_they_select() {
    let nothing = Node::map(Vec::new(), Origin::default());
    holds(3000, (map(), map()), |(base, patch)| {
        // An empty patch, and the value itself as a patch, change nothing.
        prop_assert!(merged(&base, &nothing).0.value == base.value && merged(&base, &nothing).1 == 0);
        prop_assert!(merged(&base, &base).0.value == base.value && merged(&base, &base).1 == 0, "{}", base.to_json());
        // What was merged once is there, and merging it again changes nothing.
        let once = merged(&base, &patch).0;
        let (twice, changes) = merged(&once, &patch);
        prop_assert!(twice.value == once.value && changes == 0, "{} + {}", base.to_json(), patch.to_json());
        // Keys that the patch does not name are as they were, in their order.
        let untouched = |node: &Node| -> Vec<(Key, serde_json::Value)> {
            let entries = node.entries().iter().filter(|entry| patch.get(entry.key).is_none());
            entries.map(|entry| (entry.key, entry.node.to_json())).collect()
        };
        prop_assert_eq!(untouched(&once), untouched(&base));
        // Without lists to merge by key, a strategic merge is the merge of RFC 7396.
        let plain = json_merge(base.clone(), &patch, &mut Vec::new());
        prop_assert!(plain.value == once.value, "{} and {}", plain.to_json(), once.to_json());
        // Onto nothing it gives itself.
        prop_assert!(merged(&nothing, &patch).0.value == patch.value);
        Ok(())
    });
}

/// Containers of a pod, some without what a list is merged by in the right order.
fn pod() -> impl Strategy<Value = Node> {
    let variable = ("[A-D]", "[a-z]{1,3}").prop_map(|(name, value)| serde_json::json!({"name": name, "value": value}));
    let variables = proptest::collection::vec(variable, 0..4).prop_map(|mut list| {
        let mut seen = std::collections::BTreeSet::new();
        list.retain(|item| seen.insert(item["name"].to_string()));
        list
    });
    let port = proptest::sample::subsequence(vec![80, 81, 443], 0..3)
        .prop_map(|ports| ports.into_iter().map(|port| serde_json::json!({"containerPort": port})).collect::<Vec<_>>());
    let container = (variables, port).prop_map(|(env, ports)| serde_json::json!({"env": env, "ports": ports, "image": "i"}));
    proptest::collection::btree_map("[p-s]", container, 0..4).prop_map(|containers| {
        let containers: Vec<_> = containers
            .into_iter()
            .map(|(name, mut container)| {
                container["name"] = name.into();
                container
            })
            .collect();
        let json = serde_json::json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": containers}});
        Node::from_json(&json, Origin::default())
    })
}

#[test]
fn lists_that_merge_by_key_keep_order_and_have_no_key_twice() {
    let schemas = Schemas::bundled(Version::DEFAULT);
    holds(1500, (pod(), pod()), |(base, patch)| {
        let shape = schemas.kind_of(&base).map(|kind| (&**kind.shapes(), ShapeId::ROOT));
        let merge = |base: &Node| {
            let (mut changes, sink) = (Vec::new(), Sink::new());
            let result = strategic(base.clone(), &patch, shape, &mut changes, &sink);
            assert!(sink.take().diagnostics.is_empty());
            (strip_directives(result), changes.len())
        };
        let names = |node: &Node, list: &[&str]| -> Vec<String> {
            let items = node.at(list).map(Node::items).unwrap_or_default();
            items.iter().filter_map(|item| Some(item.field("name")?.as_str()?.to_owned())).collect()
        };
        let containers = ["spec", "containers"];
        let (result, _) = merge(&base);
        let (before, added, after) = (names(&base, &containers), names(&patch, &containers), names(&result, &containers));
        let expected: Vec<String> = before.iter().cloned().chain(added.iter().filter(|name| !before.contains(name)).cloned()).collect();
        prop_assert_eq!(&after, &expected, "the base's order, then what is new");
        prop_assert!(merge(&result).0.value == result.value && merge(&result).1 == 0, "again changes nothing");
        for container in result.at(&containers).map(Node::items).unwrap_or_default() {
            let mut variables = names(container, &["env"]);
            let count = variables.len();
            variables.sort();
            variables.dedup();
            prop_assert_eq!(variables.len(), count, "a variable stands twice");
        }
        // A container that the patch does not name is as it was.
        for (index, name) in before.iter().enumerate().filter(|(_, name)| !added.contains(name)) {
            let item = |node: &Node| node.at(&containers).unwrap().items()[index].clone();
            prop_assert!(item(&base).value == item(&result).value, "{name}");
        }
        Ok(())
    });
}
