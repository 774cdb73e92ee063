//! The examples and tests of a definition, run and judged: what does not hold becomes a diagnostic at its line.

use super::expect::{Mismatch, mismatch, pairs};
use super::trial::{Trial, Trials, Use};
use super::vet::suitable;
use crate::catalog::{Definition, DefinitionKind};
use crate::diag::{Diagnostic, Severity, Sink, code};
use crate::kubernetes::Version;
use crate::source::Pos;
use crate::tree::{Dropped, Node, Origin};

/// An example or a test, run.
#[derive(Debug)]
pub struct Tested<'a> {
    /// `the example …`, `the test …`
    pub name: String,
    /// The test as written; none for an example.
    pub test: Option<&'a Node>,
    /// What was rendered.
    pub trial: Trial,
    /// Whether it holds.
    pub holds: bool,
}

impl Tested<'_> {
    /// What the definition's own template left out: `is_own` tells its lines.
    pub fn dropped(&self, is_own: impl Fn(Pos) -> bool) -> impl Iterator<Item = &Dropped> {
        self.trial.dropped.iter().filter(move |dropped| is_own(dropped.at))
    }
}

/// Runs all examples, in each of the versions, and all tests of a definition. What does not hold goes to the sink.
pub fn test<'a>(trials: &Trials<'_>, definition: &'a Definition, versions: &[Version], sink: &Sink) -> Vec<Tested<'a>> {
    let mut all = Vec::new();
    let of = format!("of the {} type `{}`", definition.kind.as_str(), definition.name);
    // What says no component stands on the one of a test, else on one that it applies to.
    let shown_on = definition.tests.iter().find_map(|test| test.field("on")).cloned();
    let needs_one = definition.kind != DefinitionKind::Component && !definition.delivers;
    let shown_on = shown_on.or_else(|| suitable(trials, definition, definition.at).into_iter().next().filter(|_| needs_one));
    for example in &definition.examples {
        let name = format!("the example `{}`", example.title);
        for (index, version) in versions.iter().enumerate() {
            let used = Use {
                definition,
                properties: &example.properties,
                on: example.on.as_ref().or(shown_on.as_ref()),
                environment: example.environment.as_ref(),
                version: *version,
                at: example.properties.origin.at,
            };
            let mut trial = trials.run(&used);
            let unit = if versions.len() > 1 { format!("{name} {of}, Kubernetes {version}") } else { format!("{name} {of}") };
            let holds = tell(&mut trial, &unit, sink);
            if index == 0 {
                all.push(Tested { name: name.clone(), test: None, trial, holds });
            }
        }
    }
    for test in &definition.tests {
        let title = test.field("name").and_then(Node::as_str).unwrap_or_default();
        let name = format!("the test `{title}`");
        let nothing = Node::map(Vec::new(), Origin::written(test.origin.at));
        let used = Use { on: test.field("on").or(shown_on.as_ref()), ..used_in(definition, test, &nothing) };
        let mut trial = trials.run(&used);
        let holds = judge(test, &name, &format!("{name} {of}"), &mut trial, sink);
        all.push(Tested { name, test: Some(test), trial, holds });
    }
    all
}

/// How a test uses its type.
pub fn used_in<'a>(definition: &'a Definition, test: &'a Node, nothing: &'a Node) -> Use<'a> {
    Use {
        definition,
        properties: test.field("properties").unwrap_or(nothing),
        on: test.field("on"),
        environment: test.field("environment"),
        version: Version::DEFAULT,
        at: test.origin.at,
    }
}

/// Whether a test holds; if not, why.
fn judge(test: &Node, name: &str, unit: &str, trial: &mut Trial, sink: &Sink) -> bool {
    let failed = |at: Pos, message: String| Diagnostic::error(code::FAILING_TEST, at, message);
    if let Some(refused) = test.field("refused") {
        let part = refused.as_str().unwrap_or_default();
        let problem = match trial.refusal() {
            Some(message) if message.contains(part) => return true,
            Some(message) => failed(refused.origin.at, format!("{name} is refused for another reason: {message}")),
            None => failed(refused.origin.at, format!("{name} is not refused")),
        };
        sink.push(problem);
        return false;
    }
    if !tell(trial, unit, sink) {
        return false;
    }
    let Some(expected) = test.field("expect") else { return true };
    let objects: Vec<&Node> = trial.objects.iter().map(|object| &object.node).collect();
    let names = || objects.iter().map(|object| name_of(object)).collect::<Vec<_>>().join(", ");
    if expected.items().is_empty() && !objects.is_empty() {
        let problem = failed(expected.origin.at, format!("{name} expects nothing, and there is {}", names()));
        sink.push(problem.help("correct the test, or the template; `oam definition test TYPE --trace` shows what the template left out"));
        return false;
    }
    let mut holds = true;
    for (expected, object) in pairs(expected.items(), &objects) {
        let problem = match object {
            None => {
                let there = if objects.is_empty() { "nothing".to_owned() } else { names() };
                failed(expected.origin.at, format!("{name} expects {}, and there is {there}", name_of(expected)))
            }
            Some(object) => match mismatch(expected, Some(object)) {
                None => continue,
                Some(wrong) => parted(&wrong, object, name),
            },
        };
        sink.push(problem.help("correct the test, or the template; `oam definition test TYPE --trace` shows what the template left out"));
        holds = false;
    }
    holds
}

fn parted(wrong: &Mismatch<'_>, object: &Node, name: &str) -> Diagnostic {
    let field = format!("`{}` of {}", wrong.path, name_of(object));
    let message = match wrong.found {
        None => format!("{name} expects {field}, and it is not there"),
        Some(found) if wrong.expected.is_null() => format!("{name} expects no {field}, and it is {}", short(found)),
        Some(found) => format!("{name} expects {field} to be {}, and it is {}", short(wrong.expected), short(found)),
    };
    let problem = Diagnostic::error(code::FAILING_TEST, wrong.expected.origin.at, message);
    match wrong.found {
        Some(found) if found.origin.at != wrong.expected.origin.at => problem.label(found.origin.at, "made here"),
        _ => problem,
    }
}

/// `Deployment probe`
fn name_of(object: &Node) -> String {
    let text = |path: &[&str]| object.at(path).and_then(Node::as_str);
    match (text(&["kind"]), text(&["metadata", "name"])) {
        (Some(kind), Some(name)) => format!("{kind} `{name}`"),
        (kind, _) => kind.unwrap_or("an object").to_owned(),
    }
}

/// A value in a sentence.
fn short(node: &Node) -> String {
    let json = node.to_json().to_string();
    let text = match node.as_str() {
        Some(text) if !text.contains('\n') && !text.is_empty() && text.len() == json.len() - 2 => text.to_owned(),
        _ => json,
    };
    match text.char_indices().nth(80) {
        Some((cut, _)) => format!("`{}…`", &text[..cut]),
        None => format!("`{text}`"),
    }
}

/// Tells what is wrong with a trial; whether it has no errors.
fn tell(trial: &mut Trial, unit: &str, sink: &Sink) -> bool {
    let mut sound = true;
    for problem in &trial.report.diagnostics {
        sound &= problem.severity != Severity::Error;
        if problem.severity != Severity::Note {
            let problem = Diagnostic { units: Vec::new(), ..problem.clone() };
            sink.push(problem.in_unit(unit));
        }
    }
    sound
}
