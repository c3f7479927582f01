//! Quantiles of a weighted sample, by the rules of R `survey` 4.5.
//!
//! | asked | function |
//! |---|---|
//! | the quantile | [`Ordered::quantile`], [`Rule::Math`] unless another package's number is to be met |
//! | its interval | Woodruff's, below: no function of its own is needed |
//! | its interval by inverting a score test | [`score_interval`] |
//!
//! Woodruff's interval: estimate the share of people at or below the quantile as a proportion, with the variance of the design, and
//! take the same rule's quantiles at the ends of its interval. The standard error is the interval's width over `2 t`.
//!
//! ```
//! use kish_analysis::interval::{Method, Proportion};
//! use kish_analysis::quantile::{Ordered, Rule};
//!
//! let ages = Ordered::new((1..=100).map(|age| (f64::from(age), 1.0)), Rule::Math);
//! assert_eq!(ages.quantile(0.5), 50.0);
//! // Share at or below 50, say with a standard error of 5 points: 0.5 ± 1.96 0.05 = 0.402 to 0.598.
//! let share = Proportion { p: 0.5, se: 0.05, df: f64::INFINITY, n: 100.0 }.interval(Method::Mean, 0.95);
//! assert_eq!([share.lower, share.upper].map(|p| ages.quantile(p)), [41.0, 60.0]);
//! ```
//!
//! Sources: R. Woodruff, *JASA* 47 (1952); R. Hyndman and Y. Fan, *The American Statistician* 50 (1996), for the numbered rules.

mod score;

pub use score::score_interval;

/// How a quantile is read off the cumulated weights.
///
/// Below, `S_i` is the sum of weights up to value `i` in order, `w_i` its weight, `S` the sum and `w` the weight of the largest.
/// Rules that interpolate join the values by lines through the positions given, flat beyond the first and the last.
///
/// ```
/// use kish_analysis::quantile::{Ordered, Rule};
///
/// let quarter = |rule| Ordered::new([1.0, 2.0, 3.0, 4.0].map(|y| (y, 1.0)), rule).quantile(0.25);
/// assert_eq!(quarter(Rule::Math), 1.0);
/// assert_eq!(quarter(Rule::School), 1.5);      // 0.25 is hit exactly
/// assert_eq!(quarter(Rule::Hf7), 1.75);        // positions 0, 1/3, 2/3, 1
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rule {
    /// The smallest value with at least the share `p` of the weight at or below it.
    #[default]
    Math,
    /// As `Math`, but half-way to the next value where the share is hit exactly.
    School,
    /// Shah and Vaish (2006): steps of mid-ranks, as R computes them: half of each weight is taken off unscaled, so the rule
    /// moves with the size of the weights. Not for new work.
    ShahVaish,
    /// Hyndman and Fan 1, which is `Math`.
    Hf1,
    /// Hyndman and Fan 2, which is `School`.
    Hf2,
    /// Hyndman and Fan 3: nearest even on an exact hit.
    Hf3,
    /// Hyndman and Fan 4: linear in the cumulated weight, positions `S_i / S`.
    Hf4,
    /// Hyndman and Fan 5: linear through the middle of each step, positions `(S_i - w_i / 2) / S`.
    Hf5,
    /// Hyndman and Fan 6: Weibull's positions `S_i / (S + w)`.
    Hf6,
    /// Hyndman and Fan 7: mode positions `(S_i - w_i) / (S - w)`, R's default for unweighted data.
    Hf7,
    /// Hyndman and Fan 8: approximately median-unbiased, positions `(S_i - w_i / 3) / (S + w / 3)`.
    Hf8,
    /// Hyndman and Fan 9: approximately unbiased for a normal variable, positions `(S_i - 3/8 w_i) / (S + w / 4)`.
    Hf9,
}

impl Rule {
    /// Every rule with its name, which is R's in lower case.
    pub const ALL: [(&'static str, Self); 12] = [
        ("math", Self::Math),
        ("school", Self::School),
        ("shahvaish", Self::ShahVaish),
        ("hf1", Self::Hf1),
        ("hf2", Self::Hf2),
        ("hf3", Self::Hf3),
        ("hf4", Self::Hf4),
        ("hf5", Self::Hf5),
        ("hf6", Self::Hf6),
        ("hf7", Self::Hf7),
        ("hf8", Self::Hf8),
        ("hf9", Self::Hf9),
    ];

    /// The rule of a name; `None` for a name that is not in [`Rule::ALL`].
    ///
    /// ```
    /// use kish_analysis::quantile::Rule;
    ///
    /// assert_eq!(Rule::named("hf7"), Some(Rule::Hf7));
    /// assert_eq!(Rule::named("median"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, rule)| rule)
    }
}

/// A weighted sample in order of its values, ready to be asked for quantiles.
///
/// ```
/// use kish_analysis::quantile::{Ordered, Rule};
///
/// // 20 stands for three people of five, 10 and 90 for one each.
/// let days = Ordered::new([(90.0, 1.0), (20.0, 3.0), (10.0, 1.0), (f64::NAN, 4.0)], Rule::Math);
/// assert_eq!([0.2, 0.21, 0.8, 0.81].map(|p| days.quantile(p)), [10.0, 20.0, 20.0, 90.0]);
/// assert!(days.quantile(1.5).is_nan());
/// ```
#[derive(Debug, Clone)]
pub struct Ordered {
    values: Vec<f64>,
    weights: Vec<f64>,
    /// `cumulated[i]` = sum of the first `i + 1` weights.
    cumulated: Vec<f64>,
    rule: Rule,
}

