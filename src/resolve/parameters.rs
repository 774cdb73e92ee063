//! Parameters: what operators may set, and nothing else: `default` or `from`, then `parameterValues`, written to `fieldPaths`.

use super::application::{AskerKind, Base};
use super::component::Draft;
use super::context::Context;
use super::order::{Setting, Standing, ties};
use super::traits::applies_here;
use super::{GivenBy, ResolvedParameter};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::field_path::{Step, Target, get, set};
use crate::model::{Component, FieldPath, Name, Parameter, Spanned};
use crate::shape::{Child, NoReferences, ShapeId, Shapes, compile};
use crate::tree::Node;

/// A parameter of a document, read once.
pub(super) struct ParameterPlan<'a> {
    pub parameter: &'a Parameter,
    schema: Option<Shapes>,
    paths: Vec<Place<'a>>,
}

/// Where a parameter's value goes.
struct Place<'a> {
    text: &'a Spanned<FieldPath>,
    /// The file, for `config[path=…].data…`.
    file: Option<&'a str>,
    /// Steps into the properties, or into the file's data.
    steps: &'a [Step],
}

/// The parameters of a component's documents. What is wrong with them in any environment is reported.
pub(super) fn read<'a>(base: &Base<'a>, sink: &Sink) -> Vec<Vec<ParameterPlan<'a>>> {
    let documents = base.written.component().into_iter().chain(base.layers.iter().map(|layer| layer.component));
    documents
        .map(|component: &'a Component| component.parameters.iter().map(|parameter| parameter_plan(parameter, sink)).collect())
        .collect()
}

fn parameter_plan<'a>(parameter: &'a Parameter, sink: &Sink) -> ParameterPlan<'a> {
    let schema = parameter.schema.as_ref().and_then(|schema| compile(schema, &NoReferences, sink));
    if let (Some(schema), Some(default)) = (&schema, &parameter.default) {
        schema.validate(default, &format!("default of parameter `{}`", parameter.name), sink);
    }
    if let (Some(default), Some(from)) = (&parameter.default, &parameter.from) {
        let message = format!("parameter `{}` has a `default` and a `from`, and can take its value from one of them only", parameter.name);
        sink.push(Diagnostic::error(code::PARAMETER_CONFLICT, from.at, message).label(default.origin.at, "the default is here"));
    }
    let paths = parameter.field_paths.iter().map(place).collect();
    ParameterPlan { parameter, schema, paths }
}

/// `config[path=…].data…` leads into a file, everything else into the properties.
fn place(text: &Spanned<FieldPath>) -> Place<'_> {
    match text.value.target() {
        Target::Config(file, steps) => Place { text, file: Some(file), steps },
        Target::Properties(steps) => Place { text, file: None, steps },
    }
}

/// Whether writing to one path would write over what the other wrote: they are equal, or one leads to the other.
fn collide(one: &[Step], other: &[Step]) -> bool {
    one.iter().zip(other).all(|(a, b)| a == b)
}

/// What a binding says of a parameter.
struct Given<'a> {
    standing: &'a Standing<'a>,
    name: &'a Name,
    value: &'a Node,
    /// Whether it names the component.
    named: bool,
}

/// Writes the values of all parameters of a component. `None` if one of them is wrong.
pub(super) fn apply_parameters<'p, 'a>(draft: &mut Draft<'p, 'a>, context: &mut Context<'p, 'a>) -> Option<Vec<ResolvedParameter>> {
    let base = draft.base;
    let given = given(draft, context);
    let has_any = base.written.component().is_some_and(|component| !component.parameters.is_empty())
        || draft.active.iter().any(|index| !base.layers[*index].component.parameters.is_empty());
    let effective = if has_any { effective(draft, context.common) } else { Vec::new() };
    let mut fine = known_names(&given, &effective, base, context);
    fine &= no_collisions(&effective, base, context);
    let mut resolved = Vec::new();
    for (plan, inherited) in effective {
        let settings: Vec<&Given<'_>> = given.iter().filter(|given| given.name.value == plan.parameter.name.value).collect();
        match value_of(plan, &settings, base, context) {
            Ok(Some((value, given_by))) => {
                let written =
                    fits(plan, &value, given_by, context).then(|| write(plan, &value, given_by, inherited, draft, context)).flatten();
                fine &= written.is_some();
                if written.is_some_and(|places| places > 0) {
                    resolved.push(ResolvedParameter { name: plan.parameter.name.clone(), value, given_by });
                }
            }
            Ok(None) => {}
            Err(()) => fine = false,
        }
    }
    fine.then_some(resolved)
}

