//! Lists the built-in definition files, so that adding a type is adding one file.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// The folders, in the order of their files' positions.
const FOLDERS: [&str; 4] = ["components", "libraries", "scopes", "traits"];

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let mut table = String::from("&[\n");
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed={folder}");
        let mut names: Vec<String> = fs::read_dir(Path::new(&root).join(folder))
            .unwrap_or_else(|error| panic!("{folder}: {error}"))
            .map(|entry| entry.unwrap_or_else(|error| panic!("{folder}: {error}")).file_name().to_string_lossy().into_owned())
            .filter(|name| name.ends_with(".yaml"))
            .collect();
        names.sort();
        for name in names {
            let path = format!("{folder}/{name}");
            println!("cargo::rerun-if-changed={path}");
            let full = Path::new(&root).join(&path);
            writeln!(table, "    ({path:?}, include_str!({:?})),", full.to_string_lossy()).expect("text takes all that is written to it");
        }
    }
    table.push(']');
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("builtin.rs");
    fs::write(&out, table).unwrap_or_else(|error| panic!("{}: {error}", out.display()));
}
