//! Whole numbers modulo the prime 2⁶¹ − 1, in which sums of cells are eliminated exactly and in one word each.
//!
//! What follows from sums over the rationals follows here too, unless a determinant of the sums' zeros and ones is a multiple of
//! this very prime; what follows here alone makes the mask withhold a cell too many. No rounding decides either.

pub(super) const PRIME: u64 = (1 << 61) - 1;

/// `a + b`.
pub(super) fn add(a: u64, b: u64) -> u64 {
    let sum = a + b;
    if sum >= PRIME { sum - PRIME } else { sum }
}

/// `−a`.
pub(super) fn negative(a: u64) -> u64 {
    if a == 0 { 0 } else { PRIME - a }
}

/// `a · b`: since 2⁶¹ is 1 here, the upper bits of the product are added to the lower.
pub(super) fn times(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    #[expect(clippy::cast_possible_truncation, reason = "both halves are masked or shifted to 61 bits")]
    let (low, high) = ((product as u64) & PRIME, (product >> 61) as u64);
    add(if low == PRIME { 0 } else { low }, high)
}

/// `1 / a`, which is `a` to the power of the prime less two (Fermat). Of 0 it is 0.
pub(super) fn inverse(a: u64) -> u64 {
    let (mut power, mut square, mut left) = (1, a, PRIME - 2);
    while left > 0 {
        if left & 1 == 1 {
            power = times(power, square);
        }
        square = times(square, square);
        left >>= 1;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_field() {
        for a in [1, 2, 3, PRIME - 1, 1 << 60, 123_456_789_012_345_678] {
            assert_eq!(times(a, inverse(a)), 1, "{a}");
            assert_eq!(add(a, negative(a)), 0, "{a}");
            assert_eq!(add(times(a, 3), a), times(a, 4), "{a}");
        }
        assert_eq!(times(PRIME - 1, PRIME - 1), 1);
        assert_eq!(negative(0), 0);
    }
}
