//! `oam blame`

use crate::cli::args::{Filter, OutputFormat};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::filters::filters;
use crate::cli::instance::Asked;
use crate::cli::opened::Opened;
use crate::cli::pipeline::{self, View};
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::cli::standalone::Input;
use crate::diag::did_you_mean;
use crate::kubernetes::is_called;
use crate::lower::Object;
use crate::source::{Pos, Role};
use crate::view::blame::{self, Absent, Decided, Lens, ObjectBlame, Query};
use crate::view::diagnostics::plain;

/// Who set a field of a rendered object, what it won over, or why it is not there
///
/// As in `oam blame Deployment/orders --env prod`, `oam blame deployment orders env.LOG_LEVEL` (a field by its last steps), or the reverse,
/// `oam blame apps/orders/components/orders.yaml:12`: which fields of which objects this line decides.
#[derive(clap::Args, Debug)]
#[command(
    override_usage = "oam blame [OPTIONS] KIND/NAME [FIELD]\n       oam blame [OPTIONS] KIND NAME [FIELD]\n       oam blame [OPTIONS] FILE:LINE"
)]
pub struct Args {
    /// KIND/NAME [FIELD], KIND NAME [FIELD] or FILE:LINE
    #[arg(value_name = "OBJECT", required = true, num_args = 1..=3)]
    what: Vec<String>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t)]
    format: OutputFormat,
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    instance: Asked,
    #[command(flatten)]
    filter: Filter,
}

/// What is asked.
enum Question {
    /// An object, and one of its fields.
    Object { kind: String, name: String, field: Option<Query>, field_text: String },
    /// A line of a file.
    Line { file: String, line: u32 },
}

/// Finds the objects and says who set what.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let question = question(&args.what)?;
    let mut opened = Opened::read(&args.input, settings)?;
    let mut filter = args.filter.clone();
    args.instance.enter(&mut opened, &mut filter, &mut Vec::new(), settings)?;
    let filters = filters(&filter, &[], &opened)?;
    match question {
        Question::Object { kind, name, field, field_text } => {
            let mut seen = Vec::new();
            let found = pipeline::each(&opened, &filters, settings, true, |view| {
                let objects = &view.lowered.objects;
                let names: Vec<String> = objects.iter().map(short).collect();
                let asked = objects.iter().filter(|object| is(object, &kind, &name));
                let blamed: Vec<ObjectBlame> = asked.map(|object| of_object(object, &view, field.as_ref(), &opened)).collect();
                (names, blamed)
            });
            let mut objects = Vec::new();
            for (names, blamed) in found {
                seen.extend(names);
                objects.extend(blamed);
            }
            if objects.is_empty() {
                return missing(&opened, settings, &format!("{kind}/{name}"), seen);
            }
            if objects.iter().all(|object| object.fields.is_empty() && object.absent.is_empty()) {
                let failure = Failure::usage(format!(
                    "{} has no field `{}`, and no template would have made one",
                    objects[0].object,
                    plain(&field_text)
                ));
                return Err(failure.help(format!("`oam blame {kind}/{name}` shows all its fields")));
            }
            // Elsewhere the object has the field, or a template says why not.
            for object in objects.iter_mut().filter(|object| object.fields.is_empty() && object.absent.is_empty()) {
                let reason = "nothing that applies here sets it".to_owned();
                object.absent.push(Absent { path: field_text.clone(), reason, template: None, set_by: None });
            }
            answer(args, settings, &blame::merged(objects), |objects| {
                blame::objects_text(objects, field.is_some(), settings.console.color_out)
            })?;
        }
        Question::Line { file, line } => {
            let (first, last) = line_of(&opened, &file, line)?;
            let found = pipeline::each(&opened, &filters, settings, true, |view| {
                let of = |object: &Object| {
                    blame::decided_by(first, last, &short(object), &view.name, &object.node, lens(object, &view, &opened))
                };
                view.lowered.objects.iter().flat_map(of).collect::<Vec<Decided>>()
            });
            let decided = blame::merged_lines(found.into_iter().flatten().collect());
            if decided.is_empty() {
                opened.report(Stream::Answer, settings)?;
                settings.console.say(&format!("`{file}:{line}` decides no field of any object that was rendered"));
            }
            answer(args, settings, &decided, |decided| blame::decided_text(decided, settings.console.color_out))?;
        }
    }
    // The answer stands, but what is wrong elsewhere may be why it surprises.
    opened.report(Stream::Answer, settings)
}

fn answer<T: serde::Serialize>(args: &Args, settings: &Settings, data: &[T], text: impl Fn(&[T]) -> String) -> Result<(), Failure> {
    match args.format {
        OutputFormat::Text => settings.console.out(&text(data)),
        OutputFormat::Json => {
            let json = serde_json::to_string_pretty(data).expect("strings and numbers always serialise");
            settings.console.out(&format!("{json}\n"))
        }
    }
}

