//! Disclosure control of microdata: who could be recognised in a file of rows, and what is done so that nobody is.
//!
//! A *quasi-identifier* is what somebody who is looking may know of a person: sex, age group, place. Rows alike in all of them are a
//! *class*. Four questions are asked of the classes:
//!
//! | question | where |
//! |---|---|
//! | How many people share it? (k-anonymity) | [`Classes::smallest`] |
//! | How likely is it that the one found is the one looked for? | [`individual_risk`] |
//! | What is learnt of a person whose class is known, without telling the rows apart? (l-diversity) | [`diversity`] |
//! | Which columns are made coarser, which values left out, so that all of it holds? | [`protect`] |
//!
//! And of the weights: they tell where somebody lives when no other place has such a weight ([`coarsen`]). Where strata and sampling
//! units themselves tell too much, replicate weights stand in their place: [`conceal`].
//!
//! Codes are small numbers that the caller gives meaning; [`HIDDEN`] is the code of a value that was left out.

mod classes;
mod diversity;
mod recode;
mod replicates;
mod risk;
mod suppress;
mod weights;

pub use classes::Classes;
pub use diversity::{Diversity, diversity, tells};
pub use recode::{Column, Protected, Rule, protect};
pub use replicates::conceal;
pub use risk::{Risk, individual_risk, risk};
pub use suppress::{Given, HIDDEN, Unreachable, suppress};
pub use weights::{Coarse, Holders, coarsen, holders};
