//! One schema object, keyword by keyword.

use super::{Base, Compiler, Dialect};
use crate::diag::{Diagnostic, code};
use crate::shape::union::{Arm, Union, UnionForm};
use crate::shape::{Bound, Checks, Condition, Doc, Limits, ListKind, Others, Property, Shape, ShapeId, Types, Validation};
use crate::tree::{Entry, Key, Node, Value};

/// Keywords that the table takes, for did-you-mean.
const KNOWN: &[&str] = &[
    "$comment",
    "$defs",
    "$id",
    "$ref",
    "$schema",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "definitions",
    "dependentRequired",
    "deprecated",
    "description",
    "discriminator",
    "else",
    "enum",
    "example",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "format",
    "if",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "patternProperties",
    "properties",
    "propertyNames",
    "readOnly",
    "required",
    "then",
    "title",
    "type",
    "unevaluatedProperties",
    "uniqueItems",
    "writeOnly",
];

/// Keywords of JSON Schema 2020-12 that only the full validator knows.
const BEYOND: &[&str] = &[
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$vocabulary",
    "contains",
    "dependentSchemas",
    "maxContains",
    "minContains",
    "prefixItems",
    "unevaluatedItems",
];

/// The formats that an API server checks in custom resources, as far as they are known here.
const SERVER_FORMATS: &[&str] =
    &["byte", "cidr", "date", "date-time", "email", "hostname", "int32", "int64", "ipv4", "ipv6", "uri", "uuid"];

/// Keywords that make an object join others.
const JOINS: &[&str] = &["$ref", "allOf", "anyOf", "oneOf", "if"];

