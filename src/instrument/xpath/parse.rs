//! Tokens into a tree, by precedence: `or`, `and`, equality, comparison, sum, product, minus.

use super::lexer::{Token, tokens};
use super::{Expr, Expression, Function, Operator, ParseError};
use crate::instrument::nearest::nearest;
use crate::instrument::{ListId, NodeId};

/// How deep brackets and calls may nest; an author never comes near it, an attacker must not go past it.
const MAX_DEPTH: usize = 64;
/// How many operators one expression may have: they nest in the tree, and the stack that walks it ends.
const MAX_OPERATORS: usize = 500;
/// How large a regular expression may become once compiled, in bytes.
const MAX_REGEX: usize = 1 << 20;

/// What the names of an expression mean where it stands.
pub trait Scope {
    fn question(&self, name: &str) -> Option<NodeId>;
    fn question_names(&self) -> Vec<&str>;

    /// The question the expression belongs to, from which `..` leads up.
    fn context(&self) -> Option<NodeId> {
        None
    }
    fn parent(&self, _of: NodeId) -> Option<NodeId> {
        None
    }
    /// The question of a name right below a group, or below the form itself.
    fn child(&self, _of: Option<NodeId>, _name: &str) -> Option<NodeId> {
        None
    }
    fn is_repeat(&self, _id: NodeId) -> bool {
        false
    }
    fn list(&self, _name: &str) -> Option<Found> {
        None
    }
    /// Whether bare names are columns of a choice: so in a choice filter.
    fn is_choice(&self) -> bool {
        false
    }
}

/// What `instance('…')` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    List(ListId),
    File,
}

pub fn parse(source: &str, scope: &dyn Scope) -> Result<Expression, ParseError> {
    let mut parser = Parser {
        tokens: tokens(source)?,
        next: 0,
        depth: 0,
        n_operators: 0,
        end: source.chars().count(),
        scope,
        bare: if scope.is_choice() { Bare::Column } else { Bare::Nothing },
    };
    let tree = parser.binary(0)?;
    match parser.tokens.get(parser.next) {
        None => Ok(Expression::new(source.trim(), tree)),
        Some((at, token)) => Err(ParseError::new(
            *at,
            format!("{} comes where the expression should end", shown(token)),
            "is an operator or a bracket missing before it?",
        )),
    }
}

pub(super) struct Parser<'a> {
    pub(super) tokens: Vec<(usize, Token)>,
    pub(super) next: usize,
    depth: usize,
    n_operators: usize,
    end: usize,
    pub(super) scope: &'a dyn Scope,
    pub(super) bare: Bare,
}

/// What a name without brackets or `${}` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bare {
    Nothing,
    Column,
    ChildOf(NodeId),
}

/// The operators of each level, loosest first.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[("=", Operator::Equal), ("!=", Operator::NotEqual)],
    &[("<", Operator::Less), ("<=", Operator::LessOrEqual), (">", Operator::Greater), (">=", Operator::GreaterOrEqual)],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("div", Operator::Divide), ("mod", Operator::Remainder)],
];

