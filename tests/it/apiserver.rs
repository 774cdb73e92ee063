//! A real API server has the last word: every manifest of `tests/validate/` is tried there (`tests/cluster/apiserver`), and its verdict is that
//! of the folder, and of `oam`. Runs with `OAM_TEST_APISERVER=1`: building the server takes minutes and needs Go. `UPDATE=1` records what the
//! server says.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::program::updating;
use crate::verdicts;

/// A server that runs as long as this lives.
struct Server {
    script: Child,
    facts: BTreeMap<String, String>,
}

impl Server {
    fn start() -> Server {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/apiserver");
        let mut script = Command::new(script).arg("run").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("bash is there");
        let lines = BufReader::new(script.stdout.take().unwrap()).lines().map_while(Result::ok);
        let facts: BTreeMap<String, String> =
            lines.take(3).filter_map(|line| line.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()))).collect();
        assert_eq!(facts.len(), 3, "the server did not start; `tests/cluster/apiserver run` says why");
        Server { script, facts }
    }

    /// What the server says of each manifest.
    fn ask(&self, manifests: &[PathBuf]) -> Vec<Value> {
        let mut ask = Command::new(&self.facts["APISERVER_ASK"]);
        let mut ask = ask.envs(&self.facts).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = ask.stdin.take().unwrap();
        let names: String = manifests.iter().map(|path| format!("{}\n", path.display())).collect();
        let writer = std::thread::spawn(move || stdin.write_all(names.as_bytes()).unwrap());
        let lines = BufReader::new(ask.stdout.take().unwrap()).lines();
        let answers: Vec<Value> = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
        writer.join().unwrap();
        assert!(ask.wait().unwrap().success());
        assert_eq!(answers.len(), manifests.len());
        answers
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The script ends with its standard input.
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}

/// What the server says of a manifest that it refuses, on one line: the reason and the field of each cause, or the message.
fn said(answer: &Value) -> String {
    let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().replace(['\n', '\t'], " ");
    let refused = answer["documents"].as_array().unwrap().iter().filter(|document| document["accepted"] == false);
    let one = |document: &Value| {
        let causes = document["causes"].as_array().filter(|causes| !causes.is_empty());
        let told = |cause: &Value| format!("{} {}: {}", text(cause, "reason"), text(cause, "field"), text(cause, "message"));
        causes.map_or_else(
            || format!("{}: {}", text(document, "reason"), text(document, "message")),
            |causes| causes.iter().map(told).collect::<Vec<_>>().join("; "),
        )
    };
    refused.map(one).collect::<Vec<_>>().join("; ")
}

#[test]
fn a_real_server_says_the_same() {
    if std::env::var_os("OAM_TEST_APISERVER").is_none() {
        return;
    }
    let server = Server::start();
    let mut wrong = Vec::new();
    let mut recorded = String::new();
    for (group, accepted) in [("accepted-but-wrong", true), ("broken", false), ("sound", true)] {
        let cases = verdicts::cases(group);
        for (path, answer) in cases.iter().zip(server.ask(&cases)) {
            let name = verdicts::name(path);
            if answer["accepted"] != accepted {
                wrong.push(format!("{group}/{name}: the server says accepted: {}: {}", answer["accepted"], said(&answer)));
            }
            if verdicts::is_refused(path) == accepted {
                wrong.push(format!("{group}/{name}: `oam` says accepted: {}", !accepted));
            }
            if !accepted {
                recorded.push_str(&format!("{name}\t{}\n", said(&answer)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} verdicts differ:\n{}", wrong.len(), wrong.join("\n"));
    if updating() {
        fs::write(verdicts::folder().join("refusals.tsv"), recorded).unwrap();
    }
}

/// What the server said is there for every manifest that it refuses.
#[test]
fn every_refusal_is_recorded() {
    let recorded = fs::read_to_string(verdicts::folder().join("refusals.tsv")).unwrap();
    let recorded: Vec<&str> = recorded.lines().filter_map(|line| line.split_once('\t')).map(|(name, _)| name).collect();
    let broken: Vec<String> = verdicts::cases("broken").iter().map(|path| verdicts::name(path)).collect();
    assert_eq!(recorded, broken, "`OAM_TEST_APISERVER=1 UPDATE=1 cargo test --test it apiserver::` records what the server says");
}