/// The values that bindings give, from general to specific.
fn given<'p, 'a>(draft: &Draft<'p, 'a>, context: &Context<'p, 'a>) -> Vec<Given<'p>> {
    let mut found = Vec::new();
    for asker in &draft.base.askers {
        let AskerKind::Binding(index) = asker.kind else { continue };
        let binding = context.plan.bindings[index].binding;
        if !binding.parameter_values.is_empty() && applies_here(binding, &draft.type_name, context) {
            let named = super::selection::names(&binding.selector.components);
            let values = binding.parameter_values.iter();
            found.extend(values.map(|(name, value)| Given { standing: &asker.standing, name, value, named }));
        }
    }
    found
}

/// The parameters that hold here: a layer's replaces one of the same name. With each, whether its document lost its say on properties
/// to a layer that replaced the type.
fn effective<'p, 'a>(draft: &Draft<'p, 'a>, common: &Sink) -> Vec<(&'p ParameterPlan<'a>, bool)> {
    let base = draft.base;
    let documents = base.parameters.get_or_init(|| read(base, common));
    let own = usize::from(base.written.component().is_some());
    let mut found: Vec<(&'p ParameterPlan<'a>, bool)> = Vec::new();
    let active = (0..own).chain(draft.active.iter().map(|index| index + own));
    for (place, document) in active.enumerate() {
        // `started_anew` counts the layers up to the one that replaced the type.
        let inherited = draft.started_anew > 0 && place < draft.started_anew - 1 + own;
        for plan in &documents[document] {
            match found.iter_mut().find(|(known, _)| known.parameter.name.value == plan.parameter.name.value) {
                Some(known) => *known = (plan, inherited),
                None => found.push((plan, inherited)),
            }
        }
    }
    found
}

/// A value for a parameter that the component does not have is an error where the component is named; others may match by chance. A commit may be from
/// before the parameter was there.
fn known_names(given: &[Given<'_>], effective: &[(&ParameterPlan<'_>, bool)], base: &Base<'_>, context: &Context<'_, '_>) -> bool {
    let mut fine = true;
    for given in given.iter().filter(|given| given.named) {
        if !effective.iter().any(|(plan, _)| plan.parameter.name.value == given.name.value) {
            if context.application.is_revised {
                let message = format!("component `{}` has no parameter called `{}` at the commit that runs here", base.name, given.name);
                let problem = Diagnostic::warning(code::UNKNOWN_PARAMETER, given.name.at, message);
                let problem = problem.label(base.written.at(), "the component is here");
                context.sink.push(problem.help("the value has no effect until a Release names a commit that has the parameter"));
                continue;
            }
            fine = false;
            let message = format!("there is no parameter called `{}`", given.name);
            let known: Vec<&str> = effective.iter().map(|(plan, _)| &*plan.parameter.name.value).collect();
            let mut problem = Diagnostic::error(code::UNKNOWN_PARAMETER, given.name.at, message)
                .label(base.name.at, format!("component `{}` has none of this name", base.name))
                .suggest(given.name, known.iter().copied());
            if problem.help.is_none() {
                problem = match known.as_slice() {
                    [] => problem.help("its developers let operators set nothing; they add `parameters` to the Component"),
                    known => {
                        problem.help(format!("it has {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")))
                    }
                };
            }
            context.sink.push(problem.unless_unread("Component", &*base.name.value));
        }
    }
    fine
}

