//! What a schema says to people, as data.

use super::{Kind, Others, ShapeId, Shapes, Types};
use crate::tree::{Key, Node, Value};

/// One parameter or field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name; `*` stands for any key.
    pub name: String,
    /// Its shape.
    pub shape: ShapeId,
    /// Whether it must be given.
    pub required: bool,
    /// Its type, as [`Shapes::type_text`].
    pub types: String,
    /// Its default.
    pub default: Option<Node>,
    /// `description`, else `title`.
    pub description: Option<String>,
    /// Whether it should not be used any more.
    pub deprecated: bool,
}

/// One branch of a union.
#[derive(Clone, Debug)]
pub struct Branch {
    /// What tells it: its title, or `type: pvc`, or "with `exec`".
    pub name: String,
    /// Its shape.
    pub shape: ShapeId,
    /// The keys that belong to it and to no other branch.
    pub keys: Vec<Key>,
}

/// A documented value.
#[derive(Clone, Debug)]
pub struct Description {
    /// Where it stands, as [`Shapes::path_of`].
    pub path: String,
    /// Its type, as [`Shapes::type_text`].
    pub types: String,
    /// Its default.
    pub default: Option<Node>,
    /// The values that it may have; empty: any.
    pub allowed: Vec<Node>,
    /// What limits it further, as "at least 1", "at most 63 characters".
    pub limits: Vec<String>,
    /// `title`
    pub title: Option<String>,
    /// `description`
    pub description: Option<String>,
    /// Whether it should not be used any more.
    pub deprecated: bool,
    /// `examples`
    pub examples: Vec<Node>,
    /// The fields of the map, or of the maps in the list.
    pub fields: Vec<Field>,
    /// The branches, if it is a union.
    pub branches: Vec<Branch>,
}

impl Shapes {
    /// What the schema says of the shape with this number. The fields of a list are those of its items.
    pub fn describe(&self, id: ShapeId) -> Description {
        let shape = self.shape(id);
        let holder = self.element(id);
        let inner = self.shape(holder);
        let mut fields: Vec<Field> =
            inner.properties.iter().map(|property| self.field(property.key.as_str(), property.shape, property.required)).collect();
        // The values of a map of maps are documented as a field of any name.
        if let Others::Each(each) = inner.others
            && self.kind(each) != Kind::Scalar
        {
            fields.push(self.field("*", each, false));
        }
        let doc = shape.doc.as_deref().cloned().unwrap_or_default();
        Description {
            path: self.path_of(id).to_owned(),
            types: self.type_text(id),
            default: shape.default.clone(),
            allowed: shape.allowed.clone(),
            limits: self.limits(id),
            title: doc.title.map(Into::into),
            description: doc.description.map(Into::into),
            deprecated: doc.deprecated,
            examples: doc.examples,
            fields,
            branches: self.branches(holder),
        }
    }

    /// The shape that a list, or a list of lists, holds; of a list that holds itself, the list.
    pub(super) fn element(&self, id: ShapeId) -> ShapeId {
        let mut element = id;
        // Nobody nests lists deeper; a list that holds itself would never end.
        for _ in 0..8 {
            match self.shape(element).items {
                Some(items) if self.shape(element).properties.is_empty() => element = items,
                _ => return element,
            }
        }
        id
    }

    fn field(&self, name: &str, id: ShapeId, required: bool) -> Field {
        let shape = self.shape(id);
        let doc = shape.doc.as_deref();
        Field {
            name: name.to_owned(),
            shape: id,
            required,
            types: self.type_text(id),
            default: shape.default.clone(),
            description: doc.and_then(|doc| doc.description.as_ref().or(doc.title.as_ref())).map(|text| text.to_string()),
            deprecated: doc.is_some_and(|doc| doc.deprecated),
        }
    }

