//! JUnit XML, as CI servers show test results: a test case per file that people wrote, failed where it has an error.

use std::fmt::Write;

use super::spot::{Spot, plain};
use super::{Style, wanted};
use crate::diag::{Diagnostic, Report, Severity};
use crate::source::{Role, Sources};

pub(super) fn text(report: &Report, sources: &Sources, style: &Style) -> String {
    let diagnostics: Vec<(&Diagnostic, Option<Spot>)> =
        wanted(report, style).into_iter().map(|diagnostic| (diagnostic, Spot::of(diagnostic.at, sources, style))).collect();
    let mut cases = String::new();
    let (mut tests, mut failures) = (0, 0);
    let mut case = |name: &str, own: &[&(&Diagnostic, Option<Spot>)]| {
        tests += 1;
        failures += usize::from(self::case(&mut cases, name, own));
    };
    for file in sources.files().iter().filter(|file| file.role() != Role::BuiltIn) {
        let own: Vec<_> =
            diagnostics.iter().filter(|(_, spot)| spot.as_ref().is_some_and(|spot| std::ptr::eq(spot.file, &**file))).collect();
        case(&plain(&format!("{}{}", style.prefix, file.path())), &own);
    }
    let elsewhere = |spot: &Option<Spot>| spot.as_ref().is_none_or(|spot| spot.role == Role::BuiltIn);
    let rest: Vec<_> = diagnostics.iter().filter(|(_, spot)| elsewhere(spot)).collect();
    if !rest.is_empty() {
        case("the run as a whole", &rest);
    }
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\"");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"oam\" {counts}>\n  <testsuite name=\"oam\" {counts}>\n{cases}  \
         </testsuite>\n</testsuites>\n"
    )
}

/// Writes a test case; whether it failed.
fn case(out: &mut String, name: &str, diagnostics: &[&(&Diagnostic, Option<Spot>)]) -> bool {
    let _ = write!(out, "    <testcase classname=\"oam\" name=\"{}\"", escape(name));
    if diagnostics.is_empty() {
        out.push_str("/>\n");
        return false;
    }
    out.push_str(">\n");
    let lines = |errors: bool| {
        let own = diagnostics.iter().filter(|(diagnostic, _)| (diagnostic.severity == Severity::Error) == errors);
        own.map(|(diagnostic, spot)| line(diagnostic, spot.as_ref())).collect::<Vec<_>>()
    };
    let (errors, others) = (lines(true), lines(false));
    let first = diagnostics.iter().find(|(diagnostic, _)| diagnostic.severity == Severity::Error);
    if let Some((first, _)) = first {
        let more = if errors.len() > 1 { format!(" (and {} more)", errors.len() - 1) } else { String::new() };
        let message = escape(&format!("{}{more}", plain(&first.message))).replace('\n', " ");
        let _ = writeln!(out, "      <failure type=\"{}\" message=\"{message}\">{}</failure>", first.code, escape(&errors.join("\n")));
    }
    if !others.is_empty() {
        let _ = writeln!(out, "      <system-out>{}</system-out>", escape(&others.join("\n")));
    }
    out.push_str("    </testcase>\n");
    first.is_some()
}

fn line(diagnostic: &Diagnostic, spot: Option<&Spot>) -> String {
    let place = spot.map_or(String::new(), |spot| format!("{}:{}:{}: ", spot.path, spot.line, spot.column));
    let help = diagnostic.help.as_ref().map_or(String::new(), |help| format!("; {help}"));
    plain(&format!("{place}{}[{}]: {}{help}", diagnostic.severity.as_str(), diagnostic.code, diagnostic.message))
}

/// Text as XML 1.0 takes it; in attributes it has no line breaks.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no way to write these.
            '\u{0}'..='\u{8}' | '\u{b}'..='\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            char => out.push(char),
        }
    }
    out
}
