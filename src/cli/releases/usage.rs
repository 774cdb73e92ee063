//! Which images run where.

use serde::Serialize;

use crate::cli::opened::Opened;
use crate::cli::pipeline;
use crate::cli::settings::Settings;
use crate::kubernetes::pod_path;
use crate::output::split_unit;
use crate::resolve::Filters;
use crate::source::Pos;
use crate::tree::Node;
use crate::view::blame::{Lens, Spot};
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
