//! `oam.yaml`.

use super::fields::{Fields, judge_name};
use crate::catalog::DefinitionKind;
use crate::diag::{Diagnostic, code};
use crate::model::{ExternalComponent, ExternalObject, ExternalPort, GitSource, Import, Meta, Name, Project, RoleSettings, Spanned, Team};
use crate::source::Role;
use crate::tree::Node;

/// The roles of people.
const ROLES: [Role; 3] = [Role::Developer, Role::AppOperator, Role::InfraOperator];

pub(super) fn project(meta: Meta, mut spec: Fields<'_>) -> Option<Project> {
    if spec.optional("applications").is_none() {
        let problem = Diagnostic::error(code::MISSING_FIELD, spec.at(), "missing field `applications` in `spec`");
        let way = "it names the folders of applications: `applications: [\"apps/*\"]`, or `[\".\"]` for a project that is one";
        spec.missing("applications", problem.help(way));
    } else if spec.list("applications").is_empty() {
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
    let teams = spec.list("teams").iter().filter_map(|node| team(Fields::of(node, "an item of `teams`", spec.sink)?)).collect();
    let facts_schema = spec.fields("facts", "`facts`").and_then(|mut facts| {
        let schema = facts.map("schema").cloned();
        facts.finish();
        schema
    });
    let (mut objects, mut external_components) = (Vec::new(), Vec::new());
    for node in spec.list("external") {
        let Some(fields) = Fields::of(node, "an item of `external`", spec.sink) else { continue };
        match node.field("application") {
            Some(_) => external_components.extend(external_component(fields)),
            None => objects.extend(external(fields)),
        }
    }
    let delivery = super::environment::delivery(&mut spec);
    spec.finish();
    Some(Project {
        meta,
        applications,
        output,
        config_hash,
        imports,
        roles,
        teams,
        facts_schema,
        external: objects,
        external_components,
        delivery,
    })
}

fn import(mut fields: Fields<'_>) -> Option<Import> {
    let name = fields.required_text("name");
    let path = fields.text("path");
    let git = fields.optional("git").map(|node| git(node, &fields));
    if path.is_none() && git.is_none() {
        fields.error(code::MISSING_FIELD, fields.at(), "missing field `path` or `git` in an item of `imports`");
    }
    if let (Some(path), Some(_)) = (&path, &git) {
        let problem = Diagnostic::error(code::FIELD_CONFLICT, path.at, "an import has a `path` or a `git`, not both");
        fields.sink.push(problem.help("the folder inside of the repository is `git.path`"));
    }
    let name = name?;
    // It is the name of a folder.
    judge_name(&name, 63, "the name of an import", fields.sink);
    fields.finish();
    let git = match git {
        Some(git) => Some(git?),
        None => None,
    };
    Some(Import { name, path, git })
}

fn git(node: &Node, import: &Fields<'_>) -> Option<GitSource> {
    let mut fields = Fields::of(node, "`git`", import.sink)?;
    let (url, reference, path) = (fields.required_text("url"), fields.text("ref"), fields.text("path"));
    // Git would take it for an option.
    for (key, value) in [("url", &url), ("ref", &reference)] {
        if let Some(value) = value.as_ref().filter(|value| value.starts_with('-')) {
            fields.error(code::VALUE_NOT_ALLOWED, value.at, format!("`{key}` begins with `-`"));
            return None;
        }
    }
    if let Some(path) = &path {
        inside(path, &fields)?;
    }
    fields.finish();
    Some(GitSource { url: url?, reference, path })
}

/// Judges a path that must not leave what it is relative to.
fn inside(path: &Name, fields: &Fields<'_>) -> Option<()> {
    if path.split('/').any(|step| step == "..") || path.contains('\\') {
        fields.error(code::VALUE_NOT_ALLOWED, path.at, format!("`{path}` leads out of the folder that it is in"));
        return None;
    }
    Some(())
}

fn roles(spec: &mut Fields<'_>) -> Vec<RoleSettings> {
    let Some(mut fields) = spec.fields("roles", "`roles`") else { return Vec::new() };
    let mut roles = Vec::new();
    for role in ROLES {
        let key = role.as_str();
        let at = fields.node.entries().iter().find(|entry| entry.key.as_str() == key).map(|entry| entry.key_at);
        let Some(mut settings) = fields.fields(key, "a role") else { continue };
        let owners = settings.texts("owners");
        let paths = settings.texts("paths");
        paths.iter().for_each(|path| {
            inside(path, &settings);
        });
        let (mut denied_kinds, mut allowed_kinds) = (Vec::new(), Vec::new());
        if let Some(mut may) = settings.fields("mayRender", "`mayRender`") {
            denied_kinds = may.texts("deniedKinds");
            allowed_kinds = may.texts("allowedKinds");
            may.finish();
        }
        let mut may_use = Vec::new();
        if let Some(mut may) = settings.fields("mayUse", "`mayUse`") {
            for (key, kind) in
                [("components", DefinitionKind::Component), ("traits", DefinitionKind::Trait), ("scopes", DefinitionKind::Scope)]
            {
                may_use.extend(may.texts(key).into_iter().map(|name| (kind, name)));
            }
            may.finish();
        }
        settings.finish();
        let role = Spanned::new(role, at.unwrap_or_default());
        roles.push(RoleSettings { role, owners, paths, denied_kinds, allowed_kinds, may_use });
    }
    fields.finish();
    roles
}

fn team(mut fields: Fields<'_>) -> Option<Team> {
    let name = fields.required_text("name");
    let mut roles = Vec::new();
    if fields.required("roles").is_some() {
        for role in fields.texts("roles") {
            match ROLES.into_iter().find(|known| known.as_str() == &*role.value) {
                Some(known) => roles.push(Spanned::new(known, role.at)),
                None => {
                    let message = format!("there is no role `{role}`");
                    let problem = Diagnostic::error(code::VALUE_NOT_ALLOWED, role.at, message);
                    fields.sink.push(problem.suggest(&role, ROLES.map(Role::as_str)));
                }
            }
        }
    }
    let (paths, members) = (fields.texts("paths"), fields.texts("members"));
    paths.iter().for_each(|path| {
        inside(path, &fields);
    });
    fields.finish();
    Some(Team { name: name?, roles, paths, members })
}

fn external(mut fields: Fields<'_>) -> Option<ExternalObject> {
    let (kind, namespace, name) = (fields.required_text("kind"), fields.text("namespace"), fields.required_text("name"));
    fields.finish();
    Some(ExternalObject { kind: kind?, namespace, name: name? })
}

fn external_component(mut fields: Fields<'_>) -> Option<ExternalComponent> {
    let at = fields.at();
    let (application, component) = (fields.required_text("application"), fields.required_text("component"));
    let namespace = fields.required_text("namespace");
    let mut ports = Vec::new();
    for node in fields.list("ports") {
        let Some(mut port) = Fields::of(node, "an item of `ports`", fields.sink) else { continue };
        let (name, number) = (port.text("name"), port.required("port").cloned());
        let protocol = port.one_of("protocol", &["TCP", "UDP", "SCTP"]);
        port.finish();
        let Some(number) = number else { continue };
        if number.as_i64().is_none_or(|number| !(1..=65535).contains(&number)) {
            let message = format!("`port` must be a number from 1 to 65535, not `{}`", number.to_json());
            fields.error(code::OUT_OF_RANGE, number.origin.at, message);
            continue;
        }
        ports.push(ExternalPort { name, number, protocol });
    }
    let match_labels = fields.labels("matchLabels", true);
    fields.finish();
    Some(ExternalComponent { application: application?, component: component?, namespace: namespace?, ports, match_labels, at })
}
