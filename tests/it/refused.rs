//! `tests/kubevela-refused`: Applications with a mistake are told so, at its line. The report of each is recorded (`UPDATE=1` records anew).

use std::fs;
use std::path::PathBuf;

use crate::program::{Run, oam, root, updating};

/// Cases that render here without a word, each with its reason.
const RENDERED: &[(&str, &str)] = &[
    ("affinity-tolerations-twice", "the second trait's tolerations join those of the first"),
    ("container-ports-twice-unnamed", "the second trait adds to the port of the first"),
    ("float-whole-for-int", "`80.0` is the integer 80, as it is to KubeVela"),
    ("json-patch-metadata-absent", "the patched object has metadata"),
    ("k8s-update-strategy-without-rolling", "the details of a rolling update have defaults in Kubernetes"),
    ("lifecycle-on-cron-task", "the trait reaches the pods of a CronJob"),
    ("null-default", "null leaves the default"),
    ("resource-after-sidecar", "the trait reaches the containers that are there"),
    ("resource-only-cpu", "one of both is enough"),
    ("securitycontext-empty", "its defaults are what is asked for: no root, no privileges"),
    ("securitycontext-without-properties", "its defaults are what is asked for: no root, no privileges"),
    ("sidecar-on-cron-task", "the trait reaches the pods of a CronJob"),
    ("startup-probe-list", "probes of several containers"),
    ("storage-on-cron-task", "the trait reaches the pods of a CronJob"),
];

fn cases() -> Vec<PathBuf> {
    let folder = root().join("tests/kubevela-refused");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

#[test]
fn every_mistake_is_told_as_recorded() {
    let mut wrong = Vec::new();
    for case in cases() {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let Run { code, stdout, stderr } = oam(&case, ["check", "-f", "application.yaml"]);
        let report = format!("{stderr}{stdout}exit code {code}\n");
        let vela = fs::read_to_string(case.join("vela.txt")).unwrap();
        let rendered = RENDERED.iter().any(|(known, _)| *known == name);
        if !vela.starts_with("exit code: 0") && !rendered && code != 1 {
            wrong.push(format!("{name}: KubeVela refuses it, and here the exit code is {code}:\n{report}"));
        }
        let told = report.contains("error[") || report.contains("warning[");
        if told == rendered {
            wrong.push(format!("{name}: {} problems are told:\n{report}", if told { "unexpectedly" } else { "no" }));
        }
        let file = case.join("report.txt");
        if updating() {
            fs::write(file, report).unwrap();
        } else if fs::read_to_string(file).unwrap_or_default() != report {
            wrong.push(format!("{name}: the report is now (UPDATE=1 records it):\n{report}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(cases().len(), 105);
}
