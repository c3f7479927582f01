//! Trimming: no weight below or above set limits, the sum of weights unchanged.
//!
//! A few very large weights carry most of an estimate's variance; cutting them trades some of it for bias. What is cut off
//! goes to the weights within the limits in equal parts (R's `trimWeights`), which may lift some of them over the limit.

/// Clamp weights to `[lower, upper]` and spread what was cut off equally over the others. `strict` repeats until no weight
/// lies outside (or none is left to take the rest).
#[must_use]
pub fn trim(weight: &[f64], lower: f64, upper: f64, strict: bool) -> Vec<f64> {
    let outside = |w: &f64| *w < lower || *w > upper;
    let mut trimmed = weight.to_vec();
    let mut cut = vec![false; weight.len()];
    for _ in 0..if strict { 100 } else { 1 } {
        let before: f64 = trimmed.iter().sum();
        for (w, cut) in trimmed.iter_mut().zip(&mut cut).filter(|(w, _)| outside(w)) {
            (*w, *cut) = (w.clamp(lower, upper), true);
        }
        let excess = before - trimmed.iter().sum::<f64>();
        let free = cut.iter().filter(|cut| !**cut).count();
        if free == 0 || excess == 0.0 {
            break;
        }
        trimmed.iter_mut().zip(&cut).filter(|(_, cut)| !**cut).for_each(|(w, _)| *w += excess / free as f64);
    }
    trimmed
}
