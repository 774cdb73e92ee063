//! Reports as people see them. `tests/diagnostics/<code>/` holds a small project and the whole report of a command on it (`oam check`, unless a
//! file `args` says otherwise, after the shell commands of a file `meanwhile`); `<code>.<variant>/` is a further case of the code. `UPDATE=1` records reports anew: read them as a user.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::program::{Run, copy, oam, updating};
use oam::diag::code;

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let mut cases: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

fn name(case: &Path) -> String {
    case.file_name().unwrap().to_string_lossy().into_owned()
}

fn code_of(case: &Path) -> String {
    let name = name(case);
    name.split('.').next().unwrap_or(&name).to_owned()
}

/// What the command prints on the case's project, as it is recorded.
fn report(case: &Path) -> String {
    let here = tempfile::tempdir().unwrap();
    let project = here.path().join("project");
    copy(&case.join("project"), &project);
    if let Ok(typed) = fs::read_to_string(case.join("meanwhile")) {
        crate::cli::meanwhile(&project, &typed);
    }
    let args = fs::read_to_string(case.join("args")).unwrap_or_else(|_| "check".to_owned());
    let Run { code, stdout, stderr } = oam(&project, args.split_whitespace());
    format!("{stderr}{stdout}exit code {code}\n").replace(&*here.path().to_string_lossy(), "")
}

#[test]
fn every_report_is_the_recorded_one() {
    let mut wrong = Vec::new();
    for case in cases() {
        let (found, file) = (report(&case), case.join("report.txt"));
        let code = code_of(&case);
        if !found.contains(&format!("[{code}]")) {
            wrong.push(format!("{}: the report does not hold `{code}`:\n{found}", name(&case)));
        } else if updating() {
            fs::write(file, found).unwrap();
        } else if fs::read_to_string(file).unwrap_or_default() != found {
            wrong.push(format!("{}: the report is now (UPDATE=1 records it):\n{found}", name(&case)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_has_a_page_and_a_case() {
    let cases: BTreeSet<String> = cases().iter().map(|case| code_of(case)).collect();
    let codes: BTreeSet<String> = code::ALL.iter().map(|(code, _)| code.as_str().to_owned()).collect();
    let missing: Vec<&String> = codes.difference(&cases).collect();
    assert!(missing.is_empty(), "codes without a case in tests/diagnostics/: {missing:?}");
    let stray: Vec<&String> = cases.difference(&codes).collect();
    assert!(stray.is_empty(), "cases of codes that do not exist: {stray:?}");
    for (code, page) in code::ALL {
        assert!(page.starts_with(&format!("# {code}\n\n")), "the page of {code} does not begin with its name");
        let lines = page.lines().count();
        assert!((8..=30).contains(&lines), "the page of {code} has {lines} lines");
        assert!(page.contains("```"), "the page of {code} shows no example");
    }
    let pages: BTreeSet<String> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/diagnostics"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(pages, codes, "pages and codes");
    assert!(code::ALL.windows(2).all(|pair| pair[0].0.as_str() < pair[1].0.as_str()), "codes are sorted");
}
