use super::*;
use crate::source::{Pos, Role, Sources};
use crate::tree::{Dropped, Entry, Fill, Key, Lost, Node, Origin, UnitLog, Value};

struct Case {
    sources: Sources,
    log: UnitLog,
    object: Node,
    layer: Pos,
}

/// A Deployment whose template takes `image` from a layer that won over the component, which won over the default.
fn case() -> Case {
    let mut sources = Sources::new();
    let template = sources.add("builtin/web.yaml", "kind: Deployment\nimage: '{{ image }}'\ndefault: x\n", Role::BuiltIn).unwrap();
    let component = sources.add("components/a.yaml", "image: a:1\n---\nimage: a:2\n", Role::Developer).unwrap();
    let binding = sources.add("traits/a.yaml", "LOG: warn\n", Role::AppOperator).unwrap();
    let (default, base, layer) = (template.pos(46), component.pos(7), component.pos(22));
    let mut log = UnitLog::default();
    let lost = |value: &str, old: Pos, winner: Pos| Lost {
        old: Origin::written(old),
        value: Value::Str(value.into()),
        winner: Origin::written(winner),
        path: "image".into(),
        owner: Some("a".into()),
    };
    log.lost.push(lost("x", default, base));
    log.lost.push(lost("a:1", base, layer));
    let both = log.fill(vec![layer, binding.pos(5)]);
    let made = |by| Origin { at: template.pos(24), by };
    let text = |text: &str, origin| Node::str(text, origin);
    let map = |entries: Vec<(&str, Node)>| {
        let entry = |(key, node): (&str, Node)| Entry { key: Key::new(key), key_at: Pos::NOWHERE, node };
        Node::map(entries.into_iter().map(entry).collect(), Origin::default())
    };
    let env = map(vec![("name", text("LOG_LEVEL", made(Fill::NOTHING))), ("value", text("warn", made(Fill::one(binding.pos(5)))))]);
    let container = map(vec![
        ("name", text("a", made(Fill::NOTHING))),
        ("image", text("a:2", made(Fill::one(layer)))),
        ("env", Node::list(vec![env], Origin::default())),
        ("both", text("a:2 warn", made(both))),
    ]);
    let labels = map(vec![("app.oam.dev/name", text("a", Origin::default()))]);
    let object = map(vec![
        ("kind", text("Deployment", Origin::written(template.pos(6)))),
        ("metadata", map(vec![("labels", labels)])),
        ("spec", map(vec![("containers", Node::list(vec![container], Origin::default()))])),
    ]);
    Case { sources, log, object, layer }
}

impl Case {
    fn lens(&self) -> Lens<'_> {
        Lens { log: &self.log, sources: &self.sources, prefix: "", owner: Some("a") }
    }

    fn asked(&self, query: &str) -> Vec<Field> {
        fields(&self.object, Some(&Query::parse(query)), self.lens())
    }
}

#[test]
fn fields_are_found_by_their_last_steps() {
    let case = case();
    let paths = |query: &str| case.asked(query).into_iter().map(|field| field.path).collect::<Vec<_>>();
    let image = "spec.containers[name=a].image";
    for query in [
        "image",
        "containers.image",
        "containers[0].image",
        "containers[a].image",
        "containers[name=a].image",
        "spec.containers.a.image",
        image,
    ] {
        assert_eq!(paths(query), [image], "{query}");
    }
    assert_eq!(
        paths("env.LOG_LEVEL"),
        ["spec.containers[name=a].env[name=LOG_LEVEL].name", "spec.containers[name=a].env[name=LOG_LEVEL].value"]
    );
    assert_eq!(paths("env.LOG_LEVEL.value"), ["spec.containers[name=a].env[name=LOG_LEVEL].value"]);
    assert_eq!(paths("labels.app.oam.dev/name"), ["metadata.labels[app.oam.dev/name]"]);
    assert_eq!(paths("[app.oam.dev/name]"), ["metadata.labels[app.oam.dev/name]"]);
    assert!(
        paths("spec.image").is_empty() && paths("containers[1].image").is_empty() && paths("env.LOG").is_empty() && paths("").is_empty()
    );
    assert_eq!(fields(&case.object, None, case.lens()).len(), 7, "all leaves");
}

