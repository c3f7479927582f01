//! Parquet: columns of numbers, truth values and text, each read by itself, shared by the machine's threads.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::ProgressBar;
use parquet::basic::ConvertedType;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::{Column, Data, Numbers, Texts, progress};
use crate::microdata::Error;

/// Values decoded at a time.
const BATCH: usize = 1 << 14;

pub(super) fn read(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<Data, Error> {
    let reader = open(path)?;
    let metadata = reader.metadata().file_metadata();
    let descriptors = metadata.schema_descr().columns().iter().enumerate();
    let asked: Vec<(usize, String)> =
        descriptors.map(|(place, column)| (place, column.path().string())).filter(|(_, name)| wanted(name)).collect();
    let n_rows = usize::try_from(metadata.num_rows()).unwrap_or(0);
    let size = path.metadata().map_or(0, |metadata| metadata.len());
    let bar = progress::bar(size, asked.len() as u64);
    let columns = shared(path, &asked, n_rows, &bar)?;
    bar.finish_and_clear();
    Ok(Data { n_rows, names: asked.into_iter().map(|(_, name)| name).collect(), columns })
}

fn open(path: &Path) -> Result<SerializedFileReader<File>, Error> {
    let file = File::open(path).map_err(|error| Error::file(path, &error))?;
    SerializedFileReader::new(file).map_err(|error| Error::file(path, &error))
}

/// All columns, in the order asked; threads take the next one as they are done.
fn shared(path: &Path, asked: &[(usize, String)], n_rows: usize, bar: &ProgressBar) -> Result<Vec<Column>, Error> {
    let next = AtomicUsize::new(0);
    let work = || {
        let reader = open(path)?;
        let mut found = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((place, name)) = asked.get(at) else { return Ok(found) };
            let column = column(path, &reader, *place, n_rows);
            found.push((at, column.map_err(|error| Error::file(path, &format!("column `{name}`: {error}")))?));
            bar.inc(1);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(asked.len());
    let parts: Vec<Result<Vec<(usize, Column)>, Error>> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut parts = vec![work()];
        parts.extend(others.into_iter().map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))));
        parts
    });
    let mut found: Vec<(usize, Column)> = parts.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    found.sort_by_key(|(at, _)| *at);
    Ok(found.into_iter().map(|(_, column)| column).collect())
}

/// One column over all row groups.
fn column(path: &Path, reader: &SerializedFileReader<File>, place: usize, n_rows: usize) -> Result<Column, ParquetError> {
    let descriptor = reader.metadata().file_metadata().schema_descr().column(place);
    if descriptor.max_rep_level() > 0 || descriptor.max_def_level() > 1 {
        return Err(ParquetError::General("lists and nested values are not read".into()));
    }
    let (mut numbers, mut texts, mut is_text) = (Numbers::with_capacity(n_rows), Texts::default(), false);
    for group in 0..reader.num_row_groups() {
        let mut add = |number: Option<f64>| numbers.push(number.unwrap_or(f64::NAN));
        match reader.get_row_group(group)?.get_column_reader(place)? {
            ColumnReader::BoolColumnReader(column) => each(column, &descriptor, |y| add(y.map(|y| f64::from(u8::from(*y)))))?,
            ColumnReader::Int32ColumnReader(column) if descriptor.converted_type() == ConvertedType::UINT_32 => {
                each(column, &descriptor, |y| add(y.map(|y| f64::from(*y as u32))))?;
            }
            ColumnReader::Int32ColumnReader(column) => each(column, &descriptor, |y| add(y.map(|y| f64::from(*y))))?,
            ColumnReader::Int64ColumnReader(column) => each(column, &descriptor, |y| add(y.map(|y| *y as f64)))?,
            ColumnReader::FloatColumnReader(column) => each(column, &descriptor, |y| add(y.map(|y| f64::from(*y))))?,
            ColumnReader::DoubleColumnReader(column) => each(column, &descriptor, |y| add(y.copied()))?,
            ColumnReader::ByteArrayColumnReader(column) => {
                is_text = true;
                each(column, &descriptor, |text| texts.push(text.map_or(&[][..], |text| text.data())))?;
            }
            _ => return Err(ParquetError::General("neither numbers nor text".into())),
        }
    }
    if is_text { texts.finish(path).map_err(|error| ParquetError::General(error.to_string())) } else { Ok(Column::Numbers(numbers)) }
}

/// Every value of a column in one row group, `None` where missing.
fn each<T: DataType>(
    mut column: ColumnReaderImpl<T>,
    descriptor: &ColumnDescriptor,
    mut visit: impl FnMut(Option<&T::T>),
) -> Result<(), ParquetError> {
    let present = descriptor.max_def_level();
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    loop {
        levels.clear();
        values.clear();
        let (rows, _, _) = column.read_records(BATCH, Some(&mut levels), None, &mut values)?;
        if rows == 0 {
            return Ok(());
        }
        if present == 0 {
            values.iter().for_each(|value| visit(Some(value)));
            continue;
        }
        let mut next = values.iter();
        levels.iter().for_each(|level| visit(if *level == present { next.next() } else { None }));
    }
}
