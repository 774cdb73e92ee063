//! How the branches of each union are told from one another.

use super::Compiler;
use crate::shape::{Arm, Checks, Others, Shape, ShapeId, Union, UnionForm};
use crate::tree::{Key, Node};

impl Compiler<'_> {
    /// Works out the form of every union.
    pub(super) fn tell_arms(&mut self) {
        for index in 0..self.table.len() {
            let Some(mut checks) = self.table[index].checks.take() else { continue };
            let mut unions = std::mem::take(&mut checks.unions);
            for union in &mut unions {
                self.tell(union);
            }
            checks.unions = unions;
            self.table[index].checks = Some(checks);
        }
    }

    fn at(&self, id: ShapeId) -> &Shape {
        &self.table[id.0 as usize]
    }

    fn tell(&self, union: &mut Union) {
        let tag = match union.form {
            // A discriminator that no branch fixes tells nothing.
            UnionForm::Tagged(key) => union.arms.iter().any(|arm| !self.tags(arm.shape, key).is_empty()).then_some(key),
            _ => self.common_tag(&union.arms),
        };
        let declared: Vec<Vec<Key>> = union.arms.iter().map(|arm| self.declared(arm.shape)).collect();
        for (index, arm) in union.arms.iter_mut().enumerate() {
            arm.required = self.required_keys(arm.shape);
            let others = || declared.iter().enumerate().filter(|(other, _)| *other != index);
            let (mut telling, optional): (Vec<Key>, Vec<Key>) = declared[index]
                .iter()
                .copied()
                .filter(|key| !others().any(|(_, keys)| keys.contains(key)))
                .partition(|key| arm.required.contains(key));
            telling.extend(optional);
            arm.telling = telling;
            if let Some(tag) = tag {
                arm.tags = self.tags(arm.shape, tag);
                let property = self.at(arm.shape).properties.iter().find(|property| property.key == tag);
                arm.tag_default = property.and_then(|property| self.at(property.shape).default.clone());
            }
        }
        union.form = match tag {
            Some(tag) => UnionForm::Tagged(tag),
            None if union.arms.iter().all(|arm| self.only_requires(arm.shape)) => UnionForm::Keys,
            None if union.arms.iter().all(|arm| !self.at(arm.shape).allowed.is_empty()) => UnionForm::Values,
            None => UnionForm::General,
        };
    }

    /// A key that every branch fixes to values of its own.
    fn common_tag(&self, arms: &[Arm]) -> Option<Key> {
        let first = arms.first().filter(|_| arms.len() > 1)?;
        let keys = self.at(first.shape).properties.iter().map(|property| property.key);
        keys.into_iter().find(|key| {
            let tags: Vec<Vec<Node>> = arms.iter().map(|arm| self.tags(arm.shape, *key)).collect();
            let distinct = |index: usize, tag: &Node| !tags[..index].iter().flatten().any(|earlier| earlier.value == tag.value);
            tags.iter().enumerate().all(|(index, own)| !own.is_empty() && own.iter().all(|tag| distinct(index, tag)))
        })
    }

    /// The values that a branch fixes a key to.
    fn tags(&self, arm: ShapeId, key: Key) -> Vec<Node> {
        let property = self.at(arm).properties.iter().find(|property| property.key == key);
        property.map(|property| self.at(property.shape).allowed.clone()).unwrap_or_default()
    }

    fn declared(&self, arm: ShapeId) -> Vec<Key> {
        let mut keys: Vec<Key> = self.at(arm).properties.iter().map(|property| property.key).collect();
        keys.extend(self.required_keys(arm).into_iter().filter(|key| !keys.contains(key)).collect::<Vec<_>>());
        keys
    }

    fn required_keys(&self, arm: ShapeId) -> Vec<Key> {
        let required = |shape: &Shape| -> Vec<Key> {
            let declared = shape.properties.iter().filter(|property| property.required).map(|property| property.key);
            declared.chain(shape.checks.iter().flat_map(|checks| checks.required.iter().copied())).collect()
        };
        let mut keys = required(self.at(arm));
        if let Some(judge) = self.at(arm).judged_by {
            keys.extend(required(self.at(judge)).into_iter().filter(|key| !keys.contains(key)).collect::<Vec<_>>());
        }
        keys
    }

    /// Whether a branch says nothing but that some keys must be there.
    fn only_requires(&self, arm: ShapeId) -> bool {
        let shape = self.at(arm);
        let plain = shape.judged_by.is_none() && shape.properties.is_empty() && shape.others == Others::Open && shape.items.is_none();
        let only = |checks: &Checks| !checks.required.is_empty() && Checks { required: Vec::new(), ..checks.clone() }.is_empty();
        plain && shape.allowed.is_empty() && shape.format.is_none() && shape.checks.as_deref().is_some_and(only)
    }
}
