//! The quasi-identifiers of a file as codes, and the steps by which each becomes coarser.

use kish_analysis::anonymity::{Column, HIDDEN};

use crate::prevalence::dimension::{Levels, TOTAL};
use crate::prevalence::{Dimension, Row};

/// A dimension over the rows of a sample.
#[derive(Debug)]
pub(super) struct Coded {
    pub dimension: Dimension,
    /// The labels before any step, and after each.
    labels: Vec<Vec<String>>,
    pub column: Column,
}

impl Coded {
    pub fn of(dimension: Dimension, rows: &[Row]) -> Coded {
        let Levels { names: levels, of_row } = dimension.levels_of(rows);
        let place = |labels: &[String], label: &str| u32::try_from(labels.iter().position(|l| l == label).unwrap_or(0)).unwrap_or(0);
        let codes = of_row.into_iter().map(u32::from).collect();
        let (mut labels, mut steps) = (vec![levels.clone()], Vec::new());
        for coarser in (1..).map_while(|step| step_of(dimension, step)) {
            let each: Vec<&str> = levels.iter().map(|level| coarser(level)).collect();
            let mut there: Vec<String> = Vec::new();
            for label in &each {
                if !there.iter().any(|known| known == label) {
                    there.push((*label).to_owned());
                }
            }
            steps.push(each.iter().map(|label| place(&there, label)).collect());
            labels.push(there);
        }
        Coded { dimension, labels, column: Column { codes, steps } }
    }

    /// How a code reads after so many steps; empty where the value is left out.
    pub fn label(&self, step: usize, code: u32) -> &str {
        if code == HIDDEN { "" } else { self.labels[step].get(code as usize).map_or("", String::as_str) }
    }

    pub fn labels(&self, step: usize) -> &[String] {
        &self.labels[step]
    }

    /// Whether nothing is left of it but the total.
    pub fn is_gone(&self, step: usize) -> bool {
        self.labels[step] == [TOTAL]
    }
}

type Coarser = fn(&str) -> &str;

/// The steps of a dimension: ages in three bands, in two, and everything to the total.
fn step_of(dimension: Dimension, step: usize) -> Option<Coarser> {
    let all: Coarser = |_| TOTAL;
    match (dimension, step) {
        (Dimension::AgeGroup, 1) => Some(three_bands),
        (Dimension::AgeGroup, 2) => Some(two_bands),
        (Dimension::AgeGroup, 3) => Some(all),
        (Dimension::AgeGroup, _) => None,
        (_, 1) => Some(all),
        _ => None,
    }
}

fn three_bands(level: &str) -> &str {
    match level {
        "Y15T17" | "Y18T24" | "Y25T34" => "Y15T34",
        "Y35T49" | "Y50T64" => "Y35T64",
        other => other,
    }
}

fn two_bands(level: &str) -> &str {
    match three_bands(level) {
        "Y35T64" | "Y_GE65" => "Y_GE35",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deidentify::Disability;
    use crate::prevalence::AgeGroup;

    fn row(age_group: Option<AgeGroup>) -> Row {
        Row {
            psu: 0,
            weight: 1.0,
            before_calibration: 1.0,
            sex: 1,
            age_group,
            disability: Disability::Without,
            region: "north".into(),
            urban: "U".into(),
        }
    }

    #[test]
    fn ages_become_bands_and_then_nothing() {
        let rows: Vec<Row> = AgeGroup::ALL.into_iter().map(Some).chain([None]).map(row).collect();
        let coded = Coded::of(Dimension::AgeGroup, &rows);
        assert_eq!(
            (coded.labels(1), coded.labels(2)),
            (&["Y15T34", "Y35T64", "Y_GE65", "_U"].map(str::to_owned)[..], &["Y15T34", "Y_GE35", "_U"].map(str::to_owned)[..])
        );
        assert_eq!(coded.column.steps.len(), 3);
        let read = |step: usize, row: usize| coded.label(step, coded.column.steps[step - 1][coded.column.codes[row] as usize]).to_owned();
        assert_eq!(
            (read(1, 1), read(1, 4), read(2, 5), read(1, 6)),
            ("Y15T34".to_owned(), "Y35T64".to_owned(), "Y_GE35".to_owned(), "_U".to_owned())
        );
        assert!(coded.is_gone(3) && !coded.is_gone(2));
        assert_eq!(coded.label(0, HIDDEN), "");
    }
}