impl Compiler<'_> {
    /// Compiles a schema that is a map.
    pub(super) fn object(&mut self, node: &Node, base: &Base, address: usize) -> ShapeId {
        let id = self.reserve(node.origin.at);
        self.seen.insert(address, id);
        let joins = node.entries().iter().any(|entry| JOINS.contains(&entry.key.as_str()));
        let judge = if joins { self.reserve(node.origin.at) } else { id };
        let mut object = Object {
            judge,
            shape: Shape { at: node.origin.at, ..Shape::default() },
            checks: Checks::default(),
            required: Vec::new(),
            merge_key: None,
            fixed: None,
            additional: None,
            preserve: false,
        };
        for entry in node.entries() {
            self.keyword(&mut object, entry, node, base);
        }
        if id == ShapeId::ROOT && self.dialect != Dialect::Strict {
            self.embed(&mut object, false);
        }
        let preserves = object.preserve;
        let shape = self.close(object);
        if self.dialect == Dialect::Structural && self.in_junctor == 0 {
            self.check_structural(node, &shape, preserves);
        }
        self.put(judge, shape);
        if judge != id {
            self.table[id.0 as usize].judged_by = Some(judge);
        }
        id
    }

    fn keyword(&mut self, object: &mut Object, entry: &Entry, parent: &Node, base: &Base) {
        let value = &entry.node;
        let checks = &mut object.checks;
        match entry.key.as_str() {
            "$ref" => {
                let target = self.reference(value, base);
                object.checks.all.push(target);
            }
            "$defs" | "definitions" => {
                for definition in self.map(entry).iter() {
                    self.schema(&definition.node, base);
                }
            }
            "type" => object.shape.types = self.types(entry, object.shape.types),
            "nullable" => {
                if self.flag(entry) && parent.field("type").is_some() {
                    object.shape.types = object.shape.types.or(Types::NULL);
                }
            }
            "properties" => {
                for property in self.map(entry).iter() {
                    let shape = self.schema(&property.node, base);
                    object.shape.properties.push(Property { key: property.key, shape, required: false });
                }
            }
            "required" => {
                for (key, at) in self.keys(entry) {
                    if object.required.contains(&key) {
                        self.problem(at, format!("`{key}` is required twice"));
                    } else {
                        object.required.push(key);
                        self.required.push((object.judge, key, at));
                    }
                }
            }
            "additionalProperties" => object.additional = Some(self.others(value, base)),
            "unevaluatedProperties" => match value.value {
                Value::Bool(open) => checks.unevaluated = Some(open || checks.unevaluated == Some(true)),
                _ => {
                    self.schema(value, base);
                    self.beyond.get_or_insert(entry.key_at);
                }
            },
            "patternProperties" => {
                for property in self.map(entry).iter() {
                    let shape = self.schema(&property.node, base);
                    if let Some(pattern) = self.pattern(property.key.as_str(), property.key_at) {
                        object.checks.patterns.push((pattern, shape));
                    }
                }
            }
            "propertyNames" => checks.names = Some(self.schema(value, base)),
            "items" => {
                if value.is_list() {
                    let diagnostic = Diagnostic::error(code::BAD_SCHEMA, entry.key_at, "`items` must be one schema, for all items");
                    self.report(diagnostic.help("a schema for each place is `prefixItems`"));
                } else {
                    object.shape.items = Some(self.schema(value, base));
                }
            }
            "enum" => {
                let values = self.list(entry);
                if values.is_empty() && value.is_list() {
                    self.problem(value.origin.at, "`enum` must list at least one value");
                }
                object.allow(values);
            }
            "const" => object.allow(std::slice::from_ref(value)),
            "default" => object.shape.default = Some(value.clone()),
            "minimum" | "maximum" => {
                let upper = entry.key.as_str() == "maximum";
                let twin = parent.field(if upper { "exclusiveMaximum" } else { "exclusiveMinimum" });
                let exclusive = self.dialect != Dialect::Strict && twin.and_then(Node::as_bool) == Some(true);
                if let Some(limit) = self.number(entry) {
                    object.checks.bounds.push(Bound { limit, upper, exclusive });
                }
            }
            "exclusiveMinimum" | "exclusiveMaximum" if self.dialect != Dialect::Strict && value.as_bool().is_some() => {}
            "exclusiveMinimum" | "exclusiveMaximum" => {
                let upper = entry.key.as_str() == "exclusiveMaximum";
                if let Some(limit) = self.number(entry) {
                    object.checks.bounds.push(Bound { limit, upper, exclusive: true });
                }
            }
            "multipleOf" => {
                object.checks.multiple_of = self.number(entry);
                if object.checks.multiple_of.as_ref().and_then(crate::shape::number::to_f64).is_some_and(|step| step <= 0.0) {
                    self.problem(value.origin.at, "`multipleOf` must be greater than 0");
                }
            }
            "minLength" => checks.length.min = self.count(entry),
            "maxLength" => checks.length.max = self.count(entry),
            "minItems" => checks.items.min = self.count(entry),
            "maxItems" => checks.items.max = self.count(entry),
            "minProperties" => checks.properties.min = self.count(entry),
            "maxProperties" => checks.properties.max = self.count(entry),
            "uniqueItems" => checks.unique = self.flag(entry),
            "pattern" => {
                if let Some(text) = self.text(entry) {
                    object.checks.pattern = self.pattern(&text, value.origin.at);
                }
            }
            "dependentRequired" => {
                for dependent in self.map(entry).iter() {
                    let keys = self.keys(dependent).into_iter().map(|(key, _)| key).collect();
                    object.checks.dependent.push((dependent.key, keys));
                }
            }
            "allOf" => {
                let all = self.schemas(entry, base);
                object.checks.all.extend(all);
            }
            "oneOf" | "anyOf" => self.union(object, entry, parent, base),
            "not" => object.checks.not = Some(self.inside(|this| this.schema(value, base))),
            "if" => {
                let test = self.inside(|this| this.schema(value, base));
                let mut branch = |name| parent.field(name).map(|node| self.inside(|this| this.schema(node, base)));
                let (then, otherwise) = (branch("then"), branch("else"));
                object.checks.condition = Some(Condition { test, then, otherwise });
            }
            "then" | "else" => {
                if parent.field("if").is_none() {
                    // Without `if` it says nothing, but it must still be a schema.
                    self.inside(|this| this.schema(value, base));
                    self.sink.push(Diagnostic::warning(
                        code::BAD_SCHEMA,
                        entry.key_at,
                        format!("`{}` has no effect without `if`", entry.key),
                    ));
                }
            }
            "discriminator" => {
                if value.field("propertyName").and_then(Node::as_str).is_none() {
                    self.problem(value.origin.at, "`discriminator` must be a map with `propertyName`");
                }
            }
            "format" => {
                if let Some(text) = self.text(entry) {
                    self.format(&text, value.origin.at);
                    object.shape.format = Some(text.as_ref().into());
                }
            }
            "title" => object.doc().title = self.text(entry).map(|text| text.as_ref().into()),
            "description" => object.doc().description = self.text(entry).map(|text| text.trim_end().into()),
            "deprecated" => object.doc().deprecated = self.flag(entry),
            "examples" => object.doc().examples.extend_from_slice(self.list(entry)),
            "example" => object.doc().examples.push(value.clone()),
            "x-kubernetes-list-type" => match value.as_str() {
                Some("atomic") => object.shape.list = ListKind::Atomic,
                Some("set") => object.shape.list = ListKind::Set,
                Some("map") => {
                    if !matches!(object.shape.list, ListKind::Map(_)) {
                        object.shape.list = ListKind::Map(Vec::new());
                    }
                }
                _ => self.problem(value.origin.at, "`x-kubernetes-list-type` must be `atomic`, `set` or `map`"),
            },
            "x-kubernetes-list-map-keys" => object.shape.list = ListKind::Map(self.keys(entry).into_iter().map(|(key, _)| key).collect()),
            "x-kubernetes-validations" if self.dialect != Dialect::Strict => {
                let text = |node: &Node, key: &str| node.field(key).and_then(Node::as_str).map(Into::into);
                let items = self.list(entry).iter().filter_map(|item| {
                    let rule = item.field("rule")?;
                    Some(Validation {
                        rule: rule.as_str()?.into(),
                        message: text(item, "message"),
                        message_expression: text(item, "messageExpression"),
                        field: text(item, "fieldPath"),
                        at: rule.origin.at,
                    })
                });
                let items: Vec<Validation> = items.collect();
                object.checks.validations.extend(items);
            }
            "x-kubernetes-patch-merge-key" => object.merge_key = self.text(entry).map(|text| Key::new(&text)),
            "x-kubernetes-patch-strategy" => {
                object.shape.retain_keys |= self.text(entry).is_some_and(|text| text.split(',').any(|part| part.trim() == "retainKeys"));
            }
            "x-kubernetes-int-or-string" => {
                if self.flag(entry) {
                    let null = if parent.field("nullable").and_then(Node::as_bool) == Some(true) { Types::NULL } else { Types(0) };
                    object.shape.types = Types::INTEGER.or(Types::STRING).or(null);
                }
            }
            "x-kubernetes-preserve-unknown-fields" => object.preserve = self.flag(entry),
            "x-kubernetes-embedded-resource" => {
                if self.flag(entry) {
                    self.embed(object, true);
                }
            }
            "$id" if self.depth > 1 => {
                self.beyond.get_or_insert(entry.key_at);
            }
            "$id" | "$schema" | "$comment" | "readOnly" | "writeOnly" | "externalDocs" | "contentEncoding" | "contentMediaType"
            | "contentSchema" => {}
            name if BEYOND.contains(&name) => {
                self.beyond.get_or_insert(entry.key_at);
            }
            name if name.starts_with("x-") || self.dialect != Dialect::Strict => {}
            name => {
                let message = format!("unknown keyword `{name}` in a schema");
                let known = KNOWN.iter().chain(BEYOND).copied();
                self.report(Diagnostic::error(code::BAD_SCHEMA, entry.key_at, message).suggest(name, known));
            }
        }
    }

    /// What is known only when all keywords have been read.
    fn close(&mut self, mut object: Object) -> Shape {
        let mut shape = object.shape;
        for key in object.required {
            match shape.properties.iter_mut().find(|property| property.key == key) {
                Some(property) => property.required = true,
                None => object.checks.required.push(key),
            }
        }
        match object.additional {
            Some(Others::Open) => {
                // It speaks of every key, which matters to `unevaluatedProperties`.
                object.checks.unevaluated = Some(true);
            }
            Some(others) => shape.others = others,
            None => {
                let closes = self.dialect != Dialect::Strict && self.in_junctor == 0 && !shape.properties.is_empty();
                if closes && !object.preserve {
                    shape.others = Others::Closed;
                }
            }
        }
        if shape.types == Types::ANY && matches!(shape.format.as_deref(), Some("int-or-string" | "int-or-percent" | "port-or-name")) {
            shape.types = Types::INTEGER.or(Types::STRING);
        }
        if let (Some(key), ListKind::Atomic) = (object.merge_key, &shape.list) {
            shape.list = ListKind::Map(vec![key]);
        }
        if let Some(allowed) = object.fixed {
            // An empty list in the table means "any", so that nothing being allowed is said by the types.
            let types = allowed.iter().fold(Types(0), |types, value| types.or(Types::of(&value.value)));
            shape.types = Types(shape.types.0 & types.0);
            shape.allowed = allowed;
        }
        let mut checks = object.checks;
        if self.dialect != Dialect::Strict {
            match &shape.list {
                ListKind::Set => checks.unique = true,
                ListKind::Map(keys) => checks.keys.clone_from(keys),
                ListKind::Atomic => {}
            }
            // Of other formats an API server takes no notice.
            shape.format = shape.format.filter(|format| SERVER_FORMATS.contains(&&**format));
        }
        shape.checks = (!checks.is_empty()).then(|| Box::new(checks));
        shape
    }

    fn union(&mut self, object: &mut Object, entry: &Entry, parent: &Node, base: &Base) {
        let arms = self.schemas(entry, base).into_iter();
        let arms = arms.map(|shape| Arm { shape, required: Vec::new(), telling: Vec::new(), tags: Vec::new(), tag_default: None });
        let tag = parent.field("discriminator").and_then(|node| node.field("propertyName")).and_then(Node::as_str);
        let form = tag.map_or(UnionForm::General, |name| UnionForm::Tagged(Key::new(name)));
        object.checks.unions.push(Union { exactly_one: entry.key.as_str() == "oneOf", form, arms: arms.collect() });
    }

    fn others(&mut self, value: &Node, base: &Base) -> Others {
        match value.value {
            Value::Bool(true) => Others::Open,
            Value::Bool(false) => Others::Closed,
            _ => Others::Each(self.schema(value, base)),
        }
    }

    /// The keys that every object of Kubernetes has. Of one within another only its own schema is known to ask for them.
    fn embed(&mut self, object: &mut Object, within: bool) {
        for (name, types) in [("apiVersion", Types::STRING), ("kind", Types::STRING), ("metadata", Types::MAP)] {
            let key = Key::new(name);
            if !object.shape.properties.iter().any(|property| property.key == key) {
                let id = self.reserve(object.shape.at);
                self.table[id.0 as usize].types = types;
                object.shape.properties.push(Property { key, shape: id, required: within && name != "metadata" });
            }
        }
    }

    /// Runs within a junctor.
    fn inside<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        self.in_junctor += 1;
        let result = run(self);
        self.in_junctor -= 1;
        result
    }

    fn schemas(&mut self, entry: &Entry, base: &Base) -> Vec<ShapeId> {
        let schemas = self.list(entry);
        if schemas.is_empty() && entry.node.is_list() {
            self.problem(entry.node.origin.at, format!("`{}` must list at least one schema", entry.key));
        }
        self.inside(|this| schemas.iter().map(|schema| this.schema(schema, base)).collect())
    }
}

