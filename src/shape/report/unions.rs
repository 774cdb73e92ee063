//! What is wrong with a value that fits no branch of a union, or too many: said of the branch that was meant.

use super::words::{a_type, listed, names, or};
use super::{Chosen, Reporter, Step};
use crate::diag::{Diagnostic, code};
use crate::shape::{Arm, Shape, Shapes, Types, Union, UnionForm};
use crate::source::Pos;
use crate::tree::{Entry, Key, Node};

impl Union {
    /// What a branch is called: its title, its discriminator's value, the key that it requires, or its type.
    pub(crate) fn arm_name(&self, shapes: &Shapes, arm: &Arm) -> String {
        let shape = shapes.shape(arm.shape);
        if let Some(title) = shape.doc.as_deref().and_then(|doc| doc.title.as_deref()) {
            return title.to_owned();
        }
        if let (UnionForm::Tagged(key), [tag, ..]) = (&self.form, &arm.tags[..]) {
            return format!("{key}: {}", crate::shape::describe::plain(&tag.value));
        }
        let telling: Vec<Key> = arm.telling.iter().copied().filter(|key| arm.required.contains(key)).collect();
        match (&telling[..], &arm.required[..], &arm.telling[..]) {
            ([_, ..], _, _) => format!("with {}", names(telling.iter().map(|key| key.as_str()))),
            (_, required @ [_, ..], _) if self.form == UnionForm::Keys => {
                format!("with {}", names(required.iter().map(|key| key.as_str())))
            }
            _ => shapes.type_text(arm.shape),
        }
    }
}

impl<'a> Reporter<'a> {
    pub(super) fn union(&mut self, union: &'a Union, node: &Node, at: Pos) {
        let fitting: Vec<usize> = (0..union.arms.len()).filter(|arm| self.shapes.fits(union.arms[*arm].shape, node)).collect();
        match (&fitting[..], union.exactly_one) {
            ([_], _) | ([_, ..], false) => {}
            ([_, ..], true) => self.too_many(union, &fitting, node, at),
            ([], _) => self.none(union, node, at),
        }
    }

    fn too_many(&mut self, union: &'a Union, fitting: &[usize], node: &Node, at: Pos) {
        let arms: Vec<&Arm> = fitting.iter().map(|index| &union.arms[*index]).collect();
        if union.form == UnionForm::Keys && node.is_map() {
            let key = |arm: &Arm| node.entries().iter().find(|entry| arm.required.contains(&entry.key));
            let set: Vec<&Entry> = arms.iter().filter_map(|arm| key(arm)).collect();
            let both = set.iter().map(|entry| format!("`{}`", entry.key)).collect::<Vec<_>>().join(" and ");
            let word = if set.len() == 2 { "are both set" } else { "are all set" };
            let message = format!("{both} {word} in {}, which takes exactly one of {}", self.here(), union.keys());
            let last = set.iter().max_by_key(|entry| entry.key_at).map_or(at, |entry| entry.key_at);
            let mut diagnostic = Diagnostic::error(code::NO_UNION_BRANCH, if last.is_known() { last } else { at }, message)
                .help("keep one of them, and remove the others");
            for entry in set.iter().filter(|entry| entry.key_at != last) {
                diagnostic = diagnostic.label(entry.key_at, "set here too");
            }
            return self.push(diagnostic);
        }
        let fitting: Vec<String> = arms.iter().map(|arm| union.arm_name(self.shapes, arm)).collect();
        let message = format!("{} must have exactly one of {} forms, and has {} of them", self.here(), union.arms.len(), arms.len());
        self.push(Diagnostic::error(code::NO_UNION_BRANCH, at, message).help(format!("it can be read as {}", or(&fitting))));
    }

    fn none(&mut self, union: &'a Union, node: &Node, at: Pos) {
        let types = union.arms.iter().fold(Types(0), |types, arm| types.or(self.shapes.shape(arm.shape).types));
        if !types.meets(Types::of(&node.value)) && types != Types(0) && union.form != UnionForm::Values {
            let message = format!("{} must be {}, not {}", self.here(), super::a_type_of(types), a_type(&node.value));
            return self.push(Diagnostic::error(code::WRONG_TYPE, at, message));
        }
        match union.form {
            UnionForm::Keys => {
                let word = if union.exactly_one { "exactly one" } else { "at least one" };
                let message = format!("{} must have {word} of {}", self.here(), union.keys());
                // A key that is misspelt was reported with the one that is meant.
                let known: Vec<&'static str> = union.arms.iter().flat_map(|arm| arm.required.iter().map(|key| key.as_str())).collect();
                let misspelt = node.entries().iter().any(|entry| {
                    let reported =
                        self.found.iter().any(|d| d.code == code::UNKNOWN_FIELD && d.at == entry.key_at && d.replacement.is_some());
                    reported && super::nearest(entry.key.as_str(), &known).is_some()
                });
                if !misspelt {
                    let help = if union.exactly_one { "set one of them" } else { "set one of them, or several" };
                    self.push(Diagnostic::error(code::NO_UNION_BRANCH, at, message).help(help));
                }
            }
            UnionForm::Values => {
                let all: Vec<Node> = union.arms.iter().flat_map(|arm| self.shapes.shape(arm.shape).allowed.iter().cloned()).collect();
                self.not_allowed(&all, node, at);
            }
            UnionForm::Tagged(key) if node.is_map() => self.none_tagged(union, key, node, at),
            UnionForm::General if self.several_told(union, node) => {}
            _ => match union.meant(self.shapes, node).and_then(|arm| union.place(arm)) {
                Some(arm) => self.explain_arm(union, arm, node, at),
                None => self.nearest_arm(union, node, at),
            },
        }
    }

