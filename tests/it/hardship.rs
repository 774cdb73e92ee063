//! The program when the world misbehaves: killed at any moment, disks that are full, pipes among the documents, mistakes by the million,
//! templates that never end.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::{command, example, files, oam};

/// Gives every object of the project another label, or the first one back.
fn relabel(project: &Path, label: &str) {
    let binding = format!(
        "apiVersion: oam.dev/v1beta1\nkind: TraitBinding\nmetadata: {{name: round}}\nspec:\n  traits: [{{type: labels, properties: {{round: {label}}}}}]\n"
    );
    fs::write(project.join("traits/round.yaml"), binding).unwrap();
}

#[test]
fn a_run_that_is_killed_is_mended_by_the_next() {
    let (_here, project) = example("sock-shop");
    relabel(&project, "a");
    let began = Instant::now();
    assert_eq!(oam(&project, ["render", "-o", "whole"]).code, 0);
    let takes = began.elapsed();
    let expected = files(&project.join("whole"));
    for round in 0..12u32 {
        // By turns over nothing, and over a tree in which every file differs.
        if round % 2 == 0 {
            let _ = fs::remove_dir_all(project.join("out"));
        } else {
            relabel(&project, "b");
            assert_eq!(oam(&project, ["render", "-o", "out"]).code, 0);
            relabel(&project, "a");
        }
        let mut child = command(&project, ["render", "-o", "out"]).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(takes * round / 12);
        child.kill().unwrap();
        child.wait().unwrap();
        // What is there is whole: no file is half-written, whatever the moment.
        if project.join("out").exists() {
            for (path, text) in files(&project.join("out")) {
                let name = path.rsplit('/').next().unwrap();
                assert!(
                    path.contains(".oam-tmp-") || name == ".oam-inventory" || text.ends_with(b"\n") && text.starts_with(b"apiVersion: "),
                    "{path} is half-written"
                );
            }
        }
        let next = oam(&project, ["render", "-o", "out"]);
        assert_eq!(next.code, 0, "round {round}: {}", next.stderr);
        assert!(files(&project.join("out")) == expected, "round {round}: the tree is not mended");
    }
}

