//! How far numbers can move together while everything published stays as it is: one linear programme a question.
//!
//! The truth is one table that fits what is published. Another one differs from it by *moves* `d`: in every sum, the moves of the parts
//! add up to that of the whole; what is known does not move; no count falls below zero. So `d = up − down` with `up ≥ 0` and
//! `0 ≤ down ≤ value`, every right-hand side is zero, and standing still is the point to start from.

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions, Variable};

use super::Relation;
use super::ties::Ties;

/// Moves smaller than this are none: a hundred times what the solver lets a sum be off.
pub(super) const STILL: f64 = 1e-5;

/// Whether a number can move, in the attacker's eyes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Freedom {
    /// He knows it.
    Known,
    /// He does not.
    Withheld,
    /// He would not, if it were withheld, which costs so much for each person that it moves by.
    At(f64),
}

impl Freedom {
    /// What the attacker sees: what is shown, he knows.
    pub(super) fn seen(self) -> Self {
        if let Self::At(_) = self { Self::Known } else { self }
    }
}

/// A number that is to move as far as it can, up (1) or down (−1), but no farther than `cap`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aim {
    pub(super) number: usize,
    pub(super) sign: f64,
    pub(super) cap: f64,
}

/// Numbers that can move together, and the sums they stand in.
pub(super) struct Field<'a> {
    numbers: Vec<usize>,
    sums: Vec<&'a Relation>,
}

pub(super) enum Answer {
    /// The best moves, one a number of all tables.
    Moves(Vec<f64>),
    /// As far as one likes.
    Endless,
    /// None, or none that the solver could find and that holds.
    Nothing,
}

/// All numbers that can move, those that share a sum together.
pub(super) fn fields<'a>(relations: &'a [Relation], freedom: &[Freedom]) -> Vec<Field<'a>> {
    let mut label: Vec<usize> = (0..freedom.len()).collect();
    for relation in relations {
        let mut movable = members(relation).filter(|number| freedom[*number] != Freedom::Known);
        if let Some(first) = movable.next() {
            movable.for_each(|number| join(&mut label, first, number));
        }
    }
    let mut field_of: Vec<Option<usize>> = vec![None; freedom.len()];
    let mut fields: Vec<Field<'a>> = Vec::new();
    for number in (0..freedom.len()).filter(|number| freedom[*number] != Freedom::Known) {
        let root = find(&mut label, number);
        let at = *field_of[root].get_or_insert_with(|| {
            fields.push(Field { numbers: Vec::new(), sums: Vec::new() });
            fields.len() - 1
        });
        fields[at].numbers.push(number);
    }
    for relation in relations {
        if let Some(number) = members(relation).find(|number| freedom[*number] != Freedom::Known)
            && let Some(at) = field_of[find(&mut label, number)]
        {
            fields[at].sums.push(relation);
        }
    }
    fields
}

pub(super) fn members(relation: &Relation) -> impl Iterator<Item = usize> {
    relation.parts.iter().copied().chain([relation.whole])
}

pub(super) fn find(label: &mut [usize], mut number: usize) -> usize {
    while label[number] != number {
        label[number] = label[label[number]];
        number = label[number];
    }
    number
}

pub(super) fn join(label: &mut [usize], a: usize, b: usize) {
    let (a, b) = (find(label, a), find(label, b));
    label[a.max(b)] = a.min(b);
}

