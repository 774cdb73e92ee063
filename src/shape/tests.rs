//! What people see of a schema: messages, places, defaults, documentation.

use std::sync::Arc;

use crate::diag::{Report, Sink};
use crate::shape::{Child, Kind, References, ShapeId, Shapes, compile, compile_structural};
use crate::source::{Role, Sources};
use crate::tree::{Key, Node, Origin, Value, read_yaml};

/// Both texts in one run; the schema comes first.
struct Case {
    sources: Sources,
    shapes: Option<Shapes>,
    schema: Report,
    value: Node,
}

struct Library;

impl References for Library {
    fn resolve(&self, reference: &str) -> Option<Node> {
        let json = match reference {
            "lib:pod#/port" => serde_json::json!({"type": "integer", "maximum": 9}),
            "lib:pod#/ports" => serde_json::json!({"type": "array", "items": {"$ref": "#/port"}}),
            _ => return None,
        };
        Some(Node::from_json(&json, Origin::default()))
    }
}

fn read(sources: &mut Sources, path: &str, text: &str, role: Role) -> Node {
    let file = sources.add(path, text.to_owned(), role).unwrap();
    let sink = Sink::new();
    let mut documents = read_yaml(&file, &sink);
    assert!(!sink.has_errors(), "{:?}", sink.take());
    documents.remove(0).root
}

fn case(schema: &str, value: &str) -> Case {
    let mut sources = Sources::new();
    let schema = read(&mut sources, "schema", schema, Role::InfraOperator);
    let value = read(&mut sources, "value", value, Role::Developer);
    let sink = Sink::new();
    let shapes = compile(&schema, &Library, &sink);
    Case { sources, shapes, schema: sink.take(), value }
}

fn lines(sources: &Sources, report: &Report) -> Vec<String> {
    let line = |diagnostic: &crate::diag::Diagnostic| {
        let place = sources.locate(diagnostic.at).map_or("nowhere".to_owned(), |place| place.to_string());
        let help = diagnostic.help.as_ref().map(|help| format!(" | {help}")).unwrap_or_default();
        format!("{place} {}: {}{help}", diagnostic.code, diagnostic.message)
    };
    report.diagnostics.iter().map(line).collect()
}

/// The problems of a value, with defaults filled in first.
fn problems(schema: &str, value: &str) -> Vec<String> {
    let case = case(schema, value);
    let shapes = case.shapes.unwrap_or_else(|| panic!("{:?}", case.schema));
    let sink = Sink::new();
    let fits = shapes.validate(&shapes.fill_defaults(case.value), "properties of `web`", &sink);
    let report = sink.take();
    assert_eq!(fits, !report.has_errors());
    lines(&case.sources, &report)
}

/// The problems of a schema.
fn schema_problems(schema: &str) -> Vec<String> {
    let case = case(schema, "{}");
    assert_eq!(case.shapes.is_none(), case.schema.has_errors());
    lines(&case.sources, &case.schema)
}

fn filled(schema: &str, value: &str) -> String {
    let case = case(schema, value);
    case.shapes.unwrap_or_else(|| panic!("{:?}", case.schema)).fill_defaults(case.value).to_json().to_string()
}

const WEB: &str = "
type: object
required: [image]
additionalProperties: false
properties:
  image: {type: string, format: oci-image, description: what runs}
  cmd: {type: array, items: {type: string}}
  replicas: {type: integer, minimum: 1, exclusiveMaximum: 10}
  ports:
    type: array
    minItems: 1
    uniqueItems: true
    items:
      type: object
      required: [port]
      additionalProperties: false
      properties: {port: {type: integer}, name: {type: string, maxLength: 3, pattern: '^[a-z]+$'}, protocol: {enum: [TCP, UDP]}}
";