impl Ordered {
    /// Order `(value, weight)` pairs, given in any order; those with weight 0 or a missing value (`NaN`) are left out. Ties keep
    /// their order; [`Rule::Hf3`] adds up their weights. Weights are taken to be positive.
    #[must_use]
    pub fn new(pairs: impl IntoIterator<Item = (f64, f64)>, rule: Rule) -> Self {
        let mut pairs: Vec<(f64, f64)> = pairs.into_iter().filter(|(y, w)| *w != 0.0 && !y.is_nan()).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        if rule == Rule::Hf3 {
            pairs.dedup_by(|next, kept| {
                let tie = next.0 == kept.0;
                kept.1 += if tie { next.1 } else { 0.0 };
                tie
            });
        }
        let (values, weights): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let cumulated = cumulate(&weights);
        Self { values, weights, cumulated, rule }
    }

    /// The quantile at the share `p`, in units of the values; `NaN` outside of [0, 1] or without values.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        if !(0.0..=1.0).contains(&p) || self.values.is_empty() {
            return f64::NAN;
        }
        match self.rule {
            Rule::Math | Rule::Hf1 | Rule::School | Rule::Hf2 | Rule::Hf3 | Rule::Hf4 => self.step(p),
            Rule::ShahVaish => self.mid_rank(p),
            Rule::Hf5 | Rule::Hf6 | Rule::Hf7 | Rule::Hf8 | Rule::Hf9 => self.line(p),
        }
    }

    /// Rules that look at the values on both sides of the share.
    fn step(&self, p: f64) -> f64 {
        let last = self.values.len() - 1;
        let all = self.cumulated[last];
        // Below the first step R goes on from the first two values.
        let below = self.cumulated.partition_point(|sum| *sum <= p * all).max(1);
        let low = below - 1;
        let high = (low + 1).min(last);
        let (gap_low, gap_high) = (p - self.cumulated[low] / all, self.cumulated[high] / all - p);
        let (low_value, high_value) = (self.values[low], self.values[high]);
        match self.rule {
            Rule::Hf4 if gap_low + gap_high > 0.0 => {
                let share = gap_low / (gap_low + gap_high);
                low_value * (1.0 - share) + high_value * share
            }
            Rule::School | Rule::Hf2 if gap_low <= 0.0 => 0.5 * (low_value + high_value),
            Rule::Hf3 if gap_low <= 0.0 && below % 2 == 0 => low_value,
            Rule::Math | Rule::Hf1 if gap_low <= 0.0 => low_value,
            _ => high_value,
        }
    }

    /// Shah and Vaish: the last value, by rank, whose rank `(S_i + 1/2 - w_i / 2) / (n + 1)` is at most `p`, with `S` the sum of
    /// weights scaled to mean 1 and `w` not scaled.
    fn mid_rank(&self, p: f64) -> f64 {
        let n = self.values.len() as f64;
        let scale = n / self.cumulated[self.values.len() - 1];
        let rank = |i: usize| (self.cumulated[i] * scale + 0.5 - self.weights[i] / 2.0) / (n + 1.0);
        let mut ranks: Vec<(f64, f64)> = self.values.iter().enumerate().map(|(i, y)| (rank(i), *y)).collect();
        ranks.sort_by(|a, b| a.0.total_cmp(&b.0));
        let below = ranks.partition_point(|(rank, _)| *rank <= p);
        ranks[below.saturating_sub(1)].1
    }

    /// Rules that join positions by lines, flat beyond the ends.
    fn line(&self, p: f64) -> f64 {
        let positions = self.positions();
        let above = positions.partition_point(|position| *position <= p);
        let Some(low) = above.checked_sub(1) else {
            return self.values[0];
        };
        let Some(high) = positions.get(above) else {
            return self.values[self.values.len() - 1];
        };
        let share = (p - positions[low]) / (high - positions[low]);
        self.values[low] + share * (self.values[above] - self.values[low])
    }

    /// Where each value stands between 0 and 1.
    fn positions(&self) -> Vec<f64> {
        let last = self.values.len() - 1;
        let (all, top) = (self.cumulated[last], self.weights[last]);
        let one = |i: usize| {
            let (sum, w) = (self.cumulated[i], self.weights[i]);
            match self.rule {
                Rule::Hf6 => sum / (all + top),
                Rule::Hf7 => (sum - w) / (all - top),
                Rule::Hf8 => (sum - w / 3.0) / (all + top / 3.0),
                Rule::Hf9 => (sum - w * 3.0 / 8.0) / (all + top / 4.0),
                _ => (sum - w / 2.0) / all,
            }
        };
        (0..=last).map(one).collect()
    }
}

/// Running sums, with the rounding of each addition carried along: whether a share is hit exactly must not depend on it.
fn cumulate(weights: &[f64]) -> Vec<f64> {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    let add = |w: &f64| {
        let next = sum + w;
        let part = next - sum;
        lost += (sum - (next - part)) + (w - part);
        sum = next;
        sum + lost
    };
    weights.iter().map(add).collect()
}
