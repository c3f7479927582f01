//! What expressions come to, and what is said of those that cannot be read.

use super::{Answers, Scope, Value, evaluate, parse};
use crate::instrument::NodeId;

const NAMES: [&str; 5] = ["age", "sex", "empty", "langs", "t01_a"];

struct Household;

impl Scope for Household {
    fn question(&self, name: &str) -> Option<NodeId> {
        NAMES.iter().position(|n| *n == name).map(NodeId::from_index)
    }
    fn child(&self, of: Option<NodeId>, name: &str) -> Option<NodeId> {
        if of.is_none() { self.question(name) } else { None }
    }
    fn question_names(&self) -> Vec<&str> {
        NAMES.to_vec()
    }
}

impl Answers for Household {
    fn value(&self, node: NodeId) -> Value<'_> {
        match NAMES[node.index()] {
            "age" => Value::Number(34.0),
            "sex" => Value::text("1"),
            "langs" => Value::text("en fr"),
            "t01_a" => Value::text("97"),
            _ => Value::EMPTY,
        }
    }
}

#[test]
fn an_expression_that_would_exhaust_the_stack_is_refused() {
    let long = format!("1{}", " + 1".repeat(8_000));
    assert!(parse(&long, &Household).expect_err("long").message.contains("500 operators"));
    assert!(parse(&format!("1{}", " + 1".repeat(400)), &Household).is_ok());
}

#[test]
fn the_signs_of_other_languages_are_named_with_those_of_this_one() {
    let signs = [("1 => 2", "write >="), ("1 == 1", "write ="), ("1 <> 2", "write !="), ("1 & 2", "write and"), ("1 || 2", "write or")];
    for (wrong, right) in signs {
        assert_eq!(parse(wrong, &Household).expect_err(wrong).hint, right);
    }
    assert!(parse("1 != 2", &Household).is_ok());
}

#[test]
fn an_order_that_the_device_draws_is_its_own_to_know() {
    let drawn = parse("join(' ', randomize(${langs}, 42))", &Household).expect("a calculation");
    assert!(drawn.is_as_sent() && drawn.draws_order());
    check("count(randomize(${langs}))", "1");
}

#[track_caller]
fn check(source: &str, expected: &str) {
    let expression = parse(source, &Household).unwrap_or_else(|e| panic!("{source}: {e}"));
    assert_eq!(evaluate(&expression.tree, &Household, &Value::text("KH-12")).to_text(), expected, "{source}");
}

#[track_caller]
fn refused(source: &str, at: usize, message: &str, hint: &str) {
    let error = parse(source, &Household).expect_err(source);
    assert_eq!((error.at, error.message.as_str(), error.hint.as_str()), (at, message, hint), "{source}");
}

#[test]
fn numbers_bind_by_precedence() {
    check("1 + 2 * 3", "7");
    check("(1 + 2) * 3", "9");
    check("7 div 2", "3.5");
    check("7 mod 2", "1");
    check("- 3 + 5", "2");
    check("2 - -1", "3");
    check("5-2", "3");
    check("int(${age} * 0.1) + 1", "4");
    check("round(2.5)", "3");
    check("round(-2.5)", "-2");
    check("round(3.14159, 2)", "3.14");
    check("1 div 3", "0.3333333333333333");
}

#[test]
fn an_empty_answer_is_no_number() {
    check("${empty} = 0", "false");
    check("${empty} = ''", "true");
    check("${empty} < 5", "false");
    check("${empty} + 1", "NaN");
    check("coalesce(${empty}, ${age})", "34");
    check("if(${empty}, 'a', 'b')", "b");
}

#[test]
fn codes_compare_as_numbers_with_numbers_and_as_text_with_text() {
    check("${sex} = 1", "true");
    check("${sex} = '1'", "true");
    check("${sex} = '01'", "false");
    check("${sex} = 01", "true");
    check("${age} >= 18 and ${age} <= 110", "true");
    check("${sex} != 1 or not(${age} > 40)", "true");
    check("true() = (1 < 2)", "true");
}

#[test]
fn functions_of_choices_and_texts() {
    check("selected(${langs}, 'fr')", "true");
    check("selected(${langs}, 'f')", "false");
    check("count-selected(${langs})", "2");
    check("selected-at(${langs}, 1)", "fr");
    check("string-length(.)", "5");
    check("regex(., '^[A-Z]{2}-[0-9]+$')", "true");
    check("regex(., '[A-Z]{2}')", "false");
    check("concat('a', 1, true())", "a1true");
    check("substr('abcdef', 1, 3)", "bc");
    check("max(1, ${empty}, ${age})", "34");
    check("/data/age", "34");
}

#[test]
fn what_only_the_device_knows_is_marked() {
    let sent = |s: &str| parse(s, &Household).is_ok_and(|e| e.is_as_sent());
    assert!(sent("once(random())"));
    assert!(sent("concat('x', uuid())"));
    assert!(!sent("int(${age} * 2)"));
}

#[test]
fn a_mistake_is_told_with_its_place_and_mend() {
    refused("${agee} > 1", 1, "there is no question 'agee'", "did you mean ${age}?");
    refused("${age} > ", 10, "the expression ends too early", "add what is missing after the last operator or bracket");
    refused("(${age} > 1", 12, "the bracket opened at character 1 is not closed here", "add )");
    refused("selectd(${age}, 1)", 1, "there is no function selectd()", "did you mean selected()?");
    refused("not()", 1, "not() takes 1 argument, not 0", "check the commas and brackets");
    refused("${sex} = ‘1’", 10, "the quotation mark ‘ is not one an expression can read", "type a straight quotation mark: '");
    refused("age > 1", 1, "'age' is neither a number nor a text", "write ${age} for a question, 'age' for a text");
    refused("${age} ${sex}", 8, "${sex} comes where the expression should end", "is an operator or a bracket missing before it?");
    refused("'abc", 1, "a text is opened and never closed", "add a closing '");
    refused(
        "regex(., '(')",
        1,
        "'(' is not a pattern regex() can read",
        "check its brackets; look-around and back-references are not supported",
    );
    assert!(parse(&"(".repeat(10_000), &Household).is_err());
    assert!(parse(&"-".repeat(10_000), &Household).is_err());
}
