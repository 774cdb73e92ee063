//! The shapes to walk: where a schema joins others, everything that any of them declares, merged.
//!
//! A contribution holds always (the schema itself, `$ref`, `allOf`) or sometimes (a branch of a union, `then`, `else`).

use rustc_hash::FxHashMap;

use super::{Compiler, SHAPES};
use crate::shape::{Checks, Doc, ListKind, Others, Property, Shape, ShapeId, Types};
use crate::tree::{Key, Node};

/// A shape that takes part, and whether it always holds.
type Part = (ShapeId, bool);

impl Compiler<'_> {
    /// Whether no schema contains itself in the same place of the value; such a one could not be judged.
    pub(super) fn has_no_cycle(&mut self) -> bool {
        #[derive(Copy, Clone, PartialEq)]
        enum State {
            New,
            Open,
            Done,
        }
        let mut states = vec![State::New; self.table.len()];
        for start in 0..self.table.len() {
            let mut stack = vec![(start, false)];
            while let Some((index, leaving)) = stack.pop() {
                if leaving {
                    states[index] = State::Done;
                    continue;
                }
                if states[index] == State::Done {
                    continue;
                }
                states[index] = State::Open;
                stack.push((index, true));
                for next in self.in_place(ShapeId(index as u32)) {
                    match states[next.0 as usize] {
                        State::New => stack.push((next.0 as usize, false)),
                        State::Open if stack.iter().any(|&(open, leaving)| leaving && open == next.0 as usize) => {
                            let at = self.table[next.0 as usize].at;
                            self.problem(at, super::ENDLESS);
                            return false;
                        }
                        _ => {}
                    }
                }
            }
        }
        true
    }

    /// The shapes that judge the same value.
    fn in_place(&self, id: ShapeId) -> Vec<ShapeId> {
        let shape = &self.table[id.0 as usize];
        let mut places: Vec<ShapeId> = shape.judged_by.into_iter().collect();
        if let Some(checks) = &shape.checks {
            places.extend(&checks.all);
            places.extend(checks.unions.iter().flat_map(|union| union.arms.iter().map(|arm| arm.shape)));
            places.extend(checks.not);
            if let Some(condition) = &checks.condition {
                places.push(condition.test);
                places.extend(condition.then);
                places.extend(condition.otherwise);
            }
        }
        places
    }

    /// Fills every shape that has a judge.
    pub(super) fn merge_views(&mut self) {
        let mut known = FxHashMap::default();
        for index in 0..self.table.len() {
            let id = ShapeId(index as u32);
            if let Some(judge) = self.table[index].judged_by {
                let mut parts = Vec::new();
                self.gather(judge, true, &mut parts);
                let types = self.types_of(judge);
                let mut view = self.merge(&parts, &mut known);
                view.types = types;
                view.judged_by = Some(judge);
                self.put(id, view);
            }
        }
    }

    fn judge_of(&self, id: ShapeId) -> ShapeId {
        self.table[id.0 as usize].judged_by.unwrap_or(id)
    }

    /// A shape and all that judge the same value with it; each once, as always holding if it does anywhere.
    fn gather(&self, id: ShapeId, always: bool, parts: &mut Vec<Part>) {
        let id = self.judge_of(id);
        match parts.iter_mut().find(|part| part.0 == id) {
            Some(part) if part.1 || !always => return,
            Some(part) => part.1 = true,
            None => parts.push((id, always)),
        }
        let Some(checks) = &self.table[id.0 as usize].checks else { return };
        checks.all.iter().for_each(|all| self.gather(*all, always, parts));
        let arms = checks.unions.iter().flat_map(|union| union.arms.iter());
        arms.for_each(|arm| self.gather(arm.shape, false, parts));
        if let Some(condition) = &checks.condition {
            condition.then.iter().chain(&condition.otherwise).for_each(|branch| self.gather(*branch, false, parts));
        }
    }

    /// The types that a value of a judged shape can have.
    pub(super) fn types_of(&self, id: ShapeId) -> Types {
        let shape = &self.table[self.judge_of(id).0 as usize];
        let mut types = shape.types.0;
        if let Some(checks) = &shape.checks {
            for all in &checks.all {
                types &= self.types_of(*all).0;
            }
            for union in &checks.unions {
                types &= union.arms.iter().fold(0, |types, arm| types | self.types_of(arm.shape).0);
            }
        }
        Types(types)
    }

    fn merge(&mut self, parts: &[Part], known: &mut FxHashMap<Vec<Part>, ShapeId>) -> Shape {
        let mut view = Shape { at: self.table[parts[0].0.0 as usize].at, ..Shape::default() };
        let mut children: Vec<(Key, Vec<Part>)> = Vec::new();
        let (mut items, mut each, mut patterns) = (Vec::new(), Vec::new(), Vec::new());
        let (mut closed, mut open_branch) = (false, false);
        let mut required: Vec<Key> = Vec::new();
        let mut sometimes: Option<Vec<Node>> = Some(Vec::new());
        for &(id, always) in parts {
            let shape = self.table[id.0 as usize].clone();
            let unevaluated = shape.checks.as_ref().and_then(|checks| checks.unevaluated);
            for property in &shape.properties {
                let part = (property.shape, always);
                match children.iter_mut().find(|(key, _)| *key == property.key) {
                    Some((_, parts)) if !parts.iter().any(|known| known.0 == part.0) => parts.push(part),
                    Some(_) => {}
                    None => children.push((property.key, vec![part])),
                }
                if always && property.required {
                    required.push(property.key);
                }
            }
            match shape.others {
                Others::Closed if always => closed = true,
                Others::Each(shape) => each.push((shape, always)),
                Others::Open if always && unevaluated == Some(false) => closed = true,
                Others::Open if !always => open_branch = true,
                _ => {}
            }
            items.extend(shape.items.map(|items| (items, always)));
            if view.list == ListKind::Atomic {
                view.list = shape.list;
            }
            view.retain_keys |= shape.retain_keys;
            if !always && let Some(values) = &mut sometimes {
                if shape.allowed.is_empty() { sometimes = None } else { values.extend(shape.allowed.iter().cloned()) }
            }
            if always {
                if view.allowed.is_empty() {
                    view.allowed = shape.allowed;
                }
                view.format = view.format.or(shape.format);
                view.default = view.default.or(shape.default);
                if let Some(doc) = &shape.doc {
                    merge_doc(view.doc.get_or_insert_default(), doc);
                }
            }
            if let Some(checks) = shape.checks {
                if always {
                    required.extend(&checks.required);
                }
                patterns.extend(checks.patterns);
            }
        }
        if view.allowed.is_empty() {
            view.allowed = sometimes.unwrap_or_default();
        }
        for (key, parts) in children {
            let shape = self.merged(parts, known);
            view.properties.push(Property { key, shape, required: required.contains(&key) });
        }
        view.items = (!items.is_empty()).then(|| self.merged(items, known));
        // Branches close the whole only together.
        let all_branches_closed = parts.iter().any(|part| !part.1) && !open_branch;
        view.others = match (closed || all_branches_closed, each.is_empty()) {
            (_, false) => Others::Each(self.merged(each, known)),
            (true, true) => Others::Closed,
            (false, true) => Others::Open,
        };
        if !patterns.is_empty() {
            view.checks = Some(Box::new(Checks { patterns, ..Checks::default() }));
        }
        view
    }

    /// One shape to walk for several that speak of the same value.
    fn merged(&mut self, mut parts: Vec<Part>, known: &mut FxHashMap<Vec<Part>, ShapeId>) -> ShapeId {
        parts.dedup_by_key(|part| part.0);
        if parts.len() == 1 || self.table.len() >= SHAPES {
            return parts[0].0;
        }
        if let Some(id) = known.get(&parts) {
            return *id;
        }
        let id = self.reserve(self.table[parts[0].0.0 as usize].at);
        known.insert(parts.clone(), id);
        let mut all = Vec::new();
        parts.iter().for_each(|part| self.gather(part.0, part.1, &mut all));
        let fold = |always: bool| parts.iter().filter(move |part| part.1 == always).map(|part| self.types_of(part.0).0);
        let (must, may) = (fold(true).fold(Types::ANY.0, |a, b| a & b), fold(false).reduce(|a, b| a | b));
        let types = may.map_or(must, |may| if must & may == 0 { must } else { must & may });
        let mut view = self.merge(&all, known);
        view.types = Types(types);
        self.put(id, view);
        id
    }
}

/// What the nearer schema leaves unsaid, the farther one says.
fn merge_doc(doc: &mut Doc, further: &Doc) {
    doc.title = doc.title.take().or_else(|| further.title.clone());
    doc.description = doc.description.take().or_else(|| further.description.clone());
    doc.deprecated |= further.deprecated;
    if doc.examples.is_empty() {
        doc.examples = further.examples.clone();
    }
}
