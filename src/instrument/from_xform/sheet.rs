//! A sheet being written, cell by cell under its column's name.

use crate::instrument::workbook::{Row, Sheet};

#[derive(Default)]
pub(super) struct Cells(Vec<(String, String)>);

impl Cells {
    /// An empty text leaves no cell; a second one in the same place stands in the first one's stead.
    pub(super) fn put(&mut self, column: &str, text: impl Into<String>) {
        let text = text.into();
        if text.is_empty() {
            return;
        }
        match self.0.iter_mut().find(|(c, _)| c == column) {
            Some((_, cell)) => *cell = text,
            None => self.0.push((column.to_owned(), text)),
        }
    }

    pub(super) fn get(&self, column: &str) -> &str {
        self.0.iter().find(|(c, _)| c == column).map_or("", |(_, text)| text)
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.0.iter().any(|(c, _)| c == column)
    }
}

#[derive(Default)]
pub(super) struct Lines(Sheet);

impl Lines {
    pub(super) fn add(&mut self, cells: &Cells) {
        let mut row = Row { number: self.0.rows.len() + 2, cells: Vec::new() };
        for (column, text) in &cells.0 {
            let place = self.0.header.iter().position(|h| h == column).unwrap_or_else(|| {
                self.0.header.push(column.clone());
                self.0.header.len() - 1
            });
            row.cells.resize(row.cells.len().max(place + 1), String::new());
            row.cells[place].clone_from(text);
        }
        self.0.rows.push(row);
    }

    pub(super) fn finish(self) -> Sheet {
        self.0
    }
}