#[test]
fn plain_mistakes_are_said_at_their_own_line() {
    assert_eq!(
        problems(WEB, "imgae: a"),
        ["value:1:1 unknown-field: unknown field `imgae` in properties of `web` | did you mean `image`?"]
    );
    assert_eq!(
        problems(WEB, "cmd: []"),
        ["value:1:1 missing-field: missing field `image` in properties of `web` | `image` is a string (oci-image): what runs"]
    );
    assert_eq!(
        problems(WEB, "image: A B\nwhat: 1\nreplicas: 10\ncmd: ls\n"),
        [
            "value:1:8 bad-format: `image` must be an image reference, and `A B` is not | for example `shop/orders:1.4.2`",
            "value:2:1 unknown-field: unknown field `what` in properties of `web` | known fields are `image`, `cmd`, `replicas`, `ports`",
            "value:3:11 out-of-range: `replicas` must be less than 10, not 10",
            "value:4:6 wrong-type: `cmd` must be a list, not a string | a list of one item is written with `- ` before the item, or in brackets: `[…]`",
        ]
    );
    assert_eq!(
        problems(WEB, "image: a\nports:\n- {port: \"80\"}\n- {port: 1.5, name: Long}\n- {port: 1, protocol: TPC}\n- {prot: 1}\n"),
        [
            "value:3:10 wrong-type: `ports[0].port` must be an integer, not a string | write it without quotes: `80`",
            "value:4:10 wrong-type: `ports[1].port` must be an integer, not `1.5` | write a whole number",
            "value:4:21 bad-format: `ports[1].name` must match `^[a-z]+$`, and `Long` does not",
            "value:4:21 out-of-range: `ports[1].name` must have at most 3 characters, and has 4",
            "value:5:23 value-not-allowed: `ports[2].protocol` must be one of `TCP`, `UDP`, not `TPC` | did you mean `TCP`?",
            "value:6:4 unknown-field: unknown field `prot` in `ports[3]` | did you mean `port`?",
        ]
    );
    assert_eq!(problems(WEB, "image: a\nports: []"), ["value:2:8 out-of-range: `ports` must not be empty"]);
    assert_eq!(
        problems(WEB, "image: a\nports: [{port: 1}, {port: 1}]"),
        ["value:2:20 value-not-allowed: `ports[1]` repeats `ports[0]`, and all items must differ"]
    );
    assert_eq!(problems(WEB, "[]"), ["value:1:1 wrong-type: properties of `web` must be a map, not a list"]);
}

#[test]
fn quotes_are_suggested_where_they_are_the_mistake() {
    assert_eq!(
        problems("properties: {v: {type: string}, b: {enum: [true]}, e: {enum: ['1']}}", "v: 1.5\nb: 'true'\ne: 1\n"),
        [
            "value:1:4 wrong-type: `v` must be a string, not a number | write it in quotes, as it stands here",
            "value:2:4 value-not-allowed: `b` must be `true`, not the string `true` | write it without quotes: `true`",
            "value:3:4 value-not-allowed: `e` must be `1`, not the integer `1` | write it in quotes: `\"1\"`",
        ]
    );
}

const PROBE: &str = "
properties:
  probe:
    type: object
    additionalProperties: false
    oneOf: [{required: [exec]}, {required: [http]}, {required: [tcp]}]
    properties: {exec: {}, http: {}, tcp: {}, period: {type: integer, default: 10}}
";

#[test]
fn a_union_of_required_keys_names_them() {
    assert_eq!(
        problems(PROBE, "probe: {period: 1}"),
        ["value:1:8 no-union-branch: `probe` must have exactly one of `exec`, `http`, `tcp` | set one of them"]
    );
    assert_eq!(
        problems(PROBE, "probe: {tcp: 1, exec: 1}"),
        [
            "value:1:17 no-union-branch: `exec` and `tcp` are both set in `probe`, which takes exactly one of `exec`, `http`, `tcp` | keep one of them, and remove the others"
        ]
    );
    assert_eq!(problems(PROBE, "probe: {htp: 1}"), ["value:1:9 unknown-field: unknown field `htp` in `probe` | did you mean `http`?"]);
    assert_eq!(
        problems("anyOf: [{required: [a]}, {required: [b]}]", "{}"),
        ["value:1:1 no-union-branch: properties of `web` must have at least one of `a`, `b` | set one of them, or several"]
    );
}

const VOLUME: &str = "
type: object
required: [name]
properties: {name: {type: string}, type: {enum: [empty, pvc], default: empty}}
discriminator: {propertyName: type}
oneOf:
- {required: [type, claim], properties: {type: {const: pvc}, claim: {type: string}, mode: {type: integer, default: 420}}}
- {required: [type], properties: {type: {const: empty}, medium: {type: string, default: disk}}}
unevaluatedProperties: false
";