fn no_collisions(effective: &[(&ParameterPlan<'_>, bool)], base: &Base<'_>, context: &Context<'_, '_>) -> bool {
    let all: Vec<(&ParameterPlan<'_>, &Place<'_>)> =
        effective.iter().flat_map(|(plan, _)| plan.paths.iter().map(|place| (*plan, place))).collect();
    let mut fine = true;
    for (index, (one, first)) in all.iter().enumerate() {
        for (other, second) in &all[index + 1..] {
            if first.file == second.file && collide(first.steps, second.steps) {
                fine = false;
                let message = format!(
                    "parameters `{}` and `{}` of component `{}` are written to the same field",
                    one.parameter.name, other.parameter.name, base.name
                );
                let problem = Diagnostic::error(code::PARAMETER_CONFLICT, second.text.at, message);
                context.sink.push(problem.label(first.text.at, format!("`{}` goes here too", one.parameter.name)));
            }
        }
    }
    fine
}

/// The value of a parameter, if it has one.
fn value_of(
    plan: &ParameterPlan<'_>,
    settings: &[&Given<'_>],
    base: &Base<'_>,
    context: &mut Context<'_, '_>,
) -> Result<Option<(Node, GivenBy)>, ()> {
    let parameter = plan.parameter;
    let default = match (&parameter.default, &parameter.from) {
        (Some(default), _) => Some((default.clone(), GivenBy::Default)),
        // A value that an operator sets needs no `from`.
        (None, Some(from)) if settings.is_empty() => Some((context.evaluated(from, Some(base.name)).ok_or(())?, GivenBy::From)),
        _ => None,
    };
    let Some((winner, losers)) = settings.split_last() else {
        if default.is_none() && parameter.required {
            let message = format!("parameter `{}` of component `{}` has no value", parameter.name, base.name);
            let help = format!("set it under `parameterValues` of a TraitBinding: `parameterValues: {{{}: …}}`", parameter.name);
            let problem = Diagnostic::error(code::MISSING_PARAMETER, parameter.name.at, message).help(help);
            context.sink.push(problem.unless_unread("TraitBinding", None));
            return Err(());
        }
        return Ok(default);
    };
    if !losers.is_empty() {
        let all: Vec<Setting<'_>> = settings.iter().map(|given| Setting { standing: given.standing, node: given.value }).collect();
        ties(&all, &format!("parameter `{}` of component `{}`", parameter.name, base.name), context.sink);
    }
    let winning = winner.value.origin;
    let lost = losers.iter().map(|given| given.value).chain(default.as_ref().map(|(value, _)| value));
    let path = format!("parameterValues.{}", parameter.name);
    lost.for_each(|node| context.log.lose(&path, node, winning));
    Ok(Some((winner.value.clone(), GivenBy::Operator)))
}

fn fits(plan: &ParameterPlan<'_>, value: &Node, given_by: GivenBy, context: &Context<'_, '_>) -> bool {
    match (&plan.schema, given_by) {
        // It was judged when the parameter was read.
        (None, _) | (_, GivenBy::Default) => true,
        (Some(schema), _) => schema.validate(value, &format!("value of parameter `{}`", plan.parameter.name), context.sink),
    }
}

/// Writes a value to all its places; how many there are, or `None` if something is in the way.
fn write(
    plan: &ParameterPlan<'_>,
    value: &Node,
    given_by: GivenBy,
    inherited: bool,
    draft: &mut Draft<'_, '_>,
    context: &mut Context<'_, '_>,
) -> Option<usize> {
    let (mut fine, mut places) = (true, 0);
    let parameter = plan.parameter;
    for place in &plan.paths {
        let shapes = draft.definition.parameters.clone();
        let root = match place.file {
            None => {
                // After the type was replaced, what only the old type knows is nobody's any more.
                if inherited
                    && matches!(place.steps.first(), Some(Step::Field(key)) if !matches!(shapes.child(ShapeId::ROOT, *key), Child::Known(_)))
                {
                    continue;
                }
                &mut draft.properties
            }
            Some(file) => match draft.config.iter_mut().find(|config| *config.path.value == *file) {
                Some(config) => &mut config.data,
                None if inherited => continue,
                None => {
                    fine = false;
                    let message =
                        format!("`{}` leads into the file `{file}`, and component `{}` has no such file", place.text, draft.base.name);
                    let known: Vec<&str> = draft.config.iter().map(|config| &*config.path.value).collect();
                    context.sink.push(Diagnostic::error(code::BAD_FIELD_PATH, place.text.at, message).suggest(file, known));
                    continue;
                }
            },
        };
        let literal = get(root, place.steps).filter(|node| !node.is_null());
        if let (Some(literal), Some(default)) = (literal, default_place(parameter)) {
            fine = false;
            let message =
                format!("parameter `{}` has a `{}`, and the field that it is written to has a value as well", parameter.name, default.0);
            let help = "the value in the Component is the default already: leave one of them out";
            context.sink.push(
                Diagnostic::error(code::PARAMETER_CONFLICT, default.1, message)
                    .label(literal.origin.author(), "the value is here")
                    .help(help),
            );
            continue;
        }
        places += 1;
        match set(root, place.steps, value.clone(), place.text.at) {
            Ok(Some(old)) if old.value != value.value && !old.is_null() => {
                context.log.lose(&place.text.to_string(), &old, value.origin);
            }
            Ok(_) => {}
            Err(obstacle) => {
                fine = false;
                let message = format!("parameter `{}` cannot be written to `{}`: {obstacle}", parameter.name, place.text);
                let label = format!("its value comes from `{}`", given_by.as_str());
                context.sink.push(Diagnostic::error(code::BAD_FIELD_PATH, place.text.at, message).label(value.origin.author(), label));
            }
        }
    }
    fine.then_some(places)
}

/// What gives a parameter a value while nobody sets it, and where.
fn default_place(parameter: &Parameter) -> Option<(&'static str, crate::source::Pos)> {
    let default = parameter.default.as_ref().map(|default| ("default", default.origin.at));
    default.or_else(|| parameter.from.as_ref().map(|from| ("from", from.at)))
}
