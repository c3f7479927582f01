//! Rows as a Parquet file, with the columns of the CSV: written a row group at a time, so that memory stays flat however many rows there are.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::column::writer::{ColumnCloseResult, ColumnWriter, ColumnWriterImpl, get_column_writer};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::types::{ColumnPath, Type, TypePtr};

use super::columns::{Columns, Kind};
use super::{BESIDE, Row};

/// A file on its way out. What is written leaves from a buffer; only `end` makes it a file that can be read.
pub struct RowsFile {
    writer: SerializedFileWriter<Vec<u8>>,
}

/// The rows that are stored column by column together.
pub struct RowGroup<'a> {
    columns: &'a Columns,
    /// Of the questions, then of what stands beside them.
    writers: Vec<ColumnWriter<'a>>,
    /// The questions' cells that are to be written next.
    cells: Vec<Cells>,
    n_rows: usize,
}

/// Cells of one column that are not empty, one behind the other: most answers are, where a question was not asked.
#[derive(Debug, Clone, Default)]
struct Cells {
    text: Vec<u8>,
    /// The row of each, and where its text ends.
    ends: Vec<(usize, usize)>,
}

impl RowsFile {
    pub fn begin(columns: &Columns, is_simulated: bool) -> Result<RowsFile, ParquetError> {
        let told = KeyValue::new("kish.simulated".to_owned(), "SIMULATED DATA: these people do not exist.".to_owned());
        let properties = WriterProperties::builder()
            .set_created_by(concat!("Kish ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::SNAPPY)
            // Rows stand in no order of their answers: what is least and most in a group would rule out none.
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
            // What is not yet packed takes eight bytes a cell.
            .set_data_page_row_count_limit(5_000)
            // No two rows have the same.
            .set_column_dictionary_enabled(ColumnPath::from("KEY"), false)
            .set_key_value_metadata(is_simulated.then(|| vec![told]))
            .build();
        Ok(RowsFile { writer: SerializedFileWriter::new(Vec::new(), schema(columns)?, Arc::new(properties))? })
    }

    /// Adds one row group, of the rows that `fill` adds to it; none where it adds no row.
    pub fn group<E: From<ParquetError>>(
        &mut self,
        columns: &Columns,
        fill: impl FnOnce(&mut RowGroup<'_>) -> Result<(), E>,
    ) -> Result<Vec<u8>, E> {
        let (descriptors, properties) = (self.writer.schema_descr().columns(), self.writer.properties());
        let mut sinks: Vec<_> = descriptors.iter().map(|_| TrackedWrite::new(Vec::new())).collect();
        let (n_rows, closed) = {
            let writers = descriptors.iter().zip(&mut sinks).map(|(column, sink)| {
                get_column_writer(Arc::clone(column), Arc::clone(properties), Box::new(SerializedPageWriter::new(sink)))
            });
            let cells = vec![Cells::default(); columns.0.len()];
            let mut group = RowGroup { columns, writers: writers.collect(), cells, n_rows: 0 };
            fill(&mut group)?;
            group.close()?
        };
        if n_rows > 0 {
            let mut group = self.writer.next_row_group()?;
            for (sink, closed) in sinks.into_iter().zip(closed) {
                group.append_column(&Bytes::from(sink.into_inner()?), closed)?;
            }
            group.close()?;
        }
        Ok(self.drain()?)
    }

    /// What stands at the end, without which the file is none.
    pub fn end(&mut self) -> Result<Vec<u8>, ParquetError> {
        self.writer.finish()?;
        self.drain()
    }

    fn drain(&mut self) -> Result<Vec<u8>, ParquetError> {
        self.writer.flush()?;
        Ok(std::mem::take(self.writer.inner_mut()))
    }
}

impl RowGroup<'_> {
    /// As many at once as their answers stay near the processor.
    pub fn add(&mut self, rows: &[Row<'_>]) -> Result<(), ParquetError> {
        self.n_rows += rows.len();
        rows.chunk_by(|row, next| row.of == next.of).try_for_each(|rows| self.of_version(rows))
    }

    fn close(self) -> Result<(usize, Vec<ColumnCloseResult>), ParquetError> {
        Ok((self.n_rows, self.writers.into_iter().map(ColumnWriter::close).collect::<Result<_, _>>()?))
    }

    fn of_version(&mut self, rows: &[Row<'_>]) -> Result<(), ParquetError> {
        let columns = self.columns.by_place(rows.first().map_or(0, |row| row.of));
        for (number, row) in rows.iter().enumerate() {
            for (answer, column) in row.answers.as_bytes().split(|byte| *byte == b'\t').zip(&columns) {
                if let (false, Some(column)) = (answer.is_empty(), column) {
                    self.cells[*column].push(number, answer);
                }
            }
        }
        let (questions, beside) = self.writers.split_at_mut(self.columns.0.len());
        for (cells, writer) in self.cells.iter_mut().zip(questions) {
            write(writer, std::mem::take(cells), rows.len())?;
        }
        for (name, writer) in BESIDE.iter().zip(beside) {
            let mut cells = Cells::default();
            for (number, row) in rows.iter().enumerate() {
                row.beside(name, |text| cells.push(number, text.as_bytes()));
            }
            write(writer, cells, rows.len())?;
        }
        Ok(())
    }
}

impl Cells {
    fn push(&mut self, row: usize, text: &[u8]) {
        self.text.extend_from_slice(text);
        self.ends.push((row, self.text.len()));
    }
}

impl Row<'_> {
    /// What stands in a column beside the questions, where there is something.
    fn beside(&self, name: &str, put: impl FnOnce(&str)) {
        match name {
            "iso_week" => put(self.iso_week),
            "result" => put(&self.result.to_string()),
            "sex" => put(&self.sex.to_string()),
            "age_years" => self.age_years.map_or((), |age| put(&age.to_string())),
            "disability" => put(self.disability),
            "duration_band" => put(self.duration_band),
            "KEY" => put(&format!("uuid:{}", self.name.hyphenated())),
            _ => put(self.version),
        }
    }
}

/// An answer may be missing; what is known of every interview is not.
fn schema(columns: &Columns) -> Result<TypePtr, ParquetError> {
    let questions = columns.0.iter().map(|column| (column.name.as_str(), column.kind, Repetition::OPTIONAL));
    let beside = BESIDE.map(|name| match name {
        "result" | "sex" => (name, Kind::Whole, Repetition::REQUIRED),
        "age_years" => (name, Kind::Whole, Repetition::OPTIONAL),
        _ => (name, Kind::Text, Repetition::REQUIRED),
    });
    let fields = questions.chain(beside).map(|(name, kind, repetition)| {
        let (physical, logical) = match kind {
            Kind::Whole => (Physical::INT64, None),
            Kind::Number => (Physical::DOUBLE, None),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let field = Type::primitive_type_builder(name, physical).with_logical_type(logical).with_repetition(repetition);
        field.build().map(Arc::new)
    });
    Ok(Arc::new(Type::group_type_builder("submissions").with_fields(fields.collect::<Result<_, _>>()?).build()?))
}

/// The cells of some rows, of which all others are empty.
fn write(writer: &mut ColumnWriter<'_>, cells: Cells, n_rows: usize) -> Result<(), ParquetError> {
    let text = ByteArray::from(cells.text);
    let mut start = 0;
    let given = cells.ends.into_iter().map(|(row, end)| (row, std::mem::replace(&mut start, end)..end));
    let read = |part: &Range<usize>| std::str::from_utf8(text.data().get(part.clone()).unwrap_or_default()).unwrap_or_default();
    match writer {
        ColumnWriter::Int64ColumnWriter(writer) => {
            put(writer, n_rows, given.filter_map(|(row, part)| Some((row, Kind::whole(read(&part))?))))
        }
        ColumnWriter::DoubleColumnWriter(writer) => {
            put(writer, n_rows, given.filter_map(|(row, part)| Some((row, Kind::number(read(&part))?))))
        }
        ColumnWriter::ByteArrayColumnWriter(writer) => {
            put(writer, n_rows, given.map(|(row, part)| (row, text.slice(part.start, part.len()))))
        }
        _ => Err(ParquetError::General("a column is neither of numbers nor of text".to_owned())),
    }
}

fn put<T: DataType>(
    writer: &mut ColumnWriterImpl<'_, T>,
    n_rows: usize,
    given: impl Iterator<Item = (usize, T::T)>,
) -> Result<(), ParquetError> {
    let (mut levels, mut values) = (vec![0; n_rows], Vec::with_capacity(given.size_hint().1.unwrap_or(0)));
    for (row, value) in given {
        levels[row] = 1;
        values.push(value);
    }
    let may_be_missing = writer.get_descriptor().max_def_level() > 0;
    writer.write_batch(&values, may_be_missing.then_some(&levels), None)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_file_without_its_end_is_none() {
        let columns = Columns::of(&[], &[], &BESIDE);
        let row = Row {
            name: Uuid::nil(),
            of: 0,
            version: "1",
            iso_week: "2026-W47",
            result: 1,
            sex: 2,
            age_years: None,
            disability: "DISU",
            duration_band: "<5",
            answers: "",
        };
        let mut file = RowsFile::begin(&columns, true).unwrap();
        let mut bytes = Vec::new();
        for rows in [3, 501, 0] {
            bytes.extend(file.group::<ParquetError>(&columns, |group| group.add(&vec![row; rows])).unwrap());
            assert!(SerializedFileReader::new(Bytes::from(bytes.clone())).is_err());
        }
        bytes.extend(file.end().unwrap());
        let reader = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
        assert_eq!((reader.num_row_groups(), reader.metadata().file_metadata().num_rows()), (2, 504));
        let told = &reader.metadata().file_metadata().key_value_metadata().unwrap()[0];
        assert!(told.value.as_ref().unwrap().starts_with("SIMULATED"));
    }
}
