//! The form behind a release as a DDI Codebook 2.5: the study, the release, and every question with its words and codes.

use std::borrow::Cow;
use std::fmt::{Error, Write};

use quick_xml::escape;

use super::Release;
use crate::instrument::{Form, Node, NodeId, QuestionType};

pub(super) fn codebook(release: &Release<'_>, form: &Form) -> Result<String, Error> {
    let mut xml = String::with_capacity(64 * 1024);
    let language = escape(form.languages.get(form.default_language).map_or("en", |l| l.code())).into_owned();
    writeln!(
        xml,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<codeBook xmlns=\"ddi:codebook:2_5\" version=\"2.5\" xml:lang=\"{language}\" ID=\"KISH\">"
    )?;
    study(&mut xml, release)?;
    writeln!(xml, "<dataDscr>")?;
    for id in form.ids().filter(|id| is_variable(form.node(*id))) {
        variable(&mut xml, form, id)?;
    }
    writeln!(xml, "</dataDscr>\n</codeBook>")?;
    Ok(xml)
}

fn study(xml: &mut String, release: &Release<'_>) -> Result<(), Error> {
    let p = release.provenance;
    let title = escape(&p.study);
    let simulated = if p.synthetic { "SIMULATED DATA: these people do not exist. " } else { "" };
    writeln!(xml, "<stdyDscr>\n<citation><titlStmt><titl>{title}</titl></titlStmt>")?;
    writeln!(xml, "<prodStmt><software>{}</software></prodStmt>", escape(&p.program))?;
    let (name, made_on) = (escape(release.about.name), escape(release.about.made_on));
    writeln!(xml, "<verStmt><version date=\"{made_on}\">{name}</version></verStmt></citation>")?;
    let weeks = escape(&p.fieldwork);
    let (from, to) = weeks.split_once('/').unwrap_or((&weeks, &weeks));
    writeln!(xml, "<stdyInfo><abstract>{simulated}Tables of the release {name}, {}.</abstract>", escape(release.about.digest))?;
    writeln!(
        xml,
        "<sumDscr><collDate event=\"start\">{from}</collDate><collDate event=\"end\">{to}</collDate><anlyUnit>person</anlyUnit></sumDscr></stdyInfo>"
    )?;
    writeln!(
        xml,
        "<method><dataColl><sampProc>{} sampled PSUs in {} strata; one person a household</sampProc><weight>weight set {}</weight></dataColl>",
        p.sampled_psus,
        p.strata,
        escape(&p.weight_set)
    )?;
    for approval in &p.approvals {
        writeln!(xml, "<notes type=\"ethics\">{}, {}</notes>", escape(&approval.committee), escape(&approval.reference))?;
    }
    writeln!(
        xml,
        "<anlyInfo><EstSmpErr>{}</EstSmpErr><dataAppr>{}</dataAppr></anlyInfo>",
        escape(&release.how()),
        escape(&release.rule())
    )?;
    writeln!(xml, "</method>\n</stdyDscr>")
}

/// As XML may hold it: control characters that a name was given have no place there, not even escaped.
fn escape(text: &str) -> Cow<'_, str> {
    let is_allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    if text.chars().all(is_allowed) {
        return escape::escape(text);
    }
    Cow::Owned(escape::escape(text.chars().filter(|c| is_allowed(*c)).collect::<String>()).into_owned())
}

/// What an answer or a calculation leaves in the data; what only the device knows does not stay.
fn is_variable(node: &Node) -> bool {
    !matches!(
        node.kind,
        QuestionType::Group
            | QuestionType::Repeat
            | QuestionType::Note
            | QuestionType::Hidden
            | QuestionType::Metadata(_)
            | QuestionType::Upload(_)
            | QuestionType::Location(_)
            | QuestionType::Unasked(_)
            | QuestionType::Barcode
    )
}

fn variable(xml: &mut String, form: &Form, id: NodeId) -> Result<(), Error> {
    let node = form.node(id);
    let words = |texts: &[String]| escape(texts.get(form.default_language).map_or("", String::as_str)).into_owned();
    let name = escape(&node.name);
    let is_coded = matches!(node.kind, QuestionType::SelectOne(_) | QuestionType::SelectMultiple(_) | QuestionType::Rank(_));
    writeln!(xml, "<var ID=\"V{}\" name=\"{name}\" intrvl=\"{}\">", id.index() + 1, if is_coded { "discrete" } else { "contin" })?;
    let label = words(&node.label);
    writeln!(xml, "<labl>{}</labl>", if label.is_empty() { name.as_ref() } else { label.as_str() })?;
    if node.kind.is_asked() {
        let hint = words(&node.hint);
        writeln!(xml, "<qstn><qstnLit>{label}</qstnLit>")?;
        if !hint.is_empty() {
            writeln!(xml, "<ivuInstr>{hint}</ivuInstr>")?;
        }
        writeln!(xml, "</qstn>")?;
    }
    if let Some(relevant) = &node.relevant {
        writeln!(xml, "<universe>{}</universe>", escape(&relevant.source))?;
    }
    for choice in form.choices(node.kind).unwrap_or_default() {
        writeln!(xml, "<catgry><catValu>{}</catValu><labl>{}</labl></catgry>", escape(&choice.name), words(&choice.label))?;
    }
    if node.kind == QuestionType::Calculate {
        let source = node.calculation.as_ref().map_or("", |calculation| calculation.source.as_str());
        writeln!(xml, "<derivation><drvdesc>{}</drvdesc></derivation>", escape(source))?;
    }
    writeln!(xml, "<varFormat type=\"{}\"/>\n</var>", if is_coded || node.kind == QuestionType::Text { "character" } else { "numeric" })
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_xml_cannot_hold_is_left_out_of_a_name() {
        assert_eq!(super::escape("a\u{1}b & c\n"), "ab &amp; c\n");
    }
}
