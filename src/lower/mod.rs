//! One unit to objects: component templates, traits in their order, scopes, and what the engine adds.
//!
//! Two steps, because scopes see who talks to whom over all applications of an environment: [`components`] makes a [`Draft`] of each unit;
//! [`Surroundings`] gathers the facts of all drafts of one environment and cluster; [`finish`] lets the scopes act and completes the objects.
//! [`platform`] makes what scopes want once per namespace, environment or cluster; [`delivery`] what brings all of it to the cluster.
//!
//! Must never know: any type by name.

mod apply;
mod component;
mod config;
mod context;
mod delivery;
mod finish;
mod members;
mod platform;
mod pods;
mod scopes;
mod selects;
mod serialise;

pub use component::components;
pub use delivery::{Delivered, delivery};
pub use finish::finish;
pub use members::{Member, Port, Surroundings};
pub use platform::platform;

use std::sync::Arc;

use crate::catalog::{Definition, is_built_in};
use crate::diag::{Diagnostic, Sink, code};
use crate::kubernetes::ObjectId;
use crate::model::Name;
use crate::resolve::{Unit, UnitFacts};
use crate::source::Pos;
use crate::template::Per;
use crate::tree::{Node, UnitLog};

/// How units are lowered.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Whether pod templates get a hash of the ConfigMaps and Secrets that they use; not for standalone documents, which others render too.
    pub config_hash: bool,
}

/// Who made an object.
#[derive(Clone, Debug)]
pub enum MadeBy {
    /// A type.
    Type(Arc<Definition>),
    /// The engine itself: the ConfigMap of `config`, the Namespace of `createNamespace`.
    Engine,
}

/// An object of a unit.
#[derive(Clone, Debug)]
pub struct Object {
    /// The object; complete after [`finish`].
    pub node: Node,
    /// Who it is; with its namespace after [`finish`].
    pub id: ObjectId,
    /// The component that it belongs to; scopes' objects belong to none.
    pub component: Option<Arc<str>>,
    /// Who made it.
    pub made_by: MadeBy,
    /// Where somebody asked for it: the type of the component, the trait, the scope. Whoever wrote that is told of what is wrong with a
    /// value that nobody wrote.
    pub asked_at: Pos,
    /// The name of the output that it is; empty for the workload.
    pub output: Arc<str>,
    /// How often it is made.
    pub level: Per,
}

/// A unit whose components and traits are rendered, and whose scopes are not.
#[derive(Debug)]
pub struct Draft<'u> {
    /// The unit.
    pub unit: &'u Unit,
    parts: Vec<component::Part>,
    /// Components that run elsewhere, each with the scope that does not place it here.
    away: Vec<(Name, Name)>,
    log: UnitLog,
}

impl Draft<'_> {
    /// What must be known of the unit when all are done.
    pub fn facts(&self) -> UnitFacts {
        let mut facts = self.unit.facts();
        facts.away.clone_from(&self.away);
        facts
    }
}

/// A unit, lowered.
#[derive(Debug)]
pub struct Lowered {
    /// The objects: by component in the unit's order, the workload first; then those of scopes.
    pub objects: Vec<Object>,
    /// What lost, what vanished, and unions of origins.
    pub log: UnitLog,
    parts: Vec<component::Part>,
}

/// Runs a step with a sink of its own, so that what it finds is told with the unit.
fn in_unit<T>(unit: &Unit, sink: &Sink, step: impl FnOnce(&Sink) -> T) -> T {
    let own = Sink::new();
    let result = step(&own);
    sink.absorb(own, Some(&unit.name()));
    result
}

/// Runs a step with a sink of its own, so that what it finds in a built-in definition is told to whoever asked for it at `at`.
fn asked_at<T>(at: Pos, sink: &Sink, step: impl FnOnce(&Sink) -> T) -> T {
    let own = Sink::new();
    let result = step(&own);
    sink.absorb_as(own, |mut problem| {
        // A built-in type's condition says all that there is to know of it.
        if problem.code == code::REQUIREMENT && !is_built_in(problem.at) {
            problem.labels.retain(|label| !is_built_in(label.at));
        }
        problem.asked_at(at, is_built_in)
    });
    result
}

/// The identity of a rendered object, or the reason why it has none.
fn identify(node: &Node, sink: &Sink) -> Option<ObjectId> {
    let found = ObjectId::of(node);
    if found.is_none() {
        let wrong = [&["apiVersion"][..], &["kind"], &["metadata", "name"]]
            .into_iter()
            .find(|path| node.at(path).and_then(Node::as_str).is_none_or(str::is_empty));
        // Every object without an identity lacks one of the three.
        let path = wrong.unwrap_or(&["metadata"]);
        let (shown, value) = (path.join("."), node.at(path).filter(|value| value.as_str().is_none()));
        sink.push(match value {
            Some(value) => {
                let message = format!("`{shown}` of a rendered object is a {}, not text", value.value.type_name());
                Diagnostic::error(code::WRONG_TYPE, value.origin.author(), message)
            }
            None => {
                let message = format!("a rendered object has no `{shown}`");
                Diagnostic::error(code::MISSING_FIELD, node.origin.author(), message)
                    .help("an object is told from others by `apiVersion`, `kind` and `metadata.name`: it needs all three")
            }
        });
    }
    found
}
