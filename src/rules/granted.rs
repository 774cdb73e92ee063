//! Fields that an expression takes for granted.

use cel::IdedExpr;
use cel::common::ast::{Expr, operators};

/// The first field below `metadata.labels` or `metadata.annotations` that is taken without asking whether the map is there: a path, as
/// `object.metadata.labels.env`. An expression that asks anywhere, by `has` or by an optional, is taken to know what it does.
pub(super) fn taken_for_granted(expression: &IdedExpr) -> Option<String> {
    let mut walk = Walk { asks: false, found: None };
    walk.visit(expression);
    walk.found.filter(|_| !walk.asks)
}

struct Walk {
    asks: bool,
    found: Option<String>,
}

impl Walk {
    fn visit(&mut self, expression: &IdedExpr) {
        match &expression.expr {
            Expr::Select(select) => {
                self.asks |= select.test;
                if let Some(path) = path(&select.operand)
                    && is_optional_map(&path)
                    && self.found.is_none()
                {
                    self.found = Some(format!("{path}.{}", select.field));
                }
                self.visit(&select.operand);
            }
            Expr::Call(call) => {
                self.asks |= matches!(call.func_name.as_str(), operators::OPT_SELECT | operators::OPT_INDEX | "orValue" | "hasValue");
                if let (operators::INDEX, [of, _]) = (call.func_name.as_str(), call.args.as_slice())
                    && let Some(path) = path(of).filter(|path| is_optional_map(path))
                    && self.found.is_none()
                {
                    self.found = Some(format!("{path}[…]"));
                }
                call.target.iter().for_each(|target| self.visit(target));
                call.args.iter().for_each(|argument| self.visit(argument));
            }
            Expr::Comprehension(walk) => {
                for part in [&walk.iter_range, &walk.accu_init, &walk.loop_cond, &walk.loop_step, &walk.result] {
                    self.visit(part);
                }
            }
            Expr::List(list) => list.elements.iter().for_each(|element| self.visit(element)),
            _ => {}
        }
    }
}

fn is_optional_map(path: &str) -> bool {
    path.ends_with(".metadata.labels") || path.ends_with(".metadata.annotations")
}

/// The path that an expression of fields spells.
fn path(expression: &IdedExpr) -> Option<String> {
    match &expression.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => Some(format!("{}.{}", path(&select.operand)?, select.field)),
        _ => None,
    }
}
