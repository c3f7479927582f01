//! The sample in the field: the frame it was drawn into, where people find help, how each case ended, and the share that answered.

mod frame;
mod referrals;
mod response_rate;
mod result_code;

pub use frame::{Frame, Psu, SampledCase};
pub use referrals::{REFERRALS_FILE, Referral, read_referrals, write_referrals};
pub use response_rate::{Outcomes, ResponseRates};
pub use result_code::{Class, ResultCode};
