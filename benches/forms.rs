//! How fast a large questionnaire is read, written and answered: a simulated one of 170 questions, in two languages.
//!
//! `cargo bench --bench forms`

use criterion::{Criterion, criterion_group, criterion_main};
use kish::instrument::{Form, Row, Sheet, Workbook, write_xform};
use kish::submission::{Instance, Submission};

const SURVEY: [&str; 9] =
    ["type", "name", "label::English (en)", "label::French (fr)", "relevant", "constraint", "calculation", "required", "choice_filter"];
const MODULES: usize = 17;

fn sheet(header: &[&str], rows: Vec<Vec<String>>) -> Sheet {
    let rows = rows.into_iter().enumerate().map(|(place, cells)| Row { number: place + 2, cells }).collect();
    Sheet { header: header.iter().map(|h| (*h).to_owned()).collect(), rows }
}

/// Modules of ten: each with a filter question, skips that read it, limits, selections, a cascade and a sum.
fn workbook() -> Workbook {
    let mut survey = Vec::new();
    let mut row = |kind: &str, name: String, relevant: String, constraint: &str, calculation: String, filter: String| {
        let label = |words: &str| if kind.starts_with("end") || kind == "calculate" { String::new() } else { format!("{words} {name}?") };
        let required = if kind.starts_with("select_one") { "yes" } else { "" };
        let texts = [kind.to_owned(), name.clone(), label("What about"), label("Qu'en est-il de")];
        survey.push(texts.into_iter().chain([relevant, constraint.to_owned(), calculation, required.to_owned(), filter]).collect());
    };
    let none = String::new;
    row("start", "start".to_owned(), none(), "", none(), none());
    row("end", "end".to_owned(), none(), "", none(), none());
    for m in 0..MODULES {
        let asked = format!("${{m{m}_a}} = 1");
        row("begin_group", format!("m{m}"), none(), "", none(), none());
        row("select_one yn", format!("m{m}_a"), none(), "", none(), none());
        row("integer", format!("m{m}_b"), asked.clone(), ". >= 0 and . <= 120", none(), none());
        row("select_one often", format!("m{m}_c"), format!("{asked} and ${{m{m}_b}} > 0"), "", none(), none());
        row("select_multiple who", format!("m{m}_d"), asked.clone(), "not(selected(., '1') and selected(., '7'))", none(), none());
        row("select_one region", format!("m{m}_e"), none(), "", none(), none());
        row("select_one town", format!("m{m}_f"), none(), "", none(), format!("in_region = ${{m{m}_e}}"));
        row("date", format!("m{m}_g"), asked.clone(), ". <= today()", none(), none());
        row("select_one yn", format!("m{m}_h"), format!("selected(${{m{m}_d}}, '2')"), "", none(), none());
        row("note", format!("m{m}_i"), asked, "", none(), none());
        row("calculate", format!("m{m}_j"), none(), "", format!("coalesce(${{m{m}_b}}, 0) + count-selected(${{m{m}_d}})"), none());
        row("end_group", none(), none(), "", none(), none());
    }
    let mut choices = Vec::new();
    for (list, n) in [("yn", 2), ("often", 5), ("who", 9), ("region", 12), ("town", 120)] {
        choices.extend(
            (1..=n).map(|c| vec![list.to_owned(), c.to_string(), format!("Choice {c}"), format!("Choix {c}"), ((c + 9) / 10).to_string()]),
        );
    }
    let settings = vec![["bench", "1", "English (en)"].map(str::to_owned).to_vec()];
    let mut workbook = Workbook::default();
    workbook.sheets.insert("survey".to_owned(), sheet(&SURVEY, survey));
    workbook
        .sheets
        .insert("choices".to_owned(), sheet(&["list_name", "name", "label::English (en)", "label::French (fr)", "in_region"], choices));
    workbook.sheets.insert("settings".to_owned(), sheet(&["form_id", "version", "default_language"], settings));
    workbook
}

/// An interview that answers all there is: nine answers a module.
fn interview() -> String {
    let mut xml =
        "<data id=\"bench\" version=\"1\"><start>2026-11-16T10:00:00.000+01:00</start><end>2026-11-16T10:40:00.000+01:00</end>".to_owned();
    for m in 0..MODULES {
        let answers = [
            ("a", "1"),
            ("b", "34"),
            ("c", "3"),
            ("d", "2 3 5"),
            ("e", "7"),
            ("f", "65"),
            ("g", "2026-11-01"),
            ("h", "2"),
            ("i", ""),
            ("j", "37"),
        ];
        xml.push_str(&format!("<m{m}>"));
        xml.extend(answers.iter().map(|(q, answer)| format!("<m{m}_{q}>{answer}</m{m}_{q}>")));
        xml.push_str(&format!("</m{m}>"));
    }
    xml.push_str("<meta><instanceID>uuid:1</instanceID></meta></data>");
    xml
}

fn forms(criterion: &mut Criterion) {
    let workbook = workbook();
    let form = Form::read(&workbook).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let xml = interview();
    let instance = Instance::read(xml.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
    let check = || Submission::check(&form, &instance).map_or_else(|found| panic!("{found:?}"), drop);
    check();
    criterion.bench_function("read 155 answers", |b| b.iter(|| Instance::read(xml.as_bytes()).map(|i| i.leaves().count())));
    criterion.bench_function("check 155 answers", |b| b.iter(check));
    criterion.bench_function("convert 170 questions", |b| {
        b.iter(|| Form::read(&workbook).map(|form| write_xform(&form, &|_| true).len()).map_err(|errors| errors.len()));
    });
}

criterion_group!(benches, forms);
criterion_main!(benches);
