//! Made-up values that fit a schema: with only what is required, with everything set, and once per branch, `enum` value and boolean.
//!
//! Values that people wrote in examples and tests are taken first: they are better than any that could be made up.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::shape::{Child, Format, Others, ShapeId, Shapes, Types, UnionForm};
use crate::source::Pos;
use crate::tree::{Entry, Key, Node, Origin, Value};

/// Deeper than this only what is required is made: recursive schemas have no end.
const DEEP: usize = 12;

/// What a sample has.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Extent {
    /// Only what is required.
    Required,
    /// Everything that can be there at once.
    Everything,
}

/// Makes values of one schema.
pub struct Sampler<'a> {
    shapes: &'a Shapes,
    /// The place of all values that nobody wrote.
    at: Pos,
    /// Values that people wrote, by shape.
    written: BTreeMap<ShapeId, Vec<Node>>,
    /// Shapes with several forms, and how many.
    points: RefCell<BTreeMap<ShapeId, usize>>,
}

/// A form to take: of one shape, the form of this number; of all others the first.
#[derive(Copy, Clone, Debug)]
pub struct Pick {
    /// The shape.
    pub shape: ShapeId,
    /// Which form.
    pub form: usize,
}

struct Run<'a, 'b> {
    sampler: &'b Sampler<'a>,
    extent: Extent,
    pick: Option<Pick>,
}

impl<'a> Sampler<'a> {
    /// For a schema, with values that people wrote for it.
    pub fn new<'n>(shapes: &'a Shapes, written: impl IntoIterator<Item = &'n Node>, at: Pos) -> Sampler<'a> {
        let mut sampler = Sampler { shapes, at, written: BTreeMap::new(), points: RefCell::default() };
        written.into_iter().for_each(|node| sampler.gather(ShapeId::ROOT, node));
        sampler
    }

    fn gather(&mut self, id: ShapeId, node: &Node) {
        let known = self.written.entry(id).or_default();
        if known.len() < 8 && !known.iter().any(|other| other.value == node.value) {
            known.push(node.clone());
        }
        for entry in node.entries() {
            if let Child::Known(child) = self.shapes.child(id, entry.key) {
                self.gather(child, &entry.node);
            }
        }
        if let Some(item) = self.shapes.item(id) {
            node.items().iter().for_each(|node| self.gather(item, node));
        }
    }

    /// A value; `None` where none could be made up.
    pub fn make(&self, extent: Extent, pick: Option<Pick>) -> Option<Node> {
        Run { sampler: self, extent, pick }.value(ShapeId::ROOT, 0)
    }

    /// The forms beside the first that were met so far, with what tells them.
    pub fn picks(&self) -> Vec<(Pick, String)> {
        let points = self.points.borrow();
        let forms = points.iter().flat_map(|(shape, count)| (1..*count).map(|form| Pick { shape: *shape, form }));
        forms.map(|pick| (pick, self.name(pick))).collect()
    }

    fn name(&self, pick: Pick) -> String {
        let path = match self.shapes.path_of(pick.shape) {
            "" => "the properties".to_owned(),
            path => format!("`{path}`"),
        };
        let branches = self.shapes.branches(pick.shape);
        let shape = self.shapes.shape(pick.shape);
        match (branches.get(pick.form), shape.allowed.get(pick.form)) {
            (Some(branch), _) => format!("{path} {}", said(&branch.name)),
            (None, Some(value)) => format!("{path} set to `{}`", value.as_str().map_or_else(|| value.to_json().to_string(), str::to_owned)),
            (None, None) => format!("{path} set to `false`"),
        }
    }

    fn node(&self, value: Value) -> Node {
        Node::new(value, Origin::written(self.at))
    }
}

/// `with \`exec\``, `of the form type: pvc`
fn said(branch: &str) -> String {
    if branch.starts_with("with ") { branch.to_owned() } else { format!("as `{branch}`") }
}

impl Run<'_, '_> {
    /// The form to take of a shape that has several.
    fn form(&self, id: ShapeId, count: usize) -> usize {
        if count > 1 && self.extent == Extent::Everything {
            self.sampler.points.borrow_mut().entry(id).or_insert(count);
        }
        self.pick.filter(|pick| pick.shape == id).map_or(0, |pick| pick.form.min(count.saturating_sub(1)))
    }

