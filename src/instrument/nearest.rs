//! The nearest right name to a mistyped one, for the mend of an error.

/// The candidate that differs least from `wrong`, if it differs by at most a third of its letters.
pub(crate) fn nearest<'a>(wrong: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let allowed = (wrong.chars().count() / 3).max(1);
    candidates.map(|c| (distance(&wrong, &c.to_lowercase()), c)).filter(|(d, _)| *d <= allowed).min_by_key(|(d, _)| *d).map(|(_, c)| c)
}

/// Letters to insert, remove, replace or swap with the next (Damerau and Levenshtein, without edits of edits).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (mut before, mut row): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=b.len()).collect());
    for i in 1..=a.len() {
        let mut next = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = row[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            next[j] = replaced.min(row[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                next[j] = next[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut row, next);
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
        assert_eq!(nearest("lable", ["label", "table"].into_iter()), Some("label"));
        assert_eq!(nearest("household", names.into_iter()), None);
    }
}
