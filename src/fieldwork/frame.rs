//! The sample frame: the cases drawn, each under a code, with its stratum, its PSU and its base weight.

use std::collections::HashMap;

use crate::instrument::{Error, Errors, Kind};

/// A sample as an office sends it. Codes alone: nothing here says who or where anyone is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frame {
    pub psus: Vec<Psu>,
    pub cases: Vec<SampledCase>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Psu {
    pub stratum: String,
    pub code: String,
    /// Who is interviewed in this area: 1 women, 2 men; never both.
    pub sex: u8,
    pub region: String,
    /// `U` or `R`, or empty.
    pub urban: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SampledCase {
    pub code: String,
    /// The place of its PSU in [`Frame::psus`].
    pub psu: usize,
    /// One over the chance with which the household was drawn.
    pub base_weight: f64,
}

const COLUMNS: [&str; 9] = ["case", "stratum", "psu", "base_weight", "p_psu", "p_household", "region", "urban", "sex"];
const REQUIRED: [&str; 3] = ["case", "stratum", "psu"];
const MAX_CASES: usize = 2_000_000;
/// As many mistakes as an office can mend before sending the frame again.
const MAX_ERRORS: usize = 100;

impl Frame {
    /// Reads a CSV of cases; a column not known is refused, for it may say who someone is.
    pub fn read(csv: &[u8]) -> Result<Frame, Errors> {
        let csv = csv.strip_prefix(b"\xef\xbb\xbf").unwrap_or(csv);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(csv);
        let header = reader
            .headers()
            .map_err(|_| vec![at(1, "", Kind::Unreadable, "the first row is not text in UTF-8", "save the frame as CSV in UTF-8")])?
            .clone();
        let columns = Columns::read(&header)?;
        let mut reading = Reading { columns, frame: Frame::default(), psus: HashMap::new(), cases: HashMap::new(), errors: Vec::new() };
        for (index, record) in reader.into_records().enumerate() {
            match record {
                Ok(record) => reading.row(index + 2, &record),
                Err(_) => reading.errors.push(at(
                    index + 2,
                    "",
                    Kind::Unreadable,
                    "the row has more or fewer cells than the first, or is not UTF-8",
                    "mend the row",
                )),
            }
            if reading.errors.len() >= MAX_ERRORS || reading.frame.cases.len() > MAX_CASES {
                break;
            }
        }
        if reading.frame.cases.len() > MAX_CASES {
            reading.errors.push(Error::in_sheet(
                "frame",
                Kind::Limit,
                format!("the frame has more than {MAX_CASES} cases"),
                "split the study",
            ));
        }
        if reading.frame.cases.is_empty() && reading.errors.is_empty() {
            reading.errors.push(Error::in_sheet("frame", Kind::Missing, "the frame has no cases", "add a row for each sampled case"));
        }
        if reading.errors.is_empty() { Ok(reading.frame) } else { Err(reading.errors) }
    }
}

struct Columns(HashMap<&'static str, usize>);

impl Columns {
    fn read(header: &csv::StringRecord) -> Result<Columns, Errors> {
        let mut found = HashMap::new();
        let mut errors = Vec::new();
        for (place, name) in header.iter().enumerate() {
            match COLUMNS.iter().find(|c| **c == name) {
                Some(column) => {
                    found.insert(*column, place);
                }
                None => errors.push(at(
                    1,
                    name,
                    Kind::Identifier,
                    format!("'{name}' is not a column of a frame"),
                    format!("remove it: a frame holds codes alone ({})", COLUMNS.join(", ")),
                )),
            }
        }
        let has = |column: &str| found.contains_key(column);
        for column in REQUIRED.iter().filter(|c| !has(c)) {
            errors.push(at(1, column, Kind::Missing, format!("there is no column '{column}'"), "add it"));
        }
        if !has("base_weight") && !has("p_psu") {
            errors.push(at(
                1,
                "base_weight",
                Kind::Missing,
                "there is no column 'base_weight'",
                "add it, or the chances p_psu and p_household of the stages",
            ));
        }
        if has("base_weight") && (has("p_psu") || has("p_household")) {
            errors.push(at(1, "p_psu", Kind::Duplicate, "the frame gives both a base weight and chances", "keep one of them"));
        }
        if errors.is_empty() { Ok(Columns(found)) } else { Err(errors) }
    }

    fn cell<'a>(&self, record: &'a csv::StringRecord, column: &str) -> Option<&'a str> {
        self.0.get(column).and_then(|place| record.get(*place))
    }
}

