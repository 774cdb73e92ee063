//! The text of the built-in definitions, embedded by `build.rs`.

use std::sync::{Arc, OnceLock};

use crate::source::{Role, SourceFile, Sources};

/// Path (as `components/x.yaml`) and text, sorted.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// The built-in files, positions included: the same in every run.
pub(super) fn sources() -> &'static Sources {
    static SOURCES: OnceLock<Sources> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let mut sources = Sources::new();
        for (path, text) in FILES {
            sources.add(format!("builtin/{path}"), *text, Role::BuiltIn).expect("the built-in files are far from 4 GiB");
        }
        sources
    })
}

/// Folder, name and file of each.
pub(super) fn files() -> impl Iterator<Item = (&'static str, &'static str, &'static Arc<SourceFile>)> {
    FILES.iter().zip(sources().files()).map(|((path, _), file)| {
        let (folder, name) = path.split_once('/').unwrap_or(("", path));
        (folder, name.trim_end_matches(".yaml"), file)
    })
}
