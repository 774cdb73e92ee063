//! One cause, one diagnostic: a file that cannot be read makes no mistakes of the files that speak of it.

use std::fs;
use std::path::Path;

use crate::program::{example, files, oam};

/// The errors and warnings of a check, as lines.
fn told(project: &Path) -> Vec<String> {
    let run = oam(project, ["check", "--all", "--message-format", "short"]);
    assert!(run.code == 0 || run.code == 1, "exit code {}: {}", run.code, run.stderr);
    let problems = run.stdout.lines().filter(|line| line.contains(": error[") || line.contains(": warning["));
    problems.map(str::to_owned).collect()
}

/// Breaks the first document of a file behind the line that holds its name, as a slip of the hand does.
fn cut(text: &str) -> String {
    let at = text.find("name:").and_then(|name| text[name..].find('\n').map(|end| name + end)).unwrap_or(0);
    format!("{}\n{{[ x\n{}", &text[..at], &text[at..])
}

/// Every file of the examples in turn.
#[test]
fn a_broken_file_is_the_only_one_that_is_told() {
    let mut wrong = Vec::new();
    for name in ["hello", "sock-shop"] {
        let (_here, project) = example(name);
        let before = told(&project);
        assert!(before.iter().all(|line| line.contains(": warning[")), "{name} is sound: {before:?}");
        let documents = files(&project)
            .into_iter()
            .filter(|(path, _)| path.ends_with(".yaml") && path != "oam.yaml" && !path.starts_with('.') && !path.contains("/config/"));
        let documents: Vec<_> = documents.collect();
        assert!(documents.len() > 6);
        for (round, (path, text)) in documents.into_iter().enumerate() {
            let text = String::from_utf8(text).unwrap();
            let mut latin = text.clone().into_bytes();
            latin.insert(text.len() / 2, 0xff);
            let ways: [(&str, Vec<u8>); 4] = [
                ("cut short behind its name", cut(&text).into_bytes()),
                ("not YAML from the start", format!("}}{text}").into_bytes()),
                ("not text", latin),
                ("of an unknown kind", text.replacen("kind: ", "kind: X", 1).into_bytes()),
            ];
            // Of the large project each file in one of the ways, by turns.
            let turn = if name == "hello" { 0..4 } else { round % 4..round % 4 + 1 };
            for (how, broken) in ways.into_iter().skip(turn.start).take(turn.len()) {
                fs::write(project.join(&path), broken).unwrap();
                let mut told = told(&project);
                told.retain(|line| !before.contains(line));
                if told.is_empty() || told.iter().any(|line| !line.starts_with(&format!("{path}:"))) {
                    wrong.push(format!("{name}: {path} is {how}:\n  {}", told.join("\n  ")));
                }
            }
            fs::write(project.join(&path), text).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_no_broken_file_holds_is_told_beside_it() {
    let (_here, project) = example("hello");
    let component = project.join("apps/hello/components/web.yaml");
    let text = fs::read_to_string(&component).unwrap();
    fs::write(&component, cut(&text)).unwrap();
    for (name, selector) in [("right", "components: [web]"), ("typo", "components: [wbe]"), ("other", "environments: [pord]")] {
        let binding = format!(
            "apiVersion: oam.dev/v1beta1\nkind: TraitBinding\nmetadata: {{name: {name}}}\nspec: {{{selector}, traits: [{{type: scaler}}]}}\n"
        );
        fs::write(project.join(format!("apps/hello/traits/{name}.yaml")), binding).unwrap();
    }
    let told = told(&project);
    let mut files: Vec<&str> = told.iter().filter_map(|line| line.split(':').next()).collect();
    files.sort_unstable();
    let expected = ["components/web", "traits/other", "traits/typo"].map(|path| format!("apps/hello/{path}.yaml"));
    assert_eq!(files, expected, "{told:?}");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_told_at_its_place() {
    use std::os::unix::fs::PermissionsExt;
    let (_here, project) = example("hello");
    let path = project.join("environments/dev.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        return; // Root reads everything.
    }
    let told = told(&project);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("environments/dev.yaml:1:1: error[unreadable-file]: cannot read `environments/dev.yaml`: "), "{told:?}");
}
