//! The house keeps its own rules: layers, sizes, names.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules of `src/`, in the order in which data passes through them; each may use only those before it.
const LAYERS: &[&str] = &[
    "source",
    "diag",
    "tree",
    "shape",
    "kubernetes",
    "patch",
    "rules",
    "template",
    "catalog",
    "model",
    "load",
    "deploy",
    "import",
    "resolve",
    "lower",
    "check",
    "authoring",
    "output",
    "diff",
    "view",
    "git",
    "cli",
];

fn rust_files(directory: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    assert!(files.len() > 40, "the walk found {} files only", files.len());
    files
        .into_iter()
        .map(|path| (path.strip_prefix(&root).unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .filter(|(path, _)| !path.ends_with("/tests.rs"))
        .collect()
}

/// The part of a file before its tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

#[test]
fn a_module_uses_only_the_layers_before_it() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(own) = LAYERS.iter().position(|layer| path.starts_with(&format!("{layer}/"))) else { continue };
        for (number, line) in code(&text).lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for (index, layer) in LAYERS.iter().enumerate().skip(own + 1) {
                if line.contains(&format!("crate::{layer}::")) || line.contains(&format!("crate::{layer};")) {
                    wrong.push(format!("src/{path}:{} uses `{layer}` ({index} > {own})", number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_of_src_is_a_layer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<String> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let mut layers = LAYERS.to_vec();
    layers.sort();
    assert_eq!(folders, layers);
}

#[test]
fn no_file_is_longer_than_500_lines_of_code() {
    let long: Vec<String> = sources()
        .iter()
        .map(|(path, text)| (path, code(text).lines().count()))
        .filter(|(_, lines)| *lines > 500)
        .map(|(path, lines)| format!("src/{path}: {lines}"))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn nothing_is_called_by_what_it_is_not() {
    for (path, _) in sources() {
        for name in ["util", "helper", "common", "manager", "misc"] {
            assert!(!path.contains(name), "src/{path}");
        }
    }
}

#[test]
fn every_module_says_its_job() {
    for (path, text) in sources() {
        assert!(text.starts_with("//!"), "src/{path} has no `//!` at its start");
        if path.ends_with("/mod.rs") && path.matches('/').count() == 1 {
            assert!(text.contains("ust never know") || path.starts_with("cli/"), "src/{path} does not say what it must never know");
        }
    }
}

#[test]
fn src_names_no_type() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let types: Vec<String> = ["components", "traits", "scopes"]
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(types.len() >= 21);
    for (path, text) in sources() {
        for (number, line) in code(&text).lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for name in &types {
                // Words that are also plain terms of Kubernetes or of the model are told by their use alone.
                if [
                    "command",
                    "affinity",
                    "env",
                    "labels",
                    "annotations",
                    "patch",
                    "resource",
                    "storage",
                    "external",
                    "network",
                    "lifecycle",
                    "manifests",
                    "task",
                    "quota",
                    "flux",
                ]
                .contains(&name.as_str())
                {
                    continue;
                }
                assert!(!line.contains(&format!("\"{name}\"")), "src/{path}:{} names the type `{name}`", number + 1);
            }
        }
    }
}
