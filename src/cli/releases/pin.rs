//! Pins as values: what a Release says, and what it is wanted to say.

use crate::model::{ImagePin, Release};
use crate::tree::{Key, Node};

/// What a Release says of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The repository, as `shop/orders`.
    pub repository: String,
    /// Components that it is for; all if empty.
    pub components: Vec<String>,
    /// The tag.
    pub tag: Option<String>,
    /// The digest.
    pub digest: Option<String>,
}

impl Pin {
    /// The pin of a document.
    pub fn of(pin: &ImagePin) -> Pin {
        let text = |name: &Option<crate::model::Name>| name.as_ref().map(|name| name.value.to_string());
        Pin {
            repository: pin.repository.value.to_string(),
            components: pin.components.iter().map(|name| name.value.to_string()).collect(),
            tag: text(&pin.tag),
            digest: text(&pin.digest),
        }
    }

    /// The pin of an entry of `images` that was not decoded.
    fn read(key: Key, node: &Node) -> Pin {
        let text = |field: &str| node.field(field).and_then(Node::as_str).map(str::to_owned);
        // A tag like `1.10` that nobody quoted is a number; a Release with one cannot be rendered.
        let components = node.field("components").map(Node::items).unwrap_or_default();
        let components = components.iter().filter_map(Node::as_str).map(str::to_owned).collect();
        Pin { repository: key.as_str().to_owned(), components, tag: text("tag"), digest: text("digest") }
    }
}

/// The pins and the revision of a Release document as it was read.
pub fn pins_of(document: &Node) -> (Vec<Pin>, Option<String>) {
    let images = document.at(&["spec", "images"]).map(Node::entries).unwrap_or_default();
    let revision = document.at(&["spec", "revision"]).and_then(Node::as_str).map(str::to_owned);
    (images.iter().map(|entry| Pin::read(entry.key, &entry.node)).collect(), revision)
}

/// What the Release of an environment, or of one of its clusters, is wanted to say.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The application.
    pub application: String,
    /// The environment.
    pub environment: String,
    /// One cluster only.
    pub cluster: Option<String>,
    /// These pins.
    pub pins: Vec<Pin>,
    /// Whether it shall have no others.
    pub exact: bool,
    /// The revision that it shall name; `None`: as it is.
    pub revision: Option<Option<String>>,
}

impl Wanted {
    /// Whether a Release is the one.
    pub fn is_for(&self, release: &Release) -> bool {
        *release.environment.value == *self.environment && release.cluster.as_ref().map(|name| &*name.value) == self.cluster.as_deref()
    }

    /// `prod`, or `prod` on `us-1`.
    pub fn target(&self) -> String {
        match &self.cluster {
            Some(cluster) => format!("{}/{cluster}", self.environment),
            None => self.environment.clone(),
        }
    }
}
