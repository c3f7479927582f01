//! A simulated violence survey of any size, the same bytes everywhere (no real persons).
//!
//! Every value is a pure function of a seed, a stream and a row through splitmix64. 50 strata, 25 rows a PSU, rows in the
//! order of stratum and PSU, 40 yes/no answers, 40 cells: sex by ten age groups by disability.

/// Cells of the table.
pub(crate) const CELLS: u32 = 40;
/// Yes/no answers.
pub(crate) const INDICATORS: u32 = 40;
const STRATA: u64 = 50;
const PER_PSU: u64 = 25;
const SEED: u64 = 20_240_229;
/// Prevalences of the answers, in turn.
const BASE: [f64; 10] = [0.30, 0.22, 0.16, 0.11, 0.08, 0.055, 0.035, 0.02, 0.01, 0.004];

/// The survey's columns.
pub(crate) struct Simulated {
    pub(crate) stratum_of_psu: Vec<u32>,
    pub(crate) psu_of_row: Vec<u32>,
    pub(crate) weight: Vec<f64>,
    pub(crate) cell: Vec<u32>,
    /// Answers of a row, a bit each.
    pub(crate) answers: Vec<u64>,
}

/// A number in [0, 1) for a stream and an index.
fn uniform(stream: u64, index: u64) -> f64 {
    let offset = SEED
        .wrapping_mul(0xD134_2543_DE82_EF95)
        .wrapping_add(stream.wrapping_mul(0xA076_1D64_78BD_642F))
        .wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = index.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(offset);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    (z >> 11) as f64 / 9_007_199_254_740_992.0
}

impl Simulated {
    /// A survey of `n` rows (rounded down to whole PSUs).
    pub(crate) fn new(n: u64) -> Self {
        let n_psus = n / PER_PSU;
        let rows = n_psus * PER_PSU;
        let stratum = |psu: u64| psu * STRATA / n_psus;
        let mut survey = Self {
            stratum_of_psu: (0..n_psus).map(|psu| stratum(psu) as u32).collect(),
            psu_of_row: (0..rows).map(|row| (row / PER_PSU) as u32).collect(),
            weight: Vec::new(),
            cell: Vec::new(),
            answers: Vec::new(),
        };
        for row in 0..rows {
            survey.push(row, row / PER_PSU, stratum(row / PER_PSU));
        }
        survey
    }

    fn push(&mut self, row: u64, psu: u64, stratum: u64) {
        let woman = uniform(1, row) < 0.72;
        let age = ((uniform(2, row).powf(1.15) * 10.0) as u32).min(9);
        let disabled = uniform(3, row) < 0.06 + 0.012 * f64::from(age + 1);
        let outlier = if uniform(6, row) < 0.03 { 3.0 } else { 0.0 };
        let base = (200.0 + 40.0 * stratum as f64) * (0.6 + 0.8 * uniform(4, psu));
        let weight = base * (0.5 + uniform(5, row) + outlier);
        self.weight.push((weight * 1e4).round_ties_even() / 1e4);
        self.cell.push(20 * u32::from(woman) + 2 * age + u32::from(disabled));
        let risk = 1.0 + 0.5 * (2.0 * uniform(7, psu) - 1.0) + if woman { 0.35 } else { 0.0 };
        let risk = risk + if disabled { 0.4 } else { 0.0 } - 0.03 * (f64::from(age) - 3.0).abs();
        let yes = |k: u32| uniform(101 + u64::from(k), row) < (BASE[k as usize % 10] * risk).clamp(0.0, 0.95);
        self.answers.push((0..INDICATORS).map(|k| u64::from(yes(k)) << k).sum());
    }
}
