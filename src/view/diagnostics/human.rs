//! For people: the source line with a caret, other places that matter, whose it is, the way out.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::spot::{Spot, plain, without_c1};
use super::{Style, shown, summary};
use crate::diag::{Diagnostic, Report, Severity};
use crate::source::{Role, SourceFile, Sources};

/// Places of one file further apart than this (in lines) are shown as two pieces, so that cost does not grow with the file.
const NEAR: u32 = 40;
/// A line longer than this (in bytes) is not shown.
const LONG: usize = 4000;

pub(super) fn text(report: &Report, sources: &Sources, style: &Style) -> String {
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() }.term_width(style.width);
    let (diagnostics, hidden) = shown(report, style);
    let mut out = String::new();
    for diagnostic in &diagnostics {
        let text = renderer.render(&[group(diagnostic, sources, style)]);
        // Without a place there are no lines for a bar to stand beside.
        let is_shown = diagnostic.at.is_known() || diagnostic.labels.iter().any(|label| label.at.is_known());
        let stands = |line: &&str| is_shown || without_colors(line).trim() != "|";
        for line in text.lines().filter(stands) {
            out.push_str(line);
            out.push('\n');
        }
        out.push('\n');
    }
    summary::push(&mut out, report, sources, style, hidden);
    let codes: BTreeSet<&str> = diagnostics.iter().map(|d| d.code.as_str()).collect();
    if !codes.is_empty() {
        let codes: Vec<&str> = codes.into_iter().collect();
        let _ = match codes.as_slice() {
            [one] => writeln!(out, "more about it: `oam explain {one}`"),
            _ => writeln!(out, "more about a code: `oam explain CODE` ({})", codes.join(", ")),
        };
    }
    out
}

/// A line as it is seen: without the sequences that change colors.
fn without_colors(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
}

fn group(diagnostic: &Diagnostic, sources: &Sources, style: &Style) -> Group<'static> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(plain(&diagnostic.message)).id(diagnostic.code.as_str()));
    let spot = Spot::of(diagnostic.at, sources, style);
    let role = spot.as_ref().map(|spot| spot.role);
    for piece in pieces(diagnostic, spot, sources, style) {
        group = match piece.snippet() {
            Some(snippet) => group.element(snippet),
            None => group.element(Origin::path(piece.path).line(piece.first as usize).char_column(piece.column as usize)),
        };
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(plain(help)));
    }
    if let Some(role) = role.filter(|role| *role != Role::Nobody) {
        let whose = match role {
            Role::BuiltIn => "the program: a built-in definition".to_owned(),
            role => role.to_string(),
        };
        group = group.element(Level::NOTE.with_name("owner").message(whose));
    }
    if let Some(seen) = seen(&diagnostic.units) {
        group = group.element(Level::NOTE.with_name("seen in").message(plain(&seen)));
    }
    group
}

/// A stretch of lines of one file, with what is marked in it.
struct Piece<'a> {
    file: &'a SourceFile,
    path: String,
    first: u32,
    last: u32,
    column: u32,
    marks: Vec<(Range<usize>, Option<String>, AnnotationKind)>,
}

fn pieces<'a>(diagnostic: &Diagnostic, spot: Option<Spot<'a>>, sources: &'a Sources, style: &Style) -> Vec<Piece<'a>> {
    let owner = spot.as_ref().map(|spot| spot.role);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut add = |spot: Spot<'a>, text: Option<String>, kind: AnnotationKind| {
        let near = |piece: &&mut Piece| {
            piece.path == spot.path && piece.first <= spot.line.saturating_add(NEAR) && spot.line <= piece.last.saturating_add(NEAR)
        };
        // A token over several lines is marked on its first.
        let end = spot.file.line_range(spot.line).map_or(spot.range.end, |line| line.end.max(spot.range.start));
        let range = spot.range.start..spot.range.end.min(end);
        match pieces.iter_mut().find(near) {
            Some(piece) => {
                piece.first = piece.first.min(spot.line);
                piece.last = piece.last.max(spot.line);
                piece.marks.push((range, text, kind));
            }
            None => pieces.push(Piece {
                file: spot.file,
                path: spot.path,
                first: spot.line,
                last: spot.line,
                column: spot.column,
                marks: vec![(range, text, kind)],
            }),
        }
    };
    if let Some(spot) = spot {
        add(spot, diagnostic.note_at.clone(), AnnotationKind::Primary);
    }
    for label in &diagnostic.labels {
        if let Some(spot) = Spot::of(label.at, sources, style) {
            // Whose a place is matters where two roles disagree.
            let whose = if Some(spot.role) == owner { String::new() } else { format!(" ({})", spot.role) };
            add(spot, Some(format!("{}{whose}", label.message)), AnnotationKind::Context);
        }
    }
    pieces
}

impl Piece<'_> {
    fn snippet(&self) -> Option<Snippet<'static, Annotation<'static>>> {
        let start = self.file.line_range(self.first)?.start;
        let end = self.file.line_range(self.last)?.end;
        let window = &self.file.text()[start..end];
        // Nothing can be shown of a file that is empty, or could not be read.
        if self.file.text().is_empty() {
            return None;
        }
        if window.lines().any(|line| line.len() > LONG) {
            return None;
        }
        let marks = self.marks.iter().map(|(range, text, kind)| {
            let span = range.start.clamp(start, end) - start..range.end.clamp(start, end) - start;
            kind.span(span).label(text.as_deref().map(|text| Cow::Owned(plain(text))))
        });
        let snippet = Snippet::source(without_c1(window)).line_start(self.first as usize).path(self.path.clone());
        Some(snippet.annotations(marks.collect::<Vec<_>>()))
    }
}

/// The units in a form that does not grow with the monorepo.
fn seen(units: &[String]) -> Option<String> {
    match units {
        [] => None,
        [..] if units.len() <= 3 => Some(units.join(", ")),
        _ => {
            let part = |index: usize| -> Vec<&str> {
                // What is made once for all applications has no name of an application.
                units
                    .iter()
                    .filter_map(|unit| unit.split('/').nth(index))
                    .filter(|name| !name.starts_with('_'))
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect()
            };
            let count = |names: Vec<&str>, what: &str| match names.as_slice() {
                [one] => format!("{what} {one}"),
                _ if names.len() <= 6 => format!("{} {what}s ({})", names.len(), names.join(", ")),
                _ => format!("{} {what}s ({}, …)", names.len(), names[..5].join(", ")),
            };
            Some(format!("{}, {}", count(part(1), "environment"), count(part(0), "application")))
        }
    }
}
