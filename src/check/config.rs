//! ConfigMaps and Secrets: keys, sizes, and content that is what its name says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::fields::{Fields, key_place};
use super::findings::{Findings, listed};
use crate::diag::{Diagnostic, code};
use crate::tree::{Entry, Node};

/// The most that both may hold.
const LIMIT: usize = 1024 * 1024;

/// Whether text can be a key.
pub(super) fn is_key(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=253).contains(&text.len()) && text.bytes().all(allowed) && text != "." && text != ".." && !text.starts_with("..")
}

fn keys<'a>(entries: &'a [Entry], findings: &mut Findings<'a>) {
    for entry in entries {
        let key = entry.key.as_str();
        if !is_key(key) {
            let shown: String = key.chars().take(40).collect();
            let more = if shown.len() < key.len() { "…" } else { "" };
            let message = format!("`{shown}{more}` cannot be a key of {}", findings.about);
            let help = "keys have at most 253 letters, digits, `-`, `_` and `.`; a path is said where the volume is mounted, by `items`";
            findings.error(code::BAD_NAME, key_place(entry), message, help);
        }
    }
}

fn size(entries: &[Entry]) -> usize {
    entries.iter().filter_map(|entry| entry.node.as_str()).map(str::len).sum()
}

fn too_large(total: usize, at: crate::source::Pos, findings: &mut Findings<'_>) {
    if total > LIMIT {
        let message = format!("{} holds {total} bytes, and may hold {LIMIT}", findings.about);
        findings.error(code::OUT_OF_RANGE, at, message, "put large files into an image or a volume");
    }
}

/// Judges a ConfigMap.
pub(super) fn config_map<'a>(object: &'a Node, findings: &mut Findings<'a>) {
    let (data, binary) = (object.pairs("data"), object.pairs("binaryData"));
    keys(data, findings);
    keys(binary, findings);
    for entry in data {
        if let Some(other) = binary.iter().find(|other| other.key == entry.key) {
            let message = format!("`{}` is in `data` and in `binaryData`", entry.key);
            let problem = Diagnostic::error(code::DUPLICATE, key_place(entry), message);
            findings.push(problem.label(key_place(other), "the other one").help("keep one of them"));
        }
        if let Some(text) = entry.node.as_str() {
            json(entry, text, findings);
        }
    }
    too_large(size(data) + size(binary) / 4 * 3, object.place_of("data"), findings);
}

/// A file that is called JSON and is none.
fn json<'a>(entry: &'a Entry, text: &str, findings: &mut Findings<'a>) {
    if !entry.key.as_str().ends_with(".json") || text.trim().is_empty() {
        return;
    }
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let message = format!("`{}` of {} is not JSON: {error}", entry.key, findings.about);
        findings.warn(code::ODD_CONTENT, entry.node.place(), message, "correct it, or give the key another name");
    }
}

fn decoded(entry: &Entry) -> Option<Vec<u8>> {
    let text: String = entry.node.as_str()?.chars().filter(|char| !matches!(char, '\n' | '\r')).collect();
    STANDARD.decode(text).ok()
}

/// The keys that a type of Secret must have: all of them, or one.
fn wanted(kind: &str) -> (&'static [&'static str], bool) {
    match kind {
        "kubernetes.io/tls" => (&["tls.crt", "tls.key"], true),
        "kubernetes.io/dockerconfigjson" => (&[".dockerconfigjson"], true),
        "kubernetes.io/dockercfg" => (&[".dockercfg"], true),
        "kubernetes.io/ssh-auth" => (&["ssh-privatekey"], true),
        "kubernetes.io/basic-auth" => (&["username", "password"], false),
        _ => (&[], true),
    }
}

