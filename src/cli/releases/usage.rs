//! Which images run where.

use serde::Serialize;

use super::pin::Pin;
use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use crate::cli::pipeline;
use crate::cli::settings::Settings;
use crate::diag::did_you_mean;
use crate::kubernetes::pod_path;
use crate::output::split_unit;
use crate::resolve::{Filters, Image};
use crate::source::Pos;
use crate::tree::Node;
use crate::view::blame::{Lens, Spot};
use crate::view::diagnostics::plain;
use crate::view::diff::spots;

/// An image of a rendered object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Used {
    /// The environment and cluster: `prod/eu-1`.
    pub target: String,
    /// The application.
    pub application: String,
    /// The component.
    pub component: String,
    /// The container.
    pub container: String,
    /// The image as it is rendered.
    pub image: String,
    /// Who says so.
    pub set_by: Vec<Spot>,
    /// Where the first of them does.
    #[serde(skip)]
    pub at: Pos,
}

/// The images of all containers, sorted.
pub fn used(opened: &Opened, filters: &Filters, settings: &Settings) -> Vec<Used> {
    let found = pipeline::each(opened, filters, settings, false, |view| {
        let lens = Lens { log: &view.lowered.log, sources: opened.sources(), prefix: &opened.located.prefix, owner: None };
        let (target, application) = split_unit(&view.directory);
        let mut found = Vec::new();
        for object in &view.lowered.objects {
            let Some(path) = pod_path(&object.id.group, &object.id.kind) else { continue };
            let Some(spec) = object.node.at(path).and_then(|template| template.field("spec")) else { continue };
            let containers = ["initContainers", "containers"].into_iter().filter_map(|list| spec.field(list)).flat_map(Node::items);
            for container in containers {
                let text = |key: &str| container.field(key).and_then(Node::as_str).unwrap_or_default().to_owned();
                let Some(image) = container.field("image") else { continue };
                found.push(Used {
                    target: target.to_owned(),
                    application: application.to_owned(),
                    component: object.component.as_deref().unwrap_or_default().to_owned(),
                    container: text("name"),
                    image: text("image"),
                    set_by: spots(image, lens),
                    at: image.origin.author(),
                });
            }
        }
        found
    });
    let mut found: Vec<Used> = found.into_iter().flatten().collect();
    found.sort();
    found
}

/// No component uses the image.
pub fn unused(pin: &Pin, component: Option<&str>, images: &[Used], meant: &Filters) -> Failure {
    let whose = match component {
        Some(component) => format!("component `{}`", plain(component)),
        None => "no component".to_owned(),
    };
    let verb = if component.is_some() { "does not use" } else { "uses" };
    let failure = Failure::usage(format!("{whose} {verb} image `{}` in {}", plain(&pin.repository), meant.environments.join(", ")));
    let mut known: Vec<&str> = images.iter().map(|used| Image::parse(&used.image).repository).collect();
    known.sort_unstable();
    known.dedup();
    match did_you_mean(&pin.repository, known.iter().copied()) {
        Some(best) => failure.help(format!("did you mean `{best}`?")),
        None if known.is_empty() => failure,
        None => failure.help("`oam image list` shows which images run where"),
    }
}
