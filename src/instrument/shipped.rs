//! What holds of the shipped questionnaires, beside that they can be read.

use super::form::Node;
use super::{Concepts, Form, Instrument, QuestionType, Texts, Workbook, print, screen};

fn folder(name: &str) -> Workbook {
    let path = format!("{}/instruments/{name}", env!("CARGO_MANIFEST_DIR"));
    Workbook::open(path.as_ref()).unwrap_or_else(|e| panic!("{name}: {e:#?}"))
}

fn questionnaire() -> Instrument {
    Instrument::read(&folder("tfvaw")).unwrap_or_else(|e| panic!("{e:#?}"))
}

fn all_shipped() -> Vec<Form> {
    let read = |name| Form::read(&folder(name)).unwrap_or_else(|e| panic!("{name}: {e:#?}"));
    ["tfvaw", "complaints", "washington-group"].map(read).into()
}

fn texts(node: &Node) -> [&Texts; 4] {
    [&node.label, &node.hint, &node.constraint_message, &node.required_message]
}

#[test]
fn the_record_of_a_complaint_and_the_washington_group_are_without_a_finding() {
    for form in &all_shipped()[1..] {
        assert_eq!(screen(form, &Concepts::default()), [], "{}", form.id);
        assert_eq!(form.unreviewed_languages().collect::<Vec<_>>(), ["fr", "es", "ar"], "{}", form.id);
    }
}

#[test]
fn every_text_is_there_in_every_language() {
    for form in all_shipped() {
        assert_eq!(form.language_codes().collect::<Vec<_>>(), ["en", "fr", "es", "ar"]);
        let of_choices = form.choice_lists.iter().flat_map(|l| l.choices.iter().map(move |c| (format!("{} {}", l.name, c.name), &c.label)));
        let of_questions = form.nodes.iter().flat_map(|n| texts(n).map(|t| (n.name.clone(), t)));
        for (place, texts) in of_questions.chain(of_choices).filter(|(_, t)| t.has_words()) {
            assert!(texts.iter().all(|t| !t.is_empty()), "{} {place}: {texts:?}", form.id);
        }
    }
}

/// The words for what the survey measures, in the four languages, as they begin.
const JUDGING: [&str; 22] = [
    "violen",
    "abus",
    "harass",
    "stalk",
    "rape",
    "victim",
    "perpetrat",
    "harcel",
    "harcèl",
    "agression",
    "maltrait",
    "víctima",
    "acoso",
    "acosa",
    "maltrat",
    "agresión",
    "violación",
    "عنف",
    "تحرش",
    "اغتصاب",
    "ضحية",
    "اعتداء",
];

#[test]
fn no_word_that_judges_is_said_to_anyone() {
    let form = questionnaire().form;
    let of_choices = form.choice_lists.iter().flat_map(|l| l.choices.iter().map(|c| &c.label));
    for text in form.nodes.iter().flat_map(texts).chain(of_choices).flat_map(|t| t.iter()) {
        let lower = text.to_lowercase();
        assert!(!JUDGING.iter().any(|word| lower.contains(word)), "{text}");
    }
}

#[test]
fn every_question_says_what_it_measures_and_can_be_left_out() {
    let sheets = folder("tfvaw");
    let form = questionnaire().form;
    let concepts = sheets.sheet("concepts").expect("concepts");
    let asked = form.nodes.iter().filter(|n| n.kind.is_asked() && n.kind != QuestionType::Note);
    for node in asked.clone() {
        let row = concepts.rows.iter().find(|r| concepts.cell(r, "question") == node.name);
        assert!(row.is_some_and(|r| !concepts.cell(r, "measures").is_empty()), "{}", node.name);
    }
    // What the interviewer sees or a household tells, and what stands for itself, has no "prefers not to answer".
    let person_is_asked = asked.filter(|n| form.ancestors(form.named(&n.name).expect("named")).any(|a| form.node(a).name == "interview"));
    for node in person_is_asked.filter(|n| !["sex", "age_years", "i11_days"].contains(&n.name.as_str()) && !n.name.starts_with("privacy")) {
        let choices = form.choices(node.kind).unwrap_or_default();
        let refuses = if node.name.starts_with("wg_") { "7" } else { "97" };
        assert!(choices.iter().any(|c| c.name == refuses), "{}", node.name);
    }
}

#[test]
fn the_page_prints_a_shared_list_once_and_names_among_other_letters_apart() {
    let form = questionnaire().form;
    let arabic = print(&form, &|code| code == "ar");
    assert!(arabic.contains("<html lang=\"ar\" dir=\"rtl\">") && !arabic.contains("Do not read aloud"), "one language alone");
    assert!(arabic.contains("<bdi><code>[selected_person]</code></bdi>") && !arabic.contains("${"), "names stand apart");
    assert_eq!(arabic.matches("<code>people</code>").count(), 1, "the list of people stands once");
    let english = print(&form, &|code| code == "en");
    assert!(english.contains("only if t01_a is 1 (Yes)"));
    assert!(english.contains("only if r03 has 23 (Platform, app or website)"));
    assert!(english.contains("only if (person_contact is over 1 or safe_now is 2 (No) or guardian is 6 (No) or consent is 2 (No))"));
    assert!(english.contains("regex(., &apos;^[A-Z0-9-]{3,24}$&apos;)"), "an expression without words of its own stands as it was written");
    assert!(print(&form, &|_| true).contains("Translations not signed off: Français (fr), Español (es), العربية (ar)."));
}
