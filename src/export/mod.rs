//! A protected table as bytes: JSON and CSV, in full precision to the statistician, rounded to everyone else.

mod csv;
mod json;
mod rounded;

pub use csv::csv;
pub use json::json;
pub use rounded::View;
