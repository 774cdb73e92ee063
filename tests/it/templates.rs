//! The rules of definition templates, case by case: `tests/templates/*.yaml`, one document each (see its README).

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use oam::diag::{Diagnostic, Severity, Sink};
use oam::kubernetes::{Schemas, Version};
use oam::shape::{self, NoReferences};
use oam::source::{Pos, Role, Sources};
use oam::template::{self, FragmentSource, Fragments, Output, Parts, PatchTarget, Per, Rendered, Scope, Sections};
use oam::tree::{Document, Entry, Fill, Key, Node, Origin, Tags, UnitLog, read_yaml};

struct Library {
    fragments: Node,
    tags: Arc<Tags>,
}

impl Fragments for Library {
    fn fragment(&self, name: &str) -> Option<FragmentSource> {
        Some(FragmentSource { node: self.fragments.field(name)?.clone(), tags: self.tags.clone() })
    }

    fn names(&self) -> Vec<String> {
        self.fragments.entries().iter().map(|entry| entry.key.to_string()).collect()
    }
}

struct Run {
    diagnostics: Vec<Diagnostic>,
    rendered: Option<Rendered>,
    log: UnitLog,
}

fn empty() -> Node {
    Node::map(Vec::new(), Origin::default())
}

fn run(case: &Document) -> Run {
    let root = &case.root;
    let field = |key: &str| root.field(key).cloned();
    let (sink, mut log) = (Sink::new(), UnitLog::default());
    log.keeps_dropped = true;
    let schematic = root.field("schematic").expect("a case has a schematic");
    let parameters = shape::compile(schematic.field("parameters").unwrap_or(&empty()), &NoReferences, &sink).expect("a sound schema");
    let parameters = Arc::new(parameters);
    let schemas = Schemas::bundled(Version::NEWEST);
    let library = Library { fragments: field("fragments").unwrap_or_else(empty), tags: Arc::new(case.tags.clone()) };
    let text = |node: &Node, key: &str| node.field(key).and_then(Node::as_str).unwrap_or_default().to_owned();
    let targets: Vec<(String, String)> =
        field("targets").map(|list| list.items().iter().map(|t| (text(t, "apiVersion"), text(t, "kind"))).collect()).unwrap_or_default();
    let facts = field("facts").map(|schema| {
        let entry = Entry {
            key: Key::new("properties"),
            key_at: Pos::NOWHERE,
            node: Node::map(vec![Entry { key: Key::new("facts"), key_at: Pos::NOWHERE, node: schema }], Origin::default()),
        };
        Arc::new(shape::compile(&Node::map(vec![entry], Origin::default()), &NoReferences, &sink).expect("a sound schema"))
    });
    let parts = Parts {
        parameters: &parameters,
        context: facts.as_ref(),
        context_names: &[],
        fragments: &library,
        kubernetes: &schemas,
        targets: &targets,
    };
    let Some(compiled) = template::compile(schematic, &case.tags, &parts, &sink) else {
        return Run { diagnostics: sink.take().diagnostics, rendered: None, log };
    };
    let parameter = parameters.fill_defaults(field("properties").unwrap_or_else(empty));
    if field("valid").is_none_or(|valid| valid.as_bool() != Some(false)) {
        parameters.validate(&parameter, "properties", &sink);
    }
    let output = field("workload").map(|workload| {
        let kind = schemas.kind_of(&workload).map(|kind| kind.shapes().clone());
        (workload, kind)
    });
    let outputs = field("others").map(|o| o.entries().iter().map(|entry| (entry.key, entry.node.clone())).collect()).unwrap_or_default();
    let scope = Scope { parameter: Some(parameter), context: field("context"), output, outputs };
    let per = field("per").and_then(|per| Per::ALL.iter().find(|(name, _)| Some(*name) == per.as_str()).map(|(_, per)| *per));
    let rendered = compiled.evaluate(Sections { per, ..Sections::ALL }, &scope, &sink, &mut log);
    Run { diagnostics: sink.take().diagnostics, rendered, log }
}

