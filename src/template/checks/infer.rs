//! Names, paths, filters, tests and functions of expressions: that they exist, and what they give.

use super::Known;
use crate::diag::{Diagnostic, code};
use crate::shape::{Kind, Types};
use crate::source::Pos;
use crate::template::compile::Compiler;
use crate::template::names;
use crate::template::syntax::{Argument, Expr, Operator, Path};
use crate::tree::{Key, Node, Value};

/// Filters that give some of the items of their input.
const KEEPING: &[&str] = &["list", "reject", "rejectattr", "reverse", "select", "selectattr", "sort", "unique"];
/// Filters whose first argument names a property of the items.
const BY_ATTRIBUTE: &[&str] = &["rejectattr", "selectattr"];
const TEXT: &[&str] = &[
    "b64decode",
    "b64encode",
    "capitalize",
    "dns_name",
    "indent",
    "join",
    "lower",
    "regex_replace",
    "replace",
    "sha256",
    "string",
    "title",
    "to_json",
    "to_quantity",
    "to_yaml",
    "tojson",
    "trim",
    "upper",
];

impl Compiler<'_> {
    /// What is known of an expression's value. Names that are not there are told at `at`.
    pub fn infer(&mut self, expr: &Expr, at: Pos) -> Known {
        match expr {
            Expr::Literal(node) => Known::of(node),
            Expr::Path(path) => self.infer_path(path, at),
            Expr::Attribute(inner, key) => {
                let known = self.infer(inner, at);
                self.infer_key(&known, *key, None, at)
            }
            Expr::Index(inner, index) => {
                let known = self.infer(inner, at);
                match self.infer(index, at) {
                    Known::Types(types) if types == Types::INTEGER => known.item(&self.session),
                    _ => Known::Any,
                }
            }
            Expr::Slice(inner, from, to) => {
                for bound in [from, to].into_iter().flatten() {
                    self.infer(bound, at);
                }
                self.infer(inner, at)
            }
            Expr::List(items) => {
                let items: Vec<Known> = items.iter().map(|item| self.infer(item, at)).collect();
                Known::List(Box::new(items.into_iter().reduce(Known::join).unwrap_or(Known::Any)))
            }
            Expr::Map(entries) => {
                let mut out = Vec::new();
                for (key, value) in entries {
                    self.infer(key, at);
                    let known = self.infer(value, at);
                    if let Expr::Literal(Node { value: Value::Str(key), .. }) = key {
                        out.push((Key::new(key), known));
                    }
                }
                let closed = out.len() == entries.len();
                Known::Map(out, closed)
            }
            Expr::Not(inner) => {
                self.infer(inner, at);
                Known::Types(Types::BOOL)
            }
            Expr::Negate(inner) => {
                self.infer(inner, at);
                Known::Types(Types::NUMBER)
            }
            Expr::And(left, right) | Expr::Or(left, right) => {
                let (left, right) = (self.infer(left, at), self.infer(right, at));
                // `x or []`: the items are those of `x`.
                match (&left, &right) {
                    (Known::Shape(_), Known::List(item)) if matches!(**item, Known::Any) => left,
                    _ => self.either(left, right),
                }
            }
            Expr::If(condition, then, otherwise) => {
                self.infer(condition, at);
                let then = self.infer(then, at);
                match otherwise {
                    Some(otherwise) => {
                        let otherwise = self.infer(otherwise, at);
                        match (&then, &otherwise) {
                            (Known::List(item), _) if matches!(**item, Known::Any) => otherwise,
                            (_, Known::List(item)) if matches!(**item, Known::Any) => then,
                            _ => self.either(then, otherwise),
                        }
                    }
                    None => then,
                }
            }
            Expr::Binary(operator, left, right) => self.infer_operator(*operator, left, right, at),
            Expr::Filter(inner, name, arguments) => self.infer_filter(inner, *name, arguments, at),
            Expr::Test(inner, name, arguments, _) => {
                self.infer(inner, at);
                self.infer_arguments(arguments, at);
                self.exists(name.as_str(), "test", names::TESTS, at);
                Known::Types(Types::BOOL)
            }
            Expr::Call(callee, arguments) => {
                self.infer_arguments(arguments, at);
                self.infer_call(callee, at)
            }
        }
    }

    /// Scalars of two shapes have the types of both.
    fn either(&self, left: Known, right: Known) -> Known {
        if left.is_scalar(&self.session)
            && right.is_scalar(&self.session)
            && let (Some(a), Some(b)) = (left.types(&self.session), right.types(&self.session))
        {
            return Known::Types(a.or(b));
        }
        left.join(right)
    }

    fn infer_arguments(&mut self, arguments: &[Argument], at: Pos) -> Vec<Known> {
        arguments.iter().map(|argument| self.infer(&argument.value, at)).collect()
    }

    fn exists(&mut self, name: &str, what: &str, known: &[&str], at: Pos) -> bool {
        if known.contains(&name) {
            return true;
        }
        let diagnostic = Diagnostic::error(code::UNKNOWN_NAME, at, format!("there is no {what} `{name}`"));
        let mut diagnostic = diagnostic.suggest(name, known.iter().copied());
        // The replacement would replace the whole scalar.
        diagnostic.replacement = None;
        self.error(diagnostic);
        false
    }

    /// What is known of a plain path, without a word about what is wrong with it.
    pub fn quiet_path(&self, path: &Path) -> Option<Known> {
        let mut known = self.names.find(path.root)?.clone();
        for key in &path.keys {
            known = match known {
                Known::Shape(typed) => Known::Shape(self.session.child(Some(typed), *key).ok()??),
                Known::Map(entries, _) => entries.into_iter().find(|(other, _)| other == key)?.1,
                _ => return None,
            };
        }
        Some(known)
    }

    fn infer_path(&mut self, path: &Path, at: Pos) -> Known {
        let Some(root) = self.names.find(path.root).cloned() else {
            let name = path.root.as_str();
            let known: Vec<&str> = self.names.all().collect();
            let mut diagnostic = Diagnostic::error(code::UNKNOWN_NAME, at, format!("there is no variable `{name}`")).suggest(name, known);
            diagnostic.replacement = None;
            if diagnostic.help.is_none() && !self.in_fragment() && self.session.is_property(path.root) {
                diagnostic.help = Some(format!("parameters are read as `parameter.{name}`"));
            }
            self.error(diagnostic);
            return Known::Any;
        };
        let mut known = root;
        for (index, key) in path.keys.iter().enumerate() {
            let before =
                std::iter::once(path.root).chain(path.keys[..index].iter().copied()).map(Key::as_str).collect::<Vec<_>>().join(".");
            known = self.infer_key(&known, *key, Some(&before), at);
        }
        known
    }

    fn infer_key(&mut self, known: &Known, key: Key, before: Option<&str>, at: Pos) -> Known {
        let name = |typed: Option<String>| before.map_or_else(|| typed.unwrap_or_else(|| "the value".into()), str::to_owned);
        let (message, candidates): (String, Vec<&str>) = match known {
            Known::Any => return Known::Any,
            Known::Shape(typed) => match (self.session.child(Some(*typed), key), self.session.kind(Some(*typed))) {
                (_, Kind::Scalar) => {
                    (format!("`{}` is a single value; it has no `{key}`", name(Some(self.session.name_of(*typed)))), vec![])
                }
                (_, Kind::List) => (format!("`{}` is a list; it has no `{key}`", name(Some(self.session.name_of(*typed)))), vec![]),
                (Ok(below), _) => return below.map_or(Known::Any, Known::Shape),
                (Err(()), _) => {
                    (format!("`{}` has no property `{key}`", name(Some(self.session.name_of(*typed)))), self.session.known(*typed))
                }
            },
            Known::Types(_) => (format!("`{}` is a single value; it has no `{key}`", name(None)), vec![]),
            Known::List(_) => (format!("`{}` is a list; it has no `{key}`", name(None)), vec![]),
            Known::Map(entries, closed) => match entries.iter().find(|(other, _)| *other == key) {
                Some((_, known)) => return known.clone(),
                None if !closed => return Known::Any,
                None => (format!("`{}` has no property `{key}`", name(None)), entries.iter().map(|(key, _)| key.as_str()).collect()),
            },
        };
        let mut diagnostic = Diagnostic::error(code::UNKNOWN_NAME, at, message).suggest(key.as_str(), candidates);
        diagnostic.replacement = None;
        self.error(diagnostic);
        Known::Any
    }

    fn infer_operator(&mut self, operator: Operator, left: &Expr, right: &Expr, at: Pos) -> Known {
        let (left, right) = (self.infer(left, at), self.infer(right, at));
        match operator {
            Operator::Concat => Known::TEXT,
            Operator::Add | Operator::Subtract | Operator::Multiply | Operator::DivideWhole | Operator::Remainder | Operator::Power => {
                let whole = |known: &Known| known.types(&self.session) == Some(Types::INTEGER);
                match (left.types(&self.session), right.types(&self.session)) {
                    _ if whole(&left) && whole(&right) => Known::Types(Types::INTEGER),
                    (Some(a), Some(b)) if Types::NUMBER.has(a) && Types::NUMBER.has(b) => Known::Types(Types::NUMBER),
                    _ => Known::Any,
                }
            }
            Operator::Divide => {
                let whole = |known: &Known| known.types(&self.session) == Some(Types::INTEGER);
                if whole(&left) && whole(&right) {
                    let warning = Diagnostic::warning(code::TEMPLATE_HINT, at, "`/` of two integers gives a number with a fraction");
                    self.sink.push(warning.help("`//` gives an integer"));
                }
                Known::Types(Types::NUMBER)
            }
            _ => Known::Types(Types::BOOL),
        }
    }

    fn infer_filter(&mut self, inner: &Expr, name: Key, arguments: &[Argument], at: Pos) -> Known {
        let input = self.infer(inner, at);
        let given = self.infer_arguments(arguments, at);
        let name = name.as_str();
        if !self.exists(name, "filter", names::FILTERS, at) {
            return Known::Any;
        }
        let item = input.item(&self.session);
        let literal = |argument: Option<&Argument>| match argument.map(|argument| &argument.value) {
            Some(Expr::Literal(Node { value: Value::Str(text), .. })) => Some(text.clone()),
            _ => None,
        };
        let attribute = match arguments.iter().find(|argument| argument.name.is_some_and(|name| name.as_str() == "attribute")) {
            named @ Some(_) => literal(named),
            None if BY_ATTRIBUTE.contains(&name) => literal(arguments.first()),
            None => None,
        };
        let mut value = Known::Any;
        if let Some(attribute) = attribute {
            value = item.clone();
            for key in attribute.split('.') {
                value = self.infer_key(&value, Key::new(key), None, at);
            }
        }
        match name {
            _ if KEEPING.contains(&name) => match item {
                Known::Any => Known::Any,
                item => Known::List(Box::new(item)),
            },
            _ if TEXT.contains(&name) => Known::TEXT,
            "first" | "last" => item,
            "map" => Known::List(Box::new(value)),
            "length" | "count" | "int" => Known::Types(Types::INTEGER),
            "float" => Known::Types(Types::NUMBER),
            "semver" => Known::Any,
            "default" | "d" | "coalesce" => match (input, given.into_iter().next()) {
                (Known::Any, _) | (_, None) => Known::Any,
                (input, Some(other)) => self.either(input, other),
            },
            "chain" => given
                .into_iter()
                .map(|list| list.item(&self.session))
                .fold(Known::List(Box::new(item)), |all, item| all.join(Known::List(Box::new(item)))),
            "union" | "intersect" | "difference" => Known::List(Box::new(item)),
            _ => Known::Any,
        }
    }

    fn infer_call(&mut self, callee: &Expr, at: Pos) -> Known {
        match callee {
            Expr::Path(path) if path.text.as_ref() == "context.container" => {
                self.infer_path(path, at);
                Known::Any
            }
            Expr::Path(path) if path.keys.is_empty() => {
                self.exists(path.root.as_str(), "function", names::FUNCTIONS, at);
                Known::Any
            }
            Expr::Path(path) => {
                let (key, value) = (path.keys[path.keys.len() - 1].as_str(), path.text.rsplit_once('.').map_or("", |(value, _)| value));
                let diagnostic = Diagnostic::error(code::UNKNOWN_NAME, at, format!("values have no methods, so no `{key}()`"));
                let help = if names::FILTERS.contains(&key) {
                    format!("write `{value} | {key}`")
                } else {
                    "use a filter: `value | filter`".into()
                };
                self.error(diagnostic.help(help));
                Known::Any
            }
            other => {
                self.infer(other, at);
                let diagnostic = Diagnostic::error(code::TEMPLATE_SYNTAX, at, "only functions can be called");
                self.error(diagnostic);
                Known::Any
            }
        }
    }
}
