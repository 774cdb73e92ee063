//! Expressions that say something else than they seem to.

use crate::diag::{Diagnostic, code};
use crate::shape::Types;
use crate::source::Pos;
use crate::template::checks::Known;
use crate::template::compile::Compiler;
use crate::template::syntax::Expr;
use crate::template::value::Typed;
use crate::tree::Value;

impl Compiler<'_> {
    /// `or` passes over `0`, `false` and `[]` as over what is not set. In conditions that is what is meant.
    pub fn hints(&mut self, expr: &Expr, at: Pos, condition: bool) {
        match expr {
            Expr::Or(left, right) => {
                if !condition
                    && let Expr::Path(path) = &**left
                    && let Some(Known::Shape(typed)) = self.quiet_path(path)
                    && let Some(what) = self.falsy(typed, right)
                {
                    let message = format!("`or` takes the other value also when `{}` is `{what}`", path.text);
                    let help = format!("if only an unset value is meant, write `coalesce({}, …)`", path.text);
                    self.sink.push(Diagnostic::warning(code::TEMPLATE_HINT, at, message).help(help));
                }
                self.hints(left, at, condition);
                self.hints(right, at, condition);
            }
            Expr::If(test, then, otherwise) => {
                self.hints(test, at, true);
                self.hints(then, at, condition);
                if let Some(otherwise) = otherwise {
                    self.hints(otherwise, at, condition);
                }
            }
            Expr::Filter(inner, _, arguments) => {
                self.hints(inner, at, false);
                arguments.iter().for_each(|argument| self.hints(&argument.value, at, false));
            }
            Expr::Binary(_, left, right) => {
                self.hints(left, at, false);
                self.hints(right, at, false);
            }
            _ => {}
        }
    }

    /// The value that the shape allows, that counts as false, and that would not come out of `other` all the same.
    fn falsy(&self, typed: Typed, other: &Expr) -> Option<&'static str> {
        let shape = self.session.shape(typed)?;
        let allows = |value: &Value| shape.allowed.is_empty() || shape.allowed.iter().any(|allowed| allowed.value == *value);
        let is = |wanted: &Value| matches!(other, Expr::Literal(node) if node.value == *wanted);
        let types = Types(shape.types.0 & !Types::NULL.0);
        if types == Types::BOOL {
            let no = Value::Bool(false);
            return (allows(&no) && !is(&no)).then_some("false");
        }
        if Types::NUMBER.has(types) {
            let zero = Value::Int(0);
            return (allows(&zero) && !is(&zero) && self.session.allows_zero(typed)).then_some("0");
        }
        let empty = matches!(other, Expr::List(items) if items.is_empty());
        (types == Types::LIST && !empty && self.session.allows_empty(typed)).then_some("[]")
    }
}
