//! The audit: for every withheld number two tables that fit what is published, as far apart as its protection; or more is withheld.

use super::moves::{Aim, Answer, Field, Freedom, STILL, fields};
use super::numbers::Numbers;
use super::{Relation, Release, Standing};
use crate::Error;
use crate::table::Reason;

/// In how many ways the numbers of a field are sent up and down together at most, before each is looked at alone; and of how many of
/// them a way must prove one, for another to be worth while.
const WAYS: usize = 12;
const WORTH: usize = 8;

pub(super) struct Prover<'a> {
    release: &'a Release<'a>,
    numbers: &'a Numbers,
    standings: &'a mut [Standing],
    go_on: &'a mut dyn FnMut(u64) -> bool,
    /// The farthest each number was seen to move up, and down (not positive), in tables that fit what is published.
    up: Vec<f64>,
    down: Vec<f64>,
    /// What may be held still for a shorter way to a proof, by number; the last holds nothing.
    held: Vec<Vec<bool>>,
}

enum Stop {
    OutOfWork,
    Error(Error),
}

impl<'a> Prover<'a> {
    pub(super) fn new(
        release: &'a Release<'a>,
        numbers: &'a Numbers,
        standings: &'a mut [Standing],
        go_on: &'a mut dyn FnMut(u64) -> bool,
    ) -> Self {
        let still = vec![0.0; numbers.values.len()];
        let held = release.held.iter().map(|cells| numbers.of_cells(cells)).chain([vec![false; still.len()]]).collect();
        Self { release, numbers, standings, go_on, up: still.clone(), down: still, held }
    }

    /// Whether it came to an end before the work ran out. Withholds what it must.
    pub(super) fn prove(mut self) -> Result<bool, Error> {
        match self.audit() {
            Ok(()) => Ok(true),
            Err(Stop::Error(error)) => Err(error),
            Err(Stop::OutOfWork) => {
                while let Some(number) = self.short().first() {
                    self.withhold_around(*number)?;
                }
                Ok(false)
            }
        }
    }

    fn audit(&mut self) -> Result<(), Stop> {
        self.ask(0)?;
        loop {
            self.spread()?;
            let short = self.short();
            if short.is_empty() {
                return Ok(());
            }
            for number in short {
                self.reach(number)?;
            }
        }
    }

    fn ask(&mut self, work: u64) -> Result<(), Stop> {
        if (self.go_on)(work) { Ok(()) } else { Err(Stop::OutOfWork) }
    }

    /// Numbers whose interval is not yet seen to be as wide as it must be.
    fn short(&self) -> Vec<usize> {
        let needed = self.numbers.needed(self.release, self.standings);
        (0..needed.len()).filter(|number| self.lacks(*number, needed[*number])).collect()
    }

    fn lacks(&self, number: usize, needed: f64) -> bool {
        self.up[number] - self.down[number] < needed - STILL
    }

    /// What the attacker sees, and what is held besides.
    fn seen(&self, held: usize) -> Vec<Freedom> {
        self.freedom(held).into_iter().map(Freedom::seen).collect()
    }

    fn freedom(&self, held: usize) -> Vec<Freedom> {
        let freedom = self.numbers.freedom(self.release, self.standings);
        freedom.into_iter().zip(&self.held[held]).map(|(freedom, held)| if *held { Freedom::Known } else { freedom }).collect()
    }

    /// Send all short numbers of a field off at once: most are proven by a few programmes in common. With nothing held the programmes are
    /// largest, and prove little that the others did not.
    fn spread(&mut self) -> Result<(), Stop> {
        let numbers = self.numbers;
        for held in 0..(self.held.len() - 1).max(1) {
            let seen = self.seen(held);
            for field in fields(&numbers.relations, &seen) {
                let mut before = usize::MAX;
                for way in 0..WAYS {
                    let aims = self.aims(&field, way);
                    if aims.is_empty() || aims.len() > before - before / WORTH {
                        break;
                    }
                    before = aims.len();
                    self.go(&field, &seen, &aims)?;
                }
            }
        }
        Ok(())
    }

    fn aims(&self, field: &Field<'_>, way: usize) -> Vec<Aim> {
        let needed = self.numbers.needed(self.release, self.standings);
        let short = field.numbers().iter().copied().filter(|number| self.lacks(*number, needed[*number]));
        short.map(|number| Aim { number, sign: sign(way, number), cap: needed[number] }).collect()
    }

    fn go(&mut self, field: &Field<'_>, seen: &[Freedom], aims: &[Aim]) -> Result<(), Stop> {
        let (answer, work) = field.solve(&self.numbers.values, seen, aims, None);
        if let Answer::Moves(moves) = answer {
            self.note(&moves);
        }
        self.ask(work)
    }

