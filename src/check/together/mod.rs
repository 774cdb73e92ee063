//! What only the objects of one place together show: references that lead nowhere, pods that two want, autoscalers that measure nothing.
//!
//! What contradicts itself among the objects is told in any case. An object that is not among them is another matter: in a whole project it
//! is told, unless the project says that it exists outside; among files, which may be a part, only where it seems to be misspelt or is in
//! another namespace.

mod asks;
mod facts;
mod pods;
mod references;
mod workloads;

pub use facts::Facts;

use std::cell::RefCell;
use std::collections::hash_map::Entry;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::is_built_in;
use crate::diag::{Diagnostic, Sink, code};
use asks::Target;

/// An object that exists and is not among those that are judged.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct External {
    /// Its kind.
    pub kind: String,
    /// Its namespace; any, if absent.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// How much of what exists in a place is among the objects.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum Extent {
    /// Everything that a project has for it.
    Project,
    /// A part of a project.
    Part,
    /// Files of any origin.
    #[default]
    Files,
}

/// What is known of the place where the objects go.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setting<'a> {
    /// Objects that exist there.
    pub external: &'a [External],
    /// How much of it is here.
    pub extent: Extent,
}

/// The objects by what they are.
struct Place<'a> {
    objects: &'a [&'a Facts],
    /// By kind, namespace and name; the namespace of what belongs to the cluster is empty.
    named: FxHashMap<(Target<'a>, &'a str, &'a str), &'a Facts>,
    /// Those of which there are several, so that nobody can say which is meant.
    several: FxHashSet<(Target<'a>, &'a str, &'a str)>,
    /// The objects of each kind in each namespace.
    beside: FxHashMap<(Target<'a>, &'a str), Vec<&'a Facts>>,
    /// The first object of a kind and name, in whatever namespace.
    anywhere: FxHashMap<(Target<'a>, &'a str), &'a Facts>,
    /// In each namespace, what an operator of the cluster may make further objects of.
    custom: FxHashMap<&'a str, Vec<&'a Facts>>,
    setting: Setting<'a>,
    sink: &'a Sink,
    /// What is looked for and not here.
    unmet: RefCell<Vec<External>>,
}

/// Judges the objects of one cluster and environment, or of one set of files, together.
pub fn together(objects: &[&Facts], setting: Setting<'_>, sink: &Sink) {
    let place = Place::new(objects, setting, sink);
    place.repeated();
    place.references();
    place.pods();
}

/// The objects that others name, and that are not among them: they exist outside, or nothing works.
pub fn unmet(objects: &[&Facts]) -> Vec<External> {
    let nobody = Sink::new();
    let place = Place::new(objects, Setting { external: &[], extent: Extent::Project }, &nobody);
    place.references();
    place.unmet.into_inner()
}

/// The namespace in which an object is looked for.
fn place_of<'a>(target: Target<'_>, namespace: &'a str) -> &'a str {
    if target.is_global() { "" } else { namespace }
}

impl<'a> Place<'a> {
    fn new(objects: &'a [&'a Facts], setting: Setting<'a>, sink: &'a Sink) -> Place<'a> {
        let mut place: Place<'a> = Place {
            objects,
            named: FxHashMap::default(),
            several: FxHashSet::default(),
            beside: FxHashMap::default(),
            anywhere: FxHashMap::default(),
            custom: FxHashMap::default(),
            setting,
            sink,
            unmet: RefCell::default(),
        };
        for object in objects {
            let (target, name) = (object.target(), &*object.id.name);
            let namespace = place_of(target, object.namespace());
            match place.named.entry((target, namespace, name)) {
                Entry::Occupied(_) => drop(place.several.insert((target, namespace, name))),
                Entry::Vacant(free) => drop(free.insert(object)),
            }
            place.beside.entry((target, namespace)).or_default().push(object);
            place.anywhere.entry((target, name)).or_insert(object);
            if target.is_custom() {
                place.custom.entry(object.namespace()).or_default().push(object);
            }
        }
        place
    }

    fn find(&self, target: Target<'_>, namespace: &str, name: &str) -> Option<&'a Facts> {
        self.named.get(&(target, place_of(target, namespace), name)).copied()
    }

    /// Tells a problem of an object.
    fn tell(&self, object: &Facts, problem: Diagnostic) {
        let unit = object.unit.as_deref();
        // Files of any origin have nothing to do with the types of this program.
        let problem = if unit.is_some() { problem.asked_at(object.asked_at, is_built_in) } else { problem };
        self.sink.push(unit.into_iter().fold(problem, |problem, unit| problem.in_unit(unit)));
    }

    /// The same object twice in a set of files: the later one replaces the first. In a project that is told for all clusters at once.
    fn repeated(&self) {
        if self.setting.extent != Extent::Files {
            return;
        }
        for object in self.objects {
            let first = self.find(object.target(), object.namespace(), &object.id.name);
            if let Some(first) = first.filter(|first| !std::ptr::eq(*first, *object)) {
                let message = format!("`{}` is there twice, and the last one replaces the first", object.id);
                let problem = Diagnostic::warning(code::NAME_CLASH, object.name_at, message);
                self.tell(object, problem.label(first.name_at, "the first one").help("remove one of them, or give it another name"));
            }
        }
    }
}
