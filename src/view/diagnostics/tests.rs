use super::*;
use crate::diag::{Sink, code};
use crate::source::{Pos, Role, SourceFile};
use std::sync::Arc;

fn project() -> (Sources, Arc<SourceFile>, Arc<SourceFile>) {
    let mut sources = Sources::new();
    let orders =
        sources.add("apps/orders/components/orders.yaml", "spec:\n  properties:\n    imgae: é/orders:1\n", Role::Developer).unwrap();
    let binding = sources.add("traits/all, of: us%.yaml", "spec:\n\treplicas: 3\r\n", Role::AppOperator).unwrap();
    (sources, orders, binding)
}

fn report(of: impl FnOnce(&Sink)) -> Report {
    let sink = Sink::new();
    of(&sink);
    sink.take()
}

fn at(file: &SourceFile, needle: &str) -> Pos {
    file.pos(file.text().find(needle).unwrap())
}

#[test]
fn people_see_the_line_the_other_place_the_owner_and_the_way_out() {
    let (sources, orders, binding) = project();
    let report = report(|sink| {
        let units = ["a/dev", "a/prod", "b/dev", "b/prod"];
        for unit in units {
            sink.push(
                Diagnostic::error(code::UNKNOWN_FIELD, at(&orders, "imgae"), "unknown field `imgae`")
                    .here("not a property of `webservice`")
                    .label(at(&binding, "replicas"), "wanted here")
                    .suggest("imgae", ["image"])
                    .in_unit(unit),
            );
        }
    });
    let text = text(&report, &sources, &Style::default());
    for part in [
        "error[unknown-field]: unknown field `imgae`",
        "--> apps/orders/components/orders.yaml:3:5",
        "3 |     imgae: é/orders:1",
        "not a property of `webservice`",
        "::: traits/all, of: us%.yaml:2:2",
        "wanted here (app-operator)",
        "help: did you mean `image`?",
        "owner: developer",
        "seen in: 2 environments (dev, prod), 2 applications (a, b)",
        "\n1 error: 1 for the developer\n",
        "`oam explain unknown-field`",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn hostile_text_reaches_no_terminal() {
    let mut sources = Sources::new();
    let file = sources.add("a\u{1b}[31m.yaml", "x: \u{1b}[2Jé\u{202e}\u{9b}\n", Role::Developer).unwrap();
    let report = report(|sink| {
        for offset in 0..=file.text().len() {
            let at = file.pos(offset);
            sink.push(Diagnostic::error(code::UNKNOWN_FIELD, at, "bad \u{1b}[0m").help("\u{7}x").here("\u{1b}y").label(at, "\u{9b}z"));
        }
    });
    for format in [Format::Human, Format::Short] {
        let text = text(&report, &sources, &Style { format, ..Style::default() });
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text}");
    }
}

#[test]
fn errors_are_never_hidden_behind_warnings() {
    let (sources, orders, _) = project();
    let report = report(|sink| {
        for i in 0..60 {
            sink.push(Diagnostic::warning(code::UNKNOWN_FIELD, orders.pos(0), format!("warning {i:02}")));
        }
        sink.push(Diagnostic::error(code::UNKNOWN_FIELD, at(&orders, "imgae"), "the error"));
        sink.push(Diagnostic::note(code::UNKNOWN_FIELD, Pos::NOWHERE, "no place"));
    });
    let short = Style { format: Format::Short, ..Style::default() };
    let some = text(&report, &sources, &short);
    assert_eq!(some.lines().count(), SHOWN + 1);
    assert!(some.contains("apps/orders/components/orders.yaml:3:5: error[unknown-field]: the error\n"), "{some}");
    assert!(some.ends_with("1 error, 60 warnings, 1 note: 61 for the developer (12 more not shown; `--all` shows them)\n"), "{some}");
    let all = text(&report, &sources, &Style { all: true, ..short.clone() });
    assert_eq!(all.lines().count(), 63);
    assert!(all.contains("\nnote[unknown-field]: no place\n"), "{all}");
    let errors = text(&report, &sources, &Style { errors_only: true, ..short });
    assert_eq!(errors.lines().count(), 2, "{errors}");
}

#[test]
fn workflow_commands_escape_what_the_runner_would_read() {
    let (sources, _, binding) = project();
    let report = report(|sink| {
        sink.push(Diagnostic::note(code::UNKNOWN_FIELD, at(&binding, "replicas"), "100% of\nit: a, b").in_unit("a/dev"));
        sink.push(Diagnostic::error(code::UNKNOWN_FIELD, Pos::NOWHERE, "nowhere"));
    });
    let style = Style { format: Format::Github, prefix: "shop/".into(), ..Style::default() };
    let text = text(&report, &sources, &style);
    let mut lines = text.lines();
    let first = lines.next().unwrap();
    assert!(first.starts_with("::notice file=shop/traits/all%2C of%3A us%25.yaml,line=2,col=2,endColumn="), "{first}");
    assert!(first.ends_with(",title=unknown-field (app-operator)::100%25 of%0Ait: a, b%0Aseen in: a/dev"), "{first}");
    assert_eq!(lines.next(), Some("::error title=unknown-field::nowhere"));
}

#[test]
fn json_and_sarif_say_the_same_as_the_report() {
    let (sources, orders, binding) = project();
    let report = report(|sink| {
        let place = at(&binding, "replicas");
        sink.push(Diagnostic::error(code::UNKNOWN_FIELD, at(&orders, "imgae"), "unknown").label(place, "here").suggest("imgae", ["image"]));
        sink.push(Diagnostic::warning(code::UNKNOWN_FIELD, place, "probably"));
        sink.push(Diagnostic::warning(code::UNKNOWN_FIELD, Pos::NOWHERE, "nowhere"));
    });
    let of = |format| -> serde_json::Value {
        serde_json::from_str(&text(&report, &sources, &Style { format, ..Style::default() })).expect("valid JSON")
    };
    let json = of(Format::Json);
    assert_eq!(json["version"], 1);
    let first = &json["diagnostics"][0];
    assert_eq!((&first["place"]["line"], &first["place"]["column"]), (&3.into(), &5.into()));
    assert_eq!((&first["owner"], &first["replacement"]), (&"developer".into(), &"image".into()));
    assert_eq!(first["related"][0]["owner"], "app-operator");
    assert!(json["diagnostics"][2].get("place").is_none());
    assert_eq!(json["summary"]["warnings"], 2);

    let sarif = of(Format::Sarif);
    let run = &sarif["runs"][0];
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 1, "only broken rules");
    assert_eq!(
        run["results"][0]["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "traits/all%2C%20of%3A%20us%25.yaml"
    );
    assert_eq!(run["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"], "image");
    assert_eq!(run["results"][2]["locations"], serde_json::json!([]));
}

#[test]
fn a_report_of_nothing_is_silent_to_people_and_whole_for_machines() {
    let (sources, ..) = project();
    for (format, empty) in
        [(Format::Human, true), (Format::Short, true), (Format::Github, true), (Format::Json, false), (Format::Sarif, false)]
    {
        assert_eq!(text(&Report::default(), &sources, &Style { format, ..Style::default() }).is_empty(), empty);
    }
}

#[test]
fn a_huge_line_or_a_far_label_costs_nothing() {
    let mut sources = Sources::new();
    let long = format!("a: {}\n{}b: 1\n", "x".repeat(1 << 20), "#\n".repeat(100_000));
    let file = sources.add("big.yaml", long, Role::Developer).unwrap();
    let report = report(|sink| {
        sink.push(Diagnostic::error(code::UNKNOWN_FIELD, file.pos(1), "long line"));
        sink.push(Diagnostic::error(code::UNKNOWN_FIELD, at(&file, "b: 1"), "far").label(file.pos(0), "there"));
    });
    let text = text(&report, &sources, &Style::default());
    assert!(text.len() < 3000, "{}", text.len());
    assert!(text.contains("big.yaml:100002:1") && text.contains("big.yaml:1:2"), "{text}");
}