impl Field<'_> {
    pub(super) fn numbers(&self) -> &[usize] {
        &self.numbers
    }

    pub(super) fn sums(&self) -> &[&Relation] {
        &self.sums
    }

    /// Move the numbers aimed at as far as they go, at the least cost; the number of `at_least` must reach its cap. Also how much
    /// work it was, in steps of the simplex times its columns.
    pub(super) fn solve(&self, values: &[f64], freedom: &[Freedom], aims: &[Aim], at_least: Option<Aim>) -> (Answer, u64) {
        let ties = Ties::new(values.len(), &self.numbers, &self.sums);
        let mut problem = Problem::new(OptimizationDirection::Minimize);
        let columns: Vec<(Variable, Variable)> =
            ties.numbers.iter().map(|numbers| column(&mut problem, &Mover::new(numbers, values, freedom, aims))).collect();
        let terms = |(mover, factor): &(usize, i64)| {
            let (up, down) = columns[*mover];
            [(up, *factor as f64), (down, -*factor as f64)]
        };
        for row in &ties.rows {
            problem.add_constraint(row.iter().flat_map(terms).collect::<Vec<_>>(), ComparisonOp::Eq, 0.0);
        }
        if let Some(Aim { number, sign, cap }) = at_least {
            let Some(mover) = ties.mover[number] else { return (Answer::Nothing, 1) };
            let (up, down) = columns[mover];
            problem.add_constraint(vec![(up, sign), (down, -sign)], ComparisonOp::Ge, cap);
        }
        let (answer, steps) = self.read(&problem, &columns, &ties, values);
        (answer, (steps + 1) * columns.len() as u64)
    }

    fn read(&self, problem: &Problem, columns: &[(Variable, Variable)], ties: &Ties, values: &[f64]) -> (Answer, u64) {
        // Standing still is the start and there is nothing to simplify: without it the same answers come a fifth sooner.
        let mut options = SolveOptions::default();
        options.presolve = false;
        let outcome = match problem.solve_with(options) {
            Ok(outcome) => outcome,
            Err(microlp::Error::Unbounded) => return (Answer::Endless, 1),
            Err(_) => return (Answer::Nothing, 1),
        };
        let steps = outcome.stats().lp_iterations;
        let Some(solution) = outcome.solution().filter(|_| outcome.is_optimal()) else { return (Answer::Nothing, steps) };
        let moved: Vec<f64> = columns.iter().map(|(up, down)| solution.var_value(*up) - solution.var_value(*down)).collect();
        let moves: Vec<f64> = ties.mover.iter().map(|mover| mover.map_or(0.0, |mover| moved[mover])).collect();
        (if self.holds(&moves, values) { Answer::Moves(moves) } else { Answer::Nothing }, steps)
    }

    /// That sums still hold and no count is negative is checked here and not left to the solver: an audit passes on moves that were
    /// looked at, and on nothing else.
    fn holds(&self, moves: &[f64], values: &[f64]) -> bool {
        let off = |relation: &&Relation| (relation.parts.iter().map(|part| moves[*part]).sum::<f64>() - moves[relation.whole]).abs();
        self.sums.iter().all(|relation| off(relation) < STILL)
            && self.numbers.iter().all(|number| values[*number] + moves[*number] > -STILL)
    }
}

/// Numbers that move as one: how far they can fall, what that they move would cost, and how far they are to go.
struct Mover<'a> {
    value: f64,
    cost: f64,
    aim: Option<&'a Aim>,
}

impl<'a> Mover<'a> {
    fn new(numbers: &[usize], values: &[f64], freedom: &[Freedom], aims: &'a [Aim]) -> Self {
        let cost = |number: &usize| if let Freedom::At(cost) = freedom[*number] { cost } else { 0.0 };
        let aimed = aims.iter().filter(|aim| numbers.contains(&aim.number));
        Mover {
            value: numbers.iter().map(|number| values[*number]).fold(f64::INFINITY, f64::min),
            cost: numbers.iter().map(cost).sum(),
            aim: aimed.max_by(|a, b| a.cap.total_cmp(&b.cap)),
        }
    }
}

fn column(problem: &mut Problem, Mover { value, cost, aim }: &Mover<'_>) -> (Variable, Variable) {
    let (sign, up, down) = match aim {
        Some(aim) if aim.sign > 0.0 => (1.0, aim.cap, *value),
        Some(aim) => (-1.0, f64::INFINITY, aim.cap.min(*value)),
        None => (0.0, f64::INFINITY, *value),
    };
    (problem.add_var(cost - sign, (0.0, up)), problem.add_var(cost + sign, (0.0, down)))
}