struct Reading {
    columns: Columns,
    frame: Frame,
    psus: HashMap<(String, String), usize>,
    cases: HashMap<String, usize>,
    errors: Errors,
}

impl Reading {
    fn row(&mut self, row: usize, record: &csv::StringRecord) {
        let mut found = Vec::new();
        let case = self.code(row, record, "case", &mut found);
        let psu = Psu {
            stratum: self.code(row, record, "stratum", &mut found),
            code: self.code(row, record, "psu", &mut found),
            sex: self.sex(row, record, &mut found),
            region: self.area(row, record, "region", &mut found),
            urban: self.area(row, record, "urban", &mut found),
        };
        let base_weight = self.base_weight(row, record, &mut found);
        if let Some(first) = self.cases.get(&case) {
            found.push(at(row, "case", Kind::Duplicate, format!("the case stands in row {first} already"), "give each case its own code"));
        }
        if !found.is_empty() {
            return self.errors.append(&mut found);
        }
        if let Some(psu) = self.psu(row, psu) {
            self.cases.insert(case.clone(), row);
            self.frame.cases.push(SampledCase { code: case, psu, base_weight });
        }
    }

    /// The place of a PSU; every row of it must say the same of it.
    fn psu(&mut self, row: usize, psu: Psu) -> Option<usize> {
        let key = (psu.stratum.clone(), psu.code.clone());
        match self.psus.get(&key) {
            Some(place) if self.frame.psus[*place] == psu => Some(*place),
            Some(_) => {
                self.errors.push(at(
                    row,
                    "psu",
                    Kind::Structure,
                    format!("the PSU '{}' has another sex, region or urban above", psu.code),
                    "say the same of a PSU in each of its rows; women and men are fielded in different PSUs",
                ));
                None
            }
            None => {
                let place = self.frame.psus.len();
                self.psus.insert(key, place);
                self.frame.psus.push(psu);
                Some(place)
            }
        }
    }

    fn code(&self, row: usize, record: &csv::StringRecord, column: &str, errors: &mut Errors) -> String {
        let text = self.columns.cell(record, column).unwrap_or("");
        if text.is_empty() {
            errors.push(at(row, column, Kind::Missing, format!("the {column} is empty"), "write its code"));
        } else if !is_code(text) {
            errors.push(at(
                row,
                column,
                Kind::Identifier,
                format!("the {column} is not a code"),
                "use up to 40 letters, digits, - _ and . without spaces",
            ));
        }
        text.to_owned()
    }

    /// A level of tables, or nothing.
    fn area(&self, row: usize, record: &csv::StringRecord, column: &str, errors: &mut Errors) -> String {
        match self.columns.cell(record, column) {
            None | Some("") => String::new(),
            Some("_T" | "_U") => {
                let hint = "_T is the total of a table and _U what is not known: write another code, or leave the cell empty";
                errors.push(at(row, column, Kind::Unknown, format!("the {column} has a code that tables use themselves"), hint));
                String::new()
            }
            Some(_) => self.code(row, record, column, errors),
        }
    }

    fn sex(&self, row: usize, record: &csv::StringRecord, errors: &mut Errors) -> u8 {
        match self.columns.cell(record, "sex").unwrap_or("") {
            "" | "1" | "F" => 1,
            "2" | "M" => 2,
            _ => {
                errors.push(at(row, "sex", Kind::Unknown, "the sex is neither 1 (women are interviewed here) nor 2 (men)", "write 1 or 2"));
                1
            }
        }
    }