    /// Reports keys that two branches require and no other has.
    fn several_told(&mut self, union: &'a Union, node: &Node) -> bool {
        let mut told = union.arms.iter().filter_map(|arm| {
            let mut keys = arm.telling.iter().filter(|key| arm.required.contains(key));
            keys.find_map(|key| node.entry(*key))
        });
        let (Some(first), Some(second)) = (told.next(), told.next()) else { return false };
        let message = format!("`{}` and `{}` cannot be set together in {}", first.key, second.key, self.here());
        let problem = Diagnostic::error(code::NO_UNION_BRANCH, second.key_at, message).label(first.key_at, "set here");
        self.push(problem.help(format!("keep `{}` or `{}`", first.key, second.key)));
        true
    }

    fn none_tagged(&mut self, union: &'a Union, key: Key, node: &Node, at: Pos) {
        if let Some(arm) = union.meant(self.shapes, node).and_then(|arm| union.place(arm)) {
            return self.explain_arm(union, arm, node, at);
        }
        let tags: Vec<Node> = union.arms.iter().flat_map(|arm| arm.tags.iter().cloned()).collect();
        match node.entry(key) {
            Some(entry) => {
                let own = entry.node.origin.author();
                let tag_at = if own.is_known() { own } else { at };
                // An `enum` beside the union says the same.
                if !self.found.iter().any(|found| found.at == tag_at && found.at.is_known()) {
                    self.path.push(Step::Key(key));
                    self.not_allowed(&tags, &entry.node, tag_at);
                    self.path.pop();
                }
            }
            None => {
                let message = format!("missing field `{key}` in {}", self.here());
                if !self.found.iter().any(|found| found.message == message) {
                    self.push(Diagnostic::error(code::MISSING_FIELD, at, message).help(format!("`{key}` is one of {}", listed(&tags))));
                }
            }
        }
    }

    fn explain_arm(&mut self, union: &'a Union, arm: usize, node: &Node, at: Pos) {
        let outer = self.chosen.replace(Chosen { union, arm, depth: self.path.len() });
        self.explain(union.arms[arm].shape, node, at);
        self.chosen = outer;
    }

    /// Tries every branch. The one with the least wrong is explained; if none stands out, each says in a word why not.
    fn nearest_arm(&mut self, union: &'a Union, node: &Node, at: Pos) {
        let before = std::mem::take(&mut self.found);
        let mut tried: Vec<(u32, Vec<Diagnostic>)> = Vec::new();
        for arm in 0..union.arms.len() {
            self.explain_arm(union, arm, node, at);
            let found = std::mem::take(&mut self.found);
            tried.push((found.iter().map(|found| weight(found, at)).sum(), found));
        }
        self.found = before;
        let least = tried.iter().map(|(weight, _)| *weight).min().unwrap_or_default();
        let mut best = tried.iter().filter(|(weight, _)| *weight == least);
        if let (Some((_, found)), None) = (best.next(), best.next()) {
            let found = found.clone();
            return self.found.extend(found);
        }
        let count = union.arms.len();
        let message = format!("{} must have one of {count} forms", self.here());
        // What each form begins with says more than what it lacks, where it lacks nothing else.
        let lacks = |found: &Diagnostic| found.at == at && matches!(found.code, code::NO_UNION_BRANCH | code::MISSING_FIELD);
        if tried.iter().all(|(_, found)| matches!(&found[..], [one] if lacks(one))) {
            let begins: Vec<String> = union.arms.iter().filter_map(|arm| self.begins(arm)).collect();
            if begins.len() == count {
                let help = format!("set {}", begins.join("; or "));
                return self.push(Diagnostic::error(code::NO_UNION_BRANCH, at, message).help(help));
            }
        }
        let reasons = union.arms.iter().zip(&tried).take(4).map(|(arm, (_, found))| {
            let reason = found.first().map_or("", |found| &found.message);
            format!("as {}: {reason}", union.arm_name(self.shapes, arm))
        });
        let help = reasons.collect::<Vec<_>>().join("; ");
        self.push(Diagnostic::error(code::NO_UNION_BRANCH, at, message).help(help));
    }

