//! What reviewers see, whatever the objects hold.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use proptest::prelude::*;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use serde_json::json;

use super::{File, LEAST, LIMIT, Line, MARK, Preview, Unit, html, markdown, rows};
use crate::diff::Pair;
use crate::kubernetes::{ObjectId, Schemas, Version};
use crate::tree::{Node, Origin, emit};
use crate::view::blame::Spot;
use crate::view::diff::{Changed, Place, changed};

fn change(target: &str, name: &str, old: Option<serde_json::Value>, new: Option<serde_json::Value>) -> Changed {
    let object = |value: Option<serde_json::Value>| {
        let mut value = value?;
        value["metadata"] = json!({"name": name});
        Some(Node::from_json(&value, Origin::default()))
    };
    let (old, new) = (object(old), object(new));
    let id = ObjectId::of(new.as_ref().or(old.as_ref()).unwrap()).unwrap();
    let place = Place { target: target.into(), application: "shop".into(), object: name.into(), moved_from: None, renamed: None };
    let schemas = Schemas::bundled(Version::NEWEST);
    let schema = new.as_ref().or(old.as_ref()).and_then(|node| schemas.kind_of(node));
    let mut told = changed(&Pair { id: &id, old: old.as_ref(), new: new.as_ref() }, schema, place, None, None).unwrap();
    let text = |node: &Option<Node>| {
        let mut text = String::new();
        node.iter().for_each(|node| emit(node, &mut text));
        text
    };
    told.texts = Some((text(&old), text(&new)));
    told
}

fn config(value: &str) -> Option<serde_json::Value> {
    Some(json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": value}}))
}

fn preview(changes: Vec<Changed>) -> Preview {
    let file = |change: &Changed| {
        let path = format!("{}/shop/{}.yaml", change.place.target, change.place.object);
        File { path, ..File::default() }
    };
    let files = changes.iter().map(file).collect();
    let units = ["dev", "prod"].map(|target| Unit { target: target.into(), application: "shop".into() });
    Preview { changes, files, against: "`main`".into(), units: units.into(), ..Preview::default() }
}

/// What a reader of CommonMark finds: blocks of code with their languages, tags, rows of tables. Nothing of ours is a link, an image or indented code.
#[derive(Debug, Default)]
struct Read {
    blocks: Vec<(String, String)>,
    html: String,
    rows: usize,
}

fn read(markdown: &str) -> Read {
    let mut read = Read::default();
    let mut block: Option<(String, String)> = None;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => block = Some((language.to_string(), String::new())),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => panic!("an indented block:\n{markdown}"),
            Event::End(TagEnd::CodeBlock) => read.blocks.extend(block.take()),
            Event::Text(text) => block.iter_mut().for_each(|(_, lines)| lines.push_str(&text)),
            Event::Html(html) | Event::InlineHtml(html) => read.html.push_str(&html),
            Event::Start(Tag::TableRow) => read.rows += 1,
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::Emphasis | Tag::BlockQuote(_)) => panic!("{event:?} in\n{markdown}"),
            _ => {}
        }
    }
    assert!(block.is_none(), "a block without an end:\n{markdown}");
    read
}

/// The tags that were written, in order; whatever else looks like one fails.
fn tags(html: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').expect("a tag ends") + 1;
        found.push(&rest[start..end]);
        rest = &rest[end..];
    }
    found
}

fn balanced(html: &str) {
    let mut open = Vec::new();
    for tag in tags(html) {
        match tag {
            MARK => {}
            "<details>" | "<summary>" | "<p>" | "<b>" | "<code>" => open.push(&tag[1..tag.len() - 1]),
            _ => {
                let name = tag.strip_prefix("</").and_then(|tag| tag.strip_suffix('>')).unwrap_or_else(|| panic!("a foreign tag {tag}"));
                assert_eq!(open.pop(), Some(name), "{html}");
            }
        }
    }
    assert!(open.is_empty(), "{open:?} in {html}");
}

