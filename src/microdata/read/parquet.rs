//! Parquet: columns of numbers, truth values and text, each read by itself, shared by the machine's threads.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::ProgressBar;
use parquet::basic::ConvertedType;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{DataType, Int32Type};
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
        let column = reader.get_row_group(group)?.get_column_reader(place)?;
        let mut add = |number: Option<f64>| numbers.push(number.unwrap_or(f64::NAN));
        match column {
            ColumnReader::BoolColumnReader(column) => each(column, &descriptor, |y| add(y.map(|y| f64::from(u8::from(*y)))))?,
            ColumnReader::Int32ColumnReader(column) if descriptor.converted_type() == ConvertedType::UINT_32 => {
                each(column, &descriptor, |y| add(y.map(|y| f64::from(*y as u32))))?;
            }
            ColumnReader::Int32ColumnReader(column) => whole(column, &descriptor, &mut numbers)?,
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

/// Whole numbers, those of a batch without a missing value together.
fn whole(column: ColumnReaderImpl<Int32Type>, descriptor: &ColumnDescriptor, numbers: &mut Numbers) -> Result<(), ParquetError> {
    batches(column, descriptor, |present, values| match present {
        None => numbers.extend(values),
        Some(present) => merge(present, values, |y| numbers.push(y.map_or(f64::NAN, |y| f64::from(*y)))),
    })
}

/// Every value of a column in one row group, `None` where missing.
fn each<T: DataType>(
    column: ColumnReaderImpl<T>,
    descriptor: &ColumnDescriptor,
    mut visit: impl FnMut(Option<&T::T>),
) -> Result<(), ParquetError> {
    batches(column, descriptor, |present, values| match present {
        None => values.iter().for_each(|value| visit(Some(value))),
        Some(present) => merge(present, values, &mut visit),
    })
}

/// Rows in order, with the next value where there is one.
fn merge<Y>(present: &mut dyn Iterator<Item = bool>, values: &[Y], mut visit: impl FnMut(Option<&Y>)) {
    let mut values = values.iter();
    present.for_each(|present| visit(if present { values.next() } else { None }));
}

/// The column batch by batch: which rows have a value (`None`: all), and the values.
fn batches<T: DataType>(
    mut column: ColumnReaderImpl<T>,
    descriptor: &ColumnDescriptor,
    mut take: impl FnMut(Option<&mut dyn Iterator<Item = bool>>, &[T::T]),
) -> Result<(), ParquetError> {
    let highest = descriptor.max_def_level();
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    loop {
        levels.clear();
        values.clear();
        let (rows, found, _) = column.read_records(BATCH, Some(&mut levels), None, &mut values)?;
        if rows == 0 {
            return Ok(());
        }
        if found == rows {
            take(None, &values);
        } else {
            take(Some(&mut levels.iter().map(|level| *level == highest)), &values);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    const SCHEMA: &str = "message survey {
        REQUIRED INT32 psu;
        OPTIONAL INT32 answer;
        REQUIRED INT32 big (INTEGER(32, false));
        OPTIONAL INT64 day;
        REQUIRED DOUBLE weight;
        OPTIONAL BOOLEAN told;
        OPTIONAL BYTE_ARRAY region (UTF8);
    }";

    /// Two row groups of three rows each.
    fn survey(path: &Path) -> Result<(), ParquetError> {
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let mut file = SerializedFileWriter::new(File::create(path)?, schema, Arc::new(WriterProperties::default()))?;
        for first in [0, 3] {
            let mut group = file.next_row_group()?;
            for place in 0.. {
                let Some(mut column) = group.next_column()? else { break };
                let some = Some(&[1_i16, 0, 1][..]);
                match place {
                    0 => column.typed::<Int32Type>().write_batch(&[first, first + 1, 300], None, None)?,
                    1 => column.typed::<Int32Type>().write_batch(&[1, 0], some, None)?,
                    2 => column.typed::<Int32Type>().write_batch(&[7, -1, 0], None, None)?,
                    3 => column.typed::<Int64Type>().write_batch(&[1 << 40, -5], some, None)?,
                    4 => column.typed::<DoubleType>().write_batch(&[0.5, 1.0, 2.25], None, None)?,
                    5 => column.typed::<BoolType>().write_batch(&[true, false], some, None)?,
                    _ => column.typed::<ByteArrayType>().write_batch(&[ByteArray::from("south"), ByteArray::from("north")], some, None)?,
                };
                column.close()?;
            }
            group.close()?;
        }
        file.close()?;
        Ok(())
    }

    #[test]
    fn every_kind_of_column_is_read_over_row_groups() {
        let path = std::env::temp_dir().join(format!("kish-{}.parquet", uuid::Uuid::new_v4()));
        survey(&path).expect("a file");
        let data = read(&path, |name| name != "weight").expect("a survey");
        std::fs::remove_file(&path).expect("the file");
        assert!(data.column("weight").is_none());
        let numbers = |name: &str| format!("{:?}", data.numbers("", name).expect("numbers"));
        assert_eq!(numbers("psu"), "[0.0, 1.0, 300.0, 3.0, 4.0, 300.0]");
        assert_eq!(numbers("answer"), "[1.0, NaN, 0.0, 1.0, NaN, 0.0]");
        assert_eq!(numbers("big"), "[7.0, 4294967295.0, 0.0, 7.0, 4294967295.0, 0.0]");
        assert_eq!(numbers("day"), "[1099511627776.0, NaN, -5.0, 1099511627776.0, NaN, -5.0]");
        assert_eq!(numbers("told"), "[1.0, NaN, 0.0, 1.0, NaN, 0.0]");
        let (levels, codes) = data.named("", "region").expect("a column").levels();
        assert_eq!((levels, codes[..3].to_vec()), (vec!["north".to_owned(), "south".to_owned()], vec![Some(1), None, Some(0)]));
    }
}
