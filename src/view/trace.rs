//! What the templates of a type left out, example by example and test by test.
//!
//! Must never know: how it was rendered.

use std::fmt::Write;

use super::diagnostics::plain;

/// A field that is not there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Absent {
    /// Where it would be.
    pub path: String,
    /// Why it is not.
    pub reason: String,
    /// The template's line, as `definitions/x.yaml:12`.
    pub place: String,
}

/// An example or test.
#[derive(Clone, Debug)]
pub struct Traced {
    /// Its type, as `trait scrape`.
    pub of: String,
    /// What it is, as "the test `…`".
    pub name: String,
    /// The objects that it makes.
    pub objects: Vec<String>,
    /// What is left out.
    pub absent: Vec<Absent>,
}

/// The text for people.
pub fn trace_text(all: &[Traced], color: bool) -> String {
    let (bold, dim, end) = if color { ("\x1b[1m", "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
    let mut out = String::new();
    for (index, one) in all.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let objects = if one.objects.is_empty() { "nothing".to_owned() } else { one.objects.join(", ") };
        let _ = writeln!(out, "{bold}{}, {}{end}: {}", plain(&one.of), plain(&one.name), plain(&objects));
        let width = |text: fn(&Absent) -> &str| one.absent.iter().map(|absent| text(absent).chars().count()).max().unwrap_or(0);
        let (path_width, reason_width) = (width(|absent| &absent.path).min(60), width(|absent| &absent.reason).min(60));
        for absent in &one.absent {
            let (path, reason) = (plain(&absent.path), plain(&absent.reason));
            let _ = writeln!(out, "  {path:path_width$}  {reason:reason_width$}  {dim}{}{end}", plain(&absent.place));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_is_not_there_why_and_which_line_would_make_it() {
        let absent =
            |path: &str, reason: &str| Absent { path: path.into(), reason: reason.into(), place: "definitions/scrape.yaml:12".into() };
        let traced = Traced {
            of: "trait scrape".into(),
            name: "the test `a`".into(),
            objects: vec!["Deployment `web`".into()],
            absent: vec![absent("spec.path", "`parameter.path` is not set"), absent("spec", "`$if` is false")],
        };
        let expected = "trait scrape, the test `a`: Deployment `web`
  spec.path  `parameter.path` is not set  definitions/scrape.yaml:12
  spec       `$if` is false               definitions/scrape.yaml:12
";
        assert_eq!(trace_text(&[traced], false), expected);
    }
}
