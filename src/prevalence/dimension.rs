//! The dimensions a table may be broken down by: named, with fixed levels, and no others.

use serde::{Deserialize, Serialize};

use super::Row;
use crate::deidentify::Disability;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    Sex,
    AgeGroup,
    /// Age groups taken together, for where the groups themselves hold too few people.
    AgeBand,
    Disability,
    Urban,
    Region,
}

/// A level by its code in the code lists; `_T` is the total.
pub type Level = String;

/// A dimension over rows.
#[derive(Debug)]
pub struct Levels {
    pub names: Vec<Level>,
    /// The place of each row's level among them.
    pub of_row: Vec<u16>,
}

pub const TOTAL: &str = "_T";
/// Not known, or not said.
pub const UNKNOWN: &str = "_U";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum AgeGroup {
    Y15T17,
    Y18T24,
    Y25T34,
    Y35T49,
    Y50T64,
    #[serde(rename = "Y_GE65")]
    YGe65,
}

impl AgeGroup {
    pub const ALL: [AgeGroup; 6] =
        [AgeGroup::Y15T17, AgeGroup::Y18T24, AgeGroup::Y25T34, AgeGroup::Y35T49, AgeGroup::Y50T64, AgeGroup::YGe65];

    pub fn of(age_years: u8) -> Option<AgeGroup> {
        Some(match age_years {
            0..15 => return None,
            15..18 => AgeGroup::Y15T17,
            18..25 => AgeGroup::Y18T24,
            25..35 => AgeGroup::Y25T34,
            35..50 => AgeGroup::Y35T49,
            50..65 => AgeGroup::Y50T64,
            65.. => AgeGroup::YGe65,
        })
    }

    /// The codes of the question asked about someone who was not interviewed; 9 is not known.
    pub fn of_contact_code(code: u8) -> Option<AgeGroup> {
        (1..=5).contains(&code).then(|| AgeGroup::ALL[usize::from(code)])
    }

    /// The band it belongs to.
    pub fn band(self) -> &'static str {
        match self {
            AgeGroup::Y15T17 | AgeGroup::Y18T24 | AgeGroup::Y25T34 => "Y15T34",
            AgeGroup::Y35T49 | AgeGroup::Y50T64 => "Y35T64",
            AgeGroup::YGe65 => "Y_GE65",
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            AgeGroup::Y15T17 => "Y15T17",
            AgeGroup::Y18T24 => "Y18T24",
            AgeGroup::Y25T34 => "Y25T34",
            AgeGroup::Y35T49 => "Y35T49",
            AgeGroup::Y50T64 => "Y50T64",
            AgeGroup::YGe65 => "Y_GE65",
        }
    }
}

impl Dimension {
    pub const ALL: [Dimension; 6] =
        [Dimension::Sex, Dimension::AgeGroup, Dimension::AgeBand, Dimension::Disability, Dimension::Urban, Dimension::Region];

    pub fn name(self) -> &'static str {
        match self {
            Dimension::Sex => "sex",
            Dimension::AgeGroup => "age_group",
            Dimension::AgeBand => "age_band",
            Dimension::Disability => "disability",
            Dimension::Urban => "urban",
            Dimension::Region => "region",
        }
    }

    /// Whether two dimensions say the same of people, one of them more coarsely.
    pub fn overlaps(self, other: Dimension) -> bool {
        self != other && [self, other].iter().all(|d| matches!(d, Dimension::AgeGroup | Dimension::AgeBand))
    }

    pub fn named(name: &str) -> Option<Dimension> {
        Self::ALL.into_iter().find(|d| d.name() == name)
    }

    /// The level a row is in. Unknown is a level of its own, never left out.
    pub fn level(self, row: &Row) -> &str {
        match self {
            Dimension::Sex => match row.sex {
                1 => "F",
                2 => "M",
                _ => UNKNOWN,
            },
            Dimension::AgeGroup => row.age_group.map_or(UNKNOWN, AgeGroup::code),
            Dimension::AgeBand => row.age_group.map_or(UNKNOWN, AgeGroup::band),
            Dimension::Disability => match row.disability {
                Disability::With => "DIS1",
                Disability::Without | Disability::WithoutPartial => "DIS0",
                Disability::Unknown => "DISU",
            },
            Dimension::Urban => said(&row.urban),
            Dimension::Region => said(&row.region),
        }
    }

    /// The levels that rows are in, in the order of the code list, and which of them each row is in.
    pub fn levels_of(self, rows: &[Row]) -> Levels {
        let (mut found, mut of_row): (Vec<&str>, Vec<u16>) = (Vec::new(), Vec::with_capacity(rows.len()));
        for row in rows {
            let level = self.level(row);
            let place = found.iter().position(|known| *known == level).unwrap_or_else(|| {
                found.push(level);
                found.len() - 1
            });
            of_row.push(u16::try_from(place).unwrap_or(u16::MAX));
        }
        let mut sorted = found.clone();
        sorted.sort_unstable();
        if self == Dimension::Disability {
            sorted.sort_by_key(|code| ["DIS1", "DIS0", "DISU"].iter().position(|c| c == code));
        }
        let place = |level: &&str| sorted.iter().position(|known| known == level).and_then(|place| u16::try_from(place).ok());
        let places: Vec<u16> = found.iter().map(|level| place(level).unwrap_or(u16::MAX)).collect();
        for place in &mut of_row {
            *place = places.get(usize::from(*place)).copied().unwrap_or(u16::MAX);
        }
        Levels { names: sorted.into_iter().map(str::to_owned).collect(), of_row }
    }
}

/// What the frame says of a PSU, which it may leave empty.
fn said(code: &str) -> &str {
    if code.is_empty() { UNKNOWN } else { code }
}

#[cfg(test)]
mod tests {
    use super::{AgeGroup, Dimension};
    use crate::instrument::{DIMENSIONS, LEVELS};

    #[test]
    fn the_dimensions_an_indicator_may_name_are_those_there_are() {
        assert_eq!(Dimension::ALL.map(Dimension::name), DIMENSIONS);
        assert_eq!(LEVELS[1], ("age_group", AgeGroup::ALL.map(AgeGroup::code).as_slice()));
        let mut bands = AgeGroup::ALL.map(AgeGroup::band).to_vec();
        bands.dedup();
        assert_eq!(LEVELS[2], ("age_band", bands.as_slice()));
    }

    #[test]
    fn age_groups_meet_without_gap_or_overlap() {
        let groups: Vec<_> = (14..=120).map(AgeGroup::of).collect();
        assert_eq!(groups[0], None);
        assert!(groups.windows(2).all(|w| w[0] <= w[1]));
        assert_eq!(AgeGroup::of(18), AgeGroup::of_contact_code(1));
        assert_eq!(AgeGroup::of(65), AgeGroup::of_contact_code(5));
        assert_eq!(AgeGroup::of_contact_code(9), None);
    }
}
