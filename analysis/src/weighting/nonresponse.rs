//! Nonresponse: those who answered stand for those of their class who did not.

use super::Adjusted;
use crate::error::{Error, same_length};

/// What became of a sampled case.
///
/// ```
/// use kish_analysis::weighting::{Classes, Response::{Answered, Missing, OutOfScope}, nonresponse};
///
/// // One class of three; the house that was empty stands for nobody who could have answered.
/// let one = Classes { class_of_case: &[0; 3], block_of_class: &[0], fewest: 1, largest: 3.0 };
/// let (found, _) = nonresponse(&[5.0, 10.0, 7.0], &[Answered, Missing, OutOfScope], &one)?;
/// assert_eq!(found.weights, [5.0 * (5.0 + 10.0) / 5.0, 0.0, 7.0]);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    /// Answered: takes over the weight of those who did not.
    Answered,
    /// Belongs to the population and did not answer: weight 0 from now on.
    Missing,
    /// Does not belong to the population (an empty house, say): keeps its weight, which is about nobody.
    OutOfScope,
}

/// Classes people are alike in, and when a class is too thin to stand alone.
///
/// ```
/// use kish_analysis::weighting::{Classes, Response::{Answered, Missing}, nonresponse};
///
/// // Three age groups in a stratum. In the first the factor would be 3: it joins its neighbour, not the last.
/// let classes = Classes { class_of_case: &[0, 0, 0, 1, 2], block_of_class: &[0, 0, 0], fewest: 1, largest: 2.5 };
/// let response = [Answered, Missing, Missing, Answered, Answered];
/// let (found, class) = nonresponse(&[6.0; 5], &response, &classes)?;
/// assert_eq!((&found.weights[..], &class[..]), (&[12.0, 0.0, 0.0, 12.0, 6.0][..], &[0, 0, 2][..]));
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Classes<'a> {
    /// Class of every case: a place in `block_of_class`.
    pub class_of_case: &'a [u32],
    /// Block of every class, ascending (a stratum, whose classes are age groups in order, say). Thin classes join a neighbour in
    /// their block first.
    pub block_of_class: &'a [u32],
    /// Fewest answers a class must have, unweighted rows whose weight is not 0.
    pub fewest: usize,
    /// Largest factor a class may have, above 1; infinite for no limit.
    pub largest: f64,
}