#[test]
#[cfg(unix)]
fn a_full_disk_leaves_whole_files_and_the_next_run_goes_on() {
    let (_here, project) = example("hello");
    // A limit on the size of files fails writes in their middle, as a full disk does.
    let limited = |blocks: u32| {
        let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec {} render -o out", env!("CARGO_BIN_EXE_oam"));
        let output = Command::new("sh").args(["-c", &line]).current_dir(&project).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = limited(1);
    assert!(code == 4 && said.contains("cannot write `out/") && !said.contains(".oam-tmp-"), "{code}: {said}");
    if project.join("out").exists() {
        assert!(files(&project.join("out")).iter().all(|(path, _)| !path.contains(".oam-tmp-")), "what was begun is taken away");
    }
    assert_eq!(oam(&project, ["render", "-o", "out"]).code, 0);
    let whole = files(&project.join("out"));
    let binding = project.join("apps/hello/traits/web.yaml");
    fs::write(&binding, fs::read_to_string(&binding).unwrap().replace("debug", "warn")).unwrap();
    let (code, said) = limited(1);
    assert!(code == 4 && said.contains("cannot write `out/"), "{code}: {said}");
    for (path, text) in files(&project.join("out")) {
        let before = whole.iter().find(|(known, _)| *known == path);
        assert!(path.ends_with(".oam-inventory") || before.is_some_and(|(_, known)| *known == text), "{path} changed");
    }
    assert_eq!(oam(&project, ["render", "-o", "out"]).code, 0);
    assert_eq!(oam(&project, ["render", "-o", "out", "--check"]).code, 0);
}

#[test]
#[cfg(unix)]
fn a_pipe_among_the_documents_is_told_and_not_waited_for() {
    let (_here, project) = example("hello");
    for path in ["apps/hello/components/pipe.yaml", "apps/hello/releases"] {
        assert!(Command::new("mkfifo").arg(project.join(path)).status().unwrap().success());
    }
    let run = oam(&project, ["check"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("`apps/hello/components/pipe.yaml` is a pipe"), "{}", run.stderr);
    assert!(run.stderr.contains("`apps/hello/releases` is a file, and must be a folder"), "{}", run.stderr);
    fs::remove_file(project.join("oam.yaml")).unwrap();
    assert!(Command::new("mkfifo").arg(project.join("oam.yaml")).status().unwrap().success());
    let run = oam(&project, ["check"]);
    assert!(run.code == 1 && run.stderr.contains("not a file"), "{}", run.stderr);
}

#[test]
fn a_project_with_nothing_in_it_says_what_is_missing() {
    let (_here, project) = example("hello");
    fs::remove_dir_all(project.join("environments")).unwrap();
    let run = oam(&project, ["render"]);
    assert_eq!(run.code, 0);
    assert!(run.stderr.contains("the project has no environment, so nothing is rendered"), "{}", run.stderr);
    fs::remove_dir_all(project.join("apps")).unwrap();
    fs::remove_dir_all(project.join("scopes")).unwrap();
    let run = oam(&project, ["render"]);
    assert!(run.stderr.contains("`apps/*` matches no folder with an application"), "{}", run.stderr);
}

#[test]
fn a_missing_fact_is_told_once() {
    let (_here, project) = example("hello");
    let lonely = "apiVersion: oam.dev/v1beta1\nkind: Environment\nmetadata: {name: lonely}\nspec: {namespace: lonely}\n";
    fs::write(project.join("environments/lonely.yaml"), lonely).unwrap();
    let run = oam(&project, ["check", "--message-format", "short"]);
    assert_eq!(run.stdout.matches("error[").count(), 1, "{}{}", run.stderr, run.stdout);
    assert!(run.stdout.contains("missing field `domain` in facts of environment `lonely`"), "{}{}", run.stderr, run.stdout);
}

#[test]
fn an_application_with_a_bad_name_is_told_once() {
    let (_here, project) = example("hello");
    fs::rename(project.join("apps/hello"), project.join("apps/Hello")).unwrap();
    let run = oam(&project, ["check", "--message-format", "short"]);
    assert_eq!(run.stdout.matches("error[").count(), 1, "{}{}", run.stderr, run.stdout);
}

#[test]
fn two_projects_in_one_tree_are_told_once() {
    let (_here, project) = example("hello");
    assert_eq!(oam(&project, ["render"]).code, 0);
    let before = files(&project.join("rendered"));
    let file = project.join("oam.yaml");
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("name: hello", "name: other")).unwrap();
    let run = oam(&project, ["render"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("`rendered/dev/_platform` and 5 more directories belong to project `hello`"), "{}", run.stderr);
    assert_eq!(run.stderr.matches("error[").count(), 1, "{}", run.stderr);
    assert!(files(&project.join("rendered")) == before);
}

#[test]
fn an_output_among_documents_is_refused_for_every_environment() {
    let (_here, project) = example("hello");
    // An environment that is called like a folder of documents would write into it.
    let file = project.join("environments/dev.yaml");
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("name: dev", "name: scopes")).unwrap();
    let binding = project.join("apps/hello/traits/web.yaml");
    fs::write(&binding, fs::read_to_string(&binding).unwrap().replace("[dev]", "[scopes]")).unwrap();
    let run = oam(&project, ["render", "-o", "."]);
    assert!(run.code == 1 && run.stderr.contains("lies in a folder of documents, `scopes`"), "{}", run.stderr);
}

#[test]
fn an_edit_by_hand_is_a_difference_for_a_check() {
    let (_here, project) = example("hello");
    assert_eq!(oam(&project, ["render"]).code, 0);
    let file = project.join("rendered/dev/hello/deployment-web.yaml");
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("cpu", "gpu")).unwrap();
    let run = oam(&project, ["render", "--check"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, "would write rendered/dev/hello/deployment-web.yaml\n"));
    assert!(run.stderr.contains("warning[edited-by-hand]"), "{}", run.stderr);
    assert_eq!(oam(&project, ["render"]).code, 1, "to write over it takes `--force`");
}