/// What came out, as one value: `output`, `outputs` by name, and so on, each where there is one.
fn result(rendered: &Rendered) -> Node {
    let mut out = empty();
    let mut set = |key: &str, node: Node| out.set(Key::new(key), Pos::NOWHERE, node);
    for (key, node) in [("output", &rendered.output), ("patch", &rendered.patch), ("podPatch", &rendered.pod_patch)] {
        if let Some(node) = node {
            set(key, node.clone());
        }
    }
    if !rendered.outputs.is_empty() {
        let entry = |output: &Output| Entry { key: output.name, key_at: output.at, node: output.node.clone() };
        set("outputs", Node::map(rendered.outputs.iter().map(entry).collect(), Origin::default()));
    }
    if !rendered.patches.is_empty() {
        let patch = |patch: &oam::template::TargetedPatch| {
            let target = match &patch.target {
                PatchTarget::Workload => "workload".to_owned(),
                PatchTarget::Output(name) => format!("output {name}"),
                PatchTarget::Kind { kind, name } => format!("{kind} {}", name.as_deref().unwrap_or("*")),
            };
            let text =
                |key: &str, text: String| Entry { key: Key::new(key), key_at: Pos::NOWHERE, node: Node::str(text, Origin::default()) };
            let body = Entry { key: Key::new("patch"), key_at: Pos::NOWHERE, node: patch.patch.clone() };
            Node::map(vec![text("target", target), text("type", format!("{:?}", patch.kind)), body], Origin::default())
        };
        set("patches", Node::list(rendered.patches.iter().map(patch).collect(), Origin::default()));
    }
    if let Some(place) = rendered.place {
        set("place", Node::new(oam::tree::Value::Bool(place), Origin::default()));
    }
    out
}

fn find<'n>(node: &'n Node, path: &str) -> Option<&'n Node> {
    path.split('.').try_fold(node, |node, step| {
        let (name, index) = step.split_once('[').map_or((step, None), |(name, index)| (name, Some(index.trim_end_matches(']'))));
        let node = if name.is_empty() { node } else { node.field(name)? };
        index.map_or(Some(node), |index| node.items().get(index.parse::<usize>().ok()?))
    })
}

/// The text at a position.
fn text_at(sources: &Sources, pos: Pos) -> &str {
    sources.locate(pos).map_or("", |place| &place.file.text()[place.offset..])
}

fn check_problems(case: &Node, run: &Run, sources: &Sources, wrong: &mut String) {
    let wanted = case.field("problems").map_or(&[][..], Node::items);
    let shown = |d: &Diagnostic| {
        let at = text_at(sources, d.at).lines().next().unwrap_or_default();
        format!(
            "{:?} {}: {} [at: {at}] help: {:?} labels: {:?}",
            d.severity,
            d.code,
            d.message,
            d.help,
            d.labels.iter().map(|l| &l.message).collect::<Vec<_>>()
        )
    };
    if wanted.len() != run.diagnostics.len() {
        let _ = writeln!(wrong, "  {} problems are wanted, there are {}:", wanted.len(), run.diagnostics.len());
        run.diagnostics.iter().for_each(|d| {
            let _ = writeln!(wrong, "    {}", shown(d));
        });
        return;
    }
    for (want, got) in wanted.iter().zip(&run.diagnostics) {
        for entry in want.entries() {
            let text = entry.node.as_str().unwrap_or_default();
            let same = match entry.key.as_str() {
                "code" => got.code.as_str() == text,
                "says" => got.message.contains(text),
                "help" => got.help.as_deref().is_some_and(|help| help.contains(text)),
                "at" => text_at(sources, got.at).starts_with(text),
                "label" => got.labels.iter().any(|label| text_at(sources, label.at).starts_with(text)),
                "warning" => (got.severity == Severity::Warning) == (entry.node.as_bool() == Some(true)),
                other => panic!("a problem has no `{other}`"),
            };
            if !same {
                let _ = writeln!(wrong, "  `{}: {text}` is wanted, there is\n    {}", entry.key, shown(got));
            }
        }
    }
}

fn check_origins(case: &Node, run: &Run, sources: &Sources, all: &Node, wrong: &mut String) {
    for entry in case.field("origins").map_or(&[][..], Node::entries) {
        let Some(node) = find(all, entry.key.as_str()) else {
            let _ = writeln!(wrong, "  there is no `{}`", entry.key);
            continue;
        };
        if let Some(at) = entry.node.field("at").and_then(Node::as_str)
            && !text_at(sources, node.origin.at).starts_with(at)
        {
            let there = text_at(sources, node.origin.at).lines().next().unwrap_or_default();
            let _ = writeln!(wrong, "  `{}` must come from `{at}`, not `{there}`", entry.key);
        }
        let by: Vec<&str> = run.log.positions(node.origin.by).into_iter().map(|pos| text_at(sources, pos)).collect();
        let wanted: Vec<&str> = entry.node.field("by").map_or(&[][..], Node::items).iter().filter_map(Node::as_str).collect();
        if by.len() != wanted.len() || !by.iter().zip(&wanted).all(|(by, wanted)| by.starts_with(wanted)) {
            let by: Vec<&str> = by.iter().map(|by| by.lines().next().unwrap_or_default()).collect();
            let _ = writeln!(wrong, "  `{}` must be filled by {wanted:?}, not {by:?}", entry.key);
        }
    }
}

