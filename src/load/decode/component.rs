//! What developers write: Components and their layers.

use super::application::traits;
use super::fields::{Fields, judge_name};
use crate::diag::{Diagnostic, code};
use crate::model::{Component, ConfigFile, Connection, FieldPath, Identity, Meta, OtherComponent, Parameter, SecretUse, Spanned};
use crate::tree::Node;

pub(super) fn component(meta: Meta, mut spec: Fields<'_>) -> Option<Component> {
    let selector = spec.selector();
    if let Some(list) = &selector.components.names {
        spec.error(code::VALUE_NOT_ALLOWED, list.at, "a layer is for the component of its own name; it selects environments and clusters");
    }
    let type_name = spec.text("type");
    if type_name.is_none() && selector.is_absent() && spec.node.field("type").is_none_or(Node::is_null) {
        let message = "missing field `type`: a Component has one, unless it is a layer with selectors";
        spec.missing("type", Diagnostic::error(code::MISSING_FIELD, spec.at(), message));
    }
    let properties = spec.map("properties").cloned();
    let mut config: Vec<ConfigFile> = Vec::new();
    for node in spec.list("config") {
        let Some(fields) = Fields::of(node, "an item of `config`", spec.sink) else { continue };
        let Some(file) = config_file(fields) else { continue };
        if let Some(first) = config.iter().find(|other| other.path.value == file.path.value) {
            let message = format!("the file `{}` stands here twice", file.path);
            spec.sink.push(Diagnostic::error(code::DUPLICATE, file.at, message).label(first.at, "the first one"));
        }
        config.push(file);
    }
    let mut parameters: Vec<Parameter> = Vec::new();
    for node in spec.list("parameters") {
        let Some(fields) = Fields::of(node, "an item of `parameters`", spec.sink) else { continue };
        let Some(parameter) = parameter(fields) else { continue };
        if let Some(first) = parameters.iter().find(|other| other.name.value == parameter.name.value) {
            let message = format!("the parameter `{}` stands here twice", parameter.name);
            spec.sink.push(Diagnostic::error(code::DUPLICATE, parameter.name.at, message).label(first.name.at, "the first one"));
        }
        parameters.push(parameter);
    }
    let connects_to = spec
        .list("connectsTo")
        .iter()
        .filter_map(|node| {
            let mut fields = Fields::of(node, "an item of `connectsTo`", spec.sink)?;
            let (application, component) = (fields.text("application"), fields.required_text("component"));
            let ports = ports(&mut fields);
            fields.finish();
            Some(Connection { application, component: component?, ports, at: node.origin.at })
        })
        .collect();
    let (mut depends_on, mut awaits) = (Vec::new(), Vec::new());
    for node in spec.list("dependsOn") {
        if !node.is_map() {
            depends_on.extend(spec.name_of(node, "an item of `dependsOn`"));
            continue;
        }
        let Some(mut fields) = Fields::of(node, "an item of `dependsOn`", spec.sink) else { continue };
        let (application, component) = (fields.required_text("application"), fields.required_text("component"));
        fields.finish();
        awaits.extend(application.zip(component).map(|(application, component)| OtherComponent {
            application,
            component,
            at: node.origin.at,
        }));
    }
    let secrets = spec
        .list("secrets")
        .iter()
        .filter_map(|node| {
            let mut fields = Fields::of(node, "an item of `secrets`", spec.sink)?;
            let (name, keys) = (fields.required_text("name"), fields.texts("keys"));
            fields.finish();
            Some(SecretUse { name: name?, keys })
        })
        .collect();
    let traits = traits(&mut spec);
    let identity = spec.fields("identity", "`identity`").map(|mut identity| {
        let (name, match_labels) = (identity.text("name"), identity.labels("matchLabels", true));
        if let Some(name) = &name {
            judge_name(name, 253, "an object", identity.sink);
        }
        let at = identity.at();
        identity.finish();
        Identity { name, match_labels, at }
    });
    spec.finish();
    Some(Component {
        meta,
        selector,
        type_name,
        properties,
        config,
        parameters,
        connects_to,
        depends_on,
        awaits,
        secrets,
        traits,
        identity,
    })
}

/// Names or numbers of ports.
fn ports(fields: &mut Fields<'_>) -> Vec<crate::model::Name> {
    let mut ports = Vec::new();
    for node in fields.list("ports") {
        match node.as_i64() {
            Some(number @ 1..=65535) => ports.push(Spanned::new(number.to_string().into(), node.origin.at)),
            Some(number) => {
                fields.error(code::OUT_OF_RANGE, node.origin.at, format!("a port is a number from 1 to 65535, not {number}"));
            }
            None => ports.extend(fields.name_of(node, "a port")),
        }
    }
    ports
}

fn config_file(mut fields: Fields<'_>) -> Option<ConfigFile> {
    let path = fields.required_text("path");
    let format = fields.one_of("format", &["yaml", "json", "properties", "toml", "ini", "env", "text"]);
    let data = fields.optional("data").cloned();
    let file = fields.text("file");
    if let Some(path) = &path
        && (!path.starts_with('/') || path.ends_with('/') || path.split('/').any(|part| part == ".." || part == "."))
    {
        fields.error(code::BAD_FORMAT, path.at, format!("`{path}` is not the absolute path of a file"));
    }
    if let (Some(data), Some(file)) = (&data, &file) {
        let message = "a file has its content in `data`, or takes it from `file`, not both";
        fields.sink.push(Diagnostic::error(code::VALUE_NOT_ALLOWED, data.origin.at, message).label(file.at, "the file"));
    }
    if data.is_none() && file.is_none() && fields.node.field("data").is_none() {
        fields.error(code::MISSING_FIELD, fields.at(), "a file has its content in `data`, or takes it from `file`");
    }
    let at = fields.at();
    fields.finish();
    Some(ConfigFile { path: path?, format, data, file, at })
}

fn parameter(mut fields: Fields<'_>) -> Option<Parameter> {
    let name = fields.required_text("name");
    let description = fields.text("description");
    let schema = fields.map("schema").cloned();
    let default = fields.optional("default").cloned();
    let from = fields.text("from");
    let required = fields.boolean("required").is_some_and(|required| required.value);
    let mut field_paths = Vec::new();
    if fields.required("fieldPaths").is_some() && fields.list("fieldPaths").is_empty() {
        fields.error(code::MISSING_FIELD, fields.at(), "`fieldPaths` is empty, so the parameter would go nowhere");
    }
    for text in fields.texts("fieldPaths") {
        match FieldPath::parse(&text) {
            Ok(path) => field_paths.push(Spanned::new(path, text.at)),
            Err(bad) => {
                let message =
                    format!("`{text}` is not a field path: {}, after `{}`", bad.problem, text.get(..bad.offset).unwrap_or_default());
                fields.error(code::BAD_FIELD_PATH, text.at, message);
            }
        }
    }
    if let (Some(default), Some(from)) = (&default, &from) {
        let message = "a parameter has a `default`, or a value `from` elsewhere, not both";
        fields.sink.push(Diagnostic::error(code::VALUE_NOT_ALLOWED, default.origin.at, message).label(from.at, "the other one"));
    }
    if let (Some(default), true) = (&default, required) {
        fields.error(
            code::VALUE_NOT_ALLOWED,
            default.origin.at,
            "a parameter with a `default` is never missing; leave out `required` or the default",
        );
    }
    fields.finish();
    Some(Parameter { name: name?, description, schema, default, from, required, field_paths })
}