    /// The keys by which one begins to write a branch.
    fn begins(&self, arm: &Arm) -> Option<String> {
        fn keys(shapes: &Shapes, shape: &Shape) -> Option<String> {
            let checks = shape.checks.as_deref()?;
            let own = checks.unions.iter().find(|union| union.form == UnionForm::Keys).map(Union::keys);
            own.or_else(|| checks.all.iter().find_map(|all| keys(shapes, shapes.judge(*all))))
        }
        if arm.required.is_empty() {
            return keys(self.shapes, self.shapes.judge(arm.shape)).map(|keys| format!("exactly one of {keys}"));
        }
        Some(arm.required.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" and "))
    }

    /// Reports a key that is unknown in the branch that was meant, and belongs to another.
    pub(super) fn of_another_branch(&mut self, entry: &Entry, shape: &'a Shape, map: &Node, key_at: Pos) -> bool {
        let own = shape.checks.iter().flat_map(|checks| &checks.unions);
        let own = own.filter_map(|union| Some((union, union.meant(self.shapes, map).and_then(|arm| union.place(arm))?)));
        let outer = self.chosen.filter(|chosen| chosen.depth == self.path.len()).map(|chosen| (chosen.union, chosen.arm));
        let found = outer.into_iter().chain(own).find_map(|(union, arm)| {
            let owner = union.arms.iter().enumerate().find(|(other, owner)| {
                *other != arm && self.shapes.shape(owner.shape).properties.iter().any(|property| property.key == entry.key)
            });
            owner.map(|(owner, _)| (union, arm, owner))
        });
        let Some((union, arm, owner)) = found else { return false };
        let (arm, owner) = (&union.arms[arm], &union.arms[owner]);
        let diagnostic = match union.form {
            UnionForm::Tagged(key) => {
                // Whoever misspelt the discriminator got its default; that is told, and the rest follows from it.
                let misspelt = |other: &Entry| other.key != key && super::nearest(other.key.as_str(), &[key.as_str()]).is_some();
                if map.entries().iter().any(misspelt) {
                    return true;
                }
                let tag = |arm: &Arm| arm.tags.first().map(|tag| super::quoted(&tag.value)).unwrap_or_default();
                let message = format!("`{}` is no field of {} where `{key}` is {}", entry.key, self.here(), tag(arm));
                let help = format!("it goes with `{key}: {}`", tag(owner).trim_matches('`'));
                Diagnostic::error(code::UNKNOWN_FIELD, key_at, message).help(help)
            }
            _ => {
                let Some(rival) = map.entries().iter().find(|other| arm.telling.contains(&other.key)) else { return false };
                let message = format!("`{}` and `{}` cannot be set together in {}", rival.key, entry.key, self.here());
                let problem = Diagnostic::error(code::NO_UNION_BRANCH, key_at, message).label(rival.key_at, "set here");
                problem.help(format!("keep `{}` or `{}`", rival.key, entry.key))
            }
        };
        self.push(diagnostic);
        true
    }
}

impl Union {
    /// Whether a map has the discriminator, and with a value that belongs to no branch.
    pub(super) fn names_no_arm(&self, node: &Node) -> bool {
        let UnionForm::Tagged(key) = self.form else { return false };
        let tag = node.get(key).filter(|tag| !tag.is_null());
        tag.is_some_and(|tag| self.arms.iter().all(|arm| arm.tags.iter().all(|known| known.value != tag.value)))
    }

    /// The keys that branches only require: `a`, `b and c`.
    fn keys(&self) -> String {
        let arm = |arm: &Arm| arm.required.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" with ");
        self.arms.iter().map(arm).collect::<Vec<_>>().join(", ")
    }

    fn place(&self, arm: &Arm) -> Option<usize> {
        self.arms.iter().position(|other| std::ptr::eq(arm, other))
    }
}

/// How much a problem says against a branch: the wrong type of the whole value most.
fn weight(found: &Diagnostic, at: Pos) -> u32 {
    match found.code {
        code::WRONG_TYPE if found.at == at => 100,
        code::VALUE_NOT_ALLOWED if found.at == at => 50,
        code::UNKNOWN_FIELD => 4,
        code::MISSING_FIELD | code::VALUE_NOT_ALLOWED | code::NO_UNION_BRANCH | code::WRONG_TYPE => 3,
        _ => 1,
    }
}
