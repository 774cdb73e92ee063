//! `oam image`

use std::collections::BTreeMap;

use clap::{Subcommand, ValueEnum};

use crate::cli::args::Filter;
use crate::cli::changes::git_failure;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::filters::filters;
use crate::cli::opened::Opened;
use crate::cli::releases::{self, Effect, Gate, Pin, Used, Wanted, parse_pin, unused, used};
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::cli::standalone::Input;
use crate::git::Repository;
use crate::resolve::{Filters, Image};
use crate::view::diagnostics::plain;

/// Which images run where, and which are to
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    List(List),
    Set(Set),
}

/// Every image that is rendered, with who says so
#[derive(clap::Args, Debug)]
struct List {
    /// Only these environments (globs allowed)
    #[arg(value_name = "ENV")]
    named: Vec<String>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t)]
    format: ListFormat,
    #[command(flatten)]
    filter: Filter,
}

/// The form of a list of images.
#[derive(ValueEnum, Copy, Clone, PartialEq, Eq, Debug, Default)]
enum ListFormat {
    /// For people
    #[default]
    Text,
    /// Each image once, one a line, for scanners and mirrors
    Lines,
    /// For machines
    Json,
}

/// Say which tag or digest of an image environments run
///
/// As in `oam image set shop/orders=1.4.2 --env dev`, or `oam image set shop/orders=1.4.2@sha256:… --env prod --app shop`. Edits only `releases/*.yaml` of the
/// applications that use the image, keeps comments and order, and shows what changes. A tag without a digest removes the digest of the tag before.
#[derive(clap::Args, Debug)]
struct Set {
    /// REPO=TAG, REPO=TAG@DIGEST or REPO@DIGEST; several at once
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Only this component
    #[arg(long, value_name = "COMPONENT")]
    component: Option<String>,
    /// Read the developers' documents at this commit too, so that configuration and image move together
    #[arg(long, value_name = "REF")]
    revision: Option<String>,
    /// Show what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    gate: Gate,
    #[command(flatten)]
    filter: Filter,
}

/// Lists or sets.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    match &args.command {
        Command::List(args) => list(args, settings),
        Command::Set(args) => set(args, settings),
    }
}

fn list(args: &List, settings: &Settings) -> Result<Outcome, Failure> {
    let opened = Opened::read(&Input::default(), settings)?;
    let filters = filters(&args.filter, &args.named, &opened)?;
    let images = used(&opened, &filters, settings);
    let outcome = opened.report(Stream::Aside, settings)?;
    let text = match args.format {
        ListFormat::Json => format!("{}\n", serde_json::to_string_pretty(&images).expect("strings and numbers always serialise")),
        ListFormat::Lines => {
            let mut lines: Vec<&str> = images.iter().map(|used| used.image.as_str()).collect();
            lines.sort_unstable();
            lines.dedup();
            lines.iter().map(|line| format!("{}\n", plain(line))).collect()
        }
        ListFormat::Text => table(&images),
    };
    settings.console.out(&text)?;
    Ok(outcome)
}

fn table(images: &[Used]) -> String {
    let rows: Vec<[String; 3]> = images
        .iter()
        .map(|used| {
            let spots: Vec<String> =
                used.set_by.iter().map(|spot| format!("{}:{}:{} {}", spot.file, spot.line, spot.column, spot.owner)).collect();
            let container = if used.container == used.component { String::new() } else { format!(" ({})", used.container) };
            [format!("{}/{}{container}", used.application, used.component), used.image.clone(), spots.join(", ")]
        })
        .collect();
    let wide =
        |column: usize, most: usize| rows.iter().map(|row| row[column].chars().count()).filter(|&count| count <= most).max().unwrap_or(0);
    let (first, second) = (wide(0, 48), wide(1, 72));
    let mut out = String::new();
    for (index, (used, row)) in images.iter().zip(&rows).enumerate() {
        if index == 0 || images[index - 1].target != used.target {
            out.push_str(&format!("{}{}\n", if index == 0 { "" } else { "\n" }, used.target));
        }
        let line = format!("  {:first$}  {:second$}  {}", plain(&row[0]), plain(&row[1]), plain(&row[2]));
        out.push_str(&format!("{}\n", line.trim_end()));
    }
    out
}

fn set(args: &Set, settings: &Settings) -> Result<Outcome, Failure> {
    let opened = Opened::read(&Input::default(), settings)?;
    let Some(workspace) = &opened.loaded.workspace else { return opened.report(Stream::Aside, settings) };
    // `oam image set prod shop/orders=1.4.2` is understood too.
    let is_environment = |text: &&String| workspace.environment(text).is_some();
    let named: Vec<String> = args.images.iter().filter(is_environment).cloned().collect();
    let pins = args.images.iter().filter(|text| !is_environment(text)).map(|text| parse_pin(text)).collect::<Result<Vec<Pin>, _>>()?;
    let meant = filters(&args.filter, &named, &opened)?;
    if meant.environments.is_empty() {
        let names: Vec<&str> = workspace.environments.iter().map(|environment| &*environment.meta.name.value).collect();
        return Err(Failure::usage("no environment is named").help(format!("add `--env`, as `--env {}`", names.first().unwrap_or(&"dev"))));
    }
    let images = used(&opened, &meant, settings);
    opened.sink.take();
    let revision = args.revision.as_ref().map(|name| commit(name, &opened)).transpose()?;
    let mut wanted: BTreeMap<(String, String), Wanted> = BTreeMap::new();
    for pin in &pins {
        let here: Vec<&Used> = images
            .iter()
            .filter(|used| Image::parse(&used.image).repository == pin.repository)
            .filter(|used| args.component.as_ref().is_none_or(|component| used.component == *component))
            .collect();
        if here.is_empty() {
            return Err(unused(pin, args.component.as_deref(), &images, &meant));
        }
        for used in here {
            let (environment, cluster) = used.target.split_once('/').map_or((used.target.as_str(), None), |(e, c)| (e, Some(c)));
            // One cluster only where somebody asked for it.
            let cluster = cluster.filter(|_| !meant.clusters.is_empty());
            let key = (used.application.clone(), format!("{environment}/{}", cluster.unwrap_or_default()));
            let one = wanted.entry(key).or_insert_with(|| Wanted {
                application: used.application.clone(),
                environment: environment.to_owned(),
                cluster: cluster.map(str::to_owned),
                pins: Vec::new(),
                exact: false,
                revision: revision.clone().map(Some),
            });
            let pin = Pin { components: args.component.iter().cloned().collect(), ..pin.clone() };
            if !one.pins.contains(&pin) {
                one.pins.push(pin);
            }
        }
    }
    let wanted: Vec<Wanted> = wanted.into_values().collect();
    let texts = releases::texts(&opened, &wanted)?;
    let effect = if args.dry_run { Effect::Show } else { Effect::Write };
    let mut applications: Vec<String> = wanted.into_iter().map(|wanted| wanted.application).collect();
    applications.dedup();
    let meant = Filters { applications, ..meant };
    releases::apply(opened, &texts, &meant, effect, &args.gate, settings)
}

/// The full id of a commit: a Release names one that stays.
fn commit(name: &str, opened: &Opened) -> Result<String, Failure> {
    let repository = Repository::around(opened.located.folder.root()).map_err(|error| git_failure(&error))?;
    repository.commit(name).map_err(|error| git_failure(&error))
}