    fn base_weight(&self, row: usize, record: &csv::StringRecord, errors: &mut Errors) -> f64 {
        if let Some(text) = self.columns.cell(record, "base_weight") {
            return self.number(row, "base_weight", text, f64::MAX, errors);
        }
        let chances = ["p_psu", "p_household"].into_iter().filter_map(|c| self.columns.cell(record, c).map(|text| (c, text)));
        1.0 / chances.map(|(column, text)| self.number(row, column, text, 1.0, errors)).product::<f64>()
    }

    fn number(&self, row: usize, column: &str, text: &str, most: f64, errors: &mut Errors) -> f64 {
        match text.parse::<f64>() {
            Ok(n) if n.is_finite() && n > 0.0 && n <= most => n,
            _ => {
                let range = if most > 1.0 { "a number above 0" } else { "a chance above 0 and up to 1" };
                errors.push(at(
                    row,
                    column,
                    Kind::Unknown,
                    format!("the {column} is not {range}"),
                    "a case that was drawn had a chance; write it",
                ));
                1.0
            }
        }
    }
}

fn is_code(text: &str) -> bool {
    text.len() <= 40 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn at(row: usize, column: &str, kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::at("frame", row, column, kind, message, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(csv: &str) -> Vec<String> {
        Frame::read(csv.as_bytes())
            .unwrap_err()
            .iter()
            .map(|e| format!("{} {}: {}", e.row.unwrap_or(0), e.column.clone().unwrap_or_default(), e.message))
            .collect()
    }

    #[test]
    fn a_frame_holds_its_cases_in_their_psus() {
        let frame = Frame::read(b"case,stratum,psu,p_psu,p_household,region,urban,sex\nA-1,n,1,0.1,0.5,north,U,1\nA-2,n,1,0.1,0.25,north,U,1\nB-1,s,1,0.2,0.5,south,R,2\n").unwrap();
        assert_eq!(frame.psus.len(), 2);
        assert_eq!(frame.cases.iter().map(|c| (c.psu, c.base_weight)).collect::<Vec<_>>(), [(0, 20.0), (0, 40.0), (1, 10.0)]);
    }

    #[test]
    fn bad_rows_are_named_and_nothing_is_guessed() {
        let head = "case,stratum,psu,base_weight\n";
        assert_eq!(refused(&format!("{head}A,,1,10\n")), ["2 stratum: the stratum is empty"]);
        for weight in ["0", "-1", "NaN", "inf", "", "ten"] {
            assert_eq!(refused(&format!("{head}A,n,1,{weight}\n")), ["2 base_weight: the base_weight is not a number above 0"], "{weight}");
        }
        assert_eq!(refused(&format!("{head}A,n,1,1\nA,n,1,1\n")), ["3 case: the case stands in row 2 already"]);
        assert_eq!(refused(&format!("{head}Maria Diaz,n,1,1\n")), ["2 case: the case is not a code"]);
        assert_eq!(refused(&format!("{head}A,n,1\n")), ["2 : the row has more or fewer cells than the first, or is not UTF-8"]);
        assert_eq!(refused("case,stratum,psu,base_weight,phone\n"), ["1 phone: 'phone' is not a column of a frame"]);
        assert_eq!(refused("case,stratum,psu\n"), ["1 base_weight: there is no column 'base_weight'"]);
        assert_eq!(
            refused("case,stratum,psu,base_weight,sex\nA,n,1,1,1\nB,n,1,1,2\n"),
            ["3 psu: the PSU '1' has another sex, region or urban above"]
        );
        assert_eq!(
            refused("case,stratum,psu,base_weight,region,urban\nA,n,1,1,_T,_U\nB,n,2,1,,\n"),
            ["2 region: the region has a code that tables use themselves", "2 urban: the urban has a code that tables use themselves"]
        );
        assert_eq!(refused(head), ["0 : the frame has no cases"]);
    }
}
