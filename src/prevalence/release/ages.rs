//! What ties the numbers of one data set to those of another, and those that are said in two ways.

use std::collections::{BTreeMap, BTreeSet};

use kish_analysis::disclosure::{Counted, Standing};
use kish_analysis::table::Reason;

use super::super::{AgeGroup, Dimension};
use super::KeptCell;
use super::linked::{Build, Group, Identity, NOW, Place, What, events};

impl Build {
    /// A band is the sum of its age groups, whatever else the cell is of, and in whatever data: where the groups were released, so was the
    /// band. A group that is in no row of the data is in no table, and empty.
    pub fn bands(&mut self, ages: usize) {
        let in_band = |(_, what, group): Identity| Some((what.content, what.scale, band_of(&group)?, group));
        let banded: BTreeSet<_> = self.known.keys().cloned().filter_map(in_band).collect();
        let each: Vec<(usize, usize)> = (0..ages).flat_map(|age| (0..=self.most).map(move |which| (age, which))).collect();
        for (content, scale, band, group) in banded {
            for (age, which) in each.iter().copied() {
                let what = What { content: content.clone(), scale, which };
                let finer = finer(&group, &band).into_iter().map(|group| (age, what.clone(), group));
                let parts: Vec<Place> = finer.filter_map(|identity| self.known.get(&identity).copied()).collect();
                if !parts.is_empty() {
                    let whole = self.band((age, what, group.clone()), &parts);
                    self.sum(parts, whole);
                }
            }
        }
    }

    /// One that no table holds may follow from the groups, and is known where all of them are.
    fn band(&mut self, identity: Identity, parts: &[Place]) -> Place {
        if let Some(place) = self.known.get(&identity) {
            return *place;
        }
        let counts = parts.iter().map(|part| self.count(*part));
        let (n, events) = counts.fold((0, 0), |(n, events), part| (n + part.0, events + part.1));
        let standing = match n {
            0 => Standing::Withheld(Reason::Empty),
            _ if parts.iter().all(|part| self.is_out(*part)) => Standing::Shown,
            _ => Standing::Unpublished,
        };
        self.close(identity, (n, events), standing)
    }

    /// Whether outsiders knew the number before this release.
    fn is_out(&self, place: Place) -> bool {
        match place {
            Place::Open(place) => self.before[place] == Some(Standing::Shown) || self.candidates[place].estimate.n == 0,
            Place::Closed(place) => matches!(self.others[place].standing, Standing::Shown | Standing::Withheld(Reason::Empty)),
        }
    }

    /// Ties each number to itself in later data by what came in between: new = old + increment.
    pub fn link(&mut self, ages: usize) {
        // Oldest first, the release itself last.
        let order: Vec<usize> = (1..ages).chain([NOW]).collect();
        for ((age, what, group), old) in self.in_order().into_iter().filter(|((age, ..), _)| *age != NOW) {
            let later = order.iter().skip_while(|other| **other != age).skip(1);
            let next = later.map(|other| self.named(*other, &what, &group)).find(|found| !found.is_empty());
            for new in next.unwrap_or_default() {
                self.stay(old, new);
                self.tie(age, old, new);
            }
        }
    }

    fn in_order(&self) -> Vec<(Identity, Place)> {
        let mut known: Vec<(Identity, Place)> = self.known.iter().map(|(identity, place)| (identity.clone(), *place)).collect();
        known.sort();
        known
    }

    /// The cells of a group in some data that come to the same today.
    fn named(&self, age: usize, what: &What, group: &Group) -> Vec<Place> {
        let one = |which| self.known.get(&(age, What { which, ..what.clone() }, group.clone())).copied();
        (0..=self.most).filter_map(one).collect()
    }

    /// A share, a mean and a total of the same answers tell each other, so they are hidden as one.
    pub fn scales(&mut self) {
        let mut first = BTreeMap::new();
        for ((age, what, group), place) in self.in_order() {
            let other = *first.entry((age, what.content, what.which, group)).or_insert(place);
            if other != place && self.count(other) == self.count(place) {
                self.sum(vec![place], other);
            }
        }
    }

    fn tie(&mut self, age: usize, old: Place, new: Place) {
        let (before, after) = (self.count(old), self.count(new));
        // Where fewer are left than there were, the older number is the larger.
        let (part, whole, small, large) = if before.0 <= after.0 { (old, new, before, after) } else { (new, old, after, before) };
        let (n, events) = (large.0 - small.0, large.1.checked_sub(small.1));
        let increment = match events {
            Some(events) if events <= n => KeptCell { key: Vec::new(), n, events, is_known: false },
            // Some came and some went: how many is not known, so where it may be few the new number waits.
            _ => return self.wait(new, n),
        };
        // That nobody came in is not published either.
        let standing = match self.hidden(&increment) {
            Standing::Withheld(Reason::Complementary | Reason::Empty) => Standing::Unpublished,
            // Nothing is left to protect.
            _ if self.is_out(old) && self.is_out(new) => Standing::Unpublished,
            few => few,
        };
        let between = Place::Closed(self.others.len());
        self.others.push(Counted { n: increment.n, events: increment.events, cost: 0.0, standing });
        self.after.push((age, true));
        self.sum(vec![part, between], whole);
    }

    /// What was withheld opens again once as many people as were in it came in since: with few more, the old number would lie between
    /// narrow limits under the new one.
    fn stay(&mut self, old: Place, new: Place) {
        let (before, now) = (self.count(old).0, self.count(new).0);
        if let Place::Closed(old) = old
            && let Standing::Withheld(reason) = self.others[old].standing
            && reason != Reason::Empty
            && now < 2 * before
        {
            match new {
                Place::Open(new) => {
                    self.before[new].get_or_insert(Standing::Withheld(Reason::Complementary));
                }
                Place::Closed(new) => self.hide(new, Reason::Complementary),
            }
        }
    }

