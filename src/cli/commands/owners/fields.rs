//! Fields of rendered objects, and whose they are.

use super::paths::{SCOPES, parameters};
use super::{Args, Owned, answer};
use crate::cli::commands::blame::{is, lens, missing, short};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::filters::filters;
use crate::cli::opened::Opened;
use crate::cli::pipeline::{self, View};
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::lower::Object;
use crate::source::Role;
use crate::view::blame::{self, Query, Spot};
use crate::view::diagnostics::plain;
use crate::view::owners::{FieldRow, Owner, Way, fields_text};

/// Finds the object, and says whose its fields are.
pub fn run(args: &Args, what: &[String], owned: &Owned<'_>, opened: &Opened, settings: &Settings) -> Result<Outcome, Failure> {
    let (kind, name, field) = question(what)?;
    let filters = filters(&args.filter, &[], opened)?;
    let query = field.map(Query::parse);
    let found = pipeline::each(opened, &filters, settings, true, |view| {
        let names: Vec<String> = view.lowered.objects.iter().map(short).collect();
        let asked = view.lowered.objects.iter().filter(|object| is(object, kind, name));
        (names, asked.map(|object| of_object(object, &view, query.as_ref(), owned, opened)).collect::<Vec<_>>())
    });
    let (mut seen, mut rows, mut met) = (Vec::new(), Vec::new(), false);
    for (names, objects) in found {
        seen.extend(names);
        met |= !objects.is_empty();
        objects.into_iter().flatten().for_each(|row| join(&mut rows, row));
    }
    if !met {
        return missing(opened, settings, &format!("{kind}/{name}"), seen);
    }
    if rows.is_empty() {
        let field = field.unwrap_or_default();
        let failure = Failure::usage(format!("`{kind}/{name}` has no field `{}`, so nobody owns it", plain(field)));
        return Err(
            failure.help(format!("`oam owners {kind}/{name}` shows all its fields, `oam blame {kind}/{name} {field}` why it is not there"))
        );
    }
    answer(args, settings, &rows, |rows| fields_text(rows, settings.console.color_out))?;
    opened.report(Stream::Answer, settings)
}

/// Kind, name and field.
fn question(what: &[String]) -> Result<(&str, &str, Option<&str>), Failure> {
    match what {
        [one, rest @ ..] if one.contains('/') && rest.len() < 2 => {
            let (kind, name) = one.split_once('/').unwrap_or((one, ""));
            Ok((kind, name, rest.first().map(String::as_str)))
        }
        [kind, name, rest @ ..] if !kind.contains('/') => Ok((kind, name, rest.first().map(String::as_str))),
        _ => Err(Failure::usage(format!("`{}` names no path and no object", plain(&what.join(" "))))
            .help("write a path of the project, or KIND/NAME and a field, as in `oam owners Deployment/orders spec.replicas`")),
    }
}

fn of_object(object: &Object, view: &View<'_>, query: Option<&Query>, owned: &Owned<'_>, opened: &Opened) -> Vec<FieldRow> {
    let fields = blame::fields(&object.node, query, lens(object, view, opened));
    let row = |field: blame::Field| {
        // What a person wrote says more than the defaults and templates that it met.
        let written: Vec<Spot> = field.set_by.iter().filter(|spot| spot.owner != Role::BuiltIn.as_str()).cloned().collect();
        let set_by = if written.is_empty() { field.set_by } else { written };
        let mut owners: Vec<Owner> = Vec::new();
        for spot in &set_by {
            let owner = owned.of_shown(&spot.file, spot.owner);
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        let others = others(&owners, object, view, opened);
        let (path, value) = (field.path, field.value);
        FieldRow { object: short(object), units: vec![view.name.clone()], path, value, owners, set_by, won_over: field.won_over, others }
    };
    fields.into_iter().map(row).collect()
}

/// Joins what differs only in its units.
fn join(rows: &mut Vec<FieldRow>, row: FieldRow) {
    let same = |known: &&mut FieldRow| {
        (&known.object, &known.path, &known.value, &known.owners) == (&row.object, &row.path, &row.value, &row.owners)
            && (&known.set_by, &known.won_over) == (&row.set_by, &row.won_over)
    };
    match rows.iter_mut().find(same) {
        Some(known) => known.units.extend(row.units),
        None => rows.push(row),
    }
}

/// How those who do not own a field change it.
fn others(owners: &[Owner], object: &Object, view: &View<'_>, opened: &Opened) -> Vec<Way> {
    let own = |role: Role| owners.iter().any(|owner| owner.role == role.as_str());
    let way = |role: Role, how: String| Way { role: role.as_str(), how };
    let mut ways = Vec::new();
    let is_kept = own(Role::InfraOperator);
    if own(Role::BuiltIn) && owners.len() == 1 {
        ways.push(way(Role::Developer, "by properties of the component, where its type has one for it".to_owned()));
    }
    if !own(Role::AppOperator) && !is_kept {
        let application = view.directory.rsplit('/').next().unwrap_or_default();
        let component =
            opened.loaded.workspace.as_ref().and_then(|workspace| workspace.application(application)).zip(object.component.as_ref());
        let declared = component.and_then(|(application, name)| application.component(name)).map(|component| &component.parameters);
        let declared: Vec<String> = declared.into_iter().flatten().map(|parameter| format!("`{}`", parameter.name)).collect();
        ways.push(way(Role::AppOperator, parameters(&declared)));
    }
    if !is_kept {
        ways.push(way(Role::InfraOperator, SCOPES.to_owned()));
    }
    ways
}
