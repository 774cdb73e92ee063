//! The table against the `jsonschema` crate, on schemas and values that nobody thought of: the same verdicts.

use oam::diag::Sink;
use oam::shape::{NoReferences, ShapeId, compile};
use oam::tree::{Node, Origin};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value as Json, json};

const KEYS: &[&str] = &["a", "b", "ab", "c"];

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-3i64..6).prop_map(Json::from),
        select(&[0.5, 1.0, 1.5, -2.0, 2.25][..]).prop_map(Json::from),
        select(&["", "a", "b", "ab", "éé", "a1", "b\n"][..]).prop_map(Json::from),
    ]
}

fn object(pairs: Vec<(&str, Json)>) -> Json {
    Json::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn value() -> impl Strategy<Value = Json> {
    scalar().prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            2 => vec((select(KEYS), inner.clone()), 0..4).prop_map(object),
            1 => vec(inner, 0..4).prop_map(Json::Array),
        ]
    })
}

/// One keyword with its value.
fn keyword(inner: impl Strategy<Value = Json> + Clone + 'static) -> impl Strategy<Value = Vec<(&'static str, Json)>> {
    let types = select(&["null", "boolean", "integer", "number", "string", "array", "object"][..]);
    let schemas = vec(inner.clone(), 1..4).prop_map(Json::Array);
    let keyed = vec((select(KEYS), inner.clone()), 0..4).prop_map(object);
    let names = proptest::sample::subsequence(KEYS, 1..3).prop_map(|names| json!(names));
    let number = prop_oneof![(-2i64..5).prop_map(Json::from), Just(json!(1.5)), Just(json!(2.0))];
    let pattern = select(&["^a", "b$", "^$", "[0-9]", "^\\w+$", "\\d|b"][..]);
    let one = |name: &'static str| move |value: Json| vec![(name, value)];
    let named =
        |names: &'static [&'static str], value: BoxedStrategy<Json>| (select(names), value).prop_map(|(name, value)| vec![(name, value)]);
    let structure = prop_oneof![
        4 => keyed.prop_map(one("properties")),
        2 => names.prop_map(one("required")),
        2 => prop_oneof![Just(json!(false)), inner.clone()].prop_map(one("additionalProperties")),
        1 => (pattern.clone(), inner.clone()).prop_map(|(pattern, schema)| vec![("patternProperties", object(vec![(pattern, schema)]))]),
        1 => inner.clone().prop_map(one("items")),
        1 => inner.clone().prop_map(one("propertyNames")),
        1 => (select(KEYS), proptest::sample::subsequence(KEYS, 0..3))
            .prop_map(|(key, names)| vec![("dependentRequired", object(vec![(key, json!(names))]))]),
        2 => Just(vec![("unevaluatedProperties", json!(false))]),
    ];
    let joining = prop_oneof![
        3 => named(&["oneOf", "anyOf", "allOf"], schemas.boxed()),
        1 => inner.clone().prop_map(one("not")),
        1 => (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| vec![("if", a), ("then", b), ("else", c)]),
        1 => select(&["#/$defs/x", "#/$defs/y"][..]).prop_map(|target| vec![("$ref", json!(target))]),
    ];
    let limits = prop_oneof![
        3 => types.clone().prop_map(|name| vec![("type", json!(name))]),
        1 => proptest::sample::subsequence(&["null", "boolean", "integer", "number", "string", "array", "object"][..], 1..4)
            .prop_map(|names| vec![("type", json!(names))]),
        1 => vec(value(), 1..4).prop_map(|values| vec![("enum", Json::Array(values))]),
        1 => value().prop_map(one("const")),
        1 => named(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], number.boxed()),
        1 => select(vec![json!(1), json!(2), json!(0.5), json!(1.5)]).prop_map(one("multipleOf")),
        1 => named(&["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"], (0u64..3).prop_map(Json::from).boxed()),
        1 => pattern.prop_map(|pattern| vec![("pattern", json!(pattern))]),
        1 => any::<bool>().prop_map(|unique| vec![("uniqueItems", json!(unique))]),
    ];
    prop_oneof![3 => structure, 2 => joining, 3 => limits]
}

fn schema() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(json!({})),
        any::<bool>().prop_map(Json::from),
        select(&["integer", "string", "object", "number"][..]).prop_map(|name| json!({"type": name})),
        scalar().prop_map(|value| json!({"const": value})),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        vec(keyword(inner), 1..5).prop_map(|keywords| {
            let map: Map<String, Json> = keywords.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)).collect();
            Json::Object(map)
        })
    })
}

fn document() -> impl Strategy<Value = Json> {
    (schema(), schema(), schema()).prop_map(|(mut root, x, y)| {
        if let Json::Object(map) = &mut root {
            map.insert("$defs".to_owned(), json!({"x": x, "y": y}));
        }
        root
    })
}

/// Values of which some have the shape of the schema: its own constants and keys put together.
fn values() -> impl Strategy<Value = Vec<Json>> {
    vec(prop_oneof![3 => value(), 1 => vec((select(KEYS), scalar()), 1..4).prop_map(object)], 24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_table_judges_as_the_crate_does(schema in document(), values in values()) {
        let Ok(oracle) = jsonschema::options().with_draft(jsonschema::Draft::Draft202012).should_validate_formats(false).build(&schema) else {
            return Ok(());
        };
        let sink = Sink::new();
        let Some(shapes) = compile(&Node::from_json(&schema, Origin::default()), &NoReferences, &sink) else {
            let report = sink.take();
            let message = &report.diagnostics[0].message;
            // A reference into a schema that is `true` or `false`, and a schema that contains itself.
            prop_assert!(message.contains("refers to itself") || message.contains("names no schema"), "{message}: {schema}");
            return Ok(());
        };
        for value in values {
            let node = Node::from_json(&value, Origin::default());
            let sink = Sink::new();
            let fits = shapes.validate(&node, "the value", &sink);
            prop_assert_eq!(fits, oracle.is_valid(&value), "{} for {}", value, schema);
            prop_assert_eq!(fits, !sink.has_errors(), "a verdict without a reason: {} for {}", value, schema);
            // Filling twice is filling once.
            let filled = shapes.fill_defaults(node);
            let again = shapes.fill_defaults(filled.clone());
            prop_assert_eq!(&filled.value, &again.value, "{}", schema);
            let _ = shapes.describe(ShapeId::ROOT);
        }
    }
}
