//! The R code of a bundle: the published table, estimated again from the rows and compared number by number.

use crate::prevalence::research::{ResearchFile, Variance};

/// Codes are read as text, for R would take a column of F for FALSE.
const HEAD: &str = r#"# Gives the published table again from the rows of this file. Needs R with the package survey:
#     Rscript reproduce.R
library(survey)
"#;

const READ: &str = r#"rows <- read.csv(data_file, colClasses = "character", na.strings = "", check.names = FALSE)
published <- read.csv("published.csv", colClasses = "character", check.names = FALSE)
indicators <- unique(published$indicator)
for (column in c(intersect(c("stratum", "psu", "weight"), names(rows)), indicators)) rows[[column]] <- as.numeric(rows[[column]])
"#;

const COMPARE: &str = r#"estimate <- function(cell) {
  here <- rep(TRUE, nrow(rows))
  for (dimension in dimensions) {
    if (cell[[dimension]] != "_T") here <- here & !is.na(rows[[dimension]]) & rows[[dimension]] == cell[[dimension]]
  }
  asked <- as.formula(paste0("~", cell$indicator))
  found <- svymean(asked, subset(design, here), na.rm = TRUE)
  c(estimate = as.numeric(coef(found)), se = as.numeric(SE(found)))
}

# As the table is rounded: a proportion to 0.1 point, a standard error to two digits.
half_up <- function(x, scale) floor(x * scale + 0.5) / scale
two_digits <- function(x) if (x < 1e-9) 0 else half_up(x, 10^(1 - floor(log10(x))))
same <- function(a, b) abs(a - b) < 1e-9

differ <- 0
for (place in which(published$status == "shown")) {
  cell <- published[place, ]
  found <- estimate(cell)
  p <- half_up(found[["estimate"]], 1000)
  se <- two_digits(found[["se"]])
  is_same <- same(p, as.numeric(cell$estimate)) && same(se, as.numeric(cell$se))
  differ <- differ + !is_same
  where <- paste(unlist(cell[dimensions]), collapse = " ")
  cat(sprintf("%-14s %-20s %.6f (se %.6f) published %s (se %s) %s\n", cell$indicator, where, found[["estimate"]], found[["se"]],
    cell$estimate, cell$se, if (is_same) "same" else "DIFFERENT"))
}
cat(sum(published$status == "shown") - differ, "numbers are the published ones,", differ, "are not\n")
if (differ > 0) quit(status = 1)
"#;

pub(super) fn script(file: &ResearchFile, prefix: &str) -> String {
    let variance = &file.report().variance;
    let dimensions: Vec<String> = file.by().iter().map(|d| format!("\"{}\"", d.name())).collect();
    let design = match variance.by {
        Variance::Design => format!(
            "options(survey.lonely.psu = \"{}\")\n\
             # A sampled PSU without an interview is a row of weight 0: it counts in the variance.\n\
             design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = rows, nest = TRUE)\n",
            variance.lonely_psu
        ),
        Variance::Replicates => format!(
            "replicates <- as.matrix(read.csv(\"{prefix}replicates.csv\"))\n\
             design <- svrepdesign(weights = ~weight, repweights = replicates, data = rows, type = \"other\", scale = {}, rscales = 1,\n  \
             combined.weights = TRUE, mse = TRUE)\n",
            variance.scale
        ),
    };
    let simulated = if prefix.is_empty() { "" } else { "# SIMULATED DATA: these people do not exist.\n" };
    format!("{simulated}{HEAD}data_file <- \"{prefix}data.csv\"\ndimensions <- c({})\n{READ}{design}\n{COMPARE}", dimensions.join(", "))
}
