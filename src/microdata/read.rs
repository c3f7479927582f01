//! A CSV or Parquet file as columns: numbers where every value is one, else levels. An empty field is missing.

use std::collections::HashMap;
use std::path::Path;

use super::Error;
pub(super) use numbers::Numbers;

mod csv;
mod numbers;
mod parquet;
mod progress;

#[derive(Debug)]
pub(super) struct Data {
    pub(super) n_rows: usize,
    names: Vec<String>,
    columns: Vec<Column>,
}

#[derive(Debug)]
pub(super) enum Column {
    Numbers(Numbers),
    /// Codes point into the sorted levels; `None` is missing.
    Levels {
        levels: Vec<String>,
        codes: Vec<Option<u32>>,
    },
}

impl Data {
    /// Read the columns whose names are wanted; the others are as if they were not there.
    pub(super) fn read(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<Self, Error> {
        if path.extension().is_some_and(|extension| extension == "parquet") { parquet::read(path, wanted) } else { csv::read(path, wanted) }
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
            Column::Numbers(numbers) => Ok(numbers.to_vec()),
            Column::Levels { levels, codes } => {
                let is_number = |level: &String| level.trim().parse().is_ok_and(f64::is_finite);
                let strange = |code: &Option<u32>| code.is_some_and(|code| !is_number(&levels[code as usize]));
                let at = codes.iter().position(strange).unwrap_or(0);
                let text = codes.get(at).copied().flatten().map_or("", |code| &levels[code as usize]);
                Err(Error::field(field, format!("column `{name}` is not numeric: row {} has `{text}`", at + 1)))
            }
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
            Self::Numbers(numbers) => numbers.levels(),
        }
    }
}

/// A file of nothing but numbers, by column.
pub(super) fn matrix(path: &Path) -> Result<Vec<Vec<f64>>, Error> {
    let data = Data::read(path, |_| true)?;
    let column = |column: Column| match column {
        Column::Numbers(numbers) if numbers.iter().all(|x| !x.is_nan()) => Some(numbers.to_vec()),
        _ => None,
    };
    let columns: Option<_> = data.columns.into_iter().map(column).collect();
    columns.ok_or_else(|| Error::file(path, &"every field must be a number"))
}

/// Text under way: every different one once.
#[derive(Default)]
struct Texts {
    known: HashMap<Vec<u8>, u32>,
    codes: Vec<Option<u32>>,
}

impl Texts {
    /// One more row; empty is missing.
    fn push(&mut self, text: &[u8]) {
        if text.is_empty() {
            self.codes.push(None);
            return;
        }
        let code = match self.known.get(text) {
            Some(code) => *code,
            None => {
                let next = self.known.len() as u32;
                self.known.insert(text.to_vec(), next);
                next
            }
        };
        self.codes.push(Some(code));
    }

    /// Levels in order.
    fn finish(self, path: &Path) -> Result<Column, Error> {
        let mut named = Vec::with_capacity(self.known.len());
        for (text, code) in self.known {
            named.push((String::from_utf8(text).map_err(|error| Error::file(path, &error))?, code));
        }
        named.sort_unstable();
        let mut place = vec![0; named.len()];
        named.iter().enumerate().for_each(|(at, (_, code))| place[*code as usize] = at as u32);
        let codes = self.codes.into_iter().map(|code| code.map(|code| place[code as usize])).collect();
        Ok(Column::Levels { levels: named.into_iter().map(|(text, _)| text).collect(), codes })
    }
}
