//! CSV: once through for numbers, and once more for the columns that turn out not to be.

use std::io::BufReader;
use std::path::Path;

use csv::ByteRecord;

use super::{Column, Data, Numbers, Texts, progress};
use crate::microdata::Error;

pub(super) fn read(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<Data, Error> {
    let mut columns: Vec<(String, usize, Option<Numbers>)> = Vec::new();
    let mut n_rows = 0;
    walk(path, |header, record| {
        if columns.is_empty() {
            let named = header.iter().enumerate().filter(|(_, name)| wanted(name));
            columns = named.map(|(place, name)| (name.clone(), place, Some(Numbers::with_capacity(0)))).collect();
        }
        let Some(record) = record else { return };
        n_rows += 1;
        for (_, place, numbers) in &mut columns {
            let Some(held) = numbers else { continue };
            match number(&record[*place]) {
                Some(number) => held.push(number),
                None => *numbers = None,
            }
        }
    })?;
    let mut texts: Vec<(usize, Texts)> =
        columns.iter().filter(|(_, _, numbers)| numbers.is_none()).map(|(_, place, _)| (*place, Texts::default())).collect();
    if !texts.is_empty() {
        walk(path, |_, record| {
            let Some(record) = record else { return };
            texts.iter_mut().for_each(|(place, texts)| texts.push(&record[*place]));
        })?;
    }
    let mut texts = texts.into_iter().map(|(_, texts)| texts);
    let (mut names, mut found) = (Vec::new(), Vec::new());
    for (name, _, numbers) in columns {
        names.push(name);
        found.push(match numbers {
            Some(numbers) => Column::Numbers(numbers),
            None => texts.next().unwrap_or_default().finish(path)?,
        });
    }
    Ok(Data { n_rows, names, columns: found })
}

/// The header, then every record.
fn walk(path: &Path, mut visit: impl FnMut(&[String], Option<&ByteRecord>)) -> Result<(), Error> {
    let (file, bar) = progress::open(path)?;
    let mut reader = csv::Reader::from_reader(BufReader::with_capacity(1 << 20, bar.wrap_read(file)));
    let fault = |error: csv::Error| Error::file(path, &error);
    let header: Vec<String> = reader.headers().map_err(fault)?.iter().map(str::to_owned).collect();
    visit(&header, None);
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(fault)? {
        visit(&header, Some(&record));
    }
    bar.finish_and_clear();
    Ok(())
}

/// A number, `NaN` for an empty field, or `None` if it is neither.
fn number(field: &[u8]) -> Option<f64> {
    match field {
        [] => Some(f64::NAN),
        [digit @ b'0'..=b'9'] => Some(f64::from(digit - b'0')),
        _ => std::str::from_utf8(field).ok()?.trim().parse().ok().filter(|number: &f64| number.is_finite()),
    }
}
