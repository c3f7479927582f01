//! Design-based estimation for complex samples: numbers in, numbers out.
//!
//! | module | the question it answers |
//! |---|---|
//! | [`design`] | Who stands for whom? Strata, sampling units of every stage, finite populations, weights. |
//! | [`columns`] | What was answered, and what is missing? |
//! | [`weighting`] | How do the weights make up for those who did not answer, and meet what is known of the population? |
//! | [`cells`] | Which groups is the table made of? One pass over the rows leaves all it needs. |
//! | [`estimate`] | How many, how much, what share, in any group; how precise? |
//! | [`variance`] | How do estimates vary together: a difference, a ratio, a change between rounds? |
//! | [`replicate`] | The same from replicate weights, a file's or made here. |
//! | [`quantile`] | What is the median, the upper quarter? |
//! | [`regression`] | What goes with the outcome, other things equal? |
//! | [`test`](mod@test) | Do two classifications of people depend on each other? |
//! | [`interval`] | Between which limits? |
//! | [`reliability`] | Is the number precise enough to be presented? |
//! | [`disclosure`] | Would it tell on a person? The only way to a [`table::Table`]. |
//! | [`mod@table`] | What may be shown, and why not the rest? |
//! | [`anonymity`] | Who could be recognised in a file of rows? What is made coarser or left out, so that nobody is? |
//! | [`special`] | Which quantile or tail of t, F, beta, chi-square or the normal? |
//! | [`cookbook`] | How does it all go together? Five recipes. |
//!
//! No clock, no input or output, no randomness it was not given, no identifiers. Indices count from 0, probabilities and shares lie
//! in 0 to 1, `NaN` stands for a number that does not exist; inputs that cannot be worked with are an [`Error`].
//!
//! [cookbook]: mod@cookbook
//!
#![doc = include_str!("../README.md")]
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

pub mod anonymity;
pub mod disclosure;
pub mod table;

pub use error::Error;

#[cfg(all(doc, not(doctest)))]
#[doc = concat!("The recipes of `tests/cookbook.rs`, as they are tested.\n\n```\n", include_str!("../tests/cookbook.rs"), "\n```")]
pub mod cookbook {}
