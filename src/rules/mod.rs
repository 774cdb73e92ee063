//! Rules in CEL, judged over [`Node`] without converting it.
//!
//! Must never know: OAM.

mod functions;
mod granted;
mod lists;
mod network;
mod quantity;
mod text;
mod time;
mod value;

pub use quantity::parse_quantity;

use std::sync::{Arc, OnceLock};

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr, IdedEntryExpr, LiteralValue, operators};
use cel::parser::ParseErrors;
use cel::{Context, Env, Program, Value as CelValue};

use crate::diag::{Diagnostic, Sink, code, did_you_mean};
use crate::source::Pos;
use crate::tree::Node;

/// A compiled expression.
#[derive(Debug)]
pub struct Rule {
    program: Program,
    text: Arc<str>,
    at: Pos,
}

/// The environment of all rules: CEL's own functions, and those of `functions`.
fn environment() -> &'static Arc<Env> {
    static ENVIRONMENT: OnceLock<Arc<Env>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Env::stdlib().with_optional_support(true);
        functions::add_to(&mut environment).expect("the names of our functions are not CEL's");
        Arc::new(environment)
    })
}

impl Rule {
    /// Compiles an expression that may use the variables named. Its problems go to `sink`, at `at`: syntax, and variables and
    /// functions that do not exist.
    pub fn compile(text: &str, at: Pos, variables: &[&str], sink: &Sink) -> Option<Rule> {
        let program = match environment().compile(text) {
            Ok(program) => program,
            Err(errors) => {
                sink.push(Diagnostic::error(code::BAD_RULE, at, format!("the rule is not CEL: {}", first_line(&errors))));
                return None;
            }
        };
        let mut bound: Vec<&str> = variables.iter().chain(&CONSTANTS).copied().collect();
        if let Some(name) = unbound(program.expression(), &mut bound).map(str::to_owned) {
            let known = format!("a rule sees {}", variables.iter().map(|v| format!("`{v}`")).collect::<Vec<_>>().join(", "));
            let help = did_you_mean(&name, variables.iter().copied()).map(|best| format!("did you mean `{best}`?")).unwrap_or(known);
            sink.push(Diagnostic::error(code::BAD_RULE, at, format!("the rule uses `{name}`, which does not exist")).help(help));
            return None;
        }
        Some(Rule { program, text: text.into(), at })
    }