/// Judges a Secret.
pub(super) fn secret<'a>(object: &'a Node, findings: &mut Findings<'a>) {
    let (data, text) = (object.pairs("data"), object.pairs("stringData"));
    keys(data, findings);
    keys(text, findings);
    for entry in data {
        if !entry.node.is_null() && entry.node.as_str().is_some() && decoded(entry).is_none() {
            let message = format!("`{}` of {} is not base64", entry.key, findings.about);
            findings.error(code::BAD_FORMAT, entry.node.place(), message, "write plain text under `stringData` instead of `data`");
        }
    }
    too_large(size(data) / 4 * 3 + size(text), object.place_of("data"), findings);
    let kind = object.text("type").unwrap_or_default();
    let of = |key: &str| text.iter().chain(data).find(|entry| entry.key.as_str() == key);
    let (keys, all) = wanted(kind);
    let missing: Vec<&str> = keys.iter().copied().filter(|key| of(key).is_none()).collect();
    if missing.len() == keys.len() && !keys.is_empty() || all && !missing.is_empty() {
        let message = format!("{} has the type `{kind}`, and lacks {}", findings.about, listed(&missing));
        let at = if data.is_empty() { object.place_of("stringData") } else { object.place_of("data") };
        let at = if data.is_empty() && text.is_empty() { object.place() } else { at };
        let problem = Diagnostic::error(code::MISSING_FIELD, at, message).label(object.place_of("type"), "the type");
        findings.push(problem.help("add it to `data` or `stringData`, or choose the type `Opaque`"));
    }
    if kind == "kubernetes.io/service-account-token" {
        let named = object.at(&["metadata", "annotations", "kubernetes.io/service-account.name"]);
        if named.and_then(Node::as_str).is_none_or(str::is_empty) {
            let message = format!("{} has the type `{kind}`, and does not say of which ServiceAccount", findings.about);
            findings.error(
                code::MISSING_FIELD,
                object.place_of("type"),
                message,
                "add the annotation `kubernetes.io/service-account.name`",
            );
        }
    }
    content(kind, data, text, findings);
}

/// What is in a Secret, as far as its type or key says what it must be.
fn content<'a>(kind: &str, data: &'a [Entry], text: &'a [Entry], findings: &mut Findings<'a>) {
    for (entry, encoded) in data.iter().map(|entry| (entry, true)).chain(text.iter().map(|entry| (entry, false))) {
        let bytes = if encoded { decoded(entry) } else { entry.node.as_str().map(|text| text.as_bytes().to_vec()) };
        let Some(bytes) = bytes else { continue };
        let (key, at) = (entry.key.as_str(), entry.node.place());
        match (kind, key) {
            ("kubernetes.io/dockerconfigjson", ".dockerconfigjson") | ("kubernetes.io/dockercfg", ".dockercfg") => {
                let is_map = serde_json::from_slice::<serde_json::Value>(&bytes).is_ok_and(|json| json.is_object() || json.is_null());
                if !is_map {
                    let message = format!("`{key}` of {} is not the JSON of a registry login", findings.about);
                    findings.error(code::BAD_FORMAT, at, message, "`kubectl create secret docker-registry` writes it");
                }
            }
            ("kubernetes.io/ssh-auth", "ssh-privatekey") if bytes.is_empty() => {
                findings.error(code::MISSING_FIELD, at, format!("`{key}` of {} is empty", findings.about), "put the private key there");
            }
            // Empty ones are filled in later.
            ("kubernetes.io/tls", "tls.crt" | "tls.key")
                if !bytes.is_empty() && !bytes.windows(10).any(|window| window == b"-----BEGIN") =>
            {
                let message = format!("`{key}` of {} is not PEM, so nothing can use it", findings.about);
                findings.warn(code::ODD_CONTENT, at, message, "it begins with `-----BEGIN`");
            }
            _ if encoded && bytes.ends_with(b"\n") && is_credential(key) && bytes.iter().filter(|byte| **byte == b'\n').count() == 1 => {
                let message = format!("`{key}` of {} ends with a line break, which is part of the value", findings.about);
                findings.warn(code::ODD_CONTENT, at, message, "encode it by `echo -n`, or write it under `stringData`");
            }
            _ => {}
        }
    }
}

/// Keys whose value is one word, not a file.
fn is_credential(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    !lower.contains('.') && ["password", "passwd", "username", "user", "token", "secret", "key"].iter().any(|word| lower.ends_with(word))
}
