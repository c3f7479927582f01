//! The sample in the field: the frame it was drawn into, how each case ended, and the share that answered.

mod frame;
mod response_rate;
mod result_code;

pub use frame::{Frame, Psu, SampledCase};
pub use response_rate::{Outcomes, ResponseRates};
pub use result_code::{Class, ResultCode};