impl Parser<'_> {
    pub(super) fn binary(&mut self, level: usize) -> Result<Expr, ParseError> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = self.operator(operators) {
            self.n_operators += 1;
            if self.n_operators > MAX_OPERATORS {
                let message = format!("there are more than {MAX_OPERATORS} operators");
                return Err(ParseError::new(0, message, "split it with a calculate question"));
            }
            let right = self.binary(level + 1)?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn operator(&mut self, operators: &[(&str, Operator)]) -> Option<Operator> {
        let word = match self.tokens.get(self.next)? {
            (_, Token::Symbol(s)) => *s,
            (_, Token::Name(n)) => n.as_str(),
            _ => return None,
        };
        let found = operators.iter().find(|(text, _)| *text == word)?.1;
        self.next += 1;
        Some(found)
    }

    fn unary(&mut self) -> Result<Expr, ParseError> {
        if self.takes("-") {
            return Ok(Expr::Negate(Box::new(self.nested(Self::unary)?)));
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Expr, ParseError> {
        let Some((at, token)) = self.tokens.get(self.next).cloned() else {
            return Err(ParseError::new(
                self.end,
                "the expression ends too early",
                "add what is missing after the last operator or bracket",
            ));
        };
        self.next += 1;
        match token {
            Token::Number(n) => Ok(Expr::Number(n)),
            Token::Text(t) => Ok(Expr::Text(t.into())),
            Token::Symbol("." | ".." | "/") => self.path(at, &token),
            Token::Reference(name) => match self.scope.question(&name) {
                Some(id) => self.path_from(at, Some(id)),
                None => Err(self.unknown_question(at, &name)),
            },
            Token::Symbol("(") => {
                let inner = self.nested(|p| p.binary(0))?;
                self.close(at)?;
                Ok(inner)
            }
            Token::Name(name) if self.is_symbol("(") => self.call(at, &name),
            Token::Name(name) => self.bare(at, &name),
            Token::Symbol(_) => Err(ParseError::new(
                at,
                format!("{} comes where a value should stand", shown(&token)),
                "put a number, a text in quotation marks or ${question_name} here",
            )),
        }
    }

    fn call(&mut self, at: usize, name: &str) -> Result<Expr, ParseError> {
        self.next += 1;
        let function = Function::named(name).ok_or_else(|| unknown_function(at, name))?;
        let arguments = self.nested(|p| p.arguments(at))?;
        if !function.arguments().contains(&arguments.len()) {
            return Err(ParseError::new(
                at,
                format!("{}() takes {}, not {}", function.name(), function.arity_in_words(), arguments.len()),
                "check the commas and brackets",
            ));
        }
        match function {
            Function::Regex => regex_call(at, arguments),
            Function::Current | Function::Instance | Function::Position | Function::IndexedRepeat | Function::ChoiceName => {
                self.path_call(at, function, arguments)
            }
            _ => Ok(Expr::Call(function, arguments)),
        }
    }

    fn arguments(&mut self, opened: usize) -> Result<Vec<Expr>, ParseError> {
        let mut found = Vec::new();
        if self.takes(")") {
            return Ok(found);
        }
        loop {
            found.push(self.binary(0)?);
            if !self.takes(",") {
                self.close(opened)?;
                return Ok(found);
            }
        }
    }

    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, ParseError>) -> Result<T, ParseError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ParseError::new(0, format!("brackets nest deeper than {MAX_DEPTH}"), "split it with a calculate question"));
        }
        let result = parse(self);
        self.depth -= 1;
        result
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.tokens.get(self.next), Some((_, Token::Symbol(s))) if *s == symbol)
    }

    pub(super) fn takes(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        self.next += usize::from(found);
        found
    }

    fn close(&mut self, opened: usize) -> Result<(), ParseError> {
        if self.takes(")") {
            return Ok(());
        }
        let at = self.tokens.get(self.next).map_or(self.end, |t| t.0);
        Err(ParseError::new(at, format!("the bracket opened at character {} is not closed here", opened + 1), "add )"))
    }

    pub(super) fn unknown_question(&self, at: usize, name: &str) -> ParseError {
        let hint = match nearest(name, self.scope.question_names().into_iter()) {
            Some(near) => format!("did you mean ${{{near}}}?"),
            None => "add a question of this name to the survey sheet, or mend the name".to_owned(),
        };
        ParseError::new(at, format!("there is no question '{name}'"), hint)
    }
}

fn unknown_function(at: usize, name: &str) -> ParseError {
    let hint = match nearest(name, Function::NAMES.iter().copied()) {
        Some(near) => format!("did you mean {near}()?"),
        None => format!("these are known: {}", Function::NAMES.join(", ")),
    };
    ParseError::new(at, format!("there is no function {name}()"), hint)
}

fn regex_call(at: usize, mut arguments: Vec<Expr>) -> Result<Expr, ParseError> {
    let (Some(Expr::Text(pattern)), Some(text)) = (arguments.pop(), arguments.pop()) else {
        return Err(ParseError::new(at, "the pattern of regex() is not a text in quotation marks", "write regex(., '^[0-9]+$')"));
    };
    let compiled = regex::RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(MAX_REGEX).build();
    match compiled {
        Ok(regex) => Ok(Expr::Matches(Box::new(text), regex)),
        Err(_) => Err(ParseError::new(
            at,
            format!("'{pattern}' is not a pattern regex() can read"),
            "check its brackets; look-around and back-references are not supported",
        )),
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Number(n) => format!("the number {n}"),
        Token::Text(t) => format!("the text '{t}'"),
        Token::Reference(n) => format!("${{{n}}}"),
        Token::Name(n) => format!("'{n}'"),
        Token::Symbol(s) => format!("'{s}'"),
    }
}
