//! A protected table as bytes: JSON and CSV, in full precision to the statistician, rounded to everyone else. Tables as
//! a workbook, a release as SDMX and DDI. A research file as a zip. Coded rows, by a grant, as CSV, OData and Parquet.

mod csv;
mod json;
mod release;
mod research;
mod rounded;
pub mod rows;
mod told;
mod workbook;

use serde_json::Value;

pub use csv::csv;
pub use json::{comparison, json};
pub use release::{About, FILES as RELEASE_FILES, release_files};
pub use research::{Bundle, bundle};
pub use rounded::View;
pub use workbook::{Book, workbook};

/// All cells, each with the table it is of.
fn cells(tables: &[Value]) -> impl Iterator<Item = (&Value, &Value)> {
    tables.iter().flat_map(|table| table["cells"].as_array().into_iter().flatten().map(move |cell| (table, cell)))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