    fn note(&mut self, moves: &[f64]) {
        for (number, moved) in moves.iter().enumerate() {
            self.up[number] = self.up[number].max(*moved);
            self.down[number] = self.down[number].min(*moved);
        }
    }

    /// One number alone: up, then down, whatever is held; and only if that is not far enough, by withholding more.
    fn reach(&mut self, number: usize) -> Result<(), Stop> {
        let numbers = self.numbers;
        let needed = numbers.needed(self.release, self.standings)[number];
        for held in 0..self.held.len() {
            self.go_alone(number, needed, held)?;
        }
        for held in 0..self.held.len() {
            for sign in [1.0, -1.0] {
                if self.lacks(number, needed) {
                    self.widen(number, needed, sign, held)?;
                }
            }
        }
        if self.lacks(number, needed) { self.withhold_around(number).map_err(Stop::Error) } else { Ok(()) }
    }

    fn go_alone(&mut self, number: usize, needed: f64, held: usize) -> Result<(), Stop> {
        let seen = self.seen(held);
        let fields = fields(&self.numbers.relations, &seen);
        for sign in [1.0, -1.0] {
            if let Some(field) = fields.iter().find(|field| field.numbers().contains(&number)).filter(|_| self.lacks(number, needed)) {
                self.go(field, &seen, &[Aim { number, sign, cap: needed }])?;
            }
        }
        Ok(())
    }

    /// Withhold the cells whose moving gets the number as far as it must, for the least cost; or where it cannot get so far, since cells
    /// shown before stand in the way, as far as it can (less so little that up and down together still reach).
    fn widen(&mut self, number: usize, needed: f64, sign: f64, held: usize) -> Result<(), Stop> {
        let numbers = self.numbers;
        let values = &numbers.values;
        let freedom = self.freedom(held);
        let fields = fields(&numbers.relations, &freedom);
        let Some(field) = fields.iter().find(|field| field.numbers().contains(&number)) else { return Ok(()) };
        let cap = needed + if sign > 0.0 { self.down[number] } else { -self.up[number] };
        let aim = Aim { number, sign, cap };
        let (mut answer, mut work) = field.solve(values, &freedom, &[], Some(aim));
        let is_last = held + 1 == self.held.len();
        if let Answer::Nothing = answer
            && is_last
        {
            let free = vec![Freedom::Withheld; freedom.len()];
            if let (Answer::Moves(moves), more) = field.solve(values, &free, &[aim], None) {
                let (nearer, again) = field.solve(values, &freedom, &[], Some(Aim { cap: sign * moves[number] - STILL / 4.0, ..aim }));
                (answer, work) = (nearer, work + more + again);
            }
        }
        if let Answer::Moves(moves) = answer {
            self.withhold_moved(field, &freedom, &moves);
        }
        self.ask(work)
    }

    fn withhold_moved(&mut self, field: &Field<'_>, freedom: &[Freedom], moves: &[f64]) {
        self.note(moves);
        let moved = |other: &&usize| matches!(freedom[**other], Freedom::At(_)) && moves[**other].abs() > STILL;
        for other in field.numbers().iter().filter(moved) {
            self.standings[self.numbers.cell(*other)] = Standing::Withheld(Reason::Complementary);
        }
    }

    /// Withhold all that is tied to a number, so that nothing published says anything about it.
    fn withhold_around(&mut self, number: usize) -> Result<(), Error> {
        let numbers = self.numbers;
        let freedom = numbers.freedom(self.release, self.standings);
        let fields = fields(&numbers.relations, &freedom);
        let Some(field) = fields.iter().find(|field| field.numbers().contains(&number)) else { return Ok(()) };
        let is_fixed = |other: usize| self.standings[numbers.cell(other)] == Standing::Shown && freedom[other] == Freedom::Known;
        let has_fixed = |relation: &&Relation| relation.parts.iter().chain([&relation.whole]).any(|other| is_fixed(*other));
        if field.sums().iter().any(has_fixed) {
            return Err(Error::Exposed { cell: numbers.cell(number) });
        }
        for other in field.numbers() {
            if let Freedom::At(_) = freedom[*other] {
                self.standings[numbers.cell(*other)] = Standing::Withheld(Reason::Complementary);
            }
            self.up[*other] = f64::INFINITY;
        }
        Ok(())
    }
}

/// All up first; then by halves, quarters and so on of the places.
fn sign(way: usize, number: usize) -> f64 {
    let turned = way > 0 && (number / 2) >> (way - 1) & 1 == 1;
    if turned { -1.0 } else { 1.0 }
}