#[test]
fn the_comment_says_where_what_and_why() {
    let deployment = |replicas: u8| Some(json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": replicas}}));
    let claim = Some(json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": {}}));
    let mut replicas = change("prod", "web", deployment(3), deployment(2));
    replicas.fields[0].set_by = vec![Spot { file: "apps/shop/traits/web.yaml".into(), line: 8, column: 3, owner: "app-operator" }];
    let preview = preview(vec![replicas, change("prod", "data", claim, None)]);
    let rows = rows(&preview);
    assert_eq!(rows.iter().map(|row| (row.target, row.changed, row.removed)).collect::<Vec<_>>(), [("dev", 0, 0), ("prod", 1, 1)]);
    let text = markdown(&preview, LIMIT);
    assert_eq!(text.lines().next(), Some(MARK));
    let expected = "\
<!-- oam preview -->
### Rendered objects: 1 changed, 1 gone

Compared with `main`.

| environment | changed | new | gone | look closer |
| :-- | --: | --: | --: | :-- |
| `dev` |  |  |  |  |
| `prod` | 1 |  | 1 | ⚠️ **data-loss**, **capacity** |

- ⚠️ **data-loss** (1): the volume, and what is on it, goes with the claim unless its class retains it
- **capacity** (1): fewer pods run

<details><summary><b><code>PersistentVolumeClaim</code> <code>data</code></b> gone in <code>prod</code> · ⚠️ <b>data-loss</b></summary>

- ⚠️ **data-loss**: the volume, and what is on it, goes with the claim unless its class retains it

```diff
--- a/prod/shop/data.yaml
+++ /dev/null
@@ -1,5 +0,0 @@
-apiVersion: v1
-kind: PersistentVolumeClaim
-spec: {}
-metadata:
-  name: data
```

</details>

<details><summary><b><code>Deployment</code> <code>web</code></b> changed in <code>prod</code> · <b>capacity</b></summary>

- **capacity**: fewer pods run
- `spec.replicas`: `3` → `2` — `apps/shop/traits/web.yaml:8` (app-operator)

```diff
--- a/prod/shop/web.yaml
+++ b/prod/shop/web.yaml
@@ -1,6 +1,6 @@
 apiVersion: apps/v1
 kind: Deployment
 spec:
-  replicas: 3
+  replicas: 2
 metadata:
   name: web
```

</details>

";
    assert_eq!(text, expected, "{text}");
}

#[test]
fn nothing_is_said_of_nothing() {
    assert_eq!(markdown(&preview(Vec::new()), LIMIT), format!("{MARK}\n### Nothing that is rendered changes\n\nCompared with `main`.\n"));
}

#[test]
fn what_has_no_room_is_told_shorter_and_the_gravest_last() {
    let mut changes: Vec<Changed> =
        (0..600).map(|index| change("dev", &format!("c{index:03}"), config("old"), config(&format!("new {index}")))).collect();
    let claim = Some(json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": {}}));
    changes.push(change("prod", "data", claim, None));
    let preview = preview(changes);
    let mut before = 0;
    let mut seen = Vec::new();
    for limit in [LEAST, 8_000, 40_000, 150_000, 1_000_000] {
        let text = markdown(&preview, limit);
        let size = text.chars().count();
        assert!(size <= limit && size > before, "{size} of {limit}");
        before = size;
        let found = read(&text);
        balanced(&found.html);
        // What is lost is the first to be told, and the last to be told shorter.
        let lines = text.lines().filter(|line| line.starts_with("<p><b>") || line.starts_with("<details><summary><b>"));
        assert!(lines.clone().next().unwrap().contains("<code>data</code></b> gone"), "{text}");
        seen.push((lines.count(), found.blocks.len(), text.contains("what has no room here")));
    }
    assert!(seen[0].0 < 20 && seen[0].1 <= 2 && seen[0].2, "{seen:?}");
    assert!(seen[2].0 > seen[1].0 && seen[2].2, "{seen:?}");
    assert_eq!((seen[3].0, seen[3].2), (601, false), "{seen:?}");
    assert_eq!(seen[4], (601, 601, false));
}

/// Text that somebody writes to break out.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("`"),
        Just("```"),
        Just("````````"),
        Just("~~~~"),
        Just("\n"),
        Just("\r\n"),
        Just("\n\n"),
        Just("</details>"),
        Just("<details>"),
        Just("</code>"),
        Just("</summary>"),
        Just("<script>alert(1)</script>"),
        Just("<!--"),
        Just("-->"),
        Just("|"),
        Just("\\|"),
        Just("\\"),
        Just("](http://x)"),
        Just("![a](b)"),
        Just("[a]"),
        Just("*"),
        Just("_"),
        Just("**"),
        Just("# "),
        Just("- "),
        Just("> "),
        Just("    "),
        Just("&lt;"),
        Just("$"),
        Just("@somebody"),
        Just("#1"),
        Just("\u{202e}"),
        Just("\u{1b}[31m"),
        Just("\u{85}"),
        Just("ä"),
        Just("👩‍👩‍👧"),
        Just(" "),
        Just("a"),
        Just("<"),
        Just(">"),
        Just("\t"),
        Just("'"),
        Just("\""),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_hostile_breaks_out(
        objects in prop::collection::vec((hostile(), hostile(), hostile(), hostile(), hostile()), 1..6),
        target in hostile(),
        against in hostile(),
        reason in hostile(),
        limit in LEAST..20_000usize,
    ) {
        let mut changes = Vec::new();
        for (name, key, old, new, file) in &objects {
            let object = |value: &str| Some(json!({"apiVersion": "v1", "kind": format!("K{file}"), "data": {(format!("k{key}")): value}}));
            let mut told = match (old.len() % 3, old == new) {
                (0, _) => change(&target, &format!("n{name}"), None, object(new)),
                (1, _) | (_, true) => change(&target, &format!("n{name}"), object(old), None),
                _ => change(&target, &format!("n{name}"), object(old), object(new)),
            };
            let spot = Spot { file: file.clone(), line: 1, column: 1, owner: "developer" };
            told.place.moved_from = Some(reason.clone()).filter(|_| new.len() % 2 == 0);
            for field in &mut told.fields {
                field.set_by.push(spot.clone());
                field.reason = Some(reason.clone());
            }
            told.spots.push(spot);
            changes.push(told);
        }
        let mut preview = preview(changes);
        preview.against = against;
        preview.units.push(Unit { target: target.clone(), application: target });
        for limit in [limit, LIMIT] {
            let text = markdown(&preview, limit);
            prop_assert!(text.chars().count() <= limit);
            prop_assert!(text.starts_with(MARK));
            let read = read(&text);
            balanced(&read.html);
            // A row for each environment, and maybe one for those that have no room.
            prop_assert!(read.rows <= 4, "{}", text);
            prop_assert!(read.blocks.iter().all(|(language, lines)| language == "diff" && lines.starts_with("--- ")), "{}", text);
            if limit == LIMIT {
                let whole = super::super::diff::collapse(&preview.changes).len();
                prop_assert_eq!(read.blocks.len(), whole, "{}", text);
            }
        }
    }
}

/// What a page holds, as it reads it.
fn held(page: &str, id: &str) -> serde_json::Value {
    let (_, rest) = page.split_once(&format!("<script id=\"{id}\" type=\"application/octet-stream\">")).unwrap();
    let bytes = STANDARD.decode(rest.split_once('<').unwrap().0).unwrap();
    serde_json::from_reader(GzDecoder::new(&*bytes)).unwrap()
}

#[test]
fn a_page_holds_every_object_and_every_line_once() {
    let hostile = "</script><script>alert(1)</script>{{index}}";
    let mut changes = vec![
        change("dev", "a", config("one"), config("two")),
        change("prod", "a", config("one"), config("two")),
        change("prod", hostile, None, config(hostile)),
    ];
    changes[0].fields[0].set_by = vec![Spot { file: "apps/shop/a.yaml".into(), line: 7, column: 3, owner: "developer" }];
    changes[1].fields[0].set_by = changes[0].fields[0].set_by.clone();
    let mut preview = preview(changes);
    let known = |path: &str| Line { path: path.into(), ..Line::default() };
    preview.files[0].new = ["apiVersion", "kind", "data", "data.a", "metadata", "metadata.name"].map(known).into();
    let page = html(&preview);
    assert!(!page.contains("alert(1)"));
    let (index, manifests) = (held(&page, "index"), held(&page, "manifests"));
    assert_eq!(index["against"], "`main`");
    assert_eq!(index["targets"], json!(["dev", "prod"]));
    assert_eq!(index["units"], json!([[0, 1]]));
    assert_eq!(index["changes"].as_array().unwrap().len(), 2, "the same change is told once");
    let field = json!({"path": "data.a", "old": "one", "new": "two", "by": [0]});
    assert_eq!(index["changes"][0]["fields"], json!([field]));
    assert_eq!(index["spots"], json!([[0, 7, 3, 0]]));
    assert_eq!(index["objects"][2]["name"], hostile);
    assert_eq!(index["objects"][1]["lines"], json!([1, 1]));
    // The text of an object comes back from its rows.
    let text = |object: usize, op: u64| {
        let rows = manifests["rows"][object].as_array().unwrap();
        let row = |row: &serde_json::Value| {
            let row = row.as_u64().unwrap();
            let cell = 3 * (row / 3) as usize;
            let text = manifests["texts"][manifests["cells"][cell].as_u64().unwrap() as usize].as_str().unwrap();
            [0, op].contains(&(row % 3)).then(|| format!("{text}\n"))
        };
        rows.iter().filter_map(row).collect::<String>()
    };
    for (object, change) in preview.changes.iter().enumerate() {
        let (old, new) = change.texts.clone().unwrap();
        assert_eq!((text(object, 2), text(object, 1)), (old, new));
    }
    let path = |row: usize| {
        let cell = 3 * (manifests["rows"][0][row].as_u64().unwrap() / 3) as usize;
        &manifests["paths"][manifests["cells"][cell + 1].as_u64().unwrap() as usize]
    };
    assert_eq!((path(2), path(4)), (&json!("data"), &json!("data.a")));
}

#[test]
fn a_page_asks_nobody_for_anything() {
    let page = html(&preview(vec![change("dev", "a", config("one"), config("two"))]));
    let (_, rest) = page.split_once("<script id=\"index\"").unwrap();
    let script = rest.split_once("'use strict'").unwrap().1;
    let page = format!("{}{script}", page.split_once("<script id=\"index\"").unwrap().0);
    // The name of the language of drawings looks like an address, and is none.
    let page = page.replace("http://www.w3.org/2000/svg", "");
    for word in ["http:", "https:", "//cdn", "@import", "url(h", "src=", "fetch(", "XMLHttpRequest", "import(", "innerHTML", "eval(", "{{"]
    {
        assert!(!page.contains(word), "the page holds `{word}`");
    }
    assert!(page.contains("default-src 'none'"));
}
