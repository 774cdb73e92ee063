//! What a role may render: the kinds of objects that come of its lines, as `mayRender` of the project says.

use crate::diag::{Diagnostic, Sink, code};
use crate::kubernetes::{ObjectId, Schemas};
use crate::model::{Name, RoleSettings, glob_matches, is_glob};
use crate::source::{Pos, Role, Sources};
use crate::tree::Node;

/// What the project says of roles, and whose which line is.
#[derive(Copy, Clone, Debug)]
pub struct Permissions<'a> {
    /// `roles` of the project.
    pub roles: &'a [RoleSettings],
    /// The files of the run.
    pub sources: &'a Sources,
    /// Whom to ask for more, as `infra-operator (@shop/platform)`.
    pub infra_operator: &'a str,
}

/// Judges an object by the role that made it. `asked_at` is where a person asked for what made it.
///
/// Whoever wrote the kind made the object: a developer who writes a manifest, an infra operator whose own type has it in its template. Where a
/// built-in template has it, whoever asked for that.
pub fn permitted(object: &Node, asked_at: Pos, permissions: &Permissions<'_>, sink: &Sink) {
    let Some(kind) = object.field("kind") else { return };
    let role_of =
        |at| permissions.sources.role_of(at).filter(|role| matches!(role, Role::Developer | Role::AppOperator | Role::InfraOperator));
    let written = kind.origin.author();
    let at = if role_of(written).is_some() { written } else { asked_at };
    let Some(role) = role_of(at) else { return };
    let Some(settings) = permissions.roles.iter().find(|settings| settings.role.value == role) else { return };
    let Some(id) = ObjectId::of(object) else { return };
    let is = |name: &&Name| names(name, &id);
    let (why, said) = if let Some(denied) = settings.denied_kinds.iter().find(is) {
        (denied.at, "`deniedKinds` of the role")
    } else if let Some(first) = settings.allowed_kinds.first().filter(|_| !settings.allowed_kinds.iter().any(|name| is(&name))) {
        (first.at, "`allowedKinds` of the role lists all that it may")
    } else {
        return;
    };
    let message = format!("the {role} may not render objects of kind {}, as `{id}`", id.kind);
    let help = match role {
        Role::InfraOperator => "`mayRender` of the role says so: change it, or leave the object out".to_owned(),
        _ => format!(
            "ask the {} to make it, by a scope or a type of theirs, or to change `mayRender` of the role",
            permissions.infra_operator
        ),
    };
    sink.push(Diagnostic::error(code::MAY_NOT_RENDER, at, message).label(why, said).help(help));
}

/// Whether a name of `mayRender` means the kind of an object: `ClusterRole`, `Certificate.cert-manager.io`, `*.istio.io`.
fn names(name: &str, id: &ObjectId) -> bool {
    glob_matches(name, &id.kind) || name.contains('.') && glob_matches(name, &format!("{}.{}", id.kind, id.group))
}

/// Judges that kinds in `mayRender` exist: one that does not permits and denies nothing.
pub fn permissions_name_kinds(roles: &[RoleSettings], schemas: &Schemas, sink: &Sink) {
    for name in roles.iter().flat_map(|settings| settings.denied_kinds.iter().chain(&settings.allowed_kinds)) {
        // The kinds of another group may have their CustomResourceDefinitions anywhere.
        if is_glob(name) || name.contains('.') || schemas.kinds().any(|schema| *schema.kind == *name.value) {
            continue;
        }
        let message = format!("`mayRender` names the kind `{name}`, and no kind that is known here is called so");
        let known = schemas.kinds().map(|schema| &*schema.kind);
        let problem = Diagnostic::warning(code::UNKNOWN_KIND, name.at, message).suggest(name, known);
        sink.push(if problem.help.is_some() {
            problem
        } else {
            problem.help("write a kind of your own with its group, as `Widget.example.com`")
        });
    }
}