/// A schema object while it is read.
struct Object {
    judge: ShapeId,
    shape: Shape,
    checks: Checks,
    required: Vec<Key>,
    merge_key: Option<Key>,
    fixed: Option<Vec<Node>>,
    additional: Option<Others>,
    preserve: bool,
}

impl Object {
    /// `enum` and `const`: what both allow.
    fn allow(&mut self, values: &[Node]) {
        self.fixed = Some(match self.fixed.take() {
            Some(earlier) => earlier.into_iter().filter(|value| values.iter().any(|other| other.value == value.value)).collect(),
            None => values.to_vec(),
        });
    }

    fn doc(&mut self) -> &mut Doc {
        self.shape.doc.get_or_insert_with(Box::default)
    }
}

impl Checks {
    /// Whether nothing is checked.
    pub(super) fn is_empty(&self) -> bool {
        let Checks { bounds, multiple_of, length, pattern, items, unique, properties, patterns, names, required, dependent, all, .. } =
            self;
        let Checks { unions, not, condition, unevaluated, keys, validations, .. } = self;
        let none = Limits::default();
        bounds.is_empty()
            && multiple_of.is_none()
            && (*length, *items, *properties, *unique) == (none, none, none, false)
            && pattern.is_none()
            && names.is_none()
            && (validations.is_empty()
                && keys.is_empty()
                && patterns.is_empty()
                && required.is_empty()
                && dependent.is_empty()
                && all.is_empty()
                && unions.is_empty())
            && (not.is_none() && condition.is_none() && unevaluated.is_none())
    }
}
