//! The referral directory: where the people of each region find help, and on which day somebody verified that they do.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::instrument::{Error, Errors, Kind};

/// A form that names a file of this name gets the study's directory, as it stands when a device asks. It is not part of what an
/// approval names: a help list must be renewed while a study runs.
pub const REFERRALS_FILE: &str = "referrals.csv";

/// A service people may be sent to. What is said is of the service, never of a person who works there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referral {
    pub region: String,
    pub service: String,
    /// What it helps with.
    pub purpose: String,
    /// How it is reached.
    pub reach: String,
    pub hours: String,
    pub languages: String,
    pub verified_on: Date,
}

const COLUMNS: [&str; 7] = ["region", "service", "purpose", "reach", "hours", "languages", "verified_on"];
const MOST_SERVICES: usize = 5000;
const MOST_CHARACTERS: usize = 300;

/// Reads a CSV of services; `regions` are those of the frame, none where there is no frame yet.
pub fn read_referrals(csv: &[u8], regions: &[String], today: Date) -> Result<Vec<Referral>, Errors> {
    let csv = csv.strip_prefix(b"\xef\xbb\xbf").unwrap_or(csv);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(csv);
    let header =
        reader.headers().map_err(|_| vec![at(1, "", Kind::Unreadable, "the first row is not text in UTF-8", "save as CSV in UTF-8")])?;
    let places = places(header)?;
    let mut reading = Reading { places, regions, today, errors: Vec::new() };
    let mut found = Vec::new();
    for (index, record) in reader.into_records().enumerate().take(MOST_SERVICES + 1) {
        match record {
            Ok(record) => found.extend(reading.row(index + 2, &record)),
            Err(_) => reading.errors.push(at(
                index + 2,
                "",
                Kind::Unreadable,
                "the row has more or fewer cells than the first, or is not UTF-8",
                "mend the row",
            )),
        }
    }
    if found.len() > MOST_SERVICES {
        reading.errors.push(at(1, "", Kind::Limit, format!("there are more than {MOST_SERVICES} services"), "keep those people can reach"));
    }
    if reading.errors.is_empty() { Ok(found) } else { Err(reading.errors) }
}

/// As it was read, for those who keep it and for devices.
pub fn write_referrals(referrals: &[Referral]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for r in referrals {
        let day = r.verified_on.to_string();
        writer.write_record([&r.region, &r.service, &r.purpose, &r.reach, &r.hours, &r.languages, &day])?;
    }
    writer.into_inner().map_err(|e| csv::Error::from(e.into_error()))
}

/// Where each column stands; exactly those that are known.
fn places(header: &csv::StringRecord) -> Result<HashMap<&'static str, usize>, Errors> {
    let mut errors = Vec::new();
    let mut places = HashMap::new();
    for (place, name) in header.iter().enumerate() {
        match COLUMNS.iter().find(|c| **c == name) {
            Some(column) => drop(places.insert(*column, place)),
            None => errors.push(at(
                1,
                name,
                Kind::Unknown,
                format!("'{name}' is not a column of a referral directory"),
                format!("its columns are {}", COLUMNS.join(", ")),
            )),
        }
    }
    for column in COLUMNS.iter().filter(|c| !places.contains_key(**c)) {
        errors.push(at(1, column, Kind::Missing, format!("there is no column '{column}'"), "add it"));
    }
    if errors.is_empty() { Ok(places) } else { Err(errors) }
}

struct Reading<'a> {
    places: HashMap<&'static str, usize>,
    regions: &'a [String],
    today: Date,
    errors: Errors,
}

