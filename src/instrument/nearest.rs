//! The nearest right name to a mistyped one, for the mend of an error.

/// The candidate that differs least from `wrong`, if it differs by at most a third of its letters.
pub(crate) fn nearest<'a>(wrong: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let allowed = (wrong.chars().count() / 3).max(1);
    candidates.map(|c| (distance(&wrong, &c.to_lowercase()), c)).filter(|(d, _)| *d <= allowed).min_by_key(|(d, _)| *d).map(|(_, c)| c)
}

/// Letters to insert, remove or replace (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_typing_mistake_finds_its_name_and_nonsense_finds_none() {
        let names = ["age_years", "sex", "select_one"];
        assert_eq!(nearest("age_year", names.into_iter()), Some("age_years"));
        assert_eq!(nearest("selct_one", names.into_iter()), Some("select_one"));
        assert_eq!(nearest("Sex", names.into_iter()), Some("sex"));
        assert_eq!(nearest("household", names.into_iter()), None);
    }
}