/// Weights adjusted for nonresponse, and which class every class ended up in: `(weights, class -> class)`.
///
/// In words: inside a class, the weights of those who answered times the class's weight over theirs:
/// `w_k (sum over answered and missing of w) / (sum over answered of w)`. A class with fewer than `fewest` answers or a factor
/// above `largest` is joined with the thinner of its neighbours in the block, a whole block with the next one, until all hold
/// or one class is left. Source: W. Oh and F. Scheuren, *Weighting adjustment for unit nonresponse* (1983).
///
/// The second part of the result has one entry a class: the smallest-placed class it was joined with, or itself. Factors in the
/// diagnostics are over those who answered.
///
/// # Errors
/// [`Error::Length`] for lengths that differ; [`Error::OutOfRange`] for a class out of range; [`Error::Unsolvable`] when people are
/// in scope and none of them answered.
///
/// ```
/// use kish_analysis::weighting::{Classes, Response::{Answered, Missing, OutOfScope}, nonresponse};
///
/// let response = [Answered, Missing, Answered, Answered, OutOfScope];
/// let classes = |fewest| Classes { class_of_case: &[0, 0, 1, 1, 1], block_of_class: &[0, 0], fewest, largest: 5.0 };
/// let (found, class) = nonresponse(&[10.0; 5], &response, &classes(1))?;
/// assert_eq!(found.weights, [20.0, 0.0, 10.0, 10.0, 10.0]);      // one stands for two
/// assert_eq!(class, [0, 1]);
/// // With two answers asked of a class, both are joined: three stand for four.
/// let (found, class) = nonresponse(&[12.0; 5], &response, &classes(2))?;
/// assert_eq!(found.weights, [16.0, 0.0, 16.0, 16.0, 12.0]);
/// assert_eq!(class, [0, 0]);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
pub fn nonresponse(weight: &[f64], response: &[Response], classes: &Classes<'_>) -> Result<(Adjusted, Vec<u32>), Error> {
    same_length("responses", weight.len(), response.len())?;
    same_length("nonresponse classes", weight.len(), classes.class_of_case.len())?;
    let count = classes.block_of_class.len();
    if let Some(class) = classes.class_of_case.iter().find(|class| **class as usize >= count) {
        return Err(Error::OutOfRange { what: "nonresponse class", index: *class as usize, count });
    }
    let mut joined: Vec<Joined> = classes.block_of_class.iter().enumerate().map(|(class, block)| Joined::new(class, *block)).collect();
    for ((w, response), class) in weight.iter().zip(response).zip(classes.class_of_case) {
        joined[*class as usize].add(*w, *response);
    }
    joined.retain(|class| class.inside > 0.0);
    if !joined.iter().any(|class| class.answered > 0.0) && !joined.is_empty() {
        return Err(Error::Unsolvable("nobody answered: there is nobody to stand for the others".into()));
    }
    let rounds = collapse(&mut joined, classes);
    let mut class_of: Vec<u32> = (0..count as u32).collect();
    let mut factor = vec![1.0; count];
    for class in &joined {
        for member in &class.members {
            class_of[*member] = class.members[0] as u32;
            factor[*member] = class.factor();
        }
    }
    let adjust = |((w, response), class): ((&f64, &Response), &u32)| match response {
        Response::Answered => w * factor[*class as usize],
        Response::Missing => 0.0,
        Response::OutOfScope => *w,
    };
    let weights = weight.iter().zip(response).zip(classes.class_of_case).map(adjust).collect();
    let before: Vec<f64> =
        weight.iter().zip(response).map(|(w, response)| if *response == Response::Answered { *w } else { 0.0 }).collect();
    Ok((Adjusted::new(&before, weights, rounds, Vec::new()), class_of))
}

/// One class, or several together.
struct Joined {
    members: Vec<usize>,
    block: u32,
    n: usize,
    answered: f64,
    inside: f64,
}

impl Joined {
    fn new(class: usize, block: u32) -> Self {
        Self { members: vec![class], block, n: 0, answered: 0.0, inside: 0.0 }
    }

    fn add(&mut self, w: f64, response: Response) {
        self.inside += if response == Response::OutOfScope { 0.0 } else { w };
        if response == Response::Answered && w > 0.0 {
            self.answered += w;
            self.n += 1;
        }
    }

    fn factor(&self) -> f64 {
        self.inside / self.answered
    }

    fn is_thin(&self, classes: &Classes<'_>) -> bool {
        self.n < classes.fewest || self.answered <= 0.0 || self.factor() > classes.largest
    }
}

/// Join thin classes with neighbours; how often.
fn collapse(joined: &mut Vec<Joined>, classes: &Classes<'_>) -> usize {
    let mut rounds = 0;
    while joined.len() > 1 {
        let thin = (0..joined.len()).filter(|at| joined[*at].is_thin(classes)).min_by_key(|at| joined[*at].n);
        let Some(at) = thin else { break };
        let neighbours = [at.checked_sub(1), Some(at + 1).filter(|next| *next < joined.len())];
        let rank = |next: &usize| (joined[*next].block != joined[at].block, joined[*next].n);
        let Some(with) = neighbours.into_iter().flatten().min_by_key(rank) else { break };
        let other = joined.remove(at.max(with));
        let into = &mut joined[at.min(with)];
        into.members.extend(other.members);
        into.n += other.n;
        into.answered += other.answered;
        into.inside += other.inside;
        rounds += 1;
    }
    rounds
}
