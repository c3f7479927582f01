//! The table of the simulated survey, with the truth beside each estimate: what only a simulation can show.

use std::io::Write;

use anyhow::Result;
use serde_json::Value;

use super::office::Office;
use super::population::{Acts, AgeGroup, Period, Person, Population, STRATA, Sex};

const INDICATOR: &str = "TFV_ANY_12M";

pub(super) fn write(out: &mut dyn Write, office: &Office, population: &Population) -> Result<()> {
    writeln!(out, "\nSIMULATED DATA. {INDICATOR}: at least one of fourteen core acts committed using technology, last 12 months")?;
    write_fieldwork(out, office)?;
    writeln!(
        out,
        "\n{:<30} {:>8} {:>16} {:>6} {:>6} {:>5} {:>6}   {:>7}  status",
        "", "estimate", "95 % interval", "se", "deff", "df", "n", "truth"
    )?;
    for (heading, by) in [
        ("By sex", "sex"),
        ("By age", "age_group"),
        ("By disability", "disability"),
        ("By place", "urban"),
        ("By region", "region"),
        ("By sex and age", "sex,age_group"),
    ] {
        writeln!(out, "{heading}")?;
        for cell in office.table(INDICATOR, by)?["cells"].as_array().into_iter().flatten() {
            write_cell(out, cell, population)?;
        }
    }
    Ok(())
}

/// What leaves: fewer cells than the statistician sees above, for together they must not give anybody away.
pub(super) fn write_release(out: &mut dyn Write, release: &Value) -> Result<()> {
    let loss = &release["release"]["loss"];
    let people = |name: &str| loss[name].as_f64().unwrap_or(f64::NAN) * 100.0;
    let reasons = loss["withheld"].as_object().into_iter().flatten().map(|(reason, cells)| format!("{cells} {reason}"));
    writeln!(
        out,
        "\nReleased, {} tables under one mask: {} of {} cells shown, {:.1} % of the people in them; withholding rows and columns: {} cells, {:.1} %.",
        release["tables"].as_array().map_or(0, Vec::len),
        loss["shown"],
        loss["cells"],
        people("shareOfPeopleShown"),
        loss["shownByRowsAndColumns"],
        people("shareOfPeopleShownByRowsAndColumns")
    )?;
    writeln!(out, "Withheld: {}.", reasons.collect::<Vec<_>>().join(", "))?;
    Ok(())
}

fn write_fieldwork(out: &mut dyn Write, office: &Office) -> Result<()> {
    let (fieldwork, weights) = (office.fieldwork()?, office.weight_sets()?);
    let rate = |name: &str| fieldwork["responseRates"][name].as_f64().unwrap_or(f64::NAN) * 100.0;
    let diagnostics = &weights[0]["diagnostics"];
    writeln!(
        out,
        "Response rate (AAPOR RR1) {:.1} %, cooperation {:.1} %. {} interviews stand for {:.0} people; deff of the weights {:.2}.",
        rate("rr1"),
        rate("cooperation"),
        diagnostics["interviews"],
        diagnostics["sum"].as_f64().unwrap_or(f64::NAN),
        diagnostics["deffWeights"].as_f64().unwrap_or(f64::NAN)
    )?;
    let waiting = office.set_aside()?;
    for record in waiting["waiting"].as_array().into_iter().flatten() {
        writeln!(out, "Set aside: {} ({})", record["records"], record["reason"].as_str().unwrap_or(""))?;
    }
    Ok(())
}

fn write_cell(out: &mut dyn Write, cell: &Value, population: &Population) -> Result<()> {
    let truth = population.truth(Acts::CORE, Period::Last12Months, |person| is_in(person, &cell["by"])) * 100.0;
    let number = |name: &str| cell[name].as_f64().unwrap_or(f64::NAN);
    let percent = |name: &str| number(name) * 100.0;
    let name = label(&cell["by"]);
    if cell["status"] == "shown" {
        let interval = format!("{:.1} – {:.1}", percent("ci_lower"), percent("ci_upper"));
        let marks = cell["reliability"]["outcome"].as_str().unwrap_or("");
        writeln!(
            out,
            "  {name:<28} {:>6.1} % {interval:>16} {:>6.2} {:>6.2} {:>5.0} {:>6}   {truth:>5.1} %  {marks}",
            percent("estimate"),
            percent("se"),
            number("deff"),
            number("df"),
            number("n")
        )?;
    } else {
        let reason = cell["reason"].as_str().unwrap_or("");
        writeln!(
            out,
            "  {name:<28} {:>8} {:>16} {:>6} {:>6} {:>5} {:>6}   {truth:>5.1} %  withheld: {reason}",
            "·", "·", "·", "·", "·", "·"
        )?;
    }
    Ok(())
}

fn label(by: &Value) -> String {
    let codes: Vec<&str> = by.as_object().into_iter().flatten().filter_map(|(_, level)| level.as_str()).collect();
    codes
        .iter()
        .rev()
        .map(|code| match *code {
            "F" => "women",
            "M" => "men",
            "DIS1" => "with disability",
            "DIS0" => "without disability",
            "U" => "urban",
            "R" => "rural",
            "DISU" => "disability not known",
            "_T" => "all",
            other => other,
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// Whether a person of the population is in a table's cell.
fn is_in(person: &Person, by: &Value) -> bool {
    let matches = |dimension: &str, code: &str| match by[dimension].as_str() {
        None | Some("_T") => true,
        Some(level) => level == code,
    };
    let sex = if person.sex == Sex::Female { "F" } else { "M" };
    let disability = if person.is_disabled() { "DIS1" } else { "DIS0" };
    let stratum = &STRATA[person.stratum];
    let place = if stratum.is_urban { "U" } else { "R" };
    matches("urban", place)
        && matches("region", stratum.region)
        && matches("sex", sex)
        && matches("age_group", age_code(person.age_group()))
        && matches("disability", disability)
}

fn age_code(group: AgeGroup) -> &'static str {
    match group {
        AgeGroup::From18 => "Y18T24",
        AgeGroup::From25 => "Y25T34",
        AgeGroup::From35 => "Y35T49",
        AgeGroup::From50 => "Y50T64",
        AgeGroup::From65 => "Y_GE65",
    }
}
