//! Applications of KubeVela with one thing wrong: whatever it is, the program does not panic, and every problem is told in the Application,
//! never at a line of a built-in type.

use std::fs;

use oam::diag::Sink;
use oam::source::{Role, Sources};
use oam::tree::read_yaml;
use serde_json::{Map, Value as Json, json};

use crate::program::{oam, root};

/// A sequence of numbers that is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }

    fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len())].clone()
    }
}

fn documents(text: String) -> Vec<Json> {
    let file = Sources::new().add("x.yaml", text, Role::Nobody).unwrap();
    read_yaml(&file, &Sink::new()).iter().map(|document| document.root.to_json()).collect()
}

/// Pointers to all values below `spec`.
fn places(node: &Json, at: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Json)> = match node {
        Json::Object(map) => map.iter().map(|(key, node)| (key.replace('~', "~0").replace('/', "~1"), node)).collect(),
        Json::Array(items) => items.iter().enumerate().map(|(index, node)| (index.to_string(), node)).collect(),
        _ => Vec::new(),
    };
    for (key, node) in children {
        let at = format!("{at}/{key}");
        found.push(at.clone());
        places(node, &at, found);
    }
}

/// Makes one mistake, and says which.
fn mutate(application: &mut Json, dice: &mut Dice) -> String {
    let mut all = Vec::new();
    places(&application["spec"], "/spec", &mut all);
    let place = dice.pick(&all);
    let (above, key) = place.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    let container = application.pointer_mut(above).unwrap();
    let how = dice.pick(&["drop", "typo", "repeat", "type", "negative", "huge", "empty", "nested", "odd", "float", "null"]);
    match (how, &mut *container) {
        ("drop", Json::Object(map)) => drop(map.shift_remove(&key)),
        ("drop", Json::Array(items)) => drop(items.remove(key.parse().unwrap())),
        ("typo", Json::Object(map)) => {
            let entries = std::mem::take(map).into_iter();
            *map =
                entries.map(|(known, node)| if known == key { (format!("{known}s"), node) } else { (known, node) }).collect::<Map<_, _>>();
        }
        ("repeat", Json::Array(items)) => items.push(items[key.parse::<usize>().unwrap()].clone()),
        (how, _) => {
            let value = application.pointer_mut(&place).unwrap();
            let whole = value.clone();
            *value = match how {
                "negative" => json!(-3),
                "huge" => dice.pick(&[json!(1e20), json!(4_294_967_296_u64), json!("x".repeat(300))]),
                "empty" => dice.pick(&[json!(""), json!([]), json!({})]),
                "nested" => dice.pick(&[json!([whole]), json!({"x": whole})]),
                "odd" => dice.pick(&["{{ x }}", "A B", "ü", "a\nb", "-", "/", "..", " x"].map(|text| json!(text))),
                "float" => dice.pick(&[json!(1.5), json!(80.0), json!(0.0)]),
                "null" => json!(null),
                _ => dice.pick(&[json!("x"), json!(5), json!(true), json!(["a"]), json!({"a": 1})]),
            };
        }
    }
    format!("{how} at {place}")
}

#[test]
fn a_mistake_is_told_in_the_application_that_makes_it() {
    let mut cases: Vec<_> = fs::read_dir(root().join("tests/kubevela/cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    let mut dice = Dice(7);
    // `OAM_MUTATIONS=20000` looks longer.
    let count: usize = std::env::var("OAM_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    let here = tempfile::tempdir().unwrap();
    let mut done = 0;
    while done < count {
        // Many in one run, each in a namespace of its own.
        let mut made = Vec::new();
        let mut args = vec!["check".to_owned(), "--message-format".to_owned(), "json".to_owned()];
        for index in 0..50 {
            let case = dice.pick(&cases);
            let mut all = documents(fs::read_to_string(case.join("application.yaml")).unwrap());
            all.retain(|document| document["kind"] == "Application");
            let Some(application) = all.first_mut() else { continue };
            application["metadata"]["name"] = json!(format!("app-{index}"));
            application["metadata"]["namespace"] = json!(format!("space-{index}"));
            let what = mutate(application, &mut dice);
            let name = format!("{index}.yaml");
            // JSON is YAML.
            fs::write(here.path().join(&name), serde_json::to_string_pretty(application).unwrap()).unwrap();
            made.push(format!("{name}: {what} of {}", case.file_name().unwrap().to_string_lossy()));
            args.extend(["-f".to_owned(), name]);
        }
        done += made.len();
        let run = oam(here.path(), &args);
        assert!(run.code == 0 || run.code == 1, "exit code {}: {}\n{}", run.code, run.stderr, made.join("\n"));
        let report: Json = serde_json::from_str(&run.stdout).unwrap();
        for problem in report["diagnostics"].as_array().unwrap() {
            let file = problem["place"]["file"].as_str().unwrap_or("nowhere");
            let told = made.iter().find(|made| made.starts_with(&format!("{file}:")));
            assert!(told.is_some(), "told at {file}: {problem}\n{}", made.join("\n"));
        }
    }
}
