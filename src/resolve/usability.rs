//! Who may use which type: those whom its `usableBy` names, and those whom the project permits it.

use super::plan::Plan;
use crate::catalog::{Definition, DefinitionKind};
use crate::diag::{Diagnostic, Sink, code};
use crate::load::{Ownership, PROJECT_FILE};
use crate::model::{Name, glob_matches};
use crate::source::Role;

/// Judges that whoever wrote `used` may use the type that it names.
///
/// Infra operators write the types and who may use them, so nothing is refused to them. Of an Application that stands for itself one person
/// writes everything.
pub(super) fn judge(plan: &Plan<'_>, definition: &Definition, used: &Name, sink: &Sink) {
    let Some(role) = plan.loaded.sources.role_of(used.at) else { return };
    let free = plan.loaded.standalone || !matches!(role, Role::Developer | Role::AppOperator);
    if free || definition.usable_by.contains(&role) {
        return;
    }
    let Some(project) = plan.workspace.map(|workspace| &workspace.project) else { return };
    let permitted = project.roles.iter().filter(|settings| settings.role.value == role).flat_map(|settings| &settings.may_use);
    if permitted.into_iter().any(|(kind, name)| *kind == definition.kind && glob_matches(name, &definition.name)) {
        return;
    }
    let ownership = Ownership::of(project);
    let (kind, name) = (definition.kind.as_str(), &definition.name);
    let may: Vec<String> = definition.usable_by.iter().map(|role| format!("the {role}")).collect();
    let message = format!("{kind} type `{name}` is for {}, and this file is the {role}'s", may.join(" and "));
    let mut problem = Diagnostic::error(code::NOT_USABLE, used.at, message);
    problem = match definition.document.at(&["spec", "usableBy"]) {
        Some(said) => problem.label(said.origin.at, "who may use it"),
        None => problem.label(definition.at, format!("it has no `usableBy`, and then a {kind} type is for {}", may.join(" and "))),
    };
    let group = match definition.kind {
        DefinitionKind::Component => "components",
        DefinitionKind::Trait => "traits",
        DefinitionKind::Scope => "scopes",
    };
    let permit = format!("`roles.{role}.mayUse: {{{group}: [{name}]}}` in `{PROJECT_FILE}`");
    let infra = ownership.called(Role::InfraOperator);
    // An app operator is nearer than whoever decides for all applications.
    let operators =
        role == Role::Developer && definition.kind == DefinitionKind::Trait && definition.usable_by.contains(&Role::AppOperator);
    sink.push(problem.help(if operators {
        let nearer = ownership.called(Role::AppOperator);
        format!("ask the {nearer} to bind it in `traits/`; or the {infra} to permit it to all: {permit}")
    } else {
        format!("ask the {infra} to permit it: {permit}")
    }));
}