impl Reading<'_> {
    fn row(&mut self, row: usize, record: &csv::StringRecord) -> Option<Referral> {
        let before = self.errors.len();
        let region = self.text(row, record, "region");
        if !self.regions.is_empty() && !self.regions.contains(&region) {
            let message = format!("'{region}' is not a region of the frame");
            self.errors.push(at(row, "region", Kind::Unknown, message, format!("write one of: {}", self.regions.join(", "))));
        }
        let referral = Referral {
            region,
            service: self.needed(row, record, "service", "name the service"),
            purpose: self.needed(row, record, "purpose", "say what it helps with"),
            reach: self.needed(row, record, "reach", "say how the service is reached; not a person's own number"),
            hours: self.text(row, record, "hours"),
            languages: self.text(row, record, "languages"),
            verified_on: self.day(row, record)?,
        };
        (self.errors.len() == before).then_some(referral)
    }

    fn text(&mut self, row: usize, record: &csv::StringRecord, column: &'static str) -> String {
        let text = self.places.get(column).and_then(|place| record.get(*place)).unwrap_or("");
        if text.chars().count() > MOST_CHARACTERS {
            let message = format!("the {column} is longer than {MOST_CHARACTERS} characters");
            self.errors.push(at(row, column, Kind::Limit, message, "shorten it: it is read aloud"));
        }
        // A spreadsheet would run these; a plus sign begins a telephone number, and runs nothing.
        if text.starts_with(['=', '-', '@']) || text.contains(char::is_control) {
            let message = format!("the {column} begins like a formula, or holds a control character");
            self.errors.push(at(row, column, Kind::Unknown, message, "write it in words"));
        }
        text.to_owned()
    }

    fn needed(&mut self, row: usize, record: &csv::StringRecord, column: &'static str, hint: &str) -> String {
        let text = self.text(row, record, column);
        if text.is_empty() {
            self.errors.push(at(row, column, Kind::Missing, format!("the {column} is empty"), hint));
        }
        text
    }

    fn day(&mut self, row: usize, record: &csv::StringRecord) -> Option<Date> {
        let day: Option<Date> = self.text(row, record, "verified_on").parse().ok().filter(|day| *day <= self.today);
        if day.is_none() {
            let message = "the day is no day up to today";
            self.errors.push(at(
                row,
                "verified_on",
                Kind::Unknown,
                message,
                "write the day on which the service was last called, as 2026-11-21",
            ));
        }
        day
    }
}

fn at(row: usize, column: &str, kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::at("referrals", row, column, kind, message, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 11, 21);

    fn refused(rows: &str) -> Vec<String> {
        let csv = format!("region,service,purpose,reach,hours,languages,verified_on\n{rows}\n");
        let errors = read_referrals(csv.as_bytes(), &["north".to_owned()], TODAY).unwrap_err();
        errors.iter().map(|e| format!("{} {}: {}", e.row.unwrap_or(0), e.column.clone().unwrap_or_default(), e.message)).collect()
    }

    #[test]
    fn what_is_read_is_written_again() {
        let csv = "region,service,purpose,reach,hours,languages,verified_on\nnorth,Help line,safety,+100,\"day, night\",en fr,2026-11-20\n";
        let read = read_referrals(csv.as_bytes(), &["north".to_owned()], TODAY).unwrap();
        assert_eq!((read.len(), read[0].hours.as_str()), (1, "day, night"));
        assert_eq!(String::from_utf8(write_referrals(&read).unwrap()).unwrap(), csv);
    }

    #[test]
    fn a_row_that_sends_nobody_anywhere_is_named() {
        assert_eq!(refused("west,Line,safety,+100,,,2026-11-20"), ["2 region: 'west' is not a region of the frame"]);
        assert_eq!(refused("north,,safety,+100,,,2026-11-20"), ["2 service: the service is empty"]);
        assert_eq!(refused("north,Line,safety,,,,2026-11-20"), ["2 reach: the reach is empty"]);
        for day in ["", "soon", "2026-11-22"] {
            assert_eq!(refused(&format!("north,Line,safety,+100,,,{day}")), ["2 verified_on: the day is no day up to today"], "{day}");
        }
        let formula = ["2 service: the service begins like a formula, or holds a control character"];
        assert_eq!(refused("north,=1+1,safety,+100,,,2026-11-20"), formula);
        let unknown = read_referrals(b"region,phone\n", &[], TODAY).unwrap_err();
        assert_eq!(unknown[0].message, "'phone' is not a column of a referral directory");
    }
}
