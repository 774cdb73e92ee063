//! Whole projects with one thing wrong: whatever it is, the program ends soon, never panics, and shows first the file in which the mistake was made.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use oam::diag::Sink;
use oam::source::{Role, Sources};
use oam::tree::read_yaml;
use serde_json::{Map, Value as Json, json};

use crate::program::{example, files, oam};

/// A sequence of numbers that is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

/// The documents of a file as plain values.
fn documents(text: &str) -> Vec<Json> {
    let file = Sources::new().add("x.yaml", text.to_owned(), Role::Nobody).unwrap();
    read_yaml(&file, &Sink::new()).iter().map(|document| document.root.to_json()).collect()
}

/// JSON is YAML.
fn write(documents: &[Json]) -> String {
    documents.iter().map(|document| format!("---\n{}\n", serde_json::to_string_pretty(document).unwrap())).collect()
}

/// All places in a document: pointers to values, the document itself left out.
fn places(node: &Json, at: &str, found: &mut Vec<String>) {
    let mut child = |key: &str, node: &Json| {
        let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        found.push(at.clone());
        places(node, &at, found);
    };
    match node {
        Json::Object(map) => map.iter().for_each(|(key, node)| child(key, node)),
        Json::Array(items) => items.iter().enumerate().for_each(|(index, node)| child(&index.to_string(), node)),
        _ => {}
    }
}

fn parent<'a>(document: &'a mut Json, place: &str) -> (&'a mut Json, String) {
    let (above, key) = place.rsplit_once('/').unwrap();
    (document.pointer_mut(above).unwrap(), key.replace("~1", "/").replace("~0", "~"))
}

fn with_typo(word: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    match (dice.roll(3), letters.len()) {
        (_, 0..=1) => letters.push('x'),
        (0, _) => drop(letters.remove(letters.len() / 2)),
        (1, length) => letters.swap(length / 2 - 1, length / 2),
        (_, length) => letters.insert(length / 2, 'q'),
    }
    letters.into_iter().collect()
}

/// Makes one mistake, and says which.
fn mutate(document: &mut Json, dice: &mut Dice) -> String {
    let mut all = Vec::new();
    places(document, "", &mut all);
    let place = all[dice.roll(all.len())].clone();
    let how = dice.roll(6);
    let (above, key) = parent(document, &place);
    match (how, above) {
        (0, Json::Object(map)) => drop(map.shift_remove(&key)),
        (0, Json::Array(items)) => drop(items.remove(key.parse::<usize>().unwrap())),
        (1, Json::Object(map)) => {
            // The order of keys stays.
            let renamed = with_typo(&key, dice);
            let entries: Map<String, Json> =
                std::mem::take(map).into_iter().map(|(known, node)| (if known == key { renamed.clone() } else { known }, node)).collect();
            *map = entries;
        }
        (2, Json::Array(items)) => items.push(items[key.parse::<usize>().unwrap()].clone()),
        (3, Json::Array(items)) => items.reverse(),
        (_, above) => {
            let node = match above {
                Json::Object(map) => &mut map[&key],
                Json::Array(items) => &mut items[key.parse::<usize>().unwrap()],
                _ => unreachable!("a place lies in a container"),
            };
            *node = match (how, &*node) {
                (4, Json::String(text)) => json!(with_typo(text, dice)),
                (5, Json::String(_)) => [json!(7), json!(["a"]), json!({"a": 1}), json!(null), json!("")][dice.roll(5)].clone(),
                (_, Json::Number(number)) => [json!(-1), json!(number.to_string()), json!(1e9), json!(true)][dice.roll(4)].clone(),
                (_, Json::Object(_)) => [json!([]), json!("x"), json!(null), json!(0)][dice.roll(4)].clone(),
                (_, Json::Array(_)) => [json!({}), json!("x"), json!(null), json!([null]), json!([[]])][dice.roll(5)].clone(),
                _ => json!("other"),
            };
        }
    }
    format!("mistake {how} at {place}")
}

/// Whether a file may be told though the mistake is in another one, and why.
fn elsewhere(mutated: &str, told: &str) -> Option<&'static str> {
    let component = |path: &str| path.contains("/components/");
    let operator = |path: &str| path.contains("traits/") || path.contains("/releases/") || path.ends_with("application.yaml");
    Some(match (mutated, told) {
        ("oam.yaml", path) if path.starts_with("environments/") || path.starts_with("clusters/") => {
            "facts are judged by the project's schema"
        }
        ("oam.yaml", _) => "the project says what an application, and what exists outside",
        (here, there) if component(here) && component(there) => "links between components, and one name in two files",
        (here, there) if component(here) && operator(there) => "bindings name components, their parameters, containers and ports",
        (here, there) if operator(here) && component(there) => "a parameter lost its value, or a type does not fit the component",
        (here, there) if operator(here) && operator(there) => "two bindings set one value, or speak of each other",
        (here, _) if here.starts_with("environments/") || here.starts_with("clusters/") => {
            "everything else speaks of environments and their facts"
        }
        (here, _) if here.starts_with("definitions/") => "properties are judged by their type",
        (here, _) if here.starts_with("scopes/") => "scopes judge and change what others write",
        (_, there) if there.starts_with("scopes/") || there.starts_with("definitions/") => "what a scope asks is not there any more",
        _ => return None,
    })
}