#[test]
fn names_that_differ_in_case_only_are_told_once_for_all_environments() {
    let (_here, project) = example("hello");
    let role = |name: &str| format!("{{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {{name: {name}}}, rules: []}}");
    let text = format!(
        "apiVersion: oam.dev/v1beta1\nkind: Component\nmetadata: {{name: roles}}\nspec:\n  type: manifests\n  properties: {{objects: [{}, {}]}}\n",
        role("Reader"),
        role("reader")
    );
    fs::write(project.join("apps/hello/components/roles.yaml"), text).unwrap();
    let run = oam(&project, ["check"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.stderr.matches("error[name-clash]").count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("seen in: hello/dev, hello/prod, hello/staging"), "{}", run.stderr);
}

#[test]
fn a_million_mistakes_take_little_time_and_paper() {
    let (_here, project) = example("hello");
    let mut text = String::new();
    for component in 0..5 {
        let _ = write!(
            text,
            "---\napiVersion: oam.dev/v1beta1\nkind: Component\nmetadata: {{name: c{component}}}\nspec:\n  type: webservice\n  properties:\n    image: i\n    env:\n"
        );
        for index in 0..33_000 {
            let _ = writeln!(text, "    - {{nme: A{index}, vlaue: x}}");
        }
    }
    fs::write(project.join("apps/hello/components/million.yaml"), text).unwrap();
    let began = Instant::now();
    let run = oam(&project, ["check"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.stderr.matches("error[").count(), 50, "{}", &run.stderr[..2000]);
    assert!(run.stderr.contains("more than 10000 errors"), "{}", &run.stderr[run.stderr.len() - 400..]);
    assert!(run.stderr.len() < 40_000);
    // A build without optimisation takes a few seconds.
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

#[test]
fn templates_that_never_end_or_grow_without_end_are_stopped() {
    let templates = [
        "{% for a in range(100000) %}{% for b in range(100000) %}{% for c in range(100000) %}x{% endfor %}{% endfor %}{% endfor %}",
        "{{ 'xxxxxxxxxx' | replace('x', y) | replace('y', y) | replace('y', y) | replace('y', y) | replace('y', y) | replace('y', y) }}",
    ];
    for template in templates {
        let (_here, project) = example("hello");
        let definition = format!(
            "apiVersion: core.oam.dev/v1beta1
kind: TraitDefinition
metadata: {{name: endless, annotations: {{definition.oam.dev/description: \"never ends\"}}}}
spec:
  appliesToWorkloads: [deployments.apps]
  schematic:
    minijinja:
      parameters: {{type: object, additionalProperties: false, properties: {{}}}}
      let: {{y: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy}}
      patch: {{metadata: {{annotations: {{a: \"{template}\"}}}}}}
"
        );
        fs::create_dir(project.join("definitions")).unwrap();
        fs::write(project.join("definitions/endless.yaml"), definition).unwrap();
        let binding = "---\napiVersion: oam.dev/v1beta1\nkind: TraitBinding\nmetadata: {name: endless}\nspec: {components: [web], traits: [{type: endless}]}\n";
        fs::write(project.join("apps/hello/traits/endless.yaml"), binding).unwrap();
        let began = Instant::now();
        let run = oam(&project, ["check"]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(run.stderr.contains("error[template-bound]"), "{}", run.stderr);
        assert!(run.stderr.contains("definitions/endless.yaml:10:"), "{}", run.stderr);
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    }
}
