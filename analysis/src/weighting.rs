//! Weights that agree with what is known about the population, and the design that knows they do.
//!
//! | known, or wrong with the weights | function |
//! |---|---|
//! | some of those sampled did not answer | [`nonresponse`] |
//! | the number of people in groups that share out all rows | [`poststratify`] |
//! | the sizes of several such sets of groups, not of their crossings | [`rake`] |
//! | totals of any variables; weights kept within bounds | [`calibrate`] |
//! | the same age distribution wanted in every group compared | [`standardize`] |
//! | a few very large weights | [`trim`], [`trim_adjusted`] |
//! | any of these for a design, so that its variances know | [`Known::apply`] |
//! | how unequal weights are | [`deff_weights`] |
//!
//! Each method takes weights and gives weights; none reads a design. [`Design::calibrated`] then takes the new weights
//! together with the variables they were calibrated on, so that variances come from residuals. For replicates, calibrate
//! every set of weights the same way.
//!
//! A survey's weights are made in steps: [`nonresponse`] on the base weights, a [`Design`](crate::design::Design) with the
//! result, then [`Known::apply`], which brings the weights to the population's totals, trims them, and gives the design back
//! knowing both. Every step tells what it did ([`Diagnostics`]).
//!
//! [`Design::calibrated`]: crate::design::Design::calibrated

mod adjusted;
mod calibrate;
mod known;
mod nonresponse;
mod poststratify;
mod trim;

pub use adjusted::{Adjusted, Diagnostics, Unmet, deff_weights};
pub use calibrate::{Calibration, Distance, calibrate};
pub use known::Known;
pub use nonresponse::{Classes, Response, nonresponse};
pub use poststratify::{Margin, dummies, poststratify, rake, standardize};
pub use trim::{Limits, trim, trim_adjusted};
