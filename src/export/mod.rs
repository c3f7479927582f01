//! A protected table as bytes: JSON and CSV, in full precision to the statistician, rounded to everyone else. A release as
//! a workbook, SDMX and DDI. A research file as a zip.

mod csv;
mod json;
mod release;
mod research;
mod rounded;

pub use csv::csv;
pub use json::json;
pub use release::{About, FILES as RELEASE_FILES, release_files};
pub use research::{Bundle, bundle};
pub use rounded::View;