    fn wait(&mut self, place: Place, n: u64) {
        if n >= self.rule.min_cases {
            return;
        }
        match place {
            Place::Open(place) if self.before[place] != Some(Standing::Shown) => {
                self.before[place] = Some(Standing::Withheld(Reason::TooFewCases));
            }
            Place::Open(_) => {}
            Place::Closed(place) => self.hide(place, Reason::TooFewCases),
        }
    }

    /// A band of this release that no table holds must not follow from its groups either.
    fn hide(&mut self, place: usize, reason: Reason) {
        if self.after[place] == (NOW, false) && self.others[place].standing == Standing::Unpublished {
            self.others[place].standing = Standing::Withheld(reason);
        }
    }

    pub fn count(&self, place: Place) -> (u64, u64) {
        match place {
            Place::Open(place) => (self.candidates[place].estimate.n, events(&self.candidates[place])),
            Place::Closed(place) => (self.others[place].n, self.others[place].events),
        }
    }

    /// Ages come in the order of the releases. With all increments held, the same numbers of all releases move as one; with the others
    /// held, what came in after one release moves with all that is later.
    pub fn held(&self) -> Vec<Vec<usize>> {
        let n = self.candidates.len();
        let those = |is_held: &dyn Fn(&(usize, bool)) -> bool| -> Vec<usize> {
            self.after.iter().enumerate().filter(|(_, after)| is_held(after)).map(|(place, _)| n + place).collect()
        };
        let ages: BTreeSet<usize> = self.after.iter().filter(|(_, is_increment)| *is_increment).map(|(age, _)| *age).collect();
        let all = ages.first().map(|_| those(&|(_, is_increment)| *is_increment));
        let one = |age: &usize| those(&|(other, is_increment)| if *is_increment { other != age } else { *other != NOW && other <= age });
        all.into_iter().chain(ages.iter().map(one)).collect()
    }
}

fn band_of(group: &Group) -> Option<String> {
    group.iter().find(|(dimension, _)| *dimension == Dimension::AgeBand).map(|(_, band)| band.clone())
}

/// The same people by age group.
fn finer(group: &Group, band: &str) -> Vec<Group> {
    let with = |level| {
        let mut finer: Group = group.iter().filter(|(dimension, _)| *dimension != Dimension::AgeBand).cloned().collect();
        finer.push((Dimension::AgeGroup, level));
        finer.sort();
        finer
    };
    groups_of(band).into_iter().map(with).collect()
}

/// The age groups of a band; an age that is not known is of none.
fn groups_of(band: &str) -> Vec<String> {
    let groups: Vec<String> = AgeGroup::ALL.into_iter().filter(|group| group.band() == band).map(|group| group.code().to_owned()).collect();
    if groups.is_empty() { vec![band.to_owned()] } else { groups }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instrument::IndicatorKind;

    fn what(which: usize) -> What {
        What { content: "yes".to_owned(), scale: IndicatorKind::Proportion, which }
    }

    fn of(dimension: Dimension, level: &str) -> Group {
        vec![(dimension, level.to_owned())]
    }

    #[test]
    fn a_band_is_tied_to_the_groups_of_other_data() {
        let mut build = Build::default();
        build.close((1, what(0), of(Dimension::AgeBand, "Y35T64")), (100, 30), Standing::Shown);
        for (level, counts) in [("Y35T49", (60, 15)), ("Y50T64", (41, 16))] {
            build.close((NOW, what(0), of(Dimension::AgeGroup, level)), counts, Standing::Withheld(Reason::Complementary));
        }
        build.bands(2);
        build.link(2);
        let others: Vec<_> = build.others.iter().skip(3).map(|other| (other.n, other.events, other.standing)).collect();
        assert_eq!(others, [(101, 31, Standing::Unpublished), (1, 1, Standing::Withheld(Reason::TooFewCases))]);
        let relations = build.finish().relations;
        assert_eq!(relations.iter().map(|sum| (&sum.parts[..], sum.whole)).collect::<Vec<_>>(), [(&[1, 2][..], 3), (&[0, 4][..], 3)]);
    }

    #[test]
    fn a_band_that_was_withheld_does_not_follow_from_its_groups_later() {
        let mut build = Build::default();
        build.close((1, what(0), of(Dimension::AgeBand, "Y_GE65")), (100, 30), Standing::Withheld(Reason::Complementary));
        build.close((NOW, what(0), of(Dimension::AgeGroup, "Y_GE65")), (120, 40), Standing::Withheld(Reason::Complementary));
        build.bands(2);
        build.link(2);
        assert_eq!(build.others[2].standing, Standing::Withheld(Reason::Complementary));
    }

    #[test]
    fn what_came_to_something_else_in_earlier_data_is_tied_as_well() {
        let mut build = Build::default();
        build.close((1, what(0), Group::new()), (100, 30), Standing::Shown);
        build.close((1, what(1), Group::new()), (100, 31), Standing::Shown);
        build.close((NOW, what(0), Group::new()), (103, 32), Standing::Unpublished);
        build.most = 1;
        build.link(2);
        let came_in: Vec<_> = build.others.iter().skip(3).map(|other| (other.n, other.events)).collect();
        assert_eq!(came_in, [(3, 2), (3, 1)]);
    }

    #[test]
    fn a_share_and_a_total_of_the_same_answers_are_hidden_as_one() {
        let mut build = Build::default();
        for scale in [IndicatorKind::Proportion, IndicatorKind::Total] {
            build.close((NOW, What { scale, ..what(0) }, Group::new()), (100, 30), Standing::Shown);
        }
        build.scales();
        assert_eq!(build.finish().relations.len(), 1);
    }
}
