//! Releases: composed, looked at, and from the approval on what they are.

use diesel::prelude::*;

use super::connection::{Connection, on};
use super::schema::{release, release_file, release_table};
use super::{Error, Pending, Store};
use crate::trail::{Act, Action, By};

pub const COMPOSED: &str = "composed";
pub const FROZEN: &str = "frozen";

#[derive(Debug, Clone)]
pub struct NewRelease {
    pub study_id: i64,
    pub name: String,
    pub weight_set_id: i64,
    pub form_version_id: i64,
    /// Which interviews it is made of.
    pub data: Vec<u8>,
    pub made_on: String,
    /// What is lost, as JSON.
    pub loss: String,
    /// Over all its tables as they leave.
    pub digest: String,
    pub tables: Vec<NewReleaseTable>,
    /// The same in other forms, each under its name.
    pub files: Vec<(&'static str, Vec<u8>)>,
    /// How many releases are frozen, whose masks its own goes on from.
    pub follows: i64,
    /// The thresholds it was made under, for the trail.
    pub rule: String,
}

#[derive(Debug, Clone)]
pub struct NewReleaseTable {
    pub indicator: String,
    /// Its dimensions in the order of their names, parted by commas.
    pub dimensions: String,
    pub json: String,
    pub csv: String,
    /// What later releases must know of its cells, as JSON.
    pub cells: String,
}

#[derive(Debug, Clone, Queryable)]
pub struct ReleaseRow {
    pub id: i64,
    pub study_id: i64,
    pub name: String,
    pub state: String,
    pub weight_set_id: i64,
    pub form_version_id: i64,
    pub data: Vec<u8>,
    pub follows: i64,
    pub made_by: i64,
    pub made_on: String,
    pub approved_by: Option<i64>,
    pub frozen_on: Option<String>,
    pub loss: String,
    pub digest: String,
}

impl ReleaseRow {
    pub fn is_frozen(&self) -> bool {
        self.state == FROZEN
    }
}

/// A table of a release, as it leaves.
#[derive(Debug, Clone, Queryable)]
pub struct ReleaseTableRow {
    pub json: String,
    pub csv: String,
    pub cells: String,
}

impl Store {
    /// `Duplicate` where the study has a release of that name.
    pub fn add_release(&self, by: By, new: NewRelease) -> Pending<i64> {
        self.write_as(by.clone(), move |c| {
            let values = (
                (
                    release::study_id.eq(new.study_id),
                    release::name.eq(&new.name),
                    release::state.eq(COMPOSED),
                    release::weight_set_id.eq(new.weight_set_id),
                    release::form_version_id.eq(new.form_version_id),
                    release::data.eq(&new.data),
                ),
                (
                    release::follows.eq(new.follows),
                    release::made_by.eq(by.id()),
                    release::made_on.eq(&new.made_on),
                    release::loss.eq(&new.loss),
                    release::digest.eq(&new.digest),
                ),
            );
            let id: i64 = on!(c, c => diesel::insert_into(release::table).values(values).returning(release::id).get_result(c))?;
            for (place, table) in (0..).zip(&new.tables) {
                insert_table(c, id, place, table)?;
            }
            for (name, content) in &new.files {
                let values = (release_file::release_id.eq(id), release_file::name.eq(*name), release_file::content.eq(content));
                on!(c, c => diesel::insert_into(release_file::table).values(values).execute(c))?;
            }
            Ok((id, Act::new(Action::ReleaseCreate).study(new.study_id).to(id).with("rule", new.rule.as_str())))
        })
    }

    /// From now on it is out, and never changes. `Duplicate` where it is already, `Changed` where another was frozen since it was
    /// composed: its mask does not know of that one.
    pub fn freeze_release(&self, by: By, study_id: i64, id: i64, on_day: String) -> Pending<()> {
        self.write_as(by.clone(), move |c| {
            let row = find(c, study_id, id)?;
            if row.is_frozen() {
                return Err(Error::Duplicate);
            }
            let frozen = release::table.filter(release::study_id.eq(study_id)).filter(release::state.eq(FROZEN));
            let out: i64 = on!(c, c => frozen.count().get_result(c))?;
            if out != row.follows {
                return Err(Error::Changed);
            }
            let values = (release::state.eq(FROZEN), release::approved_by.eq(Some(by.id())), release::frozen_on.eq(Some(&on_day)));
            on!(c, c => diesel::update(release::table.find(id)).set(values).execute(c))?;
            let act = Act::new(Action::ReleaseApprove).study(study_id).to(id).with("digest", row.digest.as_str());
            Ok(((), act))
        })
    }

