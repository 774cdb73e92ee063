//! Overrides: changes of components in a place, one after the other, on the result so far.

use crate::diag::{Diagnostic, Sink, code};
use crate::model::{ApplicationComponent, ComponentOverride, Name, Override, TraitUse, glob_matches, is_glob};
use crate::tree::{Lost, Node, Origin, Trail, Value};

/// Applies an override.
pub(super) fn override_components(components: &mut Vec<ApplicationComponent>, over: &Override, lost: &mut Vec<Lost>, sink: &Sink) {
    for entry in &over.components {
        apply(components, entry, lost, sink);
    }
    let Some(selector) = &over.selector else { return };
    for name in selector {
        if !components.iter().any(|component| component.name.value == name.value) {
            let known: Vec<&str> = components.iter().map(|component| &*component.name.value).collect();
            let message = format!("`selector` names the component `{name}`, and there is none of this name");
            let problem = Diagnostic::error(code::UNKNOWN_NAME, name.at, message).suggest(name, known.iter().copied());
            sink.push(match problem.help {
                Some(_) if !is_glob(name) => problem,
                _ if is_glob(name) => problem.help(format!("a selector lists names, of: {}", known.join(", "))),
                _ => problem.help(format!("there are: {}", known.join(", "))),
            });
        }
    }
    components.retain(|component| selector.iter().any(|name| name.value == component.name.value));
}

fn apply(components: &mut Vec<ApplicationComponent>, entry: &ComponentOverride, lost: &mut Vec<Lost>, sink: &Sink) {
    let of_type = |component: &ApplicationComponent| {
        entry.type_name.as_ref().is_none_or(|name| component.type_name.as_ref().is_some_and(|own| own.value == name.value))
    };
    let Some(name) = &entry.name else {
        let mut met = false;
        for component in components.iter_mut().filter(|component| of_type(component)) {
            met = true;
            merge(component, entry, lost, sink);
        }
        if let (false, Some(type_name)) = (met, &entry.type_name) {
            let message = format!("the override is for components of type `{type_name}`, and there are none");
            let known = components.iter().filter_map(|component| component.type_name.as_ref()).map(|name| &*name.value);
            sink.push(Diagnostic::warning(code::MATCHES_NOTHING, type_name.at, message).suggest(type_name, known));
        }
        return;
    };
    wider_in_kubevela(components, name, sink);
    let mut met = false;
    for component in components.iter_mut().filter(|component| glob_matches(name, &component.name.value)) {
        met = true;
        if of_type(component) {
            merge(component, entry, lost, sink);
        } else {
            replace(component, entry, lost);
        }
    }
    if !met {
        add(components, name, entry, sink);
    }
}

/// There, a name is an expression that may match anywhere in a component's name.
fn wider_in_kubevela(components: &[ApplicationComponent], name: &Name, sink: &Sink) {
    let found_in = |text: &str| {
        let mut rest = text;
        name.split('*').all(|piece| {
            let Some(index) = rest.find(piece) else { return false };
            rest = &rest[index + piece.len()..];
            true
        })
    };
    let wider = components.iter().find(|component| found_in(&component.name.value) && !glob_matches(name, &component.name.value));
    if let Some(component) = wider {
        let message = format!("`{name}` is the whole name here; KubeVela would change `{}`, too", component.name);
        let problem = Diagnostic::warning(code::MATCHES_NOTHING, name.at, message);
        sink.push(problem.help(format!("write `*{}*` if that is meant", name.trim_matches('*'))));
    }
}

/// Another type replaces the component: what the old one was told says nothing to the new one.
fn replace(component: &mut ApplicationComponent, entry: &ComponentOverride, lost: &mut Vec<Lost>) {
    for old in component.properties.iter().flat_map(Node::entries) {
        lost.push(Lost::new(old.key.as_str(), &old.node, Origin::written(entry.at)).of(&component.name.value));
    }
    component.type_name = entry.type_name.clone();
    component.properties = entry.properties.clone();
    component.traits = entry.traits.iter().filter(|used| !is_disabled(used)).cloned().collect();
    component.at = entry.at;
}

/// A name that is nobody's yet adds a component, if it has a type.
fn add(components: &mut Vec<ApplicationComponent>, name: &Name, entry: &ComponentOverride, sink: &Sink) {
    let known: Vec<&str> = components.iter().map(|component| &*component.name.value).collect();
    let plain =
        name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') && !name.starts_with('-') && !name.ends_with('-');
    let list = known.join(", ");
    if !plain {
        let message = format!("the override is for components called `{name}`, and there are none");
        let help = format!("there are: {list}; in a name, `*` stands for any text, and nothing else is special");
        sink.push(Diagnostic::error(code::UNKNOWN_NAME, name.at, message).help(help));
        return;
    }
    let Some(type_name) = &entry.type_name else {
        let message = format!("the override is for the component `{name}`, and there is none of this name");
        let problem = Diagnostic::error(code::UNKNOWN_NAME, name.at, message).suggest(name, known.iter().copied());
        let help = format!("there are: {list}; to add a component, give it a `type`");
        sink.push(if problem.help.is_some() { problem } else { problem.help(help) });
        return;
    };
    components.push(ApplicationComponent {
        name: name.clone(),
        type_name: Some(type_name.clone()),
        component: None,
        properties: entry.properties.clone(),
        traits: entry.traits.iter().filter(|used| !is_disabled(used)).cloned().collect(),
        depends_on: Vec::new(),
        identity: None,
        at: entry.at,
    });
}

