//! Scalars, bare expressions and loops.

use std::sync::Arc;

use super::Compiler;
use crate::diag::{Diagnostic, code};
use crate::source::Pos;
use crate::template::checks::{Expected, Known};
use crate::template::program::{Bare, Form, Loop};
use crate::template::syntax::{Expr, Part, Scalar, SyntaxError, parse, parse_scalar};
use crate::tree::{Key, Node, Value};

impl Compiler<'_> {
    pub(super) fn syntax(&mut self, at: Pos, error: SyntaxError) {
        let mut diagnostic = Diagnostic::error(code::TEMPLATE_SYNTAX, at, error.message);
        diagnostic.help = error.help;
        self.error(diagnostic);
    }

    /// A string of the template.
    pub(super) fn scalar(&mut self, node: &Node, expected: &Expected) -> (Form, Known) {
        let at = node.origin.at;
        let text = node.as_str().unwrap_or_default();
        if self.tags.is_raw(at) {
            return (Form::Fixed(node.clone()), Known::of(node));
        }
        let forced = self.tags.is_text(at);
        match parse_scalar(text, at) {
            Err(error) => {
                self.syntax(at, error);
                (Form::Broken, Known::Any)
            }
            Ok(Scalar::Plain) => (Form::Fixed(node.clone()), Known::of(node)),
            Ok(Scalar::Value(expr)) if forced => {
                self.infer(&expr, at);
                (Form::Text(self.site(at, ""), vec![Part::Value(expr)]), Known::TEXT)
            }
            Ok(Scalar::Value(expr)) => {
                let known = self.infer(&expr, at);
                let scalar = known.is_scalar(&self.session).then(|| known.types(&self.session)).flatten();
                self.errors |= expected.check(scalar, text, at, self.sink);
                self.hints(&expr, at, false);
                let form = match expr {
                    Expr::Path(path) => {
                        let site = self.site(at, &format!("`{}` is not set", path.text));
                        Form::Path(site, path)
                    }
                    expr => Form::Value(self.site(at, &format!("`{text}` gives nothing")), expr),
                };
                (form, known)
            }
            Ok(Scalar::Text(parts, spaced)) => {
                if spaced && !forced {
                    let warning = Diagnostic::warning(code::TEMPLATE_HINT, at, "white space around the expression makes its value text");
                    self.sink.push(warning.help("remove the white space, or write `!!str` if text is meant"));
                }
                self.parts(&parts, at);
                (Form::Text(self.site(at, ""), parts), Known::TEXT)
            }
        }
    }

    fn parts(&mut self, parts: &[Part], at: Pos) {
        for part in parts {
            match part {
                Part::Literal(_) => {}
                Part::Value(expr) => {
                    self.infer(expr, at);
                    self.hints(expr, at, false);
                }
                Part::If(branches, otherwise) => {
                    for (condition, body) in branches {
                        self.infer(condition, at);
                        self.parts(body, at);
                    }
                    self.parts(otherwise, at);
                }
                Part::For(names, over, body, otherwise) => {
                    let known = self.infer(over, at);
                    let depth = self.names.depth();
                    self.bind_loop(names, &known);
                    self.parts(body, at);
                    self.names.truncate(depth);
                    self.parts(otherwise, at);
                }
            }
        }
    }

    /// Names that a loop over a value binds.
    pub(super) fn bind_loop(&mut self, names: &[Key], over: &Known) {
        let (first, second) = over.rounds(&self.session, names.len());
        for (name, known) in names.iter().zip([first, second]) {
            self.names.push(*name, known);
        }
    }

    /// The text of a bare expression; `{{ … }}` around it is taken off.
    pub(super) fn bare_text<'t>(&mut self, node: &'t Node, key: &str) -> Option<&'t str> {
        let at = node.origin.at;
        match &node.value {
            Value::Str(text) => {
                let text = text.trim();
                let inner = text.strip_prefix("{{").and_then(|text| text.strip_suffix("}}")).filter(|inner| !inner.contains("{{"));
                Some(inner.unwrap_or(text).trim())
            }
            Value::Map(_) | Value::List(_) => {
                let diagnostic =
                    Diagnostic::error(code::TEMPLATE_SYNTAX, at, format!("`{key}` takes an expression, not a {}", node.value.type_name()));
                self.error(diagnostic.help("quote the expression; it stands without `{{ }}`"));
                None
            }
            _ => {
                let diagnostic =
                    Diagnostic::error(code::TEMPLATE_SYNTAX, at, format!("`{key}` takes an expression, not a {}", node.value.type_name()));
                self.error(diagnostic.help("quote the expression"));
                None
            }
        }
    }

    /// `$if`, `that`, `place`: a bare expression. `siblings` are the map's keys, some of which YAML may have cut off.
    pub(super) fn bare(&mut self, node: &Node, key: &str, siblings: &Node) -> Option<Bare> {
        let at = node.origin.at;
        if let Value::Bool(_) = node.value {
            return Some(Bare { expr: Expr::Literal(node.clone()), at, refused: format!("`{key}: false`").into() });
        }
        let text = self.bare_text(node, key)?;
        match parse(text, at) {
            Ok(expr) => {
                self.infer(&expr, at);
                Some(Bare { expr, at, refused: format!("`{key}: {text}` is false").into() })
            }
            Err(error) => {
                self.cut(at, error, key, siblings);
                None
            }
        }
    }

    /// A syntax error; where YAML cut the expression at a comma, the help says so.
    pub(super) fn cut(&mut self, at: Pos, mut error: SyntaxError, key: &str, siblings: &Node) {
        let rest = siblings.entries().iter().find(|entry| entry.node.is_null() && !entry.key.as_str().starts_with('$'));
        if let Some(rest) = rest {
            error.help =
                Some(format!("YAML ends the expression before the comma, and `{}` became a key: quote it: `{key}: \"…\"`", rest.key));
        }
        self.syntax(at, error);
    }

    /// `$for`: one loop or a list of them, which nest. Their names are bound afterwards.
    pub(super) fn loops(&mut self, node: &Node, siblings: &Node) -> Option<Vec<Loop>> {
        let single = std::slice::from_ref(node);
        let all = if node.is_list() { node.items() } else { single };
        let mut out = Vec::new();
        for one in all {
            let at = one.origin.at;
            let text = self.bare_text(one, "$for")?;
            let Some((names, over)) = text.split_once(" in ") else {
                let help = "write `$for: item in parameter.items`";
                let comma = siblings.entries().iter().find(|entry| entry.node.is_null() && entry.key.as_str().contains(" in "));
                let help = match comma {
                    Some(rest) => format!("YAML ends the text at the comma: quote it: `$for: \"{text}, {}\"`", rest.key),
                    None => help.to_owned(),
                };
                self.error(Diagnostic::error(code::TEMPLATE_SYNTAX, at, "`$for` has no `in`").help(help));
                return None;
            };
            let names: Vec<&str> = names.split(',').map(str::trim).collect();
            let valid = |name: &&str| {
                name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name.chars().all(|c| c.is_alphanumeric() || c == '_')
            };
            if names.len() > 2 || !names.iter().all(valid) {
                let diagnostic = Diagnostic::error(code::TEMPLATE_SYNTAX, at, "`$for` binds one name or two");
                self.error(diagnostic.help("write `x in list`, `i, x in list` or `k, v in map`"));
                return None;
            }
            let over = match parse(over, at) {
                Ok(over) => over,
                Err(error) => {
                    self.cut(at, error, "$for", siblings);
                    return None;
                }
            };
            let known = self.infer(&over, at);
            if known.is_scalar(&self.session) {
                self.error(Diagnostic::error(code::TEMPLATE_TYPE, at, "`$for` walks lists and maps, not single values"));
                return None;
            }
            let names: Vec<Key> = names.into_iter().map(Key::new).collect();
            self.bind_loop(&names, &known);
            out.push(Loop { names, over, at });
        }
        Some(out)
    }

    /// `$merge` takes bare expressions beside maps.
    pub(super) fn merge_text(&mut self, node: &Node, siblings: &Node) -> (Form, Known) {
        let at = node.origin.at;
        let Some(text) = self.bare_text(node, "$merge") else { return (Form::Broken, Known::Any) };
        match parse(text, at) {
            Ok(expr) => {
                let known = self.infer(&expr, at);
                let unset: Arc<str> = format!("`{text}` is not set").into();
                let mut site = self.site(at, &unset);
                site.guard = None;
                let form = match expr {
                    Expr::Path(path) => Form::Path(site, path),
                    expr => Form::Value(site, expr),
                };
                (form, known)
            }
            Err(error) => {
                self.cut(at, error, "$merge", siblings);
                (Form::Broken, Known::Any)
            }
        }
    }
}