    /// Only what is not out yet: `Duplicate` for what is.
    pub fn discard_release(&self, by: By, study_id: i64, id: i64) -> Pending<()> {
        self.write_as(by, move |c| {
            if find(c, study_id, id)?.is_frozen() {
                return Err(Error::Duplicate);
            }
            on!(c, c => diesel::delete(release_table::table.filter(release_table::release_id.eq(id))).execute(c))?;
            on!(c, c => diesel::delete(release_file::table.filter(release_file::release_id.eq(id))).execute(c))?;
            on!(c, c => diesel::delete(release::table.find(id)).execute(c))?;
            Ok(((), Act::new(Action::ReleaseDelete).study(study_id).to(id)))
        })
    }

    /// In the order in which they were frozen; what is not frozen yet comes last.
    pub fn releases(&self, study_id: i64) -> Result<Vec<ReleaseRow>, Error> {
        let mut rows: Vec<ReleaseRow> =
            self.read(|c| Ok(on!(c, c => release::table.filter(release::study_id.eq(study_id)).order(release::id).load(c))?))?;
        rows.sort_by_key(|row| (!row.is_frozen(), row.follows));
        Ok(rows)
    }

    pub fn release(&self, study_id: i64, id: i64) -> Result<ReleaseRow, Error> {
        self.read(|c| find(c, study_id, id))
    }

    /// One form of a release, as it was written when it was composed.
    pub fn release_file(&self, id: i64, name: &str) -> Result<Vec<u8>, Error> {
        let file = release_file::table.find((id, name));
        self.read(|c| Ok(on!(c, c => file.select(release_file::content).first(c))?))
    }

    pub fn release_tables(&self, id: i64) -> Result<Vec<ReleaseTableRow>, Error> {
        let of_release = release_table::table.filter(release_table::release_id.eq(id)).order(release_table::place);
        self.read(|c| Ok(on!(c, c => of_release.select((release_table::json, release_table::csv, release_table::cells)).load(c))?))
    }

    /// A table of the newest frozen release that holds it, and of the weight set where one is named.
    pub fn released_table(
        &self,
        study_id: i64,
        indicator: &str,
        dimensions: &str,
        weights: Option<&str>,
    ) -> Result<ReleaseTableRow, Error> {
        let weight_set = weights.map(|name| self.weight_set(study_id, name)).transpose()?.map(|set| set.id);
        self.read(|c| {
            let mut rows: Vec<(i64, ReleaseTableRow)> = on!(c, c => release_table::table
                .inner_join(release::table)
                .filter(release::study_id.eq(study_id))
                .filter(release::state.eq(FROZEN))
                .filter(release_table::indicator.eq(indicator))
                .filter(release_table::dimensions.eq(dimensions))
                .order(release::follows.desc())
                .select((release::weight_set_id, (release_table::json, release_table::csv, release_table::cells)))
                .load(c))?;
            rows.retain(|(set, _)| weight_set.is_none_or(|wanted| wanted == *set));
            rows.into_iter().next().map(|(_, row)| row).ok_or(Error::NotFound)
        })
    }
}

/// Unweighted counts of a release are kept for the mask of later ones: once there are no responses there is no later one.
pub(super) fn remove_counts(c: &mut Connection, study_id: i64) -> Result<(), Error> {
    let of_study = release::table.filter(release::study_id.eq(study_id)).select(release::id);
    let ids: Vec<i64> = on!(c, c => of_study.load(c))?;
    let rows = release_table::table.filter(release_table::release_id.eq_any(ids));
    on!(c, c => diesel::update(rows).set(release_table::cells.eq("")).execute(c))?;
    Ok(())
}

fn find(c: &mut Connection, study_id: i64, id: i64) -> Result<ReleaseRow, Error> {
    Ok(on!(c, c => release::table.filter(release::study_id.eq(study_id)).filter(release::id.eq(id)).first(c))?)
}

fn insert_table(c: &mut Connection, release_id: i64, place: i32, table: &NewReleaseTable) -> Result<(), Error> {
    let values = (
        release_table::release_id.eq(release_id),
        release_table::place.eq(place),
        release_table::indicator.eq(&table.indicator),
        release_table::dimensions.eq(&table.dimensions),
        release_table::json.eq(&table.json),
        release_table::csv.eq(&table.csv),
        release_table::cells.eq(&table.cells),
    );
    on!(c, c => diesel::insert_into(release_table::table).values(values).execute(c))?;
    Ok(())
}
