//! The README of a bundle.

use std::fmt::Write;

use crate::prevalence::research::{ResearchFile, Variance};

pub(super) fn words(file: &ResearchFile, prefix: &str) -> String {
    let report = file.report();
    let provenance = &report.provenance;
    let mut text = String::new();
    if provenance.synthetic {
        text.push_str("SIMULATED DATA: these people do not exist.\n\n");
    }
    let _ = write!(
        text,
        "Rows for research of {} interviews, each one person. Form {} {}, weights {}, {}; form hash\n{}.\n\n\
         Handed to one researcher for a time, by decision of two people. Do not look for anybody in it, do not join it with other\n\
         data, do not pass it on, and destroy it when the grant ends. What you publish from it passes the rules of the published\n\
         table: {} cases or more, {} with and {} without the event, {} PSUs or more. A cell that is withheld there stays withheld.\n\n\
         {prefix}data.csv      the rows, in random order\n\
         {prefix}codebook.csv  what each column and code means\n\
         published.csv   the published table that comes out of the rows again\n\
         reproduce.R     R code that does it and compares: Rscript reproduce.R\n\
         report.json     what was done to the rows, and where they come from\n",
        report.rows,
        provenance.form_id,
        provenance.form_version,
        provenance.weight_set,
        provenance.program,
        provenance.form_hash,
        provenance.min_cases,
        provenance.min_events,
        provenance.min_events,
        provenance.min_psus,
    );
    text.push_str(&variance(file, prefix));
    text.push_str(&control(file));
    text
}

fn variance(file: &ResearchFile, prefix: &str) -> String {
    let variance = &file.report().variance;
    match variance.by {
        Variance::Design => format!(
            "\nStandard errors: PSUs in strata, drawn with replacement; a stratum of one PSU by the rule '{}'. {} sampled PSUs without an\n\
             interview are rows of weight 0: leave them in. For a group take a subset of the design, not of the rows.\n",
            variance.lonely_psu,
            file.report().empty_psus,
        ),
        Variance::Replicates => format!(
            "\nStandard errors: {} replicate weights in {prefix}replicates.csv, row by row as the data; scale {}, rscales 1, around the\n\
             estimate (mse). Those of the published table come out as published; others are right on average, and off by about {:.0} %.\n",
            variance.replicates,
            variance.scale,
            100.0 * (2.0 / variance.replicates as f64).sqrt(),
        ),
    }
}

fn control(file: &ResearchFile) -> String {
    let report = file.report();
    let mut text = format!(
        "\nEvery combination of {} is shared by {} rows at least.\n\
         The greatest individual risk (Franconi and Polettini) is {:.5}, and {:.2} of the rows would be recognised if somebody looked for all of them. Weights are in {} values, each a step of about\n\
         {} from the next and shared by {} rows of {} PSUs at least: the published numbers come out of them, others move a little.\n",
        report.quasi_identifiers.join(", "),
        report.k,
        report.risk.greatest,
        report.risk.expected,
        report.weights.values,
        report.weights.ratio,
        report.weights.rows_of_rarest,
        report.weights.psus_of_rarest,
    );
    for recoded in &report.recoded {
        let levels = if recoded.levels.is_empty() { "left out whole".to_owned() } else { recoded.levels.join(", ") };
        let _ = writeln!(text, "Made coarser: {}, {levels}.", recoded.column);
    }
    for suppressed in report.suppressed.iter().filter(|s| s.values > 0) {
        let _ = writeln!(text, "Left out: {} values of {}.", suppressed.values, suppressed.column);
    }
    text
}
