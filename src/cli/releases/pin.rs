//! Pins as values: what a Release says, and what it is wanted to say.

use crate::cli::exit::Failure;
use crate::model::{ImagePin, Release};
use crate::resolve::Image;
use crate::tree::{Key, Node};
use crate::view::diagnostics::plain;

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

/// `shop/orders=1.4.2@sha256:…`, also with `:` for `=`.
///
/// # Errors
/// When it is none.
pub fn parse_pin(text: &str) -> Result<Pin, Failure> {
    let (repository, version) = match text.split_once('=') {
        Some((repository, version)) => (repository, version),
        None => {
            let image = Image::parse(text);
            let length = image.repository.len();
            (image.repository, text[length..].trim_start_matches(':'))
        }
    };
    let (tag, digest) = match version.split_once('@') {
        Some((tag, digest)) => (tag, Some(digest)),
        None => (version, None),
    };
    let wrong = |problem: &str| {
        Failure::usage(format!("`{}` {problem}", plain(text)))
            .help("write REPO=TAG, REPO=TAG@sha256:… or REPO@sha256:…, as in `shop/orders=1.4.2`")
    };
    let is_hex = |digest: &str| {
        digest.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    if repository.is_empty() || (tag.is_empty() && digest.is_none()) {
        return Err(wrong("says neither tag nor digest"));
    }
    if digest.is_some_and(|digest| !is_hex(digest)) {
        return Err(wrong("has a digest that is not `sha256:` and 64 hexadecimal digits"));
    }
    let is_tag = |tag: &str| tag.len() <= 128 && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    if !is_tag(tag) {
        return Err(wrong("has a tag that is not letters, digits, `_`, `.` and `-`"));
    }
    let owned = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Ok(Pin { repository: repository.to_owned(), components: Vec::new(), tag: owned(tag), digest: digest.and_then(owned) })
}