fn check(case: &Document, sources: &Sources) -> String {
    let (mut wrong, run) = (String::new(), run(case));
    check_problems(&case.root, &run, sources, &mut wrong);
    let all = run.rendered.as_ref().map(result);
    match (case.root.field("expect"), &all) {
        (Some(wanted), Some(all)) if wanted.value == all.value => {}
        (Some(wanted), Some(all)) => {
            let _ = writeln!(wrong, "  wanted {}\n  got    {}", wanted.to_json(), all.to_json());
        }
        (Some(_), None) => wrong.push_str("  nothing came out\n"),
        (None, Some(_)) if case.root.field("problems").is_none() => wrong.push_str("  the case says neither `expect` nor `problems`\n"),
        (None, _) => {}
    }
    if let Some(all) = &all {
        check_origins(&case.root, &run, sources, all, &mut wrong);
    }
    let wanted: BTreeMap<&str, &str> =
        case.root.field("dropped").map_or(&[][..], Node::entries).iter().filter_map(|e| Some((e.key.as_str(), e.node.as_str()?))).collect();
    if !wanted.is_empty() {
        let got: BTreeMap<&str, &str> = run.log.dropped.iter().map(|dropped| (&*dropped.path, &*dropped.reason)).collect();
        if wanted != got {
            let _ = writeln!(wrong, "  dropped {got:?}, not {wanted:?}");
        }
    }
    wrong
}

fn cases() -> (Sources, Vec<(String, Document)>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    files.sort();
    let (mut sources, mut cases, sink) = (Sources::new(), Vec::new(), Sink::new());
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let file = sources.add(name.clone(), std::fs::read_to_string(&path).unwrap(), Role::InfraOperator).unwrap();
        for case in read_yaml(&file, &sink) {
            let rule = case.root.field("rule").and_then(Node::as_str).unwrap_or_else(|| panic!("{name}: a case says its `rule`"));
            cases.push((format!("{name}: {rule}"), case));
        }
    }
    assert!(!sink.has_errors(), "{:?}", sink.take().diagnostics);
    (sources, cases)
}

