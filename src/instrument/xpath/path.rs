//! Paths: `../age`, `/data/roster/age`, `${person}[age > 17]/name`, `instance('list')/root/item[region = ${region}]/name`.

use super::lexer::Token;
use super::parse::{Bare, Found, Parser};
use super::{Expr, Function, Items, Nodes, ParseError};
use crate::instrument::NodeId;

type Parsed = Result<Expr, ParseError>;

impl Parser<'_> {
    /// A path whose first sign has been read: `.`, `..` or `/`.
    pub(super) fn path(&mut self, at: usize, first: &Token) -> Parsed {
        match first {
            Token::Symbol("/") => {
                self.name(at, "data")?;
                self.path_from(at, None)
            }
            Token::Symbol(".") if self.bare == Bare::Column && self.takes("/") => {
                let column = self.any_name(at)?;
                Ok(Expr::Column(column.into()))
            }
            Token::Symbol(".") if !self.is_symbol("/") => match self.bare {
                Bare::Nothing => Ok(Expr::This),
                _ => Err(ParseError::new(at, "'.' has no meaning inside brackets []", "name the column or the question")),
            },
            sign => {
                let start = match self.bare {
                    Bare::ChildOf(repeat) => Some(repeat),
                    _ => self.scope.context(),
                };
                let start = start.ok_or_else(|| no_place(at))?;
                if *sign == Token::Symbol("..") { self.path_from(at, self.scope.parent(start)) } else { self.path_from(at, Some(start)) }
            }
        }
    }

    /// The steps and tests that follow a question, a group or the form itself (`None`).
    pub(super) fn path_from(&mut self, at: usize, start: Option<NodeId>) -> Parsed {
        let mut node = start;
        let mut filtered: Option<(NodeId, Expr)> = None;
        loop {
            if self.takes("[") {
                let repeat = node.filter(|n| self.scope.is_repeat(*n) && filtered.is_none()).ok_or_else(|| {
                    ParseError::new(
                        at,
                        "brackets [] can follow one repeat only",
                        "name the repeat before them, such as ${person}[age > 17]",
                    )
                })?;
                filtered = Some((repeat, self.test(at, Bare::ChildOf(repeat))?));
            } else if self.takes("/") {
                node = self.step(at, node)?;
            } else {
                break;
            }
        }
        let target =
            node.ok_or_else(|| ParseError::new(at, "the path leads to no question", "write ${question_name} instead of a path"))?;
        Ok(match filtered {
            Some((repeat, test)) => Expr::Nodes(Box::new(Nodes { repeat, test, target })),
            None => Expr::Node(target),
        })
    }

    fn step(&mut self, at: usize, node: Option<NodeId>) -> Result<Option<NodeId>, ParseError> {
        if self.takes("..") {
            return Ok(node.and_then(|n| self.scope.parent(n)));
        }
        if self.takes(".") {
            return Ok(node);
        }
        let name = self.any_name(at)?;
        match self.scope.child(node, &name) {
            Some(child) => Ok(Some(child)),
            None => Err(ParseError::new(at, format!("no question '{name}' stands there"), "write ${question_name} instead of a path")),
        }
    }

    /// What stands between brackets, where bare names have their own meaning.
    fn test(&mut self, at: usize, bare: Bare) -> Parsed {
        let outer = std::mem::replace(&mut self.bare, bare);
        let test = self.nested(|p| p.binary(0));
        self.bare = outer;
        let test = test?;
        if self.takes("]") { Ok(test) } else { Err(ParseError::new(at, "the bracket [ is not closed", "add ]")) }
    }

    /// A name that calls nothing.
    pub(super) fn bare(&mut self, at: usize, name: &str) -> Parsed {
        match self.bare {
            Bare::Column => Ok(Expr::Column(name.into())),
            Bare::ChildOf(repeat) => match self.scope.child(Some(repeat), name) {
                Some(child) => self.path_from(at, Some(child)),
                None => Err(self.unknown_question(at, name)),
            },
            Bare::Nothing => Err(ParseError::new(
                at,
                format!("'{name}' is neither a number nor a text"),
                format!("write ${{{name}}} for a question, '{name}' for a text"),
            )),
        }
    }

    /// The functions whose arguments are places and not values.
    pub(super) fn path_call(&mut self, at: usize, function: Function, mut arguments: Vec<Expr>) -> Parsed {
        match (function, arguments.as_slice()) {
            (Function::Current, _) => {
                let start = self.scope.context().ok_or_else(|| no_place(at))?;
                self.path_from(at, Some(start))
            }
            (Function::Instance, [Expr::Text(name)]) => self.items(at, name),
            (Function::Position, []) => Ok(Expr::Call(Function::Position, arguments)),
            // Of what is no repeat there is one.
            (Function::Position, [Expr::Node(node)]) => {
                Ok(if self.scope.is_repeat(*node) { Expr::Position(*node) } else { Expr::Number(1.0) })
            }
            (Function::ChoiceName, [_, Expr::Text(path)]) => {
                let question = self.quoted(at, path)?;
                Ok(Expr::ChoiceName(Box::new(arguments.swap_remove(0)), question))
            }
            (Function::IndexedRepeat, _) => self.nth(at, arguments),
            _ => Err(ParseError::new(at, format!("{}() cannot be read", function.name()), "see the XLSForm pages for what it takes")),
        }
    }

    fn nth(&self, at: usize, arguments: Vec<Expr>) -> Parsed {
        let wrong = || {
            ParseError::new(
                at,
                "indexed-repeat() takes a question, then repeats each with its place",
                "write indexed-repeat(${name}, ${person}, 1)",
            )
        };
        let mut arguments = arguments.into_iter();
        let Some(Expr::Node(target)) = arguments.next() else { return Err(wrong()) };
        let mut places = Vec::new();
        while let Some(repeat) = arguments.next() {
            let (Expr::Node(repeat), Some(place)) = (repeat, arguments.next()) else { return Err(wrong()) };
            if !self.scope.is_repeat(repeat) {
                return Err(wrong());
            }
            places.push((repeat, place));
        }
        Ok(Expr::Nth(target, places))
    }

    /// The question that a text names, as `jr:choice-name()` wants it: `'${q}'` or a path.
    fn quoted(&self, at: usize, text: &str) -> Result<NodeId, ParseError> {
        let text = text.trim();
        let name = text.strip_prefix("${").and_then(|t| t.strip_suffix('}')).unwrap_or_else(|| text.rsplit('/').next().unwrap_or(text));
        self.scope.question(name.trim()).ok_or_else(|| self.unknown_question(at, name))
    }

    fn items(&mut self, at: usize, name: &str) -> Parsed {
        let found = self.scope.list(name);
        let wrong = |p: &Self| {
            ParseError::new(
                at,
                format!("instance('{name}') cannot be read"),
                format!(
                    "write instance('{name}')/root/item[column = …]/column, and check that the choices sheet has the list{}",
                    if p.scope.list(name).is_some() { "" } else { " (it has not)" }
                ),
            )
        };
        let is_root = self.takes("/") && self.name(at, "root").is_ok() && self.takes("/") && self.name(at, "item").is_ok();
        if !is_root || found.is_none() {
            return Err(wrong(self));
        }
        let mut tests = Vec::new();
        while self.takes("[") {
            tests.push(self.test(at, Bare::Column)?);
        }
        let column = if self.takes("/") { self.any_name(at)? } else { String::new() };
        Ok(match found {
            Some(Found::List(list)) => Expr::Items(Box::new(Items { list, tests, column: column.into() })),
            _ => Expr::Call(Function::PullData, tests),
        })
    }

    fn name(&mut self, at: usize, wanted: &str) -> Result<(), ParseError> {
        let name = self.any_name(at)?;
        if name == wanted {
            Ok(())
        } else {
            Err(ParseError::new(at, format!("no question stands at '/{name}'"), "write ${question_name} instead of a path"))
        }
    }

    fn any_name(&mut self, at: usize) -> Result<String, ParseError> {
        match self.tokens.get(self.next) {
            Some((_, Token::Name(name))) => {
                self.next += 1;
                Ok(name.clone())
            }
            _ => Err(ParseError::new(at, "the path ends too early", "write the name of a question after /")),
        }
    }
}

fn no_place(at: usize) -> ParseError {
    ParseError::new(at, "a path cannot start here", "write ${question_name} instead")
}
