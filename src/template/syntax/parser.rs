//! Tokens to expressions, with Jinja's precedence.

use super::lexer::{Token, tokens};
use super::{Argument, Expr, Operator, Path, SyntaxError};
use crate::source::Pos;
use crate::tree::{Key, Node, Origin, Value};

/// How deep an expression may nest: its evaluation recurses.
const DEPTH: usize = 64;

const KEYWORDS: &[&str] = &["and", "or", "not", "in", "is", "if", "else", "true", "True", "false", "False", "none", "None"];

/// An expression that takes all of `text`; literals in it stand at `at`.
pub fn parse(text: &str, at: Pos) -> Result<Expr, SyntaxError> {
    let (tokens, _) = tokens(text, None)?;
    parse_tokens(tokens, at)
}

pub(super) fn parse_tokens(tokens: Vec<Token>, at: Pos) -> Result<Expr, SyntaxError> {
    if tokens.is_empty() {
        return Err(SyntaxError::new("the expression is empty"));
    }
    let mut parser = Parser { tokens, next: 0, depth: 0, at };
    let expr = parser.expression()?;
    match parser.peek() {
        None => Ok(expr),
        Some(Token::Sign("=")) => Err(SyntaxError::new("`=` does not compare").help("write `==`")),
        Some(token) => Err(SyntaxError::new(format!("the expression ends before {}", token.describe()))),
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    at: Pos,
}

type Parsed = Result<Expr, SyntaxError>;

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(s)) if *s == sign)
    }

    fn is_name(&self, name: &str) -> bool {
        matches!(self.peek(), Some(Token::Name(n)) if n == name)
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        self.next += usize::from(found);
        found
    }

    fn name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), SyntaxError> {
        if self.sign(sign) {
            return Ok(());
        }
        Err(SyntaxError::new(match self.peek() {
            Some(token) => format!("`{sign}` is missing before {}", token.describe()),
            None => format!("`{sign}` is missing at the end"),
        }))
    }

    fn literal(&self, value: Value) -> Expr {
        Expr::Literal(Node::new(value, Origin::written(self.at)))
    }

    /// A name that is no keyword.
    fn identifier(&mut self, after: &str) -> Result<Key, SyntaxError> {
        match self.peek() {
            Some(Token::Name(name)) => {
                let key = Key::new(name);
                self.next += 1;
                Ok(key)
            }
            Some(token) => Err(SyntaxError::new(format!("a name must follow {after}, not {}", token.describe()))),
            None => Err(SyntaxError::new(format!("a name must follow {after}"))),
        }
    }

    fn expression(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(SyntaxError::new("the expression nests too deeply").help("give parts of it names with `$let`"));
        }
        let value = self.or()?;
        let result = if self.name("if") {
            let condition = self.or()?;
            let other = if self.name("else") { Some(Box::new(self.expression()?)) } else { None };
            Expr::If(Box::new(condition), Box::new(value), other)
        } else {
            value
        };
        self.depth -= 1;
        Ok(result)
    }

    fn or(&mut self) -> Parsed {
        let mut left = self.and()?;
        while self.name("or") {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed {
        let mut left = self.not()?;
        while self.name("and") {
            left = Expr::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Parsed {
        let mut negations = 0;
        while self.name("not") {
            negations += 1;
        }
        let mut value = self.comparison()?;
        for _ in 0..negations {
            value = Expr::Not(Box::new(value));
        }
        Ok(value)
    }

    fn comparison(&mut self) -> Parsed {
        let mut left = self.sum()?;
        let mut chain: Option<Expr> = None;
        loop {
            let operator = match self.peek() {
                Some(Token::Sign("==")) => Operator::Equal,
                Some(Token::Sign("!=")) => Operator::NotEqual,
                Some(Token::Sign("<")) => Operator::Less,
                Some(Token::Sign("<=")) => Operator::LessOrEqual,
                Some(Token::Sign(">")) => Operator::Greater,
                Some(Token::Sign(">=")) => Operator::GreaterOrEqual,
                Some(Token::Name(name)) if name == "in" => Operator::In,
                Some(Token::Name(name))
                    if name == "not" && matches!(self.tokens.get(self.next + 1), Some(Token::Name(next)) if next == "in") =>
                {
                    self.next += 1;
                    Operator::NotIn
                }
                _ => return Ok(chain.unwrap_or(left)),
            };
            self.next += 1;
            let right = self.sum()?;
            // `a < b < c` is `a < b and b < c`, as in Python.
            let one = Expr::Binary(operator, Box::new(left), Box::new(right.clone()));
            chain = Some(match chain {
                Some(before) => Expr::And(Box::new(before), Box::new(one)),
                None => one,
            });
            left = right;
        }
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.concatenation()?;
        loop {
            let operator = match self.peek() {
                Some(Token::Sign("+")) => Operator::Add,
                Some(Token::Sign("-")) => Operator::Subtract,
                _ => return Ok(left),
            };
            self.next += 1;
            left = Expr::Binary(operator, Box::new(left), Box::new(self.concatenation()?));
        }
    }

    fn concatenation(&mut self) -> Parsed {
        let mut left = self.product()?;
        while self.sign("~") {
            left = Expr::Binary(Operator::Concat, Box::new(left), Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.power()?;
        loop {
            let operator = match self.peek() {
                Some(Token::Sign("*")) => Operator::Multiply,
                Some(Token::Sign("/")) => Operator::Divide,
                Some(Token::Sign("//")) => Operator::DivideWhole,
                Some(Token::Sign("%")) => Operator::Remainder,
                _ => return Ok(left),
            };
            self.next += 1;
            left = Expr::Binary(operator, Box::new(left), Box::new(self.power()?));
        }
    }

    fn power(&mut self) -> Parsed {
        let mut left = self.unary()?;
        while self.sign("**") {
            left = Expr::Binary(Operator::Power, Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed {
        if self.sign("-") {
            let operand = self.primary()?;
            let negated = match operand {
                Expr::Literal(Node { value: Value::Int(number), .. }) => self.literal(Value::Int(-number)),
                Expr::Literal(Node { value: Value::Float(number), .. }) => self.literal(Value::Float(-number)),
                other => Expr::Negate(Box::new(other)),
            };
            return self.filters(negated);
        }
        let _ = self.sign("+");
        let operand = self.primary()?;
        self.filters(operand)
    }

    /// `| filter` and `is test`, which bind tighter than every operator but the postfix ones.
    fn filters(&mut self, mut value: Expr) -> Parsed {
        loop {
            if self.sign("|") {
                let name = self.identifier("`|`")?;
                let arguments = if self.sign("(") { self.arguments()? } else { Vec::new() };
                value = Expr::Filter(Box::new(value), name, arguments);
            } else if self.name("is") {
                let negated = self.name("not");
                let name = self.identifier("`is`")?;
                let arguments = if self.sign("(") {
                    self.arguments()?
                } else if self.starts_operand() {
                    let operand = self.primary()?;
                    vec![Argument { name: None, value: operand }]
                } else {
                    Vec::new()
                };
                value = Expr::Test(Box::new(value), name, arguments, negated);
            } else {
                return Ok(value);
            }
        }
    }

    /// Whether an argument without parentheses follows: `x is divisibleby 3`.
    fn starts_operand(&self) -> bool {
        match self.peek() {
            Some(Token::Name(name)) => !matches!(name.as_str(), "and" | "or" | "not" | "in" | "is" | "if" | "else"),
            Some(Token::Text(_) | Token::Int(_) | Token::Float(_)) => true,
            Some(Token::Sign(sign)) => matches!(*sign, "[" | "{"),
            None => false,
        }
    }

    fn arguments(&mut self) -> Result<Vec<Argument>, SyntaxError> {
        let mut arguments = Vec::new();
        while !self.sign(")") {
            let named = matches!((self.peek(), self.tokens.get(self.next + 1)), (Some(Token::Name(_)), Some(Token::Sign("="))));
            let name = if named {
                let name = self.identifier("`(`")?;
                self.next += 1;
                Some(name)
            } else {
                None
            };
            arguments.push(Argument { name, value: self.expression()? });
            if !self.sign(",") {
                self.expect(")")?;
                break;
            }
        }
        Ok(arguments)
    }

    fn primary(&mut self) -> Parsed {
        let Some(token) = self.peek().cloned() else {
            return Err(SyntaxError::new("the expression ends where a value must stand"));
        };
        self.next += 1;
        let value = match token {
            Token::Text(text) => self.literal(Value::Str(text.into())),
            Token::Int(number) => self.literal(Value::Int(number)),
            Token::Float(number) => self.literal(Value::Float(number)),
            Token::Name(name) => match name.as_str() {
                "true" | "True" => self.literal(Value::Bool(true)),
                "false" | "False" => self.literal(Value::Bool(false)),
                "none" | "None" => self.literal(Value::Null),
                keyword if KEYWORDS.contains(&keyword) => {
                    return Err(SyntaxError::new(format!("`{keyword}` stands where a value must stand")));
                }
                _ => self.path(&name)?,
            },
            Token::Sign("(") => {
                let inner = self.expression()?;
                if self.is_sign(",") {
                    return Err(SyntaxError::new("there are no tuples here").help("write a list: `[a, b]`"));
                }
                self.expect(")")?;
                inner
            }
            Token::Sign("[") => self.list()?,
            Token::Sign("{") => self.map()?,
            token => return Err(SyntaxError::new(format!("{} stands where a value must stand", token.describe()))),
        };
        self.postfix(value)
    }

    fn path(&mut self, root: &str) -> Parsed {
        let (mut keys, mut text) = (Vec::new(), root.to_owned());
        while self.is_sign(".") {
            self.next += 1;
            let key = self.identifier("`.`")?;
            text.push('.');
            text.push_str(key.as_str());
            keys.push(key);
        }
        Ok(Expr::Path(Path { root: Key::new(root), keys: keys.into(), text: text.into() }))
    }

    fn list(&mut self) -> Parsed {
        let mut items = Vec::new();
        while !self.sign("]") {
            items.push(self.expression()?);
            if !self.sign(",") {
                self.expect("]")?;
                break;
            }
        }
        Ok(Expr::List(items))
    }

    fn map(&mut self) -> Parsed {
        let mut entries = Vec::new();
        while !self.sign("}") {
            let key = self.expression()?;
            self.expect(":")?;
            entries.push((key, self.expression()?));
            if !self.sign(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(Expr::Map(entries))
    }

    fn postfix(&mut self, mut value: Expr) -> Parsed {
        loop {
            if self.sign(".") {
                let key = self.identifier("`.`")?;
                value = Expr::Attribute(Box::new(value), key);
            } else if self.sign("[") {
                value = self.subscript(value)?;
            } else if self.sign("(") {
                value = Expr::Call(Box::new(value), self.arguments()?);
            } else {
                return Ok(value);
            }
        }
    }

    fn subscript(&mut self, value: Expr) -> Parsed {
        let from = if self.is_sign(":") { None } else { Some(Box::new(self.expression()?)) };
        if self.sign(":") {
            let to = if self.is_sign("]") { None } else { Some(Box::new(self.expression()?)) };
            self.expect("]")?;
            return Ok(Expr::Slice(Box::new(value), from, to));
        }
        self.expect("]")?;
        match from {
            // `parameter['name']` is `parameter.name`: the same checks, the same speed.
            Some(index) => Ok(match (value, *index) {
                (Expr::Path(path), Expr::Literal(Node { value: Value::Str(key), .. })) => {
                    let mut keys = path.keys.into_vec();
                    keys.push(Key::new(&key));
                    Expr::Path(Path { root: path.root, keys: keys.into(), text: format!("{}.{key}", path.text).into() })
                }
                (value, index) => Expr::Index(Box::new(value), Box::new(index)),
            }),
            None => Err(SyntaxError::new("`[]` holds no index")),
        }
    }
}
