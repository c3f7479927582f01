//! The sample: PSUs and the cases drawn in them.

use diesel::prelude::*;

use super::connection::on;
use super::own_receipt::of_study;
use super::schema::{device_psu, psu, response, sampled_case};
use super::{Error, Pending, Store};
use crate::fieldwork::Frame;
use crate::trail::{Act, Action, By};

/// How many rows one INSERT takes: SQLite binds at most 32,766 values.
const ROWS: usize = 1000;

#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct PsuRow {
    pub id: i64,
    pub stratum: String,
    pub code: String,
    pub sex: i32,
    pub region: String,
    pub urban: String,
}

#[derive(Debug, Clone, PartialEq, Queryable)]
pub struct CaseRow {
    pub code: String,
    pub psu_id: i64,
    pub base_weight: f64,
}

/// How many current records of one result took how long.
#[derive(Debug, Clone, Queryable)]
pub struct Durations {
    pub result: i32,
    pub band: String,
    pub records: i64,
}

impl Store {
    /// The bands of duration of a study's records, by result.
    pub fn durations(&self, study_id: i64) -> Result<Vec<Durations>, Error> {
        self.read(|c| {
            Ok(on!(c, c => response::table
                .filter(of_study(study_id))
                .filter(response::is_current)
                .group_by((response::result, response::duration_band))
                .select((response::result, response::duration_band, diesel::dsl::count_star()))
                .load(c))?)
        })
    }

    /// How many current records each form version of a study has of each result: the version's number, the result, the count.
    pub fn results_by_version(&self, study_id: i64) -> Result<Vec<(i64, i32, i64)>, Error> {
        self.read(|c| {
            Ok(on!(c, c => response::table
                .filter(of_study(study_id))
                .filter(response::is_current)
                .group_by((response::form_version_id, response::result))
                .select((response::form_version_id, response::result, diesel::dsl::count_star()))
                .load(c))?)
        })
    }

    /// Puts a study's frame in the place of the one before, and takes from its devices the PSUs that were in that; `Duplicate` once an
    /// interview is tied to it.
    pub fn put_frame(&self, by: By, study_id: i64, frame: Frame) -> Pending<()> {
        self.write_as(by, move |c| {
            let answered: i64 = on!(c, c => response::table.filter(of_study(study_id)).count().get_result(c))?;
            if answered > 0 {
                return Err(Error::Duplicate);
            }
            let before = psu::table.filter(psu::study_id.eq(study_id)).select(psu::id);
            on!(c, c => diesel::delete(device_psu::table.filter(device_psu::psu_id.eq_any(before))).execute(c))?;
            on!(c, c => diesel::delete(sampled_case::table.filter(sampled_case::study_id.eq(study_id))).execute(c))?;
            on!(c, c => diesel::delete(psu::table.filter(psu::study_id.eq(study_id))).execute(c))?;
            let mut ids: Vec<i64> = Vec::with_capacity(frame.psus.len());
            for p in &frame.psus {
                let values = (
                    psu::study_id.eq(study_id),
                    psu::stratum.eq(&p.stratum),
                    psu::code.eq(&p.code),
                    psu::sex.eq(i32::from(p.sex)),
                    psu::region.eq(&p.region),
                    psu::urban.eq(&p.urban),
                );
                ids.push(on!(c, c => diesel::insert_into(psu::table).values(values).returning(psu::id).get_result(c))?);
            }
            for cases in frame.cases.chunks(ROWS) {
                let values: Vec<_> = cases
                    .iter()
                    .map(|case| {
                        (
                            sampled_case::study_id.eq(study_id),
                            sampled_case::code.eq(&case.code),
                            sampled_case::psu_id.eq(ids[case.psu]),
                            sampled_case::base_weight.eq(case.base_weight),
                        )
                    })
                    .collect();
                match c {
                    super::Connection::Sqlite(c) => diesel::insert_into(sampled_case::table).values(&values).execute(c)?,
                    super::Connection::Postgres(c) => diesel::insert_into(sampled_case::table).values(&values).execute(c)?,
                };
            }
            Ok(((), Act::new(Action::FrameSet).study(study_id)))
        })
    }

    pub fn psus(&self, study_id: i64) -> Result<Vec<PsuRow>, Error> {
        self.read(|c| {
            let columns = (psu::id, psu::stratum, psu::code, psu::sex, psu::region, psu::urban);
            Ok(on!(c, c => psu::table.filter(psu::study_id.eq(study_id)).order(psu::id).select(columns).load(c))?)
        })
    }

    pub fn cases(&self, study_id: i64) -> Result<Vec<CaseRow>, Error> {
        self.read(|c| {
            let columns = (sampled_case::code, sampled_case::psu_id, sampled_case::base_weight);
            Ok(on!(c, c => sampled_case::table.filter(sampled_case::study_id.eq(study_id)).order(sampled_case::code).select(columns).load(c))?)
        })
    }

    /// The regions of a study's frame, in order; one without a name where the frame has no regions.
    pub fn regions(&self, study_id: i64) -> Result<Vec<String>, Error> {
        self.read(|c| {
            Ok(on!(c, c => psu::table.filter(psu::study_id.eq(study_id)).select(psu::region).distinct().order(psu::region).load(c))?)
        })
    }

    /// `None` where the case is not in the frame.
    pub fn region_of_case(&self, study_id: i64, code: &str) -> Result<Option<String>, Error> {
        self.read(|c| {
            Ok(on!(c, c => sampled_case::table
                .inner_join(psu::table)
                .filter(sampled_case::study_id.eq(study_id))
                .filter(sampled_case::code.eq(code))
                .select(psu::region)
                .first(c)
                .optional())?)
        })
    }
}
