//! A protected table as bytes: JSON and CSV, in full precision to the statistician, rounded to everyone else. A research file as a zip.

mod csv;
mod json;
mod research;
mod rounded;

pub use csv::csv;
pub use json::json;
pub use research::{Bundle, bundle};
pub use rounded::View;
