//! Design-based estimation for complex samples: numbers in, numbers out.
//!
//! The way through the crate, one file a step:
//!
//! 1. [`design`]: who stands for whom. Strata, sampling units of every stage, finite populations, weights.
//! 2. [`columns`]: what was answered. Up to 64 variables a reduction, 0/1 or real, each with its missing rows.
//! 3. [`cells`]: one pass over the rows leaves totals and moments of every cell, summed by sampling unit.
//! 4. [`estimate`]: every mean, total, ratio, margin and contrast is answered from these, with its variance
//!    ([`variance`]), degrees of freedom and design effect.
//!    [`replicate`]: the same from replicate weights.
//! 5. [`interval`] and [`reliability`]: how sure, and whether it may be presented.
//! 6. [`disclosure`]: the only way to a [`table::Table`], the only thing that may be shown.
//!
//! No clock, no input or output, no randomness it was not given, no identifiers. The same rows in the same order give
//! the same bits for any number of threads.
//!
//! # Example
//!
//! ```
//! use kish_analysis::{cells::Sums, columns::Columns, design::{Design, Lonely, OneStage}};
//! use kish_analysis::estimate::{Domain, Measure};
//!
//! // Two strata of two PSUs each, eight rows.
//! let design = Design::one_stage(&OneStage {
//!     stratum_of_psu: &[0, 0, 1, 1],
//!     psu_of_row: &[0, 0, 1, 1, 2, 2, 3, 3],
//!     weight: &[1.0; 8],
//!     lonely: Lonely::Fail,
//!     ..OneStage::default()
//! })?;
//! let mut columns = Columns::new(8);
//! let yes = columns.indicator([1, 0, 1, 1, 0, 0, 1, 0].map(|y| Some(y == 1)))?;
//! let sums = Sums::reduce(&design, &columns, &[0; 8], 1)?;
//! let found = sums.estimate(&Domain::all(1), &[Measure::Mean(yes)])?;
//! assert_eq!(found[0].estimate, 0.5);
//! # Ok::<(), kish_analysis::Error>(())
//! ```
#![warn(missing_docs)]

mod error;
pub mod special;

mod calibrate;
pub mod design;
mod matrix;
mod tree;

pub mod columns;
pub mod weighting;

pub mod cells;
pub mod variance;

pub mod estimate;
pub mod quantile;
pub mod regression;
pub mod replicate;
pub mod test;

pub mod interval;
pub mod reliability;

pub mod disclosure;
pub mod table;

pub use error::Error;

/// The README's example, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