/// What a trait is called: its name, or else its type.
fn called(used: &TraitUse) -> &str {
    used.name.as_ref().map_or(&used.type_name.value, |name| &name.value)
}

fn is_disabled(used: &TraitUse) -> bool {
    used.disable.as_ref().is_some_and(|disable| disable.value)
}

fn merge(component: &mut ApplicationComponent, entry: &ComponentOverride, lost: &mut Vec<Lost>, sink: &Sink) {
    merge_properties(&mut component.properties, entry.properties.as_ref(), Trail::default(), &component.name, lost);
    lost_in_kubevela(component, entry, sink);
    for wanted in &entry.traits {
        let Some(index) = position(&component.traits, wanted, &component.name, sink) else { continue };
        let Some(own) = index.and_then(|index| component.traits.get_mut(index)) else {
            if !is_disabled(wanted) {
                component.traits.push(TraitUse { disable: None, ..wanted.clone() });
            }
            continue;
        };
        if is_disabled(wanted) {
            let winner = Origin::written(wanted.disable.as_ref().map_or(wanted.at, |disable| disable.at));
            if let Some(old) = &own.properties {
                lost.push(Lost::new(called(own), old, winner).of(&component.name.value));
            }
            let identity = own.at;
            component.traits.retain(|used| used.at != identity);
        } else {
            let trail = Trail::from(called(own));
            merge_properties(&mut own.properties, wanted.properties.as_ref(), trail, &component.name, lost);
        }
    }
}

/// Which trait of a component an override means: of several of a type, the one of the same name, or whose objects have the same name.
/// `Some(None)`: a new one. `None`: that cannot be told, which is an error.
fn position(traits: &[TraitUse], wanted: &TraitUse, component: &Name, sink: &Sink) -> Option<Option<usize>> {
    let of_type: Vec<usize> = (0..traits.len()).filter(|index| traits[*index].type_name.value == wanted.type_name.value).collect();
    let called = |used: &TraitUse| used.name.as_ref().map(|name| name.value.clone());
    let object = |used: &TraitUse| used.properties.as_ref().and_then(|properties| properties.field("name")?.as_str().map(str::to_owned));
    if wanted.name.is_some() {
        return Some(of_type.into_iter().find(|index| called(&traits[*index]) == called(wanted)));
    }
    match of_type.as_slice() {
        [] => Some(None),
        [one] => Some(Some(*one)),
        several => {
            let name = object(wanted);
            let same = several.iter().find(|index| name.is_some() && object(&traits[**index]) == name);
            if same.is_none() {
                let message = format!(
                    "component `{component}` has {} traits of type `{}`, and which of them is meant cannot be told",
                    several.len(),
                    wanted.type_name
                );
                let problem = Diagnostic::error(code::VALUE_NOT_ALLOWED, wanted.type_name.at, message);
                let problem = several.iter().fold(problem, |problem, index| problem.label(traits[*index].at, "one of them"));
                sink.push(problem.help("give each a `name`, beside its `type`, and the override the name of the one that is meant"));
            }
            same.map(|index| Some(*index))
        }
    }
}

/// KubeVela makes copies of the last of several traits of one type as soon as any override meets the component.
fn lost_in_kubevela(component: &ApplicationComponent, entry: &ComponentOverride, sink: &Sink) {
    for (index, used) in component.traits.iter().enumerate() {
        if let Some(first) = component.traits[..index].iter().find(|other| other.type_name.value == used.type_name.value) {
            let message = format!(
                "component `{}` has several traits of type `{}`: both are kept here, and KubeVela would render the last of them twice where an override meets the component",
                component.name, used.type_name
            );
            let problem = Diagnostic::warning(code::DUPLICATE, used.type_name.at, message);
            sink.push(problem.label(first.type_name.at, "the first one").label(entry.at, "the override"));
            return;
        }
    }
}

/// Maps merge, everything else is replaced, also by `null`.
fn merge_properties(base: &mut Option<Node>, over: Option<&Node>, mut trail: Trail, owner: &Name, lost: &mut Vec<Lost>) {
    let Some(over) = over else { return };
    match base {
        Some(base) => {
            let before = lost.len();
            merge_node(base, over, &mut trail, lost);
            lost.iter_mut().skip(before).for_each(|lost| lost.owner = Some(owner.value.clone()));
        }
        None => *base = Some(over.clone()),
    }
}

fn merge_node(base: &mut Node, over: &Node, trail: &mut Trail, lost: &mut Vec<Lost>) {
    if let (Some(entries), Value::Map(overs)) = (base.entries_mut(), &over.value) {
        for entry in overs.iter() {
            match entries.iter_mut().find(|own| own.key == entry.key) {
                Some(own) => {
                    let mark = trail.enter(entry.key);
                    merge_node(&mut own.node, &entry.node, trail, lost);
                    trail.back(mark);
                }
                None => entries.push(entry.clone()),
            }
        }
        return;
    }
    if base.value != over.value {
        lost.push(Lost::new(trail.as_str(), base, over.origin));
    }
    *base = over.clone();
}
