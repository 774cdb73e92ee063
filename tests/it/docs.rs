//! The pages lead where they say, and tell of what is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use oam::diag::code;

use crate::program::{oam, root};

/// All pages of the repository.
fn pages() -> Vec<PathBuf> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    walk(&path, found);
                }
            } else if name.ends_with(".md") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(root(), &mut found);
    found.sort();
    found
}

/// Text without blocks of code, in which brackets mean nothing.
fn prose(page: &str) -> String {
    let mut inside = false;
    let lines = page.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The anchors of a page, as its headings make them.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = prose(page)
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim().to_lowercase())
        .collect::<Vec<_>>();
    let kept = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings.iter().map(|heading| heading.chars().filter(|c| kept(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let (mut wrong, mut links) = (Vec::new(), 0);
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap();
        let shown = path.strip_prefix(root()).unwrap().display().to_string();
        for link in prose(&page).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") || link.starts_with("mailto:") || link.contains(' ') {
                continue;
            }
            links += 1;
            let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            if !target.exists() {
                wrong.push(format!("{shown}: `{link}` leads nowhere"));
            } else if let Some(anchor) = anchor
                && target.extension().is_some_and(|extension| extension == "md")
                && !anchors(&fs::read_to_string(&target).unwrap()).contains(anchor)
            {
                wrong.push(format!("{shown}: `{link}` has no such heading"));
            }
        }
    }
    assert!(wrong.is_empty() && links > 50, "{links} links\n{}", wrong.join("\n"));
}

/// What pages call a code is one, and what they call a command is one.
#[test]
fn pages_tell_of_what_is_there() {
    let codes: BTreeSet<&str> = code::ALL.iter().map(|(code, _)| code.as_str()).collect();
    let help = oam(root(), ["--help"]).stdout;
    let commands: BTreeSet<&str> = help
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.contains("render") && commands.contains("blame"));
    let mut wrong = Vec::new();
    for path in pages() {
        let shown = path.strip_prefix(root()).unwrap().display().to_string();
        if !(shown.starts_with("docs/") || shown.starts_with("examples/") || !shown.contains('/')) || shown == "CHANGELOG.md" {
            continue;
        }
        let page = fs::read_to_string(&path).unwrap();
        for piece in page.split(['[', '`']).filter(|piece| piece.starts_with("oam ")) {
            let command = piece["oam ".len()..].split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next().unwrap_or_default();
            if !command.is_empty() && !command.starts_with('-') && !commands.contains(command) && command != "help" {
                wrong.push(format!("{shown}: there is no `oam {command}`"));
            }
        }
        for piece in page.split("error[").skip(1).chain(page.split("warning[").skip(1)) {
            let code = piece.split(']').next().unwrap_or_default();
            if !codes.contains(code) && code.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
                wrong.push(format!("{shown}: there is no code `{code}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table of the layers is the folders of `src/`, in the order of `src/lib.rs`.
#[test]
fn the_page_of_the_architecture_is_the_tree() {
    let page = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let named: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("/` |"))
        .map(|(name, _)| name)
        .take_while(|name| !name.contains('/'))
        .collect();
    let library = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let modules: Vec<&str> = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let layers: Vec<&str> = named.iter().copied().filter(|name| modules.contains(name)).collect();
    assert_eq!(layers, modules, "docs/architecture.md tells every layer, in order");
    for folder in ["benches", "components", "docs/diagnostics", "examples", "libraries", "schemas", "scopes", "tests", "traits"] {
        assert!(page.contains(&format!("`{folder}/`")) && root().join(folder).is_dir(), "{folder}");
    }
}

/// What the manifest says that the program is built of is what the page explains.
#[test]
fn every_dependency_has_its_reason() {
    let page = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let (_, libraries) = page.split_once("## Libraries").expect("docs/architecture.md has a section on libraries");
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut section = "";
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if let Some((name, _)) = line.split_once(" = ").filter(|_| section == "[dependencies]" || section == "[dev-dependencies]") {
            assert!(libraries.contains(&format!("`{name}`")), "docs/architecture.md does not say why there is `{name}`");
        }
    }
}
