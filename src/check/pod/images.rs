//! Images of containers: references that can be pulled, and say what they mean.

use super::Pod;
use crate::check::fields::Fields;
use crate::check::findings::Findings;
use crate::diag::{Diagnostic, code};
use crate::shape::Format;
use crate::tree::Node;

/// Judges the image of a container.
pub(super) fn judge<'a>(pod: Pod<'a>, container: &'a Node, findings: &mut Findings<'a>) {
    if !findings.required(container, "image") {
        return;
    }
    let (Some(image), at) = (container.text("image"), container.place_of("image")) else { return };
    if image.trim() != image {
        let message = format!("the image `{image}` of {} has a space before or after it", findings.about);
        let problem = if pod.bare {
            Diagnostic::error(code::BAD_IMAGE, at, message)
        } else {
            Diagnostic::warning(code::PODS_REFUSED, at, format!("{message}, for which the server will refuse the pods"))
        };
        findings.push(problem.help("remove the space"));
        return;
    }
    if !Format::OciImage.takes_text(image) {
        let message = format!("`{image}`, the image of {}, is no image reference, and cannot be pulled", findings.about);
        let help = if image.chars().any(char::is_uppercase) && Format::OciImage.takes_text(&image.to_lowercase()) {
            "names of images are in lower case".to_owned()
        } else if image.contains("://") {
            "leave out the scheme".to_owned()
        } else {
            format!("for example `{}`", Format::OciImage.example())
        };
        findings.warn(code::BAD_IMAGE, at, message, help);
        return;
    }
    if !findings.tags {
        return;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    let message = match name.split_once(':') {
        _ if image.contains('@') => return,
        None => format!("the image `{image}` of {} has no tag, which means `latest`", findings.about),
        Some((_, "latest")) => format!("the image `{image}` of {} has the tag `latest`", findings.about),
        Some(_) => return,
    };
    findings.warn(
        code::MUTABLE_IMAGE,
        at,
        message,
        "name the version that is meant: what `latest` is changes, and differs from node to node",
    );
}
