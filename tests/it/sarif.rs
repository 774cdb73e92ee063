//! What the commands write with `--message-format sarif` fits the published schema, with problems and without. `tests/sarif/README.md` says
//! where the schema is from.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{example, oam};

fn schema() -> jsonschema::Validator {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sarif/sarif-2.1.0-rtm.5.json");
    // One of its patterns has a bracket too many, which regular expressions of today refuse.
    let text = fs::read_to_string(file).unwrap().replace("^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "^[a-zA-Z]{2}-[a-zA-Z]{2}?$");
    let schema: Value = serde_json::from_str(&text).unwrap();
    jsonschema::options().should_validate_formats(false).build(&schema).unwrap()
}

/// Runs a command in a folder, and holds its report against the schema; returns how many results it has.
fn results(schema: &jsonschema::Validator, folder: &Path, args: &[&str]) -> usize {
    let all = args.iter().chain(&["--message-format", "sarif"]).copied();
    let run = oam(folder, all);
    // The report is the result of some commands, and accompanies that of others.
    let text = [&run.stdout, &run.stderr].into_iter().find(|text| text.trim_start().starts_with('{'));
    let text = text.unwrap_or_else(|| panic!("{args:?} writes no report: {}{}", run.stdout, run.stderr));
    let end = text.rfind('}').unwrap() + 1;
    let report: Value = serde_json::from_str(&text[..end]).unwrap_or_else(|error| panic!("{args:?}: {error}: {text}"));
    let wrong: Vec<String> = schema.iter_errors(&report).map(|error| format!("{} at {}", error, error.instance_path())).collect();
    assert!(wrong.is_empty(), "{args:?}: {}", wrong.join("\n"));
    report["runs"][0]["results"].as_array().unwrap().len()
}

#[test]
fn reports_fit_the_published_schema() {
    let schema = schema();
    let refused = serde_json::json!({"version": "2.1.0", "runs": [{"results": []}]});
    assert!(!schema.is_valid(&refused), "the schema refuses what has no tool");

    let here = tempfile::tempdir().unwrap();
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}], selector: {a: b}}\n";
    fs::write(here.path().join("sound.yaml"), service).unwrap();
    fs::write(
        here.path().join("broken.yaml"),
        service.replace("port: 80", "port: 99999").replace("name: a}", "name: b, labels: {\"a b\": c}}"),
    )
    .unwrap();
    fs::write(here.path().join("unread.yaml"), "a: [\n").unwrap();
    assert_eq!(results(&schema, here.path(), &["validate", "sound.yaml"]), 0);
    assert_eq!(results(&schema, here.path(), &["validate", "broken.yaml"]), 2);
    assert!(results(&schema, here.path(), &["validate", "."]) > 2);

    let (_kept, project) = example("hello");
    assert_eq!(results(&schema, &project, &["check"]), 0);
    let component = project.join("apps/hello/components/web.yaml");
    let text = fs::read_to_string(&component).unwrap();
    fs::write(&component, text.replace("image:", "imaje:")).unwrap();
    for command in [&["check"][..], &["render", "--check"], &["list"]] {
        assert!(results(&schema, &project, command) > 0, "{command:?}");
    }
}
