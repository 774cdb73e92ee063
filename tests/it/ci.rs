//! `examples/ci/`: held to the schemas of the hosts, and every command in it run.

use std::fs;
use std::path::Path;
use std::process::Command;

use oam::diag::Sink;
use oam::source::{Role, Sources};
use oam::tree::{Node, read_yaml};

use crate::cli::meanwhile;
use crate::program::{example, oam, root};

fn yaml(path: &str) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(root().join(path)).unwrap();
    let file = Sources::new().add(path.to_owned(), text, Role::Nobody).unwrap();
    let sink = Sink::new();
    let documents = read_yaml(&file, &sink);
    assert!(!sink.has_errors(), "{path}: {:?}", sink.take().diagnostics);
    documents.iter().map(|document| Node::to_json(&document.root)).collect()
}

/// What a schema says against a file.
fn against(schema: &str, path: &str) -> Vec<String> {
    let schema: serde_json::Value = serde_json::from_str(&fs::read_to_string(root().join("tests/ci").join(schema)).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    yaml(path).iter().flat_map(|document| validator.iter_errors(document).map(|error| error.to_string()).collect::<Vec<_>>()).collect()
}

#[test]
fn the_hosts_own_schemas_take_the_files() {
    for (schema, path) in [
        ("github-workflows.json", "examples/ci/github.yaml"),
        ("github-workflows.json", "examples/hello/.github/workflows/oam.yaml"),
        ("gitlab-ci.json", "examples/ci/gitlab-ci.yml"),
    ] {
        assert_eq!(against(schema, path), Vec::<String>::new(), "{path}");
    }
    // They are no rubber stamps.
    assert!(!against("github-workflows.json", "examples/ci/tekton.yaml").is_empty());
    assert!(!against("gitlab-ci.json", "examples/ci/github.yaml").is_empty());
    let run = oam(root(), ["validate", "examples/ci/tekton.yaml"]);
    assert_eq!(run.code, 0, "{}{}", run.stderr, run.stdout);
}

/// All texts under a key, wherever it stands.
fn texts(node: &serde_json::Value, keys: &[&str], found: &mut Vec<String>) {
    match node {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                match value {
                    serde_json::Value::String(text) if keys.contains(&key.as_str()) => found.push(text.clone()),
                    serde_json::Value::Array(lines) if keys.contains(&key.as_str()) => {
                        found.push(lines.iter().filter_map(|line| line.as_str()).collect::<Vec<_>>().join("\n"));
                    }
                    value => texts(value, keys, found),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| texts(item, keys, found)),
        _ => {}
    }
}

/// The scripts of a file.
fn scripts(path: &str) -> Vec<String> {
    let mut found = Vec::new();
    if path.ends_with("Jenkinsfile") {
        let text = fs::read_to_string(root().join(path)).unwrap();
        assert_eq!(text.matches('{').count(), text.matches('}').count(), "{path}");
        for rest in text.split("sh '").skip(1) {
            let (script, end) = match rest.strip_prefix("''") {
                Some(long) => (long, "'''"),
                None => (rest, "'"),
            };
            found.push(script.split(end).next().unwrap().to_owned());
        }
        return found;
    }
    yaml(path).iter().for_each(|document| texts(document, &["run", "script"], &mut found));
    found
}

#[test]
fn every_script_is_one_and_every_command_of_it_runs() {
    let (here, project) = example("sock-shop");
    meanwhile(
        &project,
        "git init -q -b main . && git config user.name somebody && git config user.email somebody@example.com && git config commit.gpgsign false && \
         printf 'rendered/\\n' > .gitignore && git add . && git commit -q -m one && git init -q --bare -b main ../config.git && git checkout -q -b change",
    );
    assert_eq!(oam(&project, ["render"]).code, 0);
    let program = Path::new(env!("CARGO_BIN_EXE_oam")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    for file in ["examples/ci/github.yaml", "examples/ci/gitlab-ci.yml", "examples/ci/tekton.yaml", "examples/ci/Jenkinsfile"] {
        let scripts = scripts(file);
        let mut seen = Vec::new();
        for script in &scripts {
            let judged = Command::new("sh").args(["-n", "-c", script]).output().unwrap();
            assert!(judged.status.success(), "{file}: {}\n{script}", String::from_utf8_lossy(&judged.stderr));
            for line in script.lines().map(str::trim).filter(|line| line.starts_with("oam ")) {
                seen.push(line.split_whitespace().nth(1).unwrap().to_owned());
                let run = Command::new("sh")
                    .args(["-c", &format!("set -- --author ada; {line}")])
                    .current_dir(&project)
                    .env("PATH", &path)
                    .env("BASE", "main")
                    .env("CONFIG_URL", here.path().join("config.git"))
                    .env("GIT_CONFIG_GLOBAL", "/dev/null")
                    .envs(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|name| (name, "oam")))
                    .envs(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|name| (name, "oam@example.com")))
                    .output()
                    .unwrap();
                let said = String::from_utf8_lossy(&run.stderr);
                assert_eq!(run.status.code(), Some(0), "{file}: {line}\n{said}");
                if line.starts_with("oam preview") {
                    let comment = fs::read_to_string(project.join("preview.md")).unwrap();
                    assert!(comment.starts_with("<!-- oam preview -->\n"), "{comment}");
                }
            }
        }
        for command in ["vendor", "check", "owners", "preview", "publish"] {
            assert!(seen.iter().any(|known| known == command), "{file} runs {seen:?}, and no `oam {command}`");
        }
    }
}
