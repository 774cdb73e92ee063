//! Image pins: which tag or digest of a repository runs, written to every property whose schema says `format: oci-image`.

use super::context::Context;
use super::target::Target;
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{ApplicationDocuments, ImagePin};
use crate::shape::{Child, ShapeId, Shapes};
use crate::source::Pos;
use crate::tree::{Entry, Node, Trail, Value};

/// `format` of the properties that pins address.
const IMAGE: &str = "oci-image";

/// An image's text in its parts.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Image<'a> {
    /// The repository, with its registry.
    pub repository: &'a str,
    /// The tag.
    pub tag: Option<&'a str>,
    /// The digest.
    pub digest: Option<&'a str>,
}

impl<'a> Image<'a> {
    /// The parts of `registry:5000/shop/orders:1.4.2@sha256:…`.
    pub fn parse(text: &'a str) -> Image<'a> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let name = rest.rfind('/').map_or(0, |slash| slash + 1);
        match rest[name..].find(':') {
            Some(colon) => Image { repository: &rest[..name + colon], tag: Some(&rest[name + colon + 1..]), digest },
            None => Image { repository: rest, tag: None, digest },
        }
    }
}

/// The pins of an application that hold in one environment and cluster.
pub(super) struct Pins<'a> {
    pins: Vec<Pinning<'a>>,
    /// Where the pins stand that took effect.
    pub used: Vec<Pos>,
}

struct Pinning<'a> {
    pin: &'a ImagePin,
    /// Whether its Release is for one cluster.
    of_cluster: bool,
    /// Whether it is for one instance of an environment that is a template.
    of_instance: bool,
}

impl Pinning<'_> {
    /// One cluster wins over all, and named components over all, as everywhere: at least as specific in both, and more so in one.
    fn wins_over(&self, other: &Pinning<'_>) -> bool {
        if self.of_instance != other.of_instance {
            return self.of_instance;
        }
        let rank = |pinning: &Pinning<'_>| (pinning.of_cluster, !pinning.pin.components.is_empty());
        let (own, its) = (rank(self), rank(other));
        own.0 >= its.0 && own.1 >= its.1 && own != its
    }
}

impl<'a> Pins<'a> {
    /// The pins of the Releases for an environment and cluster. Those that disagree while neither is more specific are reported.
    pub fn of(documents: &'a ApplicationDocuments, target: &Target, sink: &Sink) -> Pins<'a> {
        let mut pins = Vec::new();
        for release in &documents.releases {
            let here = match (&release.cluster, &target.cluster) {
                (None, _) => true,
                (Some(wanted), Some(cluster)) => wanted.value == cluster.meta.name.value,
                (Some(_), None) => false,
            };
            let of_instance = target.environment.instance.is_some() && release.environment.value == target.environment.meta.name.value;
            if (of_instance || release.environment.value == target.environment.known_as().value) && here {
                pins.extend(release.images.iter().map(|pin| Pinning { pin, of_cluster: release.cluster.is_some(), of_instance }));
            }
        }
        for (index, one) in pins.iter().enumerate() {
            for other in pins[index + 1..].iter().filter(|other| other.pin.repository.value == one.pin.repository.value) {
                let same = one.pin.tag.as_deref() == other.pin.tag.as_deref() && one.pin.digest.as_deref() == other.pin.digest.as_deref();
                let (a, b) = (&one.pin.components, &other.pin.components);
                let meet = a.is_empty() || b.is_empty() || a.iter().any(|name| b.iter().any(|also| also.value == name.value));
                if !same && meet && !one.wins_over(other) && !other.wins_over(one) {
                    let (first, second) = (one.pin.at.min(other.pin.at), one.pin.at.max(other.pin.at));
                    let message =
                        format!("image `{}` is pinned to different versions, and neither pin is more specific", one.pin.repository);
                    sink.push(Diagnostic::error(code::TIE, second, message).label(first, "the other pin is here"));
                }
            }
        }
        Pins { pins, used: Vec::new() }
    }

    /// The pin for a repository in a component.
    fn find(&self, repository: &str, component: &str) -> Option<&'a ImagePin> {
        let fits = |pinning: &&Pinning<'_>| {
            &**pinning.pin.repository == repository
                && (pinning.pin.components.is_empty() || pinning.pin.components.iter().any(|name| &***name == component))
        };
        let mut best: Option<&Pinning<'_>> = None;
        for pinning in self.pins.iter().filter(fits) {
            if best.is_none_or(|best| pinning.wins_over(best)) {
                best = Some(pinning);
            }
        }
        best.map(|pinning| pinning.pin)
    }
}

/// The value with all its images pinned; it is the properties of a component, or of one of its traits with this name.
pub(super) fn pin(shapes: &Shapes, node: Node, (component, within): (&str, &str), context: &mut Context<'_, '_>) -> Node {
    // Most trait types have no image at all.
    if !shapes.table.iter().any(|shape| shape.format.as_deref() == Some(IMAGE)) {
        return node;
    }
    walk(shapes, ShapeId::ROOT, &node, component, &mut Trail::from(within), context).unwrap_or(node)
}

