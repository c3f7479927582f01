//! An attacker who eliminates with fractions: it shares no code and no way of looking with the crate.
//!
//! He writes down the sums with only the numbers he does not know, and brings them into reduced row echelon form. A number is his if some
//! row is left with it alone.

/// Numbers, each known or not, and which of them add up to which other.
pub struct Attack {
    rows: Vec<Vec<Fraction>>,
    unknown: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Fraction(i128, i128);

impl Fraction {
    fn of(top: i128, bottom: i128) -> Self {
        let divisor = gcd(top.abs(), bottom.abs()).max(1) * bottom.signum();
        Self(top / divisor, bottom / divisor)
    }

    /// `self − a · b`.
    fn less(self, a: Self, b: Self) -> Self {
        let product = Self::of(a.0.checked_mul(b.0).expect("small"), a.1.checked_mul(b.1).expect("small"));
        let top = self.0.checked_mul(product.1).zip(product.0.checked_mul(self.1)).expect("small");
        Self::of(top.0 - top.1, self.1.checked_mul(product.1).expect("small"))
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Attack {
    /// `sums` has parts and whole of each sum.
    pub fn new(is_known: &[bool], sums: &[(Vec<usize>, usize)]) -> Self {
        let unknown: Vec<usize> = (0..is_known.len()).filter(|number| !is_known[*number]).collect();
        let sign = |sum: &(Vec<usize>, usize), number: usize| {
            sum.0.iter().filter(|part| **part == number).count() as i128 - i128::from(sum.1 == number)
        };
        let row = |sum| unknown.iter().map(|number| Fraction(sign(sum, *number), 1)).collect();
        let mut attack = Self { rows: sums.iter().map(row).collect(), unknown };
        attack.eliminate();
        attack
    }

    fn eliminate(&mut self) {
        let mut done = 0;
        for column in 0..self.unknown.len() {
            let Some(pivot) = (done..self.rows.len()).find(|row| self.rows[*row][column].0 != 0) else { continue };
            self.rows.swap(done, pivot);
            let Fraction(top, bottom) = self.rows[done][column];
            let row: Vec<Fraction> = self.rows[done].iter().map(|f| Fraction::of(f.0 * bottom, f.1 * top)).collect();
            for other in (0..self.rows.len()).filter(|other| *other != done) {
                let factor = self.rows[other][column];
                if factor.0 != 0 {
                    self.rows[other] = self.rows[other].iter().zip(&row).map(|(a, b)| a.less(factor, *b)).collect();
                }
            }
            self.rows[done] = row;
            done += 1;
        }
    }

    /// The unknown numbers that follow exactly.
    pub fn found(&self) -> Vec<usize> {
        let single = |row: &Vec<Fraction>| {
            let mut places = (0..row.len()).filter(|place| row[*place].0 != 0);
            places.next().filter(|_| places.next().is_none())
        };
        self.rows.iter().filter_map(single).map(|place| self.unknown[place]).collect()
    }
}