    fn value(&self, id: ShapeId, depth: usize) -> Option<Node> {
        let shapes = self.sampler.shapes;
        let shape = shapes.shape(id);
        let fits = |node: Node| shapes.fits(id, &node).then_some(node);
        if !shape.allowed.is_empty() {
            return shape.allowed.get(self.form(id, shape.allowed.len())).cloned().and_then(fits);
        }
        let arms: Vec<ShapeId> = shapes.branches(id).iter().map(|branch| branch.shape).collect();
        if !arms.is_empty() {
            let arm = arms[self.form(id, arms.len())];
            // A branch of another type than a map is a value of its own.
            if arm != id && !shapes.shape(arm).types.meets(Types::MAP) && depth < DEEP {
                return self.value(arm, depth + 1).and_then(fits);
            }
        }
        let written = self.sampler.written.get(&id).map(Vec::as_slice).unwrap_or_default();
        let scalar = |node: &&Node| !node.is_map() && !node.is_list() && !node.is_null();
        if let Some(node) = written.iter().filter(scalar).find(|node| shapes.fits(id, node)) {
            return Some(node.clone());
        }
        for types in [Types::STRING, Types::INTEGER, Types::NUMBER, Types::BOOL, Types::MAP, Types::LIST, Types::NULL] {
            if !shape.types.meets(types) {
                continue;
            }
            let made = match types {
                Types::BOOL => fits(self.sampler.node(Value::Bool(self.form(id, 2) == 0))),
                Types::MAP => self.map(id, depth),
                Types::LIST => self.list(id, depth),
                Types::NULL => fits(self.sampler.node(Value::Null)),
                _ => self.scalar(id, types),
            };
            if made.is_some() {
                return made;
            }
        }
        written.iter().find(|node| shapes.fits(id, node)).cloned()
    }

    /// A text or a number.
    fn scalar(&self, id: ShapeId, types: Types) -> Option<Node> {
        let shapes = self.sampler.shapes;
        let shape = shapes.shape(id);
        let text = |text: &str| self.sampler.node(Value::Str(text.into()));
        let mut candidates: Vec<Node> = shape.doc.iter().flat_map(|doc| doc.examples.clone()).chain(shape.default.clone()).collect();
        if types == Types::STRING {
            candidates.extend(shape.format.as_deref().and_then(Format::named).map(|format| text(format.example())));
            let usual =
                ["example", "a", "1", "10m", "1Gi", "80", "/example", "example.com", "https://example.com", "EXAMPLE", "50%", "1.0.0"];
            candidates.extend(usual.map(text));
            // A limit of length is met by any text of that length.
            candidates.extend([3, 8, 16, 32, 64, 128].map(|length| text(&"a".repeat(length))));
        } else {
            let bounds = shapes.judge(id).checks.iter().flat_map(|checks| checks.bounds.iter().map(|bound| bound.limit.clone()));
            let near = bounds.flat_map(|limit| match limit {
                Value::Int(limit) => vec![Value::Int(limit), Value::Int(limit.saturating_add(1)), Value::Int(limit.saturating_sub(1))],
                other => vec![other],
            });
            candidates.extend(near.chain([1, 2, 0, 80, 1000].map(Value::Int)).map(|value| self.sampler.node(value)));
        }
        candidates.into_iter().find(|node| types.meets(Types::of(&node.value)) && shapes.fits(id, node))
    }

    fn list(&self, id: ShapeId, depth: usize) -> Option<Node> {
        let shapes = self.sampler.shapes;
        let fewest = shapes.judge(id).checks.as_ref().and_then(|checks| checks.items.min).unwrap_or(0) as usize;
        let count = if self.extent == Extent::Everything && depth < DEEP { fewest.max(1) } else { fewest };
        let mut items = Vec::new();
        if count > 0 {
            match shapes.item(id) {
                Some(item) => items.extend(std::iter::repeat_n(self.value(item, depth + 1)?, count)),
                None => items.extend(std::iter::repeat_n(self.sampler.node(Value::Str("example".into())), count)),
            }
        }
        let list = self.sampler.node(Value::List(items.into()));
        if shapes.fits(id, &list) {
            return Some(list);
        }
        self.sampler.written.get(&id)?.iter().find(|node| node.is_list() && shapes.fits(id, node)).cloned()
    }