#[test]
fn a_discriminator_chooses_the_branch_that_is_judged() {
    assert_eq!(filled(VOLUME, "name: a"), r#"{"name":"a","type":"empty","medium":"disk"}"#);
    assert_eq!(filled(VOLUME, "{name: a, type: pvc, claim: c}"), r#"{"name":"a","type":"pvc","claim":"c","mode":420}"#);
    assert_eq!(
        problems(VOLUME, "{name: a, type: pvc}"),
        ["value:1:1 missing-field: missing field `claim` in properties of `web` | `claim` is a string"]
    );
    assert_eq!(
        problems(VOLUME, "{name: a, claim: c}"),
        ["value:1:11 unknown-field: `claim` is no field of properties of `web` where `type` is `empty` | it goes with `type: pvc`"]
    );
    assert_eq!(
        problems(VOLUME, "{name: a, type: pcv}"),
        ["value:1:17 value-not-allowed: `type` must be one of `empty`, `pvc`, not `pcv` | did you mean `pvc`?"]
    );
    // The default may stand in the branch, and need no `discriminator`.
    let inside = "oneOf: [{required: [t], properties: {t: {const: a}}}, {properties: {t: {const: b, default: b}, n: {default: 1}}}]";
    assert_eq!(filled(inside, "{}"), r#"{"t":"b","n":1}"#);
    let needed = "oneOf: [{required: [t], properties: {t: {const: a}}}, {required: [t], properties: {t: {const: b}}}]";
    assert_eq!(problems(needed, "{}"), ["value:1:1 missing-field: missing field `t` in properties of `web` | `t` is one of `a`, `b`"]);
}

const ONE_OR_MANY: &str = "
oneOf:
- {type: object, additionalProperties: false, properties: {env: {type: string}, all: {type: boolean, default: true}}}
- {type: object, required: [many], additionalProperties: false, properties: {many: {type: array, items: {type: object, properties: {x: {default: 1}}}}}}
";

#[test]
fn a_branch_is_told_by_a_key_that_only_it_has() {
    assert_eq!(filled(ONE_OR_MANY, "many: [{}]"), r#"{"many":[{"x":1}]}"#);
    assert_eq!(filled(ONE_OR_MANY, "env: a"), r#"{"env":"a","all":true}"#);
    assert_eq!(
        problems(ONE_OR_MANY, "env: 1"),
        ["value:1:6 wrong-type: `env` must be a string, not an integer | write it in quotes: `\"1\"`"]
    );
    assert_eq!(
        problems(ONE_OR_MANY, "{many: [], env: a}"),
        ["value:1:12 no-union-branch: `many` and `env` cannot be set together in properties of `web` | keep `many` or `env`"]
    );
}

#[test]
fn a_union_that_tells_nothing_is_summed_up() {
    let schema = "properties: {x: {oneOf: [{type: integer}, {title: a name, type: string, maxLength: 2}]}}";
    assert_eq!(problems(schema, "x: []"), ["value:1:4 wrong-type: `x` must be an integer or a string, not a list"]);
    assert_eq!(problems(schema, "x: abc"), ["value:1:4 out-of-range: `x` must have at most 2 characters, and has 3"]);
    let both = "oneOf: [{title: small, maximum: 5}, {title: even, multipleOf: 2}]";
    assert_eq!(
        problems(both, "4"),
        [
            "value:1:1 no-union-branch: properties of `web` must have exactly one of 2 forms, and has 2 of them | it can be read as small or even"
        ]
    );
    assert_eq!(
        problems(both, "7"),
        [concat!(
            "value:1:1 no-union-branch: properties of `web` must have one of 2 forms | ",
            "as small: properties of `web` must be at most 5, not 7; as even: properties of `web` must be a multiple of 2, not 7"
        )]
    );
    assert_eq!(
        problems("oneOf: [{const: a}, {const: b}]", "c"),
        ["value:1:1 value-not-allowed: properties of `web` must be one of `a`, `b`, not `c` | did you mean `a`?"]
    );
}

#[test]
fn further_keywords_have_their_messages() {
    let cases = [
        ("dependentRequired: {a: [b]}", "a: 1", "missing-field: missing field `b` in properties of `web`, which `a` needs"),
        ("not: {required: [a, b]}", "{a: 1, b: 1}", "value-not-allowed: `a` and `b` cannot be set together in properties of `web`"),
        ("not: {const: 1}", "1", "value-not-allowed: properties of `web` must not be `1`"),
        ("properties: {a: false}", "a: 1", "value-not-allowed: `a` is not allowed here"),
        (
            "propertyNames: {maxLength: 1}",
            "ab: 1",
            "out-of-range: the key `ab` of properties of `web` must have at most 1 character, and has 2",
        ),
        ("multipleOf: 0.1", "0.25", "out-of-range: properties of `web` must be a multiple of 0.1, not 0.25"),
        ("if: {required: [a]}\nthen: {required: [b]}", "a: 1", "missing-field: missing field `b` in properties of `web`"),
        (
            "patternProperties: {^x: {type: integer}}\nadditionalProperties: false",
            "y: 1",
            "unknown-field: unknown field `y` in properties of `web`",
        ),
        ("minProperties: 2", "a: 1", "out-of-range: properties of `web` must have at least 2 keys, and has 1"),
        ("additionalProperties: {type: string}", "k: []", "wrong-type: `k` must be a string, not a list"),
        ("x-kubernetes-int-or-string: true", "[]", "wrong-type: properties of `web` must be an integer or a string, not a list"),
        ("format: int-or-string", "[]", "wrong-type: properties of `web` must be an integer or a string, not a list"),
        // Beyond the table.
        ("properties: {l: {contains: {const: 1}}}", "l: [2]", "value-not-allowed: `l` is not allowed: "),
        ("prefixItems: [{$ref: 'lib:pod#/port'}]", "[10]", "out-of-range: `[0]` is out of range: "),
    ];
    for (schema, value, message) in cases {
        let found = problems(schema, value);
        assert!(found.len() == 1 && found[0].split_once(' ').unwrap().1.starts_with(message), "{schema}: {found:?}");
    }
}

#[test]
fn mistakes_in_a_schema_are_said_at_its_lines() {
    let cases = [
        ("minimun: 1", "1:1 bad-schema: unknown keyword `minimun` in a schema | did you mean `minimum`?"),
        ("type: map", "1:7 bad-schema: unknown type `map` | did you mean `object`?"),
        ("properties: []", "1:13 bad-schema: `properties` must be a map, not a list"),
        ("properties: {a: 1}", "1:17 bad-schema: a schema must be a map, `true` or `false`, not an integer"),
        ("pattern: '['", "1:10 bad-schema: `[` is not a regular expression"),
        ("minLength: -1", "1:12 bad-schema: `minLength` must be an integer of at least 0"),
        ("$ref: '#/$defs/prot'\n$defs: {port: {}}", "1:7 bad-schema: `$ref: #/$defs/prot` names no schema | did you mean `port`?"),
        ("$ref: 'lib:pod#/none'", "1:7 bad-schema: `$ref: lib:pod#/none` names no schema"),
        (
            "properties: {a: {type: integer, default: x}}",
            "1:42 bad-schema: the default does not fit its own schema: the default must be an integer, not a string",
        ),
        (
            "required: [a]\nproperties: {a: {default: 1}}",
            "1:12 bad-schema: `a` is required and has a default, so that its default never counts | remove it from `required`, or remove the default",
        ),
        ("allOf: [{$ref: '#'}]", "1:1 bad-schema: the schema refers to itself for the same value, so that no value can be judged by it"),
        ("properties: {a: {$ref: '#', default: {}}}", "1:38 bad-schema: the default holds itself without end, by the defaults inside it"),
        ("format: oci-imag", "1:9 bad-schema: format `oci-imag` is not known, so nothing checks it | did you mean `oci-image`?"),
    ];
    for (schema, message) in cases {
        assert_eq!(schema_problems(schema), [format!("schema:{message}")], "{schema}");
    }
}

#[test]
fn defaults_come_in_order_with_the_definitions_line() {
    let schema = "
properties:
  a: {type: object, default: {}, properties: {b: {default: 1}}}
  list: {type: array, items: {properties: {c: {default: 2}}}}
additionalProperties: {type: object, properties: {d: {default: 3}}}
allOf: [{$ref: '#/$defs/more'}]
if: {properties: {kind: {const: x}}, required: [kind]}
then: {properties: {a: {properties: {e: {default: 4}}}}}
$defs: {more: {properties: {kind: {default: x}}}}
";
    assert_eq!(filled(schema, "{list: [{}], other: {}}"), r#"{"list":[{"c":2}],"other":{"d":3},"a":{"b":1,"e":4},"kind":"x"}"#);
    let case = case(schema, "{}");
    let value = case.shapes.unwrap().fill_defaults(case.value);
    let place = |path: &[&str]| case.sources.locate(value.at(path).unwrap().origin.at).unwrap().to_string();
    assert_eq!((place(&["a"]), place(&["a", "b"]), place(&["kind"])), ("schema:3:30".into(), "schema:3:60".into(), "schema:9:45".into()));
}

#[test]
fn a_null_is_as_if_it_were_not_set_unless_the_schema_takes_it() {
    let schema = "properties: {a: {type: integer, default: 1}, b: {type: [string, 'null'], default: x}, c: {type: object, additionalProperties: {type: string}}}";
    assert_eq!(filled(schema, "{a: null, b: null, c: {k: null}, open: null}"), r#"{"b":null,"c":{},"open":null,"a":1}"#);
}

#[test]
fn what_needs_no_default_stays_shared() {
    let case = case(WEB, "image: a\nports: [{port: 1}]");
    let Value::Map(before) = &case.value.value else { panic!() };
    let filled = case.shapes.unwrap().fill_defaults(case.value.clone());
    assert!(matches!(&filled.value, Value::Map(after) if Arc::ptr_eq(before, after)));
}

#[test]
fn walkers_see_every_branch() {
    let shapes = case(VOLUME, "{}").shapes.unwrap();
    let Child::Known(claim) = shapes.child(ShapeId::ROOT, Key::new("claim")) else { panic!() };
    assert_eq!((shapes.kind(claim), shapes.path_of(claim)), (Kind::Scalar, "claim"));
    assert_eq!(shapes.child(ShapeId::ROOT, Key::new("clami")), Child::Undeclared);
    let names: Vec<String> = shapes.branches(ShapeId::ROOT).into_iter().map(|branch| branch.name).collect();
    assert_eq!(names, ["type: pvc", "type: empty"]);

    let shapes = case(WEB, "{}").shapes.unwrap();
    let port = shapes.find("ports.port").unwrap();
    assert_eq!((shapes.path_of(port), shapes.find("ports[0].port")), ("ports[].port", Ok(port)));
    assert_eq!(shapes.find("ports.prot").unwrap_err().found, "ports[]");
    let about = shapes.describe(ShapeId::ROOT);
    let types: Vec<(&str, &str, bool)> = about.fields.iter().map(|field| (&*field.name, &*field.types, field.required)).collect();
    let expected = [
        ("image", "string (oci-image)", true),
        ("cmd", "list of strings", false),
        ("replicas", "integer", false),
        ("ports", "list of maps", false),
    ];
    assert_eq!(types, expected);
    assert_eq!(shapes.describe(shapes.find("replicas").unwrap()).limits, ["at least 1", "less than 10"]);
}

#[test]
fn a_recursive_schema_is_a_finite_table() {
    let schema = "{$ref: '#/$defs/node', $defs: {node: {properties: {next: {$ref: '#/$defs/node'}, n: {type: integer, default: 1}}, additionalProperties: false}}}";
    assert_eq!(filled(schema, "next: {next: {}}"), r#"{"next":{"next":{"n":1},"n":1},"n":1}"#);
    assert_eq!(
        problems(schema, "next: {next: {m: 1}}"),
        ["value:1:15 unknown-field: unknown field `m` in `next.next` | did you mean `n`?"]
    );
}

#[test]
fn libraries_and_custom_resources_are_read() {
    assert_eq!(
        problems("properties: {p: {$ref: 'lib:pod#/ports'}}", "p: [1, 10]"),
        ["value:1:8 out-of-range: `p[1]` must be at most 9, not 10"]
    );
    let mut sources = Sources::new();
    let schema = "
type: object
properties:
  spec:
    type: object
    properties: {n: {type: integer, nullable: true, minimum: 1, exclusiveMinimum: true}, any: {type: object, x-kubernetes-preserve-unknown-fields: true}}
    x-kubernetes-validations: [{rule: 'true'}]
";
    let schema = read(&mut sources, "crd", schema, Role::InfraOperator);
    let value = read(&mut sources, "value", "{kind: X, metadata: {name: x}, spec: {n: 1, m: 1, any: {x: 1}}}", Role::Developer);
    let sink = Sink::new();
    let shapes = compile_structural(&schema, &sink).unwrap();
    shapes.validate(&value, "the object", &sink);
    let expected = [
        "value:1:42 out-of-range: `spec.n` must be more than 1, not 1",
        "value:1:45 unknown-field: unknown field `m` in `spec` | did you mean `n`?",
    ];
    assert_eq!(lines(&sources, &sink.take()), expected);
}