    /// The branches of a union; none for other shapes.
    pub fn branches(&self, id: ShapeId) -> Vec<Branch> {
        let Some(checks) = &self.judge(id).checks else { return Vec::new() };
        let arms = checks.unions.iter().flat_map(|union| union.arms.iter().map(move |arm| (union, arm)));
        let branches = arms.map(|(union, arm)| Branch { name: union.arm_name(self, arm), shape: arm.shape, keys: arm.telling.clone() });
        branches.collect()
    }

    /// The type as people say it: `list of maps`, `map of strings`, `integer or string`, `one of Always, Never`.
    pub fn type_text(&self, id: ShapeId) -> String {
        let shape = self.shape(id);
        if !shape.allowed.is_empty() {
            let values: Vec<String> = shape.allowed.iter().map(|value| plain(&value.value)).collect();
            return if values.len() == 1 { format!("always {}", values[0]) } else { format!("one of {}", values.join(", ")) };
        }
        let mut text = match self.kind(id) {
            Kind::List => match self.item(id).map(|item| self.plural(item)) {
                Some(items) => format!("list of {items}"),
                None => "list".to_owned(),
            },
            Kind::Map => match shape.others {
                Others::Each(each) if shape.properties.is_empty() => format!("map of {}", self.plural(each)),
                _ => "map".to_owned(),
            },
            _ if shape.types.has(Types(Types::ANY.0 & !Types::NULL.0)) => "anything".to_owned(),
            _ => shape
                .types
                .names()
                .into_iter()
                .filter(|name| *name != "null" || shape.types == Types::NULL)
                .collect::<Vec<_>>()
                .join(" or "),
        };
        if let Some(format) = &shape.format {
            text = format!("{text} ({format})");
        }
        text
    }

    fn plural(&self, id: ShapeId) -> String {
        let shape = self.shape(id);
        if !shape.allowed.is_empty() {
            return self.type_text(id);
        }
        match self.kind(id) {
            Kind::List => "lists".to_owned(),
            Kind::Map => "maps".to_owned(),
            _ if shape.types.has(Types(Types::ANY.0 & !Types::NULL.0)) => "anything".to_owned(),
            _ => {
                let names = shape.types.names().into_iter().filter(|name| *name != "null");
                names.map(|name| format!("{name}s")).collect::<Vec<_>>().join(" or ")
            }
        }
    }

    fn limits(&self, id: ShapeId) -> Vec<String> {
        let mut texts = Vec::new();
        let Some(checks) = &self.judge(id).checks else { return texts };
        for bound in &checks.bounds {
            texts.push(format!("{} {}", super::report::bound_text(bound), plain(&bound.limit)));
        }
        if let Some(step) = &checks.multiple_of {
            texts.push(format!("a multiple of {}", plain(step)));
        }
        for (limits, one, many) in
            [(checks.length, "character", "characters"), (checks.items, "item", "items"), (checks.properties, "key", "keys")]
        {
            let noun = |count: u64| if count == 1 { one } else { many };
            texts.extend(limits.min.filter(|min| *min > 0).map(|min| format!("at least {min} {}", noun(min))));
            texts.extend(limits.max.map(|max| format!("at most {max} {}", noun(max))));
        }
        if let Some(pattern) = &checks.pattern {
            texts.push(format!("matching {}", pattern.text));
        }
        if checks.unique {
            texts.push("no two items alike".to_owned());
        }
        texts
    }
}

impl Types {
    /// The names of the types in it, as people say them.
    pub fn names(self) -> Vec<&'static str> {
        let all = [
            (Types::MAP, "map"),
            (Types::LIST, "list"),
            (Types::NUMBER, "number"),
            (Types::INTEGER, "integer"),
            (Types::STRING, "string"),
            (Types::BOOL, "boolean"),
            (Types::NULL, "null"),
        ];
        let names = all.into_iter().filter(|(types, _)| self.has(*types) && !(*types == Types::INTEGER && self.has(Types::NUMBER)));
        names.map(|(_, name)| name).collect()
    }
}

/// A value as people write it in a line.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Str(text) if text.is_empty() => "\"\"".to_owned(),
        Value::Str(text) => text.to_string(),
        other => Node::new(other.clone(), Default::default()).to_json().to_string(),
    }
}
