//! Simulated tables of counts: dimensions with trees of codes crossed, every sum a cell.

use kish_analysis::disclosure::{Counted, Relation, Standing};
use kish_analysis::table::Reason;

/// A dimension: the parent of each code; the first code is the total and has none.
pub type Tree = Vec<usize>;

/// A tree whose every code has so many children, level by level.
pub fn tree(children: &[usize]) -> Tree {
    let (mut parents, mut level) = (vec![0], vec![0]);
    for count in children {
        let next: Vec<usize> = (0..level.len() * count).map(|place| parents.len() + place).collect();
        parents.extend(level.iter().flat_map(|parent| vec![*parent; *count]));
        level = next;
    }
    parents
}

/// Cases and events of all cells, from those of the innermost cells, in the order of the codes, the last dimension fastest.
pub fn cross(trees: &[Tree], mut innermost: impl FnMut() -> (u64, u64)) -> (Vec<(u64, u64)>, Vec<Relation>) {
    let keys = trees.iter().fold(vec![Vec::new()], |keys: Vec<Vec<usize>>, tree| {
        keys.iter().flat_map(|key| (0..tree.len()).map(move |code| [key.as_slice(), &[code]].concat())).collect()
    });
    let place = |key: &[usize]| key.iter().zip(trees).fold(0, |place, (code, tree)| place * tree.len() + code);
    let children = |tree: &Tree, code: usize| (1..tree.len()).filter(|child| tree[*child] == code).collect::<Vec<_>>();
    let mut relations = Vec::new();
    for key in &keys {
        for (dimension, tree) in trees.iter().enumerate() {
            let at = |child: &usize| place(&[&key[..dimension], &[*child], &key[dimension + 1..]].concat());
            let parts: Vec<usize> = children(tree, key[dimension]).iter().map(at).collect();
            if !parts.is_empty() {
                relations.push(Relation { parts, whole: place(key) });
            }
        }
    }
    let is_inner = |key: &[usize]| key.iter().zip(trees).all(|(code, tree)| children(tree, *code).is_empty());
    let mut counts: Vec<Option<(u64, u64)>> = keys.iter().map(|key| is_inner(key).then(&mut innermost)).collect();
    let known: Vec<(u64, u64)> = (0..keys.len()).map(|cell| sum(cell, &relations, &mut counts)).collect();
    (known, relations)
}

fn sum(cell: usize, relations: &[Relation], counts: &mut [Option<(u64, u64)>]) -> (u64, u64) {
    if let Some(known) = counts[cell] {
        return known;
    }
    let parts = relations.iter().find(|relation| relation.whole == cell).map_or(&[][..], |relation| &relation.parts);
    let total = parts.iter().map(|part| sum(*part, relations, counts)).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    counts[cell] = Some(total);
    total
}

/// Each cell judged by the thresholds of the default rule.
pub fn judged(counts: &[(u64, u64)]) -> Vec<Counted> {
    let standing = |n: u64, events: u64| match (n, events, n - events) {
        (0, _, _) => Standing::Withheld(Reason::Empty),
        (..10, _, _) => Standing::Withheld(Reason::TooFewCases),
        (_, 1..5, _) => Standing::Withheld(Reason::TooFewEvents),
        (_, _, ..5) => Standing::Withheld(Reason::TooFewWithout),
        _ => Standing::Open,
    };
    counts.iter().map(|(n, events)| Counted { n: *n, events: *events, cost: *n as f64, standing: standing(*n, *events) }).collect()
}

/// Numbers without end that look drawn by chance, the same for the same seed (splitmix64).
pub fn draws(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }
}

/// The innermost cells of a small survey: few people in most, none in some, every third or so with the event.
pub fn small(seed: u64, most: u64) -> impl FnMut() -> (u64, u64) {
    let mut draw = draws(seed);
    move || {
        let n = draw(most) * draw(4) / 2;
        (n, if n == 0 { 0 } else { (draw(n + 1)).min(draw(n + 1)) })
    }
}