#[test]
fn every_case_of_the_suite_holds() {
    let (sources, cases) = cases();
    assert!(cases.len() > 50, "the suite is there");
    let wrong: String = cases
        .iter()
        .filter_map(|(name, case)| {
            let wrong = check(case, &sources);
            (!wrong.is_empty()).then(|| format!("{name}\n{wrong}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn an_evaluation_is_a_function_of_its_inputs() {
    let (_, cases) = cases();
    for (name, case) in &cases {
        let (one, two) = (run(case), run(case));
        assert_eq!(one.diagnostics, two.diagnostics, "{name}");
        let print = |run: &Run| {
            let mut out = String::new();
            if let Some(rendered) = &run.rendered {
                origins(&result(rendered), &mut out);
            }
            out
        };
        assert_eq!(print(&one), print(&two), "{name}");
    }
}

/// Every value with its origin.
fn origins(node: &Node, out: &mut String) {
    let fill = if node.origin.by == Fill::NOTHING { String::new() } else { format!("{:?}", node.origin.by) };
    let _ = write!(out, "{:?}{fill} ", node.origin.at);
    node.items().iter().for_each(|item| origins(item, out));
    for entry in node.entries() {
        let _ = write!(out, "{}: ", entry.key);
        origins(&entry.node, out);
    }
    if !node.is_list() && !node.is_map() {
        let _ = write!(out, "{:?}", node.to_json());
    }
}

/// The language is minijinja's: what both can say, both mean alike.
#[test]
fn expressions_mean_what_they_mean_to_minijinja() {
    let values = serde_json::json!({"list": [3, 1, 2], "text": "Ab", "n": 7, "on": true, "map": {"k": 1, "x": {"y": "z"}}, "items": [{"a": 1}, {"a": 2, "on": true}]});
    let schema = "{list: {}, text: {}, n: {}, on: {}, map: {}, items: {}}";
    let expressions = [
        "1 + 2 * 3 - 4",
        "(1 + 2) * 3",
        "-n + 1",
        "7 // 2",
        "-7 // 2",
        "7 // -2",
        "-7 % 3",
        "7 % -3",
        "7 / 2",
        "2 ** 3 ** 2",
        "-2 ** 2",
        "'a' ~ 1 ~ 'b' | upper",
        "not on or n == 7",
        "not (on and n == 8)",
        "n > 1 and n < 9 or false",
        "1 < 2 == true",
        "'A' in text",
        "9 not in list",
        "'k' in map",
        "'x' if on else 'y'",
        "'x' if not on else 'y' if n == 7 else 'z'",
        "list | sort | first",
        "list | sort(reverse=true) | list",
        "items | selectattr('on') | map(attribute='a') | list",
        "items | map(attribute='a') | sum",
        "list[0]",
        "list[-1]",
        "list[1:]",
        "list[:-1]",
        "text[0:1]",
        "map.x.y",
        "map['x']['y']",
        "text | lower | replace('a', 'c')",
        "list | length > 2",
        "n is odd",
        "n is not divisibleby 2",
        "n is divisibleby(7)",
        "text is string and n is number",
        "[1, 'a', [2]] == [1, 'a', [2]]",
        "{'a': 1}.a",
        "list is sequence",
        "n | float",
        "'3' | int + 1",
        "list + [4]",
        "text and n",
        "none or 'd'",
        "none is none",
        "nothing is defined",
        "1_000 + 1",
        "1e3",
        "list | join('-')",
        "items | first | items | list",
        "n if on and list else 0",
    ];
    let engine = minijinja::Environment::new();
    let mut wrong = String::new();
    for expression in expressions {
        let theirs = engine.compile_expression(expression).unwrap().eval(minijinja::Value::from(minijinja::value::Serde(&values))).unwrap();
        let theirs = serde_json::to_value(&theirs).unwrap();
        let names: Vec<String> = values.as_object().unwrap().keys().map(|name| format!("{name}: \"{{{{ parameter.{name} }}}}\"")).collect();
        let text = format!(
            "schematic:\n  parameters: {{properties: {schema}}}\n  let: {{{}, nothing: \"{{{{ context.region }}}}\"}}\n  output: {{a: {}}}\nproperties: {values}\n",
            names.join(", "),
            serde_json::to_string(&format!("{{{{ {expression} }}}}")).unwrap(),
        );
        let (mut sources, sink) = (Sources::new(), Sink::new());
        let file = sources.add("x.yaml", text, Role::InfraOperator).unwrap();
        let ours = run(&read_yaml(&file, &sink).remove(0));
        let result = ours.rendered.and_then(|rendered| rendered.output).and_then(|output| Some(output.field("a")?.to_json()));
        if result.as_ref() != Some(&theirs) {
            let _ = writeln!(
                wrong,
                "{expression}: {theirs} for minijinja, here {result:?} {:?}",
                ours.diagnostics.iter().map(|d| &d.message).collect::<Vec<_>>()
            );
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Pieces of which expressions are made, right and wrong ones.
const PIECES: &[&str] = &[
    "parameter",
    ".",
    "list",
    "text",
    "number",
    "map",
    "context",
    "name",
    " ",
    " or ",
    " and ",
    "not ",
    " if ",
    " else ",
    " in ",
    " is ",
    "defined",
    "|",
    "first",
    "join",
    "length",
    "default",
    "merge",
    "sort",
    "select",
    "map(attribute='x')",
    "selectattr('x')",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "'t'",
    "0",
    "1",
    "-",
    "+",
    "*",
    "/",
    "//",
    "%",
    "**",
    "~",
    "==",
    "<",
    "}}",
    "{{",
    "{% if 1 %}",
    "{% endif %}",
    "{% for x in parameter.list %}",
    "{% endfor %}",
    "range(3)",
    "parameter.list",
    "parameter.text",
    "parameter.number",
    "parameter.map.x",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..proptest::prelude::ProptestConfig::default() })]

    /// Whatever stands in a scalar, compiling and evaluating it ends, and says the same twice.
    #[test]
    fn any_scalar_is_evaluated_or_told(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..12), bare: bool) {
        let inside: String = pieces.concat();
        let scalar = if bare { format!("{{{{ {inside} }}}}") } else { inside };
        let text = format!(
            "schematic:\n  parameters: {{properties: {{list: {{}}, text: {{type: string}}, number: {{type: integer}}, map: {{type: object}}}}}}\n  \
             output: {{a: {}}}\nproperties: {{list: [1, b, {{x: 1}}], text: t, number: 3}}\ncontext: {{name: c}}\n",
            serde_json::to_string(&scalar).unwrap()
        );
        let (mut sources, sink) = (Sources::new(), Sink::new());
        let file = sources.add("x.yaml", text, Role::InfraOperator).unwrap();
        let case = read_yaml(&file, &sink).remove(0);
        let (one, two) = (run(&case), run(&case));
        proptest::prop_assert_eq!(&one.diagnostics, &two.diagnostics);
        let errors = one.diagnostics.iter().any(|d| d.severity == Severity::Error);
        proptest::prop_assert_eq!(errors, one.rendered.is_none(), "{:?}", one.diagnostics);
        proptest::prop_assert_eq!(one.rendered.map(|r| result(&r).to_json()), two.rendered.map(|r| result(&r).to_json()));
    }
}
