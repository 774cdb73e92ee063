//! The command line: what is printed where, and how it exits. `tests/cli/*.txt` are recorded sessions:
//!
//! ```text
//! # what it is about
//! @ hello                 (a copy of examples/hello; without it an empty directory)
//! % sed -i s/a/b/ FILE    (what a person does meanwhile, by `sh`; must succeed, its output is not recorded)
//! $ oam check prdo
//! ! a line of stderr
//! a line of stdout
//! ? 2                     (the exit code, if it is not 0)
//! ```

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use crate::program::{Run, command, copy, example, files, oam, root, updating};

#[test]
fn sessions_are_as_recorded() {
    let mut sessions: Vec<_> = fs::read_dir(root().join("tests/cli")).unwrap().map(|entry| entry.unwrap().path()).collect();
    sessions.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    sessions.sort();
    assert!(!sessions.is_empty());
    let mut wrong = Vec::new();
    for session in sessions {
        let recorded = fs::read_to_string(&session).unwrap();
        let played = play(&recorded);
        if updating() {
            fs::write(&session, &played).unwrap();
        } else if played != recorded {
            wrong.push(format!("{}: it is now (UPDATE=1 records it):\n{played}", session.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A text without what changes with every edit of an example or a built-in type: ids of commits, lines of built-in files.
fn lasting(text: &str) -> String {
    let is_id =
        |word: &str| matches!(word.len(), 10 | 40) && word.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let one = |word: &str| match word.trim_end() {
        bare if bare.starts_with("builtin/") => match bare.find(".yaml:") {
            Some(at) => word.replace(&bare[at..], ".yaml:LINE"),
            None => word.to_owned(),
        },
        bare => match bare.split(['`', '@', ':']).find(|part| is_id(part)) {
            Some(id) => word.replace(id, "COMMIT"),
            None => word.to_owned(),
        },
    };
    text.split_inclusive([' ', '\n']).map(one).collect()
}

/// Runs a command of the shell, with a git that is nobody's.
pub fn meanwhile(directory: &Path, typed: &str) {
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", typed]).current_dir(directory).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        shell.env(format!("GIT_{who}_NAME"), "somebody").env(format!("GIT_{who}_EMAIL"), "somebody@example.com");
        shell.env(format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z");
    }
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{typed}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The session as it runs today.
fn play(recorded: &str) -> String {
    let here = tempfile::tempdir().unwrap();
    let directory = here.path().join("project");
    fs::create_dir(&directory).unwrap();
    let mut played = String::new();
    for line in recorded.lines() {
        if let Some(name) = line.strip_prefix("@ ") {
            copy(&root().join("examples").join(name), &directory);
            played.push_str(&format!("{line}\n"));
        } else if let Some(typed) = line.strip_prefix("% ") {
            if !played.is_empty() && !played.ends_with("\n\n") && !played.lines().last().is_some_and(|last| last.starts_with("% ")) {
                played.push('\n');
            }
            played.push_str(&format!("{line}\n"));
            meanwhile(&directory, typed);
        } else if let Some(typed) = line.strip_prefix("$ ") {
            if !played.is_empty() && !played.ends_with("\n\n") && !played.lines().last().is_some_and(|last| last.starts_with("% ")) {
                played.push('\n');
            }
            played.push_str(&format!("{line}\n"));
            let mut words = typed.split_whitespace();
            assert_eq!(words.next(), Some("oam"), "a session runs `oam`: {typed}");
            let Run { code, stdout, stderr } = oam(&directory, words);
            let text: String =
                stderr.lines().map(|line| format!("! {line}\n")).chain(stdout.lines().map(|line| format!("{line}\n"))).collect();
            played.push_str(&lasting(&text.replace(&*here.path().to_string_lossy(), "")));
            if code != 0 {
                played.push_str(&format!("? {code}\n"));
            }
        } else if line.starts_with("# ") && !played.contains("\n$ ") {
            played.push_str(&format!("{line}\n"));
        }
    }
    played
}

#[test]
fn a_new_project_is_sound_and_renders() {
    let here = tempfile::tempdir().unwrap();
    assert_eq!(oam(here.path(), ["init", "shop"]).code, 0);
    let project = here.path().join("shop");
    for command in [["check"], ["render"]] {
        let run = oam(&project, command);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(!run.stderr.contains("warning") && !run.stderr.contains("note"), "{}", run.stderr);
    }
    for environment in ["dev", "staging", "prod"] {
        let rendered = fs::read_to_string(project.join(format!("rendered/{environment}/hello/deployment-web.yaml"))).unwrap();
        assert!(rendered.starts_with("apiVersion: apps/v1\nkind: Deployment\n"), "{rendered}");
    }
    let again = oam(&project, ["render", "--check"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, ""), "{}", again.stderr);
}

#[test]
fn the_same_bytes_for_any_number_of_threads_locale_and_time_zone() {
    let (_here, project) = example("sock-shop");
    let render = |output: &str, variables: &[(&str, &str)], jobs: &str| {
        let run = command(&project, ["render", "-o", output, "--jobs", jobs]).envs(variables.iter().copied()).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        (files(&project.join(output)), String::from_utf8(run.stderr).unwrap().replace(output, "OUT"))
    };
    let one = render("out-1", &[("TZ", "UTC"), ("LANG", "C")], "1");
    assert!(one.0.len() > 30);
    for (output, jobs, variables) in
        [("out-2", "2", [("TZ", "Asia/Tokyo"), ("LANG", "tr_TR.UTF-8")]), ("out-7", "7", [("TZ", "UTC"), ("LC_ALL", "C")])]
    {
        assert!(render(output, &variables, jobs) == one, "{jobs} threads");
    }
    let stream = oam(&project, ["render", "-o", "-"]).stdout;
    assert!(one.0.iter().filter(|(path, _)| path.ends_with(".yaml")).all(|(_, text)| stream.contains(std::str::from_utf8(text).unwrap())));
}

#[test]
fn nothing_is_written_where_anything_is_wrong() {
    let (_here, project) = example("hello");
    assert_eq!(oam(&project, ["render"]).code, 0);
    let before = files(&project.join("rendered"));
    let component = project.join("apps/hello/components/web.yaml");
    fs::write(&component, fs::read_to_string(&component).unwrap().replace("image:", "imgae:")).unwrap();
    let binding = project.join("apps/hello/traits/web.yaml");
    fs::write(&binding, fs::read_to_string(&binding).unwrap().replace("debug", "info")).unwrap();
    let run = oam(&project, ["render"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("nothing was written"), "{}", run.stderr);
    assert!(files(&project.join("rendered")) == before);
}

#[test]
fn check_tells_what_is_out_of_date_and_exits_with_3() {
    let (_here, project) = example("hello");
    assert_eq!(oam(&project, ["render", "--check"]).code, 3, "nothing was rendered yet");
    assert!(!project.join("rendered").exists(), "--check writes nothing");
    assert_eq!(oam(&project, ["render"]).code, 0);
    let binding = project.join("apps/hello/traits/web.yaml");
    fs::write(&binding, fs::read_to_string(&binding).unwrap().replace("debug", "warn")).unwrap();
    let run = oam(&project, ["render", "--check"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, "would write rendered/dev/hello/deployment-web.yaml\n"));
}

#[test]
fn an_output_that_cannot_be_written_is_told_with_its_path() {
    let (_here, project) = example("hello");
    fs::write(project.join("taken"), "").unwrap();
    let file = oam(&project, ["render", "-o", "taken"]);
    assert!(file.code == 1 && file.stderr.contains("`taken` is a file"), "{}", file.stderr);
    let below = oam(&project, ["render", "-o", "taken/below"]);
    assert!(below.code == 1 && below.stderr.contains("`taken/below` leads through a file, `taken`"), "{}: {}", below.code, below.stderr);
    let within = oam(&project, ["render", "-o", "apps/hello/components/out"]);
    assert!(within.code == 1 && within.stderr.contains("folder of documents"), "{}", within.stderr);
    // Not even root may write there.
    #[cfg(target_os = "linux")]
    {
        let readonly = oam(&project, ["render", "-o", "/proc/oam"]);
        assert!(readonly.code == 4 && readonly.stderr.contains("/proc/oam"), "{}: {}", readonly.code, readonly.stderr);
        let full = command(&project, ["render", "-o", "-"]).stdout(fs::File::create("/dev/full").unwrap()).output().unwrap();
        assert_eq!(full.status.code(), Some(4), "{}", String::from_utf8_lossy(&full.stderr));
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let (_here, project) = example("sock-shop");
    for arguments in [vec!["render", "-o", "-"], vec!["explain", "webservice"], vec!["list"], vec!["man"], vec!["--help"]] {
        let mut child = command(&project, &arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("error") && !stderr.contains("panicked") && !stderr.contains("ipe"), "{arguments:?}: {stderr}");
    }
}

#[test]
fn machines_get_the_report_of_check_on_stdout_and_nothing_else() {
    let (_here, project) = example("hello");
    let component = project.join("apps/hello/components/web.yaml");
    fs::write(&component, fs::read_to_string(&component).unwrap().replace("image:", "imgae:")).unwrap();
    for format in ["json", "sarif"] {
        let run = oam(&project, ["check", "--message-format", format]);
        assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{format}");
        let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let problems = if format == "json" { &json["diagnostics"] } else { &json["runs"][0]["results"] };
        assert!(!problems.as_array().unwrap().is_empty());
    }
    let human = oam(&project, ["check"]);
    assert_eq!(human.stdout, "");
    assert!(human.stderr.contains("apps/hello/components/web.yaml:8:5"), "{}", human.stderr);
    let elsewhere = oam(project.parent().unwrap(), ["-C", "project", "check", "--message-format", "short"]);
    assert!(elsewhere.stdout.contains("project/apps/hello/components/web.yaml:8:5: error[unknown-field]"), "{}", elsewhere.stdout);
    let below = oam(&project.join("apps/hello"), ["check", "--message-format", "github"]);
    assert!(below.stdout.starts_with("::error file=../../apps/hello/components/web.yaml,line=8,col=5,"), "{}", below.stdout);
}

#[test]
fn an_empty_project_says_how_to_begin() {
    let here = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = here.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("oam.yaml", "apiVersion: oam.dev/v1beta1\nkind: Project\nmetadata: {name: shop}\nspec: {applications: [\"apps/*\"]}\n");
    let run = oam(here.path(), ["render"]);
    assert!(run.code == 0 && run.stderr.contains("an application is a folder with `components/`"), "{}", run.stderr);
    assert!(!Path::new(&here.path().join("rendered")).exists());
}