/// The changed value; `None` if nothing changes.
fn walk(shapes: &Shapes, id: ShapeId, node: &Node, component: &str, trail: &mut Trail, context: &mut Context<'_, '_>) -> Option<Node> {
    match &node.value {
        Value::Str(text) if shapes.shape(id).format.as_deref() == Some(IMAGE) => pinned(text, node, component, trail, context),
        Value::Map(entries) => {
            let mut changed: Option<Vec<Entry>> = None;
            for (index, entry) in entries.iter().enumerate() {
                let Child::Known(child) = shapes.child(id, entry.key) else { continue };
                let mark = trail.enter(entry.key);
                if let Some(node) = walk(shapes, child, &entry.node, component, trail, context) {
                    changed.get_or_insert_with(|| entries.to_vec())[index].node = node;
                }
                trail.back(mark);
            }
            changed.map(|entries| Node::map(entries, node.origin))
        }
        Value::List(items) => {
            let item = shapes.item(id)?;
            let mut changed: Option<Vec<Node>> = None;
            for (index, node) in items.iter().enumerate() {
                let mark = trail.enter_item(index);
                if let Some(node) = walk(shapes, item, node, component, trail, context) {
                    changed.get_or_insert_with(|| items.to_vec())[index] = node;
                }
                trail.back(mark);
            }
            changed.map(|items| Node::list(items, node.origin))
        }
        _ => None,
    }
}

fn pinned(text: &str, node: &Node, component: &str, trail: &Trail, context: &mut Context<'_, '_>) -> Option<Node> {
    let image = Image::parse(text);
    let found = context.pins.find(image.repository, component);
    required(&image, found, node, context);
    let pin = found?;
    context.pins.used.push(pin.at);
    let (tag, digest) = (pin.tag.as_ref().map(|tag| &*tag.value), pin.digest.as_ref().map(|digest| &*digest.value));
    if let Some(ineffective) = image.tag.filter(|own| tag != Some(own)) {
        let now = tag.map_or_else(|| digest.unwrap_or_default().to_owned(), str::to_owned);
        let message = format!("the tag `{ineffective}` has no effect: a pin says `{now}`");
        let problem = Diagnostic::warning(code::INEFFECTIVE_TAG, node.origin.author(), message);
        context.sink.push(problem.label(pin.at, "the pin is here").help("leave the tag out, or the pin"));
    }
    let mut out = image.repository.to_owned();
    if let Some(tag) = tag {
        out.extend([":", tag]);
    }
    if let Some(digest) = digest {
        out.extend(["@", digest]);
    }
    if out == text {
        return None;
    }
    let by = context.log.fill(vec![node.origin.author(), pin.at]);
    let new = Node::str(out, crate::tree::Origin { at: node.origin.at, by });
    context.log.lose(trail.as_str(), node, crate::tree::Origin::written(pin.at));
    Some(new)
}

/// `requires.pins`: a missing pin is an error. An image that says its digest itself cannot change under anybody, and needs none.
fn required(image: &Image<'_>, pin: Option<&ImagePin>, node: &Node, context: &Context<'_, '_>) {
    let environment = &context.target.environment;
    let Some(wanted) = &environment.requires_pins else { return };
    let digest_wanted = &*wanted.value == "digest";
    let missing = match pin {
        None => image.digest.is_none(),
        Some(pin) => pin.digest.is_none() && (digest_wanted || pin.tag.is_none()),
    };
    if !missing {
        return;
    }
    let (name, what) = (&environment.meta.name, if digest_wanted { "digest" } else { "tag" });
    let at = pin.map_or(node.origin.author(), |pin| pin.at);
    let message = match pin {
        Some(_) => format!("the pin of image `{}` has no digest, and environment `{name}` wants one", image.repository),
        None => format!("image `{}` is not pinned, and environment `{name}` wants every image pinned by {what}", image.repository),
    };
    let help = format!("add it to `images` of a Release for `{name}`: `{}: {{{what}: …}}`", image.repository);
    let problem = Diagnostic::error(code::MISSING_PIN, at, message).label(wanted.at, "it is wanted here").help(help);
    context.sink.push(problem.unless_unread("Release", None));
}

#[cfg(test)]
mod tests {
    use super::Image;

    #[test]
    fn images_have_repository_tag_and_digest() {
        let parts = |text| {
            let image = Image::parse(text);
            (image.repository, image.tag, image.digest)
        };
        assert_eq!(parts("redis"), ("redis", None, None));
        assert_eq!(parts("shop/orders:1.4.2"), ("shop/orders", Some("1.4.2"), None));
        assert_eq!(parts("registry:5000/shop/orders"), ("registry:5000/shop/orders", None, None));
        assert_eq!(parts("registry:5000/a:b@sha256:c"), ("registry:5000/a", Some("b"), Some("sha256:c")));
        assert_eq!(parts("a@sha256:c"), ("a", None, Some("sha256:c")));
    }
}
