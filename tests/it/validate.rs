//! `oam validate` from outside: stdin, streams, threads, what is not read.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use crate::program::{Run, command, oam};

fn validate(directory: &Path, args: &[&str], stdin: &str) -> Run {
    let all = ["validate", "--message-format", "short"].iter().chain(args).copied();
    let mut child = command(directory, all).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: b}\nspec: {ports: [{port: 80}], selector: {a: b}}\n";

#[test]
fn stdin_is_a_stream_of_documents() {
    let here = tempfile::tempdir().unwrap();
    let broken = SERVICE.replace("port: 80", "port: eighty").replace("name: a,", "name: c,");
    let run = validate(here.path(), &["-"], &format!("{SERVICE}---\n# nothing\n---\n{broken}"));
    assert_eq!(run.code, 1);
    assert!(run.stdout.starts_with("stdin:11:23: error[wrong-type]: `spec.ports[0].port` must be an integer"), "{}", run.stdout);
    let run = validate(here.path(), &["-"], SERVICE);
    assert_eq!((run.code, &*run.stdout), (0, ""), "{}", run.stderr);
    assert_eq!(validate(here.path(), &["-"], "").code, 0, "nothing is nothing wrong");
    let run = validate(here.path(), &["-"], "- 1\n---\ntext\n");
    assert_eq!(run.stdout.matches("a manifest must be a map with `apiVersion` and `kind`").count(), 2, "{}", run.stdout);
}

#[test]
fn the_report_is_the_same_for_any_number_of_threads() {
    let here = tempfile::tempdir().unwrap();
    for number in 0..60 {
        let folder = here.path().join(format!("team-{}", number % 7));
        fs::create_dir_all(&folder).unwrap();
        let wrong = if number % 3 == 0 { "prots" } else { "ports" };
        fs::write(folder.join(format!("{number}.yaml")), SERVICE.replace("ports", wrong).replace("name: a", &format!("name: a{number}")))
            .unwrap();
    }
    let run = |jobs: &str| validate(here.path(), &["--all", "--jobs", jobs, "."], "").stdout;
    let one = run("1");
    assert_eq!(one.matches("unknown field `prots`").count(), 20, "{one}");
    assert!(one == run("2") && one == run("5"));
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_judged() {
    let here = tempfile::tempdir().unwrap();
    fs::write(here.path().join("a.yaml"), SERVICE).unwrap();
    fs::write(here.path().join("b.yaml"), [0xff, 0xfe, 0]).unwrap();
    fs::write(
        here.path().join("c.json"),
        "{\"apiVersion\": \"v1\",\n \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"c\"}, \"data\": {\"a\": 1}}",
    )
    .unwrap();
    let run = oam(here.path(), ["validate", ".", "--message-format", "short"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("`b.yaml` is not text"), "{}", run.stdout);
    assert!(run.stdout.contains("c.json:2:64: error[wrong-type]: `data.a` must be a string, not an integer"), "{}", run.stdout);
    assert!(run.stderr.contains("validated 2 objects of 2 files"), "{}", run.stderr);
}

#[test]
fn a_kind_that_nobody_knows_fails_a_render_too_unless_it_is_allowed() {
    let (_here, project) = crate::program::example("hello");
    let component = "apiVersion: oam.dev/v1\nkind: Component\nmetadata: {name: extra}\nspec:\n  type: manifests\n  properties:\n    objects:\n    - \
                     apiVersion: example.com/v1\n      kind: Widget\n      metadata: {name: w}\n";
    let existing = fs::read_to_string(project.join("apps/hello/components/web.yaml")).unwrap();
    let api_version = existing.lines().find(|line| line.starts_with("apiVersion:")).unwrap();
    let component = component.replace("apiVersion: oam.dev/v1", api_version);
    fs::write(project.join("apps/hello/components/extra.yaml"), component).unwrap();
    let run = oam(&project, ["check"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("`Widget` of `example.com/v1` is known by no schema"), "{}", run.stderr);
    let run = oam(&project, ["check", "--allow-unknown-kinds"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("so that the object is not checked"), "{}", run.stderr);
}
