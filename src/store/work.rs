//! Which PSUs a device works in, and how far the sample is worked through.

use diesel::prelude::*;

use super::connection::on;
use super::own_receipt::of_study;
use super::schema::{device, device_psu, psu, response, sampled_case};
use super::{Error, Pending, Store};
use crate::trail::{Act, Action, By};

/// A case as an enumerator is told of it: codes alone.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct DeviceCase {
    pub code: String,
    pub psu: String,
    pub stratum: String,
}

/// How many cases of a week came to one result.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct WeekCount {
    pub week: String,
    pub result: i32,
    pub records: i64,
}

impl Store {
    /// Gives a device the PSUs it works in, in the place of those before; `Changed` where one is no longer in the study's frame.
    pub fn set_device_psus(&self, by: By, study_id: i64, id: i64, psus: Vec<i64>) -> Pending<()> {
        self.write_as(by, move |c| {
            let found = device::table.filter(device::id.eq(id)).filter(device::study_id.eq(study_id)).filter(device::revoked.eq(false));
            let there: i64 = on!(c, c => found.count().get_result(c))?;
            if there == 0 {
                return Err(Error::NotFound);
            }
            let of_study = psu::table.filter(psu::study_id.eq(study_id)).filter(psu::id.eq_any(&psus));
            let known: i64 = on!(c, c => of_study.count().get_result(c))?;
            if usize::try_from(known).ok() != Some(psus.len()) {
                return Err(Error::Changed);
            }
            on!(c, c => diesel::delete(device_psu::table.filter(device_psu::device_id.eq(id))).execute(c))?;
            for psu_id in &psus {
                let values = (device_psu::device_id.eq(id), device_psu::psu_id.eq(*psu_id));
                on!(c, c => diesel::insert_into(device_psu::table).values(values).execute(c))?;
            }
            Ok(((), Act::new(Action::DevicePsus).study(study_id).to(id)))
        })
    }

    /// The PSUs of a study's devices, as pairs of a device's and a PSU's number.
    pub fn device_psus(&self, study_id: i64) -> Result<Vec<(i64, i64)>, Error> {
        self.read(|c| {
            let columns = (device_psu::device_id, device_psu::psu_id);
            let of_study = device_psu::table.inner_join(psu::table).filter(psu::study_id.eq(study_id));
            Ok(on!(c, c => of_study.order(columns).select(columns).load(c))?)
        })
    }

    /// The cases of the PSUs a device works in, by their codes.
    pub fn device_cases(&self, device_id: i64) -> Result<Vec<DeviceCase>, Error> {
        self.read(|c| {
            Ok(on!(c, c => sampled_case::table
                .inner_join(psu::table)
                .inner_join(device_psu::table.on(device_psu::psu_id.eq(psu::id)))
                .filter(device_psu::device_id.eq(device_id))
                .order((psu::stratum, psu::code, sampled_case::code))
                .select((sampled_case::code, psu::code, psu::stratum))
                .load(c))?)
        })
    }

    /// How many cases of each PSU have ended, however they did; a PSU without one is not named.
    pub fn ended_by_psu(&self, study_id: i64) -> Result<Vec<(i64, i64)>, Error> {
        self.read(|c| {
            Ok(on!(c, c => response::table
                .filter(of_study(study_id))
                .filter(response::is_current)
                .group_by(response::psu_id)
                .select((response::psu_id, diesel::dsl::count_star()))
                .load(c))?)
        })
    }

    /// How many cases ended in each week, by result.
    pub fn ended_by_week(&self, study_id: i64) -> Result<Vec<WeekCount>, Error> {
        self.read(|c| {
            Ok(on!(c, c => response::table
                .filter(of_study(study_id))
                .filter(response::is_current)
                .group_by((response::iso_week, response::result))
                .order((response::iso_week, response::result))
                .select((response::iso_week, response::result, diesel::dsl::count_star()))
                .load(c))?)
        })
    }
}
