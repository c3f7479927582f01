//! Weights that agree with what is known about the population, and the design that knows they do.
//!
//! Each method takes weights and gives weights; none reads a design. [`Design::calibrated`] then takes the new weights
//! together with the variables they were calibrated on, so that variances come from residuals. For replicates, calibrate
//! every set of weights the same way.
//!
//! [`Design::calibrated`]: crate::design::Design::calibrated

mod calibrate;
mod poststratify;
mod trim;

pub use calibrate::{Calibration, Distance, calibrate};
pub use poststratify::{Margin, dummies, poststratify, rake, standardize};
pub use trim::trim;