    /// The expression as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the expression gives, if that is plainly no boolean: a number, text, a list or a map.
    pub fn gives_no_boolean(&self) -> Option<&'static str> {
        match &self.program.expression().expr {
            Expr::List(_) => Some("a list"),
            Expr::Map(_) => Some("a map"),
            Expr::Literal(literal) => match literal {
                LiteralValue::Boolean(_) => None,
                LiteralValue::String(_) => Some("text"),
                _ => Some("a value"),
            },
            Expr::Call(call) => match call.func_name.as_str() {
                "size" | "indexOf" | "int" | "uint" | "double" => Some("a number"),
                operators::ADD | operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE | operators::MODULO | operators::NEGATE => {
                    Some("a sum")
                }
                "string" | "lowerAscii" | "upperAscii" | "trim" | "join" | "replace" | "substring" | "find" => Some("text"),
                "split" | "findAll" => Some("a list"),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it reads a variable.
    pub fn uses(&self, variable: &str) -> bool {
        self.program.references().has_variable(variable)
    }

    /// A label or annotation that it takes without asking whether there are any, as a path.
    pub fn taken_for_granted(&self) -> Option<String> {
        granted::taken_for_granted(self.program.expression())
    }

    /// Where it stands.
    pub fn at(&self) -> Pos {
        self.at
    }

    /// Whether the rule holds.
    ///
    /// # Errors
    /// The message of an evaluation that failed, or of a result that is not a boolean.
    pub fn holds(&self, variables: &[(&str, &Node)]) -> Result<bool, String> {
        match self.evaluate(variables)? {
            CelValue::Bool(holds) => Ok(holds),
            _ => Err("the rule does not give a boolean".to_owned()),
        }
    }

    /// The text that the expression gives, for messages.
    ///
    /// # Errors
    /// The message of an evaluation that failed, or of a result that is not text.
    pub fn text_of(&self, variables: &[(&str, &Node)]) -> Result<String, String> {
        match self.evaluate(variables)? {
            CelValue::String(text) => Ok(text.to_string()),
            _ => Err("the expression does not give text".to_owned()),
        }
    }

    fn evaluate(&self, variables: &[(&str, &Node)]) -> Result<CelValue, String> {
        let mut context = Context::with_env(environment().clone());
        for (name, node) in variables {
            context.add_variable_as_val(*name, value::borrow(node));
        }
        self.program.execute(&context).map_err(|error| lower_case(&error.to_string()))
    }
}

/// Names of types that CEL lets an expression use as values, and of its families of functions.
const CONSTANTS: [&str; 17] = [
    "bool",
    "int",
    "uint",
    "double",
    "string",
    "bytes",
    "list",
    "map",
    "null_type",
    "type",
    "math",
    "lists",
    "sets",
    "strings",
    "format",
    "ip",
    "optional",
];

/// The first variable of an expression that neither the caller nor a macro (`all`, `map` …) binds.
fn unbound<'a>(expression: &'a IdedExpr, bound: &mut Vec<&'a str>) -> Option<&'a str> {
    let entries = |entries: &'a [IdedEntryExpr], bound: &mut Vec<&'a str>| {
        entries.iter().find_map(|entry| match &entry.expr {
            EntryExpr::StructField(field) => unbound(&field.value, bound),
            EntryExpr::MapEntry(entry) => unbound(&entry.key, bound).or_else(|| unbound(&entry.value, bound)),
        })
    };
    match &expression.expr {
        Expr::Ident(name) => (!bound.contains(&name.as_str())).then_some(name),
        Expr::Select(select) => unbound(&select.operand, bound),
        Expr::Call(call) => call.target.iter().map(|target| &**target).chain(&call.args).find_map(|part| unbound(part, bound)),
        Expr::List(list) => list.elements.iter().find_map(|element| unbound(element, bound)),
        Expr::Map(map) => entries(&map.entries, bound),
        Expr::Struct(value) => entries(&value.entries, bound),
        Expr::Comprehension(walk) => unbound(&walk.iter_range, bound).or_else(|| unbound(&walk.accu_init, bound)).or_else(|| {
            let outside = bound.len();
            bound.extend([walk.iter_var.as_str(), walk.accu_var.as_str()]);
            bound.extend(walk.iter_var2.as_deref());
            let found = [&walk.loop_cond, &walk.loop_step, &walk.result].into_iter().find_map(|part| unbound(part, bound));
            bound.truncate(outside);
            found
        }),
        Expr::Literal(_) | Expr::Unspecified => None,
    }
}

fn first_line(errors: &ParseErrors) -> String {
    let text = errors.to_string();
    // The library prints one error as `ERROR: <input>:1:5: Syntax error: …`, then the source with a caret.
    let line = text.lines().next().unwrap_or_default().trim();
    let message = line.rsplit_once("rror: ").map_or(line, |(_, message)| message);
    // What the grammar would take instead is a list of token names.
    let message = message.split(" expecting ").next().unwrap_or(message).replace("'<EOF>'", "end");
    lower_case(&message)
}

fn lower_case(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Origin;
    use serde_json::json;

    fn judge(rule: &str, object: serde_json::Value) -> Result<bool, String> {
        let sink = Sink::new();
        let rule = Rule::compile(rule, Pos::new(1), &["object", "parameter"], &sink).unwrap_or_else(|| panic!("{:?}", sink.take()));
        let object = Node::from_json(&object, Origin::default());
        let parameter = Node::from_json(&json!({"min": 2}), Origin::default());
        rule.holds(&[("object", &object), ("parameter", &parameter)])
    }

    #[test]
    fn rules_walk_maps_lists_and_scalars() {
        let deployment = json!({"kind": "Deployment", "spec": {"replicas": 3, "template": {"spec": {"containers": [
            {"name": "a", "image": "x:1", "resources": {"limits": {"memory": "64Mi", "cpu": "500m"}}, "ports": [80]}]}}}});
        for (rule, expected) in [
            ("object.spec.replicas >= parameter.min", true),
            ("object.spec.replicas > 3", false),
            ("has(object.spec.strategy)", false),
            ("!has(object.spec.strategy) || object.spec.strategy == 'x'", true),
            ("object.kind in ['Deployment', 'StatefulSet']", true),
            ("object.spec.template.spec.containers.all(c, has(c.resources) && 'memory' in c.resources.limits)", true),
            ("object.spec.template.spec.containers.exists(c, c.image.endsWith(':latest'))", false),
            ("size(object.spec.template.spec.containers[0].ports) == 1", true),
            ("object.spec.template.spec.containers.map(c, c.name) == ['a']", true),
            ("80 in object.spec.template.spec.containers[0].ports", true),
            ("object.spec.template.spec.containers[0].resources.limits == {'memory': '64Mi', 'cpu': '500m'}", true),
            ("object.spec.template.spec.containers[0].resources.limits.all(k, k in ['memory', 'cpu'])", true),
            ("quantity(object.spec.template.spec.containers[0].resources.limits.memory) <= quantity('0.1Gi')", true),
            ("quantity(object.spec.template.spec.containers[0].resources.limits.cpu).isLessThan(quantity('1'))", true),
            ("isQuantity('1.5Gi') && !isQuantity('1.5XB')", true),
            ("object.kind.matches('^Dep.*$')", true),
            ("isIP('10.0.0.1') && !isIP('10.0.0')", true),
            ("isCIDR('10.0.0.0/8') && cidrContains('10.0.0.0/8', '10.1.2.3') && !cidrContains('10.0.0.0/8', '11.0.0.1')", true),
            ("object.spec.template.spec.containers.map(c, c.ports[0]).sum() == 80", true),
            ("[3, 1, 2].max() == 3 && ['b', 'a'].min() == 'a' && [1, 2].isSorted() && ![2, 1].isSorted()", true),
            ("['a', 'b', 'a'].indexOf('a') == 0 && ['a', 'b', 'a'].lastIndexOf('a') == 2 && ['a'].indexOf('x') == -1", true),
            ("sets.contains([1, 2], [2]) && sets.intersects([1], [1, 2]) && !sets.equivalent([1], [1, 2])", true),
            ("object.kind.lowerAscii().find('[a-m]+') == 'de' && 'a1b22'.findAll('[0-9]+') == ['1', '22']", true),
            ("url('https://example.com:8080/x?y').getPort() == '8080' && isURL('/a') && !isURL('a b') && !isURL('a')", true),
            ("ip('::1').isLoopback() && ip('10.0.0.1').family() == 4 && !isIP('::ffff:1.2.3.4') && !isIP('010.0.0.1')", true),
            ("cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.1.2.3/8').masked() == '10.0.0.0/8'", true),
            ("duration('1h') > duration('59m') && duration('90s').getMinutes() == 1", true),
            ("timestamp('2026-01-02T00:00:00Z') - timestamp('2026-01-01T00:00:00Z') == duration('24h')", true),
            ("quantity('1Gi').isInteger() && quantity('1k').asInteger() == 1000 && quantity('1').add(quantity('1')).sign() == 1", true),
            ("!format.dns1123Label().validate('a-b').hasValue() && format.dns1123Label().validate('A').hasValue()", true),
            ("isSemver('1.2.3') && !isSemver('1.2')", true),
            ("object.?spec.?paused.orValue(false) == false", true),
        ] {
            assert_eq!(judge(rule, deployment.clone()), Ok(expected), "{rule}");
        }
    }

    #[test]
    fn what_cannot_be_judged_says_why() {
        assert_eq!(judge("object.spec.replicas > 1", json!({"spec": {}})), Err("no such key: replicas".to_owned()));
        assert_eq!(judge("object.spec", json!({"spec": "x"})), Err("the rule does not give a boolean".to_owned()));
        assert!(judge("quantity('many') > 1.0", json!({})).unwrap_err().contains("`many` is not a quantity"));
    }

    #[test]
    fn a_rule_that_cannot_work_is_told_when_it_is_compiled() {
        for (rule, message) in
            [("object.spec ==", "the rule is not CEL"), ("objct.spec == 1", "the rule uses `objct`, which does not exist")]
        {
            let sink = Sink::new();
            assert!(Rule::compile(rule, Pos::new(1), &["object"], &sink).is_none());
            let report = sink.take();
            assert_eq!(report.diagnostics.len(), 1);
            assert!(report.diagnostics[0].message.starts_with(message), "{}", report.diagnostics[0].message);
        }
    }
}
