//! A column of numbers: a byte a row while all are whole and small, as codes and answers are; wide from the first that is not.

/// A missing value among the bytes.
const MISSING: u8 = u8::MAX;

#[derive(Debug, Clone, PartialEq)]
pub(in crate::microdata) enum Numbers {
    /// 0 to 254.
    Bytes(Vec<u8>),
    /// `NaN` is missing.
    Reals(Vec<f64>),
}

impl Numbers {
    pub(super) fn with_capacity(n_rows: usize) -> Self {
        Self::Bytes(Vec::with_capacity(n_rows))
    }

    /// One more row; `NaN` is missing.
    #[inline]
    pub(super) fn push(&mut self, y: f64) {
        if let Self::Bytes(bytes) = self {
            match byte(y) {
                Some(byte) => return bytes.push(byte),
                None => *self = Self::Reals(widened(bytes)),
            }
        }
        if let Self::Reals(reals) = self {
            reals.push(y);
        }
    }

    /// More rows, none missing.
    pub(super) fn extend(&mut self, values: &[i32]) {
        let small = 0..i32::from(MISSING);
        match self {
            Self::Bytes(bytes) if values.iter().all(|y| small.contains(y)) => bytes.extend(values.iter().map(|y| *y as u8)),
            _ => values.iter().for_each(|y| self.push(f64::from(*y))),
        }
    }

    pub(in crate::microdata) fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Reals(reals) => reals.len(),
        }
    }

    pub(in crate::microdata) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a row; `NaN` is missing.
    #[inline]
    pub(in crate::microdata) fn at(&self, row: usize) -> f64 {
        match self {
            Self::Bytes(bytes) => real(bytes[row]),
            Self::Reals(reals) => reals[row],
        }
    }

    #[inline]
    pub(in crate::microdata) fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Bytes(bytes) => bytes[row] == MISSING,
            Self::Reals(reals) => reals[row].is_nan(),
        }
    }

    /// Mark the rows without a value.
    pub(in crate::microdata) fn mark_missing(&self, missing: &mut [bool]) {
        match self {
            Self::Bytes(bytes) => missing.iter_mut().zip(bytes).for_each(|(missing, byte)| *missing |= *byte == MISSING),
            Self::Reals(reals) => missing.iter_mut().zip(reals).for_each(|(missing, y)| *missing |= y.is_nan()),
        }
    }

    pub(in crate::microdata) fn iter(&self) -> impl Iterator<Item = f64> {
        (0..self.len()).map(|row| self.at(row))
    }

    /// Whether a row says yes; for numbers that are yes or no.
    #[inline]
    pub(in crate::microdata) fn is_yes(&self, row: usize) -> bool {
        match self {
            Self::Bytes(bytes) => bytes[row] == 1,
            Self::Reals(reals) => reals[row] == 1.0,
        }
    }

    pub(in crate::microdata) fn to_vec(&self) -> Vec<f64> {
        match self {
            Self::Bytes(bytes) => bytes.iter().map(|byte| real(*byte)).collect(),
            Self::Reals(reals) => reals.clone(),
        }
    }

    /// Whether nothing but 0, 1 and missing occurs.
    pub(in crate::microdata) fn is_yes_no(&self) -> bool {
        match self {
            Self::Bytes(bytes) => bytes.iter().all(|byte| matches!(*byte, 0 | 1 | MISSING)),
            Self::Reals(reals) => reals.iter().all(|y| y.is_nan() || *y == 0.0 || *y == 1.0),
        }
    }

    /// Values in order of size, and each row's place among them.
    pub(super) fn levels(&self) -> (Vec<String>, Vec<Option<u32>>) {
        let sizes = match self {
            Self::Bytes(bytes) => {
                let mut occurs = [false; MISSING as usize];
                bytes.iter().filter(|byte| **byte != MISSING).for_each(|byte| occurs[usize::from(*byte)] = true);
                (0..MISSING).filter(|byte| occurs[usize::from(*byte)]).map(f64::from).collect()
            }
            Self::Reals(reals) => sizes(reals),
        };
        (sizes.iter().map(f64::to_string).collect(), places(self, &sizes))
    }
}

impl FromIterator<f64> for Numbers {
    fn from_iter<T: IntoIterator<Item = f64>>(values: T) -> Self {
        let values = values.into_iter();
        let mut numbers = Self::with_capacity(values.size_hint().0);
        values.for_each(|y| numbers.push(y));
        numbers
    }
}

#[inline]
fn byte(y: f64) -> Option<u8> {
    if y.is_nan() {
        return Some(MISSING);
    }
    let byte = y as u8;
    (f64::from(byte) == y && byte != MISSING).then_some(byte)
}

#[cold]
fn widened(bytes: &Vec<u8>) -> Vec<f64> {
    let mut reals = Vec::with_capacity(bytes.capacity());
    reals.extend(bytes.iter().map(|byte| real(*byte)));
    reals
}

#[inline]
fn real(byte: u8) -> f64 {
    if byte == MISSING { f64::NAN } else { f64::from(byte) }
}

/// Every different value once, in order; `+ 0.0` makes one zero of two.
fn sizes(reals: &[f64]) -> Vec<f64> {
    // Rows of one unit mostly follow each other, so dropping repeats first leaves little to sort.
    let mut sizes: Vec<f64> = reals.iter().filter(|y| !y.is_nan()).map(|y| y + 0.0).collect();
    sizes.dedup();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    sizes
}

/// Each row's place among the sizes; a row like the one before is not looked up again.
fn places(numbers: &Numbers, sizes: &[f64]) -> Vec<Option<u32>> {
    let mut last = (f64::NAN, None);
    let place = |y: f64| {
        let y = y + 0.0;
        if y != last.0 {
            last = (y, sizes.binary_search_by(|size| size.total_cmp(&y)).ok().map(|place| place as u32));
        }
        last.1
    };
    numbers.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::Numbers;

    #[test]
    fn bytes_widen_and_lose_nothing() {
        let values = [0.0, 254.0, f64::NAN, 7.0];
        let wide = [0.0, 254.0, f64::NAN, 7.0, 255.0, -1.0, 0.5];
        for values in [&values[..], &wide[..]] {
            let numbers: Numbers = values.iter().copied().collect();
            assert_eq!(matches!(numbers, Numbers::Bytes(_)), values.len() == 4);
            assert!(numbers.iter().zip(values).all(|(found, y)| found == *y || (found.is_nan() && y.is_nan())));
            assert!(numbers.is_missing(2) && !numbers.is_missing(1));
        }
    }

    #[test]
    fn levels_are_in_order_of_size_for_bytes_and_reals_alike() {
        let bytes: Numbers = [10.0, 2.0, f64::NAN, 10.0].into_iter().collect();
        assert_eq!(bytes.levels(), (vec!["2".into(), "10".into()], vec![Some(1), Some(0), None, Some(1)]));
        let reals: Numbers = [1e3, 0.5, f64::NAN, -0.0, 0.0].into_iter().collect();
        assert_eq!(reals.levels().0, ["0", "0.5", "1000"]);
        assert_eq!(reals.levels().1, [Some(2), Some(1), None, Some(0), Some(0)]);
    }
}
