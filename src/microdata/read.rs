//! A CSV file as columns: numbers where every value is one, else levels. An empty field is missing.

use std::path::Path;

use super::Error;

#[derive(Debug)]
pub(super) struct Data {
    pub(super) n_rows: usize,
    names: Vec<String>,
    columns: Vec<Column>,
}

#[derive(Debug)]
pub(super) enum Column {
    /// `NaN` is missing.
    Numbers(Vec<f64>),
    /// Codes point into the sorted levels; `None` is missing.
    Levels { levels: Vec<String>, codes: Vec<Option<u32>> },
}

impl Data {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        if path.extension().is_some_and(|extension| extension == "parquet") {
            return Err(Error::file(path, &"Parquet files are not read yet; give a .csv file"));
        }
        let numeric = scan(path)?;
        let mut reader = open(path)?;
        let names: Vec<String> = header(path, &mut reader)?;
        let mut fields = vec![Vec::new(); names.len()];
        let mut numbers = vec![Vec::new(); names.len()];
        for record in reader.records() {
            let record = record.map_err(|error| Error::file(path, &error))?;
            for (place, field) in record.iter().enumerate() {
                if numeric[place] {
                    numbers[place].push(number(field));
                } else {
                    fields[place].push(text(field));
                }
            }
        }
        let n_rows = fields.iter().map(Vec::len).chain(numbers.iter().map(Vec::len)).max().unwrap_or(0);
        let pairs = numeric.into_iter().zip(numbers.into_iter().zip(fields));
        let column = |(numeric, (numbers, fields)): (bool, (Vec<f64>, Vec<Option<String>>))| {
            if numeric { Column::Numbers(numbers) } else { levels(&fields) }
        };
        Ok(Self { n_rows, names, columns: pairs.map(column).collect() })
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.names.iter().position(|found| found == name).map(|place| &self.columns[place])
    }

    /// A column that must be there.
    pub(super) fn named(&self, field: &str, name: &str) -> Result<&Column, Error> {
        self.column(name).ok_or_else(|| Error::field(field, format!("the data has no column `{name}`")))
    }

    /// A column of numbers that must be there, or the quotient of two (`a/b`).
    pub(super) fn numbers(&self, field: &str, name: &str) -> Result<Vec<f64>, Error> {
        if let (None, Some((above, below))) = (self.column(name), name.split_once('/')) {
            let (above, below) = (self.numbers(field, above.trim())?, self.numbers(field, below.trim())?);
            return Ok(above.iter().zip(below).map(|(above, below)| above / below).collect());
        }
        match self.named(field, name)? {
            Column::Numbers(numbers) => Ok(numbers.clone()),
            Column::Levels { .. } => Err(Error::field(field, format!("column `{name}` is not numeric"))),
        }
    }
}

impl Column {
    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Levels { .. })
    }

    /// Levels in order (numbers by size, text by name), and each row's place among them.
    pub(super) fn levels(&self) -> (Vec<String>, Vec<Option<u32>>) {
        match self {
            Self::Levels { levels, codes } => (levels.clone(), codes.clone()),
            Self::Numbers(numbers) => {
                let mut sizes: Vec<f64> = numbers.iter().copied().filter(|y| !y.is_nan()).collect();
                sizes.sort_by(f64::total_cmp);
                sizes.dedup();
                let code = |y: &f64| sizes.binary_search_by(|size| size.total_cmp(y)).ok().map(|code| code as u32);
                (sizes.iter().map(f64::to_string).collect(), numbers.iter().map(code).collect())
            }
        }
    }
}

/// A file of nothing but numbers, by column.
pub(super) fn matrix(path: &Path) -> Result<Vec<Vec<f64>>, Error> {
    let data = Data::read(path)?;
    let column = |column: Column| match column {
        Column::Numbers(numbers) if numbers.iter().all(|x| !x.is_nan()) => Some(numbers),
        _ => None,
    };
    let columns: Option<_> = data.columns.into_iter().map(column).collect();
    columns.ok_or_else(|| Error::file(path, &"every field must be a number"))
}

fn open(path: &Path) -> Result<csv::Reader<std::fs::File>, Error> {
    csv::Reader::from_path(path).map_err(|error| Error::file(path, &error))
}

fn header(path: &Path, reader: &mut csv::Reader<std::fs::File>) -> Result<Vec<String>, Error> {
    let header = reader.headers().map_err(|error| Error::file(path, &error))?;
    Ok(header.iter().map(str::to_owned).collect())
}

/// Which columns hold nothing but numbers.
fn scan(path: &Path) -> Result<Vec<bool>, Error> {
    let mut reader = open(path)?;
    let mut numeric = vec![true; header(path, &mut reader)?.len()];
    for record in reader.records() {
        let record = record.map_err(|error| Error::file(path, &error))?;
        for (numeric, field) in numeric.iter_mut().zip(&record) {
            *numeric = *numeric && (field.is_empty() || field.trim().parse::<f64>().is_ok_and(f64::is_finite));
        }
    }
    Ok(numeric)
}

fn number(field: &str) -> f64 {
    field.trim().parse().unwrap_or(f64::NAN)
}

fn text(field: &str) -> Option<String> {
    Some(field).filter(|field| !field.is_empty()).map(str::to_owned)
}

fn levels(fields: &[Option<String>]) -> Column {
    let mut levels: Vec<String> = fields.iter().flatten().cloned().collect();
    levels.sort_unstable();
    levels.dedup();
    let code = |field: &Option<String>| field.as_ref().and_then(|field| levels.binary_search(field).ok()).map(|code| code as u32);
    let codes = fields.iter().map(code).collect();
    Column::Levels { levels, codes }
}