    /// What is required, then, one after the other, whatever leaves the map fitting; the properties of the branch to take come first.
    fn map(&self, id: ShapeId, depth: usize) -> Option<Node> {
        let shapes = self.sampler.shapes;
        let shape = shapes.shape(id);
        let mut map = self.sampler.node(Value::Map(Vec::new().into()));
        // Of a map of which the schema says nothing only its author knows what it holds.
        if shape.others == Others::Open && shape.properties.is_empty() && depth > 0 {
            let written = self.sampler.written.get(&id).into_iter().flatten().find(|node| node.is_map() && shapes.fits(id, node)).cloned();
            return written.or_else(|| (self.extent == Extent::Required).then_some(map));
        }
        let mut order: Vec<Key> = Vec::new();
        let mut needed: Vec<Key> = Vec::new();
        if let Some(checks) = &shapes.judge(id).checks {
            for union in &checks.unions {
                let Some(arm) = union.arms.get(self.form(id, union.arms.len())) else { continue };
                if let (UnionForm::Tagged(key), [tag, ..]) = (&union.form, &arm.tags[..]) {
                    map.set(*key, self.sampler.at, tag.clone());
                }
                needed.extend(&arm.required);
                order.extend(&arm.telling);
            }
        }
        needed.extend(shape.properties.iter().filter(|property| property.required).map(|property| property.key));
        for key in needed {
            if map.get(key).is_none()
                && let Child::Known(child) = shapes.child(id, key)
            {
                let node = self.value(child, depth + 1)?;
                map.set(key, self.sampler.at, node);
            }
        }
        order.extend(shape.properties.iter().map(|property| property.key));
        // A union of which no branch is there yet, or a map that must not be empty, is mended by the first properties.
        for key in order {
            let fits = shapes.fits(id, &map);
            if map.get(key).is_some() || (fits && (self.extent == Extent::Required || depth >= DEEP)) {
                continue;
            }
            let Child::Known(child) = shapes.child(id, key) else { continue };
            let Some(node) = self.value(child, depth + 1) else { continue };
            let mut longer = map.clone();
            longer.set(key, self.sampler.at, node);
            if !fits || shapes.fits(id, &longer) {
                map = longer;
            }
        }
        if let Others::Each(each) = shape.others
            && (self.extent == Extent::Everything || !shapes.fits(id, &map))
            && depth < DEEP
            && let Some(node) = self.value(each, depth + 1)
        {
            let written = self.sampler.written.get(&id).into_iter().flatten().flat_map(Node::entries).map(|entry| entry.key);
            let keys: Vec<Key> = written.chain(["example", "/", "EXAMPLE", "example.com/a", "80"].map(Key::new)).collect();
            let with = |key: Key| {
                let mut longer = map.clone();
                longer.entries_mut()?.push(Entry { key, key_at: self.sampler.at, node: node.clone() });
                (map.get(key).is_none() && shapes.fits(id, &longer)).then_some(longer)
            };
            if let Some(longer) = keys.into_iter().find_map(with) {
                map = longer;
            }
        }
        if shapes.fits(id, &map) {
            return Some(map);
        }
        self.sampler.written.get(&id)?.iter().find(|node| node.is_map() && shapes.fits(id, node)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sink;
    use crate::shape::{NoReferences, compile};
    use serde_json::json;

    fn shapes(schema: serde_json::Value) -> Shapes {
        compile(&Node::from_json(&schema, Origin::default()), &NoReferences, &Sink::new()).unwrap()
    }

    #[test]
    fn what_is_required_and_everything_fit() {
        let shapes = shapes(json!({
            "type": "object", "required": ["image", "size"], "additionalProperties": false,
            "properties": {
                "image": {"type": "string", "format": "oci-image"},
                "size": {"type": "string", "pattern": "^[0-9]+Gi$"},
                "port": {"type": "integer", "minimum": 1024},
                "fast": {"type": "boolean"},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "zones": {"type": "array", "minItems": 2, "items": {"type": "string"}}
            }
        }));
        let sampler = Sampler::new(&shapes, [], Pos::NOWHERE);
        let made = |extent| sampler.make(extent, None).unwrap().to_json();
        assert_eq!(made(Extent::Required), json!({"image": "shop/orders:1.4.2", "size": "1Gi"}));
        let all = json!({
            "image": "shop/orders:1.4.2", "size": "1Gi", "port": 1024, "fast": true, "labels": {"example": "example"},
            "zones": ["example", "example"]
        });
        assert_eq!(made(Extent::Everything), all);
    }

    #[test]
    fn each_branch_is_taken_once_and_what_excludes_each_other_is_not_set_together() {
        let shapes = shapes(json!({
            "type": "object", "oneOf": [{"required": ["exec"]}, {"required": ["grpc"]}], "not": {"required": ["value", "from"]},
            "properties": {
                "exec": {"type": "string"}, "grpc": {"type": "integer"}, "value": {"type": "string"}, "from": {"type": "string"},
                "mode": {"enum": ["a", "b", "c"]}
            }
        }));
        let sampler = Sampler::new(&shapes, [], Pos::NOWHERE);
        let first = sampler.make(Extent::Everything, None).unwrap();
        assert_eq!(first.to_json(), json!({"exec": "example", "value": "example", "mode": "a"}));
        let picks = sampler.picks();
        let names: Vec<&str> = picks.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["the properties with `grpc`", "`mode` set to `b`", "`mode` set to `c`"]);
        let other = sampler.make(Extent::Everything, Some(picks[0].0)).unwrap();
        assert_eq!(other.to_json(), json!({"grpc": 1, "value": "example", "mode": "a"}));
    }

    #[test]
    fn a_union_by_discriminator_and_a_schema_that_holds_itself() {
        let tagged = shapes(json!({
            "type": "object", "discriminator": {"propertyName": "type"},
            "oneOf": [
                {"type": "object", "required": ["type", "a"], "properties": {"type": {"const": "x"}, "a": {"type": "string"}}, "additionalProperties": false},
                {"type": "object", "required": ["type"], "properties": {"type": {"const": "y"}, "b": {"type": "string"}}, "additionalProperties": false}
            ]
        }));
        let sampler = Sampler::new(&tagged, [], Pos::NOWHERE);
        assert_eq!(sampler.make(Extent::Everything, None).unwrap().to_json(), json!({"type": "x", "a": "example"}));
        let pick = sampler.picks()[0].0;
        assert_eq!(sampler.make(Extent::Everything, Some(pick)).unwrap().to_json(), json!({"type": "y", "b": "example"}));
        let tree = shapes(json!({"type": "object", "properties": {"below": {"$ref": "#"}}}));
        assert!(Sampler::new(&tree, [], Pos::NOWHERE).make(Extent::Everything, None).is_some());
    }
}
