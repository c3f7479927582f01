//! Rows as a Parquet file, with the columns of the CSV: written a row group at a time, so that memory stays flat however many rows there are.

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

/// Rows laid out in columns at once: so many that a column is worth the visit, so few that their answers stay near the processor.
const BLOCK: usize = 500;

/// A file on its way out. What is written leaves from a buffer; only `end` makes it a file that can be read.
pub struct RowsFile {
    writer: SerializedFileWriter<Vec<u8>>,
}

/// The rows that are stored column by column together.
pub struct RowGroup<'a> {
    columns: &'a Columns,
    /// Of the questions, then of what stands beside them.
    writers: Vec<ColumnWriter<'a>>,
    n_rows: usize,
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
            let mut group = RowGroup { columns, writers: writers.collect(), n_rows: 0 };
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
    pub fn add(&mut self, rows: &[Row<'_>]) -> Result<(), ParquetError> {
        self.n_rows += rows.len();
        rows.chunks(BLOCK).try_for_each(|rows| self.block(rows))
    }

    fn close(self) -> Result<(usize, Vec<ColumnCloseResult>), ParquetError> {
        Ok((self.n_rows, self.writers.into_iter().map(ColumnWriter::close).collect::<Result<_, _>>()?))
    }

    fn block(&mut self, rows: &[Row<'_>]) -> Result<(), ParquetError> {
        let split: Vec<_> = rows.iter().map(|row| row.split(self.columns)).collect();
        let (questions, beside) = self.writers.split_at_mut(self.columns.0.len());
        for (column, writer) in self.columns.0.iter().zip(questions) {
            let answers = rows.iter().zip(&split).map(|(row, answers)| column.answer(row.of, answers));
            let given = answers.map(|answer| (!answer.is_empty()).then_some(answer));
            match writer {
                ColumnWriter::Int64ColumnWriter(writer) => numbers(writer, given.map(|answer| answer.and_then(Kind::whole)))?,
                ColumnWriter::DoubleColumnWriter(writer) => numbers(writer, given.map(|answer| answer.and_then(Kind::number)))?,
                writer => texts(writer, given)?,
            }
        }
        let keys: Vec<String> = rows.iter().map(|row| format!("uuid:{}", row.name.hyphenated())).collect();
        for (name, writer) in BESIDE.iter().zip(beside) {
            match writer {
                ColumnWriter::Int64ColumnWriter(writer) => numbers(writer, rows.iter().map(|row| row.number(name)))?,
                writer if *name == "KEY" => texts(writer, keys.iter().map(|key| Some(key.as_str())))?,
                writer => texts(writer, rows.iter().map(|row| Some(row.text(name))))?,
            }
        }
        Ok(())
    }
}

impl<'a> Row<'a> {
    fn number(&self, name: &str) -> Option<i64> {
        match name {
            "result" => Some(self.result.into()),
            "sex" => Some(self.sex.into()),
            _ => self.age_years.map(i64::from),
        }
    }

    fn text(&self, name: &str) -> &'a str {
        match name {
            "iso_week" => self.iso_week,
            "disability" => self.disability,
            "duration_band" => self.duration_band,
            _ => self.version,
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

fn numbers<T: DataType>(writer: &mut ColumnWriterImpl<'_, T>, cells: impl Iterator<Item = Option<T::T>>) -> Result<(), ParquetError> {
    let (mut levels, mut values) = (Vec::with_capacity(BLOCK), Vec::with_capacity(BLOCK));
    for cell in cells {
        levels.push(i16::from(cell.is_some()));
        values.extend(cell);
    }
    let may_be_missing = writer.get_descriptor().max_def_level() > 0;
    writer.write_batch(&values, may_be_missing.then_some(&levels), None)?;
    Ok(())
}

/// The values lie behind one another in one piece of memory, of which each has its part.
fn texts<'a>(writer: &mut ColumnWriter<'_>, cells: impl Iterator<Item = Option<&'a str>>) -> Result<(), ParquetError> {
    let ColumnWriter::ByteArrayColumnWriter(writer) = writer else {
        return Err(ParquetError::General("a column of text is none".to_owned()));
    };
    let (mut all, mut places) = (Vec::new(), Vec::with_capacity(BLOCK));
    for cell in cells {
        places.push(cell.map(|text| (all.len(), text.len())));
        all.extend_from_slice(cell.unwrap_or_default().as_bytes());
    }
    let all = ByteArray::from(all);
    numbers(writer, places.into_iter().map(|place| place.map(|(start, length)| all.slice(start, length))))
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_file_without_its_end_is_none() {
        let columns = Columns::of(&[]);
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
        for rows in [3, BLOCK + 1, 0] {
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
