//! `oam list`

use rayon::prelude::*;

use crate::cli::args::{Filter, OutputFormat};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::filters::filters;
use crate::cli::instance::Asked;
use crate::cli::opened::Opened;
use crate::cli::releases;
use crate::cli::report::Stream;
use crate::cli::settings::Settings;
use crate::cli::standalone::Input;
use crate::resolve::Plan;
use crate::view::list::{UnitListing, listing, text, unmatched};

/// List what runs where, and why: components, traits and scopes as they match
///
/// For every application, environment and cluster: the documents that made each component, parameters and who set them, traits and who asked for
/// them, those that are not applied and why, scopes, and what lost to a more specific document; and the commit that an environment runs, where a
/// Release names one, with how far behind it is.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only these environments (globs allowed)
    #[arg(value_name = "ENV")]
    named: Vec<String>,
    /// The form of the list
    #[arg(long, value_enum, default_value_t)]
    format: OutputFormat,
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    instance: Asked,
    #[command(flatten)]
    filter: Filter,
}

/// Resolves the units and lists them.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    let mut opened = Opened::read(&args.input, settings)?;
    let (mut filter, mut named) = (args.filter.clone(), args.named.clone());
    args.instance.enter(&mut opened, &mut filter, &mut named, settings)?;
    let filters = filters(&filter, &named, &opened)?;
    let plan = Plan::new(&opened.loaded, &opened.catalog, &filters, &opened.sink);
    let prefix = &opened.located.prefix;
    let mut units: Vec<UnitListing> = (0..plan.units().len())
        .into_par_iter()
        .filter_map(|index| plan.resolve(index, &opened.sink))
        .map(|unit| {
            let not_here = opened.loaded.workspace.as_ref().map(|workspace| unmatched(&unit, workspace, opened.sources(), prefix));
            listing(&unit, not_here.unwrap_or_default(), opened.sources(), prefix)
        })
        .collect();
    releases::measure(&mut units, &opened);
    match args.format {
        OutputFormat::Text => settings.console.out(&text(&units, settings.console.color_out))?,
        OutputFormat::Json => {
            let json = serde_json::to_string_pretty(&units).expect("strings and numbers always serialise");
            settings.console.out(&format!("{json}\n"))?;
        }
    }
    opened.report(Stream::Answer, settings)
}
