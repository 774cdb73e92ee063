//! One page that holds everything: no request leaves it, and its policy forbids the browser to make one.
//!
//! The sources of the page are in `page/`; what differs is put into it compressed.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

use super::Preview;
use super::data::{encode, entries};

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");
/// The script, in the order in which its parts use each other.
const SCRIPTS: &[&str] = &[
    include_str!("page/dom.js"),
    include_str!("page/data.js"),
    include_str!("page/state.js"),
    include_str!("page/rows.js"),
    include_str!("page/overview.js"),
    include_str!("page/list.js"),
    include_str!("page/manifest.js"),
    include_str!("page/object.js"),
    include_str!("page/graph.js"),
    include_str!("page/main.js"),
];

/// The page. Files must have their lines, or it names nobody.
pub fn html(preview: &Preview) -> String {
    let entries = entries(preview);
    let (index, manifests) = encode(preview, &entries);
    let mut page = String::with_capacity(256 << 10);
    let mut rest = PAGE;
    // What is put in is ours, or base64: it can hold none of the places that are looked for behind it.
    while let Some((before, found)) = rest.split_once("{{") {
        let Some((name, after)) = found.split_once("}}") else { break };
        page.push_str(before);
        match name {
            "style" => page.push_str(STYLE),
            "script" => SCRIPTS.iter().for_each(|script| page.push_str(script)),
            "index" => page.push_str(&packed(&index)),
            "manifests" => page.push_str(&packed(&manifests)),
            _ => unreachable!("the page asks for `{name}`"),
        }
        rest = after;
    }
    page.push_str(rest);
    page
}

/// A document as base64 of its compressed JSON.
fn packed(document: &impl Serialize) -> String {
    let json = serde_json::to_vec(document).expect("strings and numbers always serialise");
    let mut packer = GzEncoder::new(Vec::new(), Compression::new(6));
    packer.write_all(&json).expect("memory takes everything");
    STANDARD.encode(packer.finish().expect("memory takes everything"))
}
