//! The sample: codes alone, in PSUs of equal size, half of them of women and half of men.

use kish::fieldwork::{Frame, Psu, SampledCase};

pub const PSUS: u64 = 2000;
const PSUS_A_STRATUM: u64 = 50;
/// Steps of this share of the whole, taken round and round, fill it evenly: the golden section.
const GOLDEN: f64 = 0.618_034;

#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub cases: u64,
    stride: u64,
}

/// A case as the interviewer has it before her.
#[derive(Debug)]
pub struct Case {
    pub code: String,
    /// 1 women, 2 men.
    pub sex: u8,
}

impl Sample {
    pub fn of(at_least: u64) -> Sample {
        let cases = at_least.next_multiple_of(PSUS).max(PSUS);
        let golden = (cases as f64 * GOLDEN) as u64;
        // Without a common divisor no case comes twice before each has come once.
        let stride = (golden..cases).find(|stride| greatest_common_divisor(*stride, cases) == 1).unwrap_or(1);
        Sample { cases, stride }
    }

    /// The nth case that is interviewed; each is once, and neighbours in time are none in the frame.
    pub fn nth(self, n: u64) -> Option<Case> {
        let case = n * self.stride % self.cases;
        (n < self.cases).then(|| Case { code: code(case), sex: sex(self.psu(case)) })
    }

    pub fn frame(self) -> Frame {
        let psu = |place: u64| Psu {
            stratum: format!("S{:02}", place / PSUS_A_STRATUM),
            code: format!("P{place:04}"),
            sex: sex(place),
            region: format!("R{}", place / PSUS_A_STRATUM / 8),
            urban: (if place / PSUS_A_STRATUM % 4 < 2 { "U" } else { "R" }).to_owned(),
        };
        let case = |case: u64| SampledCase { code: code(case), psu: self.psu(case) as usize, base_weight: 50.0 };
        Frame { psus: (0..PSUS).map(psu).collect(), cases: (0..self.cases).map(case).collect() }
    }

    fn psu(self, case: u64) -> u64 {
        case / (self.cases / PSUS)
    }
}

fn code(case: u64) -> String {
    format!("C-{case:06}")
}

fn sex(psu: u64) -> u8 {
    if (psu / PSUS_A_STRATUM).is_multiple_of(2) { 1 } else { 2 }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