fn question(what: &[String]) -> Result<Question, Failure> {
    let object = |kind: &str, name: &str, field: Option<&String>| Question::Object {
        kind: kind.to_owned(),
        name: name.to_owned(),
        field: field.map(|field| Query::parse(field)),
        field_text: field.cloned().unwrap_or_default(),
    };
    if let [place] = what {
        // `file:12` and `file:12:5`, as reports print it.
        let mut parts: Vec<&str> = place.split(':').collect();
        if parts.len() > 2 && parts[parts.len() - 2..].iter().all(|part| part.parse::<u32>().is_ok()) {
            parts.pop();
        }
        if let Some((line, file)) = parts.split_last().filter(|(_, file)| !file.is_empty())
            && let Ok(line) = line.parse()
        {
            return Ok(Question::Line { file: file.join(":"), line });
        }
    }
    match what {
        [one, rest @ ..] if one.contains('/') && rest.len() < 2 => {
            let (kind, name) = one.split_once('/').unwrap_or((one, ""));
            Ok(object(kind, name, rest.first()))
        }
        [kind, name, rest @ ..] if !kind.contains('/') => Ok(object(kind, name, rest.first())),
        _ => Err(Failure::usage(format!("`{}` names no object and no line", plain(&what.join(" "))))
            .help("write KIND/NAME, as in `oam blame Deployment/orders`, or FILE:LINE")),
    }
}

pub(super) fn lens<'a>(object: &'a Object, view: &'a View<'_>, opened: &'a Opened) -> Lens<'a> {
    Lens { log: &view.lowered.log, sources: opened.sources(), prefix: &opened.located.prefix, owner: object.component.as_deref() }
}

/// `Deployment/orders`
pub(super) fn short(object: &Object) -> String {
    format!("{}/{}", object.id.kind, object.id.name)
}

/// Whether an object is the one that is meant.
pub(super) fn is(object: &Object, kind: &str, name: &str) -> bool {
    object.id.name == name && is_called(&object.id.kind, kind)
}

fn of_object(object: &Object, view: &View<'_>, field: Option<&Query>, opened: &Opened) -> ObjectBlame {
    let lens = lens(object, view, opened);
    let fields = blame::fields(&object.node, field, lens);
    // What is not there is of interest to those who ask for it.
    let absent = match field {
        Some(_) if fields.is_empty() => blame::absent(&object.node, view.dropped(object), field, lens),
        _ => Vec::new(),
    };
    ObjectBlame { object: short(object), units: vec![view.name.clone()], fields, absent }
}

/// No object of that name: the problems of the project first, since they may be why.
pub(super) fn missing(opened: &Opened, settings: &Settings, wanted: &str, mut seen: Vec<String>) -> Result<Outcome, Failure> {
    if opened.report(Stream::Answer, settings)? == Outcome::Problems {
        settings.console.say(&format!("`{wanted}` could not be rendered, or is not part of the project"));
        return Ok(Outcome::Problems);
    }
    seen.sort();
    seen.dedup();
    let failure = Failure::usage(format!("no object `{}` is rendered", plain(wanted)));
    let name = wanted.split_once('/').map_or(wanted, |(_, name)| name);
    let namesakes: Vec<&str> =
        seen.iter().map(String::as_str).filter(|one| one.split_once('/').is_some_and(|(_, own)| own == name)).collect();
    if !namesakes.is_empty() {
        return Err(failure.help(format!("`{}` is the name of {}", plain(name), namesakes.join(", "))));
    }
    Err(match did_you_mean(wanted, seen.iter().map(String::as_str)) {
        Some(best) => failure.help(format!("did you mean `{best}`?")),
        None if seen.is_empty() => failure.help("nothing at all is rendered there"),
        None if seen.len() <= 12 => failure.help(format!("there are: {}", seen.join(", "))),
        None => failure.help(format!("there are {} objects, {} and others", seen.len(), seen[..8].join(", "))),
    })
}

/// The positions of a line's first and last byte.
fn line_of(opened: &Opened, wanted: &str, line: u32) -> Result<(Pos, Pos), Failure> {
    let sources = opened.sources();
    let prefix = &opened.located.prefix;
    let wanted = wanted.strip_prefix("./").unwrap_or(wanted);
    // As it is reached from here, or as it is called in the project.
    let here = sources.files().iter().find(|file| file.role() != Role::BuiltIn && format!("{prefix}{}", file.path()) == wanted);
    let Some(file) = here.map(|file| &**file).or_else(|| sources.file_named(wanted)) else {
        let failure = Failure::usage(format!("`{}` is no file of the project", plain(wanted)));
        let paths = sources.files().iter().map(|file| file.path());
        return Err(match did_you_mean(wanted, paths) {
            Some(best) => failure.help(format!("did you mean `{best}`?")),
            None => failure,
        });
    };
    match file.line_range(line) {
        Some(range) => Ok((file.pos(range.start), file.pos(range.end))),
        None => Err(Failure::usage(format!("`{}` has no line {line}", file.path()))),
    }
}
