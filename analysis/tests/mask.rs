//! No withheld cell follows from everything released: tables that share margins, hierarchies, releases one after another.

#![allow(clippy::unwrap_used)]

mod attack;
mod crossing;

use attack::Attack;
use crossing::{Tree, cross, draws, judged, small, tree};
use kish_analysis::Error;
use kish_analysis::disclosure::{Counted, Mask, Relation, Release, Standing};
use kish_analysis::table::Reason;
use proptest::prelude::*;

fn protect(counts: &[Counted], relations: &[Relation]) -> Mask {
    Release { counts, relations, same_cases: &[], held: &[], protection: 5 }.mask(&mut |_| true).unwrap()
}

fn open(n: u64, events: u64) -> Counted {
    Counted { n, events, cost: n as f64, standing: Standing::Open }
}

fn withheld(reason: Reason, n: u64, events: u64) -> Counted {
    Counted { standing: Standing::Withheld(reason), ..open(n, events) }
}

/// Withheld cells that follow from the rest.
fn derived(standings: &[Standing], relations: &[Relation]) -> Vec<usize> {
    let known: Vec<bool> = standings.iter().map(|s| matches!(s, Standing::Shown | Standing::Withheld(Reason::Empty))).collect();
    let sums: Vec<(Vec<usize>, usize)> = relations.iter().map(|relation| (relation.parts.clone(), relation.whole)).collect();
    let found = Attack::new(&known, &sums).found();
    found.into_iter().filter(|cell| matches!(standings[*cell], Standing::Withheld(_))).collect()
}

/// Withheld cells without the width they were promised.
fn narrow(release: &Release<'_>, mask: &Mask) -> Vec<usize> {
    let is_narrow = |cell: &usize| match mask.standings()[*cell] {
        Standing::Withheld(reason) if reason != Reason::Empty => {
            let bounds = release.bounds(mask, *cell);
            let width = |interval: kish_analysis::interval::Interval| interval.upper - interval.lower;
            let wanted = if reason.tells() { release.protection as f64 } else { 1.0 } - 1e-4;
            width(bounds.without) < wanted || release.counts[*cell].events > 0 && width(bounds.events) < wanted
        }
        _ => false,
    };
    (0..release.counts.len()).filter(is_narrow).collect()
}

fn trees() -> impl Strategy<Value = Vec<Tree>> {
    let flat = || prop_oneof![Just(tree(&[2])), Just(tree(&[3]))];
    let deep = prop_oneof![Just(tree(&[2, 2])), Just(vec![0, 0, 0, 1, 1, 1])];
    let two = (deep.clone(), prop_oneof![flat(), deep.clone()]).prop_map(|(a, b)| vec![a, b]);
    let three = (flat(), Just(tree(&[2])), prop_oneof![flat(), deep]).prop_map(|(a, b, c)| vec![a, b, c]);
    prop_oneof![two, three]
}