#[test]
fn a_field_knows_who_set_it_through_what_and_all_that_lost() {
    let case = case();
    let image = &case.asked("image")[0];
    assert_eq!((image.set_by[0].file.as_str(), image.set_by[0].line, image.set_by[0].owner), ("components/a.yaml", 3, "developer"));
    assert_eq!(image.template.as_ref().map(|spot| spot.line), Some(2));
    let lost: Vec<_> = image.won_over.iter().map(|loser| (loser.value.as_str().unwrap(), loser.place.as_ref().unwrap().line)).collect();
    assert_eq!(lost, [("a:1", 1), ("x", 3)], "nearest loser first");
    let both = &case.asked("both")[0];
    assert_eq!(both.set_by.iter().map(|spot| spot.owner).collect::<Vec<_>>(), ["developer", "app-operator"]);
    let literal = &case.asked("kind")[0];
    assert_eq!((literal.set_by[0].owner, &literal.template), ("built-in", &None));
}

#[test]
fn text_shows_value_place_role_template_and_losers() {
    let case = case();
    let of =
        |units: &str| ObjectBlame { object: "Deployment a".into(), units: vec![units.into()], fields: case.asked("image"), absent: vec![] };
    let objects = merged(vec![of("a/dev"), of("a/prod")]);
    let expected = "\
Deployment a in a/dev, a/prod
  spec.containers[name=a].image  a:2      components/a.yaml:3:8 developer  via builtin/web.yaml:2:8
                                 not a:1  components/a.yaml:1:8 developer
                                 not x    builtin/web.yaml:3:9 built-in
";
    assert_eq!(objects_text(&objects, true, false), expected, "one field: its whole path");
    let text = objects_text(&objects, false, false);
    let grouped = "  spec.containers[name=a]\n    image  a:2      components/a.yaml:3:8 developer  via builtin/web.yaml:2:8\n";
    assert!(text.contains(grouped), "{text}");
    assert!(!text.contains('\x1b') && objects_text(&objects, false, true).contains('\x1b'));
}

#[test]
fn a_line_knows_the_fields_that_it_decides_and_those_that_it_lost() {
    let case = case();
    let at = |pos: Pos| decided_by(pos, Pos::new(pos.number() + 3), "Deployment a", "a/dev", &case.object, case.lens());
    let decided = at(case.layer);
    assert_eq!(
        decided.iter().map(|d| d.path.as_str()).collect::<Vec<_>>(),
        ["spec.containers[name=a].image", "spec.containers[name=a].both"]
    );
    assert!(decided.iter().all(|d| d.lost_to.is_none()));
    let base = case.sources.file_named("components/a.yaml").unwrap().pos(0);
    let lost = decided_by(base, Pos::new(base.number() + 9), "Deployment a", "a/dev", &case.object, case.lens());
    assert_eq!(lost[0].lost_to.as_ref().map(|spot| spot.line), Some(3), "{lost:?}");
    assert!(decided_text(&lost, false).contains("a:2  lost to components/a.yaml:3:8 developer"));
}

#[test]
fn a_field_that_is_not_there_says_why_also_for_what_would_stand_below_it() {
    let case = case();
    let template = case.sources.file_named("builtin/web.yaml").unwrap();
    let dropped = |path: &str| Dropped {
        path: path.into(),
        at: template.pos(17),
        reason: "`parameter.cmd` is not set".into(),
        by: Pos::NOWHERE,
        owner: None,
    };
    let log = [dropped("spec.containers[0].command"), dropped("spec.containers[0].livenessProbe")];
    let asked = |query: &str| absent(&case.object, log.clone(), Some(&Query::parse(query)), case.lens());
    assert_eq!(asked("containers.a.command")[0].path, "spec.containers[name=a].command");
    assert_eq!(asked("livenessProbe.httpGet.path")[0].template.as_ref().map(|spot| spot.line), Some(2));
    assert!(asked("httpGet").is_empty() && asked("image").is_empty());
    assert_eq!(absent(&case.object, log.clone(), None, case.lens()).len(), 2);
}

#[test]
fn what_a_line_decides_is_one_block_per_object_and_units() {
    let one = |object: &str, unit: &str, path: &str| Decided {
        object: object.into(),
        units: vec![unit.into()],
        path: path.into(),
        value: 1.into(),
        lost_to: None,
    };
    let merged =
        merged_lines(vec![one("A", "dev", "x"), one("A", "dev", "y"), one("A", "prod", "x"), one("B", "dev", "x"), one("A", "prod", "y")]);
    let shape: Vec<_> = merged.iter().map(|d| (d.object.as_str(), d.path.as_str(), d.units.len())).collect();
    assert_eq!(shape, [("A", "x", 2), ("A", "y", 2), ("B", "x", 1)]);
}
