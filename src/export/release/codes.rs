//! The local code lists of a release (SDMX identifiers): what is in its tables, and nothing else.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Release, text};

/// A dimension of the data structure that a table may be broken down by: its identifier, our name for it, and what its codes mean.
pub(super) struct Axis {
    pub(super) id: &'static str,
    pub(super) list: &'static str,
    pub(super) name: &'static str,
    /// Our names for it: one, or one more coarsely banded.
    pub(super) dimensions: &'static [&'static str],
    words: &'static [(&'static str, &'static str)],
}

impl Axis {
    /// The level of a cell; empty where its table does not have the dimension.
    pub(super) fn level<'a>(&self, cell: &'a Value) -> &'a str {
        self.dimensions.iter().map(|name| text(&cell["by"][*name])).find(|level| !level.is_empty()).unwrap_or_default()
    }
}

pub(super) const AXES: [Axis; 5] = [
    Axis { id: "REF_AREA", list: "CL_AREA", name: "Reference area", dimensions: &["region"], words: &[] },
    Axis { id: "SEX", list: "CL_SEX", name: "Sex", dimensions: &["sex"], words: &[("F", "Female"), ("M", "Male")] },
    Axis {
        id: "AGE",
        list: "CL_AGE",
        name: "Age",
        dimensions: &["age_group", "age_band"],
        words: &[
            ("Y15T17", "15 to 17 years old"),
            ("Y18T24", "18 to 24 years old"),
            ("Y25T34", "25 to 34 years old"),
            ("Y35T49", "35 to 49 years old"),
            ("Y50T64", "50 to 64 years old"),
            ("Y_GE65", "65 years old and over"),
            ("Y15T34", "15 to 34 years old"),
            ("Y35T64", "35 to 64 years old"),
        ],
    },
    Axis {
        id: "DISABILITY_STATUS",
        list: "CL_DIS",
        name: "Disability (Washington Group Short Set)",
        dimensions: &["disability"],
        words: &[
            ("DIS1", "With disability"),
            ("DIS0", "Without disability"),
            ("DIS0P", "Without disability as far as answered"),
            ("DISU", "Not known"),
        ],
    },
    Axis { id: "URBANISATION", list: "CL_URB", name: "Urban or rural", dimensions: &["urban"], words: &[("U", "Urban"), ("R", "Rural")] },
];

const BASES: [(&str, &str); 4] =
    [("ALL", "All people"), ("NET", "Internet users"), ("EP", "People who ever had a partner"), ("V12", "Victims in the last 12 months")];

/// Codes with their words, by axis in the order of [`AXES`]; indicators; populations.
pub(super) struct Codes {
    pub(super) axes: Vec<BTreeMap<String, String>>,
    pub(super) series: BTreeMap<String, String>,
    pub(super) bases: BTreeMap<String, String>,
    /// The identifier of each level that is none by itself.
    ids: BTreeMap<String, String>,
}

pub(super) const TOTAL: &str = "_T";

impl Codes {
    pub(super) fn of(release: &Release<'_>) -> Codes {
        let total = || BTreeMap::from([(TOTAL.to_owned(), "Total".to_owned())]);
        let mut codes =
            Codes { axes: AXES.iter().map(|_| total()).collect(), series: BTreeMap::new(), bases: BTreeMap::new(), ids: BTreeMap::new() };
        for (table, cell) in release.cells() {
            let (id, base) = (text(&table["indicator"]["id"]), text(&table["indicator"]["base"]));
            codes.series.entry(id.to_owned()).or_insert_with(|| text(&table["indicator"]["label"]).to_owned());
            codes.bases.entry(base.to_owned()).or_insert_with(|| word(&BASES, base));
            for (place, axis) in AXES.iter().enumerate() {
                let level = axis.level(cell);
                if !level.is_empty() && level != TOTAL {
                    let id = codes.identify(level);
                    codes.axes[place].entry(id).or_insert_with(|| word(axis.words, level));
                }
            }
        }
        codes
    }

    /// The identifier of a level; one that a level of another spelling has already gets a number.
    fn identify(&mut self, level: &str) -> String {
        if let Some(known) = self.ids.get(level) {
            return known.clone();
        }
        let plain: String = level.chars().map(|c| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '_' }).collect();
        let is_taken = |id: &String| self.ids.values().any(|other| other == id);
        let numbered = (2..).map(|n| format!("{plain}_{n}"));
        let id = std::iter::once(plain.clone()).chain(numbered).find(|id| !is_taken(id) && id != TOTAL).unwrap_or(plain);
        self.ids.insert(level.to_owned(), id.clone());
        id
    }

    /// The identifier of a level, the total where a table does not have the dimension.
    pub(super) fn id(&self, level: &str) -> &str {
        self.ids.get(level).map_or(TOTAL, String::as_str)
    }
}

fn word(words: &[(&str, &str)], code: &str) -> String {
    words.iter().chain(&[("_U", "Not known")]).find(|(known, _)| *known == code).map_or(code, |(_, word)| word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_that_look_alike_have_codes_of_their_own() {
        let mut codes = Codes { axes: Vec::new(), series: BTreeMap::new(), bases: BTreeMap::new(), ids: BTreeMap::new() };
        assert_eq!(
            ["Nord Est", "Nord-Est", "Nord_Est", "Nord Est"].map(|level| codes.identify(level)),
            ["Nord_Est", "Nord-Est", "Nord_Est_2", "Nord_Est"]
        );
        assert_eq!((codes.id("Nord_Est"), codes.id("")), ("Nord_Est_2", "_T"));
    }
}