/// Two tables of one survey: the first dimension by the second and by the third, sharing the first one's margin.
fn linked(counts: &[(u64, u64)], relations: &[Relation], trees: &[Tree]) -> (Vec<(u64, u64)>, Vec<Relation>) {
    let (b, c) = (trees[1].len(), trees[2].len());
    let is_in = |cell: usize| (cell / c).is_multiple_of(b) || cell.is_multiple_of(c);
    let mut place = vec![None; counts.len()];
    let kept: Vec<usize> = (0..counts.len()).filter(|cell| is_in(*cell)).collect();
    kept.iter().enumerate().for_each(|(at, cell)| place[*cell] = Some(at));
    let moved = |relation: &Relation| {
        let parts: Option<Vec<usize>> = relation.parts.iter().map(|part| place[*part]).collect();
        Some(Relation { parts: parts?, whole: place[relation.whole]? })
    };
    (kept.iter().map(|cell| counts[*cell]).collect(), relations.iter().filter_map(moved).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_withheld_cell_follows_from_the_table(trees in trees(), seed: u64, most in 5_u64..80) {
        let (counts, relations) = cross(&trees, small(seed, most));
        let counts = judged(&counts);
        let mask = protect(&counts, &relations);
        prop_assert_eq!(derived(mask.standings(), &relations), Vec::<usize>::new());
        let release = Release { counts: &counts, relations: &relations, same_cases: &[], held: &[], protection: 5 };
        prop_assert_eq!(narrow(&release, &mask), Vec::<usize>::new());
        prop_assert!(mask.is_proven() && !mask.standings().contains(&Standing::Open));
    }

    #[test]
    fn no_withheld_cell_follows_from_two_tables_with_a_margin_in_common(seed: u64, most in 5_u64..80) {
        let trees = [tree(&[2, 2]), tree(&[3]), tree(&[2, 2])];
        let (counts, relations) = cross(&trees, small(seed, most));
        let (counts, relations) = linked(&counts, &relations, &trees);
        let counts = judged(&counts);
        let mask = protect(&counts, &relations);
        prop_assert_eq!(derived(mask.standings(), &relations), Vec::<usize>::new());
    }

    #[test]
    fn no_withheld_cell_follows_from_releases_of_growing_data(deep: bool, seed: u64, most in 5_u64..80, grown in 1_u64..40) {
        grow(deep, seed, most, grown);
    }
}

/// Here a cell of the first release can move far enough only up and down together, since what was shown stays.
#[test]
fn what_was_shown_before_may_stand_in_one_way_only() {
    grow(false, 8_182_668_879_644_281_341, 63, 35);
    // And here it reaches the protection exactly, not a hair more.
    grow(true, 10_180_613_892_976_559_020, 32, 32);
}

/// A first release, then more interviews, then a second: the cells of both, and what came in between.
fn grow(deep: bool, seed: u64, most: u64, grown: u64) {
    let trees = [if deep { tree(&[2, 2]) } else { tree(&[3]) }, tree(&[3])];
    let (first, relations) = cross(&trees, small(seed, most));
    let before = protect(&judged(&first), &relations);
    let (added, _) = cross(&trees, small(seed ^ 1, grown));
    let (counts, relations) = grown_by(&judged(&first), &before, &added, &relations);
    let size = first.len();
    let held = [(2 * size..3 * size).collect(), (0..size).collect()];
    for held in [&held[..], &[]] {
        let release = Release { counts: &counts, relations: &relations, same_cases: &[], held, protection: 5 };
        let mask = release.mask(&mut |_| true).unwrap();
        assert_eq!(&mask.standings()[..size], before.standings());
        assert_eq!(derived(mask.standings(), &relations), Vec::<usize>::new());
        assert_eq!(narrow(&release, &mask), Vec::<usize>::new());
    }
}

/// Old cells as they were released, new ones, and the difference of each, which is withheld where it is small.
fn grown_by(old: &[Counted], before: &Mask, added: &[(u64, u64)], relations: &[Relation]) -> (Vec<Counted>, Vec<Relation>) {
    let size = old.len();
    let sums: Vec<(u64, u64)> = old.iter().zip(added).map(|(old, added)| (old.n + added.0, old.events + added.1)).collect();
    let between = judged(added).into_iter().map(|cell| match cell.standing {
        Standing::Open | Standing::Withheld(Reason::Empty) => Counted { standing: Standing::Unpublished, ..cell },
        _ => cell,
    });
    let old = old.iter().zip(before.standings()).map(|(cell, standing)| Counted { standing: *standing, ..*cell });
    let shifted = |by: usize| {
        let shift = move |relation: &Relation| Relation {
            parts: relation.parts.iter().map(|part| part + by).collect(),
            whole: relation.whole + by,
        };
        relations.iter().map(shift)
    };
    let steps = (0..size).map(|cell| Relation { parts: vec![cell, 2 * size + cell], whole: size + cell });
    let all = shifted(0).chain(shifted(size)).chain(shifted(2 * size)).chain(steps).collect();
    (old.chain(judged(&sums)).chain(between).collect(), all)
}

fn two_by_two() -> (Vec<Counted>, Vec<Relation>) {
    let (counts, relations) = cross(&[tree(&[3]), tree(&[3])], {
        let mut inner = [(8, 3), (90, 30), (70, 20), (80, 40), (95, 25), (60, 30), (99, 30), (85, 41), (75, 22)].into_iter();
        move || inner.next().unwrap()
    });
    (judged(&counts), relations)
}

#[test]
fn a_cell_shown_again_is_caught() {
    let (counts, relations) = two_by_two();
    let mask = protect(&counts, &relations);
    let hidden: Vec<usize> = (0..16).filter(|cell| mask.standings()[*cell] == Standing::Withheld(Reason::Complementary)).collect();
    assert_eq!(hidden.len(), 3);
    for cell in hidden {
        let mut standings = mask.standings().to_vec();
        standings[cell] = Standing::Shown;
        assert!(derived(&standings, &relations).contains(&5), "cell {cell}, shown again, gives the small cell away");
    }
}

/// 8 cases with 3 events, 60 with 20 and 200 with 80, and all together: withholding two leaves 24 events to the first.
#[test]
fn the_audit_withholds_what_elimination_would_show() {
    let counts = [withheld(Reason::TooFewCases, 8, 3), open(60, 20), open(200, 80), open(268, 103)];
    let relations = [Relation { parts: vec![0, 1, 2], whole: 3 }];
    let shown = |protection| {
        let mask = Release { counts: &counts, relations: &relations, same_cases: &[], held: &[], protection }.mask(&mut |_| true).unwrap();
        mask.standings().iter().filter(|standing| **standing == Standing::Shown).count()
    };
    assert_eq!((shown(5), shown(23), shown(24), shown(45), shown(104), shown(200)), (2, 2, 1, 1, 0, 0));
}

/// Alone in her cell, she knows it: the other small cell would follow for her from the third and the sum.
#[test]
fn who_is_alone_in_a_cell_learns_no_other() {
    let sum = [Relation { parts: vec![0, 1, 2, 3], whole: 4 }];
    let counts =
        |n| [withheld(Reason::TooFewCases, n, 1), withheld(Reason::TooFewCases, 9, 4), open(100, 20), open(90, 20), open(198 + n, 44 + n)];
    let shown = |n| protect(&counts(n), &sum).standings().iter().filter(|standing| **standing == Standing::Shown).count();
    assert_eq!((shown(2), shown(1)), (3, 2));
}

/// The same groups asked about two events. Each table by itself hides the eight; the cases shown in one would fill the gap of the other.
#[test]
fn cases_shown_beside_one_event_are_known_beside_the_other() {
    let group = |events: [u64; 4]| {
        let [few, a, b, all] = events;
        [withheld(Reason::TooFewCases, 8, few), open(100, a), open(110, b), open(218, all)]
    };
    let counts = [group([3, 30, 40, 73]), group([2, 25, 20, 47])].concat();
    let sum = |at| Relation { parts: vec![at, at + 1, at + 2], whole: at + 3 };
    let same: Vec<Vec<usize>> = (0..4).map(|cell| vec![cell, cell + 4]).collect();
    let mut costs = counts.clone();
    // Alone, the first table would lose its second group and the second table its third.
    (costs[2].cost, costs[5].cost) = (500.0, 500.0);
    let relations = [sum(0), sum(4)];
    let apart = protect(&costs, &relations);
    let release = Release { counts: &costs, relations: &relations, same_cases: &same, held: &[], protection: 5 };
    let together = release.mask(&mut |_| true).unwrap();
    let known = |mask: &Mask| cases_known(mask, &relations, &same);
    assert!(known(&apart).contains(&16), "the attacker finds the eight in what two masks show");
    assert!(!known(&together).contains(&16) && narrow(&release, &together).is_empty());
}

/// The numbers that follow where events, the others and the cases of groups in common are told apart: events and others of each cell
/// in turn, then the cases of each group.
fn cases_known(mask: &Mask, relations: &[Relation], same: &[Vec<usize>]) -> Vec<usize> {
    let cells = mask.standings().len();
    let known: Vec<bool> = (0..2 * cells + same.len()).map(|n| n < 2 * cells && mask.standings()[n / 2] == Standing::Shown).collect();
    let side = |relation: &Relation, side: usize| (relation.parts.iter().map(|part| 2 * part + side).collect(), 2 * relation.whole + side);
    let sums = relations.iter().flat_map(|relation| [side(relation, 0), side(relation, 1)]);
    let cases =
        same.iter().enumerate().flat_map(|(at, group)| group.iter().map(move |cell| (vec![2 * cell, 2 * cell + 1], 2 * cells + at)));
    Attack::new(&known, &sums.chain(cases).collect::<Vec<_>>()).found()
}

#[test]
fn what_was_shown_before_may_make_protection_impossible() {
    let shown = Counted { standing: Standing::Shown, ..open(100, 20) };
    let counts = [withheld(Reason::TooFewCases, 8, 3), shown, Counted { standing: Standing::Shown, ..open(108, 23) }];
    let relations = [Relation { parts: vec![0, 1], whole: 2 }];
    let mask = |counts: &[Counted], protection| {
        Release { counts, relations: &relations, same_cases: &[], held: &[], protection }.mask(&mut |_| true)
    };
    assert_eq!(mask(&counts, 5), Err(Error::Exposed { cell: 0 }));
    // One of them only: the other is withheld now, and 23 events leave room for five but not for thirty.
    let one = [counts[0], open(100, 20), counts[2]];
    assert_eq!(mask(&one, 5).unwrap().standings()[1], Standing::Withheld(Reason::Complementary));
    assert_eq!(mask(&one, 30), Err(Error::Exposed { cell: 0 }));
}

#[test]
fn when_the_work_runs_out_nothing_unproven_is_shown() {
    let (counts, relations) = two_by_two();
    let release = Release { counts: &counts, relations: &relations, same_cases: &[], held: &[], protection: 5 };
    let total = {
        let mut total = 0;
        let mut count = |_| {
            total += 1;
            true
        };
        release.mask(&mut count).unwrap();
        total
    };
    for most in 0..total {
        let mut left = most;
        let mask = release.mask(&mut |_| {
            left -= i32::from(left > 0);
            left > 0
        });
        let mask = mask.unwrap();
        assert!(!mask.is_proven());
        assert!(derived(mask.standings(), &relations).is_empty() && narrow(&release, &mask).is_empty(), "after {most} of {total}");
    }
}

#[test]
fn relations_that_make_no_sense_are_refused() {
    let counts = [open(100, 20), open(100, 20)];
    let mask =
        |relations: &[Relation]| Release { counts: &counts, relations, same_cases: &[], held: &[], protection: 5 }.mask(&mut |_| true);
    let part = |part, whole| Relation { parts: vec![part], whole };
    assert_eq!(mask(&[part(0, 2)]), Err(Error::OutOfRange { what: "cell", index: 2, count: 2 }));
    assert_eq!(mask(&[part(0, 1), part(1, 0)]), Err(Error::PartOfItself { cell: 0 }));
}

#[test]
fn the_same_cells_give_the_same_mask() {
    let mut draw = draws(7);
    let (counts, relations) = cross(&[tree(&[2, 2]), tree(&[3])], || (draw(40) + 1, 1));
    assert_eq!(protect(&judged(&counts), &relations), protect(&judged(&counts), &relations));
}