/// The path of the first error; `None` if there is no error, an empty path if it has no place.
fn first_error(stdout: &str) -> Option<&str> {
    let line = stdout.lines().find(|line| line.contains("error["))?;
    Some(line.split_once(":").filter(|(path, _)| !path.starts_with("error[")).map_or("", |(path, _)| path))
}

fn mutated_projects(name: &str, count: usize, seed: u64) {
    let (_here, project) = example(name);
    let originals: Vec<(String, String)> = files(&project)
        .into_iter()
        .filter(|(path, _)| path.ends_with(".yaml") && !path.contains("/config/"))
        .map(|(path, text)| (path, String::from_utf8(text).unwrap()))
        .collect();
    let mut dice = Dice(seed);
    let (mut outcomes, mut wrong) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for round in 0..count {
        let (path, text) = &originals[dice.roll(originals.len())];
        let mut documents = documents(text);
        let what = match dice.roll(12) {
            0 if path != "oam.yaml" => {
                fs::remove_file(project.join(path)).unwrap();
                "the file is not there".to_owned()
            }
            1 => {
                documents.push(documents[0].clone());
                fs::write(project.join(path), write(&documents)).unwrap();
                "a document stands there twice".to_owned()
            }
            _ => {
                let index = dice.roll(documents.len());
                let what = mutate(&mut documents[index], &mut dice);
                fs::write(project.join(path), write(&documents)).unwrap();
                format!("{what} of document {index}")
            }
        };
        let (began, run) = (Instant::now(), oam(&project, ["check", "--message-format", "short"]));
        let report = format!("{}{}", run.stdout, run.stderr);
        let told = first_error(&run.stdout);
        let problem = if !matches!(run.code, 0 | 1) || report.contains("panicked") {
            Some(format!("exit code {}", run.code))
        } else if began.elapsed() > Duration::from_secs(20) {
            Some(format!("took {:?}", began.elapsed()))
        } else {
            match told {
                None => None,
                Some("") if path == "oam.yaml" => None,
                Some("") => Some("the first error has no place".to_owned()),
                Some(told) if told == path => None,
                Some(told) => elsewhere(path, told).is_none().then(|| format!("the first error is in {told}")),
            }
        };
        *outcomes.entry(told.map_or("sound", |told| if told == path { "there" } else { "elsewhere" })).or_default() += 1;
        if let Some(problem) = problem {
            wrong.push(format!("{name}, round {round}, {path}: {what}: {problem}\n{report}"));
        }
        fs::write(project.join(path), text).unwrap();
    }
    eprintln!("{name}: {outcomes:?}");
    assert!(wrong.is_empty(), "{} of {count} are wrong\n{}", wrong.len(), wrong[..wrong.len().min(8)].join("\n"));
    // Most mistakes are told, and most of those where they were made.
    let of = |what: &str| outcomes.get(what).copied().unwrap_or_default();
    assert!(of("there") * 2 > count && of("elsewhere") * 4 < count, "{outcomes:?}");
}

fn rounds(count: usize) -> usize {
    std::env::var("MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(count)
}

#[test]
fn a_mistake_in_a_small_project_is_told_where_it_was_made() {
    mutated_projects("hello", rounds(150), 7);
}

#[test]
fn a_mistake_in_a_monorepo_is_told_where_it_was_made() {
    mutated_projects("sock-shop", rounds(60), 11);
}

/// Nothing of the data types leaks: what the helper above writes is read as the same project.
#[test]
fn a_project_in_json_is_the_same_project() {
    let (_here, project) = example("hello");
    let render = |project: &Path| oam(project, ["render", "-o", "-"]).stdout;
    let before = render(&project);
    for (path, text) in files(&project) {
        if path.ends_with(".yaml") {
            let documents = documents(&String::from_utf8(text).unwrap());
            assert!(documents.iter().all(|document| !matches!(document, Json::Null)));
            fs::write(project.join(path), write(&documents)).unwrap();
        }
    }
    assert!(before.len() > 1000 && render(&project) == before);
}
