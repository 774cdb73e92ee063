//! `oam.yaml`.

use super::fields::Fields;
use crate::diag::code;
use crate::model::{ExternalObject, Import, Meta, Project, RoleSettings, Spanned};
use crate::source::Role;

pub(super) fn project(meta: Meta, mut spec: Fields<'_>) -> Option<Project> {
    if spec.required("applications").is_some() && spec.list("applications").is_empty() {
        spec.error(code::EMPTY_SELECTOR, spec.at(), "`applications` is empty; a project that is one application has `[\".\"]`");
    }
    let applications = spec.texts("applications");
    let mut config_hash = true;
    let output = spec.fields("output", "`output`").and_then(|mut output| {
        let path = output.required_text("path");
        config_hash = output.boolean("configHash").is_none_or(|hash| hash.value);
        output.finish();
        path
    });
    let imports = spec.list("imports").iter().filter_map(|node| import(Fields::of(node, "an item of `imports`", spec.sink)?)).collect();
    let roles = roles(&mut spec);
    let facts_schema = spec.fields("facts", "`facts`").and_then(|mut facts| {
        let schema = facts.map("schema").cloned();
        facts.finish();
        schema
    });
    let external: Vec<ExternalObject> =
        spec.list("external").iter().filter_map(|node| external(Fields::of(node, "an item of `external`", spec.sink)?)).collect();
    spec.finish();
    Some(Project { meta, applications, output, config_hash, imports, roles, facts_schema, external })
}

fn import(mut fields: Fields<'_>) -> Option<Import> {
    let name = fields.required_text("name");
    let path = fields.text("path");
    let git = fields.optional("git").cloned();
    let oci = fields.optional("oci").cloned();
    let other = git.or(oci);
    if path.is_none() && other.is_none() {
        fields.error(code::MISSING_FIELD, fields.at(), "missing field `path` in an item of `imports`");
    }
    fields.finish();
    Some(Import { name: name?, path, other })
}

fn roles(spec: &mut Fields<'_>) -> Vec<RoleSettings> {
    let Some(mut fields) = spec.fields("roles", "`roles`") else { return Vec::new() };
    let mut roles = Vec::new();
    for (key, role) in [("developer", Role::Developer), ("app-operator", Role::AppOperator), ("infra-operator", Role::InfraOperator)] {
        let at = fields.node.entries().iter().find(|entry| entry.key.as_str() == key).map(|entry| entry.key_at);
        let Some(mut settings) = fields.fields(key, "a role") else { continue };
        let owners = settings.texts("owners");
        let paths = settings.texts("paths");
        let (mut denied_kinds, mut allowed_kinds) = (Vec::new(), Vec::new());
        if let Some(mut may) = settings.fields("mayRender", "`mayRender`") {
            denied_kinds = may.texts("deniedKinds");
            allowed_kinds = may.texts("allowedKinds");
            may.finish();
        }
        settings.finish();
        roles.push(RoleSettings { role: Spanned::new(role, at.unwrap_or_default()), owners, paths, denied_kinds, allowed_kinds });
    }
    if let Some(first) = roles.first() {
        fields.no_effect_yet(first.role.at, "`roles` is read and checked, and not enforced yet");
    }
    fields.finish();
    roles
}

fn external(mut fields: Fields<'_>) -> Option<ExternalObject> {
    let (kind, namespace, name) = (fields.required_text("kind"), fields.text("namespace"), fields.required_text("name"));
    fields.finish();
    Some(ExternalObject { kind: kind?, namespace, name: name? })
}
