//! What is learnt of a person from her class alone: how many different answers it holds.

use super::Classes;

/// The l-diversity of a sensitive column: the least over all classes.
///
/// Source: A. Machanavajjhala, D. Kifer, J. Gehrke, M. Venkitasubramaniam, *l-diversity: privacy beyond k-anonymity* (2007).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diversity {
    /// Different answers in a class; no answer is one too.
    pub distinct: usize,
    /// `exp(H)`, `H` the entropy of the answers in a class: as many equally common answers would tell as little.
    pub entropy: f64,
}

/// The diversity of a column of yes, no and no answer.
///
/// ```
/// use kish_analysis::anonymity::{Classes, diversity};
///
/// let classes = Classes::of(&[vec![1, 1, 2, 2]], 4);
/// let found = diversity(&classes, &[Some(true), Some(false), Some(false), Some(false)]);
/// assert_eq!((found.distinct, found.entropy), (1, 1.0));      // of the second class everything is known: all said no
/// ```
#[must_use]
pub fn diversity(classes: &Classes, answers: &[Option<bool>]) -> Diversity {
    let least = Diversity { distinct: usize::MAX, entropy: f64::INFINITY };
    let found = classes
        .rows()
        .iter()
        .map(|rows| of_class(rows, answers))
        .fold(least, |a, b| Diversity { distinct: a.distinct.min(b.distinct), entropy: a.entropy.min(b.entropy) });
    if classes.rows().is_empty() { Diversity { distinct: 0, entropy: 0.0 } } else { found }
}

fn of_class(rows: &[usize], answers: &[Option<bool>]) -> Diversity {
    let count = |answer: Option<bool>| rows.iter().filter(|row| answers[**row] == answer).count();
    let counts = [count(Some(true)), count(Some(false)), count(None)];
    let shares = counts.iter().filter(|n| **n > 0).map(|n| *n as f64 / rows.len() as f64);
    Diversity { distinct: counts.iter().filter(|n| **n > 0).count(), entropy: shares.map(|p| -p * p.ln()).sum::<f64>().exp() }
}

/// Whether a class tells on its people: everybody in it who answered said yes. That everybody said no tells on nobody.
///
/// ```
/// use kish_analysis::anonymity::tells;
///
/// let answers = [Some(true), None, Some(true), Some(false)];
/// assert!(tells(&[0, 1, 2], &answers) && !tells(&[0, 3], &answers) && !tells(&[1, 3], &answers));
/// ```
#[must_use]
pub fn tells(rows: &[usize], answers: &[Option<bool>]) -> bool {
    let mut answered = rows.iter().filter_map(|row| answers[*row]).peekable();
    answered.peek().is_some() && answered.all(|yes| yes)
}
